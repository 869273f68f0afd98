"""The tests tested: each of the mistakes that planning programs make is planted, and the invariants must notice.

The check is the invariants of one plan (`plan_laws.py`), without the comparison with the oracle's whole plan.
A fault is caught by an invariant that is about it, not by chance.
"""

import datetime as dt
import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from lemtrada_schedule import Offset, Plan, Protocol, ScheduleError, Span, TimeWindow
from lemtrada_schedule.clinic import open_days, public_holidays
from lemtrada_schedule.clinic.closures import ClosedDay
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.clinic.public_holidays import PublicHoliday
from lemtrada_schedule.clinic.starts import CourseStart
from lemtrada_schedule.dates import months, spans
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.planning import activities, assembling, given_courses, infusion_days, placing
from lemtrada_schedule.planning.shared_parts import PlanBasis
from lemtrada_schedule.protocol import due_dates
from lemtrada_schedule.protocol.intervals import Before
from tests.oracle.plan import NoBlockError
from tests.support.plan_laws import OF_ONE_PLAN, Law
from tests.support.plan_strategies import Case, an_old_last_draw, cases, night_cases, touching_periods
from tests.support.planned import infusion_of

pytestmark = pytest.mark.sweep
DRAWN: Final = 150
Patch = pytest.MonkeyPatch
ONE_DAY: Final = timedelta(days=1)


# --- the check -------------------------------------------------------------------------------


def drawn(strategy: SearchStrategy[Case], count: int) -> list[Case]:
    """Return some cases, always the same."""
    found: list[Case] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(case: Case) -> None:
        found.append(case)

    keep()
    return found


def has_a_plan(case: Case) -> bool:
    """Whether the oracle finds one, at a clinic that is one."""
    try:
        case.clinic.noun()
        return bool(case.expected)
    except (NoBlockError, ScheduleError):
        return False


@cache
def corpus() -> tuple[Case, ...]:
    """Return the cases that every fault is tried on: those that have a plan."""
    tried = (*drawn(night_cases(), 40), touching_periods(), an_old_last_draw(), *drawn(cases(), DRAWN))
    return tuple(case for case in tried if has_a_plan(case))


def forget() -> None:
    """Empty the caches of the package: what was made before a fault must not hide it, nor outlive it."""
    for name in (
        "planning.activities",
        "planning.plan_findings",
        "planning.shared_parts",
        "clinic.open_days",
        "clinic.public_holidays",
    ):
        module = importlib.import_module(f"lemtrada_schedule.{name}")
        for part in vars(module).values():
            if hasattr(part, "cache_clear") and not isinstance(part, type):
                part.cache_clear()


def broken(tried: Iterable[Case]) -> Iterator[str]:
    """Yield the name of each invariant that a case breaks, and how a plan was not to be had."""
    for case in tried:
        try:
            plan = case.planned()
        except ScheduleError as refusal:
            yield refusal.code
            continue
        for name, law in OF_ONE_PLAN.items():
            if not holds(law, case, plan):
                yield name


def holds(law: Law, case: Case, plan: Plan) -> bool:
    try:
        law(case, plan)
    except AssertionError:
        return False
    return True


# --- the faults ------------------------------------------------------------------------------


def round_earlier(patch: Patch) -> None:
    """As dateutil does: a day that is not there becomes the last of the month, always."""
    right = months.add_months
    patch.setattr(spans, "add_months", lambda day, months, **_: right(day, months, rounding="earlier"))


def round_later(patch: Patch) -> None:
    """Due dates slip into the next month."""
    right = months.add_months
    patch.setattr(spans, "add_months", lambda day, months, **_: right(day, months, rounding="later"))


def months_of(span: Span) -> int:
    return span.count * {"months": 1, "years": 12}.get(span.unit, 0)


def other_spans(patch: Patch, months: int, other: Callable[[date], date]) -> None:
    """Give another answer for a span of so many months, once."""
    right = Span.after

    def after(self: Span, day: date, *, rounding: Any, times: int = 1) -> date:
        return other(day) if months_of(self) * times == months else right(self, day, rounding=rounding, times=times)

    patch.setattr(Span, "after", after)


