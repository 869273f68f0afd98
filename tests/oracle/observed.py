"""What observations say: which test a code means (S31), which tests are recorded at all (S32), and which are missing.

An observation is a plain dictionary with `date`, `code` and, for a CD4 count, `value`. An override is one with `code`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from tests.oracle.plan import Anchors, offset_day, span_after
from tests.oracle.recorded import Course, Protocol, anchors, before_it

Observation = Mapping[str, Any]
Override = Mapping[str, Any]

ONE_DAY = timedelta(days=1)
FINDING_CODES = frozenset(
    {
        "age-below-adult",
        "age-below-minimum",
        "anchor-not-named",
        "baseline-missing",
        "chairs-overbooked",
        "clinic-closed",
        "code-not-known",
        "confirm-corticosteroid",
        "course-boundary-unclear",
        "course-incomplete",
        "course-interrupted",
        "course-not-consecutive",
        "course-numbers-contradict",
        "data-limited-beyond",
        "deadline-passed",
        "dose-differs",
        "duplicate-same-day",
        "earlier-course-not-on-record",
        "extra-infusion",
        "holiday-estimated",
        "holiday-of-another-category",
        "infusion-in-future",
        "infusion-too-short",
        "interval-below-minimum",
        "needs-clinical-decision",
        "no-public-holidays-known",
        "observation-in-future",
        "observation-too-short",
        "only-other-medicines",
        "outside-opening-hours",
        "overridden",
        "partial-infusion",
        "prior-treatments-few",
        "public-holiday",
        "start-far-ahead",
        "start-in-past",
        "subdivision-matters",
        "test-late",
        "test-missed",
        "test-overdue",
        "too-many-courses",
        "two-infusions-one-day",
        "unrecorded",
        "window-missed",
        "within-tolerance",
        "zone-data-differs",
    }
)
"""The codes that an override may name, as the design lists them."""


class Missing(NamedTuple):
    """A test that a course asks for, and that is not on record although its kind is recorded."""

    code: str
    """`baseline-missing` or `window-missed`."""
    course: int
    day: date
    """The last day on which it could be done."""
    test: str
    """The id of the action."""
    assessed: bool
    """Whether it can be said: S31 and S32 take some away."""


# --- codes (S31) -----------------------------------------------------------------------------


def kinds_of(protocol: Protocol, code: str) -> set[str]:
    """Return the kinds of test that a code means: `cd4` or ids of actions. A code that is not known means none."""
    if code == "cd4":
        return {"cd4"}
    kinds = {action["id"] for action in protocol["actions"] if action["id"] == code and is_a_test(action)}
    codings = {(one["system"], one["code"]) for action in protocol["actions"] for one in action.get("codes", ())}
    meant = {coding for coding in codings if "|".join(coding) == code}
    of_bare_code = {coding for coding in codings if coding[1] == code}
    if len(of_bare_code) == 1:
        meant |= of_bare_code
    for action in protocol["actions"]:
        if any((one["system"], one["code"]) in meant for one in action.get("codes", ())):
            kinds.add(action["open_until"]["observation"] if "open_until" in action else action["id"])
    return kinds


def is_a_test(action: Mapping[str, Any]) -> bool:
    """Say whether the id of an action is the code of an observation."""
    return action["kind"] in {"series", "window"}


def unknown_codes(protocol: Protocol, observations: Sequence[Observation], tests: Sequence[str] | None) -> set[str]:
    """Return the codes of observations, and of tests said to be recorded, that mean nothing."""
    used = {str(one["code"]) for one in observations} | set(tests or ())
    return {code for code in used if not kinds_of(protocol, code)}


def unknown_overrides(overrides: Sequence[Override]) -> set[str]:
    """Return the codes of overrides that are no finding's code."""
    return {str(one["code"]) for one in overrides} - FINDING_CODES


def are_codes_unknown(
    protocol: Protocol,
    observations: Sequence[Observation],
    tests_recorded: Sequence[str] | None,
    overrides: Sequence[Override],
) -> bool:
    """Say whether the patient has a finding `code-not-known`, whatever it is about."""
    return bool(unknown_codes(protocol, observations, tests_recorded) or unknown_overrides(overrides))


# --- what is recorded at all (S32) -----------------------------------------------------------


