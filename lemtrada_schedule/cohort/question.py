"""`Question` and `Columns`: the question about a cohort, and the names of its columns."""

import datetime as dt
import re
from dataclasses import dataclass, fields
from typing import ClassVar, Final

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.errors import InvalidInput, Problem, kind_of
from lemtrada_schedule.judging.evaluating import LONGEST_TOLERANCE, evaluate
from lemtrada_schedule.judging.verdicts import Evaluation
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History
from lemtrada_schedule.validation.accepted import DayLike
from lemtrada_schedule.validation.arguments import check_type, refused_argument
from lemtrada_schedule.validation.scalars import checked_date

__all__ = ["AT_ODDS", "Columns", "Question", "as_of_column", "checked_ignore", "checked_question"]

_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")

AT_ODDS: Final = "the rows of this patient have different dates here; give all rows of a patient the same date"
"""Why rows are refused whose patient has several dates of the question (`as-of-differs`)."""


@dataclass(frozen=True, slots=True, repr=False)
class Columns:
    """The cohort's own names of its columns; `None`: the usual name, if the cohort has such a column."""

    patient: str = "patient"
    date: str = "date"
    status: str | None = None
    infusion_minutes: str | None = None
    observation_minutes: str | None = None
    dose_mg: str | None = None
    course: str | None = None
    as_of: str | None = None
    """The column of each patient's own date of the question; `None`: there is one date for all patients."""

    table: ClassVar[str] = "the cohort"
    required: ClassVar[tuple[str, ...]] = ("patient", "date")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the table may have."""
        return tuple(one.name for one in fields(self) if one.name != "as_of" or self.as_of)

    @staticmethod
    def argument(column: str) -> str:
        """Return the argument that names a column."""
        return column

    def name_of(self, column: str) -> str | None:
        """Return the cohort's own name of a column; `None` if none was given."""
        name: str | None = getattr(self, column)
        return name

    def named(self) -> list[str]:
        """Return the arguments that name another column than the usual one."""
        return [one.name for one in fields(self) if self.name_of(one.name) != one.default]

    def checked(self) -> "Columns":
        """Return these columns; raise `InvalidInput` with every name that is not text."""
        names = {one.name: self.name_of(one.name) for one in fields(self)}
        wrong = {name: value for name, value in names.items() if value is not None and type(value) is not str}
        if wrong:
            message = "expected the name of a column, got {}"
            raise InvalidInput(Problem("wrong-type", n, message.format(kind_of(v)), n) for n, v in wrong.items())
        return self


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """The question about a cohort: protocol, clinic, date of the question and tolerance."""

    protocol: Protocol
    clinic: Clinic | None
    as_of: dt.date | None
    """`None`: a column says it for each patient."""
    tolerance_days: int

    def evaluation(self, history: History, as_of: dt.date) -> Evaluation:
        """Return the evaluation of one patient on a day."""
        return evaluate(history, self.protocol, as_of=as_of, clinic=self.clinic, tolerance_days=self.tolerance_days)


def checked_question(protocol: Protocol, as_of: DayLike, clinic: Clinic | None, tolerance_days: int) -> Question:
    """Return the validated question about a cohort.

    Raises:
        InvalidInput: An argument is not valid.
    """
    check_type(protocol, Protocol, "protocol")
    if clinic is not None:
        check_type(clinic, Clinic, "clinic")
    if type(tolerance_days) is not int or not 0 <= tolerance_days <= LONGEST_TOLERANCE:
        raise refused_argument(
            "out-of-range", "tolerance_days", f"expected a whole number from 0 to {LONGEST_TOLERANCE}"
        )
    day = None if as_of_column(as_of) else checked_date(as_of, "as_of")
    return Question(protocol, clinic, day, tolerance_days)


def checked_ignore(ignore: object) -> frozenset[str]:
    """Return the names of the columns to skip; raise `InvalidInput` if they are not a list of text."""
    if not isinstance(ignore, list | tuple | set | frozenset) or any(type(name) is not str for name in ignore):
        raise refused_argument("wrong-type", "ignore", "expected a list of column names")
    return frozenset(ignore)


def as_of_column(as_of: DayLike) -> str | None:
    """Return the name of the column that `as_of` names; `None` if it is a date.

    Text of the form YYYY-MM-DD is a date, whether or not the calendar has it; any other text names a column.
    """
    return as_of if isinstance(as_of, str) and as_of and not _DAY.fullmatch(as_of) else None
