# the ids are those of the list of traps (H) and of invariants (I)
"""Calendar files: what stands in them, read back by a plain reader of our own, against the plan's JSON and by hand."""

import re
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lemtrada_schedule import (
    InvalidInput,
    Plan,
    TimeWindow,
    load_protocol,
    plan_treatment,
    read_clinic,
    read_protocol,
    to_ics,
)
from lemtrada_schedule.exports.ics.content_lines import as_file
from lemtrada_schedule.exports.ics.vtimezone import vtimezone
from lemtrada_schedule.plan.activities import Activity, NoteActivity, PeriodActivity, WindowActivity
from tests.golden.make_plans import GOLDEN, calendar_of, clinic, few, golden_plan, own
from tests.laws.test_invariants import LAST_EVER, expected_items, planned
from tests.support.calendar_events import expected_events, uid
from tests.support.ical_lines import Component, physical_lines, read_calendar
from tests.support.plan_strategies import Case, cases, night_cases

ROOT: Final = Path(__file__).parents[3]
STAMP: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ONE_DAY: Final = timedelta(days=1)
PLANNING_AID: Final = (
    "Planning aid for a prescriber. Not a medical device, and no medical advice: check every date against the label."
)


@cache
def boston(**changes: Any) -> Plan:
    """Two courses in Boston: 11 to 15 January 2027 (Monday to Friday), and 18 to 20 January 2028."""
    request: dict[str, Any] = {"not_before": date(2027, 1, 11), "plan_id": "p7"} | changes
    return plan_treatment(load_protocol("us-2024-05"), read_clinic(ROOT / "examples" / "boston.toml"), **request)


def read(plan: Plan, **how: Any) -> Component:
    return read_calendar(to_ics(plan, **{"stamp": STAMP} | how))


def events(plan: Plan, **how: Any) -> dict[str, Component]:
    """Return the events of a file by UID; none may stand twice."""
    found = read(plan, **how).all("VEVENT")
    by_uid = {event["UID"].value: event for event in found}
    assert len(by_uid) == len(found)
    return by_uid


def event(plan: Plan, item: str, **how: Any) -> Component:
    return events(plan, **how)[uid(plan, item)]


def title(plan: Plan, item: str, **how: Any) -> str:
    return event(plan, item, **how)["SUMMARY"].text


# --- by hand -------------------------------------------------------------------------------------


def test_an_infusion_day_is_one_slot_with_both_times_in_its_text() -> None:
    """09:00 in Boston in January is 14:00 UTC; four hours of infusion, two of observation."""
    day = event(boston(), "course-1/day-1")
    assert day["DTSTART"].parameters == day["DTEND"].parameters == {"TZID": "America/New_York"}
    assert (day["DTSTART"].value, day["DTEND"].value) == ("20270111T090000", "20270111T150000")
    assert day["SUMMARY"].text == "Appointment, day 1 of 5"
    assert day["DESCRIPTION"].text == (
        "Come at 08:30\n"
        "09:00-13:00, then stay until 15:00 or later (America/New_York)\n"
        "Medicine reminder\n"
        "From 13:00: Precaution period until Tue 12 Jan 2027 13:00"
    )
    names = ("SEQUENCE", "STATUS", "CLASS", "TRANSP", "DTSTAMP", "LAST-MODIFIED", "CATEGORIES", "COLOR")
    assert {name: day[name].value for name in names} == {
        "SEQUENCE": "0",
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
        "TRANSP": "OPAQUE",
        "DTSTAMP": "20261122T093000Z",
        "LAST-MODIFIED": "20261122T093000Z",
        "CATEGORIES": "Appointment",
        "COLOR": "crimson",
    }


def test_an_infusion_day_in_clinical_words() -> None:
    day = event(boston(), "course-2/day-1", titles="clinical")
    assert day["SUMMARY"].text == "Infusion day 1 of course 2"
    assert day["LOCATION"].text == "Harbor Infusion Center"
    ready, given, steroid, watch, course = day["DESCRIPTION"].text.split("\n")
    assert ready == "Preparation from 08:30"
    assert "12 mg from 09:00 to 13:00" in given
    assert "at least 2 hours of observation, to 15:00 or later" in given
    assert steroid.startswith("Methylprednisolone 1,000 mg or equivalent, immediately before the infusion: ")
    assert watch.startswith("From 13:00: Watch for infusion reactions, until Wed 19 Jan 2028 13:00: ")
    assert "public holiday: Martin Luther King Jr. Day" in course


@pytest.mark.parametrize(
    ("item", "neutral", "clinical", "first", "last"),
    [
        ("contraception/1", "Precaution period until Sat 15 May 2027", "Contraception", "2027-01-11", "2027-05-15"),
        ("vaccinations/course-1", "Preparation deadline",
         "Complete necessary vaccinations by this day", "2026-11-30", ""),
        # Due on a Sunday, suggested on the Friday before.
        ("blood-count-visit/course-1/baseline", "Laboratory test", "Complete blood count with differential",
         "2027-01-08", ""),
        ("blood-count-visit/course-2/7", "Laboratory test", "Complete blood count with differential", "2028-08-18", ""),
        ("skin-examination-visit/treatment/24", "Appointment", "Skin examination", "2029-01-12", ""),
        ("stroke-watch/course-1", "Precaution period until Mon 18 Jan 2027",
         "Watch for signs of stroke or of a tear in an artery to the brain", "2027-01-11", "2027-01-18"),
        ("herpes-prophylaxis/course-1", "Medicine reminder until Mon 15 Mar 2027 or later",
         "Antiviral prophylaxis against herpes, end open", "2027-01-11", "2027-03-15"),
    ],
)  # fmt: skip
def test_H08_whole_days_end_on_the_day_after_the_last(
    item: str, neutral: str, clinical: str, first: str, last: str
) -> None:
    found = event(boston(), item, spans="all-day")
    ends = date.fromisoformat(last or first) + ONE_DAY
    assert (found["DTSTART"].value, found["DTEND"].value) == (first.replace("-", ""), ends.isoformat().replace("-", ""))
    assert found["TRANSP"].value == "TRANSPARENT"
    assert found["SUMMARY"].text == neutral
    assert title(boston(), item, titles="clinical", spans="all-day") == clinical


