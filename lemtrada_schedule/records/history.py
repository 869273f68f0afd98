"""What really happened to one patient: infusions, dated observations, and what was decided about them.

Recorded facts are never changed and never refused for being off-protocol. They are judged elsewhere.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, time
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of
from lemtrada_schedule.records.recorded_values import Dose, PatientId, RecordedTime
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import BirthDate, CalendarDate, Text, code_text, refusal

__all__ = [
    "ConvertedDay",
    "Decision",
    "History",
    "InfusionRecord",
    "Intake",
    "Observation",
    "RecordStatus",
    "RecordedOverride",
    "RefusedRow",
    "SkippedRows",
]

LONGEST_CODE: Final = 256

LONGEST_MINUTES: Final = 1_440

NAMED_ROWS: Final = 50
"""How many rows without a patient each history names. `Intake.refused` has all of them; named in each of a hundred
thousand histories, a hundred thousand rows would fill the memory and tell nobody more."""

RecordStatus = Literal["completed", "partial", "not-done", "entered-in-error"]

Minutes = Annotated[int, Field(ge=0, le=LONGEST_MINUTES)]
"""A length on one day, in whole minutes."""

RecordedCode = Annotated[str, code_text(LONGEST_CODE)]
"""A code as a record states it. Whether a protocol knows it is judged later, never here (S31)."""


class InfusionRecord(Model):
    """One infusion, given or not. Times are wall times of the clinic on the record's day, kept to the minute (S35)."""

    hides_keys: ClassVar[bool] = True

    date: CalendarDate
    """The day in the clinic's zone."""
    started: RecordedTime | None = None
    """When the infusion itself began; here as below, `None` is what is not on record."""
    ended: RecordedTime | None = None
    """When the infusion was over, not before it began."""
    observed_until: RecordedTime | None = None
    """When observation was over, not before the infusion was."""
    infusion_minutes: Minutes | None = None
    """How long the infusion took, where the record has this instead of clock times, as a cohort's columns do."""
    observation_minutes: Minutes | None = None
    """How long observation lasted, where the record has this instead of clock times."""
    dose_mg: Dose | None = None
    """In mg, above 0 and up to 10,000, with at most 6 decimal places; `12.50` and `12.5` are one dose (S34)."""
    status: RecordStatus = "completed"
    """`completed` and `partial` are exposures; `not-done` and `entered-in-error` are none (S04)."""
    course: Annotated[int, Field(ge=1, le=50)] | None = None
    """The course number where the record has one; it wins over gaps (S07)."""
    row: Annotated[int, Field(ge=1)] | None = None
    """Where the record stood in its file; else its position in the history, from 1."""

    @field_validator("ended", "observed_until")
    @classmethod
    def _in_order(cls, value: time | None, info: ValidationInfo) -> time | None:
        started, ended = info.data.get("started"), info.data.get("ended")
        if value is not None and ((started is not None and value < started) or (ended is not None and value < ended)):
            raise refusal("wall-time", "this time lies before `started` or `ended`; correct the times")
        return value

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        pairs = {
            "infusion_minutes": (self.infusion_minutes, self.started, self.ended),
            "observation_minutes": (self.observation_minutes, self.ended, self.observed_until),
        }
        for name, known in pairs.items():
            if None not in known:
                raise refusal("wall-time", f"`{name}` and the clock times say the same twice; leave one of them out")
        return self

    @property
    def infused_for(self) -> int | None:
        """The minutes of the infusion, from its times or as they are on record; `None` where neither is."""
        known = self.infusion_minutes
        return _minutes(self.started, self.ended) if known is None else known

    @property
    def observed_for(self) -> int | None:
        """The minutes of observation, from its times or as they are on record; `None` where neither is."""
        known = self.observation_minutes
        return _minutes(self.ended, self.observed_until) if known is None else known

    @property
    def is_exposure(self) -> bool:
        """Whether the patient was given anything of the medicine."""
        return self.status in ("completed", "partial")


def _minutes(first: time | None, last: time | None) -> int | None:
    """Return the minutes between two wall times of one day; `None` where one of them is not on record."""
    if first is None or last is None:
        return None
    return (last.hour - first.hour) * 60 + last.minute - first.minute


class Observation(Model):
    """A dated test: `cd4` with its count in cells/uL, or a test of the protocol that was done (S31)."""

    hides_keys: ClassVar[bool] = True

    date: CalendarDate
    code: RecordedCode
    """`cd4`, the id of a series or window action, or a coding that an action carries: `system|code`, or the bare
    code where one coding carries it. Any other code is reported as `code-not-known`."""
    value: Annotated[int, Field(ge=0, le=100_000)] | None = None

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.code == "cd4" and self.value is None:
            raise refusal("missing-field", "a CD4 count needs its value in cells/uL; add `value`")
        return self


class RecordedOverride(Model):
    """Who accepted a finding of a course, why, and when. The finding stays, and shows it."""

    hides_keys: ClassVar[bool] = True

    code: RecordedCode
    """The code of the finding; any other code is reported as `code-not-known`."""
    course: Annotated[int, Field(ge=1)] | None = None
    """The course it is about; `None`: every course."""
    by: Text
    why: Text
    on: CalendarDate


class Decision(Model):
    """A clinician's decision on a course that the library does not decide (S10)."""

    hides_keys: ClassVar[bool] = True

    course: Annotated[int, Field(ge=1)]
    decision: Literal["resume", "treat-as-complete", "new-course"]
    by: Text
    """Who, or which role."""
    why: Text
    on: CalendarDate


