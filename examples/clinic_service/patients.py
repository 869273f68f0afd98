"""Patients: who they are, what is on record, and their plans."""

from datetime import datetime

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from examples.clinic_service.bodies import (
    ChangeBody,
    Changed,
    ClinicId,
    DecisionBody,
    InfusionBody,
    OverrideBody,
    PatientBody,
    PatientId,
    PlanBody,
    PlanRevision,
    ReplanBody,
    Stored,
    TestBody,
    Titles,
    WithdrawalBody,
)
from examples.clinic_service.database import Database, PatientRow, PlanRow
from examples.clinic_service.injected import Moment, Stores
from examples.clinic_service.judging import found_today
from examples.clinic_service.planning import first_plan, plan_again
from examples.clinic_service.refusals import Refused
from examples.clinic_service.stored import (
    add_change,
    change_facts,
    clinic_row,
    existing_plan_row,
    history_of,
    is_repeated,
    locked_patient,
    new_secret,
    patient_row,
    patients_of,
    plan_findings,
    plan_of,
    stored,
)
from lemtrada_schedule import (
    History,
    to_html,
)

api = APIRouter()


@api.put("/clinics/{clinic_id}/patients/{patient_id}")
def put_patient(
    clinic_id: ClinicId, patient_id: PatientId, body: PatientBody, database: Stores, moment: Moment
) -> Stored:
    """Store a patient, or what is known of one. The same request again changes nothing."""
    History.model_validate({**body.model_dump(exclude={"revision"}), "patient": patient_id})
    with database.writing() as session:
        clinic_row(session, clinic_id, lock=True)
        row = session.get(PatientRow, patient_id)
        if row is None:
            row = PatientRow(id=patient_id, clinic_id=clinic_id, revision=0, feed=new_secret(), facts="")
            session.add(row)
            session.flush()
        elif row.clinic_id != clinic_id:
            raise Refused(409, "patient-exists", "patient", "another clinic has a patient with this id")
        change_facts(session, row, body, moment)
        return stored(session, row)


@api.get("/clinics/{clinic_id}/patients")
def get_patients(clinic_id: ClinicId, database: Stores) -> list[str]:
    """List the ids of the patients of a clinic."""
    with database.reading() as session:
        return [row.id for row in patients_of(session, clinic_row(session, clinic_id).id)]


@api.get("/patients/{patient_id}")
def get_patient(patient_id: PatientId, database: Stores) -> Stored:
    """Return what is stored of a patient, with the revision to send with the next change."""
    with database.reading() as session:
        return stored(session, patient_row(session, patient_id))


@api.get("/patients/{patient_id}/history")
def get_history(patient_id: PatientId, database: Stores) -> History:
    """Return the records of a patient."""
    with database.reading() as session:
        return history_of(session, patient_row(session, patient_id))


# --- records -------------------------------------------------------------------------------------


def _record(database: Database, patient_id: str, kind: str, body: ChangeBody, moment: datetime) -> Changed:
    with database.writing() as session:
        patient, clinic = locked_patient(session, patient_id)
        repeated = is_repeated(session, patient, kind, body)
        if not repeated:
            add_change(session, patient, kind, body, moment)
        found = None if kind == "decision" else found_today(session, patient, clinic, moment)
        return Changed(**dict(stored(session, patient)), is_repeated=repeated, findings=found)


@api.post("/patients/{patient_id}/infusions")
def post_infusion(patient_id: PatientId, body: InfusionBody, database: Stores, moment: Moment) -> Changed:
    """Record an infusion, given or not. A wrong date does not stop it; the findings in the answer name it."""
    return _record(database, patient_id, "infusion", body, moment)


@api.post("/patients/{patient_id}/tests")
def post_test(patient_id: PatientId, body: TestBody, database: Stores, moment: Moment) -> Changed:
    """Record a test."""
    return _record(database, patient_id, "test", body, moment)


