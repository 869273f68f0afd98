"""Read clinics, histories and plans from the rows of the database, and add rows."""

import json
import secrets
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import lru_cache

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from examples.clinic_service.bodies import ChangeBody, PatientBody, RecordBody, Stored, WithdrawalBody
from examples.clinic_service.database import ChangeRow, ClinicRow, PatientRow, PlanRow
from examples.clinic_service.refusals import Refused, stale, unknown
from lemtrada_schedule import (
    Clinic,
    Decision,
    Finding,
    History,
    Plan,
    Protocol,
    load_protocol,
    parse_clinic,
    parse_plan,
)

RECORDS = frozenset({"infusion", "test", "override", "decision"})


def new_secret() -> str:
    """Return the secret part of a feed's address: 256 bits at random."""
    return secrets.token_urlsafe(32)


# --- clinics and patients ------------------------------------------------------------------------


def clinic_row(session: Session, clinic_id: str, *, lock: bool = False) -> ClinicRow:
    """Return the row of a clinic; `lock` waits until no other transaction plans for this clinic."""
    asked = select(ClinicRow).where(ClinicRow.id == clinic_id).execution_options(populate_existing=True)
    found = session.scalar(asked.with_for_update() if lock else asked)
    if found is None:
        raise unknown("clinic")
    return found


def clinic_of(row: ClinicRow) -> Clinic:
    """Return the clinic in a row."""
    return parse_clinic(json.loads(row.clinic))


def patient_row(session: Session, patient_id: str) -> PatientRow:
    """Return the row of a patient."""
    found = session.get(PatientRow, patient_id)
    if found is None:
        raise unknown("patient")
    return found


def locked_patient(session: Session, patient_id: str) -> tuple[PatientRow, ClinicRow]:
    """Return the rows of a patient and of the clinic, which no other transaction can change until this one ends."""
    patient = patient_row(session, patient_id)
    clinic = clinic_row(session, patient.clinic_id, lock=True)
    session.refresh(patient)
    return patient, clinic


def patients_of(session: Session, clinic_id: str) -> Sequence[PatientRow]:
    """Return the patients of a clinic, by id."""
    return session.scalars(select(PatientRow).where(PatientRow.clinic_id == clinic_id).order_by(PatientRow.id)).all()


def stored(session: Session, patient: PatientRow) -> Stored:
    """Return what a client is told of a patient."""
    plan = plan_row(session, patient.id)
    return Stored(
        patient=patient.id,
        clinic=patient.clinic_id,
        revision=patient.revision,
        plan_revision=plan.revision if plan else None,
        feed=f"/feeds/{patient.feed}.ics",
    )


# --- changes -------------------------------------------------------------------------------------


def is_repeated(session: Session, patient: PatientRow, kind: str, body: ChangeBody) -> bool:
    """Return whether a request was stored before; refuse one that uses the id of another request."""
    before = _change(session, patient.id, body.request_id)
    if before is None:
        return False
    if (before.kind, before.body) != (kind, _content(body)):
        raise Refused(409, "request-id-reused", "request_id", "another request has this id; use a new one")
    return True


def add_change(session: Session, patient: PatientRow, kind: str, body: ChangeBody, moment: datetime) -> None:
    """Store a change, if the client has seen the one before it."""
    if body.revision != patient.revision:
        raise stale()
    replaces = body.replaces if isinstance(body, RecordBody | WithdrawalBody) else None
    if replaces is not None:
        _check_replaced(session, patient, {kind} if isinstance(body, RecordBody) else RECORDS, replaces)
    _add(
        session,
        patient,
        ChangeRow(request_id=body.request_id, kind=kind, body=_content(body), replaces=replaces),
        moment,
    )


def change_facts(session: Session, patient: PatientRow, body: PatientBody, moment: datetime) -> None:
    """Store what is known of a patient, new or not, if the client has seen the change before."""
    facts = body.model_dump_json(exclude={"revision"})
    if facts == patient.facts and patient.revision > 0:
        return
    if body.revision != patient.revision:
        raise stale()
    patient.facts = facts
    _add(session, patient, ChangeRow(request_id=None, kind="facts", body=facts, replaces=None), moment)


def add_nightly_change(session: Session, patient: PatientRow, moment: datetime) -> None:
    """Store that the nightly job made a new revision of the plan, so that a client that has not seen it is refused."""
    _add(session, patient, ChangeRow(request_id=None, kind="nightly", body="{}", replaces=None), moment)