class History(Model):
    """One patient, pseudonymous. The order of the records does not matter; duplicates are kept."""

    hides_keys: ClassVar[bool] = True

    patient: PatientId | None = None
    """An opaque id of at most 128 characters, compared letter by letter, without blanks at its ends."""
    birth_date: BirthDate | None = None
    prior_medicines: Annotated[int, Field(ge=0, le=100)] | None = None
    """How many multiple sclerosis medicines were tried before."""
    infusions: Many[InfusionRecord] = ()
    observations: Many[Observation] = ()
    overrides: Many[RecordedOverride] = ()
    unreadable: Many[Annotated[int, Field(ge=1)]] = ()
    """Rows of this patient that could not be read: with one of them, no date can be trusted (S06)."""
    unreadable_observations: Many[Annotated[int, Field(ge=1)]] = ()
    """Rows of this patient's observations that could not be read: what observations decide is not assessed (S31)."""
    tests_recorded: Many[RecordedCode] | None = None
    """The kinds of test that the source records, by code; an empty list: none. `None`: the kinds that occur among
    the observations. Whether a test is missing is judged only where its kind is recorded (S32)."""
    tests_recorded_from: CalendarDate | None = None
    """The first day from which tests are recorded; what was due before it is not assessed (S32)."""
    other_rows: Annotated[int, Field(ge=0)] = 0
    """How many rows of other medicines the source holds of this patient (S36)."""

    @model_validator(mode="before")
    @classmethod
    def _numbered(cls, data: Any) -> Any:
        """Give every record that has no row its position, so that a finding can say where it stands."""
        rows: Any = data.get("infusions") if type(data) is dict else None
        if type(rows) not in (list, tuple):
            return data
        return {**data, "infusions": [_with_row(record, row) for row, record in enumerate(rows, start=1)]}

    @classmethod
    def from_dates(cls, dates: Sequence[date | str], **fields: Any) -> Self:
        """Return the history of completed infusions on some days; other fields by name.

        Raises:
            InvalidInput: A day is not a calendar date.

        Example:
            >>> history = History.from_dates(["2025-03-03", "2025-03-04"], prior_medicines=2)
            >>> [record.row for record in history.infusions]
            [1, 2]
        """
        if type(dates) not in (list, tuple):
            raise InvalidInput([Problem("wrong-type", "dates", f"expected a list of dates, got {kind_of(dates)}")])
        return cls.model_validate({**fields, "infusions": [{"date": day} for day in dates]})


def _with_row(record: Any, row: int) -> Any:
    if isinstance(record, InfusionRecord):
        return record if record.row is not None else record.model_copy(update={"row": row})
    return {"row": row, **record} if type(record) is dict else record


class RefusedRow(Model):
    """A row that could not be read: where it stands, and why. Its values are not kept."""

    row: Annotated[int, Field(ge=1)]
    """The line of a CSV or NDJSON file (a CSV header is line 1), the entry of a Bundle, else the infusion's number
    in the whole file, from 1."""
    column: str | None = None
    """The column or the path of fields; `None`: the row as a whole."""
    code: str
    message: str


class ConvertedDay(Model):
    """A time stamp whose day on the clinic's calendar is not the day that is written in it."""

    row: Annotated[int, Field(ge=1)]
    written: str
    """As it stands in the file: `2027-01-12T03:30:00Z`."""
    date: CalendarDate
    """The day in the clinic's zone, which counts."""


class SkippedRows(Model):
    """Rows of one kind that were passed over: readable, and nothing that this library reads."""

    resource: str
    """The type of the FHIR resource, such as `Encounter`."""
    code: str | None = None
    """The coding of an Observation that no action of the protocol carries: `system|code`."""
    count: Annotated[int, Field(ge=1)]


class Intake(Model):
    """What a file of records held: the histories, and every row that was refused. Nothing is dropped.

    `rows` = `accepted` + `refused_rows` + `blank` + `other` + `superseded`, always.
    """

    histories: Many[History]
    """One for each patient, by patient; with those of whom no row could be read."""
    refused: Many[RefusedRow] = ()
    """Every fault of every refused row, by row; a row with two faults stands here twice."""
    converted: Many[ConvertedDay] = ()
    rows: int
    """How many rows the file had, the header not counted."""
    accepted: int
    blank: int
    """Empty rows, and FHIR resources that are passed over; `skipped` counts these by type and code."""
    other: int = 0
    """Rows of other medicines: counted, and harmless to the patient (S36)."""
    superseded: int = 0
    """Older versions and repetitions of a record that another row holds (S37)."""
    skipped: Many[SkippedRows] = ()

    @model_validator(mode="after")
    def _all_told(self) -> Self:
        counted = self.accepted + self.refused_rows + self.blank + self.other + self.superseded
        if self.rows != counted:
            message = "the rows are not those accepted, refused, blank, other and superseded; count each once"
            raise refusal("row-count", message)
        return self

    @property
    def refused_rows(self) -> int:
        """How many rows were refused, each counted once."""
        return len({fault.row for fault in self.refused})

    @property
    def faults_by_code(self) -> dict[str, int]:
        """How many faults there are of each code, the codes in the order of the alphabet."""
        return dict(sorted(Counter(fault.code for fault in self.refused).items()))
