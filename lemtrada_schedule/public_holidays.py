"""Public holidays as plain dated facts, frozen for the years asked for; the only door to the data package.

The package grows its calendars on look-up, gives an empty calendar for years it does not know, and
takes aliases of places. Here a year it does not know is refused, and a place has one spelling.
"""

import difflib
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from lemtrada_schedule.errors import HolidayDataMissing, UnknownName, shape_of

__all__ = ["PublicHoliday", "check_place", "holidays_in", "regions_that_differ"]


class PublicHoliday(NamedTuple):
    """A day off by law in a place; `estimated` where its date is not yet announced."""

    date: date
    name: str
    estimated: bool


@lru_cache(maxsize=256)
def check_place(country: str, subdivision: str | None) -> None:
    """Refuse a country or subdivision that the holiday data do not know by exactly this code.

    Raises:
        UnknownName: With the nearest code, or all codes of the country.
    """
    import holidays  # noqa: PLC0415  # costs more than everything else together; plans without a country never need it

    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        near = difflib.get_close_matches(country, known, n=3, cutoff=0.5)
        hint = f"; near: {', '.join(near)}" if near else ""
        message = f"no public holidays are known for the country {shape_of(country)}; use its ISO 3166-1 code{hint}"
        raise UnknownName("unknown-name", message, place="country")
    regions = sorted(known[country])
    if subdivision is not None and subdivision not in regions:
        listed = ", ".join(regions) or "none"
        message = f"{country} has no subdivision {shape_of(subdivision)}; known: {listed}"
        raise UnknownName("unknown-name", message, place="subdivision")


@lru_cache(maxsize=4_096)
def holidays_in(country: str, subdivision: str | None, year: int) -> tuple[PublicHoliday, ...]:
    """Return the public holidays of a place in one year, by date; observed days are days of their own.

    The years before and after are looked at too: 1 January 2028 is observed on 31 December 2027.

    Raises:
        HolidayDataMissing: The data do not reach to this year.
        UnknownName: The place is not known.
    """
    import holidays  # noqa: PLC0415  # see check_place

    check_place(country, subdivision)
    source = getattr(holidays, country)
    first, last = source.start_year, source.end_year
    if not first <= year <= last:
        reach = f"public holidays of {country} are known for {first} to {last}, not for {year}"
        message = f"{reach}; plan earlier, update the holidays package, or list the holidays under [closures]"
        raise HolidayDataMissing("holiday-data-missing", message, place="country")
    found = holidays.country_holidays(
        country,
        subdiv=subdivision,
        years=range(max(first, year - 1), min(last, year + 1) + 1),
        expand=False,
        observed=True,
        language="en_US" if "en_US" in source.supported_languages else source.default_language,
    )
    dated = sorted((day, name) for day, name in found.items() if day.year == year)
    return tuple(PublicHoliday(day, name, "estimated)" in name) for day, name in dated)


@lru_cache(maxsize=1_024)
def regions_that_differ(country: str, year: int) -> tuple[str, ...]:
    """Return the subdivisions whose public holidays in a year are not those of the country as a whole."""
    import holidays  # noqa: PLC0415  # see check_place

    whole = {holiday.date for holiday in holidays_in(country, None, year)}
    regions = holidays.list_supported_countries(include_aliases=False)[country]
    return tuple(sorted(r for r in regions if {h.date for h in holidays_in(country, r, year)} != whole))
