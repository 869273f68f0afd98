"""Make values from what this library computed itself, without validating it again."""

from typing import Any, ClassVar, Final, Generic, TypeVar, cast

from pydantic import BaseModel

from lemtrada_schedule.validation.model import Model

__all__ = ["Computed", "compact", "computed"]

_Noun = TypeVar("_Noun", bound=Model)

# The slots in which pydantic stores a value. They are set directly, because values are frozen.
_NEW: Final[Any] = object.__new__
_SET: Final[Any] = object.__setattr__
_VALUES: Final[Any] = BaseModel.__dict__["__dict__"]
_NAMES: Final[Any] = BaseModel.__dict__["__pydantic_fields_set__"]
_EXTRA: Final[Any] = BaseModel.__dict__["__pydantic_extra__"]
_PRIVATE: Final[Any] = BaseModel.__dict__["__pydantic_private__"]


class Computed(Generic[_Noun]):
    """Makes values of one class from trusted fields; with `checked`, which tests set, all fields are validated."""

    checked: ClassVar[bool] = False

    def __init__(self, noun: type[_Noun]) -> None:
        """Prepare for a class; its fields are read at the first value."""
        self._noun = noun
        self._blank: dict[str, Any] = {}

    def __call__(self, **fields: Any) -> _Noun:
        """Return a value of these fields; absent ones have their defaults."""
        if Computed.checked:
            return self._noun(**fields)
        if not self._blank:
            self._noun.model_rebuild()
            defaults = self._noun.model_fields.items()
            self._blank = {name: None if field.is_required() else field.get_default() for name, field in defaults}
        value = _NEW(self._noun)
        _VALUES.__set__(value, {**self._blank, **fields})
        _NAMES.__set__(value, set(fields))
        _EXTRA.__set__(value, None)
        _PRIVATE.__set__(value, None)
        return cast("_Noun", value)

    def changed(self, value: _Noun, **fields: Any) -> _Noun:
        """Return a copy of a value with some fields replaced."""
        if Computed.checked:
            return value.model_copy(update=fields)
        copy = _NEW(self._noun)
        _VALUES.__set__(copy, {**vars(value), **fields})
        _NAMES.__set__(copy, value.__pydantic_fields_set__)
        _EXTRA.__set__(copy, None)
        _PRIVATE.__set__(copy, None)
        return cast("_Noun", copy)


def compact(value: _Noun) -> _Noun:
    """Return an equal value that takes less memory: its dictionary shares its keys with those of all others.

    Python shares the keys of attributes that are set one by one; pydantic makes a whole dictionary for each value.
    """
    copy = _NEW(type(value))
    for name, field in vars(value).items():
        _SET(copy, name, field)
    _NAMES.__set__(copy, value.__pydantic_fields_set__)
    _EXTRA.__set__(copy, None)
    _PRIVATE.__set__(copy, None)
    return cast("_Noun", copy)


def computed(noun: type[_Noun]) -> type[_Noun]:
    """Return a maker of values that this library computed itself; to type checkers it is the class.

    Fields that come from a caller or a file must use the class itself.
    """
    return cast("type[_Noun]", Computed(noun))
