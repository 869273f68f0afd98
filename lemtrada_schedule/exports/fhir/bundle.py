"""`to_fhir`: a plan as a transaction Bundle of FHIR R4 (4.0.1), as plain dicts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.explaining import explain
from lemtrada_schedule.exports.fhir.elements import (
    Element,
    checked_subject,
    narrative,
    notes,
    period,
    reference,
    text,
    uuid_of,
)
from lemtrada_schedule.exports.fhir.infusion_days import (
    appointment,
    days_ahead,
    days_given,
    medication_request,
    standing,
)
from lemtrada_schedule.exports.fhir.requests import details, service_requests
from lemtrada_schedule.exports.fhir.visits import visit_appointments
from lemtrada_schedule.plan.items import NAMESPACE, Part, parts, visit_items
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.arguments import check_choice, check_type, refused

__all__ = ["Posting", "protocol_url", "to_fhir"]

Posting = Literal["once", "create", "update"]
"""What a server does with a resource that it already has: keep it, create another, or replace it."""


SYSTEM: Final = f"urn:uuid:{NAMESPACE}"
"""The system of the identifiers by which a server recognises the resources of a plan."""


@dataclass(frozen=True, slots=True, repr=False)
class _Treatment:
    """A plan with its parts, and the patient it is for."""

    plan: Plan
    plan_id: str
    patient: str
    parts: Sequence[Part]

    def urn(self, name: str) -> str:
        """Return the fullUrl of the resource for an item."""
        return f"urn:uuid:{uuid_of(f'{self.plan_id}/{name}')}"


def to_fhir(plan: Plan, *, subject: str, posting: Posting = "once") -> Element:
    """Return a plan as a transaction Bundle of FHIR R4; every resource is a draft or a proposal.

    A CarePlan refers to the other resources: a MedicationRequest for each course, an Appointment for each infusion day
    and each visit, a ServiceRequest for each series of tests, each baseline and each other thing to be done. Periods
    and precautions are activities of the CarePlan itself. Every resource has an identifier made of `plan_id` and the
    item's id, by which a server recognises it.

    Args:
        plan: The plan; it must have a `plan_id`.
        subject: Whose plan it is, as a FHIR reference: `Patient/123`, or the `urn:uuid:…` of a patient whose entry
            the caller adds to the Bundle.
        posting: What a server does with a resource that it already has. `once` keeps it, even if somebody changed
            it; `update` replaces it, even if somebody changed it; `create` creates another one.

    Raises:
        InvalidInput: The plan has no `plan_id` (`missing-field`), `subject` is not a reference to a patient
            (`reference`), or FHIR cannot express an item, such as one that ends before it begins.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), plan_id="p-7")
        >>> bundle = to_fhir(plan, subject="Patient/123")
        >>> resources = [entry["resource"] for entry in bundle["entry"]]
        >>> next((r["status"], r["start"]) for r in resources if r["resourceType"] == "Appointment")
        ('proposed', '2027-01-11T09:00:00-05:00')
    """
    check_type(plan, Plan, "plan")
    if plan.plan_id is None:
        message = "FHIR identifiers are built from it; give one to `plan_treatment`"
        raise refused("missing-field", "plan_id", message)
    check_choice(posting, Posting, "posting")
    treatment = _Treatment(plan, plan.plan_id, checked_subject(subject), tuple(parts(plan)))
    requests = list(_requests(treatment))
    resources = [("plan", _care_plan(treatment, requests)), *requests]
    _check_ids([name for name, _ in resources])
    entries = [_entry(f"{plan.plan_id}/{name}", resource, posting) for name, resource in resources]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def protocol_url(digest: str) -> str:
    """Return the canonical URL of a protocol's PlanDefinition: the same for the same rules, another for others."""
    return f"urn:uuid:{uuid_of(digest)}"


