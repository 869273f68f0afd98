"""A plan as JSON: written and read back it is the same; what is not a plan is refused; the schema says so too."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from jsonschema import Draft202012Validator, FormatChecker

from lemtrada_schedule import InvalidInput, NoFeasibleStart, Plan, UnreadableFile, read_plan
from tests.support import make_schema
from tests.support.hostile_values import MARK, as_tree, nouns, replaced, sample_plan, small_plan
from tests.support.plan_strategies import WEEKDAYS, Case, ClinicFacts, cases, shipped
from tests.support.planned import infusion_of, observation_of

ANY_HOUR: Final = tuple((day, "00:00-23:59") for day in WEEKDAYS)
Tree = dict[str, Any]


def night_clinic(zone: str, starts: str) -> ClinicFacts:
    return ClinicFacts(hours=ANY_HOUR, infusion_starts=starts, time_zone=zone)


# --- written and read back -------------------------------------------------------------------


def assert_same(plan: Plan) -> Plan:
    """Read a plan back in every way there is; each time it is the same, to the byte."""
    text = plan.model_dump_json()
    pretty = plan.model_dump_json(indent=2)
    ways = [
        Plan.model_validate_json(text),
        Plan.model_validate_json(pretty.encode()),
        Plan.model_validate(json.loads(text)),
        Plan.model_validate(plan.model_dump(mode="json")),
        Plan.model_validate(plan.model_dump()),
    ]
    for read in ways:
        assert plan == read
        assert text == read.model_dump_json()
    assert pretty == ways[1].model_dump_json(indent=2)
    return ways[0]


@given(cases())
def test_a_plan_read_back_is_the_same_plan(case: Case) -> None:
    try:
        plan = case.planned()
    except (NoFeasibleStart, InvalidInput):
        return
    assert_same(plan)


def test_a_plan_with_everything_in_it_is_the_same() -> None:
    assert {activity.kind for activity in sample_plan().activities} == {
        "period",
        "window",
        "series",
        "infusion-days",
        "after-infusion",
        "note",
    }
    assert_same(sample_plan())
    assert_same(small_plan())


# Night starts of courses that hold a clock change; the offsets of each day's start and end, by hand.
NIGHTS: Final[dict[str, tuple[str, str, date, list[tuple[str, str]]]]] = {
    # 9 March 2025: 02:00 becomes 03:00 in New York. 6 hours from 00:30 end at 06:30, on the 9th at 07:30.
    "New York, spring": (
        "America/New_York",
        "00:30",
        date(2025, 3, 7),
        [
            ("2025-03-07T00:30:00-05:00", "2025-03-07T06:30:00-05:00"),
            ("2025-03-08T00:30:00-05:00", "2025-03-08T06:30:00-05:00"),
            ("2025-03-09T00:30:00-05:00", "2025-03-09T07:30:00-04:00"),
            ("2025-03-10T00:30:00-04:00", "2025-03-10T06:30:00-04:00"),
            ("2025-03-11T00:30:00-04:00", "2025-03-11T06:30:00-04:00"),
        ],
    ),
    # 5 October 2025: 02:00 becomes 02:30 on Lord Howe Island, +10:30 becomes +11:00.
    "Lord Howe, spring": (
        "Australia/Lord_Howe",
        "01:00",
        date(2025, 10, 4),
        [
            ("2025-10-04T01:00:00+10:30", "2025-10-04T07:00:00+10:30"),
            ("2025-10-05T01:00:00+10:30", "2025-10-05T07:30:00+11:00"),
            ("2025-10-06T01:00:00+11:00", "2025-10-06T07:00:00+11:00"),
            ("2025-10-07T01:00:00+11:00", "2025-10-07T07:00:00+11:00"),
            ("2025-10-08T01:00:00+11:00", "2025-10-08T07:00:00+11:00"),
        ],
    ),
}


@pytest.mark.parametrize("name", NIGHTS)
def test_offsets_and_zone_are_restored(name: str) -> None:
    zone, starts, day, expected = NIGHTS[name]
    plan = Case(shipped("us-2024-05"), night_clinic(zone, starts), day, 1).planned()
    read = assert_same(plan)
    written = [(one["infusion"]["start"], one["observation"]["end"]) for one in as_tree(plan)["courses"][0]["days"]]
    assert expected == written
    for one in read.infusion_days:
        for moment in (
            infusion_of(one).start,
            infusion_of(one).end,
            observation_of(one).start,
            observation_of(one).end,
        ):
            assert moment.tzinfo is ZoneInfo(zone)
            assert moment.isoformat() in json.dumps(written) + one.model_dump_json()
    assert [infusion_of(one).start.isoformat() for one in read.infusion_days] == [start for start, _ in expected]


@pytest.mark.parametrize(
    ("starts", "end", "fold"),
    [
        # 2 November 2025: 02:00 becomes 01:00 in New York. 4 hours from 21:00 of the 1st: the first 01:00.
        ("21:00", "2025-11-02T01:00:00-04:00", 0),
        # 4 hours from 22:00: 23, 00, 01, and 01 again, the second.
        ("22:00", "2025-11-02T01:00:00-05:00", 1),
        ("21:30", "2025-11-02T01:30:00-04:00", 0),
        ("22:30", "2025-11-02T01:30:00-05:00", 1),
    ],
)
def test_an_end_in_the_repeated_hour_keeps_which_of_the_two_it_is(starts: str, end: str, fold: int) -> None:
    facts = night_clinic("America/New_York", starts).changed(extra_open=tuple(_days(date(2025, 10, 30), 9)))
    plan = Case(shipped("us-2024-05"), facts, date(2025, 11, 1), 1).planned()
    read = assert_same(plan)
    (first, again) = (infusion_of(one.infusion_days[0]).end for one in (plan, read))
    assert (end, fold) == (first.isoformat(), first.fold)
    assert (end, fold) == (again.isoformat(), again.fold)
    assert first.astimezone(UTC) == again.astimezone(UTC)
    assert infusion_of(read.infusion_days[0]).minutes == 240


def _days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=step) for step in range(count)]


def test_dates_after_2099_are_read_back() -> None:
    """From 31 December 2099, open every day: course 1 to 4 January 2100, course 4 from 8 January 2103."""
    every_day = ClinicFacts(hours=tuple((day, "08:00-17:00") for day in WEEKDAYS))
    plan = Case(shipped("eu-2020-01"), every_day, date(2099, 12, 31), 4).planned()
    read = assert_same(plan)
    # 4 January 2101 to the 6th, 6 January 2102 to the 8th, 8 January 2103 to the 10th; + 48 months.
    assert [course.first_day for course in read.courses] == [
        date(2099, 12, 31),
        date(2101, 1, 4),
        date(2102, 1, 6),
        date(2103, 1, 8),
    ]
    dates = re.findall(r'"(2[0-9]{3}-[0-9]{2}-[0-9]{2})"', read.model_dump_json())
    assert max(dates) == "2107-01-10"


def test_a_utc_clinic_is_read_back() -> None:
    """Its offset is written as Z, as RFC 3339 has it."""
    plan = Case(shipped("eu-2020-01"), night_clinic("UTC", "09:00"), date(2027, 1, 11), 1).planned()
    assert '"2027-01-11T09:00:00Z"' in plan.model_dump_json()
    assert infusion_of(assert_same(plan).infusion_days[0]).start.tzinfo is ZoneInfo("UTC")


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("indent", [None, 2])
def test_read_plan_reads_what_was_written(tmp_path: Path, indent: int | None, mark: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(mark + sample_plan().model_dump_json(indent=indent).encode())
    assert sample_plan() == read_plan(path) == read_plan(str(path))


def test_read_plan_names_the_file_and_the_place(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    tree = replaced(as_tree(small_plan()), ("courses", 0, "first_day"), "2027-02-30")
    path.write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_plan(path)
    assert refused.value.code == "no-such-date"
    assert refused.value.place == f"{path}: courses.course-1.first_day"


def test_read_plan_of_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_plan(tmp_path / "nothing.json")
    with pytest.raises(UnreadableFile):
        read_plan(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"plan"', "1", "{}{}", '{"protocol": 1, "protocol": 1}', "NaN"]
)
def test_text_that_is_no_plan(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    reads: list[Callable[[], Plan]] = [lambda: read_plan(path), lambda: Plan.model_validate_json(text)]
    for read in reads:
        with pytest.raises(InvalidInput) as refused:
            read()
        assert refused.value.code in {"json-structure", "wrong-type", "missing-field"}


# --- what is refused -------------------------------------------------------------------------


def refusal_of(tree: Tree) -> InvalidInput:
    """Return the one refusal of a tree, the same for its JSON."""
    with pytest.raises(InvalidInput) as refused:
        Plan.model_validate(tree)
    with pytest.raises(InvalidInput) as refused_json:
        Plan.model_validate_json(json.dumps(tree))
    both = [[(one.code, one.place) for one in error.value.problems] for error in (refused, refused_json)]
    assert both[0] == both[1]
    return refused.value


@pytest.mark.parametrize("version", [3, 4, 10**30])
def test_a_newer_schema_is_refused(version: int) -> None:
    refusal = refusal_of(as_tree(small_plan()) | {"schema_version": version, "a_field_of_the_future": 1})
    assert [(one.code, one.place) for one in refusal.problems] == [("newer-schema", "schema_version")]


@pytest.mark.parametrize("version", [0, -1, True, False, 1.0, "1", None, [1], {}])
def test_a_schema_version_that_is_none_is_refused(version: object) -> None:
    refusal = refusal_of(as_tree(small_plan()) | {"schema_version": version})
    assert refusal.place == "schema_version"
    assert refusal.code in {"wrong-type", "unknown-name", "out-of-range"}


# Every table of a plan, by where a sample of it stands.
TABLES: Final[dict[str, tuple[str | int, ...]]] = {
    "Plan": (),
    "Course": ("courses", 0),
    "Derivation": ("courses", 0, "because"),
    "PassedOver": ("courses", 0, "passed_over", 0),
    "InfusionDay": ("courses", 0, "days", 0),
    "TimeWindow": ("courses", 0, "days", 0, "infusion"),
    "Contraception": ("contraception", 0),
    "Finding": ("findings", 0),
    "Provenance": ("provenance",),
    "CitedDocument": ("provenance", "sources", 0),
    "Clinic": ("provenance", "clinic"),
    "OpeningHours": ("provenance", "clinic", "opening_hours", 0),
    "DatedReason": ("provenance", "clinic", "closures", 0),
    "Request": ("provenance", "request"),
}


def table_at(tree: Any, place: tuple[str | int, ...]) -> Tree:
    for step in place:
        tree = tree[step]
    found: Tree = tree
    return found


def dotted(place: tuple[str | int, ...]) -> str:
    """Return a place in the small plan as errors write it: an item of a list by its id, if it has one."""
    tree: Any = as_tree(small_plan())
    steps = []
    for step in place:
        tree = tree[step]
        is_named = isinstance(step, int) and isinstance(tree, dict) and "id" in tree
        steps.append(str(tree["id"] if is_named else step))
    return ".".join(steps)


def activity_places() -> dict[str, tuple[str | int, ...]]:
    activities = as_tree(small_plan())["activities"]
    return {activity["kind"]: ("activities", k) for k, activity in enumerate(activities)}


@pytest.mark.parametrize("name", [*TABLES, "period", "window", "series", "infusion-days", "after-infusion", "note"])
def test_an_unknown_key_is_refused_with_its_place(name: str) -> None:
    place = (TABLES | activity_places())[name]
    tree = as_tree(small_plan())
    table_at(tree, place)["strat_date"] = "2027-01-11"
    found = [(one.code, one.place) for one in refusal_of(tree).problems]
    assert found == [("unknown-key", ".".join(filter(None, (dotted(place), "strat_date"))))]


def test_a_misspelt_key_gets_a_hint() -> None:
    tree = as_tree(small_plan())
    tree["courses"][0]["frist_day"] = tree["courses"][0].pop("first_day")
    messages = {one.place: one.message for one in refusal_of(tree).problems}
    assert "first_day" in messages["courses.course-1.frist_day"]
    assert "missing" in messages["courses.course-1.first_day"]


WITH_DEFAULTS: Final = {
    *("schema_version", "plan_id", "revision"),
    *("earliest_end", "provisional", "kind", "because", "estimated"),
    *("course", "day", "row", "cite", "override", "where", "display"),
    *("anchor_kind", "anchor_course", "anchor_ordinals", "closure"),
    *(
        "name",
        "country",
        "subdivision",
        "preparation_minutes",
        "closures",
        "extra_open",
        "fully_booked",
        "test",
        "holiday_categories",
        "as_of",
        "decisions",
        "protocol_since",
        "days_on_record",
    ),
    *("visits", "rules", "chairs", "results_days", "laboratory"),
}
"""Fields that may be absent: each has the value that absence means."""


@pytest.mark.parametrize("name", [*TABLES, "period", "window", "series", "infusion-days", "after-infusion", "note"])
def test_a_missing_key_is_refused_with_its_place(name: str) -> None:
    place = (TABLES | activity_places())[name]
    asked = 0
    for key in table_at(as_tree(small_plan()), place):
        if (key in WITH_DEFAULTS and (name, key) != ("Course", "because")) or (name, key) == ("Clinic", "protocol"):
            continue
        tree = as_tree(small_plan())
        del table_at(tree, place)[key]
        found = [(one.code, one.place) for one in refusal_of(tree).problems]
        where = dotted(place)
        if key == "id" and place:  # then only its number is left to name it by
            where = f"{dotted(place[:-1])}.{place[-1]}"
        assert ("missing-field", ".".join(filter(None, (where, key)))) in found
        assert [code for code, _ in found].count("missing-field") == 1
        asked += 1
    assert asked


def test_an_activity_without_its_kind_is_refused() -> None:
    tree = as_tree(small_plan())
    del tree["activities"][0]["kind"]
    found = [(one.code, one.place) for one in refusal_of(tree).problems]
    assert found == [("missing-field", dotted(("activities", 0, "kind")))]


def test_an_activity_of_an_unknown_kind_is_refused() -> None:
    tree = as_tree(small_plan())
    tree["activities"][0]["kind"] = "periods"
    found = [(one.code, one.place) for one in refusal_of(tree).problems]
    assert found == [("unknown-name", dotted(("activities", 0, "kind")))]


WRONG: Final[dict[str, tuple[tuple[str | int, ...], Any, str]]] = {
    "a date as a number": (("courses", 0, "first_day"), 20_270_111, "calendar-date"),
    "a date with a time": (("courses", 0, "first_day"), "2027-01-11T00:00:00", "calendar-date"),
    "a date of another century": (("courses", 0, "first_day"), "1827-01-11", "date-range"),
    "a date too late": (("courses", 0, "last_day"), "2200-01-01", "date-range"),
    "a day that is not there": (("courses", 0, "last_day"), "2027-02-29", "no-such-date"),
    "a date without its day": (("contraception", 0, "last_day"), "2027-02", "partial-date"),
    "a count as text": (("courses", 0, "number"), "2", "wrong-type"),
    "a count as a float": (("courses", 0, "number"), 2.0, "wrong-type"),
    "a count as true": (("courses", 0, "drift_days"), True, "wrong-type"),
    "a list as a table": (("courses", 0, "days"), {"0": {}}, "wrong-type"),
    "a list as text": (("courses",), "courses", "wrong-type"),
    "a table as text": (("provenance",), "provenance", "wrong-type"),
    "true as text": (("contraception", 0, "provisional"), "true", "wrong-type"),
    "true as 1": (("contraception", 0, "provisional"), 1, "wrong-type"),
    "an unknown status": (("courses", 0, "status"), "done", "unknown-name"),
    "an unknown rounding": (("courses", 0, "because", "rounding"), "up", "unknown-name"),
    "a negative revision": (("revision",), -1, "out-of-range"),
    "a time of day": (("courses", 0, "days", 0, "infusion", "start"), "09:00", "wall-time"),
    "a time without offset": (("courses", 0, "days", 0, "infusion", "start"), "2027-01-25T09:00:00", "wall-time"),
    "a timestamp": (("courses", 0, "days", 0, "infusion", "start"), 1_800_000_000, "wrong-type"),
    "a legacy zone": (("courses", 0, "days", 0, "infusion", "time_zone"), "EST", "zone"),
    "an id with a space": (("plan_id",), f"{MARK} 7", "identifier"),
    "a course of year one": (("provenance", "request", "not_before"), "1999-12-31", "date-range"),
    "a closed day after the range": (("provenance", "clinic", "closures", 0, "date"), "2100-01-01", "date-range"),
    "hours of 9": (("provenance", "clinic", "infusion_starts"), "9:00", "wall-time"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused_with_its_place(name: str) -> None:
    place, value, code = WRONG[name]
    refusal = refusal_of(replaced(as_tree(small_plan()), place, value))
    assert (code, dotted(place)) in [(one.code, one.place) for one in refusal.problems]
    assert {one.place for one in refusal.problems} == {dotted(place)}


def test_every_problem_is_reported_at_once() -> None:
    tree = as_tree(small_plan())
    tree["courses"][0]["first_day"] = "2027-02-30"
    tree["provenance"]["request"]["courses"] = "two"
    tree["contraception"][0]["extra"] = 1
    found = {(one.code, one.place) for one in refusal_of(tree).problems}
    assert found == {
        ("no-such-date", "courses.course-1.first_day"),
        ("wrong-type", "provenance.request.courses"),
        ("unknown-key", "contraception.contraception/1.extra"),
    }


def test_a_plan_of_another_zone_than_its_clinic_is_refused() -> None:
    refusal = refusal_of(as_tree(small_plan()) | {"time_zone": "Europe/Berlin"})
    assert "plan-mismatch" in {one.code for one in refusal.problems}


# --- zone data that changed ------------------------------------------------------------------


def codes_of(plan: Plan) -> list[str]:
    return [finding.code for finding in plan.findings]


def test_an_offset_that_the_zone_data_contradict_is_a_finding_and_the_wall_time_stays() -> None:
    """As if the law had changed after the plan was made."""
    tree = as_tree(small_plan())
    window = tree["courses"][0]["days"][0]["infusion"]
    assert (window["start"], window["end"]) == ("2027-01-25T09:00:00-05:00", "2027-01-25T13:00:00-05:00")
    window |= {"start": "2027-01-25T09:00:00-04:00", "end": "2027-01-25T13:00:00-04:00"}
    read = Plan.model_validate(tree)
    start = infusion_of(read.courses[0].days[0]).start
    assert datetime(2027, 1, 25, 9, tzinfo=ZoneInfo("America/New_York")) == start
    assert start.isoformat() == "2027-01-25T09:00:00-05:00"
    assert codes_of(read).count("zone-data-differs") == 1
    assert "zone-data-differs" not in codes_of(small_plan())
    assert_same(read)


def test_a_wall_time_that_the_clocks_skip_is_not_taken_in_silence() -> None:
    """02:30 on 8 March 2026 in New York is no time at all: refused, or at least a finding."""
    tree = as_tree(small_plan())
    window = tree["courses"][0]["days"][0]["infusion"]
    window |= {"start": "2026-03-08T02:30:00-05:00", "end": "2026-03-08T07:30:00-04:00"}
    try:
        read = Plan.model_validate(tree)
    except InvalidInput as refusal:
        assert refusal.code in {"nonexistent-local-time", "plan-contradiction"}  # noqa: PT017  # any answer is right
    else:
        assert "zone-data-differs" in codes_of(read)


# --- the JSON Schema -------------------------------------------------------------------------

DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
FORMATS: Final = FormatChecker(["date"])


def is_date_time(value: object) -> bool:
    """Check RFC 3339's form: the validator has this only with a further package."""
    return not isinstance(value, str) or bool(DATE_TIME.fullmatch(value) and datetime.fromisoformat(value))


