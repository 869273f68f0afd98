"""Every code of the catalogue: a case in which it is found, with its place, and the nearest one in which it is not.

Unless a comment says otherwise, course 1 was given on Monday 3 to Friday 7 March 2025 (rows 1 to 5), and the
protocol is that of the US.
"""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from lemtrada_schedule import (
    Bookings,
    Clinic,
    Evaluation,
    Finding,
    NotAssessed,
    Plan,
    Protocol,
    check_clinic,
    evaluate,
    plan_treatment,
    replan,
)
from lemtrada_schedule.findings import catalogue
from lemtrada_schedule.findings.catalogue import CATALOGUE
from lemtrada_schedule.findings.finding import FindingKind
from lemtrada_schedule.records.history import History, Observation, RecordedOverride
from tests.support.clinics import MON_TO_FRI, WEEK, clinic_open
from tests.support.for_each import each
from tests.support.histories import (
    EU,
    EVERY_DAY,
    US,
    WEEKDAYS_ONLY,
    closed_on,
    codes,
    day,
    decision,
    history,
    on,
    run,
    seen,
    told,
)

DOCS: Final = Path(__file__).parents[3] / "docs" / "findings.md"
COURSE_1: Final = run("2025-03-03", 5)
COURSE_2: Final = run("2026-03-09", 3)
IN_FULL: Final = {"started": "09:00", "ended": "13:00", "observed_until": "15:00", "dose_mg": 12}
MUNICH: Final = clinic_open(MON_TO_FRI, country="DE", subdivision="BY", time_zone="Europe/Berlin")
BOSTON: Final = clinic_open(MON_TO_FRI, country="US", subdivision="MA")

Found = Sequence[Finding]


def judged(given: History, as_of: str, protocol: Protocol = US, **asked: Any) -> Callable[[], Found]:
    return lambda: evaluate(given, protocol, as_of=day(as_of), **asked).findings


def of_plan(
    first_day: str, *, clinic: Clinic = EVERY_DAY, protocol: Protocol = US, **asked: Any
) -> Callable[[], Found]:
    fields = {**asked, **({"as_of": day(asked["as_of"])} if "as_of" in asked else {})}
    return lambda: plan_treatment(protocol, clinic, not_before=day(first_day), **fields).findings


def of_clinic(**place: str) -> Callable[[], Found]:
    return lambda: check_clinic(clinic_open(MON_TO_FRI, **place))


def of_replan(given: History, as_of: str, clinic: Clinic = EVERY_DAY, **asked: Any) -> Callable[[], Found]:
    """Replan course 1 on Monday 11 to Friday 15 January 2027."""
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"))
    return lambda: replan(plan, US, clinic, history=given, as_of=day(as_of), **asked).plan.findings


def read_back(offset: str) -> Callable[[], Found]:
    """Write a plan for January in New York, replace its winter offset, and read it."""
    written = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11")).model_dump_json()
    return lambda: Plan.model_validate_json(written.replace("-05:00", offset)).findings


class Case(NamedTuple):
    """Where a code is found, and a case without it."""

    fires: Callable[[], Found]
    severity: str
    course: int | None
    day: str | None
    row: int | None
    silent: Callable[[], Found]


def short_course(as_of: str) -> Callable[[], Found]:
    """Three of five days, the last on 5 March: interrupted from the 7th, partial from the 21st."""
    return judged(history(run("2025-03-03", 3)), as_of)


def second_course(began: str, **asked: Any) -> Callable[[], Found]:
    """Course 2: first infusion + 12 months = 3 March 2026, last + 12 months = 7 March 2026."""
    return judged(history(COURSE_1, run(began, 3)), "2026-06-01", **asked)


def with_times(**times: Any) -> Callable[[], Found]:
    """Course 1 in full, but for its second day."""
    rows = [{**row, **IN_FULL} for row in COURSE_1]
    rows[1] |= times
    return judged(history(rows), "2025-06-01", clinic=BOSTON)


def with_baselines(blood_count: str) -> Callable[[], Found]:
    """Return what is found where all tests were done on 15 February, but for the blood count."""
    others = ("creatinine", "urinalysis", "liver-tests", "thyroid", "skin-examination")
    done = [*(seen(test, "2025-02-15") for test in others), seen("blood-count", blood_count)]
    return judged(history(COURSE_1, observations=done), "2025-06-01")


def blood_counts(*done: str, as_of: str = "2025-05-20") -> Callable[[], Found]:
    """Return what is found where blood counts alone are recorded: those before course 1, and on some days after it."""
    counts = [seen("blood-count", one) for one in ("2025-02-15", *done)]
    return judged(history(COURSE_1, observations=counts), as_of)


def overridden_without(*missing: str) -> Callable[[], Found]:
    """Return what is found where an override of missed blood counts lacks some of its fields."""
    override = {"code": "test-missed", "test": "blood-count", **OVERRIDE}
    kept = {name: value for name, value in override.items() if name not in missing}
    return judged(history(COURSE_1, overrides=[kept]), "2025-06-01")


def courses(*starts: str) -> list[dict[str, Any]]:
    return [row for start in starts for row in run(start, 3)]


