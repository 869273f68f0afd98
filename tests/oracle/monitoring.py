"""Tests that recur, judged date by date (S42): which were done, late, missed, or are overdue, and what is found.

Everything is a plain loop over dates and records, as close to the words of the rule as possible.

Where the words leave something open, this is how they are read here:

* The quarter that limits `grace_days` is one of the interval that begins on the date: D(k+1) - Dk. The last date has
  such an interval too, up to the day that would be due next (Dn + every); "the quarter does not apply" there speaks of
  whose record it is.
* A series without an end (no `until`) goes on being due, also after the 48 months up to which a plan lists it.
* Dates due before `tests_recorded_from` take part when records are shared out, and are then left out of the answer.
  Nothing before that day counts in the longest gap (S32).
* A series that ended by its `until` before a further course began has its own last date: that course is no bound of it.
* "The latest done or late one of that kind" looks at all courses of the test, and compares due dates.
* An override covers dates only where it is of `test-overdue` or `test-missed`, names the test, and names the course or
  none. Whichever of the two it is of, it covers overdue, missed and due dates alike. One dated after `as_of` does not
  count yet, as with every record.
* Without a record after the anchor there is no longest gap. Records after the end of the last series still count in it.
* Where a row of infusions could not be read, no series is judged: the row may hold a course that ends it.
* A course whose number contradicts the dates (S30) is not judged.
* `observation-in-future` is one finding for each kind of test; a code that is not known is no kind.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, TypedDict

from tests.oracle.following import Numbered, first_infusion_after
from tests.oracle.observed import Observation, Override, is_recorded, kinds_of
from tests.oracle.plan import offset_day, span_after
from tests.oracle.recorded import Protocol

ONE_DAY = timedelta(days=1)
TO_ACCEPT = ("test-overdue", "test-missed")
"""The findings whose overrides waive dates."""


class DueDate(TypedDict):
    """One due date, and what became of it."""

    due: date
    state: str
    done_on: date | None
    days_late: int | None


class Monitored(TypedDict):
    """One test after one course; `course` is None for a test of the whole treatment."""

    action: str
    course: int | None
    dates: list[DueDate]
    done: int
    late: int
    missed: int
    overdue: int
    longest_gap_days: int | None


class FoundTest(NamedTuple):
    """One thing found about a test in one course."""

    code: str
    severity: str
    course: int | None
    test: str
    days: tuple[date, ...]
    """The due dates that it is about, or the days of records in the future."""


class KnownTests(NamedTuple):
    """What a history says of tests."""

    observations: Sequence[Observation] = ()
    overrides: Sequence[Override] = ()
    tests_recorded: Sequence[str] | None = None
    tests_recorded_from: date | None = None
    unreadable: Sequence[int] = ()
    unreadable_observations: Sequence[int] = ()


class Series(NamedTuple):
    """The due dates of one test after one course."""

    action: Mapping[str, Any]
    course: int | None
    anchor: date
    dates: list[date]
    """D1, D2, ...; those of a series without an end reach beyond the day of the question."""
    after_the_last: date
    """Dn + every: the day that would be due next."""
    next_course: date | None
    """The first infusion of the next course, where there is one and the series ends with it."""


# --- the dates -------------------------------------------------------------------------------


def series_of(protocol: Protocol, given: Sequence[Numbered], as_of: date) -> Iterator[Series]:
    """Go through every series of every course that was begun (S20)."""
    for action in protocol["actions"]:
        per = action.get("per", "course")
        for course in given if action["kind"] == "series" else ():
            if per == "course" or course.number == 1:
                yield one_series(action, given, course, as_of)


def one_series(action: Mapping[str, Any], given: Sequence[Numbered], course: Numbered, as_of: date) -> Series:
    """List the due dates after one course: anchor + every, + twice every, ... up to where they end."""
    of_treatment = action.get("per") == "treatment"
    next_course = None if of_treatment else first_infusion_after(given, course)
    anchor = course.days.last_infusion
    last_infusion = max(one.days.last_infusion for one in given) if of_treatment else anchor
    end = None
    if "until" in action:
        end = offset_day(action["until"], course.days._replace(last_infusion=last_infusion), "later")
    dates: list[date] = []
    while True:
        due = span_after(anchor, action["every"], "earlier", len(dates) + 1)
        if end is not None and due > end:
            break
        if next_course is not None and due > next_course:
            break
        if end is None and next_course is None and len(dates) >= 2 and dates[-2] > as_of:
            break  # it never ends: enough dates to judge the first one after as_of
        dates.append(due)
    after_the_last = span_after(dates[-1] if dates else anchor, action["every"], "earlier")
    return Series(action, None if of_treatment else course.number, anchor, dates, after_the_last, next_course)


# --- the records -----------------------------------------------------------------------------


def records_of_kind(protocol: Protocol, observations: Sequence[Observation], test: str, as_of: date) -> list[date]:
    """List the days with a record of one kind, up to `as_of`, each once."""
    codes = {code for code in {one["code"] for one in observations} if test in kinds_of(protocol, code)}
    days = {one["date"] for one in observations if one["code"] in codes}
    return sorted(day for day in days if day <= as_of)


def days_to_next(series: Series, place: int) -> int:
    """Return the days from Dk to D(k+1); place 0 is the anchor, 1 the first due date."""
    days = [series.anchor, *series.dates, series.after_the_last]
    return (days[place + 1] - days[place]).days


def shared_out(series: Series, records: Sequence[date]) -> dict[int, date]:
    """Give each record to a date, or to none: the record of Dk is under k."""
    taken: dict[int, date] = {}
    last = len(series.dates)
    for record in records:
        if last == 0 or record <= series.anchor:
            continue
        if record > series.dates[-1]:
            if may_serve_the_last(series, record) and last not in taken:
                taken[last] = record
            continue
        k = 0
        while not (date_of(series, k) < record <= date_of(series, k + 1)):
            k = k + 1
        g = (date_of(series, k + 1) - date_of(series, k)).days
        to_next = (date_of(series, k + 1) - record).days
        if k >= 1 and k not in taken and to_next > g // 4:
            taken[k] = record
        elif k + 1 not in taken and to_next <= g // 2:
            taken[k + 1] = record
    return taken


def date_of(series: Series, k: int) -> date:
    """Return D0, the anchor, or D1, D2, ..., the due dates."""
    return series.anchor if k == 0 else series.dates[k - 1]


def may_serve_the_last(series: Series, record: date) -> bool:
    """Say whether a record after the last date can still be its record."""
    if ends_with_a_course(series):
        return series.next_course is not None and record <= series.next_course
    return record < series.after_the_last


def ends_with_a_course(series: Series) -> bool:
    """Say whether the next date would have come after the first infusion of the next course."""
    return series.next_course is not None and series.next_course < series.after_the_last


# --- what became of each date ----------------------------------------------------------------


def judged_dates(series: Series, records: Sequence[date], as_of: date, grace_days: int = 0) -> list[DueDate]:
    """Judge every date of a series, those long after `as_of` too; no override is asked."""
    taken = shared_out(series, records)
    found: list[DueDate] = []
    for k in range(1, len(series.dates) + 1):
        due = series.dates[k - 1]
        grace = timedelta(days=min(grace_days, days_to_next(series, k) // 4))
        if k in taken:
            late = taken[k] > due + grace
            found.append(
                {
                    "due": due,
                    "state": "late" if late else "done",
                    "done_on": taken[k],
                    "days_late": (taken[k] - due).days if late else None,
                }
            )
        else:
            state = "due"
            if as_of > due + grace:
                state = "overdue"
            if as_of >= missed_from(series, k) or k + 1 in taken:
                state = "missed"
            found.append({"due": due, "state": state, "done_on": None, "days_late": None})
    return found


def missed_from(series: Series, k: int) -> date:
    """Return the first day on which Dk without a record is missed."""
    if k < len(series.dates):
        return series.dates[k]  # D(k+1)
    if series.next_course is not None and ends_with_a_course(series):
        return series.next_course + ONE_DAY
    return series.after_the_last


def up_to_the_first_after(dates: Sequence[DueDate], as_of: date) -> list[DueDate]:
    """Keep every date up to `as_of`, and the first one after it."""
    kept: list[DueDate] = []
    for one in dates:
        kept.append(one)
        if one["due"] > as_of:
            break
    return kept


def is_waived(protocol: Protocol, series: Series, one: DueDate, overrides: Sequence[Override], as_of: date) -> bool:
    """Say whether somebody accepted that a date has no record."""
    if one["done_on"] is not None:
        return False
    for override in overrides:
        if override["on"] > as_of:
            continue
        of_this_test = override.get("test") is not None and series.action["id"] in kinds_of(protocol, override["test"])
        of_this_course = override.get("course") in {None, series.course}
        if override["code"] in TO_ACCEPT and of_this_test and of_this_course and one["due"] <= override["on"]:
            return True
    return False


def longest_gap(series: Series, records: Sequence[date], recorded_from: date | None) -> int | None:
    """Return the most days between neighbouring records, the anchor included, up to the next course."""
    until = date.max if series.next_course is None else series.next_course
    days = [series.anchor, *[record for record in records if series.anchor < record <= until]]
    if recorded_from is not None:
        days = [one for one in days if one >= recorded_from]
    gaps = [(days[place + 1] - days[place]).days for place in range(len(days) - 1)]
    return max(gaps, default=None)


# --- all tests of a patient ------------------------------------------------------------------


def may_be_judged(protocol: Protocol, action: Mapping[str, Any], known: KnownTests) -> bool:
    """Say whether the records of a test are all there (S31, S32)."""
    if known.unreadable or known.unreadable_observations:
        return False
    return is_recorded(protocol, action, known.observations, known.tests_recorded)


def monitored(
    protocol: Protocol,
    given: Sequence[Numbered],
    as_of: date,
    known: KnownTests,
    *,
    grace_days: int = 0,
    leave_out: Collection[int] = (),
) -> list[Monitored]:
    """Judge every test after every course, by action and course.

    `given` holds the courses with the days that later dates count from (S09). `leave_out` are the numbers of courses
    that contradict the dates.
    """
    found: list[Monitored] = []
    for series in series_of(protocol, given, as_of):
        number = 1 if series.course is None else series.course
        if not may_be_judged(protocol, series.action, known) or number in leave_out:
            continue
        records = records_of_kind(protocol, known.observations, series.action["id"], as_of)
        dates = up_to_the_first_after(judged_dates(series, records, as_of, grace_days), as_of)
        if known.tests_recorded_from is not None:
            dates = [one for one in dates if one["due"] >= known.tests_recorded_from]
        for one in dates:
            if is_waived(protocol, series, one, known.overrides, as_of):
                one["state"] = "waived"
        if dates:
            found.append(counted(series, dates, longest_gap(series, records, known.tests_recorded_from)))
    return found


def counted(series: Series, dates: list[DueDate], gap: int | None) -> Monitored:
    """Count the dates of each state; those that are waived or due are not counted."""
    states = [one["state"] for one in dates]
    return {
        "action": series.action["id"],
        "course": series.course,
        "dates": dates,
        "done": states.count("done"),
        "late": states.count("late"),
        "missed": states.count("missed"),
        "overdue": states.count("overdue"),
        "longest_gap_days": gap,
    }


# --- what is found ---------------------------------------------------------------------------


def findings_of_tests(found: Sequence[Monitored]) -> list[FoundTest]:
    """Return one finding per kind of finding, test and course; of `test-missed` a warning and a note."""
    listed: list[FoundTest] = []
    for one in found:
        latest = latest_done(found, one["action"])
        overdue = days_in_state(one, "overdue")
        late = days_in_state(one, "late")
        missed = days_in_state(one, "missed")
        still_open = tuple(due for due in missed if latest is None or due > latest)
        closed = tuple(due for due in missed if latest is not None and due <= latest)
        for code, severity, days in (
            ("test-overdue", "warning", overdue),
            ("test-missed", "warning", still_open),
            ("test-missed", "note", closed),
            ("test-late", "note", late),
        ):
            if days:
                listed.append(FoundTest(code, severity, one["course"], one["action"], days))
    return listed


def days_in_state(one: Monitored, state: str) -> tuple[date, ...]:
    """Return the due dates of one state."""
    return tuple(entry["due"] for entry in one["dates"] if entry["state"] == state)


def latest_done(found: Sequence[Monitored], test: str) -> date | None:
    """Return the latest due date of a test, over all courses, that has its record."""
    done = [
        entry["due"]
        for one in found
        if one["action"] == test
        for entry in one["dates"]
        if entry["state"] in {"done", "late"}
    ]
    return max(done, default=None)


def future_observations(protocol: Protocol, observations: Sequence[Observation], as_of: date) -> list[FoundTest]:
    """Return one finding for each kind of test that has a record after `as_of`."""
    days: dict[str, set[date]] = {}
    for one in observations:
        for kind in kinds_of(protocol, one["code"]):
            if one["date"] > as_of:
                days.setdefault(kind, set()).add(one["date"])
    return [
        FoundTest("observation-in-future", "warning", None, kind, tuple(sorted(days[kind]))) for kind in sorted(days)
    ]
