"""`RecordedTests`: the tests of a history by the protocol's names, unknown codes, and which record is a baseline.

An observation names its test by `cd4`, by the id of a series or window action, or by a coding of an action. Any other
code is reported, never matched by similarity (S31, S32, S42).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from lemtrada_schedule.findings.catalogue import CATALOGUE, CODE_NOT_KNOWN
from lemtrada_schedule.findings.finding import Finding, MissingFact, NotAssessed
from lemtrada_schedule.protocol.actions import PeriodAction, SeriesAction, WindowAction
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History, Observation
from lemtrada_schedule.validation.near_names import near_miss

__all__ = [
    "CD4",
    "PERIOD_ENDS",
    "RecordedTests",
    "RequiredTest",
    "codes_for_everybody",
    "known_codes",
    "recorded_tests",
    "unreadable_row",
]

CD4: Final = "cd4"

PERIOD_ENDS: Final = "period-ends"
"""The code of the question when a period that ends with an observation ends."""

_FINDINGS: Final = {kind.code: frozenset({kind.code}) for kind in CATALOGUE}


@dataclass(frozen=True, slots=True, repr=False)
class RequiredTest:
    """A test that a protocol requires, and the days on which a record of it counts, both included."""

    kind: str
    opens: date | None
    """`None`: any day up to `closes`."""
    closes: date

    def accepts(self, day: date) -> bool:
        """Return whether a record of a day counts."""
        return (self.opens or date.min) <= day <= self.closes


@dataclass(frozen=True, slots=True, repr=False)
class RecordedTests:
    """The tests of one history, and what is known about its source."""

    by_kind: Mapping[str, Sequence[Observation]]
    """The observations of each kind of test, sorted by date."""
    on_days: Mapping[str, Sequence[date]]
    """The days of these observations."""
    named: frozenset[str]
    """The kinds that the history says are recorded; if it does not say, the kinds of which it has a record."""
    recorded_from: date | None
    unknown: tuple[Finding, ...]
    """A finding for each unknown code."""
    doubts: tuple[NotAssessed, ...]
    """Why it is unknown whether a period that ends with an observation may end."""
    unreadable: tuple[int, ...]
    """The rows of observations that could not be read."""
    meanings: Mapping[str, frozenset[str]]
    """The kinds of test that each code means."""

    @property
    def may_close_periods(self) -> bool:
        """Whether observations may end periods: every code is known, and every value is on record."""
        return not (self.unknown or self.doubts)

    @property
    def are_recorded(self) -> bool:
        """Whether the source records tests: it names kinds, or holds a test of a known kind."""
        return bool(self.named or self.by_kind)

    def days(self, kind: str) -> Sequence[date]:
        """Return the days on which a test is on record, in order."""
        return self.on_days.get(kind, ())

    def baseline_days(self, baselines: Sequence[RequiredTest], as_of: date) -> list[date | None]:
        """Return the day of the record that serves each baseline; `None` if no record does (S42).

        A record serves one baseline only. One in the windows of two courses serves the earlier course, unless that
        has another record. Of several records that are free for a baseline, the latest serves it.

        Args:
            baselines: The baselines, by the first infusion of their courses.
            as_of: Records after this day do not count.
        """
        known = {kind: self.days(kind) for kind in {one.kind for one in baselines}}
        accepted = [_between(known[one.kind], one.opens, min(one.closes, as_of)) for one in baselines]
        served: list[date | None] = []
        taken = set[tuple[str, date]]()
        for one, days in zip(baselines, accepted, strict=True):  # the earliest that is free leaves most for later ones
            served.append(next((day for day in days if (one.kind, day) not in taken), None))
            taken |= {(one.kind, day) for day in served[-1:] if day}
        for place, (one, days) in enumerate(zip(baselines, accepted, strict=True)):
            if own := served[place]:
                taken.remove((one.kind, own))
                served[place] = next(day for day in reversed(days) if (one.kind, day) not in taken)
                taken |= {(one.kind, day) for day in served[place : place + 1] if day}
        return served


def _between(days: Sequence[date], opens: date | None, closes: date) -> Sequence[date]:
    """Return the days from one day to another, both included, out of days in order."""
    return days[bisect_left(days, opens) if opens else 0 : bisect_right(days, closes)]


def recorded_tests(history: History, protocol: Protocol) -> RecordedTests:
    """Return the tests of a history by the protocol's names."""
    known = _kinds_by_code(protocol)
    by_kind: dict[str, list[Observation]] = {}
    for seen in sorted(history.observations, key=lambda seen: seen.date):
        for kind in known.get(seen.code, ()):
            by_kind.setdefault(kind, []).append(seen)
    named = [kind for code in history.tests_recorded or () for kind in known.get(code, ())]
    return RecordedTests(
        by_kind=by_kind,
        on_days={kind: [seen.date for seen in found] for kind, found in by_kind.items()},
        named=frozenset(named) if history.tests_recorded is not None else frozenset(by_kind),
        recorded_from=history.tests_recorded_from,
        unknown=tuple(_unknown_codes(history, known)),
        doubts=tuple(_doubts(history, protocol)),
        unreadable=history.unreadable_observations,
        meanings=known,
    )


