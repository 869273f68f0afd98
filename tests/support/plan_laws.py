"""Invariants of plans as functions: each takes a case and its plan, and fails if the plan breaks the invariant.

The numbers are those of the labels, written down here by hand; every date comes from the oracle.
`test_invariants.py` checks them on drawn cases; `test_seeded_faults.py` checks that they notice planted faults.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from lemtrada_schedule import Derivation, NoFeasibleStart, Plan
from lemtrada_schedule.plan.activities import AfterInfusionActivity, PeriodActivity, SeriesActivity, WindowActivity
from tests.oracle import plan as oracle
from tests.oracle.months import Rounding, months_after
from tests.oracle.placing import first_block
from tests.support.plan_strategies import ONE_DAY, Case
from tests.support.planned import infusion_of, observation_of
from tests.support.strategies import FIRST_DAY, LAST_DAY

Law = Callable[[Case, Plan], None]

SEARCHED: Final = 366
# How the library begins its reason for each kind of closed day.
REASONS: Final = {
    "weekday": "closed on ",
    "hours": "open ",
    "holiday": "public holiday: ",
    "closure": "closed: Staff day",
    "booked": "fully booked: No chair",
}


def days_of(plan: Plan) -> list[list[date]]:
    """Return the planned days of each course."""
    return [[day.date for day in course.days] for course in plan.courses]


def series_of(plan: Plan, action: str | None = None) -> list[SeriesActivity]:
    """Return the series of a plan, of one action where it is named."""
    found = [activity for activity in plan.activities if isinstance(activity, SeriesActivity)]
    return [series for series in found if action in (None, series.action)]


# --- courses ---------------------------------------------------------------------------------


def i01_course_lengths(case: Case, plan: Plan) -> None:
    """Five days, then three; a user's own protocol says its own."""
    lengths = [len(days) for days in days_of(plan)]
    if case.protocol.is_shipped:
        expected = [5, 3, 3, 3][: case.courses]
    else:
        expected = [oracle.course_rule(case.protocol.rules, k + 1)["infusion_days"] for k in range(case.courses)]
    assert expected == lengths


def i02_days_are_consecutive(_case: Case, plan: Plan) -> None:
    """Inside a course one day follows the other, and no day is planned twice."""
    for course in plan.courses:
        days = [day.date for day in course.days]
        assert [first + ONE_DAY for first in days[:-1]] == days[1:]
        assert (days[0], days[-1]) == (course.first_day, course.last_day)
        assert [day.number for day in course.days] == list(range(1, len(days) + 1))
    every = [day for days in days_of(plan) for day in days]
    assert sorted(set(every)) == every


def i03_days_are_open_and_not_early(case: Case, plan: Plan) -> None:
    """No course lies on a closed day, and none before what was asked for."""
    for days in days_of(plan):
        assert [case.why_closed(day) for day in days] == [None] * len(days)
        assert days[0] >= case.not_before


def i04_interval_is_kept(case: Case, plan: Plan) -> None:
    """A label's course lies at least 12 months after the last infusion of the course before."""
    for before, course in pairwise(plan.courses):
        if case.protocol.is_shipped:
            earliest = months_after(before.days[-1].date, 12, "later")
        else:
            rule = oracle.course_rule(case.protocol.rules, course.number)
            ends = oracle.Anchors(before.days[0].date, before.days[-1].date)
            anchor = oracle.offset_day(rule["counted_from"], ends, "later")
            earliest = oracle.span_after(anchor, rule["minimum_interval"], "later")
        assert course.earliest == earliest
        assert course.first_day >= earliest


def i05_no_start_is_needlessly_late(case: Case, plan: Plan) -> None:
    """The first block that fits is taken, and every start passed over met a closed day, told with its reason."""
    for course in plan.courses:
        found = first_block(case.why_closed, len(course.days), course.earliest, SEARCHED)
        assert found is not None
        first_day, passed_over = found
        assert first_day == course.first_day
        assert passed_over == [(one.first_day, one.closed_day) for one in course.passed_over]
        for one in course.passed_over:
            why = case.why_closed(one.closed_day)
            assert why is not None
            assert one.reason.startswith(REASONS[why])
        wanted = course.recommended or course.earliest
        assert course.drift_days == (course.first_day - wanted).days


# --- what follows from the infusions ---------------------------------------------------------


