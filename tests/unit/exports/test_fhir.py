"""A plan and a protocol as FHIR R4: what must stand in them, worked out by hand, and what cannot.

The plan of most tests begins on Monday 9 January 2023 in New York, 09:00, at UTC-5; course 2 on Tuesday 16
January 2024, for Monday 15 is closed. What real validators and servers say of it is in `tests/clients/`.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from html.parser import HTMLParser
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from lemtrada_schedule import (
    InvalidInput,
    Plan,
    Protocol,
    Span,
    explain,
    load_protocol,
    plan_treatment,
    protocol_to_fhir,
    to_fhir,
    to_rows,
)
from lemtrada_schedule.exports.fhir import elements
from lemtrada_schedule.plan.activities import AfterInfusionActivity, PeriodActivity, SeriesActivity, WindowActivity
from lemtrada_schedule.protocol.actions import Code
from tests.golden.make_plans import clinic, own
from tests.laws.test_invariants import planned
from tests.support import fhir_bundles as fhir
from tests.support.plan_strategies import Case, cases

Json = dict[str, Any]
BLOOD_COUNT: Final = "Complete blood count with differential"
HOSTILE: Final = (
    "<script>alert(1)</script>",
    "</p></div><img src=x onerror=alert(1)>",
    "a\"b'c & d; e, f\\n ]]> &amp; &#0; %7C | ${x} {{x}}",
    "=1+1 \u00a0 \u3000 🙂 é e\u0301 שלום",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
)


@cache
def two_courses() -> Json:
    return to_fhir(fhir.golden("us-two-courses"), subject=fhir.PATIENT)


def bundle_of(plan: Plan, **changed: Any) -> Json:
    return to_fhir(fhir.named(plan, "p-1").model_copy(update=changed), subject=fhir.PATIENT)


def refusal_of(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        call()
    return caught.value.code, caught.value.place


# --- by hand -------------------------------------------------------------------------------------


def test_the_bundle_by_hand() -> None:
    """5 + 3 infusion days; 5 tests for 2 courses, each with its baseline; 2 urine ratios, 1 deadline, 2 skin, 1 HPV.

    Visits, each of one test: 4 × (12 + 48) monthly, 4 + 16 quarterly, 5 baselines before course 1, 1 + 5 skin
    examinations, 5 screenings. Those before course 2 are the twelfth month; urine ratios and the deadline are windows.
    """
    kinds = [entry["resource"]["resourceType"] for entry in two_courses()["entry"]]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert two_courses()["type"] == "transaction"
    visits = 4 * 60 + 20 + 5 + 6 + 5
    assert counts == {
        "CarePlan": 1,
        "MedicationRequest": 2,
        "Appointment": 8 + visits,
        "ServiceRequest": 2 * 2 * 5 + 6,
    }


def test_appointments_by_hand() -> None:
    """4 hours and 2 hours: one slot of 360 minutes."""
    days = ["2023-01-09", "2023-01-10", "2023-01-11", "2023-01-12", "2023-01-13"]
    days += ["2024-01-16", "2024-01-17", "2024-01-18"]
    found = fhir.infusion_slots(two_courses())
    assert [(f"{day}T09:00:00-05:00", f"{day}T15:00:00-05:00") for day in days] == [
        (one["start"], one["end"]) for one in found
    ]
    assert {360} == {one["minutesDuration"] for one in found}
    assert {"America/New_York"} == {one["_start"]["extension"][0]["valueCode"] for one in found}
    assert [{"reference": "Patient/123"}, {"type": "Location", "display": "Harbor"}] == [
        one["actor"] for one in found[0]["participant"]
    ]


def test_an_appointment_across_a_clock_change_by_hand() -> None:
    """9 March 2025: six hours from 00:30 at UTC-5 end at 07:30 at UTC-4."""
    bundle = to_fhir(fhir.golden("new-york"), subject=fhir.PATIENT)
    third = fhir.infusion_slots(bundle)[2]
    assert ("2025-03-09T00:30:00-05:00", "2025-03-09T07:30:00-04:00", 360) == (
        third["start"],
        third["end"],
        third["minutesDuration"],
    )


def test_the_medicine_by_hand() -> None:
    first, second = fhir.resources(two_courses(), "MedicationRequest")
    assert [5, 3] == [len(one["dosageInstruction"]) for one in (first, second)]
    assert {("http://www.nlm.nih.gov/research/umls/rxnorm", "1594659"), ("http://www.whocc.no/atc", "L04AG06")} == {
        (coding["system"], coding["code"]) for coding in first["medicationCodeableConcept"]["coding"]
    }
    dosage = second["dosageInstruction"][2]
    milligrams = {"value": 12, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
    minutes = {"value": 240, "unit": "min", "system": "http://unitsofmeasure.org", "code": "min"}
    rate = {"numerator": milligrams, "denominator": minutes}
    assert (3, ["2024-01-18T09:00:00-05:00"]) == (dosage["sequence"], dosage["timing"]["event"])
    assert [{"doseQuantity": milligrams, "rateRatio": rate}] == dosage["doseAndRate"]


def test_the_dates_of_a_test_by_hand() -> None:
    """Monthly after 13 January 2023 and before 16 January 2024, then to 18 January 2028: 12 and 48 dates."""
    baseline_1, series_1, baseline_2, series_2 = fhir.tests_for(two_courses(), BLOOD_COUNT)
    coding = {"system": "http://loinc.org", "code": "57021-8", "display": "CBC W Auto Differential panel - Blood"}
    assert all([coding] == one["code"]["coding"] for one in (baseline_1, series_1, baseline_2, series_2))
    dates = series_1["occurrenceTiming"]["event"]
    assert (12, "2023-02-13", "2024-01-13") == (len(dates), dates[0], dates[-1])
    dates = series_2["occurrenceTiming"]["event"]
    assert (48, "2024-02-18", "2028-01-18") == (len(dates), dates[0], dates[-1])


def test_baselines_by_hand() -> None:
    """9 January - 30 days: 10 December. The draw of 13 January 2024 lies within 14 days before the 16th."""
    baseline_1, _, baseline_2, _ = fhir.tests_for(two_courses(), BLOOD_COUNT)
    first = {"boundsPeriod": {"start": "2022-12-10", "end": "2023-01-08"}, "count": 1}
    second = {"boundsPeriod": {"start": "2023-12-17", "end": "2024-01-15"}, "count": 1}
    assert {"event": ["2023-01-08"], "repeat": first} == baseline_1["occurrenceTiming"]
    assert {"event": ["2024-01-13"], "repeat": second} == baseline_2["occurrenceTiming"]


def test_a_baseline_without_a_beginning_by_hand() -> None:
    """Skin: before the start, however long."""
    baseline, series = fhir.tests_for(two_courses(), "Skin examination")
    assert {"end": "2023-01-08"} == baseline["occurrenceTiming"]["repeat"]["boundsPeriod"]
    years = [f"{year}-01-13" for year in range(2024, 2029)]
    assert years == series["occurrenceTiming"]["event"]
    assert any("no end stated" in note["text"] for note in series["note"])
    assert "coding" not in series["code"]


def test_what_is_to_be_done_by_a_day_by_hand() -> None:
    """9 January 2023 - 42 days: 28 November 2022. The urine ratio: 30 days to 1 day before."""
    (vaccinations,) = fhir.tests_for(two_courses(), "Complete necessary vaccinations by this day")
    ratio = fhir.tests_for(two_courses(), "Urine protein to creatinine ratio, before the course")
    assert {"end": "2022-11-28"} == vaccinations["occurrencePeriod"]
    assert {"start": "2023-12-17", "end": "2024-01-15"} == ratio[1]["occurrencePeriod"]


def test_H08_the_last_day_of_a_period_is_inside_it() -> None:
    """FHIR's Period includes its end, unlike the end of a calendar event."""
    contraception = fhir.activity(two_courses(), "contraception/1")
    assert {"start": "2023-01-09", "end": "2023-05-13"} == contraception["scheduledPeriod"]


