"""A treatment that has begun as FHIR: what was given is no request any more, and what is unsettled says so.

The plans rest on the US protocol and a clinic in New York that is open on every day; course 1 begins on Monday 11
January 2027, its second infusion is on Tuesday 12.
"""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from lemtrada_schedule import (
    History,
    InvalidInput,
    Plan,
    evaluate,
    load_protocol,
    plan_treatment,
    replan,
    to_fhir,
    to_html,
)
from lemtrada_schedule.plan.activities import SeriesActivity
from lemtrada_schedule.readers.fhir.records import intake_of_bundle
from tests.golden.make_plans import GOLDEN
from tests.support import fhir_bundles as fhir
from tests.support.fhir_bundles import begun
from tests.support.histories import EVERY_DAY, US, cd4, day, history, run, seen

Json = dict[str, Any]


def bundle_of(plan: Plan) -> Json:
    return to_fhir(plan, subject=fhir.PATIENT)


def own_activities(bundle: Json) -> dict[str, Json]:
    return {one["id"]: one["detail"] for one in fhir.care_plan(bundle).get("activity", []) if "detail" in one}


def sequences(bundle: Json) -> list[list[int]]:
    """Return the days that each course still asks for."""
    orders = fhir.resources(bundle, "MedicationRequest")
    return [[dosage["sequence"] for dosage in one["dosageInstruction"]] for one in orders]


def test_a_course_in_progress_asks_for_its_remaining_days_by_hand() -> None:
    """Given on 11 and 12 January, asked on the 13th: days 3 to 5, and the 3 of course 2."""
    bundle = bundle_of(begun(run("2027-01-11", 2), as_of="2027-01-13"))
    assert sequences(bundle) == [[3, 4, 5], [1, 2, 3]]
    starts = [one["start"][:10] for one in fhir.infusion_slots(bundle)]
    assert starts[:3] == ["2027-01-13", "2027-01-14", "2027-01-15"]
    told = own_activities(bundle)
    assert [told[f"course-1/day-{number}"]["status"] for number in (1, 2)] == ["completed", "completed"]
    assert "course-1/day-3" not in told


def test_a_day_of_the_question_that_is_not_on_record_is_to_be_checked_first() -> None:
    order = fhir.resources(bundle_of(begun(run("2027-01-11", 2), as_of="2027-01-13")), "MedicationRequest")[0]
    said = [note["text"] for note in order["note"]]
    assert "Course 1 is in-progress." in said
    assert "Day 3 is on 2027-01-13, the date of the question: check first whether it has been given." in said


def test_what_is_on_record_on_the_day_of_the_question_is_not_asked_for_again() -> None:
    bundle = bundle_of(begun(run("2027-01-11", 2), as_of="2027-01-12"))
    assert sequences(bundle) == [[3, 4, 5], [1, 2, 3]]
    assert own_activities(bundle)["course-1/day-2"]["status"] == "completed"
    assert "check first" not in str(bundle)


def of_an_earlier_release(plan: Plan) -> Plan:
    """Return a plan that lacks how many days of its first course are on record."""
    first, *others = plan.courses
    return plan.model_copy(update={"courses": (first.model_copy(update={"days_on_record": None}), *others)})


def test_a_plan_of_an_earlier_release_does_not_tell_and_a_planned_dose_is_not_lost() -> None:
    """The infusion of the date of the question may still be to come."""
    bundle = bundle_of(of_an_earlier_release(begun(run("2027-01-11", 2), as_of="2027-01-12")))
    assert sequences(bundle) == [[2, 3, 4, 5], [1, 2, 3]]
    assert "Day 2 is on 2027-01-12, the date of the question: check first" in str(bundle)


def test_a_day_of_the_question_without_its_dose_was_given_also_in_a_plan_of_an_earlier_release() -> None:
    """Only a record lacks a part of a day. The page says the same where the end of the observation is missing."""
    rows = run("2027-01-11", 1) + run("2027-01-12", 1, started="09:05", ended="13:10")
    older = of_an_earlier_release(begun(rows, as_of="2027-01-12"))
    assert sequences(bundle_of(older)) == [[3, 4, 5], [1, 2, 3]]
    assert "09:05" not in to_html(older, layout="sheet")


def test_what_has_no_hours_on_the_day_of_asking_was_given() -> None:
    """Begun on another day than planned, on record by its dates alone, asked on the second."""
    bundle = bundle_of(begun(run("2027-01-17", 2), as_of="2027-01-18"))
    assert sequences(bundle) == [[3, 4, 5], [1, 2, 3]]
    assert own_activities(bundle)["course-1/day-2"]["scheduledPeriod"] == {"start": "2027-01-18", "end": "2027-01-18"}


def test_a_course_that_was_given_is_not_asked_for_again() -> None:
    bundle = bundle_of(begun(run("2027-01-11", 5), as_of="2027-02-01"))
    assert sequences(bundle) == [[1, 2, 3]]
    told = own_activities(bundle)
    assert [f"course-1/day-{number}" for number in range(1, 6)] == [name for name in told if "/day-" in name]
    assert {told[f"course-1/day-{number}"]["status"] for number in range(1, 6)} == {"completed"}
    assert "Course 1 is complete." in fhir.care_plan(bundle)["text"]["div"]