# Five courses a year and a week apart: rows 1 to 5, then 6, 9, 12, 15.
YEARS: Final = ("2021-03-08", "2022-03-14", "2023-03-20", "2024-03-25")
OVERRIDE: Final = {"by": "Dr A", "why": "travel", "on": "2026-03-01"}


def replanned_with_another(chairs: int) -> Callable[[], Found]:
    """Plan two patients from 11 January 2027 without regard to each other, and plan one of them again."""
    clinic = clinic_open(WEEK, chairs=chairs)
    plans = [plan_treatment(US, clinic, not_before=day("2027-01-11"), courses=1, plan_id=name) for name in "pq"]
    bookings = Bookings.of(plans, clinic=clinic, as_of=day("2027-01-04"))
    as_of = day("2027-01-04")
    return lambda: replan(plans[0], US, clinic, history=history(), as_of=as_of, bookings=bookings).plan.findings


CASES: Final[dict[str, Case]] = {
    # 17 on 3 March 2025, 18 on 3 March 2026; 18 on the day.
    "age-below-adult": Case(
        judged(history(COURSE_1, birth_date="2008-03-03"), "2025-06-01"), "warning", 1, "2025-03-03", 1,
        judged(history(COURSE_1, birth_date="2007-03-03"), "2025-06-01"),
    ),
    # 17 on 4 March 2025, a day late; 17 on the day.
    "age-below-minimum": Case(
        judged(history(COURSE_1, birth_date="2008-03-04"), "2025-06-01"), "error", 1, "2025-03-03", 1,
        judged(history(COURSE_1, birth_date="2008-03-03"), "2025-06-01"),
    ),
    # Born on the day after the first infusion; on the day itself the patient is too young, but born.
    "birth-date-after-infusion": Case(
        judged(history(COURSE_1, birth_date="2025-03-04"), "2025-06-01"), "error", 1, "2025-03-03", 1,
        judged(history(COURSE_1, birth_date="2025-03-03"), "2025-06-01"),
    ),
    "anchor-not-named": Case(
        second_course("2026-03-06"), "warning", 2, "2026-03-06", 6, second_course("2026-03-07")
    ),
    # One chair, and two plans from 11 January 2027; with two chairs both have one.
    "chairs-overbooked": Case(
        replanned_with_another(chairs=1), "warning", 1, "2027-01-11", None, replanned_with_another(chairs=2)
    ),
    # The window is 1 February to 2 March; its last day is the place.
    "baseline-missing": Case(
        with_baselines("2025-01-31"), "warning", 1, "2025-03-02", None, with_baselines("2025-02-01")
    ),
    # Thursday 6 to Monday 10 March: row 3 is a Saturday. Open on Saturdays and Sundays, but booked out.
    "clinic-closed": Case(
        judged(history(run("2025-03-06", 5)), "2025-06-01", clinic=WEEKDAYS_ONLY), "warning", 1, "2025-03-08", 3,
        judged(
            history(run("2025-03-06", 5)), "2025-06-01",
            clinic=clinic_open(WEEK, fully_booked={"2025-03-08": "no chair"}),
        ),
    ),
    # Three days given, resumed on 20 January; in the silent case the course is left off.
    "confirm-corticosteroid": Case(
        of_replan(history(run("2027-01-11", 3)), "2027-01-20", decisions=[decision(1, "resume")]),
        "note", 1, "2027-01-20", None,
        of_replan(history(run("2027-01-11", 3)), "2027-01-20", decisions=[decision(1, "treat-as-complete")]),
    ),
    # 7 March to 23 March are 16 days, to 22 March 15.
    "course-boundary-unclear": Case(
        judged(history(run("2025-03-04", 4), run("2025-03-23", 3)), "2025-06-01"), "warning", 2, "2025-03-23", 5,
        judged(history(run("2025-03-04", 4), run("2025-03-22", 3)), "2025-06-01"),
    ),
    # The code of a blood count with a blank is none; with its hyphen it is one.
    "code-not-known": Case(
        judged(history(COURSE_1, observations=[seen("bloodcount", "2025-02-15")]), "2025-06-01"),
        "warning", None, None, None,
        judged(history(COURSE_1, observations=[seen("blood-count", "2025-02-15")]), "2025-06-01"),
    ),
    # 7 to 22 March are 15 days, to 23 March 16.
    "course-numbers-contradict": Case(
        judged(history(run("2025-03-03", 5, course=1), run("2025-03-22", 3, course=2)), "2025-06-01"),
        "error", 2, "2025-03-22", 6,
        judged(history(run("2025-03-03", 5, course=1), run("2025-03-23", 3, course=2)), "2025-06-01"),
    ),
    "earlier-course-not-on-record": Case(
        judged(history(COURSE_1, run("2026-03-09", 3, course=3)), "2026-06-01"), "warning", 3, "2026-03-09", 6,
        judged(history(COURSE_1, run("2026-03-09", 3, course=2)), "2026-06-01"),
    ),
    "course-incomplete": Case(
        short_course("2025-03-21"), "error", 1, "2025-03-05", 3, short_course("2025-03-20")
    ),
    "course-interrupted": Case(
        short_course("2025-03-07"), "error", 1, "2025-03-05", 3, short_course("2025-03-06")
    ),
    "course-not-consecutive": Case(
        judged(history(on("2025-03-03 2025-03-04 2025-03-06 2025-03-07 2025-03-08")), "2025-06-01"),
        "warning", 1, "2025-03-06", 3,
        judged(history(COURSE_1), "2025-06-01"),
    ),
    "data-limited-beyond": Case(
        judged(history(run("2020-03-02", 5), courses(*YEARS[:3])), "2024-01-01"), "warning", 4, "2023-03-20", 12,
        judged(history(run("2020-03-02", 5), courses(*YEARS[:2])), "2024-01-01"),
    ),
    # 11 January 2027 - 42 days = 30 November 2026: 11 days to 31 December, 31 more to 30 November.
    "deadline-passed": Case(
        of_plan("2027-01-11", as_of="2026-12-01"), "warning", 1, "2026-11-30", None,
        of_plan("2027-01-11", as_of="2026-11-30"),
    ),
    "dose-differs": Case(with_times(dose_mg=10), "error", 1, "2025-03-04", 2, with_times(dose_mg="12.0")),
    "duplicate-same-day": Case(
        judged(history(COURSE_1, on("2025-03-05")), "2025-06-01"), "warning", 1, "2025-03-05", 6,
        judged(history(COURSE_1, on("2025-03-05", status="not-done")), "2025-06-01"),
    ),
    "extra-infusion": Case(
        judged(history(run("2025-03-03", 6)), "2025-06-01"), "error", 1, "2025-03-08", 6,
        judged(history(COURSE_1), "2025-06-01"),
    ),
    "country-unknown": Case(
        of_clinic(country="USA"), "error", None, None, None, of_clinic(country="US", subdivision="MA")
    ),
    "subdivision-unknown": Case(
        of_clinic(country="US", subdivision="Massachusetts"), "error", None, None, None,
        of_clinic(country="US", subdivision="MA"),
    ),
    "holiday-years": Case(
        of_clinic(country="US", subdivision="MA"), "note", None, None, None, of_clinic(country="USA")
    ),
    # The end of Ramadan: an estimate, on about 9 to 11 March 2027; the day is looked at on its own below.
    "holiday-estimated": Case(
        of_plan("2027-03-08", clinic=clinic_open(WEEK, country="AE", time_zone="Asia/Dubai")), "note", 1, "", None,
        of_plan("2027-01-18", clinic=clinic_open(WEEK, country="AE", time_zone="Asia/Dubai"), courses=1),
    ),
    # 15 August 2028, a Tuesday: Assumption Day, by the Catholic category of Bavaria; Berlin does not have it.
    "holiday-of-another-category": Case(
        of_plan("2028-08-14", clinic=MUNICH, protocol=EU, courses=1), "note", 1, "2028-08-15", None,
        of_plan("2028-08-14", clinic=MUNICH.model_copy(update={"subdivision": "BE"}), protocol=EU, courses=1),
    ),
    "infusion-in-future": Case(
        judged(history(COURSE_1), "2025-03-06"), "error", None, "2025-03-07", 5, judged(history(COURSE_1), "2025-03-07")
    ),
    # 239 of 240 minutes.
    "infusion-too-short": Case(
        with_times(ended="12:59"), "error", 1, "2025-03-04", 2, with_times(started="08:30", ended="12:30")
    ),
    "interval-below-minimum": Case(
        second_course("2026-03-02"), "error", 2, "2026-03-02", 6, second_course("2026-03-03")
    ),
    "needs-clinical-decision": Case(
        short_course("2025-03-07"), "warning", 1, "2025-03-05", 3, short_course("2025-03-06")
    ),
    "no-public-holidays-known": Case(
        of_plan("2027-01-11"), "note", None, None, None, of_plan("2027-01-11", clinic=BOSTON)
    ),
    # 119 of 120 minutes.
    # Asked on 20 May 2025: a record of the 21st does not count yet, one of the 20th does.
    "observation-in-future": Case(
        blood_counts("2025-05-21"), "warning", None, "2025-05-21", None, blood_counts("2025-05-20")
    ),
    "observation-too-short": Case(
        with_times(observed_until="14:59"), "error", 1, "2025-03-04", 2, with_times(observed_until="15:01")
    ),
    # Open 08:00 to 17:00, both included.
    "outside-opening-hours": Case(
        with_times(observed_until="17:01"), "warning", 1, "2025-03-04", 2,
        with_times(started="08:00", observed_until="17:00"),
    ),
    # The note stands where the finding stands.
    # Two rows of other medicines; in the silent case there is an infusion beside them.
    "only-other-medicines": Case(
        judged(History(other_rows=2), "2025-06-01"), "note", None, None, None,
        judged(history(run("2025-03-03", 1), other_rows=2), "2025-06-01"),
    ),
    "overridden": Case(
        judged(
            history(COURSE_1, run("2026-03-02", 3), overrides=[{"code": "interval-below-minimum", **OVERRIDE}]),
            "2026-06-01",
        ),
        "note", 2, "2026-03-02", 6,
        judged(
            history(COURSE_1, run("2026-03-02", 3), overrides=[{"code": "anchor-not-named", **OVERRIDE}]), "2026-06-01"
        ),
    ),
    "override-without-test": Case(
        overridden_without("test"), "warning", None, None, None, overridden_without()
    ),
    "partial-infusion": Case(
        judged(history(run("2025-03-03", 4), on("2025-03-07", status="partial")), "2025-06-01"),
        "warning", 1, "2025-03-07", 5,
        judged(history(COURSE_1, on("2025-03-08", status="not-done")), "2025-06-01"),
    ),
    "prior-treatments-few": Case(
        judged(history(COURSE_1, prior_medicines=1), "2025-06-01"), "note", None, None, None,
        judged(history(COURSE_1, prior_medicines=2), "2025-06-01"),
    ),
    # Monday 26 May 2025 is Memorial Day; the silent case began a week later.
    "public-holiday": Case(
        judged(history(run("2025-05-26", 5)), "2025-07-01", clinic=BOSTON), "warning", 1, "2025-05-26", 1,
        judged(history(run("2025-06-02", 5)), "2025-07-01", clinic=BOSTON),
    ),
    # 12 months after 10 January 2026 is 10 January 2027, the day before.
    "start-far-ahead": Case(
        of_plan("2027-01-11", as_of="2026-01-10"), "warning", 1, "2027-01-11", None,
        of_plan("2027-01-11", as_of="2026-01-11"),
    ),
    "start-in-past": Case(
        of_plan("2027-01-11", as_of="2027-01-12"), "warning", 1, "2027-01-11", None,
        of_plan("2027-01-11", as_of="2027-01-11"),
    ),
    "subdivision-matters": Case(
        of_plan("2027-01-11", clinic=clinic_open(MON_TO_FRI, country="US")), "warning", None, None, None,
        of_plan("2027-01-11", clinic=BOSTON),
    ),
    # Two of five days given; course 2 was scheduled from 15 January 2028. On that day it is not past yet.
    "tentative-in-past": Case(
        of_replan(history(run("2027-01-11", 2)), "2028-01-16"), "warning", 2, "2028-01-15", None,
        of_replan(history(run("2027-01-11", 2)), "2028-01-15"),
    ),
    # Closed on 16 January 2028 since; with all five days on record, the course moves instead.
    "tentative-on-closed-day": Case(
        of_replan(history(run("2027-01-11", 2)), "2027-01-20", clinic=closed_on(EVERY_DAY, "2028-01-16")),
        "warning", 2, "2028-01-16", None,
        of_replan(history(run("2027-01-11", 5)), "2027-01-20", clinic=closed_on(EVERY_DAY, "2028-01-16")),
    ),
    "too-many-courses": Case(
        judged(history(run("2020-03-02", 5), courses(*YEARS)), "2024-06-01", EU), "error", 5, "2024-03-25", 15,
        judged(history(run("2020-03-02", 5), courses(*YEARS[:3])), "2024-06-01", EU),
    ),
    # Monthly after 7 March 2025: due on 7 April and 7 May. Done a day late; on the day.
    "test-late": Case(
        blood_counts("2025-04-07", "2025-05-08"), "note", 1, "2025-05-07", None,
        blood_counts("2025-04-07", "2025-05-07"),
    ),
    # The test of 7 April is missed on the day on which the next one is due.
    "test-missed": Case(
        blood_counts(as_of="2025-05-07"), "warning", 1, "2025-04-07", None, blood_counts(as_of="2025-05-06")
    ),
    "test-overdue": Case(
        blood_counts("2025-04-07", as_of="2025-05-08"), "warning", 1, "2025-05-07", None,
        blood_counts("2025-04-07", as_of="2025-05-07"),
    ),
    "two-infusions-one-day": Case(
        judged(history(COURSE_1, on("2025-03-05", dose_mg=12)), "2025-06-01"), "error", 1, "2025-03-05", 6,
        judged(history(COURSE_1, on("2025-03-05")), "2025-06-01"),
    ),
    "unrecorded": Case(
        of_replan(history(), "2027-01-12"), "note", 1, "2027-01-11", None, of_replan(history(), "2027-01-11")
    ),
    # The window for vaccinations closes 42 days before 3 March 2025: on 20 January.
    "window-missed": Case(
        judged(history(COURSE_1, observations=[seen("vaccinations", "2025-01-21")]), "2025-06-01"),
        "warning", 1, "2025-01-20", None,
        judged(history(COURSE_1, observations=[seen("vaccinations", "2025-01-20")]), "2025-06-01"),
    ),
    "within-tolerance": Case(
        second_course("2026-03-01", tolerance_days=2), "warning", 2, "2026-03-01", 6,
        second_course("2026-03-01", tolerance_days=1),
    ),
    "zone-data-differs": Case(
        read_back("-04:00"), "warning", None, None, None, read_back("-05:00")
    ),
}  # fmt: skip
BY_CODE: Final = each(sorted(CASES))