@pytest.mark.parametrize(
    ("item", "neutral", "clinical"),
    [
        ("contraception/1", "From Mon 11 Jan 2027, until Sat 15 May 2027",
         "last infusion of course 1 (2027-01-15) + 4 months"),
        ("vaccinations/course-1", "Any day until Mon 30 Nov 2026", "first infusion of course 1 (2027-01-11) - 42 days"),
        ("blood-count-visit/course-1/baseline",
         ("Due Sun 10 Jan 2027; suggested Fri 8 Jan 2027, the last allowed day that is open\n"
          "Any day from Sat 12 Dec 2026 until Sun 10 Jan 2027\n"
          "Shown once: 5 entries that look alike."),
         "\nBaseline before course 1, counts from Sat 12 Dec 2026 until Sun 10 Jan 2027\nDue then: first infusion of"),
        ("blood-count-visit/course-2/7",
         ("Due Sun 20 Aug 2028; suggested Fri 18 Aug 2028, the last allowed day that is open\n"
          "Shown once: 4 entries that look alike."),
         "Due then: last infusion of course 2 (2028-01-20) + 7 × 1 month; ISI"),
        ("skin-examination-visit/treatment/24",
         ("Due Mon 15 Jan 2029; suggested Fri 12 Jan 2029, the last allowed day that is open\n"
          "More visits follow: no end is stated.\n"
          "Shown once: 2 entries that look alike."),
         "\nDue then: last infusion of course 1 (2027-01-15) + 2 × 1 year"),
        ("herpes-prophylaxis/course-1", "From Mon 11 Jan 2027, not before Mon 15 Mar 2027; the clinic says when",
         "until the required result is on record"),
    ],
)  # fmt: skip
def test_what_stands_below_the_title(item: str, neutral: str, clinical: str) -> None:
    assert event(boston(), item, spans="all-day")["DESCRIPTION"].text == neutral
    assert clinical in event(boston(), item, spans="all-day", titles="clinical")["DESCRIPTION"].text


def test_the_calendar_says_what_it_is_once() -> None:
    """92 by hand.

    8 infusion days; 2 ends of 2 + 2 + 2 periods and of 2 windows before a course; 1 deadline; 1 + 12 + 48 days of
    laboratory tests; 1 + 5 days of examinations. In their texts: 6 days of medicine, 8 reaction watches, 4 more tests
    before course 1, 3 more each month, 1 more each of 20 quarters, 1 more yearly examination. 13 notes.
    """
    calendar = read(boston())
    assert calendar["NAME"].text == calendar["X-WR-CALNAME"].text == "Appointments"
    assert calendar["COLOR"].value == "royalblue"
    counts, aid = calendar["X-WR-CALDESC"].text.split("\n")
    more = 6 + 8 + 4 + 3 * 60 + 20 + 5
    assert counts == f"92 entries; in their descriptions: {more} further items; not in this file: 13 notes."
    assert aid == PLANNING_AID
    assert calendar["DESCRIPTION"].text == calendar["X-WR-CALDESC"].text
    assert calendar["X-WR-TIMEZONE"].value == "America/New_York"
    assert calendar["VERSION"].value == "2.0"
    clinical = read(boston(), titles="clinical")
    assert clinical["NAME"].text == clinical["X-WR-CALNAME"].text == "Treatment plan us-2024-05"
    file = to_ics(boston(), stamp=STAMP).replace(b"\r\n ", b"").decode()
    assert file.count("no medical advice") == 2, "in the description that RFC 7986 names, and in the older one"


def test_a_plan_without_notes_counts_only_what_is_there() -> None:
    plan = boston()
    plan = plan.model_copy(
        update={"activities": [one for one in plan.activities if one.kind == "period"], "visits": ()}
    )
    assert read(plan)["X-WR-CALDESC"].text.startswith("20 entries.\n")


def test_a_neutral_file_names_neither_drug_nor_disease_nor_test() -> None:
    protocol = load_protocol("us-2024-05")
    plain = words_in(" ".join(action.neutral_title for action in protocol.actions))
    told = words_in(" ".join(action.title for action in protocol.actions)) - plain
    assert {"contraception", "thyroid", "herpes", "hpv", "stroke"} <= told
    told |= {"lemtrada", "alemtuzumab", "sclerosis", "infusion", "us-2024-05", "harbor", "p7", "faq", "isi"}
    file = to_ics(boston(), stamp=STAMP).replace(b"\r\n ", b"").decode()
    body = file[file.index("BEGIN:VTIMEZONE") :].replace("\\", " ")
    assert {word for word in told & words_in(body) if len(word) > 2} <= {
        "day",
        "from",
        "until",
        "before",
        "the",
        "that",
    }
    assert "lemtrada" not in file.casefold()


def words_in(text: str) -> set[str]:
    return set(re.findall(r"[a-z][\w-]*", text.casefold()))


# --- what lasts for days -------------------------------------------------------------------------


def test_first_and_last_days() -> None:
    plan = boston()
    found = events(plan, spans="start-end")
    assert uid(plan, "contraception/1") not in found
    first, last = (found[uid(plan, f"contraception/1/{part}")] for part in ("first-day", "last-day"))
    assert (first["SUMMARY"].text, first.days) == (
        "First day: Precaution period until Sat 15 May 2027",
        (date(2027, 1, 11),) * 2,
    )
    assert (last["SUMMARY"].text, last.days) == (
        "Last day: Precaution period until Sat 15 May 2027",
        (date(2027, 5, 15),) * 2,
    )
    open_end = found[uid(plan, "herpes-prophylaxis/course-1/last-day")]
    assert open_end["SUMMARY"].text == "Earliest end: Medicine reminder until Mon 15 Mar 2027 or later"
    assert open_end.days == (date(2027, 3, 15),) * 2
    assert all(one.is_by_the_clock or one.days[0] == one.days[1] for one in found.values())


