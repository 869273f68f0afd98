"""Numbers of a protocol with their sources: ages, counts, cited documents."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from lemtrada_schedule.findings.derivation import Basis
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.scalars import Identifier, Text

__all__ = ["AgeLimit", "Citation", "CitedDocument", "CourseCount", "DayCount", "MedicineCount"]

MOST_COURSES: Final = 50


class Citation(Model):
    """Where a number comes from: its source, its grade, and whether it is from the label or a convention (S25)."""

    shown: ClassVar[tuple[str, ...]] = ("cite", "basis")

    cite: Identifier
    """The key of the source in the protocol."""
    grade: Literal["A", "B"] | None = None
    """A: read in a regulator's or the manufacturer's document. B: read in a reproduction or in agreeing sources."""
    basis: Basis = "label"
    """Whether it is from the label or a convention (S25)."""


class AgeLimit(Citation):
    """An age in completed years, at the first infusion of course 1."""

    years: Annotated[int, Field(ge=1, le=120)]
    """The age in completed years."""


class DayCount(Citation):
    """A number of days."""

    days: Annotated[int, Field(ge=1, le=366)]
    """The number of days."""


class CourseCount(Citation):
    """A number of courses, counted over the whole treatment."""

    courses: Annotated[int, Field(ge=1, le=MOST_COURSES)]
    """The number of courses."""


class MedicineCount(Citation):
    """A number of multiple sclerosis medicines tried before."""

    medicines: Annotated[int, Field(ge=1, le=20)]
    """The number of medicines."""


class CitedDocument(Model):
    """A document that numbers come from."""

    shown: ClassVar[tuple[str, ...]] = ("id",)

    id: Identifier
    """The id that a `cite` refers to."""
    document: Text
    """The title of the document."""
    where: Text | None = None
    """Where the document is, such as an address or a section; `None` where this is not stated."""
