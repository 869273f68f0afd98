"""HTML and SVG elements. Every text is escaped.

An element takes its children and its attributes as values. Whatever is not `Markup` is text, and text cannot become an
element, an attribute or a style. Pages are built from these functions alone.
"""

from collections.abc import Iterable
from html import escape
from typing import Final

__all__ = ["Markup", "element", "joined"]

_VOID: Final = frozenset({"br", "meta"})

Child = str | int | None


class Markup(str):
    """Text that is already HTML, because `element` made it."""

    __slots__ = ()


def element(name: str, /, *children: Child | Iterable[Child], **attributes: Child) -> Markup:
    """Return one element. A child or an attribute that is `None` is omitted; text is escaped.

    An attribute whose name is a word of Python or holds a hyphen is written with underscores:
    `class_`, `aria_label`.

    Example:
        >>> element("p", "1 < 2", element("br"), class_="note", title='"')
        '<p class="note" title="&quot;">1 &lt; 2<br></p>'
    """
    inside = joined(*children)
    named = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    return Markup(f"<{name}{named}>" if name in _VOID else f"<{name}{named}>{inside}</{name}>")


def joined(*children: Child | Iterable[Child]) -> Markup:
    """Return children one after the other, each text escaped.

    Example:
        >>> joined("a & b", [element("b", "c"), None])
        'a &amp; b<b>c</b>'
    """
    return Markup("".join([_text(child) for child in children]))


def _text(child: Child | Iterable[Child]) -> str:
    if isinstance(child, str):
        return child if type(child) is Markup else escape(child)
    if child is None or isinstance(child, int):
        return "" if child is None else str(child)
    return "".join([_text(one) for one in child])


def _attribute(key: str, value: Child) -> str:
    return f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
