"""Read and screen a cohort chunk by chunk: `Reading` counts its rows, `Screen` collects the results."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.folded_rows import FoldedRows
from lemtrada_schedule.cohort.per_patient import histories, judged, nothing_on_record
from lemtrada_schedule.cohort.question import AT_ODDS, Question
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.reading.partitions import NotSortedError, by_patient, split_on_disk
from lemtrada_schedule.cohort.reading.sources import CohortRows, GivenFile, ends_of
from lemtrada_schedule.cohort.report import FileRows
from lemtrada_schedule.cohort.report_tables import patients_table
from lemtrada_schedule.cohort.screen.blocks import Cohort, joined, run
from lemtrada_schedule.cohort.screen.chunks import AS_OF, Chunk, Fault, joined_chunks
from lemtrada_schedule.cohort.screen.finding_bits import TAKEN_AWAY_BITS
from lemtrada_schedule.cohort.screen.layout import Screened, Tables
from lemtrada_schedule.cohort.screen.lookup_tables import tables_of
from lemtrada_schedule.cohort.source_reading import SourceReading
from lemtrada_schedule.findings.catalogue import ONLY_OTHER_MEDICINES
from lemtrada_schedule.records.history import History

__all__ = ["Progress", "Reading", "Screen", "screened"]

Progress = Callable[[int, int], object]
"""`callback(rows_read, total_rows)`"""


@dataclass(repr=False)
class Screen:
    """Screens chunk after chunk of a cohort, and collects the results."""

    question: Question
    reader: ColumnReader
    threads: int = 1
    ids: list[pa.Array] = field(default_factory=list)
    results: list[Screened] = field(default_factory=list)
    unreadable: list[pa.Array] = field(default_factory=list)
    """The patients of refused rows."""
    unknown_rows: list[int] = field(default_factory=list)
    """Refused rows whose patient is unknown."""
    at_odds: list[Fault] = field(default_factory=list)
    """The rows that are refused because the rows of their patient name different dates of the question."""
    folded: FoldedRows | None = None
    """The records of a cohort that is read by its source."""

    def __post_init__(self) -> None:
        """Fill the look-up tables."""
        asked = self.question
        self.tables: Tables = tables_of(
            asked.protocol, asked.clinic, as_of=asked.as_of, tolerance_days=asked.tolerance_days
        )

    def take(self, chunk: Chunk) -> None:
        """Screen a chunk of whole patients; `evaluate` judges those that the screen cannot."""
        found = run(chunk, self.tables, threads=self.threads)
        if found.at_odds is not None and len(found.at_odds):
            chunk = self._without(chunk, found.at_odds)
            found = run(chunk, self.tables, threads=self.threads)
        if self.folded is not None:
            found.result.unsure |= np.asarray(pc.is_in(found.ids, self.folded.apart()))
        if found.result.unsure.any():
            unsure = found.ids.filter(pa.array(found.result.unsure))
            rest = ~np.asarray(pc.is_in(chunk.patient, unsure))
            self._keep(run(chunk.taken(np.flatnonzero(rest)), self.tables, threads=self.threads))
            own_records = self.folded.histories(unsure) if self.folded else None
            left = dict(own_records or histories(chunk, unsure, self.reader.doses()))
            place = np.flatnonzero(found.result.unsure)
            own = judged(list(left.values()), self.question, found.result.as_of[place])
            own.rows = found.result.rows[place]  # with those after the patient's own date
            found = Cohort(pa.array(list(left), chunk.patient.type), own)
        self._keep(found)

    def _without(self, chunk: Chunk, patients: pa.Array) -> Chunk:
        """Refuse the rows of patients whose rows name different dates of the question; return the others."""
        own = np.asarray(pc.is_in(chunk.patient, patients))
        fault = Fault(self.reader.names[AS_OF], "as-of-differs", AT_ODDS, chunk.number.of(own))
        self.at_odds.append(fault)
        self.unreadable.append(chunk.patient.filter(pa.array(own)))
        return chunk.taken(np.flatnonzero(~own))

    def _keep(self, found: Cohort) -> None:
        self.ids.append(found.ids)
        self.results.append(found.result)

    def patients(self, histories_of: Callable[[pa.Array], Iterator[tuple[Any, History]]]) -> tuple[pa.Table, Screened]:
        """Return a row for each patient, and the results in the same order.

        Patients without any readable row come last. Findings that a refused row could remove are not reported (S33):
        `evaluate` judges these patients with their refused rows.

        Args:
            histories_of: Returns the histories of some patients, with their refused rows.
        """
        ids, result = pa.concat_arrays(self.ids), joined(self.results)
        refused_rows = np.zeros(len(ids), np.int64)
        bare = self.folded.bare() if self.folded else ids.slice(0, 0)
        if any(len(part) for part in (*self.unreadable, bare)):
            counted = pa.concat_arrays([*self.unreadable, bare]).value_counts()
            names, counts = counted.field("values"), np.array(counted.field("counts"))
            counts[np.asarray(pc.is_in(names, bare))] -= 1
            place = pc.index_in(names, ids)
            known = np.asarray(place.is_valid())
            others = names.filter(pa.array(~known))
            ids = pa.concat_arrays([ids, others])
            asked_on = self.tables.as_of or 0
            result = joined([result, nothing_on_record(len(others), self.question, asked_on)])
            refused_rows = np.append(refused_rows, counts[~known])
            refused_rows[np.asarray(place.drop_null())] = counts[known]
        doubtful = (refused_rows > 0) | bool(self.unknown_rows)
        doubtful &= (result.codes & TAKEN_AWAY_BITS) != 0
        if doubtful.any():
            wanted = ids.filter(pa.array(doubtful))
            found = dict(histories_of(wanted))
            read = [found[patient] for patient in wanted.to_pylist()]
            without = [history.model_copy(update={"unreadable": ()}) for history in read]
            place = np.flatnonzero(doubtful)
            before, after = (judged(those, self.question, result.as_of[place]) for those in (without, read))
            result.correct(place, before, after)
        if self.folded is not None:
            self._finish(ids, result, self.folded)
        return patients_table(ids, result, refused_rows, has_unknown_rows=bool(self.unknown_rows)), result

    def _finish(self, ids: pa.Array, result: Screened, folded: FoldedRows) -> None:
        """Count rows instead of records, and report the patients who have only other medicines."""
        result.rows = folded.row_counts(ids)
        others = np.flatnonzero(np.asarray(pc.is_in(ids, folded.only_others())))
        result.add(ONLY_OTHER_MEDICINES, others, np.zeros(len(others), np.int64), np.zeros(0, np.int64))


@dataclass(repr=False)
class Reading:
    """Reads the rows of a source, and counts them by file."""

    source: CohortRows
    reader: ColumnReader
    progress: Progress | None = None
    counts: dict[GivenFile, tuple[int, int, int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def files(self) -> list[FileRows]:
        """Return the row counts of each file."""
        return [FileRows(given.name, *counts) for given, counts in self.counts.items()]

    def ends(self) -> list[tuple[str, int]]:
        """Return the name of each file and the number of its last row."""
        return ends_of(self.counts)

    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows from the first one on, and restart the counts."""
        self.counts.clear()
        self.faults.clear()
        self.reader.lacking.clear()
        done = 0
        for given, table in self.source.tables():
            chunk = self.reader.read(table, done + 1)
            done += chunk.rows
            refusals = len(chunk.unreadable_rows) + len(chunk.unknown_rows)
            rows, audited, refused, blank = self.counts.get(given, (0, 0, 0, 0))
            self.counts[given] = (
                rows + chunk.rows,
                audited + chunk.rows - chunk.blank - refusals,
                refused + refusals,
                blank + chunk.blank,
            )
            self.faults += chunk.faults
            if self.progress:
                self.progress(done, self.source.rows)
            yield chunk

    def refuse(self, faults: Sequence[Fault]) -> None:
        """Count rows as refused that were read, and contradict other rows."""
        self.faults += faults
        rows = np.concatenate([np.zeros(0, np.int64), *(fault.rows for fault in faults)])
        first = 1
        for given, (size, audited, refused, blank) in self.counts.items():
            own = int(np.count_nonzero((rows >= first) & (rows < first + size)))
            self.counts[given] = (size, audited - own, refused + own, blank)
            first += size

    def histories(self, wanted: pa.Array) -> Iterator[tuple[Any, History]]:
        """Yield the histories of some patients, read again from the source; only their rows are kept in memory."""
        reader = replace(self.reader, lacking={})  # the rows without a value were counted before
        kept: list[Chunk] = []
        first = 1
        for _, table in self.source.tables():
            chunk = reader.read(table, first)
            first += chunk.rows
            kept.append(chunk.of(wanted))
        yield from histories(joined_chunks(kept), wanted, reader.doses())


