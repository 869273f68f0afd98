"""Tables in plain text: columns side by side where they fit, otherwise row by row."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from lemtrada_schedule.exports.text.style import Line, Shown

__all__ = ["beside", "filled", "grid", "side_by_side"]

_GAP: Final = 2

_INDENT: Final = 2

_NARROWEST: Final = 20
"""The flexible column is made no narrower than this, unless its texts are."""

_BELOW: Final = 6
"""The indentation of text below a row."""

Row = Sequence[str]


def filled(header: Row, rows: Sequence[Row]) -> tuple[Row, Sequence[Row]]:
    """Return a table without the columns in which no row has a cell."""
    kept = [place for place in range(len(header)) if any(row[place] for row in rows)]
    return [header[place] for place in kept], [[row[place] for place in kept] for row in rows]


def grid(header: Row, rows: Sequence[Row], width: int | None, *, flexible: int = 0) -> list[list[Line]]:
    """Return the lines of a table: those of its header, then those of each row.

    Where the columns do not fit, even with a wrapped column, each row is a line of its own: its first cell, then the
    other ones, each after the name of its column.

    Args:
        header: The names of the columns, the first one the heading of the table.
        rows: The cells of each row.
        width: The number of columns of the terminal; `None`: no limit.
        flexible: The position of the column whose texts may be wrapped; -1 is the last one.
    """
    beside = side_by_side(header, rows, width, flexible=flexible)
    return beside or [[Shown(header[0], "heading")], *([_alone(header, row)] for row in rows)]


def side_by_side(header: Row, rows: Sequence[Row], width: int | None, *, flexible: int = 0) -> list[list[Line]] | None:
    """Return what `grid` returns, or `None` where the columns do not fit."""
    widths = [max(map(len, cells)) for cells in zip(header, *rows, strict=True)]
    if width is not None:
        rest = width - _INDENT - sum(widths) + widths[flexible] - _GAP * (len(widths) - 1)
        words = max((len(word) for row in (header, *rows) for word in row[flexible].split()), default=0)
        if rest < min(widths[flexible], max(words, _NARROWEST)):
            return None
        widths[flexible] = min(widths[flexible], rest)
    names: list[Line] = [Shown(line[_INDENT:], "heading") for line in _row((*header,), widths, flexible, first=_INDENT)]
    return [names, *(list[Line](_row(row, widths, flexible)) for row in rows)]


def beside(row: str, words: str, width: int | None) -> Iterator[Line]:
    """Yield a row with words beside it where there is room, otherwise below it."""
    together = f"{row}  {words}".rstrip()
    if width is None or len(together) <= width or not words:
        yield together
    else:
        yield from (row.rstrip(), f"{'':{_BELOW}}{words}")


def _row(cells: Row, widths: Sequence[int], flexible: int, *, first: int = 0) -> Iterator[str]:
    """Yield the lines of a row; of the header, the first column begins where the table does."""
    widths = [widths[0] + first, *widths[1:]]
    flexible %= len(cells)
    several = wrap(cells[flexible], widths[flexible], break_long_words=False, break_on_hyphens=False) or [""]
    for number, text in enumerate(several):
        shown = [text if place == flexible else "" if number else cell for place, cell in enumerate(cells)]
        padded = (f"{cell:{wide}}" for cell, wide in zip(shown, widths, strict=True))
        yield f"{'':{_INDENT}}{(' ' * _GAP).join(padded)}".rstrip()


def _alone(header: Row, cells: Row) -> Line:
    more = ", ".join(f"{name.lower()} {cell}".strip() for name, cell in zip(header[1:], cells[1:], strict=True) if cell)
    return f"{'':{_INDENT}}{': '.join(filter(None, (cells[0], more)))}"
