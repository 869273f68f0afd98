"""A cohort, answered by plain loops: courses, periods, recurring tests, and the measures that papers report.

Written from the rules of time and treatment (S01-S42) and the contract of the cohort's tables, for the US protocol. Its
numbers are constants below, copied by hand from the list of facts; no protocol file is read. The month arithmetic is
independent of the library's and of `months.py`.

What comes in are plain dictionaries by patient: the days on which something was given, the tests done, and the day on
which the patient is looked at (`ends`: one day for all, or the day on which each was censored). Records after a
patient's day are left out. There are no refused rows, no recorded course numbers and no decisions.

Where the text leaves something open, this is how it is read here:

* `early_days` is null for a course whose boundary is unclear: by S07 and S28 its interval is not assessed.
* The status of a course whose boundary is unclear follows S08 like that of any other.
* A period is provisional where its end depends on a course that waits for a decision: the last course, if it is
  interrupted or partial; a course with an unclear boundary; and the course before it, which may go on in it.
* A test after a course that the next one may continue (S07) is not judged, because its last infusion is unknown.
* HPV screening applies to women: it is judged only for patients with a record of it (S32).
* In the measures, a course with an unclear boundary does not count: time to a later course is censored on its first
  day, and it is neither early nor in a denominator.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypedDict

Days = Mapping[str, Sequence[date]]
"""By patient: the days on which something was given, in any order, a day perhaps twice."""
Tests = Mapping[str, Sequence[tuple[date, str]]]
"""By patient: the tests done, each with the id of its action."""
Ends = Mapping[str, date]
"""By patient: the day on which the patient is looked at."""

ONE_DAY = timedelta(days=1)

INFUSIONS_OF_COURSE_1 = 5
INFUSIONS_OF_LATER_COURSES = 3
COURSE_GAP_DAYS = 15
"""S07: so many days between neighbouring infusions, and they are still of one course."""
MINIMUM_INTERVAL_MONTHS = 12
CONTRACEPTION_MONTHS = 4
MONITORING_MONTHS = 48
DAYS_BEFORE_A_COURSE = 30
"""A test counts as done before a course from so many days before its first infusion to the day before it."""

MONTHS_BETWEEN_TESTS = {
    "blood-count": 1,
    "creatinine": 1,
    "urinalysis": 1,
    "liver-tests": 1,
    "thyroid": 3,
    "skin-examination": 12,
    "hpv": 12,
}
TESTS_OF_THE_TREATMENT = frozenset({"skin-examination", "hpv"})
"""Anchored once, on the last infusion of course 1, without an end. The others recur after each course, 48 months."""
TESTS_OF_SOME_PATIENTS = frozenset({"hpv"})
MONTHLY_TESTS = ("blood-count", "creatinine", "urinalysis", "liver-tests")
TESTS_BEFORE_EACH_COURSE = (
    "blood-count",
    "creatinine",
    "urinalysis",
    "liver-tests",
    "thyroid",
    "urine-protein-creatinine",
)
TESTS_BEFORE_THE_TREATMENT = ("skin-examination",)
"""Asked for once, at any time before the first infusion of course 1."""


class Course(TypedDict):
    """A row of the table of courses."""

    patient: str
    number: int
    first_day: date
    last_day: date
    infusions: int
    planned: int
    status: str
    days_since_previous: int | None
    early_days: int | None
    boundary_clear: bool


class Period(TypedDict):
    """A row of the table of periods."""

    patient: str
    kind: str
    first_day: date
    last_day: date
    provisional: bool


class Monitored(TypedDict):
    """A row of the table of recurring tests; `course` is null for a test of the whole treatment."""

    patient: str
    action: str
    course: int | None
    due: int
    done: int
    late: int
    missed: int
    overdue: int
    longest_gap_days: int | None


# --- months ----------------------------------------------------------------------------------


def months_later(day: date, months: int) -> date:
    """Add months; a day that does not exist becomes the first of the next month (ends, minimum intervals)."""
    year, month = month_reached(day, months)
    if day.day <= days_in_month(year, month):
        return date(year, month, day.day)
    year, month = month_reached(date(year, month, 1), 1)
    return date(year, month, 1)


def months_earlier(day: date, months: int) -> date:
    """Add months; a day that does not exist becomes the last of that month (due dates of a series)."""
    year, month = month_reached(day, months)
    return date(year, month, min(day.day, days_in_month(year, month)))


def month_reached(day: date, months: int) -> tuple[int, int]:
    """Count months from January of the year 0, and turn the sum into a year and a month."""
    counted = day.year * 12 + (day.month - 1) + months
    return counted // 12, counted % 12 + 1


def days_in_month(year: int, month: int) -> int:
    """Thirty days has September, April, June and November."""
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in {4, 6, 9, 11} else 31


# --- courses (S04, S07, S08, S28) ------------------------------------------------------------


def courses_table(days: Days, ends: Ends) -> list[Course]:
    """List the courses of every patient, by patient and number."""
    table: list[Course] = []
    for patient in sorted(days):
        table.extend(courses_of(patient, days[patient], ends[patient]))
    return table


def courses_of(patient: str, days: Sequence[date], end: date) -> list[Course]:
    """List the courses of one patient up to a day."""
    blocks = blocks_of(days, end)
    courses: list[Course] = []
    for number, block in enumerate(blocks, start=1):
        planned = infusions_planned(number)
        before = courses[-1] if courses else None
        allowed = None if before is None else months_later(before["last_day"], MINIMUM_INTERVAL_MONTHS)
        too_soon = allowed is not None and block[0] < allowed
        clear = not (before is not None and too_soon and before["infusions"] < before["planned"])
        early = (allowed - block[0]).days if allowed is not None and too_soon and clear else None
        courses.append(
            {
                "patient": patient,
                "number": number,
                "first_day": block[0],
                "last_day": block[-1],
                "infusions": len(block),
                "planned": planned,
                "status": status_of(block, planned, end, is_last=number == len(blocks)),
                "days_since_previous": None if before is None else (block[0] - before["last_day"]).days,
                "early_days": early,
                "boundary_clear": clear,
            }
        )
    return courses


def blocks_of(days: Sequence[date], end: date) -> list[list[date]]:
    """Split the days up to `end`, each once, wherever more than 15 days lie between two neighbours."""
    blocks: list[list[date]] = []
    for day in sorted(set(days)):
        if day > end:
            continue
        if blocks and (day - blocks[-1][-1]).days <= COURSE_GAP_DAYS:
            blocks[-1].append(day)
        else:
            blocks.append([day])
    return blocks


def infusions_planned(number: int) -> int:
    """Return the infusion days of a course: 5, then 3."""
    return INFUSIONS_OF_COURSE_1 if number == 1 else INFUSIONS_OF_LATER_COURSES


def status_of(block: Sequence[date], planned: int, end: date, *, is_last: bool) -> str:
    """S08: a course is short or not, and a short last one is in progress, then interrupted, then partial."""
    if len(block) >= planned:
        return "complete"
    if not is_last:
        return "partial"
    if end <= block[-1] + ONE_DAY:
        return "in-progress"
    if end <= block[-1] + timedelta(days=COURSE_GAP_DAYS):
        return "interrupted"
    return "partial"


def first_infusions(days: Days, ends: Ends) -> dict[str, date | None]:
    """Return the first infusion of every patient, or null where nothing was given up to the patient's day."""
    found: dict[str, date | None] = {}
    for patient in sorted(days):
        given = [day for day in days[patient] if day <= ends[patient]]
        found[patient] = min(given) if given else None
    return found


