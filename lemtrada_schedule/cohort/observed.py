"""`Observed`: the tests of a cohort's patients, collected from a table of observations, and the counts of its rows."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.reading.observations import ObservationColumns, ObservationReader, ProtocolTests
from lemtrada_schedule.cohort.reading.sources import CohortRows, GivenFile, ends_of, opened
from lemtrada_schedule.cohort.report import FileRows
from lemtrada_schedule.cohort.screen.chunks import PATIENT, Fault, is_text
from lemtrada_schedule.cohort.screen.layout import DAY, DAY_BITS, Array
from lemtrada_schedule.cohort.screen.lookup_tables import as_date
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import NAMED_ROWS, History, Observation
from lemtrada_schedule.validation.arguments import refused

__all__ = ["Observed", "ObservedTable", "observations_in", "observed_by"]

_TEST_SHIFT: Final = 48
"""The bits above patient and day hold the number of the test."""

_FITS: Final = 1 << 63

_DENSE: Final = 4
"""A table by id, from the lowest to the highest, is at most this much longer than the list of ids."""


@dataclass(repr=False)
class ObservedTable:
    """A table of observations that is open, and what was counted while it was read."""

    source: CohortRows
    reader: ObservationReader
    counts: dict[GivenFile, Array] = field(default_factory=dict)
    """By file: how many rows it has, and how many were accepted, refused, blank, and about something else."""
    faults: list[Fault] = field(default_factory=list)

    def files(self) -> list[FileRows]:
        """Return the row counts of each file."""
        return [FileRows(given.name, *counts.tolist()) for given, counts in self.counts.items()]

    def ends(self) -> list[tuple[str, int]]:
        """Return the name of each file and the number of its last row."""
        return ends_of(self.counts)

    def other_codes(self) -> pa.Table:
        """Return how many rows have each code that no test of the protocol has, the most frequent first."""
        others = sorted(self.reader.others.items(), key=lambda pair: (-pair[1], pair[0]))
        columns = {"code": [code for code, _ in others], "rows": [count for _, count in others]}
        return pa.table(columns, schema=pa.schema([("code", pa.string()), ("rows", pa.int64())]))


def observations_in(given: Any, columns: ObservationColumns, protocol: Protocol) -> ObservedTable:
    """Return an open table of observations.

    Raises:
        InvalidInput: As for a cohort; the argument is `observations`.
        UnreadableFile: A file cannot be read, or is not a parquet file.
    """
    problems: list[Problem] = []
    try:
        source = opened(given, columns)
    except InvalidInput as error:
        problems = [_about_observations(one) for one in error.problems]
    if problems:
        raise InvalidInput(problems)
    return ObservedTable(source, ObservationReader(source.names, ProtocolTests(protocol)))


def _about_observations(problem: Problem) -> Problem:
    """Return a problem with the argument `cohort` as one with the argument `observations`."""
    if problem.argument != "cohort":
        return problem
    return replace(problem, place="observations", argument="observations")


@dataclass(frozen=True, repr=False)
class Observed:
    """The tests on record of each patient of a cohort; patients are places in the cohort."""

    tests: ProtocolTests
    records: tuple[Array, ...]
    """By test: patient and day of each record as one number, sorted, each once."""
    for_everybody: frozenset[int]
    """The tests that are recorded for every patient (S32)."""
    unread: Array
    """By patient, whether a row of theirs, or one whose patient is unknown, was refused (S31)."""
    refused_of: dict[int, list[int]]
    """The refused rows of patients who have some."""
    unknown_rows: tuple[int, ...]
    """The first refused rows whose patient is unknown."""

    def records_of(self, test: int, begin: int, end: int) -> Array:
        """Return the records of a test of the patients from one place up to another, not included."""
        records = self.records[test]
        first, last = np.searchsorted(records, [begin << DAY_BITS, end << DAY_BITS])
        own: Array = records[first:last]
        return own

    def recorded(self, test: int) -> Array:
        """Return by patient whether a test is recorded (S32)."""
        if test in self.for_everybody:
            return np.ones(len(self.unread), bool)
        recorded = np.zeros(len(self.unread), bool)
        recorded[self.records[test] >> DAY_BITS] = True
        return recorded

    def added_to(self, history: History, patient: int, until: int | None) -> History:
        """Return a patient's history with their tests, those after `until` left out (`None`: all)."""
        found: list[Observation] = []
        recorded = set(self.for_everybody)
        for test, action in enumerate(self.tests.actions):
            days = self.records_of(test, patient, patient + 1) & DAY
            recorded |= {test} if len(days) else set()
            kept = days if until is None else days[days <= until]
            found += [Observation(date=as_date(day), code=action.id) for day in kept.tolist()]
        unread = sorted({*self.refused_of.get(patient, ()), *self.unknown_rows})
        return history.model_copy(
            update={
                "observations": tuple(found),
                "unreadable_observations": tuple(unread),
                "tests_recorded": tuple(self.tests.actions[test].id for test in sorted(recorded)),
            }
        )