def codes_for_everybody(codes: Iterable[str], protocols: Iterable[Protocol]) -> set[str]:
    """Return the codes known to a protocol, without those of tests that apply only to some patients (S32).

    If a source records one of these tests for one patient, it records it for all.
    """
    named, shared = set(codes), set[str]()
    for protocol in protocols:
        of_some = {action.id for action in protocol.actions if action.applies_to}
        known = _kinds_by_code(protocol)
        shared |= {code for code in named & known.keys() if not known[code] & of_some}
    return shared


def known_codes(codes: Iterable[str], protocols: Iterable[Protocol]) -> set[str]:
    """Return the codes known to one of the protocols (S31)."""
    named = set(codes)
    return {code for protocol in protocols for code in named & _kinds_by_code(protocol).keys()}


def unreadable_row(code: str, row: int, test: str | None = None) -> NotAssessed:
    """Return a question that is not assessed because a row could not be read."""
    return NotAssessed.of(code, MissingFact(kind="row", row=row), row=row, test=test)


@lru_cache(maxsize=16)
def _kinds_by_code(protocol: Protocol) -> Mapping[str, frozenset[str]]:
    """Return each code that an observation may have, with its kinds of test."""
    pairs = [(CD4, CD4), *_codes_of_actions(protocol)]
    kinds: dict[str, frozenset[str]] = {}
    for code, kind in pairs:
        kinds[code] = kinds.get(code, frozenset()) | {kind}
    # A bare code means a coding if only one coding has it; ids of the protocol take precedence.
    codings = {(code.system, code.code) for action in protocol.actions for code in action.codes}
    bare = [code for _, code in codings]
    for system, code in sorted(codings):
        if bare.count(code) == 1:
            kinds.setdefault(code, kinds[f"{system}|{code}"])
    return kinds


def _codes_of_actions(protocol: Protocol) -> Iterator[tuple[str, str]]:
    for action in protocol.actions:
        kind = action.id
        if isinstance(action, SeriesAction | WindowAction):
            yield action.id, kind
        elif isinstance(action, PeriodAction) and action.open_until:
            kind = action.open_until.observation
            yield kind, kind
        yield from ((f"{code.system}|{code.code}", kind) for code in action.codes)


def _unknown_codes(history: History, known: Mapping[str, object]) -> Iterator[Finding]:
    """Yield a finding for each unknown code; it says where the code is, and never repeats it."""
    yield from _unknown("observation", [seen.code for seen in history.observations], known)
    yield from _unknown("tests_recorded, entry", history.tests_recorded or (), known)
    yield from _unknown("override", [override.code for override in history.overrides], _FINDINGS)
    yield from _unknown("the test of override", [override.test for override in history.overrides], known)


def _unknown(where: str, codes: Iterable[str | None], known: Mapping[str, object]) -> Iterator[Finding]:
    found: dict[str, list[int]] = {}
    for position, code in enumerate(codes, start=1):
        if code is not None and code not in known:
            found.setdefault(code, []).append(position)
    for code, positions in found.items():
        more = f" and {len(positions) - 1} more" if len(positions) > 1 else ""
        place = f"{where} {positions[0]}{more}"
        yield CODE_NOT_KNOWN.at(place=place, hint_at=near_miss(code.lower().replace(" ", "-"), known))


@lru_cache(maxsize=16)
def _codes_waited_for(protocol: Protocol) -> frozenset[str]:
    """Return the codes of the observations that end periods; empty if no period has one."""
    kinds = {a.open_until.observation for a in protocol.actions if isinstance(a, PeriodAction) and a.open_until}
    return frozenset(code for code, own in _kinds_by_code(protocol).items() if own & kinds)


def _doubts(history: History, protocol: Protocol) -> Iterator[NotAssessed]:
    waited_for = _codes_waited_for(protocol)
    if not waited_for:
        return
    yield from (unreadable_row(PERIOD_ENDS, row) for row in history.unreadable_observations)
    for position, seen in enumerate(history.observations, start=1):
        if seen.value is None and seen.code in waited_for:
            yield NotAssessed.of(PERIOD_ENDS, MissingFact(kind="observation-value", position=position))