def test_nothing_of_more_than_a_day_and_yet_no_deadline_lost() -> None:
    """Left out: 2 periods of contraception, 2 of herpes prophylaxis, 2 of stroke watch; the first days of 2 windows."""
    plan = boston()
    found = events(plan, spans="none")
    assert len(found) == 92 - 2 * 6 - 2
    assert found[uid(plan, "vaccinations/course-1")].days == (date(2026, 11, 30),) * 2
    assert found[uid(plan, "urine-protein-creatinine/course-1/last-day")].days == (date(2027, 1, 10),) * 2
    assert uid(plan, "contraception/1") not in found
    counts = read(plan, spans="none")["X-WR-CALDESC"].text
    assert counts.startswith(
        "78 entries; in their descriptions: 223 further items; not in this file: 13 notes and 6 items of several days."
    )


def with_activity(activity: Any) -> Plan:
    plan = boston(courses=1)
    return plan.model_copy(update={"activities": [activity], "contraception": [], "visits": ()})


def a_period(**changes: Any) -> PeriodActivity:
    return boston().contraception[0].model_copy(update=changes)


def a_window(**changes: Any) -> WindowActivity:
    windows = (one for one in boston().activities if isinstance(one, WindowActivity) and one.first_day)
    return next(windows).model_copy(update=changes)


@pytest.mark.parametrize("spans", ["all-day", "start-end", "none"])
def test_a_period_without_an_end_shows_its_first_day(spans: str) -> None:
    plan = with_activity(a_period(last_day=None))
    found = event(plan, "contraception/1", spans=spans)
    assert found.days == (date(2027, 1, 11),) * 2
    assert found["SUMMARY"].text == "First day: Precaution period, no end stated"
    assert found["DESCRIPTION"].text == "From Mon 11 Jan 2027, no end stated"


@pytest.mark.parametrize("spans", ["all-day", "start-end", "none"])
def test_a_window_that_never_closes_shows_its_first_day(spans: str) -> None:
    plan = with_activity(a_window(last_day=None, because=None))
    found = event(plan, "urine-protein-creatinine/course-1", spans=spans)
    assert found.days == (date(2026, 12, 12),) * 2
    assert found["SUMMARY"].text == "First day: Laboratory test"
    assert found["DESCRIPTION"].text == "Any day from Sat 12 Dec 2026"


def test_a_window_without_days_has_no_entry() -> None:
    plan = with_activity(a_window(first_day=None, last_day=None, because=None, begins_because=None))
    assert len(events(plan)) == 5


@pytest.mark.parametrize("spans", ["start-end", "none"])
def test_a_period_of_one_day_is_that_day(spans: str) -> None:
    plan = with_activity(a_period(last_day=date(2027, 1, 11)))
    assert event(plan, "contraception/1", spans=spans).days == (date(2027, 1, 11),) * 2


# --- no date is lost -----------------------------------------------------------------------------


def dates_of_plan(value: Any) -> Iterator[date]:
    """Yield every date of the JSON of a plan's parts, but for reasons and starts that did not fit."""
    if isinstance(value, dict):
        for name, one in value.items():
            if not name.endswith("because") and name not in ("passed_over", "earliest", "recommended"):
                yield from dates_of_plan(one)
    elif isinstance(value, list):
        for one in value:
            yield from dates_of_plan(one)
    elif isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        yield date.fromisoformat(value[:10])


def dates_of_file(plan: Plan, **how: Any) -> set[date]:
    """Return every day on which an event begins or ends, or that a title or a text names."""
    found = set()
    for one in read(plan, **how).all("VEVENT"):
        if one.is_by_the_clock:
            found |= {one[name].wall.date() for name in ("DTSTART", "DTEND")}
        else:
            found |= set(one.days)
        told = f"{one['SUMMARY'].text} {one['DESCRIPTION'].text}"
        found |= {date.fromisoformat(day) for day in re.findall(r"\d{4}-\d\d-\d\d", told)}
        found |= {datetime.strptime(day, "%d %b %Y").date() for day in re.findall(r"\d{1,2} [A-Z][a-z]{2} \d{4}", told)}
    return found


@pytest.mark.parametrize("titles", ["neutral", "clinical"])
@pytest.mark.parametrize("spans", ["start-end", "all-day"])
@pytest.mark.parametrize("name", ["us", "eu", "us-2024-05", "own"])
def test_every_date_of_the_plan_is_in_the_file(name: str, spans: str, titles: str) -> None:
    protocol = own() if name == "own" else load_protocol(name)
    place = read_clinic(ROOT / "examples" / "boston.toml")
    plan = plan_treatment(protocol, place, not_before=date(2027, 1, 11), courses=4, plan_id="p7")
    written = plan.model_dump(mode="json")
    dates = {
        day for part in ("courses", "contraception", "activities", "visits") for day in dates_of_plan(written[part])
    }
    assert len(dates) > 40
    assert dates - dates_of_file(plan, spans=spans, titles=titles) == set()


@pytest.mark.parametrize(
    ("name", "courses", "count"),
    [
        *(("us", 1, 70), ("us", 2, 93), ("us", 3, 116), ("us", 4, 139)),
        *(("eu", 1, 70), ("eu", 2, 95), ("eu", 3, 120), ("eu", 4, 145)),
        *(("own-protocol.toml", 1, 70), ("own-protocol.toml", 3, 116)),
    ],
)
def test_a_calendar_has_so_few_events_that_a_person_can_live_with_it(name: str, courses: int, count: int) -> None:
    """As docs/calendar-files.md says."""
    protocol = read_protocol(ROOT / "examples" / name) if name.endswith(".toml") else load_protocol(name)
    place = read_clinic(ROOT / "examples" / "boston.toml")
    plan = plan_treatment(protocol, place, not_before=date(2027, 1, 11), courses=courses, plan_id="p7")
    assert len(events(plan)) == count
    by_day = Counter(one.days[0] for one in events(plan).values() if not one.is_by_the_clock)
    assert max(by_day.values()) <= 4, "no day is covered"


# --- what is not settled -------------------------------------------------------------------------


def test_a_provisional_end_is_tentative() -> None:
    found = event(with_activity(a_period(provisional=True)), "contraception/1/last-day")
    assert found["STATUS"].value == "TENTATIVE"
    assert found["SUMMARY"].text == "Tentative: Last day: Precaution period until Sat 15 May 2027 or later"
    assert found["DESCRIPTION"].text.endswith("\nThis depends on a course that is not settled.")


