"""The naive script and the library give the same dates: two opinions that share no code."""

import random
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
from tests.benchmarks.agreement import differences
from tests.benchmarks.naive_plan import dates_every, plan, public_holidays
from tests.support.for_each import for_each

pytestmark = pytest.mark.sweep  # it checks what the benchmarks compare, not the library alone

PROTOCOL = load_protocol("us-2024-05")
BOSTON = read_clinic(Path(__file__).parents[2] / "examples" / "boston.toml")
HOLIDAYS = public_holidays(2023, 2045)
RANDOM = random.Random(20270111)  # noqa: S311  # a sample that is the same every time
STARTS = [
    date(2027, 1, 11),  # the README's
    date(2036, 2, 25),  # the last infusion of course 1 is on 29 February
    date(2026, 7, 27),  # … on the 31st of a month
    date(2027, 2, 26),  # 2 March is booked out
    *(date(2024, 1, 1) + timedelta(days=RANDOM.randrange(16 * 365)) for _ in range(40)),
]


@pytest.mark.parametrize("courses", [1, 3, 4])
def test_the_naive_script_and_the_library_agree(courses: int) -> None:
    due_dates = cache(dates_every)  # the monthly tests of a course have the same dates

    def agree(start: date) -> None:
        ours = plan_treatment(PROTOCOL, BOSTON, not_before=start, courses=courses)
        assert list(differences(plan(start, HOLIDAYS, courses=courses, due_dates=due_dates), ours)) == []

    for_each(STARTS if courses == 4 else STARTS[:14], agree, str)  # four courses have all dates of one and of three


def changed(naive: dict[str, Any], *path: str | int) -> dict[str, Any]:
    *way, last = path
    part: Any = naive
    for step in way:
        part = part[step]
    part[last] = "something else"
    return naive


@pytest.mark.parametrize(
    "path",
    [
        ("time_zone",),
        ("courses", 1, "first_day"),
        ("courses", 0, "days", 4, "observation", "end"),
        ("contraception", 0, "last_day"),
        ("activities", 0, "id"),
        ("activities", -1, "text"),
        ("closures", 3, "reason"),
    ],
    ids=str,
)
def test_a_difference_is_seen(path: tuple[str | int, ...]) -> None:
    start = date(2027, 1, 11)
    naive = changed(plan(start, HOLIDAYS), *path)
    assert list(differences(naive, plan_treatment(PROTOCOL, BOSTON, not_before=start, courses=3)))


def test_a_missing_date_is_seen() -> None:
    start = date(2027, 1, 11)
    naive = plan(start, HOLIDAYS)
    next(item for item in naive["activities"] if item["kind"] == "series")["dates"].pop()
    assert list(differences(naive, plan_treatment(PROTOCOL, BOSTON, not_before=start, courses=3)))
