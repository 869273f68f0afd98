"""The command `new-clinic`: print a commented file for your own clinic."""

import argparse
import json
from dataclasses import replace
from typing import Any, Final

from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.terminal import FINE, say
from lemtrada_schedule.errors import InvalidInput, Problem, UnknownName
from lemtrada_schedule.judging.clinic_check import check_clinic
from lemtrada_schedule.readers.clinics import parse_clinic
from lemtrada_schedule.readers.protocols import load_protocol

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = ("new-clinic --country US --subdivision MA --time-zone America/New_York > my-clinic.toml",)

_WEEK: Final = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00")

_PLACEHOLDERS: Final[dict[str, Any]] = {
    "infusion_starts": "09:00",
    "preparation_minutes": 30,
    "opening_hours": _WEEK,
}
"""What only the clinic knows, and a file cannot be without."""

_GIVEN: Final = (
    ("name", "Harbor Infusion Center", "as people call it; plans print it"),
    ("protocol", "us", "the protocol it uses, where --protocol is not given"),
    ("time_zone", "", "an IANA zone name: the clock on the clinic's wall"),
    ("country", "", "ISO 3166 code; its public holidays are closed days"),
    ("subdivision", "MA", "the region, where public holidays differ by region"),
)
"""The keys that the command sets, each with an example for a key that is left out, and with its comment."""

_HEAD: Final = """\
# The file of one clinic. The values marked CHECK are placeholders: correct them before you plan.
"""

_REST: Final = """\
infusion_starts = "09:00"             # CHECK: wall time at which each day's infusion begins
preparation_minutes = 30              # CHECK: minutes before it, in which the clinic must already be open
# chairs = 4                          # patients who can have an infusion on one day; without it, bookings close no day
# results_days = 3                    # days that results take: baselines are suggested so much earlier

[opening_hours]                       # CHECK: a day that is absent is a closed day
mon = "08:00-17:00"
tue = "08:00-17:00"
wed = "08:00-17:00"
thu = "08:00-17:00"
fri = "08:00-17:00"

[closures]                            # closed days that are no public holidays, each with its reason
# 2027-12-24 = "Staff day"

[extra_open]                          # days that are open although the week or a holiday says otherwise
# 2027-06-19 = "Saturday session"

[fully_booked]                        # days on which the clinic is open and has no chair left
# 2027-03-02 = "No chair free"

# [laboratory]                        # only if blood is drawn on other weekdays than the clinic's
# weekdays = ["mon", "tue", "wed", "thu", "fri", "sat"]
"""


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument("--country", required=True, metavar="CODE", help="ISO 3166 code of two letters, such as US")
    command.add_argument("--subdivision", metavar="CODE", help="code of the region, such as MA")
    command.add_argument("--time-zone", required=True, metavar="ZONE", help="such as America/New_York")
    command.add_argument("--name", metavar="NAME", help="the clinic's name")
    command.add_argument("--protocol", metavar="NAME", help="the built-in protocol that it uses (us, eu, us-2024-05)")


def run(options: argparse.Namespace) -> int:
    """Print the file, say what must be checked in it, and return the exit status."""
    given = {key: value for key, _, _ in _GIVEN if (value := getattr(options, key)) is not None}
    _check(options, given)
    text = _text(given)
    clinic = parse_clinic(text)
    print(text, end="")
    say("opening_hours, infusion_starts and preparation_minutes are placeholders; correct the lines marked CHECK")
    for finding in check_clinic(clinic):
        say(f"{finding.severity} {finding.code}: {finding.message}")
    return FINE


def _check(options: argparse.Namespace, given: dict[str, str]) -> None:
    """Raise `InvalidInput` if a value is not valid in a clinic's file; the error names its option."""
    try:
        if options.protocol is not None:
            load_protocol(options.protocol)
        parse_clinic({**given, **_PLACEHOLDERS})
    except UnknownName as error:
        problems: tuple[Problem, ...] = (Problem(error.code, error.place, error.message, error.place),)
    except InvalidInput as error:
        problems = tuple(replace(one, argument=one.place) for one in error.problems)
    else:
        return
    raise InvalidInput(problems)


def _text(given: dict[str, str]) -> str:
    lines = [_line(key, given.get(key), example, words) for key, example, words in _GIVEN]
    return "\n".join((_HEAD, *lines, _REST))


def _line(key: str, value: str | None, example: str, words: str) -> str:
    """Return the line of a key with its comment; of a key that was not given, the example as a comment."""
    mark = "" if value is not None else "# "
    return f"{f'{mark}{key} = {_quoted(value if value is not None else example)}':37} # {words}"


def _quoted(text: str) -> str:
    """Return a text as a TOML basic string; it has no control characters."""
    return json.dumps(text, ensure_ascii=False)
