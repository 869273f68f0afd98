"""Values that the library computes itself: made without checks, and the same as if they had been checked."""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import pytest

from lemtrada_schedule import InfusionRecord, InvalidInput, Period, load_protocol, plan_treatment
from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.planning.shared_parts import PARTS
from lemtrada_schedule.validation.computed import Computed, compact, computed
from tests.support.clinics import WEEK, clinic_open


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make values as users do; in all other tests every value is checked."""
    monkeypatch.setattr(Computed, "checked", False)
    PARTS.cache_clear()
    yield
    PARTS.cache_clear()


FIELDS = {
    **Anchor("last-infusion", 1).fields(), "anchor_day": date(2027, 1, 15), "offset": "+ 4 months", "rounding": "later",
    "result": date(2027, 5, 15), "cite": "faq", "basis": "label",
}  # fmt: skip


@pytest.mark.usefixtures("unchecked")
def test_a_computed_value_is_like_a_checked_one() -> None:
    made, checked = computed(Derivation)(**FIELDS), Derivation(**FIELDS)  # type: ignore[arg-type]  # a dict of its fields
    assert made == checked
    assert hash(repr(made)) == hash(repr(checked))
    assert made.model_dump_json() == checked.model_dump_json()
    assert made.model_fields_set == checked.model_fields_set
    assert made.model_copy(update={"cite": None}).cite is None


@pytest.mark.usefixtures("unchecked")
def test_absent_fields_have_their_defaults() -> None:
    made = computed(Period)(first_day=date(2027, 1, 11))
    assert made == Period(first_day=date(2027, 1, 11))
    assert made.last_day is None


@pytest.mark.usefixtures("unchecked")
def test_a_computed_value_is_frozen() -> None:
    made = computed(Period)(first_day=date(2027, 1, 11))
    with pytest.raises(AttributeError):
        made.last_day = date(2027, 1, 12)  # type: ignore[misc]  # it is refused when it runs


def test_in_tests_every_field_is_checked() -> None:
    assert Computed.checked
    with pytest.raises(InvalidInput):
        computed(Period)(first_day=date(2027, 1, 12), last_day=date(2027, 1, 11))


@pytest.mark.parametrize("name", ["us-2024-05-r2", "eu-2020-01-r2"])
def test_plans_are_the_same_with_and_without_checks(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    protocol, clinic = load_protocol(name), clinic_open(WEEK)
    for start in (date(2027, 1, 11), date(2028, 2, 25), date(2031, 12, 29)):
        texts = []
        for checked in (True, False):
            monkeypatch.setattr(Computed, "checked", checked)
            PARTS.cache_clear()
            texts.append(plan_treatment(protocol, clinic, not_before=start, courses=4).model_dump_json())
        assert texts[0] == texts[1]
    PARTS.cache_clear()


@pytest.mark.usefixtures("unchecked")
def test_a_changed_value_is_like_a_checked_one() -> None:
    made = computed(Derivation)(**FIELDS)  # type: ignore[arg-type]  # a dict of its fields
    changed = Computed(Derivation).changed(made, offset="", result=date(2027, 1, 15))
    assert changed == made.model_copy(update={"offset": "", "result": date(2027, 1, 15)})
    assert (made.offset, made.result) == ("+ 4 months", date(2027, 5, 15))
    assert changed.model_dump_json() == Derivation.model_validate(changed.model_dump()).model_dump_json()


def test_in_tests_a_changed_value_is_checked() -> None:
    with pytest.raises(InvalidInput):
        Computed(Derivation).changed(Derivation(**FIELDS), rounding="up")  # type: ignore[arg-type]  # a dict of its fields


def test_a_compact_value_takes_less_memory() -> None:
    """In a process of its own: values of other tests may have taken away the keys that all values share."""
    asked = """
import sys
from lemtrada_schedule import InfusionRecord
from lemtrada_schedule.validation.computed import compact
record = InfusionRecord(date="2025-03-03", dose_mg=12, row=2)
print(sys.getsizeof(vars(compact(record))) < sys.getsizeof(vars(record)))
"""
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout == "True\n"


def test_a_compact_value_is_the_same_value() -> None:
    record = InfusionRecord(date=date(2025, 3, 3), dose_mg=12, row=2)
    small = compact(record)
    assert small == record
    assert small.model_dump_json() == record.model_dump_json()
    assert small.model_fields_set == record.model_fields_set
    assert small.model_copy(update={"row": 3}).row == 3
    assert pickle.loads(pickle.dumps(small)) == record  # noqa: S301  # made a moment ago
    with pytest.raises(Exception, match="frozen"):
        small.row = 4  # type: ignore[misc]  # what the test is about
