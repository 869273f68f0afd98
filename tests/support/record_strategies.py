"""Hypothesis strategies of record files: good rows, bad ones, and the same facts in three formats."""

from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from tests.support.bad_records import CELLS, ROWS
from tests.support.record_files import csv_row
from tests.support.strategies import calendar_days

PATIENTS: Final = (
    "p1",
    "p2",
    "P1",
    "00123",
    "NA",
    "12345678901234567890",
    "Jos\u00e9",
    "Jose\u0301",
    'a"b',
    "c,d",
    "=1+1",
)
"""Ids that other readers make numbers, nothing or one another of."""


def clock_times() -> st.SearchStrategy[time]:
    """Return a strategy of clock times in whole minutes."""
    return st.builds(time, st.integers(0, 23), st.integers(0, 59))


def doses() -> st.SearchStrategy[Decimal]:
    """Return a strategy of doses as users write them: 12, 12.0, 0.5."""
    return st.decimals(min_value="0.001", max_value=10_000, places=3) | st.integers(1, 10_000).map(Decimal)


@st.composite
def infusions(draw: st.DrawFn) -> dict[str, Any]:
    """Return a strategy of the fields of an infusion record; absent fields are left out, times are in order."""
    times = sorted(draw(st.lists(clock_times(), min_size=3, max_size=3)))
    fields: dict[str, Any] = {
        "date": draw(calendar_days()),
        **dict(zip(("started", "ended", "observed_until"), times, strict=True)),
        "dose_mg": draw(doses()),
        "status": draw(st.sampled_from(["completed", "partial", "not-done", "entered-in-error"])),
        "course": draw(st.integers(1, 50)),
    }
    left_out = draw(st.sets(st.sampled_from([name for name in fields if name != "date"])))
    return {name: value for name, value in fields.items() if name not in left_out}


def cell(value: Any) -> str:
    """Return a field's value as it is written in a file."""
    match value:
        case time():
            return f"{value.hour:02d}:{value.minute:02d}"
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def as_row(patient: str, fields: dict[str, Any]) -> str:
    """Return an infusion as a CSV row."""
    absent = dict.fromkeys(("started", "ended", "observed_until", "dose_mg", "status", "course"), "")
    return csv_row(**{"patient": patient, **absent, **{name: cell(value) for name, value in fields.items()}})


def good_rows() -> st.SearchStrategy[str]:
    """Return a strategy of CSV rows that are accepted."""
    return st.builds(as_row, st.sampled_from(PATIENTS), infusions())


def refused_rows(*, of_nobody: bool = True) -> st.SearchStrategy[str]:
    """Return a strategy of CSV rows that are refused; those with an unknown patient only on request."""
    cells = [bad for bad in CELLS if of_nobody or bad.column != "patient"]
    spoilt = st.builds(
        lambda patient, bad: csv_row(**{"patient": patient, bad.column: bad.text}),
        st.sampled_from(PATIENTS),
        st.sampled_from(cells),
    )
    return spoilt | st.sampled_from(ROWS) if of_nobody else spoilt


def blank_rows() -> st.SearchStrategy[str]:
    """Return a strategy of blank lines."""
    return st.sampled_from(["", " ", "    "])


def rows(*, of_nobody: bool = True) -> st.SearchStrategy[str]:
    """Return a strategy of CSV lines of every kind, mostly accepted ones."""
    return st.one_of(good_rows(), good_rows(), good_rows(), refused_rows(of_nobody=of_nobody), blank_rows())


def json_values() -> st.SearchStrategy[Any]:
    """Return a strategy of any JSON value."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
    )
