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


def edit(name: str, *changes: tuple[str, str]) -> Callable[[Copy], None]:
    """Return the step that changes some texts of a file."""

    def step(copy: Copy) -> None:
        for old, new in changes:
            copy.replace(name, old, new)

    return step


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


# --- a kind of activity: two classes, and an arm in each `match` that mypy reports -----------------------

PACKAGE: Final = "lemtrada_schedule"
ACTION: Final = f"{PACKAGE}/protocol/actions.py"
ACTIVITY: Final = f"{PACKAGE}/plan/activities.py"

KIND_STEPS: Final[Steps] = {
    ACTION: edit(
        ACTION,
        ('    "OpenUntil",\n', '    "OnDayAction",\n    "OpenUntil",\n'),
        (
            "class NoteAction(",
            'class OnDayAction(_ActionRule):\n    """Something to be done on one day."""\n\n'
            '    kind: Literal["on-day"]\n    on: Offset\n\n\nclass NoteAction(',
        ),
        ("AfterInfusionAction | NoteAction,", "AfterInfusionAction | NoteAction | OnDayAction,"),
    ),
    ACTIVITY: edit(
        ACTIVITY,
        ('    "PeriodActivity",\n', '    "OnDayActivity",\n    "PeriodActivity",\n'),
        (
            "class NoteActivity(",
            'class OnDayActivity(_Dated):\n    """Something to be done on one day."""\n\n'
            '    kind: Literal["on-day"] = "on-day"\n    day: DerivedDate\n    because: Derivation\n\n\n'
            "class NoteActivity(",
        ),
        ("AfterInfusionActivity | NoteActivity,", "AfterInfusionActivity | NoteActivity | OnDayActivity,"),
    ),
    f"{PACKAGE}/planning/activities.py": edit(
        f"{PACKAGE}/planning/activities.py",
        ("    NoteActivity,\n", "    NoteActivity,\n    OnDayActivity,\n"),
        ("    NoteAction,\n", "    NoteAction,\n    OnDayAction,\n"),
        ("_NoteActivity = computed", "_OnDayActivity = computed(OnDayActivity)\n_NoteActivity = computed"),
        (
            '        case "note":\n',
            '        case "on-day":\n            return _on_day(action, name, context)\n        case "note":\n',
        ),
        (
            "def _window(",
            """def _on_day(action: OnDayAction, name: str, context: ActivityContext) -> OnDayActivity:
    because = context.derive(action.on, context.course, "earlier", action.cite, action.basis)
    return _OnDayActivity(**_common(action, name, context.course.number), day=because.result, because=because)


def _window(""",
        ),
    ),
    f"{PACKAGE}/plan/items.py": edit(
        f"{PACKAGE}/plan/items.py",
        ("    NoteActivity,\n", "    NoteActivity,\n    OnDayActivity,\n"),
        ('"after-infusion", "note"]', '"after-infusion", "note", "on-day"]'),
        (
            "        case NoteActivity():\n",
            "        case OnDayActivity():\n"
            "            make = partial(_on_day, activity)\n"
            '            return _part(activity, "day", make, is_settled=is_settled, is_ordered=True)\n'
            "        case NoteActivity():\n",
        ),
        (
            "def _note(",
            """def _on_day(activity: OnDayActivity, part: Part) -> list[Item]:
    return [Item(part, activity.id, "on-day", activity.day, activity.day, activity.because)]


def _note(""",
        ),
    ),
    f"{PACKAGE}/plan/checks/activities.py": edit(
        f"{PACKAGE}/plan/checks/activities.py",
        ("    NoteActivity,\n", "    NoteActivity,\n    OnDayActivity,\n"),
        (
            "            case NoteActivity():\n",
            """            case OnDayActivity():
                yield from derivation_faults(f"{place}.because", activity.because, activity.day, "earlier")
                yield from anchor_faults(written, f"{place}.because", activity.because, activity.course)
            case NoteActivity():\n""",
        ),
    ),
    f"{PACKAGE}/exports/explaining.py": edit(
        f"{PACKAGE}/exports/explaining.py",
        ("    NoteActivity,\n", "    NoteActivity,\n    OnDayActivity,\n"),
        (
            "        case NoteActivity():\n",
            "        case OnDayActivity():\n"
            '            return f"{x.title} on {long_day(x.day)}: {reason(x.because)}"\n'
            "        case NoteActivity():\n",
        ),
    ),
    f"{PACKAGE}/protocol/neutral_titles.py": edit(
        f"{PACKAGE}/protocol/neutral_titles.py",
        ("    NoteAction,\n", "    NoteAction,\n    OnDayAction,\n"),
        ("case SeriesAction() | NoteAction():", "case SeriesAction() | OnDayAction() | NoteAction():"),
    ),
    f"{PACKAGE}/exports/fhir/plan_definition.py": edit(
        f"{PACKAGE}/exports/fhir/plan_definition.py",
        ("    NoteAction,\n", "    NoteAction,\n    OnDayAction,\n"),
        (
            "        case NoteAction():\n",
            '        case OnDayAction():\n            return f"on {action.on}"\n        case NoteAction():\n',
        ),
    ),
    "docs/own-protocol.md": edit(
        "docs/own-protocol.md", ("\n| `note` |", "\n| `on-day` | `on` | Something to be done on one day |\n| `note` |")
    ),
}
"""Each step by its file; two more files are generated."""

