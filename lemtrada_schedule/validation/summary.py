"""How a value is displayed in `repr`: one line of names and counts. `notebook_table` makes a table of the same."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from lemtrada_schedule.errors import SHOWN_LINE, plain

__all__ = ["Ordinal", "Summary", "name_of", "one_line", "parts_of"]

LONGEST_NAME: Final = 40

Summary = Iterable[tuple[str, Any]]
"""Labels with their values. Text is shown alone, a whole number as a count of its label (a plural), and an `Ordinal`
after its label: `us-2024-05`, `3 courses`, `revision 0`."""


class Ordinal(int):
    """A number that identifies something and is not a count."""


def one_line(kind: str, summary: Summary) -> str:
    """Return the summary of a value on one line of at most 120 characters.

    Example:
        >>> one_line("Plan", [("protocol", "us-2024-05"), ("courses", 1), ("revision", Ordinal(0))])
        'Plan(us-2024-05, 1 course, revision 0)'
    """
    line = f"{kind}({', '.join(parts_of(summary))})"
    return line if len(line) <= SHOWN_LINE else f"{line[: SHOWN_LINE - 2]}…)"


def parts_of(summary: Summary) -> Iterator[str]:
    """Yield each label with its value, in words."""
    for label, value in summary:
        if type(value) is int:
            yield f"{value:,} {label if value != 1 else _singular(label)}"
        else:
            yield f"{label} {value}" if type(value) is Ordinal else name_of(value)


def _singular(label: str) -> str:
    return f"{label.removesuffix('ies')}y" if label.endswith("ies") else label.removesuffix("s")


def name_of(value: Any) -> str:
    """Return a name on one line of at most 40 characters."""
    text = plain(str(value))
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"
