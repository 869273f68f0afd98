"""Turn what pydantic found wrong into problems of our own: with places, codes and cures, without any value."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from lemtrada_schedule.errors import InvalidInput, Problem, ScheduleError, plain, shape_of

__all__ = ["near_miss", "problems_of"]

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


def near_miss(name: object, known: Iterable[str]) -> str:
    """Return `; did you mean …?` for the known name that is nearest, or nothing where none is near."""
    short = type(name) is str and len(name) <= LONGEST_NAME
    close = difflib.get_close_matches(str(name), sorted(known), n=1) if short else []
    return f"; did you mean {close[0]!r}?" if close else ""


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


def _place(fault: Mapping[str, Any], model: type[BaseModel], data: Any) -> tuple[list[str], set[str]]:
    """Return the steps to a fault, as they stand in the data, and the field names known where the last one is."""
    here, shown, names = [model], [], set[str]()
    for step in fault["loc"]:
        names = {name for noun in here for name in noun.model_fields}
        inside, part = _inside(here, step), _step_in(data, step)
        is_tag = len(here) > 1 and len(inside) == 1 and step not in names
        if not is_tag and not str(step).startswith("~"):
            shown.append(_shown(step, part))
            data = part
        here = inside
    return shown, names


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
    steps, names = _place(fault, model, data)
    if kind.startswith("union_tag"):
        steps.append("kind")
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
    return InvalidInput(problem for fault in told for problem in _problems(fault, model, data))
