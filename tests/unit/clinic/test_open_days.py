"""Open days of a clinic, closed days with their kind and words, and the first block: worked out by hand."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from lemtrada_schedule import Clinic, NoFeasibleStart
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.clinic.public_holidays import PublicHoliday
from tests.support.clinics import MON_TO_FRI, WEEK, clinic_open, hours_on

SLOT = 360
"""240 minutes of infusion and 120 of observation."""


def day(written: str) -> date:
    return date.fromisoformat(written)


def calendar(weekdays: str = MON_TO_FRI, **fields: Any) -> OpenDays:
    return OpenDays(clinic_open(weekdays, **fields), SLOT)


def kind_of(calendar: OpenDays, written: str) -> str | None:
    closed = calendar.closed(day(written))
    return closed.closure.kind if closed else None


def test_a_closed_weekday_whose_slot_crosses_a_clock_change_stays_closed() -> None:
    """Sunday 14 March 2027: six hours from midnight cross the change at 02:00, but the clinic is closed on Sundays."""
    closed = calendar(infusion_starts="00:00", opening_hours=hours_on(MON_TO_FRI, "00:00-12:00")).closed(
        day("2027-03-14")
    )
    assert closed is not None
    assert (closed.closure.kind, closed.reason) == ("weekly", "closed on Sundays")


class CountedHolidays(list[PublicHoliday]):
    """Public holidays that count how often they are walked."""

    walks = 0

    def __iter__(self) -> Iterator[PublicHoliday]:
        self.walks += 1
        return super().__iter__()


def test_the_days_of_a_year_are_worked_out_once() -> None:
    holidays = CountedHolidays([PublicHoliday(day("2027-07-05"), "Independence Day", estimated=False)])
    clinic_days = OpenDays(clinic_open(MON_TO_FRI), SLOT, holidays)
    asked = ("2027-07-05", "2027-07-06", "2027-07-05", "2028-07-05")
    assert [kind_of(clinic_days, one) for one in asked] == ["holiday", None, "holiday", None]
    assert holidays.walks == 2  # 2027 and 2028


@pytest.mark.parametrize(
    ("hours", "kind"),
    [
        ("08:30-15:00", None),  # ready from 08:30 on, over at 15:00
        ("08:31-15:00", "too-short"),
        ("08:30-14:59", "too-short"),
        ("09:00-12:00", "too-short"),
    ],
)
def test_a_day_holds_the_preparation_and_the_slot(hours: str, kind: str | None) -> None:
    assert kind_of(calendar(opening_hours=hours_on(MON_TO_FRI, hours), preparation_minutes=30), "2027-01-11") == kind


def test_hours_that_are_too_short_are_told_with_what_is_needed() -> None:
    closed = calendar(opening_hours=hours_on(MON_TO_FRI, "09:00-12:00"), preparation_minutes=30).closed(
        day("2027-01-11")
    )
    assert closed is not None
    assert closed.reason == "open 09:00-12:00 only; needed: 30 minutes before and 360 after 09:00"


@pytest.mark.parametrize(
    ("fields", "written", "kind"),
    [
        # New York, 8 March 2026: 02:00 to 03:00 is skipped, so that six hours from midnight end at 07:00.
        ({"infusion_starts": "00:00", "opening_hours": hours_on(WEEK, "00:00-06:00")}, "2026-03-08", "clock-change"),
        ({"infusion_starts": "00:00", "opening_hours": hours_on(WEEK, "00:00-07:00")}, "2026-03-08", None),
        ({"infusion_starts": "00:00", "opening_hours": hours_on(WEEK, "00:00-06:00")}, "2026-03-09", None),
        # 31 October 2026, a Saturday: six hours from 20:00 end at 01:00 on the next day.
        ({"infusion_starts": "20:00", "opening_hours": hours_on(WEEK, "08:00-23:59")}, "2026-10-31", "clock-change"),
        ({"infusion_starts": "20:00", "opening_hours": hours_on(WEEK, "08:00-23:59")}, "2026-10-30", "too-short"),
        # 1 November 2026: 01:00 to 02:00 comes twice. Six hours from 00:30 end at 05:30; 30 minutes come before.
        (
            {
                "infusion_starts": "00:30",
                "preparation_minutes": 30,
                "opening_hours": hours_on(WEEK, "00:00-05:30"),
            },
            "2026-11-01",
            None,
        ),
        (
            {
                "infusion_starts": "00:30",
                "preparation_minutes": 30,
                "opening_hours": hours_on(WEEK, "00:01-05:30"),
            },
            "2026-11-01",
            "clock-change",
        ),
        (
            {
                "infusion_starts": "00:30",
                "preparation_minutes": 30,
                "opening_hours": hours_on(WEEK, "00:00-05:29"),
            },
            "2026-11-01",
            "clock-change",
        ),
    ],
)
def test_the_slot_of_a_clock_change_by_hand(fields: dict[str, Any], written: str, kind: str | None) -> None:
    assert kind_of(calendar(WEEK, **fields), written) == kind


def test_a_clock_change_is_told_with_the_hours_of_its_weekday() -> None:
    clinic = calendar(WEEK, infusion_starts="00:00", opening_hours=hours_on(WEEK, "00:00-06:00"))
    closed = clinic.closed(day("2026-03-08"))
    assert closed is not None
    assert closed.reason == "open 00:00-06:00 only; needed: 0 minutes before and 360 after 00:00"


US = {"country": "US", "subdivision": "MA"}


@pytest.mark.parametrize(
    ("fields", "written", "kind", "reason"),
    [
        (US, "2027-01-18", "holiday", "public holiday: Martin Luther King Jr. Day"),
        (US, "2027-06-19", "weekly", "closed on Saturdays"),  # Juneteenth itself
        ({**US, "closures": {"2027-01-18": "Staff day"}}, "2027-01-18", "closure", "closed: Staff day"),
        ({"closures": {"2027-01-16": "Staff day"}}, "2027-01-16", "closure", "closed: Staff day"),
        ({"fully_booked": {"2027-01-11": "no chair"}}, "2027-01-11", "booked", "fully booked: no chair"),
        (
            {"extra_open": {"2027-01-16": "session"}, "fully_booked": {"2027-01-16": "no chair"}},
            "2027-01-16",
            "booked",
            "fully booked: no chair",
        ),
    ],
)
def test_a_closed_day_has_its_kind_and_its_words(fields: dict[str, Any], written: str, kind: str, reason: str) -> None:
    closed = calendar(**fields).closed(day(written))
    assert closed is not None
    assert (closed.closure.kind, closed.reason) == (kind, reason)
    assert closed.closure.name == (reason.partition(": ")[2] or None)


def test_an_extra_open_day_is_open_whatever_the_week_or_the_country_says() -> None:
    clinic = calendar(**US, extra_open={"2027-01-16": "session", "2027-01-18": "session"})
    assert clinic.closed(day("2027-01-16")) is None
    assert clinic.closed(day("2027-01-18")) is None


def test_the_first_block_and_each_start_before_it_by_hand() -> None:
    """Three days from Friday 15 January 2027, Monday to Friday: Monday 18 to Wednesday 20."""
    start = calendar().first_start(3, day("2027-01-15"))
    assert (start.first_day, start.last_day) == (day("2027-01-18"), day("2027-01-20"))
    skipped = [(one.first_day.day, one.closed_day.day, one.reason) for one in start.passed_over]
    saturday, sunday = "closed on Saturdays", "closed on Sundays"
    assert skipped == [(15, 16, saturday), (16, 16, saturday), (17, 17, sunday)]
    assert {"weekly"} == {one.closure.kind for one in start.passed_over if one.closure}


def test_as_many_starts_are_tried_as_days_lie_within() -> None:
    starts = list(calendar(WEEK).starts(3, day("2027-01-11"), within=4))
    assert [start.first_day.day for start in starts] == [11, 12, 13, 14, 15]
    assert {()} == {start.passed_over for start in starts}


def test_the_last_start_tried_still_counts() -> None:
    """Friday 15 January 2027 and three days more: Monday 18."""
    assert calendar().first_start(3, day("2027-01-15"), within=3).first_day == day("2027-01-18")
    with pytest.raises(NoFeasibleStart):
        calendar().first_start(3, day("2027-01-15"), within=2)


def test_no_block_is_told_with_the_days_searched_and_the_longest_run() -> None:
    with pytest.raises(NoFeasibleStart) as caught:
        calendar("mon tue wed thu").first_start(5, day("2027-01-11"))
    error = caught.value
    assert (error.longest_run, error.not_before, error.last_start, error.place) == (
        4,
        day("2027-01-11"),
        day("2028-01-12"),  # 366 days later
        "clinic",
    )
    assert error.message == (
        "no block of 5 consecutive open days starts from 2027-01-11 to 2028-01-12; "
        "the longest run found has 4; change the clinic's hours or closures, or add days to extra_open"
    )


@pytest.mark.parametrize(
    ("not_before", "longest"),
    [
        ("2027-01-14", 1),  # Thursday, then closed; Monday 18 is the last day looked at
        ("2027-01-15", 2),  # Monday 18 and Tuesday 19
        ("2027-01-11", 4),
    ],
)
def test_the_longest_run_counts_the_days_that_a_block_could_have_had(not_before: str, longest: int) -> None:
    with pytest.raises(NoFeasibleStart) as caught:
        calendar("mon tue wed thu").first_start(5, day(not_before), within=0)
    assert (caught.value.longest_run, caught.value.last_start) == (longest, day(not_before))


def test_closures_of_some_years_by_date_and_words() -> None:
    clinic = calendar(
        **US,
        closures={"2027-12-24": "Staff day", "2028-01-03": "Repairs", "2026-12-31": "Early"},
        fully_booked={"2027-03-02": "no chair", "2028-01-04": "no chair"},
        extra_open={"2027-12-18": "session"},
    )
    listed = [(one.date.isoformat(), one.reason, one.kind) for one in clinic.closures(2027, 2027)]
    own = [one for one in listed if one[2] != "holiday"]
    assert own == [("2027-03-02", "no chair", "booked"), ("2027-12-24", "Staff day", "closure")]
    assert ("2027-01-18", "Martin Luther King Jr. Day", "holiday") in listed
    assert listed == sorted(listed)
    assert {"2027"} == {one[0][:4] for one in listed}
    both = [one for one in clinic.closures(2027, 2028) if one.kind != "holiday"]
    assert [one.date.isoformat() for one in both] == ["2027-03-02", "2027-12-24", "2028-01-03", "2028-01-04"]
    assert not any(one.estimated for one in clinic.closures(2027, 2028))


def test_closures_of_one_day_are_in_the_order_of_their_words() -> None:
    clinic = calendar(closures={"2027-03-02": "Staff day"}, fully_booked={"2027-03-02": "Every chair taken"})
    assert [one.reason for one in clinic.closures(2027, 2027)] == ["Every chair taken", "Staff day"]


def test_an_estimated_holiday_is_marked() -> None:
    """The end of Ramadan in the Emirates follows the moon, and is known in advance by estimate only."""
    clinic = calendar(country="AE")
    assert any(one.estimated for one in clinic.closures(2027, 2027))
    assert isinstance(clinic.clinic, Clinic)


def test_frozen_holidays_are_used_in_their_year_only() -> None:
    clinic = clinic_open(MON_TO_FRI, **US)
    frozen = (PublicHoliday(day("2027-02-03"), "Frozen day", False), PublicHoliday(day("2028-02-03"), "Later", False))  # noqa: FBT003  # a tuple of three
    calendar = OpenDays(clinic, SLOT, frozen)
    assert kind_of(calendar, "2027-02-03") == "holiday"
    assert kind_of(calendar, "2027-01-18") is None  # a holiday by the data in use, not by those that were frozen
    assert [one.reason for one in calendar.closures(2027, 2027)] == ["Frozen day"]


def test_holidays_are_those_of_the_categories_that_the_clinic_observes() -> None:
    """15 August 2031, a Friday, is a holiday in Catholic towns of Bavaria only."""
    place = {"country": "DE", "subdivision": "BY", "time_zone": "Europe/Berlin"}
    assert kind_of(calendar(**place), "2031-08-15") is None
    assert kind_of(calendar(**place, holiday_categories=["public", "catholic"]), "2031-08-15") == "holiday"
