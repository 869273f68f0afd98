"""Activities of courses, each field worked out by hand (S20 to S23, S25).

Course 1 is given from Monday 27 to Friday 31 October 2025, course 2 from Saturday 31 October to Monday 2 November 2026.
"""

from datetime import UTC, date, datetime
from typing import Any, Final

import pytest

from lemtrada_schedule import Protocol, plan_treatment
from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import (
    Activity,
    AfterInfusionActivity,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.planning.activities import (
    CourseAnchors,
    contraception,
    course_activities,
    period_of,
    treatment_activities,
)
from lemtrada_schedule.protocol.actions import (
    Action,
    AfterInfusionAction,
    BaselineRule,
    InfusionDaysAction,
    NoteAction,
    PeriodAction,
    SeriesAction,
    WindowAction,
)
from tests.support.histories import EVERY_DAY, US

CITE, OTHER = [source.id for source in US.sources][:2]
PLAN = plan_treatment(US, EVERY_DAY, not_before=date(2025, 10, 27), courses=2)
DAYS = [course.days for course in PLAN.courses]


def anchors(number: int, *, provisional: bool = False) -> CourseAnchors:
    days = DAYS[number - 1]
    return CourseAnchors(number, days[0].date, days[-1].date, days, provisional)


ONE, TWO = anchors(1), anchors(2)

CITED: Final[dict[str, Any]] = {"cite": CITE, "grade": "A", "basis": "label"}


def series(name: str, every: str, until: str | None = None, **fields: Any) -> SeriesAction:
    end = Offset.parse(until) if until else None
    return SeriesAction(id=name, kind="series", every=Span.parse(every), until=end, **{**CITED, **fields})


def protocol(*actions: Action) -> Protocol:
    return US.model_copy(update={"actions": (US.contraception, *actions)})


def of_course(action: Action, course: CourseAnchors = ONE, **around: CourseAnchors | None) -> Activity:
    beside = {"before": None, "following": None, **around}
    (activity,) = course_activities(protocol(action), course, before=beside["before"], following=beside["following"])
    return activity


def reason(because: Derivation | None) -> tuple[Any, ...]:
    """Return anchor, course, day counted from, offset, rounding, result, source and basis."""
    assert because is not None
    return (
        because.anchor_kind,
        because.anchor_course,
        because.anchor_day,
        because.offset,
        because.rounding,
        because.result,
        because.cite,
        because.basis,
    )


def test_the_courses_are_where_this_page_says() -> None:
    assert [(course.first_day, course.last_day) for course in (ONE, TWO)] == [
        (date(2025, 10, 27), date(2025, 10, 31)),
        (date(2026, 10, 31), date(2026, 11, 2)),
    ]


# --- periods -------------------------------------------------------------------------------------


def period(name: str, starts: str, ends: str | None, **fields: Any) -> PeriodAction:
    end = Offset.parse(ends) if ends else None
    return PeriodAction(id=name, kind="period", starts=Offset.parse(starts), ends=end, **{**CITED, **fields})


def test_a_period_begins_earlier_and_ends_later() -> None:
    found = of_course(period("watch", "last infusion - 1 month", "last infusion + 4 months", title="Watch"))
    assert isinstance(found, PeriodActivity)
    assert (found.id, found.action, found.course, found.title) == ("watch/course-1", "watch", 1, "Watch")
    # 31 October - 1 month: 30 September. 31 October + 4 months: there is no 31 February, so 1 March.
    begins = ("last-infusion", 1, date(2025, 10, 31), "- 1 month", "earlier", date(2025, 9, 30), CITE, "label")
    ends = ("last-infusion", 1, date(2025, 10, 31), "+ 4 months", "later", date(2026, 3, 1), CITE, "label")
    assert (reason(found.begins_because), reason(found.because)) == (begins, ends)
    assert (found.first_day, found.last_day, found.earliest_end) == (date(2025, 9, 30), date(2026, 3, 1), None)
    assert not found.provisional


def test_a_period_that_waits_for_an_observation_has_only_an_earliest_end() -> None:
    wait = {"observation": "cd4", "at_least": 200, "unit": "cells/uL"}
    found = of_course(period("watch", "first infusion", "last infusion + 42 days", open_until=wait))
    assert isinstance(found, PeriodActivity)
    # 31 October + 42 days: 12 December.
    assert (found.first_day, found.last_day, found.earliest_end) == (date(2025, 10, 27), None, date(2025, 12, 12))
    assert reason(found.begins_because)[3:6] == ("", "exact", date(2025, 10, 27))
    assert reason(found.because)[3:6] == ("+ 42 days", "exact", date(2025, 12, 12))


def test_a_period_without_an_end_says_why_it_begins() -> None:
    found = of_course(period("watch", "first infusion", None))
    assert isinstance(found, PeriodActivity)
    assert (found.last_day, found.earliest_end, found.because) == (None, None, found.begins_because)


def test_what_rests_on_a_course_that_is_not_settled_is_provisional() -> None:
    course = anchors(1, provisional=True)
    for action in (period("watch", "first infusion", "last infusion"), series("count", "1 month")):
        found = of_course(action, course)
        assert isinstance(found, PeriodActivity | SeriesActivity)
        assert found.provisional


@pytest.mark.parametrize("unsettled", [1, 2])
def test_what_occurs_once_in_the_treatment_rests_on_its_first_and_its_last_course(unsettled: int) -> None:
    watch = period("watch", "first infusion", "last infusion", per="treatment")
    courses = [anchors(number, provisional=number == unsettled) for number in (1, 2)]
    for found in treatment_activities(protocol(series("skin", "12 months", per="treatment"), watch), *courses):
        assert isinstance(found, PeriodActivity | SeriesActivity)
        assert found.provisional


def test_a_period_of_one_course_is_the_one_that_a_plan_has() -> None:
    """Course 2 begins on 31 October 2026; 42 days after 2 November are 14 December."""
    wait = {"observation": "cd4", "at_least": 200, "unit": "cells/uL"}
    action = period("watch", "first infusion", "last infusion + 42 days", open_until=wait)
    found = period_of(action, [TWO])
    assert (found.id, found.course) == ("watch/course-2", 2)
    assert (found.first_day, found.last_day, found.earliest_end) == (date(2026, 10, 31), None, date(2026, 12, 14))
    assert found == of_course(action, TWO)


def test_a_period_of_a_treatment_begins_with_its_first_course_and_ends_with_its_last() -> None:
    """Of three courses, the last one ends on 15 November 2027; 4 months later are 15 March 2028."""
    action = period("watch", "first infusion", "last infusion + 4 months", per="treatment")
    courses = [ONE, TWO, at(3, date(2027, 11, 13), date(2027, 11, 15))]
    found = period_of(action, courses)
    assert (found.id, found.course) == ("watch/treatment", None)
    assert (found.first_day, found.last_day) == (date(2025, 10, 27), date(2028, 3, 15))
    assert reason(found.begins_because)[:3] == ("first-infusion", 1, date(2025, 10, 27))
    assert reason(found.because)[:3] == ("last-infusion", 3, date(2027, 11, 15))
    assert (found,) == treatment_activities(protocol(action), courses[0], courses[-1])


# --- windows -------------------------------------------------------------------------------------


def test_a_window_opens_later_and_closes_earlier() -> None:
    action = WindowAction(
        id="shots",
        kind="window",
        opens=Offset.parse("last infusion + 4 months"),
        closes=Offset.parse("last infusion + 6 months"),
        **CITED,
    )
    found = of_course(action)
    assert isinstance(found, WindowActivity)
    # 31 October + 4 months, later: 1 March. + 6 months, earlier: 30 April.
    assert (found.first_day, found.last_day) == (date(2026, 3, 1), date(2026, 4, 30))
    assert (found.id, found.course) == ("shots/course-1", 1)
    opens = ("last-infusion", 1, date(2025, 10, 31), "+ 4 months", "later", date(2026, 3, 1), CITE, "label")
    closes = ("last-infusion", 1, date(2025, 10, 31), "+ 6 months", "earlier", date(2026, 4, 30), CITE, "label")
    assert (reason(found.begins_because), reason(found.because)) == (opens, closes)


@pytest.mark.parametrize(
    ("offsets", "first_day", "last_day"),
    [
        ({"closes": Offset.parse("first infusion - 42 days")}, None, date(2025, 9, 15)),
        ({"opens": Offset.parse("last infusion + 6 weeks")}, date(2025, 12, 12), None),
    ],
)
def test_a_window_may_have_one_end(offsets: dict[str, Any], first_day: date | None, last_day: date | None) -> None:
    found = of_course(WindowAction(id="shots", kind="window", **offsets, **CITED))
    assert isinstance(found, WindowActivity)
    assert (found.first_day, found.last_day) == (first_day, last_day)
    assert (found.begins_because is None, found.because is None) == (first_day is None, last_day is None)


# --- series --------------------------------------------------------------------------------------


def test_a_series_by_hand() -> None:
    code = {"system": "http://loinc.org", "code": "57021-8"}
    found = of_course(
        series(
            "count",
            "1 month",
            "last infusion + 3 months",
            title="Count",
            neutral_title="Laboratory test",
            codes=[code],
            applies_to="all",
        )
    )
    assert isinstance(found, SeriesActivity)
    assert found.dates == (date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31))
    assert (found.continuing, found.baseline, found.every) == (False, None, Span.parse("1 month"))
    because = ("last-infusion", 1, date(2025, 10, 31), "+ 1 month", "earlier", date(2025, 11, 30), CITE, "label")
    ends = ("last-infusion", 1, date(2025, 10, 31), "+ 3 months", "later", date(2026, 1, 31), CITE, "label")
    assert (reason(found.because), reason(found.ends_because)) == (because, ends)
    assert (found.id, found.title, found.neutral_title, found.applies_to) == (
        "count/course-1",
        "Count",
        "Laboratory test",
        "all",
    )
    assert [one.code for one in found.codes] == ["57021-8"]


