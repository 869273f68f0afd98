"""The one base of every noun: frozen, strict, closed, and never leaking what it refused."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, NoReturn, Self, TypeVar, dataclass_transform

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    ValidationError,
    WrapValidator,
)
from pydantic_core import core_schema as cs

from lemtrada_schedule.errors import FrozenValue, InvalidInput
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.pydantic_errors import ItemFaults, problems_of

__all__ = ["Many", "Model", "taken_as_made"]

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:  # it has no public name, and its class is all we need of it
    ModelMetaclass = type(BaseModel)

_T = TypeVar("_T")

ITEMS_A_STEP: Final = 100
"""How many items of a long list are checked at once: the faults of a million items would fill the memory."""


def _as_tuple(value: object, check: Callable[[Any], Any]) -> Any:
    # TOML, JSON and web frameworks give lists. Sets and iterators have no order of their own: refused.
    given = tuple(value) if type(value) is list else value
    if type(given) is not tuple or len(given) <= ITEMS_A_STEP:
        return check(given)
    checked: list[Any] = []
    faults = ItemFaults()
    for first in range(0, len(given), ITEMS_A_STEP):
        try:
            checked += check(given[first : first + ITEMS_A_STEP])
        except ValidationError as error:
            faults.add(error, first, unchecked=len(given) - first - ITEMS_A_STEP)
        if faults.is_full:
            break
    if faults.lines:
        raise faults.refusal()
    return tuple(checked)


Many = Annotated[tuple[_T, ...], WrapValidator(_as_tuple)]
"""A tuple that may also be given as a `list`, and as nothing else.

Items after the first 1,000 faults of a list are not checked, and this is said.
"""


def taken_as_made(noun: type[BaseModel]) -> GetPydanticSchema:
    """Return the mark of a field that takes a noun as it is where it was made before.

    It was checked when it was made; pydantic alone would look for its kind, and run its own checks, again.
    """

    def core(source: Any, handler: GetCoreSchemaHandler) -> cs.CoreSchema:
        written = handler(source)
        either = cs.union_schema([(cs.is_instance_schema(noun), "~fast"), (written, "~text")], mode="left_to_right")
        # "any" writes the noun by its own type, in one pass.
        return cs.json_or_python_schema(written, either, serialization=cs.simple_ser_schema("any"))

    return GetPydanticSchema(core)


_SHOWN: Final = ("id", "kind", "code", "number")


@dataclass_transform(kw_only_default=True, field_specifiers=(Field,))
class _Door(ModelMetaclass):
    """Turns the refusal of a directly built noun into an error of our family.

    Nested values are checked by pydantic itself and never pass here, so this costs one call per noun. Type checkers
    look at this very class for what the fields are.
    """

    if not TYPE_CHECKING:  # for the type checker, calling a noun is calling its __init__

        def __call__(cls, /, *args: Any, **fields: Any) -> Any:  # noqa: N805  # a metaclass's self is a class
            if args:
                return super().__call__(*args, **fields)  # Python says that fields have names
            try:
                return cls.__pydantic_validator__.validate_python(fields)
            except ValidationError as error:
                refusal = problems_of(error, cls, fields)
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
        json_schema_serialization_defaults_required=True,
    )

    most_keys: ClassVar[int | None] = None
    """How many keys an object in the noun's JSON may have, where that is bounded."""
    hides_keys: ClassVar[bool] = False
    """Whether an unknown key may be a patient's id or name, so that no error repeats it."""

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: values are frozen."""
        raise FrozenValue("frozen-value", "values are frozen; use model_copy(update={…}) for a new one", place=name)

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse: values are frozen."""
        raise FrozenValue("frozen-value", "values are frozen; use model_copy(update={…}) for a new one", place=name)

    def __iter__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # as pydantic's own, which also gives what was only remembered
        """Yield the fields and their values, so that `dict(value)` holds what the value is made of."""
        return ((name, getattr(self, name)) for name in type(self).model_fields)

    def __getstate__(self) -> dict[Any, Any]:
        """Leave out what was only remembered: a hash of text is another one in the next process."""
        state = super().__getstate__()
        fields = type(self).model_fields
        return {**state, "__dict__": {name: part for name, part in state["__dict__"].items() if name in fields}}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        """Take up a pickled value; pydantic 2.11 could not write one of a noun that was never checked before."""
        type(self).model_rebuild()
        super().__setstate__(state)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show what names the value, and nothing that could be a patient's."""
        return [(name, getattr(self, name)) for name in _SHOWN if name in type(self).model_fields]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002  # frozen values need no deep copy
        """Return this value with some fields replaced, checked again as if newly made."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**fields, **(update or {})})

    def copy(self, *, update: Mapping[str, Any] | None = None, **_options: Any) -> Self:
        """As `model_copy`: pydantic's older name for it would go around the checks."""
        return self.model_copy(update=update)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, /, **values: Any) -> Self:  # type: ignore[override]  # the plugin types pydantic's own per model
        """Make a value *with* its checks: there is no way around them."""
        return cls.model_validate(values)

    @classmethod
    def model_validate(cls, obj: Any, **_options: Any) -> Self:
        """Return the noun that a mapping describes; `InvalidInput` with every problem otherwise.

        Options that would loosen the checks have no effect.
        """
        try:
            return super().model_validate(obj)
        except ValidationError as error:
            refusal = problems_of(error, cls, obj)
        raise refusal

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **_options: Any) -> Self:
        """Return the noun that a JSON text describes; `InvalidInput` with every problem otherwise."""
        try:
            obj = as_json(json_data, most_keys=cls.most_keys)
        except InvalidInput as error:
            refusal = error.under(cls.__name__)
        else:
            return cls.model_validate(obj)
        raise refusal

    @classmethod
    def model_validate_strings(cls, obj: Any, **_options: Any) -> Self:
        """As `model_validate`: text is read in no other way when everything is text."""
        return cls.model_validate(obj)
