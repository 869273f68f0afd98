"""Hypothesis strategies of histories: a plan of the library, recorded exactly and then perturbed.

A history is drawn as plain facts: the oracle reads them, and the library's `History` is made from them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from lemtrada_schedule import Plan
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.records.history import History, Intake
from tests.oracle import recorded
from tests.oracle.following import Numbered as Given
from tests.oracle.history import Finding, Known, evaluation
from tests.oracle.monitoring import series_of
from tests.oracle.plan import Anchors
from tests.support.plan_strategies import MON_TO_FRI, ONE_DAY, WEEKDAYS, Case, ClinicFacts, ProtocolFacts, shipped
from tests.support.strategies import calendar_days

Row = Mapping[str, Any]
LABELS: Final = st.sampled_from(["us-2024-05", "eu-2020-01"]).map(shipped)
FIRST_START: Final = date(2001, 6, 1)
"""A day of asking may lie more than a year before."""
LAST_START: Final = date(2090, 12, 31)
"""Four courses from here, and the days on which they are judged, end within the years whose holidays are known."""
IN_FULL: Final = {"started": "09:00", "ended": "13:00", "observed_until": "15:00", "dose_mg": 12}
GAP: Final = 15
"""Both labels' `course_gap_days`: beyond it a course is over, and another one begins."""


# --- plans that can be recorded ------------------------------------------------------------------


@dataclass(frozen=True)
class Treatment:
    """A plan of the library's for one patient, and what is known of the patient."""

    case: Case
    age: int = 40
    in_full: bool = False
    with_tests: bool = False

    @property
    def protocol(self) -> ProtocolFacts:
        return self.case.protocol

    @cached_property
    def plan(self) -> Plan:
        return self.case.planned()

    @cached_property
    def days(self) -> list[list[date]]:
        """The planned days of each course."""
        return [[one.date for one in course.days] for course in self.plan.courses]

    @cached_property
    def rows(self) -> list[list[dict[str, Any]]]:
        """The plan, recorded exactly: the records of each course, their rows counted from 1."""
        fields = IN_FULL if self.in_full else {}
        before = [sum(map(len, self.days[:index])) for index in range(len(self.days))]
        return [
            [{"row": first + ordinal, "date": one, **fields} for ordinal, one in enumerate(days, start=1)]
            for first, days in zip(before, self.days, strict=True)
        ]

    @property
    def every_row(self) -> list[dict[str, Any]]:
        return [row for course in self.rows for row in course]

    @property
    def over(self) -> date:
        """The first day on which every course is over, whatever its length."""
        return self.days[-1][-1] + (GAP + 2) * ONE_DAY

    @property
    def about(self) -> dict[str, Any]:
        """What is known besides the infusions: an adult who tried two medicines, and perhaps every test."""
        first = self.days[0][0]
        return {
            "birth_date": date(first.year - self.age, 1, 1),
            "prior_medicines": 2,
            "observations": self._tests if self.with_tests else [],
        }

    @property
    def _tests(self) -> list[dict[str, Any]]:
        """Every test that has a baseline: on the eve of each course, and on each due date until all courses are over.

        A test that is due after the last infusion is done on the day of that infusion.
        """
        rules, last = self.protocol.rules, self.days[-1][-1]
        given = [Given(number, Anchors(days[0], days[-1])) for number, days in enumerate(self.days, start=1)]
        done = [(action["id"], days[0] - ONE_DAY) for action in rules["actions"] for days in self.days]
        done += [(one.action["id"], due) for one in series_of(rules, given, self.over) for due in one.dates]
        wanted = {action["id"] for action in rules["actions"] if "baseline" in action}
        return [{"code": code, "date": min(day, last)} for code, day in done if code in wanted and day <= self.over]

    def history(self, rows: Sequence[Row]) -> History:
        """Return the history of this patient with other records."""
        return History.model_validate({"infusions": [dict(row) for row in rows], **self.about})

    def expected(self, rows: Sequence[Row], as_of: date, **asked: Any) -> set[Finding]:
        """Ask the oracle which findings there are: code, course and row."""
        return set(evaluation(self.protocol.rules, rows, as_of, **self.about, **asked)["findings"])


def closures_near(first: date, courses: int) -> st.SearchStrategy[set[date]]:
    """Return up to six days, each from 3 days before to 12 days after the day on which a course may begin."""
    starts = [first + timedelta(days=366 * k + 4 * bool(k)) for k in range(courses)]
    near = st.builds(lambda start, step: start + step * ONE_DAY, st.sampled_from(starts), st.integers(-3, 12))
    return st.sets(near, max_size=6)


