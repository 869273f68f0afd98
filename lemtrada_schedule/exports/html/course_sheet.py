"""The page section of one course: its days, its months, and the other dates in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lemtrada_schedule.dates.time_windows import before
from lemtrada_schedule.exports.html.closed_days import ClosedDays
from lemtrada_schedule.exports.html.markup import Markup, element, joined
from lemtrada_schedule.exports.html.month_grid import MonthGrid, key_of, months_of
from lemtrada_schedule.exports.html.wording import Event, Wording
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.plan import Plan

__all__ = ["CourseSheets"]

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class CourseSheets:
    """The sections of the courses of a plan."""

    plan: Plan
    events: Sequence[Event]
    words: Wording
    first_weekday: int
    closed: ClosedDays
    is_full: bool
    """Whether it says why a course begins when it does; else it says that a newer revision replaces the sheet."""

    def section(self, place: int) -> Markup:
        """Return the section of the course at an index of the plan; it starts a page when printed."""
        course = self.plan.courses[place]
        months = months_of(course)
        key = key_of(self.events, months)
        letters: dict[date, list[str]] = {}
        for letter, some, _ in key:
            for day in some:
                letters.setdefault(day, []).append(letter)
        days = {day.date: day for one in self.plan.courses for day in one.days}
        grid = MonthGrid(self.words, self.first_weekday, days, letters, self.closed.in_grid)
        sheets = element("div", (grid.table(month) for month in months), class_="months")
        name = f"course-{place + 1}"
        return element(
            "section",
            self._head(course, name),
            sheets,
            element("p", self._legend(months, has_letters=bool(key)), class_="legend"),
            self._days(course),
            self._key(key),
            None if self.is_full else element("p", self.words.newer(self.plan), class_="foot"),
            aria_labelledby=name,
            class_="course two" if len(months) > 1 else "course",
        )

    def _legend(self, months: Sequence[date], *, has_letters: bool) -> str:
        days = (month + step * _ONE_DAY for month in months for step in range(31))
        is_short = any(self.closed.is_too_short(day) for day in days if day.replace(day=1) in months)
        which = ("_infusion" if self.words.clinical else "_appointment") if is_short else ""
        frames = self.words.text(f"course.legend{which}")
        return f"{frames} {self.words.text('course.letters')}" if has_letters else frames

    def _head(self, course: Course, name: str) -> Markup:
        words = self.words
        title = words.text("course.heading" if self.is_full else "sheet.round", number=course.number)
        status = element("span", words.status(course), class_="status") if course.status != "planned" else None
        until = course.last_day != course.first_day
        last = (" ", words.say("course.until", day=words.dated(course.last_day))) if until else None
        when = element("p", words.dated(course.first_day), last, class_="when")
        return joined(
            element("h2", title, " " if status else None, status, id=name),
            when,
            element("p", self._why(course)) if self.is_full else None,
        )

    def _why(self, course: Course) -> str:
        words, source = self.words, self.words.source(course.because)
        earliest, why = words.language.dates.full(course.earliest), words.why(course.because)
        key = "course.earliest_source" if source else "course.earliest"
        said = words.text(key, day=earliest, why=why, source=source)
        count = len(course.passed_over)
        return f"{said} {words.text('course.passed', count=count)}" if count else said

    def _days(self, course: Course) -> Markup:
        minutes = self.plan.provenance.clinic.preparation_minutes
        names = list(self._columns(minutes))
        head = element("thead", element("tr", (element("th", name, scope="col") for name in names)))
        rows = (element("tr", self._day(day, minutes, names[2:])) for day in course.days)
        key = "course.table" if self.is_full else "course.round_table"
        caption = element("caption", self.words.text(key, number=course.number))
        return element("table", caption, head, element("tbody", rows), class_="days")

    def _columns(self, minutes: int) -> Iterator[str]:
        names = ["day", "date", *(["preparation"] if minutes else [])]
        names += ["infusion", "end", "observation"] if self.words.clinical else ["appointment", "end"]
        yield from (self.words.text(f"course.{name}") for name in names)

    def _day(self, day: InfusionDay, minutes: int, names: Sequence[str]) -> Markup:
        words = self.words
        number, name = element("td", day.number), element("th", words.dated(day.date), scope="row")
        if day.infusion is None or day.observation is None:
            return joined(number, name, element("td", words.text("course.on_record"), colspan=len(names)))
        if day.id in words.given:
            name = element(
                "th", words.dated(day.date), element("small", f" {words.text('course.on_record')}"), scope="row"
            )
        end = words.text("course.or_later", time=words.clock_time(day.observation.end))
        times = [words.clock_time(before(day.infusion.start, minutes))] if minutes else []
        times += [words.clock_time(day.infusion.start)]
        times += [words.clock_time(day.infusion.end), end] if words.clinical else [end]
        cells = (element("td", time, data_of=of) for of, time in zip(names, times, strict=True))
        return joined(number, name, cells)

    def _key(self, key: Sequence[tuple[str, tuple[date, ...], list[str]]]) -> Markup | None:
        lines = (
            element("li", element("b", letter), element("span", self._listed(days), element("br"), "; ".join(names)))
            for letter, days, names in key
        )
        title = element("h3", self.words.text("course.key"))
        return joined(title, element("ul", lines, class_="key")) if key else None

    def _listed(self, days: Sequence[date]) -> Markup:
        return element("strong", "; ".join(map(self.words.day, days)))
