"""A terminal shows the summary of a plan."""

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.clients.pictures import keep

pytestmark = pytest.mark.pictures

ROOT: Final = Path(__file__).parents[2]
TYPED: Final = "lemtrada-schedule plan 2027-01-11 --protocol us --clinic examples/boston.toml --courses 3"
WIDTH: Final = 100
# rich's own form asks a server for its font; the pages of the documentation ask nobody for anything.
FORM: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="TITLE">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px; \
line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g></g></svg>
""".replace("TITLE", "A terminal with the summary of a plan")
DARK: Final = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [(72, 79, 88), (255, 123, 114), (126, 231, 135), (242, 204, 96), (121, 192, 255), (210, 168, 255), (86, 212, 221),
     (230, 237, 243)],
    [(139, 148, 158), (255, 161, 152), (168, 245, 175), (249, 226, 145), (165, 214, 255), (226, 197, 255),
     (179, 240, 255), (255, 255, 255)],
)  # fmt: skip


def on_a_terminal(words: list[str]) -> str:
    """Return what a command prints on a terminal of 100 columns, with its colours."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(WIDTH), "LINES": "50", "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "lemtrada_schedule", *words],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    printed = io.BytesIO()
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not part:
            break
        printed.write(part)
    os.close(ours)
    assert process.wait() == 0
    return printed.getvalue().decode("utf-8").replace("\r\n", "\n")


def test_terminal_plan() -> None:
    printed = on_a_terminal([*TYPED.split()[1:], "--as-of", "2026-11-22"])
    plain = Text.from_ansi(printed).plain
    assert "Mon 11 Jan 2027" in plain
    assert max(map(len, plain.splitlines())) <= WIDTH
    assert len(plain.splitlines()) <= 42
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ {TYPED}", style="bold"))
    console.print(Text.from_ansi(printed))
    made = console.export_svg(title="", theme=DARK, code_format=FORM, unique_id="plan", font_aspect_ratio=0.602)
    assert "http" not in made.replace("http://www.w3.org/2000/svg", "")
    keep("terminal-plan.svg", re.sub(r"[ \t]+$", "", made, flags=re.MULTILINE).encode())
