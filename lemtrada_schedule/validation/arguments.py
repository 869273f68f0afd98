"""Check the arguments of public verbs at the door, with the argument's name as the place."""

from typing import Any, TypeVar, cast, get_args

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of, shape_of

__all__ = ["check_choice", "check_count", "check_type", "checked_items", "refused"]

_Item = TypeVar("_Item")


def refused(code: str, place: str, message: str) -> InvalidInput:
    """Return the refusal of one argument."""
    return InvalidInput([Problem(code, place, message)])


def check_type(value: object, wanted: type, place: str) -> None:
    """Refuse a value that is not of the noun wanted."""
    if not issubclass(type(value), wanted):  # what it is, not what it says it is
        raise refused("wrong-type", place, f"expected a {wanted.__name__}, got {kind_of(value)}")


def check_choice(value: object, choices: Any, place: str) -> None:
    """Refuse what is not one of the words of a `Literal`."""
    allowed = get_args(choices)
    if type(value) is not str or value not in allowed:
        raise refused("unknown-name", place, f"expected one of {', '.join(allowed)}, got {shape_of(value)}")


def checked_items(items: object, wanted: type[_Item], place: str) -> tuple[_Item, ...]:
    """Return a list or tuple of nouns of one kind as a tuple; refuse anything else, with the place of the item."""
    if type(items) not in (list, tuple):  # an heir may do anything when it is asked for its items
        raise refused("wrong-type", place, f"expected a list of {wanted.__name__}, got {kind_of(items)}")
    listed = tuple(cast("list[_Item]", items))
    for index, item in enumerate(listed):
        check_type(item, wanted, f"{place}.{index}")
    return listed


def check_count(value: object, place: str, *, most: int) -> None:
    """Refuse what is not a whole number from 1 to `most`; true and 1.0 are no numbers here."""
    if type(value) is not int:
        raise refused("wrong-type", place, f"expected a whole number from 1 to {most}, got {kind_of(value)}")
    if not 1 <= value <= most:
        raise refused("out-of-range", place, f"expected a whole number from 1 to {most}")
