"""The golden plans, the golden files made from them, and the command that writes the files.

Run `uv run python -m tests.golden.make_plans` to write all golden files, then read the difference before you commit it.

A golden file holds what the library printed when somebody last looked at it; `test_golden_plans.py` compares it byte
for byte. Two treatments are kept whole, one by the US rules and one by the EU rules, in each format. Of the other plans
only that part is kept which no test states by hand. Their dates are stated by hand in `test_golden_plans.py`.

Nothing that changes by itself may be in a golden plan: closures are listed, no country is given, versions are replaced.
Clocks change only on past days or never.
"""

import json
import tempfile
import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule import (
    Clinic,
    Plan,
    Protocol,
    load_protocol,
    plan_treatment,
    read_protocol,
    to_fhir,
    to_html,
    to_ics,
    to_text,
)
from lemtrada_schedule.exports.html.page import Layout
from lemtrada_schedule.exports.titles import Titles
from tests.golden.command_texts import command_texts
from tests.golden.message_texts import messages
from tests.support.calendar_events import uid

FOLDER: Final = Path(__file__).parent
STYLE: Final = FOLDER.parents[1] / "lemtrada_schedule/exports/html/page.css"
STAMP: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VERSIONS: Final = {"library": "0.0.0", "tzdata": "0000.0", "holidays": "0.000"}
EXACT: Final = {"us": "us-2024-05", "eu": "eu-2020-01"}
MON_TO_FRI: Final = ("mon", "tue", "wed", "thu", "fri")
WEEK: Final = (*MON_TO_FRI, "sat", "sun")
# One action of each kind, so that a golden plan can still be read.
FEW_ACTIONS: Final = {
    *("vaccinations", "corticosteroid", "herpes-prophylaxis", "reaction-watch", "contraception"),
    *("blood-count", "thyroid", "skin-examination", "live-vaccines"),
}

OWN_PROTOCOL: Final = """
id = "harbor"
title = "Harbor, four days and then two"
revision = "2"
extends = "us-2024-05"
remove = [
    "stroke-watch", "creatinine", "urinalysis", "liver-tests", "thyroid", "urine-protein-creatinine", "hpv",
    "tuberculosis-screening", "infections-before-treatment", "vzv-vaccination", "live-vaccines",
    "listeria-precautions", "infection-risk-medicines", "medicine-list", "late-reactions", "monitoring-longer",
    "pregnancy-thyroid", "laboratory-places", "contact-line", "assistance",
]

[sources.sop]
document = "Harbor, standard operating procedure 12"

[infusion_day]
infusion_minutes = 300
cite = "sop"

[[courses]]
infusion_days = 4
cite = "sop"
[[courses]]
infusion_days = 2
minimum_interval = "6 months"
counted_from = "first infusion"
optional = true
cite = "sop"

[[actions]]
id = "corticosteroid"
title = "Corticosteroid on the first day"
kind = "infusion-days"
days = [1]
cite = "sop"
[[actions]]
id = "contraception"
kind = "period"
starts = "first infusion"
ends = "last infusion + 7 months"
cite = "sop"
[[actions]]
id = "blood-count"
kind = "series"
every = "2 weeks"
until = "last infusion + 3 months"
baseline = { within = "10 days", reuse = "1 week" }
cite = "sop"
"""


@cache
def few(name: str) -> Protocol:
    """Return a shipped protocol with few actions."""
    protocol = load_protocol(EXACT[name])
    kept = tuple(action for action in protocol.actions if action.id in FEW_ACTIONS)
    return protocol.model_copy(update={"id": f"{protocol.id}-few", "actions": kept})