def test_what_stays_open_has_no_end_by_hand() -> None:
    herpes = fhir.activity(two_courses(), "herpes-prophylaxis/course-1")
    assert {"start": "2023-01-09"} == herpes["scheduledPeriod"]
    assert "at least until 2023-03-13" in herpes["description"]
    assert {"start": "2023-01-09"} == fhir.care_plan(two_courses())["period"]


def test_the_code_of_the_result_it_waits_for_is_not_that_of_the_prophylaxis() -> None:
    """24467-3 is a CD4 count."""
    herpes = fhir.activity(two_courses(), "herpes-prophylaxis/course-1")
    assert {"text": "Antiviral prophylaxis against herpes"} == herpes["code"]
    assert "Code: 24467-3 of http://loinc.org" in herpes["description"]


def test_a_plan_that_ends_has_an_end_by_hand() -> None:
    """Few actions, without those that go on: the last draw of 19 April 2028 + 48 months."""
    plan = fhir.golden("long-drift")
    kept = tuple(one for one in plan.activities if one.action in {"blood-count", "thyroid", "corticosteroid"})
    bundle = bundle_of(plan, activities=kept)
    assert {"start": "2027-04-12", "end": "2032-04-19"} == fhir.care_plan(bundle)["period"]


def test_at_least_until_is_no_end() -> None:
    """A period that rests on a course which is not settled may not be read as over."""
    plan = fhir.golden("no-country")
    unsettled = plan.contraception[0].model_copy(update={"provisional": True})
    bundle = bundle_of(plan, contraception=(unsettled,), activities=())
    told = fhir.activity(bundle, "contraception/1")
    assert {"start": "2027-01-11"} == told["scheduledPeriod"] == fhir.care_plan(bundle)["period"]
    assert "until at least 2027-05-15" in told["description"]


