"""Every error that the library raises: one family, each leaf also kin of a standard one.

```
ScheduleError                            anything the library refuses
├── InvalidInput        (ValueError)     data breaks its schema; `.problems` lists every fault
├── FrozenValue         (AttributeError) someone tried to change a value in place
├── UnknownName         (LookupError)    no protocol, country or subdivision is called that
├── UnreadableFile      (OSError)        a file is absent, too large or not text
├── LocalTimeError      (ValueError)     the clocks skip or repeat this wall time
├── HolidayDataMissing  (LookupError)    no public holiday data for a year that the plan needs
├── NoFeasibleStart     (RuntimeError)   the clinic has no block of open days within the search
├── MissingExtra        (ImportError)    an optional package that this needs is not installed
├── PlanMismatch        (ValueError)     two things were given that do not belong together
└── ScreenDiffers       (RuntimeError)   an audit's screen and `evaluate` say different things of a patient
```

An error says where (`place`), what was got, what is expected and what to do. It never holds the
offending value: text is described by its shape alone (`"####-##-##"`), everything else by its type.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

__all__ = [
    "FrozenValue",
    "HolidayDataMissing",
    "InvalidInput",
    "LocalTimeError",
    "MissingExtra",
    "NoFeasibleStart",
    "PlanMismatch",
    "Problem",
    "ScheduleError",
    "ScreenDiffers",
    "UnknownName",
    "UnreadableFile",
    "kind_of",
    "plain",
    "shape_of",
]

SHOWN_PROBLEMS: Final = 50
MOST_PROBLEMS: Final = 1_000
"""How many problems an error lists; nobody reads more, and a file of 16 MiB may have millions."""
MORE_PROBLEMS: Final = "more-problems"
SHOWN_SHAPE: Final = 24


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an input: its stable code, where it stands, and what to do about it."""

    code: str
    place: str
    message: str

    def __str__(self) -> str:
        """Return the problem as one line: place, message, code."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message} [{self.code}]"


class ScheduleError(Exception):
    """The family of every error of this library.

    `code` is stable for ever, `place` names the field, row or file, `message` says what to do.
    """

    def __init__(self, code: str, message: str, *, place: str = "") -> None:
        """Keep the three parts; the text of the error is all of them in one line."""
        super().__init__(str(Problem(code, place, message)))
        self.code = code
        self.place = place
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        """Take the parts along to other processes; an exception by itself only takes its text."""
        return _again, (type(self), self.args), self.__dict__


def _again(kind: type[ScheduleError], args: tuple[Any, ...]) -> ScheduleError:
    error = kind.__new__(kind)
    error.args = args
    return error


class InvalidInput(ScheduleError, ValueError):
    """Data breaks its schema. `problems` holds the faults found, in the order of the input.

    After the first 1,000, one more (`more-problems`) says how many were not listed.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Take all problems at once; the text shows the first 50 and counts the rest."""
        found = iter(problems)
        listed = list(islice(found, MOST_PROBLEMS))
        last = next(found, None)
        unlisted = 0 if last is None else 1 + sum(1 for _ in found)
        if last is not None and (unlisted > 1 or last.code != MORE_PROBLEMS):
            message = f"at least {unlisted:,} more problems are not listed; fix these first"
            last = Problem(MORE_PROBLEMS, "", message)
        self.problems: tuple[Problem, ...] = (*listed, last) if last else tuple(listed)
        first = self.problems[0]
        super().__init__(first.code, first.message, place=first.place)
        self.args = (self._text(),)

    def _text(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        if hidden := self.problems[SHOWN_PROBLEMS:]:
            more = hidden[-1].code == MORE_PROBLEMS
            lines.append(f"… and {len(hidden) - more:,} more")
            lines += [hidden[-1].message] if more else []
        return "\n".join(lines)

    def under(self, prefix: str) -> "InvalidInput":
        """Return the same problems with their places put below `prefix` (a file, a row)."""
        return InvalidInput(
            Problem(p.code, f"{prefix}: {p.place}" if p.place else prefix, p.message) for p in self.problems
        )


class FrozenValue(ScheduleError, AttributeError):
    """Someone tried to set or delete a field. Values are frozen: make a new one instead."""


class UnknownName(ScheduleError, LookupError):
    """No protocol, country, subdivision or finding is called that."""


class UnreadableFile(ScheduleError, OSError):
    """A file cannot be read: absent, a folder, too large, or not UTF-8 text."""


class LocalTimeError(ScheduleError, ValueError):
    """A wall time that the clocks skip or repeat on that day; `nearest` holds the real times around it."""

    def __init__(self, code: str, message: str, *, place: str, nearest: tuple[str, str]) -> None:
        """Keep the two nearest real wall times, earlier and later, as `HH:MM`."""
        super().__init__(code, message, place=place)
        self.nearest = nearest


class HolidayDataMissing(ScheduleError, LookupError):
    """No public holiday data is known for a year that the plan needs."""


class NoFeasibleStart(ScheduleError, RuntimeError):
    """The clinic has no block of consecutive open days that is long enough within the search bound.

    `longest_run` is the longest run of open days found, `not_before` and `last_start` are the first
    and the last start day tried, both included.
    """

    def __init__(self, message: str, *, place: str, longest_run: int, not_before: date, last_start: date) -> None:
        """Keep what the search found."""
        super().__init__("no-feasible-start", message, place=place)
        self.longest_run = longest_run
        self.not_before = not_before
        self.last_start = last_start


class MissingExtra(ScheduleError, ImportError):
    """An optional package is not installed; the message says which extra brings it."""

    def __init__(self, extra: str, package: str) -> None:
        """Name the extra of this library and the package it brings."""
        message = f"{package} is not installed; run: pip install 'lemtrada_schedule[{extra}]'"
        super().__init__("missing-extra", message, place=package)


class PlanMismatch(ScheduleError, ValueError):
    """Two things were given that do not belong together, such as a plan and another protocol."""


class ScreenDiffers(ScheduleError, RuntimeError):
    """An audit's screen and `evaluate` say different things of a patient: a fault of ours, or the rows have changed."""


def kind_of(value: object) -> str:
    """Return what kind of thing a value is, in words, without the value: `a datetime`, `text`."""
    names = {"NoneType": "nothing (None)", "str": "text", "bool": "true/false", "int": "a whole number"}
    name = type(value).__name__
    return names.get(name, f"a value of type {name}")


def plain(name: str) -> str:
    """Return a name that fits on one line of any terminal: what cannot be printed is named as `U+XXXX`.

    >>> plain("clinic" + chr(10) + ".toml")
    'clinicU+000A.toml'
    """
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in name)


def _mark(character: str) -> str:
    if character.isdigit():
        return "#" if character.isascii() else f"U+{ord(character):04X}"
    if character.isalpha():
        return ("X" if character.isupper() else "x") if character.isascii() else f"U+{ord(character):04X}"
    plain = character.isascii() and (character == " " or unicodedata.category(character)[0] in "PS")
    return character if plain else f"U+{ord(character):04X}"


def shape_of(value: object) -> str:
    """Return how a value looks without what it says.

    Digits become `#`, letters `x` or `X`; any other character that is not plain ASCII is named as
    `U+XXXX`. What is not text is described by its type.

    >>> shape_of("03/06/2026")
    'text shaped "##/##/####"'
    >>> shape_of(46087)
    'a whole number'
    """
    if type(value) is not str:
        return kind_of(value)
    if not value:
        return "empty text"
    shape = "".join(_mark(character) for character in value[:SHOWN_SHAPE])
    return f'text shaped "{shape}{"…" if len(value) > SHOWN_SHAPE else ""}"'
