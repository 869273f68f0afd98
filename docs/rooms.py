"""Draw the rooms of the package on their floors: `python docs/rooms.py` writes `docs/rooms.svg`."""

import ast
import tomllib
from html import escape
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PACKAGE: Final = ROOT / "lemtrada_schedule"
WIDTH: Final = 960
ROW: Final = 54
GAP: Final = 8


def floors() -> list[list[str]]:
    """Return the rooms of each floor, the top floor first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(contract["layers"] for contract in settings["contracts"] if contract["name"] == "floors")
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def first_line(room: str) -> str:
    """Return the first line of a room's docstring."""
    path = PACKAGE / room / "__init__.py"
    source = path if path.is_file() else PACKAGE / f"{room}.py"
    return (ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or "").splitlines()[0]


def picture() -> str:
    """Return the picture as SVG: one row of boxes for each floor, imports pointing down."""
    rows = floors()
    height = len(rows) * (ROW + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" role="img">',
        "<title>The rooms of the package on their floors; an import may only point down</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for index, rooms in enumerate(rows):
        top = GAP + index * (ROW + GAP)
        width = (WIDTH - GAP * (len(rooms) + 1)) / len(rooms)
        for place, room in enumerate(rooms):
            left = GAP + place * (width + GAP)
            parts += box(left, top, width, room)
    return "\n".join([*parts, "</svg>"]) + "\n"


def box(left: float, top: float, width: float, room: str) -> list[str]:
    """Return one room: its name, and as much of its first line as fits."""
    fits = int(width / 6.9)
    words = first_line(room)
    shown = words if len(words) <= fits else f"{words[: fits - 1].rsplit(' ', 1)[0]} …"
    return [
        f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{ROW}" rx="6" fill="#eef3f8" stroke="#4a6785"/>',
        f'<text x="{left + 12:.0f}" y="{top + 22}" font-size="15" font-weight="bold" fill="#1d3349">{room}</text>',
        f'<text x="{left + 12:.0f}" y="{top + 41}" font-size="12" fill="#1d3349">{escape(shown)}</text>',
    ]


if __name__ == "__main__":
    (ROOT / "docs" / "rooms.svg").write_text(picture(), encoding="utf-8", newline="\n")