def test_a_course_that_was_completed_today_is_not_asked_for_again() -> None:
    """The fifth day is on record, and so is the course: on that very day nothing of it is still to come."""
    bundle = bundle_of(begun(run("2027-01-11", 5), as_of="2027-01-15"))
    assert sequences(bundle) == [[1, 2, 3]]
    assert own_activities(bundle)["course-1/day-5"]["status"] == "completed"


@pytest.mark.parametrize(
    ("given", "as_of"),
    [
        (run("2027-01-17", 2), "2027-01-18"),  # without hours: what was given today is known to be given
        ([], "2027-01-11"),  # nothing is on record, and nothing is in progress
    ],
)
def test_only_what_may_have_been_given_today_is_said_to_need_a_look(given: list[Json], as_of: str) -> None:
    orders = fhir.resources(bundle_of(begun(given, as_of=as_of)), "MedicationRequest")
    assert not [note for one in orders for note in one["note"] if "see first" in note["text"]]


def test_recorded_hours_and_doses_are_those_of_the_record() -> None:
    """On record from 10:00 to 14:10, observed until 16:15; and a day of which only the date is known."""
    hours = {"started": "10:00", "ended": "14:10", "observed_until": "16:15", "dose_mg": 12}
    unknown = run("2027-01-18", 1)
    told = own_activities(bundle_of(begun(run("2027-01-17", 1, **hours), unknown, as_of="2027-01-25")))
    first = {"start": "2027-01-17T10:00:00-05:00", "end": "2027-01-17T16:15:00-05:00"}
    assert told["course-1/day-1"]["scheduledPeriod"] == first
    assert told["course-1/day-2"]["scheduledPeriod"] == {"start": "2027-01-18", "end": "2027-01-18"}
    assert told["course-1/day-2"]["description"].startswith("On record. Infusion day 2 on 2027-01-18")


def test_hours_on_record_without_observation_end_with_the_infusion() -> None:
    told = own_activities(bundle_of(begun(run("2027-01-17", 1, started="10:00", ended="14:10"), as_of="2027-01-25")))
    expected = {"start": "2027-01-17T10:00:00-05:00", "end": "2027-01-17T14:10:00-05:00"}
    assert told["course-1/day-1"]["scheduledPeriod"] == expected


def test_an_interrupted_course_leaves_what_follows_tentative() -> None:
    """Two of five days, asked two weeks later: course 2 is kept, contraception lasts at least until 12 May."""
    bundle = bundle_of(begun(run("2027-01-11", 2), as_of="2027-01-25"))
    assert sequences(bundle) == [[1, 2, 3]]
    (order,) = fhir.resources(bundle, "MedicationRequest")
    assert "Course 2 is tentative." in [note["text"] for note in order["note"]]
    assert all("The course is tentative." in one["comment"] for one in fhir.infusion_slots(bundle))
    contraception = own_activities(bundle)["contraception/1"]
    assert contraception["scheduledPeriod"] == {"start": "2027-01-11"}
    assert "until at least 2027-05-12" in contraception["description"]


def test_dates_that_rest_on_an_unsettled_course_say_so() -> None:
    plan = begun(run("2027-01-11", 2), as_of="2027-01-25")
    unsettled = [one.title for one in plan.activities if isinstance(one, SeriesActivity) and one.provisional]
    told = fhir.resources(bundle_of(plan), "ServiceRequest")
    marked = {one["code"]["text"] for one in told if any("needs a decision" in note["text"] for note in one["note"])}
    assert unsettled
    assert set(unsettled) == marked


def test_a_baseline_on_record_is_not_asked_for_again() -> None:
    """Course 2 is on 15 January 2028: the draw of the 4th lies within the 30 days before."""
    plan = begun(run("2027-01-11", 5), as_of="2028-01-05", observations=[seen("blood-count", "2028-01-04")])
    bundle = bundle_of(plan)
    told = own_activities(bundle)["blood-count/course-2/baseline"]
    assert told["status"] == "completed"
    assert told["scheduledPeriod"] == {"start": "2028-01-04", "end": "2028-01-04"}
    assert told["code"]["coding"][0]["code"] == "57021-8"
    draws = fhir.tests_for(bundle, "Complete blood count with differential")
    assert ["repeat" in one["occurrenceTiming"] for one in draws] == [True, False, False]


def test_a_prophylaxis_ends_with_the_count_it_waited_for() -> None:
    """Last infusion 15 January + 2 months: 15 March. The count is of 1 March, so it ends on the 15th."""
    plan = begun(run("2027-01-11", 5), as_of="2027-04-01", observations=[cd4("2027-03-01", 230)])
    told = own_activities(bundle_of(plan))["herpes-prophylaxis/course-1"]
    assert told["scheduledPeriod"] == {"start": "2027-01-11", "end": "2027-03-15"}


