"""`TypedRows`: rows as a sequence of dicts and as a typed Arrow table."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Generic, TypeVar, overload

from lemtrada_schedule.errors import MissingExtra
from lemtrada_schedule.validation.notebook_table import Held, notebook_table

__all__ = ["TypedRows"]

_Row = TypeVar("_Row")


class TypedRows(
    Generic[_Row]
):  # not an abc.Sequence: Polars would treat it as a list of dicts and infer types from the first rows
    """A sequence of dicts, and a typed table for every library that reads Arrow streams."""

    __slots__ = ("_rows", "time_zone")

    row: ClassVar[type]
    """The `TypedDict` of a row: its keys are the columns."""
    required: ClassVar[tuple[str, ...]]
    """The columns that always have a value."""

    def __init__(self, rows: Sequence[_Row], time_zone: str | None = None) -> None:
        self._rows = tuple(rows)
        self.time_zone = time_zone
        """The time zone of the columns with times; `None` if there are none."""

    @overload
    def __getitem__(self, index: int) -> _Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_Row, ...]: ...
    def __getitem__(self, index: int | slice) -> _Row | tuple[_Row, ...]:
        """Return one row, or a tuple of some."""
        return self._rows[index]

    def __iter__(self) -> Iterator[_Row]:
        """Yield the rows, first to last."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        """Equal rows of one zone are equal."""
        if not isinstance(other, TypedRows) or type(other) is not type(self):
            return False
        return (self._rows, self.time_zone) == (other._rows, other.time_zone)

    __hash__ = None  # type: ignore[assignment]  # rows are dicts

    def __repr__(self) -> str:
        """Return the number of rows and the zone, without content."""
        zone = f" in {self.time_zone}" if self.time_zone else ""
        return f"{type(self).__name__}({len(self)} rows{zone})"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the number of rows, the zone and the columns, without content."""
        facts = [("rows", len(self)), *([("time zone", self.time_zone)] if self.time_zone else [])]
        columns = Held("columns", [[("column", name)] for name in self.row.__annotations__])
        return notebook_table(type(self).__name__, facts, [columns])

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
            "day": pa.date32(),
            "suggested": pa.date32(),
            "start": moment,
            "end": moment,
            "provisional": pa.bool_(),
        }
        columns = self.row.__annotations__
        schema = pa.schema(
            pa.field(name, types.get(name, pa.string()), nullable=name not in self.required) for name in columns
        )
        return pa.Table.from_pylist(list(self._rows), schema=schema).__arrow_c_stream__(requested_schema)