# --- status of a treatment (S07, S09) -----------------------------------------------------


def waits(courses: Sequence[Course]) -> set[int]:
    """Return the numbers of the courses that wait for a decision."""
    found: set[int] = set()
    for course in courses:
        if not course["boundary_clear"]:
            found.add(course["number"])
            found.add(course["number"] - 1)
    if courses and courses[-1]["status"] in {"interrupted", "partial"}:
        found.add(courses[-1]["number"])
    return found


def counted_from(course: Course, waiting: set[int]) -> date:
    """Return the last infusion that later dates count from: the last planned one while a course is in progress."""
    if course["status"] == "in-progress" and not waiting:
        return course["last_day"] + timedelta(days=course["planned"] - course["infusions"])
    return course["last_day"]


def next_earliest(courses: Sequence[Course]) -> date | None:
    """Return the first day on which a further course may begin; null where a decision is needed first."""
    waiting = waits(courses)
    if not courses or waiting:
        return None
    return months_later(counted_from(courses[-1], waiting), MINIMUM_INTERVAL_MONTHS)


# --- periods (S23, and 48 months of tests) ---------------------------------------------------


def periods_table(days: Days, ends: Ends) -> list[Period]:
    """List the periods of every patient: contraception, merged, by first day; then monitoring."""
    table: list[Period] = []
    for patient in sorted(days):
        courses = courses_of(patient, days[patient], ends[patient])
        if courses:
            table.extend(contraception_of(courses))
            table.append(monitoring_period_of(courses))
    return table


