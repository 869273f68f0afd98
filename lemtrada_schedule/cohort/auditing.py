"""Audit a cohort: every patient of a frame or file judged by the same rules, a million at a time."""

import datetime as dt
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.cohort.per_patient import Question, histories, judged
from lemtrada_schedule.cohort.reading.chunks import DATE, INFUSION, MG, OBSERVATION, Chunk, Fault, joined_chunks
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.reading.partitions import NotSortedError, by_patient, split_on_disk
from lemtrada_schedule.cohort.reading.sources import Source, opened
from lemtrada_schedule.cohort.report import FileRows, Found, Report
from lemtrada_schedule.cohort.report_tables import findings_table, patients_table, refused_table
from lemtrada_schedule.cohort.screen.blocks import Cohort, joined, run
from lemtrada_schedule.cohort.screen.finding_bits import TAKEN_AWAY_BITS
from lemtrada_schedule.cohort.screen.layout import Screened, Tables
from lemtrada_schedule.cohort.screen.lookup_tables import tables_of
from lemtrada_schedule.errors import kind_of
from lemtrada_schedule.findings.catalogue import DOSE_DIFFERS, INFUSION_TOO_SHORT, OBSERVATION_TOO_SHORT, PUBLIC_HOLIDAY
from lemtrada_schedule.findings.finding import NotAssessed
from lemtrada_schedule.judging.evaluating import LONGEST_TOLERANCE
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import NAMED_ROWS, History
from lemtrada_schedule.validation.arguments import check_count, check_type, refused_argument
from lemtrada_schedule.validation.scalars import FIRST_DATE, checked_date

__all__ = ["Progress", "Screen", "audit_cohort", "checked_question", "cohort_entries"]

Progress = Callable[[int, int], object]
"""Is told how many rows were read, of how many."""

ROWS_AT_ONCE: Final = 1 << 24

_ASKED: Final[dict[str, str]] = {
    INFUSION_TOO_SHORT.code: INFUSION, OBSERVATION_TOO_SHORT.code: OBSERVATION, DOSE_DIFFERS.code: MG,
}  # fmt: skip
"""The column that a question needs."""


def checked_question(protocol: Protocol, as_of: dt.date, clinic: Clinic | None, tolerance_days: int) -> Question:
    """Return what a cohort is asked, checked as `evaluate` checks it."""
    check_type(protocol, Protocol, "protocol")
    if clinic is not None:
        check_type(clinic, Clinic, "clinic")
    if type(tolerance_days) is not int or not 0 <= tolerance_days <= LONGEST_TOLERANCE:
        raise refused_argument(
            "out-of-range", "tolerance_days", f"expected a whole number from 0 to {LONGEST_TOLERANCE}"
        )
    return Question(protocol, clinic, checked_date(as_of, "as_of"), tolerance_days)