def test_infusion_days_and_hours_by_hand() -> None:
    """Days 1 to 3 of course 2; 24 hours from 13:00."""
    steroid = fhir.activity(two_courses(), "corticosteroid/course-2")
    assert ["2024-01-16", "2024-01-17", "2024-01-18"] == steroid["scheduledTiming"]["event"]
    watch = fhir.activity(two_courses(), "reaction-watch/course-1/2")
    assert {"start": "2023-01-10T13:00:00-05:00", "end": "2023-01-11T13:00:00-05:00"} == watch["scheduledPeriod"]
    assert "until 2023-01-11 (Wednesday 11 January) 13:00" in watch["description"]


def test_the_loinc_codes_are_those_that_were_verified() -> None:
    verified = {"57021-8", "2160-0", "24356-8", "3016-3"}
    codings = [c for one in fhir.resources(two_courses(), "ServiceRequest") for c in one["code"].get("coding", [])]
    assert verified == {coding["code"] for coding in codings}
    assert {fhir.LOINC} == {coding["system"] for coding in codings}


def test_whom_it_concerns_is_said() -> None:
    (hpv,) = fhir.tests_for(two_courses(), "HPV screening")
    assert "Applies to: women." in [note["text"] for note in hpv["note"]]


# --- every bundle --------------------------------------------------------------------------------


@cache
def thirty() -> dict[str, Json]:
    return {name: to_fhir(plan, subject=fhir.PATIENT) for name, plan in fhir.plans().items()}


def test_there_are_thirty_plans() -> None:
    assert len(thirty()) == 30


@pytest.mark.parametrize("name", thirty())
def test_nothing_but_drafts_and_proposals(name: str) -> None:
    allowed = {"CarePlan": "draft", "MedicationRequest": "draft", "ServiceRequest": "draft", "Appointment": "proposed"}
    for entry in thirty()[name]["entry"]:
        resource = entry["resource"]
        assert allowed[resource["resourceType"]] == resource["status"]
        assert resource.get("intent", "proposal") == "proposal"
    assert {"not-started"} == {
        one["detail"]["status"] for one in fhir.care_plan(thirty()[name])["activity"] if "detail" in one
    }


@pytest.mark.parametrize("name", thirty())
def test_every_resource_says_once_in_its_text_what_it_is_not(name: str) -> None:
    for entry in thirty()[name]["entry"]:
        resource = entry["resource"]
        assert resource["text"]["div"].count(fhir.PLANNING_AID) == 1
        outside = {key: value for key, value in resource.items() if key != "text"}
        assert sum(text.count(fhir.PLANNING_AID) for text in fhir.texts(outside)) == 1


@pytest.mark.parametrize("name", thirty())
def test_appointments_name_neither_medicine_nor_disease(name: str) -> None:
    words = ("lemtrada", "alemtuzumab", "sclerosis", "mg", "herpes", "thyroid")
    for one in fhir.resources(thirty()[name], "Appointment"):
        assert [word for word in words if word in json.dumps(one).casefold().split()] == []


@pytest.mark.parametrize("name", thirty())
def test_references_lead_to_an_entry_and_every_entry_is_referred_to(name: str) -> None:
    bundle = thirty()[name]
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    referred = [value for path, value in fhir.nodes(bundle) if path.endswith(".reference") and isinstance(value, str)]
    assert {fhir.PATIENT, *urls[1:]} == set(referred)


@pytest.mark.parametrize("name", thirty())
def test_H19_moments_days_and_ids(name: str) -> None:
    """Instants with seconds and offset, whole days, and no end before its start."""
    for path, value in fhir.nodes(thirty()[name]):
        last = path.rpartition(".")[2]
        if last in {"start", "end"}:
            moment = datetime.fromisoformat(value)
            assert moment.utcoffset() is not None if "T" in value else moment.date().isoformat() == value
        if isinstance(value, dict) and {"start", "end"} <= value.keys():
            assert datetime.fromisoformat(value["start"]) <= datetime.fromisoformat(value["end"])
        if last == "identifier":
            assert len(value[0]["value"]) == 36
        assert value not in ("", None, [], {}), path


def test_no_two_parts_are_the_same_object() -> None:
    """What is changed in one place of a bundle changes nowhere else, nor in the next bundle."""
    bundles = [to_fhir(fhir.golden("us-two-courses"), subject=fhir.PATIENT) for _ in range(2)]
    kept = [part for _, part in fhir.nodes(bundles) if isinstance(part, dict | list)]
    assert len({id(part) for part in kept}) == len(kept)


def test_determinism_the_same_plan_gives_the_same_bytes() -> None:
    plan = fhir.golden("eu-four-courses")
    again = Plan.model_validate_json(plan.model_dump_json())
    first, second = (json.dumps(to_fhir(one, subject=fhir.PATIENT)) for one in (plan, again))
    assert first == second


