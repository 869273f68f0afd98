"""Months, found by walking through the calendar one day at a time."""

from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Literal

Rounding = Literal["later", "earlier"]

ONE_DAY = timedelta(days=1)
FIRST_LISTED = date(1990, 1, 1)
LAST_LISTED = date(2205, 12, 31)


def months_after(day: date, months: int, rounding: Rounding) -> date:
    """Return the day `months` months after `day` (before it, if negative).

    Where that month has no such day: "later" is the first day of the month after it,
    "earlier" is the last day of the month itself.
    """
    check(rounding)
    return walk(day, months, rounding)


@lru_cache(maxsize=100_000)
def walk(day: date, months: int, rounding: Rounding) -> date:
    """Walk to the month, then through it until its day has the same number."""
    today = first_day_of_month_reached(day, months)
    month_reached = today.month
    last_seen = today
    while today.month == month_reached:
        if today.day == day.day:
            return today
        last_seen = today
        today = today + ONE_DAY
    return today if rounding == "later" else last_seen


def first_day_of_month_reached(day: date, months: int) -> date:
    """Walk until the month has changed as often as asked, then back to that month's day 1."""
    step = ONE_DAY if months > 0 else -ONE_DAY
    changes_wanted = abs(months)
    changes = 0
    today = day
    while changes < changes_wanted:
        tomorrow = today + step
        if tomorrow.month != today.month:
            changes = changes + 1
        today = tomorrow
    while today.day != 1:
        today = today - ONE_DAY
    return today


def table(months: int, rounding: Rounding) -> dict[date, date]:
    """Return `months_after` for every day from 1990 to 2205 whose answer also lies in there."""
    check(rounding)
    calendar = months_of_the_calendar()
    answers: dict[date, date] = {}
    for place, month in enumerate(calendar):
        reached = place + months
        if reached < 0 or reached + 1 >= len(calendar):
            continue
        days_there = {there.day: there for there in calendar[reached]}
        last_day_there = calendar[reached][-1]
        first_day_of_next = calendar[reached + 1][0]
        missing = first_day_of_next if rounding == "later" else last_day_there
        for day in month:
            answers[day] = days_there.get(day.day, missing)
    return answers


@cache
def all_days() -> list[date]:
    """List every day from 1990 to 2205, made by adding one day at a time."""
    days = [FIRST_LISTED]
    while days[-1] < LAST_LISTED:
        days.append(days[-1] + ONE_DAY)
    return days


@cache
def months_of_the_calendar() -> list[list[date]]:
    """Group the days into months: a new month begins wherever the month number changes."""
    months: list[list[date]] = []
    for day in all_days():
        if not months or months[-1][-1].month != day.month:
            months.append([])
        months[-1].append(day)
    return months


def check(rounding: str) -> None:
    """Refuse a direction that is neither of the two."""
    if rounding not in {"later", "earlier"}:
        message = f"rounding is 'later' or 'earlier', not {rounding!r}"
        raise ValueError(message)
