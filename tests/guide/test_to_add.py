"""The table "To add something" of CONTRIBUTING.md, carried out in a copy of the source.

Each test follows one row: done whole, mypy and the tests of what it touches pass, and exactly the files that the row
names have changed. With a step left out, mypy or a test fails and names the file and what to do.
"""

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from tests.guide.conftest import ROOT, Copy

pytestmark = pytest.mark.guide

Steps = Mapping[str, Callable[[Copy], None]]
"""The steps of an addition, each by what it adds."""


def follow(copy: Copy, steps: Steps, *, but: str | None = None) -> None:
    """Take the steps of an addition, but one that is left out."""
    for name, step in steps.items():
        if name != but:
            step(copy)


def reported(copy: Copy, *tests: str) -> str:
    """Return what mypy and the tests report, on one line; nothing if all is well."""
    return " ".join(f"{copy.mypy()} {copy.tests(*tests)}".split())


# --- a label revision: one file ------------------------------------------------------------------

NEWEST: Final = "lemtrada_schedule/labels/us-2024-05-r2.toml"
LABEL: Final = "lemtrada_schedule/labels/us-2099-01.toml"
LABEL_TESTS: Final = (
    "tests/unit/protocol/test_labels.py",
    "tests/unit/protocol/test_revisions_r2.py",
    "tests/unit/readers/test_files.py",
    "tests/documentation/test_examples.py",
    "--deselect=tests/documentation/test_examples.py::test_document[docs/conformance.md]",  # seconds, and no protocol
    "--deselect=tests/documentation/test_examples.py::test_docstrings",
)

LABEL_STEPS: Final[Steps] = {
    "a copy of the newest revision": lambda copy: copy.write(LABEL, (ROOT / NEWEST).read_text(encoding="utf-8")),
    "its name": lambda copy: copy.replace(LABEL, 'revision = "2024-05-r2"', 'revision = "2099-01"'),
    "a changed number": lambda copy: copy.replace(
        LABEL,
        'prior_medicines = { medicines = 2, cite = "faq", grade = "A" }',
        'prior_medicines = { medicines = 3, cite = "uspi-2099", grade = "B" }',
    ),
    "its source": lambda copy: copy.replace(
        LABEL,
        "[sources.faq]\n",
        '[sources.uspi-2099]\ndocument = "US Prescribing Information, invented"\nwhere = "nowhere"\n\n[sources.faq]\n',
    ),
}


def test_a_label_revision(copy: Copy) -> None:
    follow(copy, LABEL_STEPS)
    assert reported(copy, *LABEL_TESTS) == ""
    code = "us = lemtrada_schedule.load_protocol('us'); print(us.name, us.prior_medicines.medicines)"
    assert copy.python(code) == "us-2099-01 3"
    assert copy.changed() == [LABEL]


@pytest.mark.parametrize(
    ("step", "report"),
    [
        ("its name", "labels/us-2099-01.toml: set `id` and `revision` so that they give the file's name"),
        ("a changed number", "labels/us-2099-01.toml: remove the sources that nothing cites: ['uspi-2099']"),
        ("its source", "us-2099-01: prior_medicines.cite: no source has this key"),
    ],
)
def test_a_label_revision_without(copy: Copy, step: str, report: str) -> None:
    follow(copy, LABEL_STEPS, but=step)
    assert report in reported(copy, "tests/unit/protocol/test_labels.py")


# --- an export: one file, and its option ----------------------------------------------------------

MARKDOWN: Final = "lemtrada_schedule/exports/markdown.py"
OUTPUTS: Final = "lemtrada_schedule/cli/outputs.py"
EXPORT_TESTS: Final = ("tests/unit/cli/test_parser.py", "tests/unit/cli/test_output_files.py")

