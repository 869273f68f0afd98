"""Each rule on records, with course, day, row, source and the facts of its message worked out by hand."""

from collections.abc import Iterator
from typing import Any

import pytest

from lemtrada_schedule import Clinic, Finding, History, Protocol, evaluate, forecast, load_protocol, parse_histories
from lemtrada_schedule.findings.catalogue import TOO_MANY_COURSES
from lemtrada_schedule.judging.rules.case import Answer, Case, rule
from lemtrada_schedule.protocol.actions import SeriesAction
from tests.support.clinics import MON_TO_FRI, clinic_open, hours_on
from tests.support.histories import EU, US, day, history, on, run, seen

R2 = load_protocol("us-2024-05-r2")

FIVE = run("2025-03-03", 5)
"""Course 1 of the US label: Monday 3 to Friday 7 March 2025."""

COURSE_1, COURSE_2, COURSE_3 = (US.course(number).cite for number in (1, 2, 3))


def findings(taken: History, code: str, as_of: str = "2030-01-01", **options: Any) -> list[Finding]:
    protocol: Protocol = options.pop("protocol", US)
    verdict = evaluate(taken, protocol, as_of=day(as_of), **options)
    return [finding for finding in verdict.findings if finding.code == code]


def where(taken: History, code: str, as_of: str = "2030-01-01", **options: Any) -> list[tuple[Any, ...]]:
    """Return course, day, row and source of each finding."""
    listed = findings(taken, code, as_of, **options)
    return [(one.course, one.day, one.row, one.cite) for one in listed]


def missing(taken: History, code: str, as_of: str = "2030-01-01", **options: Any) -> list[tuple[str, int | None]]:
    """Return the missing fact and the row of each question that was not assessed."""
    protocol: Protocol = options.pop("protocol", US)
    verdict = evaluate(taken, protocol, as_of=day(as_of), **options)
    return [(one.missing, one.row) for one in verdict.not_assessed if one.code == code]


# --- the shape of courses ------------------------------------------------------------------------


def test_the_first_gap_inside_each_course_is_reported() -> None:
    taken = history(on("2025-03-03 2025-03-05 2025-03-07"), on("2026-03-09 2026-03-10 2026-03-12"))
    assert where(taken, "course-not-consecutive") == [
        (1, day("2025-03-05"), 2, COURSE_1),
        (2, day("2026-03-12"), 6, COURSE_2),
    ]
    assert where(history(FIVE), "course-not-consecutive") == []


def test_a_short_course_is_interrupted_then_incomplete() -> None:
    three = history(run("2025-03-03", 3))
    assert where(three, "course-interrupted", "2025-03-06") == []
    assert where(three, "course-interrupted", "2025-03-07") == [(1, day("2025-03-05"), 3, COURSE_1)]
    assert where(three, "course-incomplete", "2025-03-20") == []
    assert where(three, "course-incomplete", "2025-03-21") == [(1, day("2025-03-05"), 3, COURSE_1)]
    (finding,) = findings(three, "course-incomplete")
    assert "course 1 has 3 of 5 infusion days" in finding.message
    decisions = findings(three, "needs-clinical-decision")
    assert [(one.course, one.day, one.row, one.cite) for one in decisions] == [(1, day("2025-03-05"), 3, None)]
    assert "course 1: 3 of 5 infusion days, the last on 2025-03-05" in decisions[0].message
    assert where(history(FIVE), "needs-clinical-decision") == []


def test_each_infusion_beyond_the_planned_days_is_reported() -> None:
    seven = history(run("2025-03-03", 7))
    assert where(seven, "extra-infusion") == [(1, day("2025-03-08"), 6, COURSE_1), (1, day("2025-03-09"), 7, COURSE_1)]
    first, second = findings(seven, "extra-infusion")
    assert "number 6 of course 1, which has 5" in first.message
    assert "number 7 of course 1, which has 5" in second.message


