"""`check_clinic`: what planning would refuse or warn about for a clinic."""

from typing import Final

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.public_holidays import check_place, holiday_years, holidays_in, regions_that_differ
from lemtrada_schedule.errors import UnknownName
from lemtrada_schedule.findings.catalogue import (
    COUNTRY_UNKNOWN,
    HOLIDAY_YEARS,
    NO_PUBLIC_HOLIDAYS_KNOWN,
    SUBDIVISION_MATTERS,
    SUBDIVISION_UNKNOWN,
)
from lemtrada_schedule.findings.finding import Finding
from lemtrada_schedule.validation.arguments import check_type

__all__ = ["check_clinic"]

SAMPLE_YEAR: Final = 2030
"""The year in which regions are compared, since no date is given: each country's data include it or end before it."""


def check_clinic(clinic: Clinic) -> tuple[Finding, ...]:
    """Return what planning would refuse or warn about for a clinic, whatever the date and the protocol.

    A clinic read from a file is checked against the holiday data at once. A clinic made in Python is checked only
    when `plan_treatment` uses it. Findings of severity `error` are what `plan_treatment` would refuse.

    Args:
        clinic: The clinic.

    Returns:
        At most two findings. If the place is unknown, `country-unknown` or `subdivision-unknown`. Otherwise, the first
        and last year with holiday data (`holiday-years`), and a finding if there are no public holidays
        (`no-public-holidays-known`) or if those of 2030 differ by region (`subdivision-matters`).

    Raises:
        InvalidInput: The argument is not a clinic.

    Example:
        >>> from lemtrada_schedule import read_clinic
        >>> boston = read_clinic("examples/boston.toml")
        >>> [finding.code for finding in check_clinic(boston)]
        ['holiday-years']
        >>> abroad = boston.model_copy(update={"country": "USA", "subdivision": None})
        >>> [(finding.severity, finding.code) for finding in check_clinic(abroad)]
        [('error', 'country-unknown')]
    """
    check_type(clinic, Clinic, "clinic")
    country, subdivision = clinic.country, clinic.subdivision
    if country is None:
        return (NO_PUBLIC_HOLIDAYS_KNOWN.at(where="a clinic without a country"),)
    try:
        check_place(country, subdivision)
    except UnknownName as error:
        kind = COUNTRY_UNKNOWN if error.place == "country" else SUBDIVISION_UNKNOWN
        return (kind.at(reason=error.message),)
    first, last = holiday_years(country)
    years = HOLIDAY_YEARS.at(country=country, first=first, last=last)
    year = min(last, SAMPLE_YEAR)
    if not holidays_in(country, subdivision, year):
        return (NO_PUBLIC_HOLIDAYS_KNOWN.at(where=f"{country} in {year}"), years)
    if subdivision is None and (regions := regions_that_differ(country, year)):
        return (SUBDIVISION_MATTERS.at(country=country, subdivisions=", ".join(regions)), years)
    return (years,)
