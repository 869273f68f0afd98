"""Rules about the courses of a plan, its request, its closures and its findings."""

import datetime as dt
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from lemtrada_schedule.clinic.clinic import WEEKDAYS, Clinic
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.plan.checks.written import (
    Fault,
    Written,
    anchor_faults,
    derivation_faults,
    is_same,
    is_to_come,
)
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.protocol.citations import MOST_COURSES
from lemtrada_schedule.validation.scalars import clock

__all__ = [
    "blocks",
    "cites",
    "closures",
    "days",
    "drift",
    "earliest",
    "ends",
    "findings",
    "ids_are_unique",
    "names",
    "numbers",
    "open_days",
    "order",
    "passed_over",
    "planned_days",
    "request",
    "sources_of_days",
    "statuses",
    "waiting",
    "windows",
]

HIGHEST_PLANNED_DOSE: Final = 1_000

HIGHEST_RECORDED_DOSE: Final = 10_000

LONGEST_COURSE: Final = 31

START_IN_PAST: Final = "start-in-past"

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*-[A-Za-z0-9][A-Za-z0-9._-]*")

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

_CODE: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def names(written: Written) -> Iterator[Fault]:
    """Yield names of protocols that are not `id-revision`, and a digest of another form."""
    for place, name in (("protocol", written.protocol), ("extends", written.extends)):
        if name is not None and not _NAME.fullmatch(name):
            yield Fault(place, "expected id and revision of a protocol, such as us-2024-05; correct it")
    if not _DIGEST.fullmatch(written.provenance.protocol_digest):
        yield Fault("provenance.protocol_digest", "expected 64 digits from 0 to 9 and a to f; correct it")


def ids_are_unique(written: Written) -> Iterator[Fault]:
    """Yield each duplicate id: of two items with the same id, calendars keep only one."""
    seen: set[str] = set()
    courses = [(place, course.id) for place, course in written.placed()]
    infusions = [(place, day.id) for place, _, day in written.days()]
    for place, name in (*courses, *infusions, *((place, part.id) for place, part in written.given_or_done())):
        if name in seen:
            yield Fault(f"{place}.id", "another item of the plan has the same id; correct one of them")
        seen.add(name)


def numbers(written: Written) -> Iterator[Fault]:
    """Yield courses with a number that is out of range, not unique, or not that of the id."""
    seen: set[int] = set()
    for place, course in written.placed():
        if not 1 <= course.number <= MOST_COURSES:
            yield Fault(f"{place}.number", f"expected a whole number from 1 to {MOST_COURSES}; correct it")
        if course.number in seen:
            yield Fault(f"{place}.number", "another course of the plan has the same number; correct one of them")
        if course.id != f"course-{course.number}":
            yield Fault(f"{place}.id", "expected course- and the number of the course; correct id or number")
        seen.add(course.number)


def order(written: Written) -> Iterator[Fault]:
    """Yield courses that are out of order."""
    placed = list(written.placed())
    recorded = {course.number for course in written.recorded}
    for (_, before), (place, course) in pairwise(placed):
        if course.number in recorded:
            if before.number not in recorded or course.first_day < before.first_day:
                yield Fault(place, "courses on record must come first, by first day; put the courses in order")
        elif course.number <= before.number and before.number not in recorded:
            yield Fault(place, "future courses must be in the order of their numbers; put the courses in order")
        elif course.status == "planned" and course.first_day <= before.last_day:
            yield Fault(f"{place}.first_day", "it is not after the previous course; correct the days")
    highest = max(recorded, default=0)
    for place, course in placed:
        if course.number not in recorded and course.number < highest:
            yield Fault(f"{place}.number", "a course with a higher number is on record; correct the number")


def days(written: Written) -> Iterator[Fault]:
    """Yield days out of order, and days whose number or id is not their position in the course."""
    for place, course in written.placed():
        for index, day in enumerate(course.days):
            at = f"{place}.days.{index}"
            if day.number != index + 1:
                yield Fault(f"{at}.number", "days must be numbered 1, 2, 3 … within their course; correct it")
            if day.id != f"{course.id}/day-{day.number}":
                yield Fault(f"{at}.id", "expected the id of the course, /day- and the day's number; correct it")
            if index and day.date <= course.days[index - 1].date:
                yield Fault(f"{at}.date", "it is not after the previous day; correct the dates")


def blocks(written: Written) -> Iterator[Fault]:
    """Yield days of future courses that do not directly follow the previous day."""
    for place, course in written.placed():
        if is_to_come(course) and not _may_be_old(written, course):
            for index, (before, day) in enumerate(pairwise(course.days), start=1):
                if day.date != before.date + ONE_DAY:
                    yield Fault(
                        f"{place}.days.{index}.date", "the days of a future course must be consecutive; correct it"
                    )


