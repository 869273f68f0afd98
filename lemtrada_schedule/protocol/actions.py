"""Actions: what a protocol requires besides infusions. Periods, windows, series, notes."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.findings.derivation import Basis
from lemtrada_schedule.protocol.citations import Citation
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import CodeText, Identifier, Text, refusal

__all__ = [
    "Action",
    "AfterInfusionAction",
    "BaselineRule",
    "Code",
    "InfusionDaysAction",
    "NoteAction",
    "OpenUntil",
    "Per",
    "PeriodAction",
    "SeriesAction",
    "WindowAction",
]

Per = Literal["course", "first-course", "treatment"]
"""How often an action occurs: with every course, with course 1 only, or once for the whole treatment."""


class Code(Model):
    """A code of a terminology, such as LOINC."""

    shown: ClassVar[tuple[str, ...]] = ("code",)

    system: CodeText
    """The URI of the terminology: `http://loinc.org`."""
    code: CodeText
    """The code in that terminology."""
    display: Text | None = None
    """The name of the code, for people; `None` where none is given."""


class _ActionRule(Citation):
    shown: ClassVar[tuple[str, ...]] = ("id",)

    id: Identifier
    """A name that is unique within the protocol, such as `blood-count`."""
    title: Text
    """What is to be done, in words for people."""
    neutral_title: Text = "Treatment plan item"
    """A title that names no drug, disease or organ, for calendars that others can see."""
    per: Per = "course"
    """How often it occurs: with every course, with course 1 only, or once for the whole treatment."""
    applies_to: Text | None = None
    """Whom it applies to, such as `women`: a label in the output, never a filter."""
    codes: Many[Code] = ()
    """The codes of the action in terminologies."""

    @model_validator(mode="before")
    @classmethod
    def _titled(cls, data: Any) -> Any:
        if type(data) is dict and type(data.get("id")) is str and "title" not in data:
            return {**data, "title": data["id"].replace("-", " ").capitalize()}
        return data


class OpenUntil(Model):
    """The observation that lets a period end: its value must reach `at_least`."""

    observation: Identifier
    """The code of the observation, such as `cd4`."""
    at_least: Annotated[int, Field(ge=0)]
    """The value that it must reach, this value included."""
    unit: Text
    """The unit of `at_least`, such as `cells/uL`."""


class PeriodAction(_ActionRule):
    """Days on which something applies, from one offset to another, both ends included."""

    kind: Literal["period"]
    """Tells the kinds of actions apart."""
    starts: Offset
    """The first day of the period, counted from an infusion."""
    ends: Offset | None = None
    """`None`: the label states no end."""
    open_until: OpenUntil | None = None
    """The period continues after `ends` until this was observed (S22)."""


class BaselineRule(Model):
    """Tests before a course: within a span before its first infusion, including the day before it (S21)."""

    within: Span | None = None
    """How long before the first infusion a test still counts; `None`: any time before."""
    reuse: Span | None = None
    """How long before the first infusion a test of the previous course's series can serve as the baseline."""
    cite: Identifier | None = None
    """The source; `None` where it is the action's."""
    grade: Literal["A", "B"] | None = None
    """How well the source was read: see the grade of a citation."""
    basis: Basis = "convention"
    """The basis of `reuse`: no label says that a test of a running series may serve. `within` is from the label."""

    def source(self, action: Citation) -> str:
        """Return its source: its own, or that of its action."""
        return self.cite or action.cite


class SeriesAction(_ActionRule):
    """A recurring test: due every span after the last infusion of a course (S20)."""

    kind: Literal["series"]
    """Tells the kinds of actions apart."""
    every: Span
    """The span between two due dates."""
    until: Offset | None = None
    """The end of the series. `None`: the label states no end; the dates are listed up to the end of monitoring."""
    baseline: BaselineRule | None = None
    """The tests before a course; `None` if there are none."""
    visit: Identifier | None = None
    """The visit group: all tests of a group, such as `laboratory`, are one visit. `None`: a visit of its own (S40)."""


class WindowAction(_ActionRule):
    """Days between which something is to be done; either end may be absent."""

    kind: Literal["window"]
    """Tells the kinds of actions apart."""
    opens: Offset | None = None
    """The first day on which it can be done; `None`: any time before."""
    closes: Offset | None = None
    """The last day on which it can be done; `None`: no last day."""
    visit: Identifier | None = None
    """The visit group: all tests of a group, such as `laboratory`, are one visit. `None`: no visit (S40)."""

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.opens is None and self.closes is None:
            raise refusal("missing-field", "a window needs `opens` or `closes`; add one")
        return self


class InfusionDaysAction(_ActionRule):
    """Something done on certain infusion days of a course, given by number: 1 is the first infusion."""

    kind: Literal["infusion-days"]
    """Tells the kinds of actions apart."""
    days: Annotated[Many[Annotated[int, Field(ge=1, le=31)]], Field(min_length=1)]
    """The infusion days, by number: 1 is the first of the course."""


class AfterInfusionAction(_ActionRule):
    """Elapsed hours after the end of each infusion."""

    kind: Literal["after-infusion"]
    """Tells the kinds of actions apart."""
    hours: Annotated[int, Field(ge=1, le=168)]
    """How many hours it lasts, from the end of each infusion."""


class NoteAction(_ActionRule):
    """A text for the plan, without a date."""

    kind: Literal["note"]
    """Tells the kinds of actions apart."""
    text: Text
    """What the note says."""


Action = Annotated[
    PeriodAction | SeriesAction | WindowAction | InfusionDaysAction | AfterInfusionAction | NoteAction,
    Field(discriminator="kind"),
]
"""What a protocol requires besides infusions."""
