"""The files that a plan can be written to: `--ics`, `--fhir`, `--html`, `--csv` and `--plan-out`.

A new one is a file in `exports/` and an entry of `OUTPUTS`.
"""

import argparse
import datetime as dt
import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from lemtrada_schedule.cli.arguments import is_example, is_own_protocol
from lemtrada_schedule.cli.parser import Parser, one_of
from lemtrada_schedule.cli.terminal import say
from lemtrada_schedule.cli.writing import check_apart, check_file_names, write_files
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.exports.fhir.bundle import to_fhir
from lemtrada_schedule.exports.html.month_grid import FirstWeekday
from lemtrada_schedule.exports.html.page import Layout, to_html
from lemtrada_schedule.exports.ics.calendar import to_ics
from lemtrada_schedule.exports.ics.entry import Spans
from lemtrada_schedule.exports.tables.rows import to_csv, to_rows
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.plurals import how_many

__all__ = [
    "OUTPUTS",
    "Output",
    "add_force",
    "add_outputs",
    "check_files",
    "check_outputs",
    "say_written",
    "write_outputs",
]

_REMINDER: Final = re.compile(r"([0-9]{1,6}) (minute|hour|day|week)s?")

_STAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """A plan to write, and the options that say how."""

    plan: Plan
    since: Plan | None
    """The plan before this one, if it was replanned."""
    stamp: Any
    subject: Any
    titles: Any
    calendar: Mapping[str, Any]
    """The options of the calendar file that were given."""
    page: Mapping[str, Any]
    """The options of the page that were given."""


@dataclass(frozen=True, slots=True, repr=False)
class Output:
    """A kind of file that a plan can be written to."""

    option: str
    help: Mapping[Literal["plan", "replan"], str]
    """The commands that write it, each with the help of the option."""
    content: Callable[[Wanted], bytes]
    needs: tuple[str, ...] = ()
    """Arguments that it requires."""
    uses: tuple[str, ...] = ()
    """Arguments that only make sense with such a file."""
    metavar: str = "FILE"

    @property
    def dest(self) -> str:
        """The option as an attribute of the parsed options."""
        return self.option.removeprefix("--").replace("-", "_")


OUTPUTS: Final = (
    Output(
        "--ics",
        {
            "plan": "write the plan as a calendar file; requires --plan-id",
            "replan": "write a calendar update: what moved, was added or was cancelled",
        },
        lambda wanted: to_ics(
            wanted.plan, stamp=wanted.stamp, titles=wanted.titles, since=wanted.since, **wanted.calendar
        ),
        needs=("plan_id",),
        uses=("stamp", "titles", "spans", "reminders", "location"),
    ),
    Output(
        "--fhir",
        {"plan": "write the plan as a FHIR R4 Bundle; requires --plan-id and --subject"},
        lambda wanted: _json_lines(to_fhir(wanted.plan, subject=wanted.subject)),
        needs=("plan_id", "subject"),
        uses=("subject",),
    ),
    Output(
        "--html",
        {"plan": "write the plan as a page to print", "replan": "write the new plan as a page to print"},
        lambda wanted: str(to_html(wanted.plan, titles=wanted.titles, **wanted.page)).encode(),
        uses=("titles", "layout", "language", "first_weekday", "words"),
    ),
    Output(
        "--csv",
        {"plan": "write the plan as a table", "replan": "write the new plan as a table"},
        lambda wanted: to_csv(to_rows(wanted.plan)).encode(),
    ),
    Output(
        "--plan-out",
        {
            "plan": "write the plan, as `replan`, `why`, `compare` and `worklist` read it",
            "replan": "write the new plan, as the next `replan` reads it",
        },
        lambda wanted: f"{wanted.plan.model_dump_json(indent=2)}\n".encode(),
        metavar="FILE.json",
    ),
)
"""All of them, in the order of their options."""


def _json_lines(bundle: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(bundle, ensure_ascii=False, indent=2)}\n".encode()


