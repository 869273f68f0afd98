"""`History` and its records: infusions, observations, overrides and decisions; `Intake`, the content of a file.

Recorded facts are never changed, and never refused because they depart from the protocol. `judging` judges them.
"""

from collections import Counter
from datetime import date, time
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self, overload

from pydantic import Field, ValidationInfo, field_validator, model_validator

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of
from lemtrada_schedule.records.recorded_values import Dose, PatientId, RecordedTime
from lemtrada_schedule.validation.accepted import DayLike, DoseLike, Listed, Records, TimeLike
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import BirthDate, CalendarDate, Text, code_text, refusal
from lemtrada_schedule.validation.summary import Summary

__all__ = [
    "ConvertedDay",
    "CourseDay",
    "Decision",
    "History",
    "InfusionRecord",
    "Intake",
    "Observation",
    "ReadFile",
    "RecordStatus",
    "RecordedOverride",
    "RefusedRow",
    "SkippedRows",
]

LONGEST_CODE: Final = 256

LONGEST_MINUTES: Final = 1_440

NAMED_ROWS: Final = 50
"""How many rows of unknown patients each history lists. `Intake.refused` has all of them; a hundred thousand rows in
each of a hundred thousand histories would fill the memory."""

RecordStatus = Literal["completed", "partial", "not-done", "entered-in-error"]
"""The status of a recorded infusion: given, given in part, not given, or recorded by mistake (S04)."""

CourseDay = Literal["first", "last", "only", "only-first"]
"""Which day of its course a record is, where the source has a row for each course.

`first` and `last`: infusions between these two days are not on record. `only`: the course has this day alone.
`only-first`: the last day of the course is not on record.
"""

Minutes = Annotated[int, Field(ge=0, le=LONGEST_MINUTES)]
"""A length on one day, in whole minutes."""

RecordedCode = Annotated[str, code_text(LONGEST_CODE)]
"""A code as a record states it. Whether it is known to a protocol is judged later (S31)."""


class InfusionRecord(Model):
    """One infusion, given or not. Times are the clinic's local times on the record's date, to the minute (S35)."""

    hides_keys: ClassVar[bool] = True

    date: CalendarDate
    """The date in the clinic's time zone."""
    started: RecordedTime | None = None
    """When the infusion began. `None`, here and below: not on record."""
    ended: RecordedTime | None = None
    """When the infusion ended; not before `started`."""
    observed_until: RecordedTime | None = None
    """When observation ended; not before `started` or `ended`."""
    infusion_minutes: Minutes | None = None
    """The length of the infusion, if the record has it instead of clock times."""
    observation_minutes: Minutes | None = None
    """The length of observation, if the record has it instead of clock times."""
    dose_mg: Dose | None = None
    """In mg, above 0 and up to 10,000, with at most 6 decimal places; `12.50` equals `12.5` (S34)."""
    status: RecordStatus = "completed"
    """`completed` and `partial` are exposures, `not-done` and `entered-in-error` are not (S04)."""
    course: Annotated[int, Field(ge=1, le=50)] | None = None
    """The course number, if the record has one; it takes precedence over gaps (S07)."""
    course_day: CourseDay | None = None
    """For a source that has a row for each course: which day of the course this is. Infusions between its first and
    last day are not on record, and what needs them is not assessed. `None`: the record is of an infusion."""
    row: Annotated[int, Field(ge=1)] | None = None
    """The row of the record in its file; without a file, its position in the history, from 1."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            date: DayLike,
            started: TimeLike | None = None,
            ended: TimeLike | None = None,
            observed_until: TimeLike | None = None,
            infusion_minutes: int | None = None,
            observation_minutes: int | None = None,
            dose_mg: DoseLike | None = None,
            status: RecordStatus = "completed",
            course: int | None = None,
            course_day: CourseDay | None = None,
            row: int | None = None,
        ) -> None: ...

    @field_validator("ended", "observed_until")
    @classmethod
    def _in_order(cls, value: time | None, info: ValidationInfo) -> time | None:
        started, ended = info.data.get("started"), info.data.get("ended")
        if value is not None and ((started is not None and value < started) or (ended is not None and value < ended)):
            raise refusal("wall-time", "this time is before `started` or `ended`; correct the times")
        return value

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        pairs = {
            "infusion_minutes": (self.infusion_minutes, self.started, self.ended),
            "observation_minutes": (self.observation_minutes, self.ended, self.observed_until),
        }
        for name, known in pairs.items():
            if None not in known:
                raise refusal("wall-time", f"give either `{name}` or the clock times, not both")
        return self

    @property
    def infused_for(self) -> int | None:
        """The minutes of the infusion, as recorded or from its times; `None` if neither is on record."""
        known = self.infusion_minutes
        return _minutes(self.started, self.ended) if known is None else known

    @property
    def observed_for(self) -> int | None:
        """The minutes of observation, as recorded or from its times; `None` if neither is on record."""
        known = self.observation_minutes
        return _minutes(self.ended, self.observed_until) if known is None else known

    @property
    def is_exposure(self) -> bool:
        """Whether any of the medicine was given."""
        return self.status in ("completed", "partial")


def _minutes(first: time | None, last: time | None) -> int | None:
    """Return the minutes between two times of one day; `None` if one of them is not on record."""
    if first is None or last is None:
        return None
    return (last.hour - first.hour) * 60 + last.minute - first.minute


class Observation(Model):
    """A test done on a date: `cd4` with its count in cells/uL, or another test of the protocol (S31)."""

    hides_keys: ClassVar[bool] = True

    date: CalendarDate
    """The date of the test in the clinic's time zone."""
    code: RecordedCode
    """`cd4`, the id of a series or window action, or a coding of an action: `system|code`, or the bare code if
    only one coding has it. Any other code is reported as `code-not-known`."""
    value: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """The result as a whole number, in cells/uL for `cd4`; `None` where it is not on record."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            date: DayLike,
            code: str,
            value: int | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.code == "cd4" and self.value is None:
            raise refusal("missing-field", "a CD4 count needs its value in cells/uL; add `value`")
        return self


class RecordedOverride(Model):
    """Who accepted a finding, why, and when. The finding stays, and shows the override."""

    hides_keys: ClassVar[bool] = True

    code: RecordedCode
    """The code of the finding; any other code is reported as `code-not-known`."""
    course: Annotated[int, Field(ge=1)] | None = None
    """The course it is about; `None`: every course."""
    test: RecordedCode | None = None
    """The test it is about, by any code that an observation of that test could have (S31, S42); `None`: no test."""
    by: Text
    """The person or role that accepted it."""
    why: Text
    """The reason."""
    on: CalendarDate
    """The day of acceptance."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            code: str,
            course: int | None = None,
            test: str | None = None,
            by: str,
            why: str,
            on: DayLike,
        ) -> None: ...


