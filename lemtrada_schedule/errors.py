"""Every error that the library raises: one family; each error class also derives from a built-in exception.

```
ScheduleError                            base class of all errors
├── InvalidInput        (ValueError)     data breaks its schema; `.problems` lists them all
├── FrozenValue         (AttributeError) a field of a value was set or deleted
├── UnknownName         (LookupError)    no protocol, country or subdivision has this name
├── UnreadableFile      (OSError)        a file is missing, too large or not text
├── LocalTimeError      (ValueError)     the clocks skip or repeat this wall time
├── HolidayDataMissing  (LookupError)    no public holiday data for a year that the plan needs
├── NoFeasibleStart     (RuntimeError)   the clinic has no block of open days within the search
├── MissingExtra        (ImportError)    an optional package that this needs is not installed
├── PlanMismatch        (ValueError)     two arguments do not belong together
└── ScreenDiffers       (RuntimeError)   `audit` and `evaluate` disagree about a patient
```

An error says where (`place`), which argument of the call (`argument`), what was found, what was expected and what to
do. It never holds the offending value: text is described by its shape (`"####-##-##"`), everything else by its type.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
    "Remedy",
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
"""Maximum number of problems that an error lists; a file of 16 MiB may have millions."""
MORE_PROBLEMS: Final = "more-problems"
SHOWN_SHAPE: Final = 24
SHOWN_LINE: Final = 120


@dataclass(frozen=True, slots=True, repr=False)
class Problem:
    """One thing that is wrong with an input: a stable code, where it is, and what to do about it."""

    code: str
    place: str
    """The field, row, file or argument; empty for the input as a whole."""
    message: str
    argument: str | None = None
    """The argument of the call that the problem is about, such as `not_before`; `None` where it is about data."""
    parts: tuple["str | Remedy", ...] = ()
    """The parts of a message that advises to pass arguments: text and `Remedy`; empty for any other message."""

    @classmethod
    def advising(cls, code: str, place: str, *parts: "str | Remedy", argument: str | None = None) -> "Problem":
        """Return a problem whose message advises to pass arguments, from the parts of the message."""
        return cls(code, place, _joined(parts, {}), argument, parts)

    @property
    def remedies(self) -> tuple[str, ...]:
        """The arguments that would solve the problem, such as `ignore`."""
        return tuple(part.argument for part in self.parts if isinstance(part, Remedy))

    def __repr__(self) -> str:
        """Return the code and the place on one line of at most 120 characters; `str` has the message."""
        line = f"Problem({self.code}{f' at {plain(self.place)}' if self.place else ''})"
        return line if len(line) <= SHOWN_LINE else f"{line[: SHOWN_LINE - 2]}…)"

    def __str__(self) -> str:
        """Return the problem as one line: place, message, code."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message} [{self.code}]"

    def worded(self, names: Mapping[str, str]) -> str:
        """Return the message with the remedies under other names, such as the options of the command line.

        A remedy with an empty name does not exist there: it is omitted, with the text just before it.

        >>> problem = Problem.advising("unknown-key", "line 1", "skip it with ", Remedy("ignore"))
        >>> problem.message
        'skip it with `ignore`'
        >>> problem.worded({"ignore": "--ignore"})
        'skip it with `--ignore`'
        """
        return _joined(self.parts, names) if self.parts else self.message


@dataclass(frozen=True, slots=True)
class Remedy:
    """An argument that a message advises to pass."""

    argument: str
    value: str = ""
    """The value to pass, if the message names it: `="assumed"`; or `=`."""


def _joined(parts: "Iterable[str | Remedy]", names: Mapping[str, str]) -> str:
    words: list[str] = []
    for part in parts:
        if isinstance(part, str):
            words.append(part)
        elif name := _spelled(part, names):
            words.append(f"`{name}`")
        else:
            words.pop()
    return "".join(words)


def _spelled(remedy: Remedy, names: Mapping[str, str]) -> str:
    return names.get(remedy.argument, f"{remedy.argument}{remedy.value}")


