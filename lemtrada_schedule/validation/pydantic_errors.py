"""Turn what pydantic found wrong into problems of our own: with places, codes and cures, without any value."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from lemtrada_schedule.errors import MORE_PROBLEMS, MOST_PROBLEMS, InvalidInput, Problem, ScheduleError, plain, shape_of

__all__ = ["ItemFaults", "near_miss", "problems_of", "unknown_key"]

LONGEST_NAME: Final = 64

MOST_NAMES: Final = 500
"""Among more names than these none is looked for: each takes some microseconds."""

_CODES = {
    "missing": "missing-field",
    "extra_forbidden": "unknown-key",
    "literal_error": "unknown-name",
    "union_tag_invalid": "unknown-name",
    "union_tag_not_found": "missing-field",
}

_EXPECTED = {
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "text without lone surrogates",
    "tuple_type": "a list",
    "model_type": "a table of fields",
    "model_attributes_type": "a table of fields",
    "invalid_key": "text as the name of a field",
}

_RANGES = ("greater_than", "less_than", "too_short", "too_long")

_QUOTED: Final = re.compile(r"'([^']*)'")

_ID: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}(/[a-z0-9._-]{1,32}){0,2}")


def near_miss(name: object, known: Iterable[str]) -> str:
    """Return `; did you mean …?` for the known name that is nearest, or nothing where none is near."""
    if type(name) is not str or len(name) > LONGEST_NAME:
        return ""
    names = tuple(known)
    return _nearest(name, tuple(sorted(names))) if len(names) <= MOST_NAMES else ""


@lru_cache(maxsize=256)
def _nearest(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, n=1)  # slow, and a file has the same wrong key in every row
    return f"; did you mean {close[0]!r}?" if close else ""


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Return what is wrong with a key that may be a patient's: its shape, and the known key that is nearest."""
    return f"a key here is not known, got {shape_of(key)}{near_miss(key.lower(), known)}"


class ItemFaults:
    """The faults of a long list that is checked in steps, with their places in the whole of it."""

    def __init__(self) -> None:
        self.lines: list[InitErrorDetails] = []
        self._title = ""

    def __repr__(self) -> str:
        """Say how many faults there are, and nothing of what was refused."""
        return f"{len(self.lines)} faults"

    @property
    def is_full(self) -> bool:
        """Whether more faults would not be listed."""
        return len(self.lines) >= MOST_PROBLEMS

    def add(self, error: ValidationError, first: int, *, unchecked: int) -> None:
        """Take the faults of the items from `first` on; so many items come after them."""
        self._title = error.title
        for fault in error.errors(include_url=False):
            context = fault.get("ctx", {})
            own = PydanticCustomError(fault["type"], "{message}", context) if "message" in context else fault["type"]
            place = (int(fault["loc"][0]) + first, *fault["loc"][1:])
            self.lines.append(InitErrorDetails(type=own, loc=place, input=fault["input"], ctx=context))
        if self.is_full and unchecked > 0:
            message = f"{unchecked:,} items after these were not checked; fix these first"
            more = PydanticCustomError(MORE_PROBLEMS, "{message}", {"message": message})
            self.lines.append(InitErrorDetails(type=more, loc=(), input=None))

    def refusal(self) -> ValidationError:
        """Return all of them as one error."""
        return ValidationError.from_exception_data(self._title, self.lines, hide_input=True)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _inside(here: list[type[BaseModel]], step: int | str) -> list[type[BaseModel]]:
    """Return the nouns that may stand one step further: those of a field, or the one that a union's tag names."""
    fields = [model.model_fields[step] for model in here if type(step) is str and step in model.model_fields]
    tagged = [m for m in here if "kind" in m.model_fields and step in get_args(m.model_fields["kind"].annotation)]
    return [inner for field in fields for inner in _models_in(field.annotation)] if fields else tagged or here


