"""Whole plans: thousands of starts against the oracle, and two treatments worked out by hand."""

import random
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

import lemtrada_schedule
from lemtrada_schedule import Course, Plan, load_protocol, plan_treatment, read_clinic, read_protocol
from lemtrada_schedule.clinic.open_days import open_days_in
from lemtrada_schedule.plan.activities import (
    Activity,
    AfterInfusionActivity,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from tests.oracle import months as oracle_months
from tests.oracle import plan as oracle_plan
from tests.support.clinics import CLINICS, WEEK, clinic_open
from tests.support.planned import infusion_of, observation_of

PACKAGE: Final = Path(lemtrada_schedule.__file__).parent
EXAMPLES: Final = Path(__file__).parents[3] / "examples"
LABELS: Final = {"us": "us-2024-05", "eu": "eu-2020-01"}
STARTS: Final = 3_000
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2093, 12, 31)
TURNS: Final = [(name, clinic) for clinic in sorted(CLINICS) for name in sorted(LABELS)]
COURSES_ASKED_FOR: Final = (3, 2, 3, 1, 4)


def day(written: str) -> date:
    return date.fromisoformat(written)


def days(written: str) -> list[date]:
    return [day(one) for one in written.split()]


# --- the oracle's side ---------------------------------------------------------------------------


@cache
def label(name: str) -> dict[str, Any]:
    return tomllib.loads((PACKAGE / "labels" / f"{LABELS[name]}.toml").read_text(encoding="utf-8"))


@cache
def places_of_months() -> dict[tuple[int, int], int]:
    return {(month[0].year, month[0].month): n for n, month in enumerate(oracle_months.months_of_the_calendar())}


def months_after(one: date, months: int, rounding: oracle_months.Rounding) -> date:
    """Do what the oracle's walk does, by looking the month up in the oracle's list of months: much faster."""
    calendar = oracle_months.months_of_the_calendar()
    reached = places_of_months()[one.year, one.month] + months
    if one.day <= len(calendar[reached]):
        return calendar[reached][one.day - 1]
    return calendar[reached + 1][0] if rounding == "later" else calendar[reached][-1]


def test_the_look_up_is_the_oracles_own_walk() -> None:
    for one in days("2024-02-29 2025-01-31 2025-08-31 2096-02-29 2027-01-15"):
        for months in (-12, -1, 0, 1, 4, 12, 48):
            assert oracle_months.months_after(one, months, "later") == months_after(one, months, "later")
            assert oracle_months.months_after(one, months, "earlier") == months_after(one, months, "earlier")


