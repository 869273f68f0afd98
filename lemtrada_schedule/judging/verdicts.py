"""`Evaluation` and `Forecast`: the results of `evaluate` and `forecast`, with their statuses."""

from typing import ClassVar, Literal

from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.findings.finding import Finding, NotAssessed
from lemtrada_schedule.records.courses import GivenStatus
from lemtrada_schedule.records.history import Decision
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate
from lemtrada_schedule.validation.summary import Ordinal, Summary

__all__ = [
    "CourseVerdict",
    "Evaluation",
    "Forecast",
    "ForecastStatus",
    "Monitoring",
    "TestDate",
    "TestState",
    "TreatmentStatus",
]

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
"""The status of a treatment on a day."""

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
"""Whether the next course is due on a day."""


class CourseVerdict(Model):
    """One course as it was given."""

    number: int
    """The number of the course within the treatment, from 1."""
    first_day: DerivedDate
    """The day of the first infusion."""
    last_day: DerivedDate | None
    """The day of the last infusion given so far; `None` if the source records courses and has no last day of it."""
    infusions: int
    """Days with an infusion on record; several records of one day count once (S04). If the status is `not-assessed`,
    the course may have had more."""
    status: GivenStatus
    """The status of the course."""

    def _summary(self) -> Summary:
        yield "course", Ordinal(self.number)
        yield "infusions", self.infusions


TestState = Literal["done", "late", "missed", "overdue", "due", "waived"]
"""The state of a test that was due on a day (S42).

- `done`: on record on time. `late`: on record after its day; `days_late` says by how much.
- `missed`: not on record, and the next one is due or done. `overdue`: not on record, and its day has passed.
- `due`: its day has not passed. `waived`: not on record, but accepted by an override.
"""


class TestDate(Model):
    """One due date of a recurring test, and its state."""

    __test__: ClassVar[bool] = False  # no test of pytest's

    due: DerivedDate
    """The day on which the test was due, included."""
    state: TestState
    """The state of the test."""
    done_on: DerivedDate | None = None
    """The day of the record that serves it; `None` where there is none."""
    days_late: int | None = None
    """How many days after `due` it was done; `None` unless `late`."""


class Monitoring(Model):
    """One test after one course: the state of each due date, up to the first one after `as_of` (S42)."""

    shown: ClassVar[tuple[str, ...]] = ("action",)

    action: str
    """The id of the protocol's action."""
    course: int | None
    """The course it is counted from; `None` for a test of the treatment as a whole."""
    dates: Many[TestDate]
    """The due dates, in order."""
    done: int
    """How many tests were done on time."""
    late: int
    """How many tests were done late."""
    missed: int
    """How many tests are not on record, and the next one is due or done."""
    overdue: int
    """How many tests are not on record, and their day has passed."""
    longest_gap_days: int | None
    """The longest gap in days between two neighbouring records, the anchor included; `None` without a record. The time
    after the last record, up to the date of the question, is not a gap."""


class Evaluation(Model):
    """The judgement of a history on a day. It can be calculated again at any time, so it need not be stored."""

    in_full: ClassVar[str] = "print(to_text(evaluation))"

    as_of: DerivedDate
    """The day of the question."""
    status: TreatmentStatus
    """The status of the treatment."""
    courses: Many[CourseVerdict]
    """The courses that were given, in order."""
    findings: Many[Finding]
    """The findings, sorted by row and code."""
    monitoring: Many[Monitoring] = ()
    """One for each test and course that can be judged, that is, whose kind the source records (S32)."""
    not_assessed: Many[NotAssessed]
    """Questions that could not be answered, each with the missing fact. A rule in neither list was kept."""
    changes_on: DerivedDate | None
    """The next day on which this answer changes by itself, if nothing is recorded; `None` if it never does."""

    def _summary(self) -> Summary:
        yield "courses", len(self.courses)
        yield "findings", len(self.findings)
        yield "monitored tests", len(self.monitoring)
        yield "not assessed", len(self.not_assessed)


class Forecast(Model):
    """When the next course may start. The fields are named as in CDC's CDSi."""

    in_full: ClassVar[str] = "print(to_text(forecast))"

    as_of: DerivedDate
    """The day of the question."""
    course: int
    """The number of the next course."""
    status: ForecastStatus
    """Whether the course is due."""
    earliest: DerivedDate | None
    """The first day that the rules allow, included; the clinic's calendar is not used."""
    recommended: DerivedDate | None
    """`None` for an optional course."""
    past_due: DerivedDate | None
    """The last day on time by the clinic's policy; `None` without a policy."""
    latest: None = None
    """Always `None`: no label sets a latest day."""
    reasons: Many[str]
    """Why the status is what it is, in words."""
    because: Derivation | None
    """Why `earliest` is what it is."""
    decisions: Many[Decision] = ()
    """The clinician's decisions that were given."""
    changes_on: DerivedDate | None
    """The next day on which this answer changes by itself, if nothing is recorded; `None` if it never does."""

    def _summary(self) -> Summary:
        yield "course", Ordinal(self.course)
        yield "reasons", len(self.reasons)
        yield "decisions", len(self.decisions)
