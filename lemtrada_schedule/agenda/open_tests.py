"""The open tests of a treatment on a day: each with its day, its state and its title (S43)."""

import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple, assert_never

from lemtrada_schedule.agenda.due_items import DueState
from lemtrada_schedule.agenda.judged_tests import JudgedTests
from lemtrada_schedule.agenda.treatment import Treatment
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.judging.verdicts import TestState
from lemtrada_schedule.plan.activities import (
    AfterInfusionActivity,
    Baseline,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.items import Recurrence

__all__ = ["OpenTest", "open_tests"]

_OPEN: Final[dict[TestState, DueState]] = {"due": "due", "overdue": "overdue", "missed": "missed"}
"""The states of open dates; tests that are done, late or waived are not open."""


class OpenTest(NamedTuple):
    """One test that may not have been done."""

    id: str
    """The id of the dated item, as visits name it: `blood-count/course-2/7`."""
    activity: SeriesActivity | WindowActivity
    day: dt.date
    """The day by which it is due."""
    state: DueState
    closes: dt.date | None = None
    """The last day on which a baseline or window can be done; `None`: no such day."""
    is_baseline: bool = False
    asked_until: dt.date | None = None
    """The last planned day of the course that a baseline or window comes before. `None`: it comes before no course, or
    that course has begun on record."""
    once_past: DueState = "overdue"
    """Its state after its day has passed, while it can still be done."""

    def __repr__(self) -> str:
        """Return the id: titles and days may be about a patient."""
        return f"OpenTest({self.id!r})"

    def on(self, day: dt.date, as_of: dt.date) -> "OpenTest":
        """Return the test as part of a visit on a day: a window done with the others is late after that day."""
        is_past = day < as_of and isinstance(self.activity, WindowActivity) and self.state == "due"
        return self._replace(state=self.once_past) if is_past else self

    def waits(self, as_of: dt.date) -> bool:
        """Return whether it is unknown if it was done before its course, and the course may still begin."""
        return self.state == "unrecorded" and self.asked_until is not None and as_of <= self.asked_until

    @property
    def title(self) -> str:
        """The full title, in clinical words."""
        return f"{self.activity.title}: baseline" if self.is_baseline else self.activity.title

    @property
    def because(self) -> Derivation | None:
        """Why it is due on its day."""
        activity = self.activity
        if isinstance(activity, WindowActivity):
            return activity.because or activity.begins_because
        if self.is_baseline and activity.baseline:
            return activity.baseline.because
        return Recurrence.of(activity).due(self.day)


def open_tests(treatment: Treatment, judged: JudgedTests, until: dt.date) -> Iterator[OpenTest]:
    """Yield each test due up to a day that may not have been done, and each overdue or missed one."""
    for activity in treatment.parts.activities:
        match activity:
            case SeriesActivity():
                yield from _dates(activity, treatment, judged, until)
                if activity.baseline:
                    yield from _baseline(activity, activity.baseline, treatment, judged)
            case WindowActivity():
                yield from _window(activity, treatment, judged)
            case PeriodActivity() | InfusionDaysActivity() | AfterInfusionActivity() | NoteActivity():
                pass  # no tests: a period is an item of its own, the others belong to infusion days or have no day
            case _ as never:
                assert_never(never)


def _dates(series: SeriesActivity, treatment: Treatment, judged: JudgedTests, until: dt.date) -> Iterator[OpenTest]:
    known, as_of = judged.of_series(series), treatment.as_of
    for ordinal, day in enumerate(series.dates, start=1):
        if day > until:
            return
        found = known.get(day)
        if found is None:
            state = None if judged.is_waived(series, day) else _unjudged(day, as_of)
        else:
            state = _OPEN.get(found)
        if state:
            yield OpenTest(f"{series.id}/{ordinal}", series, day, state)


def _unjudged(day: dt.date, as_of: dt.date) -> DueState:
    """Return the state of a test if it is unknown whether it was done (S43)."""
    return "due" if day >= as_of else "unrecorded"


def _baseline(
    series: SeriesActivity, baseline: Baseline, treatment: Treatment, judged: JudgedTests
) -> Iterator[OpenTest]:
    is_known = baseline.done and treatment.record is None  # else the records decide, not what the plan knew of them
    if is_known or series.id in judged.done:
        return
    day = baseline.last_day if baseline.done else baseline.due
    state = _closing(series, day, baseline.last_day, treatment, judged)
    if state:
        name, until = f"{series.id}/baseline", _asked_until(series, baseline.last_day, treatment)
        yield OpenTest(name, series, day, state, baseline.last_day, is_baseline=True, asked_until=until)


def _window(window: WindowActivity, treatment: Treatment, judged: JudgedTests) -> Iterator[OpenTest]:
    if window.id in judged.done:
        return
    if window.last_day:
        state = _closing(window, window.last_day, window.last_day, treatment, judged)
        day: dt.date | None = window.last_day
    else:  # it never closes: once it is open, it is due on any day
        is_open = window.first_day is not None and window.first_day < treatment.as_of
        day = treatment.as_of if is_open and window.action in judged.recorded else window.first_day
        state = _unjudged(day, treatment.as_of) if day else None
    if day and state:
        once_past: DueState = "overdue" if window.action in judged.recorded else "unrecorded"
        until = _asked_until(window, window.last_day, treatment) if window.last_day else None
        yield OpenTest(window.id, window, day, state, window.last_day, asked_until=until, once_past=once_past)


def _asked_until(activity: SeriesActivity | WindowActivity, closes: dt.date, treatment: Treatment) -> dt.date | None:
    """Return the last planned day of the course that a test closes before; `None` if the course is on record.

    A course begins when its first infusion is on record, not on the morning of its first planned day.
    """
    begun = treatment.record.state.begun if treatment.record else 0
    own = (course for course in treatment.parts.courses if begun < course.number == (activity.course or 1))
    return next((course.last_day for course in own if closes < course.first_day), None)


def _closing(
    activity: SeriesActivity | WindowActivity, day: dt.date, closes: dt.date, treatment: Treatment, judged: JudgedTests
) -> DueState | None:
    """Return the state of a test that has a last day and is not on record.

    Between its due day and its last day it is overdue, afterwards missed; if it is unknown whether it was done,
    `unrecorded`. `None`: an override accepts that it was not done.
    """
    if day >= treatment.as_of or activity.action not in judged.recorded:
        return _unjudged(day, treatment.as_of)
    if closes >= treatment.as_of:
        return "overdue"
    is_accepted = judged.is_accepted(activity, closes)
    if is_accepted is None:
        return "unrecorded"
    return None if is_accepted else "missed"