FORMATS.checks("date-time", raises=ValueError)(is_date_time)


def published() -> Tree:
    """Return the published file."""
    tree: Tree = json.loads(make_schema.PATH.read_text(encoding="utf-8"))
    return tree


@cache
def validator() -> Draft202012Validator:
    """Return a validator of the published file."""
    return Draft202012Validator(published(), format_checker=FORMATS)


def test_the_published_schema_is_fresh() -> None:
    is_fresh = make_schema.text() == make_schema.PATH.read_text(encoding="utf-8")
    assert is_fresh, "docs/schema/plan.schema.json is stale; run: uv run python -m tests.support.make_schema"


def test_the_published_schema_is_a_schema() -> None:
    schema = published()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:lemtrada-schedule:plan:2"
    assert schema["properties"]["schema_version"]["const"] == 2


def test_the_published_schema_needs_nothing_from_elsewhere() -> None:
    text = make_schema.PATH.read_text(encoding="utf-8")
    assert all(reference.startswith("#/$defs/") for reference in re.findall(r'"\$ref": "([^"]+)"', text))
    hosts = set(re.findall(r'"[a-z]+://[^/"]+', text))  # descriptions may name a terminology
    assert hosts == {'"https://json-schema.org'}
    assert "script" not in text.lower().replace("description", "")


