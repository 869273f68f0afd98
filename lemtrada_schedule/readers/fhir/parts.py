"""Read what FHIR resources have in common: objects, lists, concepts, and date-times in the clinic's time zone."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from lemtrada_schedule.errors import InvalidInput, Problem, Remedy, kind_of, shape_of
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.scalars import date_in

__all__ = ["Faults", "Moment", "concept", "part", "parts", "start_and_end", "text"]

_T = TypeVar("_T")

_DATE_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T((?:[01][0-9]|2[0-3]):[0-5][0-9]):[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)


class Faults(list[Problem]):
    """The problems of a resource so far."""

    def of(self, read: Callable[[], _T]) -> _T | None:
        """Return the result of `read`; if it raises `InvalidInput`, add its problems and return `None`."""
        try:
            return read()
        except InvalidInput as error:
            self.extend(error.problems)
            return None


@dataclass(frozen=True, slots=True, repr=False)
class Moment:
    """A date in the clinic's time zone and, if the source has a date-time, its wall time and instant."""

    day: dt.date
    wall: dt.time | None
    instant: dt.datetime | None
    """In UTC, cut to the minute."""
    written: str
    """The date-time as written; empty for a date."""

    @property
    def is_moved(self) -> bool:
        """Whether the date in the clinic's time zone differs from the one that is written."""
        return self.wall is not None and self.day.isoformat() != self.written[:10]


def part(parent: dict[str, Any], key: str, place: str) -> dict[str, Any]:
    """Return an element that is an object; empty if it is missing."""
    value = parent.get(key)
    if value is not None and type(value) is not dict:
        raise refused("wrong-type", place, f"expected an object, got {kind_of(value)}")
    return value or {}


def parts(parent: dict[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    """Return an element that is a list of objects; empty if it is missing."""
    value = parent.get(key)
    if value is None:
        return []
    if type(value) is not list or not all(type(item) is dict for item in value):
        raise refused("wrong-type", place, "expected a list of objects; correct it")
    return value


def text(parent: dict[str, Any], key: str, place: str) -> str | None:
    """Return an element that is text; `None` if it is missing."""
    value = parent.get(key)
    if value is not None and type(value) is not str:
        raise refused("wrong-type", place, f"expected text, got {kind_of(value)}")
    return value


@dataclass(frozen=True, slots=True, repr=False)
class Concept:
    """A CodeableConcept: its codings as system and code, and every display and text."""

    codings: tuple[tuple[str | None, str], ...]
    displays: tuple[str | None, ...]
    """The display of each coding."""
    words: tuple[str, ...]


def concept(parent: dict[str, Any], key: str, place: str) -> Concept:
    """Return a CodeableConcept, without codings that have no code and without blank texts."""
    value = part(parent, key, place)
    where = f"{place}.coding"
    codings, displays = list[tuple[str | None, str]](), list[str | None]()
    words = [text(value, "text", f"{place}.text")]
    for coding in parts(value, "coding", where):
        system, code = text(coding, "system", f"{where}.system"), text(coding, "code", f"{where}.code")
        words.append(text(coding, "display", f"{where}.display"))
        if code and code.strip():
            codings.append((system, code))
            displays.append(words[-1])
    return Concept(tuple(codings), tuple(displays), tuple(word for word in words if word and word.strip()))


def start_and_end(
    resource: dict[str, Any], element: str, zone: ZoneInfo | None, faults: Faults, moments: tuple[str, ...]
) -> tuple[Moment | None, Moment | None]:
    """Return start and end of something that happened on one day; problems are added to `faults`.

    Args:
        resource: The resource.
        element: The element with its time, without its type: `effective`.
        zone: The clinic's time zone.
        faults: Receives the problems.
        moments: The types of the element that are a single moment, such as `DateTime`; `Period` is also read.
    """
    span, single = f"{element}Period", [f"{element}{kind}" for kind in moments]
    choices = (*single, span)
    given = [name for name in choices if resource.get(name) is not None]
    if len(given) != 1:
        message = f"expected one of {', '.join(choices)}; give exactly one of them"
        faults.append(Problem("json-structure" if given else "missing-field", f"{element}[x]", message))
        return None, None
    (name,) = given
    if name in single:
        return faults.of(lambda: _moment(resource[name], name, zone)), None
    period = faults.of(lambda: part(resource, span, span))
    if period is None:
        return None, None
    start, end = (_edge(period.get(edge), f"{span}.{edge}", zone, faults) for edge in ("start", "end"))
    if period.get("start") is None:
        faults.append(Problem("missing-field", f"{span}.start", "the start is missing; add it"))
    if start and end and start.day != end.day:
        message = "in the clinic's time zone this is another date than the start; record each day separately"
        faults.append(Problem("more-than-one-day", f"{span}.end", message))
        return start, None
    return start, end


def _edge(value: object, place: str, zone: ZoneInfo | None, faults: Faults) -> Moment | None:
    return None if value is None else faults.of(lambda: _moment(value, place, zone))


def _moment(value: object, place: str, zone: ZoneInfo | None) -> Moment:
    """Return the date and, of a date-time, the wall time in a time zone; seconds are cut off."""
    if place != "effectiveInstant" and (type(value) is not str or "T" not in value):
        return Moment(date_in(value, place), None, None, "")
    if type(value) is not str or not (read := _DATE_TIME.fullmatch(value)):
        expected = "expected a date-time with seconds and offset, such as 2027-01-11T09:00:00-05:00"
        raise refused("wall-time", place, f"{expected}, got {shape_of(value)}")
    date_in(read[1], place)
    if zone is None:
        message = "the date of a date-time depends on the time zone; set the clinic's with "
        raise InvalidInput([Problem.advising("zone", place, message, Remedy("time_zone"))])
    instant = dt.datetime.fromisoformat(f"{read[1]}T{read[2]}{read[3]}").astimezone(dt.UTC)
    local = instant.astimezone(zone)
    return Moment(date_in(local.date(), place), dt.time(local.hour, local.minute), instant, value)
