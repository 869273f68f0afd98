"""The endpoints. Each reads the clock once, and passes the day and the stamp on."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from examples.clinic_service import cds_hooks
from examples.clinic_service.bodies import (
    ChangeBody,
    Changed,
    ClinicBody,
    ClinicChanged,
    ClinicId,
    DayQuery,
    DecisionBody,
    InfusionBody,
    OverrideBody,
    PatientBody,
    PatientId,
    PlanBody,
    PlanRevision,
    ReplanBody,
    Replanned,
    Status,
    Stored,
    StoredClinic,
    TestBody,
    Titles,
)
from examples.clinic_service.clock import Clock, day_at, utc_now
from examples.clinic_service.database import ClinicRow, Database, PatientRow, PlanRow
from examples.clinic_service.feeds import answer, feed_at
from examples.clinic_service.pages import POLICY, worklist_page
from examples.clinic_service.planning import first_plan, plan_again, plan_clinic_again
from examples.clinic_service.refusals import Refused, answer_errors, stale
from examples.clinic_service.stored import (
    add_change,
    clinic_of,
    clinic_row,
    existing_plan_row,
    history_of,
    is_repeated,
    locked_patient,
    new_secret,
    newest_plans,
    patient_row,
    patients_of,
    plan_of,
    plan_row,
    rules_of,
    stored,
)
from lemtrada_schedule import (
    Clinic,
    History,
    Protocol,
    Worklist,
    evaluate,
    forecast,
    load_protocol,
    parse_clinic,
    to_html,
    worklist,
)

api = APIRouter()


def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


def _moment(request: Request) -> datetime:
    clock: Clock = request.app.state.clock
    return clock()


Stores = Annotated[Database, Depends(_database)]
Moment = Annotated[datetime, Depends(_moment)]


def create_app(database_url: str, clock: Clock = utc_now) -> FastAPI:
    """Return the service, with the database at an SQLAlchemy URL and a clock."""
    database = Database(database_url)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(title="Clinic service", version="1", lifespan=lifespan)
    app.state.database, app.state.clock = database, clock
    app.include_router(api)
    answer_errors(app)
    return app


# --- clinics -------------------------------------------------------------------------------------


@api.put("/clinics/{clinic_id}")
def put_clinic(clinic_id: ClinicId, body: ClinicBody, database: Stores, moment: Moment) -> ClinicChanged:
    """Store a clinic. If it was stored before, all its patients are planned again, so that closures take effect."""
    checked = parse_clinic(body.clinic.model_dump(mode="json"))  # the country too, which a Clinic alone does not check
    with database.writing() as session:
        row = session.get(ClinicRow, clinic_id, with_for_update=True)
        if row is None:
            row = ClinicRow(id=clinic_id, revision=0, feed=new_secret(), clinic=checked.model_dump_json())
            session.add(row)
        if body.revision != row.revision:
            raise stale()
        _check_identity(clinic_of(row), checked)
        row.revision, row.clinic = row.revision + 1, checked.model_dump_json()
        session.flush()
        return ClinicChanged(**dict(_told(row)), replanned=plan_clinic_again(session, row, moment))


def _check_identity(before: Clinic, after: Clinic) -> None:
    """Refuse another name and zone: bookings know a clinic by its name, and a plan cannot change its zone."""
    for field in ("name", "time_zone"):
        if getattr(before, field) != getattr(after, field):
            message = "a stored clinic keeps its name and its time zone; store another clinic"
            raise Refused(422, "plan-mismatch", f"clinic.{field}", message)


@api.get("/clinics")
def get_clinics(database: Stores) -> list[str]:
    """List the ids of all clinics."""
    with database.reading() as session:
        return list(session.scalars(select(ClinicRow.id).order_by(ClinicRow.id)))


@api.get("/clinics/{clinic_id}")
def get_clinic(clinic_id: ClinicId, database: Stores) -> StoredClinic:
    """Return a clinic, with the address of its calendar."""
    with database.reading() as session:
        return _told(clinic_row(session, clinic_id))


def _told(row: ClinicRow) -> StoredClinic:
    return StoredClinic(id=row.id, revision=row.revision, feed=f"/feeds/{row.feed}.ics", clinic=clinic_of(row))


@api.post("/clinics/{clinic_id}/nightly")
def nightly(clinic_id: ClinicId, database: Stores, moment: Moment) -> Replanned:
    """Plan every patient of a clinic again, as a job does each night."""
    with database.writing() as session:
        return plan_clinic_again(session, clinic_row(session, clinic_id, lock=True), moment)


# --- patients ------------------------------------------------------------------------------------


@api.put("/clinics/{clinic_id}/patients/{patient_id}")
def put_patient(clinic_id: ClinicId, patient_id: PatientId, body: PatientBody, database: Stores) -> Stored:
    """Store a new patient. The same request again changes nothing; another one is refused."""
    History.model_validate({**body.model_dump(), "patient": patient_id})
    facts = body.model_dump_json()
    with database.writing() as session:
        clinic_row(session, clinic_id, lock=True)
        row = session.get(PatientRow, patient_id)
        if row is None:
            row = PatientRow(id=patient_id, clinic_id=clinic_id, revision=0, feed=new_secret(), facts=facts)
            session.add(row)
            session.flush()
        elif (row.clinic_id, row.facts) != (clinic_id, facts):
            raise Refused(409, "patient-exists", "patient", "a patient with this id is stored with other facts")
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
        patient, _ = locked_patient(session, patient_id)
        repeated = is_repeated(session, patient, kind, body)
        if not repeated:
            add_change(session, patient, kind, body, moment)
        return Changed(**dict(stored(session, patient)), is_repeated=repeated)


@api.post("/patients/{patient_id}/infusions")
def post_infusion(patient_id: PatientId, body: InfusionBody, database: Stores, moment: Moment) -> Changed:
    """Record an infusion, given or not."""
    return _record(database, patient_id, "infusion", body, moment)


@api.post("/patients/{patient_id}/tests")
def post_test(patient_id: PatientId, body: TestBody, database: Stores, moment: Moment) -> Changed:
    """Record a test."""
    return _record(database, patient_id, "test", body, moment)


@api.post("/patients/{patient_id}/overrides")
def post_override(patient_id: PatientId, body: OverrideBody, database: Stores, moment: Moment) -> Changed:
    """Record who accepted a finding, and why."""
    return _record(database, patient_id, "override", body, moment)


@api.post("/patients/{patient_id}/decisions")
def post_decision(patient_id: PatientId, body: DecisionBody, database: Stores, moment: Moment) -> Changed:
    """Record a clinician's decision on a course."""
    return _record(database, patient_id, "decision", body, moment)


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
        return Changed(**dict(stored(session, patient)), is_repeated=repeated)


