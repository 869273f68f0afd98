"""Days in words: 11 January 2027 is a Monday, 3 February 2027 a Wednesday."""

from datetime import date

import pytest

from lemtrada_schedule.dates.day_names import full_day, long_day, short_day


@pytest.mark.parametrize(
    ("day", "short", "full", "long"),
    [
        (date(2027, 1, 11), "Mon 11 Jan 2027", "Monday 11 January 2027", "2027-01-11 (Monday 11 January)"),
        (date(2027, 2, 3), "Wed  3 Feb 2027", "Wednesday 3 February 2027", "2027-02-03 (Wednesday 3 February)"),
        (date(2027, 12, 5), "Sun  5 Dec 2027", "Sunday 5 December 2027", "2027-12-05 (Sunday 5 December)"),
    ],
)
def test_a_day_in_words(day: date, short: str, full: str, long: str) -> None:
    assert (short_day(day), full_day(day), long_day(day)) == (short, full, long)