def a_year_of_365_days(patch: Patch) -> None:
    """A year is no number of days."""
    other_spans(patch, 12, lambda day: day + timedelta(days=365))


def a_year_of_52_weeks(patch: Patch) -> None:
    """Nor a number of weeks."""
    other_spans(patch, 12, lambda day: day + timedelta(weeks=52))


def contraception_of_120_days(patch: Patch) -> None:
    """Four months are 120 to 123 days."""
    other_spans(patch, 4, lambda day: day + timedelta(days=120))


def monitoring_of_four_years_of_days(patch: Patch) -> None:
    """48 months are 1,461 days, but over 2100, where they are 1,460."""
    other_spans(patch, 48, lambda day: day + timedelta(days=1_430))


def years_from_2038(patch: Patch) -> None:
    """A hidden rule for some years: off by one from 2038 on."""
    right = months.add_months

    def add_months(day: date, months: int, **options: Any) -> date:
        return right(day, months, **options) - ONE_DAY * (day.year >= 2038)

    patch.setattr(spans, "add_months", add_months)


def weekends_ignored(patch: Patch) -> None:
    """A weekday without hours counts as open."""
    right = OpenDays._closed_weekly
    patch.setattr(
        OpenDays, "_closed_weekly", lambda self, weekday: right(self, weekday) if weekday in self._hours else None
    )


def hours_ignored(patch: Patch) -> None:
    """A weekday with hours counts as open, however short they are."""
    right = OpenDays._closed_weekly
    patch.setattr(
        OpenDays, "_closed_weekly", lambda self, weekday: None if weekday in self._hours else right(self, weekday)
    )


def other_special_days(patch: Patch, change: Callable[[OpenDays, dict[date, ClosedDay | None]], None]) -> None:
    """Change the days that differ from the clinic's week."""
    right = OpenDays._special

    def special(self: OpenDays, year: int) -> dict[date, ClosedDay | None]:
        found = right(self, year)
        change(self, found)
        return found

    patch.setattr(OpenDays, "_special", special)


def forget_days(table: OpenDays, found: dict[date, ClosedDay | None], name: str) -> None:
    for one in getattr(table.clinic, name):
        found.pop(one.date, None)


def closures_ignored(patch: Patch) -> None:
    """The clinic's own closures are not looked at."""
    other_special_days(patch, lambda table, found: forget_days(table, found, "closures"))


def booked_days_ignored(patch: Patch) -> None:
    """Days without a chair count as open."""
    other_special_days(patch, lambda table, found: forget_days(table, found, "fully_booked"))


def extra_days_ignored(patch: Patch) -> None:
    """Extra open days stay closed."""
    other_special_days(patch, lambda table, found: forget_days(table, found, "extra_open"))


def holidays_of_their_own_year(patch: Patch) -> None:
    """New Year's Day on a Saturday is observed on 31 December: unknown to who loads the holiday's own year only."""
    right = public_holidays.holidays_in

    def holidays_in(country: str, subdivision: str | None, year: int, *asked: Any) -> tuple[PublicHoliday, ...]:
        found = right(country, subdivision, year, *asked)
        return tuple(one for one in found if not (one.date.month == 12 and one.name.startswith("New Year")))

    patch.setattr(open_days, "holidays_in", holidays_in)


def no_holidays(patch: Patch) -> None:
    """Public holidays are not looked at."""
    patch.setattr(open_days, "holidays_in", lambda *_: ())


Starts = Callable[[OpenDays, int, date], Iterator[CourseStart]]


