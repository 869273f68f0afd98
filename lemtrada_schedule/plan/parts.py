"""`Item` and `Part`: the dated items of a plan and what they belong to, with the facts that exports need.

Only this module distinguishes the kinds of activities to find their dates. Text, page, rows, calendar, FHIR, timeline
and the comparison of two plans use these facts. A new kind of activity needs one arm in `part_of`; its shape tells
every export how to show it.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal, NamedTuple, assert_never
from uuid import UUID

from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import (
    Activity,
    AfterInfusionActivity,
    Baseline,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.recurrence import Recurrence
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.protocol.actions import Code

__all__ = ["NAMESPACE", "Item", "ItemKind", "Part", "Shape", "part_of"]

NAMESPACE: Final = UUID("f9ad920d-87e2-4382-a8ca-a7ac25c2eb1f")
"""The namespace of the ids of items in other systems: `uuid5(NAMESPACE, "{plan_id}/{item}")`. It never changes."""

ItemKind = Literal[
    "infusion", "period", "window", "series", "baseline", "infusion-days", "after-infusion", "note", "visit"
]

Shape = Literal["infusion", "visit", "holds", "within", "day", "hours", "words"]
"""What the days of an item mean, for any kind of item. Exports distinguish items by shape, not by kind.

- `infusion`: a day at the clinic, with an infusion.
- `visit`: tests to be done together by that day; another day may be suggested for them.
- `holds`: something that applies on every day from the first to the last; the end may be open.
- `within`: something to be done on one of several days; either end may be absent.
- `day`: something to be done on that day.
- `hours`: something that applies for some hours, from one clock time to another.
- `words`: a note without a date.
"""


class Part(NamedTuple):
    """A course, an activity or a visit of a plan: what its items have in common."""

    source_part: Course | Activity | Visit
    shape: Shape
    id: str
    course: int | None
    title: str
    neutral_title: str
    """The neutral title in the protocol; `exports.titles` adds the last day."""
    is_settled: bool
    """Whether it does not depend on a course that needs a decision."""
    make: "Callable[[Part], list[Item]]"
    """Makes the items."""
    action: str = ""
    """The id of the protocol's action; empty for a course and for a visit."""
    applies_to: str | None = None
    codes: Sequence[Code] = ()
    """The codes of what is done or tested."""
    result_codes: Sequence[Code] = ()
    """For a period: the codes of the result that ends it."""
    because: Derivation | None = None
    """Why its days are what they are; for a series, why the first date is what it is."""
    block: Course | None = None
    """For infusion days: their course."""
    is_ordered: bool = False
    """Whether somebody orders it, such as a test or an examination; other parts belong to the treatment itself."""
    provisional: bool = False
    """Whether its end is an "at least until", because it depends on a course that needs a decision."""
    recurrence: Recurrence | None = None
    """For a series: its dates and their interval."""

    def __repr__(self) -> str:
        """Return the id: titles may be about a patient."""
        return f"Part({self.id!r})"

    def items(self) -> "list[Item]":
        """Return the dated items, in order; a series without dates has none."""
        return self.make(self)


class Item(NamedTuple):
    """One dated item: a day, a range of days with both ends included, or words without a day."""

    part: Part
    id: str
    kind: ItemKind
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    """`None` if the end is open or absent."""
    because: Derivation | None = None
    """Why its last day (else its first) is what it is; for a series, why its first date is what it is."""
    begins_because: Derivation | None = None
    """Why its first day is what it is, if `because` is about its last day."""
    earliest_end: dt.date | None = None
    """For a period with an open end: it does not end before this day."""
    ordinal: int = 1
    """Which date of its part it is, from 1."""
    infusion_day: InfusionDay | None = None
    baseline: Baseline | None = None
    window: TimeWindow | None = None
    """For hours after an infusion: their start and end."""
    note: NoteActivity | None = None
    visit: Visit | None = None
    serves: "Sequence[Item]" = ()
    """For a visit: its tests (dates of series, baselines and windows), in the order of the plan."""

    def __repr__(self) -> str:
        """Return the id: titles and days may be about a patient."""
        return f"Item({self.id!r})"

    @property
    def shape(self) -> Shape:
        """What its days mean."""
        return self.part.shape

    @property
    def course(self) -> int | None:
        """The course it belongs to; `None` if it belongs to the treatment as a whole."""
        return self.part.course

    @property
    def title(self) -> str:
        """The full title; a test before a course has the title of its series."""
        if self.infusion_day:
            return f"Infusion day {self.infusion_day.number} of course {self.course}"
        return self.part.title

    @property
    def full_title(self) -> str:
        """The title; for a test before a course, it says so."""
        return f"{self.title}: baseline" if self.baseline else self.title

    @property
    def recurrence(self) -> Recurrence | None:
        """For a date of a series: the series. A test before a course is not part of it."""
        return None if self.baseline else self.part.recurrence

    @property
    def is_settled(self) -> bool:
        """Whether it does not depend on a course that needs a decision."""
        return self.part.is_settled

    @property
    def source_part(self) -> InfusionDay | Baseline | Course | Activity | Visit:
        """The part of the plan that it comes from, which `explain` puts into a sentence."""
        return self.infusion_day or self.baseline or self.part.source_part

    @property
    def day(self) -> dt.date | None:
        """The first day, else the last."""
        return self.first_day or self.last_day

    @property
    def suggested(self) -> dt.date | None:
        """For a visit: the suggested day, which is the due day or earlier."""
        return self.visit.suggested if self.visit else None

    @property
    def days(self) -> tuple[dt.date | None, dt.date | None]:
        """First and last day for comparing plans; for a test before a course, the last day that counts."""
        last_day = self.baseline.last_day if self.baseline else self.last_day or self.earliest_end
        return self.first_day, last_day

    @property
    def is_open(self) -> bool:
        """Whether it is a period without a known end."""
        return self.last_day is None and self.part.shape == "holds"

    @property
    def start(self) -> dt.datetime | None:
        """The clock time at which it starts."""
        window = self.window or (self.infusion_day and self.infusion_day.infusion)
        return window.start if window else None

    @property
    def end(self) -> dt.datetime | None:
        """The clock time at which it ends; for an infusion day, when the observation may end at the earliest."""
        window = self.window or (self.infusion_day and self.infusion_day.observation)
        return window.end if window else None

    @property
    def hours(self) -> tuple[dt.datetime, dt.datetime] | None:
        """The clock times of start and end; `None` unless both are known."""
        if not self.window and not self.infusion_day:
            return None
        start, end = self.start, self.end
        return (start, end) if start and end else None

    @property
    def reason(self) -> Derivation | None:
        """Why it is on its days; for a date of a series, the reason for that date; for infusion days, of the course."""
        if self.first_day and self.recurrence:
            return self.recurrence.due(self.first_day)
        return self.because or self.begins_because or self.part.because


