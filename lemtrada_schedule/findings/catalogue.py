"""The catalogue of findings: every kind with its code, severity, title, message and hint.

A finding is a value with a stable code, never an exception. Codes, severities and messages are defined here and
nowhere else; `docs/findings.md` is generated from this module.
"""

from typing import Final

from lemtrada_schedule.findings.finding import FindingKind

__all__ = ["CATALOGUE"]

DEADLINE_PASSED: Final = FindingKind(
    "deadline-passed",
    "warning",
    "plan",
    "A deadline passed before the date of the question",
    "{title}: the deadline was {last_day}, before {as_of}",
    "check whether it was done; if not, a later start may be needed",
)

START_IN_PAST: Final = FindingKind(
    "start-in-past",
    "warning",
    "plan",
    "The plan starts before the date of the question",
    "the requested start {not_before} is before {as_of}",
    "check the year of the requested start",
)

START_FAR_AHEAD: Final = FindingKind(
    "start-far-ahead",
    "warning",
    "plan",
    "The plan starts more than 12 months after the date of the question",
    "the requested start {not_before} is more than 12 months after {as_of}",
    "check the year of the requested start",
)

DATA_LIMITED_BEYOND: Final = FindingKind(
    "data-limited-beyond",
    "warning",
    "audit",
    "Data on this many courses are limited",
    "data beyond {limit} courses are limited; this is course {course}",
    "weigh the benefits and risks of a further course",
)

ZONE_DATA_DIFFERS: Final = FindingKind(
    "zone-data-differs",
    "warning",
    "plan",
    "Two versions of the time zone data disagree",
    "the clock times of {time_zone} differ between {one} and {other}",
    "update the older zone data, then plan again; wall times stay, instants may move",
)

SUBDIVISION_MATTERS: Final = FindingKind(
    "subdivision-matters",
    "warning",
    "plan",
    "Public holidays differ by region, but no region was given",
    "public holidays in {country} differ by region, but no subdivision is given; known: {subdivisions}",
    "add `subdivision` to the clinic file",
)

HOLIDAY_ESTIMATED: Final = FindingKind(
    "holiday-estimated",
    "note",
    "plan",
    "The date of a public holiday is an estimate",
    "the date of the public holiday {name} is an estimate",
    "check it when the date is announced, then plan again",
)

HOLIDAY_OF_ANOTHER_CATEGORY: Final = FindingKind(
    "holiday-of-another-category",
    "note",
    "plan",
    "An infusion day is a holiday in a category that the clinic does not observe",
    "course {course} has an infusion day on {day}, a holiday in another category ({category}): {name}",
    "if the clinic is closed that day, add the category to `holiday_categories`, or the day to [closures]",
)

NO_PUBLIC_HOLIDAYS_KNOWN: Final = FindingKind(
    "no-public-holidays-known",
    "note",
    "plan",
    "No public holidays are known for the clinic",
    "no public holidays are known for {where}; only the clinic's own closures were used",
    "add `country` and `subdivision`, or list the holidays under [closures]",
)

COUNTRY_UNKNOWN: Final = FindingKind(
    "country-unknown",
    "error",
    "plan",
    "The clinic's country is not a known code",
    "{reason}",
    "use the two-letter ISO 3166-1 code, such as US; planning refuses an unknown one",
)

SUBDIVISION_UNKNOWN: Final = FindingKind(
    "subdivision-unknown",
    "error",
    "plan",
    "The clinic's subdivision is not a known code",
    "{reason}",
    "use the code of the region within the country, such as MA; planning refuses an unknown one",
)

HOLIDAY_YEARS: Final = FindingKind(
    "holiday-years",
    "note",
    "plan",
    "The years for which public holidays are known",
    "public holidays in {country} are known for {first} to {last}",
    "planning refuses a plan that reaches any other year; update the holidays package for later years",
)

INTERVAL_BELOW_MINIMUM: Final = FindingKind(
    "interval-below-minimum",
    "error",
    "audit",
    "A course began before its minimum interval had passed",
    "course {course} began on {day}; its earliest day was {earliest}: {anchor}, {anchor_day}, + {interval}",
    "it still counts, and the next interval starts from it; inform the prescriber",
)

ANCHOR_NOT_NAMED: Final = FindingKind(
    "anchor-not-named",
    "warning",
    "audit",
    "Course 2 began 12 months after the first, but not after the last infusion of course 1",
    "course {course} began on {day}: at least {interval} after the first infusion of the previous course, but before "
    "{earliest}, {interval} after its last; the label does not say which one counts",
    "count from the last infusion when planning",
)

