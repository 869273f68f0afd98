"""What a plan was made from: the request, the clinic, the versions."""

from typing import Annotated

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.closures import FrozenClosure
from lemtrada_schedule.protocol.citations import Source
from lemtrada_schedule.records.history import Decision
from lemtrada_schedule.validation.model import Many, Model, taken_as_made
from lemtrada_schedule.validation.scalars import CalendarDate

__all__ = ["Provenance", "Request"]


class Request(Model):
    """What the caller asked for."""

    not_before: CalendarDate
    courses: int
    as_of: CalendarDate | None = None
    decisions: Many[Decision] = ()


class Provenance(Model):
    """What the plan was made from: enough to make it again, and to see why it would now differ."""

    library: str
    tzdata: str
    holidays: str
    protocol_digest: str
    """SHA-256 of what decides dates in the protocol; in plans of schema version 1, of its whole JSON (S45)."""
    sources: Many[Source]
    """The documents behind every `cite` of the plan."""
    clinic: Annotated[Clinic, taken_as_made(Clinic)]
    """The clinic as it was read."""
    closures: Many[FrozenClosure]
    """Public holidays and the clinic's own closures in the years of the plan, frozen."""
    request: Request