@cache
def own() -> Protocol:
    """Return the protocol above, read from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "harbor.toml")
        path.write_text(OWN_PROTOCOL, encoding="utf-8")
        return read_protocol(path)


def clinic(zone: str, *, days: tuple[str, ...] = MON_TO_FRI, hours: str = "08:00-17:00", **more: Any) -> Clinic:
    """Return a clinic without a country."""
    fields = {"time_zone": zone, "infusion_starts": "09:00", "opening_hours": dict.fromkeys(days, hours)}
    return Clinic(**fields | more)


def at_night(zone: str, starts: str) -> Clinic:
    """Return a clinic that is always open and starts its infusions by night."""
    return clinic(zone, days=WEEK, hours="00:00-23:59", infusion_starts=starts)


def weekdays(first: date, last: date, reason: str) -> dict[str, str]:
    """Return every Monday to Friday of a stretch as closures."""
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return {day.isoformat(): reason for day in days if day.weekday() < 5}


def us_two_courses() -> Plan:
    """Everything the US protocol has, on Monday to Friday, with a holiday before course 2."""
    place = clinic("America/New_York", name="Harbor", closures={"2024-01-15": "Martin Luther King Jr. Day"})
    return plan_treatment(load_protocol("us-2024-05"), place, not_before=date(2023, 1, 9), plan_id="golden-1")


def leap_day() -> Plan:
    """Course 1 ends on 29 February."""
    return plan_treatment(few("us"), clinic("Asia/Tokyo", days=WEEK), not_before=date(2028, 2, 25))


def month_end() -> Plan:
    """Course 1 ends on 31 October."""
    return plan_treatment(few("us"), clinic("Asia/Kathmandu"), not_before=date(2025, 10, 27))


def new_york() -> Plan:
    """An hour is lost during the third infusion."""
    return plan_treatment(few("us"), at_night("America/New_York", "00:30"), not_before=date(2025, 3, 7), courses=1)


def lord_howe() -> Plan:
    """Half an hour is lost during the second infusion."""
    return plan_treatment(few("eu"), at_night("Australia/Lord_Howe", "01:00"), not_before=date(2025, 10, 4), courses=1)


def casablanca() -> Plan:
    """An hour is won during the third infusion: Ramadan begins."""
    return plan_treatment(few("us"), at_night("Africa/Casablanca", "01:00"), not_before=date(2025, 2, 21), courses=1)


def holidays_as_closures() -> Plan:
    """Two weeks between the years that are never whole."""
    place = clinic("Asia/Tokyo", closures={"2025-12-25": "Christmas Day", "2026-01-01": "New Year's Day"})
    return plan_treatment(few("us"), place, not_before=date(2025, 12, 22))


def eu_four_courses() -> Plan:
    """Everything the EU protocol has, to its limit."""
    return plan_treatment(
        load_protocol("eu-2020-01"), clinic("Asia/Kathmandu"), not_before=date(2027, 1, 11), courses=4
    )


def eu_one_course() -> Plan:
    """The first course of the plan above: each item of the EU protocol, and none of them four times."""
    return plan_treatment(
        load_protocol("eu-2020-01"), clinic("Asia/Kathmandu"), not_before=date(2027, 1, 11), courses=1
    )


def own_protocol() -> Plan:
    """A user's own protocol that extends the US one; its contraception periods merge."""
    return plan_treatment(own(), clinic("UTC"), not_before=date(2027, 8, 31), courses=3)


def long_drift() -> Plan:
    """A renovation of six weeks."""
    place = clinic("Asia/Tokyo", closures=weekdays(date(2027, 3, 1), date(2027, 4, 9), "Renovation"))
    return plan_treatment(few("us"), place, not_before=date(2027, 3, 1))


def no_country() -> Plan:
    """The least that a clinic must say; asked when the deadline for vaccinations has passed."""
    return plan_treatment(
        few("us"), clinic("UTC"), not_before=date(2027, 1, 11), courses=1, as_of=date(2027, 1, 8), plan_id="golden-11"
    )