WITHIN_TOLERANCE: Final = FindingKind(
    "within-tolerance",
    "warning",
    "audit",
    "A course began early, but within the requested tolerance",
    "course {course} began on {day}, {early} before its earliest day {earliest}; the tolerance is {tolerance}",
    "the label allows no tolerance; this one is your own setting",
)

COURSE_NOT_CONSECUTIVE: Final = FindingKind(
    "course-not-consecutive",
    "warning",
    "audit",
    "The infusion days of a course were not consecutive",
    "course {course} has a gap before {day}",
    "check whether a day is missing from the record",
)

COURSE_INCOMPLETE: Final = FindingKind(
    "course-incomplete",
    "error",
    "audit",
    "A course has fewer infusion days than planned and can no longer continue",
    "course {course} has {given} of {planned} infusion days, the last on {day}",
    "check the record; the prescriber decides how to continue",
)

COURSE_INTERRUPTED: Final = FindingKind(
    "course-interrupted",
    "error",
    "audit",
    "A course was not continued on the next day",
    "course {course} stopped on {day} after {given} of {planned} infusion days",
    "the prescriber decides whether and when to resume",
)

EXTRA_INFUSION: Final = FindingKind(
    "extra-infusion",
    "error",
    "audit",
    "An infusion beyond the planned days of a course",
    "the infusion on {day} is number {ordinal} of course {course}, which has {planned} infusion days",
    "check the course number and the date of the record",
)

COURSE_BOUNDARY_UNCLEAR: Final = FindingKind(
    "course-boundary-unclear",
    "warning",
    "audit",
    "It is unclear whether infusions belong to a new course or continue the previous one",
    "the infusions from {day} on began {gap} days after a course with {given} of {planned} infusion days",
    "add the course number to the record; `next` and `replan` also take a decision on the previous course",
)

COURSE_NUMBERS_CONTRADICT: Final = FindingKind(
    "course-numbers-contradict",
    "error",
    "audit",
    "Course numbers on record contradict the dates",
    "the number of course {course} contradicts the dates on {day}: {against}; later dates depend on the correction",
    "correct the course number or the date in the record",
)

EARLIER_COURSE_NOT_ON_RECORD: Final = FindingKind(
    "earlier-course-not-on-record",
    "warning",
    "audit",
    "A course is on record, but an earlier one is not",
    "{missing} not on record, but course {course} is, from {day}",
    "add the missing records, or correct the course number",
)

NEEDS_CLINICAL_DECISION: Final = FindingKind(
    "needs-clinical-decision",
    "warning",
    "audit",
    "A clinician must decide how to continue",
    "course {course}: {given} of {planned} infusion days, the last on {last}; later dates depend on a decision",
    "pass a decision to `next` or `replan`: resume, treat-as-complete or new-course",
)

DUPLICATE_SAME_DAY: Final = FindingKind(
    "duplicate-same-day",
    "warning",
    "audit",
    "The same infusion is recorded twice",
    "the record of {day} is the same as row {other}; it counts once",
    "remove one of them",
)

TWO_INFUSIONS_ONE_DAY: Final = FindingKind(
    "two-infusions-one-day",
    "error",
    "audit",
    "Two different records of an infusion on one day",
    "the record of {day} {differs}; they count as one day",
    "check which one is right; two doses must not be given on one day",
)

PARTIAL_INFUSION: Final = FindingKind(
    "partial-infusion",
    "warning",
    "audit",
    "An infusion was not given in full",
    "the infusion on {day} was given in part; it still counts as a day of the course",
    "the prescriber decides about the rest of the dose",
)

INFUSION_IN_FUTURE: Final = FindingKind(
    "infusion-in-future",
    "error",
    "audit",
    "A record is dated after the date of the question",
    "the record of {day} is dated in the future; it does not count as given",
    "check the date and its year",
)

INFUSION_TOO_SHORT: Final = FindingKind(
    "infusion-too-short",
    "error",
    "audit",
    "An infusion was shorter than the protocol says",
    "the infusion on {day} took {minutes} minutes; the protocol says {least}",
    "check the times of the record",
)

OBSERVATION_TOO_SHORT: Final = FindingKind(
    "observation-too-short",
    "error",
    "audit",
    "The observation after an infusion was shorter than the protocol says",
    "the observation on {day} lasted {minutes} minutes; the protocol says at least {least}",
    "check the times of the record",
)

DOSE_DIFFERS: Final = FindingKind(
    "dose-differs",
    "error",
    "audit",
    "A dose differs from the protocol",
    "the dose on {day} is not the {dose} mg of the protocol",
    "check the dose and its unit",
)