def i12_contraception(case: Case, plan: Plan) -> None:
    """To the day 4 months after the last infusion of each course: 120 to 123 days; merged where they touch."""
    action = next(action for action in case.protocol.rules["actions"] if action["id"] == "contraception")
    single = []
    for days in days_of(plan):
        if case.protocol.is_shipped:
            end = months_after(days[-1], 4, "later")
            assert 120 <= (end - days[-1]).days <= 123
        else:
            end = oracle.offset_day(action["ends"], oracle.Anchors(days[0], days[-1]), "later")
        single.append((days[0], end))
    assert oracle.merged(single) == [(period.first_day, period.last_day) for period in plan.contraception]


def i13_monthly_series(_case: Case, plan: Plan) -> None:
    """Within a course: rising, 28 to 31 days apart, the first a month after the last infusion, to 48 months after."""
    for series in series_of(plan):
        rising = list(pairwise(series.dates))
        assert all(first < second for first, second in rising)
        if str(series.every) != "1 month":
            continue
        assert all(28 <= (second - first).days <= 31 for first, second in rising)
        if series.course is None or series.ends_because.offset not in ("", "+ 48 months"):
            continue
        last_infusion = plan.courses[series.course - 1].days[-1].date
        assert series.dates[:1] == (months_after(last_infusion, 1, "earlier"),)[: len(series.dates)]
        if series.course == len(plan.courses) and series.ends_because.offset:
            end = months_after(last_infusion, 48, "later")
            assert len(series.dates) == 48
            assert series.dates[-1] <= end < months_after(last_infusion, 49, "earlier")
        following = plan.courses[series.course : series.course + 1]
        due = months_after(last_infusion, len(series.dates) + 1, "earlier")
        assert all(not series.dates or series.dates[-1] <= course.first_day for course in following)
        assert all(due > course.first_day for course in following if len(series.dates) < 48)


Triple = tuple[int, int, int]


def exact(day: date, months: int) -> Triple:
    """Return year, month and day so many months on, whether or not there is such a day."""
    years, month = divmod(day.month - 1 + months, 12)
    return day.year + years, month + 1, day.day


def triple(day: date) -> Triple:
    """Return a day as a triple."""
    return day.year, day.month, day.day


def is_never_late(day: date, wanted: Triple) -> bool:
    """Whether a day is the last one that is not after what was wanted."""
    return triple(day) <= wanted < triple(day + ONE_DAY)


def is_never_early(day: date, wanted: Triple) -> bool:
    """Whether a day is the first one that is not before what was wanted."""
    return triple(day - ONE_DAY) < wanted <= triple(day)


def i14_directions(case: Case, plan: Plan) -> None:
    """Minimum intervals and ends of periods are never early, due dates never late; both as tight as can be."""
    if case.protocol.is_shipped:
        for before, course in pairwise(plan.courses):
            assert is_never_early(course.earliest, exact(before.days[-1].date, 12))
        months = {"contraception": 4, "breastfeeding": 4, "herpes-prophylaxis": 2, "listeria-diet": 1}
        if case.protocol.rules["id"] == "eu":
            months["herpes-prophylaxis"] = 1
        for period in plan.activities:
            if isinstance(period, PeriodActivity) and period.action in months and period.course:
                last_infusion = plan.courses[period.course - 1].days[-1].date
                end = period.last_day or period.earliest_end
                assert end is not None
                assert is_never_early(end, exact(last_infusion, months[period.action]))
    steps = {"1 month": 1, "3 months": 3, "1 year": 12}
    for series in series_of(plan):
        anchor = plan.courses[(series.course or 1) - 1].days[-1].date
        if (every := str(series.every)) in steps:
            for k, due in enumerate(series.dates, start=1):
                assert is_never_late(due, exact(anchor, steps[every] * k))


def i14_windows_and_baselines(case: Case, plan: Plan) -> None:
    """A label's days before the first infusion: 42 for vaccinations, 30 for tests, and the eve."""
    if not case.protocol.is_shipped:
        return
    for activity in plan.activities:
        if isinstance(activity, WindowActivity):
            first = plan.courses[(activity.course or 1) - 1].days[0].date
            if activity.action == "vaccinations":
                assert (activity.first_day, activity.last_day) == (None, first - timedelta(days=42))
            else:
                assert (activity.first_day, activity.last_day) == (first - timedelta(days=30), first - ONE_DAY)
        if isinstance(activity, SeriesActivity) and activity.baseline:
            first = plan.courses[(activity.course or 1) - 1].days[0].date
            opens = None if activity.course is None else first - timedelta(days=30)
            assert (activity.baseline.first_day, activity.baseline.last_day) == (opens, first - ONE_DAY)
            before = [one.dates for one in series_of(plan, activity.action) if one.course == (activity.course or 0) - 1]
            serving = [due for dates in before for due in dates if 1 <= (first - due).days <= 14]
            assert activity.baseline.due == max(serving, default=first - ONE_DAY)


