"""Which tests are one visit, at the edges: no course, an interval before 1900, a window of one's own anchor."""

from datetime import date
from typing import Final

from lemtrada_schedule import load_protocol, plan_treatment
from lemtrada_schedule.plan.due_tests import due_tests
from lemtrada_schedule.plan.visit_days import visit_days
from lemtrada_schedule.protocol.actions import SeriesAction, WindowAction
from tests.support.clinics import WEEK, clinic_open
from tests.support.histories import day

US: Final = load_protocol("us-2024-05-r2")
PLAN: Final = plan_treatment(US, clinic_open(WEEK), not_before=day("2027-01-11"))


def test_without_a_course_no_test_is_due() -> None:
    assert visit_days(US, (), ()) == []
    assert visit_days(US, PLAN.activities, ()) == []


def test_the_parts_of_a_visit_show_their_ids_alone() -> None:
    (visit, *_) = visit_days(US, PLAN.activities, PLAN.courses)
    assert repr(visit) == "VisitDay('laboratory/course-1/baseline')"
    (due, *_) = due_tests(US, PLAN.activities, PLAN.courses)
    assert repr(due) == "DueTests('course-1/1')"
    tests = "blood-count/course-1, creatinine/course-1, urinalysis/course-1, liver-tests/course-1"
    assert repr(due.of) == f"Alike({tests})"
    assert repr(due.of.about) == "Grouped('laboratory')"


def test_an_interval_that_begins_before_1900_bounds_nothing() -> None:
    """A baseline on Friday 31 December 1999, of a test every 100 years; the laboratory opens on Mondays alone."""
    rare = {"id": "rare", "kind": "series", "every": "100 years", "cite": "faq", "baseline": {}}
    kept = [one for one in US.actions if not isinstance(one, SeriesAction | WindowAction)]
    own = US.model_copy(update={"id": "own", "actions": [SeriesAction.model_validate(rare), *kept]})
    clinic = clinic_open(WEEK, laboratory={"weekdays": ["mon"]})
    plan = plan_treatment(own, clinic, not_before=date(2000, 1, 1), courses=1)
    (visit,) = plan.visits
    assert (visit.due, visit.suggested) == (date(1999, 12, 31), date(1999, 12, 27))