def ends(written: Written) -> Iterator[Fault]:
    """Yield courses whose first or last day differs from their days."""
    for place, course in written.placed():
        if course.first_day != course.days[0].date:
            yield Fault(f"{place}.first_day", "this is not the date of the first infusion day; correct one of them")
        if course.last_day != course.days[-1].date:
            yield Fault(f"{place}.last_day", "this is not the date of the last infusion day; correct one of them")


def earliest(written: Written) -> Iterator[Fault]:
    """Yield courses whose earliest or recommended day does not follow from their reason."""
    for place, course in written.placed():
        because = course.because
        yield from derivation_faults(f"{place}.because", because, course.earliest, "later")
        recommended = course.earliest if course.number <= 2 else None  # later courses are optional (S13)
        if course.recommended != recommended:
            expected = "the same date as earliest" if recommended else "null from course 3 on"
            yield Fault(f"{place}.recommended", f"expected {expected}; correct it")
        if course.status != "tentative":  # a tentative one may be counted from days that were only planned
            yield from anchor_faults(written, f"{place}.because", because, None)
        if because.anchor_kind == "requested-start" and because.anchor_day != written.provenance.request.not_before:
            yield Fault(f"{place}.because.anchor_day", "this is not request.not_before; correct one of them")
        if because.anchor_kind == "on-record" and because.anchor_day != course.first_day:
            yield Fault(f"{place}.because.anchor_day", "this is not the first day of the course; correct one of them")
        if course.status == "planned" and course.first_day < max(
            course.earliest, written.provenance.request.not_before
        ):
            yield Fault(f"{place}.first_day", "it is before earliest or request.not_before; correct one of them")


def drift(written: Written) -> Iterator[Fault]:
    """Yield courses whose `drift_days` is not the distance from the earliest to the first day."""
    for place, course in written.placed():
        if course.drift_days != (course.first_day - course.earliest).days:
            yield Fault(f"{place}.drift_days", "expected the days from earliest to first_day; correct it")


def passed_over(written: Written) -> Iterator[Fault]:
    """Yield skipped starts that are not consecutive, or do not name the first closed day of their block."""
    for place, course in written.placed():
        starts = course.passed_over
        closed = [start.closed_day for start in starts]
        for index, start in enumerate(starts):
            at = f"{place}.passed_over.{index}"
            following = starts[index + 1].first_day if index + 1 < len(starts) else None
            if following is None and is_to_come(course):
                following = course.first_day
            if following is not None and following != start.first_day + ONE_DAY:
                yield Fault(f"{at}.first_day", "skipped starts must be consecutive, up to the first day; correct them")
            if start.closure and (words := start.closure.words(start.closed_day.weekday())) and words != start.reason:
                yield Fault(f"{at}.closure", "it contradicts `reason`; correct one of them")
            nearest = min((day for day in closed if day >= start.first_day), default=None)
            is_last = index + 1 == len(starts)
            if start.closed_day != nearest or (is_last and start.closed_day != start.first_day):
                yield Fault(f"{at}.closed_day", "expected the first closed day from this start on; correct it")
            elif (start.closed_day - start.first_day).days >= LONGEST_COURSE:
                yield Fault(f"{at}.closed_day", "it is outside the block that was tried; correct it")


def statuses(written: Written) -> Iterator[Fault]:
    """Yield courses whose status does not fit the date of the question."""
    as_of = written.as_of
    starts_in_past = any(finding.code == START_IN_PAST for finding in written.findings)
    for place, course in written.placed():
        at = f"{place}.status"
        if course.status == "planned":
            if as_of is not None and course.first_day < as_of and not starts_in_past:
                yield Fault(at, "the course begins before request.as_of, so it cannot be planned; correct one of them")
        elif as_of is None:
            yield Fault(at, "without request.as_of every course must be planned; correct the status, or add as_of")
        elif course.status != "tentative" and not _fits(course, as_of):
            yield Fault(at, "the days of the course do not fit this status and request.as_of; correct one of them")
        if course.days_on_record is not None and not _are_on_record(course, course.days_on_record, as_of):
            said = "expected as many as are on record by the status and request.as_of; correct one of them"
            yield Fault(f"{place}.days_on_record", said)


def _fits(course: Course, as_of: dt.date) -> bool:
    """Return whether the days of a course on record fit its status (S08)."""
    match course.status:
        case "in-progress":
            return course.first_day <= as_of <= course.last_day + ONE_DAY
        case "interrupted":
            return course.last_day + ONE_DAY < as_of
        case _:
            return course.last_day <= as_of


