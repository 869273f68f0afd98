"""Build the histories of a file from its rows, whatever its format; every row is counted once.

A refused row of a known patient is listed in that patient's history. If the patient is unknown, the row could belong
to anyone and is listed in every history of the file (S06). A refused observation is listed separately: only what
observations decide is then unknown (S31).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, Literal

from lemtrada_schedule.errors import Problem, shape_of
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import (
    NAMED_ROWS,
    ConvertedDay,
    History,
    InfusionRecord,
    Intake,
    Observation,
    ReadFile,
    RefusedRow,
    SkippedRows,
)
from lemtrada_schedule.records.recorded_tests import codes_for_everybody, known_codes
from lemtrada_schedule.records.recorded_values import PADDED_ID, trimmed_id
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.computed import compact
from lemtrada_schedule.validation.model import Model

__all__ = ["COLUMNS", "INFUSION_FIELDS", "PATIENT", "IntakeBuilder", "Takes", "whose_row"]

INFUSION_FIELDS: Final = ("date", "started", "ended", "observed_until", "dose_mg", "status", "course")
"""The fields of one infusion in a file: the names of CSV columns and JSON keys."""

PATIENT: Final = "patient"

COLUMNS: Final = (PATIENT, *INFUSION_FIELDS)
"""The columns of a table of infusions."""

MOST_FAULTS: Final = 500_000
"""Reading stops after this many problems; they take over 0.25 GB and 10 seconds."""

Takes = Literal["dates", "tests", "nothing"]
"""What is unknown about a patient because of a refused row: all dates, what observations decide, or neither."""

_TAKING: Final[tuple[Takes, Takes]] = ("dates", "tests")

_PATH: Final = re.compile(r"[A-Za-z0-9_.\[\]]{1,128}")


def whose_row(given: object, faults: Iterable[Problem]) -> str | None:
    """Return the patient of a row whose id was refused: known if there are only blanks around it, else `None` (S06)."""
    codes = {fault.code for fault in faults}
    return trimmed_id(given) if isinstance(given, str) and codes == {PADDED_ID} else None


class IntakeBuilder:
    """The rows of a file read so far; a reader adds each row, and gets the `Intake` at the end."""

    def __init__(
        self, *, alone: bool = False, names: Mapping[str, str] | None = None, columns: Collection[str] = ()
    ) -> None:
        """Start without rows.

        Args:
            alone: Whether the file is about one patient, whose id is not in it.
            names: Other names for the arguments that messages advise to pass.
            columns: Names of columns that a source gives; they are shown as they are.
        """
        self._known_columns = frozenset(columns)
        self._argument_names = names or {}
        self.rows = 0
        self.blank = 0
        self.infusions: defaultdict[str | None, list[InfusionRecord]] = defaultdict(list)
        """The records of each known patient, possibly none."""
        self.about: dict[str | None, dict[str, Any]] = {}
        """Other validated fields of a patient's history."""
        self.converted: list[ConvertedDay] = []
        self.used = 0
        """Accepted rows that are not infusions."""
        self.superseded = 0
        self._observations: defaultdict[str | None, list[Observation]] = defaultdict(list)
        self._others: Counter[str | None] = Counter()
        self._skipped: Counter[tuple[str, str | None]] = Counter()
        self._refused: list[RefusedRow] = []
        self._refused_of: dict[Takes, defaultdict[str | None, list[int]]] = {
            "dates": defaultdict(list), "tests": defaultdict(list), "nothing": defaultdict(list)
        }  # fmt: skip
        self._unknown_patient: dict[Takes, list[int]] = {"dates": [], "tests": [], "nothing": []}
        self._names: dict[frozenset[str], set[str]] = {}
        self._alone = alone
        if alone:
            self.infusions[None] = []

    def accept(self, patient: str | None, record: InfusionRecord) -> None:
        """Add a record of a patient."""
        self.share_names(record)
        self.infusions[patient].append(compact(record))

    def accept_observation(self, patient: str | None, observation: Observation) -> None:
        """Add an observation that is a row of the file."""
        self.used += 1
        self._observations[patient].append(observation)

    def count_other(self, patient: str | None, rows: int = 1) -> None:
        """Count rows about another medicine; `None`: their patient is unknown."""
        self._others[patient] += rows

    def skip(self, resource: str, code: str | None = None, *, rows: int = 1) -> None:
        """Count skipped rows by the type of their resource and a code."""
        self.blank += rows
        self._skipped[resource, code] += rows

    def refuse(
        self, row: int, problems: Iterable[Problem], *, patient: str | None = None, takes: Takes = "dates"
    ) -> None:
        """Refuse a row.

        Args:
            row: The row.
            problems: Everything that is wrong with it.
            patient: The patient; `None`: unknown.
            takes: What is unknown about the patient because of it.
        """
        for problem in problems:
            column = problem.place if problem.place in self._known_columns else _column(problem.place)
            fault = RefusedRow(row=row, column=column, code=problem.code, message=problem.worded(self._argument_names))
            self.share_names(fault)
            self._refused.append(fault)
        self._note_refused(takes, row, patient)
        if len(self._refused) > MOST_FAULTS:
            message = f"the file has more than {MOST_FAULTS:,} problems; correct its columns, then read it again"
            raise refused("too-large", f"row {row}", message)

    def lose_tests(self, row: int, *, patient: str | None) -> None:
        """Note that a row refused for another reason also held tests."""
        self._note_refused("tests", row, patient)

    def _note_refused(self, takes: Takes, row: int, patient: str | None) -> None:
        is_unknown = patient is None and not self._alone
        (self._unknown_patient[takes] if is_unknown else self._refused_of[takes][patient]).append(row)

    def intake(self, protocols: Collection[Protocol] = (), *, files: Collection[ReadFile] = ()) -> Intake:
        """Return the histories and the counts. Call it once: it empties the builder.

        Args:
            protocols: A test of theirs counts as recorded for every patient if any patient of the file has it (S32).
            files: The files of a folder, with their rows.
        """
        patients = self.infusions.keys() | self.about.keys() | self._observations.keys()
        patients = patients.union(*self._refused_of.values(), (one for one in self._others if one is not None))
        accepted = sum(map(len, self.infusions.values())) + self.used
        found = self._kinds_found(patients, protocols)
        return Intake(
            histories=tuple(
                self._history(patient, found, protocols) for patient in sorted(patients, key=lambda one: one or "")
            ),
            refused=tuple(sorted(self._refused, key=lambda fault: fault.row)),
            converted=tuple(self.converted),
            rows=self.rows,
            accepted=accepted,
            blank=self.blank,
            other=self._others.total(),
            superseded=self.superseded,
            files=tuple(files),
            skipped=tuple(
                SkippedRows(resource=resource, code=code, count=self._skipped[resource, code])
                for resource, code in sorted(self._skipped, key=lambda kind: (kind[0], kind[1] or ""))
            ),
        )

    def _kinds_found(self, patients: Collection[str | None], protocols: Collection[Protocol]) -> tuple[str, ...]:
        """Return the kinds of test that occur in a file of several patients; none for a single patient (S32)."""
        if len(patients) < 2:
            return ()
        about = (seen for fields in self.about.values() for seen in fields.get("observations", ()))
        rows = (seen for observations in self._observations.values() for seen in observations)
        return tuple(sorted(codes_for_everybody({seen.code for seen in (*about, *rows)}, protocols)))

    def _history(self, patient: str | None, found: tuple[str, ...], protocols: Collection[Protocol]) -> History:
        about = self.about.get(patient, {})
        observations = (*about.pop("observations", ()), *self._observations.pop(patient, ()))
        recorded = about.pop("tests_recorded", None)
        if found:
            own = known_codes([seen.code for seen in observations], protocols) if recorded is None else set(recorded)
            recorded = tuple(sorted(own.union(found)))
        unreadable, unreadable_tests = (
            tuple(sorted({*self._refused_of[takes].pop(patient, ()), *self._unknown_patient[takes][:NAMED_ROWS]}))
            for takes in _TAKING
        )
        history = History(
            patient=patient,
            **about,
            infusions=tuple(self.infusions.pop(patient, ())),
            observations=observations,
            unreadable=unreadable,
            unreadable_observations=unreadable_tests,
            tests_recorded=recorded,
            other_rows=self._others[patient],
        )
        self.share_names(history)
        return history

    def share_names(self, value: Model) -> None:
        """Make a value share the set of field names that pydantic stores in each value."""
        # With one set object for equal sets, a record takes 0.75 KB less.
        given = value.__pydantic_fields_set__
        object.__setattr__(value, "__pydantic_fields_set__", self._names.setdefault(frozenset(given), given))


def _column(place: str) -> str | None:
    if place in ("", InfusionRecord.__name__, History.__name__):
        return None
    return place if _PATH.fullmatch(place) else shape_of(place)
