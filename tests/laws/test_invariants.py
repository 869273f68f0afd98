# the ids are those of the list of invariants
"""Invariants 1 to 19 and 35 of a plan: whatever is asked, these hold. 41 and 42 are in `test_totality.py`.

Where an invariant follows from history, or spans courses, the rules of treatment decide: 8 holds for what does
not depend on history, 13 within one course's series, 14 rounds as S02 says.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, currently_in_test_context, event, example, given, reject
from hypothesis import strategies as st

from lemtrada_schedule import (
    Clinic,
    InvalidInput,
    LocalTimeError,
    NoFeasibleStart,
    Offset,
    Plan,
    Protocol,
    Span,
    find_course_starts,
    load_protocol,
    plan_treatment,
    to_csv,
    to_rows,
)
from lemtrada_schedule.dates import months, spans
from lemtrada_schedule.dates.months import Rounding, add_months
from lemtrada_schedule.dates.periods import merge_periods
from tests.oracle import plan as oracle
from tests.oracle.months import table
from tests.oracle.placing import first_closed_day, longest_run
from tests.oracle.windows import elapsed_end, nearest_real_times, start_kind
from tests.support import plan_laws as laws
from tests.support.plan_strategies import (
    LABELS,
    MON_TO_FRI,
    WEEKDAYS,
    Case,
    ClinicFacts,
    ProtocolFacts,
    cases,
    clinics,
    night_cases,
    own_protocols,
    shipped,
    starts,
    touching_periods,
)
from tests.support.planned import infusion_of, observation_of
from tests.support.strategies import FIRST_DAY, LAST_DAY, ZONES, calendar_days, zoned_starts

EVERY_DAY: Final = ClinicFacts(hours=tuple((day, "07:00-21:00") for day in WEEKDAYS))
FIRST_EVER: Final = Case(shipped("us-2024-05"), EVERY_DAY, date(2000, 1, 1), 2)
LAST_EVER: Final = Case(shipped("us-2024-05"), EVERY_DAY, date(2099, 12, 31), 4)


def longest_week(days: tuple[str, ...]) -> int:
    """Return the longest run of open weekdays, over the week's end."""
    is_open = [day in days for day in WEEKDAYS] * 2
    runs = "".join("x" if one else " " for one in is_open).split()
    return min(7, max(map(len, runs), default=0))


def asked(case: Case) -> Plan | InvalidInput | NoFeasibleStart:
    try:
        return case.planned()
    except (InvalidInput, NoFeasibleStart) as refusal:
        return refusal


def note(what: str) -> None:
    """Count what was seen, where hypothesis asks; a question by hand is not counted."""
    if currently_in_test_context():
        event(what)


def planned(case: Case) -> Plan:
    """Return the plan; where there is none, make sure that it is rightly refused, and try another case."""
    found = asked(case)
    if not isinstance(found, Plan):
        assert_rightly_refused(case, found)
        reject()
    note("planned")
    return found


def assert_rightly_refused(case: Case, refusal: InvalidInput | NoFeasibleStart) -> None:
    note(type(refusal).__name__)
    if isinstance(refusal, InvalidInput):
        assert {problem.code for problem in refusal.problems} == {"no-feasible-start"}
        assert longest_week(tuple(day for day, _ in case.clinic.hours)) < 3
        return
    with pytest.raises(oracle.NoBlockError):
        _ = case.expected
    longest, _ = longest_run(case.why_closed, refusal.not_before, refusal.last_start)
    assert longest <= refusal.longest_run < max(rule["infusion_days"] for rule in case.protocol.rules["courses"])


# --- courses ---------------------------------------------------------------------------------


@given(cases())
@example(FIRST_EVER)
@example(LAST_EVER)
def test_I01_course_lengths(case: Case) -> None:
    laws.i01_course_lengths(case, planned(case))


@given(cases())
def test_I02_days_are_consecutive_and_unique(case: Case) -> None:
    laws.i02_days_are_consecutive(case, planned(case))


