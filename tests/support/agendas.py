"""A small treatment for tests of what is due: two infusion days, then one; one monthly test, one window, two periods.

Course 1 is given on Thursday 6 and Friday 7 May 2027, unless a test says otherwise, so monthly tests are due on the
7th of each month.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from lemtrada_schedule import Clinic, DueItem, History, Plan, Protocol, due, plan_treatment, read_protocol
from tests.support.clinics import MON_TO_FRI, WEEK, clinic_open
from tests.support.entry_points import file_holding

RULES: Final = """
id = "agenda"
title = "Two days, then one"
revision = "1"
course_gap_days = { days = 15, cite = "own" }
infusion_day = { infusion_minutes = 240, observation_minutes = 120, dose_mg = 12, cite = "own" }
sources = { own = { document = "A protocol for tests" } }
[[courses]]
infusion_days = 2
cite = "own"
[[courses]]
infusion_days = 1
minimum_interval = "12 months"
cite = "own"
[[actions]]
id = "contraception"
neutral_title = "Precaution period"
kind = "period"
starts = "first infusion"
ends = "last infusion + 4 months"
cite = "own"
[[actions]]
id = "count"
title = "Count"
neutral_title = "Laboratory test"
visit = "laboratory"
kind = "series"
every = "1 month"
until = "last infusion + 48 months"
cite = "own"
"""
"""Monthly counts without a baseline, and contraception. Tests add what else they need."""

THYROID: Final = """
[[actions]]
id = "thyroid"
title = "Thyroid"
neutral_title = "Laboratory test"
visit = "laboratory"
kind = "series"
every = "3 months"
until = "last infusion + 48 months"
cite = "own"
"""

BASELINE: Final = """
[[actions]]
id = "liver"
title = "Liver"
neutral_title = "Laboratory test"
visit = "laboratory"
kind = "series"
every = "6 months"
until = "last infusion + 48 months"
baseline = { within = "30 days", reuse = "14 days", cite = "own" }
cite = "own"
"""

EXAMINATION: Final = """
[[actions]]
id = "exam"
title = "Examination"
neutral_title = "Appointment, examination"
kind = "series"
every = "1 year"
per = "treatment"
cite = "own"
"""
"""A yearly test of the treatment without a stated end."""

WINDOW: Final = """
[[actions]]
id = "shots"
title = "Shots"
neutral_title = "Preparation"
kind = "window"
closes = "first infusion - 42 days"
per = "first-course"
cite = "own"
"""

ECG: Final = """
[[actions]]
id = "ecg"
title = "ECG"
neutral_title = "Appointment, before treatment"
kind = "window"
closes = "first infusion - 1 day"
per = "first-course"
cite = "own"
"""
"""A window that is in no visit and closes on the eve of course 1."""

DIET: Final = """
[[actions]]
id = "diet"
title = "Diet"
neutral_title = "Food reminder"
kind = "period"
starts = "first infusion - 2 weeks"
ends = "last infusion + 1 month"
cite = "own"
"""

IN_A_VISIT: Final = """
[[actions]]
id = "ratio"
title = "Ratio"
neutral_title = "Laboratory test"
visit = "laboratory"
kind = "window"
opens = "first infusion - 30 days"
closes = "first infusion - 1 day"
cite = "own"
"""
"""A window of the laboratory, which joins the baseline's visit."""

PROPHYLAXIS: Final = """
[[actions]]
id = "pills"
title = "Pills"
neutral_title = "Medicine reminder"
kind = "period"
starts = "first infusion"
ends = "last infusion + 2 months"
open_until = { observation = "cd4", at_least = 200, unit = "cells/uL" }
cite = "own"
"""

WEEKDAYS: Final = clinic_open(MON_TO_FRI)

EVERY_DAY: Final = clinic_open(WEEK)

START: Final = date(2027, 5, 6)

GIVEN: Final = ("2027-05-06", "2027-05-07")


@cache
def rules(*actions: str) -> Protocol:
    """Return the protocol, with some more actions."""
    with file_holding("".join((RULES, *actions)), "own.toml") as path:
        return read_protocol(path)


@cache
def planned(*actions: str, courses: int = 2, clinic: Clinic = WEEKDAYS, **fields: Any) -> Plan:
    """Return the plan P from 6 May 2027."""
    return plan_treatment(rules(*actions), clinic, not_before=START, courses=courses, **{"plan_id": "P", **fields})


def given(days: Iterable[str] = GIVEN, done: Iterable[str] = (), **fields: Any) -> History:
    """Return the history of patient x: infusions on some days, and counts on others."""
    observations = [*fields.pop("observations", ()), *({"code": "count", "date": day} for day in done)]
    return History.from_dates(list(days), **{"patient": "x", "observations": observations, **fields})


def asked(plan: Plan, history: History | None, as_of: str, days: str = "", **options: Any) -> list[DueItem]:
    """Return what is due from one day to another, written as `2027-12-01..2027-12-31`; by default on `as_of` alone."""
    first, _, last = (days or f"{as_of}..{as_of}").partition("..")
    return list(
        due(
            plan,
            history=history,
            as_of=date.fromisoformat(as_of),
            first_day=date.fromisoformat(first),
            last_day=date.fromisoformat(last),
            **options,
        )
    )


def told(items: Sequence[DueItem], *kinds: str) -> list[tuple[str, str, str]]:
    """Return day, id and state of each item of some kinds, by default of all."""
    return [(item.day.isoformat(), item.item, item.state) for item in items if not kinds or item.kind in kinds]


def monthly(first: str, count: int) -> list[str]:
    """Return the 7th of some months, from one on."""
    day, found = date.fromisoformat(first), list[str]()
    for _ in range(count):
        found.append(day.isoformat())
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=7)
    return found