# --- clock time ------------------------------------------------------------------------------


def minutes_between(start: datetime, end: datetime) -> float:
    """Return the minutes that really pass between two instants."""
    return (end.astimezone(UTC) - start.astimezone(UTC)) / timedelta(minutes=1)


def i15_windows_are_elapsed_time(case: Case, plan: Plan) -> None:
    """Four hours of infusion and two of observation really pass, from the clinic's wall time on every day."""
    rule = case.protocol.rules["infusion_day"]
    minutes = rule["infusion_minutes"], rule["observation_minutes"]
    if case.protocol.is_shipped:
        assert minutes == (240, 120)
    zone = ZoneInfo(case.clinic.time_zone)
    for day in plan.infusion_days:
        infusion, observation = infusion_of(day), observation_of(day)
        assert infusion.start.time() == time.fromisoformat(case.clinic.infusion_starts)
        assert minutes_between(infusion.start, infusion.end) == minutes[0]
        assert minutes_between(observation.start, observation.end) == minutes[1]
        assert infusion.end.astimezone(UTC) == observation.start.astimezone(UTC)
        assert infusion.end.fold == observation.start.fold
        for moment in (infusion.start, infusion.end, observation.start, observation.end):
            assert moment.tzinfo is zone
            assert moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment.replace(tzinfo=None)


def i15_hours_after_an_infusion_are_elapsed(case: Case, plan: Plan) -> None:
    """They begin with the end of the infusion, and really pass."""
    hours = {action["id"]: action.get("hours") for action in case.protocol.rules["actions"]}
    for activity in plan.activities:
        if isinstance(activity, AfterInfusionActivity):
            ends = [infusion_of(day).end.astimezone(UTC) for day in plan.courses[(activity.course or 1) - 1].days]
            assert ends == [window.start.astimezone(UTC) for window in activity.windows]
            lengths = {minutes_between(window.start, window.end) for window in activity.windows}
            assert lengths == {60 * hours[activity.action]}


def i16_windows_do_not_overlap(_case: Case, plan: Plan) -> None:
    """One day's observation is over before the next day's infusion, and each starts on its own day."""
    days = plan.infusion_days
    assert all(infusion_of(day).start.date() == day.date for day in days)
    for before, after in pairwise(days):
        assert observation_of(before).end.astimezone(UTC) < infusion_of(after).start.astimezone(UTC)


# --- reasons ---------------------------------------------------------------------------------

COUNTED: Final = re.compile(r"([+-]) (?:([0-9]+) × )?([0-9]+ (day|week|month|year)s?)")
ANCHOR: Final = re.compile(r"(first|last) infusion of course ([0-9]+)")


def assert_reason_holds(plan: Plan, because: Derivation, result: date | None) -> None:
    """Count again from the words of a reason."""
    assert because.result == result
    if anchor := ANCHOR.fullmatch(because.anchor):
        course = plan.courses[int(anchor[2]) - 1]
        assert because.anchor_day == (course.first_day if anchor[1] == "first" else course.last_day)
    if not because.offset:
        assert (because.anchor_day, "exact") == (because.result, because.rounding)
    elif counted := COUNTED.fullmatch(because.offset):
        assert (because.rounding == "exact") == (counted[4] in {"day", "week"})
        times = int(counted[2] or 1) * (1 if counted[1] == "+" else -1)
        rounding: Rounding = "earlier" if because.rounding == "earlier" else "later"
        assert because.result == oracle.span_after(because.anchor_day, counted[3], rounding, times)
    else:
        assert re.fullmatch(r"\+ [0-9]+ hours", because.offset)


