"""Read a clinic from a TOML file or its text, and load the example clinic of the library."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.public_holidays import check_place
from lemtrada_schedule.sources.content import in_data, tables_of
from lemtrada_schedule.sources.files import as_toml, named, read_text
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = ["example_clinic", "parse_clinic", "read_clinic"]

_EXAMPLE: Final = Path(__file__).parent.parent / "clinic" / "example.toml"


def read_clinic(path: StrPath) -> Clinic:
    """Return the clinic that a TOML file describes.

    Raises:
        UnreadableFile: The file cannot be read.
        InvalidInput: With every problem of the file, each with its path; also if the weekly hours allow no block of
            3 consecutive days.
        UnknownName: The holiday data have no country, subdivision or holiday category with this code.

    Example:
        >>> read_clinic("examples/boston.toml").time_zone
        'America/New_York'
    """
    text = read_text(path, parse="parse_clinic")
    return named(file_name(path), lambda: _clinic(as_toml(text)))


def parse_clinic(data: str | bytes | dict[str, Any]) -> Clinic:
    """Return the clinic that TOML text, or a dict parsed from it, describes. No file is opened.

    Args:
        data: The content of a clinic's file: text, UTF-8 bytes, or the dict that a TOML or JSON parser returns.

    Raises:
        InvalidInput: It is none of these, or it is not TOML; with every problem, each with its path.
        UnknownName: The holiday data has no country, subdivision or holiday category of this code.

    Example:
        >>> from pathlib import Path
        >>> parse_clinic(Path("examples/boston.toml").read_text(encoding="utf-8")).time_zone
        'America/New_York'
    """
    return in_data(lambda: _clinic(tables_of(data, "read_clinic")))


@cache
def example_clinic() -> Clinic:
    """Return the example clinic of the library, to try it out; it names its protocol.

    >>> example_clinic().protocol
    'us'
    """
    return parse_clinic(_EXAMPLE.read_bytes())


def _clinic(data: dict[str, Any]) -> Clinic:
    clinic = Clinic.model_validate(data)
    if clinic.country:
        check_place(clinic.country, clinic.subdivision, clinic.holiday_categories)
    return clinic
