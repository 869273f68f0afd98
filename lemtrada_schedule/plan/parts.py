"""The dated items of a plan and what they belong to, with the facts that exports need: `Item`, `Part`, `Recurrence`."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple
from uuid import UUID

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.plan.activities import Activity, Baseline, NoteActivity, SeriesActivity
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.repeated import repeated
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.protocol.actions import Code

__all__ = ["KEPT", "NAMESPACE", "Item", "ItemKind", "Part", "Recurrence", "Shape"]

NAMESPACE: Final = UUID("f9ad920d-87e2-4382-a8ca-a7ac25c2eb1f")
"""The namespace of the ids of items in other systems: `uuid5(NAMESPACE, "{plan_id}/{item}")`. It never changes."""

_KEPT: Final = Anchor("kept")
"""The anchor of a date that was due by the plan before, and is past (S19)."""

KEPT: Final = _KEPT.words

ItemKind = Literal[
    "infusion", "period", "window", "series", "baseline", "infusion-days", "after-infusion", "note", "visit"
]

Shape = Literal["infusion", "visit", "holds", "within", "day", "hours", "words"]
"""What the days of an item mean, for any kind of item. Exports distinguish items by shape, not by kind.

- `infusion`: a day at the clinic, with an infusion.
- `visit`: tests that are to be done together by that day; another day may be suggested for them.
- `holds`: something holds on every day from the first to the last; the end may be open.
- `within`: something is to be done on one day of several; either end may be absent.
- `day`: something is to be done on that day.
- `hours`: something holds for hours by the clock.
- `words`: a note without a date.
"""


@dataclass(frozen=True, repr=False, eq=False)
class Recurrence:
    """The due dates of a series, and how they were counted."""

    dates: tuple[dt.date, ...]
    every: Span
    """The span between two dates."""
    continuing: bool
    """Whether the label states no end, so that more dates follow."""
    because: Derivation
    """Why the first date is what it is."""
    ends_because: Derivation
    """Why no date lies later."""
    baseline: Baseline | None
    """The tests before the course."""

    @classmethod
    def of(cls, series: SeriesActivity) -> "Recurrence":
        """Return the recurrence of a series."""
        return cls(series.dates, series.every, series.continuing, series.because, series.ends_because, series.baseline)

    @cached_property
    def spans(self) -> dict[dt.date, int]:
        """How many spans after its anchor each date lies.

        A date that was kept from the plan before is not counted from an infusion that was given; it is not included.
        """
        if not self.dates:
            return {}
        days = self.every.repeated(self.because.anchor_day, until=self.dates[-1], rounding="earlier")
        known = set(self.dates)
        return {day: count for count, day in enumerate(days, start=1) if day in known}

    @property
    def kept(self) -> int:
        """How many of the dates were kept from the plan before."""
        return len(self.dates) - len(self.spans)

    def due(self, day: dt.date) -> Derivation:
        """Return why one of the dates is what it is, counted from the anchor of the first."""
        count = self.spans.get(day)
        if count is None:
            kept = {**_KEPT.fields(), "anchor_day": day, "offset": "", "rounding": "exact", "result": day}
            return self.because.model_copy(update=kept)
        return repeated(self.because, self.every, count, day)


class Part(NamedTuple):
    """A course, an activity or a visit of a plan: what all its items have in common."""

    source_part: Course | Activity | Visit
    shape: Shape
    id: str
    course: int | None
    title: str
    neutral_title: str
    """The protocol's own; `exports.titles` says until when."""
    is_settled: bool
    """Whether it depends on no course that waits for a decision."""
    make: "Callable[[Part], list[Item]]"
    """Makes the items."""
    action: str = ""
    """The id of the protocol's action; empty for a course and for a visit."""
    applies_to: str | None = None
    codes: Sequence[Code] = ()
    """The codes of what is done or tested."""
    result_codes: Sequence[Code] = ()
    """Of a period: the codes of the result that ends it."""
    because: Derivation | None = None
    """Why its days are what they are; of a series, why the first date is."""
    block: Course | None = None
    """Of infusion days: their course."""
    is_ordered: bool = False
    """Whether somebody orders it, such as a test or an examination; other parts belong to the treatment itself."""
    provisional: bool = False
    """Whether its end is an "at least until", because it depends on a course that is not settled."""
    recurrence: Recurrence | None = None
    """Of a series: its dates and their rhythm."""

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
    """`None` where the end is open or absent."""
    because: Derivation | None = None
    """Why its last day (else its first) is what it is; of a series, why its first date is."""
    begins_because: Derivation | None = None
    """Why its first day is what it is, where `because` is about its last."""
    earliest_end: dt.date | None = None
    """Of a period with an open end: it does not end before this day."""
    ordinal: int = 1
    """Which date of its part it is, from 1."""
    infusion_day: InfusionDay | None = None
    baseline: Baseline | None = None
    window: TimeWindow | None = None
    """Of hours after an infusion: from when to when."""
    note: NoteActivity | None = None
    visit: Visit | None = None
    serves: "Sequence[Item]" = ()
    """Of a visit: the dates of series, baselines and windows that it serves, in the order of the plan."""

    def __repr__(self) -> str:
        """Return the id: titles and days may be about a patient."""
        return f"Item({self.id!r})"

    @property
    def shape(self) -> Shape:
        """What its days mean."""
        return self.part.shape

    @property
    def course(self) -> int | None:
        """The course it belongs to; `None` where it belongs to the treatment as a whole."""
        return self.part.course

    @property
    def title(self) -> str:
        """What it is called in full; a test before a course has the title of its series."""
        if self.infusion_day:
            return f"Infusion day {self.infusion_day.number} of course {self.course}"
        return self.part.title

    @property
    def full_title(self) -> str:
        """The title, which says so where the item is the test before a course."""
        return f"{self.title}: baseline" if self.baseline else self.title

    @property
    def recurrence(self) -> Recurrence | None:
        """Of a date in a series: the series. A test before a course is counted by itself."""
        return None if self.baseline else self.part.recurrence

    @property
    def is_settled(self) -> bool:
        """Whether it depends on no course that waits for a decision."""
        return self.part.is_settled

    @property
    def source_part(self) -> InfusionDay | Baseline | Course | Activity | Visit:
        """The part of the plan that it comes from, which `explain` puts into a sentence."""
        return self.infusion_day or self.baseline or self.part.source_part

    @property
    def day(self) -> dt.date | None:
        """Its first day, else its last."""
        return self.first_day or self.last_day

    @property
    def suggested(self) -> dt.date | None:
        """Of a visit: the day suggested for it, which is its due day or lies before it."""
        return self.visit.suggested if self.visit else None

    @property
    def days(self) -> tuple[dt.date | None, dt.date | None]:
        """First and last day as two plans are compared: of a test before a course, the last day that counts."""
        last_day = self.baseline.last_day if self.baseline else self.last_day or self.earliest_end
        return self.first_day, last_day

    @property
    def is_open(self) -> bool:
        """Whether it is a period whose end is not known yet."""
        return self.last_day is None and self.part.shape == "holds"

    @property
    def start(self) -> dt.datetime | None:
        """When it starts by the clock."""
        window = self.window or (self.infusion_day and self.infusion_day.infusion)
        return window.start if window else None

    @property
    def end(self) -> dt.datetime | None:
        """When it ends by the clock; of a day at the clinic, when the observation may end."""
        window = self.window or (self.infusion_day and self.infusion_day.observation)
        return window.end if window else None

    @property
    def hours(self) -> tuple[dt.datetime, dt.datetime] | None:
        """Start and end by the clock; `None` unless both are known."""
        if not self.window and not self.infusion_day:
            return None
        start, end = self.start, self.end
        return (start, end) if start and end else None

    @property
    def reason(self) -> Derivation | None:
        """Why it is on its days: of a date in a series, counted for that date; of infusion days, of their course."""
        if self.first_day and self.recurrence:
            return self.recurrence.due(self.first_day)
        return self.because or self.begins_because or self.part.because