@api.post("/patients/{patient_id}/replan")
def post_replan(patient_id: PatientId, body: ReplanBody, database: Stores, moment: Moment) -> Changed:
    """Plan again after what has happened, or by another revision of the protocol."""
    with database.writing() as session:
        patient, clinic = locked_patient(session, patient_id)
        if is_repeated(session, patient, "replan", body):
            return Changed(**dict(stored(session, patient)), is_repeated=True)
        add_change(session, patient, "replan", body, moment)
        revision = plan_again(session, patient, clinic, body, moment)
        changes = [one.model_dump(mode="json") for one in revision.changes if one.kind != "kept"]
        return Changed(**dict(stored(session, patient)), changes=changes)


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
def get_sheet(patient_id: PatientId, database: Stores, titles: Titles = "neutral") -> str:
    """Return the plan as a page to print."""
    with database.reading() as session:
        return to_html(plan_of(existing_plan_row(session, patient_row(session, patient_id).id)), titles=titles)


# --- questions -----------------------------------------------------------------------------------


def _rules(session: Session, patient: PatientRow, clinic: Clinic) -> Protocol:
    """Return the protocol of the patient's plan; without a plan, the clinic's."""
    plan = plan_row(session, patient.id)
    if plan is not None:
        return rules_of(plan_of(plan))
    if clinic.protocol is None:
        raise Refused(
            422, "missing-field", "protocol", "there is no plan, and the clinic names no protocol; plan first"
        )
    return load_protocol(clinic.protocol)