def _step_in(data: Any, step: int | str) -> Any:
    if type(data) is dict:
        return data.get(step)
    return data[step] if type(data) in (list, tuple) and type(step) is int and step < len(data) else None


def _shown(step: int | str, part: Any) -> str:
    """Return a step of a place: an item of a list by its id, if it has one."""
    name = part.get("id") if type(step) is int and type(part) is dict else None
    return name if type(name) is str and _ID.fullmatch(name) else plain(str(step))[:LONGEST_NAME]


def _place(fault: Mapping[str, Any], model: type[BaseModel], data: Any) -> tuple[list[str], set[str], bool]:
    """Return the steps to a fault, as they stand in the data, and the field names known where the last one is.

    Also whether a key that is not known there may be a patient's.
    """
    here, shown, names, private = [model], [], set[str](), False
    for step in fault["loc"]:
        names = {name for noun in here for name in noun.model_fields}
        private = any(getattr(noun, "hides_keys", False) for noun in here)
        inside, part = _inside(here, step), _step_in(data, step)
        is_tag = len(here) > 1 and len(inside) == 1 and step not in names
        if not is_tag and not str(step).startswith("~"):
            shown.append(_shown(step, None if private else part))
            data = part
        here = inside
    return shown, names, private


def _sentence(code: str, kind: str, fault: Mapping[str, Any], names: set[str]) -> str:
    got = shape_of(fault["input"])
    match code:
        case "missing-field":
            return "this field is missing; add it"
        case "unknown-key":
            return f"this key is not known{near_miss(fault['loc'][-1], names)}"
        case "unknown-name":
            return _not_one_of(fault)
        case "out-of-range":
            return f"{fault['msg'][0].lower()}{fault['msg'][1:]}"
        case _:
            return f"expected {_EXPECTED.get(kind, kind.removesuffix('_type').replace('_', ' '))}, got {got}"


def _not_one_of(fault: Mapping[str, Any]) -> str:
    context = fault["ctx"]
    got = fault["input"].get("kind") if "expected_tags" in context else fault["input"]
    expected = context.get("expected") or context["expected_tags"]
    return f"expected one of {expected}, got {shape_of(got)}{near_miss(got, _QUOTED.findall(expected))}"


def _problems(fault: Mapping[str, Any], model: type[BaseModel], data: Any) -> Iterator[Problem]:
    kind, context = fault["type"], fault.get("ctx", {})
    steps, names, private = _place(fault, model, data)
    if kind.startswith("union_tag"):
        steps.append("kind")
    if kind == "extra_forbidden" and private:
        yield Problem("unknown-key", ".".join(steps[:-1]) or model.__name__, unknown_key(str(fault["loc"][-1]), names))
        return
    where = ".".join(steps) or model.__name__
    if isinstance(inner := context.get("error"), ScheduleError):
        found = inner.problems if isinstance(inner, InvalidInput) else [inner]
        yield from (Problem(one.code, ".".join(filter(None, (*steps, one.place))), one.message) for one in found)
    elif "message" in context:
        yield Problem(kind, where, context["message"])
    else:
        code = _CODES.get(kind) or ("out-of-range" if any(r in kind for r in _RANGES) else "wrong-type")
        yield Problem(code, where, _sentence(code, kind, fault, names))


def problems_of(error: ValidationError, model: type[BaseModel], data: Any) -> InvalidInput:
    """Return pydantic's findings as ours: all of them, with paths, codes and cures, without any value.

    `data` is what was refused: items of its lists are named by their ids.
    """
    faults = error.errors(include_url=False)
    # A derived date is tried the fast way first; the refusal of the second way says what is wrong.
    told = [fault for fault in faults if "~fast" not in fault["loc"]]
    listed, unlisted = told[: MOST_PROBLEMS + 1], told[MOST_PROBLEMS + 1 :]
    problems = (problem for fault in listed for problem in _problems(fault, model, data))
    return InvalidInput(chain(problems, (Problem(fault["type"], "", "") for fault in unlisted)))
