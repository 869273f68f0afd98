"""Every kind of finding says who sees it: the screen of the audit, `evaluate` alone, or only what makes a plan."""

import ast

import pytest

from lemtrada_schedule.cohort.reading.chunks import COLUMNS, STATUSES
from lemtrada_schedule.cohort.screen.finding_bits import BIT, LEFT_TO_EVALUATE, SCREENED
from lemtrada_schedule.cohort.screen.kernel import screen
from lemtrada_schedule.findings.catalogue import CATALOGUE
from lemtrada_schedule.findings.finding import FindingKind
from lemtrada_schedule.records.history import History, InfusionRecord
from tests.gates.no_wall_clock import package_folder


def kinds_named_in(*modules: str) -> set[FindingKind]:
    """Return the kinds of finding whose names stand in some modules' code, not only among their imports."""
    by_name = {kind.code.replace("-", "_").upper(): kind for kind in CATALOGUE}
    names: set[str] = set()
    for module in modules:
        for path in package_folder().glob(module):
            names |= {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}
    return {kind for name, kind in by_name.items() if name in names}


FACTS = {
    "age-below-adult": {"birth_date"},
    "age-below-minimum": {"birth_date"},
    "baseline-missing": {"observations", "tests_recorded"},
    "code-not-known": {"observations", "overrides", "tests_recorded"},
    "birth-date-after-infusion": {"birth_date"},
    "only-other-medicines": {"other_rows"},
    "outside-opening-hours": {"started", "ended", "observed_until"},
    "overridden": {"overrides"},
    "prior-treatments-few": {"prior_medicines"},
    "window-missed": {"observations", "tests_recorded"},
}
"""What only `evaluate` can tell, and the facts of a history that it needs."""


def seen_by(who: str) -> set[FindingKind]:
    return {kind for kind in CATALOGUE if kind.seen_by == who}


def test_what_the_rules_can_say_is_seen_by_the_audit_or_by_evaluate() -> None:
    named = kinds_named_in("judging/rules/*.py", "judging/evaluating.py", "records/*.py")
    assert named == seen_by("audit") | seen_by("evaluate")


def test_the_screen_says_each_of_its_kinds_somewhere_and_no_other() -> None:
    assert kinds_named_in("cohort/screen/kernel.py", "cohort/screen/blocks.py") == seen_by("audit") - LEFT_TO_EVALUATE
    assert LEFT_TO_EVALUATE < seen_by("audit")


def test_no_rule_says_what_only_plans_are_told() -> None:
    assert not kinds_named_in("judging/rules/*.py", "judging/evaluating.py", "cohort/**/*.py") & seen_by("plan")
    assert kinds_named_in("planning/*.py", "plan/plan.py", "judging/clinic_check.py") >= seen_by("plan")


def test_what_only_evaluate_tells_needs_facts_that_no_column_holds() -> None:
    assert {kind.code for kind in seen_by("evaluate")} == FACTS.keys()
    facts = set().union(*FACTS.values())
    assert facts <= {*History.model_fields, *InfusionRecord.model_fields}
    assert not facts & set(COLUMNS)


def test_codes_fit_into_32_bits_in_the_order_of_the_alphabet() -> None:
    assert len(SCREENED) <= 32
    assert [kind.code for kind in SCREENED] == sorted(kind.code for kind in SCREENED)
    assert [BIT[kind] for kind in SCREENED] == list(range(len(SCREENED)))


def test_the_columns_are_fields_of_the_record() -> None:
    assert set(COLUMNS) - {"patient"} <= set(InfusionRecord.model_fields)
    schema = InfusionRecord.model_json_schema()["properties"]["status"]
    assert tuple(schema["enum"]) == STATUSES


@pytest.mark.parametrize("module", ["kernel", "courses"])
def test_the_kernel_knows_no_calendar(module: str) -> None:
    """It imports NumPy, names of findings and the shape of its tables; nothing of dates, spans or clinics."""
    tree = ast.parse((package_folder() / "cohort" / "screen" / f"{module}.py").read_text("utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules <= {
        "numpy", "dataclasses", "typing", "lemtrada_schedule.findings.catalogue", "lemtrada_schedule.findings.finding",
        "lemtrada_schedule.cohort.screen.finding_bits",
        "lemtrada_schedule.cohort.screen.courses", "lemtrada_schedule.cohort.screen.layout",
    }  # fmt: skip
    assert screen.__module__ == "lemtrada_schedule.cohort.screen.kernel"
