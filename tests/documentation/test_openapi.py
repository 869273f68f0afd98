"""Types as bodies and answers of FastAPI: every field is described, no warning, and no refusal repeats a value."""

import json
from typing import Any, Final

import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

import lemtrada_schedule
from lemtrada_schedule import InvalidInput
from lemtrada_schedule.validation.model import Model
from tests.support.hostile_values import MARK, samples

NOUNS: Final[dict[str, type[Model]]] = {
    name: noun
    for name in lemtrada_schedule.__all__
    if isinstance(noun := getattr(lemtrada_schedule, name), type) and issubclass(noun, Model)
}
SAMPLED: Final = {name: noun for name, noun in NOUNS.items() if noun in samples()}


def echo(noun: type[Model]) -> Any:
    """Return an endpoint whose body and answer are of a type."""

    def answer(body: Any) -> Any:
        return body

    answer.__annotations__ = {"body": noun, "return": noun}
    answer.__name__ = noun.__name__
    return answer


def place_of(problem: dict[str, Any]) -> list[str]:
    """Return the steps to a problem without an unknown key, which pydantic names and which may be a patient's name."""
    steps = [str(step) for step in problem["loc"]]
    return steps[:-1] if problem["type"] == "extra_forbidden" else steps


@pytest.fixture(scope="module")
def service() -> TestClient:
    """Return a service that takes and gives each public type, and refuses as the example service does."""
    app = FastAPI()
    for name, noun in NOUNS.items():
        app.post(f"/{name}")(echo(noun))

    @app.exception_handler(RequestValidationError)
    def malformed(_request: Request, refused: RequestValidationError) -> JSONResponse:
        told = [{"code": one["type"], "place": ".".join(place_of(one))} for one in refused.errors()]
        return JSONResponse({"problems": told}, status_code=422)

    @app.exception_handler(InvalidInput)
    def refuse(_request: Request, refused: InvalidInput) -> JSONResponse:
        told = [{"code": one.code, "place": one.place, "message": one.message} for one in refused.problems]
        return JSONResponse({"problems": told}, status_code=422)

    return TestClient(app)


def test_the_types_are_found() -> None:
    assert {"Clinic", "Evaluation", "Forecast", "History", "Plan", "Revision"} <= SAMPLED.keys()


def test_every_field_of_every_public_type_is_described(service: TestClient) -> None:
    schemas = service.get("/openapi.json").json()["components"]["schemas"]
    own = {name: schema for name, schema in schemas.items() if not name.endswith("ValidationError")}
    bare = [(name, field) for name, schema in own.items() for field, told in schema.get("properties", {}).items()
            if "description" not in told]  # fmt: skip
    assert bare == []
    assert {name for name, schema in own.items() if "description" not in schema} == set()
    assert schemas["Plan-Output"]["properties"]["revision"]["description"] == (
        "0 for a first plan; each replanning adds one."
    )


@pytest.mark.parametrize("name", SAMPLED)
def test_a_value_goes_in_and_comes_out(service: TestClient, name: str) -> None:
    written = json.loads(samples()[SAMPLED[name]].model_dump_json())
    answer = service.post(f"/{name}", json=written)
    assert (answer.status_code, answer.json()) == (200, written)


BAD: Final[dict[str, Any]] = {
    "History": {"infusions": [{"date": MARK}], "patient": f"{MARK} ", MARK: MARK},
    "Clinic": {"name": f"{MARK}\n", "time_zone": MARK, "opening_hours": {"mon": MARK}},
    "Decision": {"course": MARK, "decision": MARK, "by": [MARK], "on": MARK, MARK: 1},
    "Plan": {"plan_id": MARK, "courses": [{"id": MARK}]},
    "Observation": {"date": MARK, "code": [MARK], "value": MARK},
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_body_is_refused_without_its_values(service: TestClient, name: str) -> None:
    """Each problem has its code and place."""
    answer = service.post(f"/{name}", json=BAD[name])
    assert answer.status_code == 422
    assert answer.json()["problems"]
    assert all(problem["code"] and problem["place"] for problem in answer.json()["problems"])
    assert MARK not in answer.text
