"""Laws of monitoring (S42): whose record it is, what one more record changes, and when the answer changes by itself."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from lemtrada_schedule import Evaluation, Observation, evaluate, plan_treatment
from lemtrada_schedule.judging.verdicts import TestDate
from lemtrada_schedule.plan.activities import SeriesActivity
from tests.oracle.monitoring import findings_of_tests, future_observations
from tests.support import history_laws as laws
from tests.support.histories import EVERY_DAY, day, history, run
from tests.support.monitoring_strategies import Monitored, monitored_patients
from tests.support.plan_strategies import ONE_DAY, shipped

Key = tuple[str, int | None, date]
"""A test, the course it is counted from, and a due date."""


def dates(evaluation: Evaluation) -> dict[Key, TestDate]:
    return {(one.action, one.course, each.due): each for one in evaluation.monitoring for each in one.dates}


def became(evaluation: Evaluation) -> list[Mapping[str, Any]]:
    return [one.model_dump() | {"dates": [each.model_dump() for each in one.dates]} for one in evaluation.monitoring]


# --- the oracle --------------------------------------------------------------------------------------


@given(monitored_patients())
def test_S42_what_became_of_each_date_is_what_the_oracle_works_out(case: Monitored) -> None:
    expected = case.expected
    event("judged" if expected else "not judged")
    assert became(case.judged()) == expected


@given(monitored_patients())
def test_S42_the_findings_are_those_of_the_oracle(case: Monitored) -> None:
    rules, seen = case.protocol.rules, case.tests.observations
    expected = [*findings_of_tests(case.expected), *future_observations(rules, seen, case.as_of)]
    codes = {"test-overdue", "test-missed", "test-late", "observation-in-future"}
    found = [one for one in case.judged().findings if one.code in codes]
    assert Counter((one.code, one.severity, one.course, one.test) for one in found) == Counter(
        (one.code, one.severity, one.course, one.test) for one in expected
    )
    for one in expected:
        (same,) = [each for each in found if (each.code, each.severity, each.course, each.test) == one[:4]]
        assert same.day == (one.days[-1] if one.code == "test-late" else one.days[0])
        assert one.code == "test-overdue" or f" {len(one.days)} " in same.message


# --- records -----------------------------------------------------------------------------------------


@given(monitored_patients(), st.randoms())
def test_S42_the_order_of_records_changes_nothing(case: Monitored, random: Any) -> None:
    shuffled = list(case.history.observations)
    random.shuffle(shuffled)
    assert case.judged(observations=tuple(shuffled)) == case.judged()


@given(monitored_patients())
def test_S42_a_record_serves_one_date_of_a_test_at_most(case: Monitored) -> None:
    """Neither two dates of one course, nor dates of two courses."""
    for action in {one.action for one in case.judged().monitoring}:
        own = [one for one in case.judged().monitoring if one.action == action]
        served = [each.done_on for one in own for each in one.dates if each.done_on]
        assert len(served) == len(set(served))
        assert set(served) <= {one["date"] for one in case.tests.observations}


@given(monitored_patients(), st.data())
def test_S42_a_test_on_its_due_day_is_done(case: Monitored, data: st.DataObject) -> None:
    past = [key for key in dates(case.judged()) if key[2] <= min(case.as_of, date(2099, 12, 31))]
    assume(past)
    action, course, due = data.draw(st.sampled_from(past))
    more = (*case.history.observations, Observation(date=due, code=action))
    assert dates(case.judged(observations=more))[action, course, due].state == "done"


@given(monitored_patients(), st.data())
def test_S42_one_more_record_makes_no_date_worse(case: Monitored, data: st.DataObject) -> None:
    """A served date stays served, and is not later; one without a record can only be served, or be missed sooner."""
    before = case.judged()
    keys = list(dates(before))
    assume(keys)
    action, _, due = data.draw(st.sampled_from(keys))
    added = due + data.draw(st.integers(-40, 40)) * ONE_DAY
    assume(date(2000, 1, 1) <= added <= case.as_of)
    after = dates(case.judged(observations=(*case.history.observations, Observation(date=added, code=action))))
    for key, was in dates(before).items():
        now = after[key]
        if was.done_on:
            assert now.done_on
            assert (now.days_late or 0) <= (was.days_late or 0)
        elif not now.done_on:
            assert now.state == was.state or (was.state in {"due", "overdue"} and now.state == "missed")


MONTHS: Final = [date(2025 + month // 12, month % 12 + 1, 7) for month in range(3, 21)]
"""The due dates after course 1, 3 to 7 March 2025."""


@st.composite
def on_schedule(draw: st.DrawFn) -> dict[date, date]:
    """Return for some due dates a day from a quarter of the interval before it up to three quarters after it."""
    days: dict[date, date] = {}
    for before, due, following in zip([date(2025, 3, 7), *MONTHS], MONTHS, MONTHS[1:], strict=False):
        early, late = (due - before).days // 4, (following - due).days // 4
        if draw(st.integers(0, 3)):
            days[due] = due + draw(st.integers(-early, (following - due).days - late - 1)) * ONE_DAY
    return days


@given(on_schedule(), st.sampled_from([0, 3]))
def test_S42_one_missed_test_never_makes_a_later_one_late(days: Mapping[date, date], grace_days: int) -> None:
    """Each date keeps its own record, whichever others are missing."""
    observations = [{"date": done, "code": "blood-count"} for done in days.values()]
    given_then = history(run("2025-03-03", 5), observations=observations, tests_recorded=["blood-count"])
    evaluation = evaluate(given_then, shipped("us-2024-05-r2").protocol, as_of=day("2026-09-06"), grace_days=grace_days)
    for one in evaluation.monitoring[0].dates[:-1]:
        done = days.get(one.due)
        late = (done - one.due).days if done else 0
        expected = "missed" if done is None else "late" if late > grace_days else "done"
        if one.due >= MONTHS[-2] and done is None:
            expected = "overdue"
        assert (one.state, one.done_on) == (expected, done)


# --- due dates ---------------------------------------------------------------------------------------


@given(monitored_patients())
def test_S20_tests_are_judged_on_the_dates_that_a_plan_lists(case: Monitored) -> None:
    """Up to the day of asking, and as far as a plan lists a test that has no end."""
    evaluation = case.judged()
    assume(evaluation.monitoring and case.as_of < date(2095, 1, 1))
    plan = plan_treatment(
        case.protocol.protocol, EVERY_DAY, not_before=case.as_of + ONE_DAY, history=case.history, as_of=case.as_of,
        courses=max(2, len(evaluation.courses), *(one.number for one in evaluation.courses)),
    )  # fmt: skip
    listed = {(one.action, one.course): one for one in plan.activities if isinstance(one, SeriesActivity)}
    for one in evaluation.monitoring:
        series = listed[one.action, one.course]
        until = min(case.as_of, max(series.dates, default=case.as_of)) if series.continuing else case.as_of
        recorded_from = case.tests.tests_recorded_from or date.min
        judged = [each.due for each in one.dates if each.due <= until]
        assert judged == [due for due in series.dates if recorded_from <= due <= until]


# --- the next change (S24) ---------------------------------------------------------------------------


@pytest.mark.sweep
@given(monitored_patients())
def test_S24_tests_change_the_answer_on_the_day_that_is_named_and_on_no_other(case: Monitored) -> None:
    last = date(2099, 12, 31)
    turn = case.judged().changes_on
    for middle in (case.as_of, turn or case.as_of + timedelta(40)):
        first, until = max(case.as_of, middle - 3 * ONE_DAY), min(middle + 3 * ONE_DAY, last)
        laws.changes_are_announced(case.judged, first, until)


@given(monitored_patients(), st.integers(1, 400))
def test_S24_until_the_day_that_is_named_nothing_changes(case: Monitored, later: int) -> None:
    now, then = case.judged(), case.as_of + later * ONE_DAY
    assume(then <= date(2099, 12, 31))
    if now.changes_on is None or then < now.changes_on:
        event("stays")
        assert laws.bare(case.judged(then)) == laws.bare(now)
    else:
        assert laws.bare(case.judged(now.changes_on)) != laws.bare(now)


def test_the_drawn_months_are_those_after_course_1() -> None:
    assert [str(one) for one in MONTHS[:3]] == ["2025-04-07", "2025-05-07", "2025-06-07"]
    assert all(28 <= (later - earlier).days <= 31 for earlier, later in pairwise(MONTHS))
