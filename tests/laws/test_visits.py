"""Laws of visits (S40, S41): each due test is in one visit, and a suggested day is open, in time and the last such."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import given, reject
from hypothesis import strategies as st

from lemtrada_schedule import Clinic, Plan, Protocol, ScheduleError, Visit, plan_treatment
from lemtrada_schedule.plan.activities import SeriesActivity, WindowActivity
from lemtrada_schedule.protocol.actions import Action, SeriesAction, WindowAction
from tests.oracle.us_holidays import us_holidays, us_ma_holidays
from tests.support.plan_strategies import OWN, WEEKDAYS, Case, cases, pick, shipped

ONE_DAY: Final = timedelta(days=1)
LAST_START: Final = date(2060, 12, 31)
"""Tests run on for four years after some courses, and the holidays of those years must be known."""

FIRST_YEAR: Final = 1999
"""A course may begin on 1 January 2000; its baseline tests are due the day before."""

HOLIDAYS: Final = {None: frozenset[date](), "MA": frozenset(us_ma_holidays(FIRST_YEAR)),
                   "US": frozenset(us_holidays(FIRST_YEAR))}  # fmt: skip

R2: Final = pick("us-2024-05-r2", "eu-2020-01-r2").map(shipped)


def grouped(protocol: Protocol) -> Protocol:
    """Return a protocol of one's own whose series and windows are one visit group."""
    actions = [_in_group(one) for one in protocol.actions]
    return protocol.model_copy(update={"id": "grouped", "actions": actions, "neutral_titles": None})


def _in_group(action: Action) -> Action:
    if isinstance(action, SeriesAction | WindowAction):
        return action.model_copy(update={"visit": "one-group"})
    return action


@st.composite
def asked(draw: st.DrawFn) -> tuple[Case, Protocol, Clinic]:
    """Return a question, its protocol and a clinic, at times with a laboratory and days for results."""
    case = draw(cases(st.one_of(R2, R2, OWN), last=LAST_START))
    fields: dict[str, Any] = {"results_days": draw(pick(0, 0, 1, 7, 14))}
    if weekdays := draw(st.lists(pick(*WEEKDAYS), max_size=6, unique=True)):
        fields["laboratory"] = {"weekdays": weekdays}
    protocol = case.protocol.protocol
    try:
        clinic = case.clinic.noun().model_copy(update=fields)
    except ScheduleError:
        reject()
    return case, grouped(protocol) if draw(st.booleans()) else protocol, clinic


def planned(case: Case, protocol: Protocol, clinic: Clinic) -> Plan:
    """Return the plan of a question that has one."""
    try:
        return plan_treatment(protocol, clinic, not_before=case.not_before, courses=case.courses)
    except ScheduleError:
        reject()


def due_days(plan: Plan, protocol: Protocol) -> dict[str, date]:
    """Return every test that is due on a day, from the activities of the plan; windows by their last day."""
    windows = {one.id for one in protocol.actions if isinstance(one, WindowAction) and one.visit}
    found: dict[str, date] = {}
    for one in plan.activities:
        if isinstance(one, SeriesActivity):
            found |= {f"{one.id}/{number}": due for number, due in enumerate(one.dates, start=1)}
            if one.baseline and not one.baseline.done:
                found[f"{one.id}/baseline"] = one.baseline.due
        if isinstance(one, WindowActivity) and one.action in windows and one.last_day:
            found[one.id] = one.last_day
    return found


@given(asked())
def test_each_test_that_is_due_is_in_exactly_one_visit_on_its_day(question: tuple[Case, Protocol, Clinic]) -> None:
    case, protocol, clinic = question
    plan = planned(case, protocol, clinic)
    due = due_days(plan, protocol)
    assert Counter(test for one in plan.visits for test in one.tests) == dict.fromkeys(due, 1)
    windows = {one.id for one in plan.activities if isinstance(one, WindowActivity)}
    for visit in plan.visits:
        for test in visit.tests:
            assert due[test] >= visit.due if test in windows else due[test] == visit.due
        assert visit.because.result == visit.due or set(visit.tests) <= windows
    assert len({one.id for one in plan.visits}) == len(plan.visits)
    assert len({(one.group, one.due) for one in plan.visits}) == len(plan.visits)


