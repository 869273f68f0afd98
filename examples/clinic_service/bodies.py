"""What clients send and get."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lemtrada_schedule import (
    Clinic,
    Decision,
    Evaluation,
    Finding,
    Forecast,
    InfusionRecord,
    Observation,
    RecordedOverride,
    Worklist,
)

_ID = r"^[A-Za-z0-9._-]{1,64}$"

Id = Annotated[str, StringConstraints(pattern=_ID)]
"""An opaque id: letters, digits, dot, underscore and hyphen, at most 64."""

ClinicId = Annotated[str, Path(pattern=_ID)]
PatientId = Annotated[str, Path(pattern=_ID)]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
"""A date as YYYY-MM-DD. The library checks it, and accepts no other form."""
DayQuery = Annotated[str, Query(json_schema_extra={"format": "date"})]
Revision = Annotated[int, Field(ge=0)]
Titles = Literal["neutral", "clinical"]


class Body(BaseModel):
    """What a client sends. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class SeenBody(Body):
    """A change of a clinic that has no content."""

    revision: Revision


class ClinicBody(Body):
    """A clinic, and the revision that the client has seen; 0 for a new one."""

    revision: Revision
    clinic: Clinic


class PatientBody(Body):
    """What the library needs to know of a patient beyond the records."""

    revision: Revision = 0
    """The patient's revision that the client has seen; 0 for a new patient."""
    birth_date: Day | None = None
    prior_medicines: int | None = None
    tests_recorded: list[str] | None = None
    tests_recorded_from: Day | None = None


class ChangeBody(Body):
    """A change of a patient."""

    revision: Revision
    """The patient's revision that the client has seen. If it is not the current one, the change is refused (409)."""
    request_id: Id
    """The client's own id of this request. If the answer is lost, send the same request again: it is stored once."""


class RecordBody(ChangeBody):
    """A record, or the correction of an earlier one."""

    replaces: Id | None = None
    """The `request_id` of the record that this one corrects. The earlier one stays stored, and no longer counts."""


class InfusionBody(RecordBody):
    """An infusion on record."""

    record: InfusionRecord


class TestBody(RecordBody):
    """A test on record."""

    record: Observation


class OverrideBody(RecordBody):
    """Who accepted a finding."""

    record: RecordedOverride


class DecisionBody(RecordBody):
    """A clinician's decision on a course."""

    record: Decision


class WithdrawalBody(ChangeBody):
    """The withdrawal of a record that should never have been made."""

    replaces: Id
    """The `request_id` of that record. It stays stored, and no longer counts."""


class PlanBody(ChangeBody):
    """A request for the first plan of a patient."""

    not_before: Day
    courses: int = 2
    protocol: str | None = None
    """By default, the protocol that the clinic names."""


class ReplanBody(ChangeBody):
    """A request to plan again, after what has happened since."""

    accept_protocol: str | None = None
    """The name of another revision of the plan's protocol, to go on by that."""


class Stored(BaseModel):
    """What is stored of a patient now."""

    patient: str
    clinic: str
    revision: int
    plan_revision: int | None
    feed: str
    """The path of the patient's calendar. Whoever has it can read the calendar: keep it secret."""


class Changed(Stored):
    """What is stored after a change."""

    is_repeated: bool = False
    """Whether this request had been stored before."""
    changes: list[dict[str, Any]] = []
    """What became of the items of the plan, apart from those that were kept."""
    findings: list[Finding] | None = None
    """What somebody must look at: after planning, the findings of the plan; after a record, what `evaluate` finds
    today in all records. `null` if nothing was checked: by a decision, by a new feed, or without a protocol."""


class StoredClinic(BaseModel):
    """What is stored of a clinic."""

    id: str
    revision: int
    feed: str
    clinic: Clinic
    findings: list[Finding]
    """What planning would warn about at this clinic, such as missing public holidays."""


class PlanRevision(BaseModel):
    """One revision of a plan, in the list of all."""

    revision: int
    protocol: str
    made_at: str


class Unanswered(BaseModel):
    """A patient of whom a question could not be answered, and why."""

    patient: str
    problems: list[dict[str, str]]


class Replanned(BaseModel):
    """What became of the plans of a clinic."""

    changed: list[str]
    """The patients whose plan has a new revision."""
    refused: list[Unanswered]
    """The patients whose plan could not be made again; it stays as it is."""


class ClinicChanged(StoredClinic):
    """A clinic that was stored, and what became of its plans."""

    replanned: Replanned


class Due(BaseModel):
    """What is due for all patients of a clinic."""

    worklist: Worklist
    refused: list[Unanswered]
    """The patients who are not in the worklist, and why: one of them must not take away the morning's list."""


class Status(BaseModel):
    """What is on record, judged on the day of the request."""

    evaluation: Evaluation
    forecast: Forecast | None
    """When the next course may start; `null` if the stored decisions do not fit the records."""
    refused: list[dict[str, str]] = []
    """Why there is no forecast."""
    plan_findings: list[Finding]
    """The findings of the newest plan; empty without a plan."""