@given(cases())
def test_i35_what_is_read_back_is_what_was_planned(case: Case) -> None:
    """Infusion days with hours and dose, contraception, and every date of every series."""
    plan = fhir.named(planned(case), "p-1")
    bundle = json.loads(json.dumps(to_fhir(plan, subject=fhir.PATIENT)))
    doses = [day.dose_mg for day in plan.infusion_days]
    assert [(*slot, dose) for slot, dose in zip(fhir.slots(plan), doses, strict=True)] == fhir.infusions_told(bundle)
    for one in plan.contraception:
        told = fhir.activity(bundle, one.id)["scheduledPeriod"]
        assert (one.first_day.isoformat(), one.last_day and one.last_day.isoformat()) == (told["start"], told["end"])
    dates = [day.isoformat() for one in plan.activities if isinstance(one, SeriesActivity) for day in one.dates]
    told = [one["occurrenceTiming"] for one in fhir.resources(bundle, "ServiceRequest") if "occurrenceTiming" in one]
    assert sorted(dates) == sorted(day for timing in told if "repeat" not in timing for day in timing["event"])


@given(cases())
def test_H21_every_dated_item_of_the_plan_is_in_the_bundle_once(case: Case) -> None:
    """Counted against the rows: an infusion is an appointment; everything else is a date, a period or a window."""
    plan = fhir.named(planned(case), "p-1")
    bundle = to_fhir(plan, subject=fhir.PATIENT)
    rows = [row["kind"] for row in to_rows(plan)]
    own = [one["detail"] for one in fhir.care_plan(bundle)["activity"] if "detail" in one]
    requests = fhir.resources(bundle, "ServiceRequest")
    timings = [one["occurrenceTiming"] for one in requests if "occurrenceTiming" in one]
    assert rows.count("infusion") == len(fhir.infusion_slots(bundle))
    as_of = plan.provenance.request.as_of or date.min
    assert sum(visit.due >= as_of for visit in plan.visits) == len(fhir.visits_told(bundle))
    assert rows.count("period") + rows.count("after-infusion") == sum("scheduledPeriod" in one for one in own)
    ordinals = [one["scheduledTiming"]["event"] for one in own if "scheduledTiming" in one]
    assert rows.count("infusion-days") == sum(map(len, ordinals))
    assert rows.count("window") == sum("occurrencePeriod" in one for one in requests)
    assert rows.count("series") + rows.count("baseline") == sum(len(timing["event"]) for timing in timings)
    notes = {note["text"] for note in fhir.care_plan(bundle)["note"]}
    assert {explain(one) for one in plan.activities if one.kind == "note"} <= notes
    assert {explain(one) for one in (*plan.findings, *plan.not_assessed)} <= notes


# --- hostile text --------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Collects the tags of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert attrs in ([], [("xmlns", "http://www.w3.org/1999/xhtml")])
        self.seen.append(tag)


def tags_in(div: str) -> list[str]:
    tags = Tags()
    tags.feed(div)
    ET.fromstring(div)  # noqa: S314  # well-formed XML, or an error
    return tags.seen


def shown(div: str) -> str:
    """Return what a reader of a narrative sees."""
    return "".join(ET.fromstring(div).itertext())  # noqa: S314  # as above


def hostile_plan(words: str) -> Plan:
    """Return a plan in which every text that anybody can choose is the one given."""
    shipped = load_protocol("us-2024-05")
    code = Code(system="http://example.org", code="1", display=words)
    actions = tuple(
        one.model_copy(
            update={"title": words, "neutral_title": words, "applies_to": words, "codes": (code,)}
            | ({"text": words} if one.kind == "note" else {})
        )
        for one in shipped.actions
    )
    sources = tuple(one.model_copy(update={"document": words, "where": words}) for one in shipped.sources)
    protocol = shipped.model_copy(update={"title": words, "actions": actions, "sources": sources})
    there = clinic("Asia/Tokyo", name=words, closures={"2027-01-11": words})
    return plan_treatment(protocol, there, not_before=date(2027, 1, 11), plan_id="hostile")


@pytest.mark.parametrize("words", HOSTILE)
def test_H13_text_in_any_field_comes_back_and_adds_no_element(words: str) -> None:
    plain = bundle_of(hostile_plan("Plain"))
    bundle = json.loads(json.dumps(bundle_of(hostile_plan(words))))
    assert [path for path, _ in fhir.nodes(plain)] == [path for path, _ in fhir.nodes(bundle)]
    for one, other in zip(plain["entry"], bundle["entry"], strict=True):
        assert tags_in(one["resource"]["text"]["div"]) == tags_in(other["resource"]["text"]["div"])
    assert {words} == {one["code"]["text"] for one in fhir.resources(bundle, "ServiceRequest")}
    assert {words} == {one["participant"][1]["actor"]["display"] for one in fhir.infusion_slots(bundle)}
    assert f"(closed: {words})" in shown(fhir.care_plan(bundle)["text"]["div"])


