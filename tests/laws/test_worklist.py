"""Laws of what is due (S43), and the library beside the oracle's second calculation, over random treatments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from hypothesis import assume, given
from hypothesis import strategies as st

from lemtrada_schedule import Clinic, DueItem, History, Plan, due, forecast, load_protocol, plan_treatment, worklist
from tests.oracle.labels import label
from tests.oracle.monitoring import KnownTests
from tests.oracle.months import months_after
from tests.oracle.visits import Calendar
from tests.oracle.worklist import DueItem as Expected
from tests.oracle.worklist import Question, due_items
from tests.support.clinics import MON_TO_FRI, clinic_open, hours_on

LABELS: Final = ("us-2024-05-r2", "eu-2020-01-r2")
ONE_DAY: Final = timedelta(days=1)
CALENDAR: Final = Calendar({"opening_hours": hours_on(MON_TO_FRI)})


@cache
def open_clinic() -> Clinic:
    """Return a clinic that is open from Monday to Friday."""
    return clinic_open(MON_TO_FRI)


@cache
def plan_of(name: str, first: date, courses: int) -> Plan:
    """Return a plan; many examples ask about the same one."""
    return plan_treatment(load_protocol(name), open_clinic(), not_before=first, courses=courses, plan_id="P")


@dataclass(frozen=True)
class Asked:
    """A plan, what is on record of it, and what is asked."""

    name: str
    first: date
    courses: int
    given: tuple[date, ...] | None
    """The infusion days on record; `None`: there is no history."""
    tests: tuple[tuple[str, date], ...]
    tests_recorded: tuple[str, ...] | None
    as_of: date
    first_day: date
    last_day: date
    grace_days: int

    @property
    def plan(self) -> Plan:
        return plan_of(self.name, self.first, self.courses)

    @property
    def observations(self) -> list[dict[str, Any]]:
        return [{"code": code, "date": day} for code, day in self.tests]

    @property
    def history(self) -> History | None:
        if self.given is None:
            return None
        fields = {"patient": "x", "observations": self.observations, "tests_recorded": self.tests_recorded}
        return History.from_dates(list(self.given), **fields)

    @property
    def found(self) -> tuple[DueItem, ...]:
        return due(
            self.plan,
            history=self.history,
            as_of=self.as_of,
            first_day=self.first_day,
            last_day=self.last_day,
            grace_days=self.grace_days,
        )

    @property
    def is_undecided(self) -> bool:
        """Whether a decision is needed, as `forecast` says."""
        if self.history is None:
            return False
        status = forecast(self.history, load_protocol(self.name), as_of=self.as_of).status
        return status == "needs-clinical-decision" or self.cannot_go_on

    @property
    def cannot_go_on(self) -> bool:
        """Whether the next day of a running course is a Saturday or Sunday (S09)."""
        return any(item.item.startswith("decision") for item in self.found)

    @property
    def is_late_in_recording(self) -> bool:
        """Whether a course has begun by the plan, still has days to come, and has none on record.

        The library counts from the plan then; the oracle counts from the history once the first day has passed.
        """
        known = by_course(self.given or (), self.as_of)
        return any(c.first_day < self.as_of <= c.last_day and c.number not in known for c in self.plan.courses)

    @property
    def is_overtaken(self) -> bool:
        """Whether a course still to come is planned sooner than 12 months after the last infusion on record.

        The library never shows it; the oracle looks at no interval.
        """
        known = by_course(self.given or (), self.as_of)
        ahead = [course.first_day for course in self.plan.courses if course.number not in known]
        return bool(known) and any(day < months_after(max(known[max(known)]), 12, "later") for day in ahead)

    @property
    def expected(self) -> list[Expected]:
        planned = {course.number: [day.date for day in course.days] for course in self.plan.courses}
        on_record = None if self.given is None else by_course(self.given, self.as_of)
        observations = self.observations if self.given is not None else []
        recorded = self.tests_recorded if self.given is not None else ()
        return due_items(
            Question(
                label(self.name),
                planned,
                on_record,
                self.as_of,
                self.first_day,
                self.last_day,
                CALENDAR,
                KnownTests(observations=observations, tests_recorded=recorded),
                grace_days=self.grace_days,
                decision_needed=self.is_undecided,
            )
        )


def by_course(days: Sequence[date], as_of: date) -> dict[int, list[date]]:
    """Return infusion days up to a day by course: a gap of more than 15 days begins another one."""
    found: dict[int, list[date]] = {}
    for day in sorted(day for day in days if day <= as_of):
        number = max(found, default=1)
        if found and (day - found[number][-1]).days > 15:
            number += 1
        found.setdefault(number, []).append(day)
    return found


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    """Return a question about a plan that was followed, or followed with a day less, or some days later."""
    name, courses = draw(st.sampled_from(LABELS)), draw(st.integers(1, 3))
    first = date(2027, 1, 1) + ONE_DAY * draw(st.integers(0, 400))
    plan = plan_of(name, first, courses)
    days = [day.date for day in plan.infusion_days]
    begins = plan.courses[draw(st.integers(0, courses - 1))].first_day
    as_of = begins + ONE_DAY * draw(st.sampled_from([-40, -2, 0, 1, 2, 3, 5, 6, 20, 31, 40, 95, 200, 366, 700]))
    given_days = draw(st.none() | given_as(days, as_of))
    range_from = as_of + ONE_DAY * draw(st.sampled_from([0, 0, 0, -60, -5, 3, 30]))
    recorded = draw(st.sampled_from([known_kinds(plan), known_kinds(plan)[:2], None]))
    tests = draw(done_tests(plan, as_of)) if given_days is not None else ()
    return Asked(
        name=name,
        first=first,
        courses=courses,
        given=given_days,
        tests=tuple(one for one in tests if recorded is None or one[0] in recorded),
        tests_recorded=recorded,
        as_of=as_of,
        first_day=range_from,
        last_day=range_from + ONE_DAY * draw(st.sampled_from([0, 6, 30, 90])),
        grace_days=draw(st.sampled_from([0, 0, 3, 14])),
    )


def known_kinds(plan: Plan) -> tuple[str, ...]:
    """Return the tests of a plan, the laboratory's first."""
    kinds = dict.fromkeys(test.partition("/")[0] for visit in plan.visits for test in visit.tests)
    return tuple(sorted(kinds, key=lambda kind: (kind not in {"blood-count", "creatinine"}, kind)))


