"""What is rare and still has to be right: empty series, open periods, unknown zones, junk at doors."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from lemtrada_schedule import (
    Clinic,
    History,
    InvalidInput,
    Offset,
    Plan,
    Span,
    TimeWindow,
    explain,
    find_course_starts,
    load_protocol,
    plan_treatment,
    to_csv,
    to_text,
)
from lemtrada_schedule.clinic.public_holidays import PublicHoliday
from lemtrada_schedule.dates import time_windows
from lemtrada_schedule.plan.activities import (
    AfterInfusionActivity,
    InfusionDaysActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.planning import plan_findings
from lemtrada_schedule.protocol.intervals import Before, interval_derivation
from lemtrada_schedule.records.history import Observation

EVERY_DAY = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "08:00-18:00")
OPENING = {"time_zone": "America/New_York", "infusion_starts": "09:00", "opening_hours": EVERY_DAY}
OPEN = Clinic.model_validate(OPENING)
CAIRO = {**OPENING, "country": "EG", "time_zone": "Africa/Cairo"}
EYE_TEST: dict[str, Any] = {"id": "eye-test", "kind": "series", "every": "2 years", "per": "course", "cite": "faq"}
DIET: dict[str, Any] = {"id": "diet", "kind": "period", "starts": "first infusion", "cite": "faq"}


def own_plan(
    action: dict[str, Any],
    not_before: date = date(2027, 1, 11),
    *,
    first: dict[str, Any] | None = None,
    clinic: Clinic = OPEN,
    **asked: Any,
) -> Plan:
    us = load_protocol("us-2024-05")
    added = [_action(one) for one in (first, action) if one]
    own = us.model_copy(update={"id": "own", "actions": [*us.actions, *added]})
    return plan_treatment(own, clinic, not_before=not_before, **asked)


def _action(action: dict[str, Any]) -> Any:
    rest = {**json.loads(load_protocol("us-2024-05").model_dump_json()), "id": "own"}
    rest["actions"] = [*rest["actions"], action]
    return type(load_protocol("us-2024-05")).model_validate(rest).actions[-1]


def test_a_series_that_the_next_course_leaves_no_date() -> None:
    """Every 2 years after 15 January 2027, ended by course 2 on 15 January 2028: none."""
    plan = own_plan(EYE_TEST)
    series = next(one for one in plan.activities if one.id == "eye-test/course-1")
    assert explain(series) == "Eye test: no due date before 2028-01-15 (Saturday 15 January)."
    assert "no further date: first infusion of course 2 (2028-01-15); FAQ" in to_text(plan)


def test_a_period_without_an_end_says_so() -> None:
    plan = own_plan(DIET)
    period = next(one for one in plan.activities if one.id == "diet/course-1")
    why = "first infusion of course 1 (2027-01-11); FAQ"
    assert explain(period) == f"Diet from 2027-01-11 (Monday 11 January), no end stated: {why}."


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        # Course 1 on 31 March to 4 April 2027; there is no 31 February: a period starts earlier and ends later.
        ("first infusion - 1 month", "last infusion + 1 month", ("2027-02-28", "2027-05-04")),
        ("first infusion", "first infusion + 3 months", ("2027-03-31", "2027-07-01")),  # no 31 June
        ("first infusion", "first infusion + 5 months", ("2027-03-31", "2027-08-31")),
    ],
)
def test_S02_a_period_starts_earlier_and_ends_later(starts: str, ends: str, expected: tuple[str, str]) -> None:
    plan = own_plan(DIET | {"starts": starts, "ends": ends}, date(2027, 3, 31))
    period = next(one for one in plan.activities if one.id == "diet/course-1")
    assert isinstance(period, PeriodActivity)
    assert (str(period.first_day), str(period.last_day), period.earliest_end) == (*expected, None)


def test_S02_a_window_opens_later_and_closes_earlier() -> None:
    """Before 31 March 2027: 31 February would be 1 March for an opening, 28 February for a deadline."""
    window: dict[str, Any] = {"id": "visit", "kind": "window", "cite": "faq"}
    for place, expected in (("opens", (date(2027, 3, 1), None)), ("closes", (None, date(2027, 2, 28)))):
        plan = own_plan(window | {place: "first infusion - 1 month"}, date(2027, 3, 31))
        found = next(one for one in plan.activities if one.id == "visit/course-1")
        assert isinstance(found, WindowActivity)
        assert (found.first_day, found.last_day) == expected


def test_a_period_that_stays_open_may_have_no_earliest_end() -> None:
    """Nor does a count close it: there is no end that it could be later than."""
    open_until = {"observation": "cd4", "at_least": 200, "unit": "cells/uL"}
    count = Observation(date=date(2027, 6, 1), code="cd4", value=400)
    given = History.from_dates([f"2027-01-{day}" for day in range(11, 16)], observations=[count])
    asked: dict[str, Any] = {"history": given, "as_of": date(2027, 7, 1)}
    plan = own_plan(DIET | {"open_until": open_until}, date(2027, 8, 2), **asked)
    period = next(one for one in plan.activities if one.id == "diet/course-1")
    assert isinstance(period, PeriodActivity)
    assert (period.first_day, period.last_day, period.earliest_end) == (date(2027, 1, 11), None, None)
    assert period.because == period.begins_because


@pytest.mark.parametrize(
    ("given", "expected"),
    [(3, None), (4, ["2027-01-14"]), (5, ["2027-01-14", "2027-01-15"])],
)
def test_what_belongs_to_days_4_and_5_needs_a_course_that_long(given: int, expected: list[str] | None) -> None:
    """Asked when a short course is over."""
    action: dict[str, Any] = {"id": "late-dose", "kind": "infusion-days", "days": [4, 5], "per": "first-course"}
    history = History.from_dates([f"2027-01-{day}" for day in range(11, 11 + given)])
    plan = own_plan(action | {"cite": "faq"}, date(2027, 8, 2), history=history, as_of=date(2027, 3, 1))
    found = [one for one in plan.activities if one.id == "late-dose/course-1"]
    days = [[day.isoformat() for day in one.days] for one in found if isinstance(one, InfusionDaysActivity)]
    assert days == ([] if expected is None else [expected])


def test_hours_after_the_infusion_are_those_of_the_days_whose_hours_are_known() -> None:
    """Three days on record without times, two to come on 14 and 15 January 2027, from 09:00 to 13:00."""
    given = History.from_dates(["2027-01-11", "2027-01-12", "2027-01-13"])
    plan = own_plan(DIET, date(2027, 1, 11), history=given, as_of=date(2027, 1, 13))
    watch = next(one for one in plan.activities if one.id == "reaction-watch/course-1")
    assert isinstance(watch, AfterInfusionActivity)
    assert [(window.start.isoformat(), window.minutes) for window in watch.windows] == [
        ("2027-01-14T13:00:00-05:00", 24 * 60),
        ("2027-01-15T13:00:00-05:00", 24 * 60),
    ]


def test_series_whose_baselines_have_other_sources_share_no_reasons() -> None:
    base: dict[str, Any] = EYE_TEST | {"every": "1 month"}
    plan = own_plan(base | {"baseline": {"within": "30 days", "cite": "isi"}}, date(2027, 1, 11), first=base | {
        "id": "ear-test", "baseline": {"within": "30 days", "cite": "faq"}
    })  # fmt: skip
    cites = {}
    for one in plan.activities:
        if isinstance(one, SeriesActivity) and one.id in {"eye-test/course-1", "ear-test/course-1"}:
            assert one.baseline is not None
            cites[one.action] = one.baseline.because.cite
    assert cites == {"eye-test": "isi", "ear-test": "faq"}


def eye_test_due(plan: Plan) -> date:
    series = next(one for one in plan.activities if one.id == "eye-test/course-2")
    assert isinstance(series, SeriesActivity)
    assert series.baseline is not None
    return series.baseline.due


def test_a_window_that_is_shorter_than_the_reuse_decides_whether_a_draw_serves() -> None:
    """Course 1 ends on 15 January 2027; course 2 from 25 January 2028: the draw of the 15th is 10 days before it."""
    for within, due in (("9 days", date(2028, 1, 24)), ("10 days", date(2028, 1, 15)), ("12 days", date(2028, 1, 15))):
        action = EYE_TEST | {"every": "1 month", "baseline": {"within": within, "reuse": "14 days"}}
        closed = {"closures": {f"2028-01-{day}": "closed" for day in range(15, 25)}}
        plan = own_plan(action, date(2027, 1, 11), clinic=Clinic.model_validate({**OPENING, **closed}))
        assert plan.courses[1].first_day == date(2028, 1, 25)
        assert eye_test_due(plan) == due


@pytest.mark.parametrize(
    ("words", "due"),
    [
        # A month before 31 March 2028 would be 31 February: it counts from 1 March, and 29 February is older.
        ({"every": "1 month", "baseline": {"reuse": "1 month"}}, date(2028, 3, 30)),
        ({"every": "1 month", "baseline": {"reuse": "2 months", "within": "1 month"}}, date(2028, 3, 30)),
        ({"every": "1 month", "baseline": {"reuse": "2 months"}}, date(2028, 2, 29)),
        # 395 days on is 1 March 2028, and so is 31 February, the 13 months' end: the draw is still due.
        ({"every": "395 days", "baseline": {"reuse": "2 months"}, "until": "13 months"}, date(2028, 3, 1)),
    ],
)
def test_S21_months_that_a_draw_is_judged_by_round_later(words: dict[str, Any], due: date) -> None:
    """Course 1 ends on 31 January 2027, course 2 begins on 31 March 2028; else the eve is due."""
    if until := words.get("until"):
        words = words | {"until": f"last infusion + {until}"}
    closed = [date(2028, 1, 31) + timedelta(days=n) for n in range(60)]
    clinic = Clinic.model_validate({**OPENING, "closures": {day.isoformat(): "closed" for day in closed}})
    plan = own_plan(EYE_TEST | words, date(2027, 1, 27), clinic=clinic)
    assert plan.courses[1].first_day == date(2028, 3, 31)
    assert eye_test_due(plan) == due


@pytest.mark.parametrize(
    ("not_before", "estimated", "found"),
    [
        # Course 1 on 11 to 15 January 2027, its day before and its day after.
        ("2027-01-11", "2027-01-09", False),
        ("2027-01-11", "2027-01-10", True),
        ("2027-01-11", "2027-01-16", True),
        ("2027-01-11", "2027-01-17", False),
        ("2028-01-01", "2027-12-31", True),  # in the year before
        ("2027-12-27", "2028-01-01", True),  # to 31 December, in the year after
    ],
)
def test_an_estimated_holiday_beside_a_course_is_told(
    monkeypatch: pytest.MonkeyPatch,
    not_before: str,
    estimated: str,
    found: bool,  # noqa: FBT001
) -> None:
    feast = PublicHoliday(date.fromisoformat(estimated), "Feast (estimated)", estimated=True)
    monkeypatch.setattr(plan_findings, "_estimates", lambda *place: (feast,) if place[2] == feast.date.year else ())
    # What the calendar says is kept for each clinic: one name for each made-up feast.
    clinic = Clinic.model_validate(CAIRO | {"name": f"with a feast on {estimated}"})
    plan = plan_treatment(load_protocol("us-2024-05"), clinic, not_before=date.fromisoformat(not_before), courses=1)
    assert str(plan.courses[0].first_day) == not_before
    told = [(one.course, one.day) for one in plan.findings if one.code == "holiday-estimated"]
    assert told == ([(1, feast.date)] if found else [])


def test_an_estimated_holiday_beside_the_last_course_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Course 2 on 15 to 17 January 2028, a year after course 1."""
    feast = PublicHoliday(date(2028, 1, 18), "Feast (estimated)", estimated=True)
    monkeypatch.setattr(plan_findings, "_estimates", lambda *place: (feast,) if place[2] == 2028 else ())
    clinic = Clinic.model_validate(CAIRO | {"name": "with a feast on 2028-01-18"})
    plan = plan_treatment(load_protocol("us-2024-05"), clinic, not_before=date(2027, 1, 11))
    told = [(one.course, one.day) for one in plan.findings if one.code == "holiday-estimated"]
    assert told == [(2, date(2028, 1, 18))]


