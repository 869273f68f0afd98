"""What a value shows of itself: trackers of errors write down the locals of every function, patients among them."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Final, is_typeddict

import pytest

import lemtrada_schedule
from lemtrada_schedule.validation.model import Model

PATIENT: Final = "Jane Doe"
HARMLESS: Final = frozenset({
    "lemtrada_schedule.cohort.report.FileRows",                     # counts
    "lemtrada_schedule.cli.writing._Target",                        # the name of a file, which errors name too
    "lemtrada_schedule.conformance.Difference",                     # made-up cases
    "lemtrada_schedule.conformance.Report",                         # as Difference
    "lemtrada_schedule.errors.Problem",                             # an error repeats no value
    "lemtrada_schedule.errors.Remedy",                              # the name of an argument
    "lemtrada_schedule.exports.fhir.infusion_days.Ahead",           # nouns, and the dose by rule
    "lemtrada_schedule.exports.html.wording.Wording",               # a choice
    "lemtrada_schedule.findings.finding.FindingKind",             # the catalogue
    "lemtrada_schedule.plan.parts.Item",                            # its id
    "lemtrada_schedule.plan.parts.Part",                            # its id
    "lemtrada_schedule.planning.assembling._Parts",                  # nouns, as Ahead
    "lemtrada_schedule.clinic.public_holidays.PublicHoliday",       # of a country
    "lemtrada_schedule.readers.fhir.parts.Faults",                  # problems
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
        yield from super()._summary()
        yield "beds", len(self.beds)


def test_a_summary_is_what_a_value_shows() -> None:
    assert repr(Ward(id="w1", head=PATIENT, beds=(1, 2))) == "Ward(id='w1', beds=2)"


def test_by_default_a_value_shows_only_what_names_it() -> None:
    class Room(Model):
        number: int
        guest: str

    assert repr(Room(number=1, guest=PATIENT)) == "Room(number=1)"
