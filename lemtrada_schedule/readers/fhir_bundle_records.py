"""The format FHIR R4 Bundle: infusion records in a JSON file."""

from typing import Any, Final

from lemtrada_schedule.readers.fhir.records import bundle_read
from lemtrada_schedule.readers.reader import Reader
from lemtrada_schedule.sources.files import json_in, read_json

__all__ = ["READER"]


def _looks_like(data: Any) -> bool:
    return type(data) is dict and "resourceType" in data


READER: Final = Reader("FHIR Bundle", "fhir", (".json",), read_json, json_in, bundle_read, _looks_like, (dict,))