def starts() -> list[date]:
    """One day out of each of 3,000 equal stretches of 2000 to 2093, drawn with a fixed seed."""
    draw = random.Random(20_250_303)  # noqa: S311  # a sample, no secret
    span = (LAST_DAY - FIRST_DAY).days + 1
    return [
        FIRST_DAY + timedelta(days=draw.randrange(n * span // STARTS, (n + 1) * span // STARTS)) for n in range(STARTS)
    ]


def test_the_sample_reaches_over_the_century() -> None:
    drawn = starts()
    assert (STARTS, STARTS) == (len(drawn), len(set(drawn)))
    assert drawn[0] < day("2000-02-01")
    assert drawn[-1] > day("2093-12-01")
    assert set(range(7)) == {one.weekday() for one in drawn}


def sample(name: str, clinic: str) -> Iterator[tuple[Plan, oracle_plan.Plan]]:
    """Plan every start whose turn it is by this protocol at this clinic, by the package and by the oracle."""
    protocol, case = load_protocol(LABELS[name]), CLINICS[clinic]
    turn = TURNS.index((name, clinic))
    for n, start in enumerate(starts()):
        if n % len(TURNS) == turn:
            courses = COURSES_ASKED_FOR[n // len(TURNS) % len(COURSES_ASKED_FOR)]
            planned = plan_treatment(protocol, case.clinic, not_before=start, courses=courses)
            yield planned, oracle_plan.plan(label(name), case.is_closed, start, courses)


@pytest.fixture(name="fast_months", scope="module", autouse=True)
def fixture_fast_months() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(oracle_plan, "months_after", months_after)
    yield
    patch.undo()


# --- what is compared ----------------------------------------------------------------------------


def courses_of(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "number": course.number,
            "earliest": course.earliest,
            "recommended": course.recommended,
            "first_day": course.first_day,
            "last_day": course.last_day,
            "drift_days": course.drift_days,
            "days": [one.date for one in course.days],
            "passed_over": [(one.first_day, one.closed_day) for one in course.passed_over],
        }
        for course in plan.courses
    ]


def without_reasons(course: oracle_plan.Course) -> dict[str, Any]:
    return {**course, "passed_over": [(start, closed) for start, closed, _ in course["passed_over"]]}


def dates_of(activity: Activity) -> dict[str, Any] | None:
    """Return an activity's dates as the oracle writes them; None for kinds of which it calculates none."""
    match activity:
        case PeriodActivity():
            ends = {"last_day": activity.last_day, "earliest_end": activity.earliest_end}
            return {"first_day": activity.first_day, **ends}
        case WindowActivity():
            return {"first_day": activity.first_day, "last_day": activity.last_day}
        case SeriesActivity():
            return {
                "dates": list(activity.dates),
                "continuing": activity.continuing,
                "baseline": baseline_of(activity),
            }
        case InfusionDaysActivity():
            return {"days": list(activity.days)}
        case _:
            return None


def baseline_of(series: SeriesActivity) -> dict[str, Any] | None:
    found = series.baseline
    if found is None:
        return None
    reused = found.because.anchor.startswith("last infusion")
    return {"first_day": found.first_day, "last_day": found.last_day, "due": found.due, "reused": reused}


Keyed = dict[tuple[str, int | None], dict[str, Any]]


def activities_of(plan: Plan) -> Keyed:
    dated = [(activity, dates_of(activity)) for activity in plan.activities]
    return {(activity.action, activity.course): {"kind": activity.kind, **dates} for activity, dates in dated if dates}


def activities_expected(plan: oracle_plan.Plan) -> Keyed:
    """Contraception stands in `Plan.contraception` alone."""
    return {
        (one["action"], one["course"]): {name: value for name, value in one.items() if name not in {"action", "course"}}
        for one in plan["activities"]
        if one["action"] != "contraception"
    }


def wrong_clock_times(plan: Plan) -> Iterator[datetime]:
    """Yield the infusions that do not start at 09:00 or do not last 240 and 120 minutes in UTC."""
    for one in plan.infusion_days:
        moments = (infusion_of(one).start, infusion_of(one).end, observation_of(one).start, observation_of(one).end)
        start, end, observed, home = (moment.astimezone(UTC) for moment in moments)
        lengths = (end - start, observed - end, home - observed)
        wall = infusion_of(one).start.replace(tzinfo=None)
        if lengths != (timedelta(hours=4), timedelta(0), timedelta(hours=2)) or wall != datetime.combine(
            one.date, time(9)
        ):
            yield infusion_of(one).start


def wrong_watches(plan: Plan) -> Iterator[datetime]:
    """Yield the reaction watches that are not the 24 hours after an infusion's end."""
    for activity in plan.activities:
        if isinstance(activity, AfterInfusionActivity):
            ends = [infusion_of(one).end for one in plan.courses[(activity.course or 0) - 1].days]
            for end, window in zip(ends, activity.windows, strict=True):
                if window.start != end or window.end.astimezone(UTC) - end.astimezone(UTC) != timedelta(hours=24):
                    yield end


def ids_of(plan: Plan) -> list[str]:
    infusion_days = [one.id for one in plan.infusion_days]
    return [part.id for part in (*plan.courses, *plan.contraception, *plan.activities)] + infusion_days


def differences(planned: Plan, expected: oracle_plan.Plan) -> Iterator[str]:
    if [without_reasons(course) for course in expected["courses"]] != courses_of(planned):
        yield "courses"
    if expected["contraception"] != [(one.first_day, one.last_day) for one in planned.contraception]:
        yield "contraception"
    found, wanted = activities_of(planned), activities_expected(expected)
    yield from (f"{key} missing" for key in wanted.keys() - found.keys())
    yield from (f"{key} too many" for key in found.keys() - wanted.keys())
    yield from (f"{key}" for key in found.keys() & wanted.keys() if found[key] != wanted[key])
    yield from (f"clock {moment}" for moment in wrong_clock_times(planned))
    yield from (f"watch {moment}" for moment in wrong_watches(planned))
    yield from (f"id {name} twice" for name, count in Counter(ids_of(planned)).items() if count > 1)


def reasons_left_out(planned: Plan, clinic: str) -> Iterator[tuple[date, str]]:
    words = CLINICS[clinic].words
    for course in planned.courses:
        for one in course.passed_over:
            if not any(word in one.reason for word in words(one.closed_day)):
                yield one.closed_day, one.reason


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "clinic"), TURNS)
def test_whole_plans_are_the_oracles(name: str, clinic: str) -> None:
    """3,000 starts in all; two protocols and five clinics take turns."""
    found, plans = [], 0
    for planned, expected in sample(name, clinic):
        plans += 1
        found += [(planned.provenance.request.not_before, one) for one in differences(planned, expected)]
        found += [(one, reason) for one, reason in reasons_left_out(planned, clinic)]
    assert plans == STARTS // len(TURNS)
    assert [] == found


