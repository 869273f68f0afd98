"""The single requests of a plan as FHIR resources: what to give, when to come, what to test.

All are drafts and proposals: a prescriber makes orders of them, or does not. Dates that recur are listed one by
one, as the plan has them: a rule such as "every month" would be counted anew, and otherwise, by whoever reads it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final, assert_never

from lemtrada_schedule.calendar_types import clock
from lemtrada_schedule.explaining import explain
from lemtrada_schedule.exports.fhir_elements import (
    Element,
    coding,
    concept,
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
from lemtrada_schedule.exports.text import PLANNING_AID
from lemtrada_schedule.plan import (
    AfterInfusionActivity,
    Baseline,
    Course,
    InfusionDay,
    InfusionDaysActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.protocol import Code

__all__ = ["appointment", "details", "dose_and_rate", "medication_request", "medicine", "service_requests"]

Detailed = PeriodActivity | InfusionDaysActivity | AfterInfusionActivity
Requested = SeriesActivity | WindowActivity

# RxNorm 1594659 is the brand name; ATC has had alemtuzumab under L04AG06 since 2024-01-01.
_RXNORM: Final = Code(system="http://www.nlm.nih.gov/research/umls/rxnorm", code="1594659", display="Lemtrada")
_ATC: Final = Code(system="http://www.whocc.no/atc", code="L04AG06", display="alemtuzumab")


def medicine() -> Element:
    """Return the medicine: by its name in RxNorm, and by its substance in ATC."""
    return concept("LEMTRADA (alemtuzumab)", (_RXNORM, _ATC), "medicine")


def dose_and_rate(dose_mg: int, minutes: int) -> Element:
    """Return a dose in mg, its rate as that dose over a number of minutes, and its route."""
    rate = {"numerator": quantity(dose_mg, "mg"), "denominator": quantity(minutes, "min")}
    return {
        "route": {"text": "Intravenous infusion"},
        "doseAndRate": [{"doseQuantity": quantity(dose_mg, "mg"), "rateRatio": rate}],
    }


def _draft(kind: str, sentences: Sequence[str], place: str) -> Element:
    """Return what every request begins with, up to its subject."""
    said = (*sentences, PLANNING_AID)
    return {"resourceType": kind, "text": narrative(said, place), "status": "draft", "intent": "proposal"}


def medication_request(course: Course, patient: str) -> Element:
    """Return the request for the infusions of one course: dose, rate and start of each day."""
    days = course.days
    return {
        **_draft("MedicationRequest", [explain(course), *map(explain, days)], course.id),
        "medicationCodeableConcept": medicine(),
        "subject": reference(patient),
        "note": notes((explain(course), PLANNING_AID), course.id),
        "dosageInstruction": [_dosage(day) for day in days],
    }


def _dosage(day: InfusionDay) -> Element:
    return {
        "sequence": day.number,
        "text": text(explain(day), day.id),
        "timing": {"event": [instants(day.infusion, day.infusion, day.id)["start"]]},
        **dose_and_rate(day.dose_mg, day.infusion.minutes),
    }


def appointment(course: Course, day: InfusionDay, patient: str, order: str, clinic: str | None) -> Element:
    """Return the appointment of one infusion day, infusion and observation as one slot.

    It names neither the medicine nor the disease: appointments go where orders do not, to front desks, portals and
    text messages.
    """
    there = [{"type": "Location", "display": text(clinic, "clinic.name")}] if clinic else []
    title, words = f"Infusion day {day.number} of course {course.number}", _times(day)
    return {
        "resourceType": "Appointment",
        "text": narrative((f"{title}: {words}", PLANNING_AID), day.id),
        "status": "proposed",
        "description": title,
        "supportingInformation": [reference(order)],
        "start": (both := instants(day.infusion, day.observation, day.id))["start"],
        "_start": zone_beside(day.infusion),
        "end": both["end"],
        "_end": zone_beside(day.observation),
        "minutesDuration": day.infusion.minutes + day.observation.minutes,
        "comment": f"{words} {PLANNING_AID}",
        "participant": [{"actor": actor, "status": "needs-action"} for actor in (reference(patient), *there)],
    }


def _times(day: InfusionDay) -> str:
    infusion, observation = (f"{clock(w.start)} to {clock(w.end)}" for w in (day.infusion, day.observation))
    return f"infusion {infusion}, then observation {observation} or longer ({day.infusion.time_zone})."


def service_requests(activity: Requested, patient: str) -> Iterator[tuple[str, Element]]:
    """Yield what is to be tested, examined or done, each with its id: the dates of a series, and its baseline."""
    match activity:
        case SeriesActivity():
            if activity.baseline:
                place = f"{activity.id}/baseline"
                yield place, _baseline(activity, activity.baseline, patient, place)
            if activity.dates:
                yield activity.id, _request(activity, patient, {"occurrenceTiming": {"event": _days(activity.dates)}})
        case WindowActivity():
            days = period(activity.first_day, activity.last_day, activity.id)
            yield activity.id, _request(activity, patient, {"occurrencePeriod": days})
        case _ as never:
            assert_never(never)


def _days(dates: Sequence[date]) -> list[str]:
    return [day.isoformat() for day in dates]


def _request(activity: Requested, patient: str, occurrence: Element) -> Element:
    said = _sentences(activity)
    return {
        **_draft("ServiceRequest", said, activity.id),
        "code": concept(activity.title, activity.codes, activity.id),
        "subject": reference(patient),
        **occurrence,
        "note": notes((*said, PLANNING_AID), activity.id),
    }


def _baseline(activity: SeriesActivity, baseline: Baseline, patient: str, place: str) -> Element:
    """Return the tests before a course: once, on the day proposed, within the days that count."""
    window = period(baseline.first_day, baseline.last_day, place)
    timing = {"event": [baseline.due.isoformat()], "repeat": {"boundsPeriod": window, "count": 1}}
    said = [f"{activity.title}, before course {activity.course or 1}.", explain(baseline), *_concerns(activity)]
    return {
        **_draft("ServiceRequest", said, place),
        "code": concept(activity.title, activity.codes, place),
        "subject": reference(patient),
        "occurrenceTiming": timing,
        "note": notes((*said, PLANNING_AID), place),
    }


def _concerns(activity: Any) -> list[str]:
    return [f"It concerns: {activity.applies_to}."] if activity.applies_to else []


def _sentences(activity: Detailed | Requested) -> list[str]:
    """Return what a person must read of an activity: what, when and why, and whom it concerns."""
    return [explain(activity), *_concerns(activity)]


def details(activity: Detailed) -> Iterator[Element]:
    """Yield an activity of a CarePlan for what nobody has to order: periods, precautions, what goes with an infusion.

    The codes of a period are said in words: where it waits for a result they are that result's, not its own.
    """
    match activity:
        case PeriodActivity():
            # "At least until" is no end: nobody may take it for the last day.
            last_day = None if activity.provisional else activity.last_day
            days = period(activity.first_day, last_day, activity.id)
            yield _detail(activity, activity.id, {"scheduledPeriod": days}, ())
        case InfusionDaysActivity():
            timing = {"event": _days(activity.days)}
            yield _detail(activity, activity.id, {"scheduledTiming": timing}, activity.codes)
        case AfterInfusionActivity():
            for ordinal, window in enumerate(activity.windows, start=1):
                place = f"{activity.id}/{ordinal}"
                one = activity.model_copy(update={"windows": (window,)})  # so that each says its own end
                yield _detail(one, place, {"scheduledPeriod": instants(window, window, place)}, one.codes)
        case _ as never:
            assert_never(never)


def _detail(activity: Detailed, name: str, scheduled: Element, codes: Sequence[Code]) -> Element:
    said = [*_sentences(activity), *(_in_words(code, activity.id) for code in activity.codes if not codes)]
    detail = {
        "code": concept(activity.title, codes, activity.id),
        "status": "not-started",
        **scheduled,
        "description": text(" ".join(said), activity.id),
    }
    return {"id": element_id(name), "detail": detail}


def _in_words(code: Code, place: str) -> str:
    checked = coding(code, place)
    return f"Code: {checked['code']} of {checked['system']}{f', {code.display}' if code.display else ''}."
