"""Why one item of a plan is on its day: a course, a day, an activity, a dated item or a visit, by its id."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.exports.explaining import explain, explain_item, reason
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item, Part, parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.visits import NotSuggested, Visit
from lemtrada_schedule.plan.window_days import suggestion

__all__ = ["Why", "item_ids", "why"]


@dataclass(frozen=True, slots=True, repr=False)
class Why:
    """One item of a plan, explained."""

    item: str
    """Its id."""
    kind: str
    """`course`, `visit`, or the kind of the item or activity."""
    first_day: date | None
    last_day: date | None
    """Both included; `None` where it has none, or where its end is open."""
    text: str
    """One sentence or several."""


def item_ids(plan: Plan) -> tuple[str, ...]:
    """Return the id of everything that `why` explains, each once, in the plan's order."""
    return tuple(dict.fromkeys(_ids(plan)))


def why(plan: Plan, item_id: str) -> Why | None:
    """Return one item of a plan with the reason for its days, or `None` if the plan has no item of this id.

    Example:
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> us, boston = load_protocol("us-2024-05-r2"), read_clinic("examples/boston.toml")
        >>> plan = plan_treatment(us, boston, not_before=date(2027, 1, 11))
        >>> print(why(plan, "blood-count/course-2/7").text)
        Complete blood count with differential on 2028-08-20 (Sunday 20 August): \
last infusion of course 2 (2028-01-20) + 7 × 1 month; ISI.
    """
    for part in parts(plan):
        if part.id == item_id:
            return _of_part(plan, part)
        for item in part.items():
            if item.id == item_id:
                return Why(item.id, item.kind, item.first_day, item.last_day, _item_text(item))
    return next((_of_visit(visit) for visit in plan.visits if visit.id == item_id), None)


def _ids(plan: Plan) -> Iterator[str]:
    for part in parts(plan):
        yield part.id
        yield from (item.id for item in part.items())
    yield from (visit.id for visit in plan.visits)


def _of_part(plan: Plan, part: Part) -> Why:
    """Return a course or an activity, with the days of its items."""
    found = part.items()
    kind = "course" if isinstance(part.source_part, Course) else part.source_part.kind
    last_days = [item.last_day for item in found]
    is_open = None in last_days
    return Why(
        part.id,
        kind,
        min(filter(None, (item.first_day for item in found)), default=None),
        None if is_open else max(filter(None, last_days), default=None),
        _explained(plan, part, found),
    )


def _explained(plan: Plan, part: Part, found: Sequence[Item]) -> str:
    """Return the sentence of a part; of a window with the day suggested for it, if that is not its last day."""
    text = explain(part.source_part)
    day, why_not = suggestion(plan, found[0]) if part.shape == "within" else (None, None)
    if (day is None and why_not is None) or day == found[0].last_day:
        return text
    return f"{text.removesuffix('.')}; {_suggestion(day, why_not)}."


def _item_text(item: Item) -> str:
    if item.infusion_day:  # its own sentence says the hours, that of the course why it is on this day
        return f"{explain(item.infusion_day)}\n{explain(item.part.source_part)}"
    if item.kind in ("series", "infusion-days") and item.first_day and item.reason:
        return f"{item.title} on {long_day(item.first_day)}: {reason(item.reason)}."
    return f"{item.title}: {explain_item(item)}" if item.baseline else explain_item(item)


def _of_visit(visit: Visit) -> Why:
    due = f"{visit.title}, due {long_day(visit.due)}: {reason(visit.because)}"
    text = f"{due}; {_suggestion(visit.suggested, visit.not_suggested)}; for {', '.join(visit.tests)}."
    return Why(visit.id, "visit", visit.due, visit.due, text)


def _suggestion(day: date | None, why_not: NotSuggested | None) -> str:
    if day is not None:
        return f"suggested {long_day(day)}"
    return f"no day suggested: {_NOT_SUGGESTED[why_not or 'no-open-day']}"


_NOT_SUGGESTED: dict[NotSuggested, str] = {
    "no-open-day": "no open day before it fits",
    "holiday-data-missing": "the public holidays are not known that far ahead",
}