def observed_by(ids: pa.Array, table: ObservedTable) -> Observed:
    """Read a table of observations for the patients of a cohort, and count its rows.

    A row of a patient who is not in the cohort is counted as `other`.

    Raises:
        InvalidInput: Columns are of the wrong type, or patients or dates are missing.
        UnreadableFile: A file is damaged.
    """
    places = _Places(ids, table.source.names[PATIENT])
    packed: list[Array] = []
    lost: list[tuple[Array, Array]] = []
    unknown: list[int] = []
    done = 0
    for given, part in table.source.tables():
        rows = table.reader.read(part, done + 1)
        done += rows.rows
        patient = places.of(rows.patient)
        is_known = patient >= 0
        strangers = int(np.count_nonzero(~is_known[: len(is_known) - rows.repeated]))
        accepted = len(is_known) - rows.repeated - strangers
        counts = np.array([rows.rows, accepted, rows.refused, rows.blank, rows.other + strangers])
        table.counts[given] = table.counts.get(given, 0) + counts
        table.faults += rows.faults
        patient <<= DAY_BITS  # in place, because the table may be large
        patient |= rows.day
        patient |= rows.test.astype(np.int64) << _TEST_SHIFT
        packed.append(patient if is_known.all() else patient[is_known])
        lost.append((places.of(rows.unreadable), rows.unreadable_rows))
        unknown += rows.unknown_rows.tolist()
    return _observed(table.reader, packed, lost, unknown, len(ids))


def _observed(
    reader: ObservationReader, packed: list[Array], lost: list[tuple[Array, Array]], unknown: list[int], patients: int
) -> Observed:
    tests = reader.tests
    keys = packed[0] if len(packed) == 1 else np.concatenate([np.zeros(0, np.int64), *packed])
    packed.clear()
    keys.sort()
    is_again = keys[1:] == keys[:-1]
    if is_again.any():
        keys = keys[np.append(True, ~is_again)]
    ends = np.searchsorted(keys, np.arange(len(tests.actions) + 1) << _TEST_SHIFT)
    keys &= (1 << _TEST_SHIFT) - 1
    unread = np.full(patients, bool(unknown))
    refused_of: dict[int, list[int]] = {}
    for patient, rows in lost:
        own = np.flatnonzero(patient >= 0)
        unread[patient[own]] = True
        for place, row in zip(patient[own].tolist(), rows[own].tolist(), strict=True):
            refused_of.setdefault(place, []).append(row)
    return Observed(
        tests=tests,
        records=tuple(keys[ends[test] : ends[test + 1]] for test in range(len(tests.actions))),
        for_everybody=tests.for_everybody(sorted(reader.seen)),
        unread=unread,
        refused_of=refused_of,
        unknown_rows=tuple(unknown[:NAMED_ROWS]),
    )


# --- patients as places --------------------------------------------------------------------------


class _Places:
    """Finds the place of patients in a cohort by their ids."""

    def __init__(self, ids: pa.Array, column: str) -> None:
        self._ids = ids.cast(pa.large_string()) if is_text(ids.type) else ids  # text of any size fits
        self._column = column
        self._by_number: Array | None = None
        self._lowest = 0
        if pa.types.is_integer(ids.type) and len(ids):
            ends = pc.min_max(ids)
            self._lowest, highest = ends["min"].as_py(), ends["max"].as_py()
            if highest - self._lowest < _DENSE * len(ids) and highest < _FITS:
                self._by_number = np.full(highest - self._lowest + 1, -1, np.int64)
                self._by_number[np.asarray(ids).astype(np.int64) - self._lowest] = np.arange(len(ids))

    def of(self, patient: pa.Array) -> Array:
        """Return the place of each patient; -1 for one who is not in the cohort.

        Raises:
            InvalidInput: The ids are numbers in one of the tables and text in the other.
        """
        if not len(patient) or not len(self._ids):
            return np.full(len(patient), -1, np.int64)
        if is_text(patient.type) != is_text(self._ids.type):
            kinds = ["text" if is_text(kind) else "whole numbers" for kind in (self._ids.type, patient.type)]
            message = f"expected ids as in the cohort, which are {kinds[0]}, got {kinds[1]}; convert one of the columns"
            raise refused("wrong-type", self._column, message)
        if self._by_number is not None:
            return self._of_numbers(np.asarray(patient), self._by_number)
        begins = np.append(True, np.asarray(pc.not_equal(patient.slice(1), patient.slice(0, len(patient) - 1))))
        runs = patient.take(pa.array(np.flatnonzero(begins)))
        place = np.asarray(pc.index_in(_of_type(runs, self._ids.type), self._ids).fill_null(-1)).astype(np.int64)
        found: Array = place[np.cumsum(begins) - 1]
        return found

    def _of_numbers(self, numbers: Array, by_number: Array) -> Array:
        is_near = (numbers >= self._lowest) & (numbers < self._lowest + len(by_number))
        # In 64 bits, because a narrow type of the table may not hold the cohort's lowest id.
        place = numbers.astype(np.int64) - self._lowest
        if is_near.all():
            return by_number.take(place)
        return np.where(is_near, by_number.take(np.where(is_near, place, 0)), -1)


def _of_type(ids: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return ids in the type of the cohort's; a number that this type does not have becomes null."""
    try:
        return ids.cast(kind)
    except pa.ArrowInvalid:
        limits = np.iinfo(kind.to_pandas_dtype())
        inside = [value if limits.min <= value <= limits.max else None for value in ids.to_pylist()]
        return pa.array(inside, kind)