def test_a_series_without_an_end_is_listed_for_48_months() -> None:
    found = of_course(series("count", "1 year"))
    assert isinstance(found, SeriesActivity)
    assert found.dates == tuple(date(year, 10, 31) for year in (2026, 2027, 2028, 2029))
    assert found.continuing
    assert reason(found.ends_because)[3:6] == ("+ 48 months", "later", date(2029, 10, 31))


def test_a_series_ends_with_the_next_course() -> None:
    """Course 2 begins on 31 October 2026: that day's date stays, later ones fall away."""
    found = of_course(series("count", "1 month", "last infusion + 48 months"), following=TWO)
    assert isinstance(found, SeriesActivity)
    assert (len(found.dates), found.dates[-1]) == (12, date(2026, 10, 31))
    ends = ("first-infusion", 2, date(2026, 10, 31), "", "exact", date(2026, 10, 31), CITE, "label")
    assert reason(found.ends_because) == ends


def test_the_reason_of_a_series_that_ends_on_the_day_of_the_next_course() -> None:
    """12 months after 31 October 2025 is the day on which course 2 begins: the series ends by its own rule."""
    found = of_course(series("count", "3 months", "last infusion + 12 months"), following=TWO)
    assert isinstance(found, SeriesActivity)
    ends = ("last-infusion", 1, date(2025, 10, 31), "+ 12 months", "later", date(2026, 10, 31), CITE, "label")
    assert reason(found.ends_because) == ends
    assert found.dates == (date(2026, 1, 31), date(2026, 4, 30), date(2026, 7, 31), date(2026, 10, 31))


