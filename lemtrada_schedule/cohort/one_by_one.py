"""Patients of a cohort as histories, judged by `evaluate` and `forecast`: those with findings, and those whom the
screen cannot tell.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.clinic import Clinic
from lemtrada_schedule.cohort.codes import BIT
from lemtrada_schedule.cohort.columns import STATUSES, UNKNOWN, Chunk
from lemtrada_schedule.cohort.kernel import Array
from lemtrada_schedule.cohort.tables import as_date
from lemtrada_schedule.evaluating import evaluate
from lemtrada_schedule.outlook import Evaluation
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.records import History, InfusionRecord

__all__ = ["Question", "histories", "screen_bits"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a cohort is asked: the rules, the clinic, the day."""

    protocol: Protocol
    clinic: Clinic | None
    as_of: dt.date
    tolerance_days: int

    def evaluation(self, history: History) -> Evaluation:
        """Return what `evaluate` says of one patient."""
        return evaluate(
            history, self.protocol, as_of=self.as_of, clinic=self.clinic, tolerance_days=self.tolerance_days
        )


def histories(chunk: Chunk, wanted: pa.Array, doses: Mapping[int, Any]) -> Iterator[tuple[Any, History]]:
    """Yield id and history of each patient of a chunk who is wanted, in the order of `wanted`."""
    place = pc.index_in(chunk.patient, wanted)
    rows = np.flatnonzero(np.asarray(place.is_valid()))
    owner = np.asarray(place.take(pa.array(rows)))
    order = np.argsort(owner, kind="stable")
    rows, owner = rows[order], owner[order]
    records = _records(chunk, rows, doses)
    unreadable = _unreadable(chunk, wanted)
    ends = np.searchsorted(owner, np.arange(len(wanted) + 1))
    for index, patient in enumerate(wanted.to_pylist()):
        own = tuple(next(records) for _ in range(ends[index + 1] - ends[index]))
        if own or index in unreadable:
            yield patient, History(patient=str(patient), infusions=own, unreadable=tuple(unreadable.get(index, ())))


def _unreadable(chunk: Chunk, wanted: pa.Array) -> dict[int, list[int]]:
    """Return the numbers of the refused rows of each patient wanted, by its place."""
    found: dict[int, list[int]] = {}
    for place, row in zip(pc.index_in(chunk.unreadable, wanted).to_pylist(), chunk.unreadable_rows, strict=True):
        if place is not None:
            found.setdefault(place, []).append(int(row))
    return found


def _records(chunk: Chunk, rows: Array, doses: Mapping[int, Any]) -> Iterator[InfusionRecord]:
    """Yield some rows of a chunk as records, each with its row number."""
    facts, numbers = chunk.facts, chunk.row_numbers()
    for row in rows.tolist():
        given: dict[str, Any] = {"date": as_date(int(chunk.day[row])), "row": int(numbers[row])}
        if facts.status is not None:
            given["status"] = STATUSES[facts.status[row]]
        for name, lengths in (("infusion_minutes", facts.infusion), ("observation_minutes", facts.observation)):
            if lengths is not None and lengths[row] != UNKNOWN:
                given[name] = int(lengths[row])
        if facts.dose is not None and facts.dose[row]:
            given["dose_mg"] = doses[int(facts.dose[row])]
        yield InfusionRecord.model_validate(given)


_BITS: Final = {kind.code: 1 << bit for kind, bit in BIT.items()}


def screen_bits(evaluation: Evaluation) -> int:
    """Return the codes of an evaluation as the screen writes them; -1 if one of them is none of the screen's."""
    bits = 0
    for finding in evaluation.findings:
        if finding.code not in _BITS:
            return -1
        bits |= _BITS[finding.code]
    return bits