TOO_MANY_COURSES: Final = FindingKind(
    "too-many-courses",
    "error",
    "audit",
    "More courses than the label allows",
    "course {course} was given; the protocol allows at most {limit}",
    "inform the prescriber; no further course is planned",
)

AGE_BELOW_MINIMUM: Final = FindingKind(
    "age-below-minimum",
    "error",
    "evaluate",
    "The patient was younger than the label allows",
    "the first infusion was given before the age of {years} years",
    "check the birth date",
)

AGE_BELOW_ADULT: Final = FindingKind(
    "age-below-adult",
    "warning",
    "evaluate",
    "The patient was not yet an adult",
    "the first infusion was given before the age of {years} years; the label is for adults",
    "check the birth date",
)

BIRTH_DATE_AFTER_INFUSION: Final = FindingKind(
    "birth-date-after-infusion",
    "error",
    "evaluate",
    "The birth date on record is after an infusion",
    "the first infusion on record, {day}, is before the birth date; the age was not checked",
    "check the birth date, and whether these are this patient's infusions",
)

CLINIC_CLOSED: Final = FindingKind(
    "clinic-closed",
    "warning",
    "audit",
    "An infusion is recorded on a day when the clinic was closed",
    "the record of {day} is on a closed day ({reason})",
    "check the date of the record, and the clinic's closures",
)

PUBLIC_HOLIDAY: Final = FindingKind(
    "public-holiday",
    "warning",
    "audit",
    "An infusion is recorded on a public holiday",
    "the record of {day} is on a public holiday ({reason})",
    "check the date of the record, or list the day under [extra_open]",
)

OUTSIDE_OPENING_HOURS: Final = FindingKind(
    "outside-opening-hours",
    "warning",
    "evaluate",
    "A recorded time is outside the clinic's opening hours",
    "a time in the record of {day} is outside the opening hours",
    "check the times of the record",
)

BASELINE_MISSING: Final = FindingKind(
    "baseline-missing",
    "warning",
    "evaluate",
    "No baseline test is on record before a course",
    "{title}: no test is on record {opens} {last_day}, before course {course}",
    "if the test was done, record its date",
)

WINDOW_MISSED: Final = FindingKind(
    "window-missed",
    "warning",
    "evaluate",
    "A window closed with nothing on record in it",
    "{title}: nothing is on record {opens} {last_day}, for course {course}",
    "if it was done, record its date",
)

TEST_OVERDUE: Final = FindingKind(
    "test-overdue",
    "warning",
    "evaluate",
    "A test is overdue: its due day has passed, and it is not on record",
    "{title}: the test due on {due} is not on record",
    "have the test done; if it was done, record its date",
)

TEST_MISSED: Final = FindingKind(
    "test-missed",
    "warning",
    "evaluate",
    "Tests were missed: they are not on record, and the next one is due or done",
    "{title}: {counted} missed, due {when}{since}",
    "if any of them was done, record its date; if not, see what is due next",
    or_severity="note",
)

TEST_LATE: Final = FindingKind(
    "test-late",
    "note",
    "evaluate",
    "Tests were done after their due dates",
    "{title}: {counted} done up to {most} late, due {when}",
    "check the dates of the records",
)

OBSERVATION_IN_FUTURE: Final = FindingKind(
    "observation-in-future",
    "warning",
    "evaluate",
    "A test is dated after the date of the question",
    "{title}: {counted} dated in the future, {when}; not counted",
    "check the date and its year",
)

OVERRIDE_WITHOUT_TEST: Final = FindingKind(
    "override-without-test",
    "warning",
    "evaluate",
    "An override of a finding about a test does not name the test",
    "override {position} ({code}) does not name a test, so it accepts nothing",
    "name the test in the override's field `test`, as the finding does",
)

CODE_NOT_KNOWN: Final = FindingKind(
    "code-not-known",
    "warning",
    "evaluate",
    "A code on record is not recognised",
    "{place}: unrecognised code{hint_at}; until it is corrected, no observation ends a period",
    "correct the code: a test needs cd4, the id of a series or window in the protocol, or one of its codings; an "
    "override needs the code of a finding",
)

PRIOR_TREATMENTS_FEW: Final = FindingKind(
    "prior-treatments-few",
    "note",
    "evaluate",
    "Fewer medicines were tried before than the label generally asks for",
    "fewer than {medicines} multiple sclerosis medicines were tried before",
    "the label generally reserves treatment for patients with an inadequate response to other medicines",
)

