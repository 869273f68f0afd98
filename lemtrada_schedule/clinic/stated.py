"""What a clinic states about itself: time zone, opening hours, closures, and the public holidays it observes."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from lemtrada_schedule.errors import InvalidInput, Problem, shape_of
from lemtrada_schedule.validation.accepted import DayLike, Listed, Records, TimeLike
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import CalendarDate, Text, WallTime, ZoneName, code_text, refusal
from lemtrada_schedule.validation.summary import Summary

__all__ = [
    "WEEKDAYS",
    "DatedReason",
    "DatedReasons",
    "Laboratory",
    "OpeningHours",
    "StatedClinic",
    "Weekday",
]

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEKDAYS: Final[tuple[str, ...]] = get_args(Weekday)

SHORTEST_COURSE: Final = 3

LONGEST_CODE: Final = 64

_DAYS: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_HOURS: Final = re.compile(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})")


def _hours(value: Any) -> Any:
    """Return a table of weekdays, `mon = "08:00-17:00"`, as rows."""
    if type(value) is not dict:
        return value
    rows = []
    for day, text in value.items():
        if type(text) is not str or not (read := _HOURS.fullmatch(text)):
            where = day if day in WEEKDAYS else shape_of(day)
            raise refusal("wall-time", f"{where}: expected hours such as 08:00-17:00, got {shape_of(text)}")
        rows.append({"day": day, "opens": read[1], "closes": read[2]})
    return rows


def _dated(value: Any) -> Any:
    """Return a table of days, `2027-12-24 = "Staff day"`, as rows."""
    if type(value) is not dict:
        return value
    ranges = [number for number, day in enumerate(value, start=1) if type(day) is str and len(_DAYS.findall(day)) > 1]
    if ranges:
        entries = f"entry {ranges[0]}" if len(ranges) == 1 else f"entries {', '.join(map(str, ranges))}"
        advice = 'write one line for each day, such as 2027-12-24 = "Staff day"'
        raise refusal(
            "calendar-date",
            f"{entries}: expected one day as YYYY-MM-DD, got several; a range is not accepted: {advice}",
        )
    return [{"date": day, "reason": reason} for day, reason in value.items()]


class OpeningHours(Model):
    """The opening hours of one weekday."""

    shown: ClassVar[tuple[str, ...]] = ("day",)

    day: Weekday
    """The weekday: `mon` to `sun`."""
    opens: WallTime
    """When the clinic opens, as local time."""
    closes: WallTime
    """When the clinic closes, as local time; after `opens`."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            day: Weekday,
            opens: TimeLike,
            closes: TimeLike,
        ) -> None: ...

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.closes <= self.opens:
            raise refusal("hours-reversed", "the clinic closes before it opens; correct the hours")
        return self


