"""What every test runs under: the zone data of the tzdata package, and the hypothesis profiles."""

import os
import zoneinfo

import pytest
from hypothesis import settings

from lemtrada_schedule.validation.computed import Computed
from tests.support.cli_result import Ran, Run

# The zone data of a machine is as old as the machine, and `zoneinfo` prefers it in silence. Here, and in
# the processes that tests start, only the tzdata package counts.
os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

# What the library computes itself is not checked again, for speed. In tests it is: every field, every time.
Computed.checked = True

# The usual run draws the same examples every time. `--hypothesis-profile=explore` searches with new ones: run it for
# some 20 minutes before a change of results is called done, and keep what it finds as tests.
settings.register_profile("same", derandomize=True, database=None, max_examples=75, print_blob=True, deadline=None)
settings.register_profile("explore", max_examples=250, print_blob=True, deadline=None)
settings.register_profile("mutation", derandomize=True, database=None, max_examples=20, deadline=None)
settings.load_profile("same")  # --hypothesis-profile=NAME wins over this


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command line in this process."""
    from lemtrada_schedule.cli.main import main  # noqa: PLC0415  # no earlier than the zone data are set

    def call(*arguments: str) -> Ran:
        try:
            status = main(arguments)
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else -1
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return call
