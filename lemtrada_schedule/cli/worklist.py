"""The command `worklist`: what is due between two days, for a folder of plans and the records of their patients."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lemtrada_schedule.agenda.asking import checked_question
from lemtrada_schedule.agenda.due_items import Worklist
from lemtrada_schedule.cli.arguments import add_format, add_grace, asked_on, clinic_of, day, named_rules
from lemtrada_schedule.cli.pairing import Pairing, Refused, plan_files
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.recorded import add_reading, check_records, intake_of
from lemtrada_schedule.cli.standard_input import shown
from lemtrada_schedule.cli.terminal import BAD_INPUT, FINE, progress, say
from lemtrada_schedule.exports.tables.rows import to_csv
from lemtrada_schedule.exports.text.verdict_text import counts_to_text
from lemtrada_schedule.exports.text.worklist_text import worklist_to_text
from lemtrada_schedule.readers.links import Links, read_links
from lemtrada_schedule.readers.records import SUFFIXES
from lemtrada_schedule.validation.paths import file_name
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = ("worklist plans/ --history infusions.csv --as-of 2026-11-22 --last-day 2026-11-29",)

SHOWN_REFUSALS: Final = 50

SHOWN_IDS: Final = 50
"""How many plans that are not listed are named below a table."""


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument("plans", nargs="+", metavar="PLANS", help="folders of plans, or plans: .json")
    words = f"recorded infusions and tests ({', '.join(SUFFIXES)})"
    command.add_argument("--history", dest="records", required=True, metavar="FILE", help=words)
    words = "a .csv file with the columns plan_id and patient, where the ids differ"
    command.add_argument("--link", metavar="FILE", help=words)
    words = "patients without records have had nothing yet: list the dates of their plans (default: refuse such a plan)"
    command.add_argument("--not-begun", action="store_true", help=words)
    command.add_argument("--first-day", type=day, metavar="DAY", help="first day of the range (default: --as-of)")
    command.add_argument("--last-day", type=day, required=True, metavar="DAY", help="last day of the range, included")
    words = "date of the question (default: today in the clinic's time zone)"
    command.add_argument("--as-of", type=day, metavar="DAY", help=words)
    command.add_argument("--clinic", metavar="FILE", help="suggest days of this clinic (default: each plan's own)")
    words = "whose test codes the records use, such as us or a .toml file (default: all built-in protocols)"
    command.add_argument("--protocol", metavar="NAME", help=words)
    add_grace(command)
    add_reading(command)
    add_format(command)


def run(options: argparse.Namespace) -> int:
    """Read records and plans, print what is due, and return the exit status."""
    check_records(options, options.records)
    clinic = clinic_of(options)
    as_of = asked_on(options, clinic)
    first_day = options.first_day or as_of
    question = checked_question(as_of, first_day, options.last_day, clinic, options.grace_days)
    files = _files(options)
    links = read_links(options.link) if options.link else Links()
    intake = intake_of(options, options.records, named_rules(options, clinic), clinic)
    link_file = file_name(options.link) if options.link else ""
    pairing = Pairing(intake, shown(options.records), links, link_file, may_not_have_begun=options.not_begun)
    with progress("reading plans") as on_progress:
        pairing.read(files, question, on_progress)
    listed = Worklist(as_of=as_of, first_day=first_day, last_day=options.last_day, items=pairing.finish())
    _say(pairing.refused[len(intake.refused) :])
    _print(listed, pairing, options)
    return BAD_INPUT if pairing.refused else FINE


def _files(options: argparse.Namespace) -> list[Path]:
    files, others = plan_files(options.plans)
    if others:
        say(f"{how_many(others, 'file')} without the suffix .json in the folders of plans skipped")
    return files


def _say(refused: Sequence[Refused]) -> None:
    """Report what was refused on standard error, the first ones one by one."""
    for one in refused[:SHOWN_REFUSALS]:
        row = f"row {one.row}" if one.row else ""
        column = f"column {one.column}" if one.row and one.column else one.column or ""
        where = ", ".join(filter(None, (row, column)))
        say(f"{one.file}: {f'{where}: ' if where else ''}{one.message} [{one.code}]")
    if len(refused) > SHOWN_REFUSALS:
        say(f"{len(refused):,} problems in all")


def _print(listed: Worklist, pairing: Pairing, options: argparse.Namespace) -> None:
    match options.format:
        case "json":
            refused = [one._asdict() for one in pairing.refused]
            data = {**listed.model_dump(mode="json"), "refused": refused, "rows": pairing.counts}
            print(json.dumps(data, indent=2))
        case "csv":
            print(to_csv(listed), end="")
        case _:
            style = options.terminal.style()
            print(worklist_to_text(listed, style), end="")
            print(style.written(_not_listed(pairing.not_listed)), end="")
            print(style.written([counts_to_text(pairing.counts, pairing.counted)]), end="")


def _not_listed(plan_ids: Sequence[str]) -> Iterator[str]:
    """Yield a line with the ids of the plans that were refused: who reads the list may not see standard error."""
    if plan_ids:
        named, more = ", ".join(plan_ids[:SHOWN_IDS]), len(plan_ids) - SHOWN_IDS
        yield f"not listed: {named}{f' and {more:,} more' if more > 0 else ''}"