def reasons_of(activity: Any) -> Iterator[tuple[Derivation | None, date | None]]:
    """Yield each reason of an activity with the day that it is for."""
    match activity.kind:
        case "period":
            yield activity.begins_because, activity.first_day
            yield activity.because, activity.last_day or activity.earliest_end or activity.first_day
        case "window":
            yield activity.begins_because, activity.first_day
            yield activity.because, activity.last_day
        case "infusion-days":
            yield activity.because, activity.days[0]
        case "after-infusion":
            yield activity.because, activity.windows[0].end.date()
        case "series":
            yield activity.because, activity.dates[0] if activity.dates else activity.because.result
            yield activity.ends_because, activity.ends_because.result
            if activity.baseline:
                yield activity.baseline.because, activity.baseline.due
                yield activity.baseline.begins_because, activity.baseline.first_day


def i19_every_reason_holds(case: Case, plan: Plan) -> None:
    """Each date follows from its own reason, on the word of the source that the protocol names."""
    rules = {action["id"]: action for action in case.protocol.rules["actions"]}
    for course in plan.courses:
        assert_reason_holds(plan, course.because, course.earliest)
        rule = oracle.course_rule(case.protocol.rules, course.number)
        assert course.because.cite == (rule["cite"] if course.number > 1 else None)
    for activity in (*plan.contraception, *plan.activities):
        rule = rules[activity.action]
        cites = {rule["cite"], rule.get("baseline", {}).get("cite", rule["cite"])}
        for because, day in reasons_of(activity):
            if because is None:
                assert day is None
                continue
            assert_reason_holds(plan, because, day)
            assert because.cite in cites
        if activity.kind != "note" and activity.because:
            assert (activity.because.cite, activity.because.basis) == (rule["cite"], rule.get("basis", "label"))
        if isinstance(activity, SeriesActivity):
            assert max(activity.dates, default=date.min) <= activity.ends_because.result


# --- the oracle ------------------------------------------------------------------------------


def dated(activity: Any) -> dict[str, Any]:
    """Return what the oracle says of an activity, read from the library's."""
    found = {"action": activity.action, "kind": activity.kind, "course": activity.course}
    match activity.kind:
        case "period":
            return found | {name: getattr(activity, name) for name in ("first_day", "last_day", "earliest_end")}
        case "window":
            return found | {name: getattr(activity, name) for name in ("first_day", "last_day")}
        case "infusion-days":
            return found | {"days": list(activity.days)}
        case _:
            days = ("first_day", "last_day", "due")
            baseline = activity.baseline and {name: getattr(activity.baseline, name) for name in days}
            return found | {"dates": list(activity.dates), "continuing": activity.continuing, "baseline": baseline}


def without_reuse(activity: dict[str, Any]) -> dict[str, Any]:
    """Return the oracle's activity without the flag that the library tells by a baseline's derivation."""
    if activity.get("baseline"):
        kept = {name: day for name, day in activity["baseline"].items() if name != "reused"}
        return activity | {"baseline": kept}
    return activity


def by_action_and_course(activity: dict[str, Any]) -> tuple[str, int]:
    """Order activities, in whatever order they were made."""
    return activity["action"], activity["course"] or 0


def whole_plan_is_the_oracles(case: Case, plan: Plan) -> None:
    """Courses, contraception and every dated activity are what the oracle works out."""
    expected = case.expected
    for course, wanted in zip(plan.courses, expected["courses"], strict=True):
        found = {name: getattr(course, name) for name in wanted if name not in ("days", "passed_over")}
        assert {name: wanted[name] for name in found} == found  # type: ignore[literal-required]  # names of its own
        assert wanted["days"] == [day.date for day in course.days]
    periods = [(period.first_day, period.last_day) for period in plan.contraception]
    assert expected["contraception"] == periods
    wanted_activities = [without_reuse(one) for one in expected["activities"] if one["action"] != "contraception"]
    found_activities = [dated(one) for one in plan.activities if one.kind in oracle.DATED_KINDS]
    assert sorted(wanted_activities, key=by_action_and_course) == sorted(found_activities, key=by_action_and_course)


# --- plans compared with plans ---------------------------------------------------------------


def comparable(plan: Plan) -> dict[str, date]:
    """Return the dates that a later start can only move later: all but the day proposed for a baseline (S21).

    Contraception only as its two outer ends: periods may merge or part.
    """
    found = {f"{course.id}/earliest": course.earliest for course in plan.courses}
    found |= {day.id: day.date for day in plan.infusion_days}
    found["contraception/first"] = plan.contraception[0].first_day
    found["contraception/last"] = plan.contraception[-1].last_day or date.max
    for activity in plan.activities:
        found |= dict(_dates_in(activity))
    return found


