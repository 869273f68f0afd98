"""`CohortSource`: how a cohort is read by a `Source`; its columns are found in the header of a frame or file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from lemtrada_schedule.cohort.question import Columns
from lemtrada_schedule.cohort.screen.chunks import AS_OF, DATE, INFUSION, MG, OBSERVATION, PATIENT
from lemtrada_schedule.errors import InvalidInput, Problem, Remedy, shape_of
from lemtrada_schedule.sources.headers import HEADER, columns_of
from lemtrada_schedule.sources.source import LONGEST_NAME, OWN_COLUMNS, ReadRule, Source, SourceColumns
from lemtrada_schedule.validation.arguments import refused_argument

__all__ = ["CohortSource", "own_source"]

_ONLY_OURS: Final = ("started", "ended", "observed_until")
"""The columns of this library's own CSV that no argument of `audit` names."""

_FACTS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType({
    INFUSION: (("infusion_minutes",), ("started", "ended"), ("action",)),
    OBSERVATION: (("observation_minutes",), ("ended", "observed_until")),
    MG: (("dose_mg",), ("units",)),
})  # fmt: skip
"""The columns of a source that hold a fact of an infusion, any of which is enough."""


@dataclass(frozen=True, slots=True, repr=False)
class CohortSource:
    """A source, and the column with each patient's own date of the question."""

    source: Source
    as_of: str | None = None
    ignore: frozenset[str] = frozenset()
    """Further columns that are skipped, by the table's names."""

    def checked(self) -> "CohortSource":
        """Return these columns; raise `InvalidInput` if the source has no column of the patient."""
        if PATIENT in self.source.names:
            return self
        message = "the source names no column of the patient, so the table is about one patient; add `columns.patient`"
        raise refused_argument("missing-field", "source", message)

    def found(self, there: Sequence[object]) -> dict[str, str]:
        """Return the names of the columns that are read, ours and the table's, each column once.

        Raises:
            InvalidInput: With every problem of the header.
        """
        own = self.ignore if self.as_of is None else self.ignore | {self.as_of}
        header = [name if isinstance(name, str) else "" for name in there]  # pandas has columns with other names
        try:
            columns_of(header, self.source, own)
        except InvalidInput as error:
            problems = [replace(one, place="" if one.place == HEADER else one.place) for one in error.problems]
        else:
            problems = []
        if self.as_of is not None and self.as_of not in header:
            problems.append(Problem("missing-field", self.as_of, _NO_AS_OF))
        if problems:
            raise InvalidInput(problems)
        names: dict[str, str] = {}
        for ours, theirs in (*self.source.names.items(), *([] if self.as_of is None else [(AS_OF, self.as_of)])):
            if theirs in header and theirs not in names.values():
                names[ours] = theirs
        return names

    def facts(self) -> dict[str, str]:
        """Return the facts of infusions that the source has, each with the table's name of a column that holds it."""
        names = self.source.names
        held = {PATIENT: names.get(PATIENT, ""), DATE: names.get(DATE) or names.get("time", "")}
        for fact, ways in _FACTS.items():
            if way := next((way for way in ways if set(way) <= names.keys()), None):
                held[fact] = names[way[0]]
        return held


_NO_AS_OF: Final = "the table has no such column; name a column of dates, or give one date as YYYY-MM-DD"


def own_source(header: Sequence[str], found: Mapping[str, str], asked: Columns, ignore: frozenset[str]) -> Source:
    """Return the source of a text file that has this library's own columns, or columns that arguments name.

    Args:
        header: The columns of the file.
        found: The file's own name of each column that `audit` reads.
        asked: The arguments.
        ignore: Columns to skip.

    Raises:
        InvalidInput: The file has other columns.
    """
    names = {name: theirs for name, theirs in found.items() if name != AS_OF}
    for name in (one for one in OWN_COLUMNS if one in _ONLY_OURS):
        if name in header and name not in names.values() and name != asked.as_of:
            names[name] = name
    read = {*names.values(), *ignore, asked.as_of}
    if others := [(place, name) for place, name in enumerate(header, start=1) if name not in read]:
        raise InvalidInput(_not_known(*other) for other in others)
    return Source(columns=SourceColumns(**names), read=ReadRule())


def _not_known(place: int, name: str) -> Problem:
    shown = repr(name) if name.isprintable() and len(name) <= LONGEST_NAME else shape_of(name)
    message = f"column {place} of the header is not recognised, got {shown}; to skip it, name it in "
    return Problem.advising("unknown-key", HEADER, message, Remedy("ignore"))
