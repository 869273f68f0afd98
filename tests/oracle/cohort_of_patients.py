"""Make a cohort of patients from a seed: infusions with faults at known rates, tests that are late or missing.

The same seed makes the same cohort on every machine. Courses follow the US protocol; of 1,000 patients about 620 have
two courses, 240 three, 110 four and 30 five. Each fault has its own rate, per course or per infusion. Every patient
has a day on which follow-up ends; records go on after it, so that leaving them out can be tested.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple, TypedDict

from tests.oracle.cohort_measures import (
    MINIMUM_INTERVAL_MONTHS,
    MONTHS_BETWEEN_TESTS,
    TESTS_BEFORE_EACH_COURSE,
    TESTS_OF_THE_TREATMENT,
    infusions_planned,
    months_earlier,
    months_later,
)

ONE_DAY = timedelta(days=1)
SEED = 20261130
SEED_OF_500 = 36
"""With it, a cohort of 500 has as many patients whose last course is in progress or interrupted as one of 2,000."""

COURSES = {2: 0.62, 3: 0.24, 4: 0.11, 5: 0.03}

# Per course
SHORT = 0.03
EXTRA_DAY = 0.01
GAP = 0.02
"""An infusion is held, recorded as not done, and the course goes on 1 to 6 days later."""
EARLY = 0.03
ON_THE_DAY = 0.02
"""The course begins on the first day that is allowed."""
SECOND_COURSE_LATE = 0.1
CLOSED = 0.02
"""The course runs across a weekend."""
RESTART = 0.005
"""A course stops, and its last infusions are given 16 to 60 days later: nobody knows whether it is one course."""

# Per infusion
SHORT_INFUSION = 0.04
SHORT_OBSERVATION = 0.04
DUPLICATE = 0.003
PARTIAL = 0.01
ENTERED_IN_ERROR = 0.002
"""A row on another day, which counts for nothing."""

# Per patient
NEVER_TESTED = 0.02
CENSORED_IN_A_COURSE = 0.04
"""Follow-up ends between the first infusion of a course and 20 days after its last."""

TESTS_AFTER_FOLLOW_UP_DAYS = 60

# Per due date
ON_TIME = 0.90
LATE = 0.05
"""1 to 25 days after the due date. The rest is missing."""
EXTRA_TEST = 0.02

# Per course
TESTED_BEFORE = 0.93
"""All tests before a course, 1 to 30 days before it."""
TESTED_TOO_SOON = 0.03
"""31 to 45 days before. The rest has none."""
ONE_TEST_FORGOTTEN = 0.05


class Infusion(TypedDict):
    """A row of the table of infusions."""

    date: date
    status: str
    infusion_minutes: int
    observation_minutes: int


class Patient(NamedTuple):
    """All rows of one patient, and the end of follow-up."""

    infusions: list[Infusion]
    tests: list[tuple[date, str]]
    censored_on: date


Cohort = dict[str, Patient]


def cohort(patients: int = 2000, seed: int = SEED) -> Cohort:
    """Return so many patients; their ids are text with leading zeros."""
    chance = Random(seed)  # noqa: S311 - test data, no secret
    return {f"{number:06d}": patient(chance) for number in range(1, patients + 1)}


def exposure_days(made: Cohort) -> dict[str, list[date]]:
    """Return the days on which something was given, by patient: rows that are completed or partial (S04)."""
    return {
        name: [row["date"] for row in one.infusions if row["status"] in {"completed", "partial"}]
        for name, one in made.items()
    }


def observations(made: Cohort) -> dict[str, list[tuple[date, str]]]:
    """Return the tests by patient."""
    return {name: one.tests for name, one in made.items()}


def ends_of_follow_up(made: Cohort) -> dict[str, date]:
    """Return the day on which each patient was censored."""
    return {name: one.censored_on for name, one in made.items()}


def patient(chance: Random) -> Patient:
    """Make one patient."""
    courses = courses_given(chance)
    censored_on = end_of_follow_up(chance, courses)
    last_test = censored_on + timedelta(days=TESTS_AFTER_FOLLOW_UP_DAYS)
    return Patient(
        infusions=sorted(rows(chance, courses), key=lambda row: row["date"]),
        tests=sorted({(day, test) for day, test in tests_of(chance, courses) if day <= last_test}),
        censored_on=censored_on,
    )


class Given(NamedTuple):
    """One course as it was given."""

    days: list[date]
    held: list[date]


# --- infusions -------------------------------------------------------------------------------


def courses_given(chance: Random) -> list[Given]:
    """Give two to five courses, the first between 2014 and 2018."""
    wanted = chance.choices(list(COURSES), list(COURSES.values()))[0]
    courses = [course(chance, date(2014, 1, 6) + timedelta(days=7 * chance.randrange(260)), 1)]
    for number in range(2, wanted + 1):
        courses.append(course(chance, first_day(chance, courses[-1].days[-1], number), number))
    return courses


def first_day(chance: Random, last_infusion: date, number: int) -> date:
    """Return the Monday on which a course begins, or an earlier day than is allowed."""
    allowed = months_later(last_infusion, MINIMUM_INTERVAL_MONTHS)
    if chance.random() < EARLY:
        return allowed - timedelta(days=chance.randint(1, 40))
    if chance.random() < ON_THE_DAY:
        return allowed
    goes_late = number > 2 or chance.random() < SECOND_COURSE_LATE
    begins = allowed + timedelta(days=chance.randint(0, 700 if goes_late else 60))
    while begins.weekday() != 0:
        begins = begins + ONE_DAY
    return begins


def course(chance: Random, begins: date, number: int) -> Given:
    """Give one course, with at most one fault in its days."""
    if chance.random() < CLOSED:
        begins = begins + timedelta(days=3)
    days = [begins + timedelta(days=place) for place in range(infusions_planned(number))]
    drawn = chance.random()
    if drawn < SHORT:
        return Given(days[: chance.randint(1, len(days) - 1)], [])
    if drawn < SHORT + EXTRA_DAY:
        return Given([*days, days[-1] + ONE_DAY], [])
    if drawn < SHORT + EXTRA_DAY + GAP:
        place = chance.randint(1, len(days) - 1)
        held = chance.randint(1, 6)
        return Given(
            [*days[:place], *(day + timedelta(days=held) for day in days[place:])],
            [days[place] + timedelta(days=step) for step in range(held)],
        )
    if drawn < SHORT + EXTRA_DAY + GAP + RESTART:
        place = chance.randint(1, len(days) - 1)
        pause = timedelta(days=chance.randint(16, 60))
        return Given([*days[:place], *(day + pause for day in days[place:])], [])
    return Given(days, [])


def rows(chance: Random, courses: Sequence[Given]) -> Iterator[Infusion]:
    """Write the rows of all courses."""
    for one in courses:
        for day in one.held:
            yield row(chance, day, "not-done")
        for day in one.days:
            written = row(chance, day, "partial" if chance.random() < PARTIAL else "completed")
            yield written
            if chance.random() < DUPLICATE:
                yield written
            if chance.random() < ENTERED_IN_ERROR:
                yield row(chance, day + timedelta(days=chance.randint(20, 200)), "entered-in-error")


def row(chance: Random, day: date, status: str) -> Infusion:
    """Write one row."""
    too_short = chance.random() < SHORT_INFUSION
    seen_too_short = chance.random() < SHORT_OBSERVATION
    return {
        "date": day,
        "status": status,
        "infusion_minutes": chance.randint(120, 239) if too_short else chance.randint(240, 300),
        "observation_minutes": chance.randint(30, 119) if seen_too_short else chance.randint(120, 150),
    }


# --- follow-up and tests ---------------------------------------------------------------------


def end_of_follow_up(chance: Random, courses: Sequence[Given]) -> date:
    """Return a day between the first infusion and four and a half years after the last, or one in a course."""
    if chance.random() < CENSORED_IN_A_COURSE:
        one = chance.choice(courses)
        return one.days[0] + timedelta(days=chance.randint(0, (one.days[-1] - one.days[0]).days + 20))
    follow_up = (courses[-1].days[-1] - courses[0].days[0]).days + 1640
    return courses[0].days[0] + timedelta(days=chance.randint(0, follow_up))


def tests_of(chance: Random, courses: Sequence[Given]) -> Iterator[tuple[date, str]]:
    """Do the tests of one patient, those before courses and those that recur."""
    if chance.random() < NEVER_TESTED:
        return
    is_screened = chance.random() < 0.6
    for place, one in enumerate(courses):
        yield from tests_before(chance, one.days[0], is_first=place == 0)
        until = courses[place + 1].days[0] if place + 1 < len(courses) else months_later(one.days[-1], 50)
        for test, every in MONTHS_BETWEEN_TESTS.items():
            if test in TESTS_OF_THE_TREATMENT:
                continue
            yield from recurring(chance, test, every, one.days[-1], until)
    after_the_last = months_later(courses[-1].days[-1], 50)
    yield from recurring(chance, "skin-examination", 12, courses[0].days[-1], after_the_last)
    if is_screened:
        yield from recurring(chance, "hpv", 12, courses[0].days[-1], after_the_last)


def recurring(chance: Random, test: str, every: int, anchor: date, until: date) -> Iterator[tuple[date, str]]:
    """Do a test around each of its due dates: up to a week before, late, or not at all."""
    k = 1
    while True:
        due = months_earlier(anchor, k * every)
        if due > until:
            return
        drawn = chance.random()
        if drawn < ON_TIME:
            yield due - timedelta(days=chance.randint(0, 6)), test
        elif drawn < ON_TIME + LATE:
            yield due + timedelta(days=chance.randint(1, 25)), test
        if chance.random() < EXTRA_TEST:
            yield due + timedelta(days=chance.randint(5, 27)), test
        k = k + 1


def tests_before(chance: Random, begins: date, *, is_first: bool) -> Iterator[tuple[date, str]]:
    """Do the tests before a course on one day: in time, too soon, or not at all."""
    drawn = chance.random()
    if drawn >= TESTED_BEFORE + TESTED_TOO_SOON:
        return
    ahead = chance.randint(1, 30) if drawn < TESTED_BEFORE else chance.randint(31, 45)
    before = (*TESTS_BEFORE_EACH_COURSE, "skin-examination") if is_first else TESTS_BEFORE_EACH_COURSE
    for test in before:
        if chance.random() >= ONE_TEST_FORGOTTEN:
            yield begins - timedelta(days=ahead), test