def _check_ids(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise refused("identifier", name, "two items of the plan have this id; rename one")
        seen.add(name)


def _entry(name: str, resource: Element, posting: Posting) -> Element:
    # The identifier's value is not a URN: servers replace every fullUrl of the Bundle with their own id.
    value, kind = uuid_of(name), resource["resourceType"]
    same = f"identifier={SYSTEM}%7C{value}"
    requests: dict[Posting, Element] = {
        "once": {"method": "POST", "url": kind, "ifNoneExist": same},
        "create": {"method": "POST", "url": kind},
        "update": {"method": "PUT", "url": f"{kind}?{same}"},
    }
    known = {"resourceType": kind, "text": resource["text"], "identifier": [{"system": SYSTEM, "value": value}]}
    return {"fullUrl": f"urn:uuid:{value}", "resource": {**known, **resource}, "request": requests[posting]}


def _requests(treatment: _Treatment) -> Iterator[tuple[str, Element]]:
    """Yield every resource except the CarePlan, with the id of its item, in the plan's order."""
    plan, patient = treatment.plan, treatment.patient
    clinic = plan.provenance.clinic.name
    for part in treatment.parts:
        if (course := part.block) and (ahead := days_ahead(plan, course, part)):
            yield course.id, medication_request(plan, course, ahead, patient)
            order = treatment.urn(course.id)
            yield from ((one.day.id, appointment(course, one, patient, order, clinic)) for one in ahead)
        if part.is_ordered:
            yield from service_requests(part, patient)
    visits = visit_items(plan, (item for part in treatment.parts for item in part.items()))
    yield from visit_appointments(visits, plan.provenance.request.as_of, patient, treatment.urn)


def _care_plan(treatment: _Treatment, requests: Sequence[tuple[str, Element]]) -> Element:
    plan, own = treatment.plan, list(_activities(treatment))
    listed = [*({"reference": reference(treatment.urn(name))} for name, _ in requests), *own]
    around = [one["detail"]["description"] for one in own]
    said, description = list(_notes(treatment)), _description(plan)
    courses = [sentence for course in plan.courses for sentence in standing(course)]
    return {
        "resourceType": "CarePlan",
        "text": narrative((description, *courses, *around, *said), "plan"),
        "instantiatesCanonical": [protocol_url(plan.provenance.protocol_digest)],
        "status": "draft",
        "intent": "proposal",
        "title": text(f"Treatment plan, protocol {plan.protocol}", "protocol"),
        "description": description,
        "subject": reference(treatment.patient),
        **_whole(treatment),
        **({"activity": listed} if listed else {}),
        "note": notes(said, "plan"),
    }


def _activities(treatment: _Treatment) -> Iterator[Element]:
    """Yield the activities of the CarePlan itself: days given first, then what nobody orders."""
    plan = treatment.plan
    for part in treatment.parts:
        if part.block:
            yield from days_given(part, days_ahead(plan, part.block, part))
    for part in treatment.parts:
        if not part.block:
            yield from details(part, plan.provenance.request.as_of)


def _description(plan: Plan) -> str:
    clinic = plan.provenance.clinic.name or "unnamed"
    extending = f", extending {plan.extends}" if plan.extends else ""
    made = f"Plan made with protocol {plan.protocol}{extending}, revision {plan.revision} of the plan."
    return text(f"{made} Clinic: {clinic}, times in {plan.time_zone}.", "clinic")


def _notes(treatment: _Treatment) -> Iterator[str]:
    """Yield what a person must read besides the dates: notes, findings, sources, versions and the disclaimer."""
    yield from dict.fromkeys(explain(part.source_part) for part in treatment.parts if part.shape == "words")
    yield from map(explain, (*treatment.plan.findings, *treatment.plan.not_assessed))
    made = treatment.plan.provenance
    yield from (f"{source.id.upper()}: {source.document}" for source in made.sources)
    versions = f"lemtrada_schedule {made.library}, tzdata {made.tzdata}, holidays {made.holidays}"
    yield f"Made with {versions}; protocol digest {made.protocol_digest}."
    yield PLANNING_AID


def _whole(treatment: _Treatment) -> Element:
    """Return the period from the first infusion to the last day of anything in the plan; open while anything is."""
    courses = treatment.plan.courses
    if not courses:
        return {}
    lasting = [item for part in treatment.parts if part.shape == "holds" for item in part.items()]
    series = [part.recurrence for part in treatment.parts if part.recurrence]
    is_open = any(item.is_open or item.part.provisional for item in lasting) or any(one.continuing for one in series)
    ends = [*(item.last_day for item in lasting if item.last_day), *(one.dates[-1] for one in series if one.dates)]
    last = None if is_open else max(courses[-1].last_day, *ends)
    return {"period": period(courses[0].first_day, last, "plan")}
