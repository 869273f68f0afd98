"""Find the override that accepts a finding, by code, course and test; a history may hold very many."""

from collections.abc import Iterator, Sequence
from datetime import date

from lemtrada_schedule.findings.catalogue import TEST_LATE
from lemtrada_schedule.findings.finding import Finding
from lemtrada_schedule.judging.monitoring import WAIVING
from lemtrada_schedule.records.history import RecordedOverride
from lemtrada_schedule.records.recorded_tests import RecordedTests

__all__ = ["Overrides"]

_Key = tuple[str, int | None, str | None]


class Overrides:
    """The overrides of a history, by what they accept. If several accept a finding, the first one counts.

    An override of `test-late` accepts the dates up to its own day. Overrides of missed and overdue tests accept dates,
    not findings (S42).
    """

    __slots__ = ("_first", "_late", "_places")

    def __init__(self, overrides: Sequence[RecordedOverride], tests: RecordedTests) -> None:
        """Index overrides; their tests may be named by any code."""
        self._places = overrides
        self._first: dict[_Key, int] = {}
        self._late: dict[_Key, list[int]] = {}
        for place, one in enumerate(overrides):
            if one.code == TEST_LATE.code:
                self._add_late(place, one, tests)
            elif one.code not in WAIVING:
                kinds = [None] if one.test is None else tests.meanings.get(one.test, ())
                for kind in kinds:
                    self._first.setdefault((one.code, one.course, kind), place)

    def _add_late(self, place: int, one: RecordedOverride, tests: RecordedTests) -> None:
        """Keep an override of late tests, unless one before it accepts as much."""
        for kind in tests.meanings.get(one.test or "", ()):
            known = self._late.setdefault((one.code, one.course, kind), [])
            if not known or self._places[known[-1]].on < one.on:
                known.append(place)

    def of(self, finding: Finding) -> RecordedOverride | None:
        """Return the override that accepts a finding: same code, and the same course and test unless not named."""
        places = list(self._fitting(finding))
        return self._places[min(places)] if places else None

    def _fitting(self, finding: Finding) -> Iterator[int]:
        for course in {None, finding.course}:
            for test in {None, finding.test}:
                key = (finding.code, course, test)
                if key in self._first:
                    yield self._first[key]
                yield from self._accepting(self._late.get(key, ()), finding.day)

    def _accepting(self, places: Sequence[int], day: date | None) -> Iterator[int]:
        """Yield the first override of late tests that reaches a day."""
        reaching = (place for place in places if day is not None and day <= self._places[place].on)
        yield from list(reaching)[:1]
