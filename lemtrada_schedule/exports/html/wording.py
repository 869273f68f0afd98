"""What a page calls things: by their clinical names, or by neutral ones that may hang where visitors see them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from lemtrada_schedule.exports.dated_items import DatedItem
from lemtrada_schedule.exports.html.neutral_reasons import neutral_reason
from lemtrada_schedule.exports.reasons import CONVENTION, counted
from lemtrada_schedule.exports.titles import spaced_day
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import PeriodActivity
from lemtrada_schedule.plan.courses import InfusionDay
from lemtrada_schedule.validation.scalars import clock

__all__ = ["Event", "Wording", "on_wall"]

_PLAIN: Final = frozenset({"women", "men"})
"""Whom an item concerns, where a neutral page may say so; other words are the protocol's."""


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
        told = item.applies_to if self.clinical or item.applies_to in _PLAIN else None
        return f"{title} ({told})" if told else title

    def why(self, because: Derivation | None) -> str:
        """Return from which day a date was counted."""
        if because is None:
            return ""
        return counted(because, spaced_day) if self.clinical else neutral_reason(because, spaced_day)

    def source(self, because: Derivation | None) -> str:
        """Return where a number stands, and if it is a convention; a neutral page leaves both to the clinical one."""
        if because is None or not self.clinical:
            return ""
        words = [because.cite.upper()] if because.cite else []
        return "; ".join([*words, CONVENTION] if because.basis == "convention" else words)

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
                until = f"until {_moment(item.end)}" if self.clinical else ""  # a neutral title says so itself
                yield from self._on(item, item.first_day, because, until)
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