@st.composite
def given_as(draw: st.DrawFn, planned: Sequence[date], as_of: date) -> tuple[date, ...]:
    """Return the days on record: as planned up to a day, at times a day later or with one day missing."""
    until = as_of - ONE_DAY * draw(st.sampled_from([0, 0, 0, 1, 3, 400]))
    shift = draw(st.sampled_from([0, 0, 0, 0, 7, 14]))
    days = [day + ONE_DAY * shift for day in planned]
    days = [day for day in days if day <= until]
    if days and draw(st.integers(0, 5)) == 0:
        days.remove(draw(st.sampled_from(days)))
    return tuple(days)


@st.composite
def done_tests(draw: st.DrawFn, plan: Plan, as_of: date) -> tuple[tuple[str, date], ...]:
    """Return tests near their due days; each visit is done, or not, as a whole or in part."""
    found: list[tuple[str, date]] = []
    for visit in plan.visits:
        if visit.due - ONE_DAY * 3 > as_of:
            break
        day = min(visit.due + ONE_DAY * draw(st.sampled_from([0, 0, -1, -3, 2, 9])), as_of)
        left_out = draw(st.sampled_from([0, 0, 0, 1, 2, 9]))
        kinds = sorted({test.partition("/")[0] for test in visit.tests})
        found += [(kind, day) for kind in kinds[left_out:]]
    return tuple(dict.fromkeys(found))


def as_told(item: DueItem) -> tuple[date, str, str, str]:
    """Return day, kind, id and state of an item, with the ids of the oracle."""
    head = item.item.partition("/")[0]
    return item.day, item.kind, head if head in {"decision", "contraception"} else item.item, item.state


@given(questions())
def test_S43_infusion_days_visits_windows_and_periods_are_those_of_the_oracle(asked: Asked) -> None:
    """Lines of what was missed before are compared below; the oracle says replan for days that were added alone."""
    assume(asked.given is None or not (asked.is_late_in_recording or asked.is_overtaken))
    found = [as_told(item) for item in asked.found if not item.item.startswith(("missed/", "unrecorded/", "replan"))]
    expected = [
        (one["day"], one["kind"], one["item"], one["state"])
        for one in asked.expected
        if one["count"] is None and one["item"] != "replan"
    ]
    assert sorted(found) == sorted(expected)


