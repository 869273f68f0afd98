"""Three validators that are not ours, on every resource of thirty plans; and what they are worth."""

import importlib
import json
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import pytest

from lemtrada_schedule import load_protocol, protocol_to_fhir, to_fhir
from tests.clients.conftest import HERE
from tests.clients.fhir_faults import FAULTS, UNSEEN, faulty
from tests.golden.make_plans import own
from tests.support import fhir_bundles as fhir

Json = dict[str, Any]
Report = dict[str, list[str]]
"""What each validator has against a resource."""
PLANS: Final = fhir.plans()


def reports(node_path: str, found: Sequence[Json]) -> list[Report]:
    """Return the reports of all three on each resource."""
    lines = "".join(f"{json.dumps(one)}\n" for one in found)
    ran = subprocess.run(
        [node_path, "fhir_validate.mjs"], cwd=HERE, input=lines, capture_output=True, check=True, encoding="utf-8"
    )
    by_npm = [json.loads(line) for line in ran.stdout.splitlines()]
    return [one | {"fhirkit": by_fhirkit(resource)} for one, resource in zip(by_npm, found, strict=True)]


@cache
def fhirkit() -> Any:
    return importlib.import_module("fhirkit")


def by_fhirkit(resource: Json) -> list[str]:
    return [str(issue) for issue in fhirkit().validate(json.dumps(resource))]


def against(report: Report) -> dict[str, list[str]]:
    return {name: said for name, said in report.items() if said}


@pytest.fixture(scope="module")
def of_plans(node_path: str) -> dict[str, list[Report]]:
    """Return the reports on every plan: on its bundle, then on each resource of it."""
    bundles = {name: to_fhir(plan, subject=fhir.PATIENT) for name, plan in PLANS.items()}
    found = {name: [one, *(entry["resource"] for entry in one["entry"])] for name, one in bundles.items()}
    of_all = iter(reports(node_path, [one for parts in found.values() for one in parts]))
    return {name: [next(of_all) for _ in parts] for name, parts in found.items()}


@pytest.mark.parametrize("name", PLANS)
def test_no_validator_has_anything_against_a_plan(of_plans: dict[str, list[Report]], name: str) -> None:
    assert len(PLANS) == 30
    assert len(of_plans[name]) > 5
    assert [] == [against(report) for report in of_plans[name] if against(report)]


@pytest.mark.parametrize("name", ["in progress", "given", "interrupted"])
def test_nor_against_a_plan_of_a_treatment_that_has_begun(node_path: str, name: str) -> None:
    bundle = to_fhir(fhir.begun_plans()[name], subject=fhir.PATIENT)
    found = [bundle, *(entry["resource"] for entry in bundle["entry"])]
    assert [] == [against(report) for report in reports(node_path, found) if against(report)]


@pytest.mark.parametrize("posting", ["once", "create", "update"])
def test_nor_against_any_way_to_post_it(node_path: str, posting: Any) -> None:
    bundle = to_fhir(PLANS["us-two-courses"], subject=fhir.PATIENT, posting=posting)
    assert [{}] == [against(report) for report in reports(node_path, [bundle])]


@pytest.mark.parametrize("make", [lambda: load_protocol("us-2024-05"), lambda: load_protocol("eu-2020-01"), own])
def test_nor_against_a_protocol(node_path: str, make: Callable[[], Any]) -> None:
    assert [{}] == [against(report) for report in reports(node_path, [protocol_to_fhir(make())])]


def test_together_they_report_eleven_of_thirteen_faults(node_path: str) -> None:
    """Each fault is put into a resource that has none, so that what is reported is the fault."""
    bad = faulty(to_fhir(PLANS["us-two-courses"], subject=fhir.PATIENT))
    reported = dict(zip(bad, reports(node_path, list(bad.values())), strict=True))
    assert len(FAULTS) == 13
    assert UNSEEN == {name for name, report in reported.items() if not against(report)}
    for validator in ("medplum", "fhir", "fhirkit"):
        assert [name for name, report in reported.items() if report[validator]], validator
