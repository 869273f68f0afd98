"""The table "To add something" of CONTRIBUTING.md, carried out in a copy of the source.

Each row is followed whole: mypy and the tests of what it touches pass, and exactly the files that the row names have
changed. Then a step is left out, and mypy or a test must name the file and what to do there.
"""

import re
from typing import Final

import pytest

from tests.guide.additions import ACTIVITY_KIND, EXPORT, GENERATE, LABEL, READER, RULE, Steps, follow
from tests.guide.conftest import ROOT, Copy

pytestmark = pytest.mark.guide

FINDINGS: Final = "tests/unit/findings/test_findings_fire.py"
GENERATED: Final = "tests/documentation/test_generated_docs.py"
FRESH: Final = f"{GENERATED}::test_a_generated_page_is_fresh"
EXAMPLES: Final = "tests/documentation/test_examples.py"
SCHEMA: Final = "tests/unit/plan/test_plan_json.py::test_the_published_schema_is_fresh"
LABELS: Final = "tests/unit/protocol/test_labels.py"
OPTIONS: Final = "tests/unit/cli/test_parser.py"
FORMATS: Final = "tests/unit/readers/test_formats.py"
TWINS: Final = "tests/unit/cohort/test_twins.py"


def passes(copy: Copy, *tests: str) -> None:
    """Fail where mypy or one of these tests reports something in the copy."""
    assert copy.mypy() == ""
    assert copy.tests(*tests) == ""


def test_the_table_names_exactly_what_changes() -> None:
    """A row names a file by its path, or by the end of its path or its folder."""
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("| To add … | Touch |\n| --- | --- |\n")[2]
    for row, steps in zip(table.splitlines()[:5], (LABEL, RULE, ACTIVITY_KIND, EXPORT, READER), strict=True):
        named = re.findall(r"`([a-z_/-]+(?:\.[a-z]+|/))`", row.replace("<format>", "tsv"))
        assert [file for file in files(steps) if not any(name in file for name in named)] == [], row
        assert [name for name in named if not any(name in file for file in files(steps))] == [], row


def files(steps: Steps) -> list[str]:
    """Return the files that an addition writes, sorted."""
    return sorted(name for name in steps if "/" in name)


# --- done, whole ---------------------------------------------------------------------------------------


def test_a_label_revision(copy: Copy) -> None:
    follow(copy, LABEL)
    copy.python(GENERATE["docs"])
    documents = [f"{EXAMPLES}::test_document[{name}]" for name in ("README.md", "docs/own-protocol.md")]
    passes(copy, LABELS, GENERATED, "tests/unit/readers/test_files.py", *documents)
    code = "us = lemtrada_schedule.load_protocol('us'); print(us.name, us.prior_medicines.medicines)"
    assert copy.python(code) == "us-2099-01 3"
    # Its own page and the sources are made from it, and the pages of older revisions name the newest.
    made = [f"docs/protocols/us-{revision}.md" for revision in ("2024-05", "2024-05-r2", "2099-01")]
    assert copy.changed() == sorted([*files(LABEL), *made, "docs/source-codes.md"])
    assert len(files(LABEL)) == 1


def test_an_export(copy: Copy) -> None:
    follow(copy, EXPORT)
    passes(copy, OPTIONS, "tests/unit/cli/test_output_files.py")
    arguments = ["plan", "2027-01-11", "--protocol", "us", "--clinic", "examples/boston.toml", "--markdown", "plan.md"]
    copy.python(f"from lemtrada_schedule.cli.main import main\nassert main({arguments!r}) == 0")
    assert copy.taken("plan.md").startswith("- 2027-01-11: Appointment\n")
    assert copy.changed() == files(EXPORT)
    assert len(copy.changed()) == 2


def test_a_reader(copy: Copy) -> None:
    follow(copy, READER)
    passes(copy, FORMATS, "tests/unit/readers/test_record_files.py")
    copy.write("given.tsv", "patient\tdate\np1\t2025-03-03\np1\t2025-03\n")
    code = "intake = lemtrada_schedule.read_histories('given.tsv'); print(intake.accepted, intake.refused[0].row)"
    assert copy.python(code) == "1 3"
    assert copy.taken("given.tsv")
    code = "from lemtrada_schedule.cli.main import main\nmain(['check', '--help'])"
    assert ".csv, .json, .ndjson, .ndjson.gz, .tsv" in " ".join(copy.python(code).split())  # help is wrapped
    assert copy.changed() == files(READER)
    assert len(copy.changed()) == 1


