"""What each request gets from the service: its database, and the time, read once."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from examples.clinic_service.clock import Clock
from examples.clinic_service.database import Database


def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


def _moment(request: Request) -> datetime:
    clock: Clock = request.app.state.clock
    return clock()


Stores = Annotated[Database, Depends(_database)]
Moment = Annotated[datetime, Depends(_moment)]
