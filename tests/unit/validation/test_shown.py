"""What a value shows of itself: trackers of errors write down the locals of every function, patients among them."""

import importlib
import pickle
import pkgutil
import re
import traceback
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, ClassVar, Final, Literal, Union, cast, get_args, get_origin, is_typeddict

import pytest

import lemtrada_schedule
from lemtrada_schedule import Derivation, Problem, ScheduleError
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.summary import one_line, parts_of
from tests.support.for_each import each
from tests.support.hostile_values import MARK, fields_of, nouns, samples

PATIENT: Final = "Jane Doe"
HARMLESS: Final = frozenset({
    "lemtrada_schedule.cohort.report.FileRows",                     # counts, without the name of the file
    "lemtrada_schedule.cli.writing._Target",                        # the name of a file, which errors name too
    "lemtrada_schedule.conformance.Difference",                     # made-up cases
    "lemtrada_schedule.conformance.Report",                         # as Difference
    "lemtrada_schedule.errors.Problem",                             # an error repeats no value
    "lemtrada_schedule.errors.Remedy",                              # the name of an argument
    "lemtrada_schedule.exports.fhir.infusion_days.Ahead",           # nouns, and the dose by rule
    "lemtrada_schedule.exports.html.wording.Wording",               # a choice
    "lemtrada_schedule.exports.text.style.Style",                   # how lines are shown
    "lemtrada_schedule.cli.terminal.Terminal",                      # what standard output is
    "lemtrada_schedule.findings.finding.FindingKind",             # the catalogue
    "lemtrada_schedule.plan.parts.Item",                            # its id
    "lemtrada_schedule.plan.parts.Part",                            # its id
    "lemtrada_schedule.plan.due_tests.DueTests",                    # the end of the id of a visit
    "lemtrada_schedule.plan.due_tests.Grouped",                     # the id of a visit group
    "lemtrada_schedule.plan.visit_days.VisitDay",                   # its id
    "lemtrada_schedule.planning.assembling.PlanParts",              # nouns, as Ahead
    "lemtrada_schedule.agenda.open_tests.OpenTest",                 # its id
    "lemtrada_schedule.cli.pairing.Refused",                        # as Problem, with the name of the file
    "lemtrada_schedule.clinic.public_holidays.PublicHoliday",       # of a country
    "lemtrada_schedule.readers.fhir.parts.Faults",                  # problems
    "lemtrada_schedule.exports.html.timeline_shapes.Labels",        # the words of a drawing, in one language
    "lemtrada_schedule.readers.reader.Reader",                      # a file format: its name, suffixes and functions
    "lemtrada_schedule.dates.steps.Step",                           # how far a date lies from another
    "lemtrada_schedule.dates.stretches.Stretch",                    # days counted by a protocol's rules
})  # fmt: skip
"""What may show itself, and what it holds. A new class is put here with its reason, or has `repr=False`."""


def classes() -> Iterator[type]:
    """Yield every dataclass of the package, and every class that is a container itself."""
    for module in pkgutil.walk_packages(lemtrada_schedule.__path__, "lemtrada_schedule."):
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, type) and one.__module__ == module.name and _holds(one):
                yield one


def _holds(one: type) -> bool:
    """Return whether it is such a class; a `TypedDict` only describes plain dicts."""
    return is_dataclass(one) or (issubclass(one, tuple | list | dict | set | frozenset) and not is_typeddict(one))


def holding(one: Any, value: Any) -> Any:
    """Return an object of a class that holds a value in each place, whatever the place is meant for."""
    if issubclass(one, tuple):
        return tuple.__new__(one, [value] * len(getattr(one, "_fields", "x")))
    made = one.__new__(one)
    if isinstance(made, dict):
        dict.__setitem__(made, value, value)
    elif isinstance(made, list):
        list.append(made, value)
    else:
        for field in fields(one):
            object.__setattr__(made, field.name, value)
    return made


def shows(one: type) -> bool:
    return PATIENT in repr(holding(one, PATIENT))


def test_nothing_that_can_hold_a_patient_shows_one() -> None:
    shown = {f"{one.__module__}.{one.__qualname__}" for one in classes() if shows(one)}
    assert shown == HARMLESS


@pytest.mark.parametrize(
    "name", ["cohort.screen.chunks.Chunk", "records.courses.CourseGiven", "readers.csv_records._Known"]
)
def test_the_classes_are_found(name: str) -> None:
    assert f"lemtrada_schedule.{name}" in {f"{one.__module__}.{one.__qualname__}" for one in classes()}


class Ward(Model):
    """A value with a summary of its own."""

    id: str
    head: str
    beds: tuple[int, ...] = ()

    def _summary(self) -> Iterator[tuple[str, Any]]:
        yield "ward", f"ward {self.id}"
        yield "beds", len(self.beds)


