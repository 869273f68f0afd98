"""Answers to requests that are refused: a code, a place and a message, and nothing of the patient."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from examples.clinic_service.bodies import Body
from lemtrada_schedule import InvalidInput, Problem, ScheduleError


class Refused(Exception):
    """A request that the service itself refuses."""

    def __init__(self, status: int, code: str, place: str, message: str) -> None:
        """Keep the HTTP status and the problem."""
        super().__init__(code)
        self.status = status
        self.problem = Problem(code, place, message)


def stale() -> Refused:
    """Return the answer to a change that was made without having seen the change before it."""
    return Refused(409, "stale-revision", "revision", "somebody changed this meanwhile; read it again, then decide")


def unknown(place: str) -> Refused:
    """Return the answer to an id that the service does not know."""
    return Refused(404, "unknown-id", place, "nothing is stored under this id; check it")


def problems_of(error: ScheduleError) -> list[dict[str, str]]:
    """Return what is wrong. The library's errors never hold the value that was refused."""
    found = error.problems if isinstance(error, InvalidInput) else (error,)
    return [{"code": one.code, "place": one.place, "message": one.message} for one in found]


def answer_errors(app: FastAPI) -> None:
    """Answer every error with its problems."""

    @app.exception_handler(ScheduleError)
    def by_the_library(_request: Request, error: ScheduleError) -> JSONResponse:
        return JSONResponse({"problems": problems_of(error)}, status_code=422)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        found = [
            {"code": one["type"], "place": _place(one), "message": _message(one, request)} for one in error.errors()
        ]
        return JSONResponse({"problems": found}, status_code=422)

    @app.exception_handler(Refused)
    def by_the_service(_request: Request, error: Refused) -> JSONResponse:
        return _answer(error)

    @app.exception_handler(IntegrityError)
    def by_the_database(_request: Request, _error: IntegrityError) -> JSONResponse:
        return _answer(stale())  # two requests stored the same new thing at once: one of them is too late


def _answer(error: Refused) -> JSONResponse:
    one = error.problem
    told = {"code": one.code, "place": one.place, "message": one.message}
    return JSONResponse({"problems": [told]}, status_code=error.status)


def _place(problem: dict[str, Any]) -> str:
    """Return where a problem is. An unknown key is named only if it is a field elsewhere: it may be a person's name."""
    steps = [str(step) for step in problem["loc"][1:]]
    is_unknown = problem["type"] == "extra_forbidden" and steps[-1] not in known_fields()
    return ".".join(steps[:-1] if is_unknown else steps)


def _message(problem: dict[str, Any], request: Request) -> str:
    """Return what is wrong; of a key that the body of the request does not have, also the keys that it has."""
    if problem["type"] != "extra_forbidden" or len(problem["loc"]) != 2:  # `body`, and the key
        return str(problem["msg"])
    route = request.scope["route"]
    body = next(one for one in route.dependant.body_params if isinstance(one.field_info.annotation, type))
    return f"unknown field; the fields of this request are {', '.join(body.field_info.annotation.model_fields)}"


@cache
def known_fields() -> frozenset[str]:
    """Return the names of all fields that clients can send, in any request."""
    found, models = set[str](), [*_subclasses(Body)]
    while models:
        fields = models.pop().model_fields
        models += [
            one.annotation
            for one in fields.values()
            if isinstance(one.annotation, type) and issubclass(one.annotation, BaseModel)
        ]
        found |= fields.keys()
    return frozenset(found)


def _subclasses(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in model.__subclasses__():
        yield one
        yield from _subclasses(one)
