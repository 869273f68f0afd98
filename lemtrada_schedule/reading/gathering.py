"""Gather what a reader finds, row by row, into histories; every row is accepted, refused or blank.

A refused row of a known patient is told in that patient's history. Where it cannot be told whose row it is,
it may be anybody's, and every history of the file tells it (S06).
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from lemtrada_schedule._doors import refused
from lemtrada_schedule._model import Model
from lemtrada_schedule.errors import Problem, shape_of
from lemtrada_schedule.records import ConvertedDay, History, InfusionRecord, Intake, RefusedRow

__all__ = ["INFUSION_FIELDS", "Gathering"]

INFUSION_FIELDS: Final = ("date", "started", "ended", "observed_until", "dose_mg", "status", "course")
"""What a file says of one infusion; the names of CSV columns and JSON keys."""
NAMED_ROWS: Final = 50
"""How many rows of nobody each history names. All of them stand in `Intake.refused`; named in each of a hundred
thousand histories, a hundred thousand rows would fill the memory and tell nobody more."""
MOST_FAULTS: Final = 500_000
"""A file with more is not what its name says; its faults would take over 0.25 GB and 10 seconds."""
_PATH: Final = re.compile(r"[A-Za-z0-9_.\[\]]{1,128}")


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
        self._refused: list[RefusedRow] = []
        self._own: defaultdict[str | None, list[int]] = defaultdict(list)
        self._nobodys: list[int] = []
        self._names: dict[frozenset[str], set[str]] = {}
        self._alone = alone
        if alone:
            self.infusions[None] = []

    def accept(self, patient: str | None, record: InfusionRecord) -> None:
        """Keep a record of a patient."""
        self._share_names(record)
        self.infusions[patient].append(record)

    def refuse(self, row: int, problems: Iterable[Problem], *, patient: str | None = None) -> None:
        """Refuse a row of a patient; of nobody where the patient is not given."""
        for problem in problems:
            column = _column(problem.place)
            fault = RefusedRow(row=row, column=column, code=problem.code, message=problem.message)
            self._share_names(fault)
            self._refused.append(fault)
        if patient is None and not self._alone:
            self._nobodys.append(row)
        else:
            self._own[patient].append(row)
        if len(self._refused) > MOST_FAULTS:
            message = f"the file has more than {MOST_FAULTS:,} faults; correct its columns, then read it again"
            raise refused("too-large", f"row {row}", message)

    def intake(self) -> Intake:
        """Return everything found. To be asked once: what was gathered is handed over."""
        patients = sorted(self.infusions.keys() | self._own.keys() | self.about.keys(), key=lambda name: name or "")
        accepted = sum(map(len, self.infusions.values()))
        return Intake(
            histories=tuple(self._history(patient) for patient in patients),
            refused=tuple(self._refused),
            converted=tuple(self.converted),
            rows=self.rows,
            accepted=accepted,
            blank=self.blank,
        )

    def _history(self, patient: str | None) -> History:
        unreadable = {*self._own.pop(patient, ()), *self._nobodys[:NAMED_ROWS]}
        history = History(
            patient=patient,
            **self.about.get(patient, {}),
            infusions=tuple(self.infusions.pop(patient, ())),
            unreadable=tuple(sorted(unreadable)),
        )
        self._share_names(history)
        return history

    def _share_names(self, noun: Model) -> None:
        # pydantic keeps with each noun a set of the fields it was given. Equal sets become one: a record then
        # takes 0.4 KB instead of 1.15.
        given = noun.__pydantic_fields_set__
        object.__setattr__(noun, "__pydantic_fields_set__", self._names.setdefault(frozenset(given), given))


def _column(place: str) -> str | None:
    if place in ("", InfusionRecord.__name__, History.__name__):
        return None
    return place if _PATH.fullmatch(place) else shape_of(place)
