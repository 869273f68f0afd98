"""Refuse TOML that would take far more memory than its size, before it is parsed.

The parser stores every prefix of a dotted key, one table for each pair of brackets, and every digit of a number: a
key of 41 kB takes 1.6 GB. This module splits the text into tokens and skips strings and comments. After a syntax
error the tokens may be wrong, but then the parser refuses the text.
"""

import re
from typing import Final

from lemtrada_schedule.errors import InvalidInput, Problem

__all__ = ["check_toml_bounds"]

LONGEST_WORD: Final = 1_024
"""In characters, of a bare key or a number; valid ones have at most 64."""

MOST_PARTS: Final = 16
"""Maximum number of parts of a dotted key or a table header."""

DEEPEST: Final = 32
"""Maximum nesting of arrays and inline tables."""

MOST_VALUES: Final = 200_000
"""Maximum number of keys and array elements. A clinic that lists every day of a century has 36,525."""

TABLE: Final = 5
"""How many values a table or an array counts for: the parser needs as much memory for it."""

_STRING: Final = (
    r'"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}'
    r"|'''(?:[^']|'(?!''))*+'{3,5}"
    r'|"(?:[^"\\\n]|\\[^\n])*+"'
    r"|'[^'\n]*+'"
)

_TOKEN: Final = re.compile(
    rf"(?P<string>{_STRING})|(?P<word>[^\s\"'#\[\]{{}}=,.]++)|(?P<dot>[ \t]*+\.[ \t]*+)|(?P<blank>[ \t]++)"
    r"|(?P<line>(?:#[^\n]*+|\s)++)|(?P<opens>[\[{])|(?P<closes>[\]}])|(?P<next>[=,])|(?P<quote>.)",
    re.DOTALL,
)


def check_toml_bounds(text: str) -> None:
    """Raise `InvalidInput` (`too-large`, with the line) if a TOML text exceeds one of the maximums above."""
    dots = depth = values = 0
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "dot":
                dots, values = dots + 1, values + TABLE
                if dots >= MOST_PARTS:
                    raise _refusal(text, token, f"a key has more than {MOST_PARTS} parts; write the table with fewer")
            case "word":
                if token.end() - token.start() > LONGEST_WORD:
                    message = f"a key or a number has more than {LONGEST_WORD:,} characters; shorten it"
                    raise _refusal(text, token, message)
            case "string" | "blank":
                pass
            case "quote":  # of an unterminated string: the parser refuses it
                return
            case other:
                dots = 0
                depth = max(depth + (other == "opens") - (other == "closes"), 0)
                values += (other == "next") + TABLE * (other == "opens")
                if depth > DEEPEST:
                    raise _refusal(text, token, f"this is nested deeper than {DEEPEST} levels; flatten it")
        if values > MOST_VALUES:
            message = f"the file has more than {MOST_VALUES:,} keys and items; give a smaller file"
            raise _refusal(text, token, message)


def _refusal(text: str, token: re.Match[str], message: str) -> InvalidInput:
    line = text.count("\n", 0, token.start()) + 1
    return InvalidInput([Problem("too-large", f"line {line}", message)])
