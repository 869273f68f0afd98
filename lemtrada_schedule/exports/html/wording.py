"""What items are called on a page, and their dated events, in clinical or in neutral words of one language."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from string import ascii_uppercase
from typing import Final, assert_never

from lemtrada_schedule.exports.html.language import Language, english
from lemtrada_schedule.exports.html.markup import Child, Markup, element
from lemtrada_schedule.exports.html.reasons import clinical_reason, neutral_reason
from lemtrada_schedule.exports.titles import neutral_end
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import Baseline
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.items import Item, Shape
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.visits import Visit

__all__ = ["Event", "Wording", "lettered"]

_PLAIN: Final = frozenset({"women", "men"})
"""Whom an item may concern on a neutral page; other words are the protocol's own and may reveal something."""


def lettered(names: Sequence[str]) -> list[str]:
    """Return names with a letter after each that occurs several times.

    >>> lettered(["Laboratory visit", "Precaution period", "Precaution period"])
    ['Laboratory visit', 'Precaution period A', 'Precaution period B']
    """
    counts, letters, found = Counter(names), Counter[str](), list[str]()
    for name in names:
        letter = f" {ascii_uppercase[letters[name] % len(ascii_uppercase)]}" if counts[name] > 1 else ""
        letters[name] += 1
        found.append(f"{name}{letter}")
    return found


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


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one page. Neutral words name no medicine, diagnosis, test or clinic."""

    clinical: bool
    language: Language = field(default_factory=english, repr=False)
    given: frozenset[str] = frozenset()
    """The ids of the infusion days that are on record."""
    as_of: date | None = None
    """The date of the question, if the plan has one."""

    def text(self, key: str, /, **values: str | int) -> str:
        """Return a text of the language."""
        return self.language.text(key, **values)

    def say(self, key: str, /, **values: Child) -> Markup:
        """Return a text of the language as markup, with elements in it."""
        return self.language.say(key, **values)

    def day(self, day: date) -> str:
        """Return a day in short words."""
        return self.language.dates.medium(day)

    def dated(self, day: date) -> Markup:
        """Return a day in words, as a `time` element that programs can read."""
        return element("time", self.language.dates.full(day), datetime=day.isoformat())

    def dated_short(self, day: date) -> Markup:
        """Return a day in short words, as a `time` element."""
        return element("time", self.day(day), datetime=day.isoformat())

    def dated_range(self, first: date, last: date) -> Markup:
        """Return the first and the last of some days in short words, or the one day that both are."""
        if first == last:
            return self.dated_short(last)
        begins = (self.language.dates.short if first.year == last.year else self.language.dates.medium)(first)
        start = element("time", begins, datetime=first.isoformat())
        return self.say("sheet.range", first=start, last=self.dated_short(last))

    def clock_time(self, moment: datetime) -> str:
        """Return a clock time."""
        return self.language.dates.clock_time(moment)

    def title(self, item: Item) -> str:
        """Return what an item is called."""
        if item.infusion_day:
            return self._infusion_title(item, item.infusion_day)
        title = self._clinical_title(item) if self.clinical else self._neutral_title(item)
        return self._concerning(title, item.part.applies_to) if item.part.applies_to else title

    def name(self, item: Item) -> str:
        """Return what an item and its like are called: the title without a day, an end or a role."""
        if self.clinical:
            return self.language.title(item.title)
        neutral = item.part.neutral_title
        return self.language.visit(neutral) if item.visit else self.language.title(neutral)

    def named(self, item: Item) -> str:
        """Return the name of an item, and whom it concerns."""
        return self._concerning(self.name(item), item.part.applies_to) if item.part.applies_to else self.name(item)

    def why(self, because: Derivation | None) -> str:
        """Return from which day and by how much a date was counted."""
        if because is None:
            return ""
        return (clinical_reason if self.clinical else neutral_reason)(because, self.language)

    def source(self, because: Derivation | None) -> str:
        """Return the source of a date, and whether it is a convention; empty on a neutral page."""
        if because is None or not self.clinical:
            return ""
        words = [because.cite.upper()] if because.cite else []
        return "; ".join([*words, self.text("why.convention")] if because.basis == "convention" else words)

    def status(self, course: Course) -> str | None:
        """Return the status of a course; `None` where it is planned."""
        return None if course.status == "planned" else self.text(f"status.{course.status}")

    def newer(self, plan: Plan) -> str:
        """Return that a newer revision of the plan replaces a sheet."""
        if plan.plan_id:
            return self.text("sheet.newer_plan", plan=plan.plan_id, revision=plan.revision)
        return self.text("sheet.newer", revision=plan.revision)

    def days_ahead(self, course: Course) -> list[InfusionDay]:
        """Return the days of a course that are not on record."""
        return [day for day in course.days if day.id not in self.given]

    def is_tentative(self, item: Item, day: date) -> bool:
        """Whether an item depends on a decision, and its day is still ahead."""
        return not item.is_settled and (self.as_of is None or day >= self.as_of)

    def hours(self, day: InfusionDay) -> str:
        """Return start and end of a day at the clinic; `on record` for such a day, which may lack its times."""
        if day.id in self.given or day.infusion is None or day.observation is None:
            return self.text("course.on_record")
        start, end = self.clock_time(day.infusion.start), self.clock_time(day.observation.end)
        return self.text("sheet.hours", start=start, end=end)

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
                yield from self._on(item, item.first_day, item.begins_because, self.text("item.opens"))
                yield from self._on(item, item.last_day, item.because, self.text("item.closes"))
            case "hours":
                until = self._until(item.end) if self.clinical else ""  # a neutral title says so itself
                yield from self._on(item, item.first_day, item.reason, until)
            case "day":
                yield from self._on(item, item.first_day, item.reason, self._counts(item.baseline))
            case "words":
                pass
            case _ as never:
                assert_never(never)

    # --- titles ----------------------------------------------------------------------------------

    def _infusion_title(self, item: Item, day: InfusionDay) -> str:
        course = item.course or 0
        if self.clinical:
            return self.text("item.infusion_day", day=day.number, course=course)
        return self.text("item.appointment_day", title=self.name(item), day=day.number, course=course)

    def _clinical_title(self, item: Item) -> str:
        return self.text("item.baseline", title=self.name(item)) if item.baseline else self.name(item)

    def _neutral_title(self, item: Item) -> str:
        """Return the neutral title of an item; of what lasts, with its end (S46)."""
        end, title = neutral_end(item), self.name(item)
        if end is None:
            return title
        if end.day is None:
            return self.text("item.no_end", title=title)
        if end.time:
            return self.text("item.until_time", title=title, day=self.day(end.day), time=self.clock_time(end.time))
        return self.text("item.until_later" if end.or_later else "item.until", title=title, day=self.day(end.day))

    def _concerning(self, title: str, whom: str) -> str:
        """Return a title with whom it concerns; a neutral page says only that it does not concern everybody."""
        if whom in _PLAIN:
            known = self.text(f"item.{whom}")
        else:
            known = self.language.title(whom) if self.clinical else self.text("item.some")
        return self.text("item.concerns", title=title, whom=known)

    # --- events ----------------------------------------------------------------------------------

    def _on(self, item: Item, day: date | None, because: Derivation | None, detail: str = "") -> Iterator[Event]:
        if day:
            is_least = item.shape == "holds" and item.part.provisional  # its last day says so itself
            waits = self.text("status.tentative") if self.is_tentative(item, day) and not is_least else ""
            said = "; ".join(filter(None, (waits, detail)))
            yield Event(day, item.shape, self.title(item), said, self.why(because), self.source(because))

    def _visit(self, item: Item, visit: Visit) -> Event:
        """Return the event of a visit, on the day suggested for it, else on its due day."""
        day, is_early = visit.suggested or visit.due, visit.suggested not in (None, visit.due)
        due = self.text("item.due", day=self.day(visit.due)) if is_early else ""
        tests = self._tests(item) if self.clinical else ()
        why = self.why(visit.because)
        if is_early:
            why = self.text("why.suggested", why=why)
        elif visit.suggested is None:
            why = f"{why}; {self._not_suggested(visit)}"
        waits = self.text("status.tentative") if self.is_tentative(item, day) else ""
        detail = "; ".join(filter(None, (waits, due, *tests)))
        return Event(day, item.shape, self.title(item), detail, why, self.source(visit.because), due)

    def _not_suggested(self, visit: Visit) -> str:
        match visit.not_suggested:
            case "no-open-day":
                return self.text("why.none_open")
            case "holiday-data-missing":
                return self.text("why.none_known")
            case None:
                return self.text("why.none")
            case _ as never:
                assert_never(never)

    def _tests(self, item: Item) -> Iterator[str]:
        """Yield the tests of a visit: dates of series first, then what counts within certain days.

        A visit for one test alone has its title, which is not repeated.
        """
        is_alone = [test.title for test in item.serves] == [item.title]
        by_role: dict[str, list[str]] = {}
        for test in sorted(item.serves, key=lambda test: test.kind != "series"):
            by_role.setdefault(self._role(test), []).append(self.named(test))
        for role, titles in by_role.items():
            tests = "; ".join(titles)
            if not role:
                yield from () if is_alone else (self.text("tests.due", tests=tests),)
            else:
                yield role if is_alone else self.text("tests.named", role=role, tests=tests)

    def _role(self, test: Item) -> str:
        """Return what a test of a visit is; empty for a date of its series."""
        if test.baseline:
            days = self._between(test.baseline.first_day, test.baseline.last_day)
            if test.course:
                return self.text("tests.baseline_course", course=test.course, days=days)
            return self.text("tests.baseline", days=days)
        if test.kind == "window":
            return self.text("tests.window", days=self._between(test.first_day, test.last_day))
        return ""

    def _between(self, first: date | None, last: date | None) -> str:
        if first and last:
            return self.text("tests.between", first=self.day(first), last=self.day(last))
        return self.text("tests.until", last=self.day(last)) if last else ""

    def _holds(self, item: Item) -> Iterator[Event]:
        yield from self._on(item, item.first_day, item.begins_because, self.text("item.begins"))
        last = self.text("item.least_day" if item.part.provisional else "item.last_day")
        yield from self._on(item, item.last_day, item.because, last)
        if item.is_open:
            yield from self._on(item, item.earliest_end, item.because, self.text("item.open_end"))

    def _counts(self, baseline: Baseline | None) -> str:
        """Return between which days a test before a course counts."""
        if baseline is None:
            return ""
        last = self.day(baseline.last_day)
        if baseline.first_day:
            return self.text("item.counts", first=self.day(baseline.first_day), last=last)
        return self.text("item.counts_to", last=last)

    def _until(self, moment: datetime | None) -> str:
        return self.text("item.hours", day=self.day(moment.date()), time=self.clock_time(moment)) if moment else ""