def test_the_order_of_questions_changes_no_answer() -> None:
    """Parts that plans have in common are made once and kept: in whatever order, they must be the right ones."""
    clinic = CLINICS["tue-sat-closures"].clinic
    asked = [
        (name, FIRST_DAY + timedelta(days=9_500 + 3 * n), courses)
        for n in range(5)
        for courses in (1, 2, 3, 4)
        for name in LABELS
    ]
    first = {
        one: plan_treatment(load_protocol(LABELS[one[0]]), clinic, not_before=one[1], courses=one[2]) for one in asked
    }
    open_days_in.cache_clear()
    again = [
        plan_treatment(load_protocol(LABELS[one[0]]), clinic, not_before=one[1], courses=one[2]) for one in asked[::-1]
    ]
    assert [first[one] for one in asked[::-1]] == again


# --- Boston, by hand -----------------------------------------------------------------------------


@pytest.fixture(name="boston", scope="module")
def fixture_boston() -> Plan:
    """Three courses from Monday 11 January 2027 (1 January 2027 is a Friday)."""
    clinic = read_clinic(EXAMPLES / "boston.toml")
    return plan_treatment(load_protocol("us-2024-05"), clinic, not_before=day("2027-01-11"), courses=3)


def activity(plan: Plan, action: str, course: int | None) -> Activity:
    (found,) = [one for one in plan.activities if (one.action, one.course) == (action, course)]
    return found


def series(plan: Plan, action: str, course: int | None) -> SeriesActivity:
    found = activity(plan, action, course)
    assert isinstance(found, SeriesActivity)
    return found


def period(plan: Plan, action: str, course: int | None) -> PeriodActivity:
    found = activity(plan, action, course)
    assert isinstance(found, PeriodActivity)
    return found


def window(plan: Plan, action: str, course: int | None) -> WindowActivity:
    found = activity(plan, action, course)
    assert isinstance(found, WindowActivity)
    return found


def head_of(course: Course) -> tuple[Any, ...]:
    ends = (course.first_day, course.last_day)
    return course.id, course.number, course.status, course.earliest, course.recommended, ends, course.drift_days


def test_boston_course_1(boston: Plan) -> None:
    """Monday to Friday, on the day asked for; Monday 18 is a holiday and touches nothing."""
    first, last = days("2027-01-11 2027-01-15")
    assert head_of(boston.courses[0]) == ("course-1", 1, "planned", first, first, (first, last), 0)
    assert () == boston.courses[0].passed_over


def test_boston_course_2(boston: Plan) -> None:
    """15 January 2027 + 12 months is a Saturday; Monday 17 is Martin Luther King Jr. Day: Tuesday, 3 days late."""
    earliest, first, last = days("2028-01-15 2028-01-18 2028-01-20")
    assert head_of(boston.courses[1]) == ("course-2", 2, "planned", earliest, earliest, (first, last), 3)


def test_boston_course_2_tells_each_start_it_passed_over(boston: Plan) -> None:
    passed = boston.courses[1].passed_over
    assert days("2028-01-15 2028-01-16 2028-01-17") == [one.first_day for one in passed]
    assert days("2028-01-15 2028-01-16 2028-01-17") == [one.closed_day for one in passed]
    words = ["Saturday", "Sunday", "Martin Luther King Jr. Day"]
    assert all(word in one.reason for word, one in zip(words, passed, strict=True))


