"""Billed units: add up the lines of each patient and day, and say which infusions they are."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from lemtrada_schedule.errors import Problem
from lemtrada_schedule.records.history import InfusionRecord
from lemtrada_schedule.sources.source import UnitsRule

__all__ = ["BilledDays"]

_ONE_DAY: Final = timedelta(days=1)

_Day = tuple[str | None, date]


class BilledDays:
    """The units of each patient and day, with the rows that they come from."""

    def __init__(self, rule: UnitsRule) -> None:
        """Start without lines."""
        self._rule = rule
        self._days: defaultdict[_Day, list[tuple[int, Decimal]]] = defaultdict(list)
        self._days_of: dict[int, list[_Day]] = {}

    def __repr__(self) -> str:
        """Show how many lines there are, and nothing about a patient."""
        return f"BilledDays({self.lines} lines)"

    @property
    def lines(self) -> int:
        """How many lines were added, those of days below 0 included."""
        return len(self._days_of)

    def add(self, row: int, patient: str | None, first: date, days: int, units: Decimal) -> Problem | None:
        """Add a line; its units are divided among its days. Return the problem if they do not divide."""
        if days > 1 and units % (self._rule.per_infusion * days):
            message = f"the units do not divide into infusions of {self._rule.per_infusion} units on {days} days"
            return Problem("span-not-divisible", "", f"{message}; correct the days or the units")
        covered = [(patient, first + _ONE_DAY * step) for step in range(days)]
        for day in covered:
            self._days[day].append((row, units / days))
        self._days_of[row] = covered
        return None

    def below_zero(self) -> dict[int, str | None]:
        """Remove the lines of days whose units add up to less than 0; return their rows, each with its patient.

        A line over several days is removed from all of them, which may bring another day below 0.
        """
        removed: dict[int, str | None] = {}
        left = list(self._days)
        while left:
            rows = {row: day for day in left if self._sum(day) < 0 for row, _ in self._days[day]}
            left = sorted({day for row in rows for day in self._days_of[row]}, key=lambda day: day[1])
            for day in left:
                self._days[day] = [line for line in self._days[day] if line[0] not in rows]
            removed |= {row: day[0] for row, day in rows.items()}
        return dict(sorted(removed.items()))

    def _sum(self, day: _Day) -> Decimal:
        return sum((units for _, units in self._days[day]), Decimal(0))

    def rows(self) -> Iterator[tuple[int, str | None]]:
        """Yield the row of each line, those of days below 0 included, with its patient."""
        return ((row, days[0][0]) for row, days in self._days_of.items())

    def records(self) -> Iterator[tuple[str | None, InfusionRecord]]:
        """Yield the infusions with their patients, by day."""
        rule = self._rule
        for (patient, day), lines in sorted(self._days.items(), key=lambda item: item[0][1]):
            total = self._sum((patient, day))
            if total <= 0:
                continue
            rows = sorted(row for row, units in lines if units > 0)
            dose = min(total, Decimal(rule.per_infusion)) * rule.mg_per_unit
            yield patient, InfusionRecord(date=day, dose_mg=dose, row=rows[0])
            if total > rule.per_infusion:  # how the units were divided is unknown: the second dose is not on record
                yield patient, InfusionRecord(date=day, row=rows[min(1, len(rows) - 1)])
