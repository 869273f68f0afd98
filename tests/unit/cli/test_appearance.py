"""How the command line looks: width, colours, help, examples, shell completion."""

import importlib
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from lemtrada_schedule.cli import completion
from lemtrada_schedule.cli.main import COMMANDS
from lemtrada_schedule.cli.terminal import Terminal
from tests.support.cli_result import Run

EXAMPLES: Final = Path(__file__).parents[3] / "examples"
AS_OF: Final = ("--as-of", "2026-11-22")
US: Final = ("--protocol", "us-2024-05-r2")
PLAN: Final = ("plan", "2027-01-11", *US, "--clinic", "clinic.toml", *AS_OF)
COLOURS: Final = re.compile("\x1b\\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder that holds the files that the examples of the help name."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLES / "boston.toml", "clinic.toml")
    shutil.copy(EXAMPLES / "infusions.csv", "infusions.csv")


# --- width ----------------------------------------------------------------------------------------


def widths(text: str) -> int:
    return max(map(len, text.splitlines()))


@pytest.mark.parametrize("columns", [40, 80, 100, 200])
@pytest.mark.parametrize("command", ["check", "next"])
def test_lines_are_wrapped_at_the_width_of_the_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, columns: int
) -> None:
    asked = (command, "infusions.csv", *US, *AS_OF)
    whole = run(*asked).out
    monkeypatch.setenv("COLUMNS", str(columns))
    wrapped = run(*asked).out
    assert widths(wrapped) <= columns
    assert wrapped.split() == whole.split()


@pytest.mark.parametrize("columns", ["", "0", "1", "-5", "1000000", "wide"])
def test_an_absurd_width_is_80_columns(run: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    asked = ("check", "infusions.csv", *US, *AS_OF)
    monkeypatch.setenv("COLUMNS", "80")
    usual = run(*asked).out
    monkeypatch.setenv("COLUMNS", columns)
    assert run(*asked).out == usual


@pytest.mark.parametrize("columns", [None, 100, 200])
def test_a_plan_of_three_courses_is_at_most_40_lines_of_100_columns(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int | None
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns or ""))
    for day in ("2026-11-22", "2026-12-01"):  # the second one adds a finding
        ran = run(*PLAN[:-1], day, "--courses", "3")
        assert len(ran.out.splitlines()) <= 40
        assert widths(ran.out) <= 100


