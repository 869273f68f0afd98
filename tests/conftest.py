"""Settings of every test run: zone data, hypothesis profiles, number of processes; and the fixture `run`."""

import gc
import os
import sys
import zoneinfo
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from lemtrada_schedule.validation.computed import Computed
from tests.support.budget import PROFILE_EXAMPLES
from tests.support.cli_result import Ran, Run

# Where Python is told to write no bytecode (`PYTHONDONTWRITEBYTECODE`), each process of a run would compile all modules
# again, and pytest would rewrite all tests: a quarter of the time. Here and in the processes that tests start, bytecode
# goes to pytest's cache, not beside the sources.
if sys.dont_write_bytecode:
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).parents[1] / ".pytest_cache/bytecode")
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # `python -B` sets none

# Use only the zone data of the tzdata package, here and in the processes that tests start: by default `zoneinfo`
# prefers the zone data of the machine, which may be old.
os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

# Of the time of a run, a fifth was spent on collecting garbage, mostly on walking through what lives until its end.
gc.set_threshold(20_000, 20, 100)

# The library does not validate what it computes itself, for speed. In tests it does: every field, every time.
Computed.checked = True

# `same` is the default; `ci` is what `.ci/run` uses. Both draw the same examples on every run.
# `--hypothesis-profile=explore` draws new ones: run it for some 20 minutes before you call a change of results done,
# and turn what it finds into tests. `mutation` is for mutation testing.
_FIXED: Final = settings(derandomize=True, database=None, deadline=None)
settings.register_profile("same", _FIXED, max_examples=PROFILE_EXAMPLES["same"], print_blob=True)
settings.register_profile("ci", _FIXED, max_examples=PROFILE_EXAMPLES["ci"], print_blob=True)
settings.register_profile("mutation", _FIXED, max_examples=PROFILE_EXAMPLES["mutation"])
settings.register_profile("explore", max_examples=PROFILE_EXAMPLES["explore"], print_blob=True, deadline=None)
settings.load_profile("same")  # --hypothesis-profile=NAME wins over this


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return one worker for each core; none where every argument names a single test, which runs in this process."""
    if config.args and all("::" in argument for argument in config.args):
        return 0
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Collect garbage once at the end of a process; pytest itself would then do so five times more, a second each."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command line in this process and returns its status and output.

    Lines are as wide as the command line believes a terminal to be, so that nearly all of them stay whole.
    """
    monkeypatch.setenv("COLUMNS", "1000")
    from lemtrada_schedule.cli.main import main  # noqa: PLC0415  # no earlier than the zone data are set

    def call(*arguments: str) -> Ran:
        try:
            status = main(arguments)
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else -1
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return call