def test_every_table_of_the_schema_is_closed_and_named_as_a_noun() -> None:
    tables = published()["$defs"]
    assert {noun.__name__ for noun in nouns()} >= tables.keys()
    assert len(tables) > 20
    written_as_text = {name for name, table in tables.items() if table["type"] == "string"}
    assert written_as_text == {"Offset", "Span"}
    assert all(tables[name]["additionalProperties"] is False for name in tables.keys() - written_as_text)


def faults_of(tree: Any) -> list[str]:
    return [error.json_path for error in validator().iter_errors(tree)]


VALID_RULES: Final[list[Any]] = []
"""The protocols inside plans in which no fault was found."""


def faults_beside_known_rules(tree: Any) -> list[str]:
    """Return the faults of a plan; a protocol that had none inside an earlier plan is not validated again."""
    rules = tree["provenance"]["rules"]
    if rules in VALID_RULES:
        return faults_of(replaced(tree, ("provenance", "rules"), None))
    found = faults_of(tree)
    VALID_RULES.extend([] if found else [rules])
    return found


@pytest.mark.sweep
def test_thirty_real_plans_are_valid() -> None:
    """Of drawn questions, and those of this file."""
    seen = []

    @settings(max_examples=38, database=None, derandomize=True, deadline=None, phases=[Phase.generate])
    @given(cases())
    def ask(case: Case) -> None:
        try:
            plan = case.planned()
        except (NoFeasibleStart, InvalidInput):
            return
        assert faults_beside_known_rules(as_tree(plan)) == []
        seen.append(plan)

    ask()
    assert len(seen) >= 30
    assert len(VALID_RULES) > 5
    assert faults_of(as_tree(sample_plan())) == faults_of(as_tree(small_plan())) == []


