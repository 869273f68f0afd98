"""Parse JSON text strictly: no duplicate keys, no NaN, exact decimals, bounded depth and size."""

import datetime as dt
import json
import re
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import chain
from typing import Any, Final

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of

__all__ = ["as_json", "check_tree"]

DEEPEST: Final = 100

MOST_VALUES: Final = 2_500_000
"""Maximum number of values in a JSON text. 16 MiB of the shortest infusions have 1.4 million."""

PLAIN: Final = (str, int, float, bool, type(None), Decimal, dt.date, dt.time, dt.datetime)
"""The kinds of single values that JSON and TOML are parsed to."""

_JSON_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"')


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise InvalidInput([Problem("json-structure", "", "an object has a duplicate key; remove one of them")])
    return dict(pairs)


def _few_keys(pairs: list[tuple[str, Any]], most: int) -> dict[str, Any]:
    if len(pairs) > most:
        raise InvalidInput(
            [Problem("too-large", "", f"an object has more than {most:,} keys; check that this is the right file")]
        )
    return _no_key_twice(pairs)


def _no_constant(_name: str) -> float:
    raise InvalidInput([Problem("json-structure", "", "NaN and Infinity are not JSON; write a number or null")])


def _as_written(number: str) -> Decimal:
    try:
        return Decimal(number)
    except InvalidOperation:  # its exponent has a dozen digits and more
        raise ValueError from None


def _check_values(text: str) -> None:
    """Raise `InvalidInput` if a text has too many values; strings are only removed if the first count is too high."""
    if _marks(text) > MOST_VALUES and _marks(_JSON_STRING.sub("", text)) > MOST_VALUES:
        message = f"this JSON has more than {MOST_VALUES:,} values; give a smaller file"
        raise InvalidInput([Problem("too-large", "", message)])


def _marks(text: str) -> int:
    return sum(map(text.count, ",[{")) if len(text) > MOST_VALUES else 0


def _is_deep(value: Any) -> bool:
    """Return whether a value has more than the allowed levels, including itself; checked without recursion."""
    level = [value]
    for _ in range(DEEPEST):
        held = (part.values() if type(part) is dict else part for part in level if type(part) in (dict, list))
        level = list(chain.from_iterable(held))
        if not level:
            return False
    return True


def as_json(text: str | bytes | bytearray, *, most_keys: int | None = None) -> Any:
    """Return the value of a JSON text.

    A number with a point or an exponent is returned as an exact `Decimal` (S34).

    Raises:
        InvalidInput: Not JSON, duplicate keys, NaN or Infinity, numbers of thousands of digits, or more than 100
            levels (`json-structure`); more than 2.5 million values, or more than `most_keys` keys in one object
            (`too-large`).
    """
    if type(text) not in (str, bytes, bytearray):
        raise InvalidInput([Problem("wrong-type", "", f"expected JSON text, got {kind_of(text)}")])
    try:
        text = text if isinstance(text, str) else text.decode("utf-8-sig")
        _check_values(text)
        made = _no_key_twice if most_keys is None else partial(_few_keys, most=most_keys)
        value = json.loads(text, object_pairs_hook=made, parse_float=_as_written, parse_constant=_no_constant)
        if not _is_deep(value):
            return value
        problem = f"this is nested deeper than {DEEPEST} levels; flatten it"
    except json.JSONDecodeError as error:
        problem = f"this is not valid JSON (line {error.lineno}, column {error.colno}); correct it there"
    except InvalidInput:
        raise
    except UnicodeDecodeError as error:
        problem = f"this is not UTF-8 text (at byte {error.start}); write it as UTF-8"
    except (ValueError, RecursionError):
        problem = "this JSON contains a number that is too long, or is nested too deeply; correct it"
    raise InvalidInput([Problem("json-structure", "", problem)])


def check_tree(data: Any, place: str) -> None:
    """Raise `InvalidInput` unless data could have been parsed from JSON or TOML, with the bounds of a JSON text.

    Args:
        data: Data that the caller has parsed.
        place: The place of an error.
    """
    level, depth, count = [data], 0, 1
    while level:
        depth += 1
        if depth > DEEPEST:
            raise _refusal("json-structure", place, f"this is nested deeper than {DEEPEST} levels; flatten it")
        held: list[Any] = []
        for value in level:
            parts = _parts(value, place)
            count += len(parts)
            if count > MOST_VALUES:
                raise _refusal("too-large", place, f"this has more than {MOST_VALUES:,} values; pass less data")
            held += parts
        level = held


def _parts(value: Any, place: str) -> list[Any]:
    if type(value) is list:
        return value
    if type(value) is not dict:
        if type(value) not in PLAIN:
            raise _refusal("wrong-type", place, f"expected plain values such as text and numbers, got {kind_of(value)}")
        return []
    for key in value:
        if type(key) is not str:
            raise _refusal("wrong-type", place, f"expected text as the keys of objects, got {kind_of(key)}")
    return list(value.values())


def _refusal(code: str, place: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(code, place, message)])