def test_an_interval_must_end_after_the_course_before() -> None:
    """Five days from 11 January 2027, counted from the first: 4 days on is the last of them, 5 days on is after it."""
    us = load_protocol("us-2024-05")
    for interval, first_day in (("4 days", None), ("5 days", date(2027, 1, 16))):
        rule = us.courses[1].model_copy(
            update={"minimum_interval": interval, "counted_from": "first infusion", "warn_only_from": None}
        )
        own = us.model_copy(update={"id": "own", "courses": [us.courses[0], rule]})
        if first_day:
            assert plan_treatment(own, OPEN, not_before=date(2027, 1, 11)).courses[1].first_day == first_day
            continue
        with pytest.raises(InvalidInput) as caught:
            plan_treatment(own, OPEN, not_before=date(2027, 1, 11))
        assert caught.value.code == "protocol-contradiction"


def test_a_possible_start_is_explained() -> None:
    start = find_course_starts(OPEN, 3, not_before=date(2027, 1, 11), limit=1)[0]
    said = "Possible from 2027-01-11 (Monday 11 January) to 2027-01-13 (Wednesday 13 January)."
    assert explain(start) == said


def test_an_offset_is_shown_as_it_is_parsed() -> None:
    assert repr(Offset.parse("first infusion - 42 days")) == "Offset.parse('first infusion - 42 days')"