def contraception_of(courses: Sequence[Course]) -> list[Period]:
    """Give each course its period, from its first infusion to its last + 4 months, and join those that touch."""
    waiting = waits(courses)
    periods: list[Period] = []
    for course in courses:
        last_day = months_later(counted_from(course, waiting), CONTRACEPTION_MONTHS)
        provisional = course["number"] in waiting
        if periods and course["first_day"] <= periods[-1]["last_day"] + ONE_DAY:
            periods[-1]["last_day"] = max(periods[-1]["last_day"], last_day)
            periods[-1]["provisional"] = periods[-1]["provisional"] or provisional
        else:
            periods.append(
                {
                    "patient": course["patient"],
                    "kind": "contraception",
                    "first_day": course["first_day"],
                    "last_day": last_day,
                    "provisional": provisional,
                }
            )
    return periods


def monitoring_period_of(courses: Sequence[Course]) -> Period:
    """Return the one period from the first infusion to the last + 48 months."""
    waiting = waits(courses)
    return {
        "patient": courses[0]["patient"],
        "kind": "monitoring",
        "first_day": courses[0]["first_day"],
        "last_day": months_later(counted_from(courses[-1], waiting), MONITORING_MONTHS),
        "provisional": bool(waiting),
    }


# --- recurring tests (S20, S32, S42) ---------------------------------------------------------


class Series(NamedTuple):
    """One test after one course, or over the whole treatment."""

    action: str
    course: int | None
    anchor: date
    """D0: the last infusion that the due dates count from."""
    dates: list[date]
    """D1, D2, ...; those of a series without an end reach beyond the patient's day."""
    following: date
    """The date that would be due next after the last one."""
    next_course: date | None
    """The first infusion of the next course."""


class DueDate(NamedTuple):
    """What became of one due date."""

    day: date
    months: int
    """How many months after the anchor."""
    state: str


class Judged(NamedTuple):
    """A series with its dates judged."""

    series: Series
    dates: list[DueDate]
    longest_gap_days: int | None


def monitoring_table(days: Days, tests: Tests, ends: Ends) -> list[Monitored]:
    """List the recurring tests of every patient after every course, counted."""
    table: list[Monitored] = []
    for patient, judged in judged_by_patient(days, tests, ends).items():
        for one in judged:
            states = [date_.state for date_ in one.dates if date_.day <= ends[patient]]
            table.append(
                {
                    "patient": patient,
                    "action": one.series.action,
                    "course": one.series.course,
                    "due": len(states),
                    "done": states.count("done"),
                    "late": states.count("late"),
                    "missed": states.count("missed"),
                    "overdue": states.count("overdue"),
                    "longest_gap_days": one.longest_gap_days,
                }
            )
    return table


def judged_by_patient(days: Days, tests: Tests, ends: Ends) -> dict[str, list[Judged]]:
    """Judge every series of every patient. A kind of test is judged if anybody in the cohort has a record of it."""
    recorded = {code for patient in tests for _, code in tests[patient]}
    found: dict[str, list[Judged]] = {}
    for patient in sorted(days):
        own = tests.get(patient, ())
        courses = courses_of(patient, days[patient], ends[patient])
        found[patient] = []
        for action in MONTHS_BETWEEN_TESTS:
            if action not in recorded or (action in TESTS_OF_SOME_PATIENTS and action not in {code for _, code in own}):
                continue
            records = sorted({day for day, code in own if code == action and day <= ends[patient]})
            for series in series_of(action, courses, ends[patient]):
                found[patient].append(judged_series(series, records, ends[patient]))
    return found


