"""`worklist`: what is due for many patients between two days (S43)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from lemtrada_schedule.agenda.asking import checked_question, in_order, items_of
from lemtrada_schedule.agenda.due_items import DueItem, Worklist
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.errors import PlanMismatch, kind_of
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.records.history import History
from lemtrada_schedule.validation.accepted import DayLike
from lemtrada_schedule.validation.arguments import refused_argument
from lemtrada_schedule.validation.computed import computed

__all__ = ["worklist"]

_Worklist = computed(Worklist)


def worklist(
    pairs: Iterable[tuple[Plan, History | None]],
    *,
    as_of: DayLike,
    first_day: DayLike,
    last_day: DayLike,
    clinic: Clinic | None = None,
    grace_days: int = 0,
) -> Worklist:
    """Return what is due for many patients between two days: the items of `due` for each patient, sorted by day.

    The pairs are read one by one, and only their items are kept, so a generator of 100,000 plans fits in memory. Only
    the highest revision of each `plan_id` counts, in any order.

    Args:
        pairs: For each patient, the plan and the history (`None` without one).
        as_of: The date of the question, in the clinic's time zone. Records after it do not count.
        first_day: The first day of the range, included.
        last_day: The last day of the range, included.
        clinic: The clinic whose open days are suggested; default: the one stored in each plan.
        grace_days: How many days after its due day a test is still on time, 0 to 366.

    Returns:
        The items, sorted by day; those of one day by patient, plan and item.

    Raises:
        PlanMismatch: A plan does not hold its protocol, or its time zone is not the clinic's; or two plans have the
            same `plan_id` and revision.
        NoFeasibleStart: The clinic has no block of open days for the rest of a resumed course.
        HolidayDataMissing: The rest of a course reaches a year without public holiday data.
        UnknownName: The clinic's country or subdivision is unknown.
        LocalTimeError: The clocks skip or repeat the infusion's start on a remaining day of a course.
        InvalidInput: An argument is not valid; `pairs.17` is the pair at index 17.

    Source:
        Rules of time, S40 to S44.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> us, boston = load_protocol("us"), read_clinic("examples/boston.toml")
        >>> starts = {"p1": date(2027, 1, 11), "p2": date(2027, 1, 25)}
        >>> plans = [plan_treatment(us, boston, not_before=day, plan_id=name) for name, day in starts.items()]
        >>> friday, monday = date(2027, 1, 15), date(2027, 1, 25)
        >>> listed = worklist([(plan, None) for plan in plans], as_of=friday, first_day=friday, last_day=monday)
        >>> [(item.plan_id, item.title) for item in listed if item.kind == "infusion"]
        [('p1', 'Infusion day 5 of course 1'), ('p2', 'Infusion day 1 of course 1')]
    """
    question = checked_question(as_of, first_day, last_day, clinic, grace_days)
    found = list[DueItem]()
    of_plans: dict[str, tuple[int, list[DueItem]]] = {}
    for place, plan, history in _pairs(pairs):
        if plan.plan_id is None:
            found += items_of(plan, history, question, place=place)
        elif _counts(plan, of_plans, place):
            of_plans[plan.plan_id] = plan.revision, list(items_of(plan, history, question, place=place))
    items = in_order((*found, *(item for _, items in of_plans.values() for item in items)))
    return _Worklist(as_of=question.as_of, first_day=question.first_day, last_day=question.last_day, items=items)


def _pairs(pairs: Iterable[object]) -> Iterator[tuple[str, Plan, History | None]]:
    """Yield each pair and where it is; raise `InvalidInput` for anything else."""
    if not hasattr(type(pairs), "__iter__") or issubclass(type(pairs), str | bytes | Mapping):
        message = f"expected pairs of a plan and a history, got {kind_of(pairs)}"
        raise refused_argument("wrong-type", "pairs", message)
    for index, pair in enumerate(pairs):
        if type(pair) not in (tuple, list) or len(cast("Sequence[object]", pair)) != 2:
            message = f"expected a plan and a history (or None), got {kind_of(pair)}"
            raise refused_argument("wrong-type", "pairs", message, item=index)
        plan, history = cast("tuple[object, object]", pair)
        for one, wanted in ((plan, Plan), (history, History)):
            if not issubclass(type(one), wanted) and not (one is None and wanted is History):
                message = f"expected a {wanted.__name__}, got {kind_of(one)}"
                raise refused_argument("wrong-type", "pairs", message, item=index)
        yield f"pairs.{index}", cast("Plan", plan), cast("History | None", history)


def _counts(plan: Plan, known: Mapping[str, tuple[int, object]], place: str) -> bool:
    """Return whether a plan is the highest revision of its id so far (S44)."""
    before = known.get(plan.plan_id or "")
    if before and before[0] == plan.revision:
        message = "another pair has the same plan_id and revision; give each plan once"
        raise PlanMismatch("plan-mismatch", message, place=place, argument="pairs")
    return before is None or before[0] < plan.revision
