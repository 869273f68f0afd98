"""The dated activities of a plan: periods, windows, series with baselines, notes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, WithJsonSchema

from lemtrada_schedule.dates.spans import SPAN_PATTERN, Span
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.findings.derivation import Basis, Derivation
from lemtrada_schedule.protocol.actions import Code
from lemtrada_schedule.validation.model import Many, Model, taken_as_made, written_as_text
from lemtrada_schedule.validation.scalars import DerivedDate
from lemtrada_schedule.validation.summary import Summary

__all__ = [
    "Activity",
    "AfterInfusionActivity",
    "Baseline",
    "InfusionDaysActivity",
    "NoteActivity",
    "PeriodActivity",
    "SeriesActivity",
    "WindowActivity",
]


SpanText = Annotated[
    Span,
    written_as_text(Span),
    WithJsonSchema({"type": "string", "pattern": f"^{SPAN_PATTERN}$"}),
]
"""A span that a plan stores as text, in the spelling that `Span` parses."""


class _Dated(Model):
    shown: ClassVar[tuple[str, ...]] = ("action",)

    id: str
    """Role and ordinal, such as `blood-count/course-2`, the same while the activity moves."""
    action: str
    """The id of the protocol's action."""
    course: int | None
    """The course it belongs to; `None` if it belongs to the treatment as a whole."""
    title: str
    """What is to be done, in words for people."""
    neutral_title: str
    """A title that names no drug, disease or organ, for calendars that others can see."""
    codes: Many[Code]
    """The codes of the activity in terminologies."""
    applies_to: str | None
    """Whom it applies to, such as `women`: a label, never a filter. `None`: everybody."""

    def _summary(self) -> Summary:
        return [(label, value) for label, value in super()._summary() if label != "codes"]


class PeriodActivity(_Dated):
    """Days on which something applies, both ends included."""

    kind: Literal["period"] = "period"
    """Tells the kinds of activities apart."""
    first_day: DerivedDate
    """The first day of the period, included."""
    last_day: DerivedDate | None
    """The last day of the period, included; `None` while it is open."""
    earliest_end: DerivedDate | None = None
    """For a period that stays open until something is observed: it does not end before this day."""
    provisional: bool = False
    """Whether the end is an "at least until", because it depends on a course that needs a decision."""
    because: Derivation
    """Why `last_day` (else `earliest_end`, else `first_day`) is what it is."""
    begins_because: Derivation
    """Why `first_day` is what it is."""


class WindowActivity(_Dated):
    """Days between which something is to be done, both included; either end may be absent."""

    kind: Literal["window"] = "window"
    """Tells the kinds of activities apart."""
    first_day: DerivedDate | None
    """The first day on which it can be done, included; `None`: any time before."""
    last_day: DerivedDate | None
    """The last day on which it can be done, included; `None`: no last day."""
    because: Derivation | None
    """Why `last_day` is what it is; `None` if there is none."""
    begins_because: Derivation | None
    """Why `first_day` is what it is; `None` if there is none."""


class Baseline(Model):
    """The tests before a course: a window, both days included, and the day proposed for them (S21)."""

    first_day: DerivedDate | None
    """The first day on which a test counts, included; `None`: any time before."""
    last_day: DerivedDate
    """The last day on which a test counts, included."""
    due: DerivedDate
    """The proposed day for the test; the day of the test if it is done."""
    done: bool = False
    """Whether a test in the window is on record."""
    because: Derivation
    """Why `due` is what it is."""
    begins_because: Derivation | None
    """Why `first_day` is what it is; `None` if there is none."""


class SeriesActivity(_Dated):
    """A recurring test with its due dates, in order (S20)."""

    kind: Literal["series"] = "series"
    """Tells the kinds of activities apart."""
    dates: Many[DerivedDate]
    """The due dates, in order."""
    continuing: bool
    """Whether the label states no end, so that there are more dates after those listed."""
    baseline: Baseline | None
    """The test before the course; `None` if there is none."""
    every: SpanText
    """The span between two dates; `1 month` in JSON."""
    provisional: bool = False
    """Whether it depends on a course that needs a decision."""
    because: Derivation
    """Why the first due date is what it is; date k is k spans after the same anchor."""
    ends_because: Derivation
    """Why there is no later date."""


class InfusionDaysActivity(_Dated):
    """Something done on certain infusion days of the course."""

    kind: Literal["infusion-days"] = "infusion-days"
    """Tells the kinds of activities apart."""
    days: Annotated[Many[DerivedDate], Field(min_length=1)]
    """The days on which it is done, in order."""
    because: Derivation
    """Why the days are what they are."""


class AfterInfusionActivity(_Dated):
    """Elapsed time after the end of each infusion of the course."""

    kind: Literal["after-infusion"] = "after-infusion"
    """Tells the kinds of activities apart."""
    windows: Annotated[Many[TimeWindow], Field(min_length=1)]
    """The hours after each infusion of the course, in order."""
    because: Derivation
    """Why the hours are what they are."""


class NoteActivity(_Dated):
    """A text for the plan, without a date."""

    kind: Literal["note"] = "note"
    """Tells the kinds of activities apart."""
    text: str
    """What the note says."""
    cite: str
    """The key of the source in the protocol."""
    basis: Basis
    """Whether it is from the label or a convention."""
    because: None = None
    """A note has no date, and so no derivation; its source is `cite`."""


Activity = Annotated[
    PeriodActivity | WindowActivity | SeriesActivity | InfusionDaysActivity | AfterInfusionActivity | NoteActivity,
    Field(discriminator="kind"),
    taken_as_made(_Dated),
]
"""A dated instance of a protocol's action."""