class Decision(Model):
    """A clinician's decision on a course for which one is needed (S10)."""

    hides_keys: ClassVar[bool] = True

    course: Annotated[int, Field(ge=1)]
    """The number of the course it is about, from 1."""
    decision: Literal["resume", "treat-as-complete", "new-course"]
    """How to go on: resume the course, treat it as complete, or begin a new course."""
    by: Text
    """The person or role that decided."""
    why: Text
    """The reason."""
    on: CalendarDate
    """The day of the decision."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            course: int,
            decision: Literal["resume", "treat-as-complete", "new-course"],
            by: str,
            why: str,
            on: DayLike,
        ) -> None: ...


class History(Model):
    """The records of one patient, pseudonymous. Their order does not matter; duplicates are kept."""

    hides_keys: ClassVar[bool] = True

    patient: PatientId | None = None
    """An opaque id of at most 128 characters, compared character by character, without blanks at its ends."""
    birth_date: BirthDate | None = None
    """The date of birth; `None`: not on record."""
    prior_medicines: Annotated[int, Field(ge=0, le=100)] | None = None
    """How many multiple sclerosis medicines were tried before."""
    infusions: Many[InfusionRecord] = ()
    """The infusions on record, given or not."""
    observations: Many[Observation] = ()
    """The tests on record."""
    overrides: Many[RecordedOverride] = ()
    """The findings that somebody accepted."""
    unreadable: Many[Annotated[int, Field(ge=1)]] = ()
    """Rows of this patient that could not be read. If there is one, no date is given (S06)."""
    unreadable_observations: Many[Annotated[int, Field(ge=1)]] = ()
    """Rows of this patient's observations that could not be read. What depends on them is not assessed (S31)."""
    tests_recorded: Many[RecordedCode] | None = None
    """The codes of the kinds of test that the source records; an empty list: none. `None`: the kinds that occur among
    the observations. A test is reported missing only if its kind is recorded (S32)."""
    tests_recorded_from: CalendarDate | None = None
    """The first day from which tests are recorded; tests that were due earlier are not assessed (S32)."""
    other_rows: Annotated[int, Field(ge=0)] = 0
    """How many rows of other medicines the source has for this patient (S36)."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            patient: str | None = None,
            birth_date: DayLike | None = None,
            prior_medicines: int | None = None,
            infusions: Records[InfusionRecord] = (),
            observations: Records[Observation] = (),
            overrides: Records[RecordedOverride] = (),
            unreadable: Listed[int] = (),
            unreadable_observations: Listed[int] = (),
            tests_recorded: Listed[str] | None = None,
            tests_recorded_from: DayLike | None = None,
            other_rows: int = 0,
        ) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _numbered(cls, data: Any) -> Any:
        """Give every record without a row its position, so that findings can name it."""
        rows: Any = data.get("infusions") if type(data) is dict else None
        if type(rows) not in (list, tuple):
            return data
        return {**data, "infusions": [_with_row(record, row) for row, record in enumerate(rows, start=1)]}

    @overload
    @classmethod
    def from_dates(cls, dates: Listed[DayLike], **fields: Any) -> Self: ...
    @overload
    @classmethod
    def from_dates(cls, dates: list[date], **fields: Any) -> Self: ...
    @overload
    @classmethod
    def from_dates(cls, dates: list[str], **fields: Any) -> Self: ...
    @classmethod
    def from_dates(cls, dates: Any, **fields: Any) -> Self:
        """Return the history of completed infusions on some dates; other fields are given by name.

        Raises:
            InvalidInput: A date is not a calendar date.

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
    return {**record, "row": row} if type(record) is dict and record.get("row") is None else record


