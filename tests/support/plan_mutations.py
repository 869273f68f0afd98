"""Written plans that contradict themselves: real plans with one value changed, and the place of the expected error.

`PLANS` are written plans of every kind; `CONTRADICTIONS` are changes by hand; `LEGAL` lists the values that
may change without a contradiction, each with the reason.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from lemtrada_schedule import Plan, plan_treatment, replan
from tests.support.clinics import MON_TO_FRI, clinic_open
from tests.support.histories import EU, EVERY_DAY, US, cd4, day, decision, history, run, seen

Tree = dict[str, Any]
Path = tuple[str | int, ...]
BOSTON: Final = clinic_open(
    MON_TO_FRI,
    country="US",
    subdivision="MA",
    closures={"2027-01-14": "Staff day", "2028-01-20": "Staff day"},
    extra_open={"2027-01-16": "Saturday session"},
    fully_booked={"2027-03-02": "no chair"},
)
IN_FULL: Final = {"started": "09:00", "ended": "13:00", "observed_until": "15:00", "dose_mg": 12}


@cache
def made() -> dict[str, Plan]:
    """Return a plan of each kind. Course 1 of the first is on Monday 25 to Friday 29 January 2027."""
    fresh = plan_treatment(US, BOSTON, not_before=day("2027-01-11"), as_of=day("2026-12-15"), plan_id="p7")
    begun, short = history(run("2027-01-25", 2, **IN_FULL)), history(run("2027-01-25", 3))
    tested = [cd4("2027-05-01", 230), seen("blood-count", "2027-01-15")]
    over = history(run("2027-01-25", 5), observations=tested)
    both = history(run("2025-03-03", 4), run("2026-03-09", 3))
    resume = [decision(1, "resume")]
    return {
        "fresh": fresh,
        "in progress": replan(fresh, US, BOSTON, history=begun, as_of=day("2027-01-26")).plan,
        "over": replan(fresh, US, BOSTON, history=over, as_of=day("2027-06-01")).plan,
        "waiting": replan(fresh, US, BOSTON, history=short, as_of=day("2027-02-15")).plan,
        "resumed": replan(fresh, US, BOSTON, history=short, as_of=day("2027-02-03"), decisions=resume).plan,
        "eu": plan_treatment(EU, EVERY_DAY, not_before=day("2027-03-01"), courses=4),
        "third": plan_treatment(
            US, EVERY_DAY, not_before=day("2028-06-01"), courses=3, history=both, as_of=day("2027-01-01")
        ),
    }


@cache
def texts() -> dict[str, str]:
    """Return the JSON of a plan of each kind."""
    return {name: plan.model_dump_json() for name, plan in made().items()}


def tree_of(name: str) -> Tree:
    """Return a written plan as lists and tables of its own."""
    tree: Tree = json.loads(texts()[name])
    return tree


def part(tree: Tree, name: str) -> Any:
    """Return the activity with an id."""
    return next(one for one in tree["activities"] if one["id"] == name)


class Contradiction(NamedTuple):
    """A plan, what is changed in it, and the place at which that is found."""

    plan: str
    change: Callable[[Tree], object]
    place: str


def course(tree: Tree, number: int = 1) -> Any:
    return next(one for one in tree["courses"] if one["number"] == number)


def visit(tree: Tree) -> Any:
    """Return the first visit of a plan."""
    return tree["visits"][0]


def asked(tree: Tree) -> Any:
    return tree["provenance"]["request"]


def remove_day(tree: Tree) -> None:
    """Leave out the second day of course 1."""
    del course(tree)["days"][1]


def move_all(tree: Tree, name: str, step: int) -> Any:
    """Move one of the two ends of contraception, and return its reason, which moves with it."""
    period = tree["contraception"][0]
    moved = (date.fromisoformat(period[name]) + timedelta(days=step)).isoformat()
    because = period["begins_because" if name == "first_day" else "because"]
    period[name] = because["result"] = moved
    return because


CONTRADICTIONS: Final[dict[str, Contradiction]] = {
    # named in the issue
    "a first day that is not the first infusion": Contradiction(
        "fresh", lambda t: course(t).update(first_day="2027-01-24"), "courses.course-1.first_day"
    ),
    "two days with one id": Contradiction(
        "fresh", lambda t: course(t)["days"][1].update(id="course-1/day-1"), "courses.course-1.days.1.id"
    ),
    "course -5": Contradiction("fresh", lambda t: course(t).update(number=-5), "courses.0.number"),
    "a dose of -12": Contradiction(
        "fresh", lambda t: course(t)["days"][0].update(dose_mg=-12), "courses.course-1.days.course-1/day-1.dose_mg"
    ),
    "no contraception": Contradiction("fresh", lambda t: t.update(contraception=[]), "courses.course-1"),
    "no courses asked for": Contradiction("fresh", lambda t: asked(t).update(courses=0), "provenance.request.courses"),
    # courses
    "course 51": Contradiction("fresh", lambda t: course(t, 2).update(number=51), "courses.1.number"),
    "two courses with one number": Contradiction(
        "fresh", lambda t: course(t, 2).update(number=1, id="course-1"), "courses.course-1.number"
    ),
    "a course with another's id": Contradiction("fresh", lambda t: course(t, 2).update(id="course-3"), "courses.1.id"),
    "courses in another order": Contradiction("fresh", lambda t: t["courses"].reverse(), "courses.course-1"),
    "a course on record behind one to come": Contradiction(
        "third", lambda t: t["courses"].insert(0, t["courses"].pop()), "courses.course-1"
    ),
    "no courses at all": Contradiction("fresh", lambda t: t.update(courses=[]), "provenance.request.courses"),
    "a last day that is not the last infusion": Contradiction(
        "fresh", lambda t: course(t).update(last_day="2027-01-28"), "courses.course-1.last_day"
    ),
    "another drift": Contradiction("fresh", lambda t: course(t).update(drift_days=0), "courses.course-1.drift_days"),
    "another recommended day": Contradiction(
        "fresh", lambda t: course(t).update(recommended="2027-01-12"), "courses.course-1.recommended"
    ),
    "a recommended day of course 3": Contradiction(
        "third", lambda t: course(t, 3).update(recommended=course(t, 3)["earliest"]), "courses.course-3.recommended"
    ),
    "another earliest day than its reason's": Contradiction(
        "fresh", lambda t: course(t, 2).update(earliest="2028-01-30"), "courses.course-2.because.result"
    ),
    "a reason counted from another day": Contradiction(
        "fresh",
        lambda t: course(t, 2)["because"].update(anchor_day="2027-01-28", result="2028-01-28"),
        "courses.course-2.because.anchor_day",
    ),
    "a reason that counts 11 months": Contradiction(
        "fresh", lambda t: course(t, 2)["because"].update(offset="+ 11 months"), "courses.course-2.because.result"
    ),
    "a reason in other words": Contradiction(
        "fresh", lambda t: course(t, 2)["because"].update(offset="a year later"), "courses.course-2.because.result"
    ),
    "a reason that leaves the calendar": Contradiction(
        "fresh", lambda t: course(t, 2)["because"].update(offset="+ 9 × 100 years"), "courses.course-2.because.result"
    ),
    "a minimum interval that is rounded earlier": Contradiction(
        "fresh", lambda t: course(t, 2)["because"].update(rounding="earlier"), "courses.course-2.because.rounding"
    ),
    "a request for another day": Contradiction(
        "fresh", lambda t: asked(t).update(not_before="2027-01-12"), "courses.course-1.because.anchor_day"
    ),
    "a first day on record that is another": Contradiction(
        "third",
        lambda t: (
            course(t)["because"].update(anchor_day="2025-03-02", result="2025-03-02"),
            course(t).update(earliest="2025-03-02", recommended="2025-03-02", drift_days=1),
        ),
        "courses.course-1.because.anchor_day",
    ),
    # days
    "a missing day": Contradiction("fresh", remove_day, "courses.course-1.days.1.number"),
    "a gap in a course to come": Contradiction(
        "fresh", lambda t: course(t)["days"][4].update(date="2027-01-30"), "courses.course-1.days.4.date"
    ),
    "a day before the one before it": Contradiction(
        "over", lambda t: course(t)["days"][1].update(date="2027-01-24"), "courses.course-1.days.1.date"
    ),
    "a day numbered 7": Contradiction(
        "fresh", lambda t: course(t)["days"][1].update(number=7), "courses.course-1.days.1.number"
    ),
    "an infusion on another day": Contradiction(
        "fresh",
        lambda t: course(t)["days"][1]["infusion"].update(start="2027-01-25T09:00:00-05:00"),
        "courses.course-1.days.course-1/day-2.infusion.start",
    ),
    "a pause before the observation": Contradiction(
        "fresh",
        lambda t: course(t)["days"][1]["observation"].update(start="2027-01-26T13:30:00-05:00"),
        "courses.course-1.days.course-1/day-2.observation.start",
    ),
    "an observation that is cut short": Contradiction(
        "fresh",
        lambda t: course(t)["days"][1]["observation"].update(end="2027-01-26T14:00:00-05:00"),
        "courses.course-1.days.course-1/day-2.observation",
    ),
    "an observation without an infusion": Contradiction(
        "over",
        lambda t: course(t)["days"][1].update(infusion=None),
        "courses.course-1.days.course-1/day-2.infusion",
    ),
    "hours of another zone": Contradiction(
        "fresh",
        lambda t: course(t)["days"][1]["infusion"].update(time_zone="America/Toronto"),
        "courses.course-1.days.course-1/day-2.infusion.time_zone",
    ),
    "a day to come without hours": Contradiction(
        "fresh",
        lambda t: course(t)["days"][1].update(infusion=None, observation=None),
        "courses.course-1.days.course-1/day-2",
    ),
    "another dose on one day": Contradiction(
        "fresh", lambda t: course(t)["days"][1].update(dose_mg=24), "courses.course-1.days.course-1/day-2.dose_mg"
    ),
    "a dose of 10,001 mg on record": Contradiction(
        "over", lambda t: course(t)["days"][1].update(dose_mg=10_001), "courses.course-1.days.course-1/day-2.dose_mg"
    ),
    "a dose of another source": Contradiction(
        "fresh", lambda t: course(t)["days"][1].update(cite="isi"), "courses.course-1.days.course-1/day-2"
    ),
    "a planned day that is closed": Contradiction(
        "fresh",
        lambda t: (
            t["provenance"]["clinic"]["closures"].append({"date": "2027-01-26", "reason": "Staff day"}),
            t["provenance"]["closures"].append({"date": "2027-01-26", "reason": "Staff day"}),
        ),
        "courses.course-1.days.course-1/day-2.date",
    ),
    "a planned day that is booked out": Contradiction(
        "fresh",
        lambda t: t["provenance"]["clinic"]["fully_booked"].append({"date": "2027-01-26", "reason": "no chair"}),
        "courses.course-1.days.course-1/day-2.date",
    ),
    "a planned day on a closed weekday": Contradiction(
        "fresh",
        lambda t: t["provenance"]["clinic"]["opening_hours"].pop(1),
        "courses.course-1.days.course-1/day-2.date",
    ),
    "hours that end after closing": Contradiction(
        "fresh",
        lambda t: t["provenance"]["clinic"]["opening_hours"][1].update(closes="14:59"),
        "courses.course-1.days.course-1/day-2.date",
    ),
    "another start of infusions": Contradiction(
        "fresh",
        lambda t: t["provenance"]["clinic"].update(infusion_starts="08:30"),
        "courses.course-1.days.course-1/day-1.infusion.start",
    ),
    # starts passed over
    "a start passed over that is left out": Contradiction(
        "fresh", lambda t: course(t)["passed_over"].pop(3), "courses.course-1.passed_over.2.first_day"
    ),
    "the last start passed over left out": Contradiction(
        "fresh", lambda t: course(t)["passed_over"].pop(), "courses.course-1.passed_over.12.first_day"
    ),
    "another closed day": Contradiction(
        "fresh",
        lambda t: course(t)["passed_over"][0].update(closed_day="2027-01-13"),
        "courses.course-1.passed_over.1.closed_day",
    ),
    "a closed day beyond the course": Contradiction(
        "over",
        lambda t: course(t).update(
            passed_over=[
                {"first_day": f"2026-12-{n:02}", "closed_day": "2027-01-05", "reason": "closed"} for n in range(1, 32)
            ]
            + [{"first_day": f"2027-01-0{n}", "closed_day": "2027-01-05", "reason": "closed"} for n in range(1, 6)]
        ),
        "courses.course-1.passed_over.0.closed_day",
    ),
    # statuses
    "a course given without a day of asking": Contradiction(
        "eu", lambda t: course(t).update(status="complete"), "courses.course-1.status"
    ),
    "a course complete before its days": Contradiction(
        "fresh", lambda t: course(t).update(status="complete"), "courses.course-1.status"
    ),
    "a course planned in the past": Contradiction(
        "over", lambda t: course(t).update(status="planned"), "courses.course-1.status"
    ),
    "a course in progress that is over": Contradiction(
        "over", lambda t: course(t).update(status="in-progress"), "courses.course-1.status"
    ),
    "a course interrupted, and nobody asks": Contradiction(
        "over", lambda t: course(t).update(status="interrupted"), "courses.course-1.status"
    ),
    "a complete course with a day that is not on record": Contradiction(
        "over", lambda t: course(t).update(days_on_record=4), "courses.course-1.days_on_record"
    ),
    "a course that has not begun, with a day on record": Contradiction(
        "fresh", lambda t: course(t).update(days_on_record=1), "courses.course-1.days_on_record"
    ),
    "a course interrupted on its last day": Contradiction(
        "waiting",
        lambda t: (course(t).update(status="interrupted"), asked(t).update(as_of="2027-01-28")),
        "courses.course-1.status",
    ),
    "a course that waits for nothing": Contradiction(
        "fresh", lambda t: course(t, 2).update(status="tentative"), "courses.course-2.status"
    ),
    "a planned course while a decision is missing": Contradiction(
        "waiting", lambda t: course(t, 2).update(status="planned"), "courses.course-2.status"
    ),
    "a course to come with a lower number": Contradiction(
        "third", lambda t: course(t, 2).update(number=4, id="course-4"), "courses.course-3.number"
    ),
    "a course to come before the one before it": Contradiction(
        "fresh",
        lambda t: (
            [one.update(date=f"2027-01-{n}") for n, one in enumerate(course(t, 2)["days"], start=27)]
            and course(t, 2).update(first_day="2027-01-27", last_day="2027-01-29")
        ),
        "courses.course-2.first_day",
    ),
    "a planned course before the day that was asked for": Contradiction(
        "third", lambda t: asked(t).update(not_before="2028-06-02"), "courses.course-3.first_day"
    ),
    # what was asked for
    "more courses asked for than planned": Contradiction(
        "fresh", lambda t: asked(t).update(courses=3), "provenance.request.courses"
    ),
    "fewer courses asked for than planned": Contradiction(
        "fresh", lambda t: asked(t).update(courses=1), "provenance.request.courses"
    ),
    "51 courses asked for": Contradiction("fresh", lambda t: asked(t).update(courses=51), "provenance.request.courses"),
    "a decision about a course to come": Contradiction(
        "resumed",
        lambda t: asked(t)["decisions"][0].update(course=2),
        "provenance.request.decisions.0.course",
    ),
    "two decisions about one course": Contradiction(
        "resumed",
        lambda t: asked(t)["decisions"].append(asked(t)["decisions"][0]),
        "provenance.request.decisions.1.course",
    ),
    "a closure of another year": Contradiction(
        "fresh", lambda t: t["provenance"]["closures"][-1].update(date="2029-12-25"), "provenance.closures.27.date"
    ),
    "closures in another order": Contradiction(
        "fresh", lambda t: t["provenance"]["closures"].reverse(), "provenance.closures.1.date"
    ),
    "a closure of the clinic left out": Contradiction(
        "fresh",
        lambda t: t["provenance"].update(
            closures=[one for one in t["provenance"]["closures"] if one["reason"] != "Staff day"]
        ),
        "provenance.clinic.closures.0.date",
    ),
    "a protocol without a revision": Contradiction("fresh", lambda t: t.update(protocol="us"), "protocol"),
    "a base without a revision": Contradiction("fresh", lambda t: t.update(extends="us 2024"), "extends"),
    "a digest that is none": Contradiction(
        "fresh", lambda t: t["provenance"].update(protocol_digest="0" * 63), "provenance.protocol_digest"
    ),
    "two sources with one id": Contradiction(
        "fresh",
        lambda t: t["provenance"]["sources"].append(t["provenance"]["sources"][0]),
        "provenance.sources.8.id",
    ),
    "a source that is not there": Contradiction(
        "fresh",
        lambda t: t["contraception"][0]["because"].update(cite="hearsay"),
        "contraception.contraception/1.because.cite",
    ),
    "a note without its source": Contradiction(
        "fresh",
        lambda t: part(t, "live-vaccines/treatment").update(cite="hearsay"),
        "activities.live-vaccines/treatment.cite",
    ),
    "a finding without a code": Contradiction(
        "fresh", lambda t: t["findings"][0].update(code="Deadline passed"), "findings.0.code"
    ),
    "a finding about another course": Contradiction(
        "fresh", lambda t: t["findings"][0].update(course=7), "findings.0.course"
    ),
    "a finding of row 0": Contradiction("fresh", lambda t: t["findings"][0].update(row=0), "findings.0.row"),
    "a question without a code": Contradiction(
        "eu", lambda t: t["not_assessed"][0].update(code=""), "not_assessed.0.code"
    ),
    "a question with another fact than its words": Contradiction(
        "eu", lambda t: t["not_assessed"][0]["fact"].update(kind="clinic"), "not_assessed.0.fact"
    ),
    "a question of row 0": Contradiction("eu", lambda t: t["not_assessed"][0].update(row=0), "not_assessed.0.row"),
    # activities
    "an activity with another's id": Contradiction(
        "fresh",
        lambda t: part(t, "blood-count/course-1").update(id="blood-count/course-2"),
        "activities.blood-count/course-2.id",
    ),
    "an activity of another course than its id": Contradiction(
        "fresh", lambda t: part(t, "blood-count/course-1").update(course=2), "activities.5.id"
    ),
    "an activity of a course that is not there": Contradiction(
        "fresh",
        lambda t: part(t, "blood-count/course-1").update(course=9, id="blood-count/course-9"),
        "activities.blood-count/course-9.course",
    ),
    "a test that course 1 has not": Contradiction(
        "fresh", lambda t: t["activities"].remove(part(t, "blood-count/course-1")), "activities"
    ),
    "a series with another interval": Contradiction(
        "fresh",
        lambda t: (
            part(t, "blood-count/course-1").update(every="3 months"),
            part(t, "blood-count/course-1")["because"].update(offset="+ 3 months", result="2027-04-29"),
        ),
        "activities.blood-count/course-2",
    ),
    "an interval that is not its reason's": Contradiction(
        "fresh",
        lambda t: part(t, "blood-count/course-1").update(every="2 months"),
        "activities.blood-count/course-1.every",
    ),
    "a due date on another day": Contradiction(
        "fresh",
        lambda t: part(t, "blood-count/course-1")["dates"].__setitem__(2, "2027-04-28"),
        "activities.blood-count/course-1.dates.2",
    ),
    "a due date twice": Contradiction(
        "fresh",
        lambda t: part(t, "blood-count/course-1")["dates"].insert(0, "2027-02-28"),
        "activities.blood-count/course-1.dates.1",
    ),
    "a due date left out at the end": Contradiction(
        "fresh", lambda t: part(t, "blood-count/course-1")["dates"].pop(), "activities.blood-count/course-1.dates"
    ),
    "a baseline after its course": Contradiction(
        "fresh",
        lambda t: (
            part(t, "blood-count/course-1")["baseline"].update(due="2027-01-26"),
            part(t, "blood-count/course-1")["baseline"]["because"].update(
                anchor="test on record", anchor_day="2027-01-26", offset="", result="2027-01-26"
            ),
        ),
        "activities.blood-count/course-1.baseline.due",
    ),
    "a baseline that opens after it ends": Contradiction(
        "fresh",
        lambda t: (
            part(t, "blood-count/course-1")["baseline"].update(first_day="2027-01-26"),
            part(t, "blood-count/course-1")["baseline"]["begins_because"].update(
                anchor="requested start", anchor_day="2027-01-11", offset="+ 15 days", result="2027-01-26"
            ),
        ),
        "activities.blood-count/course-1.baseline.first_day",
    ),
    "a baseline that ends on another day": Contradiction(
        "fresh",
        lambda t: part(t, "blood-count/course-1")["baseline"].update(last_day="2027-01-25"),
        "activities.blood-count/course-1.baseline.last_day",
    ),
    "a baseline of another course": Contradiction(
        "fresh",
        lambda t: part(t, "blood-count/course-1").update(baseline=part(t, "blood-count/course-2")["baseline"]),
        "activities.blood-count/course-1.baseline.last_day",
    ),
    "a baseline that is done by no test": Contradiction(
        "fresh",
        lambda t: part(t, "blood-count/course-1")["baseline"].update(done=True),
        "activities.blood-count/course-1.baseline.done",
    ),
    "a period that ends before it begins": Contradiction(
        "fresh",
        lambda t: (
            part(t, "stroke-watch/course-1").update(last_day="2027-01-20"),
            part(t, "stroke-watch/course-1")["because"].update(
                anchor="requested start", anchor_day="2027-01-29", offset="- 9 days", result="2027-01-20"
            ),
        ),
        "activities.stroke-watch/course-1.last_day",
    ),
    "a period that ends before its earliest end": Contradiction(
        "over",
        lambda t: (
            part(t, "herpes-prophylaxis/course-1").update(last_day="2027-03-28"),
            part(t, "herpes-prophylaxis/course-1")["because"].update(
                anchor="cd4", anchor_day="2027-03-28", offset="", rounding="exact", result="2027-03-28"
            ),
        ),
        "activities.herpes-prophylaxis/course-1.last_day",
    ),
    "a period without its reason's end": Contradiction(
        "fresh",
        lambda t: part(t, "stroke-watch/course-1").update(last_day=None),
        "activities.stroke-watch/course-1.because.result",
    ),
    "at least until, with nothing to settle": Contradiction(
        "fresh",
        lambda t: t["contraception"][0].update(provisional=True),
        "contraception.contraception/1.provisional",
    ),
    "an end that is sure among others that are not": Contradiction(
        "waiting",
        lambda t: part(t, "blood-count/course-1").update(provisional=False),
        "activities.blood-count/course-1.provisional",
    ),
    "a window without days": Contradiction(
        "fresh",
        lambda t: part(t, "vaccinations/course-1").update(last_day=None, because=None),
        "activities.vaccinations/course-1",
    ),
    "a window without a reason": Contradiction(
        "fresh",
        lambda t: part(t, "vaccinations/course-1").update(because=None),
        "activities.vaccinations/course-1.because",
    ),
    "a window that closes on another day": Contradiction(
        "fresh",
        lambda t: part(t, "vaccinations/course-1").update(last_day="2026-12-15"),
        "activities.vaccinations/course-1.because.result",
    ),
    "a medicine on another day": Contradiction(
        "fresh",
        lambda t: part(t, "corticosteroid/course-1")["days"].__setitem__(1, "2027-01-29"),
        "activities.corticosteroid/course-1.days",
    ),
    "a medicine of another course": Contradiction(
        "fresh",
        lambda t: part(t, "corticosteroid/course-1")["because"].update(anchor="infusion days 1, 2, 3 of course 2"),
        "activities.corticosteroid/course-1.because.anchor",
    ),
    "a medicine whose facts name another course than its words": Contradiction(
        "fresh",
        lambda t: part(t, "corticosteroid/course-1")["because"].update(anchor_course=2),
        "activities.corticosteroid/course-1.because.anchor",
    ),
    "a reason whose facts name another infusion than its words": Contradiction(
        "fresh",
        lambda t: course(t, 2)["because"].update(anchor_kind="first-infusion"),
        "courses.course-2.because.anchor",
    ),
    "a start passed over for another reason than its fact": Contradiction(
        "fresh",
        lambda t: course(t)["passed_over"][0]["closure"].update(kind="booked"),
        "courses.course-1.passed_over.0.closure",
    ),
    "a medicine on day 9": Contradiction(
        "fresh",
        lambda t: part(t, "corticosteroid/course-1")["because"].update(
            anchor="infusion days 1, 2, 9 of course 1", anchor_ordinals=[1, 2, 9]
        ),
        "activities.corticosteroid/course-1.days",
    ),
    "hours after an infusion that begin later": Contradiction(
        "fresh",
        lambda t: part(t, "reaction-watch/course-1")["windows"][1].update(start="2027-01-26T13:30:00-05:00"),
        "activities.reaction-watch/course-1.windows",
    ),
    "hours after an infusion that are left out": Contradiction(
        "fresh",
        lambda t: part(t, "reaction-watch/course-1")["windows"].pop(),
        "activities.reaction-watch/course-1.windows",
    ),
    "hours after an infusion of another zone": Contradiction(
        "fresh",
        lambda t: part(t, "reaction-watch/course-1")["windows"][1].update(time_zone="America/Toronto"),
        "activities.reaction-watch/course-1.windows",
    ),
    "hours after the infusions of another course": Contradiction(
        "fresh",
        lambda t: part(t, "reaction-watch/course-1")["because"].update(
            anchor="end of each infusion of course 2", anchor_course=2
        ),
        "activities.reaction-watch/course-1.because",
    ),
    "hours counted from another day": Contradiction(
        "fresh",
        lambda t: part(t, "reaction-watch/course-1")["because"].update(anchor_day="2027-01-26"),
        "activities.reaction-watch/course-1.because.anchor_day",
    ),
    # contraception
    "contraception that begins on day 2": Contradiction(
        "fresh",
        lambda t: move_all(t, "first_day", 1).update(anchor_day="2027-01-26"),
        "courses.course-1",
    ),
    "contraception that ends a day early": Contradiction(
        "fresh", lambda t: move_all(t, "last_day", -1), "contraception.contraception/1.because.result"
    ),
    "contraception of one course only": Contradiction("fresh", lambda t: t["contraception"].pop(), "courses.course-2"),
    "contraception without an end": Contradiction(
        "fresh", lambda t: t["contraception"][0].update(last_day=None, earliest_end="2027-05-29"), "contraception"
    ),
    "contraception twice": Contradiction(
        "fresh",
        lambda t: t["contraception"].insert(0, t["contraception"][0] | {"id": "contraception/0"}),
        "contraception.1.first_day",
    ),
    "contraception counted wrong": Contradiction(
        "fresh", lambda t: t["contraception"][1].update(id="contraception/3"), "contraception.1.id"
    ),
    "contraception of another action": Contradiction(
        "fresh", lambda t: t["contraception"][1].update(action="diet", id="diet/2"), "contraception.1.action"
    ),
    "dates although a row is unreadable": Contradiction(
        "waiting",
        lambda t: t["not_assessed"].append({"code": "earliest-next-course", "missing": "row 3", "row": 3}),
        "contraception",
    ),
    # visits; the blood count before course 1 is due on Sunday 24 January 2027, and suggested for Friday 22
    "a visit less": Contradiction("fresh", lambda t: t["visits"].pop(), "visits"),
    "a visit twice": Contradiction("fresh", lambda t: t["visits"].insert(0, t["visits"][0]), "visits.1.id"),
    "visits out of order": Contradiction("fresh", lambda t: t["visits"].reverse(), "visits.0.id"),
    "a visit with another's id": Contradiction(
        "fresh", lambda t: visit(t).update(id="blood-count-visit/course-1/1"), "visits.0.id"
    ),
    "a visit of another group": Contradiction(
        "fresh", lambda t: visit(t).update(group="laboratory"), "visits.blood-count-visit/course-1/baseline.group"
    ),
    "a visit of another course": Contradiction(
        "fresh", lambda t: visit(t).update(course=2), "visits.blood-count-visit/course-1/baseline.course"
    ),
    "a baseline that is a date of a series": Contradiction(
        "fresh", lambda t: visit(t).update(kind="due"), "visits.blood-count-visit/course-1/baseline.kind"
    ),
    "a visit a day late": Contradiction(
        "fresh", lambda t: visit(t).update(due="2027-01-25"), "visits.blood-count-visit/course-1/baseline.due"
    ),
    "a visit with a test more": Contradiction(
        "fresh",
        lambda t: visit(t)["tests"].append("thyroid/course-1/baseline"),
        "visits.blood-count-visit/course-1/baseline.tests",
    ),
    "a visit for another reason": Contradiction(
        "fresh",
        lambda t: visit(t)["because"].update(cite="isi"),
        "visits.blood-count-visit/course-1/baseline.because",
    ),
    "a suggested day after the due day": Contradiction(
        "fresh",
        lambda t: visit(t).update(suggested="2027-01-25"),
        "visits.blood-count-visit/course-1/baseline.suggested",
    ),
    "a suggested day before the window": Contradiction(
        "fresh",
        lambda t: visit(t).update(suggested="2026-12-21"),
        "visits.blood-count-visit/course-1/baseline.suggested",
    ),
    "a suggested day that is closed": Contradiction(
        "fresh",
        lambda t: visit(t).update(suggested="2027-01-23"),
        "visits.blood-count-visit/course-1/baseline.suggested",
    ),
    "a suggested day for want of one": Contradiction(
        "fresh",
        lambda t: visit(t).update(not_suggested="no-open-day"),
        "visits.blood-count-visit/course-1/baseline.not_suggested",
    ),
    "no suggested day and no reason": Contradiction(
        "fresh",
        lambda t: visit(t).update(suggested=None),
        "visits.blood-count-visit/course-1/baseline.not_suggested",
    ),
    "a suggested day of a past visit after its due day": Contradiction(
        "over",
        lambda t: visit(t).update(suggested="2027-06-15"),
        "visits.creatinine-visit/course-1/baseline.suggested",
    ),
    "visits without the protocol that groups them": Contradiction(
        "fresh", lambda t: t["provenance"].update(rules=None), "provenance.rules"
    ),
    # the protocol inside the plan
    "another revision of the protocol": Contradiction(
        "fresh", lambda t: t["provenance"]["rules"].update(revision="2024-06"), "provenance.rules"
    ),
    "a protocol that extends another": Contradiction(
        "fresh", lambda t: t["provenance"]["rules"].update(extends="eu-2020-01"), "provenance.rules.extends"
    ),
    "a protocol with another interval": Contradiction(
        "fresh",
        lambda t: t["provenance"]["rules"]["courses"][1].update(minimum_interval="11 months"),
        "provenance.rules",
    ),
    "sources that the protocol does not cite": Contradiction(
        "fresh",
        lambda t: t["provenance"]["sources"].append({"id": "mine", "document": "Mine", "where": None}),
        "provenance.sources",
    ),
    "an action in another visit group": Contradiction(
        "fresh",
        lambda t: next(a for a in t["provenance"]["rules"]["actions"] if a["kind"] == "series").update(visit="draws"),
        "visits.0.id",
    ),
}
"""Each a written plan, one change, and the place that is named."""


# --- any single change ---------------------------------------------------------------------------

LEGAL: Final[dict[str, str]] = {
    r"schema_version": "version 1 is read too",
    r"plan_id|revision": "the caller's, and a count that nothing else in the plan repeats",
    r"protocol|provenance\.protocol_digest": "replanning compares them with the protocol",
    r"courses\.#\.status": "how many days a course should have, and when it is over, is the protocol's",
    r"courses\.#\.days_on_record": "whether the infusion of the day of asking is on record already",
    r"courses\.#\.days\.#\.dose_mg": "a dose on record is what was given",
    r"courses\.#\.days\.#\.(infusion\.start|observation\.end)": "hours on record are what they were",
    r"courses\.#\.passed_over\.#\.closed_day": "what closed an earlier start, only the clinic of that day knew",
    r"activities\.#\.earliest_end": "of a period that a later result ended, only the last day says why",
    r"findings\.#\.(course|day|row)|not_assessed\.#\.row": "what was found is no date of the plan",
    r"provenance\.closures\.#\.date": "public holidays are what the data of that day said",
    r"provenance\.clinic\..*": "the clinic's own facts, where no day of the plan depends on them",
    r"provenance\.request\.not_before": "with course 1 on record, an earlier day may give the same plan",
    r"provenance\.request\.as_of": "the day of asking, within what statuses and dates allow",
    r"provenance\.request\.courses": "while a decision is missing, fewer courses are planned than asked for",
    r"provenance\.request\.decisions\.#\.on": "the day of a decision is the clinician's",
    r"provenance\.(rules\.)?sources\.#\.id": "a source that nothing cites",
    r"visits\.#\.suggested": "what closed the days up to the due day, only the clinic and the data of that day knew",
}
"""The single values of a plan that may be others, by path, and why."""

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
STATUSES: Final = ("planned", "tentative", "in-progress", "interrupted", "partial", "complete")


def leaves(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every single value of a tree with its path."""
    if isinstance(node, dict | list):
        for step, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(inner, (*path, step))
    else:
        yield path, node


