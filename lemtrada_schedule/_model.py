"""The one base of every noun: frozen, strict, closed, and never leaking what it refused."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Self, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from lemtrada_schedule.errors import FrozenValue, InvalidInput, Problem, shape_of

__all__ = ["Many", "Model", "near_miss", "problems_of"]

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:  # it has no public name, and its class is all we need of it
    ModelMetaclass = type(BaseModel)

_T = TypeVar("_T")


def _list_as_tuple(value: object) -> object:
    # TOML, JSON and web frameworks give lists. Sets and iterators have no order of their own: refused.
    return tuple(value) if type(value) is list else value


Many = Annotated[tuple[_T, ...], BeforeValidator(_list_as_tuple)]
"""A tuple that may also be given as a `list`, and as nothing else."""

_SHOWN = ("id", "kind", "code", "number")
_CODES = {
    "missing": "missing-field",
    "extra_forbidden": "unknown-key",
    "literal_error": "unknown-name",
    "union_tag_invalid": "unknown-name",
    "union_tag_not_found": "missing-field",
    "json_invalid": "json-structure",
    "recursion_loop": "json-structure",
}
_EXPECTED = {
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "model_type": "a table of fields",
    "model_attributes_type": "a table of fields",
    "datetime_type": "a datetime",
}
_RANGES = ("greater_than", "less_than", "too_short", "too_long", "multiple_of", "finite_number")


def near_miss(name: object, known: Iterable[str]) -> str:
    """Return `; did you mean …?` for the known name that is nearest, or nothing where none is near."""
    close = difflib.get_close_matches(name, sorted(known), n=1) if type(name) is str else []
    return f"; did you mean {close[0]!r}?" if close else ""


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _names_at(model: type[BaseModel], place: tuple[int | str, ...]) -> set[str]:
    """Return the field names that are known where `place` points: the words for a near miss."""
    here: list[type[BaseModel]] = [model]
    for step in place:
        fields = [m.model_fields[step] for m in here if isinstance(step, str) and step in m.model_fields]
        if fields:
            here = [inner for field in fields for inner in _models_in(field.annotation)]
        else:  # the tag of a union narrows it; an index stays in the same list
            tagged = [
                m for m in here if "kind" in m.model_fields and step in get_args(m.model_fields["kind"].annotation)
            ]
            here = tagged or here
    return {name for m in here for name in m.model_fields}


def _sentence(code: str, kind: str, fault: Mapping[str, Any], names: set[str]) -> str:
    got = shape_of(fault["input"])
    match code:
        case "missing-field":
            return "this field is missing; add it"
        case "unknown-key":
            return f"this key is not known{near_miss(fault['loc'][-1], names)}"
        case "unknown-name":
            context = fault["ctx"]
            return f"expected one of {context.get('expected') or context['expected_tags']}, got {got}"
        case "json-structure":
            return "this is not valid JSON; check its brackets, quotes and commas"
        case "out-of-range":
            return f"{fault['msg'][0].lower()}{fault['msg'][1:]}"
        case _:
            return f"expected {_EXPECTED.get(kind, kind.removesuffix('_type').replace('_', ' '))}, got {got}"


def _problem(fault: Mapping[str, Any], model: type[BaseModel]) -> Problem:
    kind, place = fault["type"], fault["loc"]
    where = ".".join(str(step) for step in place if step != "~text")
    if kind in ("value_error", "assertion_error") or "message" in fault.get("ctx", {}):
        inner = fault["ctx"].get("error")
        if isinstance(inner, InvalidInput):
            return Problem(inner.code, ".".join(filter(None, (where, inner.place))), inner.message)
        return Problem(kind, where, fault["ctx"].get("message", fault["msg"]))
    code = _CODES.get(kind) or ("out-of-range" if any(r in kind for r in _RANGES) else "wrong-type")
    names = _names_at(model, place[:-1]) if code == "unknown-key" else set()
    return Problem(code, where, _sentence(code, kind, fault, names))


def problems_of(error: ValidationError, model: type[BaseModel]) -> InvalidInput:
    """Return pydantic's findings as ours: all of them, with paths, codes and cures, without any value."""
    faults = error.errors(include_url=False)
    # A derived date is tried the fast way first; the refusal of the second way says what is wrong.
    return InvalidInput(_problem(fault, model) for fault in faults if "~fast" not in fault["loc"])


class _Door(ModelMetaclass):
    """Turns the refusal of a directly built noun into an error of our family.

    Nested values are checked by pydantic itself and never pass here, so this costs one call per noun.
    """

    if not TYPE_CHECKING:  # for the type checker, calling a noun is calling its __init__

        def __call__(cls, *args: Any, **fields: Any) -> Any:  # noqa: N805  # a metaclass's self is a class
            try:
                if args:
                    return super().__call__(*args, **fields)  # pydantic says that fields have names
                return cls.__pydantic_validator__.validate_python(fields)
            except ValidationError as error:
                refusal = problems_of(error, cls)
            raise refusal  # outside the handler, so that nothing drags the refused values along


class Model(BaseModel, metaclass=_Door):
    """A noun of this library: frozen, strict, closed to unknown keys; changed only by making a new one."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        defer_build=True,
    )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: values are frozen."""
        raise FrozenValue("frozen-value", "values are frozen; use model_copy(update={…}) for a new one", place=name)

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse: values are frozen."""
        raise FrozenValue("frozen-value", "values are frozen; use model_copy(update={…}) for a new one", place=name)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show what names the value, and nothing that could be a patient's."""
        return [(name, getattr(self, name)) for name in _SHOWN if name in type(self).model_fields]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002  # frozen values need no deep copy
        """Return this value with some fields replaced, checked again as if newly made."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**fields, **(update or {})})

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:  # type: ignore[override]  # the plugin types pydantic's own per model
        """Make a value *with* its checks: there is no way around them."""
        return cls(**values)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Return the noun that a mapping describes; `InvalidInput` with every problem otherwise."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            refusal = problems_of(error, cls)
        raise refusal

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Return the noun that a JSON text describes; `InvalidInput` with every problem otherwise."""
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            refusal = problems_of(error, cls)
        raise refusal
