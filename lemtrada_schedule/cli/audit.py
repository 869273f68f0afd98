"""The command `audit`: check every patient of a table."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from lemtrada_schedule.cli.arguments import (
    add_format,
    add_question,
    add_tolerance,
    asked_on,
    clinic_of,
    print_csv,
    rules_of,
)
from lemtrada_schedule.cli.outputs import add_force, check_files, say_written
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.problems import AUDIT_COLUMNS
from lemtrada_schedule.cli.recorded import add_source
from lemtrada_schedule.cli.standard_input import NAME, check_inputs, files, is_standard_input, read_standard_input
from lemtrada_schedule.cli.table_files import check_table_names, table_writer
from lemtrada_schedule.cli.terminal import BAD_INPUT, FINE, FOUND, progress, say
from lemtrada_schedule.cli.writing import Content, write_files
from lemtrada_schedule.cohort.audit import audit, parquet_frame
from lemtrada_schedule.cohort.question import as_of_column
from lemtrada_schedule.cohort.report import Report
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.exports.text.style import Line, Shown
from lemtrada_schedule.findings.finding import NotAssessed
from lemtrada_schedule.findings.reasons import not_checked
from lemtrada_schedule.sources.paths import files_of
from lemtrada_schedule.sources.tables import ENDINGS
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = (
    "audit cohort.parquet --protocol us --as-of 2026-11-22",
    "audit cohort.parquet --protocol us --as-of 2026-11-22 --column patient=person_id --findings findings.parquet",
    "audit claims.csv --source claims --protocol us --as-of 2026-11-22",
)

SHOWN_REFUSALS: Final = 50

LARGEST_PIPED: Final = 1 << 32
"""In bytes: a parquet file from standard input is held in memory."""

_ROW_COUNTS: Final = ("accepted", "refused", "blank", "other", "superseded")
"""What became of the rows: the sum of these is the number of rows."""

_ORDER: Final = ("error", "warning", "note")

_TABLES: Mapping[str, Callable[[Report], Any]] = {
    "out": lambda report: report.patients,
    "courses": lambda report: report.courses,
    "periods": lambda report: report.periods,
    "monitoring": lambda report: report.monitoring,
    "findings": lambda report: report.finding_tables,
    "refused": lambda report: report.refused,
}
"""The table of each option, or the function that yields it in parts and reports its progress."""

_WRITES: Mapping[str, str] = {
    "out": "one row for each patient",
    "courses": "one row for each course",
    "periods": "one row for each period of contraception and of monitoring",
    "monitoring": "one row for each recurring test and course (needs --observations)",
    "findings": "every finding in full",
    "refused": "every problem of the refused rows",
}
"""What is in each of these tables."""


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument(
        "cohort",
        nargs="+",
        metavar="FILE",
        help=(
            f"recorded infusions, one row each (.parquet, {', '.join(ENDINGS)}); a folder or a pattern is its files; "
            "- is standard input, as parquet"
        ),
    )
    add_question(command)
    words = (
        "the column with the date of the question for each patient, such as the end of follow-up, instead of --as-of"
    )
    command.add_argument("--as-of-column", metavar="COLUMN", help=words)
    add_tolerance(command)
    words = f"NAME: {', '.join(AUDIT_COLUMNS)}; may be repeated"
    command.add_argument("--column", action="append", default=[], type=_column, metavar="NAME=COLUMN", help=words)
    add_source(command)
    words = "tests on record, one row each: patient, date, code; may be repeated"
    command.add_argument("--observations", action="append", metavar="FILE.parquet", help=words)
    for name in _TABLES:
        command.add_argument(f"--{name}", metavar="FILE", help=f"write {_WRITES[name]} (.parquet or .csv)")
    add_force(command)
    add_format(command)


def _column(text: str) -> tuple[str, str]:
    name, found, own = text.partition("=")
    if found and own and name in AUDIT_COLUMNS:
        return name, own
    known = ", ".join(AUDIT_COLUMNS)
    message = f"expected NAME=COLUMN such as patient=person_id; NAME is one of {known} [unknown-name]"
    raise argparse.ArgumentTypeError(message)


def run(options: argparse.Namespace) -> int:
    """Audit, write the files asked for, print a summary, and return the exit status."""
    _check_cohort(options)
    outputs = {f"--{name}": getattr(options, name) for name in _TABLES}
    check_files(options, outputs, _inputs(options))
    check_table_names(outputs)
    _check_day(options)
    _check_monitoring(options)
    clinic = clinic_of(options)
    rules, as_of = rules_of(options, clinic), options.as_of_column or asked_on(options, clinic)
    cohort = _cohort(options.cohort)
    with progress("auditing") as on_progress:
        report = audit(
            cohort,
            rules,
            as_of=as_of,
            clinic=clinic,
            tolerance_days=options.tolerance_days,
            source=options.source,
            medicine=options.medicine,
            lemtrada_codes=options.lemtrada_codes,
            ignore=options.ignore,
            observations=options.observations,
            progress=on_progress,
            **dict(options.column),
        )
    if report.other_files:
        ending = next((end for end in ENDINGS if str(options.cohort[0]).lower().endswith(end)), ".parquet")
        say(f"{how_many(report.other_files, 'other file')} not read; the cohort is the {ending} files")
    _say_refused(report.refused)
    if options.observations:
        _say_refused(report.refused_observations, " of the observations")
    with progress("writing the files") as on_progress:
        write_files(_files(options, report, on_progress), force=options.force)
    say_written([option for option, name in outputs.items() if name is not None])
    summary = report.summary()
    _print(summary, report.not_assessed, options)
    if summary["rows"]["refused"] or report.observation_rows.refused:
        return BAD_INPUT
    return FOUND if any(found["severity"] == "error" for found in summary["findings"].values()) else FINE


def _check_cohort(options: argparse.Namespace) -> None:
    check_inputs(options)
    if len(options.cohort) > 1 and any(map(is_standard_input, options.cohort)):
        message = "standard input is audited alone; give files, or - and nothing else"
        raise InvalidInput([Problem("wrong-type", "FILE", message)])


def _inputs(options: argparse.Namespace) -> list[str]:
    """Return the files that are read."""
    cohort = files(options.cohort)
    texts = [one for one in cohort if one.lower().endswith(ENDINGS)]
    read = files_of([one for one in cohort if one not in texts], ".parquet").paths
    return [*map(str, read), *texts, *(options.observations or ())]


def _check_monitoring(options: argparse.Namespace) -> None:
    if options.monitoring is not None and not options.observations:
        raise InvalidInput([Problem("missing-field", "--monitoring", "only valid together with --observations")])


def _check_day(options: argparse.Namespace) -> None:
    """Raise `InvalidInput` unless at most one of `--as-of` and `--as-of-column` is given, and that names a column."""
    name = options.as_of_column
    if name is None:
        return
    if options.as_of is not None:
        message = "give --as-of or --as-of-column, not both"
        raise InvalidInput([Problem("wrong-type", "--as-of-column", message)])
    if as_of_column(name) is None:
        message = "expected the name of a column; give a date with --as-of"
        raise InvalidInput([Problem("wrong-type", "--as-of-column", message)])


def _cohort(names: Sequence[str]) -> Any:
    """Return the paths as they are, or the frame in the parquet file that is standard input."""
    if not is_standard_input(names[0]):
        return names
    return parquet_frame(read_standard_input(LARGEST_PIPED), NAME)


def _files(
    options: argparse.Namespace, report: Report, on_progress: Callable[[int, int], None] | None
) -> dict[str, Content]:
    """Return what writes each file that is asked for. Findings are made while they are written."""
    asked = {getattr(options, name): name for name in _TABLES if getattr(options, name) is not None}
    return {file: table_writer(file, _parts(name, report, on_progress)) for file, name in asked.items()}


def _parts(name: str, report: Report, on_progress: Callable[[int, int], None] | None) -> Iterator[Any]:
    """Yield the tables of a file; nothing is made before the first is asked for."""
    made = _TABLES[name](report)
    if callable(made):
        yield from made(progress=on_progress)
    else:
        yield made


def _say_refused(refused: Any, of_table: str = "") -> None:
    """Report refused rows on standard error, the first ones one by one, with their numbers in their files."""
    for row in refused.slice(0, SHOWN_REFUSALS).to_pylist():
        file = f"{row['file']}: " if row["file"] else ""
        say(f"{file}row {row['row_in_file']}{of_table}, column {row['column']}: {row['message']} [{row['code']}]")
    if refused.num_rows > SHOWN_REFUSALS:
        say(f"{refused.num_rows:,} problems{of_table} in all")


def _print(summary: Mapping[str, Any], missing: tuple[NotAssessed, ...], options: argparse.Namespace) -> None:
    match options.format:
        case "json":
            print(json.dumps({**summary, "not_assessed": [one.model_dump(mode="json") for one in missing]}, indent=2))
        case "csv":
            found = summary["findings"].items()
            rows = [(total["severity"], code, total["patients"], total["findings"]) for code, total in found]
            print_csv(("severity", "code", "patients", "findings"), rows)
        case _:
            print(options.terminal.style().written(_table(summary, missing)), end="")


def _table(summary: Mapping[str, Any], missing: tuple[NotAssessed, ...]) -> Iterator[Line]:
    rows = summary["rows"]
    yield f"{how_many(summary['patients'], 'patient')}, {summary['flagged']:,} of them with findings"
    yield f"{how_many(rows['in'], 'row')}, " + ", ".join(f"{rows[name]:,} {name}" for name in _ROW_COUNTS)
    if tests := summary.get("observations"):
        counted = ", ".join(f"{tests[name]:,} {name}" for name in _ROW_COUNTS)
        yield f"{how_many(tests['in'], 'row')} of observations, {counted}"
    found = sorted(summary["findings"].items(), key=lambda pair: (_ORDER.index(pair[1]["severity"]), pair[0]))
    width = max((len(code) for code, _ in found), default=0)
    for code, total in found:
        patients, findings = _counted(total["patients"], "patient"), _counted(total["findings"], "finding")
        yield Shown(f"{total['severity']:7}  {code:{width}}  {patients:18}  {findings}", total["severity"])
    yield from not_checked(missing)


def _counted(count: int, noun: str) -> str:
    number, _, nouns = how_many(count, noun).partition(" ")
    return f"{number:>9} {nouns}"
