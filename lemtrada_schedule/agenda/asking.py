"""`due`: what is due for one patient between two days, from plan and history (S43)."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lemtrada_schedule.agenda.asked import Asked
from lemtrada_schedule.agenda.decision_items import decision_items
from lemtrada_schedule.agenda.due_items import DueItem
from lemtrada_schedule.agenda.infusion_items import infusion_items
from lemtrada_schedule.agenda.judged_tests import judged_tests
from lemtrada_schedule.agenda.open_tests import open_tests
from lemtrada_schedule.agenda.period_items import period_items
from lemtrada_schedule.agenda.treatment import treatment_on
from lemtrada_schedule.agenda.visit_items import visit_items
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.errors import PlanMismatch
from lemtrada_schedule.judging.evaluating import LONGEST_GRACE, check_days
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.visit_bounds import LONGEST
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History
from lemtrada_schedule.validation.accepted import DayLike
from lemtrada_schedule.validation.arguments import check_type, refused_argument
from lemtrada_schedule.validation.scalars import checked_date

__all__ = ["Question", "checked_question", "due", "in_order", "items_of"]


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """The question, about one patient or many."""

    as_of: dt.date
    first_day: dt.date
    last_day: dt.date
    clinic: Clinic | None
    """The clinic whose open days are suggested; `None`: each plan's own."""
    grace_days: int


def due(
    plan: Plan,
    *,
    history: History | None = None,
    as_of: DayLike,
    first_day: DayLike,
    last_day: DayLike,
    clinic: Clinic | None = None,
    grace_days: int = 0,
) -> tuple[DueItem, ...]:
    """Return what is due for one patient between two days, sorted by day.

    Dates count from the infusions on record, else from the planned ones. A visit is in the range if its due day or its
    suggested day is. Overdue tests, needed decisions and periods in force are returned whatever the range, and so is
    the number of tests missed before it. Tests that are done or waived are not returned.

    Args:
        plan: The plan. It holds its protocol, which says what is due.
        history: The patient's records. Without them all dates are the plan's, and past items are `unrecorded`.
        as_of: The date of the question, in the clinic's time zone. Records after it do not count.
        first_day: The first day of the range, included.
        last_day: The last day of the range, included.
        clinic: The clinic whose open days are suggested; default: the one stored in the plan.
        grace_days: How many days after its due day a test is still on time, 0 to 366, as for `evaluate`.

    Raises:
        PlanMismatch: The plan was written by an earlier release and does not hold its protocol (replan it), or the
            clinic has another time zone.
        NoFeasibleStart: The clinic has no block of open days for the rest of a resumed course.
        HolidayDataMissing: The rest of a course reaches a year without public holiday data.
        UnknownName: The clinic's country or subdivision is unknown.
        LocalTimeError: The clocks skip or repeat the infusion's start on a remaining day of a course.
        InvalidInput: An argument is not valid, such as a range that ends before it begins.

    Source:
        Rules of time, S40 to S43.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> boston = read_clinic("examples/boston.toml")
        >>> plan = plan_treatment(load_protocol("us"), boston, not_before=date(2027, 1, 11))
        >>> january = {"first_day": date(2027, 1, 1), "last_day": date(2027, 1, 31)}
        >>> [(str(item.day), item.kind, item.state) for item in due(plan, as_of=date(2027, 1, 1), **january)][:2]
        [('2026-11-30', 'window', 'unrecorded'), ('2027-01-10', 'visit', 'due')]
    """
    question = checked_question(as_of, first_day, last_day, clinic, grace_days)
    check_type(plan, Plan, "plan")
    if history is not None:
        check_type(history, History, "history")
    return in_order(items_of(plan, history, question))


def checked_question(
    as_of: DayLike, first_day: DayLike, last_day: DayLike, clinic: Clinic | None, grace_days: int
) -> Question:
    """Return a question whose days and clinic are valid; raise `InvalidInput` otherwise."""
    if clinic is not None:
        check_type(clinic, Clinic, "clinic")
    check_days(grace_days, LONGEST_GRACE, "grace_days")
    question = Question(
        as_of=checked_date(as_of, "as_of"),
        first_day=checked_date(first_day, "first_day"),
        last_day=checked_date(last_day, "last_day"),
        clinic=clinic,
        grace_days=grace_days,
    )
    if question.last_day < question.first_day:
        raise refused_argument("out-of-range", "last_day", "the last day is before the first day; correct one of them")
    return question


def items_of(plan: Plan, history: History | None, question: Question, *, place: str = "plan") -> Iterator[DueItem]:
    """Yield what is due for one patient, in no order; `place` is the place of the plan in errors."""
    clinic = question.clinic
    if clinic is not None and clinic.time_zone != plan.time_zone:
        message = "the plan and the clinic have different time zones; pass the clinic of the plan"
        raise PlanMismatch("plan-mismatch", message, place=place, argument="clinic")
    until = max(question.last_day, question.as_of)  # overdue items are returned whatever the range
    latest = until + LONGEST  # for a visit that is suggested in the range and due after it
    treatment = treatment_on(plan, _rules(plan, place), history, clinic, as_of=question.as_of, until=latest)
    patient = history.patient if history else None
    asked = Asked(question.as_of, question.first_day, question.last_day, plan.plan_id, patient)
    judged = judged_tests(treatment, question.grace_days)
    tests = list(open_tests(treatment, judged, _last_due(treatment.parts.visits, until)))
    yield from decision_items(treatment, asked)
    yield from infusion_items(treatment, asked)
    yield from visit_items(treatment, tests, asked)
    yield from period_items(treatment, asked)


def _last_due(visits: Sequence[Visit], until: dt.date) -> dt.date:
    """Return the last due day of the visits that are due or suggested up to a day."""
    found = next((one.due for one in reversed(visits) if one.due <= until or _is_suggested_by(one, until)), until)
    return max(until, found)


def _is_suggested_by(visit: Visit, until: dt.date) -> bool:
    return visit.suggested is not None and visit.suggested <= until


def _rules(plan: Plan, place: str) -> Protocol:
    """Return the protocol of a plan; raise `PlanMismatch` for a plan that does not hold it."""
    rules = plan.provenance.rules
    if rules is None:
        advice = "replan it with the protocol it was made by"
        message = f"this plan of an earlier release does not hold its protocol; {advice}"
        raise PlanMismatch("plan-mismatch", message, place=place, argument="plan")
    return rules


def in_order(items: Iterable[DueItem]) -> tuple[DueItem, ...]:
    """Return items by day; those of one day by patient, plan and item."""
    return tuple(sorted(items, key=lambda one: (one.day, one.patient or "", one.plan_id or "", one.item)))