UNRECORDED: Final = FindingKind(
    "unrecorded",
    "note",
    "plan",
    "A planned course, or a day of a resumed course, is in the past and not on record",
    "course {course} was planned {how} {day}, but {what} is on record; it is rescheduled",
    "if any of it was given, record it",
)

TENTATIVE_IN_PAST: Final = FindingKind(
    "tentative-in-past",
    "warning",
    "plan",
    "A course that needs a decision is in the past",
    "course {course} needs a decision; it was scheduled from {day}, before {as_of}",
    "record what was given, or add the decision; the course is then rescheduled",
)

TENTATIVE_ON_CLOSED_DAY: Final = FindingKind(
    "tentative-on-closed-day",
    "warning",
    "plan",
    "A course that needs a decision is on a day that is now closed",
    "course {course} needs a decision; it includes {day}, which is closed ({reason})",
    "add the decision; the course is then moved to open days",
)

CHAIRS_OVERBOOKED: Final = FindingKind(
    "chairs-overbooked",
    "warning",
    "plan",
    "More patients have an infusion on a day than the clinic has chairs",
    "course {course} has an infusion on {day}, when other plans take every chair ({chairs})",
    "move one of the plans, or add a chair; a scheduled course is never moved to free a chair",
)

CONFIRM_CORTICOSTEROID: Final = FindingKind(
    "confirm-corticosteroid",
    "note",
    "plan",
    "A corticosteroid on a resumed day needs confirmation",
    "course {course} is resumed on {day}; corticosteroid days are counted by infusion, and the label mentions no gap",
    "confirm with the prescriber",
)

ONLY_OTHER_MEDICINES: Final = FindingKind(
    "only-other-medicines",
    "note",
    "evaluate",
    "Only other medicines are on record for the patient",
    "no infusion is on record; rows of other medicines: {count}",
    "if one of them is LEMTRADA under an unlisted code, add the code and read the file again",
)

OVERRIDDEN: Final = FindingKind(
    "overridden",
    "note",
    "evaluate",
    "A finding was accepted by someone",
    "{code} was accepted by {by} on {on}: {why}",
    "the accepted finding stays on record",
)

CATALOGUE: Final[tuple[FindingKind, ...]] = (
    AGE_BELOW_ADULT,
    AGE_BELOW_MINIMUM,
    ANCHOR_NOT_NAMED,
    BASELINE_MISSING,
    BIRTH_DATE_AFTER_INFUSION,
    CHAIRS_OVERBOOKED,
    CLINIC_CLOSED,
    CODE_NOT_KNOWN,
    CONFIRM_CORTICOSTEROID,
    COUNTRY_UNKNOWN,
    COURSE_BOUNDARY_UNCLEAR,
    COURSE_INCOMPLETE,
    COURSE_INTERRUPTED,
    COURSE_NOT_CONSECUTIVE,
    COURSE_NUMBERS_CONTRADICT,
    DATA_LIMITED_BEYOND,
    DEADLINE_PASSED,
    DOSE_DIFFERS,
    DUPLICATE_SAME_DAY,
    EARLIER_COURSE_NOT_ON_RECORD,
    EXTRA_INFUSION,
    HOLIDAY_ESTIMATED,
    HOLIDAY_OF_ANOTHER_CATEGORY,
    HOLIDAY_YEARS,
    INFUSION_IN_FUTURE,
    INFUSION_TOO_SHORT,
    INTERVAL_BELOW_MINIMUM,
    NEEDS_CLINICAL_DECISION,
    NO_PUBLIC_HOLIDAYS_KNOWN,
    OBSERVATION_IN_FUTURE,
    OBSERVATION_TOO_SHORT,
    ONLY_OTHER_MEDICINES,
    OUTSIDE_OPENING_HOURS,
    OVERRIDDEN,
    OVERRIDE_WITHOUT_TEST,
    PARTIAL_INFUSION,
    PRIOR_TREATMENTS_FEW,
    PUBLIC_HOLIDAY,
    START_FAR_AHEAD,
    START_IN_PAST,
    SUBDIVISION_MATTERS,
    SUBDIVISION_UNKNOWN,
    TENTATIVE_IN_PAST,
    TENTATIVE_ON_CLOSED_DAY,
    TEST_LATE,
    TEST_MISSED,
    TEST_OVERDUE,
    TOO_MANY_COURSES,
    TWO_INFUSIONS_ONE_DAY,
    UNRECORDED,
    WINDOW_MISSED,
    WITHIN_TOLERANCE,
    ZONE_DATA_DIFFERS,
)
"""Every kind of finding, sorted by code."""