def test_every_kind_is_listed() -> None:
    for name, kind in vars(catalogue).items():
        assert type(kind) is not FindingKind or kind in CATALOGUE, f"findings/catalogue.py: list {name} in CATALOGUE"


def test_no_code_of_the_catalogue_is_missing() -> None:
    codes_of_catalogue = [kind.code for kind in CATALOGUE]
    assert codes_of_catalogue == sorted(codes_of_catalogue), "findings/catalogue.py: sort CATALOGUE by code"
    missing = set(codes_of_catalogue) ^ set(CASES)
    assert not missing, f"tests/unit/findings/test_findings_fire.py: CASES needs one case for each of {sorted(missing)}"


@BY_CODE
def test_it_fires(code: str) -> None:
    case = CASES[code]
    found = [one for one in case.fires() if one.code == code]
    assert found
    assert {(one.severity, one.course, one.row) for one in found[:1]} == {(case.severity, case.course, case.row)}
    if case.day != "":
        assert found[0].day == (day(case.day) if case.day else None)


@BY_CODE
def test_it_is_silent(code: str) -> None:
    assert code not in codes(CASES[code].silent())


@BY_CODE
def test_it_says_what_stands_in_the_catalogue(code: str) -> None:
    (kind,) = [one for one in CATALOGUE if one.code == code]
    found = next(one for one in CASES[code].fires() if one.code == code)
    assert (found.severity, found.hint, found.override) == (kind.severity, kind.hint, None)
    assert found.message
    assert "{" not in found.message


