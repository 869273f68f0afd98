"""The arguments of `read_histories` that say how records are read, validated once for every format."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypedDict, Unpack, cast
from zoneinfo import ZoneInfo

from lemtrada_schedule.errors import kind_of
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.fhir.medications import Medications, checked_medications
from lemtrada_schedule.readers.fhir.medicines import checked_codes
from lemtrada_schedule.readers.fhir.observations import Codings, codings_of
from lemtrada_schedule.readers.fhir.releases import RELEASES, FhirVersion, Release
from lemtrada_schedule.readers.intake_builder import COLUMNS
from lemtrada_schedule.readers.protocols import load_protocol, protocol_names
from lemtrada_schedule.sources.medicines import Medicine
from lemtrada_schedule.validation.arguments import check_choice, check_type, refused_argument
from lemtrada_schedule.validation.scalars import checked_zone

__all__ = ["PYTHON_NAMES", "Asked", "ReadOptions", "checked_ignore", "read_options"]

NOTHING: Final = frozenset[str]()

PYTHON_NAMES: Final[Mapping[str, str]] = MappingProxyType({})
"""Messages name arguments as Python does."""


class Asked(TypedDict, total=False):
    """The arguments as passed; see `read_histories`."""

    time_zone: str | None
    protocol: Protocol | None
    medicine: Medicine
    lemtrada_codes: Collection[str]
    medications: Medications
    fhir_version: FhirVersion | None


@dataclass(frozen=True, slots=True, repr=False)
class ReadOptions:
    """The validated arguments. Each format uses those that apply to it."""

    zone: ZoneInfo | None
    """The clinic's time zone."""
    protocols: tuple[Protocol, ...]
    """The protocols whose tests are known."""
    codings: Codings
    """The codings of those tests."""
    is_assumed: bool
    """Whether an administration of an unknown medicine is treated as LEMTRADA."""
    own_codes: frozenset[tuple[str, str]]
    """The caller's codings for LEMTRADA, as system and code."""
    medications: tuple[tuple[dict[str, Any], Any], ...]
    """The caller's Medications, each with the `fullUrl` of its entry."""
    release: Release | None
    """The release of FHIR; `None`: the one that the records state, else R4."""
    ignore: frozenset[str]
    """The columns to skip."""
    names: Mapping[str, str]
    """Other names for the arguments that messages advise to pass, such as options of the command line."""


def read_options(
    *, ignore: frozenset[str] = NOTHING, names: Mapping[str, str] = PYTHON_NAMES, **asked: Unpack[Asked]
) -> ReadOptions:
    """Return the validated arguments; `ignore` and `names` are validated already.

    Raises:
        InvalidInput: An argument is not valid.
        UnreadableFile: A file of Medications cannot be read.
    """
    return _validated(ignore, names, **asked)


def _validated(
    ignore: frozenset[str],
    names: Mapping[str, str],
    *,
    time_zone: object = None,
    protocol: object = None,
    medicine: object = "checked",
    lemtrada_codes: object = (),
    medications: object = (),
    fhir_version: object = None,
) -> ReadOptions:
    zone = None if time_zone is None else ZoneInfo(checked_zone(time_zone, "time_zone"))
    if protocol is not None:
        check_type(protocol, Protocol, "protocol")
    check_choice(medicine, Medicine, "medicine")
    if fhir_version is not None:
        check_choice(fhir_version, FhirVersion, "fhir_version")
    release = None if fhir_version is None else RELEASES[cast("FhirVersion", fhir_version)]
    protocols = (protocol,) if isinstance(protocol, Protocol) else tuple(map(load_protocol, protocol_names()))
    return ReadOptions(
        zone=zone,
        protocols=protocols,
        codings=codings_of(protocols),
        is_assumed=medicine == "assumed",
        own_codes=checked_codes(lemtrada_codes),
        medications=tuple(checked_medications(medications, release)),
        release=release,
        ignore=ignore,
        names=names,
    )


def checked_ignore(ignore: object) -> frozenset[str]:
    """Return the names of the columns to skip; raise `InvalidInput` for a column that is read."""
    if type(ignore) not in (list, tuple, set, frozenset):
        raise refused_argument("wrong-type", "ignore", f"expected a list of column names, got {kind_of(ignore)}")
    names = tuple(cast("Collection[object]", ignore))
    for name in names:
        if type(name) is not str:
            raise refused_argument("wrong-type", "ignore", f"expected names of columns, got {kind_of(name)}")
        if name in COLUMNS:
            raise refused_argument("reserved-name", "ignore", f"the column {name!r} is read and cannot be skipped")
    return frozenset(cast("tuple[str, ...]", names))