FAULTS: Final[dict[str, Callable[[Tree], object]]] = {
    "a bad date": lambda tree: tree["courses"][0].update(first_day="2027-02-30"),
    "a date of another form": lambda tree: tree["courses"][0].update(first_day="20270111"),
    "a date with a time": lambda tree: tree["contraception"][0].update(last_day="2027-01-11T00:00:00"),
    "a bad time": lambda tree: tree["courses"][0]["days"][0]["infusion"].update(start="2027-01-11 09:00"),
    "a time that is not there": lambda tree: tree["courses"][0]["days"][0]["infusion"].update(
        start="2027-01-11T25:00:00-05:00"
    ),
    "a missing field": lambda tree: tree["courses"][0].pop("because"),
    "a missing version": lambda tree: tree.pop("schema_version"),
    "a newer version": lambda tree: tree.update(schema_version=3),
    "an extra field": lambda tree: tree.update(strat_date=1),
    "an extra field within": lambda tree: tree["courses"][0]["days"][0].update(patient=MARK),
    "a wrong kind": lambda tree: tree["activities"][0].update(kind="periods"),
    "another's kind": lambda tree: tree["activities"][0].update(kind="window"),
    "no kind": lambda tree: tree["activities"][0].pop("kind"),
    "a wrong status": lambda tree: tree["courses"][0].update(status="done"),
    "a wrong type": lambda tree: tree["courses"][0].update(number="2"),
    "a list that is a table": lambda tree: tree.update(courses={}),
    "an id with a space": lambda tree: tree.update(plan_id="a b"),
    "a negative revision": lambda tree: tree.update(revision=-1),
    "an empty protocol": lambda tree: tree.update(protocol=""),
    "hours of 9": lambda tree: tree["provenance"]["clinic"].update(infusion_starts="9:00"),
    "an unknown weekday": lambda tree: tree["provenance"]["clinic"]["opening_hours"][0].update(day="monday"),
    "no courses": lambda tree: tree.pop("courses"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_seeded_fault_is_not_valid(name: str) -> None:
    tree = as_tree(small_plan())
    FAULTS[name](tree)
    assert not validator().is_valid(tree)  # it stops at the first fault


@pytest.mark.parametrize("name", FAULTS)
def test_what_the_schema_refuses_the_library_refuses(name: str) -> None:
    tree = as_tree(small_plan())
    FAULTS[name](tree)
    with pytest.raises(InvalidInput):
        Plan.model_validate(tree)


def test_rules_of_another_kind_are_refused() -> None:
    data = json.loads(small_plan().model_dump_json())
    data["provenance"]["rules"] = ["us"]
    with pytest.raises(InvalidInput, match="expected a protocol, got a value of type list") as caught:
        Plan.model_validate(data)
    assert caught.value.place == "provenance.rules"
