"""Columns of dates moved by months: read from Arrow, pandas or Polars, and returned in the same form."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.reading.arrow_arrays import PER_DAY, one_array
from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.cohort.screen.lookup_tables import FIRST_FROM_1970
from lemtrada_schedule.cohort.screen.month_tables import FIRST_DAY, LAST_DAY, month_tables
from lemtrada_schedule.dates.months import FIRST_YEAR, LAST_YEAR, Rounding
from lemtrada_schedule.errors import InvalidInput, kind_of
from lemtrada_schedule.validation.arguments import refused_argument
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["moved"]

_SHOWN: Final = 5

_MOST: Final = (LAST_YEAR - FIRST_YEAR + 1) * 12
"""More months than lie between any two dates of these years."""

_COLUMNS: Final = "a pyarrow Array or ChunkedArray, a pandas Series or a Polars Series"


@dataclass(frozen=True, slots=True, repr=False)
class _Column:
    """A column as an Arrow array, and how a result is returned in its form."""

    values: pa.Array
    restored: Callable[[pa.Array], Any]
    index: Any = None
    """The index of a pandas Series."""


def moved(dates: Any, months: Any, rounding: Rounding) -> Any:
    """Return the dates some months after others, as a column of the same kind.

    Raises:
        InvalidInput: As for the public `add_months`.
    """
    column = _column_of(dates, "dates")
    if column is None:
        raise refused_argument("wrong-type", "dates", f"expected {_COLUMNS}, got {kind_of(dates)}")
    if pa.types.is_null(column.values.type):
        _months_of(months, column)
        return column.restored(column.values)
    days, has_date = _days_of(column.values)
    steps, has_step = _months_of(months, column)
    known = has_date & has_step
    inside = (days >= FIRST_DAY) & (days <= LAST_DAY)
    tables = month_tables(rounding)
    reached = tables.months_of(np.where(inside, days, 0)) + steps
    wrong = np.flatnonzero(known & ~(inside & (reached >= 0) & (reached < _MOST)))
    if len(wrong):
        raise _outside(wrong)
    at = np.flatnonzero(known)
    result = np.zeros(len(days), np.int64)
    result[at] = tables.reached_in(days[at], reached[at])
    return column.restored(_as_type(result + FIRST_FROM_1970, ~known, column.values.type))


def _outside(wrong: Array) -> InvalidInput:
    places = ", ".join(str(place + 1) for place in wrong[:_SHOWN].tolist())
    more = f" and {len(wrong) - _SHOWN:,} more" if len(wrong) > _SHOWN else ""
    where = f"position{'s' if len(wrong) > 1 else ''} {places}{more}, from 1"
    message = (
        f"expected dates and results from {FIRST_YEAR} to {LAST_YEAR}, got {how_many(len(wrong), 'other')} ({where})"
    )
    return refused_argument("date-range", "dates", f"{message}; check the years and the numbers of months")


# --- columns -------------------------------------------------------------------------------------


def _column_of(given: Any, argument: str) -> _Column | None:
    """Return a column; `None` if it is none."""
    if isinstance(given, pa.ChunkedArray):
        return _Column(one_array(given), lambda made: pa.chunked_array([made], made.type))
    if isinstance(given, pa.Array):
        return _Column(given, lambda made: made)
    if nw.dependencies.is_polars_series(given):
        return _polars(given)
    if nw.dependencies.is_pandas_series(given):
        return _pandas(given, argument)
    return None


def _polars(series: Any) -> _Column:
    def restored(made: pa.Array) -> Any:
        return type(series)(series.name, made).cast(series.dtype)

    return _Column(series.to_arrow(), restored)


def _pandas(series: Any, argument: str) -> _Column:
    if series.dtype == object:
        return _objects(series, argument)
    made = pa.array(series, from_pandas=True)
    values = one_array(made) if isinstance(made, pa.ChunkedArray) else made

    def restored(made: pa.Array) -> Any:
        own = made.cast(values.type)
        plain = own if hasattr(series.dtype, "pyarrow_dtype") else own.to_numpy(zero_copy_only=False)
        return type(series)(plain, index=series.index, name=series.name, dtype=series.dtype)

    return _Column(values, restored, series.index)


def _objects(series: Any, argument: str) -> _Column:
    """Return a pandas Series of Python objects: dates, or numbers of months; a missing value stays as it is."""
    given, is_missing = series.tolist(), series.isna().tolist()
    plain = [None if missing else value for value, missing in zip(given, is_missing, strict=True)]
    kinds = {type(value) for value in plain if value is not None}
    if len(kinds) > 1 or not kinds <= {dt.date, int}:
        named = ", ".join(sorted(kind.__name__ for kind in kinds))
        message = f"expected dates or whole numbers of one type, got {named}; convert the column"
        raise refused_argument("wrong-type", argument, message)

    def restored(made: pa.Array) -> Any:
        values = np.empty(len(given), object)
        values[:] = [
            old if missing else new for old, missing, new in zip(given, is_missing, made.to_pylist(), strict=True)
        ]
        return type(series)(values, index=series.index, name=series.name, dtype=object)

    kind = pa.date32() if kinds == {dt.date} else pa.int64() if kinds else pa.null()
    return _Column(_as_arrow(plain, kind, argument), restored, series.index)


def _as_arrow(values: list[Any], kind: pa.DataType, argument: str) -> pa.Array:
    try:
        return pa.array(values, kind)
    except (OverflowError, pa.ArrowInvalid):
        pass
    raise refused_argument("wrong-type", argument, "the column holds numbers that no Arrow column can hold; correct it")


# --- values --------------------------------------------------------------------------------------


def _days_of(values: pa.Array) -> tuple[Array, Array]:
    """Return the days of dates, counted from 1 January 2000, and which of them are not missing."""
    kind = values.type
    if pa.types.is_date32(kind):
        since_1970 = np.asarray(values.cast(pa.int32()).fill_null(0)).astype(np.int64)
    elif pa.types.is_date64(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        units = np.asarray(values.cast(pa.int64()).fill_null(0))
        per_day = PER_DAY["ms" if pa.types.is_date64(kind) else kind.unit]
        if (late := np.flatnonzero(units % per_day)).size:
            message = (
                f"expected dates, got {how_many(len(late), 'timestamp')} with a time of day; convert them to dates"
            )
            raise refused_argument("calendar-date", "dates", message)
        since_1970 = units // per_day
    else:
        message = f"expected dates or timestamps without a zone, got {kind}; convert them to dates"
        raise refused_argument("wrong-type", "dates", message)
    return since_1970 - FIRST_FROM_1970, np.asarray(values.is_valid())


def _months_of(months: Any, column: _Column) -> tuple[Array, Array]:
    """Return the numbers of months, and which of them are not missing; one for all dates, or one for each."""
    if type(months) is int:
        return np.array(min(max(months, -_MOST), _MOST)), np.array(1, bool)
    given = _column_of(months, "months")
    if given is None:
        expected = f"expected a whole number, or {_COLUMNS}"
        raise refused_argument("wrong-type", "months", f"{expected}, got {kind_of(months)}")
    if len(given.values) != len(column.values):
        message = f"expected a column of {len(column.values):,} rows, as `dates` has, got {len(given.values):,}"
        raise refused_argument("wrong-type", "months", message)
    if given.index is not None and column.index is not None and not given.index.equals(column.index):
        message = "its index differs from that of `dates`; give both columns the same index"
        raise refused_argument("wrong-type", "months", message)
    return _whole_numbers(given.values)


def _whole_numbers(values: pa.Array) -> tuple[Array, Array]:
    kind = values.type
    if pa.types.is_floating(kind):  # pandas writes 1.0 where a column has gaps
        numbers = np.asarray(pc.if_else(pc.is_nan(values), None, values).cast(pa.float64()).fill_null(0))
        is_whole = bool((np.trunc(numbers) == numbers).all())
        known = np.asarray(values.is_valid()) & ~np.isnan(np.asarray(values.fill_null(0)))
    else:
        is_whole = pa.types.is_integer(kind) or pa.types.is_null(kind)
        numbers = np.asarray(
            (values if is_whole else pa.nulls(len(values))).cast(pa.float64(), safe=False).fill_null(0)
        )
        known = np.asarray(values.is_valid())
    if not is_whole:
        raise refused_argument("wrong-type", "months", f"expected whole numbers, got {kind}; round them first")
    return np.clip(numbers, -_MOST, _MOST).astype(np.int64), known


def _as_type(since_1970: Array, missing: Array, kind: pa.DataType) -> pa.Array:
    """Return days as dates or timestamps of a type."""
    if pa.types.is_date32(kind):
        return pa.array(since_1970.astype(np.int32), pa.int32(), mask=missing).cast(kind)
    per_day = PER_DAY["ms" if pa.types.is_date64(kind) else kind.unit]
    return pa.array(since_1970 * per_day, pa.int64(), mask=missing).cast(kind)
