"""Decide about the resources of a file after all are read: versions, references, patients, medicines (S36, S37)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from lemtrada_schedule.errors import InvalidInput, Problem, Remedy
from lemtrada_schedule.readers.fhir.administrations import Administration, Subject
from lemtrada_schedule.readers.fhir.identity import Address, Addresses, Version, newest
from lemtrada_schedule.readers.fhir.medicines import Known, Medicine
from lemtrada_schedule.readers.fhir.observations import SeenObservation
from lemtrada_schedule.readers.intake_builder import IntakeBuilder, Takes, whose_row
from lemtrada_schedule.records.history import ConvertedDay, History

__all__ = ["Draft", "What", "decide"]

TAKES: Final[dict[str, Takes]] = {
    "MedicationAdministration": "dates", "Observation": "tests", "Patient": "nothing", "Medication": "nothing"
}  # fmt: skip
"""What is unknown about a patient because of a refused resource. A Patient provides only the birth date, and no date
depends on it; without a Medication, the administrations that refer to it are refused."""

NOT_TOLD: Final = Problem.advising(
    "medicine-not-told",
    "medication[x]",
    "cannot tell whether this is LEMTRADA: expected one of its codes, or another medicine's code of RxNorm, ATC, NDC "
    "or HCPCS with a display; correct the coding, add it with ",
    Remedy("lemtrada_codes"),
    ", add the Medication it refers to with ",
    Remedy("medications"),
    ", or, if all such records are LEMTRADA, use ",
    Remedy("medicine", '="assumed"'),
)

REPEATED: Final = (
    "another row contains the same resource with different content, and neither meta.versionId nor meta.lastUpdated "
    "says which one is current; keep only the current version"
)

What = Administration | SeenObservation | Medicine | date | None


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """A resource that was read; which version counts and what its references mean is decided later."""

    row: int
    """0 or less for a resource of the caller's `medications`, which is not a row."""
    kind: str
    address: Address | None
    base: str | None
    """The server's address, to which relative references in the resource are relative."""
    version: Version | None
    subject: Subject | None
    what: What
    faults: tuple[Problem, ...]


def decide(
    drafts: Sequence[Draft],
    substances: Sequence[tuple[Address, Medicine]],
    addresses: Addresses,
    builder: IntakeBuilder,
    *,
    is_assumed: bool,
) -> None:
    """Count every resource once: accepted, refused, skipped, other or superseded.

    Args:
        drafts: The resources, in the order of their rows.
        substances: The addresses and medicines of the Substances of the file.
        addresses: The addresses of the file.
        builder: Receives the result for each resource.
        is_assumed: Whether an administration of an unknown medicine is treated as LEMTRADA.
    """
    _Deciding(drafts, substances, addresses, builder, is_assumed=is_assumed).decide()


