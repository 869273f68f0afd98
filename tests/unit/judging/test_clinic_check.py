"""What is said of a clinic before anything is planned is what planning would say."""

import re
import warnings
from datetime import date

import holidays
import pytest

from lemtrada_schedule import Clinic, InvalidInput, UnknownName, check_clinic, load_protocol, plan_treatment
from lemtrada_schedule.clinic.public_holidays import holiday_years
from tests.support.entry_points import weekday_clinic


def at(country: str | None, subdivision: str | None = None) -> Clinic:
    return weekday_clinic().model_copy(update={"country": country, "subdivision": subdivision})


@pytest.mark.parametrize(
    ("country", "subdivision", "expected"),
    [
        (None, None, [("note", "no-public-holidays-known")]),
        ("US", "MA", [("note", "holiday-years")]),
        ("US", None, [("warning", "subdivision-matters"), ("note", "holiday-years")]),
        ("AE", None, [("note", "holiday-years")]),
        ("BV", None, [("note", "no-public-holidays-known"), ("note", "holiday-years")]),  # nobody lives there
        ("USA", None, [("error", "country-unknown")]),
        ("us", None, [("error", "country-unknown")]),
        ("DE", "Bayern", [("error", "subdivision-unknown")]),
        ("XX", "MA", [("error", "country-unknown")]),
    ],
)
def test_each_clinic_has_its_findings(
    country: str | None, subdivision: str | None, expected: list[tuple[str, str]]
) -> None:
    clinic = at(country, subdivision)
    assert [(finding.severity, finding.code) for finding in check_clinic(clinic)] == expected
    if "error" in {severity for severity, _ in expected}:
        with pytest.raises(UnknownName) as caught:
            plan_treatment(load_protocol("us-2024-05-r2"), clinic, not_before=date(2027, 1, 11))
        assert check_clinic(clinic)[0].message == caught.value.message
    else:
        plan = plan_treatment(load_protocol("us-2024-05-r2"), clinic, not_before=date(2027, 1, 11))
        told = {finding.code for finding in plan.findings} & {"no-public-holidays-known", "subdivision-matters"}
        assert told == {code for _, code in expected} - {"holiday-years"}


def test_the_code_that_is_probably_meant_is_named() -> None:
    assert "did you mean US?" in check_clinic(at("USA"))[0].message
    assert "did you mean BY?" in check_clinic(at("DE", "Bayern"))[0].message


def test_the_years_are_those_of_the_holiday_data() -> None:
    (finding,) = check_clinic(at("US", "MA"))
    assert re.fullmatch(r"public holidays in US are known for 1\d\d\d to 2\d\d\d", finding.message)
    assert holiday_years("DE") == (1991, 2100)  # from the first year of reunified Germany as a whole


@pytest.mark.sweep
def test_every_country_can_be_checked() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for country in holidays.list_supported_countries(include_aliases=False):
            assert "holiday-years" in [finding.code for finding in check_clinic(at(country))]


def test_what_is_no_clinic_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_clinic("boston")  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.place) == ("wrong-type", "clinic")


def test_a_laboratory_chairs_and_days_for_results_need_no_further_check() -> None:
    """They are checked when the clinic is made; nothing of them depends on the holiday data."""
    fields = {"chairs": 2, "results_days": 30, "laboratory": {"weekdays": ["sun"]}, "protocol": "us"}
    assert check_clinic(at("US", "MA").model_copy(update=fields)) == check_clinic(at("US", "MA"))
