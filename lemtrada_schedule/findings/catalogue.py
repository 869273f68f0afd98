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
    "A deadline lies before the day of asking",
    "{title}: the last day for it was {last_day}, before {as_of}",
    "check whether it was done; if not, a later start may be needed",
)

START_IN_PAST: Final = FindingKind(
    "start-in-past",
    "warning",
    "plan",
    "The plan starts before the day of asking",
    "the requested start {not_before} lies before {as_of}",
    "check the year of the requested start",
)

START_FAR_AHEAD: Final = FindingKind(
    "start-far-ahead",
    "warning",
    "plan",
    "The plan starts more than 12 months after the day of asking",
    "the requested start {not_before} lies more than 12 months after {as_of}",
    "check the year of the requested start",
)

DATA_LIMITED_BEYOND: Final = FindingKind(
    "data-limited-beyond",
    "warning",
    "audit",
    "More courses than there is much experience with",
    "data beyond {limit} courses are limited; this is course {course}",
    "weigh benefit and risk of a further course",
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
    "Public holidays differ by region, and no region was given",
    "public holidays of {country} differ by region and no subdivision is given; known: {subdivisions}",
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
    "An infusion day is a holiday of a category that the clinic does not observe",
    "course {course} has an infusion day on {day}, a holiday by other categories ({category}): {name}",
    "if the clinic is closed on it, add the category to `holiday_categories`, or the day to [closures]",
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
    "use the ISO 3166-1 code of two letters, such as US; planning refuses the clinic as it is",
)

SUBDIVISION_UNKNOWN: Final = FindingKind(
    "subdivision-unknown",
    "error",
    "plan",
    "The clinic's subdivision is not a known code",
    "{reason}",
    "use the code of the region within the country, such as MA; planning refuses the clinic as it is",
)

HOLIDAY_YEARS: Final = FindingKind(
    "holiday-years",
    "note",
    "plan",
    "The years for which public holidays are known",
    "public holidays of {country} are known for {first} to {last}",
    "planning refuses a plan that reaches another year; update the holidays package for later ones",
)

INTERVAL_BELOW_MINIMUM: Final = FindingKind(
    "interval-below-minimum",
    "error",
    "audit",
    "A course began before its minimum interval had passed",
    "course {course} began on {day}; its earliest day was {earliest}: {anchor}, {anchor_day}, + {interval}",
    "it counts all the same: the next interval runs from it; tell the prescriber",
)

ANCHOR_NOT_NAMED: Final = FindingKind(
    "anchor-not-named",
    "warning",
    "audit",
    "Course 2 began 12 months after the first, but not after the last infusion of course 1",
    "course {course} began on {day}: {interval} after the first infusion of the course before, not of its last, "
    "{earliest}; the label names no anchor",
    "plan from the last infusion; what was given stays as it is",
)

WITHIN_TOLERANCE: Final = FindingKind(
    "within-tolerance",
    "warning",
    "audit",
    "An early course lies within the tolerance that was asked for",
    "course {course} began on {day}, {early} before its earliest day {earliest}; the tolerance is {tolerance}",
    "the tolerance is yours, not the label's",
)

COURSE_NOT_CONSECUTIVE: Final = FindingKind(
    "course-not-consecutive",
    "warning",
    "audit",
    "The infusion days of a course did not follow one another",
    "course {course} was given with a gap before {day}",
    "check whether a day is missing from the record",
)

COURSE_INCOMPLETE: Final = FindingKind(
    "course-incomplete",
    "error",
    "audit",
    "A course has fewer infusion days than planned, and can no longer go on",
    "course {course} has {given} of {planned} infusion days, the last on {day}",
    "check the record; how to go on is the prescriber's decision",
)

COURSE_INTERRUPTED: Final = FindingKind(
    "course-interrupted",
    "error",
    "audit",
    "A course was not continued on the next day",
    "course {course} stopped on {day} after {given} of {planned} infusion days",
    "whether and when to resume is the prescriber's decision",
)

EXTRA_INFUSION: Final = FindingKind(
    "extra-infusion",
    "error",
    "audit",
    "An infusion beyond the planned days of a course",
    "the infusion on {day} is number {ordinal} of course {course}, which has {planned}",
    "check the course number and the date of the record",
)

