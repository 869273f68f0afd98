"""Why a date is what it is: anchor, offset, rounding, source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypedDict

from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate

__all__ = ["Anchor", "AnchorFields", "AnchorKind", "Basis", "Derivation"]

Basis = Literal["label", "convention"]
"""Whether a number is from the label, or a convention of this library (rules of time, S25)."""

AnchorKind = Literal[
    "requested-start",
    "first-infusion",
    "last-infusion",
    "infusion-days",
    "each-infusion",
    "on-record",
    "test-on-record",
    "observation",
    "kept",
]
"""The kind of day a date is counted from.

- `requested-start`: the requested start.
- `first-infusion`, `last-infusion`, `infusion-days`, `each-infusion`: infusions of a course, planned or given.
- `on-record`: the first infusion of a course on record.
- `test-on-record`, `observation`: a test or an observation on record.
- `kept`: the date itself, kept from the previous plan.
"""


_WORDS: Final[Mapping[AnchorKind, str]] = {
    "requested-start": "requested start",
    "first-infusion": "first infusion of course {course}",
    "last-infusion": "last infusion of course {course}",
    "infusion-days": "infusion days {ordinals} of course {course}",
    "each-infusion": "end of each infusion of course {course}",
    "on-record": "first infusion of course {course} on record",
    "test-on-record": "test on record",
    "observation": "{name}",
    "kept": "kept from the plan before",
}


class AnchorFields(TypedDict):
    """The fields of a `Derivation` that name its anchor."""

    anchor: str
    anchor_kind: AnchorKind
    anchor_course: int | None
    anchor_ordinals: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Anchor:
    """The day that a date is counted from, as facts: its kind, its course, and which of the course's infusion days."""

    kind: AnchorKind
    course: int | None = None
    ordinals: tuple[int, ...] = ()
    name: str = ""
    """For an observation: what was observed."""

    @property
    def words(self) -> str:
        """The name of the anchor, as in `Derivation.anchor`: `last infusion of course 1`.

        >>> Anchor("infusion-days", 1, (1, 2)).words
        'infusion days 1, 2 of course 1'
        """
        ordinals = ", ".join(map(str, self.ordinals))
        return _WORDS[self.kind].format(course=self.course, ordinals=ordinals, name=self.name)

    def fields(self) -> AnchorFields:
        """Return the fields of a `Derivation` that name this anchor."""
        return {
            "anchor": self.words,
            "anchor_kind": self.kind,
            "anchor_course": self.course,
            "anchor_ordinals": self.ordinals,
        }


class Derivation(Model):
    """Why a date is what it is: which day it is counted from, by how much, how it is rounded, and the source."""

    shown: ClassVar[tuple[str, ...]] = ("anchor_kind", "basis")

    anchor: str
    """The name of the day it is counted from, such as `last infusion of course 1`."""
    anchor_day: DerivedDate
    """The day it is counted from."""
    offset: str
    """The signed span, such as `+ 12 months`; empty for the anchor's own day. `Step` parses it."""
    rounding: Literal["later", "earlier", "exact"]
    """How a day that does not exist is rounded; `exact` if the span is a number of days."""
    result: DerivedDate
    """The day that results."""
    cite: str | None
    """The id of the source in the protocol; `None` if the date comes from the caller."""
    basis: Basis | None
    """Whether it is from the label or a convention; `None` if the date comes from the caller."""
    anchor_kind: AnchorKind | None = None
    """The kind of anchor, as a fact; `None` in plans of earlier releases."""
    anchor_course: int | None = None
    """The number of the course that the anchor belongs to; `None` if it belongs to none."""
    anchor_ordinals: Many[int] = ()
    """For `infusion-days`: which infusion days of the course, from 1."""
