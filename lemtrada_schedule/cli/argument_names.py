"""The arguments of the verbs as they are typed on the command line, in whatever is said of them."""

import argparse
import re
from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.errors import InvalidInput, Problem, ScheduleError

__all__ = ["flag_of", "in_flags", "told_in_flags"]

_OPTIONS: Final = {
    "as_of": "as_of",
    "courses": "courses",
    "decisions": "decisions",
    "ignore": "ignore",
    "infusion_days": "days",
    "lemtrada_codes": "lemtrada_code",
    "limit": "limit",
    "medications": "medications",
    "not_before": "not_before",
    "past_due_after": "past_due_after",
    "plan_id": "plan_id",
    "stamp": "stamp",
    "subject": "subject",
    "tolerance_days": "tolerance_days",
}

_WORDS: Final = {
    r"name it with `([a-z_]+)=`": r"name it with `--column \1=…`",
    r"named in `ignore`": r"named with `--ignore`",
    r"name it in `lemtrada_codes`": r"name it with `--lemtrada-code`",
    r"in `medications`": r"with `--medications`",
    r'give `medicine="assumed"`': r"add `--assume-lemtrada`",
    r"give `time_zone`, such as America/New_York": r"give a `--clinic`, whose zone is taken",
}


def flag_of(option: str) -> str:
    """Return the flag that is typed for an option.

    >>> flag_of("plan_id")
    '--plan-id'
    """
    return f"--{option.replace('_', '-')}"


def in_flags(message: str) -> str:
    """Return a message with the flags of the command line where it names an argument in Python."""
    for argument, flag in _WORDS.items():
        message = re.sub(argument, flag, message)
    return message


def told_in_flags(error: ScheduleError, options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of an error, its places as they are typed."""
    problems = error.problems if isinstance(error, InvalidInput) else [Problem(error.code, error.place, error.message)]
    told = InvalidInput(Problem(one.code, _place(one, options), in_flags(one.message)) for one in problems)
    yield from str(told).splitlines()


def _place(problem: Problem, options: argparse.Namespace) -> str:
    option = _OPTIONS.get(problem.place)
    if option not in vars(options) or problem.code == "protocol-contradiction":  # a column or a table is called so
        return problem.place
    return "DAY" if (options.command, option) == ("plan", "not_before") else flag_of(str(option))