GENERATED: Final = {
    "docs/nouns.md": "import runpy; runpy.run_path('docs/generate.py', run_name='__main__')",
    "docs/schema/plan.schema.json": "import runpy; runpy.run_module('tests.support.make_schema', run_name='__main__')",
}
KIND_TESTS: Final = (
    "tests/documentation/test_generated_docs.py",
    "tests/unit/plan/test_plan_json.py",
    "tests/unit/protocol/test_neutral_titles.py",
    "tests/unit/protocol/test_same_protocol.py",
)

ON_DAY: Final = """
from datetime import UTC, date, datetime
from pathlib import Path
from lemtrada_schedule import *
STAMP = datetime(2026, 11, 22, tzinfo=UTC)
Path("own.toml").write_text(
    'extends = "us"\\nid = "own"\\n[[actions]]\\nid = "call"\\nkind = "on-day"\\non = "last infusion + 30 days"\\ncite = "faq"\\n'
)
own, boston = read_protocol("own.toml"), read_clinic("examples/boston.toml")
plan = plan_treatment(own, boston, not_before=date(2027, 1, 11), plan_id="p1")
assert Plan.model_validate_json(plan.model_dump_json()) == plan
for shown in (to_text(plan), str(to_html(plan)), to_ics(plan, stamp=STAMP, titles="clinical").decode(), str(to_fhir(plan, subject="Patient/1"))):
    assert "Call" in shown
assert protocol_to_fhir(own)
again = replan(plan, own, boston, History.from_dates(["2027-01-11"]), as_of=date(2027, 1, 11))
assert "call/course-1" in {change.item for change in again.changes}
(call,) = [one for one in plan.activities if one.id == "call/course-1"]
print(explain(call))
"""


def test_a_kind_of_activity(copy: Copy) -> None:
    follow(copy, KIND_STEPS)
    for made in GENERATED.values():
        copy.python(made)
    assert reported(copy, *KIND_TESTS) == ""
    sentence = "Call on 2027-02-14 (Sunday 14 February): last infusion of course 1 (2027-01-15) + 30 days; FAQ."
    assert copy.python(ON_DAY) == sentence
    (copy.root / "own.toml").unlink()
    assert copy.changed() == sorted([*KIND_STEPS, *GENERATED])


def test_a_kind_of_activity_without_an_arm(copy: Copy) -> None:
    """The classes alone: mypy reports each `match` that lacks an arm, and the tests each page that is stale."""
    for name in (ACTION, ACTIVITY):
        KIND_STEPS[name](copy)
    errors = copy.mypy().splitlines()
    assert {error.partition(":")[0] for error in errors} == {
        name for name in KIND_STEPS if "protocol.md" not in name
    } - {ACTION, ACTIVITY}
    assert all('Argument 1 to "assert_never" has incompatible type' in error for error in errors)
    report = " ".join(
        copy.tests(
            "tests/documentation/test_generated_docs.py",
            "tests/unit/plan/test_plan_json.py",
            "-k",
            "fresh or own_protocols",
        ).split()
    )
    assert "docs/own-protocol.md: add a row for the kind of action on-day" in report
    assert "docs/nouns.md is stale; run: uv run python docs/generate.py" in report
    assert "docs/schema/plan.schema.json is stale; run: uv run python -m tests.support.make_schema" in report


@pytest.mark.parametrize(
    ("step", "report"),
    [
        (ACTION, 'Module "lemtrada_schedule.protocol.actions" has no attribute "OnDayAction"'),
        (ACTIVITY, 'Module "lemtrada_schedule.plan.activities" has no attribute "OnDayActivity"'),
    ],
)
def test_a_kind_of_activity_without(copy: Copy, step: str, report: str) -> None:
    follow(copy, KIND_STEPS, but=step)
    assert report in copy.mypy()


# --- a rule for records: function, finding, entry in the docs, twin in the screen, a case that fires ----------

CATALOGUE: Final = f"{PACKAGE}/findings/catalogue.py"
RULES: Final = f"{PACKAGE}/judging/rules/infusions.py"
SCREEN: Final = f"{PACKAGE}/cohort/screen/rules/infusions.py"
FINDINGS: Final = "docs/findings.toml"
CASES: Final = "tests/unit/findings/test_findings_fire.py"