def series_of(action: str, courses: Sequence[Course], end: date) -> list[Series]:
    """List the series of one test: one for each course, or one for the treatment; none without a due date."""
    waiting = waits(courses)
    may_go_on = {course["number"] - 1 for course in courses if not course["boundary_clear"]}
    found: list[Series] = []
    for place, course in enumerate(courses):
        if course["number"] in may_go_on or (action in TESTS_OF_THE_TREATMENT and course["number"] > 1):
            continue
        anchor = counted_from(course, waiting) if course is courses[-1] else course["last_day"]
        if action in TESTS_OF_THE_TREATMENT:
            series = open_series(action, anchor, end)
        else:
            next_course = courses[place + 1]["first_day"] if place + 1 < len(courses) else None
            series = series_after(action, course["number"], anchor, next_course)
        if series.dates:
            found.append(series)
    return found


def series_after(action: str, course: int, anchor: date, next_course: date | None) -> Series:
    """List the due dates after a course: up to 48 months, and up to the first infusion of the next course."""
    every = MONTHS_BETWEEN_TESTS[action]
    last = months_later(anchor, MONITORING_MONTHS)
    dates: list[date] = []
    while True:
        due = months_earlier(anchor, every * (len(dates) + 1))
        if due > last or (next_course is not None and due > next_course):
            return Series(action, course, anchor, dates, due, next_course)
        dates.append(due)


def open_series(action: str, anchor: date, end: date) -> Series:
    """List the due dates of a test without an end, some way beyond the patient's day."""
    every = MONTHS_BETWEEN_TESTS[action]
    dates: list[date] = []
    while len(dates) < 3 or dates[-3] <= end:
        dates.append(months_earlier(anchor, every * (len(dates) + 1)))
    return Series(action, None, anchor, dates, months_earlier(anchor, every * (len(dates) + 1)), None)


def judged_series(series: Series, records: Sequence[date], end: date) -> Judged:
    """S42: share the records out, then say of each date what became of it."""
    taken = shared_out(series, records)
    judged: list[DueDate] = []
    for k, day in enumerate(series.dates, start=1):
        months = k * MONTHS_BETWEEN_TESTS[series.action]
        judged.append(DueDate(day, months, state_of(series, taken, k, end)))
    until = date.max if series.next_course is None else series.next_course
    in_series = [series.anchor, *(record for record in records if series.anchor < record <= until)]
    gaps = [(later - earlier).days for earlier, later in pairwise(in_series)]
    return Judged(series, judged, max(gaps) if gaps else None)


def shared_out(series: Series, records: Sequence[date]) -> dict[int, date]:
    """Give each record to a due date, D1 = 1, D2 = 2, ..., or to none."""
    taken: dict[int, date] = {}
    d = [series.anchor, *series.dates]
    n = len(series.dates)
    for r in records:
        if r <= d[0]:
            continue
        if r > d[n]:
            if n not in taken and r <= last_day_for_the_last(series):
                taken[n] = r
            continue
        k = 0
        while r > d[k + 1]:
            k = k + 1
        g = (d[k + 1] - d[k]).days
        ahead = (d[k + 1] - r).days
        if k >= 1 and k not in taken and ahead > g // 4:
            taken[k] = r
        elif k + 1 not in taken and ahead <= g // 2:
            taken[k + 1] = r
    return taken


def last_day_for_the_last(series: Series) -> date:
    """Return the last day on which a record can be the last date's: the next course begins, or the next date comes."""
    if series.next_course is not None and series.next_course < series.following:
        return series.next_course
    return series.following - ONE_DAY


def state_of(series: Series, taken: Mapping[int, date], k: int, end: date) -> str:
    """Return what became of Dk: done, late, missed, overdue or due."""
    due = series.dates[k - 1]
    if k in taken:
        return "late" if taken[k] > due else "done"
    is_last = k == len(series.dates)
    missed_from = last_day_for_the_last(series) + ONE_DAY if is_last else series.dates[k]
    if end >= missed_from or k + 1 in taken:
        return "missed"
    return "overdue" if end > due else "due"


# --- measure 1: share of early courses by year -----------------------------------------------


class Share(NamedTuple):
    """So many of so many."""

    counted: int
    out_of: int

    @property
    def share(self) -> Fraction:
        """Return the exact fraction."""
        return Fraction(self.counted, self.out_of)