def test_I02_an_interval_shorter_than_its_course_never_doubles_a_day() -> None:
    """Five days, then three that may begin a day after the first: refused, or after the fifth day."""
    us = shipped("us-2024-05")
    courses = [dict(rule) for rule in us.rules["courses"][:2]]
    courses[1] |= {"minimum_interval": "1 day", "counted_from": "first infusion"}
    del courses[1]["warn_only_from"]
    try:
        protocol = us.protocol.model_copy(update={"courses": courses})
        plan = plan_treatment(protocol, EVERY_DAY.noun(), not_before=date(2027, 1, 11))
    except InvalidInput as refusal:
        assert refusal.code == "protocol-contradiction"  # noqa: PT017  # either answer is right
    else:
        assert plan.courses[1].first_day > plan.courses[0].last_day


@given(cases())
@example(FIRST_EVER)
@example(LAST_EVER)
def test_I03_days_are_open_and_not_before_the_request(case: Case) -> None:
    laws.i03_days_are_open_and_not_early(case, planned(case))


@given(cases())
@example(LAST_EVER)
def test_I04_a_course_is_never_early(case: Case) -> None:
    laws.i04_interval_is_kept(case, planned(case))


@given(cases())
def test_I05_a_course_is_never_needlessly_late(case: Case) -> None:
    laws.i05_no_start_is_needlessly_late(case, planned(case))


@st.composite
def searches(draw: st.DrawFn) -> tuple[ClinicFacts, date, int, int]:
    """Return a clinic, the first day to try, the days needed and how far to look."""
    day = draw(starts(last=date(2090, 12, 31)))
    return draw(clinics([day, day + timedelta(days=20)])), day, draw(st.integers(1, 7)), draw(st.integers(1, 60))


@given(searches())
def test_I05_find_course_starts_finds_each_start_and_no_other(search: tuple[ClinicFacts, date, int, int]) -> None:
    facts, day, days, within = search
    assume(longest_week(tuple(name for name, _ in facts.hours)) >= 3)
    why_closed = facts.why_closed(0)
    tried = [day + timedelta(days=step) for step in range(within + 1)]
    fitting = [first for first in tried if first_closed_day(why_closed, days, first) is None]
    found = find_course_starts(facts.noun(), days, not_before=day, limit=1_000, within_days=within)
    assert fitting == [start.first_day for start in found]
    assert all(start.last_day == start.first_day + timedelta(days=days - 1) for start in found)
    passed = [one.first_day for start in found for one in start.passed_over]
    assert passed == [first for first in tried[: len(passed) + len(fitting)] if first not in fitting]


@given(cases())
@example(FIRST_EVER)
@example(LAST_EVER)
def test_I01_to_I14_the_whole_plan_is_the_oracles(case: Case) -> None:
    laws.whole_plan_is_the_oracles(case, planned(case))


# --- plans compared with plans ---------------------------------------------------------------


@given(cases())
def test_I06_a_later_start_brings_no_date_earlier(case: Case) -> None:
    laws.i06_later_start_never_earlier(case, planned(case))


@given(cases())
def test_I07_a_closure_brings_no_date_earlier(case: Case) -> None:
    laws.i07_closure_never_earlier(case, planned(case))


@given(cases())
def test_I08_a_closure_elsewhere_changes_nothing(case: Case) -> None:
    laws.i08_closure_elsewhere_changes_nothing(case, planned(case))


ERA: Final = 146_097
"""Days of 400 years: 400 × 365, and 97 leap days."""
SPANS: Final = ("1 month", "2 months", "4 months", "12 months", "48 months", "1 year", "42 days", "6 weeks")
ROUNDINGS: Final = st.sampled_from(get_args(Rounding))


def an_era_later(day: date) -> date:
    return day + timedelta(days=ERA)