@api.post("/patients/{patient_id}/overrides")
def post_override(patient_id: PatientId, body: OverrideBody, database: Stores, moment: Moment) -> Changed:
    """Record who accepted a finding, and why."""
    return _record(database, patient_id, "override", body, moment)


@api.post("/patients/{patient_id}/withdrawals")
def post_withdrawal(patient_id: PatientId, body: WithdrawalBody, database: Stores, moment: Moment) -> Changed:
    """Withdraw a record that should never have been made."""
    return _record(database, patient_id, "withdrawal", body, moment)


@api.post("/patients/{patient_id}/decisions")
def post_decision(patient_id: PatientId, body: DecisionBody, database: Stores, moment: Moment) -> Changed:
    """Record a clinician's decision on a course."""
    return _record(database, patient_id, "decision", body, moment)


@api.post("/patients/{patient_id}/feed")
def new_patient_feed(patient_id: PatientId, body: ChangeBody, database: Stores, moment: Moment) -> Changed:
    """Give the patient's calendar another address, because somebody has the old one who should not."""
    with database.writing() as session:
        patient, _ = locked_patient(session, patient_id)
        repeated = is_repeated(session, patient, "feed", body)
        if not repeated:
            patient.feed = new_secret()
            add_change(session, patient, "feed", body, moment)
        return Changed(**dict(stored(session, patient)), is_repeated=repeated)


# --- plans ---------------------------------------------------------------------------------------


@api.post("/patients/{patient_id}/plan")
def post_plan(patient_id: PatientId, body: PlanBody, database: Stores, moment: Moment) -> Changed:
    """Make the first plan of a patient."""
    with database.writing() as session:
        patient, clinic = locked_patient(session, patient_id)
        repeated = is_repeated(session, patient, "plan", body)
        if not repeated:
            add_change(session, patient, "plan", body, moment)
            first_plan(session, patient, clinic, body, moment)
        return Changed(**dict(stored(session, patient)), is_repeated=repeated, findings=plan_findings(session, patient))


@api.post("/patients/{patient_id}/replan")
def post_replan(patient_id: PatientId, body: ReplanBody, database: Stores, moment: Moment) -> Changed:
    """Plan again after what has happened, or by another revision of the protocol."""
    with database.writing() as session:
        patient, clinic = locked_patient(session, patient_id)
        if is_repeated(session, patient, "replan", body):
            found = plan_findings(session, patient)
            return Changed(**dict(stored(session, patient)), is_repeated=True, findings=found)
        add_change(session, patient, "replan", body, moment)
        revision = plan_again(session, patient, clinic, body, moment)
        changes = [one.model_dump(mode="json") for one in revision.changes if one.kind != "kept"]
        found = plan_findings(session, patient)
        return Changed(**dict(stored(session, patient)), changes=changes, findings=found)


@api.get("/patients/{patient_id}/plan")
def get_plan(patient_id: PatientId, database: Stores, revision: int | None = None) -> Response:
    """Return the plan as it was stored; by default the newest revision."""
    with database.reading() as session:
        row = existing_plan_row(session, patient_row(session, patient_id).id, revision)
        return Response(row.plan, media_type="application/json")


@api.get("/patients/{patient_id}/plans")
def get_plans(patient_id: PatientId, database: Stores) -> list[PlanRevision]:
    """List all revisions of the plan, from the first to the newest."""
    with database.reading() as session:
        asked = select(PlanRow).where(PlanRow.patient_id == patient_row(session, patient_id).id)
        rows = session.scalars(asked.order_by(PlanRow.revision))
        return [
            PlanRevision(revision=row.revision, protocol=plan_of(row).protocol, made_at=row.made_at) for row in rows
        ]


@api.get("/patients/{patient_id}/sheet", response_class=HTMLResponse)
def get_sheet(patient_id: PatientId, database: Stores, titles: Titles = "neutral", language: str | None = None) -> str:
    """Return the plan as a page to print, in English unless another language such as `de` is asked for."""
    with database.reading() as session:
        plan = plan_of(existing_plan_row(session, patient_row(session, patient_id).id))
        return to_html(plan, titles=titles, language=language)