class ScheduleError(Exception):
    """Base class of all errors of this library.

    `code` never changes, `place` names the field, row, file or argument, `message` says what to do. `argument` names
    the argument of the call that the error is about, if it is about one.
    """

    def __init__(self, code: str, message: str, *, place: str = "", argument: str | None = None) -> None:
        """Keep the parts; the text of the error is place, message and code on one line."""
        super().__init__(str(Problem(code, place, message)))
        self.code = code
        self.place = place
        self.message = message
        self.argument = argument

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle all attributes; by default only the text of an exception survives."""
        return _again, (type(self), self.args), self.__dict__


def _again(kind: type[ScheduleError], args: tuple[Any, ...]) -> ScheduleError:
    error = kind.__new__(kind)
    error.args = args
    return error


class InvalidInput(ScheduleError, ValueError):
    """Data breaks its schema, or an argument is not valid. `problems` lists everything found, in input order.

    After the first 1,000 problems, one more (`more-problems`) gives the number of those not listed.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Take all problems; the text shows the first 50 and counts the rest."""
        found = iter(problems)
        listed = list(islice(found, MOST_PROBLEMS))
        last = next(found, None)
        unlisted = 0 if last is None else 1 + sum(1 for _ in found)
        if last is not None and (unlisted > 1 or last.code != MORE_PROBLEMS):
            message = f"at least {unlisted:,} more problems are not listed; fix these first"
            last = Problem(MORE_PROBLEMS, "", message)
        self.problems: tuple[Problem, ...] = (*listed, last) if last else tuple(listed)
        first = self.problems[0]
        super().__init__(first.code, first.message, place=first.place, argument=first.argument)
        self.args = (self._text(),)

    def _text(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        if hidden := self.problems[SHOWN_PROBLEMS:]:
            more = hidden[-1].code == MORE_PROBLEMS
            lines.append(f"… and {len(hidden) - more:,} more")
            lines += [hidden[-1].message] if more else []
        return "\n".join(lines)

    def under(self, prefix: str) -> "InvalidInput":
        """Return the same problems with `prefix` (a file, a row) before each place."""
        return InvalidInput(
            replace(one, place=f"{prefix}: {one.place}" if one.place else prefix) for one in self.problems
        )


class FrozenValue(ScheduleError, AttributeError):
    """A field of a value was set or deleted. Values are frozen: make a new one with `model_copy(update={…})`."""


class UnknownName(ScheduleError, LookupError):
    """No protocol, country, subdivision or finding has this name."""


class UnreadableFile(ScheduleError, OSError):
    """A file cannot be read: it is missing, a folder, too large, or not UTF-8 text."""


class LocalTimeError(ScheduleError, ValueError):
    """A wall time that the clocks skip or repeat on that day; `nearest` holds the nearest real times."""

    def __init__(self, code: str, message: str, *, place: str, nearest: tuple[str, str]) -> None:
        """Keep the nearest real wall times, the earlier and the later one, as `HH:MM`."""
        super().__init__(code, message, place=place)
        self.nearest = nearest


class HolidayDataMissing(ScheduleError, LookupError):
    """No public holiday data is known for a year that the plan needs."""


class NoFeasibleStart(ScheduleError, RuntimeError):
    """The clinic has no block of consecutive open days that is long enough within the days searched.

    `longest_run` is the length in days of the longest run of open days found. `not_before` and `last_start` are the
    first and the last start day tried, both inclusive.
    """

    def __init__(self, message: str, *, place: str, longest_run: int, not_before: date, last_start: date) -> None:
        """Keep the result of the search."""
        super().__init__("no-feasible-start", message, place=place)
        self.longest_run = longest_run
        self.not_before = not_before
        self.last_start = last_start


class MissingExtra(ScheduleError, ImportError):
    """An optional package is not installed; the message says which extra installs it."""

    def __init__(self, extra: str, package: str) -> None:
        """Name the extra of this library and the package that it installs."""
        command = f"pip install 'lemtrada_schedule[{extra}]'"
        message = f"{package} is not installed; run: {command}; in a copy of the repository: uv sync --extra {extra}"
        super().__init__("missing-extra", message, place=package)


class PlanMismatch(ScheduleError, ValueError):
    """Two arguments do not belong together, such as a plan and another protocol than its own."""


class ScreenDiffers(ScheduleError, RuntimeError):
    """An audit and `evaluate` disagree about a patient: a bug in this library, or the rows were changed."""


def kind_of(value: object) -> str:
    """Describe the type of a value in words, without the value itself: `text`, `a whole number`."""
    names = {"NoneType": "nothing (None)", "str": "text", "bool": "true/false", "int": "a whole number"}
    name = type(value).__name__
    return names.get(name, f"a value of type {name}")


def plain(name: str) -> str:
    """Return a name on one printable line: other characters are written as `U+XXXX`.

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
    """Describe the shape of a value, without the value itself.

    Digits become `#`, letters `x` or `X`; other characters outside printable ASCII are written as `U+XXXX`. A value
    that is not text is described by its type.

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
