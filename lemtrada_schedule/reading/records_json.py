"""Read histories from JSON of our own form: one object for each patient.

A row is one infusion: its number is counted through the whole file, from 1. An infusion that cannot be read
is a refused row. A fault in the patient's other fields refuses the object and with it all its infusions; an
object without infusions then counts as one row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from lemtrada_schedule._doors import refused
from lemtrada_schedule._model import Model, near_miss
from lemtrada_schedule.errors import InvalidInput, Problem, kind_of
from lemtrada_schedule.reading.gathering import INFUSION_FIELDS, Gathering, whose_row
from lemtrada_schedule.records import History, InfusionRecord, Intake, Observation, RecordedOverride

__all__ = ["intake_of_patients"]

PATIENT: Final = "patient"
_PLAIN: Final = (PATIENT, "birth_date", "prior_medicines")
_LISTS: Final[dict[str, type[Model] | None]] = {
    "infusions": None, "observations": Observation, "overrides": RecordedOverride
}  # fmt: skip
"""The lists of an object, with the nouns that stand in them; infusions are read one by one, as rows."""


def intake_of_patients(data: Any) -> Intake:
    """Return what the object of one patient, or a list of such, holds; in a list of several each names its patient.

    Raises:
        InvalidInput: The data are neither an object nor a list.

    Example:
        >>> intake = intake_of_patients({"prior_medicines": 2, "infusions": [{"date": "2025-03-03"}, {}]})
        >>> intake.accepted, [(fault.row, fault.column, fault.code) for fault in intake.refused]
        (1, [(2, 'date', 'missing-field')])
    """
    if type(data) not in (dict, list):
        raise refused("wrong-type", "", f"expected an object for each patient, or a list of them, got {kind_of(data)}")
    objects = data if type(data) is list else [data]
    alone = len(objects) == 1 and type(objects[0]) is dict and objects[0].get(PATIENT) is None
    gathering = Gathering(alone=alone)
    for position, given in enumerate(objects, start=1):
        _take_patient(gathering, position, given, alone=alone)
    return gathering.intake()


def _take_patient(gathering: Gathering, position: int, given: Any, *, alone: bool) -> None:
    """Take one object: its infusions are the next rows."""
    about, faults = _about(given)
    patient = about.pop(PATIENT, None)
    wrong_ids = [fault for fault in faults if fault.place == PATIENT]
    if type(given) is dict and given.get(PATIENT) is None and not alone:
        faults.append(Problem("missing-field", PATIENT, "each of several patients needs an id; add it"))
    if patient in gathering.about:
        faults.append(Problem("json-structure", "", "another object has the same patient; make the two one"))
    infusions = given.get("infusions") if type(given) is dict else None
    items = infusions if type(infusions) is list else []
    first = gathering.rows + 1
    gathering.rows += max(len(items), bool(faults))
    if faults:
        told = [replace(fault, message=f"object {position} of the file: {fault.message}") for fault in faults]
        for row in range(first, gathering.rows + 1):
            gathering.refuse(row, told, patient=whose_row(given[PATIENT], wrong_ids) if wrong_ids else patient)
        return
    gathering.about[patient] = about
    for row, item in enumerate(items, start=first):
        _take_infusion(gathering, row, item, patient)


def _take_infusion(gathering: Gathering, row: int, item: Any, patient: str | None) -> None:
    if type(item) is not dict:
        message = f"expected an object for each infusion, got {kind_of(item)}"
        gathering.refuse(row, [Problem("wrong-type", "", message)], patient=patient)
        return
    faults = list(_unknown_keys(item, INFUSION_FIELDS))
    try:
        known = {name: item[name] for name in INFUSION_FIELDS if name in item}
        record = InfusionRecord.model_validate({**known, "row": row})
    except InvalidInput as error:
        faults += error.problems
    if faults:
        gathering.refuse(row, faults, patient=patient)
    else:
        gathering.accept(patient, record)


def _about(given: Any) -> tuple[dict[str, Any], list[Problem]]:
    """Return the fields of a patient's object apart from the infusions, as far as they are right, and the faults."""
    if type(given) is not dict:
        return {}, [Problem("wrong-type", "", f"expected an object for each patient, got {kind_of(given)}")]
    about: dict[str, Any] = {}
    faults = list(_unknown_keys(given, (*_PLAIN, *_LISTS)))
    for name in (name for name in _PLAIN if name in given):
        try:
            about[name] = getattr(History.model_validate({name: given[name]}), name)
        except InvalidInput as error:
            faults += error.problems
    for name in (name for name in _LISTS if name in given):
        if type(given[name]) is not list:
            faults.append(Problem("wrong-type", name, f"expected a list, got {kind_of(given[name])}"))
        elif kind := _LISTS[name]:
            about[name], wrong = _items(given[name], name, kind)
            faults += wrong
    return about, faults


def _items(items: list[Any], name: str, kind: type[Model]) -> tuple[list[Model], list[Problem]]:
    """Return the items of a list that are right, and what is wrong with the others."""
    right, faults = list[Model](), list[Problem]()
    for index, item in enumerate(items):
        try:
            right.append(kind.model_validate(item))
        except InvalidInput as error:
            where = f"{name}.{index}"
            paths = (where if fault.place == kind.__name__ else f"{where}.{fault.place}" for fault in error.problems)
            faults += [replace(fault, place=path) for fault, path in zip(error.problems, paths, strict=True)]
    return right, faults


def _unknown_keys(given: dict[str, Any], known: Sequence[str]) -> Iterator[Problem]:
    for key in given:
        if key not in known:
            yield Problem("unknown-key", key, f"this key is not known{near_miss(key.lower(), known)}")
