"""Everything around the infusions as FHIR: requests for tests and examinations, and activities of a CarePlan.

Recurring dates are listed one by one, as in the plan: a reader of a rule such as "every month" would calculate them
again, and differently.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.explaining import explain, explain_item
from lemtrada_schedule.exports.fhir.elements import (
    Element,
    coding,
    concept,
    draft,
    element_id,
    instants,
    notes,
    period,
    reference,
    text,
)
from lemtrada_schedule.plan.activities import Baseline
from lemtrada_schedule.plan.items import Item, Part
from lemtrada_schedule.protocol.actions import Code

__all__ = ["details", "service_requests"]

UNSETTLED: Final = "It depends on a course that needs a decision: dates may change."


def service_requests(part: Part, patient: str) -> Iterator[tuple[str, Element]]:
    """Yield a request for each thing that somebody orders, with its id: the baseline of a series, then the part."""
    items = part.items()
    for item in items:
        if item.baseline and not item.baseline.done:
            yield item.id, _baseline(part, item.baseline, patient, item.id)
    if own := [item for item in items if not item.baseline]:
        yield part.id, _request(part, own, patient)


def details(part: Part, as_of: date | None) -> Iterator[Element]:
    """Yield the activities of a CarePlan that nobody orders: periods, precautions, tests already done.

    The codes of the result that ends a period go into the description: they are not codes of the period itself.
    """
    if part.is_ordered:
        if (before := part.recurrence and part.recurrence.baseline) and before.done:
            yield _done(part, before, f"{part.id}/baseline")
    elif part.shape == "hours":  # one activity for each, so that each says its own end
        yield from (_detail(part, [item], item.id, as_of) for item in part.items())
    elif part.shape != "words":
        yield _detail(part, part.items(), part.id, as_of)


def _when(name: str, items: Sequence[Item], place: str) -> Element:
    """Return when something is to be done or holds, as a Timing or a Period: `occurrence…` or `scheduled…`."""
    first = items[0]
    if first.shape == "day":
        return {f"{name}Timing": {"event": [day.isoformat() for item in items if (day := item.first_day)]}}
    if first.window:
        return {f"{name}Period": instants(first.window, first.window, place)}
    # "At least until" is not an end: nobody must mistake it for the last day.
    return {f"{name}Period": period(first.first_day, None if first.part.provisional else first.last_day, place)}


def _request(part: Part, items: Sequence[Item], patient: str) -> Element:
    unsettled = [UNSETTLED] if part.provisional else []
    said = [explain(part.source_part), *unsettled, *_concerns(part)]
    return {
        **draft("ServiceRequest", said, part.id),
        "code": concept(part.title, part.codes, part.id),
        "subject": reference(patient),
        **_when("occurrence", items, part.id),
        "note": notes((*said, PLANNING_AID), part.id),
    }


def _baseline(part: Part, baseline: Baseline, patient: str, place: str) -> Element:
    """Return the request for the tests before a course: once, on the day proposed, within the days that count."""
    window = period(baseline.first_day, baseline.last_day, place)
    timing = {"event": [baseline.due.isoformat()], "repeat": {"boundsPeriod": window, "count": 1}}
    said = [f"{part.title}, before course {part.course or 1}.", explain(baseline), *_concerns(part)]
    return {
        **draft("ServiceRequest", said, place),
        "code": concept(part.title, part.codes, place),
        "subject": reference(patient),
        "occurrenceTiming": timing,
        "note": notes((*said, PLANNING_AID), place),
    }


def _concerns(part: Part) -> list[str]:
    return [f"Applies to: {part.applies_to}."] if part.applies_to else []


def _detail(part: Part, items: Sequence[Item], place: str, as_of: date | None) -> Element:
    first_day = items[0].first_day
    # The plan does not know whether something that began before the date of the question was done.
    is_past = as_of is not None and first_day is not None and first_day < as_of
    said = [explain_item(items[0]), *_concerns(part), *(_in_words(code, part.id) for code in part.result_codes)]
    detail = {
        "code": concept(part.title, part.codes, part.id),
        "status": "unknown" if is_past else "not-started",
        **_when("scheduled", items, place),
        "description": text(" ".join(said), part.id),
    }
    return {"id": element_id(place), "detail": detail}


def _done(part: Part, baseline: Baseline, place: str) -> Element:
    """Return a baseline that is on record: nobody orders it again."""
    detail = {
        "code": concept(part.title, part.codes, place),
        "status": "completed",
        "scheduledPeriod": period(baseline.due, baseline.due, place),
        "description": text(f"On record. {explain(baseline)}", place),
    }
    return {"id": element_id(place), "detail": detail}


def _in_words(code: Code, place: str) -> str:
    checked = coding(code, place)
    return f"Code: {checked['code']} of {checked['system']}{f', {code.display}' if code.display else ''}."
