"""The tables of the service, and transactions on SQLite and PostgreSQL.

What the library makes is stored as the JSON text that it writes, so a newer release reads it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, ForeignKey, String, Text, UniqueConstraint, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

ID = String(64)


class Base(DeclarativeBase):
    """The base of all tables."""


class ClinicRow(Base):
    """A clinic. Its row is locked while a plan of the clinic is made, because its patients share the chairs."""

    __tablename__ = "clinics"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    revision: Mapped[int]
    feed: Mapped[str] = mapped_column(ID, unique=True)
    """The secret part of the address of the clinic's calendar."""
    clinic: Mapped[str] = mapped_column(Text)


class PatientRow(Base):
    """A patient, known by an opaque id."""

    __tablename__ = "patients"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"), index=True)
    revision: Mapped[int]
    """The number of changes so far. A client sends the number that it has seen with each change."""
    feed: Mapped[str] = mapped_column(ID, unique=True)
    facts: Mapped[str] = mapped_column(Text)


class ChangeRow(Base):
    """One change of one patient: a record, a decision, a plan. Rows are added, never changed or deleted."""

    __tablename__ = "changes"
    __table_args__ = (UniqueConstraint("patient_id", "revision"), UniqueConstraint("patient_id", "request_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"))
    revision: Mapped[int]
    request_id: Mapped[str | None] = mapped_column(ID)
    """The client's id of the request, so that a repeated request is not stored twice; `None` for the nightly job."""
    kind: Mapped[str] = mapped_column(ID)
    at: Mapped[str] = mapped_column(ID)
    body: Mapped[str] = mapped_column(Text)
    replaces: Mapped[str | None] = mapped_column(ID)
    """The `request_id` of the record that this one corrects."""


class PlanRow(Base):
    """One revision of a plan. Every revision is kept."""

    __tablename__ = "plans"

    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[str] = mapped_column(ID)
    """When this revision was first made: the stamp of its calendar file."""
    plan: Mapped[str] = mapped_column(Text)


class Database:
    """Where the service stores what it knows."""

    def __init__(self, url: str) -> None:
        """Open the database at an SQLAlchemy URL, and create the tables that are missing."""
        wait = {"timeout": 30} if url.startswith("sqlite") else {}
        # hide_parameters: an error must not carry what was stored into a log
        self.engine = create_engine(url, hide_parameters=True, pool_size=10, max_overflow=30, connect_args=wait)
        if self.engine.dialect.name == "sqlite":
            _use_transactions(self.engine)
            self._reading = self.engine
        else:  # all questions of one transaction are answered from the same moment, as on SQLite
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._writing = self.engine.execution_options(writes=True)
        Base.metadata.create_all(self._writing)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that changes nothing."""
        with Session(self._reading) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that is stored as a whole, or not at all."""
        with Session(self._writing) as session, session.begin():
            yield session


def _use_transactions(engine: Engine) -> None:
    """Make SQLite begin transactions when SQLAlchemy does; one that writes locks the file at once."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own transactions begin too late
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
