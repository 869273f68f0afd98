"""Read which plan belongs to which patient: a CSV file with the columns `plan_id` and `patient`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.records.history import History, RefusedRow
from lemtrada_schedule.sources.csv_cells import cells_in
from lemtrada_schedule.sources.files import named
from lemtrada_schedule.sources.lines import read_lines, without_end
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.paths import StrPath, file_name
from lemtrada_schedule.validation.scalars import checked_identifier

__all__ = ["Link", "Links", "read_links"]

COLUMNS: Final = ("plan_id", "patient")


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """One row: a plan and its patient."""

    row: int
    """The line; the header is line 1."""
    plan_id: str
    patient: str


@dataclass(slots=True, repr=False)
class Links:
    """The content of the file; `rows` = `links` + refused rows + `blank`."""

    links: list[Link] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    rows: int = 0
    blank: int = 0


def read_links(path: StrPath) -> Links:
    """Return the links in a CSV file, and every row that was refused: UTF-8, commas, a header, one link a line.

    A plan in several rows is refused in each of them.

    Raises:
        UnreadableFile: The file cannot be read.
        InvalidInput: The header does not consist of `plan_id` and `patient`.
    """
    return named(file_name(path), lambda: _links(read_lines(path)))


def _links(lines: Iterator[str]) -> Links:
    header = cells_in(without_end(next(lines, "")))
    names = [] if isinstance(header, Problem) else [cell.strip(" ") for cell in header]
    if sorted(names) != sorted(COLUMNS):
        raise refused("csv-structure", "line 1", "expected the columns plan_id and patient, and no others")
    found = Links()
    for row, line in enumerate(lines, start=2):
        _take(found, row, without_end(line), names)
    counts = Counter(link.plan_id for link in found.links)
    twice = [link for link in found.links if counts[link.plan_id] > 1]
    found.links = [link for link in found.links if counts[link.plan_id] == 1]
    message = "this plan is in several rows; keep the right one"
    found.refused += [RefusedRow(row=one.row, column="plan_id", code="not-paired", message=message) for one in twice]
    return found


def _take(found: Links, row: int, line: str, names: list[str]) -> None:
    found.rows += 1
    if not line.strip(" "):
        found.blank += 1
        return
    cells = cells_in(line, len(names))
    if isinstance(cells, Problem):
        found.refused.append(RefusedRow(row=row, code=cells.code, message=cells.message))
        return
    by_name = dict(zip(names, cells, strict=True))
    try:
        plan_id = checked_identifier(by_name["plan_id"].strip(" "), "plan_id")
        patient = History(patient=by_name["patient"]).patient or ""
    except InvalidInput as error:
        found.refused += [RefusedRow(row=row, column=p.place, code=p.code, message=p.message) for p in error.problems]
        return
    found.links.append(Link(row, plan_id, patient))