@dataclass(repr=False)
class Screen:
    """One question put to chunk after chunk of a cohort, and what was told so far."""

    question: Question
    reader: ColumnReader
    threads: int = 1
    ids: list[pa.Array] = field(default_factory=list)
    told: list[Screened] = field(default_factory=list)
    unreadable: list[pa.Array] = field(default_factory=list)
    nobodys: list[int] = field(default_factory=list)
    """Refused rows of which nobody knows whose they are."""

    def __post_init__(self) -> None:
        """Fill the tables once."""
        asked = self.question
        self.tables: Tables = tables_of(
            asked.protocol, asked.clinic, as_of=asked.as_of, tolerance_days=asked.tolerance_days
        )

    def take(self, chunk: Chunk) -> None:
        """Screen a chunk of whole patients; those of whom only `evaluate` can tell are asked of it."""
        found = run(chunk, self.tables, threads=self.threads)
        if found.told.unsure.any():
            unsure = found.ids.filter(pa.array(found.told.unsure))
            rest = ~np.asarray(pc.is_in(chunk.patient, unsure))
            self._keep(run(chunk.taken(np.flatnonzero(rest)), self.tables, threads=self.threads))
            told = dict(histories(chunk, unsure, self.reader.doses()))
            found = Cohort(pa.array(list(told), chunk.patient.type), judged(list(told.values()), self.question))
        self._keep(found)

    def _keep(self, found: Cohort) -> None:
        self.ids.append(found.ids)
        self.told.append(found.told)

    def patients(self, histories_of: Callable[[pa.Array], Iterator[tuple[Any, History]]]) -> tuple[pa.Table, Screened]:
        """Return a row for each patient, those of whom no row could be read last, and what was told of them.

        What a refused row of theirs could take away is told of nobody (S33): `evaluate` is asked, with those rows.

        Args:
            histories_of: Returns the histories of some patients, their refused rows with them.
        """
        ids, told = pa.concat_arrays(self.ids), joined(self.told)
        refused_rows = np.zeros(len(ids), np.int64)
        if any(len(part) for part in self.unreadable):
            counted = pa.concat_arrays(self.unreadable).value_counts()
            names, counts = counted.field("values"), np.asarray(counted.field("counts"))
            place = pc.index_in(names, ids)
            known = np.asarray(place.is_valid())
            others = names.filter(pa.array(~known))
            ids = pa.concat_arrays([ids, others])
            told = joined([told, judged([History() for _ in range(len(others))], self.question)])
            refused_rows = np.append(refused_rows, counts[~known])
            refused_rows[np.asarray(place.drop_null())] = counts[known]
        doubtful = (refused_rows > 0) | bool(self.nobodys)
        doubtful &= (told.codes & TAKEN_AWAY_BITS) != 0
        if doubtful.any():
            wanted = ids.filter(pa.array(doubtful))
            found = dict(histories_of(wanted))
            read = [found[patient] for patient in wanted.to_pylist()]
            without = [history.model_copy(update={"unreadable": ()}) for history in read]
            told.correct(np.flatnonzero(doubtful), judged(without, self.question), judged(read, self.question))
        return patients_table(ids, told, refused_rows, is_anybodys=bool(self.nobodys)), told


