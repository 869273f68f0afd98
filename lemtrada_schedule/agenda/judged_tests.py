"""What the records of one patient say about the tests of a treatment: done, missed, or unknown (S32, S42)."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from lemtrada_schedule.agenda.treatment import OnRecord, Treatment
from lemtrada_schedule.findings.finding import Finding
from lemtrada_schedule.judging.monitoring import monitored, overrides_of_dates
from lemtrada_schedule.judging.overrides import Overrides
from lemtrada_schedule.judging.rules.baselines import RULES
from lemtrada_schedule.judging.rules.case import Case
from lemtrada_schedule.judging.verdicts import TestState
from lemtrada_schedule.plan.activities import SeriesActivity, WindowActivity
from lemtrada_schedule.plan.visit_bounds import window_opens
from lemtrada_schedule.records.recorded_tests import RequiredTest

__all__ = ["NOT_JUDGED", "JudgedTests", "judged_tests"]


@dataclass(frozen=True, slots=True, repr=False)
class JudgedTests:
    """What is known about the tests of a treatment on a day."""

    dates: Mapping[tuple[str, int | None], Mapping[dt.date, TestState]]
    """The states of the due dates of each action and course that can be judged."""
    done: frozenset[str]
    """The ids of windows with a record of their test, and of series whose baseline is done."""
    missing: Mapping[tuple[str, int], bool]
    """The action and course of each window and baseline that closed without its record, and whether an override
    accepts it."""
    recorded: frozenset[str]
    """The actions whose tests would be on record if they were done."""
    recorded_from: dt.date | None = None
    """The first day from which this is true; `None`: always."""
    begun: int = 0
    """The highest course number on record; `missing` includes the courses up to it."""
    waived_to: Mapping[tuple[str, int | None], dt.date] = field(default_factory=dict)
    """For each action and course (`None`: every course), the day up to which overrides accept dates without a record.
    """

    def of_series(self, series: SeriesActivity) -> Mapping[dt.date, TestState]:
        """Return the states of the due dates of a series that can be judged."""
        return self.dates.get((series.action, series.course), {})

    def is_waived(self, series: SeriesActivity, day: dt.date) -> bool:
        """Return whether an override accepts that a date of a series has no record."""
        days = [self.waived_to.get((series.action, course)) for course in {series.course, None}]
        return any(accepted is not None and day <= accepted for accepted in days)

    def is_accepted(self, activity: SeriesActivity | WindowActivity, closes: dt.date) -> bool | None:
        """Return whether an override accepts that a baseline or window closed without a record.

        `None`: it is unknown whether it was done.
        """
        course = activity.course or 1
        if course <= self.begun:
            return self.missing.get((activity.action, course))
        return None if self.recorded_from and closes < self.recorded_from else False


NOT_JUDGED: Final = JudgedTests({}, frozenset(), {}, frozenset())
"""Nothing is known about any test."""


def judged_tests(treatment: Treatment, grace_days: int) -> JudgedTests:
    """Return what the records of a patient say about the tests of a treatment.

    Args:
        treatment: The treatment.
        grace_days: How many days after its date a test is still on time.
    """
    record = treatment.record
    if record is None:
        return NOT_JUDGED
    overrides = overrides_of_dates(record.history, record.tests, treatment.as_of)
    waived_to = {key: one.on for key, one in overrides.items()}
    if not record.tests.are_recorded:
        return replace(NOT_JUDGED, waived_to=waived_to)
    case = _case(treatment, record, grace_days)
    asked = [one for one in treatment.parts.activities if isinstance(one, SeriesActivity | WindowActivity)]
    verdicts = [one.verdict for one in case.monitored.judged]
    accepted = Overrides(record.history.overrides, record.tests)
    is_unread = bool(record.tests.unreadable or record.history.unreadable)
    return JudgedTests(
        dates={(one.action, one.course): {date.due: date.state for date in one.dates} for one in verdicts},
        done=frozenset((*_baselines_done(record, asked), *_windows_done(treatment, record, asked))),
        missing={
            (one.test or "", one.course or 1): accepted.of(one) is not None for one in _closed_without_record(case)
        },
        recorded=frozenset() if is_unread else frozenset(one.action for one in asked if _is_recorded(one, record)),
        recorded_from=record.tests.recorded_from,
        begun=record.state.begun,
        waived_to=waived_to,
    )


def _case(treatment: Treatment, record: OnRecord, grace_days: int) -> Case:
    """Return the input of the rules, as for `evaluate`, but with the decisions that the plan was made with."""
    history, given, tests, as_of = record.history, record.state.given, record.tests, treatment.as_of
    results = monitored(history, treatment.rules, given, tests, as_of=as_of, grace_days=grace_days)
    return Case(history, treatment.rules, as_of, None, 0, given, tests, (), results)


def _closed_without_record(case: Case) -> Iterator[Finding]:
    """Yield a finding for each baseline and window of a course on record that should have a record but has none."""
    yield from (answer for rule in RULES for answer in rule.answers(case) if isinstance(answer, Finding))


def _is_recorded(activity: SeriesActivity | WindowActivity, record: OnRecord) -> bool:
    """Return whether the source records this test for the patient (S32)."""
    is_own = activity.applies_to is not None and activity.action in record.tests.by_kind
    return is_own or activity.action in record.tests.named


def _baselines_done(record: OnRecord, asked: Sequence[SeriesActivity | WindowActivity]) -> Iterator[str]:
    """Yield the id of each series whose baseline is on record; one record serves one baseline."""
    known = record.tests.by_kind
    pairs = [(one, one.baseline) for one in asked if isinstance(one, SeriesActivity) and one.baseline]
    in_order = sorted((pair for pair in pairs if pair[0].action in known), key=lambda pair: pair[1].last_day)
    required = [RequiredTest(one.action, baseline.first_day, baseline.last_day) for one, baseline in in_order]
    days = record.tests.baseline_days(required, record.state.as_of)
    yield from (one.id for (one, _), day in zip(in_order, days, strict=True) if day)


def _windows_done(
    treatment: Treatment, record: OnRecord, asked: Sequence[SeriesActivity | WindowActivity]
) -> Iterator[str]:
    """Yield the id of each window in which its test is on record."""
    for one in asked:
        if isinstance(one, WindowActivity) and one.action in record.tests.by_kind:
            closes = min(one.last_day or treatment.as_of, treatment.as_of)
            required = RequiredTest(one.action, window_opens(one, treatment.parts.courses), closes)
            if any(map(required.accepts, record.tests.days(one.action))):
                yield one.id
