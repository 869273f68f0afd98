"""`Revision`: the plan that replaces an earlier one, and the change of every item."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate
from lemtrada_schedule.validation.summary import Ordinal, Summary

__all__ = ["Change", "ChangeKind", "ChangedDay", "Revision"]

ChangeKind = Literal["kept", "moved", "added", "cancelled"]
"""How an item changed between two revisions of a plan."""


ChangedDay = Literal["day", "first-day", "last-day", "suggested-day"]
"""Which day of an item a change is about; `day` if the item has only one."""


class Change(Model):
    """The change of one item between two revisions of a plan."""

    shown: ClassVar[tuple[str, ...]] = ("kind",)

    kind: ChangeKind
    """How the item changed."""
    item: str
    """The item's id, which a moved item keeps."""
    before: DerivedDate | None
    """Its day in the earlier plan; `None` if it had none."""
    after: DerivedDate | None
    """Its day in the new plan; `None` if it has none."""
    reason: str
    """Why, in words."""
    which: ChangedDay | None = None
    """Which day of the item `before` and `after` are; `None` for a note, and in files of earlier releases."""
    at_least: bool = False
    """Whether `after` is an "at least until": the end depends on a decision or on a result."""


class Revision(Model):
    """A plan that replaces an earlier one, and one change for each item of both.

    A visit moves with its tests. It has a change of its own only where its suggested day changed and its due day did
    not; `before` and `after` are then the suggested days.
    """

    in_full: ClassVar[str] = "print(to_text(revision)), timeline(revision.plan)"

    plan: Plan
    """The new plan."""
    changes: Many[Change]
    """One change for each item of both plans, in the order of the plan."""
    before: Annotated[Plan | None, Field(exclude=True)] = None
    """The earlier plan, with which `to_ics` compares; not part of the JSON or of equality."""

    def __eq__(self, other: object) -> bool:
        """Compare what is in the JSON."""
        return isinstance(other, Revision) and (self.plan, self.changes) == (other.plan, other.changes)

    def __hash__(self) -> int:
        """Hash by the plan's revision and the number of changes."""
        return hash((Revision, self.plan.revision, len(self.changes)))

    def _held(self) -> Iterator[tuple[str, Model | tuple[Model, ...]]]:
        """Yield the findings of the new plan before the two plans; the summary has the changes."""
        yield from (("findings", self.plan.findings), ("not assessed", self.plan.not_assessed))
        yield from (held for held in super()._held() if held[0] != "changes")

    def _summary(self) -> Summary:
        yield "revision", Ordinal(self.plan.revision)
        kinds = [change.kind for change in self.changes]
        yield from ((kind, kinds.count(kind)) for kind in get_args(ChangeKind))
