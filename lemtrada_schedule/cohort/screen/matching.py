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


def matched(series: Series, records: Array) -> Matched:
    """Return the states of the due dates.

    Args:
        series: The series of the test.
        records: Patient and day of each record as one number, sorted, each once; none is after the patient's date of
            the question.
    """
    count = len(series.patient)
    which, day = _of_series(series, records)
    gap = _longest_gaps(series, which, day)
    served, is_late = _served(series, which, day)
    which, place = served >> DAY_BITS, served & DAY
    late_at = np.flatnonzero(is_late)
    late_in = which[late_at]
    late = np.bincount(late_in, minlength=count)
    highest, latest_late = np.zeros(count, np.int64), np.zeros(count, np.int64)
    highest[which] = place  # sorted: the last one stays
    latest_late[late_in] = place[late_at]
    counts = np.bincount(which, minlength=count)
    first = np.cumsum(counts) - counts
    rank = np.arange(1, len(served) + 1) - first[which]
    leading = np.bincount(which[np.flatnonzero(place == rank)], minlength=count)
    is_last_done = np.zeros(count, bool)
    is_last_done[which[np.flatnonzero(place == series.due[which])]] = True
    is_ahead = highest > series.due
    is_open = (series.due > 0) & ~is_last_done
    last_is_missed = is_open & (is_ahead | series.is_over)
    is_still_open = is_open & ~last_is_missed
    return Matched(
        done=counts - late - is_ahead,  # only one date after the date of the question can be served
        late=late,
        missed=series.due - (counts - is_ahead) - is_still_open,
        overdue=is_still_open & series.is_past,
        longest_gap=gap,
        highest=highest,
        lowest_open=leading + 1,
        last_is_missed=last_is_missed,
        latest_late=latest_late,
    )


def _of_series(series: Series, records: Array) -> tuple[Array, Array]:
    """Return the series of each record that belongs to one, and the record's day."""
    if not len(series.patient):
        return records[:0], records[:0]
    patient, day = records >> DAY_BITS, records & DAY
    begins = np.append(-1, (series.patient << DAY_BITS) | series.anchor)
    place = series.up_to[patient - series.begin]  # in `begins`, of the patient's last series
    early = np.flatnonzero(begins[place] >= records)
    while len(early):  # go back, one course after another, to the series that begins before the record
        place[early] -= 1
        early = early[begins[place[early]] >= records[early]]
    which = place - 1
    is_own = (which >= 0) & (series.patient[which] == patient) & (day <= series.closes[which])
    own = np.flatnonzero(is_own)
    return which[own], day[own]


def _longest_gaps(series: Series, which: Array, day: Array) -> Array:
    gaps = np.zeros(len(series.patient), np.int64)
    if len(which):
        begins = _changes(which)
        since = np.diff(day, prepend=0)
        since[begins] = day[begins] - series.anchor[which[begins]]
        np.maximum.at(gaps, which, since)
    return gaps


def _changes(values: Array) -> Array:
    """Return the places of the first value and of those that differ from the one before; there is a value."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1]))


def _served(series: Series, which: Array, day: Array) -> tuple[Array, Array]:
    """Return the due dates with a record, sorted, and whether each was met late.

    A due date is one number here: its series, and in the low bits its place, which needs no more bits than a day.
    """
    place, before, after = series.every.around(series.start[which], day)
    size = series.size[which]
    date = (which << DAY_BITS) | place
    # The last due date takes records up to the day before another one would be due; later ones serve no date.
    is_beyond = (place > size) | ((place == size) & (day == after))
    if is_beyond.any():
        kept = np.flatnonzero(~is_beyond)
        date, day, before, after, size = (part[kept] for part in (date, day, before, after, size))
    if not len(date):
        return date, date.astype(bool)
    begins = _changes(date)
    ends = np.append(begins[1:], len(date)) - 1
    date, before, after, size = date[begins], before[begins], after[begins], size[begins]
    place, span = date & DAY, after - before
    is_far, is_near = after - day[begins] > span // 4, after - day[ends] <= span // 2
    is_end = place == size  # after the last due date, no other one comes near
    is_near &= ~is_end
    follows = np.append(False, date[1:] - date[:-1] == 1)
    depends = (begins == ends) & is_far & is_near & (place > 0)
    known = np.maximum.accumulate(np.where(depends & follows, 0, np.arange(len(begins))))
    serves_next = (is_near & ~depends)[known]  # a date that depends on the one before has the same answer
    has_record = follows & np.append(False, serves_next[:-1])
    serves_before = (place > 0) & ~has_record & (is_far | is_end)
    chosen = np.flatnonzero(np.stack([serves_before, serves_next], axis=1))  # in the order of their dates
    return date[chosen >> 1] + (chosen & 1), (chosen & 1) == 0
