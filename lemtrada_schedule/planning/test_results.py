"""Apply recorded test results to a plan: end a prophylaxis, mark a baseline as done (S21, S22)."""

import datetime as dt
from collections.abc import Mapping, Sequence

from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.plan.activities import Activity, Baseline, PeriodActivity, SeriesActivity
from lemtrada_schedule.protocol.actions import Action, OpenUntil, PeriodAction
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import Observation
from lemtrada_schedule.records.recorded_tests import RecordedTests

__all__ = ["with_observations"]


def with_observations(
    activities: Sequence[Activity], protocol: Protocol, tests: RecordedTests, as_of: dt.date
) -> tuple[Activity, ...]:
    """Return activities as the tests on record by a day leave them."""
    actions = {action.id: action for action in protocol.actions}
    return tuple(_observed(activity, actions, tests, as_of) for activity in activities)


def _observed(activity: Activity, actions: Mapping[str, Action], tests: RecordedTests, as_of: dt.date) -> Activity:
    action = actions[activity.action]
    if isinstance(activity, PeriodActivity) and isinstance(action, PeriodAction) and (rule := action.open_until):
        known = [seen for seen in tests.by_kind.get(rule.observation, ()) if seen.date <= as_of]
        return _closed(activity, rule, known) if tests.may_close_periods else activity
    if isinstance(activity, SeriesActivity) and activity.baseline:
        done = [day for day in tests.days(activity.action) if day <= as_of]
        baseline = _satisfied(activity.baseline, done)
        return activity.model_copy(update={"baseline": baseline}) if baseline is not activity.baseline else activity
    return activity


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
    ):  # of one day, the low count has the last word
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


def _satisfied(baseline: Baseline, done: Sequence[dt.date]) -> Baseline:
    """Return a baseline that is due when it was done, where a test in its window is on record (S21)."""
    first_day = baseline.first_day or dt.date.min
    inside = [day for day in done if first_day <= day <= baseline.last_day]
    if not inside:
        return baseline
    because = _on_record(Anchor("test-on-record"), max(inside), baseline.because)
    return baseline.model_copy(update={"due": max(inside), "done": True, "because": because})


def _on_record(anchor: Anchor, day: dt.date, because: Derivation) -> Derivation:
    update = {**anchor.fields(), "anchor_day": day, "offset": "", "rounding": "exact", "result": day}
    return because.model_copy(update=update)