def part_of(activity: Activity, *, is_settled: bool = True) -> Part:
    """Return an activity as a part. mypy reports an error for a kind of activity without an arm here."""
    match activity:
        case PeriodActivity(provisional=provisional):
            make = partial(_period, activity)
            return _part(activity, "holds", make, is_settled=is_settled, is_state=True, provisional=provisional)
        case WindowActivity():
            return _part(activity, "within", partial(_window, activity), is_settled=is_settled, is_ordered=True)
        case SeriesActivity(provisional=provisional):
            make = partial(_series, activity)
            series = Recurrence.of(activity)
            return _part(
                activity, "day", make, is_settled=is_settled, is_ordered=True, provisional=provisional, series=series
            )
        case InfusionDaysActivity():
            return _part(activity, "day", partial(_infusion_days, activity), is_settled=is_settled)
        case AfterInfusionActivity():
            return _part(activity, "hours", partial(_after_infusion, activity), is_settled=is_settled)
        case NoteActivity():
            return _part(activity, "words", partial(_note, activity), is_settled=is_settled)
        case _ as never:
            assert_never(never)


def _part(
    activity: Activity,
    shape: Shape,
    make: Callable[[Part], list[Item]],
    *,
    is_settled: bool,
    is_state: bool = False,
    is_ordered: bool = False,
    provisional: bool = False,
    series: Recurrence | None = None,
) -> Part:
    codes = activity.codes
    return Part(
        source_part=activity,
        shape=shape,
        id=activity.id,
        course=activity.course,
        title=activity.title,
        neutral_title=activity.neutral_title,
        is_settled=is_settled and not provisional,
        make=make,
        action=activity.action,
        applies_to=activity.applies_to,
        codes=() if is_state else codes,
        result_codes=codes if is_state else (),
        because=activity.because,
        is_ordered=is_ordered,
        provisional=provisional,
        recurrence=series,
    )


def _period(period: PeriodActivity, part: Part) -> list[Item]:
    days, why = (period.first_day, period.last_day), (period.because, period.begins_because)
    return [Item(part, period.id, "period", *days, *why, earliest_end=period.earliest_end)]


def _window(window: WindowActivity, part: Part) -> list[Item]:
    days, why = (window.first_day, window.last_day), (window.because, window.begins_because)
    return [Item(part, window.id, "window", *days, *why)]


def _series(series: SeriesActivity, part: Part) -> list[Item]:
    name, because, found = series.id, series.because, []
    if before := series.baseline:
        why, days = before.because, (before.due, before.due)
        found.append(Item(part, f"{name}/baseline", "baseline", *days, why, baseline=before))
    found += [
        Item(part, f"{name}/{ordinal}", "series", day, day, because, None, None, ordinal)
        for ordinal, day in enumerate(series.dates, start=1)
    ]
    return found


def _infusion_days(activity: InfusionDaysActivity, part: Part) -> list[Item]:
    return [
        Item(part, f"{activity.id}/{ordinal}", "infusion-days", day, day, _counted(activity, day, day), ordinal=ordinal)
        for ordinal, day in enumerate(activity.days, start=1)
    ]


def _counted(activity: InfusionDaysActivity | AfterInfusionActivity, day: dt.date, result: dt.date) -> Derivation:
    """Return the reason for one item of an activity, counted from its own infusion; the activity names the first."""
    return activity.because.model_copy(update={"anchor_day": day, "result": result})


def _after_infusion(activity: AfterInfusionActivity, part: Part) -> list[Item]:
    found = []
    for ordinal, window in enumerate(activity.windows, start=1):
        days, name = (window.start.date(), window.end.date()), f"{activity.id}/{ordinal}"
        why = _counted(activity, *days)
        found.append(Item(part, name, "after-infusion", *days, why, ordinal=ordinal, window=window))
    return found


def _note(note: NoteActivity, part: Part) -> list[Item]:
    return [Item(part, note.id, "note", note=note)]
