"""Visits when a plan is made again, or made in the midst of a treatment; and baselines on several days.

US r2, at a clinic that is open every day. Course 1 is given from Monday 11 to Friday 15 January 2027; course 2 follows
from Saturday 15 to Monday 17 January 2028, and its baseline is the draw of month 12, or else due on the eve.
"""

from datetime import date
from typing import Any, Final

from lemtrada_schedule import Change, Clinic, Plan, Protocol, Revision, Visit, load_protocol, plan_treatment, replan
from lemtrada_schedule.planning.shared_parts import PARTS
from lemtrada_schedule.protocol.actions import SeriesAction, WindowAction
from tests.support.clinics import WEEK, clinic_open
from tests.support.histories import closed_on, day, history, run, seen

US: Final = load_protocol("us-2024-05-r2")
OPEN: Final = clinic_open(WEEK)
GIVEN: Final = history(run("2027-01-11", 5))
PLAN: Final = plan_treatment(US, OPEN, not_before=day("2027-01-11"))


def visit(plan: Plan, name: str) -> Visit:
    (found,) = [one for one in plan.visits if one.id == name]
    return found


def again(plan: Plan, as_of: str, clinic: Clinic = OPEN, **asked: Any) -> Revision:
    return replan(plan, US, clinic, **{"history": GIVEN, "as_of": day(as_of), **asked})


def moved(revision: Revision) -> dict[str, tuple[date | None, date | None, str]]:
    """Return what moved: from which day, to which, and why."""
    return {one.item: (one.before, one.after, one.reason) for one in revision.changes if one.kind == "moved"}


def test_a_closed_day_moves_the_suggested_day_alone_and_raises_the_revision() -> None:
    """15 June 2027 is closed; the visit is still due then, and suggested for the day before."""
    revision = again(PLAN, "2027-03-01", closed_on(OPEN, "2027-06-15"))
    name = "laboratory/course-1/5"
    expected = (day("2027-06-15"), day("2027-06-14"), "2027-06-15: closed: Staff day")
    assert moved(revision) == {name: expected}
    assert revision.plan.revision == 1
    assert (visit(revision.plan, name).due, visit(revision.plan, name).suggested) == (expected[0], expected[1])


def test_a_laboratory_of_other_days_moves_suggested_days_alone() -> None:
    """Nothing but the laboratory's week changed: the visits that fell on other days move to a Monday."""
    clinic = OPEN.model_copy(update={"laboratory": {"weekdays": ["mon"]}})
    revision = again(PLAN, "2027-03-01", clinic)
    found = moved(revision)
    assert found.keys() <= {one.id for one in PLAN.visits}
    assert found["laboratory/course-1/5"] == (
        day("2027-06-15"), day("2027-06-14"), "2027-06-15: closed on Tuesdays",
    )  # fmt: skip
    assert revision.plan.revision == 1
    back = again(revision.plan, "2027-03-01", OPEN)
    assert moved(back)["laboratory/course-1/5"] == (
        day("2027-06-14"), day("2027-06-15"), "the last open day on which its tests may be done",
    )  # fmt: skip
    assert back.plan.visits == PLAN.visits


def test_where_no_day_is_left_the_change_says_so() -> None:
    """15 May to 15 June are 31 days: the visit may be 15 days early, from 31 May on."""
    shut = ["2027-05-31", *(f"2027-06-{n:02d}" for n in range(1, 16))]
    revision = again(PLAN, "2027-03-01", closed_on(OPEN, *shut))
    assert moved(revision) == {"laboratory/course-1/5": (day("2027-06-15"), None, "no allowed day is open")}
    opened = again(revision.plan, "2027-03-01", OPEN)
    assert [one for one in opened.changes if one.kind == "moved"] == [
        Change(
            kind="moved",
            item="laboratory/course-1/5",
            before=None,
            after=day("2027-06-15"),
            reason="the last open day on which its tests may be done",
            which="suggested-day",
        )
    ]


def test_a_visit_that_was_due_keeps_the_day_that_was_suggested() -> None:
    """On 1 July the clinic no longer lists its closure of 15 June, and lists 15 February. Both visits are past."""
    first = plan_treatment(US, closed_on(OPEN, "2027-06-15"), not_before=day("2027-01-11"))
    revision = again(first, "2027-07-01", closed_on(OPEN, "2027-02-15"))
    assert moved(revision) == {}
    assert visit(revision.plan, "laboratory/course-1/5").suggested == day("2027-06-14")
    assert visit(revision.plan, "laboratory/course-1/1").suggested == day("2027-02-15")
    on_the_day = again(first, "2027-06-15", OPEN)
    assert visit(on_the_day.plan, "laboratory/course-1/5").suggested == day("2027-06-15"), "it is not past yet"


