"""What a history amounts to, what may come next, and how a plan changes."""

from typing import Literal

from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.findings.finding import Finding, NotAssessed
from lemtrada_schedule.records.courses import CourseStatus
from lemtrada_schedule.records.history import Decision
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate

__all__ = ["CourseVerdict", "Evaluation", "Forecast", "ForecastStatus", "TreatmentStatus"]

TreatmentStatus = Literal[
    "not-started",
    "course-1-in-progress",
    "awaiting-course-2",
    "course-2-in-progress",
    "initial-treatment-complete",
    "additional-course-in-progress",
    "additional-course-given",
    "needs-clinical-decision",
    "not-assessed",
]

ForecastStatus = Literal[
    "not-due",
    "due",
    "overdue",
    "optional",
    "not-recommended",
    "in-progress",
    "needs-clinical-decision",
    "not-assessed",
]


class CourseVerdict(Model):
    """One course as it was given."""

    number: int
    first_day: DerivedDate
    last_day: DerivedDate
    """The last infusion given so far, itself included."""
    infusions: int
    """Exposure days; several records of one day are one (S04)."""
    status: CourseStatus


class Evaluation(Model):
    """What a history amounts to on a day: a pure function of the two, never stored."""

    as_of: DerivedDate
    status: TreatmentStatus
    courses: Many[CourseVerdict]
    findings: Many[Finding]
    """What is broken, by row, then code."""
    not_assessed: Many[NotAssessed]
    """What could not be told, and the fact that is missing; what stands in neither list was kept."""
    changes_on: DerivedDate | None
    """The next day on which this answer changes by itself, if nothing is recorded; `None` if it never does."""


class Forecast(Model):
    """When the next course may start, in the words of CDC's CDSi."""

    as_of: DerivedDate
    course: int
    """The number of the next course."""
    status: ForecastStatus
    earliest: DerivedDate | None
    """The first day the rules allow, itself included; the clinic's calendar is not looked at."""
    recommended: DerivedDate | None
    """`None` for an optional course."""
    past_due: DerivedDate | None
    """The last day that is not yet overdue; the clinic's policy, `None` unless given."""
    latest: None = None
    """No label sets one."""
    reasons: Many[str]
    because: Derivation | None
    """Why `earliest` is what it is."""
    decisions: Many[Decision] = ()
    """The clinician's decisions that this rests on."""
    changes_on: DerivedDate | None
    """The next day on which this answer changes by itself, if nothing is recorded; `None` if it never does."""
