"""How text is shown: how wide its lines are, and with which colours. The words are the same in every style."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import TextWrapper
from typing import Final, Literal

__all__ = ["PLAIN", "Line", "Shown", "Style", "Tone", "blocks_of_lines"]

Tone = Literal["heading", "error", "warning", "note"]
"""What a line is, where colour helps to find it: a heading, or a finding of a severity."""

_CODES: Final[dict[Tone, str]] = {"heading": "1", "error": "1;31", "warning": "1;33", "note": "36"}
"""SGR parameters: bold, bold red, bold yellow, cyan."""

_HANGING: Final = 4
"""By how many columns the second line of a wrapped line is further indented."""


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A line with a tone. A heading is shown in it as a whole, a finding up to the word for its severity."""

    text: str
    tone: Tone


Line = str | Shown


@dataclass(frozen=True, slots=True)
class Style:
    """How lines are shown."""

    width: int | None = None
    """The number of columns at which lines are wrapped, between words; `None`: not at all."""
    is_coloured: bool = False
    is_ascii: bool = False
    """Whether marks, such as those of a time line, are ASCII."""

    def written(self, lines: Iterable[Line]) -> str:
        """Return lines as text, each with an end. A line is wrapped below its own indentation; no word is cut."""
        return "".join(f"{row}\n" for line in lines for row in self._rows(line))

    def _rows(self, line: Line) -> Iterator[str]:
        if isinstance(line, str):
            yield from self._wrapped(line)
            return
        for number, row in enumerate(self._wrapped(line.text)):
            yield self._toned(row, line.tone, is_first=not number) if self.is_coloured else row

    def _wrapped(self, text: str) -> list[str]:
        if self.width is None or len(text) <= self.width:
            return [text]
        indent = " " * (len(text) - len(text.lstrip(" ")))
        wrapper = TextWrapper(
            width=self.width,
            initial_indent=indent,
            subsequent_indent=indent + " " * _HANGING,
            break_long_words=False,
            break_on_hyphens=False,
            expand_tabs=False,
            replace_whitespace=False,
        )
        return wrapper.wrap(text[len(indent) :])

    def _toned(self, row: str, tone: Tone, *, is_first: bool) -> str:
        if tone == "heading":
            return f"\x1b[{_CODES[tone]}m{row}\x1b[0m"
        return row.replace(tone, f"\x1b[{_CODES[tone]}m{tone}\x1b[0m", 1) if is_first else row


def blocks_of_lines(blocks: Iterable[Iterable[Line]]) -> Iterator[Line]:
    """Yield the lines of blocks, with an empty line between two; a block without lines is left out."""
    is_first = True
    for block in blocks:
        lines = list(block)
        yield from [""] if lines and not is_first else []
        yield from lines
        is_first = is_first and not lines


PLAIN: Final = Style()
"""Lines as they are: neither wrapped nor coloured."""