@pytest.mark.parametrize("rows", [[5], "rows", None])
def test_csv_of_what_are_no_rows_is_refused(rows: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        to_csv(rows)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "rows")


def test_a_plan_that_hides_a_character_is_refused_with_its_place() -> None:
    plan = plan_treatment(load_protocol("us-2024-05"), OPEN, not_before=date(2027, 1, 11), courses=1)
    written = json.loads(plan.model_dump_json())
    written["activities"][0]["title"] = "a\u202eb"
    with pytest.raises(InvalidInput) as caught:
        Plan.model_validate(written)
    assert (caught.value.code, caught.value.place) == ("control-character", "activities.0.title")


def nested(kind: str) -> Any:
    """Return data that no JSON text can hold, or that would fill the memory if each place were looked at."""
    inside: Any = [] if kind in {"list in itself", "shared lists"} else {}
    if kind == "list in itself":
        inside.append(inside)
    elif kind == "table in itself":
        inside["a"] = inside
    else:
        for _ in range(60):
            inside = [inside, inside]
    return inside


@pytest.mark.parametrize("kind", ["list in itself", "table in itself", "shared lists"])
@pytest.mark.parametrize("text", ["a", "a\u202eb"], ids=["plain", "hidden"])
@pytest.mark.parametrize("field", ["courses", "findings", "activities"])
def test_a_plan_of_data_that_holds_itself_is_refused_at_once(kind: str, text: str, field: str) -> None:
    with pytest.raises(InvalidInput):
        Plan.model_validate({"schema_version": 2, "findings": [], field: nested(kind), "clinic_name": text})


