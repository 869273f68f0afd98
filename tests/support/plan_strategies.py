"""Hypothesis strategies of planning cases: clinic, protocol and request, each also as plain facts for the oracle.

Draws are weighted to where plans break: closures beside a course, month ends, hours a minute too short, clinics
that can never give a course. `test_plan_strategies.py` fails when rare cases are no longer drawn.
"""

import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from lemtrada_schedule import Clinic, Plan, Protocol, load_protocol, plan_treatment, read_protocol
from tests.oracle import plan as oracle
from tests.oracle.us_holidays import us_holidays, us_ma_holidays
from tests.support.strategies import FIRST_DAY, LAST_DAY, ZONES, calendar_days, transitions

T = TypeVar("T")

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


@cache
def pick(*options: T) -> st.SearchStrategy[T]:
    """Return one of a few values; kept, for a strategy costs more to make than to draw from."""
    return st.sampled_from(options)


@cache
def one_in(chances: int) -> st.SearchStrategy[bool]:
    """Return true about once in so many draws."""
    return st.integers(1, chances).map(lambda drawn: drawn == chances)


STEP_NEAR: Final = st.integers(-3, 12)
STEPS_NEAR: Final = {most: st.lists(st.tuples(pick(0, 1, 2, 3), STEP_NEAR), max_size=most) for most in (2, 3, 6)}
IN_A_ROW: Final = st.integers(7, 30)


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
def days_near(draw: st.DrawFn, around: Sequence[date], most: int = 6, rows: int = 8) -> tuple[date, ...]:
    """Return days from 3 before to 12 after some days; now and then many in a row, as in a renovation."""
    if draw(one_in(rows)):
        first = around[draw(pick(0, 1, 2, 3)) % len(around)] + timedelta(draw(STEP_NEAR))
        return _within([first + timedelta(step) for step in range(draw(IN_A_ROW))])
    return _within([around[k % len(around)] + timedelta(step) for k, step in draw(STEPS_NEAR[most])])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def opening_hours(draw: st.DrawFn, days: Sequence[str], slot: int, ready: int) -> tuple[tuple[str, str], ...]:
    """Return hours for these weekdays: roomy, or exactly enough; at times one weekday is a minute too short."""
    is_tight: bool = draw(one_in(2))
    opens, closes = (_clock(ready), _clock(9 * 60 + slot)) if is_tight else ("07:00", "21:00")
    rows = dict.fromkeys(days, f"{opens}-{closes}")
    one_is_short: bool = draw(one_in(5))
    if days and one_is_short:
        closes_early, opens_late = f"{opens}-{_clock(9 * 60 + slot - 1)}", f"{_clock(ready + 1)}-{closes}"
        is_late: bool = draw(one_in(2))
        rows[draw(pick(*days))] = opens_late if is_late else closes_early
    return tuple(rows.items())


REAL_WEEKS: Final = (MON_TO_FRI, MON_TO_FRI, MON_TO_FRI, WEEKDAYS, WEEKDAYS, WEEKDAYS[1:6], WEEKDAYS[:6])
ANY_WEEK: Final = st.sets(pick(*WEEKDAYS)).map(lambda days: tuple(day for day in WEEKDAYS if day in days))
PLACES: Final = (None, None), (None, None), ("US", "MA"), ("US", None)