@st.composite
def treatments(
    draw: st.DrawFn,
    using: st.SearchStrategy[ProtocolFacts] | None = None,
    *,
    fewest: int = 1,
    most: int = 3,
    tests: bool = True,
) -> Treatment:
    """Return a treatment at a clinic that has some closed days near its courses."""
    protocol = draw(using if using is not None else LABELS)
    first = draw(calendar_days(FIRST_START, LAST_START)) - draw(st.sampled_from([0, 4])) * ONE_DAY
    week = draw(st.sampled_from([MON_TO_FRI, MON_TO_FRI, WEEKDAYS]))
    if draw(st.integers(0, 7)) == 0:  # five days that end on 29 February
        first, week = date(4 * draw(st.integers(501, 522)), 2, 25), WEEKDAYS
    courses = draw(st.integers(fewest, most))
    country, subdivision = draw(st.sampled_from([(None, None), (None, None), ("US", "MA")]))
    clinic = ClinicFacts(
        hours=tuple((one, "07:00-21:00") for one in week),
        closures=tuple(sorted(draw(closures_near(first, courses)))),
        country=country,
        subdivision=subdivision,
    )
    known = draw(st.tuples(st.integers(18, 70), st.booleans(), st.booleans()))
    return Treatment(Case(protocol, clinic, first, courses), known[0], known[1], tests and known[2])


# --- one perturbation ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Perturbed:
    """A treatment whose records differ from its plan in one point."""

    treatment: Treatment
    what: str
    rows: Sequence[Row]
    told: tuple[str, int]
    """The code and the row of a finding that must be there, worked out with the perturbation."""

    @property
    def history(self) -> History:
        return self.treatment.history(self.rows)

    @property
    def over(self) -> date:
        """The first day on which every course is over."""
        last: date = max(row["date"] for row in self.rows)
        return max(self.treatment.over, last + (GAP + 2) * ONE_DAY)


def dropped(treatment: Treatment, course: int, place: int) -> Perturbed:
    """Leave a record out: the course is short, which is told at its last record."""
    left = [row for row in treatment.rows[course] if row is not treatment.rows[course][place]]
    gone = treatment.rows[course][place]
    rows = [row for row in treatment.every_row if row is not gone]
    return Perturbed(treatment, "drop", rows, ("course-incomplete", left[-1]["row"]))


def doubled(treatment: Treatment, course: int, place: int) -> Perturbed:
    """Record a day a second time, in a row of its own."""
    every = treatment.every_row
    again = {**treatment.rows[course][place], "row": len(every) + 1}
    return Perturbed(treatment, "duplicate", [*every, again], ("duplicate-same-day", again["row"]))


def shifted(treatment: Treatment, course: int, place: int, step: int) -> Perturbed:
    """Record a day one day too late or too early."""
    own = treatment.rows[course]
    moved = {**own[place], "date": own[place]["date"] + step * ONE_DAY}
    rows = [moved if row is own[place] else row for row in treatment.every_row]
    beside = place + step
    if 0 <= beside < len(own):  # on a neighbour's day: the record that stands later in the file is the second
        told = ("duplicate-same-day", max(moved["row"], own[beside]["row"]))
    else:  # out of the block: the first day after the gap is told
        told = ("course-not-consecutive", moved["row"] if step > 0 else own[1]["row"])
    return Perturbed(treatment, f"shift {step:+}", rows, told)


SPOILT: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "dose": ({"dose_mg": 10}, "dose-differs"),
    "too short": ({**IN_FULL, "ended": "12:59"}, "infusion-too-short"),
    "observed too short": ({**IN_FULL, "observed_until": "14:59"}, "observation-too-short"),
    "partial": ({"status": "partial"}, "partial-infusion"),
    "not done": ({"status": "not-done"}, "course-incomplete"),
    "in error": ({"status": "entered-in-error"}, "course-incomplete"),
}
"""What one record may say otherwise than planned, and the code by which that is found."""


def spoilt(treatment: Treatment, course: int, place: int, what: str) -> Perturbed:
    """Record a day on its day, and something of it otherwise."""
    fields, code = SPOILT[what]
    own = treatment.rows[course]
    rows = [{**row, **fields} if row is own[place] else row for row in treatment.every_row]
    left = [row["row"] for row in own if row is not own[place]]
    return Perturbed(treatment, what, rows, (code, left[-1] if code == "course-incomplete" else own[place]["row"]))


