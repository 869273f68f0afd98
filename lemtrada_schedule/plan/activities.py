"""The dated activities of a plan: periods, windows, series with baselines, notes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, WithJsonSchema

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.findings.derivation import Basis, Derivation
from lemtrada_schedule.protocol.actions import Code
from lemtrada_schedule.validation.model import Many, Model, taken_as_made, written_as_text
from lemtrada_schedule.validation.scalars import DerivedDate

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
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,4} (day|week|month|year)s?$"}),
]
"""A span that a plan states as text, in the one spelling that `Span` reads."""


class _Dated(Model):
    shown: ClassVar[tuple[str, ...]] = ("action",)

    id: str
    action: str
    """The id of the protocol's action."""
    course: int | None
    """The course it belongs to; `None` where it belongs to the treatment as a whole."""
    title: str
    neutral_title: str
    codes: Many[Code]
    applies_to: str | None


class PeriodActivity(_Dated):
    """Days on which something holds, both ends included."""

    kind: Literal["period"] = "period"
    first_day: DerivedDate
    last_day: DerivedDate | None
    """`None` while the period stays open."""
    earliest_end: DerivedDate | None = None
    """Where it stays open until something is observed: it does not end before this day."""
    provisional: bool = False
    """The end is an "at least until": it rests on a course that is not settled."""
    because: Derivation
    """Why `last_day` (else `earliest_end`, else `first_day`) is what it is."""
    begins_because: Derivation
    """Why `first_day` is what it is."""


class WindowActivity(_Dated):
    """Days between which something is to be done, both included; either end may be absent."""

    kind: Literal["window"] = "window"
    first_day: DerivedDate | None
    last_day: DerivedDate | None
    because: Derivation | None
    """Why `last_day` is what it is; `None` where there is none."""
    begins_because: Derivation | None
    """Why `first_day` is what it is; `None` where there is none."""


class Baseline(Model):
    """The tests before a course: a window, both days included, and the day proposed for them (S21)."""

    first_day: DerivedDate | None
    """`None`: any time before."""
    last_day: DerivedDate
    due: DerivedDate
    done: bool = False
    """Whether a test in the window is on record; `due` is then its day."""
    because: Derivation
    """Why `due` is what it is."""
    begins_because: Derivation | None


class SeriesActivity(_Dated):
    """A test that recurs: its due dates, in order (S20)."""

    kind: Literal["series"] = "series"
    dates: Many[DerivedDate]
    continuing: bool
    """The label states no end: the dates go on beyond those listed."""
    baseline: Baseline | None
    every: SpanText
    """How far one date lies from the next; `1 month` in JSON."""
    provisional: bool = False
    """It rests on a course that is not settled."""
    because: Derivation
    """Why the first due date is what it is; date k is counted from the same anchor, k spans on."""
    ends_because: Derivation
    """Why no date lies later than it does."""


class InfusionDaysActivity(_Dated):
    """Something done on certain infusion days of the course."""

    kind: Literal["infusion-days"] = "infusion-days"
    days: Annotated[Many[DerivedDate], Field(min_length=1)]
    because: Derivation


class AfterInfusionActivity(_Dated):
    """Elapsed time after the end of each infusion of the course."""

    kind: Literal["after-infusion"] = "after-infusion"
    windows: Annotated[Many[TimeWindow], Field(min_length=1)]
    because: Derivation


class NoteActivity(_Dated):
    """Words that go with the plan, without a date."""

    kind: Literal["note"] = "note"
    text: str
    cite: str
    basis: Basis
    because: None = None
    """A note has no date, and so no derivation; its source is `cite`."""


Activity = Annotated[
    PeriodActivity | WindowActivity | SeriesActivity | InfusionDaysActivity | AfterInfusionActivity | NoteActivity,
    Field(discriminator="kind"),
    taken_as_made(_Dated),
]
"""A dated instance of a protocol's action."""
