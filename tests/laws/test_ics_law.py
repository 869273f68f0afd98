"""The calendar law (S46), for drawn revisions, options and orders of files.

For any two revisions of a plan and the same options for both files: the old file with the update imported is the new
file, and no event changes without a higher SEQUENCE. The calendar that imports the files is
`tests/support/calendar_client.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from lemtrada_schedule import Course, Plan, ScheduleError, load_protocol, plan_treatment, replan, to_ics
from lemtrada_schedule.records.history import Decision
from tests.golden.make_plans import clinic, few
from tests.laws.test_invariants import planned
from tests.support.calendar_client import CalendarClient, Content, content_of, sequence_of
from tests.support.history_strategies import Going, going
from tests.support.ical_lines import read_calendar
from tests.support.plan_strategies import cases, one_in, pick

STAMP: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)


# --- revisions -----------------------------------------------------------------------------------


def revised(old: Plan, new: Plan) -> Plan:
    """Return a plan as the revision after another: whatever is printed raises the number (S46)."""
    same = new.model_copy(update={"revision": old.revision})
    return old if same == old else new.model_copy(update={"revision": old.revision + 1})


def with_parts(plan: Plan, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Plan:
    """Return a plan in which every dated part was changed; as values, for a written plan must not contradict itself."""
    parts = {
        name: [type(one).model_validate(change(dict(one))) for one in getattr(plan, name)]
        for name in ("contraception", "activities")
    }
    return plan.model_copy(update=parts)


def with_courses(plan: Plan, written: list[dict[str, Any]]) -> Plan:
    return plan.model_copy(update={"courses": [Course.model_validate(course) for course in written]})


def opened(part: dict[str, Any]) -> Mapping[str, Any]:
    """Leave a period open that had an end."""
    ended = part["kind"] == "period" and part["last_day"]
    return part | {"last_day": None, "earliest_end": part["last_day"]} if ended else part


def closed(part: dict[str, Any]) -> Mapping[str, Any]:
    """End a period that was open."""
    is_open = part["kind"] == "period" and part["last_day"] is None
    return part | {"last_day": part["earliest_end"] or part["first_day"]} if is_open else part


def shortened(part: dict[str, Any]) -> Mapping[str, Any]:
    """Make every stretch of days one day: it then has one event, however stretches are shown."""
    if part["kind"] not in ("period", "window") or part["first_day"] is None:
        return part
    return part | {"last_day": part["first_day"]}


def retitled(part: dict[str, Any]) -> Mapping[str, Any]:
    return part | {"title": f"{part['title']}, newly named", "neutral_title": f"{part['neutral_title']} (new)"}


def unsettled(part: dict[str, Any]) -> Mapping[str, Any]:
    return part | {"provisional": not part["provisional"]} if part["kind"] in ("period", "series") else part


def at_other_hours(plan: Plan) -> Plan:
    """Return a plan whose infusions begin half an hour later."""
    later = timedelta(minutes=30)
    written = plan.model_dump()["courses"]
    for course in written:
        for day in course["days"]:
            for window in filter(None, (day["infusion"], day["observation"])):
                window |= {"start": window["start"] + later, "end": window["end"] + later}
    return with_courses(plan, written)


def on_record(plan: Plan) -> Plan:
    """Return a plan whose days are on record without their times."""
    written = plan.model_dump()["courses"]
    for course in written:
        course["days"] = [day | {"infusion": None, "observation": None} for day in course["days"]]
    return with_courses(plan, written)


def without_the_last_course(plan: Plan) -> Plan:
    kept = plan.courses[:-1]
    last = plan.courses[-1].number if plan.courses else None
    parts = {
        name: [one for one in getattr(plan, name) if one.course != last] for name in ("contraception", "activities")
    }
    visits = [visit for visit in plan.visits if visit.course != last]
    return plan.model_copy(update={"courses": kept, "visits": visits, **parts})


def in_question(plan: Plan) -> Plan:
    """Return a plan whose last course is tentative if it was planned, and planned if it was tentative."""
    if not plan.courses:
        return plan
    last = plan.courses[-1]
    other = "planned" if last.status == "tentative" else "tentative"
    return plan.model_copy(update={"courses": [*plan.courses[:-1], last.model_copy(update={"status": other})]})


def by_single_tests(plan: Plan) -> Plan:
    """Return a plan as an earlier release wrote it: without visits."""
    return plan.model_copy(update={"visits": ()})


def on_due_days(plan: Plan) -> Plan:
    """Return a plan in which the clinic is closed on every day that was suggested."""
    none = {"suggested": None, "not_suggested": "no-open-day"}
    return plan.model_copy(update={"visits": [visit.model_copy(update=none) for visit in plan.visits]})


def with_fewer_tests(plan: Plan) -> Plan:
    """Return a plan whose visits serve their first test alone; the others are shown by themselves."""
    return plan.model_copy(
        update={"visits": [visit.model_copy(update={"tests": visit.tests[:1]}) for visit in plan.visits]}
    )


def at_a_renamed_clinic(plan: Plan) -> Plan:
    clinic = plan.provenance.clinic.model_copy(update={"name": f"{plan.provenance.clinic.name or 'Clinic'} North"})
    return plan.model_copy(update={"provenance": plan.provenance.model_copy(update={"clinic": clinic})})


CHANGES: Final[dict[str, Callable[[Plan], Plan]]] = {
    "ends opened": lambda plan: with_parts(plan, opened),
    "ends named": lambda plan: with_parts(plan, closed),
    "stretches of one day": lambda plan: with_parts(plan, shortened),
    "titles": lambda plan: with_parts(plan, retitled),
    "ends not settled": lambda plan: with_parts(plan, unsettled),
    "hours": at_other_hours,
    "on record": on_record,
    "a course fewer": without_the_last_course,
    "tentative": in_question,
    "clinic renamed": at_a_renamed_clinic,
    "no visits": by_single_tests,
    "no suggested days": on_due_days,
    "fewer tests in a visit": with_fewer_tests,
    "nothing": lambda plan: plan,
}


def made_again(case: Going, plan: Plan) -> Plan:
    """Return the plan as `replan` makes it of what was recorded."""
    decisions = [Decision.model_validate(dict(one)) for one in case.decisions]
    rules, clinic = case.treatment.protocol.protocol, case.clinic.noun()
    return replan(plan, rules, clinic, history=case.history, as_of=case.as_of, decisions=decisions).plan


@st.composite
def revisions(draw: st.DrawFn, most: int = 4) -> list[Plan]:
    """Return a plan and its later revisions: replanned, changed in other ways, or as an earlier one was."""
    if draw(one_in(3)):
        case = None
        plan = planned(draw(cases()))
    else:
        case = draw(going())
        plan = case.treatment.plan
    found = [plan.model_copy(update={"plan_id": "p7"})]
    for _ in range(draw(st.integers(1, most))):
        way = draw(pick("replan", "replan", "back", *CHANGES))
        if way == "replan" and case:
            try:
                new = made_again(case, found[-1])
            except ScheduleError:  # no block of open days fits, or a decision is about no course on record
                reject()
        elif way == "back":
            new = draw(st.sampled_from(found))
        else:
            new = CHANGES.get(way, CHANGES["hours"])(found[-1])
        found.append(revised(found[-1], new))
    return found


@st.composite
def options(draw: st.DrawFn) -> dict[str, Any]:
    """Return what may be asked of a calendar file."""
    asked: dict[str, Any] = {
        "titles": draw(pick("neutral", "clinical")),
        "spans": draw(pick("all-day", "start-end", "none")),
        "reminders": draw(pick((), (timedelta(days=1),), (timedelta(hours=2), timedelta(days=7)))),
    }
    if draw(one_in(3)):
        asked |= {"method": "PUBLISH", "organizer": "clinic@example.org"}
    if draw(one_in(3)):
        asked |= {"location": "Harbor, second floor"}
    if draw(one_in(3)):
        asked |= {"label": lambda plan: f"Bed {len(plan.plan_id)}"}
    return asked


# --- the law -------------------------------------------------------------------------------------


def update_is_the_new_file(plans: list[Plan], asked: dict[str, Any]) -> None:
    """The old file with the update imported shows what the new file shows, for any two of the revisions."""
    files = [to_ics(plan, stamp=STAMP, **asked) for plan in plans[:-1]]
    for place, new in enumerate(plans[1:], start=1):
        fresh = CalendarClient().imports(to_ics(new, stamp=STAMP + MINUTE, **asked)).shows
        for old, file in zip(plans[:place], files[:place], strict=True):
            calendar = CalendarClient().imports(file)
            calendar.imports(to_ics(new, since=old, stamp=STAMP + MINUTE, **asked))
            assert calendar.shows == fresh


@pytest.mark.sweep
@settings(max_examples=40)
@given(plans=revisions(), asked=options())
def test_S46_the_old_file_with_the_update_is_the_new_file(plans: list[Plan], asked: dict[str, Any]) -> None:
    update_is_the_new_file(plans, asked)


@dataclass(frozen=True)
class Sent:
    """A file that somebody asked for: which revision, since which one, and whether it cancels."""

    revision: int
    since: int | None = None
    cancels: bool = False


def orders(count: int) -> st.SearchStrategy[list[Sent]]:
    """Return files of so many revisions, in their order: whole, as updates, twice, cancelled; some never asked for."""

    def of_one(number: int) -> st.SearchStrategy[list[Sent]]:
        file = st.just(Sent(number))
        if number:
            file |= st.builds(Sent, st.just(number), st.integers(0, number - 1), st.booleans())
        taken_back = st.lists(st.just(Sent(number, cancels=True)), max_size=2)
        return st.tuples(st.lists(file, max_size=4), taken_back).map(lambda parts: [*parts[0], *parts[1]])

    return st.tuples(*map(of_one, range(count))).map(lambda parts: [one for some in parts for one in some])


@st.composite
def histories_of_files(draw: st.DrawFn) -> tuple[list[Plan], list[Sent], dict[str, Any]]:
    """Return revisions that differ in their number, the files asked for of them, and the options of all files."""
    plans = list({plan.revision: plan for plan in draw(revisions())}.values())
    asked = {name: value for name, value in draw(options()).items() if name not in ("method", "organizer")}
    return plans, draw(orders(len(plans))), asked


def written(plans: list[Plan], files: list[Sent], asked: dict[str, Any]) -> Iterator[bytes]:
    """Yield the files, each a minute after the one before."""
    for minutes, sent in enumerate(files):
        how = dict(asked, stamp=STAMP + minutes * MINUTE)
        how |= {"method": "CANCEL", "organizer": "clinic@example.org"} if sent.cancels else {}
        how |= {} if sent.since is None else {"since": plans[sent.since]}
        yield to_ics(plans[sent.revision], **how)


def sequences_hold(files: Iterator[bytes]) -> None:
    """Of each UID: SEQUENCE never falls, rises where the event differs, and is higher after a cancellation."""
    last: dict[str, tuple[int, bool, Content]] = {}
    for file in files:
        for event in read_calendar(file).all("VEVENT"):
            name, number = event["UID"].value, sequence_of(event)
            is_gone = event["STATUS"].value == "CANCELLED"
            said = content_without_mail(event)
            before, was_gone, had_said = last.get(name, (-1, False, ()))
            assert number >= before, "SEQUENCE fell"
            if name in last and is_gone != was_gone:
                assert number > before, "a cancellation, or what follows one, has the SEQUENCE of what was before"
            if name in last and not is_gone and not was_gone and said != had_said:
                assert number > before, "the event changed, and its SEQUENCE did not rise"
            last[name] = number, is_gone, said


def content_without_mail(event: Any) -> Content:
    kind, said, parts = content_of(event)
    assert isinstance(said, tuple)
    return kind, tuple(one for one in said if one[0] != "ORGANIZER"), parts


@pytest.mark.sweep
@settings(max_examples=40)
@given(drawn=histories_of_files())
def test_S46_sequences_rise_with_every_change_in_any_order_of_files(
    drawn: tuple[list[Plan], list[Sent], dict[str, Any]],
) -> None:
    plans, files, asked = drawn
    sequences_hold(written(plans, files, asked))


@pytest.mark.sweep
@settings(max_examples=20)
@given(plans=revisions(), asked=options())
def test_S46_a_cancelled_event_keeps_its_days_and_hours(plans: list[Plan], asked: dict[str, Any]) -> None:
    old, new = plans[0], plans[-1]
    was = {one["UID"].value: one for one in read_calendar(to_ics(old, stamp=STAMP, **asked)).all("VEVENT")}
    for event in read_calendar(to_ics(new, since=old, stamp=STAMP, **asked)).all("VEVENT"):
        if event["STATUS"].value == "CANCELLED":
            before = was[event["UID"].value]
            assert [event[name] for name in ("DTSTART", "DTEND", "TRANSP")] == [
                before[name] for name in ("DTSTART", "DTEND", "TRANSP")
            ]


# --- by name -------------------------------------------------------------------------------------


@cache
def small() -> Plan:
    """Two courses in Boston with few things around them."""
    us = few("us")
    kept = [action for action in us.actions if action.id not in ("blood-count", "thyroid")]
    rules = us.model_copy(update={"actions": kept})
    return plan_treatment(rules, clinic("America/New_York"), not_before=date(2027, 1, 11), plan_id="p7")


@pytest.mark.parametrize(
    ("spans", "titles"),
    [("all-day", "clinical"), ("start-end", "neutral"), pytest.param("none", "clinical", marks=pytest.mark.sweep)],
)
@pytest.mark.parametrize("name", CHANGES)
def test_S46_each_change_and_back(name: str, spans: str, titles: str) -> None:
    changed = revised(small(), CHANGES[name](small()))
    back = revised(changed, small())
    asked = {"spans": spans, "titles": titles}
    update_is_the_new_file([small(), changed, back], asked)
    whole = [
        Sent(0),
        Sent(0, cancels=True),
        Sent(1),
        Sent(1, since=0),
        Sent(1, cancels=True),
        Sent(2, since=1),
        Sent(2),
    ]
    if changed.revision:
        sequences_hold(written([small(), changed, back], whole, asked))
    else:
        assert name in ("nothing", "ends named", "fewer tests in a visit"), "each of these visits has one test"


@cache
def grouped() -> Plan:
    """Two courses in Boston whose tests are due together: 101 events."""
    rules = load_protocol("us-2024-05-r2")
    return plan_treatment(rules, clinic("America/New_York"), not_before=date(2027, 1, 11), plan_id="p7")


@pytest.mark.parametrize("titles", ["clinical", pytest.param("neutral", marks=pytest.mark.sweep)])
@pytest.mark.parametrize(
    "name", ["no visits", "no suggested days", "fewer tests in a visit", "tentative", "a course fewer", "titles"]
)
def test_S46_visits_change_and_back(name: str, titles: str) -> None:
    """A plan of an earlier release has no visits: the update cancels its single tests, and the way back adds them."""
    changed = revised(grouped(), CHANGES[name](grouped()))
    back = revised(changed, grouped())
    assert (changed.revision, back.revision) == (1, 2)
    update_is_the_new_file([grouped(), changed, back], {"titles": titles})
    sequences_hold(
        written([grouped(), changed, back], [Sent(0), Sent(1, since=0), Sent(2, since=1)], {"titles": titles})
    )
