"""`Bookings`: on which days the plans of a clinic take a chair (S44)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

from lemtrada_schedule.clinic.booked_days import BookedDays
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.errors import InvalidInput, PlanMismatch, Problem, kind_of
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.accepted import DayLike
from lemtrada_schedule.validation.arguments import check_type, refused_argument
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import (
    CalendarDate,
    DerivedDate,
    Identifier,
    Text,
    checked_date,
    checked_identifier,
)

__all__ = ["BookedPlan", "Bookings", "bookings_of", "calendar_with_bookings", "check_bookings"]


class BookedPlan(Model):
    """The days on which one plan takes a chair."""

    plan_id: Identifier
    """The plan's own id."""
    days: Many[DerivedDate]
    """Its infusion days, in order."""

    def _summary(self) -> Iterator[tuple[str, Any]]:
        yield "days", len(self.days)


class Bookings(Model):
    """The infusion days that plans take at one clinic, from a day on. Made with `Bookings.of`.

    Source:
        Rules of time, S44.

    Example:
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> us, boston = load_protocol("us"), read_clinic("examples/boston.toml").model_copy(update={"chairs": 1})
        >>> asked = {"not_before": dt.date(2027, 1, 11), "courses": 1}
        >>> first = plan_treatment(us, boston, **asked, plan_id="plan-1")
        >>> bookings = Bookings.of([first], clinic=boston, as_of=dt.date(2026, 11, 22))
        >>> bookings.taken_on(dt.date(2027, 1, 15)), bookings.taken_on(dt.date(2027, 1, 16))
        (1, 0)
        >>> plan_treatment(us, boston, **asked, plan_id="plan-2", bookings=bookings).courses[0].first_day
        datetime.date(2027, 1, 25)
    """

    clinic: Text | None
    """The name of the clinic; `None` for a clinic without a name."""
    as_of: CalendarDate
    """The first day that counts, itself included."""
    plans: Many[BookedPlan]
    """In the order of their ids, each once."""
    other_clinics: int = 0
    """How many plans were passed that do not count, because their clinic has another name."""

    @classmethod
    def of(cls, plans: Iterable[Plan], *, clinic: Clinic, as_of: DayLike) -> "Bookings":
        """Return the infusion days that plans take at a clinic, from a day on.

        Only the highest revision of each plan counts. Tentative courses count like planned ones. Days before `as_of`
        and plans for a clinic with another name do not count. For a clinic without a name, the plans of clinics
        without a name count. `other_clinics` of the result says how many plans do not count because of this: if the
        name of the clinic was mistyped, all of them.

        Args:
            plans: The plans of all patients, in any order. Each needs a `plan_id`, which identifies its revisions.
            clinic: The clinic.
            as_of: The date of the question, in the clinic's time zone; the first day that counts.

        Raises:
            InvalidInput: A plan has no `plan_id`, two plans with the same `plan_id` and revision have different
                days, or an argument is not valid.
        """
        check_type(clinic, Clinic, "clinic")
        return bookings_of(_in_order(plans), clinic, checked_date(as_of, "as_of"))

    def taken_on(self, day: DayLike) -> int:
        """Return how many plans have an infusion on a day; 0 for every day before `as_of`."""
        return self._taken[checked_date(day, "day")]

    def without(self, plan_id: str) -> "Bookings":
        """Return the bookings of all other plans; the same bookings if none is of this plan."""
        checked_identifier(plan_id, "plan_id")
        return self.model_copy(update={"plans": tuple(one for one in self.plans if one.plan_id != plan_id)})

    @cached_property
    def _taken(self) -> Counter[dt.date]:
        return Counter(day for days in self._days_of.values() for day in days)

    @cached_property
    def _days_of(self) -> Mapping[str, AbstractSet[dt.date]]:
        found: dict[str, set[dt.date]] = {}
        for plan in self.plans:
            found.setdefault(plan.plan_id, set()).update(day for day in plan.days if day >= self.as_of)
        return found

    def taken_by_others(self, plan_id: str | None, day: dt.date) -> int:
        """Return how many other plans have an infusion on a day: `without(plan_id).taken_on(day)`, but faster."""
        return self._taken[day] - (day in self._days_of.get(plan_id or "", ()))

    def _summary(self) -> Iterator[tuple[str, Any]]:
        yield "plans", len(self.plans)
        yield "days", self._taken.total()
        if self.other_clinics:
            yield "other plans", self.other_clinics


