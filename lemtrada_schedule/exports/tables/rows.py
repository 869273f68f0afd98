"""`to_rows` and `to_csv`: a plan as table rows, one for each item, for data frames, Arrow and CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final, TypedDict, overload

from lemtrada_schedule.dates.day_names import DAYS
from lemtrada_schedule.errors import MissingExtra, kind_of
from lemtrada_schedule.exports.explaining import reason
from lemtrada_schedule.exports.titles import neutral_title
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.items import Item, items
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.accepted import Listed
from lemtrada_schedule.validation.arguments import check_type, refused

__all__ = ["Row", "Rows", "safe_cell", "to_csv", "to_rows"]


class Row(TypedDict):
    """One item of a plan. Days include both ends; `weekday` is that of the first day, else of the last."""

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
    """Whether it depends on a course that is not settled, so that its end is an "at least until"."""


class Rows:  # not an abc.Sequence: Polars would treat it as a list of dicts and infer types from the first rows
    """The rows of a plan: a sequence of dicts, and a typed table for every library that reads Arrow streams."""

    __slots__ = ("_rows", "time_zone")

    def __init__(self, rows: Sequence[Row], time_zone: str) -> None:
        self._rows = tuple(rows)
        self.time_zone = time_zone
        """The zone of `start` and `end`."""

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        """Return one row, or a tuple of some."""
        return self._rows[index]

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, first to last."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        """Equal rows of one zone are equal."""
        return type(other) is Rows and (self._rows, self.time_zone) == (other._rows, other.time_zone)

    __hash__ = None  # type: ignore[assignment]  # rows are dicts

    def __repr__(self) -> str:
        """Return the number of rows and the zone, without content."""
        return f"Rows({len(self)} rows in {self.time_zone})"

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the rows as an Arrow stream: days as `date32`, times in seconds with their zone.

        Raises:
            MissingExtra: pyarrow is not installed: `pip install 'lemtrada_schedule[tables]'`.
        """
        try:
            import pyarrow as pa  # noqa: PLC0415  # the extra `tables`
        except ImportError:
            pa = None
        if pa is None:
            raise MissingExtra("tables", "pyarrow")
        moment = pa.timestamp("s", tz=self.time_zone)
        types = {
            "course": pa.int32(),
            "first_day": pa.date32(),
            "last_day": pa.date32(),
            "start": moment,
            "end": moment,
            "provisional": pa.bool_(),
        }
        required = ("item", "kind", "title", "neutral_title", "reason", "provisional")
        schema = pa.schema(
            pa.field(name, types.get(name, pa.string()), nullable=name not in required) for name in Row.__annotations__
        )
        return pa.Table.from_pylist(list(self._rows), schema=schema).__arrow_c_stream__(requested_schema)


# Characters that start a formula in a spreadsheet, also in their full-width forms.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  # full-width on purpose

_LED: Final = (*_FORMULA, "'")
"""Text that already starts with the mark gets another one: removing one mark always restores the text."""


def to_rows(plan: Plan) -> Rows:
    """Return the plan as rows: infusion days, contraception, then activities, each in the plan's order.

    Days are `datetime.date`, times are aware datetimes. pandas, Polars, DuckDB, pyarrow and narwhals read the rows
    directly (extra `tables`).

    Raises:
        InvalidInput: `plan` is not a `Plan` (`wrong-type`).

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), courses=1)
        >>> row = to_rows(plan)[0]
        >>> row["item"], row["weekday"], row["first_day"].isoformat()
        ('course-1/day-1', 'Mon', '2027-01-11')
    """
    check_type(plan, Plan, "plan")
    return Rows([_row(item) for item in items(plan)], plan.time_zone)


def to_csv(rows: Rows | Listed[Row]) -> str:
    """Return rows as CSV text with a header (RFC 4180), safe to open in a spreadsheet.

    A cell that would start a formula is prefixed with `'`, and so is a cell that starts with `'`: removing one always
    restores the text. Days and times are in ISO 8601; an absent value is an empty cell.

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
    if not issubclass(type(rows), list | tuple | Rows) or any(not issubclass(type(row), dict) for row in rows):
        raise refused("wrong-type", "rows", f"expected the rows of `to_rows`, got {kind_of(rows)}")
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(Row.__annotations__))
    writer.writeheader()
    writer.writerows({name: safe_cell(cell) for name, cell in row.items()} for row in rows)
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
    )


def _why(item: Item, because: Derivation | None) -> str:
    """Return why an item is on its days, with what else counts: the block, the days that count, a note's text."""
    if because is None:
        return item.note.text if item.note else ""
    if item.infusion_day:
        return f"day {item.infusion_day.number} of a block; earliest {because.result}: {reason(because)}"
    if counts := item.baseline:
        return f"{reason(because)}; counts from {counts.first_day or 'any day'} to {counts.last_day}"
    return reason(because)
