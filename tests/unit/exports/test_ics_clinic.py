"""The calendar of several plans: one file for a whole clinic, with a label at the start of each title."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import icalendar
import pytest

from lemtrada_schedule import History, InvalidInput, Plan, load_protocol, plan_treatment, read_clinic, replan, to_ics
from tests.support.calendar_client import CalendarClient
from tests.support.ical_lines import read_calendar

EXAMPLES: Final = Path(__file__).parents[3] / "examples"
STAMP: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
WEEK: Final = ["2027-01-11", "2027-01-12", "2027-01-13", "2027-01-14", "2027-01-15"]
LABELS: Final = {"p-1": "Bed 1", "p-2": "Bed 2", "p-3": "Bed 3"}


def planned(name: str | None, start: date = date(2027, 1, 11), clinic: str = "boston") -> Plan:
    rules = load_protocol("eu-2020-01" if clinic == "berlin" else "us-2024-05")
    return plan_treatment(rules, read_clinic(EXAMPLES / f"{clinic}.toml"), not_before=start, courses=1, plan_id=name)


def lines(file: bytes) -> list[str]:
    return file.decode().replace("\r\n ", "").split("\r\n")


def test_the_events_are_those_of_each_plan_with_the_label_in_front() -> None:
    plans = [planned("p-1"), planned("p-2", date(2027, 2, 1))]
    together = read_calendar(to_ics(plans, stamp=STAMP, label=LABELS)).all("VEVENT")
    alone = [read_calendar(to_ics(plan, stamp=STAMP)).all("VEVENT") for plan in plans]
    assert [event["UID"].value for event in together] == [event["UID"].value for one in alone for event in one]
    wanted = [
        f"{bed}: {event['SUMMARY'].text}" for bed, one in zip(("Bed 1", "Bed 2"), alone, strict=True) for event in one
    ]
    assert [event["SUMMARY"].text for event in together] == wanted
    assert [event["DTSTART"].value for event in together] == [one["DTSTART"].value for each in alone for one in each]


def test_a_list_of_one_plan_is_the_file_of_that_plan() -> None:
    plan = planned("p-1")
    for titles in ("neutral", "clinical"):
        assert to_ics([plan], stamp=STAMP, titles=titles) == to_ics(plan, stamp=STAMP, titles=titles)
    assert to_ics((plan,), stamp=STAMP) == to_ics(plan, stamp=STAMP)


def test_a_label_comes_from_a_function_too_and_stands_in_the_file_of_one_plan() -> None:
    plan = planned("p-1")
    by_function = to_ics(
        plan, stamp=STAMP, label=lambda one: f"Bed {(one.plan_id or '')[-1]}", reminders=[timedelta(1)]
    )
    assert by_function == to_ics(plan, stamp=STAMP, label=LABELS, reminders=[timedelta(1)])
    assert "SUMMARY:Bed 1: Appointment\\, day 1 of 5" in lines(by_function)
    assert "DESCRIPTION:Bed 1: Appointment\\, day 1 of 5" in lines(by_function)  # the reminder


def test_a_tentative_event_has_its_label_first() -> None:
    plan = plan_treatment(
        load_protocol("us-2024-05"),
        read_clinic(EXAMPLES / "boston.toml"),
        not_before="2027-03-01",
        history=History.from_dates(WEEK[:3]),
        as_of="2027-02-15",
        plan_id="p-1",
    )
    assert any(
        line.startswith("SUMMARY:Bed 1: Tentative: ") for line in lines(to_ics([plan], stamp=STAMP, label=LABELS))
    )


def test_the_head_says_what_all_plans_share() -> None:
    two = [planned("p-1"), planned("p-2", date(2027, 2, 1))]
    both = {"boston": planned("p-1"), "berlin": planned("p-3", clinic="berlin")}
    head = lines(to_ics(two, stamp=STAMP, titles="clinical"))
    assert {"X-WR-CALNAME:Treatment plans", "X-WR-TIMEZONE:America/New_York"} <= set(head)
    mixed = lines(to_ics(list(both.values()), stamp=STAMP))
    assert "X-WR-CALNAME:Appointments" in mixed
    assert not [line for line in mixed if line.startswith("X-WR-TIMEZONE")]
    assert [line for line in mixed if line.startswith("TZID:")] == ["TZID:America/New_York", "TZID:Europe/Berlin"]
    counted = next(line for line in lines(to_ics(two, stamp=STAMP, spans="none")) if line.startswith("X-WR-CALDESC"))
    alone = [to_ics(plan, stamp=STAMP, spans="none").count(b"BEGIN:VEVENT") for plan in two]
    assert counted.startswith(f"X-WR-CALDESC:{sum(alone)} entries\\;")


def test_a_clinic_without_plans_has_a_calendar_without_events() -> None:
    """A calendar must hold at least one component (RFC 5545, 3.6): here the zone UTC."""
    calendar = icalendar.Calendar.from_ical(to_ics([], stamp=STAMP, label=LABELS))
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE"]
    assert b"X-WR-TIMEZONE" not in to_ics([], stamp=STAMP)
    assert b"X-WR-CALNAME:Treatment plans" in to_ics([], stamp=STAMP, titles="clinical")


@pytest.mark.parametrize(
    ("refresh", "written"),
    [(timedelta(minutes=1), "PT1M"), (timedelta(hours=1), "PT1H"), (timedelta(minutes=1590), "P1DT2H30M"),
     (timedelta(days=366), "P366D")],
)  # fmt: skip
def test_a_feed_says_how_often_to_look_for_changes(refresh: timedelta, written: str) -> None:
    """RFC 7986, 5.7; clients that are older than it read X-PUBLISHED-TTL."""
    found = lines(to_ics([planned("p-1")], stamp=STAMP, refresh=refresh))
    assert found[found.index(f"REFRESH-INTERVAL;VALUE=DURATION:{written}") + 1] == f"X-PUBLISHED-TTL:{written}"
    assert "REFRESH" not in to_ics(planned("p-1"), stamp=STAMP, refresh=None).decode()
    assert to_ics(planned("p-1"), stamp=STAMP, refresh=timedelta(days=1)) == to_ics(planned("p-1"), stamp=STAMP)


def test_the_highest_revision_of_a_plan_counts_in_any_order() -> None:
    old, clinic = planned("p-1"), read_clinic(EXAMPLES / "boston.toml")
    late = History.from_dates(["2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22"])
    new = replan(old, load_protocol("us-2024-05"), clinic, history=late, as_of="2027-02-01").plan
    assert new.revision == 1
    for plans in ([old, new], [new, old], [new, old, new]):
        assert to_ics(plans, stamp=STAMP) == to_ics(new, stamp=STAMP)


def test_a_cancelled_clinic_and_an_update_with_a_label() -> None:
    """S46 holds with a label too: the old file and the update make the new one."""
    old, clinic = planned("p-1"), read_clinic(EXAMPLES / "boston.toml")
    new = replan(
        old, load_protocol("us-2024-05"), clinic, history=History.from_dates(WEEK[:2]), as_of="2027-01-20"
    ).plan
    calendar = CalendarClient().imports(to_ics(old, stamp=STAMP, label=LABELS))
    calendar.imports(to_ics(new, since=old, stamp=STAMP + timedelta(minutes=1), label=LABELS))
    fresh = CalendarClient().imports(to_ics(new, stamp=STAMP + timedelta(minutes=1), label=LABELS))
    assert calendar.shows == fresh.shows
    mail = {"method": "CANCEL", "organizer": "clinic@example.org"}
    cancelled = lines(to_ics([old, planned("p-2")], stamp=STAMP, label=LABELS, **mail))  # type: ignore[arg-type]  # a dict of texts
    assert {line for line in cancelled if line.startswith("SEQUENCE")} == {"SEQUENCE:1"}
    assert all(": Cancelled: " in line for line in cancelled if line.startswith("SUMMARY"))


def problem(ask: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refused:
        ask()
    return refused.value.code, refused.value.place


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ({}, "missing-field"),
        ({"p-1": ""}, "text-length"),
        ({"p-1": " "}, "text-length"),
        ({"p-1": "x" * 65}, "text-length"),
        ({"p-1": 7}, "wrong-type"),
        ({"p-1": "a\u202eb"}, "control-character"),
        (lambda _plan: None, "wrong-type"),
        ("Bed 1", "wrong-type"),
    ],
)
def test_a_label_that_is_none_is_refused_without_its_text(label: Any, code: str) -> None:
    assert problem(lambda: to_ics([planned("p-1")], stamp=STAMP, label=label)) == (code, "label")


def test_an_error_of_the_callers_own_function_passes() -> None:
    def bed_of(_plan: Plan) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        to_ics([planned("p-1")], stamp=STAMP, label=bed_of)


@pytest.mark.parametrize(
    ("refresh", "code"),
    [(60, "wrong-type"), (timedelta(0), "out-of-range"), (timedelta(seconds=90), "out-of-range"),
     (timedelta(days=367), "out-of-range")],
)  # fmt: skip
def test_an_interval_that_is_none_is_refused(refresh: Any, code: str) -> None:
    assert problem(lambda: to_ics([planned("p-1")], stamp=STAMP, refresh=refresh)) == (code, "refresh")


def test_what_is_no_list_of_plans_is_refused() -> None:
    plan = planned("p-1")
    other = planned("p-1", date(2027, 2, 1))
    assert problem(lambda: to_ics([plan, "p"], stamp=STAMP)) == ("wrong-type", "plan.1")  # type: ignore[list-item]  # refused
    assert problem(lambda: to_ics([plan, planned(None)], stamp=STAMP)) == ("missing-field", "plan.1.plan_id")
    assert problem(lambda: to_ics([plan, other], stamp=STAMP)) == ("plan-mismatch", "plan.1.revision")
    assert problem(lambda: to_ics([plan], stamp=STAMP, since=plan)) == ("plan-mismatch", "since")
    assert problem(lambda: to_ics({plan}, stamp=STAMP)) == ("wrong-type", "plan")  # type: ignore[arg-type]  # refused
