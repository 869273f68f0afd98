"""`--bookings`: the plans of other patients at the clinic, as files in a folder."""

import argparse
import datetime as dt

from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.plan_folders import plans_in
from lemtrada_schedule.cli.terminal import say
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.planning.bookings import Bookings, bookings_of
from lemtrada_schedule.readers.plans import read_plan
from lemtrada_schedule.validation.paths import file_name

__all__ = ["add_bookings", "booking_files", "read_bookings"]


def add_bookings(command: Parser) -> None:
    """Add `--bookings`."""
    words = "a folder of plans (.json): days on which they take every chair are closed to courses newly placed"
    command.add_argument("--bookings", metavar="DIR", help=words)


def booking_files(options: argparse.Namespace) -> list[str]:
    """Return the plan files in the folder given with `--bookings`, in the order of their names.

    Raises:
        UnreadableFile: The folder does not exist, is a file, or may not be read.
    """
    if options.bookings is None:
        return []
    return [str(path) for path in plans_in(options.bookings)[0]]


def read_bookings(options: argparse.Namespace, clinic: Clinic, as_of: dt.date) -> Bookings | None:
    """Return what the plans in the folder book at a clinic from a day on; `None` without `--bookings`."""
    if options.bookings is None:
        return None
    if clinic.chairs is None:
        say("--bookings closes no day: the clinic's file has no chairs; add a line such as chairs = 4 above its tables")
    plans = ((f"{file_name(name)}: ", read_plan(name)) for name in booking_files(options))
    return bookings_of(plans, clinic, as_of)
