"""The parser of the command line: one for the program, and one for each command, filled when the command is chosen.

Errors are one line long and never repeat a value that was typed: it may be a patient's. Options are named up to `=`.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from textwrap import wrap
from typing import Any, Final, NoReturn

from lemtrada_schedule.cli.terminal import BAD_INPUT, COLORS, PROGRAM, columns
from lemtrada_schedule.validation.near_names import near_miss, nearest

__all__ = ["COMMAND", "CommandParser", "OneOf", "Parser", "one_of"]

COMMAND: Final = "COMMAND"

_OPTION: Final = re.compile(r"--[a-z][a-z-]{0,30}")
"""An option that an error may name: it is written like one of ours."""


_WIDEST: Final = 100
"""In columns: help is not wider."""

_TOKEN: Final = re.compile(r'"[^"]*"|\S+')
"""A word of an example, quoted or not."""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; the examples at its end keep their lines."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=min(columns() or 80, _WIDEST))

    def add_argument(self, action: argparse.Action) -> None:
        """Add an argument, with room for the indentation of commands, which argparse forgets."""
        super().add_argument(action)
        if action.nargs == argparse.PARSER:
            self._action_max_length += self._indent_increment

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(text, width, break_on_hyphens=False)  # an option is one word


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line long and repeat no value."""

    def __init__(self, **settings: Any) -> None:
        """Create a parser without abbreviations, as `argparse.ArgumentParser` otherwise."""
        self.arguments: dict[str, argparse.Action] = {}
        """The arguments by the name of the Python argument they are for."""
        self.commands: dict[str, CommandParser] = {}
        """The commands of the program, by their names."""
        super().__init__(allow_abbrev=False, exit_on_error=False, formatter_class=_Help, **settings)

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
            message = self._message(error, args or ())
        return self.error(message)

    def _message(self, error: argparse.ArgumentError, typed: Sequence[str]) -> str:
        if error.argument_name == COMMAND:
            command = next((text for text in typed if not text.startswith("-")), "")
            near = nearest(command, self.commands)  # a word like none of ours may be anything: it is not repeated
            named = f"unrecognised command: {command} (did you mean {near}?)" if near else "unrecognised command"
            return f"{named}; expected one of {', '.join(self.commands)}"
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
    """The parser of one command: it is made, and its module adds the arguments, when the command is chosen.

    So `--help` of the program imports no command, and a command imports nothing that only others need.
    """

    def __init__(self, *, module: str, **settings: Any) -> None:
        """Take the module of the command, and what `Parser` takes, for when the command is chosen."""
        self._module = module
        self._settings = settings

    def fill(self) -> None:
        """Make the parser, import the command's module, and let it add its arguments and examples."""
        super().__init__(**self._settings)
        command = import_module(self._module)
        command.add_arguments(self)
        words = "colours: on a terminal (default), always, or never"
        self.add_argument(
            "--color", type=one_of(*COLORS), default="auto", metavar=f"{{{','.join(COLORS)}}}", help=words
        )
        self.epilog = _examples(command.EXAMPLES, min(columns() or 80, _WIDEST))
        self.set_defaults(run=command.run, parser=self)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Fill the parser, and parse."""
        self.fill()
        return super().parse_known_args(args, namespace)


class OneOf:
    """A type of arguments that accepts some words; unlike `choices`, its error does not repeat the value."""

    def __init__(self, *choices: str) -> None:
        """Create a type that accepts these words."""
        self.choices = choices

    def __call__(self, text: str) -> str:
        """Return a word that is accepted."""
        if text in self.choices:
            return text
        expected = f"expected one of {', '.join(self.choices)}{near_miss(text, self.choices)}"
        raise argparse.ArgumentTypeError(f"{expected} [unknown-name]")


def one_of(*choices: str) -> OneOf:
    """Return a type of arguments that accepts these words."""
    return OneOf(*choices)


def _examples(examples: Sequence[str], width: int) -> str:
    """Return examples as the end of the help; one that is too long goes on below, as a shell reads it."""
    lines = [line for example in examples for line in _example(f"{PROGRAM} {example}", width)]
    return "\n".join((f"example{'s' if len(examples) > 1 else ''}:", *lines))


def _example(words: str, width: int) -> Iterator[str]:
    tokens = (token.replace(" ", "\0") for token in _TOKEN.findall(words))  # a quoted word is not broken
    rows = wrap(" ".join(tokens), width - 8, break_long_words=False, break_on_hyphens=False)
    for number, row in enumerate(rows, start=1):
        text = row.replace("\0", " ")
        indent, end = "  " if number == 1 else "      ", " \\" if number < len(rows) else ""
        yield f"{indent}{text}{end}"


def _positions(some: Sequence[str], typed: Sequence[str]) -> list[int]:
    """Return the positions, from 1, of some arguments on the whole command line, searched from its end."""
    found, end = list[int](), len(typed)
    for argument in reversed(some):
        end = max((place for place in range(end) if typed[place] == argument), default=0)
        found.insert(0, end + 1)
    return found
