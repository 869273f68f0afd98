"""The day suggested within a window, where the clinic's holidays end before the window does."""

from datetime import date
from typing import Final

import holidays

from lemtrada_schedule import plan_treatment
from lemtrada_schedule.exports.text.why_text import why
from lemtrada_schedule.plan.items import items
from lemtrada_schedule.plan.window_days import suggestion
from tests.support.agendas import rules
from tests.support.clinics import MON_TO_FRI, clinic_open

AFTER: Final = """
[[actions]]
id = "after"
title = "After"
kind = "window"
opens = "last infusion + 42 days"
closes = "last infusion + 24 months"
cite = "own"
"""


def test_a_window_that_closes_beyond_the_holiday_data_has_no_suggested_day_and_says_why() -> None:
    """The holidays of Sri Lanka are announced year by year."""
    last = int(getattr(holidays, "LK").end_year)  # noqa: B009  # its stubs know no country
    clinic = clinic_open(MON_TO_FRI, country="LK")
    plan = plan_treatment(rules(AFTER), clinic, not_before=date(last, 2, 2), courses=1)
    (window,) = [item for item in items(plan) if item.kind == "window"]
    assert suggestion(plan, window) == (None, "holiday-data-missing")
    found = why(plan, window.id)
    assert found is not None
    assert found.text.endswith("; no day suggested: the public holidays are not known that far ahead.")
