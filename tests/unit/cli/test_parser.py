"""The parser: its commands, what they import, and the table of output files."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import lemtrada_schedule
from lemtrada_schedule import cli
from lemtrada_schedule.cli import outputs
from lemtrada_schedule.cli.main import COMMANDS
from lemtrada_schedule.cli.outputs import OUTPUTS, Output
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.problems import AUDIT_COLUMNS, OPTION_NAMES
from lemtrada_schedule.cohort.audit import audit
from lemtrada_schedule.errors import Problem, Remedy
from lemtrada_schedule.readers.records import parse_histories, read_histories
from tests.support.cli_result import Run

SHARED: Final = {
    "__init__", "arguments", "bookings", "main", "outputs", "pairing", "parser", "plan_folders", "plan_printing",
    "problems", "recorded",
    "standard_input", "table_files", "terminal", "writing",
}  # fmt: skip
PLAN: Final = (
    "plan",
    "2027-01-11",
    "--protocol",
    "us",
    "--clinic",
    str(Path(__file__).parents[3] / "examples/boston.toml"),
)


def test_each_command_is_one_module() -> None:
    modules = {path.stem for path in Path(str(cli.__file__)).parent.glob("*.py")}
    assert modules == SHARED | {name.replace("-", "_") for name in COMMANDS}


LOADED: Final = """
import sys
from lemtrada_schedule.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sorted(name for name in sys.modules if name.startswith("lemtrada_schedule.cli.")), sep=",", file=sys.stderr)
"""


def loaded(*arguments: str) -> set[str]:
    """Return the modules of the command line that a call imports."""
    command = [sys.executable, "-c", LOADED, *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return {name.rpartition(".")[2] for name in done.stderr.splitlines()[-1].split(",")}


def test_help_imports_no_command_and_a_command_no_other() -> None:
    assert loaded("--help") == {"main", "parser", "problems", "terminal"}
    assert loaded("protocols") & set(COMMANDS) == {"protocols"}


def test_a_new_output_is_one_entry(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = Output("--count", {"plan": "write the number of courses"}, lambda wanted: b"%d" % len(wanted.plan.courses))
    monkeypatch.setattr(outputs, "OUTPUTS", (*OUTPUTS, count))
    file = tmp_path / "count.txt"
    assert run(*PLAN, "--count", str(file)).status == 0
    assert file.read_bytes() == b"2"
    assert f"--count: {'this file is an input'}" in run(*PLAN, "--count", PLAN[-1], "--force").err
    assert "--count FILE write the number of courses" in " ".join(run("plan", "--help").out.split())


def test_the_options_of_an_output_are_arguments_of_its_commands() -> None:
    for name in ("plan", "replan"):
        parser = Parser()
        importlib.import_module(f"lemtrada_schedule.cli.{name}").add_arguments(parser)
        for output in OUTPUTS:
            if name in output.help:
                assert parser.typed(output.dest) == output.option
                assert all(map(parser.typed, output.uses))


def test_every_export_is_used() -> None:
    """By an option of the command line, or by other exports; the names at the package's root only load it."""
    package = Path(lemtrada_schedule.__file__).parent
    texts = {path.relative_to(package): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    for export in {path.parts[1].removesuffix(".py") for path in texts if path.parts[0] == "exports"} - {"__init__"}:
        others = [
            text
            for path, text in texts.items()
            if path.parts[:2] not in {("exports", export), ("exports", f"{export}.py")}
        ]
        assert any(f"lemtrada_schedule.exports.{export}" in text for text in others), (
            f"exports/{export} is written by no option; add an entry of OUTPUTS in cli/outputs.py"
        )


def test_every_remedy_is_an_argument_in_python() -> None:
    assert set(AUDIT_COLUMNS) <= set(inspect.signature(audit).parameters)
    taken = {*inspect.signature(read_histories).parameters, *inspect.signature(parse_histories).parameters}
    functions = {"parse_clinic", "parse_histories", "parse_plan", "parse_protocol", "parse_source"}
    assert set(OPTION_NAMES) - set(AUDIT_COLUMNS) <= taken | functions
    assert functions <= set(lemtrada_schedule.__all__)


def test_a_remedy_that_is_none_here_is_left_out_with_the_words_before_it() -> None:
    problem = Problem.advising("wrong-type", "path", "no path", ", or use ", Remedy("parse_plan"), "; look")
    assert problem.message == "no path, or use `parse_plan`; look"
    assert problem.worded({"parse_plan": ""}) == "no path; look"


def test_a_message_names_its_remedies_in_python_or_as_options() -> None:
    problem = Problem.advising("zone", "", "set `ignore` or ", Remedy("medicine", '="assumed"'), ", not both")
    assert str(problem) == 'set `ignore` or `medicine="assumed"`, not both [zone]'
    assert problem.worded(OPTION_NAMES) == "set `ignore` or `--assume-lemtrada`, not both"
    assert problem.worded({}) == problem.message
    assert (problem.remedies, Problem("zone", "", "words").remedies) == (("medicine",), ())
