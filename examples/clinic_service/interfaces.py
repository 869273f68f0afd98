"""What other programs ask for: calendar feeds and CDS Hooks."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from examples.clinic_service import cds_hooks
from examples.clinic_service.clock import day_at
from examples.clinic_service.database import PatientRow
from examples.clinic_service.feeds import answer, feed_at
from examples.clinic_service.injected import Moment, Stores
from examples.clinic_service.judging import rules_for
from examples.clinic_service.stored import (
    clinic_of,
    clinic_row,
    history_of,
    plan_of,
    plan_row,
)
from lemtrada_schedule import (
    ScheduleError,
    evaluate,
)

api = APIRouter()


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
        rules = rules_for(session, patient, clinic)
    today = day_at(clinic, moment)
    judged = evaluate(history, rules, as_of=today, clinic=clinic)
    try:
        items = cds_hooks.due_items(plan_of(row) if row else None, history, clinic, today)
    except ScheduleError as error:
        return {"cards": [*cds_hooks.cards(judged, ()), cds_hooks.refusal_card(error)]}
    return {"cards": cds_hooks.cards(judged, items)}
