"""A plan made again, and what became of every item of the plan before."""

from typing import Annotated, Literal

from pydantic import Field

from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate

__all__ = ["Change", "ChangeKind", "Revision"]

ChangeKind = Literal["kept", "moved", "added", "cancelled"]


class Change(Model):
    """What became of one item of a plan."""

    kind: ChangeKind
    item: str
    """The item's id; a moved item keeps it."""
    before: DerivedDate | None
    after: DerivedDate | None
    reason: str


class Revision(Model):
    """A plan made again, and what became of every item of the one before."""

    plan: Plan
    changes: Many[Change]
    before: Annotated[Plan | None, Field(exclude=True)] = None
    """The plan before it, with which a calendar file compares; neither part of the JSON nor of equality."""

    def __eq__(self, other: object) -> bool:
        """Compare what the JSON holds."""
        return isinstance(other, Revision) and (self.plan, self.changes) == (other.plan, other.changes)

    def __hash__(self) -> int:
        """Hash by the plan; equal revisions have equal ones."""
        return hash((Revision, self.plan.revision, len(self.changes)))
