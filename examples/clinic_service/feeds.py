"""Calendar feeds: what a calendar app subscribes to, for one patient or for the whole clinic."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from fastapi import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from examples.clinic_service.database import ClinicRow, PatientRow, PlanRow
from examples.clinic_service.refusals import unknown
from examples.clinic_service.stored import newest_plans, plan_of, plan_row
from lemtrada_schedule import to_ics

REFRESH = timedelta(hours=1)
"""How often a calendar app is asked to look for changes."""

NO_PLAN_YET = datetime(2000, 1, 1, tzinfo=UTC)


def feed_at(session: Session, secret: str) -> bytes:
    """Return the calendar at a secret address. Titles are neutral, because calendars are seen by others."""
    patient = session.scalar(select(PatientRow).where(PatientRow.feed == secret))
    if patient is not None:
        plan = plan_row(session, patient.id)
        return calendar([plan] if plan else [])
    clinic = session.scalar(select(ClinicRow).where(ClinicRow.feed == secret))
    if clinic is None:
        raise unknown("feed")
    return calendar(list(newest_plans(session, clinic.id).values()), is_labelled=True)


def calendar(rows: Sequence[PlanRow], *, is_labelled: bool = False) -> bytes:
    """Return plans as one calendar file, each title with the patient's opaque id if they are several patients'.

    The stamp is the time of the last change, not of the request: an unchanged calendar is the same file.
    """
    stamp = max((datetime.fromisoformat(row.made_at) for row in rows), default=NO_PLAN_YET)
    label = {row.patient_id: row.patient_id for row in rows} if is_labelled else None
    return to_ics([plan_of(row) for row in rows], stamp=stamp, spans="start-end", label=label, refresh=REFRESH)


def answer(file: bytes, if_none_match: str | None) -> Response:
    """Return a calendar file, or 304 without content if the app has this one already."""
    tag = f'"{sha256(file).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and _names(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(file, media_type="text/calendar; charset=utf-8", headers=headers)


def _names(if_none_match: str, tag: str) -> bool:
    """Return whether the header names a tag; marks of weak tags do not count here (RFC 9110, 13.1.2)."""
    named = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return tag in named or "*" in named
