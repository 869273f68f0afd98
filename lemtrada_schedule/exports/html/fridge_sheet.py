"""Sheet 1 of the page for the patient: what comes next, the days at the clinic, visits to tick, and last days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lemtrada_schedule.dates.time_windows import before
from lemtrada_schedule.exports.html.last_days import last_days_section
from lemtrada_schedule.exports.html.markup import Markup, element
from lemtrada_schedule.exports.html.month_grid import months_of, weekdays_from, weeks_of
from lemtrada_schedule.exports.html.next_dates import next_dates
from lemtrada_schedule.exports.html.sections import section
from lemtrada_schedule.exports.html.tick_grid import tick_sections
from lemtrada_schedule.exports.html.wording import Wording
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.plan import Plan

__all__ = ["FridgeSheet"]

_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, repr=False)
class FridgeSheet:
    """Sheet 1 of a plan."""

    plan: Plan
    items: Sequence[Item]
    words: Wording
    first_weekday: int

    def header(self) -> Markup:
        """Return the title and the lines to fill in; on a clinical sheet the clinic has its name."""
        words, place = self.words, self.plan.provenance.clinic.name
        known = {"clinic": place} if words.clinical else {}
        lines = (
            element("div", element("dt", words.text(f"sheet.{name}")), element("dd", known.get(name)))
            for name in ("name", "clinic", "phone")
        )
        return element("header", element("h1", words.text("sheet.title")), element("dl", lines, class_="lines"))

    def main(self) -> Markup:
        """Return the rest of the sheet; it is one page when printed, of a plan with at most four courses."""
        return element(
            "div",
            self._next(),
            self._days(),
            tick_sections(self.items, self.words, self.plan.provenance.request.as_of),
            last_days_section(self.plan.courses, self.items, self.words),
            self._notes(),
            self._foot(),
            class_="sheet",
        )

    def _next(self) -> Markup | None:
        boxes = [
            element("li", element("p", one.label), element("p", one.when, class_="when"), _small(one.detail))
            for one in next_dates(self.plan, self.items, self.words)
        ]
        return section("next", self.words.text("sheet.next"), element("ol", boxes, class_="next")) if boxes else None

    def _days(self) -> Markup | None:
        """Return the months of the courses; hours that all share are listed below them once."""
        said = {course.id: "; ".join(self._hours(course)) for course in self.plan.courses}
        hours = {text for text in said.values() if text}
        is_one = len(hours) <= 1
        rounds = [self._round(course, "" if is_one else said[course.id]) for course in self.plan.courses]
        listed = element("div", rounds, class_="rounds")
        below = _small("".join(hours)) if is_one else None
        return section("days", self.words.text("sheet.days"), listed, below) if rounds else None

    def _round(self, course: Course, hours: str) -> Markup:
        words = self.words
        status = element("span", words.status(course), class_="status") if course.status != "planned" else None
        title = element("h3", words.text("sheet.round", number=course.number), " " if status else None, status)
        months = months_of(course)
        shown = (self._month(month, course, is_clipped=len(months) > 1) for month in months)
        return element(
            "div",
            title,
            element("p", words.dated_range(course.first_day, course.last_day), class_="when"),
            shown,
            _small(hours),
        )

    def _hours(self, course: Course) -> Iterator[str]:
        """Yield the hours of a course's days, and when to come; of days on record nothing."""
        minutes = self.plan.provenance.clinic.preparation_minutes
        said: dict[str, None] = {}
        for day, start in ((day, day.infusion.start) for day in self.words.days_ahead(course) if day.infusion):
            said[self.words.hours(day)] = None
            if minutes:
                come = self.words.clock_time(before(start, minutes))
                said[self.words.text("sheet.come", time=come)] = None
        yield from said

    def _month(self, month: date, course: Course, *, is_clipped: bool) -> Markup:
        """Return a small month; one of two without the weeks that lie further than a week from the course."""
        dates, days = self.words.language.dates, {day.date for day in course.days}
        caption = element("caption", dates.month(month), class_=None if is_clipped else "unseen")
        heads = (
            element(
                "th", element("span", dates.short_days[one], aria_hidden="true"), _unseen(dates.days[one]), scope="col"
            )
            for one in weekdays_from(self.first_weekday)
        )
        weeks = [week for week in weeks_of(month, self.first_weekday) if not is_clipped or _is_near(week, course)]
        rows = (element("tr", (_cell(day, days) for day in week)) for week in weeks)
        return element("table", caption, element("thead", element("tr", heads)), element("tbody", rows), class_="mini")

    def _notes(self) -> Markup:
        return section("own-notes", self.words.text("sheet.notes"), class_="own-notes")

    def _foot(self) -> Markup:
        said = [self.words.newer(self.plan), self.words.text("sheet.aid")]
        said += [] if self.words.language.is_reviewed else [self.words.text("page.unreviewed")]
        return element("p", " ".join(said), class_="foot")


def _is_near(week: Sequence[date | None], course: Course) -> bool:
    first, last = course.first_day - _WEEK, course.last_day + _WEEK
    return any(day and first <= day <= last for day in week)


def _cell(day: date | None, days: set[date]) -> Markup:
    if day is None:
        return element("td")
    return element("td", element("time", day.day, datetime=day.isoformat()), class_="visit" if day in days else None)


def _small(text: str) -> Markup | None:
    return element("p", text, class_="small") if text else None


def _unseen(text: str) -> Markup:
    return element("span", text, class_="unseen")
