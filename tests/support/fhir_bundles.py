"""Plans to export as FHIR, and parts of FHIR bundles read from JSON alone; for tests of the export and of clients."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from lemtrada_schedule import Plan, load_protocol, plan_treatment, replan
from tests.golden.make_plans import GOLDEN, clinic, golden_plan
from tests.support.histories import EVERY_DAY, US, Row, cd4, day, history, run, seen

PATIENT: Final = "Patient/123"
PLANNING_AID: Final = "Planning aid for a prescriber. Not a medical device, and no medical advice"
LOINC: Final = "http://loinc.org"


def named(plan: Plan, name: str) -> Plan:
    """Return a plan with its own plan_id, or with this one if it has none."""
    return plan if plan.plan_id else plan.model_copy(update={"plan_id": name})


def golden(name: str) -> Plan:
    """Return a golden plan with a plan_id."""
    return named(golden_plan(name), name)


def plans() -> dict[str, Plan]:
    """Return 30 plans: the golden ones, and others for other days, clinics and zones."""
    found = {name: golden(name) for name in GOLDEN}
    zones = ("America/Phoenix", "Europe/London", "Australia/Sydney", "Asia/Kathmandu", "Africa/Casablanca")
    for step in range(30 - len(found)):
        there = clinic(zones[step % 5], name=f"Clinic <{step}> & Söhne")
        start = date(2027, 1, 11) + timedelta(days=37 * step)
        label, courses = ("us-2024-05", "eu-2020-01")[step % 2], step % 4 + 1
        plan = plan_treatment(load_protocol(label), there, not_before=start, courses=courses, plan_id=f"more-{step}")
        found[f"{label}-{step}"] = plan
    return found


def begun(*records: Iterable[Row], as_of: str, **about: Any) -> Plan:
    """Return a plan of two courses from Monday 11 January 2027, replanned after some infusions."""
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"), plan_id="p-1")
    return replan(plan, US, EVERY_DAY, history=history(*records, **about), as_of=day(as_of)).plan


def begun_plans() -> dict[str, Plan]:
    """Return plans of treatments that have begun: in progress, given, interrupted, with tests on record."""
    hours = {"started": "10:00", "ended": "14:10", "dose_mg": 12}
    tests = [seen("blood-count", "2028-01-04"), cd4("2027-03-01", 230)]
    return {
        "in progress": begun(run("2027-01-11", 2), as_of="2027-01-13"),
        "given": begun(run("2027-01-11", 5, **hours), as_of="2028-01-05", observations=tests),
        "interrupted": begun(run("2027-01-11", 2), as_of="2027-01-25"),
    }


def slots(plan: Plan, course: int | None = None) -> list[tuple[datetime, datetime]]:
    """Return the start of each infusion and the end of its observation, of one course or of all."""
    days = [day for one in plan.courses if course in (None, one.number) for day in one.days]
    return [(day.infusion.start, day.observation.end) for day in days if day.infusion and day.observation]


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return the resources of one type."""
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def care_plan(bundle: dict[str, Any]) -> dict[str, Any]:
    """Return the one CarePlan."""
    (found,) = resources(bundle, "CarePlan")
    return found


def activity(bundle: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the detail of one of the CarePlan's own activities."""
    (found,) = [one["detail"] for one in care_plan(bundle)["activity"] if one.get("id") == name]
    return dict(found)


def nodes(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every part of a JSON value with its path."""
    yield path, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from nodes(part, f"{path}.{name}")


def texts(value: Any) -> list[str]:
    """Return every text in a JSON value."""
    return [part for _, part in nodes(value) if isinstance(part, str)]


def tests_for(bundle: dict[str, Any], title: str) -> list[dict[str, Any]]:
    """Return the ServiceRequests with a title."""
    return [one for one in resources(bundle, "ServiceRequest") if one["code"]["text"] == title]


def infusion_slots(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the appointments of infusion days; those of visits have no hours."""
    return [one for one in resources(bundle, "Appointment") if "start" in one]


def visits_told(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the appointments of visits."""
    return [one for one in resources(bundle, "Appointment") if "start" not in one]


def infusions_told(bundle: dict[str, Any]) -> list[tuple[datetime, datetime, int]]:
    """Return start and end of each appointment, with the dose asked for at that moment."""
    doses = {
        dosage["timing"]["event"][0]: dosage["doseAndRate"][0]["doseQuantity"]["value"]
        for request in resources(bundle, "MedicationRequest")
        for dosage in request["dosageInstruction"]
    }
    return [
        (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"]), doses[one["start"]])
        for one in infusion_slots(bundle)
    ]
