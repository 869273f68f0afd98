"""Check the arguments of public functions; every error names its argument."""

from typing import Any, TypeVar, cast, get_args

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of, shape_of

__all__ = ["check_choice", "check_count", "check_type", "checked_items", "refused", "refused_argument"]

_Item = TypeVar("_Item")


def refused(code: str, place: str, message: str) -> InvalidInput:
    """Return the error for one problem in data: a field, a cell, a column, a row."""
    return InvalidInput([Problem(code, place, message)])


def refused_argument(code: str, argument: str, message: str, *, item: int | None = None) -> InvalidInput:
    """Return the error for one argument of a call, or for one item of it."""
    place = argument if item is None else f"{argument}.{item}"
    return InvalidInput([Problem(code, place, message, argument)])


def check_type(value: object, wanted: type, argument: str) -> None:
    """Raise `InvalidInput` unless the value is an instance of a class."""
    _check_type(value, wanted, argument, None)


def _check_type(value: object, wanted: type, argument: str, item: int | None) -> None:
    if not issubclass(type(value), wanted):  # `isinstance` believes a value's own `__class__`
        message = f"expected a {wanted.__name__}, got {kind_of(value)}"
        raise refused_argument("wrong-type", argument, message, item=item)


def check_choice(value: object, choices: Any, argument: str) -> None:
    """Raise `InvalidInput` unless the value is one of the strings of a `Literal`."""
    allowed = get_args(choices)
    if type(value) is not str or value not in allowed:
        message = f"expected one of {', '.join(allowed)}, got {shape_of(value)}"
        raise refused_argument("unknown-name", argument, message)


def checked_items(items: object, wanted: type[_Item], argument: str) -> tuple[_Item, ...]:
    """Return a list or tuple as a tuple; raise `InvalidInput` unless all its items are instances of a class."""
    if type(items) not in (list, tuple):  # a subclass may yield anything when it is iterated
        message = f"expected a list of {wanted.__name__}, got {kind_of(items)}"
        raise refused_argument("wrong-type", argument, message)
    listed = tuple(cast("list[_Item]", items))
    for index, item in enumerate(listed):
        _check_type(item, wanted, argument, index)
    return listed


def check_count(value: object, argument: str, *, most: int) -> None:
    """Raise `InvalidInput` unless the value is an `int` from 1 to `most`; `True` and `1.0` are not accepted."""
    if type(value) is not int:
        message = f"expected a whole number from 1 to {most}, got {kind_of(value)}"
        raise refused_argument("wrong-type", argument, message)
    if not 1 <= value <= most:
        raise refused_argument("out-of-range", argument, f"expected a whole number from 1 to {most}")