def _are_on_record(course: Course, count: int, as_of: dt.date | None) -> bool:
    """Return whether so many days of a course can be on record: those before the date of the question, or one more."""
    if is_to_come(course) or as_of is None:
        return False
    before = sum(day.date < as_of for day in course.days)
    is_on_that_day = any(day.date == as_of for day in course.days)
    return 0 < count <= before + is_on_that_day and count >= (
        before if course.status == "in-progress" else len(course.days)
    )


def waiting(written: Written) -> Iterator[Fault]:
    """Yield courses whose status contradicts the findings: tentative without a needed decision, or the reverse."""
    decided = {decision.course for decision in written.provenance.request.decisions}
    latest = max(written.recorded, key=lambda course: course.last_day, default=None)
    for place, course in written.placed():
        is_open = course.status == "interrupted" or (course is latest and course.status == "partial")
        if course.status == "planned" and written.is_unsettled:
            yield Fault(f"{place}.status", "while a decision is needed, the course must be tentative; correct it")
        if course.status == "tentative" and not written.is_unsettled:
            yield Fault(f"{place}.status", "no finding names the decision that a tentative course needs; correct it")
        if written.version > 1 and is_open and not written.is_unsettled and course.number not in decided:
            yield Fault(f"{place}.status", "no finding or decision says how a short course continues; correct it")


def windows(written: Written) -> Iterator[Fault]:
    """Yield hours that are not on their day, not back to back, or in another time zone."""
    for place, _, day in written.days():
        infusion, observation = day.infusion, day.observation
        for name, window in (("infusion", infusion), ("observation", observation)):
            if window and window.time_zone != written.time_zone:
                yield Fault(f"{place}.{name}.time_zone", "this is not the time zone of the plan; correct one of them")
        if infusion and infusion.start.date() != day.date:
            yield Fault(f"{place}.infusion.start", "it is not on the date of the day; correct one of them")
        if observation and infusion is None:
            yield Fault(f"{place}.infusion", "an observation needs an infusion; add its hours")
        if observation and infusion and not is_same(observation.start, infusion.end):
            yield Fault(f"{place}.observation.start", "it is not the end of the infusion; correct one of them")


def _may_be_old(written: Written, course: Course) -> bool:
    """Return whether a course may have days of withdrawn records: version 1 kept them in tentative courses."""
    return written.version == 1 and course.status == "tentative"


def _is_to_come(written: Written, course: Course, day: InfusionDay) -> bool:
    """Return whether a day is certainly not on record; for the date of the question itself, this is unknown."""
    if _may_be_old(written, course):
        return False
    return is_to_come(course) or (written.as_of is not None and day.date > written.as_of)


def planned_days(written: Written) -> Iterator[Fault]:
    """Yield doses out of range, and future days without dose or hours, or with another length than the others."""
    first: InfusionDay | None = None
    for place, course, day in written.days():
        is_to_come = _is_to_come(written, course, day)
        highest = HIGHEST_PLANNED_DOSE if is_to_come else HIGHEST_RECORDED_DOSE
        if day.dose_mg is not None and not 1 <= day.dose_mg <= highest:
            yield Fault(f"{place}.dose_mg", f"expected a dose from 1 to {highest} mg; correct it")
        if not is_to_come:
            continue
        if day.dose_mg is None or day.infusion is None or day.observation is None:
            yield Fault(place, "a future day needs its dose and hours; add dose_mg, infusion and observation")
            continue
        first = first or day
        if day.dose_mg != first.dose_mg:
            yield Fault(f"{place}.dose_mg", "this is not the dose of the other future days; correct one of them")
        for name, one, other in (
            ("infusion", day.infusion, first.infusion),
            ("observation", day.observation, first.observation),
        ):
            if other and abs(one.minutes - other.minutes) > written.slack_minutes:
                yield Fault(f"{place}.{name}", "it is not as long as on the other future days; correct one of them")


def open_days(written: Written) -> Iterator[Fault]:
    """Yield planned days on which the clinic is closed, and hours that differ from the clinic's."""
    clinic = written.provenance.clinic
    closed = {closure.date for closure in written.provenance.closures} | {one.date for one in clinic.closures}
    booked = {one.date for one in clinic.fully_booked}
    extra = {one.date for one in clinic.extra_open}
    for place, course, day in written.days():
        if course.status == "tentative" or not _is_to_come(written, course, day):
            continue
        if day.date in booked or (day.date in closed and day.date not in extra):
            yield Fault(f"{place}.date", "the clinic is closed on this day; correct the date, or plan again")
        elif day.date not in extra and not _is_within_hours(clinic, day):
            yield Fault(f"{place}.date", "the day is not within the opening hours; correct the date, or plan again")
        if day.infusion and clock(day.infusion.start) != clock(clinic.infusion_starts):
            yield Fault(f"{place}.infusion.start", "this is not the clinic's infusion_starts; correct one of them")


