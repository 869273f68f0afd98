"""The page section of one course: its days, its months, and the other dates in them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from lemtrada_schedule.dates.day_names import full_day
from lemtrada_schedule.exports.html.closed_days import ClosedDays
from lemtrada_schedule.exports.html.markup import Markup, element, joined
from lemtrada_schedule.exports.html.month_grid import FirstWeekday, MonthGrid, key_of, months_of
from lemtrada_schedule.exports.html.wording import Event, Wording, on_wall
from lemtrada_schedule.exports.titles import spaced_day
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.scalars import clock

__all__ = ["course_section", "dated"]

_ONE_DAY: Final = timedelta(days=1)

_FRAMES: Final = "Thick frame: a day at the clinic; its end may be later. Hatched: the clinic is closed{short}."

_TOO_SHORT: Final = ", or open but not long enough for an {visit} (“too short”)"


def dated(day: date) -> Markup:
    """Return a day in words, as a `time` element that programs can read."""
    return element("time", full_day(day), datetime=day.isoformat())


def course_section(
    plan: Plan, place: int, events: Sequence[Event], words: Wording, first_weekday: FirstWeekday, *, closed: ClosedDays
) -> Markup:
    """Return the section of the course at an index of the plan; it starts a page when printed."""
    course = plan.courses[place]
    months = months_of(course)
    key = key_of(events, months)
    letters: dict[date, list[str]] = {}
    for letter, some, _ in key:
        for day in some:
            letters.setdefault(day, []).append(letter)
    days = {day.date: day for one in plan.courses for day in one.days}
    grid = MonthGrid(words, first_weekday, days, letters, closed.in_grid)
    sheets = element("div", (grid.table(month) for month in months), class_="months")
    name = f"course-{place + 1}"
    return element(
        "section",
        _head(course, words, name),
        sheets,
        element("p", _legend(months, closed, words), class_="legend"),
        _days(plan, course, words),
        _key(key),
        aria_labelledby=name,
        class_="course two" if len(months) > 1 else "course",
    )


def _legend(months: Sequence[date], closed: ClosedDays, words: Wording) -> str:
    days = (month + step * _ONE_DAY for month in months for step in range(31))
    is_short = any(closed.is_too_short(day) for day in days if day.replace(day=1) in months)
    return (
        f"{_FRAMES.format(short=_TOO_SHORT.format(visit=words.visit.lower()) if is_short else '')} Letters stand below."
    )


def _head(course: Course, words: Wording, name: str) -> Markup:
    status = None if course.status == "planned" else element("span", course.status, class_="status")
    until = (" to ", dated(course.last_day)) if course.last_day != course.first_day else None
    when = element("p", dated(course.first_day), until, class_="when")
    return joined(element("h2", f"Course {course.number} ", status, id=name), when, element("p", _why(course, words)))


def _why(course: Course, words: Wording) -> str:
    source = words.source(course.because)
    earliest = f"Not earlier than {full_day(course.earliest)}: {words.why(course.because)}"
    return f"{earliest}{f'; {source}' if source else ''}.{_passed(len(course.passed_over))}"


def _passed(count: int) -> str:
    if not count:
        return ""
    starts = f"{count} earlier start{' does' if count == 1 else 's do'}"
    return f" {starts} not fit the clinic's calendar; each stands at the end, with the reason."


def _days(plan: Plan, course: Course, words: Wording) -> Markup:
    before = plan.provenance.clinic.preparation_minutes
    names = ["Day", "Date", "Preparation from" if before else "", f"{words.visit} from", "to"]
    names += ["Observation until"] if words.clinical else []
    head = element("thead", element("tr", (element("th", name, scope="col") for name in names if name)))
    rows = (element("tr", _day(day, before, words)) for day in course.days)
    caption = element("caption", f"Days of course {course.number}")
    return element("table", caption, head, element("tbody", rows), class_="days")


def _day(day: InfusionDay, before: int, words: Wording) -> Markup:
    name = element("th", dated(day.date), scope="row")
    if day.infusion is None or day.observation is None:
        wide = (3 if words.clinical else 2) + bool(before)
        return joined(element("td", day.number), name, element("td", "on record", colspan=wide))
    end = f"{clock(day.observation.end)} or later"
    times = [on_wall(day.infusion.start, before)] if before else []
    times += [clock(day.infusion.start)]
    times += [clock(day.infusion.end), end] if words.clinical else [end]
    return joined(element("td", day.number), name, (element("td", time) for time in times))


def _key(key: Sequence[tuple[str, tuple[date, ...], list[str]]]) -> Markup | None:
    lines = (
        element("li", element("b", letter), element("span", _listed(days), element("br"), "; ".join(names)))
        for letter, days, names in key
    )
    return joined(element("h3", "Letters in the calendar"), element("ul", lines, class_="key")) if key else None


def _listed(days: Sequence[date]) -> Markup:
    return element("strong", ", ".join(map(spaced_day, days)))
