"""Actions: what a protocol asks for besides infusions. Periods, windows, series, notes."""

from typing import Annotated, Any, Literal, Self

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

    system: CodeText
    code: CodeText
    display: Text | None = None


class _ActionRule(Citation):
    id: Identifier
    title: Text
    neutral_title: Text = "Treatment plan item"
    """A title that names no drug, disease or organ, for calendars that others can see."""
    per: Per = "course"
    applies_to: Text | None = None
    """Whom it concerns: a label in the output, never a filter."""
    codes: Many[Code] = ()

    @model_validator(mode="before")
    @classmethod
    def _titled(cls, data: Any) -> Any:
        if type(data) is dict and type(data.get("id")) is str and "title" not in data:
            return {**data, "title": data["id"].replace("-", " ").capitalize()}
        return data


class OpenUntil(Model):
    """The observation that lets a period end: its value must reach `at_least`."""

    observation: Identifier
    at_least: Annotated[int, Field(ge=0)]
    unit: Text


class PeriodAction(_ActionRule):
    """Days on which something holds, from one offset to another, both ends included."""

    kind: Literal["period"]
    starts: Offset
    ends: Offset | None = None
    """`None`: the label states no end."""
    open_until: OpenUntil | None = None
    """The period stays open beyond `ends` until this was observed (S22)."""


class BaselineRule(Model):
    """Tests before a course: within a span before its first infusion, the eve included (S21)."""

    within: Span | None = None
    """How long before the first infusion a test still counts; `None`: any time before."""
    reuse: Span | None = None
    """How long before the first infusion a test of the running series serves as the baseline."""
    cite: Identifier | None = None
    grade: Literal["A", "B"] | None = None
    basis: Basis = "convention"
    """Of `reuse`: no label says that a test of the running series may serve. `within` is the label's."""

    def source(self, action: Citation) -> str:
        """Return where it comes from: a source of its own, or its action's."""
        return self.cite or action.cite


class SeriesAction(_ActionRule):
    """A test that recurs: due every span after the last infusion of a course (S20)."""

    kind: Literal["series"]
    every: Span
    until: Offset | None = None
    """`None`: the label states no end; the dates are listed as far as the monitoring goes."""
    baseline: BaselineRule | None = None
    visit: Identifier | None = None
    """The visit group: what one visit serves, such as `laboratory`. `None`: a visit of its own (S40)."""


class WindowAction(_ActionRule):
    """Days between which something is to be done; either end may be absent."""

    kind: Literal["window"]
    opens: Offset | None = None
    closes: Offset | None = None
    visit: Identifier | None = None
    """The visit group: what one visit serves, such as `laboratory`. `None`: it is no visit (S40)."""

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.opens is None and self.closes is None:
            raise refusal("missing-field", "a window needs `opens` or `closes`; add one")
        return self


class InfusionDaysAction(_ActionRule):
    """Something done on certain infusion days of a course, given by number: 1 is the first infusion."""

    kind: Literal["infusion-days"]
    days: Annotated[Many[Annotated[int, Field(ge=1, le=31)]], Field(min_length=1)]


class AfterInfusionAction(_ActionRule):
    """Elapsed hours after the end of each infusion."""

    kind: Literal["after-infusion"]
    hours: Annotated[int, Field(ge=1, le=168)]


class NoteAction(_ActionRule):
    """Words that go with the plan, without a date."""

    kind: Literal["note"]
    text: Text


Action = Annotated[
    PeriodAction | SeriesAction | WindowAction | InfusionDaysAction | AfterInfusionAction | NoteAction,
    Field(discriminator="kind"),
]
"""What a protocol asks for besides infusions."""