def other_first_start(patch: Patch, choose: Callable[[OpenDays, int, date, CourseStart], date]) -> None:
    """Take another first day than the first that fits."""
    right = OpenDays.first_start

    def first_start(self: OpenDays, days: int, not_before: date, *, within: int = 366) -> CourseStart:
        start = right(self, days, not_before, within=within)
        first = choose(self, days, not_before, start)
        last = first + timedelta(days=days - 1)
        return CourseStart(first_day=first, last_day=last, passed_over=start.passed_over)

    patch.setattr(OpenDays, "first_start", first_start)


def only_the_first_day_open(patch: Patch) -> None:
    """A block is taken when its first day is open."""

    def choose(table: OpenDays, _days: int, not_before: date, _start: CourseStart) -> date:
        day = not_before
        while table.closed(day):
            day += ONE_DAY
        return day

    other_first_start(patch, choose)


def a_closed_day_moves_it_earlier(patch: Patch) -> None:
    """Where the first day does not fit, the last block before it is taken."""

    def choose(table: OpenDays, days: int, not_before: date, start: CourseStart) -> date:
        if start.first_day == not_before:
            return start.first_day
        return max(
            (one.first_day for one in table.starts(days, not_before - timedelta(days=20), within=19)),
            default=start.first_day,
        )

    other_first_start(patch, choose)


def the_second_block(patch: Patch) -> None:
    """A later block than the first that fits."""

    def choose(table: OpenDays, days: int, _not_before: date, start: CourseStart) -> date:
        return table.__class__.starts(table, days, start.first_day + ONE_DAY).__next__().first_day

    other_first_start(patch, choose)


def a_sixth_day(patch: Patch) -> None:
    """The end is start + 5."""
    right = infusion_days.consecutive_days

    def days(basis: PlanBasis, number: int, first_day: date, ordinals: range) -> Any:
        return right(basis, number, first_day, range(ordinals.start, ordinals.stop + 1))

    patch.setattr(infusion_days, "consecutive_days", days)
    patch.setattr(given_courses, "consecutive_days", days)


def counted_from_the_first_infusion(patch: Patch) -> None:
    """A year after the first infusion is not a year after the last."""
    right = placing._interval

    def counted(protocol: Protocol, number: int, before: Before) -> Derivation:
        return right(protocol, number, replace(before, last_day=before.first_day))

    patch.setattr(placing, "_interval", counted)


def last_day_off_by_one(patch: Patch) -> None:
    """What follows is counted from the day after the last infusion."""
    right = activities.CourseAnchors
    patch.setattr(
        assembling, "CourseAnchors", lambda number, first, last, days: right(number, first, last + ONE_DAY, days)
    )


def other_merging(patch: Patch, merge: Callable[[list[tuple[date, date]]], Iterable[tuple[date, date]]]) -> None:
    """Merge contraception periods in another way."""
    patch.setattr(activities, "merge_periods", lambda periods: tuple(merge(sorted(periods))))


def never_merged(patch: Patch) -> None:
    """Each course keeps its own period, though they overlap."""
    other_merging(patch, lambda periods: periods)


def always_merged(patch: Patch) -> None:
    """One period from the first day to the last."""
    other_merging(patch, lambda periods: [(periods[0][0], periods[-1][1])])


def merged_only_where_they_overlap(patch: Patch) -> None:
    """Periods that touch stay apart."""

    def merge(periods: list[tuple[date, date]]) -> Iterator[tuple[date, date]]:
        kept = periods[0]
        for first, last in periods[1:]:
            if first <= kept[1]:
                kept = (kept[0], max(kept[1], last))
            else:
                yield kept
                kept = (first, last)
        yield kept

    other_merging(patch, merge)


def step_by_step(patch: Patch) -> None:
    """Each due date is counted from the one before: 31 January, 28 February, 28 March."""

    def repeated(self: Span, day: date, *, until: date, rounding: Any) -> tuple[date, ...]:
        found = []
        while (day := self.after(day, rounding=rounding)) <= until:
            found.append(day)
        return tuple(found)

    patch.setattr(Span, "repeated", repeated)


