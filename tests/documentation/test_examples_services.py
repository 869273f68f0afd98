"""The example services answer, and refuse, over HTTP; the notebook runs from its first cell to its last."""

import importlib.util
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import django
import nbformat
import pytest
from django.conf import settings
from django.test import Client
from fastapi.testclient import TestClient
from nbclient import NotebookClient

from lemtrada_schedule import (
    Plan,
    load_protocol,
    plan_treatment,
    protocol_names,
    read_clinic,
    to_csv,
    to_html,
    to_ics,
    to_rows,
)

ROOT: Final = Path(__file__).parents[2]
CLINIC: Final = ROOT / "examples" / "boston.toml"


@pytest.fixture(autouse=True)
def _in_the_folder_that_holds_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def example(name: str) -> ModuleType:
    """Return an example as a module: `examples` is no package."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", ROOT / "examples" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def planned(**more: Any) -> Plan:
    return plan_treatment(load_protocol("us"), read_clinic(CLINIC), not_before=date(2027, 1, 11), **more)


# --- FastAPI -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def service() -> TestClient:
    return TestClient(example("service_fastapi").app)


def asked(**more: Any) -> dict[str, Any]:
    clinic = read_clinic(CLINIC).model_dump(mode="json")
    return {"clinic": clinic, "not_before": "2027-01-11", **more}


def test_fastapi_plans(service: TestClient) -> None:
    answer = service.post("/plans", json=asked(plan_id="p-1", as_of="2026-12-01"))
    assert answer.status_code == 200
    assert Plan.model_validate(answer.json()) == planned(plan_id="p-1", as_of=date(2026, 12, 1))


def test_fastapi_shows_pages_and_tables(service: TestClient) -> None:
    page = service.post("/pages", json=asked(), params={"titles": "clinical"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text == to_html(planned(), titles="clinical")
    assert service.post("/pages", json=asked()).text == to_html(planned())
    table = service.post("/tables", json=asked())
    assert table.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert table.text == to_csv(to_rows(planned()))
    assert service.get("/protocols").json() == list(protocol_names())


def test_fastapi_gives_a_calendar_file(service: TestClient) -> None:
    """The same instant in another offset is the same file; one without an offset is refused."""
    wanted = to_ics(planned(plan_id="p-1"), stamp=datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
    for stamp in ("2026-11-22T09:30:00Z", "2026-11-22T04:30:00-05:00"):
        answer = service.post("/calendars", json=asked(plan_id="p-1"), params={"stamp": stamp})
        assert (answer.status_code, answer.content) == (200, wanted)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    naive = service.post("/calendars", json=asked(plan_id="p-1"), params={"stamp": "2026-11-22T09:30:00"})
    assert (naive.status_code, naive.json()["problems"][0]["place"]) == (422, "stamp")
    nameless = service.post("/calendars", json=asked(), params={"stamp": "2026-11-22T09:30:00Z"})
    assert nameless.json()["problems"][0]["code"] == "missing-field"


def test_fastapi_checks_what_was_given(service: TestClient) -> None:
    """Course 2 five days before its year was over; the one after it is counted from it."""
    days = ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"]
    early = ["2026-03-02", "2026-03-03", "2026-03-04"]
    history = {"patient": "p1", "infusions": [{"date": day} for day in (*days, *early)]}
    told = service.post("/checks", json={"history": history, "as_of": "2026-06-01"}).json()
    assert [finding["code"] for finding in told["evaluation"]["findings"]] == ["interval-below-minimum"]
    assert (told["forecast"]["earliest"], told["forecast"]["status"]) == ("2027-03-04", "optional")
    bad = service.post("/checks", json={"history": {"infusions": [{"date": "3/3/2025"}]}, "as_of": "2026-06-01"})
    assert bad.status_code == 422
    assert bad.json()["problems"][0]["place"] == "history.infusions.0.date"
    assert "3/3" not in bad.text
    named = service.post("/checks", json={"history": {"infusions": [], "Jane Doe": 1}, "as_of": "2026-06-01"})
    assert (named.status_code, [one["place"] for one in named.json()["problems"]]) == (422, ["history"])
    assert "Jane" not in named.text
    for as_of in ("1/6/2026", "20260601"):
        refused = service.post("/checks", json={"history": history, "as_of": as_of})
        assert (refused.status_code, refused.json()["problems"][0]["code"]) == (422, "calendar-date")


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"not_before": "01/11/2027"}, "calendar-date", "not_before"),
        ({"not_before": "2027-01-11T00:00:00"}, "calendar-date", "not_before"),
        ({"protocol": "uk"}, "unknown-name", "protocol"),
        ({"courses": 0}, "out-of-range", "courses"),
    ],
)
def test_fastapi_refuses_with_code_and_place(
    service: TestClient, changes: dict[str, Any], code: str, place: str
) -> None:
    answer = service.post("/plans", json=asked(**changes))
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert (problem["code"], problem["place"]) == (code, place)


def test_fastapi_refuses_a_clinic_that_is_none(service: TestClient) -> None:
    """And its answer does not repeat what was sent: it may end up in a log."""
    answer = service.post("/plans", json=asked(clinic={"name": "Secret Clinic"}, patient="Jane Doe"))
    assert answer.status_code == 422
    places = {problem["place"] for problem in answer.json()["problems"]}
    assert {"clinic.time_zone", "clinic.infusion_starts", "clinic.opening_hours", "patient"} <= places
    assert "Secret" not in answer.text
    assert "Jane" not in answer.text


def test_the_openapi_shows_the_models(service: TestClient) -> None:
    document = service.get("/openapi.json").json()
    shown = document["components"]["schemas"]
    assert {
        "PlanRequest",
        "Plan",
        "Course",
        "InfusionDay",
        "PeriodActivity",
        "Derivation",
        "TimeWindow",
    } <= shown.keys()
    answer = document["paths"]["/plans"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/Plan"}
    assert shown["PlanRequest"]["properties"]["not_before"]["format"] == "date"


# --- Django --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site() -> Client:
    view = example("view_django")
    settings.configure(ROOT_URLCONF=view.__name__, ALLOWED_HOSTS=["testserver"], SECRET_KEY="x" * 50, USE_TZ=True)
    django.setup()
    return Client()


def test_django_shows_the_page(site: Client) -> None:
    answer = site.get("/plans/2027-01-11")
    assert answer.status_code == 200
    assert answer.content.decode() == to_html(planned())
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert site.get("/plans/2027-01-11?titles=clinical").content.decode() == to_html(planned(), titles="clinical")


@pytest.mark.parametrize(
    ("address", "code"),
    [("/plans/11.1.2027", "calendar-date"), ("/plans/2027-01-11?titles=all", "unknown-name")],
)
def test_django_refuses_with_code_and_place(site: Client, address: str, code: str) -> None:
    answer = site.get(address)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert site.post("/plans/2027-01-11").status_code == 405


# --- the notebook --------------------------------------------------------------------------------


def shown(cell: Any) -> str:
    return "".join("".join(output.get("data", {}).get("text/plain", "")) for output in cell.outputs)


@pytest.mark.sweep
def test_the_notebook_runs_and_shows_what_it_says() -> None:
    notebook = nbformat.read(ROOT / "examples" / "analysts.ipynb", as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    assert not [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    infusions, visits, drift, bases, picture, page = [cell for cell in notebook.cells if cell.cell_type == "code"][1:]
    assert shown(infusions).startswith("shape: (8, 5)")
    # 2027: baseline on 10 January, then the 15th of February to December; 2032: the last draw on 20 January.
    assert "2027" in shown(visits)
    assert [line.split()[1::2] for line in shown(visits).splitlines() if "2027" in line or "2032" in line] == [
        ["2027", "12"], ["2032", "1"],
    ]  # fmt: skip
    assert "drift_days" not in shown(drift)
    assert "convention" in shown(bases)
    assert "label" in shown(bases)
    assert picture.outputs[0]["data"]["image/svg+xml"].startswith("<svg ")
    assert page.outputs[0]["data"]["text/html"].startswith('<iframe title="Plan" sandbox')
    assert page.outputs[0]["data"]["text/plain"].startswith("Page(")
