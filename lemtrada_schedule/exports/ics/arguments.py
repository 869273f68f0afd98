"""Check the arguments of `to_ics`: stamp, reminders, refresh interval, location, organizer and method."""

import datetime as dt
import re
from typing import Final, Literal
from zoneinfo import ZoneInfo

from lemtrada_schedule.errors import kind_of, shape_of
from lemtrada_schedule.exports.ics.content_lines import duration, moment
from lemtrada_schedule.validation.arguments import check_choice, refused_argument
from lemtrada_schedule.validation.scalars import hidden_character

__all__ = ["Method", "checked_location", "checked_organizer", "checked_refresh", "checked_reminders", "checked_stamp"]

Method = Literal["PUBLISH", "CANCEL"]

LONGEST_REMINDER: Final = dt.timedelta(days=366)

LONGEST_REFRESH: Final = dt.timedelta(days=366)

LONGEST_LOCATION: Final = 250

_MINUTE: Final = dt.timedelta(minutes=1)

_ADDRESS: Final = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")


def checked_stamp(stamp: object) -> str:
    """Return the time at which a file is made, in iCalendar notation."""
    if type(stamp) is not dt.datetime or type(stamp.tzinfo) not in (dt.timezone, ZoneInfo):
        message = f"expected a datetime with its zone, such as datetime(…, tzinfo=UTC), got {kind_of(stamp)}"
        raise refused_argument("wrong-type", "stamp", message)
    if not 2000 <= stamp.year <= 2099:
        raise refused_argument("date-range", "stamp", "the stamp must lie in the years 2000 to 2099; check the year")
    return moment(stamp)


def checked_reminders(reminders: object) -> tuple[dt.timedelta, ...]:
    """Return how long before each event to remind."""
    if type(reminders) is not list and type(reminders) is not tuple:
        message = f"expected a list of datetime.timedelta, got {kind_of(reminders)}"
        raise refused_argument("wrong-type", "reminders", message)
    return tuple(_reminder(before, item) for item, before in enumerate(reminders))


def _reminder(before: object, item: int) -> dt.timedelta:
    if type(before) is not dt.timedelta:
        message = f"expected a datetime.timedelta, got {kind_of(before)}"
        raise refused_argument("wrong-type", "reminders", message, item=item)
    if not dt.timedelta(0) <= before <= LONGEST_REMINDER or before % _MINUTE:
        message = "expected whole minutes before the event, from 0 to 366 days"
        raise refused_argument("out-of-range", "reminders", message, item=item)
    return before


def checked_refresh(refresh: object) -> str:
    """Return how often to look for changes, in iCalendar notation; an empty text where it is not said."""
    if refresh is None:
        return ""
    if type(refresh) is not dt.timedelta:
        message = f"expected a datetime.timedelta, got {kind_of(refresh)}"
        raise refused_argument("wrong-type", "refresh", message)
    if not _MINUTE <= refresh <= LONGEST_REFRESH or refresh % _MINUTE:
        message = "expected whole minutes, from 1 minute to 366 days"
        raise refused_argument("out-of-range", "refresh", message)
    return duration(refresh)


def checked_location(location: object) -> str:
    """Return the place of infusion days; an empty text where none is given."""
    if location is None:
        return ""
    if type(location) is not str:
        raise refused_argument("wrong-type", "location", f"expected text, got {kind_of(location)}")
    if not location.strip() or len(location) > LONGEST_LOCATION:
        raise refused_argument("text-length", "location", f"expected 1 to {LONGEST_LOCATION} characters")
    if odd := hidden_character(location):
        raise refused_argument("control-character", "location", f"it holds the character U+{ord(odd):04X}; remove it")
    return location


def checked_organizer(organizer: object, method: object) -> tuple[str, ...]:
    """Return the line of the organizer, if there is one; an organizer requires a method, and a method an organizer."""
    if method is not None:
        check_choice(method, Method, "method")
    if (organizer is None) != (method is None):
        missing = "organizer" if organizer is None else "method"
        raise refused_argument("missing-field", missing, "a method goes with an organizer; give both or neither")
    if organizer is None:
        return ()
    if type(organizer) is not str or not _ADDRESS.fullmatch(organizer):
        message = f"expected a mail address such as clinic@example.org, got {shape_of(organizer)}"
        raise refused_argument("identifier", "organizer", message)
    return (f"ORGANIZER:mailto:{organizer}",)