COURSE_BOUNDARY_UNCLEAR: Final = FindingKind(
    "course-boundary-unclear",
    "warning",
    "audit",
    "It is unclear whether infusions belong to a new course or continue the one before",
    "the infusions from {day} on came {gap} days after a course of {given} of {planned} days",
    "give the course number in the record, or a decision on the course before",
)

COURSE_NUMBERS_CONTRADICT: Final = FindingKind(
    "course-numbers-contradict",
    "error",
    "audit",
    "Course numbers on record contradict the dates",
    "the number of course {course} contradicts the dates, on {day}: {against}; what follows is not computed",
    "correct the course number or the date in the record",
)

EARLIER_COURSE_NOT_ON_RECORD: Final = FindingKind(
    "earlier-course-not-on-record",
    "warning",
    "audit",
    "A course is on record, and one with a lower number is not",
    "{missing} not on record, and course {course} is, from {day}",
    "add the missing records, or correct the course number",
)

NEEDS_CLINICAL_DECISION: Final = FindingKind(
    "needs-clinical-decision",
    "warning",
    "audit",
    "How to go on is a clinician's decision",
    "course {course}: {given} of {planned} infusion days, the last on {last}; nothing further is computed",
    "give a decision: resume, treat-as-complete or new-course",
)

DUPLICATE_SAME_DAY: Final = FindingKind(
    "duplicate-same-day",
    "warning",
    "audit",
    "The same infusion stands in the record twice",
    "the record of {day} is the same as that in row {other}; it counts once",
    "remove one of the two",
)

TWO_INFUSIONS_ONE_DAY: Final = FindingKind(
    "two-infusions-one-day",
    "error",
    "audit",
    "Two different records of an infusion on one day",
    "the record of {day} differs from that in row {other}; they count as one day",
    "check which is right; two doses must not be given on one day",
)

PARTIAL_INFUSION: Final = FindingKind(
    "partial-infusion",
    "warning",
    "audit",
    "An infusion was not given in full",
    "the infusion on {day} was partial; it keeps its place in the course",
    "what to do about the rest is the prescriber's decision",
)

INFUSION_IN_FUTURE: Final = FindingKind(
    "infusion-in-future",
    "error",
    "audit",
    "A record is dated after the day of asking",
    "the record of {day} is dated in the future; it is not counted as given",
    "check its date and its year",
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
    "the observation on {day} took {minutes} minutes; the protocol says at least {least}",
    "check the times of the record",
)

DOSE_DIFFERS: Final = FindingKind(
    "dose-differs",
    "error",
    "audit",
    "A dose is not the protocol's",
    "the dose on {day} is not the {dose} mg of the protocol",
    "check the dose and its unit",
)

TOO_MANY_COURSES: Final = FindingKind(
    "too-many-courses",
    "error",
    "audit",
    "More courses than the label allows",
    "course {course} was given; the protocol allows {limit} in all",
    "tell the prescriber; no further course is planned",
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
    "the first infusion was given before the age of {years} years; the label speaks of adults",
    "check the birth date",
)

BIRTH_DATE_AFTER_INFUSION: Final = FindingKind(
    "birth-date-after-infusion",
    "error",
    "evaluate",
    "The birth date on record lies after an infusion",
    "the first infusion on record, {day}, lies before the patient's birth date; the age is not assessed",
    "check the birth date, and whether the infusions are this patient's",
)

CLINIC_CLOSED: Final = FindingKind(
    "clinic-closed",
    "warning",
    "audit",
    "An infusion is recorded on a day on which the clinic was closed",
    "the record of {day} lies on a closed day ({reason})",
    "check the date of the record, and the clinic's closures",
)

PUBLIC_HOLIDAY: Final = FindingKind(
    "public-holiday",
    "warning",
    "audit",
    "An infusion is recorded on a public holiday",
    "the record of {day} lies on a public holiday ({reason})",
    "check the date of the record, or list the day under [extra_open]",
)

OUTSIDE_OPENING_HOURS: Final = FindingKind(
    "outside-opening-hours",
    "warning",
    "evaluate",
    "A recorded time lies outside the clinic's opening hours",
    "a time of the record of {day} lies outside the opening hours",
    "check the times of the record",
)

