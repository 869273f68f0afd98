"""What a replanned calendar must be told: what moved and what is new, and what fell away."""

import re
from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.exports.calendar_entries import Entry, Part, Spans, entries
from lemtrada_schedule.exports.dated_items import Titles
from lemtrada_schedule.outlook import Change, Revision
from lemtrada_schedule.plan import Activity, AfterInfusionActivity, PeriodActivity, WindowActivity

__all__ = ["changed_entries", "fallen_entries"]

_DAY: Final = re.compile(r"course-([0-9]+)/day-([0-9]+)")
_UNNAMED: Final = "Treatment plan item"


def changed_entries(revision: Revision, *, titles: Titles, spans: Spans) -> Iterator[Entry]:
    """Yield what is on other days than before, what is new, and what is not settled, which it may have been before."""
    changed = {change.item for change in revision.changes if change.kind in ("moved", "added")}
    for entry in entries(revision.plan, titles=titles, spans=spans):
        if entry.id in changed or entry.status == "TENTATIVE":
            yield entry


def fallen_entries(revision: Revision, *, titles: Titles, spans: Spans) -> Iterator[Entry]:
    """Yield what fell away, as a cancelled whole day on the day it was on; only that day is still known of it."""
    known = {activity.action: activity for activity in (*revision.plan.contraception, *revision.plan.activities)}
    for change in revision.changes:
        if change.kind == "cancelled" and change.before:
            activity = known.get(change.item.partition("/")[0])
            lines = (change.reason,) if titles == "clinical" else ()
            for part in _parts(activity, spans):
                title = _title(change, activity, titles)
                yield Entry(change.item, title, lines, change.before, change.before, status="CANCELLED", part=part)


def _parts(activity: Activity | None, spans: Spans) -> tuple[Part, ...]:
    """Return the entries that an item had, as far as what is left of the same action tells."""
    holds = isinstance(activity, PeriodActivity | AfterInfusionActivity)
    within = isinstance(activity, WindowActivity) and activity.first_day is not None and activity.last_day is not None
    if spans == "all-day" or not (holds or within):
        return ("",)
    if spans == "start-end":
        return ("first-day", "last-day")
    return ("last-day",) if within else ()


def _title(change: Change, activity: Activity | None, titles: Titles) -> str:
    if day := _DAY.fullmatch(change.item):
        return f"Infusion day {day[2]} of course {day[1]}" if titles == "clinical" else f"Appointment, day {day[2]}"
    if activity is None:
        return _UNNAMED
    title = activity.title if titles == "clinical" else activity.neutral_title
    return f"{title}: baseline" if change.item.endswith("/baseline") else title
