"""Match the records of one test with its due dates for many patients at once: the twin of `judging/matching.py` (S42).

Between two due dates, only the first and the last record matter. The last one serves the next due date if it is near.
The first one serves the date before if that has no record, and the next one is still far away. If there is only one
record, and it is both near and far, it depends on whether the date before has a record: then so has the next one.
"""

from dataclasses import dataclass

import numpy as np

from lemtrada_schedule.cohort.screen.due_dates import Series
from lemtrada_schedule.cohort.screen.layout import DAY, DAY_BITS, Array

__all__ = ["Matched", "matched"]


@dataclass(frozen=True, slots=True, repr=False)
class Matched:
    """What the records of one test say of each series."""

    done: Array
    """How many due dates up to the date of the question have a record on time."""
    late: Array
    missed: Array
    overdue: Array
    """Whether the last due date is overdue."""
    longest_gap: Array
    """The longest gap in days between neighbouring records, the anchor included; 0 without a record."""
    highest: Array
    """The place of the last due date with a record, also after the date of the question; 0 without one."""
    lowest_open: Array
    """The place of the first due date without a record."""
    last_is_missed: Array
    """Whether the last due date is missed."""
    latest_late: Array
    """The place of the last due date that was met late; 0 if none was."""


def matched(series: Series, records: Array, until: Array) -> Matched:
    """Return the states of the due dates.

    Args:
        series: The series of the test.
        records: Patient and day of each record as one number, sorted, each once; none is after the patient's date of
            the question.
        until: By series, the date of the question.
    """
    count = len(series.patient)
    which, day = _of_series(series, records)
    gap = _longest_gaps(series, which, day)
    served, place, is_late = _served(series, which, day)
    counted = place <= series.due[served]
    done = np.bincount(served[counted & ~is_late], minlength=count)
    late = np.bincount(served[is_late], minlength=count)
    highest, latest_late = np.zeros(count, np.int64), np.zeros(count, np.int64)
    highest[served] = place  # sorted: the last one stays
    latest_late[served[is_late]] = place[is_late]
    counts = np.bincount(served, minlength=count)
    rank = np.arange(1, len(served) + 1) - np.repeat(np.cumsum(counts) - counts, counts)
    leading = np.bincount(served[place == rank], minlength=count)
    is_last_done = np.zeros(count, bool)
    is_last_done[served[place == series.due[served]]] = True
    is_open = (series.due > 0) & ~is_last_done
    last_is_missed = is_open & ((highest > series.due) | series.is_over)
    overdue = is_open & ~last_is_missed & (until > series.last_due)
    is_due = is_open & ~last_is_missed & ~overdue
    return Matched(
        done=done,
        late=late,
        missed=series.due - done - late - overdue - is_due,
        overdue=overdue,
        longest_gap=gap,
        highest=highest,
        lowest_open=leading + 1,
        last_is_missed=last_is_missed,
        latest_late=latest_late,
    )


def _of_series(series: Series, records: Array) -> tuple[Array, Array]:
    """Return the series of each record that belongs to one, and the record's day."""
    begins = (series.patient.astype(np.int64) << DAY_BITS) | series.anchor
    which = np.searchsorted(begins, records) - 1  # the last series that begins before the record
    own = np.flatnonzero(which >= 0)
    records = records if len(own) == len(records) else records[own]
    which, patient, day = which[own], records >> DAY_BITS, (records & DAY).astype(np.int32)
    own = np.flatnonzero((series.patient[which] == patient) & (day <= series.closes[which]))
    return which[own], day[own]


def _longest_gaps(series: Series, which: Array, day: Array) -> Array:
    gaps = np.zeros(len(series.patient), np.int64)
    if len(which):
        begins = np.flatnonzero(np.append(True, np.diff(which) != 0))
        since = np.diff(day, prepend=0)
        since[begins] = day[begins] - series.anchor[which[begins]]
        gaps[which[begins]] = np.maximum.reduceat(since, begins)
    return gaps


def _served(series: Series, which: Array, day: Array) -> tuple[Array, Array, Array]:
    """Return the due dates with a record, sorted: the series and the place of each, and whether it was met late."""
    place, before, after = series.every.around(series.anchor[which], day)
    kept = np.flatnonzero(place <= series.size[which])  # a later one serves no date
    which, day, place, before, after = (part[kept] for part in (which, day, place, before, after))
    if not len(kept):
        return kept, kept, kept.astype(bool)
    begins = np.flatnonzero(np.append(True, (np.diff(which) != 0) | (np.diff(place) != 0)))
    ends = np.append(begins[1:], len(which)) - 1
    which, place, before, after = which[begins], place[begins], before[begins], after[begins]
    span = after - before
    is_far, is_near = after - day[begins] > span // 4, after - day[ends] <= span // 2
    is_end = place == series.size[which]  # after the last due date, no other one comes near
    is_near &= ~is_end
    follows = np.append(False, (np.diff(which) == 0) & (np.diff(place) == 1))
    depends = (begins == ends) & is_far & is_near & (place > 0)
    serves_next = is_near & ~(depends & ~follows)
    known = np.maximum.accumulate(np.where(depends & follows, 0, np.arange(len(begins))))
    serves_next = serves_next[known]
    has_record = follows & np.append(False, serves_next[:-1])
    serves_before = (place > 0) & ~has_record & (is_far | is_end)
    chosen = np.stack([serves_before, serves_next], axis=1).ravel()
    places = np.stack([place, place + 1], axis=1).ravel()
    is_late = np.tile(np.array([True, False]), len(begins))
    return np.repeat(which, 2)[chosen], places[chosen], is_late[chosen]