@pytest.mark.parametrize("words", HOSTILE)
def test_H13_text_in_a_protocol_comes_back_and_adds_no_element(words: str) -> None:
    def made(text: str) -> Json:
        shipped = load_protocol("us-2024-05")
        actions = tuple(one.model_copy(update={"title": text, "applies_to": text}) for one in shipped.actions)
        sources = tuple(one.model_copy(update={"document": text, "where": text}) for one in shipped.sources)
        return protocol_to_fhir(shipped.model_copy(update={"title": text, "actions": actions, "sources": sources}))

    plain, definition = made("Plain"), json.loads(json.dumps(made(words)))
    assert [path for path, _ in fhir.nodes(plain)] == [path for path, _ in fhir.nodes(definition)]
    assert tags_in(plain["text"]["div"]) == tags_in(definition["text"]["div"])
    assert words == definition["title"]
    assert {words} == {one["title"] for one in definition["action"][1:]}


def with_title(title: str, **update: Any) -> Plan:
    """Return a plan with one period whose title was put in as an object, past the checks of written text."""
    plan = fhir.golden("no-country")
    period = plan.contraception[0].model_copy(update={"title": title, **update})
    return plan.model_copy(update={"contraception": (period,)})


@pytest.mark.parametrize("odd", ["\0", "\a", "\ud800", "\u202e", "\u2028", "\ufffe", "\uffff"])
def test_H04_H05_H14_H19_what_fhir_or_xml_cannot_hold_is_refused(odd: str) -> None:
    plan = with_title(f"Title {odd}")
    assert refusal_of(lambda: to_fhir(plan, subject=fhir.PATIENT)) == ("control-character", "contraception/1.title")


@pytest.mark.parametrize(
    ("name", "code"), [("a\ud800", "control-character"), ("", "text-length"), ("contraception 1", "identifier")]
)
def test_H19_an_id_that_no_identifier_can_be_made_of_is_refused(name: str, code: str) -> None:
    assert refusal_of(lambda: to_fhir(with_title("Contraception", id=name), subject=fhir.PATIENT))[0] == code
    course = fhir.golden("no-country").courses[0].model_copy(update={"id": "\ud800"})
    plan = fhir.golden("no-country").model_copy(update={"courses": (course,)})
    assert refusal_of(lambda: to_fhir(plan, subject=fhir.PATIENT))[0] == "control-character"


@pytest.mark.parametrize("blank", ["", " ", "\u3000"])
def test_H19_blank_text_is_refused(blank: str) -> None:
    assert refusal_of(lambda: to_fhir(with_title(blank), subject=fhir.PATIENT)) == (
        "text-length",
        "contraception/1.title",
    )


# --- what no validator sees ----------------------------------------------------------------------


def test_a_period_that_ends_before_it_begins_cannot_come_out() -> None:
    with_end = with_title("Contraception", first_day=date(2027, 1, 11), last_day=date(2027, 1, 10))
    assert refusal_of(lambda: to_fhir(with_end, subject=fhir.PATIENT)) == ("period-reversed", "contraception/1")


def test_a_period_of_one_day_can() -> None:
    day = date(2027, 1, 11)
    assert elements.period(day, day, "x") == {"start": "2027-01-11", "end": "2027-01-11"}
    assert refusal_of(lambda: elements.period(day, date(2027, 1, 10), "x")) == ("period-reversed", "x")


def test_a_slot_that_ends_before_it_begins_cannot_come_out() -> None:
    """Infusion and observation of two days, put together by hand."""
    plan = fhir.golden("no-country")
    first, second = plan.infusion_days[:2]
    mixed = second.model_copy(update={"observation": first.observation})
    course = plan.courses[0]
    changed = course.model_copy(update={"days": (first, mixed, *course.days[2:])})
    plan = plan.model_copy(update={"courses": (changed,)})
    assert refusal_of(lambda: to_fhir(plan, subject=fhir.PATIENT)) == ("window-reversed", "course-1/day-2")


def test_a_unit_that_a_timing_does_not_know_cannot_come_out() -> None:
    known = [elements.unit_of(unit, "x") for unit in ("days", "weeks", "months", "years", "mo", "min")]
    assert known == ["d", "wk", "mo", "a", "mo", "min"]
    for unknown in ("fortnights", "M", "mon", "", "hours "):
        assert refusal_of(lambda unit=unknown: elements.repeat(1, unit, "x")) == ("unknown-name", "x")  # type: ignore[misc]  # a default in a lambda
        assert refusal_of(lambda unit=unknown: elements.unit_of(unit, "x")) == ("unknown-name", "x")  # type: ignore[misc]  # a default in a lambda


def test_a_rhythm_of_nothing_cannot_come_out() -> None:
    assert refusal_of(lambda: elements.repeat(0, "months", "x")) == ("out-of-range", "x")


def test_months_are_no_days() -> None:
    months = {"value": 12, "unit": "mo", "system": "http://unitsofmeasure.org", "code": "mo"}
    assert elements.duration(Span.parse("12 months"), "x") == months


# --- codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "place"),
    [
        (Code(system="LOINC", code="57021-8"), "x.system"),
        (Code(system="http://loinc org", code="57021-8"), "x.system"),
        (Code(system="http://loinc.org", code="57021-8 "), "x.code"),
        (Code(system="http://loinc.org", code="a  b"), "x.code"),
    ],
)
def test_codes_that_fhir_cannot_hold_are_refused(code: Code, place: str) -> None:
    assert refusal_of(lambda: elements.coding(code, "x")) == ("terminology", place)


