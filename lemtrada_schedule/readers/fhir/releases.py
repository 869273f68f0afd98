"""The releases of FHIR that are read: R4, with R4B, and R5. Which elements each has, and how a file says its release.

The release is passed by the caller, or stated by the records: in `fhirVersion` of a CapabilityStatement, or in
`outputFormat` of the manifest of a bulk export. It is never inferred from the elements of a resource; a resource with
elements of the other release is refused instead, because its other elements may mean something else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from lemtrada_schedule.errors import InvalidInput, Problem, Remedy, shape_of
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.near_names import near_miss

__all__ = [
    "R4",
    "RELEASES",
    "WRONG_RELEASE",
    "FhirVersion",
    "Release",
    "agreed",
    "not_understood",
    "of_another_release",
    "release_stated",
    "stated_by",
]

FhirVersion = Literal["R4", "R5"]

WRONG_RELEASE: Final = "fhir-version"

MOST_ELEMENTS: Final = 20
"""Maximum number of unknown elements of one resource that are described."""

RESOURCE: Final = frozenset({
    "resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension",
})  # fmt: skip
"""The elements that every resource may have."""

_BOTH: Final[Mapping[str, frozenset[str]]] = {
    "MedicationAdministration": RESOURCE | {
        "identifier", "partOf", "status", "statusReason", "category", "subject", "supportingInformation", "performer",
        "request", "device", "note", "dosage", "eventHistory",
    },
    "Observation": RESOURCE | {
        "identifier", "basedOn", "partOf", "status", "category", "code", "subject", "focus", "encounter",
        "effectiveDateTime", "effectivePeriod", "effectiveTiming", "effectiveInstant", "issued", "performer",
        "valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger", "valueRange",
        "valueRatio", "valueSampledData", "valueTime", "valueDateTime", "valuePeriod", "dataAbsentReason",
        "interpretation", "note", "bodySite", "method", "specimen", "device", "referenceRange", "hasMember",
        "derivedFrom", "component",
    },
    "Medication": RESOURCE | {"identifier", "code", "status", "ingredient", "batch"},
    "ingredient": frozenset({"id", "extension", "modifierExtension", "isActive"}),
}  # fmt: skip
"""The elements that R4 and R5 have in common, by type of resource; `ingredient` is that of a Medication."""

_OF_R4: Final[Mapping[str, frozenset[str]]] = {
    "MedicationAdministration": frozenset({
        "instantiates", "medicationCodeableConcept", "medicationReference", "context", "effectiveDateTime",
        "effectivePeriod", "reasonCode", "reasonReference",
    }),
    "Observation": frozenset(),
    "Medication": frozenset({"manufacturer", "form", "amount"}),
    "ingredient": frozenset({"itemCodeableConcept", "itemReference", "strength"}),
}  # fmt: skip

_OF_R5: Final[Mapping[str, frozenset[str]]] = {
    "MedicationAdministration": frozenset({
        "basedOn", "medication", "encounter", "occurenceDateTime", "occurencePeriod", "occurenceTiming", "recorded",
        "isSubPotent", "subPotentReason", "reason",
    }),
    "Observation": frozenset({
        "instantiatesCanonical", "instantiatesReference", "triggeredBy", "valueAttachment", "valueReference",
        "bodyStructure",
    }),
    "Medication": frozenset({"marketingAuthorizationHolder", "doseForm", "totalVolume", "definition"}),
    "ingredient": frozenset({"item", "strengthRatio", "strengthCodeableConcept", "strengthQuantity"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Release:
    """A release of FHIR."""

    name: FhirVersion
    versions: tuple[str, ...]
    """How its version numbers begin."""
    given: str
    """The element that says when a medicine was given, without its type: `effective`. R5 spells it with one r."""
    own: Mapping[str, frozenset[str]]
    """The elements that only this release has, by type of resource."""

    def elements(self, kind: str) -> frozenset[str]:
        """Return the elements of a type of resource."""
        return _BOTH[kind] | self.own[kind]


R4: Final = Release("R4", ("4.0", "4.3"), "effective", _OF_R4)

R5: Final = Release("R5", ("5.0",), "occurence", _OF_R5)

RELEASES: Final[Mapping[FhirVersion, Release]] = {"R4": R4, "R5": R5}

_VERSION: Final = re.compile(r"([0-9]+\.[0-9]+)(?:\.[0-9]+)?")


def release_stated(version: object, place: str) -> Release:
    """Return the release of a version number such as `5.0.0` or `4.3`.

    Raises:
        InvalidInput: It is not the number of a published version of R4, R4B or R5.
    """
    found = _VERSION.fullmatch(version) if type(version) is str else None
    if found:
        for release in RELEASES.values():
            if found[1] in release.versions:
                return release
        message = "this is not a version of FHIR that is supported (4.0 and 4.3, which are R4, and 5.0, which is R5)"
        raise refused(WRONG_RELEASE, place, f"{message}; export the records in one of these")
    raise refused(WRONG_RELEASE, place, f"expected a version of FHIR, such as 4.0.1 or 5.0.0, got {shape_of(version)}")


def of_another_release(resource: Mapping[str, Any], kind: str, release: Release) -> Problem | None:
    """Return the problem of a resource with an element that only another release has, `None` if it has none.

    Args:
        resource: The resource, or an ingredient of a Medication.
        kind: Its type, or `ingredient`.
        release: The release that it is read as.
    """
    for other in RELEASES.values():
        if other is release:
            continue
        for key in resource:
            if key.removeprefix("_") in other.own[kind] and key.removeprefix("_") not in release.elements(kind):
                return Problem.advising(
                    WRONG_RELEASE,
                    key,
                    f"FHIR {release.name} has no such element here, but {other.name} has; if the records are in "
                    f"{other.name}, say so with ",
                    Remedy("fhir_version", f'="{other.name}"'),
                )
    return None


def not_understood(resource: Mapping[str, Any], release: Release) -> Iterator[Problem]:
    """Yield a problem for each element that a release does not have, or that may change the meaning of others.

    The name of an unknown element is not repeated: it may be a person's. Only the first of many are described. For an
    element of another release there is one problem and no other: the whole resource is then in that release.
    """
    kind = resource["resourceType"]
    if wrong := of_another_release(resource, kind, release):
        yield wrong
        return
    elements, unknown = release.elements(kind), 0
    for key in resource:
        if key in ("modifierExtension", "implicitRules"):
            message = "this may change the meaning of the record and is not supported; resolve it first"
            yield Problem("unknown-key", key, message)
        elif key.removeprefix("_") not in elements:
            got = f", got {shape_of(key)}{near_miss(key, elements)}"
            yield Problem("unknown-key", "", f"FHIR {release.name} has no such element here{got}")
            unknown += 1
            if unknown == MOST_ELEMENTS:
                return


def stated_by(resource: Mapping[str, Any]) -> Release | None:
    """Return the release that a CapabilityStatement states, `None` for any other resource.

    Raises:
        InvalidInput: It states none, or one that is not supported.
    """
    if resource.get("resourceType") != "CapabilityStatement":
        return None
    return release_stated(resource.get("fhirVersion"), "CapabilityStatement.fhirVersion")


def agreed(read_as: Release | None, stated: Release, place: str) -> Release:
    """Return the release that records state, if they are not already read as another one.

    Args:
        read_as: The release that the caller passed, or that records above were read as; `None`: not yet known.
        stated: The release that the records state.
        place: Where they state it.

    Raises:
        InvalidInput: The two differ.
    """
    if read_as is None or read_as is stated:
        return stated
    problem = Problem.advising(
        WRONG_RELEASE,
        place,
        f"this says that the records are in FHIR {stated.name}, but they are read as {read_as.name}; if "
        f"{stated.name} is right, say so with ",
        Remedy("fhir_version", f'="{stated.name}"'),
        "; otherwise remove this",
    )
    raise InvalidInput([problem])
