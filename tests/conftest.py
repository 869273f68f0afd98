"""What every test runs under: the zone data of the tzdata package, and the hypothesis profiles."""

import os
import zoneinfo

import pytest
from hypothesis import settings

from tests.commanded import Ran, Run

# The zone data of a machine is as old as the machine, and `zoneinfo` prefers it in silence. Here, and in
# the processes that tests start, only the tzdata package counts.
os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

settings.register_profile("ci", derandomize=True, database=None, max_examples=75, print_blob=True, deadline=None)
settings.register_profile("dev", deadline=None)
settings.register_profile("nightly", max_examples=5_000, print_blob=True, deadline=None)
settings.register_profile("mutation", derandomize=True, database=None, max_examples=20, deadline=None)
# --hypothesis-profile=NAME wins over this.
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command line in this process."""
    from lemtrada_schedule.cli import main  # noqa: PLC0415  # no earlier than the zone data are set

    def call(*arguments: str) -> Ran:
        try:
            status = main(arguments)
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else -1
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return call