class RefusedRow(Model):
    """A row that could not be read: its number and why. Its values are not kept."""

    shown: ClassVar[tuple[str, ...]] = ("code",)

    row: Annotated[int, Field(ge=1)]
    """The line of a CSV or NDJSON file (a CSV header is line 1), the entry of a Bundle, or the number of the infusion
    in the file, from 1."""
    column: str | None = None
    """The column or the path of fields; `None`: the row as a whole."""
    code: str
    """What is wrong; a code never changes its meaning."""
    message: str
    """What is wrong, what was expected and what to do, in words."""


class ConvertedDay(Model):
    """A timestamp that falls on another date in the clinic's time zone than the one written in it."""

    row: Annotated[int, Field(ge=1)]
    """The row in the file, from 1."""
    written: str
    """As in the file: `2027-01-12T03:30:00Z`."""
    date: CalendarDate
    """The date in the clinic's time zone, which was used."""


class SkippedRows(Model):
    """Rows of one kind that were skipped: readable, but not of a kind that this library uses."""

    resource: str
    """The type of the FHIR resource, such as `Encounter`."""
    code: str | None = None
    """The coding of an Observation that no action of the protocol has: `system|code`."""
    count: Annotated[int, Field(ge=1)]
    """How many rows of this kind were skipped."""

    def _summary(self) -> Summary:
        yield "rows", self.count


class ReadFile(Model):
    """A file of a folder of records, and which rows are its lines: the first line is row `first_row`."""

    name: str
    """Its path in the folder, with `/` between folders."""
    first_row: Annotated[int, Field(ge=1)]
    """The number of its first line among the rows of all files."""
    rows: Annotated[int, Field(ge=0)]
    """How many lines it has."""

    def _summary(self) -> Summary:
        yield "rows", self.rows


class Intake(Model):
    """The content of a records file: histories, and every row that was refused. Nothing is silently dropped.

    `rows` = `accepted` + `refused_rows` + `blank` + `other` + `superseded`.
    """

    histories: Many[History]
    """One for each patient, sorted by patient; patients of whom no row could be read are included."""
    refused: Many[RefusedRow] = ()
    """Every fault of every refused row, sorted by row; a row with two faults is listed twice."""
    converted: Many[ConvertedDay] = ()
    """Timestamps whose date in the clinic's time zone is another than the one written."""
    rows: int
    """How many rows the file had, without the header."""
    accepted: int
    """How many rows were accepted."""
    blank: int
    """Empty rows, and FHIR resources that were skipped; `skipped` counts these by type and code."""
    other: int = 0
    """Rows of other medicines: counted, without effect on the patient's dates (S36)."""
    superseded: int = 0
    """Older versions and repetitions of a record that is in another row (S37)."""
    skipped: Many[SkippedRows] = ()
    """Which rows were skipped, counted by type and code."""
    files: Many[ReadFile] = ()
    """The files of a folder, in the order of their rows; empty for a single file, in which a row is a line."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        counted = self.accepted + self.refused_rows + self.blank + self.other + self.superseded
        if self.rows != counted:
            message = "`rows` is not the sum of accepted, refused, blank, other and superseded rows; correct the counts"
            raise refusal("row-count", message)
        return self

    @property
    def refused_rows(self) -> int:
        """How many rows were refused; each counts once."""
        return len({fault.row for fault in self.refused})

    def line_of(self, row: int) -> tuple[str, int] | None:
        """Return the file and the line of a row, the line from 1; `None` if a single file was read.

        >>> files = [ReadFile(name="1.ndjson", first_row=1, rows=2), ReadFile(name="2.ndjson", first_row=3, rows=5)]
        >>> Intake(histories=(), rows=7, accepted=0, blank=7, files=files).line_of(4)
        ('2.ndjson', 2)
        """
        for file in self.files:
            if file.first_row <= row < file.first_row + file.rows:
                return file.name, row - file.first_row + 1
        return None

    @property
    def faults_by_code(self) -> dict[str, int]:
        """How many faults there are of each code, sorted by code."""
        return dict(sorted(Counter(fault.code for fault in self.refused).items()))

    def _summary(self) -> Summary:
        yield "histories", len(self.histories)
        yield "rows", self.rows
        yield "refused rows", self.refused_rows