class DatedReason(Model):
    """A day that differs from the clinic's weekly hours, and the reason."""

    date: CalendarDate
    """The day."""
    reason: Text
    """Why, for people."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            date: DayLike,
            reason: str,
        ) -> None: ...


class Laboratory(Model):
    """Where blood and urine are drawn, if its days differ from the clinic's."""

    weekdays: Annotated[Many[Weekday], Field(min_length=1)]
    """The weekdays on which it is open, instead of the clinic's; its closures and holidays are the clinic's (S41)."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            weekdays: Listed[Weekday],
        ) -> None: ...


PlaceCode = Annotated[str, code_text(LONGEST_CODE)]

ProtocolName = Annotated[str, code_text(LONGEST_CODE)]

Hours = Annotated[Many[OpeningHours], BeforeValidator(_hours)]

Dated = Annotated[Many[DatedReason], BeforeValidator(_dated)]

DatedReasons = Records[DatedReason] | dict[str, str] | dict[date, str]
"""What is read as `Dated`: rows, or a table of days such as `{"2027-12-24": "Staff day"}`."""


class StatedClinic(Model):
    """What a clinic states about itself. `Clinic` adds the calendar; the tables of open days are built from it."""

    name: Text | None = None
    """The name for people; `None` where it has none."""
    time_zone: ZoneName
    """The IANA name of its time zone, such as `America/New_York`."""
    country: PlaceCode | None = None
    """ISO 3166-1 code of two letters; absent: no public holidays are known. Reading and planning check it."""
    subdivision: PlaceCode | None = None
    """Code of the region within the country, such as `MA`."""
    holiday_categories: Annotated[Many[PlaceCode], Field(min_length=1)] | None = None
    """Whose holidays are closed days, by the categories of the holiday data: `["public", "catholic"]`. Absent: the
    country's default, its public holidays. Reading and planning check them."""
    infusion_starts: WallTime
    """The wall time at which the infusion itself starts, on every infusion day."""
    preparation_minutes: Annotated[int, Field(ge=0, le=720)] = 0
    """Minutes before the infusion in which the clinic must already be open (S18)."""
    opening_hours: Hours
    """A weekday that is absent is closed."""
    closures: Dated = ()
    """Days on which it is closed, whatever its weekly hours."""
    extra_open: Dated = ()
    """Days on which it is open, whatever the weekday, the public holidays and the hours say."""
    fully_booked: Dated = ()
    """Days on which no infusion can be given, because no chair is left."""
    chairs: Annotated[int, Field(ge=1, le=1_000)] | None = None
    """How many patients can have an infusion on one day; `None`: bookings close no day (S44)."""
    results_days: Annotated[int, Field(ge=0, le=30)] = 0
    """How many calendar days before the first infusion a baseline is done, so that its results are in by then (S41)."""
    laboratory: Laboratory | None = None
    """The laboratory's days; `None`: those of the clinic."""
    protocol: ProtocolName | None = None
    """The protocol that the clinic uses, such as `us`; the default if no protocol is named."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = [*self._wrong_place(), *self._wrong_days(), *self._wrong_hours()]
        if faults:
            raise InvalidInput(faults)
        return self

    def _wrong_place(self) -> Iterator[Problem]:
        if self.subdivision and not self.country:
            yield Problem("missing-field", "country", "required with a subdivision; add the country")
        if self.holiday_categories and not self.country:
            yield Problem("missing-field", "country", "required with holiday categories; add the country")
        categories = self.holiday_categories or ()
        for index, category in enumerate(categories):
            if category in categories[:index]:
                place = f"holiday_categories.{index}"
                yield Problem("clinic-contradiction", place, "this category is listed twice; remove one")

    def _wrong_days(self) -> Iterator[Problem]:
        lists = ("closures", "extra_open", "fully_booked")
        dated: dict[str, list[str | date]] = {name: [d.date for d in getattr(self, name)] for name in lists}
        weekly: dict[str, list[str | date]] = {
            "opening_hours": [hours.day for hours in self.opening_hours],
            "laboratory.weekdays": list(self.laboratory.weekdays) if self.laboratory else [],
        }
        for name, days in {**weekly, **dated}.items():
            first: dict[str | date, int] = {}
            for index, day in enumerate(days):
                if first.setdefault(day, index) != index:
                    yield Problem("day-twice", f"{name}.{index}", "this day is listed twice; remove one")
        closures = set(dated["closures"])
        for index, day in enumerate(dated["extra_open"]):
            if day in closures:
                place = f"extra_open.{index}"
                yield Problem("clinic-contradiction", place, "this day is also listed in closures; remove one")

    def _wrong_hours(self) -> Iterator[Problem]:
        run = self.longest_weekly_run
        if run < SHORTEST_COURSE:
            needed = f"the shortest course needs {SHORTEST_COURSE}; correct the hours"
            message = f"the weekly hours have at most {run} consecutive open days; {needed}"
            yield Problem("no-feasible-start", "opening_hours", message)

    @property
    def longest_weekly_run(self) -> int:
        """The longest run of consecutive open weekdays, over the week's end; 7 if every day is open."""
        days = {hours.day for hours in self.opening_hours}
        if len(days) == len(WEEKDAYS):
            return len(WEEKDAYS)
        longest = run = 0
        for day in WEEKDAYS * 2:
            run = run + 1 if day in days else 0
            longest = max(longest, run)
        return longest

    @cached_property
    def _hash(self) -> int:
        return hash(self.model_dump_json())

    def __hash__(self) -> int:
        """Return the hash, computed once: a clinic is a key of caches."""
        return self._hash

    def _summary(self) -> Summary:
        yield "time zone", self.time_zone
        yield "open weekdays", len(self.opening_hours)
        yield "closures", len(self.closures)