@contextmanager
def every_year_allowed() -> Iterator[None]:
    """Take the bounds off the internal functions: the public range is shorter than 400 years."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(months, "LAST_YEAR", 9_000)
        patch.setattr(spans, "LAST_ORDINAL", date(9_000, 12, 31).toordinal())
        yield


def test_I09_needs_the_bounds_taken_off() -> None:
    with pytest.raises(InvalidInput, match="date-range"):
        add_months(date(2400, 1, 1), 1, rounding="later")
    with every_year_allowed():
        assert add_months(date(2400, 1, 31), 1, rounding="later") == date(2400, 3, 1)


@given(calendar_days(), st.integers(-60, 60), ROUNDINGS)
def test_I09_months_know_no_year(day: date, months: int, rounding: Rounding) -> None:
    with every_year_allowed():
        moved = add_months(day, months, rounding=rounding)
        assert an_era_later(moved) == add_months(an_era_later(day), months, rounding=rounding)


@given(calendar_days(), st.sampled_from(SPANS), st.integers(-12, 12), ROUNDINGS)
def test_I09_spans_and_offsets_know_no_year(day: date, text: str, times: int, rounding: Rounding) -> None:
    span, offset, later = Span.parse(text), Offset.parse(f"last infusion + {text}"), an_era_later(day)
    with every_year_allowed():
        moved = span.after(day, rounding=rounding, times=times)
        assert an_era_later(moved) == span.after(later, rounding=rounding, times=times)
        end = offset.from_day(day, rounding=rounding)
        assert an_era_later(end) == offset.from_day(later, rounding=rounding)


@given(calendar_days(), st.sampled_from(SPANS), st.integers(0, 1_500), ROUNDINGS)
def test_I09_series_know_no_year(day: date, every: str, length: int, rounding: Rounding) -> None:
    """And each of their dates is counted from the anchor, as the oracle counts."""
    end = day + timedelta(days=length)
    with every_year_allowed():
        found = Span.parse(every).repeated(day, until=end, rounding=rounding)
        later = Span.parse(every).repeated(an_era_later(day), until=an_era_later(end), rounding=rounding)
    assert [an_era_later(due) for due in found] == list(later)
    counted = [oracle.span_after(day, every, rounding, k) for k in range(1, len(found) + 2)]
    assert counted[:-1] == list(found)
    assert counted[-1] > end


@st.composite
def periods(draw: st.DrawFn) -> list[tuple[date, date]]:
    """Return periods near each other, some of which overlap or touch."""
    anchor = draw(calendar_days(FIRST_DAY, date(2095, 12, 31)))
    rows = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=6))
    return [(anchor + timedelta(days=a), anchor + timedelta(days=a + n)) for a, n in rows]


@given(periods())
def test_I09_merging_knows_no_year(rows: list[tuple[date, date]]) -> None:
    merged = merge_periods(rows)
    assert oracle.merged(rows) == list(merged)
    later = merge_periods([(an_era_later(first), an_era_later(last)) for first, last in rows])
    assert [(an_era_later(first), an_era_later(last)) for first, last in merged] == list(later)


GENERATION: Final = 10_227
"""Days of 28 years: 28 × 365, and 7 leap days; inside 1901 to 2099 the same weekdays and the same leap years."""


def shifted(text: str) -> str:
    """Return a text with every ISO date in it 28 years later."""

    def later(found: re.Match[str]) -> str:
        return (date.fromisoformat(found[0]) + timedelta(days=GENERATION)).isoformat()

    return re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", later, text)


def as_text(plan: Plan) -> str:
    """Return a plan as JSON, without its rules and the dates of its sources."""
    without = plan.provenance.model_copy(update={"sources": (), "rules": None})
    return plan.model_copy(update={"provenance": without}).model_dump_json()


@given(cases(last=date(2062, 12, 31), country=False))
def test_I10_the_same_plan_28_years_later(case: Case) -> None:
    def after(days: tuple[date, ...]) -> tuple[date, ...]:
        return tuple(day + timedelta(days=GENERATION) for day in days)

    clinic = case.clinic.changed(time_zone="Asia/Kathmandu")  # one offset in all these years
    later = clinic.changed(
        closures=after(clinic.closures), extra_open=after(clinic.extra_open), fully_booked=after(clinic.fully_booked)
    )
    (moved,) = after((case.not_before,))
    as_of = None if case.as_of is None else case.as_of + timedelta(days=GENERATION)
    plan = planned(case.changed(clinic=clinic))
    assume(comparable_end(plan) + timedelta(days=GENERATION) < date(2100, 1, 1))
    assert shifted(as_text(plan)) == as_text(case.changed(clinic=later, not_before=moved, as_of=as_of).planned())


def comparable_end(plan: Plan) -> date:
    return max(laws.comparable(plan).values())


@given(cases())
def test_I11_a_clinic_open_all_week_is_never_later(case: Case) -> None:
    """Than the same one that is closed on weekends."""
    week, workdays = (
        case.changed(clinic=case.clinic.changed(hours=tuple((day, "07:00-21:00") for day in days)))
        for days in (WEEKDAYS, MON_TO_FRI)
    )
    laws.assert_not_earlier(planned(week), planned(workdays))


# --- what follows from the infusions ---------------------------------------------------------


@given(cases())
def test_I12_contraception_ends_four_months_after_the_last_infusion(case: Case) -> None:
    laws.i12_contraception(case, planned(case))


def test_I12_periods_that_touch_are_one() -> None:
    """3 to 7 March 2025, to 7 July; 8 to 10 July, to 10 November."""
    case = touching_periods()
    plan = case.planned()
    laws.i12_contraception(case, plan)
    assert [(one.first_day, one.last_day) for one in plan.contraception] == [(date(2025, 3, 3), date(2025, 11, 10))]


def test_I12_four_months_are_120_to_123_days() -> None:
    """On every day of the public range, as the oracle has it."""
    offset, expected = Offset.parse("last infusion + 4 months"), table(4, "later")
    days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    ends = [offset.from_day(day, rounding="later") for day in days]
    assert [expected[day] for day in days] == ends
    assert {120, 121, 122, 123} == {(end - day).days for day, end in zip(days, ends, strict=True)}


@given(cases())
def test_I13_monitoring_within_a_course(case: Case) -> None:
    laws.i13_monthly_series(case, planned(case))


@given(cases())
def test_I13_a_further_course_only_extends_monitoring(case: Case) -> None:
    assume(case.courses < case.protocol.most_courses)
    fewer, more = planned(case), planned(case.changed(courses=case.courses + 1))
    assert fewer.courses == more.courses[:-1]
    ended_with_course_2 = {one["id"] for one in case.protocol.rules["actions"] if one.get("per") == "first-course"}
    for series in laws.series_of(fewer):
        (same,) = [one for one in laws.series_of(more, series.action) if one.course == series.course]
        shorter, longer = sorted((series.dates, same.dates), key=len)
        assert shorter == longer[: len(shorter)]
        listed = [due for one in laws.series_of(more, series.action) for due in one.dates]
        if series.action not in ended_with_course_2:  # S20; no series of course 2 goes on where it left off
            assert max(series.dates, default=date.min) <= max(listed, default=date.min)


@given(cases(LABELS))
@example(LAST_EVER)
def test_I14_due_dates_are_never_late_and_ends_never_early(case: Case) -> None:
    plan = planned(case)
    laws.i14_directions(case, plan)
    laws.i14_windows_and_baselines(case, plan)


# --- clock time ------------------------------------------------------------------------------


@given(cases() | night_cases())
def test_I15_windows_are_elapsed_time(case: Case) -> None:
    plan = planned(case)
    laws.i15_windows_are_elapsed_time(case, plan)
    laws.i15_hours_after_an_infusion_are_elapsed(case, plan)


@given(cases() | night_cases())
def test_I16_windows_do_not_overlap(case: Case) -> None:
    laws.i16_windows_do_not_overlap(case, planned(case))


def at_any_hour(day: date, wall: time, zone: str) -> Case:
    """Return a question whose five days are open at any hour, so that infusions start at any time."""
    near = tuple(one for step in range(-1, 8) if FIRST_DAY <= (one := day + timedelta(days=step)) <= LAST_DAY)
    facts = EVERY_DAY.changed(infusion_starts=wall.isoformat("minutes"), time_zone=zone, extra_open=near)
    return Case(shipped("us-2024-05"), facts, day, 1)


@given(zoned_starts())
@example((date(2026, 3, 8), time(2, 30), "America/New_York"))  # skipped
@example((date(2026, 11, 1), time(1, 30), "America/New_York"))  # repeated
@example((date(2026, 3, 8), time(0, 0), "America/New_York"))  # an hour is lost during the infusion
@example((date(2026, 11, 1), time(0, 0), "America/New_York"))  # an hour is won
@example((date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe"))  # half an hour skipped
@example((date(2026, 4, 24), time(0, 30), "Africa/Cairo"))  # midnight is skipped
def test_I17_a_start_is_one_real_instant_or_is_refused(start: tuple[date, time, str]) -> None:
    day, wall, zone = start
    assume(day <= date(2099, 12, 20))
    case = at_any_hour(day, wall, zone)
    kinds = {one: start_kind(one, wall, zone) for one in changing_days(day, wall, zone)}
    wrong = [one for one in sorted(kinds) if kinds[one] != "real"]
    event(kinds[wrong[0]] if wrong else "real")
    if not wrong:
        assert_starts_and_ends(case, set(kinds))
        return
    with pytest.raises(LocalTimeError) as refused:
        case.planned()
    assert_refused(refused.value, wrong[0], kinds[wrong[0]], start)


def changing_days(day: date, wall: time, zone: str) -> list[date]:
    """Return the days of a course on which the clocks change near its infusion, and its first day."""
    found = []
    for one in (day + timedelta(days=step) for step in range(5)):
        around = [datetime.combine(one, wall, UTC) + timedelta(hours=hours) for hours in (-40, 40)]
        first, second = (moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in around)
        if first != second or one == day:
            found.append(one)
    return found


def assert_starts_and_ends(case: Case, checked: set[date]) -> None:
    plan = case.planned()
    laws.i15_windows_are_elapsed_time(case, plan)
    laws.i16_windows_do_not_overlap(case, plan)
    wall, zone = time.fromisoformat(case.clinic.infusion_starts), case.clinic.time_zone
    for planned_day in plan.infusion_days:
        if planned_day.date in checked:
            ends = [elapsed_end(planned_day.date, wall, zone, minutes) for minutes in (240, 360)]
            found = [infusion_of(planned_day).end, observation_of(planned_day).end]
            assert [end.astimezone(UTC) for end in ends] == [end.astimezone(UTC) for end in found]
            assert [end.isoformat() for end in ends] == [end.isoformat() for end in found]


def assert_refused(refusal: LocalTimeError, day: date, kind: str, start: tuple[date, time, str]) -> None:
    _, wall, zone = start
    code = "nonexistent-local-time" if kind == "skipped" else "repeated-local-time"
    assert code == refusal.code
    assert refusal.place
    if kind == "skipped":
        nearest = nearest_real_times(day, wall, zone)
        assert refusal.nearest == tuple(moment.time().isoformat("minutes") for moment in nearest)
        return
    before, after = (time.fromisoformat(text) for text in refusal.nearest)
    around = [start_kind(day + timedelta(days=step), one, zone) for one in (before, after) for step in (0,)]
    assert around == ["real", "real"]
    assert refusal.nearest[0] != refusal.nearest[1]


@given(cases(), st.sampled_from(ZONES))
def test_I18_dates_do_not_depend_on_the_zone(case: Case, zone: str) -> None:
    """By day: there the clocks of none of these zones change."""
    plan, other = planned(case), planned(case.changed(clinic=case.clinic.changed(time_zone=zone)))
    assert laws.comparable(plan) == laws.comparable(other)
    assert [course.passed_over for course in plan.courses] == [course.passed_over for course in other.courses]
    assert [walls(day) for day in plan.infusion_days] == [walls(day) for day in other.infusion_days]


def walls(day: Any) -> list[datetime]:
    """Return the clock times of an infusion day as the clinic's wall shows them."""
    moments = (day.infusion.start, day.infusion.end, day.observation.start, day.observation.end)
    return [moment.replace(tzinfo=None) for moment in moments]


