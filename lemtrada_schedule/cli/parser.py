"""The parser of the command line: one for the program, and one for each command, filled when the command is chosen.

Errors are one line long and never repeat a value that was typed: it may be a patient's. Options are named up to `=`.
"""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, Final, NoReturn

from lemtrada_schedule.cli.terminal import BAD_INPUT, PROGRAM
from lemtrada_schedule.validation.near_names import near_miss, nearest

__all__ = ["CommandParser", "Parser", "one_of"]

COMMAND: Final = "COMMAND"

_OPTION: Final = re.compile(r"--[a-z][a-z-]{0,30}")
"""An option that an error may name: it is written like one of ours."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line long and repeat no value."""

    def __init__(self, **settings: Any) -> None:
        """Create a parser without abbreviations, as `argparse.ArgumentParser` otherwise."""
        self.arguments: dict[str, argparse.Action] = {}
        """The arguments by the name of the Python argument they are for."""
        self.commands: tuple[str, ...] = ()
        super().__init__(allow_abbrev=False, exit_on_error=False, **settings)

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        """Add an argument; its `dest` is the name of the Python argument it is for, so that errors can name it."""
        action = super().add_argument(*names, **settings)
        self.arguments[action.dest] = action
        return action

    def typed(self, argument: str) -> str | None:
        """Return how a Python argument is typed, such as `--as-of` for `as_of`; `None` if it cannot be typed."""
        action = self.arguments.get(argument)
        if action is None:
            return None
        return action.option_strings[-1] if action.option_strings else str(action.metavar)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as `argparse` does, with errors that repeat no value."""
        try:
            return super().parse_known_args(args, namespace)
        except argparse.ArgumentError as error:
            message = self._message(error)
        return self.error(message)

    def _message(self, error: argparse.ArgumentError) -> str:
        if error.argument_name == COMMAND:
            return f"unrecognised command; expected one of {', '.join(self.commands)}"
        flags = {"/".join(action.option_strings) for action in self.arguments.values() if action.nargs == 0}
        return f"argument {error.argument_name}: takes no value" if error.argument_name in flags else str(error)

    def error(self, message: str) -> NoReturn:
        """Print one line on standard error and exit with status 2."""
        self.exit(BAD_INPUT, f"{PROGRAM}: {message}; see {self.prog} --help\n")

    def refuse_unrecognised(self, unrecognised: Sequence[str], typed: Sequence[str]) -> NoReturn:
        """Exit because of arguments that no option takes.

        Args:
            unrecognised: The arguments, in the order typed.
            typed: The whole command line.
        """
        self.error(f"unrecognised arguments: {', '.join(self._shown(unrecognised, typed))}")

    def _shown(self, unrecognised: Sequence[str], typed: Sequence[str]) -> Iterator[str]:
        known = [flag for action in self.arguments.values() for flag in action.option_strings]
        for argument, position in zip(unrecognised, _positions(unrecognised, typed), strict=True):
            option = argument.partition("=")[0]
            if _OPTION.fullmatch(option):
                near = nearest(option, known)
                yield f"{option} (did you mean {near}?)" if near else option
            else:
                yield f"the one at position {position}"


class CommandParser(Parser):
    """The parser of one command: its module adds the arguments when the command is chosen.

    So `--help` of the program imports no command, and a command imports nothing that only others need.
    """

    def __init__(self, *, module: str, **settings: Any) -> None:
        """Create the parser of the command in a module."""
        super().__init__(**settings)
        self._module = module

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Import the command's module, let it add its arguments, and parse."""
        command = import_module(self._module)
        command.add_arguments(self)
        self.set_defaults(run=command.run, parser=self)
        return super().parse_known_args(args, namespace)


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a type of arguments that accepts these words; unlike `choices`, its error does not repeat the value."""

    def read(text: str) -> str:
        if text in choices:
            return text
        expected = f"expected one of {', '.join(choices)}{near_miss(text, choices)}"
        raise argparse.ArgumentTypeError(f"{expected} [unknown-name]")

    return read


def _positions(some: Sequence[str], typed: Sequence[str]) -> list[int]:
    """Return the positions, from 1, of some arguments on the whole command line, searched from its end."""
    found, end = list[int](), len(typed)
    for argument in reversed(some):
        end = max((place for place in range(end) if typed[place] == argument), default=0)
        found.insert(0, end + 1)
    return found