def test_a_tentative_course_and_all_that_rests_on_it_is_tentative() -> None:
    plan = boston()
    second = plan.courses[1].model_copy(update={"status": "tentative"})
    found = events(plan.model_copy(update={"courses": [plan.courses[0], second]}), titles="clinical")
    statuses = {
        item: found[uid(plan, item)]["STATUS"].value
        for item in (
            "course-1/day-5",
            "course-2/day-1",
            "blood-count-visit/course-1/1",
            "blood-count-visit/course-1/12",
            "blood-count-visit/course-2/1",
            "hpv-visit/treatment/12",
        )
    }
    assert statuses == {
        "course-1/day-5": "CONFIRMED",
        "course-2/day-1": "TENTATIVE",
        "blood-count-visit/course-1/1": "CONFIRMED",
        "blood-count-visit/course-1/12": "CONFIRMED",
        "blood-count-visit/course-2/1": "TENTATIVE",
        "hpv-visit/treatment/12": "CONFIRMED",
    }
    partly = "Some of its tests depend on a course that is not settled."
    assert [item for item in statuses if partly in found[uid(plan, item)]["DESCRIPTION"].text] == [
        "blood-count-visit/course-1/12"
    ], "month 12 of course 1 is also the baseline of course 2"


# --- update, cancel ------------------------------------------------------------------------------


def test_H09_the_file_rests_on_its_arguments_alone() -> None:
    again = boston(plan_id="p7")  # made a second time: asked for in another way
    assert again is not boston()
    assert to_ics(boston(), stamp=STAMP) == to_ics(again, stamp=STAMP)
    later = to_ics(boston(), stamp=STAMP + ONE_DAY)
    assert to_ics(boston(), stamp=STAMP) == later.replace(b"20261123T093000Z", b"20261122T093000Z")
    elsewhere = STAMP.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert to_ics(boston(), stamp=STAMP) == to_ics(boston(), stamp=elsewhere)


def test_H09_a_uid_never_changes() -> None:
    """From the namespace, `p7/course-1/day-1`, by uuid5: pinned, since calendars out there hold it."""
    assert read(boston()).all("VEVENT")[0]["UID"].value == "fbbc457e-d097-5606-8ffa-e6e5e718cd04"


def test_H09_without_a_plan_id_there_is_no_uid_and_no_file() -> None:
    assert refused(lambda: to_ics(boston(plan_id=None), stamp=STAMP)) == ("missing-field", "plan.plan_id")


def test_H10_a_moved_plan_keeps_its_uids_and_raises_its_sequence() -> None:
    plan = boston()
    moved = boston(not_before=date(2027, 1, 18)).model_copy(update={"revision": 1})
    before, after = events(plan), events(moved)  # Monday 18 January is a public holiday: a week later
    assert before.keys() == after.keys()
    assert {one["SEQUENCE"].value for one in before.values()} == {"0"}
    assert {one["SEQUENCE"].value for one in after.values()} == {"2"}
    item = uid(plan, "course-1/day-1")
    assert (before[item]["DTSTART"].value, after[item]["DTSTART"].value) == ("20270111T090000", "20270125T090000")


def test_H10_a_cancel_file_takes_every_event_back() -> None:
    plan = boston()
    how = {"method": "CANCEL", "organizer": "clinic@example.org", "reminders": [ONE_DAY]}
    cancelled = events(plan, **how)
    assert cancelled.keys() == events(plan).keys()
    assert {one["STATUS"].value for one in cancelled.values()} == {"CANCELLED"}
    assert {one["SEQUENCE"].value for one in cancelled.values()} == {"1"}
    assert all(one["SUMMARY"].text.startswith("Cancelled: ") for one in cancelled.values())
    assert not any(one.parts for one in cancelled.values()), "a cancelled event reminds of nothing"
    assert read(plan, **how)["METHOD"].value == "CANCEL"


def test_no_method_unless_asked_and_then_an_organizer() -> None:
    plain = read(boston())
    assert plain.get("METHOD") is None
    assert {event.get("ORGANIZER") for event in plain.all("VEVENT")} == {None}
    sent = read(boston(), method="PUBLISH", organizer="clinic@example.org")
    assert sent["METHOD"].value == "PUBLISH"
    assert {event.get("ORGANIZER") for event in sent.all("VEVENT")} == {"mailto:clinic@example.org"}
    assert {event["STATUS"].value for event in sent.all("VEVENT")} == {"CONFIRMED"}


def test_reminders() -> None:
    reminders = [ONE_DAY, timedelta(hours=2, minutes=30), timedelta(days=1, minutes=5), timedelta(0)]
    found = event(boston(), "course-1/day-1", reminders=reminders).all("VALARM")
    assert [one["TRIGGER"].value for one in found] == ["-P1D", "-PT2H30M", "-P1DT5M", "PT0S"]
    whole_day = event(boston(), "vaccinations/course-1", reminders=[*reminders, 9 * ONE_DAY / 24]).all("VALARM")
    triggers = ["-PT15H", "PT6H30M", "-PT15H5M", "PT9H", "PT0S"]
    assert [one["TRIGGER"].value for one in whole_day] == triggers, "counted back from 09:00, not from midnight"
    assert {(one["ACTION"].value, one["DESCRIPTION"].text) for one in found} == {("DISPLAY", "Appointment, day 1 of 5")}
    assert all(len(one.all("VALARM")) == 1 for one in events(boston(), reminders=(ONE_DAY,)).values())


def test_the_location_stands_at_infusion_days_only_in_neutral_files_too() -> None:
    """Tests are made elsewhere, and a period has no place."""
    place = "Harbor, 1 Main Street; second floor"
    for titles in ("neutral", "clinical"):
        found = events(boston(), location=place, titles=titles).values()
        named = {one["CATEGORIES"].value for one in found if one.get("LOCATION") is not None}
        assert named == {"Appointment"}
        assert {one["LOCATION"].text for one in found if one.is_by_the_clock} == {place}
    assert not any(one.get("LOCATION") for one in events(boston()).values())