# --- provenance ------------------------------------------------------------------------------


@given(cases(LABELS), st.none() | st.just("a-plan-7"))
def test_I19_a_plan_is_rebuilt_from_its_provenance(case: Case, plan_id: str | None) -> None:
    plan = planned(case).model_copy(update={"plan_id": plan_id})
    read = Plan.model_validate_json(plan.model_dump_json())
    request = {name: getattr(read.provenance.request, name) for name in ("not_before", "courses", "as_of")}
    again = plan_treatment(load_protocol(read.protocol), read.provenance.clinic, **request, plan_id=read.plan_id)
    assert plan == again
    assert plan.model_dump_json() == again.model_dump_json()


@given(cases())
def test_I19_provenance_holds_versions_and_every_input(case: Case) -> None:
    plan = planned(case)
    made = plan.provenance
    assert version("lemtrada_schedule") == made.library
    assert version("tzdata") == made.tzdata
    assert version("holidays") == made.holidays
    assert case.protocol.protocol.date_digest == made.protocol_digest
    assert case.clinic.noun() == made.clinic
    request = made.request
    assert (case.not_before, case.courses, case.as_of) == (request.not_before, request.courses, request.as_of)
    assert f"{case.protocol.rules['id']}-{case.protocol.rules['revision']}" == plan.protocol
    closed = {one.date: one.reason for one in made.closures}
    blocked = {one.closed_day for course in plan.courses for one in course.passed_over}
    dated = {day for day in blocked if case.why_closed(day) in {"holiday", "closure", "booked"}}
    assert dated <= closed.keys()