def test_a_code_without_a_display_has_none() -> None:
    code = Code(system="urn:oid:2.16.840.1.113883.6.1", code="a b")
    assert elements.coding(code, "x") == {"system": code.system, "code": "a b"}
    plan = fhir.golden("no-country")
    period = plan.contraception[0].model_copy(update={"codes": (code,)})
    told = fhir.activity(bundle_of(plan, contraception=(period,)), "contraception/1")
    assert told["description"].endswith(" Code: a b of urn:oid:2.16.840.1.113883.6.1.")


# --- the door ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        "Patient/123",
        "Patient/a.B-9",
        "https://ehr.example/fhir/R4/Patient/123",
        "http://127.0.0.1:8104/Patient/x",
        "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e",
    ],
)
def test_a_subject_is_taken_as_written(subject: str) -> None:
    bundle = to_fhir(fhir.golden("no-country"), subject=subject)
    assert {subject} == {
        one["subject"]["reference"] for one in (entry["resource"] for entry in bundle["entry"]) if "subject" in one
    }


@pytest.mark.parametrize(
    "subject",
    [
        *("", "123", "Patient/", "Patient/a b", "Patient/é", "Patient/1/_history/2", "Group/1", "patient/1", "#p"),
        *("Patient/1\n", " Patient/1", f"Patient/{'x' * 65}", "urn:uuid:1", "ftp://x/Patient/1", "Patient?name=x"),
    ],
)
def test_a_subject_that_is_no_reference_to_a_patient_is_refused(subject: str) -> None:
    assert refusal_of(lambda: to_fhir(fhir.golden("no-country"), subject=subject)) == ("reference", "subject")


def test_what_is_no_text_is_no_subject_and_no_posting() -> None:
    plan: Any = fhir.golden("no-country")
    anything: Any = {"reference": "Patient/1"}
    assert refusal_of(lambda: to_fhir(plan, subject=anything)) == ("wrong-type", "subject")
    assert refusal_of(lambda: to_fhir(plan, subject="Patient/1", posting=anything)) == ("unknown-name", "posting")
    assert refusal_of(lambda: to_fhir(anything, subject="Patient/1")) == ("wrong-type", "plan")
    assert refusal_of(lambda: protocol_to_fhir(anything)) == ("wrong-type", "protocol")


def test_a_plan_without_an_id_is_refused() -> None:
    plan = fhir.golden("no-country").model_copy(update={"plan_id": None})
    assert refusal_of(lambda: to_fhir(plan, subject=fhir.PATIENT)) == ("missing-field", "plan_id")


def test_a_refusal_does_not_tell_the_subject() -> None:
    with pytest.raises(InvalidInput) as caught:
        to_fhir(fhir.golden("no-country"), subject="Jane Doe 1980")
    assert "Jane" not in str(caught.value)


def test_two_items_of_one_id_are_refused() -> None:
    plan = fhir.golden("no-country")
    twice = (*plan.activities, next(one for one in plan.activities if isinstance(one, WindowActivity)))
    plan = plan.model_copy(update={"activities": twice})
    assert refusal_of(lambda: to_fhir(plan, subject=fhir.PATIENT)) == ("identifier", "vaccinations/course-1")


# --- known again ---------------------------------------------------------------------------------


def test_posting_by_hand() -> None:
    plan = fhir.golden("no-country")
    once, create, update = (
        to_fhir(plan, subject=fhir.PATIENT, posting=how)["entry"][2] for how in ("once", "create", "update")
    )
    (identifier,) = once["resource"]["identifier"]
    same = f"identifier={identifier['system']}%7C{identifier['value']}"
    assert once["request"] == {"method": "POST", "url": "Appointment", "ifNoneExist": same}
    assert create["request"] == {"method": "POST", "url": "Appointment"}
    assert update["request"] == {"method": "PUT", "url": f"Appointment?{same}"}
    assert once["resource"] == create["resource"] == update["resource"]


def identifiers(bundle: Json) -> dict[str, str]:
    return {one["identifier"][0]["value"]: one["resourceType"] for one in (e["resource"] for e in bundle["entry"])}


def test_H09_H10_a_moved_item_keeps_its_identifier() -> None:
    """Another first day, another revision: the same items. Another plan_id: none of them."""
    protocol, plan = load_protocol("us-2024-05"), fhir.golden("us-two-courses")
    later = plan_treatment(protocol, plan.provenance.clinic, not_before=date(2023, 1, 16), plan_id=plan.plan_id)
    known, moved = identifiers(two_courses()), identifiers(bundle_of(later, revision=1))
    assert known == moved
    assert known.keys() & identifiers(bundle_of(later, plan_id="another")).keys() == set()