PLAN: Final = """
from datetime import UTC, date, datetime
from lemtrada_schedule import *
own, boston = read_protocol("own.toml"), read_clinic("examples/boston.toml")
plan = plan_treatment(own, boston, not_before=date(2027, 1, 11), plan_id="p1")
assert Plan.model_validate_json(plan.model_dump_json()) == plan
calendar = to_ics(plan, stamp=datetime(2026, 11, 22, tzinfo=UTC), titles="clinical").decode()
bundle = str(to_fhir(plan, subject="Patient/1"))
for shown in (to_text(plan), str(to_html(plan, titles="clinical")), calendar, bundle, to_csv(to_rows(plan))):
    assert "Call" in shown
assert "on last infusion + 30 days" in str(protocol_to_fhir(own))
again = replan(plan, own, boston, history=History.from_dates(["2027-01-11"]), as_of=date(2027, 1, 11))
assert "call/course-1" in {change.item for change in again.changes}
(call,) = [one for one in plan.activities if one.id == "call/course-1"]
print(explain(call))
"""


def test_a_kind_of_activity(copy: Copy) -> None:
    follow(copy, ACTIVITY_KIND)
    for program in GENERATE.values():
        copy.python(program)
    passes(copy, GENERATED, SCHEMA, "tests/unit/protocol/test_same_protocol.py")
    action = '[[actions]]\nid = "call"\nkind = "on-day"\non = "last infusion + 30 days"\ncite = "faq"\n'
    copy.write("own.toml", f'extends = "us"\nid = "own"\n{action}')
    sentence = "Call on 2027-02-14 (Sunday 14 February): last infusion of course 1 (2027-01-15) + 30 days; FAQ."
    assert copy.python(PLAN) == sentence
    assert copy.taken("own.toml")
    assert copy.changed() == sorted([*files(ACTIVITY_KIND), "docs/data-model.md", "docs/schema/plan.schema.json"])
    assert len(files(ACTIVITY_KIND)) == 14


JUDGED: Final = """
import datetime as dt
import pyarrow as pa
from lemtrada_schedule import History, audit, evaluate, load_protocol
us, as_of = load_protocol("us"), dt.date(2025, 3, 3)
given = {"a": ["2024-12-31", "2025-01-01", "2025-01-02"], "b": ["2000-01-01"]}
codes = [one.code for dates in given.values() for one in evaluate(History.from_dates(dates), us, as_of=as_of).findings]
rows = [{"patient": who, "date": dt.date.fromisoformat(day)} for who, dates in given.items() for day in dates]
report = audit(pa.Table.from_pylist(rows), us, as_of=as_of)
print(codes.count("new-years-day"), report.summary()["findings"]["new-years-day"]["by_year"])
"""


def test_a_rule(copy: Copy) -> None:
    follow(copy, RULE)
    copy.python(GENERATE["docs"])
    passes(
        copy,
        FINDINGS,
        TWINS,
        "tests/unit/cohort/test_codes.py",
        GENERATED,
        f"{EXAMPLES}::test_document[docs/findings.md]",
    )
    assert copy.python(JUDGED) == "2 {'2000': 1, '2025': 1}"
    assert copy.changed() == sorted([*files(RULE), "docs/findings.md"])
    assert len(files(RULE)) == 6


# --- a step left out -----------------------------------------------------------------------------------


def words(text: str) -> str:
    """Return a text as one line, with its words one space apart: tools break lines anywhere."""
    return " ".join(text.split())


READER_FILE: Final = "lemtrada_schedule/readers/tsv_records.py"
MARKDOWN: Final = "lemtrada_schedule/exports/markdown.py"
OUTPUTS: Final = "lemtrada_schedule/cli/outputs.py"
CATALOGUE: Final = "lemtrada_schedule/findings/catalogue.py"
RULES: Final = "lemtrada_schedule/judging/rules/infusions.py"
SCREEN: Final = "lemtrada_schedule/cohort/screen/rules/infusions.py"
OUT_OF: Final = "lemtrada_schedule/cohort/out_of.py"
CODES: Final = "tests/unit/cohort/test_codes.py"