def test_a_course_that_may_be_the_one_before_is_reported_with_the_gap() -> None:
    """3 to 5 March, then 21 March: 16 days after 3 of 5 days."""
    taken = history(run("2025-03-03", 3), run("2025-03-21", 2))
    gap = US.course_gap_days.cite
    assert where(taken, "course-boundary-unclear") == [(2, day("2025-03-21"), 4, gap)]
    (unclear,) = findings(taken, "course-boundary-unclear")
    assert "began 16 days after a course with 3 of 5 infusion days" in unclear.message
    (decide,) = findings(taken, "needs-clinical-decision")
    assert (decide.course, decide.day, decide.row, decide.cite) == (2, day("2025-03-21"), 4, gap)
    assert "course 2: 2 of 3 infusion days, the last on 2025-03-22" in decide.message
    # Course 1 can no longer go on; how many days the second one should have is not known.
    assert where(taken, "course-incomplete") == [(1, day("2025-03-05"), 3, COURSE_1)]


def test_gaps_in_the_numbers_are_reported_with_the_missing_ones() -> None:
    taken = history(run("2025-03-03", 3, course=3), run("2026-03-09", 3, course=5), run("2020-01-06", 5, course=1))
    listed = findings(taken, "earlier-course-not-on-record")
    assert [(one.course, one.day, one.row) for one in listed] == [(3, day("2025-03-03"), 1), (5, day("2026-03-09"), 4)]
    assert "course 2 is not on record" in listed[0].message
    assert "course 4 is not on record" in listed[1].message
    (wide,) = findings(history(run("2025-03-03", 3, course=4)), "earlier-course-not-on-record")
    assert "courses 1 to 3 are not on record" in wide.message


# --- intervals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_day", "code"),
    [
        ("2026-03-02", "interval-below-minimum"),
        ("2026-03-03", "anchor-not-named"),  # 12 months after the first infusion
        ("2026-03-06", "anchor-not-named"),
        ("2026-03-07", None),  # and after the last
    ],
)
def test_the_interval_between_courses_1_and_2(first_day: str, code: str | None) -> None:
    taken = history(FIVE, run(first_day, 3))
    told = [one for one in ("interval-below-minimum", "anchor-not-named") if findings(taken, one)]
    assert told == ([code] if code else [])
    if code:
        assert where(taken, code) == [(2, day(first_day), 6, COURSE_2)]