@pytest.mark.parametrize("protocol", ["us-2024-05", "eu-2020-01-r2"])
@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("courses", ["1", "4"])
def test_a_narrow_plan_loses_no_word(
    run: Run, monkeypatch: pytest.MonkeyPatch, protocol: str, columns: int, courses: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    asked = ("plan", "2027-01-11", "--protocol", protocol, "--clinic", "clinic.toml", *AS_OF, "--courses", courses)
    narrow = run(*asked).out
    assert widths(narrow) <= columns
    monkeypatch.setenv("COLUMNS", "100")
    assert words(run(*asked).out) <= words(narrow)


def words(text: str) -> set[str]:
    """Return the words of a text, without what stands around them, and without the marks of a time line."""
    return {word.strip(",.:;*").lower() for word in text.split() if word.strip("─·")}


def test_the_full_plan_has_every_date(run: Run) -> None:
    ran = run(*PLAN, "--full")
    assert ran.out.count("suggested ") == 61 + 6 + 5, "laboratory, skin, HPV"
    refused = run(*PLAN, "--full", "--format", "csv")
    assert (refused.status, refused.out) == (2, "")
    assert "--full: only valid with --format table" in refused.err


# --- colours --------------------------------------------------------------------------------------


def test_colours_change_no_word(run: Run) -> None:
    for asked in (PLAN, (*PLAN, "--full"), ("check", "infusions.csv", *US, *AS_OF)):
        plain, coloured = run(*asked), run(*asked, "--color", "always")
        assert plain.out == run(*asked, "--color", "never").out
        assert COLOURS.search(plain.out) is None
        assert COLOURS.sub("", coloured.out) == plain.out
    assert "\x1b[1;31merror\x1b[0m interval-below-minimum" in coloured.out


def on_terminal(*arguments: str, **environment: str) -> str:
    """Return what the command line prints on a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    world = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    command = [sys.executable, "-m", "lemtrada_schedule", *arguments]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=world | {"TERM": "xterm"} | environment)
    os.close(theirs)
    chunks = []
    while True:
        try:
            chunk = os.read(ours, 65_536)
        except OSError:  # on Linux, the end of a terminal
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(ours)
    process.wait()
    return b"".join(chunks).decode()


def test_a_terminal_has_colours_unless_it_says_otherwise() -> None:
    asked = ("findings", "interval-below-minimum")
    assert COLOURS.search(on_terminal("next", "infusions.csv", *US, *AS_OF))
    assert not COLOURS.search(on_terminal("next", "infusions.csv", *US, *AS_OF, NO_COLOR="1"))
    assert not COLOURS.search(on_terminal(*asked, TERM="dumb"))


class Stream:
    """A standard output."""

    def __init__(self, *, is_terminal: bool) -> None:
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


@pytest.mark.parametrize(
    ("encoding", "is_ascii"), [("utf-8", False), ("ascii", True), ("iso8859-1", True), ("no-such-encoding", True)]
)
def test_marks_are_ascii_where_a_terminal_cannot_show_others(encoding: str, is_ascii: bool) -> None:  # noqa: FBT001  # of a table
    assert Terminal.of(Stream(is_terminal=True), "never", encoding).is_ascii is is_ascii  # type: ignore[arg-type]  # what is asked of it
    assert not Terminal.of(Stream(is_terminal=False), "never", encoding).is_ascii  # type: ignore[arg-type]  # as above
    assert not Terminal.of(None, "auto", encoding).is_coloured


def test_the_consoles_of_windows_have_colours_where_they_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("lemtrada_schedule.cli.terminal.os.name", "nt")
    monkeypatch.delenv("WT_SESSION", raising=False)
    terminal = Stream(is_terminal=True)
    assert not Terminal.of(terminal, "auto", "utf-8").is_coloured  # type: ignore[arg-type]  # as above
    monkeypatch.setenv("WT_SESSION", "1")
    assert Terminal.of(terminal, "auto", "utf-8").is_coloured  # type: ignore[arg-type]  # as above


# --- help -----------------------------------------------------------------------------------------


def test_without_arguments_the_help_is_shown(run: Run) -> None:
    ran = run()
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == run("--help").out


def examples(command: str) -> tuple[str, ...]:
    module = importlib.import_module(f"lemtrada_schedule.cli.{command.replace('-', '_')}")
    found = module.EXAMPLES
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("columns", [40, 80])
def test_every_help_has_examples_and_is_as_wide_as_the_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    ran = run(command, "--help")
    assert ran.status == 0
    assert examples(command)
    joined = " ".join(ran.out.replace("\\\n", " ").split())
    assert all(f"lemtrada-schedule {example}" in joined for example in examples(command))
    assert columns < 80 or widths(ran.out) <= columns


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in {"audit", "conformance", "completion"}])
def test_every_example_runs(run: Run, command: str) -> None:
    """Those of `audit`, `conformance` and `completion` have tests of their own: they need files, time or a package."""
    made = ("--plan-id", "p1", "--plan-out", "plan.json")
    assert run(*PLAN, *made).status == 0
    assert run("plan", "2027-01-18", *PLAN[2:], "--plan-id", "p1", "--plan-out", "draft.json").status == 0
    Path("plans").mkdir()
    shutil.copy("plan.json", "plans")
    given = "patient,date\n" + "".join(f"p1,2027-01-{day}\n" for day in range(11, 16))
    if command in {"replan", "worklist"}:
        Path("infusions.csv").write_text(given, encoding="utf-8")
    Path("plan.json").rename("made.json")
    for example in examples(command):
        shutil.copy("made.json", "plan.json") if command != "plan" else Path("plan.json").unlink(missing_ok=True)
        words = shlex.split(example.partition(" > ")[0])
        ran = run(*words)
        assert ran.status in {0, 1}, (example, ran.err)
        assert ran.out


# --- completion -----------------------------------------------------------------------------------


def completed(script: str, typed: str) -> list[str]:
    """Return what a real bash completes the last word of a line to."""
    words = shlex.split(typed) + ([""] if typed.endswith(" ") else [])
    line = " ".join(shlex.quote(word) for word in words)
    asked = f"""
    source {shlex.quote(script)}
    COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; COMP_LINE={shlex.quote(typed)}; COMP_POINT={len(typed)}
    complete -p lemtrada-schedule | grep -o -- '-F [^ ]*' | cut -d' ' -f2 > name
    "$(cat name)" lemtrada-schedule "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)  # noqa: S607  # the bash of the machine
    return sorted(filter(None, done.stdout.split("\n")))


def test_bash_completes_commands_options_and_words(run: Run) -> None:
    ran = run("completion", "bash")
    assert ran.status == 0
    Path("script.sh").write_text(ran.out, encoding="utf-8")
    assert completed("script.sh", "lemtrada-schedule pl") == ["plan"]
    assert completed("script.sh", "lemtrada-schedule plan --cou") == ["--courses"]
    assert completed("script.sh", "lemtrada-schedule plan --format ") == ["csv", "json", "table"]
    assert "us-2024-05" in completed("script.sh", "lemtrada-schedule plan --protocol us")
    assert "clinic.toml" in completed("script.sh", "lemtrada-schedule plan --clinic cl")


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_every_shell_has_a_script_that_it_can_read(run: Run, shell: str) -> None:
    ran = run("completion", shell)
    assert (ran.status, ran.err) == (0, "")
    assert "lemtrada-schedule" in ran.out
    if shell != "tcsh" and shutil.which(shell):  # tcsh has no such option
        checked = subprocess.run([shell, "-n"], input=ran.out, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_completion_names_the_extra_that_it_needs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "find_spec", {"shtab": None}.__getitem__)
    ran = run("completion", "bash")
    assert (ran.status, ran.out) == (2, "")
    assert "pip install 'lemtrada_schedule[completion]'" in ran.err