@api.get("/patients/{patient_id}/status")
def get_status(patient_id: PatientId, database: Stores, moment: Moment) -> Status:
    """Judge what is on record, and say when the next course may start."""
    with database.reading() as session:
        patient = patient_row(session, patient_id)
        clinic = clinic_of(clinic_row(session, patient.clinic_id))
        rules, history = _rules(session, patient, clinic), history_of(session, patient)
    today = day_at(clinic, moment)
    judged = evaluate(history, rules, as_of=today, clinic=clinic)
    return Status(evaluation=judged, forecast=forecast(history, rules, as_of=today))


def _worklist(database: Database, clinic_id: str, first: str | None, last: str, moment: datetime) -> Worklist:
    with database.reading() as session:
        clinic = clinic_of(clinic_row(session, clinic_id))
        plans = newest_plans(session, clinic_id)
        patients = [row for row in patients_of(session, clinic_id) if row.id in plans]
        pairs = [(plan_of(plans[row.id]), history_of(session, row)) for row in patients]
    today = day_at(clinic, moment)
    return worklist(pairs, as_of=today, first_day=first or today, last_day=last, clinic=clinic)


@api.get("/clinics/{clinic_id}/worklist")
def get_worklist(
    clinic_id: ClinicId, database: Stores, moment: Moment, last_day: DayQuery, first_day: DayQuery | None = None
) -> Worklist:
    """Return what is due for all patients of a clinic; by default from today."""
    return _worklist(database, clinic_id, first_day, last_day, moment)


@api.get("/clinics/{clinic_id}/worklist.html", response_class=HTMLResponse)
def get_worklist_page(
    clinic_id: ClinicId,
    database: Stores,
    moment: Moment,
    *,
    last_day: DayQuery,
    first_day: DayQuery | None = None,
    titles: Titles = "neutral",
) -> HTMLResponse:
    """Return what is due as a page."""
    page = worklist_page(_worklist(database, clinic_id, first_day, last_day, moment), titles)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


# --- for other programs --------------------------------------------------------------------------


@api.head("/feeds/{secret}.ics", include_in_schema=False)
@api.get("/feeds/{secret}.ics")
def get_feed(secret: str, database: Stores, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Return a calendar to subscribe to: `webcal://…` with this path."""
    with database.reading() as session:
        return answer(feed_at(session, secret), if_none_match)


@api.get("/cds-services")
def discover() -> dict[str, Any]:
    """Name the services of CDS Hooks."""
    return cds_hooks.DISCOVERY


@api.post(f"/cds-services/{cds_hooks.SERVICE}")
def patient_view(body: cds_hooks.HookRequest, database: Stores, moment: Moment) -> dict[str, Any]:
    """Return the cards for the patient whose chart was opened."""
    with database.reading() as session:
        patient = session.get(PatientRow, body.context.patientId)
        if patient is None:
            return {"cards": []}
        clinic = clinic_of(clinic_row(session, patient.clinic_id))
        row, history = plan_row(session, patient.id), history_of(session, patient)
        rules = _rules(session, patient, clinic)
    today = day_at(clinic, moment)
    judged = evaluate(history, rules, as_of=today, clinic=clinic)
    items = cds_hooks.due_items(plan_of(row) if row else None, history, clinic, today)
    return {"cards": cds_hooks.cards(judged, items)}


def __getattr__(name: str) -> FastAPI:
    """Make `app`, as `uvicorn examples.clinic_service.app:app` asks for it; importing this module opens no database."""
    if name != "app":
        raise AttributeError(f"no attribute {name!r}")
    return create_app(os.environ.get("CLINIC_SERVICE_DATABASE", "sqlite:///clinic.db"))
