"""Histories with tests after their courses: in time, late, repeated, missing, accepted, or recorded from a day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from lemtrada_schedule import Evaluation, History, evaluate
from tests.oracle import recorded
from tests.oracle.following import Numbered, spans, standing
from tests.oracle.history import continued
from tests.oracle.monitoring import KnownTests, monitored
from tests.oracle.monitoring import Monitored as Expected
from tests.support.history_strategies import Row, messy_rows
from tests.support.plan_strategies import ONE_DAY, ProtocolFacts, shipped
from tests.support.strategies import calendar_days

LABELS: Final = st.sampled_from(["us-2024-05-r2", "eu-2020-01-r2", "us-2024-05"]).map(shipped)
KINDS: Final = ("blood-count", "creatinine", "liver-tests", "thyroid", "skin-examination", "hpv", "cervical-screening")
JITTER: Final = (0, 0, 0, -1, 1, -7, -8, 7, 8, -15, -16, 3, 15, 16, 22, 23, 24, 29)
"""Days from a due date to its record: many at a quarter and at half of a month."""
STEPS: Final = (366, 364, 372, 400, 380, 1500, 90)
ASKED_AFTER: Final = (0, 1, 16, 27, 30, 31, 32, 60, 100, 200, 364, 366, 500, 1100, 1500, 2200)
HOW_ACCEPTED: Final = ("test-missed", "test-overdue", "test-late", "baseline-missing")


@dataclass(frozen=True)
class Monitored:
    """Records of infusions and tests, the rules they are judged by, the day of asking, and the days of grace."""

    protocol: ProtocolFacts
    rows: Sequence[Row]
    tests: KnownTests
    as_of: date
    grace_days: int

    @property
    def history(self) -> History:
        return History.model_validate({"infusions": [dict(row) for row in self.rows], **self.about})

    @property
    def about(self) -> dict[str, Any]:
        """What is known besides the infusions, as fields of a history."""
        return {name: value for name, value in self.tests._asdict().items() if value not in ((), None)}

    def judged(self, as_of: date | None = None, **update: Any) -> Evaluation:
        """Evaluate the history, with some fields replaced."""
        given = self.history.model_copy(update=update) if update else self.history
        return evaluate(given, self.protocol.protocol, as_of=as_of or self.as_of, grace_days=self.grace_days)

    @property
    def expected(self) -> list[Expected]:
        """What the oracle says became of each test."""
        rules = self.protocol.rules
        courses = recorded.courses_given(rules, recorded.exposures(self.rows, self.as_of))
        given = days_counted(rules, courses, self.as_of)
        doubtful = recorded.affected_numbers(rules, courses) | continued(courses)
        return monitored(rules, given, self.as_of, self.tests, grace_days=self.grace_days, leave_out=doubtful)


def days_counted(rules: recorded.Protocol, courses: Sequence[recorded.Course], as_of: date) -> list[Numbered]:
    """Return the courses with the days from which later dates count (S09)."""
    return spans(rules, courses, standing(rules, courses, (), as_of, None), as_of, None)


@st.composite
def whole_courses(draw: st.DrawFn, first: date) -> list[Row]:
    """Return the records of one to three courses, at times short or in progress."""
    rows: list[Row] = []
    for number in range(draw(st.integers(1, 3))):
        count = (5 if number == 0 else 3) - draw(st.sampled_from([0, 0, 0, 1]))
        rows += [{"date": first + n * ONE_DAY, "row": len(rows) + n + 1} for n in range(count)]
        first += timedelta(draw(st.sampled_from(STEPS)))
    return rows


@st.composite
def monitored_patients(draw: st.DrawFn) -> Monitored:
    """Return a history with tests near the days on which they may be due, asked about on any day."""
    protocol, first = draw(LABELS), draw(calendar_days(date(2001, 1, 1), date(2085, 1, 1)))
    rows: Sequence[Row] = draw(whole_courses(first)) if draw(st.integers(0, 2)) else draw(messy_rows(first))
    days = sorted(row["date"] for row in rows)
    as_of = min(draw(st.sampled_from(days)) + timedelta(draw(st.sampled_from(ASKED_AFTER))), date(2099, 12, 31))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True))
    known = {one["id"] for one in protocol.rules["actions"]}
    seen = [one for kind in kinds if kind in known for one in draw(records(kind, days, as_of))]
    facts: dict[str, Any] = {"observations": seen}
    if draw(st.booleans()):
        facts["tests_recorded"] = [kind for kind in kinds if kind in known]
    if draw(st.integers(0, 3)) == 0:
        facts["tests_recorded_from"] = draw(st.sampled_from(days)) + draw(st.sampled_from([0, 31, 45, 200])) * ONE_DAY
    if draw(st.integers(0, 2)) == 0:
        facts["overrides"] = draw(st.lists(overrides(kinds, as_of), min_size=1, max_size=2))
    if draw(st.integers(0, 11)) == 0:
        facts[draw(st.sampled_from(["unreadable", "unreadable_observations"]))] = [99]
    return Monitored(protocol, rows, KnownTests(**facts), as_of, draw(st.sampled_from([0, 0, 0, 1, 5, 7, 8, 90])))


@st.composite
def records(draw: st.DrawFn, kind: str, days: Sequence[date], as_of: date) -> list[dict[str, Any]]:
    """Return records of one kind about a month, three months or a year apart, some left out, some after `as_of`."""
    anchor, step = draw(st.sampled_from(days)), draw(st.sampled_from([30.44, 30.44, 91.3, 365.25]))
    count = draw(st.integers(0, 12))
    at = [anchor + timedelta(round((n + 1) * step) + draw(st.sampled_from(JITTER))) for n in range(count)]
    at += draw(st.lists(st.sampled_from(days).map(lambda one: one - ONE_DAY), max_size=2))
    kept = [one for one in at if draw(st.integers(0, 3)) and one <= as_of + 40 * ONE_DAY]
    return [{"date": one, "code": kind} for one in kept]


def overrides(kinds: Sequence[str], as_of: date) -> st.SearchStrategy[dict[str, Any]]:
    """Return overrides, most of them of missed tests that they name."""
    on = st.integers(-500, 20).map(lambda step: max(date(2000, 1, 1), as_of + step * ONE_DAY))
    return st.fixed_dictionaries(
        {
            "code": st.sampled_from(HOW_ACCEPTED[:2] * 3 + HOW_ACCEPTED),
            "by": st.just("Dr A"),
            "why": st.just("done elsewhere"),
            "on": on.map(lambda day: min(day, date(2099, 12, 31))),
        },
        optional={"course": st.integers(1, 3), "test": st.sampled_from(list(kinds))},
    )