def open_days(clinic: Clinic, first: date, last: date) -> list[date]:
    """Return the days on which a visit can be made, from the calendar and the holidays of the oracle."""
    known = HOLIDAYS[clinic.subdivision or clinic.country]
    weekdays = clinic.laboratory.weekdays if clinic.laboratory else [one.day for one in clinic.opening_hours]
    shut, extra = {one.date for one in clinic.closures}, {one.date for one in clinic.extra_open}
    days = [first + ONE_DAY * step for step in range((last - first).days + 1)]
    return [
        one for one in days
        if one in extra or (WEEKDAYS[one.weekday()] in weekdays and one not in shut and one not in known)
    ]  # fmt: skip


def gaps(plan: Plan) -> dict[str, int]:
    """Return how many days lie between each date of a series and the one before it, or its anchor."""
    found: dict[str, int] = {}
    for one in plan.activities:
        if isinstance(one, SeriesActivity):
            before = [one.because.anchor_day, *one.dates]
            found |= {f"{one.id}/{n}": (due - before[n - 1]).days for n, due in enumerate(one.dates, start=1)}
    return found


def is_eve(plan: Plan, visit: Visit) -> bool:
    """Return whether a visit holds a baseline that is due on the eve, and not on a draw that serves."""
    series = {one.id: one for one in plan.activities if isinstance(one, SeriesActivity)}
    ids = [test.removesuffix("/baseline") for test in visit.tests if test.endswith("/baseline")]
    found = [series[one].baseline for one in ids]
    return any(one is not None and one.because.anchor_kind == "first-infusion" for one in found)


def serves(visit: Visit) -> bool:
    return any(test.endswith("/baseline") for test in visit.tests)


def due_before(plan: Plan, visit: Visit, visits: Sequence[Visit]) -> date:
    """Return the due day before a visit in its group, by the words of S41."""
    windows = {one.id for one in plan.activities if isinstance(one, WindowActivity)}
    counted = [one for one in visits if one.group == visit.group and not set(one.tests) <= windows]
    if is_eve(plan, visit):
        counted = [one for one in counted if not serves(one)]
    return max([one.due for one in counted if one.due < visit.due], default=date.min)


@given(asked())
def test_a_suggested_day_is_open_in_time_and_the_last_such_day(question: tuple[Case, Protocol, Clinic]) -> None:
    case, protocol, clinic = question
    plan = planned(case, protocol, clinic)
    between = gaps(plan)
    firsts = {course.number: course.first_day for course in plan.courses}
    for visit in plan.visits:
        last = visit.due
        for test in (one for one in visit.tests if one.endswith("/baseline")):
            number = test.split("/")[1].removeprefix("course-")
            course = firsts[1 if number == "treatment" else int(number)]
            last = min(last, course - ONE_DAY * clinic.results_days)
        if visit.suggested is None:
            assert visit.not_suggested == "no-open-day"
            continue
        assert visit.not_suggested is None
        assert visit.suggested <= last
        assert due_before(plan, visit, plan.visits) < visit.suggested
        # Nothing later is open, so this is the last day.
        assert open_days(clinic, visit.suggested, last) == [visit.suggested]
        for test in visit.tests:
            if test in between:  # then a test on the suggested day is done (S42)
                assert (visit.due - visit.suggested).days <= between[test] // 2


@given(asked(), st.sampled_from(["1 month", "3 months", "6 weeks", "10 days", "1 year"]))
def test_a_test_more_renumbers_no_visit(question: tuple[Case, Protocol, Clinic], every: str) -> None:
    """Months win on a shared day, and a course over the treatment: visits by a course's months keep their ids."""
    case, protocol, clinic = question
    cite = protocol.sources[0].id
    series = [one for one in protocol.actions if isinstance(one, SeriesAction)]
    groups = sorted({one.visit for one in series if one.visit})
    more = SeriesAction.model_validate({"id": "more", "kind": "series", "every": every, "cite": cite,
                                        "visit": groups[0] if groups else None})  # fmt: skip
    months = {one.id for one in series if not one.every.is_exact and one.per != "treatment"}
    before = planned(case, protocol, clinic)
    after = planned(case, protocol.model_copy(update={"actions": [more, *protocol.actions]}), clinic)
    named = {one.id: one.due for one in before.visits if {test.split("/")[0] for test in one.tests} & months}
    found = {one.id: one.due for one in after.visits}
    assert {name: found.get(name) for name in named} == named
