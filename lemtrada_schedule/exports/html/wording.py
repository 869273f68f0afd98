"""The words of a page: titles, reasons and events, in clinical or in neutral words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, assert_never

from lemtrada_schedule.exports.explaining import CONVENTION, counted
from lemtrada_schedule.exports.html.neutral_reasons import neutral_reason
from lemtrada_schedule.exports.titles import neutral_title, spaced_day
from lemtrada_schedule.exports.visit_words import suggestion, tests_in_words
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import Baseline
from lemtrada_schedule.plan.courses import InfusionDay
from lemtrada_schedule.plan.items import Item, Shape
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.validation.scalars import clock

__all__ = ["Event", "Wording", "on_wall"]

_PLAIN: Final = frozenset({"women", "men"})
"""Whom an item may concern on a neutral page; other words are the protocol's own and may reveal something."""


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """An event on one day of a page: what it is, details, and why it is that day."""

    day: date
    shape: Shape
    label: str
    detail: str
    why: str
    source: str
    due: str = ""
    """Of a visit on a suggested day: when it is due."""

    @property
    def key(self) -> str:
        """Its name in the key of a month: a range has two events there, its first and its last day."""
        if self.due:
            return f"{self.label}: {self.due}"
        return f"{self.label}: {self.detail}" if self.shape in ("holds", "within") else self.label


def on_wall(moment: datetime, minutes: int = 0) -> str:
    """Return the wall time so many real minutes before a moment."""
    return clock((moment.astimezone(UTC) - timedelta(minutes=minutes)).astimezone(moment.tzinfo))


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one page. Neutral words name no medicine, diagnosis, test or clinic."""

    clinical: bool

    @property
    def visit(self) -> str:
        """What a day at the clinic is called."""
        return "Infusion" if self.clinical else "Appointment"

    def title(self, item: Item) -> str:
        """Return what an item is called."""
        if item.infusion_day and not self.clinical:
            return f"{neutral_title(item)}, day {item.infusion_day.number} of course {item.course}"
        title = item.full_title if self.clinical else neutral_title(item)
        concerns = item.part.applies_to
        return f"{title} ({concerns})" if concerns and (self.clinical or concerns in _PLAIN) else title

    def why(self, because: Derivation | None) -> str:
        """Return from which day and by how much a date was counted."""
        if because is None:
            return ""
        return counted(because, spaced_day) if self.clinical else neutral_reason(because, spaced_day)

    def source(self, because: Derivation | None) -> str:
        """Return the source of a date, and whether it is a convention; empty on a neutral page."""
        if because is None or not self.clinical:
            return ""
        words = [because.cite.upper()] if because.cite else []
        return "; ".join([*words, CONVENTION] if because.basis == "convention" else words)

    def events(self, item: Item) -> Iterator[Event]:
        """Yield what an item puts on days: one event, or two for a range of days."""
        match item.shape:
            case "infusion":
                hours = self.hours(item.infusion_day) if item.infusion_day else ""
                yield from self._on(item, item.first_day, item.reason, hours)
            case "visit":
                yield from (self._visit(item, visit) for visit in (item.visit,) if visit)
            case "holds":
                yield from self._holds(item)
            case "within":
                yield from self._on(item, item.first_day, item.begins_because, "may be done from this day")
                yield from self._on(item, item.last_day, item.because, "last day for it")
            case "hours":
                until = f"until {_moment(item.end)}" if self.clinical else ""  # a neutral title says so itself
                yield from self._on(item, item.first_day, item.reason, until)
            case "day":
                yield from self._on(item, item.first_day, item.reason, _counts(item.baseline))
            case "words":
                pass
            case _ as never:
                assert_never(never)

    def hours(self, day: InfusionDay) -> str:
        """Return start and end of a planned day at the clinic; `on record` if its times are not known."""
        if day.infusion is None or day.observation is None:
            return "on record"
        return f"{clock(day.infusion.start)} to {clock(day.observation.end)} or later"

    def _on(self, item: Item, day: date | None, because: Derivation | None, detail: str = "") -> Iterator[Event]:
        if day:
            yield Event(day, item.shape, self.title(item), detail, self.why(because), self.source(because))

    def _visit(self, item: Item, visit: Visit) -> Event:
        """Return the event of a visit, on the day suggested for it, else on its due day."""
        day, is_early = visit.suggested or visit.due, visit.suggested not in (None, visit.due)
        due = f"due {spaced_day(visit.due)}" if is_early else ""
        tests = tests_in_words(item) if self.clinical else ()
        why = self.why(visit.because)
        if is_early:
            why = f"suggested: the last allowed day that is open; due: {why}"
        elif visit.suggested is None:
            why = f"{why}; {suggestion(visit, spaced_day)}"
        detail = "; ".join(filter(None, (due, *tests)))
        return Event(day, item.shape, self.title(item), detail, why, self.source(visit.because), due)

    def _holds(self, item: Item) -> Iterator[Event]:
        yield from self._on(item, item.first_day, item.begins_because, "begins")
        last = "at least until this day" if item.part.provisional else "last day"
        yield from self._on(item, item.last_day, item.because, last)
        if item.is_open:
            yield from self._on(item, item.earliest_end, item.because, "does not end before this day")


def _counts(baseline: Baseline | None) -> str:
    """Return between which days a test before a course counts."""
    if baseline is None:
        return ""
    first = f"from {spaced_day(baseline.first_day)} " if baseline.first_day else ""
    return f"counts {first}to {spaced_day(baseline.last_day)}"


def _moment(moment: datetime | None) -> str:
    return f"{spaced_day(moment.date())}, {clock(moment)}" if moment else ""