@BY_CODE
def test_it_has_a_heading_in_the_docs(code: str) -> None:
    headings = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert headings.count(f"## {code}") == 1


# The severities are those that the design lists.
SEVERITIES: Final = {
    "error": "interval-below-minimum course-incomplete course-interrupted extra-infusion two-infusions-one-day "
    "infusion-in-future infusion-too-short observation-too-short dose-differs too-many-courses age-below-minimum "
    "course-numbers-contradict birth-date-after-infusion country-unknown subdivision-unknown",
    "warning": "anchor-not-named course-not-consecutive course-boundary-unclear needs-clinical-decision "
    "duplicate-same-day partial-infusion data-limited-beyond age-below-adult clinic-closed public-holiday "
    "outside-opening-hours zone-data-differs subdivision-matters baseline-missing deadline-passed within-tolerance "
    "start-in-past start-far-ahead code-not-known earlier-course-not-on-record window-missed "
    "tentative-in-past tentative-on-closed-day test-overdue test-missed observation-in-future override-without-test "
    "chairs-overbooked",
    "note": "holiday-estimated no-public-holidays-known prior-treatments-few unrecorded confirm-corticosteroid "
    "only-other-medicines overridden holiday-years holiday-of-another-category test-late",
}


def test_the_severities_are_those_of_the_design() -> None:
    expected = {code: severity for severity, written in SEVERITIES.items() for code in written.split()}
    assert {kind.code: kind.severity for kind in CATALOGUE if kind.code in expected} == expected


