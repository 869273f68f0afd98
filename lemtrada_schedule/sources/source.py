"""`Source`: how a table of records is to be read, for exports of claims, OMOP, a MAR, a registry or your own system.

A source says which columns the table has and how its dates and numbers are written. Nothing is guessed from the data.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lemtrada_schedule.records.history import RecordedCode
from lemtrada_schedule.records.recorded_values import DOSE_PLACES, Dose
from lemtrada_schedule.validation.accepted import Records
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import code_text, refusal
from lemtrada_schedule.validation.summary import Summary

__all__ = [
    "INFUSION_MG",
    "ActionWords",
    "DateFormat",
    "Encoding",
    "MappedTest",
    "MedicineRule",
    "ReadRule",
    "Source",
    "SourceColumns",
    "UnitsRule",
]

DateFormat = Literal[
    "YYYY-MM-DD",
    "YYYYMMDD",
    "DD.MM.YYYY",
    "DD/MM/YYYY",
    "MM/DD/YYYY",
    "DDMONYYYY",
    "excel-serial",
    "sas-day",
]
"""How a table writes its dates.

`DDMONYYYY` has an English month, as in `09MAR2026`. `excel-serial` counts days as spreadsheets for Windows do, and
`sas-day` counts days since 1960-01-01.
"""

INFUSION_MG: Final = 12
"""The dose of one infusion in mg, in the US and in the EU label. It says what a number of units is in mg, and into how
many infusions a dose over several days divides. Doses are judged by the protocol, never here."""

LONGEST_NAME: Final = 256

MOST_WORDS: Final = 10_000

Encoding = Literal[
    "utf-8",
    "utf-16",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1257",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
]
"""The encoding of a text file."""

ColumnName = Annotated[str, code_text(LONGEST_NAME)]
"""The name of a column, exactly as it is in the header of the table."""

Words = Annotated[Many[Annotated[str, code_text(LONGEST_NAME)]], Field(max_length=MOST_WORDS)]
"""Texts that a column may contain, each exactly as it is in the table."""


class SourceColumns(Model):
    """The columns that are read: our name of each, and the name in the table. Other columns are not read."""

    patient: ColumnName | None = None
    """The patient's id. Without this column the table is about one patient."""
    date: ColumnName | None = None
    """The date of the infusion; of a row over several days, the first."""
    time: ColumnName | None = None
    """When something was done: with `date` a clock time, without it a date and a clock time (`2026-03-09 09:15`)."""
    last_day: ColumnName | None = None
    """The last day of a row over several days, included."""
    started: ColumnName | None = None
    """When the infusion began, as HH:MM."""
    ended: ColumnName | None = None
    """When the infusion ended, as HH:MM."""
    observed_until: ColumnName | None = None
    """When the observation ended, as HH:MM."""
    infusion_minutes: ColumnName | None = None
    """How long the infusion took, in minutes."""
    observation_minutes: ColumnName | None = None
    """How long the patient was observed after it, in minutes."""
    dose_mg: ColumnName | None = None
    """The dose in mg, as a number alone; of a row over several days, the dose of all of them together."""
    status: ColumnName | None = None
    """`completed`, `partial`, `not-done` or `entered-in-error`."""
    course: ColumnName | None = None
    """The number of the course."""
    action: ColumnName | None = None
    """What was done, in the words of `[actions]`; the rows of one day become one record."""
    code: ColumnName | None = None
    """The code of a test, as in `[tests]`; a row with a code is a test, one without is an infusion."""
    value: ColumnName | None = None
    """The result of the test, as a whole number."""

    @property
    def mapped(self) -> dict[str, str]:
        """The columns that the source names: ours and theirs."""
        return {ours: theirs for ours, theirs in self if theirs is not None}

    def _summary(self) -> Summary:
        yield "columns", len(self.mapped)


