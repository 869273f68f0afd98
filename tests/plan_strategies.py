"""Whole planning cases: a clinic, a protocol and a request, each also as plain facts that the oracle reads.

What is drawn is weighted to where plans break: closures beside the course, month ends, hours that are a
minute too short, clinics that can never give a course. `test_plan_strategies.py` holds them to it.
"""

import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from lemtrada_schedule import Clinic, Plan, Protocol, load_protocol, plan_treatment, read_protocol
from tests.oracle import plan as oracle
from tests.oracle.us_holidays import us_holidays, us_ma_holidays
from tests.strategies import FIRST_DAY, LAST_DAY, calendar_days

ONE_DAY: Final = timedelta(days=1)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MON_TO_FRI: Final = WEEKDAYS[:5]
LAST_START_WITH_HOLIDAYS: Final = date(2093, 12, 31)
"""Three or four courses from here end within the years whose holidays are known."""
# Zones without a clock change in opening hours, those of both hemispheres, and one of 45 minutes.
DAYTIME_ZONES: Final = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    "UTC",
)
# New Year's Days on a Saturday: observed in the year before, on 31 December.
NEW_YEARS_EVES_OBSERVED: Final = tuple(
    date(year - 1, 12, 31) for year in range(2001, 2094) if date(year, 1, 1).weekday() == 5
)


# --- clinics ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClinicFacts:
    """A clinic as plain facts: what the library's noun is made from, and what the oracle reads."""

    hours: tuple[tuple[str, str], ...] = tuple((day, "08:00-17:00") for day in MON_TO_FRI)
    closures: tuple[date, ...] = ()
    extra_open: tuple[date, ...] = ()
    fully_booked: tuple[date, ...] = ()
    country: str | None = None
    subdivision: str | None = None
    infusion_starts: str = "09:00"
    preparation_minutes: int = 0
    time_zone: str = "America/New_York"

    def fields(self) -> dict[str, Any]:
        """Return the facts as a clinic file holds them."""
        places = {"country": self.country, "subdivision": self.subdivision}
        return {
            "time_zone": self.time_zone,
            **{name: code for name, code in places.items() if code},
            "infusion_starts": self.infusion_starts,
            "preparation_minutes": self.preparation_minutes,
            "opening_hours": dict(self.hours),
            "closures": {day.isoformat(): "Staff day" for day in self.closures},
            "extra_open": {day.isoformat(): "Extra session" for day in self.extra_open},
            "fully_booked": {day.isoformat(): "No chair" for day in self.fully_booked},
        }

    def noun(self) -> Clinic:
        """Return the library's clinic."""
        return Clinic(**self.fields())

    def changed(self, **changes: Any) -> "ClinicFacts":
        """Return the facts with some of them replaced."""
        return ClinicFacts(**{**self.__dict__, **changes})

    def why_closed(self, minutes: int) -> Callable[[date], str | None]:
        """Return a function that says why no infusion day of so many minutes fits on a day; `None` if it does."""
        hours = {WEEKDAYS.index(day): text.split("-") for day, text in self.hours}

        def why(day: date) -> str | None:
            if day in self.fully_booked:
                return "booked"
            if day in self.extra_open:
                return None
            if day in self.closures:
                return "closure"
            if day.weekday() not in hours:
                return "weekday"
            opens, closes = (time.fromisoformat(text) for text in hours[day.weekday()])
            if not self._fits(day, minutes, opens, closes):
                return "hours"
            return "holiday" if day in self._holidays else None

        return why

    def _fits(self, day: date, minutes: int, opens: time, closes: time) -> bool:
        zone = ZoneInfo(self.time_zone)
        start = datetime.combine(day, time.fromisoformat(self.infusion_starts))
        ready = start - timedelta(minutes=self.preparation_minutes)
        end = (start.replace(tzinfo=zone).astimezone(UTC) + timedelta(minutes=minutes)).astimezone(zone)
        return ready >= datetime.combine(day, opens) and end.replace(tzinfo=None) <= datetime.combine(day, closes)

    @property
    def _holidays(self) -> Mapping[date, str]:
        return _holidays_of(self.country, self.subdivision)


@cache
def _holidays_of(country: str | None, subdivision: str | None) -> Mapping[date, str]:
    if country is None:
        return {}
    return us_ma_holidays() if subdivision == "MA" else us_holidays()


def _within(days: Sequence[date]) -> tuple[date, ...]:
    return tuple(sorted({day for day in days if FIRST_DAY <= day <= LAST_DAY}))