def hastened(treatment: Treatment, course: int, days: int) -> Perturbed:
    """Record a whole course so many days before its earliest day."""
    before = Anchors(treatment.days[course - 1][0], treatment.days[course - 1][-1])
    rules, number = treatment.protocol.rules, course + 1
    first = recorded.may_begin(rules, number, before) - days * ONE_DAY
    rows = [row for rows in treatment.rows[:course] for row in rows]
    rows += [{**row, "date": first + n * ONE_DAY} for n, row in enumerate(treatment.rows[course])]
    warned = number == 2 and first >= recorded.may_begin(rules, 2, before, "first infusion")  # S11
    code = "anchor-not-named" if warned else "interval-below-minimum"
    return Perturbed(treatment, "early", rows, (code, treatment.rows[course][0]["row"]))


def delayed(treatment: Treatment, course: int, days: int) -> list[dict[str, Any]]:
    """Record a course so many days late, and the courses before it as planned."""
    rows = [row for rows in treatment.rows[:course] for row in rows]
    return rows + [{**row, "date": row["date"] + days * ONE_DAY} for row in treatment.rows[course]]


PERTURBATIONS: Final = ("drop", "duplicate", "late", "early", "hasten", "hasten", *SPOILT)
HASTE: Final = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 30]) | st.integers(1, 300)


@st.composite
def perturbed(draw: st.DrawFn, most: int = 3) -> Perturbed:
    """Return a treatment with one record too few, too many or misplaced, or with an early course."""
    what = draw(st.sampled_from(PERTURBATIONS))
    treatment = draw(treatments(fewest=2 if what == "hasten" else 1, most=most, tests=False))
    course = draw(st.integers(1 if what == "hasten" else 0, len(treatment.days) - 1))
    place = draw(st.integers(0, len(treatment.days[course]) - 1))
    match what:
        case "drop":
            return dropped(treatment, course, place)
        case "duplicate":
            return doubled(treatment, course, place)
        case "late":
            return shifted(treatment, course, place, 1)
        case "early":
            return shifted(treatment, course, place, -1)
        case "hasten":
            return hastened(treatment, course, draw(HASTE))
        case _:
            return spoilt(treatment, course, place, what)


# --- two patients --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Swapped:
    """Two patients of whom one record each stands with the other."""

    one: Treatment
    other: Treatment
    rows_of_one: Sequence[Row]
    rows_of_other: Sequence[Row]

    @property
    def over(self) -> date:
        return max(self.one.over, self.other.over)


@st.composite
def swapped(draw: st.DrawFn) -> Swapped:
    """Return two treatments with records on different days.

    No courses of the two begin a day apart: a swap of their ends could make each the other's.
    """
    one = draw(treatments(tests=False))
    later = one.case.not_before + draw(st.integers(2, 12) | st.integers(2, 400)) * ONE_DAY
    other = Treatment(one.case.changed(not_before=later))
    firsts, theirs_first = [days[0] for days in one.days], [days[0] for days in other.days]
    assume(all(abs(mine - his) != ONE_DAY for mine in firsts for his in theirs_first))
    mine, theirs = draw(st.sampled_from(one.every_row)), draw(st.sampled_from(other.every_row))
    assume(mine["date"] != theirs["date"])
    mine_there, theirs_here = {**theirs, "date": mine["date"]}, {**mine, "date": theirs["date"]}
    return Swapped(
        one,
        other,
        [theirs_here if row is mine else row for row in one.every_row],
        [mine_there if row is theirs else row for row in other.every_row],
    )


# --- histories of any kind -----------------------------------------------------------------------


@dataclass(frozen=True)
class Recorded:
    """Records as facts, the rules they are judged by, and a day of asking."""

    protocol: ProtocolFacts
    rows: Sequence[Row]
    as_of: date
    about: Known = field(default_factory=Known)
    """What is known besides the infusions, as the oracle reads it: tests, overrides, the kinds of test recorded."""

    @property
    def history(self) -> History:
        return History.model_validate({"infusions": [dict(row) for row in self.rows], **self.about})


STATUSES: Final = ("completed",) * 6 + ("partial", "partial", "not-done", "entered-in-error")


# On the boundaries of S07 and S08 much more often than elsewhere. One day lies between blocks already.
STEPS_ON: Final = (14, 15, 14, 15, 14, 15, 13, 16, 60, 358, 361, 364, 365, 366, 372, 500)
ASKED_AFTER: Final = (1, 2, 15, 16, 1, 2, 15, 16, 0, -1, 3, 14, 17, 200, 340, 365, 366, 2000)


