"""Clinics: what they are, the nightly job, and the address of their calendar."""

from fastapi import APIRouter
from sqlalchemy import select

from examples.clinic_service.bodies import (
    ClinicBody,
    ClinicChanged,
    ClinicId,
    Replanned,
    SeenBody,
    StoredClinic,
)
from examples.clinic_service.database import ClinicRow
from examples.clinic_service.injected import Moment, Stores
from examples.clinic_service.planning import plan_clinic_again
from examples.clinic_service.refusals import Refused, stale
from examples.clinic_service.stored import (
    clinic_of,
    clinic_row,
    new_secret,
)
from lemtrada_schedule import (
    Clinic,
    check_clinic,
    parse_clinic,
)

api = APIRouter()


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
    clinic = clinic_of(row)
    return StoredClinic(
        id=row.id,
        revision=row.revision,
        feed=f"/feeds/{row.feed}.ics",
        clinic=clinic,
        findings=list(check_clinic(clinic)),
    )


@api.post("/clinics/{clinic_id}/feed")
def new_clinic_feed(clinic_id: ClinicId, body: SeenBody, database: Stores) -> StoredClinic:
    """Give the clinic's calendar another address, because somebody has the old one who should not."""
    with database.writing() as session:
        row = clinic_row(session, clinic_id, lock=True)
        if body.revision != row.revision:
            raise stale()
        row.revision, row.feed = row.revision + 1, new_secret()
        session.flush()
        return _told(row)


@api.post("/clinics/{clinic_id}/nightly")
def nightly(clinic_id: ClinicId, database: Stores, moment: Moment) -> Replanned:
    """Plan every patient of a clinic again, as a job does each night."""
    with database.writing() as session:
        return plan_clinic_again(session, clinic_row(session, clinic_id, lock=True), moment)