def test_boston_course_2_says_what_its_earliest_day_rests_on(boston: Plan) -> None:
    because = boston.courses[1].because
    assert ("last infusion of course 1", day("2027-01-15")) == (because.anchor, because.anchor_day)
    assert ("+ 12 months", "later", day("2028-01-15")) == (because.offset, because.rounding, because.result)
    assert ("faq", "convention") == (because.cite, because.basis)


def test_boston_course_3(boston: Plan) -> None:
    """20 January 2028 + 12 months is a Saturday; the holiday was Monday 15. Optional: nothing is recommended."""
    earliest, first, last = days("2029-01-20 2029-01-22 2029-01-24")
    assert head_of(boston.courses[2]) == ("course-3", 3, "planned", earliest, None, (first, last), 2)
    assert days("2029-01-20 2029-01-21") == [one.first_day for one in boston.courses[2].passed_over]


def test_boston_course_3_rests_on_the_label(boston: Plan) -> None:
    because = boston.courses[2].because
    assert ("last infusion of course 2", "uspi-2-3", "label") == (because.anchor, because.cite, because.basis)


def test_boston_infusion_days(boston: Plan) -> None:
    expected = [(f"course-1/day-{n}", day(f"2027-01-{10 + n}"), n, 12) for n in range(1, 6)]
    expected += [(f"course-2/day-{n}", day(f"2028-01-{17 + n}"), n, 12) for n in range(1, 4)]
    expected += [(f"course-3/day-{n}", day(f"2029-01-{21 + n}"), n, 12) for n in range(1, 4)]
    assert expected == [(one.id, one.date, one.number, one.dose_mg) for one in boston.infusion_days]


def test_boston_clock_times(boston: Plan) -> None:
    """09:00 + 4 h = 13:00, + 2 h = 15:00, in winter at -05:00."""
    one = boston.infusion_days[5]
    assert (
        "2028-01-18T09:00:00-05:00",
        "2028-01-18T13:00:00-05:00",
    ) == (infusion_of(one).start.isoformat(), infusion_of(one).end.isoformat())
    assert (
        "2028-01-18T13:00:00-05:00",
        "2028-01-18T15:00:00-05:00",
    ) == (observation_of(one).start.isoformat(), observation_of(one).end.isoformat())
    assert ("America/New_York", "America/New_York") == (infusion_of(one).time_zone, observation_of(one).time_zone)


def test_boston_contraception(boston: Plan) -> None:
    """15 January + 4 months, 20 January + 4 months, 24 January + 4 months."""
    assert [
        (day("2027-01-11"), day("2027-05-15")),
        (day("2028-01-18"), day("2028-05-20")),
        (day("2029-01-22"), day("2029-05-24")),
    ] == [(one.first_day, one.last_day) for one in boston.contraception]
    assert [1, 2, 3] == [one.course for one in boston.contraception]


def test_boston_vaccinations(boston: Plan) -> None:
    """11 January - 42 days: - 11 is 31 December, - 31 more is 30 November. Once, before course 1."""
    found = window(boston, "vaccinations", 1)
    assert (None, day("2026-11-30")) == (found.first_day, found.last_day)
    assert [1] == [one.course for one in boston.activities if one.action == "vaccinations"]


def test_boston_corticosteroids(boston: Plan) -> None:
    """The first three infusion days of each course."""
    found = [activity(boston, "corticosteroid", number) for number in (1, 2, 3)]
    assert [
        days("2027-01-11 2027-01-12 2027-01-13"),
        days("2028-01-18 2028-01-19 2028-01-20"),
        days("2029-01-22 2029-01-23 2029-01-24"),
    ] == [list(one.days) for one in found if isinstance(one, InfusionDaysActivity)]


@pytest.mark.parametrize(
    ("course", "first_day", "earliest_end"),
    [(1, "2027-01-11", "2027-03-15"), (2, "2028-01-18", "2028-03-20"), (3, "2029-01-22", "2029-03-24")],
)
def test_boston_herpes_prophylaxis(boston: Plan, course: int, first_day: str, earliest_end: str) -> None:
    """Open until a CD4 count says otherwise; not before the last infusion + 2 months."""
    found = period(boston, "herpes-prophylaxis", course)
    assert (day(first_day), None, day(earliest_end)) == (found.first_day, found.last_day, found.earliest_end)


