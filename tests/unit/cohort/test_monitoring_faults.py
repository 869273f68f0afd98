"""Cohorts of many patients with tests near their due dates and rows of every odd kind, compared with `evaluate`.

The screen judges all these patients at once, so an error in its arithmetic on columns shows up here.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import pytest

from lemtrada_schedule import Protocol, load_protocol
from lemtrada_schedule.cohort import monitoring as monitoring_module
from tests.unit.cohort.cohorts import Asked
from tests.unit.cohort.observed_cohorts import OF_TESTS, Observing, expected_of_tests, found_of_tests

Rows = list[dict[str, Any]]

EVERY: Final = {
    "blood-count": 30, "creatinine": 30, "57021-8": 30, "urinalysis": 30, "thyroid": 91, "3016-3": 91,
    "skin-examination": 365, "hpv": 365, "cervical-screening": 365, "urine-protein-creatinine": 30, "ecg": 365,
    "vaccinations": 365, "no test of the protocol": 30,
}  # fmt: skip
"""Codes, and about how many days lie between two due dates of the test that each means."""

AS_OF: Final = date(2023, 10, 31)

MONTH_ENDS: Final = (date(2019, 10, 31), date(2020, 1, 31), date(2020, 2, 29), date(2021, 8, 31))


@dataclass(frozen=True)
class _Chance:
    """Draws what one cohort has; a cohort is repeated by its seed."""

    draw: random.Random

    def of(self, share: float) -> bool:
        return self.draw.random() < share

    def infusions(self, patient: Any) -> Rows:
        """Return courses with faults: a day less or more, a gap, too early, or so near that they are one."""
        day = self.draw.choice(MONTH_ENDS) - timedelta(days=self.draw.choice([4, 4, 2, self.draw.randrange(900)]))
        rows: Rows = []
        for course in range(self.draw.choice([1, 1, 2, 2, 2, 3, 4])):
            size = (5 if course == 0 else 3) + self.draw.choice([0] * 9 + [-1, 1, -2, -2])
            gap = self.draw.choice([0] * 12 + [1, 2, 20])
            days = [day + timedelta(days=n + (gap if n == size - 1 else 0)) for n in range(size)]
            rows += [{"patient": patient, "date": each} for each in days]
            day = days[0] + timedelta(days=self.draw.choice([366, 380, 400, 700, 366, 380, 400, 200, 90, 40, 25]))
        return rows + rows[: 1 if self.of(0.1) else 0]

    def days(self, given: Sequence[date], every: int) -> list[date]:
        """Return days of a test: around due dates and windows of a course, above all where an answer changes."""
        near = (0, 0, 0, -1, 1, every // 4, -(every // 4), every // 2, -(every // 2), self.draw.randrange(every))
        anchor, density = self.draw.choice(given), self.draw.choice([0.1, 0.5, 0.9])
        places = [n for n in range(-1, self.draw.choice([3, 14, 55 * 30 // every + 2])) if self.of(density)]
        shifts = [round(every * 1.0145 * n) + self.draw.choice(near) + self.draw.choice([-1, 0, 1]) for n in places]
        days = [anchor + timedelta(days=shift) for shift in shifts]
        ends = [each + timedelta(days=n) for each in given for n in (-31, -30, -1, 0, 1)]
        days += self.draw.sample(ends, min(len(ends), self.draw.choice([0, 0, 1, 4])))
        days += [AS_OF - timedelta(days=n) for n in self.draw.sample(range(every), self.draw.choice([0, 0, 1, 2]))]
        return days + self.draw.sample(days, len(days) // 5)  # the same day again


def cohort(seed: int, protocol: Protocol, patients: int = 60) -> tuple[Observing, set[int]]:
    """Return a cohort with its tests, and which rows of infusions are refused."""
    chance = _Chance(random.Random(seed))  # noqa: S311  # repeatable
    ids = [f"p{n}" if seed % 2 else 3 * n - 40 for n in range(patients)]
    given, tests = list[dict[str, Any]](), list[dict[str, Any]]()
    for patient in ids:
        own = chance.infusions(patient)
        given += own
        for code in chance.draw.sample(sorted(EVERY), chance.draw.choice([0, 1, 3, 6])):
            days = chance.days([row["date"] for row in own], EVERY[code])
            tests += [{"patient": patient, "date": day, "code": code} for day in days]
    tests = [row for row in tests if row["date"] >= date(2000, 1, 1)]
    tests += [{"patient": _stranger(ids[0], n), "date": date(2021, 1, n + 1), "code": "thyroid"} for n in range(3)]
    if seed % 3 == 0:
        for row in chance.draw.sample(tests, 4):
            row.update(chance.draw.choice([{"date": date(1999, 12, 31)}, {"code": None}]))
    chance.draw.shuffle(tests)
    if seed % 4 == 1:
        chance.draw.shuffle(given)
    refused = set(chance.draw.sample(range(1, len(given) + 1), 3)) if seed % 5 == 0 else set[int]()
    for n in refused:
        given[n - 1]["infusion_minutes"] = -1
    columns = ("infusion_minutes",) if refused else ()
    asked = Asked(given, columns, protocol, AS_OF, None, 0, _own_days(seed, given, chance.draw))
    return Observing(asked, tests), refused


def _stranger(patient: Any, number: int) -> Any:
    return f"stranger {number}" if isinstance(patient, str) else patient - 1 - number


def _own_days(seed: int, given: Rows, draw: random.Random) -> Mapping[Any, date] | None:
    """Return a date of the question for each patient: any, or 49 months after an infusion, when tests have ended."""
    if seed % 4 != 2:
        return None
    ends = {row["patient"]: row["date"] + timedelta(days=draw.choice([1490, 1491, 1492])) for row in given}
    return {
        patient: draw.choice([end, date(2020, 1, 1) + timedelta(days=draw.randrange(2_500))])
        for patient, end in ends.items()
    }


def in_days() -> Protocol:
    """Return the US protocol with tests that are due every some days or weeks."""
    every = {"blood-count": "28 days", "creatinine": "1 week", "thyroid": "13 weeks"}
    us = load_protocol("us")
    actions = [one.model_copy(update={"every": every[one.id]}) if one.id in every else one for one in us.actions]
    return us.model_copy(update={"actions": actions})


PROTOCOLS: Final = (load_protocol("us"), load_protocol("eu"), in_days())


def check(seed: int, protocol: Protocol) -> None:
    one, refused = cohort(seed, protocol)
    expected = expected_of_tests(one, refused)
    assert len(expected[0]) > 40
    assert OF_TESTS - {"observation-in-future"} <= {code for codes in expected[1].values() for code in codes}
    found = found_of_tests(one.report())
    for what, told, said in zip(("rows", "codes", "counts"), expected, found, strict=True):
        assert said == told, what


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=["us", "eu", "in days"])
@pytest.mark.parametrize(("seed", "together"), [pytest.param(0, 7, marks=pytest.mark.sweep), (1, 1 << 14)])
def test_odd_cohorts(protocol: Protocol, seed: int, together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring_module, "TOGETHER", together)
    check(seed, protocol)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_S42_the_last_due_date_takes_a_test_before_another_one_would_be_due(days: int) -> None:
    """The last of 48 monthly dates is 27 September 2023; another one would be due on 27 October."""
    given = [{"patient": 1, "date": date(2019, 9, day)} for day in range(23, 28)]
    tests = [{"patient": 1, "date": date(2023, 10, 27) + timedelta(days=days), "code": "urinalysis"}]
    one = Observing(Asked(given, (), load_protocol("us"), AS_OF, None, 0), tests)
    rows, codes, counts = found_of_tests(one.report())
    assert (rows, codes, counts) == expected_of_tests(one)
    is_late = days < 0
    assert rows == {(1, "urinalysis", 1, 48, 0, is_late, 48 - is_late, 0, 1491 + days)}
    assert ("test-late" in codes[1]) == is_late


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(2, 62))
def test_more_odd_cohorts(seed: int) -> None:
    check(seed, PROTOCOLS[seed % 3])
