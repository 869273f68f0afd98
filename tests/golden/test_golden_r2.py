"""Two golden plans of the second revisions, worked out by hand from the files `labels/*-r2.toml` alone.

Boston: Monday 11 January 2027, three courses, by the US rules. Berlin: Monday 1 March 2027, four courses, by the EU
rules. The arithmetic stands beside each date. Weekdays: 11 January 2027 and 1 March 2027 are Mondays, and so is every
day that lies a number of weeks from one of them.

A line is the day, the item and what happens to the item on that day. Lines are in order of day, item and event.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from lemtrada_schedule import Plan, load_protocol, plan_treatment, read_clinic
from lemtrada_schedule.plan.activities import (
    Activity,
    AfterInfusionActivity,
    InfusionDaysActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)

EXAMPLES: Final = Path(__file__).parents[2] / "examples"

# --- what stands in the plans, by hand ----------------------------------------------------------------

# Course 1 from Monday 11 to Friday 15 January 2027: five days that are open.
BOSTON: Final = """
2026-11-30 vaccinations/course-1 closes
2026-12-12 blood-count/course-1 baseline opens
2026-12-12 creatinine/course-1 baseline opens
2026-12-12 liver-tests/course-1 baseline opens
2026-12-12 thyroid/course-1 baseline opens
2026-12-12 urinalysis/course-1 baseline opens
2026-12-12 urine-protein-creatinine/course-1 opens
2027-01-10 blood-count/course-1 baseline due
2027-01-10 creatinine/course-1 baseline due
2027-01-10 liver-tests/course-1 baseline due
2027-01-10 skin-examination/treatment baseline due
2027-01-10 thyroid/course-1 baseline due
2027-01-10 urinalysis/course-1 baseline due
2027-01-10 urine-protein-creatinine/course-1 closes
2027-01-11 contraception/1 begins
2027-01-11 corticosteroid/course-1 given
2027-01-11 course-1/day-1 infusion
2027-01-11 herpes-prophylaxis/course-1 begins
2027-01-11 stroke-watch/course-1 begins
2027-01-12 corticosteroid/course-1 given
2027-01-12 course-1/day-2 infusion
2027-01-12 reaction-watch/course-1 ends
2027-01-13 corticosteroid/course-1 given
2027-01-13 course-1/day-3 infusion
2027-01-13 reaction-watch/course-1 ends
2027-01-14 course-1/day-4 infusion
2027-01-14 reaction-watch/course-1 ends
2027-01-15 course-1/day-5 infusion
2027-01-15 reaction-watch/course-1 ends
2027-01-16 reaction-watch/course-1 ends
2027-01-18 stroke-watch/course-1 ends
2027-02-15 blood-count/course-1 due
2027-02-15 creatinine/course-1 due
2027-02-15 liver-tests/course-1 due
2027-02-15 urinalysis/course-1 due
2027-03-15 blood-count/course-1 due
2027-03-15 creatinine/course-1 due
2027-03-15 herpes-prophylaxis/course-1 does not end before
2027-03-15 liver-tests/course-1 due
2027-03-15 urinalysis/course-1 due
"""
# 30 November: 11 January - 42 days: - 11 is 31 December, - 31 more is 30 November.
# 12 December: 11 January - 30 days: - 11 is 31 December, - 19 more is 12 December; of tests and the urine ratio.
# 10 January: 11 January - 1 day. The skin examination has a baseline without a span, so it opens on no day.
# 11 January: contraception, herpes prophylaxis and the watch for a stroke begin with the first infusion.
# 12 to 16 January: each infusion ends at 13:00, and the watch for reactions 24 hours later, on the next day.
# 11 to 13 January: infusions 1, 2 and 3 are those with a corticosteroid.
# 18 January: 15 January + 3 days.
# 15 February, 15 March: 15 January + 1 and + 2 months, of the monthly tests; the thyroid follows on 15 April.
# 15 March: 15 January + 2 months; it waits for a CD4 count.

# Course 1 from Monday 1 to Friday 5 March 2027: five days that are open.
BERLIN: Final = """
2027-01-18 vaccinations/course-1 closes
2027-02-15 listeria-diet/course-1 begins
2027-02-28 blood-count/course-1 baseline due
2027-02-28 creatinine/course-1 baseline due
2027-02-28 ecg/course-1 closes
2027-02-28 liver-tests/course-1 baseline due
2027-02-28 thyroid/course-1 baseline due
2027-02-28 urinalysis/course-1 baseline due
2027-03-01 alert-card/treatment begins
2027-03-01 breastfeeding/course-1 begins
2027-03-01 contraception/1 begins
2027-03-01 corticosteroid/course-1 given
2027-03-01 course-1/day-1 infusion
2027-03-01 herpes-prophylaxis/course-1 begins
2027-03-01 stroke-watch/course-1 begins
2027-03-02 corticosteroid/course-1 given
2027-03-02 course-1/day-2 infusion
2027-03-02 reaction-watch/course-1 ends
2027-03-03 corticosteroid/course-1 given
2027-03-03 course-1/day-3 infusion
2027-03-03 reaction-watch/course-1 ends
2027-03-04 course-1/day-4 infusion
2027-03-04 reaction-watch/course-1 ends
2027-03-05 course-1/day-5 infusion
2027-03-05 reaction-watch/course-1 ends
2027-03-06 blood-count/course-2 baseline opens
2027-03-06 creatinine/course-2 baseline opens
2027-03-06 liver-tests/course-2 baseline opens
2027-03-06 reaction-watch/course-1 ends
2027-03-06 thyroid/course-2 baseline opens
2027-03-06 urinalysis/course-2 baseline opens
2027-03-08 stroke-watch/course-1 ends
2027-04-05 blood-count/course-1 due
2027-04-05 creatinine/course-1 due
2027-04-05 herpes-prophylaxis/course-1 ends
2027-04-05 listeria-diet/course-1 ends
2027-04-05 liver-tests/course-1 due
2027-04-05 urinalysis/course-1 due
2027-05-05 blood-count/course-1 due
2027-05-05 creatinine/course-1 due
2027-05-05 liver-tests/course-1 due
2027-05-05 urinalysis/course-1 due
2027-06-05 blood-count/course-1 due
2027-06-05 creatinine/course-1 due
2027-06-05 liver-tests/course-1 due
2027-06-05 thyroid/course-1 due
2027-06-05 urinalysis/course-1 due
"""
# 18 January: 1 March - 42 days: - 28 is 1 February, - 14 more is 18 January.
# 15 February: 1 March - 2 weeks. 28 February: 1 March - 1 day. No baseline has a span, so that of course 1 takes any
# test before it, and that of course 2 any test after the last infusion of course 1, from 6 March 2027 on (S42).
# 1 March: what begins with the first infusion; the card once for the whole treatment.
# 2 to 6 March: infusions end at 12:30, so the watch for reactions ends on the next day.
# 8 March: 5 March + 3 days.
# 5 April, May, June: 5 March + 1, 2, 3 months; 3 months for the thyroid.
# 5 April: 5 March + 1 month, of the diet and of the prophylaxis.

# Later dates that rest on the courses that follow.
# Course 2: Saturday 15 January 2028 is closed, so is Sunday, and Monday 17 is Martin Luther King Jr. Day: Tuesday 18.
# Course 3: 20 January 2028 + 12 months is Saturday 20 January 2029: Monday 22.
BOSTON_LATER: Final = """
2027-05-15 contraception/1 ends
2028-01-15 blood-count/course-2 baseline due
2028-01-18 course-2/day-1 infusion
2028-01-20 course-2/day-3 infusion
2028-05-20 contraception/2 ends
2028-01-15 hpv/treatment due
2028-01-15 skin-examination/treatment due
2029-01-20 thyroid/course-3 baseline due
2029-01-22 course-3/day-1 infusion
2029-01-24 course-3/day-3 infusion
2029-05-24 contraception/3 ends
2033-01-24 urinalysis/course-3 due
"""
# 15 May: 15 January + 4 months; 20 May, 24 May likewise.
# 15 January 2028: 15 January 2027 + 12 × 1 month, 3 days before 18 January, so at most 14: it serves as baseline.
# 15 January 2028: + 1 year. 20 January 2029: 20 January 2028 + 4 × 3 months, 2 days before course 3.
# 24 January 2033: 24 January 2029 + 48 months, the last draw.

# Course 2: 5 March 2028 is a Sunday; Wednesday 8 March is a holiday in Berlin; Thursday 9 meets Saturday: Monday 13.
# Course 3: 15 March 2029 is a Thursday, meets Saturday: Monday 19. Course 4: Thursday 21 March 2030: Monday 25.
BERLIN_LATER: Final = """
2027-07-05 breastfeeding/course-1 ends
2027-07-05 contraception/1 ends
2028-01-31 vaccinations/course-2 closes
2028-03-05 blood-count/course-2 baseline due
2028-03-13 course-2/day-1 infusion
2028-03-15 course-2/day-3 infusion
2028-03-05 cervical-screening/treatment due
2029-03-15 thyroid/course-3 baseline due
2029-03-19 course-3/day-1 infusion
2029-03-21 course-3/day-3 infusion
2030-03-21 creatinine/course-4 baseline due
2030-03-25 course-4/day-1 infusion
2030-03-27 course-4/day-3 infusion
2034-03-27 alert-card/treatment ends
2034-03-27 liver-tests/course-4 due
"""
# 5 July: 5 March + 4 months. 31 January 2028: 13 March - 42 days: - 13 is 29 February, - 29 more is 31 January.
# 5 March 2028: 5 March 2027 + 12 months, 8 days before course 2: it serves. + 1 year likewise.
# 15 March 2029: 15 March 2028 + 4 × 3 months, 4 days before course 3. 21 March 2030: 21 March 2029 + 12 months, 4 days.
# 27 March 2034: 27 March 2030 + 48 months.


# --- what the library says -------------------------------------------------------------------------


def boston() -> Plan:
    clinic = read_clinic(EXAMPLES / "boston.toml")
    return plan_treatment(load_protocol("us-2024-05-r2"), clinic, not_before=date(2027, 1, 11), courses=3)


def berlin() -> Plan:
    clinic = read_clinic(EXAMPLES / "berlin.toml")
    return plan_treatment(load_protocol("eu-2020-01-r2"), clinic, not_before=date(2027, 3, 1), courses=4)


def lines_of(plan: Plan) -> list[str]:
    """Return every date of a plan, as a line each, in order."""
    found = [(day.date, day.id, "infusion") for day in plan.infusion_days]
    for activity in (*plan.contraception, *plan.activities):
        found += [(day, activity.id, event) for day, event in events_of(activity) if day is not None]
    return [f"{day.isoformat()} {item} {event}" for day, item, event in sorted(found)]


def events_of(activity: Activity) -> Iterator[tuple[date | None, str]]:
    match activity:
        case PeriodActivity():
            yield activity.first_day, "begins"
            yield activity.last_day, "ends"
            yield activity.earliest_end, "does not end before"
        case WindowActivity():
            yield activity.first_day, "opens"
            yield activity.last_day, "closes"
        case SeriesActivity():
            yield from ((day, "due") for day in activity.dates)
            if activity.baseline:
                yield activity.baseline.first_day, "baseline opens"
                yield activity.baseline.due, "baseline due"
        case InfusionDaysActivity():
            yield from ((day, "given") for day in activity.days)
        case AfterInfusionActivity():
            yield from ((window.end.date(), "ends") for window in activity.windows)


@pytest.mark.parametrize(("plan", "expected"), [(boston, BOSTON), (berlin, BERLIN)], ids=["boston", "berlin"])
def test_the_first_dates_by_hand(plan: Callable[[], Plan], expected: str) -> None:
    lines = expected.split("\n")[1:-1]
    assert len(lines) >= 40
    assert lines_of(plan())[: len(lines)] == lines


@pytest.mark.parametrize(
    ("plan", "expected"), [(boston, BOSTON_LATER), (berlin, BERLIN_LATER)], ids=["boston", "berlin"]
)
def test_later_dates_by_hand(plan: Callable[[], Plan], expected: str) -> None:
    assert set(expected.split("\n")[1:-1]) - set(lines_of(plan())) == set()


@pytest.mark.parametrize(("plan", "last"), [(boston, "2033-01-24"), (berlin, "2034-03-27")], ids=["boston", "berlin"])
def test_no_date_lies_later_than_the_end_of_monitoring(plan: Callable[[], Plan], last: str) -> None:
    assert lines_of(plan())[-1].startswith(last)
