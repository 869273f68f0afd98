"""Visits as FHIR: a proposed appointment, based on the requests for its tests."""

from collections.abc import Callable, Iterator
from datetime import date

from lemtrada_schedule.dates.day_names import full_day
from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.fhir.elements import Element, narrative, period, reference, text
from lemtrada_schedule.exports.fhir.requests import UNSETTLED
from lemtrada_schedule.exports.visit_words import suggestion
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.visits import Visit

__all__ = ["visit_appointments"]


def visit_appointments(
    items: Iterator[Item], as_of: date | None, patient: str, urn: Callable[[str], str]
) -> Iterator[tuple[str, Element]]:
    """Yield the appointment of each visit that is still to come, with its id.

    Like those of infusion days, they name neither a test nor a disease: the requests that they are based on do.

    Args:
        items: The visits of the plan.
        as_of: The date of the question; visits due before it are omitted.
        patient: The reference to the patient.
        urn: Returns the fullUrl of the resource for an item.
    """
    for item in items:
        if item.visit and (as_of is None or item.visit.due >= as_of):
            yield item.id, _appointment(item, item.visit, patient, urn)


def _appointment(item: Item, visit: Visit, patient: str, urn: Callable[[str], str]) -> Element:
    title = text(visit.neutral_title, visit.id)
    words = f"due {full_day(visit.due)}; {suggestion(visit, full_day)}.{'' if item.is_settled else f' {UNSETTLED}'}"
    return {
        "resourceType": "Appointment",
        "text": narrative((f"{title}: {words}", PLANNING_AID), visit.id),
        "status": "proposed",
        "description": title,
        "comment": f"{words} {PLANNING_AID}",
        "basedOn": [reference(urn(name)) for name in _ordered(item)],
        "participant": [{"actor": reference(patient), "status": "needs-action"}],
        # R4 (app-3): a proposed appointment may lack start and end. No hour of a visit is known.
        "requestedPeriod": [period(visit.suggested, visit.due, visit.id)],
    }


def _ordered(item: Item) -> list[str]:
    """Return the ids of the requests for the tests of a visit: a baseline has its own, a date that of its series."""
    return list(dict.fromkeys(test.id if test.baseline else test.part.id for test in item.serves))
