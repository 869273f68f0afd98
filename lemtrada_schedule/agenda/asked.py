"""The question to an agenda: the date, the range, the plan and the patient."""

import datetime as dt
from dataclasses import dataclass

from lemtrada_schedule.agenda.due_items import DueItem, DueKind, DueState
from lemtrada_schedule.validation.computed import computed

__all__ = ["Asked"]

_DueItem = computed(DueItem)


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """The question about one patient."""

    as_of: dt.date
    first_day: dt.date
    last_day: dt.date
    plan_id: str | None
    patient: str | None

    def holds(self, day: dt.date) -> bool:
        """Return whether a day is in the range."""
        return self.first_day <= day <= self.last_day

    def item(
        self,
        item: str,
        kind: DueKind,
        day: dt.date,
        state: DueState,
        *,
        title: str,
        neutral_title: str,
        course: int | None,
        reason: str,
        suggested: dt.date | None = None,
    ) -> DueItem:
        """Return an item for this plan and patient."""
        return _DueItem(
            plan_id=self.plan_id,
            patient=self.patient,
            item=item,
            kind=kind,
            day=day,
            suggested=suggested,
            state=state,
            title=title,
            neutral_title=neutral_title,
            course=course,
            reason=reason,
        )