def odd_week() -> Plan:
    """Tuesday to Saturday, Saturdays too late for the preparation, an extra Monday, and a day without a chair."""
    hours = dict.fromkeys(WEEK[1:5], "08:00-17:00") | {"sat": "09:00-17:00"}
    booked, extra = {"2027-05-05": "No chair"}, {"2027-05-10": "Extra session"}
    more: dict[str, Any] = {"preparation_minutes": 30, "fully_booked": booked, "extra_open": extra}
    place = clinic("UTC", opening_hours=hours, **more)
    return plan_treatment(few("eu"), place, not_before=date(2027, 5, 3))


def last_start() -> Plan:
    """The last day that may be asked for: everything else lies after 2099."""
    return plan_treatment(few("us"), clinic("UTC", days=WEEK), not_before=date(2099, 12, 31), courses=2)


GOLDEN: Final[dict[str, Callable[[], Plan]]] = {
    "us-two-courses": us_two_courses,
    "leap-day": leap_day,
    "month-end": month_end,
    "new-york": new_york,
    "lord-howe": lord_howe,
    "casablanca": casablanca,
    "holidays-as-closures": holidays_as_closures,
    "eu-four-courses": eu_four_courses,
    "eu-one-course": eu_one_course,
    "own-protocol": own_protocol,
    "long-drift": long_drift,
    "no-country": no_country,
    "odd-week": odd_week,
    "last-start": last_start,
}


@cache
def golden_plan(name: str) -> Plan:
    """Return a golden plan with versions that never change."""
    plan = GOLDEN[name]()
    return plan.model_copy(update={"provenance": plan.provenance.model_copy(update=VERSIONS)})


@cache
def named_plan(name: str) -> Plan:
    """Return a golden plan with its name as `plan_id`."""
    return golden_plan(name).model_copy(update={"plan_id": name})


# Calendar options of golden plans, where they differ from the default.
CALENDAR_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "us-two-courses": {"titles": "clinical"},
    "month-end": {"spans": "start-end"},
    "own-protocol": {"titles": "clinical", "spans": "none"},
    "no-country": {
        "method": "PUBLISH", "organizer": "clinic@example.org", "reminders": [timedelta(days=1), timedelta(hours=2)],
        "location": "Harbor, 1 Main Street",
    },
    "last-start": {"method": "CANCEL", "organizer": "clinic@example.org"},
}  # fmt: skip


@cache
def calendar_of(name: str) -> bytes:
    """Return the calendar file of a golden plan."""
    return to_ics(named_plan(name), stamp=STAMP, **CALENDAR_OPTIONS.get(name, {}))


def calendar_with_only(name: str, *items: str) -> bytes:
    """Return the calendar file of a golden plan, with the events of some items only."""
    head, *events = calendar_of(name).removesuffix(_END_OF_CALENDAR).split(_EVENT)
    wanted = [f"UID:{uid(named_plan(name), item)}\r\n".encode() for item in items]
    kept = [event for event in events if event.startswith(tuple(wanted))]
    return _EVENT.join([head, *kept]) + _END_OF_CALENDAR


_EVENT: Final = b"BEGIN:VEVENT\r\n"
_END_OF_CALENDAR: Final = b"END:VCALENDAR\r\n"


def in_lines(data: dict[str, Any]) -> str:
    """Return JSON with a line for each value of a table, and for each entry of a list in it.

    A difference then shows the items that differ, and the files stay short.
    """
    lines = [f"{json.dumps(key)}: {_line(value)}" for key, value in data.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _line(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in value) + "\n]"
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {_line(entry)}" for key, entry in value.items()) + "\n}"
    return json.dumps(value, ensure_ascii=False)


def plan_of(name: str) -> str:
    """Return a golden plan as JSON."""
    return in_lines(golden_plan(name).model_dump(mode="json"))


def part_of(name: str, part: Callable[[dict[str, Any]], object]) -> str:
    """Return part of the JSON of a golden plan."""
    return json.dumps(part(json.loads(plan_of(name))), ensure_ascii=False, indent=2) + "\n"