@pytest.mark.parametrize(
    ("steps", "left_out", "test", "report"),
    [
        (LABEL, "name", LABELS, "labels/us-2099-01.toml: set `id` and `revision` so that they give the file's name"),
        (LABEL, "number", LABELS, "labels/us-2099-01.toml: remove the sources that nothing cites: ['uspi-2099']"),
        (LABEL, "source", LABELS, "us-2099-01: prior_medicines.cite: no source has this key"),
        (EXPORT, OUTPUTS, OPTIONS, "markdown is written by no option; add an entry of OUTPUTS in cli/outputs.py"),
        (RULE, OUT_OF, f"{CODES}::test_each_kind_has_a_unit", "['new-years-day'] in OUT_OF of cohort/out_of.py"),
        (RULE, SCREEN, f"{TWINS}::test_each_rule_of_columns_has_a_twin", "not_on_new_years_day needs only columns"),
        (
            RULE,
            FINDINGS,
            f"{FINDINGS}::test_no_code_of_the_catalogue_is_missing",
            f"{FINDINGS}: CASES needs one case for each of ['new-years-day']",
        ),
        (RULE, "docs/findings.toml", f"{FRESH}[findings.md]", "docs/findings.toml: add an entry [new-years-day]"),
        (RULE, "", f"{FRESH}[findings.md]", "docs/findings.md is stale; run: uv run python docs/generate.py"),
    ],
)  # fmt: skip
def test_a_test_names_the_step(copy: Copy, steps: Steps, left_out: str, test: str, report: str) -> None:
    follow(copy, steps, but=left_out)
    assert report in words(copy.tests(test))


@pytest.mark.parametrize(
    ("steps", "file", "line", "report"),
    [
        (READER, READER_FILE, "READER: Final = ", "'lemtrada_schedule.readers.tsv_records' has no attribute 'READER'"),
        (RULE, RULES, "    not_on_new_years_day,\n", "judging.rules.infusions: list not_on_new_years_day in RULES"),
        (RULE, SCREEN, "    Twin((rules.not_on_new_years_day,), on_new_years_day),\n", "and list it in TWINS there"),
        (RULE, CATALOGUE, "    NEW_YEARS_DAY,\n", "findings/catalogue.py: list NEW_YEARS_DAY in CATALOGUE"),
    ],
)  # fmt: skip
def test_a_test_names_the_line(copy: Copy, steps: Steps, file: str, line: str, report: str) -> None:
    follow(copy, steps)
    copy.replace(file, line, "" if line.endswith("\n") else "_UNUSED = ")
    test = {READER_FILE: FORMATS, CATALOGUE: f"{FINDINGS}::test_every_kind_is_listed"}.get(file, TWINS)
    assert report in words(copy.tests(test))


def test_a_test_names_a_reader_whose_module_has_another_name(copy: Copy) -> None:
    follow(copy, READER)
    copy.write("lemtrada_schedule/readers/tsv.py", copy.taken(READER_FILE))
    assert "readers/tsv.py holds a READER; name it <format>_records.py" in words(copy.tests(FORMATS))


@pytest.mark.parametrize(
    ("steps", "left_out", "report"),
    [
        (EXPORT, MARKDOWN, 'library stub for module named "lemtrada_schedule.exports.markdown"'),
        (RULE, CATALOGUE, 'Module "lemtrada_schedule.findings.catalogue" has no attribute "NEW_YEARS_DAY"'),
        (RULE, RULES, 'Module has no attribute "not_on_new_years_day"'),
        (ACTIVITY_KIND, "lemtrada_schedule/protocol/actions.py", 'actions" has no attribute "OnDayAction"'),
        (ACTIVITY_KIND, "lemtrada_schedule/plan/activities.py", 'activities" has no attribute "OnDayActivity"'),
    ],
)
def test_mypy_names_the_step(copy: Copy, steps: Steps, left_out: str, report: str) -> None:
    follow(copy, steps, but=left_out)
    assert report in words(copy.mypy("lemtrada_schedule"))


def test_mypy_names_each_match_without_an_arm_and_tests_name_each_page(copy: Copy) -> None:
    """Of a kind of activity, only the two classes are written: every other step is reported, each by itself."""
    classes = {"lemtrada_schedule/protocol/actions.py", "lemtrada_schedule/plan/activities.py"}
    for name in classes:
        ACTIVITY_KIND[name](copy)
    errors = copy.mypy("lemtrada_schedule", "docs/generate.py").splitlines()
    assert all('Argument 1 to "assert_never" has incompatible type' in error for error in errors)
    reported = {error.partition(":")[0] for error in errors}
    page = "docs/own-protocol.md"
    assert reported == {*files(ACTIVITY_KIND)} - classes - {page}
    report = words(copy.tests(GENERATED, SCHEMA, "-k", "fresh or own_protocols"))
    assert f"{page}: add a row for the kind of action on-day" in report
    assert "docs/data-model.md is stale; run: uv run python docs/generate.py" in report
    assert "docs/schema/plan.schema.json is stale; run: uv run python -m tests.support.make_schema" in report