def test_an_estimated_holiday_stands_on_its_day() -> None:
    # The day depends on the holiday data; the course is from Monday 8 to Friday 12 March, or moved behind the days.
    days = [
        one.day for one in CASES["holiday-estimated"].fires() if one.code == "holiday-estimated" and one.course == 1
    ]
    around = {day("2027-03-05") + timedelta(days=n) for n in range(12)}
    assert days
    assert set(days) <= around


def test_the_first_resumed_day_is_to_be_confirmed() -> None:
    confirmed = [one.day for one in CASES["confirm-corticosteroid"].fires() if one.code == "confirm-corticosteroid"]
    assert confirmed == [day("2027-01-20")]


def test_a_plan_of_a_fourth_course_warns_too() -> None:
    found = [one for one in of_plan("2027-01-11", courses=4)() if one.code == "data-limited-beyond"]
    assert [(one.course, one.row) for one in found] == [(4, None)]


def test_a_replanned_interruption_needs_a_decision() -> None:
    found = [one for one in of_replan(history(run("2027-01-11", 2)), "2027-01-14")() if one.severity == "warning"]
    assert [(one.code, one.course, one.day, one.row) for one in found] == [
        ("needs-clinical-decision", 1, day("2027-01-12"), 2)
    ]


# --- findings whose place is told by more than one record ----------------------------------------


def test_each_day_beyond_the_planned_ones_is_found() -> None:
    found = judged(history(run("2025-03-03", 8)), "2025-06-01")()
    assert told(found) == [("extra-infusion", row) for row in (6, 7, 8)]


def test_each_further_record_of_a_day_is_found() -> None:
    rows = history(COURSE_1, on("2025-03-05"), on("2025-03-05"), on("2025-03-07", status="partial"))
    assert told(judged(rows, "2025-06-01")()) == [
        ("duplicate-same-day", 6),
        ("duplicate-same-day", 7),
        ("partial-infusion", 8),
        ("two-infusions-one-day", 8),
    ]