def fhir_of(name: str) -> str:
    """Return a golden plan as a FHIR bundle."""
    plan = golden_plan(name)
    plan = plan if plan.plan_id else named_plan(name)
    return in_lines(to_fhir(plan, subject="Patient/123"))


def page_of(name: str, titles: Titles, layout: Layout) -> str:
    """Return a golden plan as a page, without its style sheet: the page holds the hash of it."""
    page = to_html(golden_plan(name), titles=titles, layout=layout)
    before, style, after = page.partition(STYLE.read_text(encoding="utf-8"))
    assert style, "the style sheet is not on the page"
    return before + after


FILES: Final[dict[str, Callable[[], str | bytes]]] = {
    # Whole plans.
    "plans/us-two-courses.json": lambda: plan_of("us-two-courses"),
    "plans/eu-four-courses.json": lambda: plan_of("eu-four-courses"),
    "texts/us-two-courses.txt": lambda: to_text(golden_plan("us-two-courses")),
    "texts/eu-four-courses.txt": lambda: to_text(golden_plan("eu-four-courses")),
    "texts/us-two-courses-summary.txt": lambda: to_text(golden_plan("us-two-courses"), detail="summary"),
    "texts/commands.txt": command_texts,
    # Every sentence of the library, to be read from top to bottom.
    "texts/messages.txt": messages,
    "pages/us-two-courses-clinical.html": lambda: page_of("us-two-courses", "clinical", "full"),
    "pages/us-two-courses-neutral.html": lambda: page_of("us-two-courses", "neutral", "full"),
    "pages/us-two-courses-sheet.html": lambda: page_of("us-two-courses", "neutral", "sheet"),
    "pages/eu-four-courses-clinical.html": lambda: page_of("eu-four-courses", "clinical", "full"),
    "fhir/us-two-courses.json": lambda: fhir_of("us-two-courses"),
    "fhir/eu-one-course.json": lambda: fhir_of("eu-one-course"),
    "calendars/us-two-courses.ics": lambda: calendar_of("us-two-courses"),
    "calendars/eu-one-course.ics": lambda: calendar_of("eu-one-course"),
    # The rules of a zone, and the night on which its clock changes: an hour lost, half an hour lost, an hour won.
    "calendars/new-york.ics": lambda: calendar_with_only("new-york", "course-1/day-3"),
    "calendars/lord-howe.ics": lambda: calendar_with_only("lord-howe", "course-1/day-2"),
    "calendars/casablanca.ics": lambda: calendar_with_only("casablanca", "course-1/day-3"),
    # A period as two events, over the end of a month that the last infusion has no day in.
    "calendars/month-end.ics": lambda: calendar_with_only(
        "month-end", "contraception/1/first-day", "contraception/1/last-day"
    ),
    # A file to publish, with an organizer and reminders.
    "calendars/no-country.ics": lambda: calendar_with_only("no-country", "course-1/day-1"),
    # A cancelled event, after 2099.
    "calendars/last-start.ics": lambda: calendar_with_only("last-start", "course-2/day-1"),
    # Every kind of closed day in one search: its reason in full.
    "plans/odd-week-course-1.json": lambda: part_of("odd-week", lambda plan: plan["courses"][0]),
    # The reason of a period that merges those of three courses.
    "plans/own-protocol-contraception.json": lambda: part_of("own-protocol", lambda plan: plan["contraception"]),
}
"""The golden files by their path below this folder, each with the function that makes it."""


def made(file: str) -> bytes:
    """Return what a golden file must hold."""
    content = FILES[file]()
    return content if isinstance(content, bytes) else content.encode()


def write_files() -> None:
    """Write all golden files."""
    for file in FILES:
        path = FOLDER / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(made(file))


if __name__ == "__main__":
    # As in the tests: the zone data of the tzdata package, whatever this machine has.
    zoneinfo.reset_tzpath(())
    zoneinfo.ZoneInfo.clear_cache()
    write_files()