def test_series_by_the_same_words_share_dates_and_have_sources_of_their_own() -> None:
    one, two = series("one", "1 month"), series("two", "1 month", cite=OTHER, basis="convention")
    other = series("three", "2 months")
    found = course_activities(protocol(one, two, other), ONE, before=None, following=None)
    first, second, third = (item for item in found if isinstance(item, SeriesActivity))
    assert first.dates == second.dates
    assert third.dates[0] == date(2025, 12, 31)
    assert [(item.because.cite, item.because.basis) for item in (first, second)] == [
        (CITE, "label"),
        (OTHER, "convention"),
    ]
    assert [item.ends_because.cite for item in (first, second, third)] == [CITE, OTHER, CITE]


def test_reasons_of_the_same_words_are_shared() -> None:
    found = course_activities(
        protocol(period("one", "first infusion", "last infusion"), period("two", "first infusion", "last infusion")),
        ONE,
        before=None,
        following=None,
    )
    one, two = (item for item in found if isinstance(item, PeriodActivity))
    assert one.because is two.because
    assert one.begins_because is two.begins_because
    assert one.begins_because is not one.because


# --- baselines -----------------------------------------------------------------------------------


def baseline(course: CourseAnchors, rule: dict[str, Any], every: str = "1 month", **fields: Any) -> Any:
    until = fields.pop("until", "last infusion + 48 months")
    action = series("count", every, until, baseline=BaselineRule(**rule), **fields)
    found = of_course(action, course, before=ONE if course.number == 2 else None)
    assert isinstance(found, SeriesActivity)
    assert found.baseline is not None
    return found.baseline