def test_an_identifier_is_never_an_entrys_url() -> None:
    """Servers put ids of their own wherever the fullUrl of an entry stands, in identifiers too."""
    urls = {entry["fullUrl"] for entry in two_courses()["entry"]}
    known = fhir.texts([entry["resource"]["identifier"] for entry in two_courses()["entry"]])
    assert urls & set(known) == set()


def test_the_identifiers_never_change() -> None:
    """The first 16 bytes that `sha1sum` gives for the namespace and `golden-1/course-1/day-1`, marked as version 5."""
    (first, *_) = fhir.infusion_slots(two_courses())
    assert first["identifier"] == [
        {"system": "urn:uuid:f9ad920d-87e2-4382-a8ca-a7ac25c2eb1f", "value": "0833d037-0d4a-5dd1-815f-d1ce7e87732f"}
    ]


# --- protocols -----------------------------------------------------------------------------------


def actions_of(protocol: Protocol) -> dict[str, Json]:
    return {one["id"]: one for one in protocol_to_fhir(protocol)["action"]}


def test_the_notice_of_loinc_stands_where_its_codes_are() -> None:
    notice = protocol_to_fhir(load_protocol("us-2024-05"))["copyright"]
    assert notice.startswith("This material contains content from LOINC (http://loinc.org). LOINC is copyright © ")
    assert notice.endswith(" LOINC® is a registered United States trademark of Regenstrief Institute, Inc.")
    us = load_protocol("us-2024-05")
    uncoded = us.model_copy(update={"actions": [action for action in us.actions if not action.codes]})
    assert "copyright" not in protocol_to_fhir(uncoded)


def test_the_courses_of_a_protocol_by_hand() -> None:
    first, second, third = actions_of(load_protocol("us-2024-05"))["courses"]["action"]
    assert [5, 3, 3] == [one["timingTiming"]["repeat"]["count"] for one in (first, second, third)]
    year = {"value": 12, "unit": "mo", "system": "http://unitsofmeasure.org", "code": "mo"}
    assert "relatedAction" not in first
    assert [{"actionId": "course-1", "relationship": "after-end", "offsetDuration": year}] == second["relatedAction"]
    assert [("must", "single"), ("must", "single"), ("could", "multiple")] == [
        (one["requiredBehavior"], one["cardinalityBehavior"]) for one in (first, second, third)
    ]
    assert [{"type": "citation", "label": "faq", "display": "grade A, convention"}] == second["documentation"]
    assert second["description"] == (
        "Course 2: 3 consecutive infusion days, at least 12 months after the last infusion of the previous course "
        "(only a warning from 12 months after its first infusion on); FAQ; a convention, not the label."
    )


def test_a_series_of_a_protocol_by_hand() -> None:
    thyroid = actions_of(load_protocol("us-2024-05"))["action/thyroid"]
    assert {"boundsDuration", "frequency", "period", "periodUnit"} == set(thyroid["timingTiming"]["repeat"])
    repeat = thyroid["timingTiming"]["repeat"]
    assert (48, "mo", 1, 3, "mo") == (
        *(repeat["boundsDuration"][name] for name in ("value", "code")),
        *(repeat[name] for name in ("frequency", "period", "periodUnit")),
    )
    assert ("courses", "after-end", 3) == (
        *(thyroid["relatedAction"][0][name] for name in ("actionId", "relationship")),
        thyroid["relatedAction"][0]["offsetDuration"]["value"],
    )
    assert "3016-3" == thyroid["code"][0]["coding"][0]["code"]


def test_a_series_without_an_end_has_no_bounds() -> None:
    skin = actions_of(load_protocol("us-2024-05"))["action/skin-examination"]
    assert {"frequency": 1, "period": 1, "periodUnit": "a"} == skin["timingTiming"]["repeat"]
    assert "course-1" == skin["relatedAction"][0]["actionId"]