# --- options -------------------------------------------------------------------------------------


def _add_stamp(command: Parser) -> None:
    command.add_argument("--stamp", type=_stamp, metavar="TIME", help="when the calendar file is made, in UTC")


def _add_titles(command: Parser) -> None:
    words = "titles in calendar and page (default: neutral)"
    command.add_argument("--titles", type=one_of("neutral", "clinical"), metavar="{neutral,clinical}", help=words)


def _add_layout(command: Parser) -> None:
    words = "page: the sheets for the patient, or every date (default: sheet with neutral titles, else full)"
    choices = get_args(Layout)
    command.add_argument("--layout", type=one_of(*choices), metavar=f"{{{','.join(choices)}}}", help=words)


def _add_language(command: Parser) -> None:
    command.add_argument("--language", metavar="TAG", help="page: its language, such as en-US or de (default: en)")


def _add_first_weekday(command: Parser) -> None:
    choices = get_args(FirstWeekday)
    words = "page: the first weekday of its months (default: that of the language)"
    command.add_argument("--first-weekday", type=one_of(*choices), metavar=f"{{{','.join(choices)}}}", help=words)


def _add_words(command: Parser) -> None:
    command.add_argument("--words", metavar="FILE.toml", help="page: words of your own, or another language")


def _add_spans(command: Parser) -> None:
    words = "calendar: mark the first and last day of what lasts longer, fill its days, or omit it (default: start-end)"
    choices = get_args(Spans)
    command.add_argument("--spans", type=one_of(*choices), metavar=f"{{{','.join(choices)}}}", help=words)


def _add_reminders(command: Parser) -> None:
    words = 'calendar: when to remind, such as "1 day, 2 hours" before the event; of whole days, before 09:00'
    command.add_argument("--reminders", type=_reminders, metavar="LIST", help=words)


def _add_location(command: Parser) -> None:
    command.add_argument("--location", metavar="TEXT", help="calendar: the place of infusion days; others may read it")


def _add_subject(command: Parser) -> None:
    command.add_argument("--subject", metavar="REF", help="the FHIR patient, such as Patient/123")


_PAGE: Final = {
    "layout": _add_layout,
    "language": _add_language,
    "first_weekday": _add_first_weekday,
    "words": _add_words,
}
"""Options of the page, named as the arguments of `to_html`."""

_CALENDAR: Final = {"spans": _add_spans, "reminders": _add_reminders, "location": _add_location}
"""Options of the calendar file, named as the arguments of `to_ics`."""

_COMPANIONS: Final = {"stamp": _add_stamp, "titles": _add_titles, **_CALENDAR, **_PAGE, "subject": _add_subject}
"""The arguments that say something about an output file, each with what adds its option."""


def add_outputs(command: Parser, name: Literal["plan", "replan"]) -> None:
    """Add the options of every file that a command can write a plan to."""
    written = [output for output in OUTPUTS if name in output.help]
    for output in written:
        command.add_argument(output.option, metavar=output.metavar, help=output.help[name])
    for argument, add in _COMPANIONS.items():
        if any(argument in output.uses for output in written):
            add(command)
    add_force(command)


def add_force(command: Parser) -> None:
    """Add `--force`."""
    command.add_argument("--force", action="store_true", help="overwrite existing files")


def _stamp(text: str) -> dt.datetime:
    if _STAMP.fullmatch(text):
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            pass
    raise argparse.ArgumentTypeError("expected a time in UTC such as 2026-11-22T09:30:00Z [wall-time]")


def _reminders(text: str) -> tuple[dt.timedelta, ...]:
    found = [_REMINDER.fullmatch(part.strip()) for part in text.split(",")]
    if not all(found):
        expected = 'expected lengths such as "1 day, 2 hours", in minutes, hours, days or weeks'
        raise argparse.ArgumentTypeError(f"{expected} [span]")
    return tuple(dt.timedelta(**{f"{one[2]}s": int(one[1])}) for one in found if one)