def test_the_baseline_of_course_1_is_due_on_the_eve() -> None:
    found = baseline(ONE, {"within": Span.parse("30 days"), "reuse": Span.parse("14 days"), "cite": OTHER})
    # 27 October - 30 days: 27 September.
    assert (found.first_day, found.last_day, found.due) == (date(2025, 9, 27), date(2025, 10, 26), date(2025, 10, 26))
    eve = ("first-infusion", 1, date(2025, 10, 27), "- 1 day", "exact", date(2025, 10, 26), OTHER, "label")
    begins = ("first-infusion", 1, date(2025, 10, 27), "- 30 days", "exact", date(2025, 9, 27), OTHER, "label")
    assert (reason(found.because), reason(found.begins_because)) == (eve, begins)


def test_a_window_of_months_begins_later() -> None:
    """31 October 2026 - 1 month: there is no 31 September, so 1 October."""
    assert baseline(TWO, {"within": Span.parse("1 month")}).first_day == date(2026, 10, 1)


def test_a_baseline_without_a_window_begins_after_the_course_before() -> None:
    found = baseline(TWO, {"basis": "convention"})
    assert (found.first_day, found.last_day, found.due) == (date(2025, 11, 1), date(2026, 10, 30), date(2026, 10, 30))
    begins = ("last-infusion", 1, date(2025, 10, 31), "+ 1 day", "exact", date(2025, 11, 1), CITE, "convention")
    assert reason(found.begins_because) == begins
    assert found.because.basis == "convention"
    first = baseline(ONE, {"basis": "convention"})
    assert (first.first_day, first.begins_because, first.because.basis) == (None, None, "label")


@pytest.mark.parametrize(("first_day", "opens"), [(date(2025, 11, 1), None), (date(2025, 11, 2), date(2025, 11, 1))])
def test_there_is_no_window_where_a_course_follows_on_the_very_next_day(first_day: date, opens: date | None) -> None:
    course = CourseAnchors(2, first_day, TWO.last_day, TWO.days)
    found = baseline(course, {"basis": "convention"})
    assert (found.first_day, found.begins_because is None) == (opens, opens is None)


@pytest.mark.parametrize(
    ("rule", "every", "until", "due", "offset", "basis"),
    [
        # Monthly dates of course 1 up to the eve of 31 October 2026: the eleventh, 30 September, is 31 days old.
        ({"reuse": Span.parse("31 days")}, "1 month", None, date(2026, 9, 30), "+ 11 × 1 month", "convention"),
        ({"reuse": Span.parse("30 days")}, "1 month", None, date(2026, 10, 30), "- 1 day", "convention"),
        ({}, "1 month", None, date(2026, 10, 30), "- 1 day", "convention"),
        # 52 weeks after 31 October 2025: 30 October 2026.
        ({"reuse": Span.parse("14 days")}, "52 weeks", None, date(2026, 10, 30), "+ 52 weeks", "convention"),
        # A window of 20 days does not hold a date that is 31 days old.
        (
            {"reuse": Span.parse("31 days"), "within": Span.parse("20 days")},
            "1 month",
            None,
            date(2026, 10, 30),
            "- 1 day",
            "label",
        ),
        # A series that ends 10 months after course 1 has no eleventh date; its tenth, 31 August, is 61 days old.
        (
            {"reuse": Span.parse("61 days")},
            "1 month",
            "last infusion + 10 months",
            date(2026, 8, 31),
            "+ 10 × 1 month",
            "convention",
        ),
        (
            {"reuse": Span.parse("60 days")},
            "1 month",
            "last infusion + 10 months",
            date(2026, 10, 30),
            "- 1 day",
            "convention",
        ),
        # One that ends 10 months after the first infusion, on 27 August, has no tenth either; its ninth is 92 days old.
        (
            {"reuse": Span.parse("92 days")},
            "1 month",
            "first infusion + 10 months",
            date(2026, 7, 31),
            "+ 9 × 1 month",
            "convention",
        ),
        # One date only, and none: the series ends before its first.
        (
            {"reuse": Span.parse("12 months")},
            "1 month",
            "last infusion + 1 month",
            date(2025, 11, 30),
            "+ 1 month",
            "convention",
        ),
        (
            {"reuse": Span.parse("12 months")},
            "6 months",
            "last infusion + 1 month",
            date(2026, 10, 30),
            "- 1 day",
            "convention",
        ),
    ],
)
def test_which_date_of_the_course_before_serves_as_baseline(  # noqa: PLR0917  # the parameters of the test
    rule: dict[str, Any], every: str, until: str | None, due: date, offset: str, basis: str
) -> None:
    found = baseline(TWO, rule, every, **({"until": until} if until else {}))
    assert (found.due, found.because.offset, found.because.basis) == (due, offset, basis)
    drawn = offset.startswith("+")
    assert (found.because.anchor_kind, found.because.anchor_course, found.because.anchor_day) == (
        ("last-infusion", 1, date(2025, 10, 31)) if drawn else ("first-infusion", 2, date(2026, 10, 31))
    )
    assert found.because.rounding == ("earlier" if drawn and "month" in offset else "exact")
    assert (found.because.result, found.because.cite) == (due, CITE)


