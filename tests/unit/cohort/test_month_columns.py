"""`add_months` on columns: month ends by hand, every kind of column, and the rules on every day of a century."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_schedule import InvalidInput, add_months
from lemtrada_schedule.dates import months as rules
from lemtrada_schedule.dates.months import Rounding
from tests.oracle.months import table
from tests.support.for_each import for_each

ROUNDINGS: Final[tuple[Rounding, ...]] = ("later", "earlier")


def day(text: str) -> date:
    return date.fromisoformat(text)


# --- month ends, by hand -------------------------------------------------------------------------

BY_HAND: Final = [
    ("2024-02-29", 12, "2025-03-01", "2025-02-28"),
    ("2024-02-29", 48, "2028-02-29", "2028-02-29"),
    ("2025-10-31", 4, "2026-03-01", "2026-02-28"),
    ("2027-10-31", 4, "2028-03-01", "2028-02-29"),
    ("2025-01-30", 1, "2025-03-01", "2025-02-28"),
    ("2025-01-29", 1, "2025-03-01", "2025-02-28"),
    ("2025-01-28", 1, "2025-02-28", "2025-02-28"),
    ("2025-03-31", 1, "2025-05-01", "2025-04-30"),
    ("2025-03-31", -1, "2025-03-01", "2025-02-28"),
    ("2024-03-31", -13, "2023-03-01", "2023-02-28"),
    ("2025-12-31", 2, "2026-03-01", "2026-02-28"),
    ("2026-07-15", 0, "2026-07-15", "2026-07-15"),
    ("2099-12-31", 1200, "2199-12-31", "2199-12-31"),
    ("2000-01-31", -1200, "1900-01-31", "1900-01-31"),
    ("2099-12-31", 602, "2150-03-01", "2150-02-28"),
]
"""A date, months, and the days that `later` and `earlier` reach."""


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_month_ends_by_hand(rounding: Rounding) -> None:
    dates = pa.array([day(start) for start, *_ in BY_HAND])
    months = pa.array([months for _, months, *_ in BY_HAND])
    expected = [day(later if rounding == "later" else earlier) for *_, later, earlier in BY_HAND]
    assert add_months(dates, months, rounding=rounding).to_pylist() == expected
    for each, number, reached in zip(dates, months.to_pylist(), expected, strict=True):
        assert add_months(pa.array([each]), number, rounding=rounding).to_pylist() == [reached]


# --- the rules -----------------------------------------------------------------------------------

CENTURY: Final = [date(2000, 1, 1) + timedelta(days=n) for n in range(36_525)]
IN_USE: Final = (*range(1, 61), *range(72, 1_189, 12), *range(-12, 0))
"""Monthly and quarterly tests to 48 months and beyond, yearly ones to the end of the calendar, and deadlines before."""


MONTH_ENDS: Final = [one for one in CENTURY if one.day >= 28 or one.day in {1, 15}]
"""The days that may not exist in another month, and their neighbours."""


@pytest.mark.sweep
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_century_is_as_the_rules_have_it(rounding: Rounding) -> None:
    """Every day for a year back and forth; for other numbers of months, the days that may not exist in every month."""

    def is_right(months: int) -> None:
        days = CENTURY if abs(months) <= 12 else MONTH_ENDS
        found = add_months(pa.array(days), months, rounding=rounding).to_pylist()
        assert found == [rules.add_months(one, months, rounding=rounding) for one in days]

    for_each(IN_USE, is_right)


@pytest.mark.sweep
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("months", [1, 2, 3, 4, 6, 12, 48])
def test_a_century_is_as_the_calendar_has_it(months: int, rounding: Rounding) -> None:
    """The oracle walks through the calendar day by day."""
    answers = table(months, rounding)
    assert add_months(pa.array(CENTURY), months, rounding=rounding).to_pylist() == [answers[one] for one in CENTURY]


DAYS: Final = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@given(
    st.lists(st.tuples(st.none() | DAYS, st.none() | st.integers(-3_700, 3_700)), max_size=6),
    st.sampled_from(ROUNDINGS),
)
def test_any_dates_and_months_are_as_the_rules_have_them(rows: list[tuple[Any, Any]], rounding: Rounding) -> None:
    """Also where the rules refuse the result."""
    dates = pa.array([start for start, _ in rows], pa.date32())
    months = pa.array([number for _, number in rows], pa.int16())
    expected, refused = list[date | None](), list[int]()
    for position, (start, number) in enumerate(rows, start=1):
        expected.append(None)
        if start is not None and number is not None:
            try:
                expected[-1] = rules.add_months(start, number, rounding=rounding)
            except InvalidInput:
                refused.append(position)
    if not refused:
        assert add_months(dates, months, rounding=rounding).to_pylist() == expected
        return
    with pytest.raises(InvalidInput) as caught:
        add_months(dates, months, rounding=rounding)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place) == ("date-range", "dates")
    assert f"{', '.join(map(str, refused[:5]))}" in problem.message


# --- kinds of columns ----------------------------------------------------------------------------

GIVEN: Final = [day("2025-10-31"), None, day("2024-02-29")]
REACHED: Final = [day("2026-03-01"), None, day("2024-06-29")]
INDEX: Final = [7, 7, 3]


def in_pandas(kind: Any) -> Callable[[list[Any]], Any]:
    return lambda dates: pd.Series(pd.Series(dates, dtype=object).astype(kind).array, index=INDEX, name="last")


KINDS: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "Arrow date32": lambda dates: pa.array(dates, pa.date32()),
    "Arrow date64": lambda dates: pa.array(dates, pa.date64()),
    "Arrow timestamp": lambda dates: pa.array(dates, pa.date32()).cast(pa.timestamp("us")),
    "Arrow, in pieces": lambda dates: pa.chunked_array([pa.array(dates[:1]), pa.array(dates[1:])]),
    "Arrow, a slice": lambda dates: pa.array([day("2000-01-01"), *dates], pa.date32()).slice(1),
    "pandas objects": in_pandas(object),
    "pandas s": in_pandas("datetime64[s]"),
    "pandas ms": in_pandas("datetime64[ms]"),
    "pandas us": in_pandas("datetime64[us]"),
    "pandas ns": in_pandas("datetime64[ns]"),
    "pandas Arrow dates": in_pandas(pd.ArrowDtype(pa.date32())),
    "pandas Arrow timestamps": in_pandas(pd.ArrowDtype(pa.timestamp("ms"))),
    "Polars dates": lambda dates: pl.Series("last", dates, pl.Date),
    "Polars datetimes": lambda dates: pl.Series("last", dates, pl.Datetime("ms")),
}


def as_dates(column: Any) -> list[date | None]:
    values = column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()
    plain = [None if value is None or pd.isna(value) else value for value in values]
    return [value.date() if isinstance(value, datetime) else value for value in plain]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_kind_of_column_comes_out(kind: str) -> None:
    column = KINDS[kind](GIVEN)
    found = add_months(column, 4, rounding="later")
    assert as_dates(found) == REACHED
    assert type(found) is type(column)
    if isinstance(column, pd.Series):
        pd.testing.assert_series_equal(found, KINDS[kind](REACHED))
    elif isinstance(column, pl.Series):
        assert (found.dtype, found.name) == (column.dtype, "last")
    else:
        assert found.type == column.type
    assert as_dates(column) == GIVEN


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_without_dates_or_without_rows(kind: str) -> None:
    nothing = KINDS[kind]([None] * 3)
    assert as_dates(add_months(nothing, 4, rounding="later")) == [None] * 3
    empty = nothing[:0]
    found = add_months(empty, 4, rounding="later")
    assert (len(found), type(found)) == (0, type(empty))


MONTHS: Final[dict[str, Any]] = {
    "Arrow": pa.array([4, 4, None]),
    "Arrow, small": pa.array([4, 4, None], pa.int8()),
    "Arrow, in pieces": pa.chunked_array([[4, 4], [None]]),
    "pandas": pd.Series([4, 4, None], index=INDEX),  # numbers with a gap are floating
    "pandas objects": pd.Series([4, 4, None], index=INDEX, dtype=object),
    "pandas, nullable": pd.Series([4, 4, None], index=INDEX, dtype="Int64"),
    "Polars": pl.Series([4, 4, None]),
}


@pytest.mark.parametrize("months", MONTHS)
@pytest.mark.parametrize("kind", ["Arrow date32", "pandas ns", "pandas objects", "Polars dates"])
def test_a_column_of_months(kind: str, months: str) -> None:
    found = add_months(KINDS[kind](GIVEN), MONTHS[months], rounding="later")
    assert as_dates(found) == [REACHED[0], None, None]


def test_in_an_expression_of_polars() -> None:
    frame = pl.DataFrame({"last": GIVEN})
    later = pl.col("last").map_batches(lambda days: add_months(days, 4, rounding="later"), return_dtype=pl.Date)
    assert frame.select(later)["last"].to_list() == REACHED


# --- what is refused -----------------------------------------------------------------------------

DATES: Final = KINDS["pandas ns"](GIVEN)


@pytest.mark.parametrize(
    ("dates", "months", "place", "code", "words"),
    [
        (GIVEN, 4, "dates", "wrong-type", "expected a pyarrow Array"),
        (pl.col("last"), 4, "dates", "wrong-type", "got a value of type Expr"),
        (pd.Series(["2025-10-31"]), 4, "dates", "wrong-type", "expected dates"),
        (pd.Series([20_251_031]), 4, "dates", "wrong-type", "got int64"),
        (pd.Series([1.5, date(2025, 1, 1)], dtype=object), 4, "dates", "wrong-type", "got date, float"),
        (pd.Series([datetime(2025, 1, 1)], dtype=object), 4, "dates", "wrong-type", "got datetime"),
        (DATES.dt.tz_localize("UTC"), 4, "dates", "wrong-type", "without a zone"),
        (DATES + pd.Timedelta("1h"), 4, "dates", "calendar-date", "2 timestamps with a time of day"),
        (pa.array([True]), 4, "dates", "wrong-type", "got bool"),
        (pa.array([GIVEN]), 4, "dates", "wrong-type", "got list"),
        (DATES, True, "months", "wrong-type", "expected a whole number"),
        (DATES, 4.0, "months", "wrong-type", "expected a whole number"),
        (DATES, [4, 4, 4], "months", "wrong-type", "expected a whole number"),
        (DATES, pd.Series([1.5, 1, 1], index=INDEX), "months", "wrong-type", "expected whole numbers"),
        (DATES, pd.Series(["1"] * 3, index=INDEX), "months", "wrong-type", "expected whole numbers"),
        (DATES, pd.Series([10**30] * 3, index=INDEX, dtype=object), "months", "wrong-type", "numbers that no Arrow"),
        (DATES, pd.Series([1, 2, 3]), "months", "wrong-type", "its index differs"),
        (DATES, pa.array([1, 2]), "months", "wrong-type", "a column of 3 rows, as `dates` has, got 2"),
        (DATES, 10**30, "dates", "date-range", "got 2 others (positions 1, 3, from 1)"),
        (DATES, -(10**30), "dates", "date-range", "got 2 others (positions 1, 3, from 1)"),
        (DATES, pa.array([0, 0, 2**64 - 1], pa.uint64()), "dates", "date-range", "got 1 other (position 3, from 1)"),
        (pa.array([date(1899, 12, 31)]), 1, "dates", "date-range", "got 1 other (position 1, from 1)"),
        (pa.array([date(2200, 1, 1)]), -1, "dates", "date-range", "from 1900 to 2199"),
        (pa.array([date(2100, 1, 1)] * 9), 1200, "dates", "date-range", "(positions 1, 2, 3, 4, 5 and 4 more, from 1)"),
    ],
)
def test_what_is_refused(dates: Any, months: Any, place: str, code: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        add_months(dates, months, rounding="later")
    (problem,) = caught.value.problems
    assert (problem.place, problem.argument, problem.code) == (place, place, code)
    assert words in problem.message
    assert not any(str(year) in problem.message for year in (2024, 2025, 2100))


@pytest.mark.parametrize("rounding", ["nearest", None, "LATER"])
def test_the_rounding_has_no_default(rounding: Any) -> None:
    with pytest.raises(InvalidInput, match="expected one of later, earlier"):
        add_months(DATES, 4, rounding=rounding)
    with pytest.raises(TypeError, match="rounding"):
        add_months(DATES, 4)  # type: ignore[call-arg]


def test_a_missing_date_outside_no_year_is_kept() -> None:
    """A missing value has no year, whatever bits lie under it."""
    under = pa.Array.from_buffers(
        pa.date32(), 2, [pa.py_buffer(b"\x02"), pa.py_buffer(np.array([2**31 - 1, 0], "<i4"))]
    )
    assert add_months(under, 1, rounding="later").to_pylist() == [None, date(1970, 2, 1)]
