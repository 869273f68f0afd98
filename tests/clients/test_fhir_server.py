"""A FHIR server on loopback takes a plan, and two client libraries read it back."""

import importlib
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import pytest

from lemtrada_schedule import Plan, protocol_to_fhir, to_fhir
from lemtrada_schedule.exports.fhir.bundle import Posting
from tests.clients.conftest import HERE
from tests.golden.make_plans import few
from tests.support import fhir_bundles as fhir

Json = dict[str, Any]
PLAN: Final = fhir.golden("us-two-courses")
COUNT: Final = 37 + 276
"""What the plan has: a CarePlan, 2 orders, 8 infusion days, 26 requests, and visits, each of one test of a series."""


@pytest.fixture
def server(node_path: str) -> Iterator[str]:
    """Start a server with nothing in it, yield its address, and stop it."""
    command = [node_path, "fhir_server.mjs"]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        try:
            yield running.stdout.readline().strip()
        finally:
            running.stdin.close()
            running.wait(10)


def asked(request: urllib.request.Request | str) -> tuple[int, Json]:
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # loopback
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def post(server: str, resource: Json, path: str = "") -> tuple[int, Json]:
    headers = {"content-type": "application/fhir+json"}
    return asked(urllib.request.Request(server + path, json.dumps(resource).encode(), headers))  # noqa: S310  # loopback


def statuses(answer: Json) -> list[str]:
    return [entry["response"]["status"] for entry in answer["entry"]]


def locations(answer: Json) -> list[str]:
    return [f"{one['resourceType']}/{one['id']}" for one in (entry["resource"] for entry in answer["entry"])]


def total(server: str, kind: str) -> int:
    return int(asked(f"{server}{kind}?_total=accurate")[1]["total"])


def small(posting: Posting, **changed: Any) -> Json:
    """Return the bundle of a plan of one course whose activities are few: a CarePlan, an order and 5 days."""
    plan: Plan = fhir.golden("no-country").model_copy(update={"activities": (), **changed})
    return to_fhir(plan, subject=fhir.PATIENT, posting=posting)


def test_a_whole_plan_is_taken_in_one_transaction(server: str) -> None:
    bundle = to_fhir(PLAN, subject=fhir.PATIENT, posting="create")
    code, answer = post(server, bundle)
    assert (200, ["201"] * COUNT) == (code, statuses(answer))


def test_references_lead_to_what_was_made(server: str) -> None:
    _, answer = post(server, to_fhir(PLAN, subject=fhir.PATIENT, posting="create"))
    care_plan, *others = (entry["resource"] for entry in answer["entry"])
    made = [f"{one['resourceType']}/{one['id']}" for one in others]
    assert made == [one["reference"]["reference"] for one in care_plan["activity"] if "reference" in one]
    appointments = [one for one in others if one["resourceType"] == "Appointment"]
    orders = {one["supportingInformation"][0]["reference"] for one in appointments if "start" in one}
    assert {one for one in made if one.startswith("MedicationRequest/")} == orders
    tests = {test["reference"] for one in appointments for test in one.get("basedOn", ())}
    windows = {f"{one['resourceType']}/{one['id']}" for one in others if "occurrencePeriod" in one}
    assert len(windows) == 3  # vaccinations, and one test before each course: no visits in this revision
    assert {one for one in made if one.startswith("ServiceRequest/")} == tests | windows
    assert tests.isdisjoint(windows)


def test_identifiers_are_kept_as_they_were_sent(server: str) -> None:
    bundle = to_fhir(PLAN, subject=fhir.PATIENT, posting="create")
    _, answer = post(server, bundle)
    assert [entry["resource"]["identifier"] for entry in bundle["entry"]] == [
        entry["resource"]["identifier"] for entry in answer["entry"]
    ]


def test_posted_twice_it_is_there_once(server: str) -> None:
    """A transaction whose entries are conditional: this server takes no more than 8 of them."""
    first, second = post(server, small("once"))[1], post(server, small("once"))[1]
    assert (["201"] * 7, ["200"] * 7) == (statuses(first), statuses(second))
    assert locations(first) == locations(second)
    assert (1, 1, 5) == tuple(total(server, kind) for kind in ("CarePlan", "MedicationRequest", "Appointment"))


def test_posted_once_more_nothing_of_it_is_changed(server: str) -> None:
    """`once` leaves what is there: a plan that was moved since does not arrive."""
    first = post(server, small("once"))[1]
    second = post(server, small("once", revision=1))[1]
    assert [entry["resource"] for entry in first["entry"]] == [entry["resource"] for entry in second["entry"]]


