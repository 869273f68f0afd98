"""How a value is displayed in `repr` and in notebooks: one line or one table of names and counts."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from lemtrada_schedule.errors import SHOWN_LINE, plain

__all__ = ["Ordinal", "Summary", "one_line", "parts_of", "table"]

LONGEST_NAME: Final = 40

SHOWN_PARTS: Final = 20
"""How many different parts of one field a table lists."""

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
            yield f"{label} {value}" if type(value) is Ordinal else _name(value)


def _singular(label: str) -> str:
    return f"{label.removesuffix('ies')}y" if label.endswith("ies") else label.removesuffix("s")


def _name(value: Any) -> str:
    text = plain(str(value))
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def table(kind: str, summary: Summary, held: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Return an HTML table: a row for each label, then the parts that the value holds; all text is escaped.

    Args:
        kind: The name of the value's class.
        summary: Its labels with names and counts.
        held: Fields with the summary line of each part in them; equal neighbours share a line.
    """
    shown = [(label, _name(value)) for label, value in summary]
    parts = [(label, line) for label, lines in held for line in _listed(lines)]
    rows = "".join(map(_row, (*shown, *parts)))
    return f"<table><caption>{_escaped(kind)}</caption><tbody>{rows}</tbody></table>"


def _row(row: tuple[str, str]) -> str:
    label, text = map(_escaped, row)
    return f'<tr><th scope="row">{label}</th><td>{text}</td></tr>'


def _listed(lines: Iterable[str]) -> Iterator[str]:
    counted = [(line, sum(1 for _ in same)) for line, same in groupby(lines)]
    yield from (f"{count:,} × {line}" if count > 1 else line for line, count in counted[:SHOWN_PARTS])
    if hidden := sum(count for _, count in counted[SHOWN_PARTS:]):
        yield f"… and {hidden:,} more"


def _escaped(text: str) -> str:
    from html import escape  # noqa: PLC0415  # only a notebook needs it

    return escape(text)
