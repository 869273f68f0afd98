"""The script that somebody would write today to check one patient's infusions, and would write well.

It knows the US label of May 2024 by heart, adds months with `dateutil.relativedelta`, and works on plain
dictionaries. It imports nothing of the library: so it is what the library's speed is measured against, and a
second opinion on its findings. It gives codes and dates without words, sources and reasons. Records have their
course numbers all or not at all, and no decisions are taken.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

from dateutil.relativedelta import relativedelta

Record = Mapping[str, Any]
Course = dict[str, Any]
Found = tuple[str, int | None, int | None]
"""Code, course, row."""
Answer = dict[str, Any]
Holidays = Mapping[date, str]

COURSE_DAYS = (5, 3)
GAP_DAYS = 15
DOSE_MG = 12
INFUSION_MINUTES = 240
OBSERVATION_MINUTES = 120
DATA_BEYOND = 3
MEDICINES = 2
TESTS = ("blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid")
ONE_DAY = timedelta(days=1)
OPENS, CLOSES = time(8), time(17)
CLOSURES = {date(2027, 12, 24)}
EXTRA_OPEN = {date(2027, 6, 19)}
IN_PROGRESS = ("course-1-in-progress", "course-2-in-progress", "additional-course-in-progress")
GIVEN = ("awaiting-course-2", "initial-treatment-complete", "additional-course-given")


def later(day: date, months: int) -> date:
    """Add months; a day that does not exist becomes the first of the next month."""
    moved = day + relativedelta(months=months)
    return moved if moved.day == day.day else moved + ONE_DAY


def earlier(day: date, months: int) -> date:
    """Add months; a day that does not exist becomes the last of the month."""
    return day + relativedelta(months=months)


# --- courses -----------------------------------------------------------------------------------------------------


def exposures(records: Sequence[Record], as_of: date) -> list[Record]:
    given = [r for r in records if r["status"] in ("completed", "partial") and r["date"] <= as_of]
    return sorted(given, key=lambda r: (r["date"], r["row"]))


def courses_of(records: Sequence[Record], as_of: date) -> list[Course]:
    """Put the exposure days into courses and say how far each has come."""
    groups: list[list[Record]] = []
    for record in exposures(records, as_of):
        if groups and belongs(record, groups[-1][-1]):
            groups[-1].append(record)
        else:
            groups.append([record])
    courses = [course_of(group, position) for position, group in enumerate(groups, start=1)]
    for before, course in pairwise(courses):
        short = len(before["days"]) < before["planned"]
        course["unclear"] = short and course["by_gap"] and course["days"][0] < later(before["days"][-1], 12)
    for course, following in zip(courses, [*courses[1:], None], strict=False):
        followed = following is not None and not following["unclear"]
        course["status"] = status_of(course, as_of, followed=followed)
        course["settled"] = course["status"] == "complete" or followed
    return courses


def belongs(record: Record, last: Record) -> bool:
    if record["course"]:
        return bool(record["course"] == last["course"])
    return bool((record["date"] - last["date"]).days <= GAP_DAYS)


def course_of(group: list[Record], position: int) -> Course:
    number = group[0]["course"] or position
    days = sorted({record["date"] for record in group})
    planned = COURSE_DAYS[min(number, len(COURSE_DAYS)) - 1]
    by_gap = group[0]["course"] is None
    return {
        "number": number,
        "records": group,
        "days": days,
        "planned": planned,
        "by_gap": by_gap,
        "unclear": False,
    }


def status_of(course: Course, as_of: date, *, followed: bool) -> str:
    if len(course["days"]) >= course["planned"]:
        return "complete"
    if followed:
        return "partial"
    since = (as_of - course["days"][-1]).days
    return "in-progress" if since <= 1 else "interrupted" if since <= GAP_DAYS else "partial"


def treatment_status(courses: Sequence[Course]) -> str:
    if not courses:
        return "not-started"
    last = courses[-1]
    stage = min(last["number"], 3) - 1
    if any(course["unclear"] for course in courses):
        return "needs-clinical-decision"
    if last["status"] == "in-progress":
        return IN_PROGRESS[stage]
    return GIVEN[stage] if last["settled"] else "needs-clinical-decision"


# --- findings ----------------------------------------------------------------------------------------------------


def minutes(first: time | None, last: time | None) -> int | None:
    if first is None or last is None:
        return None
    return (last.hour - first.hour) * 60 + last.minute - first.minute


def of_records(patient: Mapping[str, Any], courses: Sequence[Course], as_of: date) -> Iterator[Found]:
    """Judge each record by itself."""
    seen: dict[date, Record] = {}
    for course in courses:
        for record in course["records"]:
            place = (course["number"], record["row"])
            one = seen.setdefault(record["date"], record)
            if one is not record:
                same = {**one, "row": 0} == {**record, "row": 0}
                yield ("duplicate-same-day" if same else "two-infusions-one-day", *place)
            if record["dose_mg"] is not None and record["dose_mg"] != DOSE_MG:
                yield ("dose-differs", *place)
            if record["status"] == "partial":
                yield ("partial-infusion", *place)
                continue
            took = minutes(record["started"], record["ended"])
            if took is not None and took < INFUSION_MINUTES:
                yield ("infusion-too-short", *place)
            took = minutes(record["ended"], record["observed_until"])
            if took is not None and took < OBSERVATION_MINUTES:
                yield ("observation-too-short", *place)
    for record in patient["records"]:
        if record["status"] in ("completed", "partial") and record["date"] > as_of:
            yield ("infusion-in-future", None, record["row"])


def row_of(course: Course, day: date) -> int:
    return next(int(record["row"]) for record in course["records"] if record["date"] == day)


def of_shape(courses: Sequence[Course]) -> Iterator[Found]:
    """Judge the length of the courses, and whether it is clear where one ends."""
    for course in courses:
        number, days = course["number"], course["days"]
        late = [day for before, day in pairwise(days) if day - before != ONE_DAY]
        if late:
            yield "course-not-consecutive", number, row_of(course, late[0])
        if not course["unclear"] and course["status"] in ("interrupted", "partial"):
            code = "course-interrupted" if course["status"] == "interrupted" else "course-incomplete"
            yield code, number, row_of(course, days[-1])
        for day in days[course["planned"] :]:
            yield "extra-infusion", number, row_of(course, day)
        if course["unclear"]:
            yield "course-boundary-unclear", number, row_of(course, days[0])
            yield "needs-clinical-decision", number, row_of(course, days[0])
    last = courses[-1] if courses else None
    if last and not last["unclear"] and last["status"] in ("interrupted", "partial"):
        yield "needs-clinical-decision", last["number"], row_of(last, last["days"][-1])


def of_intervals(courses: Sequence[Course]) -> Iterator[Found]:
    """Judge the twelve months, and how many courses there are."""
    by_number = {course["number"]: course for course in courses}
    unclear = 0
    for course in courses:
        number, first = course["number"], course["days"][0]
        place = (number, row_of(course, first))
        if course["unclear"]:
            unclear += 1
            continue
        if number - unclear > DATA_BEYOND:
            yield ("data-limited-beyond", *place)
        before = by_number.get(number - 1)
        if before is None or first >= later(before["days"][-1], 12):
            continue
        if number == len(COURSE_DAYS) and first >= later(before["days"][0], 12):
            yield ("anchor-not-named", *place)
        else:
            yield ("interval-below-minimum", *place)


def of_patient(patient: Mapping[str, Any], courses: Sequence[Course]) -> Iterator[Found]:
    """Judge age, medicines before, and the tests before each course."""
    birth, tried = patient["birth_date"], patient["prior_medicines"]
    if birth and courses and courses[0]["number"] == 1:
        first = courses[0]["days"][0]
        if first < later(birth, 12 * 17):
            yield "age-below-minimum", 1, row_of(courses[0], first)
        elif first < later(birth, 12 * 18):
            yield "age-below-adult", 1, row_of(courses[0], first)
    if tried is not None and tried < MEDICINES:
        yield "prior-treatments-few", None, None
    if not patient["observations"]:
        return
    left = set(patient["observations"])
    recorded = {code for code, _ in left}
    for course in courses:
        first = course["days"][0]
        opens = first - timedelta(days=30)
        for test in TESTS:
            serving = sorted(day for code, day in left if code == test and opens <= day < first)
            if serving:  # it serves this baseline, and no later one
                left.remove((test, serving[0]))
            elif test in recorded:
                yield "baseline-missing", course["number"], None


def of_clinic(courses: Sequence[Course], public: Holidays) -> Iterator[Found]:
    """Ask whether the clinic of `examples/boston.toml` was open."""
    for course in courses:
        for record in course["records"]:
            day, place = record["date"], (course["number"], record["row"])
            if day not in EXTRA_OPEN:
                if day in CLOSURES or day.weekday() > 4:
                    yield ("clinic-closed", *place)
                elif day in public:
                    yield ("public-holiday", *place)
            times = (record["started"], record["ended"], record["observed_until"])
            is_weekday = day.weekday() <= 4 and day not in EXTRA_OPEN
            if is_weekday and any(t is not None and not OPENS <= t <= CLOSES for t in times):
                yield ("outside-opening-hours", *place)


# --- what cannot be told -----------------------------------------------------------------------------------------


def lacking(code: str, lacks: Sequence[Record], asked: Sequence[Record]) -> Iterator[tuple[str, int | None]]:
    if lacks and len(lacks) == len(asked):
        yield code, None
    else:
        yield from ((code, record["row"]) for record in lacks)


def missing_facts(
    patient: Mapping[str, Any], courses: Sequence[Course], public: Holidays | None
) -> Iterator[tuple[str, int | None]]:
    """Name the questions without an answer, by row where only some records lack the fact."""
    given = [record for course in courses for record in course["records"]]
    full = [record for record in given if record["status"] == "completed"]
    yield from lacking("dose-differs", [r for r in given if r["dose_mg"] is None], given)
    yield from lacking("infusion-too-short", [r for r in full if None in (r["started"], r["ended"])], full)
    yield from lacking("observation-too-short", [r for r in full if None in (r["ended"], r["observed_until"])], full)
    if public is None and courses:
        yield from (("public-holiday", None), ("clinic-closed", None), ("outside-opening-hours", None))
    if public is not None:
        times = ("started", "ended", "observed_until")
        yield from lacking("outside-opening-hours", [r for r in given if all(r[t] is None for t in times)], given)
    by_number = {course["number"]: course for course in courses}
    for course in courses:
        if course["unclear"] or (course["number"] > 1 and course["number"] - 1 not in by_number):
            yield "interval-below-minimum", row_of(course, course["days"][0])
    if courses and (patient["birth_date"] is None or 1 not in by_number):
        yield "age-below-minimum", None
    if patient["prior_medicines"] is None:
        yield "prior-treatments-few", None
    yield from missing_tests(patient, courses)


def missing_tests(patient: Mapping[str, Any], courses: Sequence[Course]) -> Iterator[tuple[str, int | None]]:
    """Name the tests that nobody can call missing, because none of their kind is on record."""
    recorded = {code for code, _ in patient["observations"]}
    if courses and not recorded:
        yield from (("baseline-missing", None), ("window-missed", None))
        return
    for course in courses:
        first = course["number"] == 1
        tests = (*TESTS, "skin-examination") if first else TESTS
        windows = ("vaccinations", "urine-protein-creatinine") if first else ("urine-protein-creatinine",)
        yield from (("baseline-missing", None) for test in tests if test not in recorded)
        yield from (("window-missed", None) for test in windows if test not in recorded)


# --- the two questions -------------------------------------------------------------------------------------------


def judged(patient: Mapping[str, Any], as_of: date, public: Holidays | None) -> Answer:
    courses = courses_of(patient["records"], as_of)
    found = [*of_records(patient, courses, as_of), *of_shape(courses), *of_intervals(courses)]
    found += of_patient(patient, courses)
    found += of_clinic(courses, public) if public is not None else ()
    return {
        "status": treatment_status(courses),
        "courses": [(c["number"], c["days"][0], c["days"][-1], len(c["days"]), c["status"]) for c in courses],
        "findings": sorted(found, key=lambda one: (one[2] or 0, one[0], one[1] or 0)),
        "missing": list(missing_facts(patient, courses, public)),
    }


def turning_days(records: Sequence[Record], as_of: date) -> set[date]:
    """Return the days after `as_of` on which a record comes to count, or a short course is given up."""
    given = [r["date"] for r in records if r["status"] in ("completed", "partial")]
    days = {day + timedelta(days=step) for day in given for step in (0, 2, GAP_DAYS + 1)}
    return {day for day in days if day > as_of}


def first_change(now: Answer, days: set[date], ask: Callable[[date], Answer]) -> date | None:
    return next((day for day in sorted(days) if ask(day) != now), None)


def evaluate(patient: Mapping[str, Any], as_of: date, public: Holidays | None = None) -> Answer:
    """Judge what was given; `changes_on` is the next day on which the answer is another."""
    now = judged(patient, as_of, public)
    days = turning_days(patient["records"], as_of)
    return {**now, "changes_on": first_change(now, days, lambda day: judged(patient, day, public))}


def next_course(patient: Mapping[str, Any], as_of: date, past_due_months: int | None) -> Answer:
    courses = courses_of(patient["records"], as_of)
    number = courses[-1]["number"] + 1 if courses else 1
    answer = {"course": number, "status": "due", "earliest": None, "recommended": None, "past_due": None}
    ahead = any(r["status"] in ("completed", "partial") and r["date"] > as_of for r in patient["records"])
    if ahead or treatment_status(courses) == "needs-clinical-decision":
        return {**answer, "status": "needs-clinical-decision"}
    if not courses:
        return answer
    last = courses[-1]
    to_come = 0 if last["settled"] else last["planned"] - len(last["days"])
    earliest = later(last["days"][-1] + to_come * ONE_DAY, 12)
    optional = number > len(COURSE_DAYS)
    past_due = earlier(earliest, past_due_months) if past_due_months and not optional else None
    status = "optional" if optional else "not-due" if as_of < earliest else "due"
    if status == "due" and past_due and as_of > past_due:
        status = "overdue"
    return {
        "course": number,
        "status": status if last["settled"] else "in-progress",
        "earliest": earliest,
        "recommended": None if optional else earliest,
        "past_due": past_due,
    }


def forecast(patient: Mapping[str, Any], as_of: date, past_due_months: int | None = None) -> Answer:
    """Say when the next course may start; `changes_on` is the next day on which the answer is another."""
    now = next_course(patient, as_of, past_due_months)
    days = turning_days(patient["records"], as_of)
    for answer in (now, next_course(patient, max({as_of, *days}), past_due_months) if days else now):
        days |= {answer["earliest"]} if answer["earliest"] else set()
        days |= {answer["past_due"] + ONE_DAY} if answer["past_due"] else set()
    ahead = {day for day in days if day > as_of}
    return {**now, "changes_on": first_change(now, ahead, lambda day: next_course(patient, day, past_due_months))}