@pytest.mark.parametrize(
    ("course", "first_day", "last_day"),
    [(1, "2027-01-11", "2027-01-18"), (2, "2028-01-18", "2028-01-23"), (3, "2029-01-22", "2029-01-27")],
)
def test_boston_stroke_watch(boston: Plan, course: int, first_day: str, last_day: str) -> None:
    """The last infusion + 3 days, closed days or not."""
    found = period(boston, "stroke-watch", course)
    assert (day(first_day), day(last_day), None) == (found.first_day, found.last_day, found.earliest_end)


def test_boston_reaction_watch(boston: Plan) -> None:
    """24 hours from the end of each infusion."""
    found = activity(boston, "reaction-watch", 2)
    assert isinstance(found, AfterInfusionActivity)
    assert [
        ("2028-01-18T13:00:00-05:00", "2028-01-19T13:00:00-05:00"),
        ("2028-01-19T13:00:00-05:00", "2028-01-20T13:00:00-05:00"),
        ("2028-01-20T13:00:00-05:00", "2028-01-21T13:00:00-05:00"),
    ] == [(one.start.isoformat(), one.end.isoformat()) for one in found.windows]


MONTHLY: Final = ("blood-count", "creatinine", "urinalysis", "liver-tests")


@pytest.mark.parametrize("action", MONTHLY)
def test_boston_monthly_tests_after_course_1(boston: Plan, action: str) -> None:
    """On the 15th; the 12th, 15 January 2028, is before 18 January, the 13th falls away."""
    found = series(boston, action, 1)
    assert days(
        "2027-02-15 2027-03-15 2027-04-15 2027-05-15 2027-06-15 2027-07-15 "
        "2027-08-15 2027-09-15 2027-10-15 2027-11-15 2027-12-15 2028-01-15"
    ) == list(found.dates)
    assert (found.id, str(found.every), found.continuing) == (f"{action}/course-1", "1 month", False)


@pytest.mark.parametrize("action", MONTHLY)
def test_boston_monthly_tests_after_course_3(boston: Plan, action: str) -> None:
    """The last course's: 48 of them, the last on 24 January 2029 + 48 months itself."""
    found = series(boston, action, 3).dates
    assert (48, day("2029-02-24"), day("2033-01-24")) == (len(found), found[0], found[-1])


def test_boston_thyroid_tests(boston: Plan) -> None:
    assert days("2027-04-15 2027-07-15 2027-10-15 2028-01-15") == list(series(boston, "thyroid", 1).dates)
    assert days("2028-04-20 2028-07-20 2028-10-20 2029-01-20") == list(series(boston, "thyroid", 2).dates)
    third = series(boston, "thyroid", 3).dates
    assert (16, day("2029-04-24"), day("2033-01-24")) == (len(third), third[0], third[-1])


@pytest.mark.parametrize("action", [*MONTHLY, "thyroid"])
@pytest.mark.parametrize(
    ("course", "expected"),
    [
        (1, "2026-12-12 2027-01-10 2027-01-10"),  # 11 January - 30 days; nothing runs yet, so the eve
        (2, "2027-12-19 2028-01-17 2028-01-15"),  # 18 January - 30; the test of 15 January serves
        (3, "2028-12-23 2029-01-21 2029-01-20"),  # 22 January - 30; the test of 20 January serves
    ],
)
def test_boston_baselines(boston: Plan, action: str, course: int, expected: str) -> None:
    """Where the window begins and ends, and when the test is due."""
    found = series(boston, action, course).baseline
    assert found is not None
    assert days(expected) == [found.first_day, found.last_day, found.due]


@pytest.mark.parametrize(
    ("course", "first_day", "last_day"),
    [(1, "2026-12-12", "2027-01-10"), (2, "2027-12-19", "2028-01-17"), (3, "2028-12-23", "2029-01-21")],
)
def test_boston_urine_protein(boston: Plan, course: int, first_day: str, last_day: str) -> None:
    """30 days before the first infusion, up to its eve."""
    found = window(boston, "urine-protein-creatinine", course)
    assert (day(first_day), day(last_day)) == (found.first_day, found.last_day)