@pytest.mark.parametrize(("first_day", "early"), [("2027-03-10", True), ("2027-03-11", False)])
def test_the_interval_before_course_3_has_no_leniency(
    first_day: str,
    early: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """Course 2 from 9 to 11 March 2026: course 3 from 11 March 2027 on."""
    taken = history(FIVE, run("2026-03-09", 3), run(first_day, 3))
    assert where(taken, "interval-below-minimum") == ([(3, day(first_day), 9, COURSE_3)] if early else [])
    assert where(taken, "anchor-not-named") == []
    for one in findings(taken, "interval-below-minimum"):
        assert "its earliest day was 2027-03-11 (Thursday 11 March)" in one.message
        assert "last infusion of course 2, 2026-03-11" in one.message
        assert "+ 12 months" in one.message


@pytest.mark.parametrize(
    ("tolerance", "code"), [(4, "interval-below-minimum"), (5, "within-tolerance"), (6, "within-tolerance")]
)
def test_a_leniency_that_counts_from_the_last_infusion(tolerance: int, code: str) -> None:
    """Counted from the first infusion, 3 March 2025, with a warning from 12 months after the last one, 7 March, on.

    Course 2 on 2 March 2026 is early by the first, and 5 days short of the day from which that is only a warning.
    """
    update = {"counted_from": "first infusion", "warn_only_from": "last infusion"}
    rules = [US.courses[0], US.courses[1].model_copy(update=update), US.courses[2]]
    turned = US.model_copy(update={"courses": rules})
    taken = history(FIVE, run("2026-03-02", 3))
    places = {
        one: [found.row for found in findings(taken, one, protocol=turned, tolerance_days=tolerance)]
        for one in ("interval-below-minimum", "anchor-not-named", "within-tolerance")
    }
    assert {one: rows for one, rows in places.items() if rows} == {code: [6]}


@pytest.mark.parametrize(
    ("tolerance", "code"),
    [(0, "interval-below-minimum"), (1, "interval-below-minimum"), (2, "within-tolerance"), (3, "within-tolerance")],
)
def test_a_tolerance_counts_in_days(tolerance: int, code: str) -> None:
    """Course 2 on 1 March 2026, two days before 12 months after the first infusion."""
    taken = history(FIVE, run("2026-03-01", 3))
    assert where(taken, code, tolerance_days=tolerance) == [(2, day("2026-03-01"), 6, COURSE_2)]
    for one in findings(taken, "within-tolerance", tolerance_days=tolerance):
        assert "2 days before its earliest day 2026-03-03 (Tuesday 3 March)" in one.message
        assert f"the tolerance is {tolerance} days" in one.message


def test_one_day_is_a_day() -> None:
    (finding,) = findings(history(FIVE, run("2026-03-02", 3)), "within-tolerance", tolerance_days=1)
    assert "1 day before" in finding.message
    assert finding.message.endswith("the tolerance is 1 day")


def test_an_interval_to_a_course_that_is_not_on_record_or_unclear_is_not_assessed() -> None:
    code = "interval-below-minimum"
    alone = history(run("2026-03-09", 3, course=2))
    assert [row for _, row in missing(alone, code)] == [1]
    skipped = history(run("2024-03-04", 5, course=1), run("2026-03-09", 3, course=3))
    assert [row for _, row in missing(skipped, code)] == [6]
    unclear = history(run("2025-03-03", 3), run("2025-03-21", 2))
    assert [row for _, row in missing(unclear, code)] == [4]
    contradicted = history(run("2025-03-03", 5, course=1), run("2025-03-17", 3, course=2))
    assert [row for _, row in missing(contradicted, code)] == [6]
    assert missing(history(FIVE, run("2026-03-09", 3)), code) == []
    for one in (alone, skipped, unclear, contradicted):
        assert findings(one, code) == []


# --- limits --------------------------------------------------------------------------------------


def courses(*first_days: str) -> History:
    lengths = [5, *[3] * (len(first_days) - 1)]
    return history(*(run(first, count) for first, count in zip(first_days, lengths, strict=True)))


FIVE_COURSES = ("2015-03-02", "2016-03-14", "2017-03-20", "2018-03-26", "2019-04-01")


def test_courses_beyond_the_limits() -> None:
    taken = courses(*FIVE_COURSES)
    assert where(taken, "too-many-courses", protocol=EU) == [(5, day("2019-04-01"), 15, "epar")]
    (finding,) = findings(taken, "too-many-courses", protocol=EU)
    assert "4" in finding.message
    assert where(taken, "too-many-courses") == []
    assert where(taken, "data-limited-beyond") == [
        (4, day("2018-03-26"), 12, "hcp"),
        (5, day("2019-04-01"), 15, "hcp"),
    ]
    assert "data beyond 3 courses are limited; this is course 4" in findings(taken, "data-limited-beyond")[0].message
    assert where(courses(*FIVE_COURSES[:3]), "data-limited-beyond") == []


def test_a_course_of_which_it_is_unclear_whether_it_is_one_does_not_count_for_limits() -> None:
    """Five groups, of which the second may be the first continued: at least four courses."""
    parts = [run("2015-03-02", 3), run("2015-04-06", 3), *(run(first, 3) for first in FIVE_COURSES[2:])]
    taken = history(*parts)
    assert where(taken, "too-many-courses", protocol=EU) == []
    assert [one.course for one in findings(taken, "data-limited-beyond")] == [5]
    numbered = history(run("2018-03-26", 3, course=5))
    assert [one.course for one in findings(numbered, "too-many-courses", protocol=EU)] == [5]


MAYBE_ONE = (run("2015-03-02", 3), run("2015-04-06", 3))
"""Course 1 of 3 of 5 days, and course 2, which may be course 1 continued."""


def test_each_unclear_course_is_left_out_of_the_count() -> None:
    """Six groups of which two may continue the first one: at least four courses, and the EU allows four."""
    first_three = [run("2015-03-02", 3), run("2015-04-06", 2), run("2015-05-11", 2)]
    taken = history(*first_three, *(run(first, 3) for first in ("2016-06-06", "2017-06-12", "2018-06-18")))
    assert [one.course for one in findings(taken, "course-boundary-unclear", protocol=EU)] == [2, 3]
    assert where(taken, "too-many-courses", protocol=EU) == []
    one_more = history(*first_three, *(run(f"{year}-06-20", 3) for year in range(2016, 2020)))
    assert [one.course for one in findings(one_more, "too-many-courses", protocol=EU)] == [7]


@pytest.mark.parametrize(
    ("later", "beyond"),
    [
        ([run("2016-06-06", 3, course=5)], [5]),
        ([run("2016-06-06", 3, course=4), run("2017-06-12", 3)], [5]),  # the one after course 4 is course 5
        ([run("2016-06-06", 3, course=4)], []),
    ],
)
def test_a_number_on_record_counts_whatever_is_unclear_before_it(later: list[Any], beyond: list[int]) -> None:
    """The highest number or the count holds, whichever is greater (S29); the EU allows four courses."""
    found = findings(history(*MAYBE_ONE, *later), "too-many-courses", protocol=EU)
    assert [one.course for one in found] == beyond


def test_a_limit_is_cited_from_the_last_course_listed_where_the_stated_number_is_greater() -> None:
    """Three courses are listed, and up to four stated: the list is the limit, and so its last course is the source."""
    listed = [
        rule.model_copy(update={"optional": False, "cite": cite})
        for rule, cite in zip(EU.courses, ("mims", "coles", "se"), strict=True)
    ]
    three = EU.model_copy(update={"courses": listed})
    taken = courses(*FIVE_COURSES[:4])
    assert where(taken, "too-many-courses", protocol=three) == [(4, day("2018-03-26"), 12, "se")]
    unstated = three.model_copy(update={"maximum_courses": None})
    assert where(taken, "too-many-courses", protocol=unstated) == [(4, day("2018-03-26"), 12, "se")]


@pytest.mark.parametrize(
    ("born", "protocol", "code"),
    [
        ("2008-03-04", US, "age-below-minimum"),  # 16 on 3 March 2025
        ("2008-03-03", US, "age-below-adult"),  # 17 on that day
        ("2007-03-04", US, "age-below-adult"),
        ("2007-03-03", US, None),  # 18
        ("2007-03-04", EU, "age-below-minimum"),
        ("2007-03-03", EU, None),
    ],
)
def test_age_on_the_first_infusion(born: str, protocol: Protocol, code: str | None) -> None:
    taken = history(FIVE, birth_date=day(born))
    listed = {one: where(taken, one, protocol=protocol) for one in ("age-below-minimum", "age-below-adult")}
    limit = protocol.minimum_age if code == "age-below-minimum" else protocol.adult_age
    for one, found in listed.items():
        assert found == ([(1, day("2025-03-03"), 1, limit.cite)] if one == code and limit else [])
    if code and limit:
        (finding,) = findings(taken, code, protocol=protocol)
        assert str(limit.years) in finding.message


def test_age_needs_a_birth_date_and_the_first_course() -> None:
    code = "age-below-minimum"
    assert missing(history(FIVE), code) == [("birth_date", None)]
    assert missing(history(), code) == []
    second = history(run("2025-03-03", 3, course=2), birth_date=day("1980-01-01"))
    assert len(missing(second, code)) == 1
    assert missing(history(FIVE, birth_date=day("1980-01-01")), code) == []


def test_a_birth_date_after_an_infusion_is_reported_at_the_first_one() -> None:
    taken = history(FIVE, birth_date=day("2025-03-05"))
    assert [(one.course, one.day, one.row) for one in findings(taken, "birth-date-after-infusion")] == [
        (1, day("2025-03-03"), 1)
    ]
    assert len(missing(taken, "age-below-minimum")) == 1
    on_the_day = history(FIVE, birth_date=day("2025-03-03"))
    assert findings(on_the_day, "birth-date-after-infusion") == []


@pytest.mark.parametrize(("tried", "few"), [(0, True), (1, True), (2, False), (3, False)])
def test_medicines_tried_before(
    tried: int,
    few: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    taken = history(FIVE, prior_medicines=tried)
    assert where(taken, "prior-treatments-few") == ([(None, None, None, "faq")] if few else [])
    for one in findings(taken, "prior-treatments-few"):
        assert "2" in one.message
    assert missing(taken, "prior-treatments-few") == []
    assert missing(history(FIVE), "prior-treatments-few") == [("prior_medicines", None)]
    assert missing(history(FIVE), "prior-treatments-few", protocol=EU) == []


# --- single records ------------------------------------------------------------------------------


def test_several_records_of_a_day_are_compared_with_all_before_them() -> None:
    first = {"date": day("2025-03-03"), "dose_mg": "12"}
    other = {"date": day("2025-03-03"), "dose_mg": "10"}
    taken = history([first, other, first, other, {"date": day("2025-03-04")}])
    assert where(taken, "two-infusions-one-day") == [(1, day("2025-03-03"), 2, None)]
    assert where(taken, "duplicate-same-day") == [(1, day("2025-03-03"), 3, None), (1, day("2025-03-03"), 4, None)]
    one, two = findings(taken, "duplicate-same-day")
    assert "row 1" in one.message
    assert "row 2" in two.message
    assert "1" in findings(taken, "two-infusions-one-day")[0].message


def test_a_row_with_the_units_of_two_infusions_is_not_compared_with_itself() -> None:
    line = "b1,2025-03-03,2025-03-03,J0202,"
    header = "BENE_ID,CLM_FROM_DT,CLM_THRU_DT,HCPCS_CD,LINE_SRVC_CNT"
    (taken,) = parse_histories(f"{header}\n{line}24\n", format="csv", source="claims").histories
    (found,) = findings(taken, "two-infusions-one-day")
    assert found.message == (
        "the record of 2025-03-03 (Monday 3 March) is one of several infusions that row 2 has, "
        "such as the billed units of two; they count as one day"
    )
    assert missing(taken, "dose-differs") == []  # the units say the dose
    (two,) = parse_histories(f"{header}\n{line}12\n{line}12\n", format="csv", source="claims").histories
    assert "differs from row 2" in findings(two, "two-infusions-one-day")[0].message
    assert missing(two, "dose-differs") == [("dose_mg", 3)]


def test_the_earlier_row_is_the_one_that_stands() -> None:
    rows = [{"date": day("2025-03-03"), "row": 9}, {"date": day("2025-03-03"), "row": 4}]
    taken = History.model_validate({"infusions": rows})
    assert where(taken, "duplicate-same-day") == [(1, day("2025-03-03"), 9, None)]


def test_records_of_a_day_are_compared_in_the_order_of_their_rows() -> None:
    """Whatever courses they belong to."""
    taken = history(on("2025-03-03", course=2), on("2025-03-03", course=1))
    assert where(taken, "two-infusions-one-day") == [(1, day("2025-03-03"), 2, None)]


def test_infusions_in_the_future_and_in_part() -> None:
    taken = history(on("2025-03-03"), on("2025-03-04", status="partial"), on("2025-03-05", status="not-done"))
    assert where(taken, "infusion-in-future", "2025-03-03") == [(None, day("2025-03-04"), 2, None)]
    assert where(taken, "infusion-in-future", "2025-03-04") == []
    assert where(taken, "partial-infusion", "2025-03-04") == [(1, day("2025-03-04"), 2, None)]


def test_the_dose() -> None:
    taken = history(on("2025-03-03", dose_mg="12"), on("2025-03-04", dose_mg="10.5"), on("2025-03-05"))
    assert where(taken, "dose-differs") == [(1, day("2025-03-04"), 2, "uspi-dose")]
    assert "12" in findings(taken, "dose-differs")[0].message
    assert missing(taken, "dose-differs") == [("dose_mg", 3)]
    assert missing(history(FIVE), "dose-differs") == [("dose_mg", None)]
    assert missing(history(), "dose-differs") == []


@pytest.mark.parametrize(
    ("code", "field", "least", "cite"),
    [
        ("infusion-too-short", "infusion_minutes", 240, "uspi-dose"),
        ("observation-too-short", "observation_minutes", 120, "faq"),
    ],
)
def test_lengths(code: str, field: str, least: int, cite: str) -> None:
    taken = history(
        on("2025-03-03", **{field: least}),
        on("2025-03-04", **{field: least - 1}),
        on("2025-03-05", **{field: least - 1}, status="partial"),
        on("2025-03-06"),
    )
    assert where(taken, code) == [(1, day("2025-03-04"), 2, cite)]
    assert str(least - 1) in findings(taken, code)[0].message
    assert str(least) in findings(taken, code)[0].message
    assert [row for _, row in missing(taken, code)] == [4]
    assert [row for _, row in missing(history(FIVE), code)] == [None]
    assert missing(history(on("2025-03-03", status="partial")), code) == []


def test_an_observation_time_without_a_source_of_its_own_has_that_of_the_infusion_day() -> None:
    day_rule = US.infusion_day.model_copy(update={"observation": None})
    protocol = US.model_copy(update={"infusion_day": day_rule})
    taken = history(on("2025-03-03", observation_minutes=119))
    assert where(taken, "observation-too-short", protocol=protocol) == [(1, day("2025-03-03"), 1, "uspi-dose")]


def test_only_other_medicines() -> None:
    assert "3" in findings(history(other_rows=3), "only-other-medicines")[0].message
    assert findings(history(FIVE, other_rows=3), "only-other-medicines") == []
    assert findings(history(other_rows=3, unreadable=[2]), "only-other-medicines") == []
    assert findings(history(), "only-other-medicines") == []
    assert len(findings(history(on("2025-03-03", status="not-done"), other_rows=1), "only-other-medicines")) == 1


def test_a_forecast_names_other_medicines_as_the_note_does() -> None:
    def reasons(given: History) -> tuple[str, ...]:
        return forecast(given, US, as_of=day("2026-06-01")).reasons

    (reason,) = reasons(history(other_rows=3))
    assert reason == (
        "no infusion is on record; rows of other medicines: 3; "
        "if one of them is LEMTRADA under an unlisted code, add the code and read the file again [only-other-medicines]"
    )
    assert reasons(history()) == ("no infusion is on record; course 1 has no earliest day",)
    assert reasons(history(FIVE, other_rows=3)) == ("the minimum interval has passed",)


# --- the clinic ----------------------------------------------------------------------------------

BOSTON = clinic_open(
    MON_TO_FRI,
    country="US",
    subdivision="MA",
    opening_hours=hours_on(MON_TO_FRI, "08:00-17:00"),
    closures={"2025-03-04": "Staff day"},
    fully_booked={"2025-03-05": "no chair"},
    extra_open={"2025-03-09": "session"},
)


def test_infusions_on_closed_days() -> None:
    """Monday 3 March 2025 is open; Patriots' Day is Monday 21 April."""
    taken = history(on("2025-03-03 2025-03-04 2025-03-05 2025-03-08 2025-03-09"))
    assert where(taken, "clinic-closed", clinic=BOSTON) == [
        (1, day("2025-03-04"), 2, None),
        (1, day("2025-03-08"), 4, None),
    ]
    staff, saturday = findings(taken, "clinic-closed", clinic=BOSTON)
    assert "closed: Staff day" in staff.message
    assert "closed on Saturdays" in saturday.message
    holiday = history(on("2025-04-21"))
    assert where(holiday, "public-holiday", clinic=BOSTON) == [(1, day("2025-04-21"), 1, None)]
    assert "Patriots' Day" in findings(holiday, "public-holiday", clinic=BOSTON)[0].message
    assert where(holiday, "clinic-closed", clinic=BOSTON) == []


def test_without_a_clinic_nothing_is_said_of_closed_days() -> None:
    for code in ("clinic-closed", "public-holiday", "outside-opening-hours"):
        assert missing(history(FIVE), code) == [("clinic", None)]
        assert missing(history(), code) == []
    at_home: Clinic = clinic_open(MON_TO_FRI)
    assert len(missing(history(FIVE), "public-holiday", clinic=at_home)) == 1
    assert missing(history(), "public-holiday", clinic=at_home) == []
    assert missing(history(FIVE), "clinic-closed", clinic=at_home) == []
    assert missing(history(FIVE), "public-holiday", clinic=BOSTON) == []


@pytest.mark.parametrize(
    ("fields", "outside"),
    [
        ({"started": "08:00", "ended": "12:00", "observed_until": "17:00"}, False),
        ({"started": "07:59", "ended": "12:00"}, True),
        ({"started": "12:00", "ended": "17:01"}, True),
        ({"observed_until": "17:01"}, True),
    ],
)
def test_times_outside_opening_hours(
    fields: dict[str, str],
    outside: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    code = "outside-opening-hours"
    for where_open, expected in (("2025-03-03", outside), ("2025-03-08", False), ("2025-03-09", False)):
        taken = history(on(where_open, **fields))
        assert where(taken, code, clinic=BOSTON) == ([(1, day(where_open), 1, None)] if expected else [])
        assert missing(taken, code, clinic=BOSTON) == []


def test_records_without_times_are_not_assessed() -> None:
    code = "outside-opening-hours"
    assert [row for _, row in missing(history(FIVE), code, clinic=BOSTON)] == [None]
    some = history(on("2025-03-03", started="09:00"), on("2025-03-04"), on("2025-03-05", ended="12:00"))
    assert [row for _, row in missing(some, code, clinic=BOSTON)] == [2]


def test_an_extra_open_weekday_has_no_hours() -> None:
    clinic = clinic_open(MON_TO_FRI, extra_open={"2025-03-03": "long day"})
    assert where(history(on("2025-03-03", started="06:00")), "outside-opening-hours", clinic=clinic) == []
    assert where(history(on("2025-03-04", started="06:00")), "outside-opening-hours", clinic=clinic) != []


def test_a_year_beyond_the_holiday_data_is_not_assessed() -> None:
    """The holidays of Sri Lanka are published from year to year, those of 2098 not yet."""
    clinic = clinic_open(MON_TO_FRI, country="LK", time_zone="Asia/Colombo", closures={"2025-03-04": "Staff day"})
    taken = history(on("2098-03-03"), on("2025-03-04"))
    assert [row for _, row in missing(taken, "public-holiday", "2099-12-31", clinic=clinic)] == [1]
    assert [one[2] for one in where(taken, "clinic-closed", "2099-12-31", clinic=clinic)] == [2]
    assert [words for words, _ in missing(taken, "public-holiday", "2099-12-31", clinic=clinic)] == [
        "public holidays of 2098"
    ]
    both = history(on("2098-03-03 2098-03-04"))
    assert [row for _, row in missing(both, "public-holiday", "2099-12-31", clinic=clinic)] == [1, 2]


def test_a_day_of_short_hours_is_not_a_closed_day() -> None:
    """The clinic closes at 09:00, when its infusions start: it is open on that day, if not for long enough."""
    clinic = clinic_open(MON_TO_FRI, opening_hours=hours_on(MON_TO_FRI, "08:00-09:00"))
    assert where(history(on("2025-03-03")), "clinic-closed", clinic=clinic) == []


# --- tests before a course (S21, S32) ------------------------------------------------------------

BLOOD = "blood-count"
CODE = "baseline-missing"


def baselines(taken: History, as_of: str = "2025-04-01") -> list[Finding]:
    return [one for one in findings(taken, CODE, as_of) if one.test == BLOOD]


@pytest.mark.parametrize(
    ("seen_on", "there"),
    [
        ("2025-02-01", True),  # 30 days before 3 March
        ("2025-01-31", False),
        ("2025-03-02", True),  # the eve
        ("2025-03-03", False),
    ],
)
def test_a_baseline_lies_within_thirty_days_before_the_course(
    seen_on: str,
    there: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    taken = history(FIVE, observations=[seen(BLOOD, seen_on)])
    listed = baselines(taken)
    assert (listed == []) is there
    for one in listed:
        assert (one.course, one.day, one.row, one.cite) == (1, day("2025-03-02"), None, "rems")
        assert "from 2025-02-01 (Saturday 1 February) to" in one.message


def test_baselines_of_tests_that_nobody_records_are_not_assessed() -> None:
    verdict = evaluate(history(FIVE), US, as_of=day("2025-04-01"))
    assert [(one.missing, one.test) for one in verdict.not_assessed if one.code == CODE] == [("observations", None)]
    one_kind = history(FIVE, observations=[seen(BLOOD, "2025-02-03")])
    others = [one for one in evaluate(one_kind, US, as_of=day("2025-04-01")).not_assessed if one.code == CODE]
    assert BLOOD not in {one.test for one in others}
    assert {"tests_recorded"} == {one.missing for one in others}
    named = history(FIVE, tests_recorded=[BLOOD])
    assert [one.day for one in baselines(named)] == [day("2025-03-02")]
    assert baselines(history(FIVE, tests_recorded=[BLOOD], tests_recorded_from=day("2025-03-02"))) != []
    late = history(FIVE, tests_recorded=[BLOOD], tests_recorded_from=day("2025-03-03"))
    assert baselines(late) == []
    facts = [one.missing for one in evaluate(late, US, as_of=day("2025-04-01")).not_assessed if one.test == BLOOD]
    assert facts == ["records of tests before tests_recorded_from"]


def test_an_unreadable_observation_leaves_a_baseline_open() -> None:
    taken = history(FIVE, tests_recorded=[BLOOD], unreadable_observations=[7, 8])
    assert baselines(taken) == []
    rows = [
        one.row
        for one in evaluate(taken, US, as_of=day("2025-04-01")).not_assessed
        if one.code == CODE and one.test == BLOOD
    ]
    assert rows == [7, 8]


def test_each_course_has_a_baseline_of_its_own() -> None:
    taken = history(FIVE, run("2026-03-09", 3), observations=[seen(BLOOD, "2025-02-03")])
    assert [(one.course, one.day) for one in baselines(taken, "2026-04-01")] == [(2, day("2026-03-08"))]
    assert [one.cite for one in baselines(taken, "2026-04-01")] == ["rems"]


def test_a_baseline_without_a_source_of_its_own_has_that_of_its_test() -> None:
    actions = [
        action.model_copy(update={"baseline": action.baseline.model_copy(update={"cite": None})})
        if isinstance(action, SeriesAction) and action.baseline
        else action
        for action in US.actions
    ]
    taken = history(FIVE, tests_recorded=[BLOOD])
    found = findings(taken, CODE, "2025-04-01", protocol=US.model_copy(update={"actions": actions}))
    assert [(one.test, one.cite) for one in found] == [(BLOOD, "isi")]


def test_a_window_that_has_closed_says_what_was_due_and_until_when() -> None:
    """42 days before Monday 3 March 2025 is Monday 20 January; the window has no first day."""
    (finding,) = findings(history(FIVE, tests_recorded=["vaccinations"]), "window-missed")
    assert (finding.course, finding.day, finding.row, finding.cite) == (1, day("2025-01-20"), None, "uspi-2")
    assert finding.message == (
        "Complete necessary vaccinations by this day: "
        "nothing is on record up to 2025-01-20 (Monday 20 January), for course 1"
    )


# --- the decorator -------------------------------------------------------------------------------


def test_a_rule_is_its_function_with_its_facts_and_findings() -> None:
    def nothing(case: Case) -> Iterator[Answer]:
        yield from case.tests.unknown

    made = rule(needs=("date", "course"), yields=(TOO_MANY_COURSES,))(nothing)
    assert (made.answers, made.needs, made.yields) == (nothing, ("date", "course"), (TOO_MANY_COURSES,))
    assert made.name == "nothing"


# --- what a sample of changed rules left unseen ---------------------------------------------------


@pytest.mark.parametrize(("first_day", "rows"), [("2026-02-28", [1]), ("2026-03-01", [])])
def test_an_age_is_reached_on_1_march_by_who_was_born_on_29_february(first_day: str, rows: list[int]) -> None:
    """Born on 29 February 2008: 18 years old on 1 March 2026, because 2026 has no 29 February."""
    taken = history(run(first_day, 5), birth_date="2008-02-29")
    found = [one for code in ("age-below-minimum", "age-below-adult") for one in findings(taken, code)]
    assert [one.row for one in found] == rows


def test_what_must_be_known_before_an_interval_is_judged_names_both_courses() -> None:
    """16 days after 3 of 5 infusions: course 2, or course 1 that goes on."""
    taken = history(run("2025-03-03", 3), run("2025-03-21", 2))
    verdict = evaluate(taken, US, as_of=day("2030-01-01"))
    (asked,) = [one for one in verdict.not_assessed if one.code == "interval-below-minimum"]
    assert asked.fact is not None
    assert (asked.fact.kind, asked.fact.course, asked.fact.other_course, asked.row) == ("continuation", 2, 1, 4)


def test_an_early_start_between_the_two_anchors_says_interval_and_earliest_day() -> None:
    """12 months after Friday 7 March 2025 is Saturday 7 March 2026; course 2 began the day before."""
    (finding,) = findings(history(FIVE, run("2026-03-06", 3)), "anchor-not-named")
    assert "12 months" in finding.message
    assert "2026-03-07 (Saturday 7 March)" in finding.message


@pytest.mark.parametrize(("unreadable", "is_later"), [((), False), ((99,), True)])
def test_an_earliest_day_may_be_later_where_a_row_could_not_be_read(
    unreadable: tuple[int, ...],
    is_later: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """The row may hold a later infusion of course 1 (S06)."""
    taken = history(FIVE, run("2026-03-02", 3), unreadable=unreadable)
    (finding,) = findings(taken, "interval-below-minimum")
    assert "2026-03-07 (Saturday 7 March)" in finding.message
    assert ("or later, by the rows that could be read" in finding.message) is is_later
