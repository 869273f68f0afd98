"""The bits and columns of the screen; `test_twins.py` holds the rules of the screen and of `judging` together."""

import ast
from dataclasses import fields

import pytest

from lemtrada_schedule.cohort.out_of import MONITORED, OUT_OF, denominators
from lemtrada_schedule.cohort.question import Columns
from lemtrada_schedule.cohort.screen.chunks import AS_OF, COLUMNS, STATUSES
from lemtrada_schedule.cohort.screen.finding_bits import BIT, SCREENED
from lemtrada_schedule.records.history import InfusionRecord
from tests.gates.no_wall_clock import package_folder

SCREEN = package_folder() / "cohort" / "screen"


def test_codes_fit_into_32_bits_in_alphabetical_order() -> None:
    assert len(SCREENED) <= 32
    assert [kind.code for kind in SCREENED] == sorted(kind.code for kind in SCREENED)
    assert [BIT[kind] for kind in SCREENED] == list(range(len(SCREENED)))


def test_each_kind_has_a_unit() -> None:
    missing = sorted(kind.code for kind in SCREENED if kind not in OUT_OF)
    assert not missing, f"say what is counted: {missing} in OUT_OF of cohort/out_of.py"
    assert set(OUT_OF) == set(SCREENED)


def test_each_kind_is_counted_out_of_a_unit_that_has_at_most_one() -> None:
    several = {kind.code for kind, unit in OUT_OF.items() if unit is None}
    assert several == {"baseline-missing", "observation-in-future", "test-missed", "window-missed"}
    assert set(OUT_OF.values()) - {None} <= {*denominators({}, {}, 0), MONITORED}


def test_the_columns_are_fields_of_the_record() -> None:
    assert tuple(field.name for field in fields(Columns)) == (*COLUMNS, AS_OF)
    assert set(COLUMNS) - {"patient"} <= set(InfusionRecord.model_fields)
    schema = InfusionRecord.model_json_schema()["properties"]["status"]
    assert tuple(schema["enum"]) == STATUSES


@pytest.mark.parametrize(
    "path", ["kernel", "courses", "course_rows", "dates", "matching", "own_days", "tallies", "rules/*"]
)
def test_the_kernel_knows_no_calendar(path: str) -> None:
    """It imports NumPy, findings, the rules that it mirrors and its own parts; nothing of dates, spans or clinics."""
    trees = [ast.parse(module.read_text("utf-8")) for module in SCREEN.glob(f"{path}.py")]
    assert trees
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    own = ("lemtrada_schedule.cohort.screen.", "lemtrada_schedule.findings.", "lemtrada_schedule.judging.rules")
    others = {module for module in modules if not f"{module}.".startswith(own)}
    assert others <= {"numpy", "dataclasses", "typing", "collections.abc"}
    assert "lemtrada_schedule.cohort.screen.lookup_tables" not in modules