def test_whether_what_lies_behind_was_done_is_unknown() -> None:
    """Asked on 1 February 2027: course 1 lies behind it, course 2 before it."""
    told = own_activities(bundle_of(begun(run("2027-01-11", 5), as_of="2027-02-01")))
    for action in ("corticosteroid", "reaction-watch", "stroke-watch"):
        names = sorted(name for name in told if name.startswith(f"{action}/course-"))
        course_1 = {told[name]["status"] for name in names if "course-1" in name}
        course_2 = {told[name]["status"] for name in names if "course-2" in name}
        assert (course_1, course_2) == ({"unknown"}, {"not-started"})


def test_a_plan_with_nothing_in_it_is_a_care_plan_alone() -> None:
    """FHIR has no empty lists and no empty objects."""
    plan = begun(run("2027-01-11", 5), as_of="2027-02-01")
    bundle = bundle_of(plan.model_copy(update={"courses": (), "contraception": (), "activities": ()}))
    (entry,) = bundle["entry"]
    assert {"activity", "period"} & entry["resource"].keys() == set()


def test_a_planned_day_without_hours_or_dose_is_refused() -> None:
    plan = fhir.golden("no-country")
    course = plan.courses[0]
    for missing in ("infusion", "observation", "dose_mg"):
        odd = course.days[1].model_copy(update={missing: None})
        changed = course.model_copy(update={"days": (course.days[0], odd, *course.days[2:])})
        with pytest.raises(InvalidInput) as caught:
            bundle_of(plan.model_copy(update={"courses": (changed,)}))
        assert (caught.value.code, caught.value.place) == ("missing-field", "course-1/day-2")


def test_H09_H10_a_plan_made_again_keeps_its_identifiers() -> None:
    """Two days were given, the others moved: the remaining appointments are known again."""

    def known(bundle: Json) -> set[str]:
        return {one["identifier"][0]["value"] for one in fhir.infusion_slots(bundle)}

    first = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"), plan_id="p-1")
    again = replan(first, US, EVERY_DAY, history=history(run("2027-01-14", 2)), as_of=day("2027-01-16")).plan
    assert again.revision == 1
    assert known(bundle_of(again)) < known(bundle_of(first))
    assert len(known(bundle_of(again))) == 3 + 3


# --- there and back ------------------------------------------------------------------------------


def given_as_ordered(bundle: Json) -> Json:
    """Return the records of a patient to whom each dose was given when it was asked for, as long as it was to last."""
    records = []
    for entry in bundle["entry"]:
        order = entry["resource"]
        for dosage in order.get("dosageInstruction", []):
            (start,) = dosage["timing"]["event"]
            (given,) = dosage["doseAndRate"]
            minutes = given["rateRatio"]["denominator"]["value"]
            begins = datetime.fromisoformat(start)
            ends = (begins.astimezone(tz=None) + timedelta(minutes=minutes)).astimezone(begins.tzinfo)
            record = {
                "resourceType": "MedicationAdministration",
                "status": "completed",
                "medicationCodeableConcept": order["medicationCodeableConcept"],
                "subject": order["subject"],
                "effectivePeriod": {"start": start, "end": ends.isoformat()},
                "request": {"reference": entry["fullUrl"]},
                "dosage": {"dose": given["doseQuantity"], "route": dosage["route"]},
            }
            records.append({"resource": record})
    return {"resourceType": "Bundle", "type": "collection", "entry": records}


def read_back(plan: Plan) -> History:
    intake = intake_of_bundle(given_as_ordered(bundle_of(plan)), time_zone=plan.time_zone)
    (found,) = intake.histories
    assert (intake.refused, intake.blank) == ((), 0)
    assert intake.accepted == len(plan.infusion_days)
    return found


@pytest.mark.parametrize("name", [name for name in GOLDEN if name not in {"own-protocol", "last-start"}])
def test_H20_what_the_plan_asks_for_reads_back_as_given(name: str) -> None:
    """Every dose on its day, at its hour, in its amount; patient and all."""
    plan = fhir.golden(name)
    read = read_back(plan)
    assert read.patient == fhir.PATIENT
    assert [(day.date, day.infusion and day.infusion.start.time(), day.dose_mg) for day in plan.infusion_days] == [
        (one.date, one.started, one.dose_mg) for one in read.infusions
    ]


@pytest.mark.parametrize("name", ["us-two-courses", "month-end", "leap-day", "new-york", "long-drift"])
def test_H20_what_is_given_as_the_plan_asks_is_found_to_be_right(name: str) -> None:
    plan = fhir.golden(name)
    judged = evaluate(
        read_back(plan), load_protocol("us-2024-05"), as_of=plan.courses[-1].last_day + timedelta(days=20)
    )
    assert [(one.number, one.first_day, one.last_day) for one in judged.courses] == [
        (one.number, one.first_day, one.last_day) for one in plan.courses
    ]
    assert {one.status for one in judged.courses} == {"complete"}
    assert [one.code for one in judged.findings if one.severity == "error"] == []


def test_the_day_of_asking_is_a_date() -> None:
    assert isinstance(begun(run("2027-01-11", 2), as_of="2027-01-13").provenance.request.as_of, date)