def early_courses_by_year(days: Days, ends: Ends) -> dict[int, Share]:
    """By the year in which a course began: early courses, out of those with a course before and a clear boundary."""
    counted: dict[int, list[int]] = {}
    for course in courses_table(days, ends):
        if course["number"] == 1 or not course["boundary_clear"]:
            continue
        of_year = counted.setdefault(course["first_day"].year, [0, 0])
        of_year[1] += 1
        if course["early_days"] is not None:
            of_year[0] += 1
    return {year: Share(*counted[year]) for year in sorted(counted)}


# --- measures 2 and 3: time to course 2, and to a third course (Kaplan-Meier) ----------------


class Time(NamedTuple):
    """How long a patient was followed, and whether the course began then."""

    patient: str
    days: int
    began: bool


class Step(NamedTuple):
    """One step of a Kaplan-Meier curve: on a day on which somebody's course began."""

    days: int
    at_risk: int
    began: int
    without: Fraction
    """The share without the course after this day."""


def times_to_course(days: Days, ends: Ends, number: int, *, since: int = 1) -> list[Time]:
    """Return the days from the first infusion of course `since` to that of course `number`, or to the end of follow-up.

    A course with an unclear boundary ends the follow-up on its first day. Patients who have not begun course `since`
    are left out, and so are those of whom an unclear boundary leaves open which course it is.
    """
    found: list[Time] = []
    for patient in sorted(days):
        courses = courses_of(patient, days[patient], ends[patient])
        if len(courses) < since or not all(course["boundary_clear"] for course in courses[:since]):
            continue
        origin = courses[since - 1]["first_day"]
        time = Time(patient, (ends[patient] - origin).days, began=False)
        for course in courses[since:number]:
            if not course["boundary_clear"] or course["number"] == number:
                began = course["boundary_clear"]
                time = Time(patient, (course["first_day"] - origin).days, began=began)
                break
        found.append(time)
    return found


def kaplan_meier(times: Sequence[Time]) -> list[Step]:
    """Work out the curve by hand: on each day with events, multiply by (at risk - events) / at risk.

    Who is censored on a day is still at risk on that day.
    """
    without = Fraction(1)
    steps: list[Step] = []
    for day in sorted({time.days for time in times if time.began}):
        at_risk = 0
        began = 0
        for time in times:
            if time.days >= day:
                at_risk += 1
            if time.days == day and time.began:
                began += 1
        without = without * Fraction(at_risk - began, at_risk)
        steps.append(Step(day, at_risk, began, without))
    return steps


def without_on(steps: Sequence[Step], days: int) -> Fraction:
    """Read the curve: the share without the course after so many days."""
    share = Fraction(1)
    for step in steps:
        if step.days <= days:
            share = step.without
    return share


def median_days(steps: Sequence[Step]) -> int | None:
    """Return the first day after which at most half are without the course; null if the curve stays above."""
    for step in steps:
        if step.without <= Fraction(1, 2):
            return step.days
    return None


# --- measure 4: share of courses with each test before it ------------------------------------


def courses_tested_before(days: Days, tests: Tests, ends: Ends) -> dict[tuple[str, int], Share]:
    """By test and course number: courses with the test before them, out of all courses with a clear boundary.

    Where the 30 days before two courses meet, a record serves the first of them only (S42). A record of the urine
    protein to creatinine ratio, which is a window and no baseline, serves both.
    """
    counted: dict[tuple[str, int], list[int]] = {}
    for patient in sorted(days):
        courses = courses_of(patient, days[patient], ends[patient])
        for action in (*TESTS_BEFORE_EACH_COURSE, *TESTS_BEFORE_THE_TREATMENT):
            left = sorted({day for day, code in tests.get(patient, ()) if code == action and day <= ends[patient]})
            for course in courses:
                if action in TESTS_BEFORE_THE_TREATMENT and course["number"] > 1:
                    continue
                serving = [day for day in left if serves(action, day, course)]
                if serving and action in MONTHS_BETWEEN_TESTS:
                    left.remove(serving[0])
                if course["boundary_clear"]:
                    of_course = counted.setdefault((action, course["number"]), [0, 0])
                    of_course[1] += 1
                    of_course[0] += 1 if serving else 0
    return {key: Share(*counted[key]) for key in sorted(counted)}


def serves(action: str, day: date, course: Course) -> bool:
    """Say whether a test on a day counts as done before a course."""
    if day >= course["first_day"]:
        return False
    return action in TESTS_BEFORE_THE_TREATMENT or (course["first_day"] - day).days <= DAYS_BEFORE_A_COURSE