def test_a_visit_moves_with_its_tests_and_without_a_change_of_its_own() -> None:
    """Given a week later, from 18 to 22 January: the first draw is due on 22 February."""
    revision = again(PLAN, "2027-02-01", history=history(run("2027-01-18", 5)))
    assert str(visit(revision.plan, "laboratory/course-1/1").due) == "2027-02-22"
    assert not {one.item for one in revision.changes} & {one.id for one in PLAN.visits}
    assert moved(revision)["blood-count/course-1/1"][:2] == (day("2027-02-15"), day("2027-02-22"))


def own_tests(*series: dict[str, Any]) -> Protocol:
    """Return the US rules with these series, of one group, in place of their tests."""
    found = [SeriesAction.model_validate({"kind": "series", "cite": "faq", "visit": "draws", **one}) for one in series]
    kept = [one for one in US.actions if not isinstance(one, SeriesAction | WindowAction)]
    return US.model_copy(update={"id": "own", "actions": [*found, *kept]})


def test_a_draw_that_serves_and_a_baseline_on_the_eve_are_two_visits() -> None:
    """Test b is due on 10 January 2028 (15 January 2027 + 36 × 10 days), which is its baseline; a's is on the eve.

    A record of b on 10 January takes its baseline from the visit.
    """
    own = own_tests(
        {"id": "a", "every": "1 month", "baseline": {"within": "30 days"}},
        {"id": "b", "every": "10 days", "baseline": {"within": "30 days", "reuse": "14 days"}},
    )
    plan = plan_treatment(own, OPEN, not_before=day("2027-01-11"))
    serving = visit(plan, "draws/course-1/360-days")
    assert (str(serving.due), serving.tests) == ("2028-01-10", ("b/course-1/36", "b/course-2/baseline"))
    assert visit(plan, "draws/course-2/baseline").tests == ("a/course-2/baseline",)
    given = history(run("2027-01-11", 5), observations=[seen("b", "2028-01-10")])
    later = replan(plan, own, OPEN, history=given, as_of=day("2028-01-12")).plan
    assert visit(later, "draws/course-1/360-days").tests == ("b/course-1/36",)
    assert visit(later, "draws/course-2/baseline").tests == ("a/course-2/baseline",)


def test_of_baselines_of_one_course_on_several_days_the_last_has_the_plain_id() -> None:
    """Both courses were given later than planned, and the plan is made again after both: what was past stays.

    Test b was due on the eve as planned, 14 January 2028. Test a was due on the draw of 10 January, which is gone: of
    16 January 2027 + 36 × 10 days = 11 January 2028 it is more than 7 days to 20 January, so it is due on that eve.
    """
    own = own_tests(
        {"id": "a", "every": "10 days", "baseline": {"within": "30 days", "reuse": "7 days"}},
        {"id": "b", "every": "1 year", "baseline": {"within": "30 days"}},
    )
    plan = plan_treatment(own, OPEN, not_before=day("2027-01-11"))
    given = history(run("2027-01-12", 5), run("2028-01-20", 3))
    found = replan(plan, own, OPEN, history=given, as_of=day("2028-02-01")).plan
    baselines = {one.id: (str(one.due), one.tests) for one in found.visits if one.kind == "baseline"}
    assert baselines == {
        "draws/course-1/baseline": ("2027-01-10", ("a/course-1/baseline", "b/course-1/baseline")),
        "draws/course-2/baseline-2": ("2028-01-14", ("b/course-2/baseline",)),
        "draws/course-2/baseline": ("2028-01-19", ("a/course-2/baseline",)),
    }
    assert Plan.model_validate_json(found.model_dump_json()) == found


def test_a_plan_without_readable_records_has_no_visits() -> None:
    """A row that could not be read may be an infusion: nothing is counted from any (S06)."""
    unread = history(run("2027-01-11", 5), unreadable=[6])
    plan = plan_treatment(US, OPEN, not_before=day("2028-01-20"), history=unread, as_of=day("2027-06-01"))
    assert plan.visits == ()


def test_a_course_that_waits_for_a_decision_keeps_its_visits() -> None:
    """Three of five infusions were given; course 2 waits, and its tests stay where they were, with all others."""
    revision = again(PLAN, "2027-02-10", history=history(run("2027-01-11", 3)))
    assert revision.plan.courses[1].status == "tentative"
    assert str(visit(revision.plan, "laboratory/course-1/1").due) == "2027-02-13"
    assert [one.course for one in revision.plan.visits if one.id.startswith("laboratory/course-2")]


def test_visits_of_one_start_are_made_once() -> None:
    PARTS.cache_clear()
    one, other = (plan_treatment(US, OPEN, not_before=day("2027-01-11")) for _ in range(2))
    assert all(a is b for a, b in zip(one.visits, other.visits, strict=True))