def series_one_short(patch: Patch) -> None:
    """The last day of the range is left out."""
    right = Span.repeated
    patch.setattr(
        Span,
        "repeated",
        lambda self, day, *, until, rounding: right(self, day, until=until - ONE_DAY, rounding=rounding),
    )


def series_go_on_over_the_next_course(patch: Patch) -> None:
    """A course's series does not end with the next course."""
    right = activities.course_activities
    patch.setattr(
        assembling,
        "course_activities",
        lambda protocol, course, *, before, following: right(  # noqa: ARG005  # as the right one is called
            protocol, course, before=before, following=None
        ),
    )


def baseline_ends_on_the_day(patch: Patch) -> None:
    """The day of the first infusion is too late for a baseline."""
    patch.setattr(activities, "BASELINE_CLOSES", Offset.parse("first infusion"))


def baseline_opens_a_day_late(patch: Patch) -> None:
    """Of the 30 days before, the first is lost."""
    right = Offset.from_day

    def from_day(self: Offset, anchor_day: date, *, rounding: Any) -> date:
        off = ONE_DAY * (self.direction == -1 and str(self.span) == "30 days")
        return right(self, anchor_day, rounding=rounding) + off

    patch.setattr(Offset, "from_day", from_day)


def any_old_draw_is_the_baseline(patch: Patch) -> None:
    """The last draw before a course serves, however old it is."""
    right = due_dates.reused_draw
    any_age = {"reuse": "90 days", "within": None}
    patch.setattr(
        activities,
        "reused_draw",
        lambda action, rule, course, before: right(action, rule.model_copy(update=any_age), course, before),
    )


def wall_clock(patch: Patch) -> None:
    """Four hours on the wall are not four hours on the night of a clock change."""

    def after(cls: type[TimeWindow], start: dt.datetime, minutes: int, time_zone: str) -> TimeWindow:
        return cls(time_zone=time_zone, start=start, end=start + timedelta(minutes=minutes))

    patch.setattr(TimeWindow, "after", classmethod(after))


def next_day_is_24_hours_later(patch: Patch) -> None:
    """Then 09:00 drifts over a clock change."""
    right = infusion_days.consecutive_days

    def days(basis: PlanBasis, number: int, first_day: date, ordinals: range) -> Any:
        first, *rest = right(basis, number, first_day, ordinals)
        zone = basis.calendar.clinic.time_zone
        begin = infusion_of(first).start.astimezone(UTC)
        made = [first]
        for k, day in enumerate(rest, start=1):
            moved = (begin + timedelta(hours=24 * k)).astimezone(infusion_of(first).start.tzinfo)
            rule = basis.protocol.infusion_day
            infusion = TimeWindow.after(moved, rule.infusion_minutes, zone)
            observation = TimeWindow.after(infusion.end, rule.observation_minutes, zone)
            made.append(day.model_copy(update={"infusion": infusion, "observation": observation}))
        return tuple(made)

    patch.setattr(infusion_days, "consecutive_days", days)
    patch.setattr(given_courses, "consecutive_days", days)


def day_taken_from_utc(patch: Patch) -> None:
    """In Auckland 09:00 is still the day before in UTC."""
    right = infusion_days._planned_day

    def infusion_day(*arguments: Any) -> Any:
        day = right(*arguments)
        return day.model_copy(update={"date": infusion_of(day).start.astimezone(UTC).date()})

    patch.setattr(infusion_days, "_planned_day", infusion_day)


def five_days_each_time(patch: Patch) -> None:
    """Course 2 has three days."""
    right = Protocol.course
    patch.setattr(Protocol, "course", lambda self, number: right(self, number).model_copy(update={"infusion_days": 5}))


def a_wrong_source(patch: Patch) -> None:
    """Series that fall on the same days are given the reasons of the first of them."""
    right = activities._leaders

    def leaders(protocol: Any) -> dict[str, str]:
        found: dict[tuple[str, str], str] = {}
        rhythm = {action.id: (action.per, str(action.every)) for action in protocol.actions if action.kind == "series"}
        return {name: found.setdefault(rhythm[name], name) for name in right(protocol)}

    patch.setattr(activities, "_leaders", leaders)


