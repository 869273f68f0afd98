"""The base class of all values: frozen, strict, no unknown keys, and no invalid value in errors or reprs."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, NoReturn, Self, TypeVar, dataclass_transform

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    GetPydanticSchema,
    ValidationError,
    WrapValidator,
)
from pydantic_core import core_schema as cs

from lemtrada_schedule.errors import FrozenValue, InvalidInput
from lemtrada_schedule.validation.field_docs import described
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.notebook_table import Held, notebook_table
from lemtrada_schedule.validation.pydantic_errors import ItemFaults, problems_of
from lemtrada_schedule.validation.summary import Summary, one_line, parts_of

__all__ = ["Many", "Model", "taken_as_made", "written_as_text"]

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:  # it has no public name; only its class is needed
    ModelMetaclass = type(BaseModel)

_T = TypeVar("_T")

ITEMS_A_STEP: Final = 100
"""A long list is validated in chunks of this length: the errors of a million items would fill the memory."""


def _as_tuple(value: object, check: Callable[[Any], Any]) -> Any:
    # TOML, JSON and web frameworks produce lists. Sets and iterators are refused: they have no fixed order.
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
"""A tuple; a `list` is accepted as well, and nothing else.

Items after the first 1,000 errors of a list are not validated; the last problem reports this.
"""


def written_as_text(model: type[BaseModel]) -> GetPydanticSchema:
    """Return the annotation of a field that stores a model as its `str`, and accepts a validated model unchanged."""

    def validate(value: Any, check: Callable[[Any], Any]) -> Any:
        return value if type(value) is model else check(value)

    def core(source: Any, handler: GetCoreSchemaHandler) -> cs.CoreSchema:
        how = cs.to_string_ser_schema(when_used="always")  # pydantic-core does it without calling Python twice
        return cs.no_info_wrap_validator_function(validate, handler(source), serialization=how)

    return GetPydanticSchema(core)


def taken_as_made(model: type[BaseModel]) -> GetPydanticSchema:
    """Return the annotation of a field that accepts an already validated model unchanged.

    Without it, pydantic would look up the model's type and run its validators a second time.
    """

    def core(source: Any, handler: GetCoreSchemaHandler) -> cs.CoreSchema:
        written = handler(source)
        either = cs.union_schema([(cs.is_instance_schema(model), "~fast"), (written, "~text")], mode="left_to_right")
        # "any" serialises the model by its own type, in one pass.
        return cs.json_or_python_schema(written, either, serialization=cs.simple_ser_schema("any"))

    return GetPydanticSchema(core)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class _ValidatingMeta(ModelMetaclass):
    """Metaclass that raises `InvalidInput` instead of pydantic's error when a model is constructed.

    Nested values are validated by pydantic itself and do not pass here, so this costs one call per model. Type
    checkers read `dataclass_transform` on this class to learn the fields.
    """

    if not TYPE_CHECKING:  # for type checkers, constructing a model calls its __init__

        def __new__(mcs, name: str, bases: Any, namespace: Any, **options: Any) -> Any:
            """Make a class whose validator is built at its first use, so that an import stays fast.

            Then its configuration is reset. Otherwise pydantic's `TypeAdapter` would be deferred too, and FastAPI,
            which wraps the types of bodies in one, would warn at the first request.
            """
            made = super().__new__(mcs, name, bases, namespace, **{"defer_build": True, **options})
            made.model_config["defer_build"] = False
            return made

        def __call__(cls, /, *args: Any, **fields: Any) -> Any:  # noqa: N805  # a metaclass's self is a class
            if args:
                return super().__call__(*args, **fields)  # raises TypeError: fields are keyword-only
            try:
                return cls.__pydantic_validator__.validate_python(fields)
            except ValidationError as error:
                refusal = problems_of(error, cls, fields)
            raise refusal  # outside the handler: `__context__` would keep the refused values


class Model(BaseModel, metaclass=_ValidatingMeta):
    """Base class of all values: frozen, strict, no unknown keys. `model_copy(update={…})` makes a changed copy."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        json_schema_serialization_defaults_required=True,
    )

    most_keys: ClassVar[int | None] = None
    """Maximum number of keys of one object in the JSON of this model; `None`: no maximum."""
    hides_keys: ClassVar[bool] = False
    """Whether an unknown key may be a patient's id or name; if so, no error repeats it."""
    shown: ClassVar[tuple[str, ...]] = ()
    """Fields that `repr` shows: names from the rules, which are the same for every patient."""
    in_full: ClassVar[str] = ""
    """What to write in a notebook to see the value with its dates; empty where no verb shows it."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: cs.CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON Schema with the docstring of each field as its description."""
        schema = handler(core_schema)
        own = handler.resolve_ref_schema(schema)
        if "properties" in own:
            own["properties"] = described(cls, own["properties"])
        return schema

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Raise `FrozenValue`."""
        raise FrozenValue("frozen-value", "values are frozen; use model_copy(update={…}) for a new one", place=name)

    def __delattr__(self, name: str) -> NoReturn:
        """Raise `FrozenValue`."""
        raise FrozenValue("frozen-value", "values are frozen; use model_copy(update={…}) for a new one", place=name)

    def __iter__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]  # as pydantic's own, which also yields cached properties
        """Yield the fields and their values, so that `dict(value)` holds the fields only."""
        return ((name, getattr(self, name)) for name in type(self).model_fields)

    def __getstate__(self) -> dict[Any, Any]:
        """Drop cached properties: a cached hash of text is wrong in another process."""
        state = super().__getstate__()
        fields = type(self).model_fields
        return {**state, "__dict__": {name: part for name, part in state["__dict__"].items() if name in fields}}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        """Restore a pickled value; pydantic 2.11 fails if the model was never used in this process before."""
        type(self).model_rebuild()
        super().__setstate__(state)

    def _summary(self) -> Summary:
        """Yield labels with the facts that represent this value: names and counts, nothing about a patient.

        The default yields the fields in `shown`, then the length of each list, or else the number of fields that are
        set. A model that overrides this adds other counts; `summary` decides how they are displayed.
        """
        fields = [(name, getattr(self, name)) for name in type(self).model_fields]
        named = [(name, value) for name in self.shown if (value := getattr(self, name)) is not None]
        counts = [(name.replace("_", " "), len(value)) for name, value in fields if type(value) is tuple and value]
        facts = [("facts", sum(value not in (None, ()) for _, value in fields))]
        return [*named, *counts] or facts

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Return the summary, which libraries that print values of pydantic show."""
        return [(None, part) for part in parts_of(self._summary())]

    def __repr__(self) -> str:
        """Return the type and the size of the value on one line: no id, date or value of a patient."""
        return one_line(type(self).__name__, self._summary())

    def __str__(self) -> str:
        """Return the same line as `repr`: a printed or logged value shows nothing about a patient."""
        return repr(self)

    def _held(self) -> Iterator[tuple[str, "Model | tuple[Model, ...]"]]:
        """Yield the fields that hold other values, as a notebook shows them: findings first."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Model) or (type(value) is tuple and all(isinstance(part, Model) for part in value)):
                yield name.replace("_", " "), value

    def _repr_html_(self) -> str:
        """Return an HTML table for notebooks: names and counts of this value and of what it holds."""
        held = (_summaries(label, value) for label, value in self._held())
        return notebook_table(type(self).__name__, self._summary(), held, in_full=self.in_full)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002  # frozen values need no deep copy
        """Return a copy with some fields replaced, validated like a new value."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**fields, **(update or {})})

    def copy(self, *, update: Mapping[str, Any] | None = None, **_options: Any) -> Self:
        """Return `model_copy(update=update)`; pydantic's own method of this name does not validate."""
        return self.model_copy(update=update)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, /, **values: Any) -> Self:  # type: ignore[override]  # the plugin types pydantic's own per model
        """Return a validated value; unlike in pydantic, validation cannot be skipped."""
        return cls.model_validate(values)

    @classmethod
    def model_validate(cls, obj: Any, **_options: Any) -> Self:
        """Return the value that a mapping describes, or raise `InvalidInput` with every problem.

        pydantic's options that would relax validation have no effect.
        """
        try:
            return super().model_validate(obj)
        except ValidationError as error:
            refusal = problems_of(error, cls, obj)
        raise refusal

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **_options: Any) -> Self:
        """Return the value that a JSON text describes, or raise `InvalidInput` with every problem."""
        try:
            obj = as_json(json_data, most_keys=cls.most_keys)
        except InvalidInput as error:
            refusal = error.under(cls.__name__)
        else:
            return cls.model_validate(obj)
        raise refusal

    @classmethod
    def model_validate_strings(cls, obj: Any, **_options: Any) -> Self:
        """Return `model_validate(obj)`: strings are not converted to other types."""
        return cls.model_validate(obj)


def _summaries(label: str, value: Model | tuple[Model, ...]) -> Held:
    if isinstance(value, Model):
        return Held(label, [value._summary()], is_list=False)  # noqa: SLF001  # of this class
    return Held(label, [part._summary() for part in value])  # noqa: SLF001  # of this class