# --- infusion days, hours after them, notes ------------------------------------------------------


def test_something_done_on_infusion_days() -> None:
    action = InfusionDaysAction(id="steroid", kind="infusion-days", days=(3, 1, 3, 5), per="first-course", **CITED)
    found = of_course(action)
    assert isinstance(found, InfusionDaysActivity)
    assert found.days == (date(2025, 10, 27), date(2025, 10, 29), date(2025, 10, 31))
    assert (found.because.anchor, found.because.anchor_ordinals) == ("infusion days 1, 3, 5 of course 1", (1, 3, 5))
    first = date(2025, 10, 27)
    assert reason(found.because) == ("infusion-days", 1, first, "", "exact", first, CITE, "label")
    assert (found.id, found.course) == ("steroid/course-1", 1)
    shorter = of_course(action, cut_short(3))
    assert isinstance(shorter, InfusionDaysActivity)
    assert shorter.days == (date(2025, 10, 27), date(2025, 10, 29))


def cut_short(count: int) -> CourseAnchors:
    days = DAYS[0][:count]
    return CourseAnchors(1, days[0].date, days[-1].date, days)


@pytest.mark.parametrize(("days", "count", "there"), [((3,), 3, True), ((3,), 2, False), ((3, 2), 2, True)])
def test_infusion_days_that_a_course_does_not_have_make_no_activity(
    days: tuple[int, ...],
    count: int,
    there: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    action = InfusionDaysAction(id="steroid", kind="infusion-days", days=days, **CITED)
    assert bool(course_activities(protocol(action), cut_short(count), before=None, following=None)) is there


def test_hours_after_each_infusion() -> None:
    action = AfterInfusionAction(id="watch", kind="after-infusion", hours=24, **CITED)
    found = of_course(action, TWO)
    assert isinstance(found, AfterInfusionActivity)
    # New York leaves summer time on 1 November 2026: 09:00 is 13:00 in UTC on 31 October, then 14:00. Plus 4 hours.
    ends = [datetime(2026, 10, 31, 17, tzinfo=UTC), datetime(2026, 11, 1, 18, tzinfo=UTC)]
    assert [window.start.astimezone(UTC) for window in found.windows[:2]] == ends
    assert {window.minutes for window in found.windows} == {24 * 60}
    assert (found.id, found.course) == ("watch/course-2", 2)
    assert len(found.windows) == 3
    # 24 hours after 13:00 on 31 October: 12:00 on 1 November.
    assert reason(found.because) == (
        "each-infusion",
        2,
        date(2026, 10, 31),
        "+ 24 hours",
        "exact",
        date(2026, 11, 1),
        CITE,
        "label",
    )


def test_no_hours_are_counted_where_no_infusion_has_its_times() -> None:
    action = AfterInfusionAction(id="watch", kind="after-infusion", hours=24, **CITED)
    bare = tuple(day.model_copy(update={"infusion": None, "observation": None}) for day in TWO.days)
    course = CourseAnchors(2, TWO.first_day, TWO.last_day, bare)
    assert course_activities(protocol(action), course, before=ONE, following=None) == ()
    some = CourseAnchors(2, TWO.first_day, TWO.last_day, (bare[0], *TWO.days[1:]))
    found = of_course(action, some)
    assert isinstance(found, AfterInfusionActivity)
    assert len(found.windows) == 2


def test_a_note_has_words_and_a_source() -> None:
    found = of_course(NoteAction(id="call", kind="note", text="Call us.", **CITED), TWO)
    assert isinstance(found, NoteActivity)
    assert (found.id, found.course, found.text, found.cite, found.basis) == (
        "call/course-2",
        2,
        "Call us.",
        CITE,
        "label",
    )


# --- how often -----------------------------------------------------------------------------------


def test_how_often_an_action_occurs() -> None:
    rules = protocol(
        period("each", "first infusion", "last infusion"),
        period("once", "first infusion", "last infusion", per="first-course"),
        period("whole", "first infusion", "last infusion", per="treatment"),
        series("yearly", "1 year", "last infusion + 12 months", per="treatment"),
        NoteAction(id="note", kind="note", text="Call us.", per="treatment", **CITED),
    )
    in_one = course_activities(rules, ONE, before=None, following=TWO)
    in_two = course_activities(rules, TWO, before=ONE, following=None)
    assert [one.id for one in (*in_one, *in_two)] == ["each/course-1", "once/course-1", "each/course-2"]
    whole, yearly, note = treatment_activities(rules, ONE, TWO)
    assert isinstance(whole, PeriodActivity)
    assert isinstance(yearly, SeriesActivity)
    assert [one.id for one in (whole, yearly, note)] == ["whole/treatment", "yearly/treatment", "note/treatment"]
    assert {one.course for one in (whole, yearly, note)} == {None}
    assert (whole.first_day, whole.last_day) == (date(2025, 10, 27), date(2026, 11, 2))
    # Counted from course 1, and ended by course 2.
    assert yearly.dates == (date(2026, 10, 31), date(2027, 10, 31))
    assert reason(yearly.ends_because)[:3] == ("last-infusion", 2, date(2026, 11, 2))


# --- contraception (S23) -------------------------------------------------------------------------


def contraceptive(ends: str) -> Protocol:
    (own,) = [action for action in US.actions if action is US.contraception]
    assert isinstance(own, PeriodAction)
    changed = own.model_copy(update={"starts": Offset.parse("first infusion"), "ends": Offset.parse(ends)})
    return US.model_copy(update={"actions": (changed,)})


def at(number: int, first: date, last: date, *, provisional: bool = False) -> CourseAnchors:
    return CourseAnchors(number, first, last, (), provisional)


def test_contraception_of_courses_far_apart() -> None:
    found = contraception(contraceptive("last infusion + 4 months"), [ONE, TWO])
    assert [(one.id, one.course, one.first_day, one.last_day) for one in found] == [
        ("contraception/1", 1, date(2025, 10, 27), date(2026, 3, 1)),
        ("contraception/2", 2, date(2026, 10, 31), date(2027, 3, 2)),
    ]
    assert [reason(one.because)[:6] for one in found] == [
        ("last-infusion", 1, date(2025, 10, 31), "+ 4 months", "later", date(2026, 3, 1)),
        ("last-infusion", 2, date(2026, 11, 2), "+ 4 months", "later", date(2027, 3, 2)),
    ]


def test_contraception_of_courses_that_touch_is_one_period() -> None:
    """Ten days after 11 March is 21 March; course 2 begins on the 22nd, and is not settled."""
    one = at(1, date(2026, 3, 9), date(2026, 3, 11))
    two = at(2, date(2026, 3, 22), date(2026, 3, 24), provisional=True)
    three = at(3, date(2027, 4, 5), date(2027, 4, 7))
    found = contraception(contraceptive("last infusion + 10 days"), [one, two, three])
    assert [(item.id, item.course, item.first_day, item.last_day, item.provisional) for item in found] == [
        ("contraception/1", None, date(2026, 3, 9), date(2026, 4, 3), True),
        ("contraception/2", 3, date(2027, 4, 5), date(2027, 4, 17), False),
    ]
    assert reason(found[0].because)[:4] == ("last-infusion", 2, date(2026, 3, 24), "+ 10 days")
    assert reason(found[0].begins_because)[:3] == ("first-infusion", 1, date(2026, 3, 9))


def test_a_course_of_one_day_is_a_period_of_its_own() -> None:
    """One infusion day, and a period that ends with it."""
    one = at(1, date(2026, 3, 9), date(2026, 3, 9))
    found = contraception(contraceptive("last infusion"), [one])
    assert [(item.id, item.course, item.first_day, item.last_day) for item in found] == [
        ("contraception/1", 1, date(2026, 3, 9), date(2026, 3, 9))
    ]
