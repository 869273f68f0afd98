"""Read a clinic from its TOML file."""

from typing import Any

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.public_holidays import check_place
from lemtrada_schedule.readers.files import as_toml, named, read_text
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = ["read_clinic"]


def read_clinic(path: StrPath) -> Clinic:
    """Return the clinic that a TOML file describes.

    Raises:
        UnreadableFile: The file cannot be read.
        InvalidInput: With every problem of the file, each with its path; also if the weekly hours allow no block of
            3 consecutive days.
        UnknownName: The holiday data has no country, subdivision or holiday category of this code.

    Example:
        >>> read_clinic("examples/boston.toml").time_zone
        'America/New_York'
    """
    text = read_text(path)
    return named(file_name(path), lambda: _clinic(as_toml(text)))


def _clinic(data: dict[str, Any]) -> Clinic:
    clinic = Clinic.model_validate(data)
    if clinic.country:
        check_place(clinic.country, clinic.subdivision, clinic.holiday_categories)
    return clinic
