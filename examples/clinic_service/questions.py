"""Questions: how a patient stands, and what is due at a clinic."""

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from examples.clinic_service.bodies import (
    ClinicId,
    DayQuery,
    Due,
    PatientId,
    Status,
    Titles,
    Unanswered,
)
from examples.clinic_service.clock import day_at
from examples.clinic_service.database import Database
from examples.clinic_service.injected import Moment, Stores
from examples.clinic_service.judging import rules_for
from examples.clinic_service.pages import POLICY, worklist_page
from examples.clinic_service.refusals import problems_of
from examples.clinic_service.stored import (
    clinic_of,
    clinic_row,
    decisions_of,
    history_of,
    newest_plans,
    patient_row,
    patients_of,
    plan_findings,
    plan_of,
)
from lemtrada_schedule import (
    DueItem,
    ScheduleError,
    due,
    evaluate,
    forecast,
    worklist,
)

api = APIRouter()


@api.get("/patients/{patient_id}/status")
def get_status(patient_id: PatientId, database: Stores, moment: Moment) -> Status:
    """Judge what is on record, and say when the next course may start."""
    with database.reading() as session:
        patient = patient_row(session, patient_id)
        clinic = clinic_of(clinic_row(session, patient.clinic_id))
        rules, history = rules_for(session, patient, clinic), history_of(session, patient)
        decisions, found = decisions_of(session, patient), plan_findings(session, patient)
    today = day_at(clinic, moment)
    judged = evaluate(history, rules, as_of=today, clinic=clinic)
    try:
        outlook = forecast(history, rules, as_of=today, decisions=decisions)
    except ScheduleError as error:  # such as a decision on a course that is not on record
        return Status(evaluation=judged, forecast=None, refused=problems_of(error), plan_findings=found)
    return Status(evaluation=judged, forecast=outlook, plan_findings=found)


def _listed(database: Database, clinic_id: str, first: str | None, last: str, moment: datetime) -> Due:
    """Ask for each patient alone, so that one whose plan cannot be read does not take away the list of all."""
    with database.reading() as session:
        clinic = clinic_of(clinic_row(session, clinic_id))
        plans = newest_plans(session, clinic_id)
        patients = [row for row in patients_of(session, clinic_id) if row.id in plans]
        pairs = {row.id: (plan_of(plans[row.id]), history_of(session, row)) for row in patients}
    today = day_at(clinic, moment)
    listed = worklist([], as_of=today, first_day=first or today, last_day=last)  # refuses a range that is none
    items, refused = list[DueItem](), list[Unanswered]()
    for name, (plan, history) in pairs.items():
        try:
            items += due(
                plan,
                history=history,
                clinic=clinic,
                as_of=today,
                first_day=listed.first_day,
                last_day=listed.last_day,
            )
        except ScheduleError as error:
            refused.append(Unanswered(patient=name, problems=problems_of(error)))
    items.sort(key=lambda one: (one.day, one.patient or "", one.item))
    return Due(worklist=listed.model_copy(update={"items": tuple(items)}), refused=refused)


@api.get("/clinics/{clinic_id}/worklist")
def get_listed(
    clinic_id: ClinicId, database: Stores, moment: Moment, last_day: DayQuery, first_day: DayQuery | None = None
) -> Due:
    """Return what is due for all patients of a clinic; by default from today."""
    return _listed(database, clinic_id, first_day, last_day, moment)


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
    page = worklist_page(_listed(database, clinic_id, first_day, last_day, moment), titles)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
