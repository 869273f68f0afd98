"""Suggest the known name that is nearest to an unknown one: "did you mean …?"."""

import difflib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from lemtrada_schedule.errors import shape_of

__all__ = ["near_miss", "nearest", "unknown_key"]

LONGEST_NAME: Final = 64

MOST_NAMES: Final = 500
"""With more known names than these, no suggestion is made: each comparison takes some microseconds."""


def nearest(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to a name, or `None` if none is similar enough.

    >>> nearest("--course", ["--clinic", "--courses"])
    '--courses'
    """
    if type(name) is not str or len(name) > LONGEST_NAME:
        return None
    names = tuple(known)
    return _nearest(name, tuple(sorted(names))) if len(names) <= MOST_NAMES else None


@lru_cache(maxsize=256)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    close = difflib.get_close_matches(name, known, n=1)  # slow, and a file has the same wrong key in every row
    return close[0] if close else None


def near_miss(name: object, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the nearest known name, or an empty text if none is similar enough."""
    close = nearest(name, known)
    return "" if close is None else f"; did you mean {close!r}?"


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Return the message for a key that may identify a patient: only its shape, and the nearest known key."""
    return f"unrecognised key, got {shape_of(key)}{near_miss(key.lower(), known)}"
