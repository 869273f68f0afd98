"""What an audit found: a row for each patient, the findings of those who have some, and what could not be told."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lemtrada_schedule.cohort.screen.finding_bits import BIT, SCREENED
from lemtrada_schedule.errors import ScreenDiffers
from lemtrada_schedule.findings.finding import FindingKind, NotAssessed
from lemtrada_schedule.judging.verdicts import Evaluation
from lemtrada_schedule.records.history import History
from lemtrada_schedule.validation.arguments import refused

__all__ = ["FileRows", "Found", "Report", "screen_bits", "summary_of"]

_BITS: Final = {kind.code: 1 << bit for kind, bit in BIT.items()}
_YEARS: Final = 2000
Told = tuple[int, Mapping[str, int], Mapping[str, int]]
"""Of a code: how many patients have it, and how often it occurs by course and by year."""


@dataclass(frozen=True, slots=True)
class FileRows:
    """What became of the rows of one file, or of a frame: `rows` = `audited` + `refused` + `blank`, always."""

    file: str
    """The file as it was named; empty for a frame."""
    rows: int
    audited: int
    refused: int
    blank: int


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """What a report is made from: Arrow tables, the counts of the screen, and how to ask further."""

    patients: Any
    told: Any
    files: Sequence[FileRows]
    refused: Callable[[], Any]
    not_assessed: Sequence[NotAssessed]
    histories: Callable[[Any], Iterator[tuple[Any, History]]]
    judge: Callable[[History], Evaluation]
    as_table: Callable[[Iterator[tuple[Any, Evaluation]], Any], Any]


class Report:
    """What an audit found.

    `patients` is an Arrow table with a row for each patient. pandas, Polars and DuckDB take it as it is:
    `report.patients.to_pandas()`, `polars.from_arrow(report.patients)`, `duckdb.from_arrow(report.patients)`.

    | column | meaning |
    | --- | --- |
    | `patient` | the id as it was given |
    | `rows`, `refused_rows` | how many of the patient's rows were audited, and how many refused |
    | `infusions` | days with an infusion, up to the day of asking |
    | `courses` | courses begun |
    | `codes` | the codes of the findings, in the order of the alphabet |
    | `last_infusion` | the day of the last infusion given |
    | `next_earliest` | the first day of the next course, as `forecast` says it |
    | `contraception_until` | the last day of contraception, at the earliest |
    | `monitoring_until` | the last day of the tests that are due after the last course, at the earliest |

    A day is null where nothing can be said; with a refused row, that holds for every day of the patient.
    A row that is refused because its id was changed (`id-changed`) may be any patient's: every day is null.

    The order of the rows is not defined: it may be another one in the next release, and with the same patients in
    another form or with other `rows_at_once`. Sort them, by `patient` for one. That of `flagged()`, `evaluations()`
    and `findings()` is the same.
    """

    def __init__(self, found: Found) -> None:
        """Take what was found; `audit` makes reports."""
        self.patients = found.patients
        self.files = tuple(found.files)
        self.not_assessed = tuple(found.not_assessed)
        """Questions that could not be answered, each with what is missing.

        That is a column or a fact for the whole cohort, the public holidays of a year, or a value in some of the rows.
        """
        self._found = found

    def __repr__(self) -> str:
        """Say how much there is, and nothing of any patient."""
        return f"Report({self.patients.num_rows:,} patients, {self.rows.rows:,} rows)"

    @property
    def rows(self) -> FileRows:
        """What became of all rows."""
        parts = [(one.rows, one.audited, one.refused, one.blank) for one in self.files]
        return FileRows("", *map(sum, zip(*parts, strict=True)))

    @property
    def refused(self) -> Any:
        """A table of every fault of a refused row: its number through all files, from 1, column, code and message."""
        return self._found.refused()

    def flagged(self, codes: Collection[str] = ()) -> Any:
        """Return the ids of the patients with findings, or with one of some codes, as an Arrow array."""
        if not isinstance(codes, list | tuple | set | frozenset) or any(type(code) is not str for code in codes):
            raise refused("wrong-type", "codes", "expected a list of codes, such as ['extra-infusion']")
        if unknown := sorted(set(codes) - _BITS.keys()):
            known = ", ".join(_BITS)
            raise refused("unknown-name", "codes", f"the screen has {len(unknown)} of these codes not; it has {known}")
        wanted = sum(_BITS[code] for code in set(codes)) or sum(_BITS.values())
        return self.patients["patient"].combine_chunks().filter((self._found.told.codes & wanted) != 0)

    def evaluations(self, codes: Collection[str] = ()) -> Iterator[tuple[Any, Evaluation]]:
        """Yield id and evaluation of each patient with findings, made by `evaluate` one by one.

        Args:
            codes: Only patients who have one of these.

        Raises:
            ScreenDiffers: `evaluate` says something else than the screen did (`screen-differs`): a fault of
                this library, or the rows have changed since the audit.
        """
        said = dict(zip(self.patients["patient"].to_pylist(), self._found.told.codes.tolist(), strict=True))
        for patient, history in self._found.histories(self.flagged(codes)):
            evaluation = self._found.judge(history)
            if screen_bits(evaluation) != said[patient]:
                message = "the screen and `evaluate` say different things of a patient; do not use this report"
                raise ScreenDiffers("screen-differs", message, place="cohort")
            yield patient, evaluation

    def findings(self, codes: Collection[str] = ()) -> Any:
        """Return every finding of the patients who have some, in full, as an Arrow table.

        They are made by `evaluate`, patient by patient, at about a millisecond each: ask for the codes that matter.

        Args:
            codes: Only patients who have one of these; all their findings are told.
        """
        return self._found.as_table(self.evaluations(codes), self.patients.schema.field("patient").type)

    def summary(self) -> dict[str, Any]:
        """Return counts: of patients and rows, and for each code of patients and findings, by course and by year."""
        told = self._found.told
        counts = {
            SCREENED[bit].code: (
                int(((told.codes & (1 << bit)) != 0).sum()),
                _counts(told.by_course[bit].tolist(), 0),
                _counts(by_year.tolist(), _YEARS),
            )
            for bit, by_year in told.by_year.items()
        }
        return summary_of(len(told.codes), int((told.codes != 0).sum()), self.rows, counts)


def summary_of(patients: int, flagged: int, rows: FileRows, told: Mapping[str, Told]) -> dict[str, Any]:
    """Return the counts of a cohort in the one form that every audit gives, the codes in their order."""
    return {
        "patients": patients,
        "flagged": flagged,
        "rows": {"in": rows.rows, "audited": rows.audited, "refused": rows.refused, "blank": rows.blank},
        "findings": {kind.code: _finding_counts(kind, *told[kind.code]) for kind in SCREENED if kind.code in told},
    }


def _finding_counts(
    kind: FindingKind, patients: int, by_course: Mapping[str, int], by_year: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "severity": kind.severity,
        "patients": patients,
        "findings": sum(by_year.values()),
        "by_course": by_course,
        "by_year": by_year,
    }


def _counts(counts: Sequence[int], first: int) -> dict[str, int]:
    """Return the counts that are not 0 by course or year; a finding that belongs to no course stands under `none`."""
    return {str(place + first or "none"): count for place, count in enumerate(counts) if count}


def screen_bits(evaluation: Evaluation) -> int:
    """Return the codes of an evaluation as the screen writes them."""
    bits = 0
    for finding in evaluation.findings:
        bits |= _BITS[finding.code]
    return bits