def test_categories_and_colours_say_the_same() -> None:
    """White text can be read on each colour: a contrast of 4.5 at least (WCAG 2, 1.4.3)."""
    found = events(boston()).values()
    pairs = {one["CATEGORIES"].value: one["COLOR"].value for one in found}
    assert pairs == {"Appointment": "crimson", "Visit": "royalblue", "Ongoing": "teal", "To do": "sienna"}
    assert len({(one["CATEGORIES"].value, one["COLOR"].value) for one in found}) == 4
    by_css = {"crimson": "dc143c", "royalblue": "4169e1", "teal": "008080", "sienna": "a0522d"}
    for colour in pairs.values():
        assert 1.05 / (luminance(bytes.fromhex(by_css[colour])) + 0.05) >= 4.5


def luminance(colour: bytes) -> float:
    """Return the relative luminance of a colour, by WCAG 2."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_what_belongs_to_no_infusion_day_of_the_plan_has_an_event_of_its_own() -> None:
    """A plan changed by hand: the steroid of 13 January on the 16th, the last watch an hour after its infusion."""
    plan = boston(courses=1)

    def elsewhere(one: Activity) -> Activity:
        if one.kind == "infusion-days":
            return one.model_copy(update={"days": (*one.days[:2], date(2027, 1, 16))})
        if one.kind == "after-infusion":
            last = one.windows[-1]
            later = TimeWindow.after(last.start + timedelta(hours=1), 24 * 60, last.time_zone)
            return one.model_copy(update={"windows": (*one.windows[:-1], later)})
        return one

    plan = plan.model_copy(update={"activities": [elsewhere(one) for one in plan.activities]})
    for titles in ("neutral", "clinical"):
        found = events(plan, titles=titles)
        medicine = found[uid(plan, "corticosteroid/course-1/3")]
        assert (medicine.days, medicine["CATEGORIES"].value) == ((date(2027, 1, 16),) * 2, "To do")
        ends = [found[uid(plan, f"reaction-watch/course-1/5/{end}")].days[0] for end in ("first-day", "last-day")]
        assert ends == [date(2027, 1, 15), date(2027, 1, 16)]
        assert uid(plan, "corticosteroid/course-1/2") not in found
        assert "Medicine" not in found[uid(plan, "course-1/day-3")]["DESCRIPTION"].text
    assert event(plan, "reaction-watch/course-1/5/last-day")["DESCRIPTION"].text == (
        "From 14:00 until Sat 16 Jan 2027 14:00 (America/New_York)"
    )


def test_a_day_on_record_at_another_time_says_nothing_of_its_preparation() -> None:
    """Nobody recorded when it began."""
    day = boston().infusion_days[0]
    start = datetime(2027, 1, 11, 9, 20, tzinfo=ZoneInfo("America/New_York"))
    infusion = TimeWindow.after(start, 240, "America/New_York")
    watched = TimeWindow.after(infusion.end, 120, "America/New_York")
    late = day.model_copy(update={"infusion": infusion, "observation": watched})
    course = boston().courses[0].model_copy(update={"days": [late]})
    found = event(boston().model_copy(update={"courses": [course]}), "course-1/day-1")
    assert found["DESCRIPTION"].text.startswith("09:20-13:20, then stay until 15:20")


# --- arguments -----------------------------------------------------------------------------------


def refused(ask: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        ask()
    return caught.value.code, caught.value.place


@pytest.mark.parametrize(
    ("how", "code", "place"),
    [
        ({"stamp": datetime(2026, 11, 22)}, "wrong-type", "stamp"),
        ({"stamp": date(2026, 11, 22)}, "wrong-type", "stamp"),
        ({"stamp": "2026-11-22T09:30:00Z"}, "wrong-type", "stamp"),
        ({"stamp": datetime(1999, 12, 31, tzinfo=UTC)}, "date-range", "stamp"),
        ({"stamp": datetime(9999, 12, 31, 23, tzinfo=timezone(-ONE_DAY / 2))}, "date-range", "stamp"),
        ({"titles": "full"}, "unknown-name", "titles"),
        ({"titles": None}, "unknown-name", "titles"),
        ({"spans": "allday"}, "unknown-name", "spans"),
        ({"reminders": ONE_DAY}, "wrong-type", "reminders"),
        ({"reminders": [60]}, "wrong-type", "reminders.0"),
        ({"reminders": [ONE_DAY, -ONE_DAY]}, "out-of-range", "reminders.1"),
        ({"reminders": [timedelta(days=367)]}, "out-of-range", "reminders.0"),
        ({"reminders": [timedelta(seconds=30)]}, "out-of-range", "reminders.0"),
        ({"location": 7}, "wrong-type", "location"),
        ({"location": " "}, "text-length", "location"),
        ({"location": "x" * 251}, "text-length", "location"),
        ({"location": "Harbor\nMain Street"}, "control-character", "location"),
        ({"method": "PUBLISH"}, "missing-field", "organizer"),
        ({"organizer": "clinic@example.org"}, "missing-field", "method"),
        ({"method": "REQUEST", "organizer": "clinic@example.org"}, "unknown-name", "method"),
        ({"method": "PUBLISH", "organizer": "clinic"}, "identifier", "organizer"),
        ({"method": "PUBLISH", "organizer": "a@example.org\r\nATTENDEE:x"}, "identifier", "organizer"),
        ({"method": "PUBLISH", "organizer": 7}, "identifier", "organizer"),
    ],
)
def test_an_argument_that_is_refused(how: dict[str, Any], code: str, place: str) -> None:
    assert refused(lambda: to_ics(boston(), **{"stamp": STAMP} | how)) == (code, place)


def test_only_plans_are_exported() -> None:
    anything: Any = {"courses": []}
    assert refused(lambda: to_ics(anything, stamp=STAMP)) == ("wrong-type", "plan")


def test_an_item_that_ends_before_it_begins_is_refused() -> None:
    plan = with_activity(a_period(last_day=date(2027, 1, 10)))
    assert refused(lambda: to_ics(plan, stamp=STAMP)) == ("period-reversed", "plan")
    day = boston().infusion_days[0]
    turned = day.model_copy(update={"infusion": day.observation, "observation": day.infusion})
    course = boston().courses[0].model_copy(update={"days": [turned]})
    longer = boston().model_copy(update={"courses": [course]})
    assert refused(lambda: to_ics(longer, stamp=STAMP)) == ("period-reversed", "plan")


@pytest.mark.parametrize("year", [1800, 2500])
def test_hours_of_another_age_are_refused(year: int) -> None:
    start = datetime(year, 1, 11, 9, tzinfo=ZoneInfo("America/New_York"))
    window = TimeWindow(time_zone="America/New_York", start=start, end=start + ONE_DAY / 6)
    day = boston().infusion_days[0].model_copy(update={"infusion": window, "observation": window})
    course = boston().courses[0].model_copy(update={"days": [day]})
    plan = boston().model_copy(update={"courses": [course]})
    assert refused(lambda: to_ics(plan, stamp=STAMP)) == ("date-range", "plan")


# --- hostile text --------------------------------------------------------------------------------

HOSTILE: Final = {
    "H01 a new event": "x END:VEVENT BEGIN:VEVENT SUMMARY:infusion",
    "H01 written escapes": r"x\r\nEND:VEVENT\nBEGIN:VEVENT",
    "H02 the characters that part": "a;b,c:d\"e'f=g^h",
    "H02 backslashes": r"\ \\ \\\ \; \, \n \N C:\New C:\new \\n \\N",
    "H02 a backslash last": "ends with \\",
    "H03 two octets": "ä" * 200,
    "H03 three octets": "診察" * 90,
    "H03 four octets": "🩺" * 80,
    "H03 combined": "é" * 60 + "😀" * 3,
    "H03 mixed": "a" + "🩺é診" * 40,
    "H13 markup": "<script>alert(1)</script> <a href=\"javascript:x\" onclick='y'>",
    "H11 a formula": "=HYPERLINK(1)",
    "blanks": "  two  before and after  ",
    "percent": "%s {0} {x!r} %(a)s ${b}",
}


@cache
def in_every_field(text: str) -> Plan:
    """Return a plan with a text in every field that a caller's text can get into."""
    us = few("us")
    actions = [one.model_copy(update={"title": text, "neutral_title": text, "applies_to": text}) for one in us.actions]
    protocol = us.model_copy(update={"title": text, "actions": actions})
    place = clinic("America/New_York", name=text, closures={"2027-01-11": text})
    plan = plan_treatment(protocol, place, not_before=date(2027, 1, 11), plan_id="p7")
    assert plan.courses[0].passed_over[0].reason.endswith(text)
    return plan


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_H01_H02_H03_I37_text_comes_back_as_it_was(text: str) -> None:
    plan = in_every_field(text)
    found = events(plan, spans="all-day", titles="clinical")
    assert found.keys() == uids_of_boston_few(), "the text has added or taken an event"
    assert title(plan, "contraception/1", spans="all-day") == f"{text} until Sat 22 May 2027"
    assert found[uid(plan, "contraception/1")]["SUMMARY"].text == f"{text} ({text})"
    day = found[uid(plan, "course-1/day-1")]
    assert day["LOCATION"].text == text
    assert text in day["DESCRIPTION"].text
    assert len(day["DESCRIPTION"].text.split("\n")) == 4
    assert {line.name for one in found.values() for line in one.properties} == NAMES | {"LOCATION"}


