"""What type checkers refuse: every line that they ignore here is an error, and is refused when it runs.

mypy and pyright are told to report an ignore that is not needed, so a line that they no longer refuse is found
(`.ci/run`). `test_typed_use.py` calls each of them. The lines of `UNDECIDED` pass a type checker and are refused later.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable
from typing import Final

from lemtrada_schedule import (
    Clinic,
    Decision,
    History,
    InfusionRecord,
    Laboratory,
    Observation,
    Period,
    Plan,
    RecordedOverride,
    add_months,
    evaluate,
    explain,
    find_course_starts,
    forecast,
    load_protocol,
    plan_treatment,
    read_histories,
    replan,
    timeline,
    to_csv,
    to_html,
    to_ics,
    to_text,
)

WEEK: Final = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00")
PLACE: Final = Clinic(time_zone="America/New_York", infusion_starts="09:00", opening_hours=WEEK)
US: Final = load_protocol("us-2024-05")
DAY: Final = dt.date(2027, 1, 11)
PLAN: Final = plan_treatment(US, PLACE, not_before=DAY, courses=1, plan_id="p1")
STAMP: Final = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
DECISION: Final = Decision(course=1, decision="resume", by="Dr A", why="asked", on=DAY)


def set_field(plan: Plan) -> None:
    """Set a field of a value."""
    plan.revision = 3  # type: ignore[misc]  # values are frozen


REFUSED: Final[tuple[Callable[[], object], ...]] = (
    # fields
    lambda: Clinic(foo=1),  # type: ignore[call-arg]  # no such field, and others missing
    lambda: Clinic(time_zone="UTC", infusion_starts=9, opening_hours=WEEK),  # type: ignore[arg-type]  # no clock time
    lambda: Clinic(time_zone="UTC", infusion_starts="09:00", opening_hours="mon"),  # type: ignore[arg-type]  # text
    lambda: Clinic(time_zone="UTC", infusion_starts="09:00", opening_hours=WEEK, chairs="4"),  # type: ignore[arg-type]  # text
    lambda: Laboratory(weekdays=["monday"]),  # type: ignore[list-item]  # `mon`
    lambda: Laboratory(weekdays={"mon", "tue"}),  # type: ignore[arg-type]  # a set has no order
    lambda: Decision(courze=1),  # type: ignore[call-arg]  # misspelt
    lambda: Decision(course=1, decision="go on", by="Dr A", why="asked", on=DAY),  # type: ignore[arg-type]  # no such decision
    lambda: InfusionRecord(date=17),  # type: ignore[arg-type]  # a number is no date
    lambda: InfusionRecord(date=DAY, dose_mg=[12]),  # type: ignore[arg-type]  # a list is no dose
    lambda: InfusionRecord(date=DAY, status="done"),  # type: ignore[arg-type]  # `completed`
    lambda: InfusionRecord(DAY),  # type: ignore[call-arg]  # fields are given by name
    lambda: Observation(date=DAY, code=4),  # type: ignore[arg-type]  # a code is text
    lambda: RecordedOverride(code="x", by="Dr A", on=DAY),  # type: ignore[call-arg]  # why?
    lambda: History(infusions="2025-03-03"),  # type: ignore[arg-type]  # text is no list
    lambda: History(infusions=deque([InfusionRecord(date=DAY)])),  # type: ignore[arg-type]  # nor is a deque
    lambda: History(tests_recorded="blood-count"),  # type: ignore[arg-type]  # as above
    lambda: History(birth_date=1990),  # type: ignore[arg-type]  # a number is no date
    lambda: History.from_dates("2025-03-03"),  # type: ignore[call-overload]  # text is no list of dates
    lambda: Period(first_day=20270111),  # type: ignore[arg-type]  # a number is no date
    lambda: set_field(PLAN),
    # arguments
    lambda: plan_treatment("us", PLACE, not_before=DAY),  # type: ignore[arg-type]  # `load_protocol("us")`
    lambda: plan_treatment(US, PLACE, DAY),  # type: ignore[call-arg]  # by name
    lambda: plan_treatment(US, PLACE, not_before=20270111),  # type: ignore[arg-type]  # a number is no date
    lambda: plan_treatment(US, PLACE, not_before=DAY, courses="2"),  # type: ignore[arg-type]  # text is no number
    lambda: plan_treatment(US, PLACE, not_before=DAY, decisions=DECISION),  # type: ignore[arg-type]  # one, and no list
    lambda: plan_treatment(US, PLACE, not_before=DAY, decisions={DECISION}),  # type: ignore[arg-type]  # a set
    lambda: find_course_starts(PLACE, 3.0, not_before=DAY),  # type: ignore[arg-type]  # not a whole number
    lambda: add_months([DAY], 4, rounding="nearest"),  # type: ignore[arg-type]  # no such choice
    lambda: add_months([DAY], 4),  # type: ignore[call-arg]  # rounded which way?
    lambda: evaluate([DAY], US, as_of=DAY),  # type: ignore[arg-type]  # a list of dates is no history
    lambda: evaluate(History(), US),  # type: ignore[call-arg]  # on which day?
    lambda: forecast(History(), US, as_of=DAY, past_due_after=90),  # type: ignore[arg-type]  # of what?
    lambda: replan(PLAN, US, PLACE, history=History(), as_of=None),  # type: ignore[arg-type]  # a day is needed
    lambda: read_histories(3),  # type: ignore[arg-type]  # no path
    lambda: read_histories("x.csv", ignore="note"),  # type: ignore[arg-type]  # one text is no list of names
    lambda: read_histories("x.csv", medicine="unknown"),  # type: ignore[arg-type]  # no such choice
    lambda: read_histories("x.ndjson", fhir_version="5.0.0"),  # type: ignore[arg-type]  # a release, not its number
    lambda: to_html(PLAN, titles="all"),  # type: ignore[arg-type]  # no such choice
    lambda: to_html(PLAN, layout="all"),  # type: ignore[arg-type]  # no such choice
    lambda: to_html(PLAN, words=5),  # type: ignore[arg-type]  # neither a path nor a dict
    lambda: timeline(PLAN, titles="all"),  # type: ignore[arg-type]  # no such choice
    lambda: to_ics(PLAN, stamp="2026-11-22"),  # type: ignore[arg-type]  # a moment with its zone
    lambda: to_ics(PLAN, stamp=STAMP, reminders=dt.timedelta(days=1)),  # type: ignore[arg-type]  # one, and no list
    lambda: to_ics(PLAN, stamp=STAMP, location=["Harbor"]),  # type: ignore[arg-type]  # one text
    lambda: to_ics([PLAN], stamp=STAMP, label="Bed 1"),  # type: ignore[arg-type]  # for which plan?
    lambda: to_ics([PLAN], stamp=STAMP, refresh=60),  # type: ignore[arg-type]  # of what?
    lambda: to_csv("course"),  # type: ignore[arg-type]  # no rows
    lambda: to_text(History()),  # type: ignore[arg-type]  # records are no answer
    lambda: to_text(PLAN, detail="short"),  # type: ignore[arg-type]  # no such choice
)

UNDECIDED: Final[tuple[Callable[[], object], ...]] = (
    lambda: InfusionRecord(date="3/3/2025"),  # any text
    lambda: InfusionRecord(date=dt.datetime(2025, 3, 3)),  # every datetime is a date
    lambda: InfusionRecord(date=DAY, row=True),  # every bool is a number
    lambda: explain("a plan"),  # `object`, because it explains so many types
)