def test_course_1_is_not_optional() -> None:
    """It would repeat, and has no interval to repeat by."""
    us = load_protocol("us-2024-05")
    with pytest.raises(InvalidInput) as caught:
        us.model_copy(update={"id": "own", "courses": [us.courses[0].model_copy(update={"optional": True})]})
    assert (caught.value.code, caught.value.place) == ("protocol-contradiction", "courses.0.optional")


def test_an_interval_that_no_protocol_has_is_not_counted() -> None:
    us = load_protocol("us-2024-05")
    only = us.model_copy(update={"id": "own", "courses": us.courses[:1]})
    with pytest.raises(InvalidInput) as caught:
        interval_derivation(only, 2, Before(1, date(2027, 1, 11), date(2027, 1, 15)))
    assert (caught.value.code, caught.value.place) == ("protocol-contradiction", "courses")


@pytest.mark.parametrize(
    ("arguments", "code", "place"),
    [
        ((datetime(2027, 1, 11), time(9), "UTC", 60), "wrong-type", "start"),
        ((date(2027, 1, 11), "09:00", "UTC", 60), "wrong-type", "start"),
        ((date(2027, 1, 11), time(9), "EST", 60), "zone", "time_zone"),
        ((date(2027, 1, 11), time(9), "UTC", 0), "out-of-range", "minutes"),
    ],
)
def test_a_window_is_made_of_a_day_a_time_a_zone_and_minutes(
    arguments: tuple[Any, Any, Any, Any], code: str, place: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        TimeWindow.on(*arguments)
    assert (caught.value.code, caught.value.place) == (code, place)


@pytest.mark.parametrize("junk", [5, "09:00", None, ["09:00", "13:00"]], ids=repr)
def test_a_window_is_read_from_a_table(junk: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        TimeWindow.model_validate(junk)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "TimeWindow")


@pytest.mark.parametrize("start", [datetime(2027, 1, 11, 9), date(2027, 1, 11), None])
def test_a_window_starts_at_an_instant(start: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        TimeWindow.after(start, 60, "UTC")
    assert (caught.value.code, caught.value.place) == ("wrong-type", "start")


def test_a_zone_that_the_package_does_not_know_cannot_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = TimeWindow.on(date(2027, 1, 11), time(9), "America/New_York", 60)
    assert window.start.astimezone(UTC).hour == 14
    monkeypatch.setattr(time_windows, "_PACKAGE_ZONES", tmp_path)
    time_windows._package_zone.cache_clear()
    try:
        assert not time_windows.zone_data_differ(window)
    finally:
        time_windows._package_zone.cache_clear()


# By hand: 42 days before 11 January are 30 November, 30 days before it 12 December; 15 January + 2 months
# is 15 March; the last infusion ends on 15 January at 13:00, 24 hours on it is 16 January.
SAID = {
    "herpes-prophylaxis": (
        "at least until 2027-03-15 (Monday 15 March): last infusion of course 1 (2027-01-15) + 2 months"
    ),
    "vaccinations": "until 2026-11-30 (Monday 30 November); closes: first infusion of course 1 (2027-01-11) - 42 days",
    "urine-protein-creatinine": "from 2026-12-12 (Saturday 12 December) until 2027-01-10 (Sunday 10 January); opens:",
    "reaction-watch": "the last until 2027-01-16 (Saturday 16 January) 13:00: end of each infusion of course 1",
    "corticosteroid": (
        "2027-01-12 (Tuesday 12 January), 2027-01-13 (Wednesday 13 January): infusion days 1, 2, 3 of course 1"
    ),
}


@pytest.mark.parametrize("action", SAID)
def test_every_kind_of_activity_is_explained(action: str) -> None:
    plan = plan_treatment(load_protocol("us-2024-05"), OPEN, not_before=date(2027, 1, 11), courses=1)
    found = next(one for one in plan.activities if one.id == f"{action}/course-1")
    assert SAID[action] in explain(found)


def test_a_baseline_is_explained() -> None:
    plan = plan_treatment(load_protocol("us-2024-05"), OPEN, not_before=date(2027, 1, 11), courses=1)
    series = next(one for one in plan.activities if one.id == "blood-count/course-1")
    window = "Baseline from 2026-12-12 (Saturday 12 December) until 2027-01-10 (Sunday 10 January)"
    why = "first infusion of course 1 (2027-01-11) - 1 day; REMS"
    assert explain(getattr(series, "baseline")) == f"{window}, due 2027-01-10 (Sunday 10 January): {why}."  # noqa: B009  # of a union


@pytest.mark.parametrize(
    ("day", "rounding", "times"),
    [(datetime(2027, 1, 11), "later", 1), (date(2027, 1, 11), "sooner", 1), (date(2027, 1, 11), "later", True)],
)
def test_a_span_is_counted_from_a_date_in_whole_steps(day: Any, rounding: Any, times: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        Span.parse("1 month").after(day, rounding=rounding, times=times)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "span")


@pytest.mark.parametrize("junk", [5, "09:00", [], None])
def test_a_window_is_made_of_its_fields(junk: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        TimeWindow.model_validate(junk)
    assert caught.value.code == "wrong-type"