Numbered = Callable[[int, int], bool]
NUMBERED_BY_ROW: Final[tuple[Numbered, ...]] = (
    lambda _block, _n: True,
    lambda block, _n: block > 0,  # as where a new system writes the number, and the old one did not
)
"""Which records have a course number of their own, by block and place in it; two blocks may be of one course."""
NUMBERED: Final[tuple[Numbered, ...]] = (
    *[lambda _block, _n: False] * 6,
    *NUMBERED_BY_ROW,
    lambda _block, n: n == 0,
)


@st.composite
def messy_rows(draw: st.DrawFn, first: date) -> list[dict[str, Any]]:
    """Return records of one to four blocks, at times short, torn, doubled or too near each other, in any order."""
    rows: list[dict[str, Any]] = []
    day, course = first, 1
    numbered = draw(st.sampled_from(NUMBERED))
    for block in range(draw(st.integers(1, 4))):
        is_torn = numbered in NUMBERED_BY_ROW and draw(st.integers(0, 3)) == 0
        course += bool(block) and not is_torn
        for n in range(draw(st.integers(1, 6))):
            own = {"course": course} if numbered(block, n) else {}
            rows.append({"date": day, "status": draw(st.sampled_from(STATUSES)), **own})
            if draw(st.integers(0, 9)) == 0:
                rows.append({**rows[-1], **draw(st.sampled_from([{}, {}, {"dose_mg": 6}]))})
            day += draw(st.sampled_from([1, 1, 1, 1, 1, 1, 2, 3])) * ONE_DAY
        day += timedelta(draw(st.sampled_from(STEPS_ON)))
    return draw(st.permutations([{"row": number, **row} for number, row in enumerate(rows, start=1)]))


Renumber = Callable[[st.DrawFn, Sequence[Row]], list[dict[str, Any]]]


def numbered_on(rows: Sequence[Row], day: date, number: int | None) -> list[dict[str, Any]]:
    """Return the records with another course number on one day, or none."""
    told = [{**row, "course": number} if row["date"] == day else dict(row) for row in rows]
    return [{name: value for name, value in row.items() if name != "course" or value is not None} for row in told]