# --- checks before anything is planned -----------------------------------------------------------


def check_outputs(options: argparse.Namespace, read: Iterable[str] = (), replaced: Container[str] = ()) -> None:
    """Raise `InvalidInput` if the output files cannot be written as asked, before anything is planned.

    Args:
        options: The options as parsed.
        read: The files that the command reads besides the clinic and the protocol.
        replaced: Those of them that `--plan-out` may replace with `--force`.
    """
    known = [output for output in OUTPUTS if hasattr(options, output.dest)]
    files = {output.option: getattr(options, output.dest) for output in known}
    for output in known:
        for argument in output.needs:
            option = options.parser.typed(argument)
            if option and files[output.option] is not None and not getattr(options, argument):
                raise InvalidInput([Problem("missing-field", option, f"required by {output.option}; add it")])
    for argument in _COMPANIONS:
        users = [output.option for output in known if argument in output.uses]
        _check_company(options, argument, files, users)
    check_files(options, files, read, replaced)


def check_files(
    options: argparse.Namespace,
    files: Mapping[str, str | None],
    read: Iterable[str],
    replaced: Container[str] = (),
) -> None:
    """Raise `InvalidInput` if two output files have one name, or if one is read by the command.

    Args:
        options: The options as parsed.
        files: The files to write, by their options.
        read: The files that the command reads besides the clinic and the protocol.
        replaced: Those of them that `--plan-out` may replace with `--force`.
    """
    named = {option: name for option, name in files.items() if name is not None}
    check_file_names(named)
    seen: set[str] = set()
    for option, name in named.items():
        if name in seen:
            raise InvalidInput([Problem("file-exists", option, "two outputs have the same file name")])
        seen.add(name)
    _check_company(options, "force", files, list(files))
    check_apart(named, (*read, *_shared_files(options)), replaced=replaced, force=options.force)


def _shared_files(options: argparse.Namespace) -> Iterator[str]:
    if options.clinic is not None and not is_example(options.clinic):
        yield options.clinic
    if is_own_protocol(options.protocol):
        yield options.protocol
    if getattr(options, "words", None) is not None:
        yield options.words


def _check_company(
    options: argparse.Namespace, argument: str, files: Mapping[str, str | None], users: list[str]
) -> None:
    """Raise `InvalidInput` if an option was given without any of the files that it is for."""
    if getattr(options, argument, None) not in {None, False} and all(files[option] is None for option in users):
        message = f"only valid together with {' or '.join(users)}"
        raise InvalidInput([Problem("missing-field", str(options.parser.typed(argument)), message)])


# --- writing -------------------------------------------------------------------------------------


def say_written(options: Sequence[str]) -> None:
    """Report which files were written, by their options: the name of a file may be about a patient."""
    if options:
        say(f"wrote {how_many(len(options), 'file')}: {', '.join(options)}")


def write_outputs(options: argparse.Namespace, plan: Plan, *, since: Plan | None = None) -> None:
    """Write the files that were asked for, each completely or not at all; say so if the clock was read for one.

    With `since`, the plan before this one, the calendar file is an update.
    """
    asked = vars(options)
    clock = options.moment() if options.ics is not None and options.stamp is None else None
    titles = options.titles or "neutral"
    page = {name: asked[name] for name in _PAGE if asked.get(name) is not None}
    calendar = {name: asked[name] for name in _CALENDAR if asked.get(name) is not None}
    wanted = Wanted(plan, since, options.stamp or clock, asked.get("subject"), titles, calendar, page)
    written = [output for output in OUTPUTS if asked.get(output.dest) is not None]
    write_files({asked[output.dest]: output.content(wanted) for output in written}, force=options.force)
    say_written([output.option for output in written])
    if clock:
        say(f"made at {clock:%Y-%m-%dT%H:%M:%SZ} by the clock; pass it as --stamp to make the same file again")