EXPORT_STEPS: Final[Steps] = {
    "the module": lambda copy: copy.write(
        MARKDOWN,
        '''"""`to_markdown`: a plan as a Markdown list, one line for each dated item."""

from lemtrada_schedule.plan.items import items
from lemtrada_schedule.plan.plan import Plan

__all__ = ["to_markdown"]


def to_markdown(plan: Plan) -> str:
    """Return the dated items of a plan as a Markdown list, each with its neutral title."""
    return "".join(f"- {item.day}: {item.part.neutral_title}\\n" for item in items(plan) if item.day)
''',
    ),
    "its import": lambda copy: copy.replace(
        OUTPUTS,
        "from lemtrada_schedule.exports.tables.rows",
        "from lemtrada_schedule.exports.markdown import to_markdown\nfrom lemtrada_schedule.exports.tables.rows",
    ),
    "its option": lambda copy: copy.replace(
        OUTPUTS,
        '    Output("--csv",',
        '    Output("--markdown", {"plan": "write the plan as Markdown"}, '
        'lambda wanted: to_markdown(wanted.plan).encode()),\n    Output("--csv",',
    ),
}


def test_an_export(copy: Copy) -> None:
    follow(copy, EXPORT_STEPS)
    assert reported(copy, *EXPORT_TESTS) == ""
    arguments = ["plan", "2027-01-11", "--protocol", "us", "--clinic", "examples/boston.toml", "--markdown", "plan.md"]
    code = f"from lemtrada_schedule.cli.main import main\nassert main({arguments!r}) == 0"
    copy.python(code)
    assert "- 2027-01-11: Appointment\n" in (copy.root / "plan.md").read_text(encoding="utf-8")
    (copy.root / "plan.md").unlink()
    assert copy.changed() == [OUTPUTS, MARKDOWN]


def test_an_export_without_its_option(copy: Copy) -> None:
    EXPORT_STEPS["the module"](copy)
    report = "exports/markdown is written by no option; add an entry of OUTPUTS in cli/outputs.py"
    assert report in reported(copy, "tests/unit/cli/test_parser.py")


def test_an_export_without_its_module(copy: Copy) -> None:
    follow(copy, EXPORT_STEPS, but="the module")
    report = (
        'cli/outputs.py:22: error: Cannot find implementation or library stub for module named "lemtrada_schedule.exp'
    )
    assert report in copy.mypy()


# --- a file format of records: one file ------------------------------------------------------------

READER: Final = "lemtrada_schedule/readers/tsv_records.py"
READER_TESTS: Final = ("tests/unit/readers/test_formats.py", "tests/unit/readers/test_record_files.py")
TSV: Final = '''"""The format TSV: infusion records separated by tabs."""

from collections.abc import Iterable
from typing import Final

from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.lines import read_lines
from lemtrada_schedule.readers.options import ReadOptions
from lemtrada_schedule.readers.reader import Reader
from lemtrada_schedule.records.history import Intake

__all__ = ["READER"]


def _read(lines: Iterable[str], _: ReadOptions) -> Intake:
    return parse_csv(line.replace("\\t", ",") for line in lines)


READER: Final = Reader("TSV", (".tsv",), read_lines, _read)
'''


def test_a_reader(copy: Copy) -> None:
    copy.write(READER, TSV)
    assert reported(copy, *READER_TESTS) == ""
    (copy.root / "given.tsv").write_text("patient\tdate\np1\t2025-03-03\np1\t2025-03\n", encoding="utf-8")
    code = "intake = lemtrada_schedule.read_histories('given.tsv'); print(intake.accepted, intake.refused[0].row)"
    assert copy.python(code) == "1 3"
    (copy.root / "given.tsv").unlink()
    code = "lemtrada_schedule.cli.main.main(['check', '--help'])"
    assert ".csv, .json, .ndjson, .tsv" in copy.python(f"import lemtrada_schedule.cli.main\n{code}")
    assert copy.changed() == [READER]


@pytest.mark.parametrize(
    ("name", "text", "report"),
    [
        (READER, TSV.partition("\nREADER:")[0], "'lemtrada_schedule.readers.tsv_records' has no attribute 'READER'"),
        (READER.replace("_records", ""), TSV, "readers/tsv.py holds a READER; name it <format>_records.py"),
    ],
)  # fmt: skip
def test_a_reader_without(copy: Copy, name: str, text: str, report: str) -> None:
    copy.write(name, text)
    assert report in reported(copy, "tests/unit/readers/test_formats.py")
