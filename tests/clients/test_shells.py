"""The scripts of the command `completion` in a real zsh and a real tcsh, typed into as a person does.

A real bash is driven with the other tests of the command line: every machine has one.
"""

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pexpect
import pytest

from tests.clients.conftest import ran

pytestmark = pytest.mark.debian

PROGRAM: Final = Path(sys.executable).with_name("lemtrada-schedule")
EXAMPLES: Final = Path(__file__).parents[2] / "examples"
TAB, CTRL_U = "\t", "\x15"

START: Final[Mapping[str, str]] = {
    "zsh": "PS1='READY> '; fpath=({here} $fpath); autoload -U compinit; compinit -u -D; "
    "setopt no_always_last_prompt list_ambiguous; LISTMAX=10000; echo do''ne",
    "tcsh": "set prompt='READY> '; source {here}/script; set autolist; echo do''ne",
}

NAMED: Final = {"zsh": "_lemtrada-schedule", "tcsh": "script"}


def shown(shell: str, typed: str, folder: Path) -> str:
    """Return what is on the screen after a person types some words and the key that completes."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    (folder / NAMED[shell]).write_text(ran(PROGRAM, "completion", shell), encoding="utf-8")
    surroundings = {"PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "HOME": str(folder), "TERM": "xterm"}
    terminal = pexpect.spawn(
        shell, ["-f"], encoding="utf-8", timeout=60, env=surroundings, dimensions=(200, 300), cwd=str(EXAMPLES)
    )
    terminal.sendline(START[shell].format(here=folder))
    terminal.expect("done\r\n")
    terminal.expect("READY> ")
    terminal.send(typed + TAB + (TAB if shell == "zsh" else ""))
    with pytest.raises(pexpect.TIMEOUT):  # nothing marks the end of a list of completions
        terminal.expect("never shown", timeout=3)
    on_screen = str(terminal.before)
    terminal.send(CTRL_U)
    terminal.sendline("exit")
    terminal.expect(pexpect.EOF)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x07", "", on_screen)


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("lemtrada-schedule pl", ["lemtrada-schedule plan "]),
        ("lemtrada-schedule plan --cou", ["courses"]),
        ("lemtrada-schedule plan --format ", ["csv", "json", "table"]),
        ("lemtrada-schedule plan --protocol us", ["us-2024-05", "us-2024-05-r2"]),
        ("lemtrada-schedule check inf", ["infusions"]),
    ],
)
def test_a_shell_completes_commands_options_words_and_files(
    shell: str, typed: str, words: list[str], tmp_path: Path
) -> None:
    on_screen = shown(shell, typed, tmp_path)
    assert [word for word in words if word not in on_screen] == [], on_screen
