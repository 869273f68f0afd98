"""A program that uses every public verb in the ways that come to mind, with nothing for a type checker to ignore.

Checked as users check their own code, by `mypy --strict` without the plugin of pydantic and by pyright in strict mode
(`.ci/run`). `test_typed_use.py` runs it, so that what type checkers accept is accepted.
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pandas as pd
import polars as pl

from lemtrada_schedule import (
    Activity,
    Bookings,
    ChangeKind,
    Clinic,
    Course,
    CourseStart,
    Decision,
    DueItem,
    Evaluation,
    Finding,
    Forecast,
    History,
    InfusionRecord,
    Intake,
    InvalidInput,
    Laboratory,
    Observation,
    Offset,
    Page,
    Period,
    Plan,
    Protocol,
    RecordedOverride,
    Report,
    Revision,
    Row,
    Rows,
    ScheduleError,
    Severity,
    Source,
    Span,
    Timeline,
    TimeWindow,
    TreatmentStatus,
    Worklist,
    add_months,
    audit,
    check_clinic,
    compare,
    due,
    evaluate,
    explain,
    find_course_starts,
    forecast,
    load_protocol,
    load_source,
    parse_clinic,
    parse_histories,
    parse_plan,
    parse_protocol,
    parse_source,
    plan_treatment,
    protocol_names,
    protocol_to_fhir,
    read_clinic,
    read_decisions,
    read_histories,
    read_plan,
    read_protocol,
    replan,
    source_names,
    timeline,
    to_csv,
    to_fhir,
    to_html,
    to_ics,
    to_rows,
    to_text,
    worklist,
)

WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00")


def clinic() -> Clinic:
    """Make a clinic of the text that a settings page holds."""
    return Clinic(
        name="Harbor Infusion Center",
        time_zone="America/New_York",
        country="US",
        subdivision="MA",
        holiday_categories=["public"],
        infusion_starts="09:00",
        opening_hours=WEEK,
        closures={"2027-12-24": "Staff day"},
        extra_open={dt.date(2027, 6, 19): "Saturday session"},
        fully_booked=[{"date": "2027-03-02", "reason": "no chair"}],
        chairs=4,
        results_days=3,
        laboratory=Laboratory(weekdays=["mon", "tue", "wed", "thu", "fri", "sat"]),
        protocol="us",
    )


def history(patient: str) -> History:
    """Make a history of rows of a database, some of which hold text."""
    first = [
        InfusionRecord(date=f"2025-03-0{day}", started="09:00", ended=dt.time(13, 5), dose_mg=12) for day in (3, 4, 5)
    ]
    last = (
        InfusionRecord(date=dt.date(2025, 3, 6), dose_mg=Decimal("12.0"), infusion_minutes=240),
        InfusionRecord(date="2025-03-07", dose_mg="11.5", status="partial", course=1),
    )
    return History(
        patient=patient,
        birth_date="1990-01-01",
        prior_medicines=2,
        infusions=[*first, *last],
        observations=[Observation(date="2025-04-01", code="cd4", value=230)],
        overrides=(RecordedOverride(code="dose-differs", by="Dr A", why="known", on=dt.date(2025, 4, 1)),),
        tests_recorded=["blood-count"],
        tests_recorded_from="2025-01-01",
    )


def histories_from_dates() -> list[History]:
    """Make histories of dates alone, in each form that dates have."""
    days: list[dt.date] = [dt.date(2025, 3, day) for day in range(3, 8)]
    texts: list[str] = [day.isoformat() for day in days]
    return [
        History.from_dates(days),
        History.from_dates(texts, patient="p1"),
        History.from_dates(tuple(days), prior_medicines=2),
        History.from_dates([dt.date(2025, 3, 3), "2025-03-04"]),
        History.model_validate({"infusions": [{"date": "2025-03-03"}]}),
        History(infusions=[{"date": "2025-03-03"}]),
    ]


def plan(protocol: Protocol, place: Clinic, today: dt.date) -> Plan:
    """Plan by text and by date, with and without a history."""
    decisions: list[Decision] = []
    made = plan_treatment(protocol, place, not_before="2027-01-11", courses=3, as_of=today, plan_id="p1")
    plan_treatment(protocol, place, not_before=dt.date(2028, 1, 11), history=history("p1"), as_of="2026-11-22")
    plan_treatment(protocol, place, not_before=today, decisions=decisions)
    return made.model_copy(update={"plan_id": "p2"})


def starts(place: Clinic) -> list[CourseStart]:
    """Find days on which a course could start."""
    found = find_course_starts(place, 5, not_before="2027-01-11", limit=3)
    print([skipped.reason for start in found for skipped in start.passed_over])
    return [start for start in found if start.first_day.year == 2027]


def when(activity: Activity) -> list[dt.date | None]:
    """Return the days of an activity; the kind says which fields it has."""
    match activity.kind:
        case "series":
            return list(activity.dates)
        case "period" | "window":
            return [activity.first_day, activity.last_day]
        case "infusion-days":
            return list(activity.days)
        case "after-infusion":
            return [window.end.date() for window in activity.windows]
        case _:
            return []


def in_words(made: Plan) -> list[str]:
    """Walk over a plan."""
    lines = [explain(made), to_text(made), to_text(made, detail="summary")]
    for course in made.courses:
        lines += [explain(course), to_text(course), f"{course.number}: {course.first_day:%d %B}", repr(course)]
        lines += [f"{day.infusion.start:%H:%M}, {day.infusion.minutes} min" for day in course.days if day.infusion]
    lines += [str(day) for activity in made.activities for day in when(activity)]
    lines += [f"{visit.due} {visit.suggested} {', '.join(visit.tests)}" for visit in made.visits]
    by_severity: dict[Severity, list[Finding]] = {"error": [], "warning": [], "note": []}
    for finding in made.findings:
        by_severity[finding.severity].append(finding)
    return lines + [finding.message for finding in by_severity["warning"]]


def changes(made: Plan, protocol: Protocol, place: Clinic) -> dict[ChangeKind, list[str]]:
    """Replan, and sort what became of every item by kind."""
    given = History.from_dates(["2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22"])
    revision: Revision = replan(made, protocol, place, history=given, as_of="2027-02-01")
    print(to_text(revision), explain(revision), revision.plan.infusion_days[0].date)
    found: dict[ChangeKind, list[str]] = {}
    for change in revision.changes:
        found.setdefault(change.kind, []).append(f"{change.item}: {change.before} -> {change.after}")
    stamp = dt.datetime(2027, 2, 1, 9, 30, tzinfo=dt.UTC)
    print(len(to_ics(revision, stamp=stamp)), len(to_ics(made, stamp=stamp, since=None)))
    beds = {made.plan_id or "": "Bed 1"}
    print(len(to_ics([made, revision.plan], stamp=stamp, label=beds, refresh=dt.timedelta(hours=1))))
    print(len(to_ics((made,), stamp=stamp, label=lambda plan: plan.plan_id or "")))
    return found


def morning(made: Plan, past: History, place: Clinic, today: dt.date) -> list[DueItem]:
    """List what is due, for one patient and for all."""
    own = due(made, history=past, as_of=today, first_day=today, last_day="2029-12-31", clinic=place, grace_days=3)
    listed: Worklist = worklist(
        [(made, past), (made.model_copy(update={"plan_id": "p3"}), None)],
        as_of="2027-02-01",
        first_day="2027-02-01",
        last_day=dt.date(2027, 3, 1),
    )
    print(to_csv(listed), to_text(listed), explain(listed), to_rows(listed)[0]["state"], len(listed), listed[0].reason)
    overdue = [item for item in listed if item.state == "overdue" and item.suggested is not None]
    return [*own, *overdue, *listed[:2]]


def chairs(plans: list[Plan], protocol: Protocol, place: Clinic) -> Revision:
    """Plan where a chair is free, replan by another revision, and compare two plans."""
    booked = Bookings.of(plans, clinic=place, as_of="2026-11-22")
    print(booked.taken_on("2027-01-11"), booked.without("p2").taken_on(dt.date(2027, 1, 11)))
    new = plan_treatment(protocol, place, not_before="2027-01-11", bookings=booked, plan_id="p4")
    replan(new, protocol, place, history=History(), as_of="2026-11-22", bookings=booked, accept_protocol=None)
    return compare(new, new)


def from_memory(clinic_text: str, protocol_text: bytes, made: Plan) -> Intake:
    """Read what a web form or a message queue holds."""
    print(parse_clinic(clinic_text).is_open("2027-01-11"), parse_protocol(protocol_text).name)
    source: Source = parse_source({"columns": {"patient": "MRN", "date": "Day"}})
    print(source.columns.patient, source.read.decimal, load_source("claims").extends, source_names())
    parse_histories("MRN,Day\np1,2025-03-03\n", format="csv", source=source)
    print(parse_plan(made.model_dump_json()) == parse_plan(made.model_dump(mode="json")))
    parse_histories([{"patient": "p1", "infusions": []}], format="json")
    return parse_histories("patient,date\np1,2025-03-03\n", format="csv", time_zone="America/New_York")


def files(made: Plan, folder: Path) -> Plan:
    """Write a plan in every form, and read it again."""
    page: Page = to_html(made, titles="clinical", first_weekday="sunday")
    (folder / "plan.html").write_text(page, encoding="utf-8")
    to_html(made, layout="sheet", language="de", words={"language": "de", "sheet": {"title": "Mein Plan"}})
    picture: Timeline = timeline(made, titles="clinical", as_of=dt.date(2027, 1, 11))
    (folder / "plan.svg").write_text(picture, encoding="utf-8")
    rows: Rows = to_rows(made)
    first: Row = rows[0]
    chosen = [row for row in rows if row["kind"] == "infusion"]
    (folder / "plan.csv").write_text(to_csv(rows) + to_csv(chosen) + to_csv(rows[:2]), encoding="utf-8")
    print(first["first_day"], len(rows), pl.DataFrame(rows).height)
    stamp = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
    feed = to_ics(made, stamp=stamp, titles="neutral", spans="start-end", reminders=[dt.timedelta(days=1)])
    feed += to_ics(made, stamp=stamp, location="Harbor, 1 Main Street", refresh=None)
    (folder / "plan.ics").write_bytes(feed)
    print(to_fhir(made, subject="Patient/1")["resourceType"], protocol_to_fhir(load_protocol("us"))["resourceType"])
    (folder / "plan.json").write_text(made.model_dump_json(indent=2), encoding="utf-8")
    again = Plan.model_validate_json(made.model_dump_json())
    return read_plan(str(folder / "plan.json")) if again == made else again


def colour(status: TreatmentStatus) -> str:
    """Return the colour of a status."""
    return "red" if status == "needs-clinical-decision" else "grey"


def judge(past: History, protocol: Protocol, today: dt.date) -> list[str]:
    """Judge a history and forecast the next course."""
    found: Evaluation = evaluate(past, protocol, as_of=today, clinic=clinic(), tolerance_days=3)
    ahead: Forecast = forecast(past, protocol, as_of="2026-01-01", past_due_after="3 months", decisions=[])
    forecast(past, protocol, as_of=today, past_due_after=Span.parse("3 months"), decisions=())
    lines = [colour(found.status), explain(found), to_text(found), explain(ahead), to_text(ahead)]
    lines += [f"{one.code} {one.severity} {one.day} {one.course} {one.test}" for one in found.findings]
    lines += [f"{course.number} {course.first_day} {course.status}" for course in found.courses]
    lines += [f"{test.action} {day.due}" for test in found.monitoring for day in test.dates if day.state == "overdue"]
    lines += [f"{question.code}: {question.missing}" for question in found.not_assessed]
    if ahead.earliest is not None and ahead.earliest > today:
        lines.append(ahead.earliest.isoformat())
    return lines


def read(folder: Path) -> Intake:
    """Read files by text and by path."""
    place: Clinic = read_clinic(f"{folder}/boston.toml")
    own: Protocol = read_protocol(folder / "own-protocol.toml")
    intake = read_histories(folder / "infusions.csv", ignore=["note"], time_zone="America/New_York", protocol=own)
    read_histories(str(folder / "infusions.ndjson"), time_zone="America/New_York", lemtrada_codes={"http://x.org|1"})
    read_histories(folder / "infusions.ndjson", time_zone="America/New_York", fhir_version="R4")
    print([(past.patient, len(past.infusions)) for past in intake.histories])
    print([(row.row, row.column, row.code, row.message) for row in intake.refused], intake.faults_by_code)
    decisions: tuple[Decision, ...] = read_decisions(folder / "decisions.json")
    print(decisions, protocol_names(), [finding.hint for finding in check_clinic(place)])
    return intake


def parsed(text: str) -> History | list[str]:
    """Return a history, or what is wrong with it."""
    try:
        return History.model_validate_json(text)
    except InvalidInput as error:
        return [f"{problem.place}: {problem.message} [{problem.code}]" for problem in error.problems]
    except ScheduleError as error:
        return [error.code, error.place, error.message]


def cohort(folder: Path) -> Report:
    """Audit frames of several libraries, and a file."""
    us = load_protocol("us")
    columns = {"patient": ["p1"] * 5, "date": [dt.date(2025, 3, day) for day in range(3, 8)]}
    report = audit(pd.DataFrame(columns), us, as_of=dt.date(2026, 1, 1))
    labs = pl.DataFrame({"patient": ["p1"], "date": [dt.date(2025, 4, 7)], "code": ["thyroid"]})
    monitored = audit(pl.DataFrame(columns), us, as_of="2026-01-01", observations=labs, observation_code="code")
    print(monitored.monitoring.num_rows, monitored.observation_rows.other, monitored.other_observations)
    print(add_months(pl.Series([dt.date(2025, 10, 31)]), 4, rounding="later"))
    audit(pl.DataFrame(columns), us, as_of="2026-01-01", folder=folder)
    pl.DataFrame(columns).write_parquet(folder / "cohort.parquet")
    for path in (folder / "cohort.parquet", str(folder / "cohort.parquet"), [str(folder / "cohort.parquet")]):
        audit(path, us, as_of="2026-01-01", progress=print)
    censored = pl.DataFrame(columns).with_columns(censored_on=dt.date(2025, 4, 1))
    audit(censored, us, as_of="censored_on")
    for patient, evaluation in report.evaluations(["course-incomplete"]):
        print(patient, evaluation.status)
    print(
        report.patients.num_rows,
        report.courses.num_rows + report.periods.num_rows,
        report.summary()["patients"],
        report.rows.refused,
        [file.rows for file in report.files],
    )
    return report


def calendar_arithmetic() -> list[dt.date]:
    """Count spans and offsets from days."""
    window = TimeWindow.on(dt.date(2027, 1, 11), dt.time(9), "America/New_York", 240)
    period = Period(first_day="2027-01-11", last_day=dt.date(2027, 1, 12))
    assert dt.date(2027, 1, 12) in period
    month = Span.parse("1 month").after(window.day, rounding="later")
    return [month, Offset.parse("last infusion + 4 months").from_day(month, rounding="later")]


def cached(courses: list[Course]) -> dict[Course, str]:
    """Use values as keys: they are frozen."""
    return {course: explain(course) for course in courses}
