"""`FoldedRows`: the records that `sources` folds from a cohort's rows, as columns for the screen and as histories."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.question import AT_ODDS
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.screen.chunks import (
    AS_OF,
    INFUSION,
    MG,
    NOT_KNOWN,
    OBSERVATION,
    STATUSES,
    Chunk,
    Facts,
    Fault,
    RowNumbers,
)
from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.cohort.screen.lookup_tables import day_number
from lemtrada_schedule.errors import Problem
from lemtrada_schedule.records.history import NAMED_ROWS, History, InfusionRecord
from lemtrada_schedule.sources.folding import Folded, RefusedLine

__all__ = ["FoldedRows"]


@dataclass(frozen=True, repr=False)
class FoldedRows:
    """What became of the rows of a cohort."""

    folded: Folded
    kind: pa.DataType
    """The type of the ids."""
    as_of: str | None = None
    """The column of each patient's own date of the question."""

    def settled(self) -> "FoldedRows":
        """Return the rows without those of patients whose rows name different dates of the question: they are refused.

        Call it once; it changes the records.
        """
        folded = self.folded
        for patient, days in folded.as_of.items():
            if len(days) > 1:
                fault = Problem("as-of-differs", self.as_of or AS_OF, AT_ODDS)
                rows = folded.taken.pop(patient, [])
                folded.refused += [RefusedLine(row, (fault,), patient) for row in rows]
                folded.accepted -= len(rows)
                folded.infusions[patient] = []
        folded.refused.sort(key=lambda line: line.row)
        return self

    def chunk(self, reader: ColumnReader) -> Chunk:
        """Return the records as rows of the screen, patient by patient, with the refused rows."""
        folded = self.folded
        owners = [patient for patient, records in folded.infusions.items() for _ in records]
        records = [record for records in folded.infusions.values() for record in records]
        lost = [line for line in self._dates_lost() if line.patient is not None]
        return Chunk(
            patient=self.ids(owners),
            day=_numbers([day_number(record.date) for record in records], np.uint16),
            facts=self._facts(owners, records, reader),
            number=RowNumbers(1, _numbers([record.row or 0 for record in records], np.int64)),
            rows=folded.rows,
            blank=folded.blank,
            faults=self._faults(),
            unreadable=self.ids([line.patient for line in lost]),
            unreadable_rows=_numbers([line.row for line in lost], np.int64),
            unknown_rows=_numbers([line.row for line in self._dates_lost() if line.patient is None], np.int64),
        )

    def ids(self, patients: Sequence[str | None]) -> pa.Array:
        """Return ids as they are in the report."""
        return pa.array(patients, pa.string()).cast(self.kind)

    def _dates_lost(self) -> Iterator[RefusedLine]:
        return (line for line in self.folded.refused if line.takes == "dates")

    def _facts(self, owners: Sequence[str | None], records: Sequence[InfusionRecord], reader: ColumnReader) -> Facts:
        infused, observed = [one.infused_for for one in records], [one.observed_for for one in records]
        doses = [one.dose_mg for one in records]
        known = {(record.date, record.row) for record in records if record.dose_mg is not None}
        doseless = sum(record.dose_mg is None and (record.date, record.row) not in known for record in records)
        lacking = {INFUSION: infused.count(None), OBSERVATION: observed.count(None), MG: doseless}
        reader.lacking.update({name: count for name, count in lacking.items() if name in reader.names})
        days = {patient: day_number(min(days)) for patient, days in self.folded.as_of.items()}
        return Facts(
            status=_numbers([STATUSES.index(record.status) for record in records], np.uint8),
            infusion=_numbers([NOT_KNOWN if one is None else one for one in infused], np.uint16),
            observation=_numbers([NOT_KNOWN if one is None else one for one in observed], np.uint16),
            dose=_numbers([reader.dose_number(dose) for dose in doses], np.uint32),
            course=_numbers([record.course or 0 for record in records], np.uint8),
            as_of=None if self.as_of is None else _numbers([days[patient] for patient in owners], np.uint16),
        )

    def _faults(self) -> tuple[Fault, ...]:
        """Return the reasons why rows were refused, each with its rows."""
        rows: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
        for line in self.folded.refused:
            for problem in line.problems:
                rows[problem.place, problem.code, problem.message].append(line.row)
        return tuple(Fault(*why, _numbers(those, np.int64)) for why, those in rows.items())

    # --- what the screen asks ------------------------------------------------------------------------

    def apart(self) -> pa.Array:
        """Return the patients whom only `evaluate` can judge: a record of theirs is a day of a course."""
        own = self.folded.infusions.items()
        return self.ids([patient for patient, records in own if any(one.course_day for one in records)])

    def bare(self) -> pa.Array:
        """Return the patients without a record: other medicines, tests, or lines that cancel each other out."""
        folded = self.folded
        patients = {
            *folded.infusions,
            *folded.observations,
            *folded.others,
            *(line.patient for line in folded.refused),
        }
        return self.ids(sorted(one for one in patients if one is not None and not folded.infusions.get(one)))

    def only_others(self) -> pa.Array:
        """Return the patients with rows of other medicines, without an infusion and without a refused row (S36)."""
        lost = {line.patient for line in self._dates_lost()}
        if None in lost:
            return self.ids([])
        treated = {
            patient
            for patient, records in self.folded.infusions.items()
            if any(record.is_exposure and self._is_known(patient, record) for record in records)
        }
        others = self.folded.others.keys() - lost - treated
        return self.ids(sorted(one for one in others if one is not None))

    def row_counts(self, ids: pa.Array) -> Array:
        """Return how many rows of each patient were accepted."""
        taken = self.folded.taken
        names = self.ids(list(taken))
        counts = np.array([*(len(rows) for rows in taken.values()), 0])
        place = pc.index_in(ids, names).fill_null(len(taken))
        return np.asarray(counts[np.asarray(place)], np.int32)

    def histories(self, wanted: pa.Array, *, with_others: bool = False) -> Iterator[tuple[Any, History]]:
        """Yield id and history of some patients, with their refused rows.

        Args:
            wanted: The ids, in the report's type.
            with_others: Whether the histories say how many rows of other medicines there are.
        """
        folded = self.folded
        lost: defaultdict[str | None, list[int]] = defaultdict(list)
        for line in self._dates_lost():
            lost[line.patient].append(line.row)
        unknown = lost.pop(None, [])[:NAMED_ROWS]
        for own in wanted.to_pylist():
            patient = str(own)
            records = tuple(one for one in folded.infusions.get(patient, ()) if self._is_known(patient, one))
            unreadable = tuple(sorted({*lost.get(patient, ()), *unknown}))
            others = folded.others[patient] if with_others else 0
            yield own, History(patient=patient, infusions=records, unreadable=unreadable, other_rows=others)

    def _is_known(self, patient: str | None, record: InfusionRecord) -> bool:
        """Return whether a record is not after the patient's own date of the question."""
        days: set[date] = self.folded.as_of.get(patient, set())
        return not days or record.date <= min(days)


def _numbers(values: Sequence[int], kind: Any) -> Array:
    return np.asarray(values, kind)