@st.composite
def days_near(draw: st.DrawFn, around: Sequence[date], most: int = 6) -> tuple[date, ...]:
    """Return days from 3 before to 12 after some days; now and then ten in a row, as in a renovation."""
    if draw(st.integers(0, 7)) == 0:
        first = draw(st.sampled_from(around)) + timedelta(draw(st.integers(-2, 6)))
        return _within([first + timedelta(step) for step in range(draw(st.integers(7, 30)))])
    steps = draw(st.lists(st.tuples(st.sampled_from(around), st.integers(-3, 12)), max_size=most))
    return _within([day + timedelta(step) for day, step in steps])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def opening_hours(draw: st.DrawFn, days: Sequence[str], slot: int, ready: int) -> tuple[tuple[str, str], ...]:
    """Return hours for these weekdays: roomy, or exactly enough; at times one weekday is a minute too short."""
    opens, closes = draw(st.sampled_from([("07:00", "21:00"), (_clock(ready), _clock(9 * 60 + slot))]))
    rows = dict.fromkeys(days, f"{opens}-{closes}")
    too_short = (f"{opens}-{_clock(9 * 60 + slot - 1)}", f"{_clock(ready + 1)}-{closes}")
    if days and draw(st.sampled_from([False, False, False, False, True])):
        rows[draw(st.sampled_from(days))] = draw(st.sampled_from(too_short))
    return tuple(rows.items())


def open_weekdays() -> st.SearchStrategy[tuple[str, ...]]:
    """Return 0 to 7 open weekdays: mostly real weeks, at times one that allows no course."""
    subsets = st.sets(st.sampled_from(WEEKDAYS)).map(lambda days: tuple(d for d in WEEKDAYS if d in days))
    real = (MON_TO_FRI, MON_TO_FRI, MON_TO_FRI, WEEKDAYS, WEEKDAYS, WEEKDAYS[1:6], WEEKDAYS[:6])
    return st.sampled_from([*(st.just(week) for week in real), subsets]).flatmap(lambda week: week)


@st.composite
def clinics(draw: st.DrawFn, around: Sequence[date], slot: int = 360, *, country: bool = True) -> ClinicFacts:
    """Return a clinic that starts infusions at 09:00, its closures clustered near some days."""
    days = draw(open_weekdays())
    preparation = draw(st.sampled_from([0, 0, 30, 60]))
    hours = draw(opening_hours(days, slot, 9 * 60 - preparation))
    extra = draw(days_near(around, most=3)) if draw(st.integers(0, 3)) == 0 else ()
    place = draw(st.sampled_from([(None, None), (None, None), ("US", "MA"), ("US", None)])) if country else (None, None)
    return ClinicFacts(
        hours=hours,
        closures=tuple(day for day in draw(days_near(around)) if day not in extra),
        extra_open=extra,
        fully_booked=draw(days_near(around, most=2)) if draw(st.integers(0, 3)) == 0 else (),
        country=place[0],
        subdivision=place[1],
        preparation_minutes=preparation,
        time_zone=draw(st.sampled_from(DAYTIME_ZONES)),
    )


# --- protocols -------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProtocolFacts:
    """A protocol, and the plain tables it was made from."""

    protocol: Protocol
    rules: Mapping[str, Any]

    @property
    def is_shipped(self) -> bool:
        """Whether its numbers are those of a label."""
        return self.protocol.name in ("us-2024-05", "eu-2020-01")

    @property
    def slot(self) -> int:
        """Minutes of infusion and observation together."""
        day = self.rules["infusion_day"]
        return int(day["infusion_minutes"] + day["observation_minutes"])

    @property
    def most_courses(self) -> int:
        """How many courses may be planned at most; no limit counts as six."""
        listed = 6 if self.rules["courses"][-1].get("optional") else len(self.rules["courses"])
        return int(min(listed, self.rules.get("maximum_courses", {}).get("courses", 6)))