NAMES: Final = {
    *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "STATUS", "CLASS", "TRANSP"),
    *("DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "CATEGORIES", "COLOR"),
}


@cache
def uids_of_boston_few() -> frozenset[str]:
    place = clinic("America/New_York", closures={"2027-01-11": "x"})
    plan = plan_treatment(few("us"), place, not_before=date(2027, 1, 11), plan_id="p7")
    return frozenset(events(plan, spans="all-day", titles="clinical"))


UNSAFE: Final = ["\r", "\n", "\r\n", "\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028", "\ud800", "\u202e", "\u200b"]


@pytest.mark.parametrize("character", UNSAFE, ids=lambda character: f"U+{ord(character[0]):04X}")
def test_H04_H05_H14_what_no_file_may_hold_is_refused_also_in_a_plan_made_by_hand(character: str) -> None:
    text = f"x{character}END:VEVENT"
    for field in ("title", "neutral_title", "applies_to", "id"):
        plan = with_activity(a_period(**{field: text}))
        assert refused(lambda: to_ics(plan, stamp=STAMP, titles=titles_for(field))) == ("control-character", "plan")  # noqa: B023  # called at once


def titles_for(field: str) -> Any:
    return "neutral" if field == "neutral_title" else "clinical"


def test_H03_every_length_around_the_fold() -> None:
    for length in range(60, 240):
        for character in "aä診🩺":
            line = f"SUMMARY:{character * length}"
            file = as_file([line])
            assert file.replace(b"\r\n ", b"") == f"{line}\r\n".encode()
            lines = physical_lines(file)
            assert all(len(one) > 75 - 4 for one in lines[:-1]), "folded too early"


# --- zones ---------------------------------------------------------------------------------------


def observances(zone: Component) -> list[tuple[str, str, str, str, str]]:
    names = ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME")
    return [(one.kind, *(one[name].value for name in names)) for one in zone.parts]  # type: ignore[misc]  # five of them


def zone_of(name: str, first: str, last: str) -> Component:
    lines = vtimezone(name, date.fromisoformat(first), date.fromisoformat(last))
    file = as_file(("BEGIN:VCALENDAR", *lines, "END:VCALENDAR"))
    (zone,) = read_calendar(file).parts
    assert zone["TZID"].value == name
    return zone