RULE_STEPS: Final[Steps] = {
    CATALOGUE: edit(
        CATALOGUE,
        (
            "PARTIAL_INFUSION: Final = ",
            """NEW_YEARS_DAY: Final = FindingKind(
    "new-years-day",
    "warning",
    "audit",
    "An infusion is recorded on 1 January, which is often a placeholder",
    "the infusion is recorded on {day}, a date that is often a placeholder",
    "check the date of the record",
)

PARTIAL_INFUSION: Final = """,
        ),
        ("    NO_PUBLIC_HOLIDAYS_KNOWN,\n    OBS", "    NEW_YEARS_DAY,\n    NO_PUBLIC_HOLIDAYS_KNOWN,\n    OBS"),
    ),
    RULES: edit(
        RULES,
        ("    ONLY_OTHER_MEDICINES,\n", "    NEW_YEARS_DAY,\n    ONLY_OTHER_MEDICINES,\n"),
        (
            "@rule(needs=GIVEN, yields=(PARTIAL_INFUSION,))\n",
            """@rule(needs=GIVEN, yields=(NEW_YEARS_DAY,))
def not_on_new_years_day(case: Case) -> Iterator[Answer]:
    \"\"\"Report every infusion that is recorded on 1 January.\"\"\"
    for course, record in case.given:
        if (record.date.month, record.date.day) == (1, 1):
            yield NEW_YEARS_DAY.at(course=course, day=record.date, row=record.row)


@rule(needs=GIVEN, yields=(PARTIAL_INFUSION,))
""",
        ),
        ("    given_in_full,\n", "    given_in_full,\n    not_on_new_years_day,\n"),
    ),
    SCREEN: edit(
        SCREEN,
        ("    INFUSION_TOO_SHORT,\n    OBS", "    INFUSION_TOO_SHORT,\n    NEW_YEARS_DAY,\n    OBS"),
        (
            "def not_in_future(",
            """def on_new_years_day(block: Block) -> None:
    \"\"\"Report every row of 1 January: the day before it has another year.\"\"\"
    day = block.key & DAY
    block.report_rows(NEW_YEARS_DAY, np.flatnonzero(block.tables.year[day] != block.tables.year[day - 1]))


def not_in_future(""",
        ),
        ("marked_rows),\n)", "marked_rows),\n    Twin((rules.not_on_new_years_day,), on_new_years_day),\n)"),
    ),
    FINDINGS: edit(
        FINDINGS,
        (
            "[partial-infusion]\n",
            """[new-years-day]
meaning = "An infusion is recorded on 1 January, a date that is often entered where the day is not known."
rules = []
source = "a convention on records"
example = '''
>>> first = History.from_dates(["2025-01-01"])
>>> where(evaluate(first, us, as_of=date(2025, 3, 3)), "new-years-day")
[(1, '2025-01-01', 1)]
'''

[partial-infusion]
""",
        ),
    ),
    CASES: edit(
        CASES,
        (
            '    "partial-infusion": Case(\n',
            """    "new-years-day": Case(
        judged(history(run("2025-01-01", 1)), "2025-06-01"), "warning", 1, "2025-01-01", 1,
        judged(history(run("2025-01-02", 1)), "2025-06-01"),
    ),
    "partial-infusion": Case(
""",
        ),
    ),
}
FINDINGS_PAGE: Final = "docs/findings.md"
RULE_TESTS: Final = (
    "tests/unit/findings",
    "tests/unit/cohort/test_twins.py",
    "tests/unit/cohort/test_codes.py",
    "tests/documentation/test_generated_docs.py",
    "tests/documentation/test_examples.py::test_document[docs/findings.md]",
)

IN_BOTH: Final = """
import datetime as dt
import pyarrow as pa
from lemtrada_schedule import History, audit, evaluate, load_protocol
us, as_of = load_protocol("us"), dt.date(2025, 3, 3)
(one,) = [found for found in evaluate(History.from_dates(["2025-01-01"]), us, as_of=as_of).findings if found.code == "new-years-day"]
days = [dt.date(2024, 12, 31), dt.date(2025, 1, 1), dt.date(2025, 1, 2), dt.date(2000, 1, 1)]
report = audit(pa.table({"patient": ["a", "a", "a", "b"], "date": days}), us, as_of=as_of)
print(one.message, report.summary()["findings"]["new-years-day"])
"""


def test_a_rule(copy: Copy) -> None:
    follow(copy, RULE_STEPS)
    copy.python(GENERATED["docs/nouns.md"])
    assert reported(copy, *RULE_TESTS) == ""
    assert copy.python(IN_BOTH) == ""
    assert copy.changed() == sorted([*RULE_STEPS, FINDINGS_PAGE])


@pytest.mark.parametrize(
    ("step", "tests", "report"),
    [
        (CATALOGUE, (), 'Module "lemtrada_schedule.findings.catalogue" has no attribute "NEW_YEARS_DAY"'),
        (RULES, ("tests/unit/cohort/test_twins.py",), "rule"),
        (SCREEN, ("tests/unit/cohort/test_twins.py",), "infusions.not_on_new_years_day needs only columns of a cohort"),
        (FINDINGS, ("tests/documentation/test_generated_docs.py",), "docs/findings.toml"),
        (CASES, ("tests/unit/findings",), "test_findings_fire.py: CASES needs one case for each of ['new-years-day']"),
    ],
)
def test_a_rule_without(copy: Copy, step: str, tests: tuple[str, ...], report: str) -> None:
    follow(copy, RULE_STEPS, but=step)
    if tests:
        copy.python(GENERATED["docs/nouns.md"])
    assert report in (" ".join(copy.tests(*tests).split()) if tests else copy.mypy())
