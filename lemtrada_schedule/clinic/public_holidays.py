"""Public holidays by country, subdivision and year. The only module that uses the `holidays` package.

The package adds years to its calendars on look-up, returns an empty calendar for years without data, and accepts
aliases of places. This module refuses years without data, and accepts only one spelling of a place.
"""

import difflib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from lemtrada_schedule.errors import HolidayDataMissing, UnknownName, shape_of

__all__ = ["PublicHoliday", "check_place", "holiday_years", "holidays_in", "other_holidays", "regions_that_differ"]

WORKED: Final = ("school", "unofficial", "workday")
"""Categories of days on which adults work, such as school holidays: closed only if a clinic lists the category."""


class PublicHoliday(NamedTuple):
    """A public holiday in a place; `estimated` if its date is not yet announced."""

    date: date
    name: str
    estimated: bool


@lru_cache(maxsize=256)
def check_place(country: str, subdivision: str | None, categories: tuple[str, ...] | None = None) -> None:
    """Refuse a country, subdivision or holiday category that the holiday data do not list by exactly this code.

    Raises:
        UnknownName: The message has the code that was probably meant, and all known codes.
    """
    import holidays  # noqa: PLC0415  # costs more than everything else together; plans without a country never need it

    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        hint = _meant(country, _country_names())
        message = f"no country has the code {shape_of(country)}{hint}; the codes are {', '.join(sorted(known))}"
        raise UnknownName("unknown-name", message, place="country")
    regions = sorted(known[country])
    if subdivision is not None and subdivision not in regions:
        hint = _meant(subdivision, _region_names(country, regions))
        message = f"{country} has no subdivision {shape_of(subdivision)}{hint}; known: {', '.join(regions) or 'none'}"
        raise UnknownName("unknown-name", message, place="subdivision")
    supported = _categories(country)
    for index, category in enumerate(categories or ()):
        if category not in supported:
            hint = _meant(category, {name: name for name in supported})
            message = f"{country} has no holiday category {shape_of(category)}{hint}; known: {', '.join(supported)}"
            raise UnknownName("unknown-name", message, place=f"holiday_categories.{index}")


def _categories(country: str) -> tuple[str, ...]:
    """Return the holiday categories of a country that the data have."""
    import holidays  # noqa: PLC0415  # see check_place

    return tuple(sorted(getattr(holidays, country).supported_categories))


def _country_names() -> dict[str, str]:
    """Map every country name in the holiday data to its code."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415  # see check_place

    return {name: row[1] for module, row in COUNTRIES.items() for name in (module.replace("_", " "), *row)}


def _region_names(country: str, regions: Iterable[str]) -> dict[str, str]:
    import holidays  # noqa: PLC0415  # see check_place

    codes = {name: region for region in regions for name in (region, f"{country}-{region}")}
    aliases: dict[str, str] = getattr(holidays, country).subdivisions_aliases
    return codes | aliases


def _meant(name: str, codes: Mapping[str, str]) -> str:
    """Return a hint at the code that is probably meant; it is never used. No hint for short codes: all look alike."""
    plain = {known.casefold(): code for known, code in codes.items()}
    near = difflib.get_close_matches(name.casefold(), plain, n=1, cutoff=0.8 if len(name) > 3 else 1)
    return f" (did you mean {plain[near[0]]}?)" if near else ""


def holiday_years(country: str) -> tuple[int, int]:
    """Return the first and the last year for which the public holidays of a country are known, both included."""
    import holidays  # noqa: PLC0415  # see check_place

    source = getattr(holidays, country)
    return source.start_year, source.end_year


@lru_cache(maxsize=4_096)
def holidays_in(
    country: str, subdivision: str | None, year: int, categories: tuple[str, ...] | None = None
) -> tuple[PublicHoliday, ...]:
    """Return the public holidays of a place in one year, by date; observed days are listed separately.

    `categories` are those of the `holidays` package, such as `catholic`; default: the country's default.
    The neighbouring years are included in the look-up: 1 January 2028 is observed on 31 December 2027.

    Raises:
        HolidayDataMissing: There are no data for this year.
        UnknownName: The place or a category is unknown.
    """
    import holidays  # noqa: PLC0415  # see check_place

    check_place(country, subdivision, categories)
    source = getattr(holidays, country)
    first, last = holiday_years(country)
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
        categories=categories,
        language="en_US" if "en_US" in source.supported_languages else source.default_language,
    )
    dated = sorted((day, name) for day, name in found.items() if day.year == year)
    return tuple(PublicHoliday(day, name, "estimated)" in name) for day, name in dated)


@lru_cache(maxsize=1_024)
def other_holidays(
    country: str, subdivision: str | None, year: int, categories: tuple[str, ...] | None = None
) -> Mapping[date, tuple[str, str]]:
    """Return the holidays of a place in one year that are only in other categories: name and categories by date.

    Categories on which adults work (`school`, `unofficial`, `workday`) are omitted.
    """
    import holidays  # noqa: PLC0415  # see check_place

    own = categories or (getattr(holidays, country).default_category,)
    others = [category for category in _categories(country) if category not in (*own, *WORKED)]
    closed = {holiday.date for holiday in holidays_in(country, subdivision, year, categories)}
    found: dict[date, tuple[str, list[str]]] = {}
    for category in others:
        for holiday in holidays_in(country, subdivision, year, (category,)):
            found.setdefault(holiday.date, (holiday.name, []))[1].append(category)
    return {day: (name, ", ".join(its)) for day, (name, its) in found.items() if day not in closed}


@lru_cache(maxsize=1_024)
def regions_that_differ(country: str, year: int, categories: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Return the subdivisions whose public holidays in a year differ from those of the country as a whole."""
    import holidays  # noqa: PLC0415  # see check_place

    whole = {holiday.date for holiday in holidays_in(country, None, year, categories)}
    regions = holidays.list_supported_countries(include_aliases=False)[country]
    return tuple(sorted(r for r in regions if {h.date for h in holidays_in(country, r, year, categories)} != whole))