class _Revision(NamedTuple):
    """What counts of one revision of a plan, and the place of the plan in the input."""

    place: str
    number: int
    clinic: str | None
    days: tuple[dt.date, ...]

    def __repr__(self) -> str:
        """Return the name of the class: its days may be about a patient."""
        return "_Revision()"


def bookings_of(plans: Iterable[tuple[str, Plan]], clinic: Clinic, as_of: dt.date) -> Bookings:
    """Return the bookings of plans; each plan comes with the prefix of the places of its problems."""
    newest: dict[str, list[_Revision]] = {}
    faults: list[Problem] = []
    for place, plan in plans:
        if plan.plan_id is None:
            message = "required for bookings, to recognise revisions of the same plan; plan again with a plan_id"
            faults.append(Problem("missing-field", f"{place}plan_id", message, "plans"))
            continue
        _add(newest.setdefault(plan.plan_id, []), place, plan)
    faults += [fault for found in newest.values() for fault in _clashes(found)]
    if faults:
        raise InvalidInput(faults)
    counted = [(name, found[0].days) for name, found in sorted(newest.items()) if found[0].clinic == clinic.name]
    others = len(newest) - len(counted)
    booked = [(name, tuple(day for day in days if day >= as_of)) for name, days in counted]
    plans_booked = tuple(BookedPlan(plan_id=name, days=days) for name, days in booked if days)
    return Bookings(clinic=clinic.name, as_of=as_of, plans=plans_booked, other_clinics=others)


def _add(found: list[_Revision], place: str, plan: Plan) -> None:
    """Add a plan to those with the highest revision so far, or replace them if its revision is higher."""
    if found and plan.revision < found[0].number:
        return
    if found and plan.revision > found[0].number:
        found.clear()
    days = tuple(sorted({day.date for day in plan.infusion_days}))
    found.append(_Revision(place, plan.revision, plan.provenance.clinic.name, days))


def _clashes(found: list[_Revision]) -> Iterator[Problem]:
    first, *others = found
    for other in others:
        if (other.clinic, other.days) != (first.clinic, first.days):
            message = "another plan has the same plan_id and revision but other infusion days; keep the current one"
            yield Problem("plan-mismatch", f"{other.place}revision", message, "plans")


def _in_order(plans: Any) -> Iterator[tuple[str, Plan]]:
    for index, plan in enumerate(_iterated(plans)):
        if not issubclass(type(plan), Plan):
            raise refused_argument("wrong-type", "plans", f"expected a Plan, got {kind_of(plan)}", item=index)
        yield f"plans.{index}.", plan


def _iterated(plans: Any) -> Iterator[Any]:
    """Return an iterator of what was passed. Errors raised later by the caller's iterator are not caught."""
    if not issubclass(type(plans), Model):  # a single plan would yield its fields
        with suppress(Exception):
            return iter(plans)
    raise refused_argument("wrong-type", "plans", f"expected plans, such as a list, got {kind_of(plans)}")


def check_bookings(bookings: Bookings | None, clinic: Clinic, first_day: dt.date) -> None:
    """Refuse bookings of another clinic, and bookings that start after the first day that may be needed.

    Raises:
        PlanMismatch: The bookings are for a clinic with another name, or start after `first_day`.
    """
    if bookings is None:
        return
    check_type(bookings, Bookings, "bookings")
    if bookings.clinic != clinic.name:
        message = "the bookings are for a clinic with another name; make them with `Bookings.of` for this clinic"
        raise PlanMismatch("plan-mismatch", message, place="bookings", argument="bookings")
    if bookings.as_of > first_day:
        message = f"the bookings start on {bookings.as_of}, but are needed from {first_day}; make them from that day on"
        raise PlanMismatch("plan-mismatch", message, place="bookings", argument="bookings")


def calendar_with_bookings(calendar: OpenDays, bookings: Bookings | None, plan_id: str | None) -> BookedDays | None:
    """Return the open days with the chairs that other plans take; `None` if bookings close no day.

    A plan's own booking never closes a day for it.
    """
    chairs = calendar.clinic.chairs
    if bookings is None or chairs is None:
        return None
    return BookedDays(calendar, chairs, lambda day: bookings.taken_by_others(plan_id, day))