class Fault(NamedTuple):
    """A planted fault, and the invariants that are about it."""

    plant: Callable[[Patch], None]
    noticed_by: frozenset[str]


def noticed(plant: Callable[[Patch], None], *laws: str) -> Fault:
    return Fault(plant, frozenset(laws))


FAULTS: Final = [
    noticed(round_earlier, "i04_interval_is_kept", "i12_contraception", "i14_directions"),
    noticed(round_later, "i13_monthly_series", "i14_directions"),
    noticed(a_year_of_365_days, "i04_interval_is_kept"),
    noticed(a_year_of_52_weeks, "i04_interval_is_kept"),
    noticed(contraception_of_120_days, "i12_contraception"),
    noticed(monitoring_of_four_years_of_days, "i13_monthly_series"),
    noticed(years_from_2038, "i04_interval_is_kept", "i12_contraception"),
    noticed(weekends_ignored, "i03_days_are_open_and_not_early"),
    noticed(hours_ignored, "i03_days_are_open_and_not_early"),
    noticed(closures_ignored, "i03_days_are_open_and_not_early"),
    noticed(booked_days_ignored, "i03_days_are_open_and_not_early"),
    noticed(extra_days_ignored, "i05_no_start_is_needlessly_late"),
    noticed(holidays_of_their_own_year, "i03_days_are_open_and_not_early", "i05_no_start_is_needlessly_late"),
    noticed(no_holidays, "i03_days_are_open_and_not_early"),
    noticed(only_the_first_day_open, "i03_days_are_open_and_not_early"),
    noticed(a_closed_day_moves_it_earlier, "i03_days_are_open_and_not_early", "i04_interval_is_kept"),
    noticed(the_second_block, "i05_no_start_is_needlessly_late"),
    noticed(a_sixth_day, "i01_course_lengths"),
    noticed(five_days_each_time, "i01_course_lengths"),
    noticed(counted_from_the_first_infusion, "i04_interval_is_kept"),
    noticed(last_day_off_by_one, "i12_contraception"),
    noticed(never_merged, "i12_contraception"),
    noticed(always_merged, "i12_contraception"),
    noticed(merged_only_where_they_overlap, "i12_contraception"),
    noticed(step_by_step, "i13_monthly_series", "i14_directions"),
    noticed(series_one_short, "i13_monthly_series"),
    noticed(series_go_on_over_the_next_course, "i13_monthly_series"),
    noticed(baseline_ends_on_the_day, "i14_windows_and_baselines"),
    noticed(baseline_opens_a_day_late, "i14_windows_and_baselines"),
    noticed(any_old_draw_is_the_baseline, "i14_windows_and_baselines"),
    noticed(wall_clock, "i15_windows_are_elapsed_time"),
    noticed(wall_clock, "i15_hours_after_an_infusion_are_elapsed"),
    noticed(next_day_is_24_hours_later, "i15_windows_are_elapsed_time"),
    noticed(
        day_taken_from_utc, "i02_days_are_consecutive", "i03_days_are_open_and_not_early", "i16_windows_do_not_overlap"
    ),
    noticed(a_wrong_source, "i19_every_reason_holds"),
]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget()
    yield
    forget()


def test_without_a_fault_every_invariant_holds() -> None:
    assert len(corpus()) >= 120
    assert list(broken(corpus())) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join([fault.plant.__name__, *sorted(fault.noticed_by)]))
def test_a_planted_fault_is_noticed(fault: Fault, monkeypatch: Patch) -> None:
    tried = corpus()
    fault.plant(monkeypatch)
    assert next((name for name in broken(tried) if name in fault.noticed_by), "green") in fault.noticed_by


def test_every_invariant_of_one_plan_notices_something() -> None:
    """Else it might be one that cannot fail."""
    assert OF_ONE_PLAN.keys() == set().union(*(fault.noticed_by for fault in FAULTS))
