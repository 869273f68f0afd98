"""Infusion days as FHIR: the medication request of a course, its appointments, and the days given.

All requests are drafts and proposals; a prescriber decides whether to order.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.explaining import explain
from lemtrada_schedule.exports.fhir.elements import (
    Element,
    concept,
    draft,
    element_id,
    instants,
    narrative,
    notes,
    period,
    quantity,
    reference,
    text,
    zone_beside,
)
from lemtrada_schedule.plan.courses import Course, InfusionDay, days_on_record
from lemtrada_schedule.plan.items import Item, Part
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.protocol.actions import Code
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.scalars import clock

__all__ = [
    "Ahead",
    "appointment",
    "days_ahead",
    "days_given",
    "dose_and_rate",
    "medication_request",
    "medicine",
    "standing",
]


class Ahead(NamedTuple):
    """An infusion day that is still to come: everything about it is known."""

    title: str
    day: InfusionDay
    dose_mg: int
    infusion: TimeWindow
    observation: TimeWindow


def days_ahead(plan: Plan, course: Course, part: Part) -> list[Ahead]:
    """Return the days of a course that are still to come.

    Of a course in progress, those that are not on record. A plan of an earlier release does not say whether the
    infusion of the date of the question is: it counts as still to come, because a planned dose must not be lost.
    """
    if course.status in ("planned", "tentative"):
        return [_whole(item) for item in part.items()]
    as_of = plan.provenance.request.as_of
    if course.status != "in-progress" or as_of is None:
        return []
    given = {day.id for day in days_on_record(course, as_of)}
    return [_whole(item) for item in part.items() if item.id not in given]


def _whole(item: Item) -> Ahead:
    """Return a day that is still to come; only a day on record may lack its dose or its hours."""
    day = item.infusion_day
    if day and day.dose_mg and day.infusion and day.observation:
        return Ahead(item.title, day, day.dose_mg, day.infusion, day.observation)
    raise refused("missing-field", item.id, "a planned day needs its dose and its hours; add them")


def standing(course: Course) -> list[str]:
    """Return the days of a course and the reason for them, and its status unless it is `planned`."""
    return [explain(course), *([f"Course {course.number} is {course.status}."] if course.status != "planned" else [])]


def days_given(part: Part, ahead: Sequence[Ahead]) -> Iterator[Element]:
    """Yield the other days of a course as completed activities of a CarePlan."""
    to_come = {one.day.id for one in ahead}
    for item in part.items():
        if item.infusion_day and item.id not in to_come:
            yield {"id": element_id(item.id), "detail": _given(item.title, item.infusion_day)}


def _given(title: str, day: InfusionDay) -> Element:
    when = period(day.date, day.date, day.id)
    if day.infusion:
        when = instants(day.infusion, day.observation or day.infusion, day.id)
    return {
        "code": concept(title, (), day.id),
        "status": "completed",
        "scheduledPeriod": when,
        "description": text(f"On record. {explain(day)}", day.id),
    }


@cache
def _codes() -> tuple[Code, Code]:
    """Return the codes of the medicine: the brand name in RxNorm, and the substance in ATC (since 2024-01-01)."""
    return (
        Code(system="http://www.nlm.nih.gov/research/umls/rxnorm", code="1594659", display="Lemtrada"),
        Code(system="http://www.whocc.no/atc", code="L04AG06", display="alemtuzumab"),
    )


def medicine() -> Element:
    """Return the medicine as a CodeableConcept."""
    return concept("LEMTRADA (alemtuzumab)", _codes(), "medicine")


def dose_and_rate(dose_mg: int, minutes: int) -> Element:
    """Return a dose in mg, its rate as that dose over a number of minutes, and its route."""
    rate = {"numerator": quantity(dose_mg, "mg"), "denominator": quantity(minutes, "min")}
    return {
        "route": {"text": "Intravenous infusion"},
        "doseAndRate": [{"doseQuantity": quantity(dose_mg, "mg"), "rateRatio": rate}],
    }


def medication_request(plan: Plan, course: Course, ahead: Sequence[Ahead], patient: str) -> Element:
    """Return the request for the infusions of one course that are still to come: dose, rate and start of each."""
    said = [*standing(course), *_to_mind(plan, course, ahead)]
    return {
        **draft("MedicationRequest", [*said, *(explain(one.day) for one in ahead)], course.id),
        "medicationCodeableConcept": medicine(),
        "subject": reference(patient),
        "note": notes((*said, PLANNING_AID), course.id),
        "dosageInstruction": [_dosage(one) for one in ahead],
    }


def _to_mind(plan: Plan, course: Course, ahead: Sequence[Ahead]) -> Iterator[str]:
    """Yield what to check before a course continues."""
    on_that_day = [one.day for one in ahead if one.day.date == plan.provenance.request.as_of]
    if course.status == "in-progress" and on_that_day:
        day = on_that_day[0]
        yield f"Day {day.number} is on {day.date}, the date of the question: check first whether it has been given."


def _dosage(one: Ahead) -> Element:
    return {
        "sequence": one.day.number,
        "text": text(explain(one.day), one.day.id),
        "timing": {"event": [instants(one.infusion, one.infusion, one.day.id)["start"]]},
        **dose_and_rate(one.dose_mg, one.infusion.minutes),
    }


def appointment(course: Course, one: Ahead, patient: str, order: str, clinic: str | None) -> Element:
    """Return the appointment of one infusion day, infusion and observation as one slot.

    It names neither the medicine nor the disease: unlike orders, appointments reach front desks, portals and text
    messages.
    """
    there = [{"type": "Location", "display": text(clinic, "clinic.name")}] if clinic else []
    words = _times(one, course)
    both = instants(one.infusion, one.observation, one.day.id)
    return {
        "resourceType": "Appointment",
        "text": narrative((f"{one.title}: {words}", PLANNING_AID), one.day.id),
        "status": "proposed",
        "description": one.title,
        "supportingInformation": [reference(order)],
        "start": both["start"],
        "_start": zone_beside(one.infusion),
        "end": both["end"],
        "_end": zone_beside(one.observation),
        "minutesDuration": one.infusion.minutes + one.observation.minutes,
        "comment": f"{words} {PLANNING_AID}",
        "participant": [{"actor": actor, "status": "needs-action"} for actor in (reference(patient), *there)],
    }


def _times(one: Ahead, course: Course) -> str:
    infusion, observation = (f"{clock(w.start)} to {clock(w.end)}" for w in (one.infusion, one.observation))
    tentative = " The course is tentative." if course.status == "tentative" else ""
    return f"infusion {infusion}, then observation {observation} or longer ({one.infusion.time_zone}).{tentative}"