@given(questions())
def test_S43_what_was_missed_before_is_counted_as_the_oracle_counts_it(asked: Asked) -> None:
    """The oracle leaves out baselines and windows, of which there is one for each course at most."""
    found = {item.item.removeprefix("missed/"): item for item in asked.found if item.item.startswith("missed/")}
    expected = {one["item"]: (one["count"], one["day"]) for one in asked.expected if one["count"]}
    assert expected.keys() <= found.keys()
    for name, (missed, last) in expected.items():
        count = int(found[name].reason.partition(" ")[0])
        assert missed <= count <= missed + asked.courses
        assert found[name].day >= last


@given(questions())
def test_S43_days_are_suggested_as_the_oracle_suggests_them(asked: Asked) -> None:
    """Where a course is late in recording, the oracle counts from other days, so other items may be listed."""
    expected = {(one["day"], one["item"]): one["suggested"] for one in asked.expected if one["count"] is None}
    for item in asked.found:
        if (item.day, item.item) in expected:
            assert item.suggested == expected[item.day, item.item]


@given(questions())
def test_S43_every_item_says_why_and_is_in_order(asked: Asked) -> None:
    items = asked.found
    assert [item.day for item in items] == sorted(item.day for item in items)
    assert all(item.reason and item.title and item.neutral_title for item in items)
    assert len({(item.item, item.day) for item in items}) == len(items)


@given(questions())
def test_S43_only_what_stands_whatever_its_day_is_outside_the_range(asked: Asked) -> None:
    for item in asked.found:
        is_inside = asked.first_day <= item.day <= asked.last_day
        if item.state == "due" and item.suggested:
            is_inside = is_inside or asked.first_day <= item.suggested <= asked.last_day
        stands = item.state in {"overdue", "open", "missed"} or item.kind == "decision" or waits(item, asked)
        stands = stands or item.item == "unrecorded/tests"
        assert is_inside or stands
        waits_for_others = (
            "; unrecorded: " in item.reason
        )  # a visit whose other tests may have been done, or still can be
        assert item.state != "missed" or is_inside or item.item.startswith("missed/") or waits_for_others


def waits(item: DueItem, asked: Asked) -> bool:
    """Whether an item is a test before a course of which it is unknown whether it was done, or in its days of grace."""
    if item.day >= asked.as_of or item.kind not in {"visit", "window"}:
        return False
    is_before_a_course = item.kind == "window" or "baseline" in item.reason
    return item.state == "due" or (item.state == "unrecorded" and is_before_a_course)


@given(questions(), st.integers(1, 60))
def test_S43_the_lists_of_two_ranges_are_together_the_list_of_both(asked: Asked, days: int) -> None:
    """No item is lost between two weeks. A visit may be on both lists: of its suggested day, and of its due day.

    What depends on the range itself is left aside: how many were missed before it, and on which day a period is shown.
    """

    def listed(first_day: date, last_day: date) -> set[str]:
        found = replace(asked, first_day=first_day, last_day=last_day).found
        return {
            key(item)
            for item in found
            if item.kind != "period" and not item.item.startswith(("missed/", "unrecorded/"))
        }

    def periods(first_day: date, last_day: date) -> set[str]:
        found = replace(asked, first_day=first_day, last_day=last_day).found
        return {item.item for item in found if item.kind == "period"}

    between, last_day = asked.last_day + ONE_DAY, asked.last_day + ONE_DAY * days
    for items in (listed, periods):
        both = items(asked.first_day, last_day)
        assert items(asked.first_day, asked.last_day) | items(between, last_day) == both


@given(st.lists(questions(), max_size=3))
def test_S43_a_worklist_is_the_sum_of_each(asked: list[Asked]) -> None:
    """With one day and one range for all; each plan has an id of its own."""
    if not asked:
        return
    days: dict[str, Any] = {one: getattr(asked[0], one) for one in ("as_of", "first_day", "last_day", "grace_days")}
    pairs = [(one.plan.model_copy(update={"plan_id": f"p{place}"}), one.history) for place, one in enumerate(asked)]
    listed = worklist(pairs, **days)
    single = [item for plan, history in pairs for item in due(plan, history=history, **days)]
    assert sorted(map(key, listed)) == sorted(map(key, single))
    assert list(listed) == sorted(listed, key=lambda item: (item.day, item.patient or "", item.plan_id, item.item))


def key(item: DueItem) -> str:
    return item.model_dump_json()
