"""Run the screen over rows block by block, in threads; rows that are not sorted by patient are sorted first.

A block holds about half a million rows, so that it stays in the processor's cache and threads seldom wait for each
other. It ends where a patient ends.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.screen.chunks import Chunk, Facts
from lemtrada_schedule.cohort.screen.courses import breaks_of
from lemtrada_schedule.cohort.screen.kernel import screen
from lemtrada_schedule.cohort.screen.layout import (
    DAY,
    DAY_BITS,
    MARK_BITS,
    NOT_GIVEN,
    Array,
    CourseRows,
    Screened,
    Tables,
    Tied,
    added,
)
from lemtrada_schedule.cohort.screen.own_days import OwnDays
from lemtrada_schedule.cohort.screen.rules.infusions import once_a_day
from lemtrada_schedule.cohort.screen.tallies import known_values

__all__ = ["Cohort", "joined", "run"]

BLOCK: Final = 1 << 19

BLOCKS_A_THREAD: Final = 2

_TALLIES: Final = ("given", "tallies", "by_course", "by_year", "unknown_years", "unrecorded")

CODE_BITS: Final = 63 - DAY_BITS - MARK_BITS

COLUMNS: Final = tuple(name for name in Screened.__dataclass_fields__ if name not in _TALLIES)


@dataclass(frozen=True, slots=True, repr=False)
class Cohort:
    """The results of the screen, and the patients they belong to."""

    ids: pa.Array
    """The patients, in the order of `result`."""
    result: Screened
    at_odds: pa.Array | None = None
    """The patients whose rows name several dates of the question; `None`: there is one for all patients."""


class _ShuffledError(Exception):
    """The rows are not sorted by patient."""


def run(chunk: Chunk, tables: Tables, *, threads: int = 1) -> Cohort:
    """Return the results for a chunk, which must hold all rows of each of its patients."""
    codes, ids = _coded(chunk.patient)
    as_of = chunk.facts.as_of
    days = None if as_of is None else OwnDays(codes, as_of)
    try:
        parts = _each(_cuts(codes, 0), threads, lambda rows: _sorted_block(codes[rows], chunk, rows, tables, days))
        result = joined(parts)
    except _ShuffledError:
        result = _shuffled(codes, chunk, tables, threads, days)
    return Cohort(ids(result.patient), result, ids(days.at_odds) if days else None)


def joined(parts: Sequence[Screened]) -> Screened:
    """Return the results of several groups of patients as one."""
    whole = Screened(*(np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS))
    whole.given = CourseRows.joined([part.given for part in parts])
    for part in parts:
        whole.unknown_years |= part.unknown_years
        whole.unrecorded.update(part.unrecorded)
        for of, count in part.tallies.items():
            whole.tallies[of] = added(whole.tallies.get(of), count)
        for total, counts in ((whole.by_course, part.by_course), (whole.by_year, part.by_year)):
            for bit, count in counts.items():
                total[bit] = added(total.get(bit), count)
    return whole


# --- patients as numbers -------------------------------------------------------------------------


def _coded(patient: pa.Array) -> tuple[Array, Callable[[Array], pa.Array]]:
    """Return a number for each row's patient, and a function from numbers to ids."""
    if pa.types.is_integer(patient.type):
        return _coded_numbers(patient)
    if not len(patient):
        return np.zeros(0, np.int64), lambda _codes: patient
    begins = np.append(True, np.asarray(pc.not_equal(patient.slice(1), patient.slice(0, len(patient) - 1))))
    runs = patient.take(pa.array(np.flatnonzero(begins))).dictionary_encode()
    codes = np.cumsum(begins) - 1
    if len(runs.dictionary) < len(runs):  # a patient's rows do not all lie together
        codes = np.asarray(runs.indices).astype(np.int64)[codes]
    return codes, lambda codes: runs.dictionary.take(pa.array(codes))


def _coded_numbers(patient: pa.Array) -> tuple[Array, Callable[[Array], pa.Array]]:
    numbers, kind = np.asarray(patient), patient.type
    ends = pc.min_max(patient)
    low, high = ends["min"].as_py() or 0, ends["max"].as_py() or 0
    if high - low >= 1 << CODE_BITS:
        distinct, codes = np.unique(numbers, return_inverse=True)
        return codes, lambda codes: pa.array(distinct[codes], kind)
    if low >= 0 and high < 1 << CODE_BITS:
        return numbers.astype(np.int64, copy=False), lambda codes: pa.array(codes).cast(kind)
    codes = (numbers - numbers.dtype.type(low)).astype(np.int64)
    return codes, lambda codes: pa.array(codes.astype(numbers.dtype) + numbers.dtype.type(low), kind)


# --- blocks --------------------------------------------------------------------------------------


