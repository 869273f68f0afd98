"""The store of shared parts: bounded over all clinics, and never seen but by its speed."""

from collections.abc import Iterator
from datetime import date

import pytest

from lemtrada_schedule import Clinic, load_protocol, plan_treatment
from lemtrada_schedule.clinic import open_days
from lemtrada_schedule.planning import shared_parts
from lemtrada_schedule.planning.shared_parts import PARTS, SharedParts
from tests.support.clinics import WEEK, clinic_open


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    """Begin and end with an empty store."""
    PARTS.cache_clear()
    yield
    PARTS.cache_clear()


def clinics(count: int) -> list[Clinic]:
    """Return clinics that differ in name alone."""
    return [clinic_open(WEEK).model_copy(update={"name": f"Clinic {number}"}) for number in range(count)]


def test_a_part_is_made_once() -> None:
    store = SharedParts(3)
    made = [store.part(key, object) for key in ("a", "b", "a", "b")]
    assert made[0] is made[2] is not made[1]
    assert made[1] is made[3]


def test_two_generations_are_kept_and_no_more() -> None:
    store = SharedParts(3)
    for number in range(100):
        assert store.part(number, lambda: number) == number  # noqa: B023  # called at once
        assert len(store) <= 6
    assert store.part(99, lambda: -1) == 99
    assert store.part(0, lambda: -1) == -1


def test_what_is_used_again_stays() -> None:
    """A part that every round asks for survives any number of others."""
    store = SharedParts(3)
    store.part("kept", lambda: "first")
    for number in range(50):
        store.part(number, lambda: number)  # noqa: B023  # called at once
        assert store.part("kept", lambda: "made again") == "first"


def test_plans_do_not_depend_on_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    us, dates = load_protocol("us-2024-05"), [date(2027, 1, 11), date(2027, 6, 7), date(2027, 1, 11)]
    plans = [plan_treatment(us, clinic_open(WEEK), not_before=day) for day in dates]
    monkeypatch.setattr(shared_parts, "PARTS", SharedParts(1))
    assert [plan_treatment(us, clinic_open(WEEK), not_before=day) for day in dates] == plans


def test_many_clinics_in_turn_find_their_parts_again() -> None:
    """24 clinics in turn: the second round makes no table, no part and no day again (decision 0036)."""
    us, some = load_protocol("us-2024-05"), clinics(24)
    first = [plan_treatment(us, clinic, not_before=date(2027, 1, 11), courses=3) for clinic in some]
    tables, parts = open_days.open_days_in.cache_info().misses, len(PARTS)
    second = [plan_treatment(us, clinic, not_before=date(2027, 1, 11), courses=3) for clinic in some]
    assert (open_days.open_days_in.cache_info().misses, len(PARTS)) == (tables, parts)
    assert second == first
    assert all(one.courses[1] is other.courses[1] for one, other in zip(first, second, strict=True))


def test_no_part_is_shared_between_clinics() -> None:
    """They differ in closures alone, so no plan may be that of the other."""
    us, plain = load_protocol("us-2024-05"), clinic_open(WEEK)
    closed = plain.model_copy(update={"closures": [{"date": "2027-01-13", "reason": "Staff day"}]})
    plans = [plan_treatment(us, clinic, not_before=date(2027, 1, 11)) for clinic in (plain, closed, plain)]
    found = [plan.courses[0].first_day for plan in plans]
    assert found == [date(2027, 1, 11), date(2027, 1, 14), date(2027, 1, 11)]
