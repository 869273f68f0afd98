"""Check a stored plan for contradictions.

A plan is checked when it is read from JSON or from tables, never when planning makes it. Each rule states one thing
that is true of every plan that the library makes, whatever is on record: courses given off protocol are valid.
"""

from collections.abc import Callable, Iterator
from typing import Final

from lemtrada_schedule.errors import Problem
from lemtrada_schedule.plan.checks import activities as of_activities
from lemtrada_schedule.plan.checks import courses as of_courses
from lemtrada_schedule.plan.checks import visits as of_visits
from lemtrada_schedule.plan.checks.written import Fault, Written, named_anchors

__all__ = ["CODE", "RULES", "contradictions"]

CODE: Final = "plan-contradiction"

Rule = Callable[[Written], Iterator[Fault]]

RULES: Final[dict[str, Rule]] = {
    "names of protocols have the form id-revision, and a digest is a SHA-256": of_courses.names,
    "each id occurs once in the plan": of_courses.ids_are_unique,
    "a course has a number from 1 to 50 of its own, and its id": of_courses.numbers,
    "courses on record come first, by date; the others follow by number and date": of_courses.order,
    "the days of a course are in order, numbered from 1, each with its id": of_courses.days,
    "a future course has consecutive days": of_courses.blocks,
    "first_day and last_day are those of the days": of_courses.ends,
    "earliest follows from its reason, recommended from earliest": of_courses.earliest,
    "drift_days is first_day minus the recommended, else the earliest day": of_courses.drift,
    "skipped starts are consecutive up to the course, each with its first closed day": of_courses.passed_over,
    "the status of a course fits the date of the question": of_courses.statuses,
    "a course is tentative exactly while a decision is needed": of_courses.waiting,
    "infusion and observation are on their day, back to back, in the plan's zone": of_courses.windows,
    "future days have their dose, their hours and the same length": of_courses.planned_days,
    "a planned day is open at the clinic, and starts when the clinic starts": of_courses.open_days,
    "all days are given by one protocol: the same sources": of_courses.sources_of_days,
    "the request covers the courses, and its decisions are about courses on record": of_courses.request,
    "closures are in order, within the years of the plan, and hold the clinic's own": of_courses.closures,
    "findings have a code, and are about courses of the plan": of_courses.findings,
    "each cite is a source of the plan, and each source has an id of its own": of_courses.cites,
    "the anchor of a reason is the one named by its facts": named_anchors,
    "an activity has the id of its action and course": of_activities.ids,
    "activities of one action are of one kind and one interval": of_activities.one_action,
    "an action of a later course belongs to every course": of_activities.complete,
    "a period is provisional only while a decision is needed": of_activities.provisional,
    "the days of an activity follow from its reasons, each kind by its own rule": of_activities.days,
    "a baseline is due within its window, which ends before its course": of_activities.baselines,
    "contraception covers every course, in periods that neither overlap nor touch": of_activities.contraception,
    "the protocol inside the plan is the one that made it": of_visits.rules,
    "each due test is in one visit, on its day": of_visits.visits,
    "a suggested day is open, and the rules allow it": of_visits.suggestions,
}
"""What is true of every plan, and the function that yields each contradiction."""


def contradictions(written: Written) -> tuple[Problem, ...]:
    """Return every contradiction in a plan: where it is, and what is expected there."""
    faults = dict.fromkeys(fault for rule in RULES.values() for fault in rule(written))
    return tuple(Problem(CODE, fault.place, fault.message) for fault in faults)