class _Deciding:
    def __init__(
        self,
        drafts: Sequence[Draft],
        substances: Sequence[tuple[Address, Medicine]],
        addresses: Addresses,
        builder: IntakeBuilder,
        *,
        is_assumed: bool,
    ) -> None:
        self._drafts, self._addresses, self._builder = drafts, addresses, builder
        self._is_assumed = is_assumed
        self._medicines: dict[str, tuple[Medicine, str | None]] = {}
        self._named = {
            name for address, medicine in substances if medicine.names and (name := addresses.resolved(address))
        }
        self._used: set[str] = set()
        self._checked: dict[str, tuple[Problem, ...]] = {}

    def decide(self) -> None:
        superseded, undecided = set[int](), list[list[Draft]]()
        for group in self._resources():
            position = newest([draft.version for draft in group if draft.version])
            if position is None:
                undecided.append(group)
            superseded.update(draft.row for draft in group if position is not None and draft is not group[position])
        repeated = {draft.row for group in undecided for draft in group}
        for draft in self._drafts:
            name = self._addresses.resolved(draft.address) if draft.address else None
            if name and isinstance(draft.what, Medicine) and draft.row not in superseded | repeated:
                self._medicines[name] = draft.what, draft.base
        # If no version of a resource says anything about its patient, any one counts, whatever their order.
        for group in undecided:
            if all(self._says_nothing(draft) for draft in group):
                counted_one = min(group, key=_content)
                superseded.update(draft.row for draft in group if draft is not counted_one)
                repeated.difference_update(draft.row for draft in group)
        counted = [draft for draft in self._drafts if draft.row not in superseded and draft.row > 0]
        self._builder.superseded += sum(row > 0 for row in superseded)
        for draft in counted:
            if isinstance(draft.what, Administration) and draft.what.medicine and draft.row not in repeated:
                self._used.add(self._target(draft.what.medicine, draft.base) or "")
        for draft in counted:
            self._take(draft, is_repeated=draft.row in repeated)

    def _resources(self) -> Iterator[list[Draft]]:
        """Yield the drafts of each resource that occurs several times."""
        found = defaultdict[tuple[str, str], list[Draft]](list)
        for draft in self._drafts:
            name = self._addresses.resolved(draft.address) if draft.address and draft.version else None
            if name is not None:
                found[draft.kind, name].append(draft)
        yield from (group for group in found.values() if len(group) > 1)

    def _says_nothing(self, draft: Draft) -> bool:
        if isinstance(draft.what, SeenObservation):
            return not draft.what.is_read
        return isinstance(draft.what, Administration) and self._medicine_is(draft) == "other"

    # --- medicines -------------------------------------------------------------------------------

    def _target(self, medicine: Medicine, base: str | None) -> str | None:
        """Return the name of the Medication that a medicine refers to; `None` if it refers to none."""
        written = medicine.reference
        if written is None:
            return None
        return self._addresses.resolved(self._addresses.of_reference(written, base), written=written)

    def _medicine_is(self, draft: Draft) -> Known | None:
        """Return what is known about the medicine of an administration; `None` if the medicine was refused."""
        medicine = draft.what.medicine if isinstance(draft.what, Administration) else None
        if medicine is None:
            return None
        known, names, ingredients, base = medicine.known, medicine.names, medicine.ingredients, draft.base
        if medicine.reference is not None:
            found = self._medicines.get(self._target(medicine, base) or "")
            if found is None:
                return "unknown"
            known, ingredients, base = found[0].known, found[0].ingredients, found[1]
        if medicine.beside not in (None, known):
            return "unknown"
        if known == "other" and (names or any(self._names_it(one, base, set()) for one in ingredients)):
            return "unknown"
        return known

    def _names_it(self, written: str, base: str | None, seen: set[str]) -> bool:
        """Return whether an ingredient, or one of its own ingredients, names alemtuzumab."""
        name = self._addresses.resolved(self._addresses.of_reference(written, base), written=written)
        if name is None or name in seen:
            return False
        seen.add(name)
        medicine, base = self._medicines.get(name, (Medicine("unknown"), None))
        return (
            name in self._named
            or medicine.names
            or any(self._names_it(one, base, seen) for one in medicine.ingredients)
        )

    # --- patients --------------------------------------------------------------------------------

    def _patient(self, draft: Draft) -> tuple[str | None, tuple[Problem, ...]]:
        """Return the patient of a resource, and the problems of the id."""
        if draft.kind == "Patient":
            return self._named_patient(self._addresses.resolved(draft.address) if draft.address else None)
        subject = draft.subject
        if subject is None:
            return None, ()
        if not subject.is_reference:
            return self._named_patient(subject.name)
        address = self._addresses.of_reference(subject.name, draft.base)
        return self._named_patient(self._addresses.resolved(address, written=subject.name))

    def _named_patient(self, name: str | None) -> tuple[str | None, tuple[Problem, ...]]:
        if name is None:
            message = "the file contains two resources with this id; use the full address in the reference"
            return None, (Problem("reference", "subject", message),)
        if name not in self._checked:
            self._checked[name] = tuple(_wrong_name(name))
        faults = self._checked[name]
        return (whose_row(name, faults) if faults else name), faults

    # --- result for each resource ------------------------------------------------------------------

    def _take(self, draft: Draft, *, is_repeated: bool) -> None:
        patient, wrong = self._patient(draft)
        if is_repeated:
            self._refuse(draft, patient, [Problem("resource-repeated", "id", REPEATED)])
            return
        match draft.what:
            case Administration():
                self._take_administration(draft, draft.what, patient, wrong)
            case SeenObservation():
                self._take_observation(draft, draft.what, patient, wrong)
            case Medicine():
                is_used = draft.address and self._addresses.resolved(draft.address) in self._used
                self._take_other(draft, None, [], is_used=bool(is_used))
            case _:
                is_used = draft.address is not None and draft.what is not None
                faults = [*wrong] if is_used else []
                self._take_other(draft, patient, faults, is_used=is_used)
                if is_used and not (faults or draft.faults):
                    self._builder.about[patient] = {"birth_date": draft.what}

    def _take_administration(
        self, draft: Draft, what: Administration, patient: str | None, wrong: tuple[Problem, ...]
    ) -> None:
        known, faults = self._medicine_is(draft), [*wrong, *draft.faults]
        if known == "other":
            self._builder.count_other(patient)
            return
        if known == "unknown" and not self._is_assumed:
            faults.append(NOT_TOLD)
        if faults or what.record is None or patient is None:
            self._refuse(draft, patient, faults)
            return
        self._builder.accept(patient, what.record)
        self._note_day(draft.row, what.written, what.record.date)

    def _take_observation(
        self, draft: Draft, what: SeenObservation, patient: str | None, wrong: tuple[Problem, ...]
    ) -> None:
        if not what.is_read:
            self._builder.skip(draft.kind, what.code)
        elif wrong or draft.faults or what.record is None or patient is None:
            self._refuse(draft, patient, [*wrong, *draft.faults])
        else:
            self._builder.accept_observation(patient, what.record)
            self._note_day(draft.row, what.written, what.record.date)

    def _take_other(self, draft: Draft, patient: str | None, wrong: list[Problem], *, is_used: bool) -> None:
        if wrong or draft.faults:
            self._refuse(draft, patient, [*wrong, *draft.faults])
        elif is_used:
            self._builder.used += 1
        else:
            self._builder.skip(draft.kind)

    def _refuse(self, draft: Draft, patient: str | None, faults: list[Problem]) -> None:
        self._builder.refuse(draft.row, faults, patient=patient, takes=TAKES[draft.kind])

    def _note_day(self, row: int, written: str | None, day: date) -> None:
        if written:
            self._builder.converted.append(ConvertedDay(row=row, written=written, date=day))


def _content(draft: Draft) -> tuple[str, str]:
    """Return a sort key without any fact about the patient: subject and code."""
    code = draft.what.code if isinstance(draft.what, SeenObservation) else None
    return (draft.subject.name if draft.subject else "", code or "")


def _wrong_name(name: str) -> Iterator[Problem]:
    """Yield the problems of a patient's id."""
    if "Group" in name.split("/")[:-1]:
        yield Problem("unknown-name", "subject", "this is a group; refer to a patient")
        return
    try:
        History.model_validate({"patient": name})
    except InvalidInput as error:
        yield from (replace(fault, place="subject") for fault in error.problems)
