"""Apply recorded test results to a plan: end a prophylaxis, mark a baseline as done (S21, S22, S42)."""

import datetime as dt
from collections.abc import Sequence

from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.plan.activities import Activity, Baseline, PeriodActivity, SeriesActivity
from lemtrada_schedule.protocol.actions import Action, OpenUntil, PeriodAction
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import Observation
from lemtrada_schedule.records.recorded_tests import RecordedTests, RequiredTest

__all__ = ["ended", "with_observations"]


def with_observations(
    activities: Sequence[Activity], protocol: Protocol, tests: RecordedTests, as_of: dt.date
) -> tuple[Activity, ...]:
    """Return activities with the tests on record up to a day: periods that have ended, baselines that are done."""
    actions = {action.id: action for action in protocol.actions}
    with_baselines = _with_baselines_done(activities, tests, as_of)
    return tuple(_with_end(activity, actions[activity.action], tests, as_of) for activity in with_baselines)


def _with_end(activity: Activity, action: Action, tests: RecordedTests, as_of: dt.date) -> Activity:
    if isinstance(activity, PeriodActivity) and isinstance(action, PeriodAction) and (rule := action.open_until):
        return ended(activity, rule, tests, as_of)
    return activity


def ended(period: PeriodActivity, rule: OpenUntil, tests: RecordedTests, as_of: dt.date) -> PeriodActivity:
    """Return a period that stays open until an observation, with its end if that is on record up to a day (S22)."""
    known = [seen for seen in tests.by_kind.get(rule.observation, ()) if seen.date <= as_of]
    return _closed(period, rule, known) if tests.may_close_periods else period


def _with_baselines_done(activities: Sequence[Activity], tests: RecordedTests, as_of: dt.date) -> tuple[Activity, ...]:
    """Return activities with each baseline that a record serves due on the day of the record (S21, S42)."""
    series = [activity for activity in activities if isinstance(activity, SeriesActivity)]
    asked = sorted(((one, one.baseline) for one in series if one.baseline), key=lambda pair: pair[1].last_day)
    required = [RequiredTest(one.action, baseline.first_day, baseline.last_day) for one, baseline in asked]
    days = tests.baseline_days(required, as_of)
    done = {
        one.id: one.model_copy(update={"baseline": _done(baseline, day)})
        for (one, baseline), day in zip(asked, days, strict=True)
        if day
    }
    return tuple(done.get(one.id, one) for one in activities)


def _closed(period: PeriodActivity, rule: OpenUntil, known: Sequence[Observation]) -> PeriodActivity:
    """Return a period that stays open until an observation, closed by it where that is on record (S22).

    It ends on the later of its earliest end and the observation; a value below the threshold on or before
    that end opens it again.
    """
    last_infusion, earliest_end = period.because.anchor_day, period.earliest_end
    if earliest_end is None or period.provisional:
        return period
    closing: Observation | None = None
    end = earliest_end
    for seen in sorted(
        known, key=lambda seen: (seen.date, -(seen.value or 0))
    ):  # of several on one day, the lowest count is taken last
        if seen.value is None or seen.date <= last_infusion:
            continue
        if seen.value < rule.at_least:
            closing = None if seen.date <= end else closing
        elif closing is None:
            closing, end = seen, max(earliest_end, seen.date)
    if closing is None:
        return period
    anchor = Anchor("observation", name=f"{rule.observation} of at least {rule.at_least} {rule.unit}")
    because = _on_record(anchor, closing.date, period.because)
    return period.model_copy(
        update={"last_day": end, "because": because if closing.date > earliest_end else period.because}
    )


def _done(baseline: Baseline, day: dt.date) -> Baseline:
    """Return a baseline that was done on a day."""
    because = _on_record(Anchor("test-on-record"), day, baseline.because)
    return baseline.model_copy(update={"due": day, "done": True, "because": because})


def _on_record(anchor: Anchor, day: dt.date, because: Derivation) -> Derivation:
    update = {**anchor.fields(), "anchor_day": day, "offset": "", "rounding": "exact", "result": day}
    return because.model_copy(update=update)
