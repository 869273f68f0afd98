"""The clock of the service. It is read once for each request; the library itself reads no clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from lemtrada_schedule import Clinic

Clock = Callable[[], datetime]
"""Returns the current time with its time zone. Tests pass their own."""


def utc_now() -> datetime:
    """Return the current time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def day_at(clinic: Clinic, moment: datetime) -> date:
    """Return the date of a moment in the clinic's time zone: the `as_of` of every question."""
    return moment.astimezone(ZoneInfo(clinic.time_zone)).date()