def _add(session: Session, patient: PatientRow, change: ChangeRow, moment: datetime) -> None:
    patient.revision += 1
    change.patient_id, change.revision, change.at = patient.id, patient.revision, moment.isoformat()
    session.add(change)
    session.flush()


def _change(session: Session, patient_id: str, request_id: str) -> ChangeRow | None:
    asked = select(ChangeRow).where(ChangeRow.patient_id == patient_id, ChangeRow.request_id == request_id)
    return session.scalar(asked)


def _content(body: ChangeBody) -> str:
    """Return what a request asks for. Its revision does not belong to it: a client reads it again and retries."""
    return body.model_dump_json(exclude={"revision", "request_id"})


def _check_replaced(session: Session, patient: PatientRow, kinds: AbstractSet[str], replaces: str) -> None:
    before = _change(session, patient.id, replaces)
    if before is None or before.kind not in kinds:
        raise Refused(422, "unknown-id", "replaces", "the patient has no record of this kind with this request_id")
    asked = select(ChangeRow).where(ChangeRow.patient_id == patient.id, ChangeRow.replaces == replaces)
    if session.scalar(asked) is not None:
        raise Refused(409, "already-replaced", "replaces", "another record replaces this one; correct that one")


# --- records -------------------------------------------------------------------------------------


def history_of(session: Session, patient: PatientRow) -> History:
    """Return the history of a patient from all records that count."""
    return History.model_validate(
        {
            **json.loads(patient.facts),
            "patient": patient.id,
            "infusions": list(_records(session, patient, "infusion")),
            "observations": list(_records(session, patient, "test")),
            "overrides": list(_records(session, patient, "override")),
        }
    )


def decisions_of(session: Session, patient: PatientRow) -> list[Decision]:
    """Return the decisions on a patient's courses."""
    return [Decision.model_validate(record) for record in _records(session, patient, "decision")]


def _records(session: Session, patient: PatientRow, kind: str) -> Iterator[object]:
    asked = select(ChangeRow).where(ChangeRow.patient_id == patient.id).order_by(ChangeRow.revision)
    rows = session.scalars(asked.where(ChangeRow.kind.in_((kind, "withdrawal")))).all()
    replaced = {row.replaces for row in rows}
    found = (row for row in rows if row.kind == kind and row.request_id not in replaced)
    return (json.loads(row.body)["record"] for row in found)


# --- plans ---------------------------------------------------------------------------------------


def plan_row(session: Session, patient_id: str, revision: int | None = None) -> PlanRow | None:
    """Return one revision of a patient's plan; by default the newest."""
    asked = select(PlanRow).where(PlanRow.patient_id == patient_id)
    if revision is not None:
        asked = asked.where(PlanRow.revision == revision)
    return session.scalar(asked.order_by(PlanRow.revision.desc()).limit(1))


def existing_plan_row(session: Session, patient_id: str, revision: int | None = None) -> PlanRow:
    """Return one revision of a patient's plan, or refuse the request."""
    found = plan_row(session, patient_id, revision)
    if found is None:
        raise unknown("plan")
    return found


def plan_of(row: PlanRow) -> Plan:
    """Return the plan in a row."""
    return _parsed(row.plan)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Plan:
    """Return the plan in JSON text. Plans cannot be changed, so one can be shared between requests."""
    return parse_plan(text)


def newest_plans(session: Session, clinic_id: str) -> dict[str, PlanRow]:
    """Return the newest plan of each patient of a clinic, by the patient's id."""
    newest = (
        select(PlanRow.patient_id, func.max(PlanRow.revision).label("revision"))
        .join(PatientRow, PatientRow.id == PlanRow.patient_id)
        .where(PatientRow.clinic_id == clinic_id)
        .group_by(PlanRow.patient_id)
        .subquery()
    )
    is_newest = and_(PlanRow.patient_id == newest.c.patient_id, PlanRow.revision == newest.c.revision)
    asked = select(PlanRow).join(newest, is_newest).order_by(PlanRow.patient_id)
    return {row.patient_id: row for row in session.scalars(asked)}


def plan_findings(session: Session, patient: PatientRow) -> list[Finding]:
    """Return the findings of a patient's newest plan; none without a plan."""
    row = plan_row(session, patient.id)
    return list(plan_of(row).findings) if row else []


def rules_of(plan: Plan) -> Protocol:
    """Return the protocol that a plan was made by. A plan of an early release names it without holding it."""
    return plan.provenance.rules or load_protocol(plan.protocol)
