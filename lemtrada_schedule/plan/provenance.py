"""What a plan was made from: the request, the clinic, the protocol and the versions."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

from pydantic import WrapValidator

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.closures import FrozenClosure
from lemtrada_schedule.errors import InvalidInput, kind_of
from lemtrada_schedule.protocol.citations import CitedDocument
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import Decision
from lemtrada_schedule.validation.model import Many, Model, taken_as_made
from lemtrada_schedule.validation.scalars import CalendarDate, refusal

__all__ = ["Provenance", "Request"]


class Request(Model):
    """The caller's request."""

    not_before: CalendarDate
    """The first day on which the first course not yet begun may start, included."""
    courses: int
    """How many courses to plan in all, including recorded ones."""
    as_of: CalendarDate | None = None
    """The date of the question; `None`: deadlines were not checked (S17)."""
    decisions: Many[Decision] = ()
    """The clinician's decisions that were given."""


@lru_cache(maxsize=16)
def _rules(written: str) -> Protocol:
    return Protocol.model_validate(json.loads(written))


def _read_once(data: Any, check: Callable[[Any], Protocol]) -> Protocol:
    """Return the protocol in a plan; plans with the same protocol share it, so that it is validated once."""
    if type(data) is Protocol:
        return data
    if type(data) is not dict:
        raise refusal("wrong-type", f"expected a protocol, got {kind_of(data)}")
    try:
        return _rules(json.dumps(data))
    except (InvalidInput, TypeError, ValueError, RecursionError):
        return check(data)  # says what is wrong, and where in the plan


class Provenance(Model):
    """What the plan was made from: enough to make it again, and to see why the result would now differ."""

    library: str
    """The version of this library."""
    tzdata: str
    """The version of the time zone data."""
    holidays: str
    """The version of the public holiday data."""
    protocol_digest: str
    """SHA-256 of the parts of the protocol that decide dates; in schema version 1, of its whole JSON (S45)."""
    rules: Annotated[Protocol, taken_as_made(Protocol), WrapValidator(_read_once)] | None = None
    """The protocol itself, so that a stored plan can be judged and continued without its file (S42, S43). `None` in
    plans of earlier releases; `read_plan` adds it if it is a built-in protocol."""
    protocol_since: CalendarDate | None = None
    """The first day of this revision of the protocol, if an earlier part of the plan was made with another revision:
    nothing was added before this day. `None` if one revision made all of it (S45)."""
    sources: Many[CitedDocument]
    """The documents that the plan's `cite` fields refer to."""
    clinic: Annotated[Clinic, taken_as_made(Clinic)]
    """The clinic as it was read."""
    closures: Many[FrozenClosure]
    """Public holidays and the clinic's own closures in the years of the plan, as known when it was made."""
    request: Request
    """The request."""
