"""A web service that plans and checks. Its OpenAPI shows the models.

POST a request: get the plan as JSON, as a page, as CSV or as a calendar file; or what records amount to.

Run it in the folder that holds `examples/`: `uvicorn examples.service_fastapi:app`. It keeps nothing: what it is
asked and what it answers stay with the caller. Put it behind your own login; a plan's dates can be a patient's.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from lemtrada_schedule import (
    Clinic,
    Evaluation,
    Forecast,
    History,
    InvalidInput,
    Plan,
    ScheduleError,
    evaluate,
    forecast,
    load_protocol,
    plan_treatment,
    protocol_names,
    to_csv,
    to_html,
    to_ics,
    to_rows,
)


class PlanRequest(BaseModel):
    """What is asked for. A date is written YYYY-MM-DD, and nothing else is taken for one."""

    model_config = ConfigDict(extra="forbid")

    protocol: str = "us"
    clinic: Clinic
    not_before: Annotated[str, Field(json_schema_extra={"format": "date"})]
    courses: int = 2
    as_of: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    plan_id: str | None = None

    def plan(self) -> Plan:
        """Return the plan asked for; the library's own doors refuse what is not right."""
        return plan_treatment(
            load_protocol(self.protocol),
            self.clinic,
            not_before=self.not_before,
            courses=self.courses,
            as_of=self.as_of,
            plan_id=self.plan_id,
        )


class CheckRequest(BaseModel):
    """What was given to one patient, and the day of asking."""

    model_config = ConfigDict(extra="forbid")

    protocol: str = "us"
    history: History
    as_of: Annotated[str, Field(json_schema_extra={"format": "date"})]
    clinic: Clinic | None = None


class Verdict(BaseModel):
    """What was given, judged, and when the next course may start."""

    evaluation: Evaluation
    forecast: Forecast


app = FastAPI(title="Treatment plans", version="1")


@app.exception_handler(ScheduleError)
def refuse(_request: Request, refused: ScheduleError) -> JSONResponse:
    """Answer with code, place and what to do; an error of the library never holds the value that was refused."""
    problems = refused.problems if isinstance(refused, InvalidInput) else (refused,)
    told = [{"code": one.code, "place": one.place, "message": one.message} for one in problems]
    return JSONResponse({"problems": told}, status_code=422)


@app.exception_handler(RequestValidationError)
def malformed(_request: Request, refused: RequestValidationError) -> JSONResponse:
    """Answer a request that has another form, without repeating what was sent."""
    told = [{"code": one["type"], "place": place_of(one), "message": one["msg"]} for one in refused.errors()]
    return JSONResponse({"problems": told}, status_code=422)


def place_of(problem: dict[str, Any]) -> str:
    """Return where a problem is; an unknown key of a history is not named, because it may be the name of a person."""
    steps = [str(step) for step in problem["loc"][1:]]
    is_private = problem["type"] == "extra_forbidden" and "history" in steps[:-1]
    return ".".join(steps[:-1] if is_private else steps)


@app.get("/protocols")
def protocols() -> tuple[str, ...]:
    """Name the protocols that can be asked for."""
    return protocol_names()


@app.post("/plans")
def plans(asked: PlanRequest) -> Plan:
    """Plan a treatment."""
    return asked.plan()


@app.post("/pages", response_class=HTMLResponse)
def pages(asked: PlanRequest, titles: Literal["neutral", "clinical"] = "neutral") -> str:
    """Plan a treatment and show it as a page to print."""
    return to_html(asked.plan(), titles=titles)


@app.post("/calendars")
def calendars(asked: PlanRequest, stamp: datetime, titles: Literal["neutral", "clinical"] = "neutral") -> Response:
    """Plan a treatment and give it as a calendar file; `stamp` says when it is made, with its offset."""
    made = stamp.astimezone(UTC) if stamp.tzinfo else stamp  # one without an offset is refused below
    file = to_ics(asked.plan(), stamp=made, titles=titles)
    return Response(file, media_type="text/calendar; charset=utf-8")


@app.post("/checks")
def checks(asked: CheckRequest) -> Verdict:
    """Judge what was given, and say when the next course may start."""
    rules, day = load_protocol(asked.protocol), asked.as_of
    return Verdict(
        evaluation=evaluate(asked.history, rules, as_of=day, clinic=asked.clinic),
        forecast=forecast(asked.history, rules, as_of=day),
    )


@app.post("/tables")
def tables(asked: PlanRequest) -> Response:
    """Plan a treatment and give its dates as CSV."""
    return Response(to_csv(to_rows(asked.plan())), media_type="text/csv; charset=utf-8; header=present")
