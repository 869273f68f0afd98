"""Why a clinic gives no infusion on a day: the kinds of closures, and the words for them."""

from dataclasses import dataclass
from typing import ClassVar, Literal, assert_never

from lemtrada_schedule.dates.day_names import DAYS
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.scalars import DerivedDate

__all__ = ["ClosedDay", "Closure", "ClosureKind", "FrozenClosure"]

ClosureKind = Literal["weekly", "holiday", "closure", "booked", "clock-change", "too-short"]
"""Why a day is closed: the weekday, a public holiday, the clinic's own closure, no chair left, a clock change that
makes the infusion day end after closing time, or opening hours that are too short for an infusion day."""


class Closure(Model):
    """Why no infusion can be given on a day, as a fact; `PassedOver.reason` is the same in words."""

    shown: ClassVar[tuple[str, ...]] = ("kind",)

    kind: ClosureKind
    """Why the day is closed."""
    name: str | None = None
    """The name of the holiday, or the clinic's reason for its closure; `None` for the other kinds."""

    def words(self, weekday: int) -> str | None:
        """Return in words why a day is closed; `weekday` is 0 for Monday. `None` if the words need the opening hours.

        >>> Closure(kind="weekly").words(5)
        'closed on Saturdays'
        """
        match self.kind:
            case "weekly":
                return f"closed on {DAYS[weekday]}s"
            case "holiday":
                return f"public holiday: {self.name}"
            case "closure":
                return f"closed: {self.name}"
            case "booked":
                return f"fully booked: {self.name}"
            case "too-short" | "clock-change":
                return None
            case _ as never:
                assert_never(never)


@dataclass(frozen=True, slots=True, repr=False)
class ClosedDay:
    """A closed day: why, as a fact and in words."""

    closure: Closure
    reason: str

    @classmethod
    def of(cls, kind: ClosureKind, weekday: int, *, name: str | None = None, hours: str = "") -> "ClosedDay":
        """Return a closed day of a weekday; `hours` says which opening hours are too short."""
        closure = Closure(kind=kind, name=name)
        return cls(closure, closure.words(weekday) or hours)


class FrozenClosure(Model):
    """A day that was known to be closed when the plan was made, and why."""

    shown: ClassVar[tuple[str, ...]] = ("kind",)

    date: DerivedDate
    """The day."""
    reason: str
    """Why it is closed, in words."""
    estimated: bool = False
    """Whether the date of the holiday is an estimate."""
    kind: Literal["holiday", "closure", "booked"] | None = None
    """A public holiday, the clinic's own closure, or no chair left; `None` in plans of earlier releases."""
