"""What is on record is kept and said as it is, whatever was planned; what is not settled is said to be so.

Course 1 was planned for Monday 11 to Friday 15 January 2027, 12 mg at 09:00 to 13:00, at a clinic that never closes.
"""

from datetime import date
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    History,
    PlanMismatch,
    Protocol,
    evaluate,
    explain,
    forecast,
    plan_treatment,
    replan,
    to_html,
    to_rows,
    to_text,
)
from tests.histories import EVERY_DAY, US, codes, day, decision, history, run, seen, told

PLAN: Final = plan_treatment(US, EVERY_DAY, not_before=date(2027, 1, 11))
ONE_COURSE: Final = US.model_copy(update={"id": "own", "courses": US.courses[:1]})


def first_day_given(**fields: Any) -> tuple[int | None, str | None, str | None]:
    """Return dose, start and end of day 1 after five records on the planned days, the first with some fields."""
    rows = run("2027-01-11", 5)
    given = history([{**rows[0], **fields}, *rows[1:]])
    one = replan(PLAN, US, EVERY_DAY, history=given, as_of=day("2027-02-01")).plan.courses[0].days[0]
    window = one.infusion
    if window is None:
        return one.dose_mg, None, None
    return one.dose_mg, f"{window.start:%H:%M}", f"{window.end:%H:%M}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (12, "09:00", "13:00")),  # nothing but the day is on record: as it was planned
        ({"dose_mg": 12}, (12, "09:00", "13:00")),
        ({"dose_mg": 24}, (24, None, None)),
        ({"dose_mg": 10, "status": "partial"}, (10, None, None)),
        ({"status": "partial"}, (None, None, None)),
        ({"infusion_minutes": 180}, (None, None, None)),
        ({"observation_minutes": 60}, (None, None, None)),
        ({"ended": "11:00"}, (None, None, None)),
        ({"observed_until": "11:00"}, (None, None, None)),
        ({"started": "10:00", "ended": "14:30"}, (None, "10:00", "14:30")),
        ({"started": "10:00", "ended": "10:00"}, (None, None, None)),  # no length: judged, never refused
    ],
)
def test_what_is_on_record_wins_over_what_was_planned(fields: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert first_day_given(**fields) == expected


def test_two_decisions_about_one_course_are_refused_in_any_order() -> None:
    given = history(run("2025-03-03", 3))
    both = [decision(1, "resume"), decision(1, "treat-as-complete")]
    for decisions in (both, both[::-1]):
        with pytest.raises(PlanMismatch) as caught:
            forecast(given, US, as_of=day("2025-03-10"), decisions=decisions)
        assert (caught.value.code, caught.value.place) == ("plan-mismatch", "decisions")
        assert "several decisions are about course 1" in str(caught.value)


def test_ends_that_rest_on_an_unsettled_course_are_said_to_be_at_least() -> None:
    """Two of five infusions, the last on 5 January 2027: contraception until at least 5 May 2027."""
    given = history(run("2027-01-04", 2))
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-06-01"), history=given, as_of=day("2027-01-15"))
    assert "Mon  4 Jan 2027 - at least Wed  5 May 2027" in to_text(plan)
    assert "dates, every 1 month, and on: the course is not settled" in to_text(plan)
    rows = {row["item"]: row for row in to_rows(plan)}
    assert (rows["contraception/1"]["last_day"], rows["contraception/1"]["provisional"]) == (day("2027-05-05"), True)
    assert (rows["blood-count/course-1/1"]["provisional"], rows["course-1/day-1"]["provisional"]) == (True, False)
    (counts,) = [one for one in plan.activities if one.id == "blood-count/course-1"]
    assert "to at least 2031-01-05, last infusion of course 1 (2027-01-05) + 48 months" in explain(counts)
    settled = {row["item"]: row["provisional"] for row in to_rows(PLAN)}
    assert not any(settled.values())


def test_a_plan_without_any_course_is_a_page_without_a_timeline() -> None:
    """A row of the patient could not be read: nothing is planned."""
    unread = History(unreadable=(1,))
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-06-01"), history=unread, as_of=day("2027-05-03"))
    assert plan.courses == ()
    assert "The whole treatment" not in to_html(plan)
    assert "The whole treatment" in to_html(PLAN)


def test_a_protocol_of_one_course_judges_whatever_comes_after_it() -> None:
    """A short course 1, and days a month later: a course too many, which no interval can forbid."""
    given = history(run("2025-03-03", 3), run("2025-04-07", 2))
    evaluation = evaluate(given, ONE_COURSE, as_of=day("2025-06-02"))
    assert ("too-many-courses", 4) in told(evaluation)
    assert "course-boundary-unclear" not in codes(evaluation)
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2026-06-01"), history=given, as_of=day("2025-06-02"))
    assert plan.courses[0].first_day == day("2025-03-03")


def test_more_courses_than_are_listed_are_too_many() -> None:
    """S14, without a number of its own: the last course that is listed is the last one allowed."""
    courses = [rule.model_dump(mode="json") for rule in US.courses]
    listed = Protocol.model_validate(
        {**US.model_dump(mode="json"), "id": "own", "courses": [*courses[:2], {**courses[2], "optional": False}]}
    )
    starts = ("2021-03-01", "2022-03-07", "2023-03-13", "2024-03-18")
    given = history(*[run(first, 5 if first == starts[0] else 3) for first in starts])
    evaluation = evaluate(given, listed, as_of=day("2024-06-03"))
    (found,) = [one for one in evaluation.findings if one.code == "too-many-courses"]
    assert (found.course, found.cite) == (4, US.courses[2].cite)
    assert forecast(given, listed, as_of=day("2024-06-03")).status == "not-recommended"


def test_a_missing_baseline_names_the_source_that_the_plan_names() -> None:
    """The US baseline has a source of its own, the REMS."""
    given = history(run("2025-03-03", 5), observations=[seen("thyroid", "2025-02-10")])
    evaluation = evaluate(given, US, as_of=day("2025-06-02"))
    missing = {one.cite for one in evaluation.findings if one.code == "baseline-missing"}
    baselines = {one.baseline.because.cite for one in PLAN.activities if one.kind == "series" and one.baseline}
    assert missing == {"rems"}
    assert "rems" in baselines
