"""`to_rows` and `to_csv`: plans and worklists as table rows, for data frames, Arrow and CSV."""

import csv
import io
from datetime import date, datetime
from typing import ClassVar, Final, TypedDict, cast, overload

from lemtrada_schedule.agenda.due_items import DueItem, Worklist
from lemtrada_schedule.dates.day_names import DAYS
from lemtrada_schedule.errors import kind_of
from lemtrada_schedule.exports.explaining import reason
from lemtrada_schedule.exports.tables.typed_rows import TypedRows
from lemtrada_schedule.exports.titles import neutral_title
from lemtrada_schedule.exports.visit_words import suggestion
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.items import Item, items
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.accepted import Listed
from lemtrada_schedule.validation.arguments import check_type, refused_argument

__all__ = ["DueRow", "DueRows", "Row", "Rows", "safe_cell", "to_csv", "to_rows"]


class Row(TypedDict):
    """One item of a plan. Days include both ends; `weekday` is that of the first day, else of the last day."""

    item: str
    kind: str
    course: int | None
    first_day: date | None
    last_day: date | None
    weekday: str | None
    start: datetime | None
    end: datetime | None
    title: str
    neutral_title: str
    applies_to: str | None
    reason: str
    cite: str | None
    basis: str | None
    provisional: bool
    """Whether it depends on a course that needs a decision, so that its end is an "at least until"."""
    suggested: date | None
    """For a visit: the suggested day, which is the due day (`first_day`) or earlier; else `None`."""


class Rows(TypedRows[Row]):
    """The rows of a plan: a sequence of dicts, and a typed table for every library that reads Arrow streams."""

    __slots__ = ()

    row: ClassVar[type] = Row
    required: ClassVar[tuple[str, ...]] = ("item", "kind", "title", "neutral_title", "reason", "provisional")


class DueRow(TypedDict):
    """One due item of a worklist; the columns are the fields of `DueItem`, in their order."""

    plan_id: str | None
    patient: str | None
    item: str
    kind: str
    day: date
    suggested: date | None
    state: str
    title: str
    neutral_title: str
    course: int | None
    reason: str


class DueRows(TypedRows[DueRow]):
    """The rows of a worklist: a sequence of dicts, and a typed table for every library that reads Arrow streams."""

    __slots__ = ()

    row: ClassVar[type] = DueRow
    required: ClassVar[tuple[str, ...]] = ("item", "kind", "day", "state", "title", "neutral_title", "reason")


# Characters that start a formula in a spreadsheet, also in their full-width forms.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  # full-width on purpose

_LED: Final = (*_FORMULA, "'")
"""Text that already starts with the mark gets another one: removing one mark always restores the text."""


@overload
def to_rows(plan: Plan) -> Rows: ...
@overload
def to_rows(plan: Worklist) -> DueRows: ...
def to_rows(plan: Plan | Worklist) -> Rows | DueRows:
    """Return a plan or a worklist as rows.

    For a plan: infusion days, contraception, activities, then visits, each in the plan's order. A visit has its own row
    besides the rows of its tests, so exclude visits when you count tests. For a worklist: its items, with the fields of
    `DueItem` as columns. Days are `datetime.date`, times are aware datetimes. pandas, Polars, DuckDB, pyarrow and
    narwhals read the rows directly (extra `tables`).

    Raises:
        InvalidInput: `plan` is neither a `Plan` nor a `Worklist` (`wrong-type`).

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), courses=1)
        >>> row = to_rows(plan)[0]
        >>> row["item"], row["weekday"], row["first_day"].isoformat()
        ('course-1/day-1', 'Mon', '2027-01-11')
    """
    if issubclass(type(plan), Worklist):
        return DueRows([_due_row(item) for item in cast("Worklist", plan).items])
    check_type(plan, Plan, "plan")
    plan = cast("Plan", plan)
    return Rows([_row(item) for item in items(plan)], plan.time_zone)


def to_csv(rows: Rows | DueRows | Worklist | Listed[Row] | Listed[DueRow]) -> str:
    """Return rows as CSV text with a header (RFC 4180), safe to open in a spreadsheet.

    Accepts the rows of a plan or of a worklist, and a worklist itself. A cell that would start a formula is prefixed
    with `'`, and so is a cell that starts with `'`, so removing one always restores the text. Days and times are in
    ISO 8601; an absent value is an empty cell.

    Raises:
        InvalidInput: `rows` is not a list of rows (`wrong-type`).

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> boston = read_clinic("examples/boston.toml")
        >>> plan = plan_treatment(load_protocol("us"), boston, not_before=date(2027, 1, 11), courses=1)
        >>> to_csv(to_rows(plan)).splitlines()[1][:60]
        'course-1/day-1,infusion,1,2027-01-11,2027-01-11,Mon,2027-01-'
    """
    listed = to_rows(rows) if isinstance(rows, Worklist) else rows
    if not issubclass(type(listed), list | tuple | TypedRows) or any(not issubclass(type(row), dict) for row in listed):
        raise refused_argument("wrong-type", "rows", f"expected the rows of `to_rows`, got {kind_of(rows)}")
    is_due = isinstance(listed, DueRows) or any("state" in row for row in listed[:1])
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list((DueRow if is_due else Row).__annotations__))
    writer.writeheader()
    writer.writerows({name: safe_cell(cell) for name, cell in row.items()} for row in listed)
    return text.getvalue()


def safe_cell(cell: object) -> object:
    """Return a cell that no spreadsheet evaluates: text that would start a formula is prefixed with `'`."""
    if isinstance(cell, datetime):
        return cell.isoformat()
    return f"'{cell}" if type(cell) is str and cell.startswith(_LED) else cell


def _row(item: Item) -> Row:
    because, day = item.reason, item.day
    source = because or item.note
    return Row(
        item=item.id,
        kind=item.kind,
        course=item.course,
        first_day=item.first_day,
        last_day=item.last_day,
        weekday=DAYS[day.weekday()][:3] if day else None,
        start=item.start,
        end=item.end,
        title=item.full_title,
        neutral_title=neutral_title(item),
        applies_to=item.part.applies_to,
        reason=_why(item, because),
        cite=source.cite if source else None,
        basis=source.basis if source else None,
        provisional=item.part.provisional and not item.baseline,
        suggested=item.suggested,
    )


def _why(item: Item, because: Derivation | None) -> str:
    """Return why an item is on its days, with its block, the days that count and its suggested day; or its text."""
    if because is None:
        return item.note.text if item.note else ""
    if item.infusion_day:
        return f"day {item.infusion_day.number} of a block; earliest {because.result}: {reason(because)}"
    if item.visit:
        return f"{reason(because)}; {suggestion(item.visit, date.isoformat)}"
    if counts := item.baseline:
        return f"{reason(because)}; counts from {counts.first_day or 'any day'} to {counts.last_day}"
    return reason(because)


def _due_row(item: DueItem) -> DueRow:
    return DueRow(
        plan_id=item.plan_id,
        patient=item.patient,
        item=item.item,
        kind=item.kind,
        day=item.day,
        suggested=item.suggested,
        state=item.state,
        title=item.title,
        neutral_title=item.neutral_title,
        course=item.course,
        reason=item.reason,
    )
