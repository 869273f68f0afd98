"""`DueItem` and `Worklist`: what is due for patients."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, overload

from lemtrada_schedule.records.recorded_values import PatientId
from lemtrada_schedule.validation.model import Many, Model, taken_as_made
from lemtrada_schedule.validation.scalars import CalendarDate, DerivedDate, Identifier

__all__ = ["DueItem", "DueKind", "DueState", "Worklist"]

DueKind = Literal["infusion", "visit", "period", "window", "decision"]
"""What is due: an infusion day, a visit for tests, a precaution, something to do within a window, or a decision."""

DueState = Literal["planned", "unrecorded", "overdue", "missed", "due", "starts", "ends", "open"]
"""The state of an item on `as_of` (S43).

- `planned`: an infusion day that has not passed. `unrecorded`: its day has passed, and it is unknown whether it was
  done: an infusion day without a record, or a test of a kind that the source does not record.
- `due`: its day has not passed. `overdue`: its day has passed, and it can still be done. `missed`: it can no longer be
  done, because the next one is due or its window has closed; or an infusion that is on record as not done.
- `ends`: a period whose last day is in the range. `open`: any other period that is in force on `as_of`. `starts`: any
  other period that begins after `as_of`, in the range.
"""


class DueItem(Model):
    """One thing that is due for a patient.

    `item` is the id of what is due:

    - an infusion day or a visit: its id in the plan, such as `course-2/day-1` or `laboratory/course-1/7`;
    - a period or a window: the id of the activity, such as `contraception/1`;
    - tests that were missed before the first day: `missed/` and the id of the action, such as `missed/blood-count`;
    - tests due before the first day that may not have been done: `unrecorded/tests`, one item for all of them;
    - a decision on a course: `decision/course-2`; on the records as a whole: `decision`;
    - a plan that no longer matches the records: `replan`.

    Source:
        Rules of time, S43.
    """

    hides_keys: ClassVar[bool] = True

    plan_id: Identifier | None
    """The plan's own id; `None` if it has none."""
    patient: PatientId | None
    """The patient of the history; `None` without one."""
    item: str
    """The id of what is due; see above."""
    kind: DueKind
    """What is due."""
    day: DerivedDate
    """The day by which it is due; for tests before the range, missed or unrecorded, the last such day; for decisions
    and periods in force, `as_of`."""
    suggested: DerivedDate | None
    """For a visit or a window that is due: the last open day to do it. If that day has passed or the visit is overdue:
    the first open day from `as_of`. `None` if there is none."""
    state: DueState
    """Its state on `as_of`."""
    title: str
    """The full title, in clinical words."""
    neutral_title: str
    """A title that names no drug, disease or organ."""
    course: int | None
    """The course it belongs to; `None` where it belongs to the treatment as a whole."""
    reason: str
    """Why it is due on this day, and which tests of a visit are open."""

    def _summary(self) -> Iterator[tuple[str, Any]]:
        yield from (("kind", self.kind), ("state", self.state))


class Worklist(Model):
    """What is due for many patients: a sequence of `DueItem`, sorted by day, then by plan, patient and item."""

    in_full: ClassVar[str] = "print(to_text(worklist))"

    hides_keys: ClassVar[bool] = True

    as_of: CalendarDate
    """The date of the question."""
    first_day: CalendarDate
    """The first day of the range, included."""
    last_day: CalendarDate
    """The last day of the range, included."""
    items: Many[Annotated[DueItem, taken_as_made(DueItem)]] = ()
    """What is due, sorted by day, then by plan, patient and item."""

    @overload
    def __getitem__(self, index: int) -> DueItem: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[DueItem, ...]: ...
    def __getitem__(self, index: int | slice) -> DueItem | tuple[DueItem, ...]:
        """Return one item, or a tuple of some."""
        return self.items[index]

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.items)

    def __iter__(self) -> Iterator[DueItem]:  # type: ignore[override]  # a sequence of items, not of fields
        """Yield the items in order."""
        return iter(self.items)

    def __contains__(self, item: object) -> bool:
        """Return whether an item is in the list."""
        return item in self.items

    def _summary(self) -> Iterator[tuple[str, Any]]:
        yield "items", len(self.items)
