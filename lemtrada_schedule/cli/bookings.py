"""`--bookings`: the plans of other patients at the clinic, as files in a folder."""

import argparse
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.plan_folders import plans_in
from lemtrada_schedule.cli.terminal import say
from lemtrada_schedule.cli.writing import is_same_file
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.planning.bookings import Bookings, bookings_of
from lemtrada_schedule.readers.plans import read_plan
from lemtrada_schedule.validation.paths import file_name
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["add_bookings", "booking_files", "read_bookings", "replaced_files"]

SHOWN_FILES: Final = 50


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
    found = list[_Found]()
    bookings = bookings_of(_plans(booking_files(options), found), clinic, as_of)
    _say_counted(bookings, found)
    return bookings


class _Found(NamedTuple):
    """A plan of the folder."""

    file: str
    plan_id: str | None
    revision: int

    def __repr__(self) -> str:
        """Return the name of the class: ids and filenames may be about a patient."""
        return "_Found()"


def _plans(files: Sequence[str], found: list[_Found]) -> Iterator[tuple[str, Plan]]:
    """Yield each plan with the prefix of the places of its problems, and keep which one it was."""
    for name in files:
        plan = read_plan(name)
        found.append(_Found(file_name(name), plan.plan_id, plan.revision))
        yield f"{file_name(name)}: ", plan


def _say_counted(bookings: Bookings, found: Sequence[_Found]) -> None:
    """Report how many plans of the folder count: none does if the name of the clinic was mistyped."""
    newest = {one.plan_id: one for one in sorted(found, key=lambda one: one.revision)}
    of_others = bookings.other_clinics
    whose = f"{of_others} of a clinic with another name" if of_others else "none of another clinic"
    say(f"--bookings: {how_many(len(newest) - of_others, 'plan')} of this clinic, {whose}")
    if of_others and of_others == len(newest):
        say("--bookings closes no day: compare the name in the clinic's file with that of the clinic in the plans")
    again = [one for one in found if one[1:] == newest[one.plan_id][1:] and one != newest[one.plan_id]]
    for one in again[:SHOWN_FILES]:
        advice = "it counts once here, but `worklist` refuses both; remove one of them"
        say(f"{one.file}: another file holds the same revision of this plan; {advice}")
    if len(again) > SHOWN_FILES:
        say(f"{len(again):,} such files in all")


# --- replacing a plan in the folder ----------------------------------------------------------------


def replaced_files(options: argparse.Namespace) -> list[str]:
    """Return which inputs of the command `--plan-out` may replace with `--force`: files that hold the same plan.

    These are the plan that `replan` reads, and a plan of the folder with the same `plan_id` and no higher revision. A
    night of replanning can then keep the folder up to date, so that each plan is placed beside the new days of those
    before it. Any other input stays.
    """
    if options.plan_out is None:
        return []
    plan: str | None = getattr(options, "plan", None)
    same = [name for name in booking_files(options) if is_same_file(name, options.plan_out)]
    if plan is not None and is_same_file(plan, options.plan_out):
        return [plan, *same]
    return [name for name in same if _is_earlier(read_plan(name), options, plan)]


def _is_earlier(kept: Plan, options: argparse.Namespace, plan: str | None) -> bool:
    """Return whether a plan of the folder is the one that the command makes or updates, in no higher revision."""
    if plan is None:
        plan_id, revision = options.plan_id, 0
    else:
        read = read_plan(plan)
        plan_id, revision = read.plan_id, read.revision
    return kept.plan_id is not None and kept.plan_id == plan_id and kept.revision <= revision