def test_the_first_gap_of_each_course_is_found() -> None:
    # Gaps before 6 and 8 March in course 1; before 11 March 2026 in course 2.
    rows = history(on("2025-03-03 2025-03-04 2025-03-06 2025-03-08 2025-03-09"), on("2026-03-09 2026-03-11 2026-03-12"))
    assert told(judged(rows, "2026-06-01")()) == [("course-not-consecutive", 3), ("course-not-consecutive", 7)]


def test_rows_are_those_of_the_file() -> None:
    rows = [{**row, "row": number} for number, row in zip((20, 7, 31, 2, 11), COURSE_1, strict=True)]
    rows[3]["dose_mg"] = 6
    found = judged(history(rows), "2025-06-01")()
    assert [(one.code, one.row, one.day) for one in found] == [("dose-differs", 2, day("2025-03-06"))]


def test_a_message_never_names_a_dose_or_the_patient() -> None:
    given = history(run("2025-03-03", 5, dose_mg="987.25"), patient="Zqx-4711", birth_date="2008-03-04")
    for one in judged(given, "2025-06-01")():
        assert "987" not in one.message
        assert "4711" not in one.message
        assert "2008" not in one.message


# --- the three answers ---------------------------------------------------------------------------


class Question(NamedTuple):
    """A code with a case in which it is broken, one in which it is kept, and one in which nobody can tell."""

    broken: Callable[[], Evaluation]
    kept: Callable[[], Evaluation]
    open: Callable[[], Evaluation]
    missing: str


def asked(given: History, as_of: str = "2025-06-01", protocol: Protocol = US, **how: Any) -> Callable[[], Evaluation]:
    return lambda: evaluate(given, protocol, as_of=day(as_of), **how)


def full(**fields: Any) -> History:
    """Course 1 with everything on record, and one fact changed or taken away."""
    return history(run("2025-03-03", 5, **{**IN_FULL, **fields}))


def baselines_of(*done: str) -> list[Observation]:
    everything = ("blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid", "skin-examination")
    return [seen(test, "2025-02-15") for test in everything if test in done or not done]


def closed(*days: str) -> Clinic:
    return closed_on(BOSTON, *days)


QUESTIONS: Final[dict[str, Question]] = {
    "dose-differs": Question(asked(full(dose_mg=6)), asked(full()), asked(full(dose_mg=None)), "dose_mg"),
    "infusion-too-short": Question(
        asked(full(ended="12:00", observed_until="15:00")), asked(full()), asked(full(started=None)),
        "started and ended",
    ),
    "observation-too-short": Question(
        asked(full(observed_until="14:00")), asked(full()), asked(full(observed_until=None)),
        "ended and observed_until",
    ),
    "age-below-minimum": Question(
        asked(history(COURSE_1, birth_date="2010-01-01")), asked(history(COURSE_1, birth_date="1980-01-01")),
        asked(history(COURSE_1)), "birth_date",
    ),
    "prior-treatments-few": Question(
        asked(history(COURSE_1, prior_medicines=0)), asked(history(COURSE_1, prior_medicines=5)),
        asked(history(COURSE_1)), "prior_medicines",
    ),
    "baseline-missing": Question(
        asked(history(COURSE_1, observations=baselines_of("thyroid"), tests_recorded=[
            "blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid", "skin-examination",
        ])),
        asked(history(COURSE_1, observations=baselines_of())),
        asked(history(COURSE_1)), "observations",
    ),
    "clinic-closed": Question(
        asked(full(), clinic=closed("2025-03-05")), asked(full(), clinic=BOSTON), asked(full()), "clinic"
    ),
    "public-holiday": Question(
        asked(history(run("2025-05-26", 5)), "2025-07-01", clinic=BOSTON), asked(full(), clinic=BOSTON), asked(full()),
        "clinic",
    ),
    "outside-opening-hours": Question(
        asked(full(observed_until="18:00"), clinic=BOSTON), asked(full(), clinic=BOSTON), asked(full()), "clinic"
    ),
    # Course 2 is not on record, so nobody can say how far course 3 is from it.
    "interval-below-minimum": Question(
        asked(history(COURSE_1, run("2026-03-02", 3)), "2026-06-01"), asked(history(COURSE_1, COURSE_2), "2026-06-01"),
        asked(history(run("2025-03-03", 5, course=1), run("2027-03-08", 3, course=3)), "2027-06-01"),
        "the infusions of course 2",
    ),
}  # fmt: skip


def not_assessed(evaluation: Evaluation, code: str) -> list[NotAssessed]:
    return [one for one in evaluation.not_assessed if one.code == code]


@pytest.mark.parametrize("code", sorted(QUESTIONS))
def test_broken_kept_or_not_told(code: str) -> None:
    question = QUESTIONS[code]
    broken, kept, unknown = question.broken(), question.kept(), question.open()
    assert code in codes(broken)
    assert not_assessed(broken, code) == []
    assert code not in codes(kept)
    assert not_assessed(kept, code) == []
    assert code not in codes(unknown)
    assert [one.missing for one in not_assessed(unknown, code)] == [question.missing]