class ReadRule(Model):
    """How the table is written. Each key has a default; give those that differ."""

    delimiter: Literal[",", ";", "\t", "|"] | None = None
    """What separates the cells of a text file; `None`: a tab in a `.tsv` file, a comma in any other."""
    encoding: Encoding = "utf-8"
    """The encoding of a text file, such as `cp1252`, that of Windows in Western Europe and the Americas."""
    date_format: DateFormat = "YYYY-MM-DD"
    """How dates are written. A cell of a spreadsheet that holds a date is read in any case."""
    decimal: Literal[".", ","] = "."
    """The decimal mark of numbers. Thousands separators are refused."""
    other_columns: Literal["refuse", "ignore"] = "refuse"
    """Whether columns that the source does not name are an error, or not read."""
    trim: bool = False
    """Whether blanks around a patient's id are removed. By default they refuse the row (`padded-id`)."""
    sheet: ColumnName | None = None
    """The sheet of a spreadsheet file; required if several have content."""
    rows: Literal["infusions", "courses"] = "infusions"
    """What a row is: an infusion (or several, with `last_day`), or a course with its first and last day."""


class MedicineRule(Model):
    """The column that names the medicine. Rows of other medicines are counted as `other`, not refused."""

    column: ColumnName
    """The column of the medicine, as a code or a name."""
    lemtrada: Words = ()
    """What the column contains for LEMTRADA, exactly; at least one is needed to read a table."""
    other: Words = ()
    """Names that look like LEMTRADA and are not, such as another product with alemtuzumab."""
    unlisted: Literal["other", "lemtrada"] = "other"
    """What a name means that is in neither list. `lemtrada`: so is a row without a name, but not one of Campath."""

    def _summary(self) -> Summary:
        yield "words", len(self.lemtrada) + len(self.other)


class UnitsRule(Model):
    """Billed units. The units of a patient and day are added up; reversals are negative."""

    column: ColumnName
    """The column of the units."""
    per_infusion: Annotated[int, Field(ge=1, le=100_000)]
    """How many units are one infusion."""
    mg: Dose | None = None
    """How many mg one unit is. Default: 12 mg, the dose of one infusion, divided by `per_infusion`."""
    claim: ColumnName | None = None
    """The column of the claim's id. Of identical lines of one claim, the first counts."""
    sequence: ColumnName | None = None
    """The column of the line's number within its claim."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.sequence is not None and self.claim is None:
            raise refusal("missing-field", "`sequence` numbers the lines of a claim; add `claim`")
        if self.mg is None and INFUSION_MG * 10**DOSE_PLACES % self.per_infusion:
            raise refusal("missing-field", f"{INFUSION_MG} mg cannot be divided by `per_infusion`; add `mg`")
        return self

    @property
    def mg_per_unit(self) -> Decimal:
        """How many mg one unit is."""
        return Decimal(INFUSION_MG) / self.per_infusion if self.mg is None else self.mg


class ActionWords(Model):
    """The words of the column `action`. A row with any other word is refused."""

    started: Words = ()
    """The infusion was started, restarted or given; at least one word is needed to read a table."""
    ended: Words = ()
    """The infusion ended, or was paused."""
    partial: Words = ()
    """The infusion ended early: only a part was given."""
    not_done: Words = ()
    """Nothing was given, such as a dose that was held."""
    ignored: Words = ()
    """Neither a start nor an end of an infusion, such as a changed rate; the rows are counted as blank."""

    @model_validator(mode="after")
    def _once(self) -> Self:
        seen: dict[str, str] = {}
        for kind, words in self:
            for word in words:
                if seen.setdefault(word, kind) != kind:
                    raise refusal("column-twice", f"a word is in both `{seen[word]}` and `{kind}`; keep one")
        return self

    def kinds(self) -> dict[str, str]:
        """Return the kind of each word, such as `started`."""
        return {word: kind for kind, words in self for word in words}

    def _summary(self) -> Summary:
        yield "words", sum(len(words) for _, words in self)


class MappedTest(Model):
    """What a laboratory calls a test, and its code here."""

    theirs: RecordedCode
    """The code in the table, such as `system|code`."""
    ours: RecordedCode
    """The code of an observation: `cd4`, the id of an action of the protocol, or a coding of one."""


def _tests(value: Any) -> Any:
    """Return a table of tests, `"system|code" = "blood-count"`, as rows."""
    return [{"theirs": theirs, "ours": ours} for theirs, ours in value.items()] if type(value) is dict else value


class Source(Model):
    """How a table of records is to be read. Load it with `load_source`, or construct it.

    Example:
        >>> source = Source(columns={"patient": "MRN", "date": "Datum"}, read={"date_format": "DD.MM.YYYY"})
        >>> source.columns.date, source.read.decimal
        ('Datum', '.')
    """

    shown: ClassVar[tuple[str, ...]] = ("extends",)

    extends: str | None = None
    """The built-in source that this one extends; `None`: none."""
    columns: SourceColumns = SourceColumns()
    """The columns that are read. Without any, the table has the columns of this library's own CSV."""
    read: ReadRule = ReadRule()
    """How the table is written."""
    medicine: MedicineRule | None = None
    """The column that names the medicine. `None`: every row is about LEMTRADA."""
    units: UnitsRule | None = None
    """Billed units. `None`: each row is an infusion."""
    actions: ActionWords = ActionWords()
    """The words of the column `action`."""
    tests: Annotated[Many[MappedTest], BeforeValidator(_tests)] = ()
    """What laboratories call the tests, and the code of each here."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            extends: str | None = None,
            columns: SourceColumns | dict[str, str] = ...,
            read: ReadRule | dict[str, Any] = ...,
            medicine: MedicineRule | dict[str, Any] | None = None,
            units: UnitsRule | dict[str, Any] | None = None,
            actions: ActionWords | dict[str, list[str]] = ...,
            tests: Records[MappedTest] | dict[str, str] = (),
        ) -> None: ...

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        fault = next(_faults(self), None)
        if fault:
            raise fault
        return self

    @property
    def names(self) -> dict[str, str]:
        """Our name of each column that is read, and its name in the table."""
        own = {name: name for name in OWN_COLUMNS} if not self.columns.mapped else self.columns.mapped
        beside = {
            "medicine": self.medicine and self.medicine.column,
            "units": self.units and self.units.column,
            "claim": self.units and self.units.claim,
            "sequence": self.units and self.units.sequence,
        }
        return {**own, **{name: theirs for name, theirs in beside.items() if theirs}}

    def code_of(self, theirs: str) -> str | None:
        """Return our code of a laboratory's test; `None` if the source does not name it."""
        return next((test.ours for test in self.tests if test.theirs == theirs), None)