def others(path: Path, value: Any) -> list[Any]:
    """Return other values for a date, moment, number, id or status; none for anything else."""
    if type(value) is not str:
        return [value - 20, value - 1, value + 1, value + 13] if type(value) is int else []
    if _DATE.fullmatch(value):
        return [(date.fromisoformat(value) + timedelta(days=n)).isoformat() for n in (-366, -31, -7, -1, 1, 2, 28)]
    if _DATE.match(value) and "T" in value:
        return [(datetime.fromisoformat(value) + timedelta(minutes=n)).isoformat() for n in (-1440, -60, 1, 30)]
    if path[-1] == "status":
        return [status for status in STATUSES if status != value]
    if path[-1] in {"id", "action"}:
        return [f"{value}x", re.sub(r"[0-9]+", lambda found: str(int(found[0]) + 1), f"{value}-1"), "x"]
    is_name = path[-1] in {"protocol", "protocol_digest", "plan_id"}
    return [f"{value[:-1]}{'0' if value[-1] != '0' else '1'}"] if is_name else []


@cache
def changeable() -> dict[str, dict[str, list[tuple[Path, Any]]]]:
    """Return the values of each written plan that can be changed, by the name of the plan and the kind of value."""
    found: dict[str, dict[str, list[tuple[Path, Any]]]] = {}
    for name, text in texts().items():
        for path, value in leaves(json.loads(text)):
            if others(path, value):
                found.setdefault(name, {}).setdefault(general(path), []).append((path, value))
    return found


def general(path: Path) -> str:
    """Return a path without the positions in lists."""
    return ".".join("#" if isinstance(step, int) else step for step in path)


class Changed(NamedTuple):
    """A written plan, and the one value that is changed in it."""

    name: str
    path: Path
    value: Any

    @property
    def tree(self) -> Tree:
        """The plan with the change."""
        tree = tree_of(self.name)
        node: Any = tree
        for step in self.path[:-1]:
            node = node[step]
        node[self.path[-1]] = self.value
        return tree


@st.composite
def changed_plans(draw: st.DrawFn) -> Changed:
    """Return a written plan with one value changed, each kind of value as likely as any other."""
    name = draw(st.sampled_from(sorted(texts())))
    kind = draw(st.sampled_from(sorted(changeable()[name])))
    path, value = draw(st.sampled_from(changeable()[name][kind]))
    return Changed(name, path, draw(st.sampled_from(others(path, value))))