def _cuts(rows: Array, bits: int) -> Iterator[slice]:
    """Yield blocks of rows that end where a patient ends.

    Args:
        rows: Whole numbers that hold the patient above some bits.
        bits: How many bits.

    Raises:
        _ShuffledError: The rows are not sorted by patient.
    """
    begin = 0
    while begin < len(rows) or not begin:
        end = min(begin + BLOCK, len(rows))
        if end < len(rows):
            highest = rows[end - 1] | ((1 << bits) - 1)
            past = begin + int(np.searchsorted(rows[begin:], highest, "right"))
            if past < end or (past < len(rows) and rows[past] <= highest):
                raise _ShuffledError
            end = past
        yield slice(begin, end)
        begin = max(end, 1)


def _each(blocks: Iterator[slice], threads: int, work: Callable[[slice], Screened]) -> list[Screened]:
    """Return the results of each block; threads are used only where each has several blocks."""
    listed = list(blocks)
    helpers = min(threads, len(listed) // BLOCKS_A_THREAD)
    if helpers <= 1:
        return [work(block) for block in listed]
    with ThreadPoolExecutor(helpers) as pool:
        return list(pool.map(work, listed))


def _sorted_block(codes: Array, chunk: Chunk, rows: slice, tables: Tables, days: OwnDays | None) -> Screened:
    """Return the results of a block whose rows are sorted by patient, but perhaps not by day."""
    facts = chunk.facts.taken(rows)
    key = codes << DAY_BITS
    key |= chunk.day[rows].astype(np.int64)
    marks = facts.marks(chunk.day[rows], tables)
    breaks = breaks_of(key)
    if (breaks.step < 0).any():
        if (np.diff(codes) < 0).any():
            raise _ShuffledError
        order = np.argsort(key, kind="stable")
        key, marks, facts = key[order], None if marks is None else marks[order], facts.taken(order)
        breaks = breaks_of(key)
    result, tied = screen(key, marks, breaks, tables, days)
    result.tallies |= known_values(facts, marks, key & DAY, tables)
    if len(tied.key):
        first = np.searchsorted(key, tied.key)
        size = np.searchsorted(key, tied.key, "right") - first
        which = np.repeat(np.arange(len(first)), size)
        own = np.arange(len(which)) - np.repeat(np.cumsum(size) - size, size) + np.repeat(first, size)
        once_a_day(result, tied, _records(which, own, facts, marks), tables)
    return result


def _shuffled(codes: Array, chunk: Chunk, tables: Tables, threads: int, days: OwnDays | None) -> Screened:
    """Return the results of rows in any order: they are packed into one number each, sorted and cut into blocks."""
    marks = chunk.facts.marks(chunk.day, tables)
    packed = codes << (DAY_BITS + MARK_BITS)
    packed |= chunk.day.astype(np.int64) << MARK_BITS
    if marks is not None:
        packed |= marks
    _sort(packed, threads)
    ties: list[tuple[Tied, Array]] = []

    def work(rows: slice) -> Screened:
        block = packed[rows]
        own_marks = None if marks is None else (block & (1 << MARK_BITS) - 1).astype(marks.dtype)
        key = block >> MARK_BITS
        result, tied = screen(key, own_marks, breaks_of(key), tables, days)
        ties.append((tied, result.patient[tied.patient]))
        return result

    whole = joined(_each(_cuts(packed, DAY_BITS + MARK_BITS), threads, work))
    whole.tallies |= known_values(chunk.facts, marks, chunk.day, tables)
    tied = _one(ties, whole)
    if len(tied.key):
        own = np.flatnonzero(np.isin(codes, tied.key >> DAY_BITS))
        key = (codes[own] << DAY_BITS) | chunk.day[own]
        which = np.minimum(np.searchsorted(tied.key, key), len(tied.key) - 1)
        found = tied.key[which] == key
        once_a_day(whole, tied, _records(which[found], own[found], chunk.facts, marks), tables)
    return whole


def _sort(packed: Array, threads: int) -> None:
    """Sort in place, one part of the values in each thread."""
    parts = min(threads, 1 + len(packed) // BLOCK)
    if parts == 1:
        packed.sort()
        return
    cuts = [len(packed) * part // parts for part in range(parts + 1)]
    packed.partition(cuts[1:-1])
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(lambda cut: packed[slice(*cut)].sort(), pairwise(cuts)))


def _one(ties: Sequence[tuple[Tied, Array]], whole: Screened) -> Tied:
    """Return the tied days of all blocks as one, sorted by key."""
    key = np.concatenate([tied.key for tied, _ in ties])
    owner = np.concatenate([owner for _, owner in ties])
    course = np.concatenate([tied.course for tied, _ in ties])
    order = np.argsort(key)
    return Tied(key[order], np.searchsorted(whole.patient, owner[order]), course[order])


def _records(which: Array, rows: Array, facts: Facts, marks: Array | None) -> tuple[Array, Array]:
    """Return the given records of days with several, as `once_a_day` takes them.

    Args:
        which: For each record, the place of its day.
        rows: Its place in `facts` and `marks`.
        facts: The facts of all rows.
        marks: The marks of all rows; `None`: there are none.
    """
    if marks is not None:
        given = (marks[rows] & NOT_GIVEN) == 0
        which, rows = which[given], rows[given]
    return which, facts.as_one(rows)