OWN_COLUMNS: Final = ("patient", "date", "started", "ended", "observed_until", "dose_mg", "status", "course")
"""The columns of the library's own CSV; in a table without `[columns]`, all but `date` are optional."""

_WITH_UNITS: Final = frozenset({"patient", "date", "last_day"})

_OF_COURSES: Final = frozenset({"patient", "date", "last_day", "course"})

_OF_ACTIONS: Final = frozenset({"patient", "date", "time", "dose_mg", "action"})


def _faults(source: Source) -> Iterator[Exception]:
    """Yield what contradicts itself in a source."""
    mapped = source.columns.mapped
    twice = {theirs for theirs in mapped.values() if list(mapped.values()).count(theirs) > 1}
    if twice:
        names = ", ".join(f"`{ours}`" for ours, theirs in mapped.items() if theirs in twice)
        yield refusal("column-twice", f"{names} are the same column; each needs its own")
    if mapped and not {"date", "time"} & mapped.keys():
        yield refusal("missing-field", "`columns.date` is missing; name the column of the date")
    if "time" in mapped and "action" not in mapped:
        yield refusal(
            "missing-field", "`columns.time` is the time of an action; add `columns.action`, or use `started`"
        )
    if "value" in mapped and "code" not in mapped:
        yield refusal("missing-field", "`columns.value` is the result of a test; add `columns.code`")
    if "code" in mapped and "date" not in mapped:
        yield refusal("missing-field", "`columns.code` is the code of a test; add `columns.date`")
    for what, is_given, allowed in (
        ("[units]", source.units is not None, _WITH_UNITS),
        ('read.rows = "courses"', source.read.rows == "courses", _OF_COURSES),
        ("`columns.action`", "action" in mapped, _OF_ACTIONS),
    ):
        beside = sorted(mapped.keys() - allowed - {"code", "value"})
        if is_given and beside:
            yield refusal("reserved-name", f"{what} is given, so `columns.{beside[0]}` cannot be read; remove it")
    if source.read.rows == "courses" and (source.units or "last_day" not in mapped):
        yield refusal("missing-field", 'a row of `read.rows = "courses"` has a first and a last day; map `last_day`')
