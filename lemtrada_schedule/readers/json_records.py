"""This library's own JSON format: one object for each patient.

A row is one infusion, numbered through the whole file from 1. A malformed infusion is a refused row. A malformed
observation is a separate refused row, numbered after all infusions of the file: only what observations decide is
then unknown (S31). A problem in another field of the patient refuses the object with all its infusions; an object
without infusions then counts as one row.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from lemtrada_schedule.errors import MORE_PROBLEMS, InvalidInput, Problem, kind_of
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.intake_builder import INFUSION_FIELDS, PATIENT, IntakeBuilder, whose_row
from lemtrada_schedule.readers.options import ReadOptions
from lemtrada_schedule.readers.reader import Reader
from lemtrada_schedule.records.history import History, InfusionRecord, Intake, Observation, RecordedOverride
from lemtrada_schedule.sources.files import json_in, read_json
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.near_names import unknown_key

__all__ = ["READER", "intake_of_patients"]

OBSERVATIONS: Final = "observations"

MOST_KEYS: Final = 20
"""Maximum number of unknown keys of one object that are described; the rest are counted."""

MOST_ITEMS: Final = 20
"""After this many wrong items of one list, other than infusions, the remaining items are not validated."""

_KEYED: Final = "if this object is keyed by patient id, write a list of objects with `patient`"

_PLAIN: Final = (PATIENT, "birth_date", "prior_medicines", "tests_recorded", "tests_recorded_from")

_LISTS: Final[dict[str, type[Model] | None]] = {
    "infusions": None, OBSERVATIONS: None, "overrides": RecordedOverride
}  # fmt: skip
"""The lists of an object with the class of their items; infusions and observations are read as rows."""


def intake_of_patients(data: Any, protocols: Collection[Protocol] = ()) -> Intake:
    """Return the histories in the object of one patient, or in a list of such objects.

    Args:
        data: The object, or the list; in a list of several, each object names its patient.
        protocols: A test of theirs counts as recorded for every patient if any patient of the file has it (S32).

    Raises:
        InvalidInput: The data is neither an object nor a list.

    Example:
        >>> intake = intake_of_patients({"prior_medicines": 2, "infusions": [{"date": "2025-03-03"}, {}]})
        >>> intake.accepted, [(fault.row, fault.column, fault.code) for fault in intake.refused]
        (1, [(2, 'date', 'missing-field')])
    """
    if type(data) not in (dict, list):
        raise refused("wrong-type", "", f"expected an object for each patient, or a list of them, got {kind_of(data)}")
    objects = data if type(data) is list else [data]
    alone = len(objects) == 1 and type(objects[0]) is dict and objects[0].get(PATIENT) is None
    builder = IntakeBuilder(alone=alone)
    tests = list[tuple[str | None, list[Problem]]]()
    for position, given in enumerate(objects, start=1):
        tests += _take_patient(builder, position, given, alone=alone)
    for patient, faults in tests:
        builder.rows += 1
        builder.refuse(builder.rows, faults, patient=patient, takes="tests")
    return builder.intake(protocols)


def _read(data: Any, options: ReadOptions) -> Intake:
    return intake_of_patients(data, options.protocols)


def _looks_like(data: Any) -> bool:
    return type(data) is not dict or "resourceType" not in data


READER: Final = Reader("JSON", "json", (".json",), read_json, json_in, _read, _looks_like, (dict, list))


def _take_patient(
    builder: IntakeBuilder, position: int, given: Any, *, alone: bool
) -> list[tuple[str | None, list[Problem]]]:
    """Read one object, whose infusions are the next rows. Return the problems of each refused observation."""
    about, faults = _about(given)
    patient = about.pop(PATIENT, None)
    wrong_ids = [fault for fault in faults if fault.place == PATIENT]
    if type(given) is dict and given.get(PATIENT) is None and not alone:
        faults.append(Problem("missing-field", PATIENT, "required in a list of several patients; add the id"))
    if patient in builder.about:
        faults.append(Problem("json-structure", "", "another object has the same patient; merge the objects"))
    infusions = given.get("infusions") if type(given) is dict else None
    items = infusions if type(infusions) is list else []
    first = builder.rows + 1
    builder.rows += max(len(items), bool(faults))
    observations, wrong = _observations(given)
    refused_tests = [(patient, _in_object(position, of_one)) for of_one in wrong]
    if faults:
        whose = whose_row(given[PATIENT], wrong_ids) if wrong_ids else patient
        for row in range(first, builder.rows + 1):
            builder.refuse(row, _in_object(position, faults), patient=whose)
        if observations:  # refused with their object
            builder.lose_tests(first, patient=whose)
        return refused_tests
    builder.about[patient] = {**about, OBSERVATIONS: observations}
    for row, item in enumerate(items, start=first):
        _take_infusion(builder, row, item, patient)
    return refused_tests


def _in_object(position: int, faults: list[Problem]) -> list[Problem]:
    return [replace(fault, message=f"object {position} of the file: {fault.message}") for fault in faults]


def _observations(given: Any) -> tuple[list[Observation], list[list[Problem]]]:
    """Return the observations of an object, and the problems of each refused one."""
    items = given.get(OBSERVATIONS, []) if type(given) is dict else []
    if type(items) is not list:
        return [], [[Problem("wrong-type", OBSERVATIONS, f"expected a list, got {kind_of(items)}")]]
    right, wrong = list[Observation](), list[list[Problem]]()
    for index, item in enumerate(items):
        if type(item) is not dict:
            message = f"expected a table of fields, got {kind_of(item)}"
            wrong.append([Problem("wrong-type", f"{OBSERVATIONS}.{index}", message)])
            continue
        try:
            right.append(cast("Observation", _item(item, Observation)))
        except InvalidInput as error:
            wrong.append(list(_under(f"{OBSERVATIONS}.{index}", Observation, error)))
    return right, wrong


def _take_infusion(builder: IntakeBuilder, row: int, item: Any, patient: str | None) -> None:
    if type(item) is not dict:
        message = f"expected an object for each infusion, got {kind_of(item)}"
        builder.refuse(row, [Problem("wrong-type", "", message)], patient=patient)
        return
    faults = _unknown_keys(item, INFUSION_FIELDS)
    try:
        known = {name: item[name] for name in INFUSION_FIELDS if name in item}
        record = InfusionRecord.model_validate({**known, "row": row})
    except InvalidInput as error:
        faults += error.problems
    if faults:
        builder.refuse(row, faults, patient=patient)
    else:
        builder.accept(patient, record)


def _about(given: Any) -> tuple[dict[str, Any], list[Problem]]:
    """Return the valid fields of a patient's object, without the infusions, and the problems of the others."""
    if type(given) is not dict:
        return {}, [Problem("wrong-type", "", f"expected an object for each patient, got {kind_of(given)}")]
    about: dict[str, Any] = {}
    faults = _unknown_keys(given, (*_PLAIN, *_LISTS))
    if faults and "infusions" not in given and any(type(part) in (dict, list) for part in given.values()):
        faults[0] = replace(faults[0], message=f"{faults[0].message}; {_KEYED}")
    for name in (name for name in _PLAIN if name in given):
        try:
            about[name] = getattr(History.model_validate({name: given[name]}), name)
        except InvalidInput as error:
            faults += error.problems
    for name in (name for name in _LISTS if name in given and name != OBSERVATIONS):
        if type(given[name]) is not list:
            faults.append(Problem("wrong-type", name, f"expected a list, got {kind_of(given[name])}"))
        elif kind := _LISTS[name]:
            about[name], wrong = _items(given[name], name, kind)
            faults += wrong
    return about, faults


