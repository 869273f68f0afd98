"""Gather what a reader finds, row by row, into histories; every row is counted once.

A refused row of a known patient stands in that patient's history. If the patient is unknown, the row may be
anybody's, and stands in every history of the file (S06). A refused observation stands apart: it takes away only what
observations decide (S31).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
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
    RefusedRow,
    SkippedRows,
)
from lemtrada_schedule.records.recorded_tests import codes_for_everybody, known_codes
from lemtrada_schedule.records.recorded_values import PADDED_ID, trimmed_id
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.model import Model

__all__ = ["INFUSION_FIELDS", "Gathering", "Takes", "whose_row"]

INFUSION_FIELDS: Final = ("date", "started", "ended", "observed_until", "dose_mg", "status", "course")
"""What a file says of one infusion; the names of CSV columns and JSON keys."""

MOST_FAULTS: Final = 500_000
"""A file with more is not what its name says; its faults would take over 0.25 GB and 10 seconds."""

Takes = Literal["dates", "tests", "nothing"]
"""What a refused row takes away from its patient: every date, what observations decide, or nothing of either."""

_TAKING: Final[tuple[Takes, Takes]] = ("dates", "tests")

_PATH: Final = re.compile(r"[A-Za-z0-9_.\[\]]{1,128}")


def whose_row(given: object, faults: Iterable[Problem]) -> str | None:
    """Return the patient of a row whose id was refused: blanks around an id leave no doubt, all else does (S06)."""
    codes = {fault.code for fault in faults}
    return trimmed_id(given) if isinstance(given, str) and codes == {PADDED_ID} else None


class Gathering:
    """What has been found in a file so far."""

    def __init__(self, *, alone: bool = False) -> None:
        """Begin with nothing; `alone`: the file is about one patient, who is not named in it."""
        self.rows = 0
        self.blank = 0
        self.infusions: defaultdict[str | None, list[InfusionRecord]] = defaultdict(list)
        """The records of each patient; a patient with an empty list is known too."""
        self.about: dict[str | None, dict[str, Any]] = {}
        """Other fields of a patient's history, checked."""
        self.converted: list[ConvertedDay] = []
        self.used = 0
        """Rows that are accepted and no infusions."""
        self.superseded = 0
        self._observations: defaultdict[str | None, list[Observation]] = defaultdict(list)
        self._others: Counter[str | None] = Counter()
        self._skipped: Counter[tuple[str, str | None]] = Counter()
        self._refused: list[RefusedRow] = []
        self._own: dict[Takes, defaultdict[str | None, list[int]]] = {
            "dates": defaultdict(list), "tests": defaultdict(list), "nothing": defaultdict(list)
        }  # fmt: skip
        self._nobodys: dict[Takes, list[int]] = {"dates": [], "tests": [], "nothing": []}
        self._names: dict[frozenset[str], set[str]] = {}
        self._alone = alone
        if alone:
            self.infusions[None] = []

    def accept(self, patient: str | None, record: InfusionRecord) -> None:
        """Keep a record of a patient."""
        self.share_names(record)
        self.infusions[patient].append(record)

    def accept_observation(self, patient: str | None, observation: Observation) -> None:
        """Keep an observation that is a row of the file."""
        self.used += 1
        self._observations[patient].append(observation)

    def count_other(self, patient: str | None) -> None:
        """Count a row of another medicine; `None`: its patient is unknown."""
        self._others[patient] += 1

    def skip(self, resource: str, code: str | None = None) -> None:
        """Count a row that is skipped, by the type of its resource and a code."""
        self.blank += 1
        self._skipped[resource, code] += 1

    def refuse(
        self, row: int, problems: Iterable[Problem], *, patient: str | None = None, takes: Takes = "dates"
    ) -> None:
        """Refuse a row of a patient; of nobody if the patient is unknown.

        Args:
            row: The row.
            problems: Everything that is wrong with it.
            patient: Whose row it is.
            takes: What its patient's history loses by it.
        """
        for problem in problems:
            column = _column(problem.place)
            fault = RefusedRow(row=row, column=column, code=problem.code, message=problem.message)
            self.share_names(fault)
            self._refused.append(fault)
        if patient is None and not self._alone:
            self._nobodys[takes].append(row)
        else:
            self._own[takes][patient].append(row)
        if len(self._refused) > MOST_FAULTS:
            message = f"the file has more than {MOST_FAULTS:,} faults; correct its columns, then read it again"
            raise refused("too-large", f"row {row}", message)

    def lose_tests(self, row: int, *, patient: str | None) -> None:
        """Note that a row which is refused for another reason held tests too."""
        (self._nobodys["tests"] if patient is None and not self._alone else self._own["tests"][patient]).append(row)

    def intake(self, protocols: Collection[Protocol] = ()) -> Intake:
        """Return everything found. To be asked once: what was gathered is handed over.

        Args:
            protocols: Whose tests count as recorded for every patient where one patient has them (S32).
        """
        patients = self.infusions.keys() | self.about.keys() | self._observations.keys()
        patients = patients.union(*self._own.values(), (one for one in self._others if one is not None))
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
            skipped=tuple(
                SkippedRows(resource=resource, code=code, count=self._skipped[resource, code])
                for resource, code in sorted(self._skipped, key=lambda kind: (kind[0], kind[1] or ""))
            ),
        )

    def _kinds_found(self, patients: Collection[str | None], protocols: Collection[Protocol]) -> tuple[str, ...]:
        """Return the kinds of test that occur in a file of several patients; nothing for a single patient (S32)."""
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
            tuple(sorted({*self._own[takes].pop(patient, ()), *self._nobodys[takes][:NAMED_ROWS]})) for takes in _TAKING
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

    def share_names(self, noun: Model) -> None:
        """Let a noun share what pydantic keeps of the names of its fields."""
        # pydantic keeps with each noun a set of the fields it was given. Equal sets become one: a record then
        # takes 0.4 KB instead of 1.15.
        given = noun.__pydantic_fields_set__
        object.__setattr__(noun, "__pydantic_fields_set__", self._names.setdefault(frozenset(given), given))


def _column(place: str) -> str | None:
    if place in ("", InfusionRecord.__name__, History.__name__):
        return None
    return place if _PATH.fullmatch(place) else shape_of(place)