def is_recorded(
    protocol: Protocol,
    action: Mapping[str, Any],
    observations: Sequence[Observation],
    tests_recorded: Sequence[str] | None,
) -> bool:
    """Say whether the history records this kind of test: as it says itself, else by what occurs in it.

    A test that applies to some patients alone is judged where the history names it or has a record of it.
    """
    named = any(action["id"] in kinds_of(protocol, code) for code in tests_recorded or ())
    occurs = any(action["id"] in kinds_of(protocol, code) for code in {one["code"] for one in observations})
    if "applies_to" in action:
        return named or occurs
    return occurs if tests_recorded is None else named


# --- tests that are missing (S21, S32, S42) --------------------------------------------------


def missing_tests(
    protocol: Protocol,
    courses: Sequence[Course],
    last_infusions: Mapping[int, date],
    as_of: date,
    *,
    observations: Sequence[Observation] = (),
    tests_recorded: Sequence[str] | None = None,
    tests_recorded_from: date | None = None,
    unreadable_observations: Sequence[int] = (),
) -> list[Missing]:
    """List the baselines and windows of the courses begun that are not on record.

    `last_infusions` holds, by course, the last infusion that later dates count from.
    """
    found = []
    kinds = {code: kinds_of(protocol, code) for code in {one["code"] for one in observations}}
    for action in protocol["actions"]:
        days = {one["date"] for one in observations if action["id"] in kinds[one["code"]]}
        on_record = sorted(day for day in days if day <= as_of)
        judged = is_recorded(protocol, action, observations, tests_recorded) and not unreadable_observations
        asked = [*missing_baselines(action, courses, on_record)]
        asked += missed_windows(action, courses, last_infusions, on_record, as_of)
        for code, number, last_day in asked:
            in_time = tests_recorded_from is None or last_day >= tests_recorded_from
            found.append(Missing(code, number, last_day, action["id"], assessed=judged and in_time))
    return found


def asks_for(action: Mapping[str, Any], course: Course) -> bool:
    """Say whether an action that is not asked for before every course is asked for before this one."""
    return action.get("per", "course") == "course" or course.number == 1


def missing_baselines(
    action: Mapping[str, Any], courses: Sequence[Course], on_record: Sequence[date]
) -> Iterator[tuple[str, int, date]]:
    """Go through the courses in time: one record serves one baseline, the first whose days it lies in (S42)."""
    left = list(on_record)
    for course in sorted(courses, key=lambda course: course.days[0]):
        if "baseline" in action and asks_for(action, course):
            eve = course.days[0] - ONE_DAY
            opens = baseline_opens(action["baseline"], courses, course)
            serving = [day for day in left if (opens is None or opens <= day) and day <= eve]
            if serving:
                left.remove(serving[0])
            else:
                yield "baseline-missing", course.number, eve


def baseline_opens(rule: Mapping[str, Any], courses: Sequence[Course], course: Course) -> date | None:
    """Return the first day of a baseline: by its window, else the day after the last infusion before the course."""
    if "within" in rule:
        return span_after(course.days[0], rule["within"], "later", -1)
    return day_after_the_last_infusion(courses, course)


def day_after_the_last_infusion(courses: Sequence[Course], course: Course) -> date | None:
    """Return the day after the last infusion before a course; before the first course any day will do."""
    before = before_it(courses, course)
    return None if before is None else before.anchors.last_infusion + ONE_DAY


def missed_windows(
    action: Mapping[str, Any],
    courses: Sequence[Course],
    last_infusions: Mapping[int, date],
    on_record: Sequence[date],
    as_of: date,
) -> Iterator[tuple[str, int, date]]:
    """Return the windows of courses begun that closed before `as_of` without a record (S42)."""
    if action["kind"] != "window" or "closes" not in action:
        return
    for course in courses:
        if asks_for(action, course):
            counted_from = Anchors(anchors(course).first_infusion, last_infusions[course.number])
            closes = offset_day(action["closes"], counted_from, "earlier")
            opens = day_after_the_last_infusion(courses, course)
            if "opens" in action:
                opens = offset_day(action["opens"], counted_from, "later")
            if as_of > closes and not any((opens is None or opens <= day) and day <= closes for day in on_record):
                yield "window-missed", course.number, closes
