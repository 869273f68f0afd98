"""The format FHIR NDJSON: infusion records as FHIR R4 resources, one on each line."""

from typing import Final

from lemtrada_schedule.readers.fhir.records import lines_read
from lemtrada_schedule.readers.lines import read_lines
from lemtrada_schedule.readers.reader import Reader

__all__ = ["READER"]

READER: Final = Reader("FHIR NDJSON", (".ndjson",), read_lines, lines_read)