def test_H06_new_york_by_hand() -> None:
    """The second Sunday of March and the first of November, at 02:00 by the clocks before the change."""
    assert observances(zone_of("America/New_York", "2027-01-11", "2027-01-15")) == [
        ("STANDARD", "20251231T190000", "-0500", "-0500", "EST"),
        ("DAYLIGHT", "20260308T020000", "-0500", "-0400", "EDT"),
        ("STANDARD", "20261101T020000", "-0400", "-0500", "EST"),
        ("DAYLIGHT", "20270314T020000", "-0500", "-0400", "EDT"),
        ("STANDARD", "20271107T020000", "-0400", "-0500", "EST"),
        ("DAYLIGHT", "20280312T020000", "-0500", "-0400", "EDT"),
        ("STANDARD", "20281105T020000", "-0400", "-0500", "EST"),
    ]


def test_H06_lord_howe_by_hand() -> None:
    """Half an hour, at 02:00 on the first Sundays of April and October."""
    assert observances(zone_of("Australia/Lord_Howe", "2027-05-03", "2027-05-03"))[3:5] == [
        ("STANDARD", "20270404T020000", "+1100", "+1030", "+1030"),
        ("DAYLIGHT", "20271003T020000", "+1030", "+1100", "+11"),
    ]


def test_H06_phoenix_by_hand() -> None:
    """One observance: the clocks never change."""
    assert observances(zone_of("America/Phoenix", "2027-05-03", "2028-05-03")) == [
        ("STANDARD", "20251231T170000", "-0700", "-0700", "MST")
    ]


def test_H06_kathmandu_by_hand() -> None:
    assert observances(zone_of("Asia/Kathmandu", "2027-05-03", "2027-05-03"))[0][2:4] == ("+0545", "+0545")


def seconds(offset: str) -> timedelta:
    sign = -1 if offset[0] == "-" else 1
    return sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5]))


def onsets(zone: Component) -> list[tuple[datetime, timedelta]]:
    """Return the instants of a VTIMEZONE and what the clocks are ahead of UTC from then on."""
    return [
        (one["DTSTART"].wall - seconds(one["TZOFFSETFROM"].value), seconds(one["TZOFFSETTO"].value))
        for one in zone.parts
    ]


def changes_of(table: Any) -> list[tuple[datetime, timedelta]]:
    """Return what a zone's file says: its table of changes, then the rule that goes on from the table's last."""
    ahead = [one.utcoff for one in table._ttinfos]
    pairs = zip(table._trans_utc, [table._tti_before.utcoff, *ahead], ahead, strict=False)
    found = [(at, after) for at, before, after in pairs if before != after]
    rule, ended = table._tz_after, table._trans_utc[-1] if table._trans_utc else 0
    if hasattr(rule, "transitions"):
        for year in range(2001, 2038):
            begins, ends = rule.transitions(year)
            on = (begins - rule.std.utcoff.total_seconds(), rule.dst.utcoff)
            off = (ends - rule.dst.utcoff.total_seconds(), rule.std.utcoff)
            found += sorted(one for one in (on, off) if one[0] > ended)
    return [(EPOCH + timedelta(seconds=at), after) for at, after in found]


EPOCH: Final = datetime(1970, 1, 1)


@pytest.mark.sweep
def test_H06_every_zone_has_the_changes_of_its_file() -> None:
    """Against the table of transitions that the zone's file holds: 2000 to 2037, each file once, whatever its names."""
    reader = import_module("zoneinfo._zoneinfo").ZoneInfo  # the one written in Python keeps the table
    zones = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "US/"))
    )
    assert len(zones) > 400
    by_file = {files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes(): name for name in zones}
    assert len(by_file) > 300
    for name in by_file.values():
        known = changes_of(reader(name))
        first, last = datetime(2001, 9, 9, 2), datetime(2036, 7, 18)
        found = onsets(zone_of(name, "2001-01-01", "2037-01-01"))
        assert [one for one in known if first < one[0] < last] == [one for one in found if first < one[0] < last], name


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Africa/Casablanca", "Australia/Lord_Howe"])
def test_H07_times_are_wall_times_of_a_zone_that_the_file_defines(zone: str) -> None:
    plan = plan_treatment(few("us"), clinic(zone), not_before=date(2027, 3, 1), plan_id="p7")
    calendar = read(plan)
    (defined,) = calendar.all("VTIMEZONE")
    assert defined["TZID"].value == zone
    days = [one for one in calendar.all("VEVENT") if one.is_by_the_clock]
    assert len(days) == 8
    assert {one["DTSTART"].value[8:] for one in days} == {"T090000"}
    assert {one[end].parameters["TZID"] for one in days for end in ("DTSTART", "DTEND")} == {zone}


def test_H07_utc_is_written_as_such() -> None:
    plan = plan_treatment(few("us"), clinic("UTC"), not_before=date(2027, 3, 1), plan_id="p7")
    assert read(plan).all("VTIMEZONE") == []
    assert event(plan, "course-1/day-1")["DTSTART"].value == "20270301T090000Z"


def test_a_time_that_the_clocks_show_twice_is_written_in_utc() -> None:
    """1 November 2026, New York: 00:30 is 04:30 UTC; an hour and a half later the clocks show 01:00 again."""
    day = boston().infusion_days[0]
    start = datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo("America/New_York"))
    infusion = TimeWindow.after(start, 30, "America/New_York")
    observation = TimeWindow.after(infusion.end, 60, "America/New_York")
    assert observation.end.isoformat() == "2026-11-01T01:00:00-05:00"
    turned = day.model_copy(update={"infusion": infusion, "observation": observation})
    course = boston().courses[0].model_copy(update={"days": [turned]})
    found = event(boston().model_copy(update={"courses": [course]}), "course-1/day-1")
    assert found["DTSTART"].parameters == {"TZID": "America/New_York"}
    assert found.hours == (datetime(2026, 11, 1, 4, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC))
    assert found["DTEND"].value == "20261101T060000Z"


@pytest.mark.parametrize("name", ["new-york", "lord-howe", "casablanca"])
def test_the_night_the_clocks_change_keeps_its_elapsed_hours(name: str) -> None:
    plan = golden_plan(name).model_copy(update={"plan_id": "p7"})
    days = [one for one in read(plan).all("VEVENT") if one.is_by_the_clock]
    hours = {one.hours[1] - one.hours[0] for one in days}
    assert hours == {timedelta(hours=6)}


# --- events in plan = events in file -------------------------------------------------------------