def test_an_update_moves_what_is_there(server: str) -> None:
    """The same plan, a week later: every resource is replaced, none is added, and the references still lead there."""
    moved = fhir.plans()["us-2024-05-0"].model_copy(update={"plan_id": "golden-11", "activities": ()})
    first = post(server, small("update"))[1]
    second = post(server, small("update", courses=moved.courses, contraception=moved.contraception, revision=1))[1]
    assert (["201"] * 7, ["200"] * 7) == (statuses(first), statuses(second))
    assert locations(first) == locations(second)
    code, care_plan = asked(f"{server}{locations(second)[0]}")
    assert (200, True) == (code, "revision 1 of the plan" in care_plan["description"])
    assert locations(second)[1:] == [one["reference"]["reference"] for one in care_plan["activity"][:6]]
    assert (1, 1, 5) == tuple(total(server, kind) for kind in ("CarePlan", "MedicationRequest", "Appointment"))


def test_a_plan_too_large_for_a_conditional_transaction_is_refused_whole(server: str) -> None:
    code, answer = post(server, to_fhir(PLAN, subject=fhir.PATIENT))
    assert (400, "Transaction requires strict isolation but has too many entries") == (
        code,
        answer["issue"][0]["details"]["text"],
    )
    assert total(server, "CarePlan") == 0


def test_as_a_batch_the_same_plan_is_taken_and_known_again(server: str) -> None:
    batch = {**to_fhir(PLAN, subject=fhir.PATIENT), "type": "batch"}
    first, second = post(server, batch)[1], post(server, batch)[1]
    assert (["201"] * COUNT, ["200"] * COUNT) == (statuses(first), statuses(second))
    assert locations(first) == locations(second)


def test_a_protocol_is_taken(server: str) -> None:
    definition = protocol_to_fhir(few("us"))
    code, made = post(server, definition, "PlanDefinition")
    assert (201, definition["url"]) == (code, made["url"])


def test_fhirclient_reads_the_plan_back(server: str) -> None:
    post(server, to_fhir(PLAN, subject=fhir.PATIENT, posting="create"))
    settings = {"app_id": "tests", "api_base": server}
    connection = importlib.import_module("fhirclient.client").FHIRClient(settings=settings).server
    models = {
        name: importlib.import_module(f"fhirclient.models.{name}") for name in ("appointment", "medicationrequest")
    }
    search = models["appointment"].Appointment.where({"date": "ge2024-01-01"})
    slots = list(search.perform_resources_iter(connection))
    assert fhir.slots(PLAN, 2) == sorted((one.start.datetime, one.end.datetime) for one in slots)
    assert {("proposed", 360)} == {(one.status, one.minutesDuration) for one in slots}
    search = models["medicationrequest"].MedicationRequest.where({"subject": fhir.PATIENT})
    doses = [dosage for one in search.perform_resources_iter(connection) for dosage in one.dosageInstruction]
    assert [12] * 8 == [one.doseAndRate[0].doseQuantity.value for one in doses]
    assert {start for start, _ in fhir.slots(PLAN)} == {one.timing.event[0].datetime for one in doses}


def test_fhirpy_reads_the_plan_back(server: str) -> None:
    post(server, to_fhir(PLAN, subject=fhir.PATIENT, posting="create"))
    client = importlib.import_module("fhirpy").SyncFHIRClient(server)
    slots = client.resources("Appointment").fetch_all()
    starts = {datetime.fromisoformat(one["start"]) for one in slots if "start" in one}
    assert {start for start, _ in fhir.slots(PLAN)} == starts
    care_plan = client.resources("CarePlan").search(subject=fhir.PATIENT).first()
    requests = [
        client.reference(reference=one["reference"]["reference"]).to_resource()
        for one in care_plan["activity"]
        if "reference" in one
    ]
    draws = [
        one
        for one in requests
        if one["resourceType"] == "ServiceRequest" and one["code"]["text"] == "Complete blood count with differential"
    ]
    assert [1, 12, 1, 48] == [len(one["occurrenceTiming"]["event"]) for one in draws]
    assert "2023-05-13" in [
        one["detail"]["scheduledPeriod"].get("end")
        for one in care_plan["activity"]
        if "scheduledPeriod" in one.get("detail", {})
    ]
