"""`add_months`: add calendar months to a column of dates, as the rules do (extra `cohort`)."""

from typing import Any, TypeVar

from lemtrada_schedule.cohort.extras import check_extra
from lemtrada_schedule.dates.months import Rounding
from lemtrada_schedule.validation.arguments import check_choice

__all__ = ["add_months"]

_Column = TypeVar("_Column")


def add_months(dates: _Column, months: Any, *, rounding: Rounding) -> _Column:
    """Return a column of dates some calendar months after those of another, of the same kind (extra `cohort`).

    The result is the same day of the month, if that exists. Otherwise `later` returns the first of the next month, as
    for minimum intervals and ends of periods, and `earlier` the last of the month, as for deadlines and due dates. A
    missing date or number of months gives a missing date.

    Args:
        dates: A pyarrow Array or ChunkedArray, a pandas Series (dates, `datetime64` without a zone, or Arrow types), or
            a Polars Series. Timestamps must be midnight. An expression of Polars is not a column:
            `pl.col("day").map_batches(lambda days: add_months(days, 4, rounding="later"))`.
        months: How many months, a whole number; negative counts back. Or a column with one for each date, of any of
            these kinds; two columns of pandas must have the same index.
        rounding: `later` or `earlier`, for a day that does not exist in the month reached. There is no default: which
            one is safe depends on what the date is for.

    Returns:
        A column of the type of `dates`, in the same order. A pandas Series keeps its index and name, a Polars Series
        its name.

    Raises:
        InvalidInput: An argument is not valid, or a date or a result is outside the years 1900 to 2199
            (`date-range`, with positions from 1).
        MissingExtra: An optional package is not installed.

    Source:
        Rules of time, S02.

    Example:
        >>> import pandas as pd
        >>> from lemtrada_schedule import add_months
        >>> last = pd.Series(pd.to_datetime(["2025-10-31", None, "2024-02-29"]), name="last_infusion")
        >>> add_months(last, 4, rounding="later").dt.strftime("%Y-%m-%d").tolist()
        ['2026-03-01', nan, '2024-06-29']
    """
    check_extra("cohort", "narwhals", "numpy", "pyarrow")
    check_choice(rounding, Rounding, "rounding")
    from lemtrada_schedule.cohort.month_columns import moved  # noqa: PLC0415  # the extra `cohort`

    made: _Column = moved(dates, months, rounding)
    return made