def test_a_summary_is_what_a_value_shows() -> None:
    ward = Ward(id="w1", head=PATIENT, beds=(1, 2))
    assert (repr(ward), str(ward), f"{ward}") == ("Ward(ward w1, 2 beds)",) * 3


def test_libraries_that_print_values_of_pydantic_show_the_same() -> None:
    """Such as rich, which asks for the arguments of a repr."""
    assert Ward(id="w1", head=PATIENT, beds=(1,)).__repr_args__() == [(None, "ward w1"), (None, "1 bed")]


class Room(Model):
    number: int
    guest: str | None = None
    nurses: tuple[str, ...] = ()


def test_by_default_a_value_shows_how_many_things_it_holds() -> None:
    assert repr(Room(number=1, guest=PATIENT, nurses=(PATIENT,))) == "Room(1 nurse)"


def test_a_value_without_a_list_shows_how_many_facts_it_holds() -> None:
    assert repr(Room(number=1, guest=PATIENT)) == "Room(2 facts)"
    assert repr(Room(number=1)) == "Room(1 fact)"


class Floor(Model):
    shown: ClassVar[tuple[str, ...]] = ("wing", "name")

    name: str
    wing: str | None = None
    rooms: tuple[Room, ...] = ()
    best: Room | None = None


def test_a_value_shows_the_names_that_it_lists_in_their_order() -> None:
    assert repr(Floor(name="first", wing="north")) == "Floor(north, first)"
    assert repr(Floor(name="first")) == "Floor(first)"


def test_a_line_has_at_most_120_characters() -> None:
    line = repr(Floor(name="n" * 300, wing="w" * 40))
    assert line == f"Floor({'w' * 40}, {'n' * 39}…)"
    long = one_line("Ward", [("beds", 10**9 + n) for n in range(9)])
    assert len(long) == 120
    assert long.startswith("Ward(1,000,000,000 beds, 1,000,000,001 beds")
    assert long.endswith("…)")


def test_a_name_is_shown_on_one_line() -> None:
    assert one_line("Ward", [("name", "a" + chr(10) + "b")]) == "Ward(aU+000Ab)"


def test_one_of_a_thing_is_in_the_singular() -> None:
    assert list(parts_of([("histories", 1), ("days", 1), ("passed over", 1)])) == [
        "1 history",
        "1 day",
        "1 passed over",
    ]


@pytest.mark.parametrize(
    ("place", "line"),
    [("infusions.0.date", "Problem(no-such-date at infusions.0.date)"), ("", "Problem(no-such-date)")],
)
def test_a_problem_shows_its_code_and_place(place: str, line: str) -> None:
    assert repr(Problem("no-such-date", place, "there is no such day")) == line


def test_a_problem_shows_at_most_120_characters() -> None:
    line = repr(Problem("no-such-date", "x" * 200, "there is no such day"))
    assert len(line) == 120
    assert line.endswith("…)")


# --- every noun, filled with markers -------------------------------------------------------------

NAMES_FROM_THE_RULES: Final = frozenset({
    "Plan.protocol", "Protocol.id", "Protocol.revision", "CitedDocument.id", "Code.code",
    *(f"{kind}Action.id" for kind in ("AfterInfusion", "InfusionDays", "Note", "Period", "Series", "Window")),
    *(f"{kind}Activity.action" for kind in ("AfterInfusion", "InfusionDays", "Note", "Period", "Series", "Window")),
    *(f"{kind}.cite" for kind in ("AgeLimit", "Citation", "CourseCount", "CourseRule", "DayCount", "InfusionDayRule")),
    "MedicineCount.cite", "Monitoring.action", "Visit.group",
})  # fmt: skip
"""Ids of a protocol, its actions and its sources, and codes of a terminology: the same for every patient."""
NAMES_OF_THE_CLINIC: Final = frozenset({"Clinic.time_zone", "StatedClinic.time_zone", "TimeWindow.time_zone"})
COUNTS_AND_ORDINALS: Final = frozenset({
    "Plan.revision", "Course.number", "CourseVerdict.number", "CourseVerdict.infusions", "Forecast.course",
    "InfusionDay.number", "Intake.rows", "ReadFile.rows", "SkippedRows.count", "Bookings.other_clinics",
})  # fmt: skip
NAMES_OF_THIS_LIBRARY: Final = frozenset({
    "Source.extends",                   # the name of a built-in source
    "RefusedRow.code",                  # what is wrong with a row, never what is in it
    "Span.count",                       # `Span.parse('12 months')`: a length, and no day
})  # fmt: skip
SHOWN: Final = NAMES_FROM_THE_RULES | NAMES_OF_THE_CLINIC | COUNTS_AND_ORDINALS | NAMES_OF_THIS_LIBRARY
"""Every text, number and date that a noun shows. A field is added here with its reason, or not shown."""