@pytest.mark.parametrize("action", ["skin-examination", "hpv"])
def test_boston_yearly_examinations(boston: Plan, action: str) -> None:
    """Counted from 15 January 2027 for the whole treatment, listed to 24 January 2029 + 48 months, and on."""
    found = series(boston, action, None)
    assert days("2028-01-15 2029-01-15 2030-01-15 2031-01-15 2032-01-15 2033-01-15") == list(found.dates)
    assert (True, "1 year") == (found.continuing, str(found.every))


def test_boston_skin_baseline_has_no_window_but_an_end(boston: Plan) -> None:
    found = series(boston, "skin-examination", None).baseline
    assert found is not None
    assert (None, day("2027-01-10"), day("2027-01-10")) == (found.first_day, found.last_day, found.due)
    assert series(boston, "hpv", None).baseline is None


def test_boston_has_each_action_as_often_as_it_should(boston: Plan) -> None:
    """What a course needs three times; what begins a treatment once."""
    found = Counter(one.action for one in boston.activities if not isinstance(one, NoteActivity))
    thrice = {*MONTHLY, "thyroid", "corticosteroid", "herpes-prophylaxis", "stroke-watch", "reaction-watch"}
    thrice.add("urine-protein-creatinine")
    assert {**dict.fromkeys(thrice, 3), "vaccinations": 1, "skin-examination": 1, "hpv": 1} == found


def test_boston_names_protocol_clinic_and_request(boston: Plan) -> None:
    assert (2, None, 0) == (boston.schema_version, boston.plan_id, boston.revision)
    assert ("us-2024-05", None, "America/New_York") == (boston.protocol, boston.extends, boston.time_zone)
    request = boston.provenance.request
    assert (day("2027-01-11"), 3, None) == (request.not_before, request.courses, request.as_of)
    assert "Harbor Infusion Center" == boston.provenance.clinic.name


def test_boston_has_no_finding_and_one_open_question(boston: Plan) -> None:
    assert () == boston.findings
    assert [("deadline-passed", "as_of")] == [(one.code, one.missing) for one in boston.not_assessed]


def test_boston_closures_used_are_frozen_into_the_plan(boston: Plan) -> None:
    closures = {one.date: one.reason for one in boston.provenance.closures}
    assert "Staff day" in closures[day("2027-12-24")]
    assert "No chair free" in closures[day("2027-03-02")]
    assert "Martin Luther King Jr. Day" in closures[day("2028-01-17")]
    assert "Patriots' Day" in closures[day("2028-04-17")]  # Massachusetts; the third Monday: 3, 10, 17


def test_boston_comes_back_from_json(boston: Plan) -> None:
    assert boston == Plan.model_validate_json(boston.model_dump_json())


def test_ids_come_from_role_and_ordinal_and_stay_when_everything_moves(boston: Plan) -> None:
    clinic = read_clinic(EXAMPLES / "boston.toml")
    moved = plan_treatment(load_protocol("us-2024-05"), clinic, not_before=day("2031-06-05"), courses=3)
    assert set(ids_of(boston)) == set(ids_of(moved))


def test_no_id_holds_a_date(boston: Plan) -> None:
    assert [] == [name for name in ids_of(boston) if any(str(year) in name for year in range(2026, 2034))]


# --- the worked dates of facts.md, section 10 ----------------------------------------------------


@pytest.fixture(name="worked", scope="module")
def fixture_worked() -> dict[str, Plan]:
    """Course 1 from Monday 3 to Friday 7 March 2025, Monday to Friday, no holidays; by both protocols."""
    clinic = CLINICS["mon-fri"].clinic
    return {
        name: plan_treatment(load_protocol(LABELS[name]), clinic, not_before=day("2025-03-03"), courses=3)
        for name in LABELS
    }


@pytest.mark.parametrize("name", sorted(LABELS))
def test_worked_courses(worked: dict[str, Plan], name: str) -> None:
    """7 March 2026 is a Saturday; 11 March 2027 a Thursday, whose block of three meets a weekend."""
    courses = worked[name].courses
    assert days("2025-03-03 2026-03-07 2027-03-11") == [course.earliest for course in courses]
    assert days("2025-03-03 2026-03-09 2027-03-15") == [course.first_day for course in courses]
    assert days("2025-03-07 2026-03-11 2027-03-17") == [course.last_day for course in courses]