def test_what_some_records_lack_is_told_by_row() -> None:
    rows = [{**row, **IN_FULL} for row in COURSE_1]
    del rows[1]["dose_mg"], rows[3]["started"]
    evaluation = asked(history(rows))()
    assert [one.row for one in not_assessed(evaluation, "dose-differs")] == [2]
    assert [one.row for one in not_assessed(evaluation, "infusion-too-short")] == [4]
    assert not_assessed(evaluation, "observation-too-short") == []


def test_a_partial_infusion_is_not_asked_for_its_length() -> None:
    rows = [{**row, **IN_FULL} for row in COURSE_1]
    rows[2] = {"date": day("2025-03-05"), "status": "partial", "dose_mg": 12, "started": "09:00", "ended": "09:20"}
    evaluation = asked(history(rows))()
    assert told(evaluation) == [("partial-infusion", 3)]
    assert not_assessed(evaluation, "infusion-too-short") == not_assessed(evaluation, "observation-too-short") == []


def test_opening_hours_need_a_time_on_record() -> None:
    evaluation = asked(history(COURSE_1), clinic=BOSTON)()
    (lacking,) = not_assessed(evaluation, "outside-opening-hours")
    assert "started" in lacking.missing


def test_public_holidays_need_the_clinics_country() -> None:
    evaluation = asked(history(COURSE_1), clinic=EVERY_DAY)()
    (lacking,) = not_assessed(evaluation, "public-holiday")
    assert "country" in lacking.missing


def test_the_age_needs_course_1() -> None:
    evaluation = asked(history(run("2026-03-09", 3, course=2), birth_date="2010-01-01"), "2026-06-01")()
    (lacking,) = not_assessed(evaluation, "age-below-minimum")
    assert "course 1" in lacking.missing
    assert "age-below-minimum" not in codes(evaluation)


@pytest.mark.parametrize("born", ["2025-03-04", "2025-03-08", "2026-01-01", "2099-12-31"])
@pytest.mark.parametrize("protocol", [US, EU], ids=["us", "eu"])
def test_a_birth_date_after_the_first_infusion_tells_no_age(born: str, protocol: Protocol) -> None:
    evaluation = asked(history(COURSE_1, birth_date=born), protocol=protocol)()
    assert codes(evaluation) & {"birth-date-after-infusion", "age-below-minimum", "age-below-adult"} == {
        "birth-date-after-infusion"
    }
    (lacking,) = not_assessed(evaluation, "age-below-minimum")
    assert lacking.missing == "a birth date before the first infusion"
    assert "2025-03-03" in "".join(f.message for f in evaluation.findings if f.code == "birth-date-after-infusion")
    assert born not in "".join(f.message + f.hint for f in evaluation.findings)


def test_a_birth_date_after_an_infusion_is_reported_where_course_1_is_not_on_record() -> None:
    evaluation = asked(history(run("2026-03-09", 3, course=2), birth_date="2026-03-10"), "2026-06-01")()
    (found,) = [one for one in evaluation.findings if one.code == "birth-date-after-infusion"]
    assert (found.course, str(found.day), found.row) == (2, "2026-03-09", 1)


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_what_was_not_given_contradicts_no_birth_date(status: str) -> None:
    given = history(on("2025-03-01", status=status), run("2025-03-03", 5), birth_date="2025-03-02")
    assert "birth-date-after-infusion" not in codes(asked(given)())


def test_a_protocol_without_ages_reports_the_birth_date_too() -> None:
    rules = US.model_copy(update={"minimum_age": None, "adult_age": None})
    evaluation = asked(history(COURSE_1, birth_date="2026-01-01"), protocol=rules)()
    assert "birth-date-after-infusion" in codes(evaluation)
    assert not_assessed(evaluation, "age-below-minimum") == []


def test_a_protocol_that_does_not_ask_leaves_nothing_open() -> None:
    # The EU file has no baseline windows and no number of medicines.
    missing = {one.code for one in asked(history(COURSE_1), protocol=EU)().not_assessed}
    assert missing.isdisjoint({"baseline-missing", "prior-treatments-few"})


def test_nothing_given_leaves_no_record_to_ask_about() -> None:
    missing = {one.code for one in asked(history())().not_assessed}
    assert missing <= {"prior-treatments-few"}


def test_not_assessed_codes_are_findings_or_dates() -> None:
    known = {kind.code for kind in CATALOGUE} | {
        "earliest-next-course",
        "contraception-until",
        "monitoring-until",
        "courses",
    }
    for given in (history(COURSE_1), history(COURSE_1, unreadable=[6]), history(run("2027-03-08", 3, course=3))):
        assert {one.code for one in asked(given, "2027-06-01")().not_assessed} <= known


# --- overrides -----------------------------------------------------------------------------------


def accepted(code: str, course: int | None = None, **fields: Any) -> RecordedOverride:
    stated = {"by": "Dr A", "why": "the ward was closed", "on": "2026-03-01", **fields}
    return RecordedOverride.model_validate({"code": code, "course": course, **stated})


