"""The months that `add_months` adds, held to plain loops on the days of a century."""

from datetime import date, timedelta
from typing import Literal

import pyarrow as pa
import pytest

from lemtrada_schedule import add_months
from tests.oracle.cohort_measures import months_earlier, months_later


@pytest.mark.parametrize("rounding", ["later", "earlier"])
@pytest.mark.parametrize("months", [1, 2, 3, 4, 12, 48])
def test_months_are_those_of_plain_loops(months: int, rounding: Literal["later", "earlier"]) -> None:
    """A month on, from every day; other numbers of months, from the days that may not exist and two others."""
    every_day = [date(2000, 1, 1) + timedelta(days=step) for step in range(36525)]
    assert every_day[-1] == date(2099, 12, 31)
    days = every_day if months == 1 else [day for day in every_day if day.day >= 28 or day.day in {1, 15}]
    add = months_later if rounding == "later" else months_earlier
    found = add_months(pa.array(days), months, rounding=rounding)
    assert found.to_pylist() == [add(day, months) for day in days]