@pytest.mark.parametrize("name", sorted(LABELS))
def test_worked_vaccinations(worked: dict[str, Plan], name: str) -> None:
    """3 March - 42 days: - 3 is 28 February, - 28 more is 31 January, - 11 more is 20 January, a Monday."""
    assert day("2025-01-20") == window(worked[name], "vaccinations", 1).last_day


def test_worked_baseline_window_opens_30_days_before(worked: dict[str, Plan]) -> None:
    """3 March - 30 days: - 3 is 28 February, - 27 more is 1 February."""
    found = series(worked["us"], "blood-count", 1).baseline
    assert found is not None
    assert day("2025-02-01") == found.first_day


def test_worked_listeria_diet_in_europe(worked: dict[str, Plan]) -> None:
    """3 March - 14 days = 17 February; 7 March + 1 month = 7 April."""
    found = period(worked["eu"], "listeria-diet", 1)
    assert (day("2025-02-17"), day("2025-04-07")) == (found.first_day, found.last_day)


def test_worked_herpes_prophylaxis(worked: dict[str, Plan]) -> None:
    """7 March + 2 months in the US, and a CD4 count; + 1 month in Europe."""
    us, eu = (period(worked[name], "herpes-prophylaxis", 1) for name in ("us", "eu"))
    assert (None, day("2025-05-07")) == (us.last_day, us.earliest_end)
    assert day("2025-04-07") in {eu.last_day, eu.earliest_end}


@pytest.mark.parametrize("name", sorted(LABELS))
def test_worked_contraception(worked: dict[str, Plan], name: str) -> None:
    first = worked[name].contraception[0]
    assert (day("2025-03-03"), day("2025-07-07")) == (first.first_day, first.last_day)


@pytest.mark.parametrize("name", sorted(LABELS))
def test_worked_monitoring_ends_48_months_after_course_2_if_it_is_the_last(name: str) -> None:
    """11 March 2026 + 48 months = 11 March 2030, a Monday."""
    plan = plan_treatment(load_protocol(LABELS[name]), CLINICS["mon-fri"].clinic, not_before=day("2025-03-03"))
    assert day("2030-03-11") == series(plan, "blood-count", 2).dates[-1]
    assert 0 == series(plan, "blood-count", 2).dates[-1].weekday()


def test_worked_anchor_at_the_first_infusion(tmp_path: Path) -> None:
    """The reading of the trials, as a protocol of one's own: Tuesday 3 March 2026."""
    own = tmp_path / "own.toml"
    own.write_text(
        'extends = "us-2024-05"\nid = "own"\nrevision = "1"\n'
        '[[courses]]\ninfusion_days = 5\ncite = "faq"\n'
        '[[courses]]\ninfusion_days = 3\nminimum_interval = "12 months"\ncounted_from = "first infusion"\n'
        'basis = "convention"\ncite = "faq"\n',
        encoding="utf-8",
    )
    plan = plan_treatment(read_protocol(own), CLINICS["mon-fri"].clinic, not_before=day("2025-03-03"))
    assert days("2025-03-03 2026-03-03") == [course.first_day for course in plan.courses]
    assert "first infusion of course 1" == plan.courses[1].because.anchor


def worked_from(first_day: str) -> Plan:
    """Plan two courses at a clinic that is open every day."""
    return plan_treatment(load_protocol("us-2024-05"), clinic_open(WEEK), not_before=day(first_day))


def test_worked_leap_day() -> None:
    """Course 1 from 25 to 29 February 2024; 29 February 2025 does not exist."""
    plan = worked_from("2024-02-25")
    assert (day("2024-02-29"), day("2025-03-01")) == (plan.courses[0].last_day, plan.courses[1].earliest)


def test_worked_year_over_a_leap_day() -> None:
    """3 March 2023 + 12 months = 3 March 2024: 366 days, not 365."""
    plan = worked_from("2023-02-27")
    assert (day("2023-03-03"), day("2024-03-03")) == (plan.courses[0].last_day, plan.courses[1].earliest)


def test_worked_monthly_tests_from_31_january() -> None:
    """Each from the anchor, rounded earlier."""
    plan = worked_from("2025-01-27")
    assert days("2025-02-28 2025-03-31 2025-04-30 2025-05-31") == list(series(plan, "blood-count", 1).dates)[:4]