def _dates_in(activity: Any) -> Iterator[tuple[str, date]]:
    days: Sequence[date | None]
    match activity.kind:
        case "period":
            days = (activity.first_day, activity.last_day, activity.earliest_end)
        case "window":
            days = (activity.first_day, activity.last_day)
        case "infusion-days":
            days = activity.days
        case "after-infusion":
            days = [window.end.date() for window in activity.windows]
        case "series":
            days = activity.dates
            if activity.baseline and activity.baseline.first_day:
                yield f"{activity.id}/baseline/first", activity.baseline.first_day
        case _:
            days = ()
    yield from ((f"{activity.id}/{place}", day) for place, day in enumerate(days) if day)


def assert_not_earlier(earlier: Plan, later: Plan) -> None:
    """Fail where a date of the second plan lies before the same one of the first."""
    first, second = comparable(earlier), comparable(later)
    both = first.keys() & second.keys()
    assert {day.id for day in earlier.infusion_days} <= both
    assert {name for name in both if second[name] < first[name]} == set()


def _not_before_plan(earlier: Plan, other: Case) -> None:
    try:
        later = other.planned()
    except NoFeasibleStart:
        return
    assert_not_earlier(earlier, later)


def i06_later_start_never_earlier(case: Case, plan: Plan) -> None:
    """Asked for a later start, no date comes earlier."""
    for days in (1, 2, 3, 7, 40):
        start = case.not_before + timedelta(days=days)
        if start <= LAST_DAY:
            _not_before_plan(plan, case.changed(not_before=start))


def i07_closure_never_earlier(case: Case, plan: Plan) -> None:
    """One closed day more, on a planned day or beside it, moves no date earlier; one less, none later."""
    for course in plan.courses:
        for day in (course.days[0].date, course.days[-1].date, course.last_day + ONE_DAY):
            if day in case.clinic.extra_open or day in case.clinic.closures or day > LAST_DAY:
                continue
            closed = tuple(sorted((*case.clinic.closures, day)))
            _not_before_plan(plan, case.changed(clinic=case.clinic.changed(closures=closed)))
    for day in case.clinic.closures[:4]:
        fewer = tuple(one for one in case.clinic.closures if one != day)
        assert_not_earlier(case.changed(clinic=case.clinic.changed(closures=fewer)).planned(), plan)


def i08_closure_elsewhere_changes_nothing(case: Case, plan: Plan) -> None:
    """A day closed on which nothing is planned and nothing was tried leaves all but suggested days as they are."""
    taken = {day for course in plan.courses for day in _days(course.earliest, course.last_day)}
    near = [course.last_day + timedelta(days=step) for course in plan.courses for step in (1, 2, 30)]
    near += [plan.courses[0].earliest - ONE_DAY]
    own = {*case.clinic.extra_open, *case.clinic.closures, *taken}
    added = tuple(day for day in near if day not in own and FIRST_DAY <= day <= LAST_DAY)
    closures = tuple(sorted({*case.clinic.closures, *added}))
    other = case.changed(clinic=case.clinic.changed(closures=closures)).planned()
    assert plan == other.model_copy(update={"provenance": plan.provenance, "visits": plan.visits})
    due = [[(one.id, one.due, one.tests) for one in each.visits] for each in (plan, other)]
    assert due[0] == due[1]


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


OF_ONE_PLAN: Final[dict[str, Law]] = {
    law.__name__: law
    for law in (
        i01_course_lengths,
        i02_days_are_consecutive,
        i03_days_are_open_and_not_early,
        i04_interval_is_kept,
        i05_no_start_is_needlessly_late,
        i12_contraception,
        i13_monthly_series,
        i14_directions,
        i14_windows_and_baselines,
        i15_windows_are_elapsed_time,
        i15_hours_after_an_infusion_are_elapsed,
        i16_windows_do_not_overlap,
        i19_every_reason_holds,
    )
}
"""Invariants that one plan has or has not."""

OF_MANY_PLANS: Final[dict[str, Law]] = {
    law.__name__: law
    for law in (i06_later_start_never_earlier, i07_closure_never_earlier, i08_closure_elsewhere_changes_nothing)
}
"""Invariants between plans: each asks for further ones."""