def early(*overrides: RecordedOverride) -> Evaluation:
    """Course 2 too early (row 6), with some overrides on record."""
    return asked(history(COURSE_1, run("2026-03-02", 3), overrides=overrides), "2026-06-01")()


@pytest.mark.parametrize("course", [None, 2])
def test_an_override_keeps_the_finding_and_says_who_why_and_when(course: int | None) -> None:
    found = {one.code: one for one in early(accepted("interval-below-minimum", course)).findings}
    assert set(found) == {"interval-below-minimum", "overridden"}
    finding, note = found["interval-below-minimum"], found["overridden"]
    assert finding.severity == "error"
    assert finding.override is not None
    assert finding.override.model_dump() == {"by": "Dr A", "why": "the ward was closed", "on": day("2026-03-01")}
    without = early().findings[0]
    assert finding.model_copy(update={"override": None}) == without
    assert (note.course, note.day, note.row) == (finding.course, finding.day, finding.row) == (2, day("2026-03-02"), 6)
    for fact in ("interval-below-minimum", "Dr A", "the ward was closed", "2026-03-01"):
        assert fact in note.message


@pytest.mark.parametrize(
    "override",
    [
        accepted("interval-below-minimum", 1),
        accepted("interval-below-minimum", 3),
        accepted("anchor-not-named", 2),
        accepted("overridden"),
    ],
    ids=["course 1", "course 3", "another code", "the note itself"],
)
def test_an_override_of_something_else_changes_nothing(override: RecordedOverride) -> None:
    assert early(override) == early()


def test_an_override_changes_neither_status_nor_dates() -> None:
    with_it, without = early(accepted("interval-below-minimum")), early()
    assert (with_it.status, with_it.courses, with_it.changes_on) == (
        without.status,
        without.courses,
        without.changes_on,
    )
    assert with_it.not_assessed == without.not_assessed


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("dose-differs", {"dose_mg": 6}),
        ("infusion-too-short", {"ended": "12:00"}),
        ("partial-infusion", {"status": "partial"}),
    ],
)
def test_findings_on_records_belong_to_a_course_and_can_be_accepted(code: str, fields: dict[str, Any]) -> None:
    rows = [*run("2025-03-03", 5, **IN_FULL), *run("2026-03-09", 3, **IN_FULL)]
    rows[0] = {**rows[0], **fields}
    rows[5] = {**rows[5], **fields}
    given = history(rows, overrides=[accepted(code, 2)])
    found = [one for one in asked(given, "2026-06-01")().findings if one.code == code]
    assert [(one.course, one.row, one.override is not None) for one in found] == [(1, 1, False), (2, 6, True)]


def test_an_override_of_every_course_is_noted_for_each() -> None:
    rows = [*run("2025-03-03", 5, dose_mg=6)]
    found = asked(history(rows, overrides=[accepted("dose-differs")]))().findings
    assert told(found) == [
        *(("dose-differs", row) for row in range(1, 6)),
        *(("overridden", row) for row in range(1, 6)),
    ]


def test_a_finding_of_no_course_is_accepted_by_an_override_of_every_course_only() -> None:
    for course, expected in ((None, True), (1, False)):
        given = history(COURSE_1, prior_medicines=0, overrides=[accepted("prior-treatments-few", course)])
        assert ("overridden" in codes(asked(given)())) is expected


def test_the_first_override_that_speaks_of_a_finding_holds() -> None:
    two = early(accepted("interval-below-minimum", by="Dr A"), accepted("interval-below-minimum", 2, by="Dr B"))
    override = next(one.override for one in two.findings if one.override)
    assert override.by == "Dr A"
    assert told(two) == [("interval-below-minimum", 6), ("overridden", 6)]


# --- order ---------------------------------------------------------------------------------------

MESS: Final = [
    *run("2025-03-03", 3, dose_mg=6),
    *on("2025-03-05 2025-03-05 2025-03-09", status="partial"),
    *run("2025-06-02", 4, started="09:00", ended="10:00", observed_until="10:30"),
    *on("2026-01-05 2027-01-05"),
]


def in_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"row": number, **row} for number, row in enumerate(rows, start=1)]


def mess(rows: Sequence[dict[str, Any]]) -> Evaluation:
    given = history(rows, birth_date="2010-01-01", prior_medicines=0, observations=baselines_of("thyroid"))
    return asked(given, "2026-06-01", clinic=BOSTON)()


def test_findings_are_ordered_by_row_then_code() -> None:
    found = mess(in_rows(MESS)).findings
    places = [(one.row or 0, one.code) for one in found]
    assert len(set(codes(found))) >= 8
    assert places == sorted(places)


@drawn(st.permutations(in_rows(MESS)))
def test_the_order_of_the_records_changes_nothing(rows: list[dict[str, Any]]) -> None:
    assert mess(rows) == mess(in_rows(MESS))


def test_the_order_is_the_same_every_time() -> None:
    rows = in_rows(MESS)
    for seed in range(20):
        random.Random(seed).shuffle(rows)  # noqa: S311  # a sample, no secret
        assert mess(rows).model_dump_json() == mess(in_rows(MESS)).model_dump_json()