BASELINE_MISSING: Final = FindingKind(
    "baseline-missing",
    "warning",
    "evaluate",
    "No baseline test is on record before a course",
    "{title}: no test is on record {opens} {last_day}, before course {course}",
    "record the test, or its date",
)

WINDOW_MISSED: Final = FindingKind(
    "window-missed",
    "warning",
    "evaluate",
    "A window closed, and nothing is on record in it",
    "{title}: nothing is on record {opens} {last_day}, for course {course}",
    "record that it was done, or its date",
)

TEST_OVERDUE: Final = FindingKind(
    "test-overdue",
    "warning",
    "evaluate",
    "A test that is due is not on record, and its day has passed",
    "{title}: the test due on {due} is not on record",
    "have it done, or record its date if it was",
)

TEST_MISSED: Final = FindingKind(
    "test-missed",
    "warning",
    "evaluate",
    "Tests were missed: none is on record, and the next one is due or done",
    "{title}: {counted} missed, due {when}{since}",
    "record the date if one was done; if not, see what is due next",
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
    "check its date and its year",
)

OVERRIDE_WITHOUT_TEST: Final = FindingKind(
    "override-without-test",
    "warning",
    "evaluate",
    "An override of a finding about a test does not name the test",
    "override {position}, of {code}, does not name a test; it accepts nothing",
    "name the test in the field `test` of the override, as the finding does",
)

CODE_NOT_KNOWN: Final = FindingKind(
    "code-not-known",
    "warning",
    "evaluate",
    "A code on record is not known",
    "{place}: the code is not known{hint_at}; until it is corrected, no observation ends a period",
    "correct the code: of a test, to cd4, the id of a series or window of the protocol, or a coding of one; of an "
    "override, to the code of a finding",
)

PRIOR_TREATMENTS_FEW: Final = FindingKind(
    "prior-treatments-few",
    "note",
    "evaluate",
    "Fewer medicines were tried before than the label generally asks for",
    "fewer than {medicines} multiple sclerosis medicines were tried before",
    "the label speaks of patients who had an inadequate response to others before",
)

UNRECORDED: Final = FindingKind(
    "unrecorded",
    "note",
    "plan",
    "A planned course lies in the past and nothing of it is on record",
    "course {course} was planned from {day}, and nothing of it is on record; it is planned anew",
    "record what was given, if anything was",
)

TENTATIVE_IN_PAST: Final = FindingKind(
    "tentative-in-past",
    "warning",
    "plan",
    "A course that waits for a decision lies in the past",
    "course {course} waits for a decision; it was scheduled from {day}, before {as_of}",
    "record what was given, or give the decision; the course is then placed again",
)

TENTATIVE_ON_CLOSED_DAY: Final = FindingKind(
    "tentative-on-closed-day",
    "warning",
    "plan",
    "A course that waits for a decision lies on a day that is closed now",
    "course {course} waits for a decision; it includes {day}, which is closed ({reason})",
    "give the decision; the course is then placed on open days",
)

CONFIRM_CORTICOSTEROID: Final = FindingKind(
    "confirm-corticosteroid",
    "note",
    "plan",
    "On a resumed day, it is open whether a corticosteroid is given",
    "course {course} is resumed on {day}; corticosteroid days are counted by infusions, and no gap is spoken of",
    "confirm with the prescriber",
)

ONLY_OTHER_MEDICINES: Final = FindingKind(
    "only-other-medicines",
    "note",
    "evaluate",
    "Only other medicines are on record for the patient, and no infusion",
    "no infusion is on record; rows of other medicines: {count}",
    "if one of them is LEMTRADA under a code that is not listed, name the code and read the file again",
)

OVERRIDDEN: Final = FindingKind(
    "overridden",
    "note",
    "evaluate",
    "A finding was accepted by someone",
    "{code} was accepted by {by} on {on}: {why}",
    "what was accepted stays on record",
)

CATALOGUE: Final[tuple[FindingKind, ...]] = (
    AGE_BELOW_ADULT,
    AGE_BELOW_MINIMUM,
    ANCHOR_NOT_NAMED,
    BASELINE_MISSING,
    BIRTH_DATE_AFTER_INFUSION,
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