@dataclass(repr=False)
class _Reading:
    """Reads the rows of a source, and keeps account of them."""

    source: Source
    reader: ColumnReader
    progress: Progress | None
    files: dict[str, list[int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows from the first on; the account begins anew."""
        self.files.clear()
        self.faults.clear()
        self.reader.lacking.clear()
        done = 0
        for name, table in self.source.tables():
            chunk = self.reader.read(table, done + 1)
            done += chunk.rows
            refusals = len(chunk.unreadable_rows) + len(chunk.nobodys)
            counts = (chunk.rows, chunk.rows - chunk.blank - refusals, refusals, chunk.blank)
            before = self.files.get(name, [0, 0, 0, 0])
            self.files[name] = [one + other for one, other in zip(before, counts, strict=True)]
            self.faults += chunk.faults
            if self.progress:
                self.progress(done, self.source.rows)
            yield chunk


def audit_cohort(
    cohort: Any,
    question: Question,
    asked: Mapping[str, str | None],
    *,
    threads: int | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
    folder: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Return what an audit of a cohort found; see `audit`."""
    check_count(rows_at_once, "rows_at_once", most=1 << 40)
    if threads is not None:
        check_count(threads, "threads", most=1_024)
    if progress is not None and not callable(progress):
        raise refused_argument("wrong-type", "progress", f"expected a function, got {kind_of(progress)}")
    if folder is not None and not _is_folder(folder):
        raise refused_argument("not-written", "folder", "there is no such folder; name one that is there")
    source = opened(cohort, asked)
    reader = ColumnReader(source.names, question.protocol.infusion_day.dose_mg)
    reading = _Reading(source, reader, progress)
    screen = _screened(reading, question, threads or min(os.cpu_count() or 1, 8), rows_at_once, folder)
    patients, told = screen.patients(lambda wanted: _again(source, reader, wanted))
    found = Found(
        patients,
        told,
        files=[FileRows(name, *counts) for name, counts in reading.files.items()],
        refused=lambda: refused_table(tuple(reading.faults)),
        not_assessed=[
            *not_assessed(question, source.names, told, reader.lacking),
            *rows_of_nobody(question, screen.nobodys),
        ],
        histories=lambda wanted: _again(source, reader, wanted),
        judge=question.evaluation,
        as_table=findings_table,
    )
    return Report(found)


def _is_folder(folder: str) -> bool:
    try:
        return Path(folder).is_dir()
    except (OSError, TypeError, ValueError):  # no path at all
        return False


def _screened(reading: _Reading, question: Question, threads: int, rows_at_once: int, folder: str | None) -> Screen:
    """Return the screen of a whole source: as it lies if it is sorted by patient, else at once or split on disk."""
    screen = Screen(question, reading.reader, threads)
    with suppress(NotSortedError):
        for chunk in by_patient(_noting(reading, screen)):
            screen.take(chunk)
        return screen
    screen = Screen(question, reading.reader, threads)
    chunks = _noting(reading, screen)
    if reading.source.rows <= rows_at_once:
        screen.take(joined_chunks(list(chunks)))
    else:
        split_on_disk(chunks, 2 * (1 + reading.source.rows // rows_at_once), folder, screen.take)
    return screen


def _noting(reading: _Reading, screen: Screen) -> Iterator[Chunk]:
    """Yield chunks, and note whose rows could not be read."""
    for chunk in reading.chunks():
        screen.unreadable.append(chunk.unreadable)
        screen.nobodys += chunk.nobodys.tolist()
        yield chunk


def _again(source: Source, reader: ColumnReader, wanted: pa.Array) -> Iterator[tuple[Any, History]]:
    """Yield the histories of some patients, from the source itself; their rows alone are kept in memory."""
    reader = replace(reader, lacking={})  # what is read again is not counted again
    kept: list[Chunk] = []
    first = 1
    for _, table in source.tables():
        chunk = reader.read(table, first)
        first += chunk.rows
        kept.append(chunk.of(wanted))
    yield from histories(joined_chunks(kept), wanted, reader.doses())


def not_assessed(
    question: Question, columns: Mapping[str, str], told: Screened, lacking: Mapping[str, int]
) -> list[NotAssessed]:
    """Return what could not be told: for the whole cohort, for some years, and for the rows that lack a value."""
    years = [
        NotAssessed(code=PUBLIC_HOLIDAY.code, missing=f"public holidays of {FIRST_DATE.year + year}")
        for year in sorted(told.unknown_years)
    ]
    partly = [
        NotAssessed(code=code, missing=f"{columns[column]} in {lacking[column]:,} of the rows")
        for code, column in _ASKED.items()
        if lacking.get(column)
    ]
    return [*cohort_entries(question, columns), *years, *partly]


def rows_of_nobody(question: Question, rows: Sequence[int]) -> list[NotAssessed]:
    """Return what cannot be told of any patient, since the row may be anybody's: `evaluate` says what (S06)."""
    told = question.evaluation(History(unreadable=tuple(rows[:NAMED_ROWS])))
    return [entry for entry in told.not_assessed if entry.row]


def cohort_entries(question: Question, columns: Collection[str]) -> list[NotAssessed]:
    """Return what no cohort with these columns can tell: `evaluate` is asked of one infusion with the same facts."""
    rule = question.protocol.infusion_day
    facts = {INFUSION: rule.infusion_minutes, OBSERVATION: rule.observation_minutes, MG: rule.dose_mg}
    record = {DATE: question.as_of, **{name: value for name, value in facts.items() if name in columns}}
    entries = question.evaluation(History.model_validate({"infusions": [record]})).not_assessed
    return [
        NotAssessed(code=entry.code, missing=_ASKED.get(entry.code, entry.missing))
        for entry in entries
        if not entry.missing.startswith("public holidays of")  # of the day of asking, and of no row
    ]