def mistyped(draw: st.DrawFn, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Give one day another number, or the only one."""
    return numbered_on(rows, draw(st.sampled_from([row["date"] for row in rows])), draw(st.integers(1, 6)))


def unnumbered(draw: st.DrawFn, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Take the number of one day away."""
    return numbered_on(rows, draw(st.sampled_from([row["date"] for row in rows])), None)


def begun_elsewhere(draw: st.DrawFn, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Raise every number: the first courses are not on record."""
    by = draw(st.integers(1, 3))
    return [{**row, "course": row["course"] + by} if "course" in row else dict(row) for row in rows]


def every_second(_draw: st.DrawFn, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Leave a gap between any two numbers."""
    return [{**row, "course": 2 * row["course"] - 1} if "course" in row else dict(row) for row in rows]


def turned_round(_draw: st.DrawFn, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Number the courses from the last one on."""
    highest = max([row["course"] for row in rows if "course" in row], default=0)
    return [{**row, "course": highest + 1 - row["course"]} if "course" in row else dict(row) for row in rows]


def all_of_one(draw: st.DrawFn, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Give every record the same number."""
    number = draw(st.integers(1, 2))
    return [{**row, "course": number} for row in rows]


RENUMBER: Final[tuple[Renumber | None, ...]] = (
    *[None] * 6,
    mistyped,
    mistyped,
    unnumbered,
    begun_elsewhere,
    every_second,
    turned_round,
    all_of_one,
)
"""How course numbers may be wrong. All records of a day keep the same number."""

KNOWN_CODES: Final = (
    "cd4", "blood-count", "creatinine", "thyroid", "urine-protein-creatinine", "vaccinations", "skin-examination",
    "hpv", "57021-8", "http://loinc.org|57021-8", "2160-0", "24467-3", "http://loinc.org|24467-3",
)  # fmt: skip
UNKNOWN_CODES: Final = ("CD4", "blood_count", "full-blood", "contraception", "loinc|57021-8")
DRAWN_BEFORE: Final = (-400, -60, -43, -42, -41, -31, -30, -29, -15, -2, -1, 0, 1, 2, 30)
"""Days from an infusion to a test: many at the edges of the windows before a course."""


@st.composite
def tests_of(draw: st.DrawFn, days: Sequence[date], as_of: date) -> Known:
    """Return tests around the infusion days, none after the day of asking, and what kinds of test are recorded."""
    if draw(st.booleans()):
        return Known()
    codes = st.sampled_from(KNOWN_CODES) if draw(st.integers(0, 3)) else st.sampled_from(KNOWN_CODES + UNKNOWN_CODES)
    near = st.builds(lambda day, step: day + step * ONE_DAY, st.sampled_from(days), st.sampled_from(DRAWN_BEFORE))
    drawn = draw(st.lists(st.tuples(near, codes, st.sampled_from([90, 199, 200, 400])), max_size=6))
    about = Known(
        observations=[{"date": day, "code": code, "value": value} for day, code, value in drawn if day <= as_of]
    )
    if draw(st.booleans()):
        about["tests_recorded"] = draw(st.lists(codes, max_size=5, unique=True))
    if draw(st.integers(0, 3)) == 0:
        about["tests_recorded_from"] = draw(near)
    if draw(st.integers(0, 9)) == 0:
        stated = {"by": "Dr A", "why": "accepted", "on": days[0]}
        about["overrides"] = [{"code": draw(st.sampled_from(["dose-differ", "blood-count"])), **stated}]
    return about


@st.composite
def messy(draw: st.DrawFn) -> Recorded:
    """Return any records, asked about at about the time of the last one, at times on a day between them."""
    protocol = draw(LABELS)
    rows = draw(messy_rows(draw(calendar_days(FIRST_START, LAST_START))))
    days = sorted(row["date"] for row in rows)
    around = days[-1] if draw(st.integers(0, 3)) else draw(st.sampled_from(days))
    as_of = around + timedelta(draw(st.sampled_from(ASKED_AFTER)))
    renumber = draw(st.sampled_from(RENUMBER))
    if renumber is not None:
        rows = renumber(draw, rows)
    return Recorded(protocol, rows, as_of, draw(tests_of(days, as_of)))


AFTERWARDS: Final = (0, 1, 2, 3, 14, 15, 16, 17)


@st.composite
def short_at_the_end(draw: st.DrawFn) -> Recorded:
    """Return a course that is short, asked about on a day up to 17 days after its last infusion."""
    protocol, first = draw(LABELS), draw(calendar_days(FIRST_START, LAST_START))
    rows = [{"row": n + 1, "date": first + n * ONE_DAY} for n in range(draw(st.integers(1, 4)))]
    return Recorded(protocol, rows, first + (len(rows) - 1 + draw(st.sampled_from(AFTERWARDS))) * ONE_DAY)


# --- files ---------------------------------------------------------------------------------------

HEADER: Final = "patient,date,status,dose_mg"
LINES: Final = {
    "good": "{patient},{day},completed,12",
    "also good": "{patient},{day},partial,",
    "blank": "",
    "spaces": "   ",
    "partial date": "{patient},2025-03,completed,12",
    "no such day": "{patient},2025-02-30,completed,12",
    "no date": "{patient},,completed,12",
    "status": "{patient},{day},given,12",
    "dose": '{patient},{day},completed,"12,5"',
    "two faults": "{patient},2025-13-01,given,12",
    "too long": "{patient},{day},completed,12,and more",
    "too short": "{patient},{day}",
}


@dataclass(frozen=True)
class FileLine:
    """A line of a records file: of whom, of what kind, on which day."""

    patient: str
    kind: str
    day: date

    @property
    def text(self) -> str:
        return LINES[self.kind].format(patient=self.patient, day=self.day)

    @property
    def outcome(self) -> str:
        """What must become of it."""
        kinds = {"good": "accepted", "also good": "accepted", "blank": "blank", "spaces": "blank"}
        return kinds.get(self.kind, "refused")

    @property
    def is_nobodys(self) -> bool:
        """Whether it cannot be told whose it is: then it holds for every patient of the file (S06)."""
        return self.kind in {"too long", "too short"}

    @property
    def blanked(self) -> "FileLine":
        """An empty line in its place, so that the others keep their numbers."""
        return FileLine(self.patient, "blank", self.day)


@st.composite
def files(draw: st.DrawFn) -> list[FileLine]:
    """Return lines of a records file of up to three patients, half of them good."""
    kinds = st.sampled_from([*LINES, "good", "good", "good", "good"])
    drawn = draw(st.lists(st.tuples(st.sampled_from(["p1", "p2", "p3"]), kinds, st.integers(0, 900)), max_size=30))
    return [FileLine(patient, kind, date(2024, 1, 1) + n * ONE_DAY) for patient, kind, n in drawn]


def read_lines(lines: Sequence[FileLine]) -> Intake:
    """Read lines as a file."""
    return parse_csv("\n".join([HEADER, *(line.text for line in lines)]) + "\n")


# --- plans that are made again -------------------------------------------------------------------


@dataclass(frozen=True)
class Going:
    """A treatment under way: what was recorded of the plan, and the day on which it is made again."""

    treatment: Treatment
    rows: Sequence[Row]
    as_of: date
    closures: frozenset[date] = frozenset()
    """Days that were closed after the plan was made."""
    decisions: Sequence[Mapping[str, Any]] = ()

    @property
    def clinic(self) -> ClinicFacts:
        """The clinic as it is now."""
        facts = self.treatment.case.clinic
        return facts.changed(closures=tuple(sorted({*facts.closures, *self.closures})))

    @property
    def history(self) -> History:
        return self.treatment.history(self.rows)

    @property
    def scheduled(self) -> dict[int, list[date]]:
        """The days of each course as they were planned."""
        return dict(enumerate(self.treatment.days, start=1))


DECISIONS: Final = ("resume", "treat-as-complete", "new-course")
DELAYS: Final = (0, 0, 1, 2, 7, 14, 40, 100, -1, -3, -7, -10)
LATER: Final = (0, 1, 2, 0, 1, 15, 16, 3, 17, 100, 400)


def decided(course: int, what: str) -> dict[str, Any]:
    """Return a decision as plain facts."""
    return {"course": course, "decision": what, "by": "neurologist", "why": "clinical judgement", "on": "2025-01-01"}


@st.composite
def going(draw: st.DrawFn, *, delays: Sequence[int] = DELAYS, undecided: bool = True) -> Going:
    """Return a treatment under way: courses given as planned, and the next one perhaps late, early or in part."""
    treatment = draw(treatments(fewest=2, most=3, tests=False))
    whole = draw(st.integers(0, len(treatment.days) - 1))
    current = treatment.rows[whole]
    every = len(current)
    given = draw(st.sampled_from([0, every, None, every, None])) if undecided else draw(st.sampled_from([0, every]))
    given = draw(st.integers(1, every - 1)) if given is None else given
    rows = delayed(treatment, whole, draw(st.sampled_from(delays)))
    rows = rows[: len(rows) - len(current) + given]
    # Nothing given of a course yet: asked at about its first day. Else on its last day given, or later.
    around: date = rows[-1]["date"] if given else treatment.days[whole][0]
    earliest_ask: date = rows[-1]["date"] if rows else around - 400 * ONE_DAY
    as_of = max(around + timedelta(draw(st.sampled_from(LATER if given else (*LATER, -1, -60, -300)))), earliest_ask)
    number = whole + 1
    about = [decided(number, what) for what in DECISIONS] if given else []
    decisions = draw(st.sampled_from([(), (), *((one,) for one in about)]))
    planned = [one for days in treatment.days for one in days]
    closures = draw(st.sets(st.sampled_from(planned), max_size=1)) if draw(st.booleans()) else set()
    return Going(treatment, rows, as_of, frozenset(closures), decisions)


# --- CD4 counts ----------------------------------------------------------------------------------


VALUES: Final = (150, 199, 200, 201, 400)
COUNTED_AS: Final = ("cd4", "cd4", "cd4", "cd4", "24467-3", "http://loinc.org|24467-3", "CD4")
"""The code of one of the counts; the last is no code (S31)."""
STEPS: Final = (*range(-5, 70), 58, 59, 60, 61, 62, 63, 90, 120, 200)


@st.composite
def counts_after(draw: st.DrawFn, infusions: Sequence[date]) -> list[dict[str, Any]]:
    """Return counts from 5 days before to 200 days after a last infusion, many at about the end of two months.

    At times a high count is followed by a low one before that end.
    """
    drawn = draw(
        st.lists(st.tuples(st.sampled_from(infusions), st.sampled_from(STEPS), st.sampled_from(VALUES)), max_size=4)
    )
    if draw(st.booleans()):
        last, high = draw(st.sampled_from(infusions)), draw(st.integers(1, 58))
        drawn += [(last, high, 250), (last, high + draw(st.integers(1, 8)), 150)]
    code = draw(st.sampled_from(COUNTED_AS))
    counts = [{"code": "cd4", "date": last + step * ONE_DAY, "value": value} for last, step, value in drawn]
    return [{**one, "code": code} if place == 0 else one for place, one in enumerate(counts)]
