"""Thirteen resources of a plan, each with one fault put in: what a validator is worth is how many it reports."""

import copy
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tests.support import fhir_bundles as fhir

Json = dict[str, Any]


class Fault(NamedTuple):
    """A fault, the resource that it is put into, and how."""

    kind: str
    put_in: Callable[[Json], object]


def _timing(resource: Json, **repeat: object) -> None:
    resource["occurrenceTiming"]["repeat"] = repeat


FAULTS: Final = {
    "a slot with a start and no end (app-2)": Fault("Appointment", lambda one: (one.pop("end"), one.pop("_end"))),
    "a moment without its offset": Fault("Appointment", lambda one: one.update(start="2023-01-09T09:00:00")),
    "a status that FHIR does not have": Fault("Appointment", lambda one: one.update(status="planned")),
    "nobody takes part": Fault("Appointment", lambda one: one.pop("participant")),
    "an activity both told and referred to (cpl-3)": Fault(
        "CarePlan", lambda one: one["activity"][-1].update(reference={"reference": "Appointment/1"})
    ),
    "a plan of nobody": Fault("CarePlan", lambda one: one.pop("subject")),
    "an element that FHIR does not have": Fault("MedicationRequest", lambda one: one.update(dose=12)),
    "a dose that is text": Fault(
        "MedicationRequest",
        lambda one: one["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"].update(value="12"),
    ),
    "a day that is written as in letters": Fault(
        "ServiceRequest", lambda one: one["occurrenceTiming"].update(event=["01/09/2023"])
    ),
    "a duration without its unit (tim-1)": Fault("ServiceRequest", lambda one: _timing(one, duration=4)),
    "a rhythm of less than nothing (tim-5)": Fault(
        "ServiceRequest", lambda one: _timing(one, frequency=1, period=-1, periodUnit="mo")
    ),
    "a period that ends before it begins": Fault(
        "CarePlan", lambda one: one.update(period={"start": "2023-01-09", "end": "2023-01-08"})
    ),
    "a unit that no timing has": Fault(
        "ServiceRequest", lambda one: _timing(one, frequency=1, period=1, periodUnit="fortnight")
    ),
}
UNSEEN: Final = {"a period that ends before it begins", "a unit that no timing has"}
"""No validator of the three reports these; `exports/fhir_elements.py` refuses to make them."""


def faulty(bundle: Json) -> dict[str, Json]:
    """Return for each fault a resource of the bundle with it."""
    found = {}
    for name, fault in FAULTS.items():
        of_kind = fhir.resources(bundle, fault.kind)
        found[name] = copy.deepcopy(next(one for one in of_kind if "occurrencePeriod" not in one))
        fault.put_in(found[name])
    return found