@st.composite
def clinics(draw: st.DrawFn, around: Sequence[date], slot: int = 360, *, country: bool = True) -> ClinicFacts:
    """Return a clinic that starts infusions at 09:00, its closures clustered near some days.

    Mostly a real week; at times any 0 to 7 weekdays, and so one that allows no course.
    """
    days = draw(ANY_WEEK) if (week := draw(pick(*REAL_WEEKS, None))) is None else week
    preparation = draw(pick(0, 0, 30, 60))
    extra = draw(days_near(around, most=3, rows=2)) if draw(one_in(3)) else ()
    # A week in which New Year's Day is observed early: at federal clinics, and at them alone.
    is_observed = any(0 <= (eve - around[0]).days <= 6 for eve in NEW_YEARS_EVES_OBSERVED)
    place = draw(pick(*PLACES, *[("US", None)] * 4 * is_observed)) if country else (None, None)
    return ClinicFacts(
        hours=draw(opening_hours(days, slot, 9 * 60 - preparation)),
        closures=tuple(day for day in draw(days_near(around)) if day not in extra),
        extra_open=extra,
        fully_booked=draw(days_near(around, most=2)) if draw(one_in(3)) else (),
        country=place[0],
        subdivision=place[1],
        preparation_minutes=preparation,
        time_zone=draw(pick(*DAYTIME_ZONES)),
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
extends = "us-2024-05"
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
    """Return a user's own protocol, read from a file that extends the US one."""
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
UNTIL: Final = ("last infusion + 48 months", "last infusion + 48 months", "last infusion + 40 days", None)
ENDS: Final = ("4 months", "4 months", "6 weeks", "1 month", "13 months")


@st.composite
def course_tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return two or three courses of 1 to 7 days, the last of which may repeat."""
    tables: list[dict[str, Any]] = [{"infusion_days": draw(pick(5, 5, 4, 3, 2, 1, 7)), **CITED}]
    for _ in range(draw(pick(1, 2))):
        anchor = draw(pick("last infusion", "last infusion", "first infusion"))
        interval = draw(pick(*INTERVALS))
        days = draw(pick(1, 2, 3, 4, 5))
        tables.append({"infusion_days": days, "minimum_interval": interval, "counted_from": anchor, **CITED})
    tables[-1]["optional"] = draw(one_in(2))
    return tables


@st.composite
def spans(draw: st.DrawFn) -> str:
    """Return a span of 1 to 9 days, weeks, months or years."""
    count, unit = draw(pick(1, 1, 2, 3, 9)), draw(pick("day", "week", "month", "month", "year"))
    return f"{count} {unit}{'' if count == 1 else 's'}"


@st.composite
def offsets(draw: st.DrawFn, signs: str) -> str:
    """Return an offset from an infusion, at times without a span."""
    anchor = draw(pick("first infusion", "last infusion"))
    return anchor if draw(one_in(3)) else f"{anchor} {draw(pick(*signs))} {draw(SPANS)}"


SPANS: Final = spans()
BEFORE: Final = offsets("-")
AROUND: Final = offsets("+-")


@st.composite
def action_tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return a contraception period and one action of each other dated kind."""
    series: dict[str, Any] = {
        "id": "draws",
        "kind": "series",
        "every": draw(pick("1 month", "1 month", "3 months", "1 year", "2 weeks", "10 days")),
        "per": draw(pick("course", "course", "first-course", "treatment")),
        **CITED,
    }
    if until := draw(pick(*UNTIL)):
        series["until"] = until
    if draw(one_in(2)):
        series["baseline"] = {"within": draw(SPANS), "reuse": draw(SPANS)}
    ends = f"last infusion + {draw(pick(*ENDS))}"
    return [
        {"id": "contraception", "kind": "period", "starts": "first infusion", "ends": ends, **CITED},
        {"id": "diet", "kind": "period", "starts": draw(BEFORE), "ends": "last infusion + 1 month", **CITED},
        {"id": "closing", "kind": "window", "closes": draw(BEFORE), "per": "first-course", **CITED},
        {"id": "opening", "kind": "window", "opens": draw(AROUND), **CITED},
        {"id": "medicine", "kind": "infusion-days", "days": [1], **CITED},
        {"id": "watch", "kind": "after-infusion", "hours": draw(pick(1, 24, 48, 168)), **CITED},
        series,
        series | {"id": "same-draws", "cite": "other", "basis": "convention"},  # the same days for other reasons
    ]


COURSES: Final = course_tables()
ACTIONS: Final = action_tables()


@st.composite
def own_protocols(draw: st.DrawFn) -> ProtocolFacts:
    """Return a small protocol of a user's own."""
    rules: dict[str, Any] = {
        "id": "small",
        "title": "A small one",
        "revision": "1",
        "course_gap_days": {"days": 15, **CITED},
        "sources": {"own": {"document": "Our own handbook"}, "other": {"document": "Another one"}},
        "infusion_day": {
            "infusion_minutes": draw(pick(240, 30, 1, 301)),
            "observation_minutes": draw(pick(120, 15, 1)),
            "dose_mg": 12,
            **CITED,
        },
        "courses": draw(COURSES),
        "actions": draw(ACTIONS),
    }
    if limit := draw(pick(None, None, 1, 2, 4)):
        rules["maximum_courses"] = {"courses": limit, **CITED}
    return ProtocolFacts(Protocol.model_validate(rules), rules)


@st.composite
def copied_protocols(draw: st.DrawFn) -> ProtocolFacts:
    """Return the US protocol with other courses, made by `model_copy`."""
    us = shipped("us-2024-05")
    courses = draw(COURSES)
    for table in courses:
        table["cite"] = "faq"
        table["infusion_days"] = max(3, table["infusion_days"])  # the corticosteroid is for days 1 to 3
    protocol = us.protocol.model_copy(update={"id": "copied", "courses": courses})
    return ProtocolFacts(protocol, {**us.rules, "id": "copied", "courses": courses})


LABELS: Final = pick("us-2024-05", "eu-2020-01").map(shipped)
"""One of the shipped protocols."""

OWN: Final = st.one_of(own_protocols(), own_protocols(), copied_protocols(), st.builds(read_from_file))

PROTOCOLS: Final = one_in(2).flatmap(lambda is_own: OWN if is_own else LABELS)
"""A shipped protocol half of the time, else one of a user's own."""


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
        """Return the plan that the library makes; raise what the library raises."""
        request: dict[str, Any] = {"not_before": self.not_before, "courses": self.courses, "as_of": self.as_of}
        return plan_treatment(self.protocol.protocol, self.clinic.noun(), **request)

    @cached_property
    def expected(self) -> oracle.Plan:
        """Return the plan that the oracle expects; raise `NoBlockError` where no course fits."""
        return oracle.plan(self.protocol.rules, self.why_closed, self.not_before, self.courses)

    @property
    def why_closed(self) -> Callable[[date], str | None]:
        """Return why a day is closed for this protocol's infusion days; None if it is open."""
        return self.clinic.why_closed(self.protocol.slot)

    def changed(self, **changes: Any) -> "Case":
        """Return the question with some parts of it replaced."""
        fields = ("protocol", "clinic", "not_before", "courses", "as_of")
        return Case(**{**{name: getattr(self, name) for name in fields}, **changes})


LEAP_YEARS: Final = st.integers(2000 // 4, 2096 // 4)


@st.composite
def starts(draw: st.DrawFn, last: date = LAST_DAY) -> date:
    """Return a requested start; often one from which five days end on a rare day, or on New Year's Eve."""
    match draw(pick("plain", "plain", "ends on it", "ends on it", "new year", "leap day")):
        case "plain":
            day = draw(calendar_days(last=last))
        case "ends on it":
            day = draw(calendar_days(FIRST_DAY + 4 * ONE_DAY, last)) - 4 * ONE_DAY
        case "leap day":
            day = date(4 * draw(LEAP_YEARS), 2, 25)
        case _:
            day = draw(pick(*NEW_YEARS_EVES_OBSERVED)) - draw(pick(0, 0, 1, 2, 3, 4, 5, 6)) * ONE_DAY
    return min(day, last)


LENGTHS: Final = {"days": 1, "weeks": 7, "month": 31, "months": 30.5, "year": 366, "years": 366}


def _anniversaries(start: date, courses: int, rules: Mapping[str, Any]) -> list[date]:
    """Return about the days on which the courses fall."""
    found = [start]
    for number in range(2, courses + 1):
        count, unit = oracle.course_rule(rules, number)["minimum_interval"].split(" ")
        days = oracle.course_rule(rules, number - 1)["infusion_days"] - 1
        found.append(found[-1] + timedelta(days=days + round(int(count) * LENGTHS[unit])))
    return found


@st.composite
def cases(
    draw: st.DrawFn,
    using: st.SearchStrategy[ProtocolFacts] = PROTOCOLS,
    *,
    last: date = LAST_DAY,
    country: bool = True,
) -> Case:
    """Return a question, its closures near the courses; at times one that no clinic could answer."""
    protocol = draw(using)
    day = draw(starts(last))
    courses = min(draw(pick(2, 1, 3, 4)), protocol.most_courses)
    around = _anniversaries(day, courses, protocol.rules)
    clinic = draw(clinics(around, protocol.slot, country=country and day <= LAST_START_WITH_HOLIDAYS))
    before = draw(pick(None, None, 0, 1, 30, 41, 42, 43, 90, 365, 400, -1, -200))
    as_of = None if before is None else min(max(day - timedelta(before), FIRST_DAY), LAST_DAY)
    return Case(protocol, clinic, day, courses, as_of)


ALWAYS_OPEN: Final = tuple((day, "00:00-23:59") for day in WEEKDAYS)
CHANGING_ZONES: Final = tuple(zone for zone in ZONES if transitions(zone))


@st.composite
def night_cases(draw: st.DrawFn) -> Case:
    """Return a question about a course over a clock change, its infusions beginning up to 6 hours before it."""
    zone = draw(pick(*CHANGING_ZONES))
    change = draw(pick(*transitions(zone)))
    starts = change - timedelta(minutes=draw(pick(0, 1, 30, 60, 90, 180, 239, 240, 241, 359, 360)))
    first = starts.date() - timedelta(days=draw(pick(0, 1, 2)))
    days = [first + timedelta(days=step) for step in range(-1, 8)]
    wall = starts.time()
    local = [datetime.combine(day, wall, ZoneInfo(zone)) for day in days]
    if any(moment.utcoffset() != moment.replace(fold=1).utcoffset() for moment in local):
        wall = (starts - timedelta(hours=2)).time()  # skipped or repeated on one of them; two hours earlier none is
    facts = ClinicFacts(
        hours=ALWAYS_OPEN, infusion_starts=wall.isoformat("minutes"), time_zone=zone, extra_open=tuple(days)
    )
    return Case(draw(LABELS), facts, first, 1)


def touching_periods() -> Case:
    """Return a question whose two contraception periods touch: to 7 July 2025, which is closed, and from 8 July."""
    us = shipped("us-2024-05")
    courses = [dict(rule) for rule in us.rules["courses"]]
    courses[1]["minimum_interval"] = "4 months"
    protocol = us.protocol.model_copy(update={"id": "copied", "courses": courses})
    every_day = tuple((day, "07:00-21:00") for day in WEEKDAYS)
    clinic = ClinicFacts(hours=every_day, closures=(date(2025, 7, 7),))
    return Case(ProtocolFacts(protocol, {**us.rules, "id": "copied", "courses": courses}), clinic, date(2025, 3, 3), 2)


def an_old_last_draw() -> Case:
    """Return a question whose last monthly draw before course 2 is weeks old.

    Course 1 ends on 15 January 2027. The clinic is closed from 15 January to 6 February 2028, so course 2 starts on
    Monday 7 February, and the draw of 15 January is 23 days old.
    """
    closed = tuple(date(2028, 1, 15) + timedelta(days=step) for step in range(23))
    return Case(shipped("us-2024-05"), ClinicFacts(closures=closed), date(2027, 1, 11), 2)