def with_id(plan: Plan) -> Plan:
    return plan.model_copy(update={"plan_id": "p7"})


@pytest.mark.sweep
@given(
    case=cases() | night_cases(),
    titles=st.sampled_from(["neutral", "clinical"]),
    spans=st.sampled_from(["start-end", "all-day", "none"]),
)
@example(LAST_EVER, "clinical", "all-day")
def test_I35_I36_H21_events_in_the_plan_are_the_events_in_the_file(case: Case, titles: str, spans: str) -> None:
    plan = with_id(planned(case))
    calendar = read(plan, titles=titles, spans=spans)
    found = {one["UID"].value: one for one in calendar.all("VEVENT")}
    days = {name: one.hours if one.is_by_the_clock else one.days for name, one in found.items()}
    expected = {uid(plan, item): days for item, days in expected_events(plan, spans)}
    if titles == "clinical":
        assert expected == days
    else:
        nothing_is_lost(expected, days, found)
    notes = sum(isinstance(activity, NoteActivity) for activity in plan.activities)
    served = sum(len(visit.tests) for visit in plan.visits)
    if spans == "all-day":
        more = re.search(r"(\d+) further item", calendar["X-WR-CALDESC"].text)
        assert len(found) + int(more[1] if more else 0) == expected_items(plan) - served - notes


def nothing_is_lost(expected: dict[str, Any], days: dict[str, Any], found: dict[str, Component]) -> None:
    """A neutral file has one event for those of one title, day and status; it says how many."""
    assert days.items() <= expected.items()
    alike = Counter((one["SUMMARY"].text, days[name]) for name, one in found.items())
    assert set(alike.values()) <= {1}
    missing = Counter(days for name, days in expected.items() if name not in found)
    told: Counter[object] = Counter()
    for name, one in found.items():
        if says := re.search(r"Shown once: (\d+) entries that look alike\.", one["DESCRIPTION"].text):
            told[days[name]] += int(says[1]) - 1
    assert missing == told


@pytest.mark.sweep
@settings(max_examples=25)
@given(case=cases() | night_cases())
def test_I36_icalendar_reads_the_same(case: Case) -> None:
    """UIDs, instants, days, texts: a reader that is not ours. Its own zones come from the file's VTIMEZONE."""
    plan = with_id(planned(case))
    file = to_ics(plan, stamp=STAMP, titles="clinical")
    ours = read_calendar(file)
    theirs = icalendar.Calendar.from_ical(file)
    assert [by_icalendar(one) for one in theirs.walk("VEVENT")] == [by_hand(one) for one in ours.all("VEVENT")]
    assert theirs.errors == []


@pytest.mark.parametrize("name", GOLDEN)
def test_I36_icalendar_writes_the_same_lines(name: str) -> None:
    """What it reads from the calendar of a golden plan, it writes again line by line; only the folds may differ."""
    file = calendar_of(name)
    again = icalendar.Calendar.from_ical(file).to_ical(sorted=False)
    assert file.replace(b"\r\n ", b"").split(b"\r\n") == again.replace(b"\r\n ", b"").split(b"\r\n")


def by_icalendar(one: Any) -> tuple[object, ...]:
    start, end = one["DTSTART"].dt, one["DTEND"].dt
    if isinstance(start, datetime):
        start, end = start.astimezone(UTC), end.astimezone(UTC)
    else:
        end -= ONE_DAY
    assert one.errors == []
    return (
        str(one["UID"]),
        start,
        end,
        str(one["SUMMARY"]),
        str(one["DESCRIPTION"]),
        one["SEQUENCE"],
        str(one["STATUS"]),
    )


def by_hand(one: Component) -> tuple[object, ...]:
    start, end = one.hours if one.is_by_the_clock else one.days
    texts = (one["SUMMARY"].text, one["DESCRIPTION"].text)
    return one["UID"].value, start, end, *texts, int(one["SEQUENCE"].value), one["STATUS"].value


@pytest.mark.sweep
@given(case=night_cases())
def test_I36_the_files_own_zone_gives_the_same_instants(case: Case) -> None:
    """By the observances of the file alone, the last that began counting."""
    plan = with_id(planned(case))
    calendar = read(plan)
    zones = {zone["TZID"].value: sorted(onsets(zone)) for zone in calendar.all("VTIMEZONE")}
    for one in calendar.all("VEVENT"):
        for line in (one["DTSTART"], one["DTEND"]) if one.is_by_the_clock else ():
            if "TZID" in line.parameters:
                changes = zones[line.parameters["TZID"]]
                possible = [line.wall - ahead for _, ahead in changes]
                meant = {at for at in possible if at == line.wall - last_before(changes, at)}
                assert meant == {line.instant.replace(tzinfo=None)}


def last_before(changes: list[tuple[datetime, timedelta]], at: datetime) -> timedelta:
    return [ahead for begins, ahead in changes if begins <= at][-1]


@pytest.mark.sweep
@given(case=cases())
def test_I38_the_same_plan_gives_the_same_bytes(case: Case) -> None:
    plan = with_id(planned(case))
    again = Plan.model_validate_json(plan.model_dump_json())
    assert to_ics(plan, stamp=STAMP) == to_ics(again, stamp=STAMP)


TEXT: Final = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=300
).filter(str.strip)


@given(TEXT | st.text("\\nN;,: a", min_size=1).filter(str.strip))
def test_I37_any_text_comes_back(text: str) -> None:
    plan = with_activity(a_period(neutral_title=text))
    found = events(plan)
    assert len(found) == 7
    assert found[uid(plan, "contraception/1/last-day")]["SUMMARY"].text == f"Last day: {text} until Sat 15 May 2027"


class _Unhashable(type):
    __hash__ = None  # type: ignore[assignment]  # on purpose: such a class cannot be asked whether it is a mapping


class _Odd(metaclass=_Unhashable):
    pass


def test_a_label_of_a_class_without_a_hash_is_refused() -> None:
    with pytest.raises(InvalidInput, match="expected a function of a plan, or a mapping by plan_id"):
        to_ics(boston(), stamp=datetime(2026, 11, 22, tzinfo=UTC), label=_Odd())  # type: ignore[arg-type]  # refused