def _items(items: list[Any], name: str, kind: type[Model]) -> tuple[list[Model], list[Problem]]:
    """Return the valid items of a list, and the problems of the others."""
    right, faults, faulty = list[Model](), list[Problem](), 0
    for index, item in enumerate(items):
        try:
            right.append(_item(item, kind))
        except InvalidInput as error:
            faults += _under(f"{name}.{index}", kind, error)
            faulty += 1
            if faulty == MOST_ITEMS and index + 1 < len(items):
                message = f"{len(items) - index - 1:,} items after these were not checked; fix these first"
                faults.append(Problem(MORE_PROBLEMS, name, message))
                break
    return right, faults


def _under(where: str, kind: type[Model], error: InvalidInput) -> Iterator[Problem]:
    """Yield the problems of an item with the item's place before theirs."""
    for fault in error.problems:
        yield replace(fault, place=where if fault.place in ("", kind.__name__) else f"{where}.{fault.place}")


def _item(item: Any, kind: type[Model]) -> Model:
    """Return one item; if it has very many keys, only some of the unknown keys are described."""
    fields = kind.model_fields
    if type(item) is not dict or len(item) <= len(fields) + MOST_KEYS:
        return kind.model_validate(item)
    raise InvalidInput(_unknown_keys(item, tuple(fields)))


def _unknown_keys(given: dict[str, Any], known: Sequence[str]) -> list[Problem]:
    """Return a problem for each unknown key; a key may be a patient's id, so it is not repeated."""
    unknown = [key for key in given if key not in known]
    faults = [Problem("unknown-key", "", unknown_key(key, known)) for key in unknown[:MOST_KEYS]]
    if more := len(unknown) - len(faults):
        faults.append(Problem("unknown-key", "", f"{more:,} more keys are unrecognised; remove them"))
    return faults