@given(cases())
def test_I19_every_date_says_why(case: Case) -> None:
    laws.i19_every_reason_holds(case, planned(case))


def test_I19_the_documents_behind_every_cite_are_in_the_plan() -> None:
    for name in ("us-2024-05", "eu-2020-01"):
        plan = Case(shipped(name), EVERY_DAY, date(2027, 1, 11), 2).planned()
        cites = set(re.findall(r'"cite":"([^"]+)"', plan.model_dump_json()))
        assert len(cites) > 3
        assert cites <= {source.id for source in plan.provenance.sources}


# --- exports ---------------------------------------------------------------------------------


@given(cases())
@example(LAST_EVER)
def test_I35_json_read_back_is_the_plan(case: Case) -> None:
    plan = planned(case)
    text = plan.model_dump_json()
    read = Plan.model_validate_json(text)
    assert plan == read
    assert text == read.model_dump_json()


@given(cases())
def test_I35_csv_holds_each_dated_item_once(case: Case) -> None:
    plan = planned(case)
    rows = to_rows(plan)
    read = list(csv.DictReader(io.StringIO(to_csv(rows), newline="")))
    assert [{name: written_cell(cell) for name, cell in row.items()} for row in rows] == [
        {name: cell.removeprefix("'") for name, cell in row.items()} for row in read
    ]
    assert expected_items(plan) == len(rows) == len({row["item"] for row in rows})
    assert [day.date.isoformat() for day in plan.infusion_days] == [
        row["first_day"] for row in read if row["kind"] == "infusion"
    ]


def written_cell(cell: object) -> str:
    """Return a cell as CSV holds it: days and times by ISO 8601, nothing for what is absent."""
    return "" if cell is None else cell.isoformat() if isinstance(cell, datetime) else str(cell)


def expected_items(plan: Plan) -> int:
    """Count the dated items by walking the plan's JSON."""
    written = json.loads(plan.model_dump_json())
    count = sum(len(course["days"]) for course in written["courses"]) + len(written["contraception"])
    for activity in written["activities"]:
        match activity["kind"]:
            case "series":
                count += len(activity["dates"]) + (activity["baseline"] is not None)
            case "infusion-days":
                count += len(activity["days"])
            case "after-infusion":
                count += len(activity["windows"])
            case _:
                count += 1
    return count + len(written["visits"])


@given(own_protocols(), clinics([date(2027, 1, 11)]))
def test_I35_a_protocol_and_a_clinic_read_back_are_the_same(facts: ProtocolFacts, place: ClinicFacts) -> None:
    protocol, clinic = facts.protocol, place.changed(hours=EVERY_DAY.hours).noun()
    assert protocol == Protocol.model_validate_json(protocol.model_dump_json())
    assert clinic == Clinic.model_validate_json(clinic.model_dump_json())