def label_tables(name: str) -> dict[str, Any]:
    """Return the tables of a shipped protocol file."""
    return tomllib.loads((files("lemtrada_schedule") / "labels" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def shipped(name: str) -> ProtocolFacts:
    """Return a shipped protocol: `us-2024-05` or `eu-2020-01`."""
    return ProtocolFacts(load_protocol(name), label_tables(name))


OWN_FILE: Final = """
id = "own"
revision = "7"
extends = "us"
remove = ["vaccinations", "thyroid"]
[infusion_day]
infusion_minutes = 300
[[actions]]
id = "blood-count"
kind = "series"
every = "2 weeks"
until = "last infusion + 3 months"
baseline = { within = "10 days", reuse = "1 week" }
cite = "own"
[[actions]]
id = "late-window"
kind = "window"
opens = "last infusion + 1 month"
closes = "last infusion + 1 year"
cite = "own"
[sources.own]
document = "Our own handbook"
"""


@cache
def read_from_file() -> ProtocolFacts:
    """Return a user's own protocol, read from a file that rests on the US one."""
    own = tomllib.loads(OWN_FILE)
    rules = label_tables("us-2024-05")
    kept = [action for action in rules["actions"] if action["id"] not in own["remove"]]
    blood, window = own["actions"]
    rules["actions"] = [*(blood if action["id"] == "blood-count" else action for action in kept), window]
    rules |= {"id": "own", "revision": "7", "infusion_day": rules["infusion_day"] | own["infusion_day"]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "own.toml")
        path.write_text(OWN_FILE, encoding="utf-8")
        return ProtocolFacts(read_protocol(path), rules)


CITED: Final = {"cite": "own"}
INTERVALS: Final = ("12 months", "12 months", "1 month", "4 months", "6 months", "52 weeks", "1 year", "100 days")


@st.composite
def course_tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return two or three courses of 1 to 7 days, the last of which may repeat."""
    tables: list[dict[str, Any]] = [{"infusion_days": draw(st.sampled_from([5, 5, 4, 3, 2, 1, 7])), **CITED}]
    for _ in range(draw(st.integers(1, 2))):
        anchor = draw(st.sampled_from(["last infusion", "last infusion", "first infusion"]))
        interval = draw(st.sampled_from(INTERVALS))
        days = draw(st.integers(1, 5))
        tables.append({"infusion_days": days, "minimum_interval": interval, "counted_from": anchor, **CITED})
    tables[-1]["optional"] = draw(st.booleans())
    return tables


def _span(most: int) -> st.SearchStrategy[str]:
    counts = st.integers(1, most)
    units = st.sampled_from(["day", "week", "month", "month", "month", "year"])
    return st.builds(lambda n, unit: f"{n} {unit}{'' if n == 1 else 's'}", counts, units)


def _offset(signs: str) -> st.SearchStrategy[str]:
    anchors = st.sampled_from(["first infusion", "last infusion"])
    steps = st.builds(lambda sign, span: f" {sign} {span}", st.sampled_from(signs), _span(4)) | st.just("")
    return st.builds("".join, st.tuples(anchors, steps))


@st.composite
def action_tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return a contraception period and one action of each other dated kind."""
    per = draw(st.sampled_from(["course", "course", "first-course", "treatment"]))
    series: dict[str, Any] = {
        "id": "draws",
        "kind": "series",
        "every": draw(st.sampled_from(["1 month", "1 month", "3 months", "1 year", "2 weeks", "10 days"])),
        "per": per,
        **CITED,
    }
    if draw(st.integers(0, 3)):
        series["until"] = f"last infusion + {draw(st.sampled_from(['48 months', '6 months', '40 days']))}"
    if draw(st.booleans()):
        series["baseline"] = {"within": draw(_span(9)), "reuse": draw(_span(9))}
    ends = f"last infusion + {draw(st.sampled_from(['4 months', '4 months', '6 weeks', '1 month', '13 months']))}"
    return [
        {"id": "contraception", "kind": "period", "starts": "first infusion", "ends": ends, **CITED},
        {"id": "diet", "kind": "period", "starts": draw(_offset("-")), "ends": "last infusion + 1 month", **CITED},
        {"id": "closing", "kind": "window", "closes": draw(_offset("-")), "per": "first-course", **CITED},
        {"id": "opening", "kind": "window", "opens": draw(_offset("+-")), **CITED},
        {"id": "medicine", "kind": "infusion-days", "days": [1], **CITED},
        {"id": "watch", "kind": "after-infusion", "hours": draw(st.integers(1, 168)), **CITED},
        series,
    ]


@st.composite
def own_protocols(draw: st.DrawFn) -> ProtocolFacts:
    """Return a small protocol of a user's own."""
    rules: dict[str, Any] = {
        "id": "small",
        "title": "A small one",
        "revision": "1",
        "course_gap_days": {"days": 15, **CITED},
        "sources": {"own": {"document": "Our own handbook"}},
        "infusion_day": {
            "infusion_minutes": draw(st.sampled_from([240, 30, 1, 301])),
            "observation_minutes": draw(st.sampled_from([120, 15, 1])),
            "dose_mg": 12,
            **CITED,
        },
        "courses": draw(course_tables()),
        "actions": draw(action_tables()),
    }
    if draw(st.booleans()):
        rules["maximum_courses"] = {"courses": draw(st.integers(1, 5)), **CITED}
    return ProtocolFacts(Protocol.model_validate(rules), rules)


@st.composite
def copied_protocols(draw: st.DrawFn) -> ProtocolFacts:
    """Return the US protocol with other courses, made by `model_copy`."""
    us = shipped("us-2024-05")
    courses = draw(course_tables())
    for table in courses:
        table["cite"] = "faq"
        table["infusion_days"] = max(3, table["infusion_days"])  # the corticosteroid is for days 1 to 3
    protocol = us.protocol.model_copy(update={"id": "copied", "courses": courses})
    return ProtocolFacts(protocol, {**us.rules, "id": "copied", "courses": courses})


def labels() -> st.SearchStrategy[ProtocolFacts]:
    """Return one of the shipped protocols."""
    return st.sampled_from([shipped("us-2024-05"), shipped("eu-2020-01")])


def protocols() -> st.SearchStrategy[ProtocolFacts]:
    """Return a shipped protocol half of the time, else one of a user's own."""
    own = st.one_of(own_protocols(), copied_protocols(), st.builds(read_from_file))
    return st.booleans().flatmap(lambda is_own: own if is_own else labels())


# --- requests --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A question to the planner."""

    protocol: ProtocolFacts
    clinic: ClinicFacts
    not_before: date
    courses: int
    as_of: date | None = None

    def planned(self) -> Plan:
        """Ask the library. Raises what it raises."""
        request: dict[str, Any] = {"not_before": self.not_before, "courses": self.courses, "as_of": self.as_of}
        return plan_treatment(self.protocol.protocol, self.clinic.noun(), **request)

    @cached_property
    def expected(self) -> oracle.Plan:
        """Ask the oracle. Raises `NoBlockError` where no course fits."""
        return oracle.plan(self.protocol.rules, self.why_closed, self.not_before, self.courses)

    @property
    def why_closed(self) -> Callable[[date], str | None]:
        """Say why a day is closed for this protocol's infusion days."""
        return self.clinic.why_closed(self.protocol.slot)

    def changed(self, **changes: Any) -> "Case":
        """Return the question with some parts of it replaced."""
        fields = ("protocol", "clinic", "not_before", "courses", "as_of")
        return Case(**{**{name: getattr(self, name) for name in fields}, **changes})


@st.composite
def starts(draw: st.DrawFn, last: date = LAST_DAY) -> date:
    """Return a requested start; often one from which five days end on a rare day, or on New Year's Eve."""
    match draw(st.integers(0, 5)):
        case 0 | 1:
            rare = draw(calendar_days(FIRST_DAY + 4 * ONE_DAY, last))
            return rare - 4 * ONE_DAY
        case 2:
            return draw(st.sampled_from(NEW_YEARS_EVES_OBSERVED)) - draw(st.integers(0, 6)) * ONE_DAY
        case _:
            return draw(calendar_days(last=last))


def _anniversaries(start: date, courses: int) -> list[date]:
    return [start + timedelta(days=366 * k + 4 * bool(k)) for k in range(courses)]


@st.composite
def cases(
    draw: st.DrawFn,
    using: st.SearchStrategy[ProtocolFacts] | None = None,
    *,
    last: date = LAST_DAY,
    country: bool = True,
) -> Case:
    """Return a question, its closures near the courses; at times one that no clinic could answer."""
    protocol = draw(using if using is not None else protocols())
    day = draw(starts(last))
    courses = draw(st.integers(1, min(4, protocol.most_courses)))
    around = _anniversaries(day, courses)
    clinic = draw(clinics(around, protocol.slot, country=country and day <= LAST_START_WITH_HOLIDAYS))
    return Case(protocol, clinic, day, courses, draw(st.none() | days_as_of(day)))


@st.composite
def days_as_of(draw: st.DrawFn, start: date) -> date:
    """Return a day of asking: mostly shortly before the start, at times long before it or after it."""
    day = start - timedelta(draw(st.sampled_from([0, 1, 30, 41, 42, 43, 90, 365, 400, -1, -200])))
    return min(max(day, FIRST_DAY), LAST_DAY)
