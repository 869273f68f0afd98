"""How a value shows itself in a notebook: a table of names and counts, findings first.

The table has neither colours nor a style sheet, so that it follows the theme of the notebook, light or dark.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from lemtrada_schedule.validation.summary import Ordinal, Summary, name_of, parts_of

__all__ = ["Held", "notebook_table"]

FIRST: Final = ("findings", "errors", "warnings", "notes", "refused", "not assessed")
"""Labels whose rows come first. If nothing is found, the table says so: that is an answer, too."""

SHOWN_PARTS: Final = 16
"""How many different parts of one field a table lists."""

CELL: Final = "text-align:left;vertical-align:top"
"""Notebooks align cells to the right, as in tables of numbers."""

Facts = list[tuple[str, Any]]

Row = tuple[str, str]


class Held(NamedTuple):
    """A field of a value that holds other values: their summaries."""

    label: str
    summaries: Sequence[Summary]
    is_list: bool = True

    def __repr__(self) -> str:
        """Return the name of the class: summaries are made for `notebook_table` alone."""
        return "Held()"


def notebook_table(kind: str, summary: Summary, held: Iterable[Held] = (), *, in_full: str = "") -> str:
    """Return what a notebook shows of a value: an HTML table; all text is escaped.

    Args:
        kind: The name of the value's class.
        summary: Its labels with names and counts.
        held: What it holds. A list of values takes the place of the count with the same label.
        in_full: The Python expressions that show the value with its dates; empty if there are none.
    """
    rows = {label: [(label, f"{value:,}" if isinstance(value, int) else name_of(value))] for label, value in summary}
    for one in held:
        if found := list(_rows(one)):
            rows[one.label] = found
    first = [row for label in FIRST for row in rows.pop(label, [])]
    body = "".join(_row(*row) for row in (*first, *(row for found in rows.values() for row in found)))
    caption = f'<caption style="{CELL}"><strong>{_escaped(kind)}</strong></caption>'
    return f"<table>{caption}<tbody>{body}</tbody>{_foot(in_full)}</table>"


def _row(label: str, text: str) -> str:
    return f'<tr><th scope="row" style="{CELL}">{_escaped(label)}</th><td style="{CELL}">{_escaped(text)}</td></tr>'


def _foot(in_full: str) -> str:
    if not in_full:
        return ""
    words = f"Dates and results are not shown, because notebooks are saved. Show them: <code>{_escaped(in_full)}</code>"
    return f'<tfoot><tr><td colspan="2" style="{CELL}"><small>{words}</small></td></tr></tfoot>'


def _rows(held: Held) -> Iterator[Row]:
    """Yield a row for each numbered value of a list, and one row for all others."""
    parts = [_telling(summary) for summary in held.summaries]
    if not held.is_list:
        yield from ((held.label, ", ".join(parts_of(facts))) for facts in parts if facts)
        return
    numbered = [facts for facts in parts if _is_numbered(facts)]
    yield from map(_numbered, numbered[:SHOWN_PARTS])
    if hidden := len(numbered[SHOWN_PARTS:]):
        yield held.label, f"… and {hidden:,} more"
    others = [facts for facts in parts if not _is_numbered(facts)]
    if others:
        yield held.label, " · ".join(_grouped(others, always=held.label in FIRST))
    elif not parts and held.label in FIRST:
        yield held.label, "none"


def _telling(summary: Summary) -> Facts:
    """Return what a summary says beyond how many fields hold something."""
    return [(label, value) for label, value in summary if label != "facts"]


def _is_numbered(facts: Facts) -> bool:
    return len(facts) > 1 and any(type(value) is Ordinal for _, value in facts)


def _numbered(facts: Facts) -> Row:
    which = next(fact for fact in facts if type(fact[1]) is Ordinal)
    return "".join(parts_of([which])), ", ".join(parts_of(fact for fact in facts if fact is not which))


def _grouped(parts: Iterable[Facts], *, always: bool) -> Iterator[str]:
    """Yield the names of values with how many have them, and the sum of what they count; a single one `always` too."""
    groups: dict[str, tuple[int, Counter[str]]] = {}
    for facts in parts:
        name = ", ".join(parts_of(fact for fact in facts if type(fact[1]) is not int))
        count, sums = groups.get(name, (0, Counter()))
        sums.update(dict(fact for fact in facts if type(fact[1]) is int))
        groups[name] = count + 1, sums
    listed = list(groups.items())
    yield from (_group(name, *group, always=always) for name, group in listed[:SHOWN_PARTS])
    if hidden := sum(count for _, (count, _) in listed[SHOWN_PARTS:]):
        yield f"… and {hidden:,} more"


def _group(name: str, count: int, sums: Counter[str], *, always: bool) -> str:
    counts = ", ".join(parts_of(sums.items()))
    is_counted = count > 1 or (always and not counts)
    head = f"{count:,} × {name}" if is_counted and name else name or f"{count:,}"
    return f"{head} ({counts})" if counts else head


def _escaped(text: str) -> str:
    from html import escape  # noqa: PLC0415  # only a notebook needs it

    return escape(text)