def screened(
    reading: Reading | SourceReading, question: Question, *, threads: int | None, rows_at_once: int, folder: str | None
) -> Screen:
    """Return the screen of a whole source.

    A source that is sorted by patient is screened as it is read. Any other source is read as a whole, or split into
    temporary files if it has more than `rows_at_once` rows.
    """
    threads = threads or min(os.cpu_count() or 1, 8)
    screen = Screen(question, reading.reader, threads)
    if isinstance(reading, SourceReading):
        for chunk in _noting(reading, screen):
            screen.folded = reading.folded
            screen.take(chunk)
        return screen
    with suppress(NotSortedError):
        for chunk in by_patient(_noting(reading, screen)):
            screen.take(chunk)
        reading.refuse(screen.at_odds)
        return screen
    screen = Screen(question, reading.reader, threads)
    chunks = _noting(reading, screen)
    if reading.source.rows <= rows_at_once:
        screen.take(joined_chunks(list(chunks)))
    else:
        split_on_disk(chunks, 2 * (1 + reading.source.rows // rows_at_once), folder, screen.take)
    reading.refuse(screen.at_odds)
    return screen


def _noting(reading: Reading | SourceReading, screen: Screen) -> Iterator[Chunk]:
    """Yield chunks, and note the patients of refused rows in the screen."""
    for chunk in reading.chunks():
        screen.unreadable.append(chunk.unreadable)
        screen.unknown_rows += chunk.unknown_rows.tolist()
        yield chunk