class Marks:
    """Fills the fields of nouns, each with a text, number or date of its own, and knows which field has which."""

    def __init__(self) -> None:
        self._last = 700_000
        self.of: dict[str, str] = {}

    def filled(self, noun: type[Model]) -> Model:
        made: Any = noun.__new__(noun)
        fields = {name: self.mark(field.annotation, noun, name) for name, field in noun.model_fields.items()}
        object.__setattr__(made, "__dict__", fields)
        return cast("Model", made)

    def mark(self, kind: Any, noun: type[Model], name: str) -> Any:  # one arm for each kind
        inside = get_args(kind)
        if get_origin(kind) is Annotated:
            return self.mark(inside[0], noun, name)
        if get_origin(kind) in (Union, UnionType):
            return self.mark(inside[0], noun, name)
        if get_origin(kind) is tuple:
            return (self.mark(inside[0], noun, name), self.mark(inside[0], noun, name))
        if get_origin(kind) is Literal:
            return inside[0]
        if issubclass(kind, Model):
            return self.filled(kind)
        return self._scalar(kind, f"{noun.__name__}.{name}")

    def _scalar(self, kind: Any, place: str) -> Any:
        self._last += 1
        self.of[str(self._last)] = place
        day = date.fromordinal(self._last)
        scalars: dict[Any, Any] = {
            str: f"Zq{self._last}", int: self._last, bool: True, time: time(23, 59), type(None): None,
            Decimal: Decimal(self._last), date: day, datetime: datetime.combine(day, time(), UTC),
        }  # fmt: skip
        if kind in (date, datetime):
            self.of[str(day)] = place
            self.of[f"of the year {day.year}"] = place
        return scalars[kind]

    def seen_in(self, text: str) -> set[str]:
        """Return the fields whose marks a text holds; dates are looked for in any spelling that names the year."""
        words = set(re.findall(r"[0-9]{6}|[0-9]{4}-[0-9]{2}-[0-9]{2}", text.replace(",", "")))
        years = {f"of the year {year}" for year in re.findall(r"(?<![0-9])1[0-9]{3}(?![0-9])", text.replace(",", ""))}
        return {self.of[word] for word in words | years if word in self.of}


SAMPLED: Final = sorted(samples(), key=lambda noun: noun.__name__)


def every_noun() -> list[type[Model]]:
    list(classes())  # imports every module
    return nouns()


def test_every_noun_of_the_package_is_looked_at() -> None:
    assert {"Plan", "History", "Visit", "TestDate", "Laboratory"} <= {noun.__name__ for noun in every_noun()}
    assert len(every_noun()) >= 61


def test_no_noun_shows_an_id_a_date_or_a_value_of_a_patient() -> None:
    shown: set[str] = set()
    for noun in every_noun():
        marks = Marks()
        value = marks.filled(noun)
        html = value._repr_html_()
        for text in (repr(value), str(value), f"{value}", html, repr(value.__repr_args__())):
            shown |= marks.seen_in(text)
        assert len(repr(value)) <= 120
        assert "\n" not in repr(value)
        assert f"<strong>{noun.__name__}</strong></caption>" in html
    assert shown == SHOWN


def test_the_marks_are_seen() -> None:
    """A date as ISO, or as people write it; a number with or without separators."""
    marks = Marks()
    marks.filled(Derivation)
    places = {place: mark for mark, place in marks.of.items() if "-" in mark}
    day = date.fromisoformat(places["Derivation.result"])
    assert marks.seen_in(f"on {day}") == {"Derivation.result"}
    assert "Derivation.result" in marks.seen_in(f"{day:%d %B %Y}")
    number = next(mark for mark, place in marks.of.items() if place == "Derivation.anchor_course")
    assert marks.seen_in(f"{int(number):,}") == marks.seen_in(number) == {"Derivation.anchor_course"}


@each(SAMPLED)
def test_no_error_shows_what_was_refused(noun: type[Model]) -> None:
    """Whatever field it stands in: neither the error, nor the traceback, nor what another process receives."""
    for name in noun.model_fields:
        for bad in (MARK + chr(10), [MARK + chr(10)], {"x": MARK}, date(1831, 7, 19)):
            try:
                noun.model_validate({**fields_of(noun), name: bad})
            except ScheduleError as error:
                lines = "".join(traceback.format_exception(error))
                told = (str(error), repr(error), lines, repr(pickle.dumps(error)))
                assert not [text for text in told if MARK in text or "1831" in text]