def _is_within_hours(clinic: Clinic, day: InfusionDay) -> bool:
    hours = next((one for one in clinic.opening_hours if one.day == WEEKDAYS[day.date.weekday()]), None)
    if hours is None or day.infusion is None or day.observation is None:
        return False
    opens, closes = (dt.datetime.combine(day.date, wall) for wall in (hours.opens, hours.closes))
    ready = day.infusion.start.replace(tzinfo=None) - dt.timedelta(minutes=clinic.preparation_minutes)
    return opens <= ready and day.observation.end.replace(tzinfo=None) <= closes


def sources_of_days(written: Written) -> Iterator[Fault]:
    """Yield days whose sources differ from those of the first day: all come from one protocol."""
    known: tuple[str, ...] | None = None
    for place, _, day in written.days():
        own = (day.cite, day.basis, day.observation_cite, day.observation_basis)
        known = known or own
        if own != known:
            yield Fault(place, "cite and basis are not those of the other days; correct them")


def request(written: Written) -> Iterator[Fault]:
    """Yield a request that does not match the courses of the plan, and decisions about other courses."""
    asked, place = written.provenance.request, "provenance.request"
    highest = max(written.by_number, default=0)
    if not 1 <= asked.courses <= MOST_COURSES:
        yield Fault(f"{place}.courses", f"expected a whole number from 1 to {MOST_COURSES}; correct it")
    elif asked.courses < highest:
        yield Fault(f"{place}.courses", "the plan has a course with a higher number; correct one of them")
    elif asked.courses > highest and not written.is_unsettled:
        yield Fault(f"{place}.courses", "the plan has fewer courses; correct one of them, or plan again")
    since = written.provenance.protocol_since
    if since and (asked.as_of is None or since > asked.as_of):
        yield Fault("provenance.protocol_since", "it is after request.as_of; correct one of them")
    on_record = {course.number for course in written.recorded}
    decided: set[int] = set()
    for index, decision in enumerate(asked.decisions):
        if decision.course not in on_record or decision.course in decided:
            yield Fault(f"{place}.decisions.{index}.course", "expected a course on record, each once; correct it")
        decided.add(decision.course)


def closures(written: Written) -> Iterator[Fault]:
    """Yield closures out of order or outside the years of the future courses, and missing ones of the clinic."""
    ahead = [course for course in written.courses if is_to_come(course) or course.status == "in-progress"]
    first, last = (ahead[0].earliest.year, ahead[-1].last_day.year) if ahead else (1, 0)
    frozen = written.provenance.closures
    for index, closure in enumerate(frozen):
        at = f"provenance.closures.{index}.date"
        if not first <= closure.date.year <= last:
            yield Fault(at, "it is outside the years of the future courses; correct it")
        if index and closure.date < frozen[index - 1].date:
            yield Fault(at, "closures must be in the order of their dates; put them in order")
    dates = {closure.date for closure in frozen}
    clinic = written.provenance.clinic
    for name, rows in (("closures", clinic.closures), ("fully_booked", clinic.fully_booked)):
        for index, row in enumerate(rows):
            if first <= row.date.year <= last and row.date not in dates:
                at = f"provenance.clinic.{name}.{index}.date"
                yield Fault(at, "provenance.closures does not include this day; correct one of them")


def findings(written: Written) -> Iterator[Fault]:
    """Yield findings without a code, and findings about courses that are not in the plan."""
    for index, finding in enumerate(written.findings):
        if not _CODE.fullmatch(finding.code):
            yield Fault(f"findings.{index}.code", "expected a code such as deadline-passed; correct it")
        if finding.course is not None and finding.course not in written.by_number:
            yield Fault(f"findings.{index}.course", "the plan has no course with this number; correct it")
        if finding.row is not None and finding.row < 1:
            yield Fault(f"findings.{index}.row", "rows are counted from 1; correct it")
    for index, missing in enumerate(written.not_assessed):
        if not _CODE.fullmatch(missing.code):
            yield Fault(f"not_assessed.{index}.code", "expected a code such as deadline-passed; correct it")
        if missing.row is not None and missing.row < 1:
            yield Fault(f"not_assessed.{index}.row", "rows are counted from 1; correct it")
        if missing.fact and missing.fact.in_words() != missing.missing:
            yield Fault(f"not_assessed.{index}.fact", "it contradicts `missing`; correct one of them")


def cites(written: Written) -> Iterator[Fault]:
    """Yield sources with the same id, and cites of sources that are not in the plan."""
    known: set[str] = set()
    for index, source in enumerate(written.provenance.sources):
        if source.id in known:
            yield Fault(f"provenance.sources.{index}.id", "another source has the same id; correct one of them")
        known.add(source.id)
    for place, cite in written.cites():
        if cite is not None and cite not in known:
            yield Fault(place, "provenance.sources has no source with this id; correct one of them")
