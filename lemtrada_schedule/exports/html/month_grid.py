"""Month grids of a course: infusion days framed, closed days hatched, everything else marked by letter."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from string import ascii_uppercase
from typing import Final, Literal

from lemtrada_schedule.exports.html.markup import Markup, element, joined
from lemtrada_schedule.exports.html.wording import Event, Wording
from lemtrada_schedule.plan.courses import Course, InfusionDay

__all__ = ["FirstWeekday", "MonthGrid", "key_of", "months_of", "weekdays_from", "weeks_of"]

FirstWeekday = Literal["monday", "sunday"]

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class MonthGrid:
    """What the month grids of one course show."""

    words: Wording
    first_weekday: int
    """0 for Monday, 6 for Sunday."""
    infusions: Mapping[date, InfusionDay]
    letters: Mapping[date, Sequence[str]]
    """The letters of a day, in the order of the key."""
    closed: Callable[[date], str | None]
    """Returns the text of a closed day, which may be empty; `None` for an open day."""

    def table(self, month: date) -> Markup:
        """Return one month."""
        caption = element("caption", self.words.language.dates.month(month))
        head = element("thead", element("tr", self.weekdays()))
        weeks = (element("tr", (self._cell(day) for day in week)) for week in weeks_of(month, self.first_weekday))
        return element("table", caption, head, element("tbody", weeks), class_="month")

    def weekdays(self) -> Iterator[Markup]:
        """Yield the heads of the columns: short names, with full ones for screen readers."""
        dates = self.words.language.dates
        for number in weekdays_from(self.first_weekday):
            short = element("span", dates.short_days[number], aria_hidden="true")
            yield element("th", short, element("span", dates.days[number], class_="unseen"), scope="col")

    def _cell(self, day: date | None) -> Markup:
        if day is None:
            return element("td", class_="none")
        number = element("time", day.day, datetime=day.isoformat())
        if infusion := self.infusions.get(day):
            return element("td", number, self._infusion(infusion), self._letters(day), class_="visit")
        reason = self.closed(day)
        said = element("span", reason, class_="reason") if reason else None
        return element("td", number, said, self._letters(day), class_=None if reason is None else "closed")

    def _infusion(self, day: InfusionDay) -> Markup:
        word = self.words.text("item.grid_infusion" if self.words.clinical else "item.grid_day")
        name = element("strong", element("span", f"{word} ", class_="rest"), day.number)
        if day.id in self.words.given or day.infusion is None or day.observation is None:
            return joined(name, element("span", self.words.text("course.on_record"), class_="hours"))
        hours = f"{self.words.clock_time(day.infusion.start)}–{self.words.clock_time(day.observation.end)}"
        return joined(name, element("span", hours, class_="hours"))

    def _letters(self, day: date) -> Markup | None:
        letters = self.letters.get(day)
        if not letters:
            return None
        # Spaces between them: a screen reader would otherwise read two letters as one word.
        spaced = (part for letter in letters for part in (element("b", letter), " "))
        return element("span", spaced, class_="letters")


def weekdays_from(first: int) -> Iterator[int]:
    """Yield the numbers of the weekdays of a row, 0 for Monday."""
    yield from ((first + place) % 7 for place in range(7))


def weeks_of(month: date, first_weekday: int) -> Iterator[list[date | None]]:
    """Yield the weeks of a month; `None` for days of other months."""
    day = month - (month.weekday() - first_weekday) % 7 * _ONE_DAY
    while day.month == month.month or day < month:
        week = [day + step * _ONE_DAY for step in range(7)]
        yield [one if one.month == month.month else None for one in week]
        day += 7 * _ONE_DAY


def months_of(course: Course) -> list[date]:
    """Return the first day of each month that a course touches."""
    months = {day.date.replace(day=1) for day in course.days}
    return sorted(months)


def key_of(events: Sequence[Event], months: Sequence[date]) -> list[tuple[str, tuple[date, ...], list[str]]]:
    """Return the letters of some months, by first day: events on exactly the same days share one letter."""
    days: dict[str, list[date]] = {}
    for event in events:
        if event.shape != "infusion" and event.day.replace(day=1) in months:
            days.setdefault(event.key, []).append(event.day)
    names: dict[tuple[date, ...], list[str]] = {}
    for name, some in days.items():
        names.setdefault(tuple(sorted(set(some))), []).append(name)
    return [(_letter(place), some, names[some]) for place, some in enumerate(sorted(names))]


def _letter(place: int) -> str:
    return (_letter(place // 26 - 1) if place >= 26 else "") + ascii_uppercase[place % 26]
