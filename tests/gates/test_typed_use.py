"""What type checkers accept is accepted, and what they refuse is refused. `.ci/run` asks the type checkers."""

import ast
import inspect
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import ScheduleError, load_protocol, read_clinic
from lemtrada_schedule.clinic.clinic import Clinic, DatedReason, Laboratory, OpeningHours
from lemtrada_schedule.dates.periods import Period
from lemtrada_schedule.records.history import Decision, History, InfusionRecord, Observation, RecordedOverride
from lemtrada_schedule.validation.model import Model
from tests.gates import typed_misuse, typed_use
from tests.support.for_each import each

GATES: Final = Path(__file__).parent
EXAMPLES: Final = GATES.parents[1] / "examples"
TODAY: Final = date(2026, 11, 22)


def test_the_program_has_nothing_for_a_type_checker_to_ignore() -> None:
    text = (GATES / "typed_use.py").read_text(encoding="utf-8")
    assert not [word for word in ("type: ignore", "pyright: ", " cast", "Any") if word in text]


def test_the_program_uses_every_public_verb() -> None:
    verbs = {name for name, home in _public() if inspect.isfunction(home)} - {"audit_spark"}  # it needs Java
    tree = ast.parse((GATES / "typed_use.py").read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {function.id for function in calls if isinstance(function, ast.Name)}
    assert verbs <= called


def _public() -> Iterator[tuple[str, Any]]:
    import lemtrada_schedule  # noqa: PLC0415  # as users import it

    return ((name, getattr(lemtrada_schedule, name)) for name in lemtrada_schedule.__all__)


def test_the_program_runs(tmp_path: Path) -> None:
    us, place = load_protocol("us-2024-05"), typed_use.clinic()
    plan = typed_use.plan(us, place, TODAY)
    assert plan.plan_id == "p2"
    assert typed_use.in_words(plan)
    assert [start.first_day.year for start in typed_use.starts(place)] == [2027, 2027, 2027]
    assert typed_use.changes(plan, us, place).keys() >= {"moved"}
    assert typed_use.files(plan, tmp_path) == plan
    assert {item.kind for item in typed_use.morning(plan, typed_use.history("p1"), place, TODAY)} >= {"visit"}
    assert {change.kind for change in typed_use.chairs([plan], us, place).changes} == {"kept"}
    toml = [(EXAMPLES / name).read_text(encoding="utf-8") for name in ("boston.toml", "own-protocol.toml")]
    assert typed_use.from_memory(toml[0], toml[1].encode(), plan).accepted == 1
    assert "2026-03-07" in typed_use.judge(typed_use.history("p1"), us, TODAY.replace(year=2025))
    assert typed_use.cached(list(plan.courses)).keys() == set(plan.courses)


def test_the_program_reads_files_and_frames(tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder)
    assert typed_use.read(folder).rows == 58
    assert typed_use.cohort(tmp_path).patients.num_rows == 1
    assert read_clinic(folder / "boston.toml").time_zone == "America/New_York"


def test_every_form_of_dates_makes_a_history() -> None:
    assert [len(history.infusions) for history in typed_use.histories_from_dates()] == [5, 5, 5, 2, 1, 1]
    assert typed_use.parsed('{"infusions": [{"date": "3/3/2025"}]}') != typed_use.parsed("{}") == History()
    assert typed_use.calendar_arithmetic() == [date(2027, 2, 11), date(2027, 6, 11)]


@each(typed_misuse.REFUSED + typed_misuse.UNDECIDED, name=lambda call: f"line {call.__code__.co_firstlineno}")
def test_what_a_type_checker_refuses_is_refused(call: Callable[[], object]) -> None:
    """By an error of the library; what is no argument at all, by Python itself."""
    with pytest.raises((ScheduleError, TypeError)):
        call()


CONSTRUCTED: Final = (
    Clinic, DatedReason, Decision, History, InfusionRecord, Laboratory, Observation, OpeningHours, Period,
    RecordedOverride,
)  # fmt: skip
"""The types whose constructor states what it accepts."""


@pytest.mark.parametrize("noun", CONSTRUCTED, ids=[noun.__name__ for noun in CONSTRUCTED])
def test_a_constructor_states_every_field_and_its_default(noun: type[Model]) -> None:
    stated = _stated(noun)
    fields = {name: ... if field.is_required() else field.default for name, field in noun.model_fields.items()}
    assert list(stated.items()) == list(fields.items())


def _stated(noun: type[Model]) -> dict[str, object]:
    """Return the parameters of the constructor that type checkers see, with their defaults."""
    tree = ast.parse(Path(inspect.getfile(noun)).read_text(encoding="utf-8"))
    own = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == noun.__name__)
    init = next(node for node in ast.walk(own) if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    defaults = [... if node is None else ast.literal_eval(node) for node in init.args.kw_defaults]
    return dict(zip([argument.arg for argument in init.args.kwonlyargs], defaults, strict=True))
