"""Public holidays of the United States, and of Massachusetts, by their rules.

United States (federal): 5 U.S.C. 6103. A holiday on a Saturday is also kept on the Friday before, one on a
Sunday on the Monday after (5 U.S.C. 6103(b), Executive Order 11582). Juneteenth by Public Law 117-17 of 2021.

Massachusetts: General Laws chapter 4, section 7, clause 18. The same days and Patriots' Day, the third Monday
of April. A holiday on a Sunday is kept on the Monday after, but one on a Saturday is NOT kept on the Friday
before: the offices of the Commonwealth are open on that Friday. (Evacuation Day and Bunker Hill Day are
holidays of Suffolk County only, and are not here.)
"""

from collections.abc import Iterator
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
FIRST_YEAR = 2000
LAST_YEAR = 2199
FIRST_JUNETEENTH = 2021

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
JANUARY, FEBRUARY, APRIL, MAY, JUNE, JULY = 1, 2, 4, 5, 6, 7
SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = 9, 10, 11, 12


def us_ma_holidays(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> dict[date, str]:
    """Return every holiday of Massachusetts that falls in these years, observed days included."""
    found: dict[date, str] = {}
    for year in range(first_year, last_year + 1):
        found[nth(3, MONDAY, year, APRIL)] = "Patriots' Day"
        for day, name in federal_holidays_of(year):
            found[day] = name
            if day.weekday() == SUNDAY:
                found[day + ONE_DAY] = f"{name} (observed)"
    return dict(sorted(found.items()))


def us_holidays(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> dict[date, str]:
    """Return every federal holiday that falls in these years, observed days included."""
    found: dict[date, str] = {}
    for year in range(first_year, last_year + 1):
        for day, name in federal_holidays_of(year):
            found[day] = name
            if day.weekday() == SUNDAY:
                found[day + ONE_DAY] = f"{name} (observed)"
            if day.weekday() == SATURDAY and (day - ONE_DAY).year == year:
                found[day - ONE_DAY] = f"{name} (observed)"
        # The New Year's Day that follows this year is kept on 31 December when it is a Saturday.
        if date(year + 1, JANUARY, 1).weekday() == SATURDAY:
            found[date(year, DECEMBER, 31)] = "New Year's Day (observed)"
    return dict(sorted(found.items()))


def federal_holidays_of(year: int) -> Iterator[tuple[date, str]]:
    """Yield the legal federal holidays of one year, on their own days."""
    yield date(year, JANUARY, 1), "New Year's Day"
    yield nth(3, MONDAY, year, JANUARY), "Martin Luther King Jr. Day"
    yield nth(3, MONDAY, year, FEBRUARY), "Washington's Birthday"
    yield last(MONDAY, year, MAY), "Memorial Day"
    if year >= FIRST_JUNETEENTH:
        yield date(year, JUNE, 19), "Juneteenth National Independence Day"
    yield date(year, JULY, 4), "Independence Day"
    yield nth(1, MONDAY, year, SEPTEMBER), "Labor Day"
    yield nth(2, MONDAY, year, OCTOBER), "Columbus Day"
    yield date(year, NOVEMBER, 11), "Veterans Day"
    yield nth(4, THURSDAY, year, NOVEMBER), "Thanksgiving Day"
    yield date(year, DECEMBER, 25), "Christmas Day"


def nth(number: int, weekday: int, year: int, month: int) -> date:
    """Return the first, second, … such weekday of a month."""
    return weekdays_of_month(weekday, year, month)[number - 1]


def last(weekday: int, year: int, month: int) -> date:
    """Return the last such weekday of a month."""
    return weekdays_of_month(weekday, year, month)[-1]


def weekdays_of_month(weekday: int, year: int, month: int) -> list[date]:
    """List, say, all Mondays of a month, by looking at each of its days."""
    found = []
    day = date(year, month, 1)
    while day.month == month:
        if day.weekday() == weekday:
            found.append(day)
        day = day + ONE_DAY
    return found
