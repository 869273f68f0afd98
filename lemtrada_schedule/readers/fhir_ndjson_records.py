"""The format FHIR NDJSON: infusion records as FHIR R4 resources, one on each line."""

from typing import Any, Final

from lemtrada_schedule.readers.fhir.records import lines_read, resources_read
from lemtrada_schedule.readers.fhir.resource_lines import PACKED, RESOURCES, resource_lines
from lemtrada_schedule.readers.options import ReadOptions
from lemtrada_schedule.readers.reader import Reader
from lemtrada_schedule.records.history import Intake
from lemtrada_schedule.sources.lines import lines_in

__all__ = ["READER"]


def _read(source: Any, options: ReadOptions) -> Intake:
    return resources_read(source, options) if type(source) is list else lines_read(source, options)


READER: Final = Reader("FHIR NDJSON", "ndjson", (RESOURCES, PACKED), resource_lines, lines_in, _read, kinds=(list,))
