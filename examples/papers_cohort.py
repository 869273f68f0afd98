"""Make the cohort of `papers.ipynb`, and the true answers to its eight questions.

The cohort is synthetic. The same seed makes the same patients on every machine. Each answer is counted while the
patients are made, from what was decided about them: this file imports nothing of `lemtrada_schedule`.

No course ends after the 28th of a month, so adding months never meets a day that does not exist.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import pandas as pd

MONTHLY = ("blood-count", "creatinine", "urinalysis", "liver-tests")
BEFORE_EACH_COURSE = (*MONTHLY, "thyroid", "urine-protein-creatinine")
ONE_DAY = timedelta(days=1)
SKIN = "skin-examination"
COURSES = {1: 0.20, 2: 0.45, 3: 0.22, 4: 0.13}
"""How many courses a patient would have without an end of follow-up."""
EARLY, LATER, RESTARTED, SHORT, HELD = 0.05, 0.30, 0.02, 0.03, 0.02
"""Shares of courses: before the minimum interval, long after it, interrupted and continued weeks later, too short, with
a row of an infusion that was not given."""
SEEN_TO_THE_LAST = 0.6
"""Share of patients who are followed beyond their last course."""
ON_TIME, LATE = 0.88, 0.07
"""Shares of monthly tests. The others are missing."""


@dataclass(slots=True)
class Answers:
    """What is true of the cohort. Pairs are (how many, out of how many)."""

    early: dict[int, list[int]] = field(default_factory=dict)
    """By year: early courses, out of courses with a course before them."""
    times: dict[int, list[tuple[int, bool]]] = field(default_factory=lambda: {2: [], 3: []})
    """By course: for each patient, the days from the first infusion to it or to the end, and whether it began."""
    tested: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """By test and course: courses with the test in the 30 days before; for the skin, at any time before course 1."""
    monthly: dict[str, Counter[str]] = field(default_factory=lambda: {test: Counter() for test in MONTHLY})
    """By test: how many due dates, and how many of them on time and late."""
    without_third: dict[int, list[int]] = field(default_factory=dict)
    """By years since the first infusion: patients without a third course, out of those followed so long."""
    contraception_days: int = 0
    followed_days: int = 0
    given: dict[str, list[date]] = field(default_factory=dict)
    """By patient: the days on which something was given, until the end of follow-up."""
    allowed: dict[str, list[date]] = field(default_factory=dict)
    """By patient: for each course after the first, the first day on which it was allowed."""
    next: dict[str, date | None] = field(default_factory=dict)
    """By patient: the first day on which a further course is allowed; none if a clinician must decide first."""


@dataclass(slots=True)
class Course:
    """One course as it was given."""

    days: list[date]
    allowed: date | None = None
    """The first day on which it was allowed."""
    is_short: bool = False
    is_unclear: bool = False
    """It may be the rest of the course before."""


@dataclass(slots=True)
class Cohort:
    """Two tables, and the true answers."""

    infusions: pd.DataFrame
    tests: pd.DataFrame
    answers: Answers


def make_cohort(patients: int, *, seed: int) -> Cohort:
    """Return so many patients."""
    chance = Random(seed)  # noqa: S311  # made-up patients, no secret
    answers, given, tested = Answers(), [], []
    for number in range(1, patients + 1):
        patient = f"{number:05d}"
        courses = list(courses_of(chance))
        kept = len(courses) if chance.random() < SEEN_TO_THE_LAST else chance.randint(1, len(courses))
        # Follow-up ends after these courses and before the next one, never during a course.
        room = (courses[kept].days[0] - courses[kept - 1].days[-1]).days - 1 if kept < len(courses) else 1500
        end = courses[kept - 1].days[-1] + timedelta(days=chance.randint(min(16, room), room))
        records = sorted({*tests_before(chance, courses), *monthly_tests(chance, courses, end, answers)})
        given += [(patient, day, status, end) for day, status in infusions_of(chance, courses)]
        tested += [(patient, day, test) for day, test in records]
        count(patient, courses[:kept], records, end, answers)
    return Cohort(table(given, "patient date status censored_on"), table(tested, "patient date code"), answers)


def table(rows: list[Any], columns: str) -> pd.DataFrame:
    """Return a frame with real dates."""
    frame = pd.DataFrame(rows, columns=columns.split())
    days = [name for name in frame if name in {"date", "censored_on"}]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})


# --- what happens to a patient ---------------------------------------------------------------


def courses_of(chance: Random) -> Iterator[Course]:
    """Yield the courses of a patient."""
    wanted = chance.choices(list(COURSES), list(COURSES.values()))[0]
    first = date(chance.randint(2013, 2016), chance.randint(1, 12), chance.randint(1, 4))
    days = [first + timedelta(days=place) for place in range(5)]
    if chance.random() < RESTARTED:  # the rest of course 1 comes 20 days late: nobody knows whether it is course 2
        yield Course(days[:2], is_short=True)
        yield Course([day + timedelta(days=20) for day in days[2:]], is_unclear=True)
        return
    previous = Course(days)
    for _ in range(wanted - 1):
        if chance.random() < SHORT:
            previous.days.pop()
            previous.is_short = True
        yield previous
        previous = course_after(chance, previous)
    yield previous


def course_after(chance: Random, previous: Course) -> Course:
    """Return the next course: early, on its first possible day, or in a later month."""
    allowed = months_after(previous.days[-1], 12)
    drawn = chance.random()
    if drawn < EARLY and not previous.is_short:
        begins = months_after(allowed, -1).replace(day=chance.randint(1, 4))
    elif drawn < 2 * EARLY:
        begins = allowed
    else:
        begins = months_after(allowed, chance.randint(1, 24 if drawn > 1 - LATER else 3)).replace(
            day=chance.randint(1, 4)
        )
    return Course([begins + timedelta(days=place) for place in range(3)], allowed)


def infusions_of(chance: Random, courses: list[Course]) -> Iterator[tuple[date, str]]:
    """Yield the rows of all courses. After some courses, one more infusion was ordered and not given."""
    for course in courses:
        yield from ((day, "completed") for day in course.days)
        if chance.random() < HELD:
            yield course.days[-1] + timedelta(days=1), "not-done"


def tests_before(chance: Random, courses: list[Course]) -> Iterator[tuple[date, str]]:
    """Yield the tests done for each course: in time, too long before it, or not at all."""
    for place, course in enumerate(courses):
        for test in BEFORE_EACH_COURSE if place == 0 else BEFORE_EACH_COURSE[len(MONTHLY) :]:
            drawn = chance.random()
            if drawn < 0.95:
                ahead = chance.randint(1, 30) if drawn < 0.88 else chance.randint(31, 45)
                yield course.days[0] - timedelta(days=ahead), test
    if chance.random() < 0.9:
        yield courses[0].days[0] - timedelta(days=chance.randint(1, 200)), SKIN


def monthly_tests(chance: Random, courses: list[Course], end: date, answers: Answers) -> Iterator[tuple[date, str]]:
    """Yield the monthly tests after each course, and count those that are due by the end of follow-up."""
    for place, course in enumerate(courses):
        following = courses[place + 1] if place + 1 < len(courses) else None
        if following and following.is_unclear:
            continue  # nobody knows which infusion was the last of the course
        for test in MONTHLY:
            done = None
            for month in range(1, 49):
                due = months_after(course.days[-1], month)
                if following and due > following.days[0]:
                    break
                done = day_of_test(chance, due, following)
                if done:
                    yield done, test
                if due <= end:
                    is_late = done is not None and due < done <= end
                    is_done = done is not None and done <= due
                    answers.monthly[test].update(due=1, done=is_done, late=is_late)
            if following and done and done < following.days[0] - 3 * ONE_DAY:
                yield following.days[0] - chance.randint(1, 3) * ONE_DAY, test  # once more, just before the course


def day_of_test(chance: Random, due: date, following: Course | None) -> date | None:
    """Return when a monthly test was done: up to 6 days before it was due, up to 20 days late, or not at all."""
    drawn = chance.random()
    if drawn < ON_TIME:
        return due - timedelta(days=chance.randint(0, 6))
    late = due + timedelta(days=chance.randint(1, 20))
    is_too_late = following is not None and late >= following.days[0]
    return late if drawn < ON_TIME + LATE and not is_too_late else None


def months_after(day: date, months: int) -> date:
    """Return the same day of another month."""
    month = 12 * day.year + day.month - 1 + months
    return day.replace(year=month // 12, month=month % 12 + 1)


# --- what is true of a patient -----------------------------------------------------------------


def count(patient: str, courses: list[Course], records: list[tuple[date, str]], end: date, answers: Answers) -> None:
    """Add one patient to the answers; `courses` are those up to the end of follow-up."""
    first = courses[0].days[0]
    unclear = next((course.days[0] for course in courses if course.is_unclear), None)
    for number, times in answers.times.items():
        began = len(courses) >= number and unclear is None
        until = courses[number - 1].days[0] if began else unclear or end
        times.append(((until - first).days, began))
    for number, course in enumerate(courses, start=1):
        if course.is_unclear:
            continue
        if course.allowed:
            add(answers.early, course.days[0].year, hit=course.days[0] < course.allowed)
        for test in BEFORE_EACH_COURSE:
            ahead = [(course.days[0] - day).days for day, code in records if code == test and day <= end]
            add(answers.tested, (test, number), hit=any(1 <= days <= 30 for days in ahead))
    add(answers.tested, (SKIN, 1), hit=any(code == SKIN for _, code in records))
    for years in range(1, 100):
        anniversary = months_after(first, 12 * years)
        if anniversary > end:
            break
        if unclear is None or unclear > anniversary:
            begun = sum(course.days[0] <= anniversary for course in courses)
            add(answers.without_third, years, hit=begun < 3)
    answers.contraception_days += len({
        day for course in courses for day in every_day(course.days[0], min(months_after(course.days[-1], 4), end))
    })  # fmt: skip
    answers.followed_days += (end - first).days + 1
    answers.given[patient] = [day for course in courses for day in course.days]
    answers.allowed[patient] = [course.allowed for course in courses if course.allowed]
    is_open = courses[-1].is_short or courses[-1].is_unclear
    answers.next[patient] = None if is_open else months_after(courses[-1].days[-1], 12)


def add(counts: dict[Any, list[int]], key: object, *, hit: bool) -> None:
    """Count one more, and whether it is a hit."""
    pair = counts.setdefault(key, [0, 0])
    pair[0] += hit
    pair[1] += 1


def share_begun(times: list[tuple[int, bool]]) -> float:
    """Return the share of patients whose course has begun at the end, as Kaplan and Meier estimate it."""
    without = 1.0
    for day in sorted({days for days, began in times if began}):
        at_risk = sum(days >= day for days, _ in times)
        without *= 1 - sum(began and days == day for days, began in times) / at_risk
    return 1 - without


def every_day(first: date, last: date) -> Iterator[date]:
    """Yield the days from one to another, both included."""
    return (first + timedelta(days=step) for step in range((last - first).days + 1))
