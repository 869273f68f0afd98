"""What a page calls things: by their clinical names, or by neutral ones that may hang where visitors see them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from lemtrada_schedule.calendar_types import clock
from lemtrada_schedule.day_words import short_day
from lemtrada_schedule.explaining import CONVENTION, counted
from lemtrada_schedule.exports.dated_items import DatedItem
from lemtrada_schedule.findings import Derivation
from lemtrada_schedule.plan import InfusionDay, PeriodActivity

__all__ = ["Event", "Wording", "on_wall", "spaced_day"]

_OUR_REASONS: Final = ("closed on ", "open ", "public holiday: ")
"""How the reasons begin that hold no words of the clinic."""


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """What stands on one day of a page: what it is, more about it, and why it is that day."""

    day: date
    kind: str
    label: str
    detail: str
    why: str
    source: str

    @property
    def key(self) -> str:
        """What it is called in the key of a month: a stretch has a beginning and an end there."""
        return f"{self.label}: {self.detail}" if self.kind in ("period", "window") else self.label


def spaced_day(day: date) -> str:
    """Return a day as `Mon 4 Jan 2027`, without the column's padding."""
    return " ".join(short_day(day).split())


def on_wall(moment: datetime, minutes: int = 0) -> str:
    """Return the wall time so many real minutes before a moment."""
    return clock((moment.astimezone(UTC) - timedelta(minutes=minutes)).astimezone(moment.tzinfo))


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one page. Neutral ones name no medicine, no diagnosis, no test and no place."""

    clinical: bool

    @property
    def visit(self) -> str:
        """What a day at the clinic is called."""
        return "Infusion" if self.clinical else "Appointment"

    def title(self, item: DatedItem) -> str:
        """Return what an item is called."""
        if isinstance(item.of, InfusionDay) and not self.clinical:
            return f"{item.neutral_title}, day {item.of.number} of course {item.course}"
        title = item.full_title if self.clinical else item.neutral_title
        return f"{title} ({item.applies_to})" if item.applies_to else title

    def why(self, because: Derivation | None) -> str:
        """Return from which day a date was counted."""
        if because is None:
            return ""
        words = counted(because, spaced_day)
        return words if self.clinical else words.replace("infusion", "appointment")

    def source(self, because: Derivation | None) -> str:
        """Return where a number stands, and if it is a convention; a neutral page leaves both to the clinical one."""
        if because is None or not self.clinical:
            return ""
        words = [because.cite.upper()] if because.cite else []
        return "; ".join([*words, CONVENTION] if because.basis == "convention" else words)

    def closed(self, reason: str) -> str:
        """Return why the clinic is closed; what the clinic itself wrote stays off a neutral page."""
        if self.clinical or reason.startswith(_OUR_REASONS):
            return reason
        return "fully booked" if reason.startswith("fully booked") else "closed"

    def events(self, item: DatedItem) -> Iterator[Event]:
        """Yield what an item puts on days: one event, or two for a stretch of days."""
        because = item.because
        match item.kind:
            case "infusion":
                yield from self._on(item, item.first_day, because, self.hours(item.of))
            case "period":
                yield from self._period(item, item.of)
            case "window":
                yield from self._on(item, item.first_day, item.of.begins_because, "may be done from this day")
                yield from self._on(item, item.last_day, item.of.because, "last day for it")
            case "after-infusion":
                yield from self._on(item, item.first_day, because, f"until {_moment(item.end)}")
            case "baseline":
                first = f"from {spaced_day(item.of.first_day)} " if item.of.first_day else ""
                yield from self._on(item, item.first_day, because, f"counts {first}to {spaced_day(item.of.last_day)}")
            case _:
                yield from self._on(item, item.first_day, because)

    def hours(self, day: InfusionDay) -> str:
        """Return from when to when a day at the clinic is planned."""
        if day.infusion is None or day.observation is None:
            return "on record"
        return f"{clock(day.infusion.start)} to {clock(day.observation.end)} or later"

    def _on(self, item: DatedItem, day: date | None, because: Derivation | None, detail: str = "") -> Iterator[Event]:
        if day:
            yield Event(day, item.kind, self.title(item), detail, self.why(because), self.source(because))

    def _period(self, item: DatedItem, period: PeriodActivity) -> Iterator[Event]:
        yield from self._on(item, period.first_day, period.begins_because, "begins")
        last = "at least until this day" if period.provisional else "last day"
        yield from self._on(item, period.last_day, period.because, last)
        if period.last_day is None:
            yield from self._on(item, period.earliest_end, period.because, "does not end before this day")


def _moment(moment: datetime | None) -> str:
    return f"{spaced_day(moment.date())}, {clock(moment)}" if moment else ""
