"""Read the FHIR Medications that records refer to, from separate files or as resources."""

from collections.abc import Collection
from os import fspath
from pathlib import PurePath
from typing import Any, cast

from lemtrada_schedule.errors import InvalidInput, UnreadableFile, kind_of
from lemtrada_schedule.readers.fhir.bundles import check_outcome, resources_of
from lemtrada_schedule.readers.fhir.medicines import medicine_of_resource
from lemtrada_schedule.readers.fhir.releases import RELEASES, Release
from lemtrada_schedule.readers.fhir.resource_lines import PACKED, RESOURCES, resource_lines
from lemtrada_schedule.sources.files import named, read_text
from lemtrada_schedule.sources.lines import without_end
from lemtrada_schedule.validation.arguments import refused, refused_argument
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = ["Medications", "checked_medications"]

Medications = StrPath | Collection[StrPath] | Collection[dict[str, Any]]
"""Medications: a file, several files, or the resources themselves."""

_Found = list[tuple[dict[str, Any], Any]]


def checked_medications(given: object, release: Release | None) -> _Found:
    """Return the Medications, each with the `fullUrl` of its entry; other resources are skipped.

    Args:
        given: The argument.
        release: The release of FHIR; `None`: not known before the records are read, so it is checked with them.

    Raises:
        InvalidInput: They are not FHIR resources, a Medication is malformed, or a Bundle is incomplete.
        UnreadableFile: A file cannot be read, or has another suffix.
    """
    if isinstance(given, str | PurePath):
        return _in_file(given, release)
    if type(given) is dict and given.get("resourceType") == "Bundle":
        return _medications(given, "medications", release)
    if type(given) not in (list, tuple):
        message = f"expected a path, or a list of paths or of Medications, got {kind_of(given)}"
        raise refused_argument("wrong-type", "medications", message)
    found: _Found = []
    for position, item in enumerate(cast("list[object]", given)):
        found += (
            _in_file(item, release)
            if isinstance(item, str | PurePath)
            else _medications(item, f"medications.{position}", release)
        )
    return found


def _in_file(path: StrPath, release: Release | None) -> _Found:
    name = file_name(path)
    ending = fspath(path).lower()
    if ending.endswith(".json"):
        return named(name, lambda: _medications(as_json(read_text(path)), "", release))
    if ending.endswith((RESOURCES, PACKED)):
        lines = enumerate(map(without_end, resource_lines(path)), start=1)
        placed = ((f"{name}: line {row}", line) for row, line in lines if line.strip(" "))
        return [one for place, line in placed for one in _on_line(place, line, release)]
    message = "expected a file of FHIR Medications whose name ends in .json, .ndjson or .ndjson.gz; rename the file"
    raise UnreadableFile("file-format", message, place=name)


def _on_line(place: str, line: str, release: Release | None) -> _Found:
    return named(place, lambda: _medications(as_json(line), "", release))


def _medications(given: object, place: str, release: Release | None) -> _Found:
    """Return the Medications in a Bundle, or the single Medication."""
    try:
        is_bundle = type(given) is dict and given.get("resourceType") == "Bundle"
        held = resources_of(given) if is_bundle else [(given, None)]
        return [found for resource, full_url in held for found in _medication(resource, full_url, release)]
    except InvalidInput as error:
        refusal = error.under(place) if place else error
    raise refusal


def _medication(resource: object, full_url: object, release: Release | None) -> _Found:
    if type(resource) is not dict or type(resource.get("resourceType")) is not str:
        raise refused("wrong-type", "", f"expected FHIR resources, got {kind_of(resource)}")
    check_outcome(resource)
    if resource["resourceType"] != "Medication":
        return []
    if resource.get("id") is None and full_url is None:
        raise refused("missing-field", "id", "no record can refer to a Medication without an id; add it")
    refusals = [_refusal(resource, one) for one in ((release,) if release else RELEASES.values())]
    if refusals[0] and all(refusals):
        raise refusals[0]
    return [(resource, full_url)]


def _refusal(resource: dict[str, Any], release: Release) -> InvalidInput | None:
    """Return the error for a Medication that cannot be read in a release."""
    try:
        medicine_of_resource(resource, frozenset(), release)
    except InvalidInput as error:
        return error
    return None
