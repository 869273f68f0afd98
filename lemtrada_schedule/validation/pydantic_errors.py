"""Convert pydantic's validation errors to our `Problem`s: with places, codes and advice, without any value."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from lemtrada_schedule.errors import MORE_PROBLEMS, MOST_PROBLEMS, InvalidInput, Problem, ScheduleError, plain, shape_of
from lemtrada_schedule.validation.near_names import near_miss, unknown_key

__all__ = ["ItemFaults", "problems_of"]

LONGEST_NAME: Final = 64

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


class ItemFaults:
    """Collect the errors of a long list that is validated in chunks, with indices into the whole list."""

    def __init__(self) -> None:
        self.lines: list[InitErrorDetails] = []
        self._title = ""

    def __repr__(self) -> str:
        """Show the number of errors, and none of the values."""
        return f"{len(self.lines)} faults"

    @property
    def is_full(self) -> bool:
        """Whether the maximum number of errors is reached."""
        return len(self.lines) >= MOST_PROBLEMS

    def add(self, error: ValidationError, first: int, *, unchecked: int) -> None:
        """Add the errors of a chunk that starts at index `first`; `unchecked` items follow it."""
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
        """Return all errors as one `ValidationError`."""
        return ValidationError.from_exception_data(self._title, self.lines, hide_input=True)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _inside(here: list[type[BaseModel]], step: int | str) -> list[type[BaseModel]]:
    """Return the models one step further down: those of a field, or the one that a union's tag selects."""
    fields = [model.model_fields[step] for model in here if type(step) is str and step in model.model_fields]
    tagged = [m for m in here if "kind" in m.model_fields and step in get_args(m.model_fields["kind"].annotation)]
    return [inner for field in fields for inner in _models_in(field.annotation)] if fields else tagged or here


def _step_in(data: Any, step: int | str) -> Any:
    if type(data) is dict:
        return data.get(step)
    return data[step] if type(data) in (list, tuple) and type(step) is int and step < len(data) else None


def _shown(step: int | str, part: Any) -> str:
    """Return one step of a place: an item of a list is named by its id, if it has one."""
    name = part.get("id") if type(step) is int and type(part) is dict else None
    return name if type(name) is str and _ID.fullmatch(name) else plain(str(step))[:LONGEST_NAME]


def _place(fault: Mapping[str, Any], model: type[BaseModel], data: Any) -> tuple[list[str], set[str], bool]:
    """Return the steps to a fault, the fields known at the last step, and whether keys there may be a patient's."""
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


def _message(code: str, kind: str, fault: Mapping[str, Any], names: set[str]) -> str:
    got = shape_of(fault["input"])
    match code:
        case "missing-field":
            return "this field is missing; add it"
        case "unknown-key":
            return f"unrecognised key{near_miss(fault['loc'][-1], names)}"
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
        yield Problem(code, where, _message(code, kind, fault, names))


def problems_of(error: ValidationError, model: type[BaseModel], data: Any) -> InvalidInput:
    """Return pydantic's errors as one `InvalidInput`: every error with its path, code and advice, without any value.

    `data` is the input that was refused; it gives the ids by which items of lists are named.
    """
    faults = error.errors(include_url=False)
    # A union tries a fast branch first; the error of its second branch describes what is wrong.
    reported = [fault for fault in faults if "~fast" not in fault["loc"]]
    listed, unlisted = reported[: MOST_PROBLEMS + 1], reported[MOST_PROBLEMS + 1 :]
    problems = (problem for fault in listed for problem in _problems(fault, model, data))
    return InvalidInput(chain(problems, (Problem(fault["type"], "", "") for fault in unlisted)))