# --- measure 5: adherence to monthly tests up to 48 months -----------------------------------


def adherence(days: Days, tests: Tests, ends: Ends) -> dict[str, Share]:
    """By monthly test: dates done on time, out of the due dates on or before each patient's day."""
    counted: dict[str, list[int]] = {}
    for row in monitoring_table(days, tests, ends):
        if row["action"] in MONTHLY_TESTS:
            of_test = counted.setdefault(row["action"], [0, 0])
            of_test[0] += row["done"]
            of_test[1] += row["due"]
    return {test: Share(*counted[test]) for test in sorted(counted)}


def adherence_by_month(days: Days, tests: Tests, ends: Ends) -> dict[tuple[str, int], Share]:
    """By monthly test and month since the last infusion, 1 to 48: as `adherence`."""
    counted: dict[tuple[str, int], list[int]] = {}
    for patient, judged in judged_by_patient(days, tests, ends).items():
        for one in judged:
            if one.series.action not in MONTHLY_TESTS:
                continue
            for due in one.dates:
                if due.day <= ends[patient]:
                    of_month = counted.setdefault((one.series.action, due.months), [0, 0])
                    of_month[0] += 1 if due.state == "done" else 0
                    of_month[1] += 1
    return {key: Share(*counted[key]) for key in sorted(counted)}


# --- measure 6: share without a third course by year -----------------------------------------


def without_third_course_by_year(days: Days, ends: Ends) -> dict[int, Share]:
    """By full years since the first infusion: patients without a third course, out of those followed that long.

    A third course that began on the anniversary itself counts as begun. Patients with an unclear boundary up to the
    anniversary are left out of that year.
    """
    counted: dict[int, list[int]] = {}
    for patient in sorted(days):
        courses = courses_of(patient, days[patient], ends[patient])
        year = 1
        while courses:
            anniversary = months_later(courses[0]["first_day"], 12 * year)
            if anniversary > ends[patient]:
                break
            begun = [course for course in courses if course["first_day"] <= anniversary]
            if all(course["boundary_clear"] for course in begun):
                of_year = counted.setdefault(year, [0, 0])
                of_year[0] += 1 if len(begun) < 3 else 0
                of_year[1] += 1
            year = year + 1
    return {year: Share(*counted[year]) for year in sorted(counted)}


# --- measure 7: person-time in contraception -------------------------------------------------


class PersonTime(NamedTuple):
    """Days of all patients, both ends of each period included."""

    in_contraception: int
    followed: int
    """From the first infusion to the patient's day."""


def person_time(days: Days, ends: Ends) -> PersonTime:
    """Count the days in contraception up to each patient's day, one by one."""
    inside = 0
    followed = 0
    for patient in sorted(days):
        courses = courses_of(patient, days[patient], ends[patient])
        if not courses:
            continue
        followed += (ends[patient] - courses[0]["first_day"]).days + 1
        for period in contraception_of(courses):
            day = period["first_day"]
            while day <= period["last_day"] and day <= ends[patient]:
                inside += 1
                day = day + ONE_DAY
    return PersonTime(inside, followed)


# --- measure 8: the data behind the swimmer plot ---------------------------------------------


class Swimmer(TypedDict):
    """One lane of the plot."""

    patient: str
    given: list[date]
    """The days on which something was given."""
    allowed: list[date]
    """For each course after the first, with a clear boundary: the first day on which it was allowed."""
    next: date | None
    """The first day on which a further course may begin."""
    end: date
    """The patient's day."""


def swimmers(days: Days, ends: Ends, how_many: int = 40) -> list[Swimmer]:
    """Return the lanes of the first patients by id."""
    lanes: list[Swimmer] = []
    for patient in sorted(days)[:how_many]:
        courses = courses_of(patient, days[patient], ends[patient])
        allowed: list[date] = []
        for course in courses[1:]:
            if course["boundary_clear"]:
                before = courses[course["number"] - 2]
                allowed.append(months_later(before["last_day"], MINIMUM_INTERVAL_MONTHS))
        lanes.append(
            {
                "patient": patient,
                "given": [day for block in blocks_of(days[patient], ends[patient]) for day in block],
                "allowed": allowed,
                "next": next_earliest(courses),
                "end": ends[patient],
            }
        )
    return lanes