def test_a_deadline_of_a_protocol_by_hand() -> None:
    deadline = actions_of(load_protocol("us-2024-05"))["action/vaccinations"]
    days = {"value": 42, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
    assert [{"actionId": "course-1", "relationship": "before-start", "offsetDuration": days}] == (
        deadline["relatedAction"]
    )


def test_the_infusion_day_of_a_protocol_by_hand() -> None:
    definition = protocol_to_fhir(load_protocol("us-2024-05"))
    (contained,) = definition["contained"]
    assert {f"#{contained['id']}"} == {one["definitionCanonical"] for one in definition["action"][0]["action"]}
    assert contained["description"] == ("12 mg over 240 minutes; USPI-DOSE. At least 120 minutes of observation; FAQ.")
    assert "12" == str(contained["dosage"][0]["doseAndRate"][0]["doseQuantity"]["value"])


@pytest.mark.parametrize("name", ["us", "eu"])
def test_every_action_number_and_source_of_a_protocol_is_said(name: str) -> None:
    protocol = load_protocol(name)
    definition = protocol_to_fhir(protocol)
    said = json.dumps(definition, ensure_ascii=False)
    assert [f"action/{one.id}" for one in protocol.actions] == [one["id"] for one in definition["action"][1:]]
    assert [
        source.id for source in protocol.sources if json.dumps(source.document, ensure_ascii=False) not in said
    ] == []
    for action in protocol.actions:
        told = next(one for one in definition["action"] if one["id"] == f"action/{action.id}")["description"]
        fields = ("starts", "ends", "every", "until", "opens", "closes", "hours")
        assert [name for name in fields if str(getattr(action, name, None) or "") not in told] == []
        assert f"; {action.cite.upper()}" in told
    assert definition["status"] == "draft"
    assert definition["description"].count(fhir.PLANNING_AID) == 1


def test_the_limits_of_a_protocol_by_hand() -> None:
    us, eu = (protocol_to_fhir(load_protocol(name))["description"] for name in ("us", "eu"))
    assert "17 years: minimum age at the first infusion; FAQ." in us
    assert "15 days: longest gap between two infusions of one course; PC4; a convention, not the label." in us
    assert "4 courses: maximum in all" in eu


def test_an_own_protocol_by_hand() -> None:
    """Two days 6 months after the first infusion; draws every 2 weeks for 3 months; it rests on the US one."""
    definition = protocol_to_fhir(own())
    second = definition["action"][0]["action"][1]["relatedAction"][0]
    interval = second["offsetDuration"]
    assert ("after-start", 6, "mo") == (second["relationship"], interval["value"], interval["code"])
    assert {"type": "derived-from", "display": "us-2024-05"} in definition["relatedArtifact"]
    assert "Protocol_harbor_2" == definition["name"]
    (draws,) = [one for one in definition["action"] if one["id"] == "action/blood-count"]
    assert (2, "wk", 3) == (
        draws["timingTiming"]["repeat"]["period"],
        draws["timingTiming"]["repeat"]["periodUnit"],
        draws["timingTiming"]["repeat"]["boundsDuration"]["value"],
    )
    assert [{"type": "citation", "label": "sop", "display": "label"}] == draws["documentation"]


def test_what_r4_has_no_element_for_stands_in_words_alone() -> None:
    """Ends counted from the first infusion, windows that only open, and deadlines on or after an infusion."""
    us = load_protocol("us-2024-05")
    added = (
        {"id": "a", "kind": "series", "every": "1 week", "until": "first infusion + 2 months", "cite": "faq"},
        {"id": "b", "kind": "window", "opens": "last infusion + 6 weeks", "cite": "faq"},
        {"id": "c", "kind": "window", "closes": "first infusion", "cite": "faq"},
        {"id": "d", "kind": "window", "closes": "last infusion - 1 day", "cite": "faq"},
        {"id": "e", "kind": "period", "starts": "last infusion", "cite": "faq"},
    )
    found = actions_of(us.model_copy(update={"actions": (*us.actions, *added)}))
    assert {"frequency": 1, "period": 1, "periodUnit": "wk"} == found["action/a"]["timingTiming"]["repeat"]
    assert [] == [name for name in "bcde" if "relatedAction" in found[f"action/{name}"]]
    assert [
        "A: every 1 week after the last infusion, until first infusion + 2 months, with every course; FAQ.",
        "B: from last infusion + 6 weeks, with every course; FAQ.",
        "C: until first infusion, with every course; FAQ.",
        "D: until last infusion - 1 day, with every course; FAQ.",
        "E: from last infusion to no end stated, with every course; FAQ.",
    ] == [found[f"action/{name}"]["description"] for name in "abcde"]


@pytest.mark.parametrize("name", ["us", "eu"])
def test_a_plan_refers_to_the_protocol_it_was_made_by(name: str) -> None:
    protocol = load_protocol(name)
    plan = plan_treatment(protocol, clinic("UTC"), not_before=date(2027, 1, 11), plan_id="p-1")
    assert [protocol_to_fhir(protocol)["url"]] == fhir.care_plan(bundle_of(plan))["instantiatesCanonical"]


def test_a_clinic_without_a_name_and_codes_of_hours() -> None:
    """The appointment then has one participant; codes of what goes with an infusion are its own."""
    plan = fhir.golden("no-country")
    code = Code(system=fhir.LOINC, code="8310-5", display="Body temperature")
    coded = tuple(
        one.model_copy(update={"codes": (code,)}) if isinstance(one, AfterInfusionActivity) else one
        for one in plan.activities
    )
    bundle = bundle_of(plan, activities=coded)
    assert {1} == {len(one["participant"]) for one in fhir.infusion_slots(bundle)}
    assert "8310-5" == fhir.activity(bundle, "reaction-watch/course-1/1")["code"]["coding"][0]["code"]
    assert "Clinic: unnamed" in fhir.care_plan(bundle)["description"]


def test_a_series_that_the_next_course_leaves_no_date_makes_no_empty_request() -> None:
    plan = fhir.golden("no-country")
    series = next(one for one in plan.activities if isinstance(one, SeriesActivity))
    empty = series.model_copy(update={"dates": (), "baseline": None})
    assert fhir.resources(bundle_of(plan, activities=(empty,)), "ServiceRequest") == []
    assert isinstance(plan.contraception[0], PeriodActivity)
