"""The service, made of its endpoints, a database and a clock."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from examples.clinic_service import clinics, interfaces, patients, questions
from examples.clinic_service.clock import Clock, utc_now
from examples.clinic_service.database import Database
from examples.clinic_service.refusals import answer_errors


def create_app(database_url: str, clock: Clock = utc_now) -> FastAPI:
    """Return the service, with the database at an SQLAlchemy URL and a clock."""
    database = Database(database_url)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(title="Clinic service", version="1", lifespan=lifespan)
    app.state.database, app.state.clock = database, clock
    for part in (clinics, patients, questions, interfaces):
        app.include_router(part.api)
    answer_errors(app)

    @app.middleware("http")
    async def not_kept(request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Tell browsers and proxies to keep no answer; a calendar feed says for itself how it may be kept."""
        answer = await call_next(request)
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    return app


def __getattr__(name: str) -> FastAPI:
    """Make `app`, as `uvicorn examples.clinic_service.app:app` asks for it; importing this module opens no database."""
    if name != "app":
        raise AttributeError(f"no attribute {name!r}")
    return create_app(os.environ.get("CLINIC_SERVICE_DATABASE", "sqlite:///clinic.db"))
