"""The command `completion`: print a script that lets a shell complete commands, options and files."""

import argparse
from importlib.util import find_spec
from typing import Any, Final

from lemtrada_schedule.cli.main import program
from lemtrada_schedule.cli.parser import OneOf, Parser, one_of
from lemtrada_schedule.cli.terminal import FINE
from lemtrada_schedule.errors import MissingExtra
from lemtrada_schedule.readers.protocols import protocol_names

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = ("completion bash > ~/.local/share/bash-completion/completions/lemtrada-schedule",)

SHELLS: Final = ("bash", "zsh", "tcsh")


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument("shell", type=one_of(*SHELLS), metavar=f"{{{','.join(SHELLS)}}}", help="the shell")


def run(options: argparse.Namespace) -> int:
    """Print the script and return the exit status.

    Raises:
        MissingExtra: The extra `completion` is not installed.
    """
    if find_spec("shtab") is None:
        raise MissingExtra("completion", "shtab")
    import shtab  # noqa: PLC0415  # the extra `completion`

    parser = program()
    for command in parser.commands.values():
        command.fill()
        for action in command.arguments.values():
            _describe(action, shtab)
    print(shtab.complete(parser, options.shell))
    return FINE


def _describe(action: argparse.Action, shtab: Any) -> None:
    """Add what the value of an argument may be completed to: known words, names of protocols, files, folders."""
    if isinstance(action.type, OneOf):
        action.choices = action.type.choices
    elif action.dest == "protocol":
        action.choices = sorted({*protocol_names(), *(name.partition("-")[0] for name in protocol_names())})
    elif action.metavar == "DIR":
        action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]  # shtab looks for it
    elif str(action.metavar).partition(".")[0] in {"FILE", "PLAN", "OLD", "NEW", "PLANS"}:
        action.complete = shtab.FILE  # type: ignore[attr-defined]  # as above
