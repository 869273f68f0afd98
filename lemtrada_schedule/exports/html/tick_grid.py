"""Visits to tick off: one table of years and months for visits that recur within a year, a list for the others."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from string import ascii_uppercase
from typing import Final

from lemtrada_schedule.exports.html.markup import Markup, element, joined
from lemtrada_schedule.exports.html.sections import section
from lemtrada_schedule.exports.html.wording import Wording
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.visits import Visit

__all__ = ["tick_sections"]

MOST_RARE: Final = 3
"""How many visits of one kind are still listed with the others, even if two of them are in one year."""

YEARS: Final = 8
"""Columns beside each other; further years have a table of their own below."""


@dataclass(frozen=True, slots=True, repr=False, order=True)
class Tick:
    """One visit: its day, the last day for it, and how many tests it serves."""

    day: date
    due: date
    is_suggested: bool
    tests: int
    """How many."""
    may_change: bool = False
    """Whether it is ahead and depends on a decision."""


@dataclass(frozen=True, slots=True, repr=False)
class Kind:
    """One kind of visit."""

    name: str
    neutral: str
    """Its name on a neutral sheet."""
    ticks: list[Tick]

    @property
    def is_frequent(self) -> bool:
        """Whether it recurs within a year."""
        return max(Counter(tick.day.year for tick in self.ticks).values()) > 1 and len(self.ticks) > MOST_RARE


def tick_sections(items: Sequence[Item], words: Wording, as_of: date | None) -> Iterator[Markup]:
    """Yield a section for visits that recur within a year, and one for all the others.

    Visits that recur within a year and share a neutral title are one table: visits of one day are one tick.
    """
    kinds = list(_kinds(items, words))
    frequent: dict[str, list[Kind]] = {}
    for kind in kinds:
        if kind.is_frequent:
            frequent.setdefault(kind.neutral, []).append(kind)
    for number, (neutral, alike) in enumerate(frequent.items(), start=1):
        name = alike[0].name if len(alike) == 1 else neutral
        ticks = _merged(tick for kind in alike for tick in kind.ticks)
        yield TickTable(name, ticks, words, as_of).section(f"visits-{number}")
    if rare := [kind for kind in kinds if not kind.is_frequent]:
        yield _by_year(rare, words, as_of)


def _kinds(items: Sequence[Item], words: Wording) -> Iterator[Kind]:
    """Yield the kinds of visits with their ticks in order; rare ones that share a name have a letter."""
    found: dict[tuple[str, str, str], list[Tick]] = {}
    for item in items:
        neutral = words.language.visit(item.part.neutral_title)
        if item.visit:
            found.setdefault((words.named(item), neutral, item.visit.group), []).append(_tick(item, item.visit, words))
        elif item.shape == "day" and item.part.is_ordered and item.day:  # of a plan without visits
            tick = Tick(item.day, item.day, is_suggested=True, tests=1)
            found.setdefault((words.named(item), neutral, ""), []).append(tick)
    kinds = [Kind(name, neutral, _merged(ticks)) for (name, neutral, _), ticks in found.items()]
    names = Counter(kind.name for kind in kinds if not kind.is_frequent)
    letters: Counter[str] = Counter()
    for kind in kinds:
        if kind.is_frequent or names[kind.name] == 1:
            yield kind
        else:
            yield replace(kind, name=f"{kind.name} {ascii_uppercase[letters[kind.name] % 26]}")
            letters[kind.name] += 1


def _tick(item: Item, visit: Visit, words: Wording) -> Tick:
    waits = words.is_tentative(item, visit.due)
    return Tick(visit.suggested or visit.due, visit.due, visit.suggested is not None, len(item.serves), waits)


def _merged(ticks: Iterable[Tick]) -> list[Tick]:
    """Return ticks in order; those of one day and one due day are one."""
    alike = groupby(sorted(ticks), key=lambda tick: (tick.day, tick.due, tick.is_suggested))
    return [_one(list(some)) for _, some in alike]


def _one(ticks: Sequence[Tick]) -> Tick:
    """Return ticks of the same days as one."""
    return replace(ticks[0], tests=sum(one.tests for one in ticks), may_change=any(one.may_change for one in ticks))


@dataclass(frozen=True, slots=True, repr=False)
class TickTable:
    """The table of one kind of visit: years and months."""

    name: str
    ticks: Sequence[Tick]
    words: Wording
    as_of: date | None

    def section(self, name: str) -> Markup:
        """Return the table with its heading and what its marks mean."""
        words = self.words
        title, usual = words.text("sheet.tick", title=self.name), self._usual
        ahead = sum(self.as_of is None or tick.due >= self.as_of for tick in self.ticks)
        key = "sheet.visits" if ahead == len(self.ticks) else "sheet.visits_ahead"
        count = element("small", f" ({words.text(key, count=ahead)})")
        return section(name, joined(title, count), self._table(title, usual), _legend(self.ticks, words, usual))

    def _table(self, title: str, usual: int) -> Markup:
        heads = (self.words.text("sheet.year"), *self.words.language.dates.months)
        first, last = self.ticks[0].day.year, self.ticks[-1].day.year
        cells: dict[tuple[int, int], list[Markup]] = {}
        for tick in self.ticks:
            cells.setdefault((tick.day.year, tick.day.month), []).append(self._cell(tick, usual))
        rows = (element("tr", self._row(year, cells)) for year in range(first, last + 1))
        return _table(title, heads, rows, "grid")

    def _row(self, year: int, cells: Mapping[tuple[int, int], Sequence[Markup]]) -> Iterator[Markup]:
        yield element("th", year, scope="row")
        for number, name in enumerate(self.words.language.dates.months, start=1):
            some = cells.get((year, number), ())
            yield element("td", some, data_of=name, class_=None if some else "none")

    def _cell(self, tick: Tick, usual: int) -> Markup:
        weekday = self.words.language.dates.short_days[tick.day.weekday()]
        shown = joined(f"{weekday} ", element("b", tick.day.day))
        return _cell(tick, shown, self.words, self.as_of, is_more=tick.tests > usual)

    @property
    def _usual(self) -> int:
        """How many tests most of the visits serve."""
        counts = Counter(tick.tests for tick in self.ticks)
        return max(counts, key=lambda count: (counts[count], -count))


def _by_year(kinds: Sequence[Kind], words: Wording, as_of: date | None) -> Markup:
    """Return the section of visits that are once in a year at most: a column for each year."""
    title = words.text("sheet.also")
    found = sorted({tick.day.year for kind in kinds for tick in kind.ticks})
    tables = []
    for start in range(0, len(found), YEARS):
        years, rows = found[start : start + YEARS], []
        for kind in kinds:
            cells = [[tick for tick in kind.ticks if tick.day.year == year] for year in years]
            tds = (_year_cell(year, some, words, as_of) for year, some in zip(years, cells, strict=True))
            rows.append(element("tr", element("th", kind.name, scope="row"), tds))
        tables.append(_table(title, (words.text("sheet.what"), *map(str, years)), rows, "grid years"))
    return section("other-visits", title, *tables, *_remarks([tick for kind in kinds for tick in kind.ticks], words))


def _year_cell(year: int, ticks: Sequence[Tick], words: Wording, as_of: date | None) -> Markup:
    dates = words.language.dates
    cells = (_cell(tick, joined(dates.short(tick.day)), words, as_of) for tick in ticks)
    return element("td", cells, data_of=year, class_=None if ticks else "none")


def _table(title: str, heads: Iterable[str], rows: Iterable[Markup], class_: str) -> Markup:
    caption = element("caption", title, class_="unseen")
    head = element("thead", element("tr", (element("th", name, scope="col") for name in heads)))
    return element("table", caption, head, element("tbody", rows), class_=class_)


def _cell(tick: Tick, shown: Markup, words: Wording, as_of: date | None, *, is_more: bool = False) -> Markup:
    """Return a box to tick with its day, and below it the last day, if that is another."""
    day = element("time", shown, None if tick.is_suggested else "°", datetime=tick.day.isoformat())
    due = element("small", words.text("item.due", day=_due(tick, words))) if tick.due != tick.day else None
    kinds = ("tick", "more" if is_more else None, "past" if as_of and tick.due < as_of else None)
    return element("span", day, due, class_=" ".join(filter(None, kinds)))


def _due(tick: Tick, words: Wording) -> str:
    """Return the last day for a visit, with its month if that is another."""
    dates = words.language.dates
    if (tick.due.year, tick.due.month) == (tick.day.year, tick.day.month):
        return f"{dates.short_days[tick.due.weekday()]} {tick.due.day}"
    return dates.day_month(tick.due)


def _legend(ticks: Sequence[Tick], words: Wording, usual: int) -> Markup:
    lines = [words.text("sheet.suggested")] if any(tick.due != tick.day for tick in ticks) else []
    lines += [words.text("sheet.framed")] if any(tick.tests > usual for tick in ticks) else []
    return joined(element("p", " ".join(lines), class_="small") if lines else None, *_remarks(ticks, words))


def _remarks(ticks: Sequence[Tick], words: Wording) -> Iterator[Markup]:
    """Yield that a day is to be agreed, and from which day on dates depend on a decision."""
    if not all(tick.is_suggested for tick in ticks):
        yield element("p", words.text("sheet.agree"), class_="small")
    if waiting := [tick.day for tick in ticks if tick.may_change]:
        day = words.dated_short(min(waiting))
        yield element("p", words.say("sheet.may_change", day=day), class_="small")
