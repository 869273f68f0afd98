"""Read a folder of FHIR NDJSON files as one: what a bulk export writes, with or without its manifest (decision 68).

The files are read in the order of their paths, and their lines are numbered through: row 1 is the first line of the
first file. Folders inside the folder are read too; names that begin with a point are skipped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import scandir
from pathlib import Path
from typing import Final

from lemtrada_schedule.errors import UnreadableFile, plain
from lemtrada_schedule.readers.fhir.manifests import Manifest, check_manifests, is_manifest, manifest_of
from lemtrada_schedule.readers.fhir.records import FhirReader
from lemtrada_schedule.readers.fhir.resource_lines import PACKED, RESOURCES, resource_lines
from lemtrada_schedule.readers.options import ReadOptions
from lemtrada_schedule.records.history import Intake, ReadFile
from lemtrada_schedule.sources.files import named, read_json
from lemtrada_schedule.sources.lines import MOST_LINES, OnProgress, without_end
from lemtrada_schedule.validation.paths import cannot_be_read

__all__ = ["folder_read"]

DESCRIPTION: Final = ".json"

MOST_FILES: Final = 10_000
"""An export of millions of patients has some thousands; a folder given by mistake may have many more."""


@dataclass(frozen=True, slots=True, repr=False)
class _File:
    """A file of the folder."""

    path: Path
    name: str
    """Its path in the folder, on one line, with `/` between folders."""
    place: str
    """What errors call it: the folder, and its path there."""
    size: int
    """In bytes, as it is stored."""

    @property
    def has_resources(self) -> bool:
        return self.name.lower().endswith((RESOURCES, PACKED))


def folder_read(folder: Path, name: str, on_progress: OnProgress | None, options: ReadOptions) -> Intake:
    """Return the histories in all files of a folder.

    Args:
        folder: The folder.
        name: What errors call the folder.
        on_progress: Called with the number of bytes read of all files, and of all their bytes.
        options: The validated options.

    Raises:
        UnreadableFile: A file cannot be read, or is none of a bulk export; or no file has resources.
        InvalidInput: The export is not whole; or it states a release of FHIR that is not supported, or another one
            than it is read as.
    """
    files = list(_files(folder, folder, name))
    records = [file for file in files if file.has_resources]
    if not records:
        message = "this folder holds no file of FHIR resources, whose name ends in .ndjson or .ndjson.gz"
        raise UnreadableFile("file-format", f"{message}; give the folder of a bulk export, or one file", place=name)
    reader = FhirReader(options)
    manifests = [one for file in files if not file.has_resources for one in _manifests(file, reader)]
    read = list[ReadFile]()
    first, done, total = 1, 0, sum(file.size for file in records)
    for file in records:
        rows = _read(file, first, reader, _shifted(on_progress, done, total))
        read.append(ReadFile(name=file.name, first_row=first, rows=rows))
        first, done = first + rows, done + file.size
        if first > MOST_LINES:
            message = f"the files have more than {MOST_LINES:,} lines; give fewer of them"
            raise UnreadableFile("too-large", message, place=name)
    named(name, lambda: check_manifests(manifests, reader.kinds))
    return reader.intake(read)


# --- files ---------------------------------------------------------------------------------------


def _files(folder: Path, top: Path, name: str) -> Iterator[_File]:
    """Yield the files of a folder and of the folders in it, by name."""
    for number, path in enumerate(_paths(folder, name)):
        if number == MOST_FILES:
            message = f"this folder holds more than {MOST_FILES:,} files; give the folder of one export"
            raise UnreadableFile("too-large", message, place=name)
        within = plain(path.relative_to(top).as_posix())
        place = f"{name.rstrip('/')}/{within}"
        if not within.lower().endswith((RESOURCES, PACKED, DESCRIPTION)):
            message = "expected only files of a bulk export here: .ndjson, .ndjson.gz, and its manifest as .json"
            raise UnreadableFile("file-format", f"{message}; move this file out of the folder", place=place)
        try:
            size = path.stat().st_size
        except OSError as error:
            raise cannot_be_read(place, error) from None
        yield _File(path, within, place, size)


def _paths(folder: Path, name: str) -> Iterator[Path]:
    """Yield the paths of all files below a folder. A link to a folder is not followed: it may lead back."""
    try:
        with scandir(folder) as entries:
            inside = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError as error:
        raise cannot_be_read(name, error) from None
    for entry, is_folder in inside:
        if entry.startswith("."):
            continue
        if is_folder:
            yield from _paths(folder / entry, f"{name.rstrip('/')}/{plain(entry)}")
        else:
            yield folder / entry


# --- what describes the export -------------------------------------------------------------------


def _manifests(file: _File, reader: FhirReader) -> list[Manifest]:
    """Return what a manifest says; the release that it or a CapabilityStatement states becomes that of the reader."""
    given = named(file.place, lambda: read_json(file.path))
    if type(given) is dict and given.get("resourceType") == "CapabilityStatement":
        named(file.place, lambda: reader.look_for_release([given]))
        return []
    if not is_manifest(given):
        message = "expected the manifest of a bulk export, or a CapabilityStatement; move this file out of the folder"
        raise UnreadableFile("file-format", f"{message}, and give a Bundle alone", place=file.place)
    return [named(file.place, lambda: _stated(manifest_of(given), reader))]


def _stated(manifest: Manifest, reader: FhirReader) -> Manifest:
    if manifest.release:
        reader.state_release(manifest.release, "outputFormat")
    return manifest


# --- resources -----------------------------------------------------------------------------------


def _read(file: _File, first: int, reader: FhirReader, on_progress: OnProgress | None) -> int:
    """Read the lines of a file as rows from `first` on; return how many there are."""
    number = 0
    for number, line in enumerate(resource_lines(file.path, on_progress, name=file.place), start=1):
        named(f"{file.place}: line {number}", _taking(reader, first + number - 1, without_end(line)))
    return number


def _taking(reader: FhirReader, row: int, line: str) -> Callable[[], None]:
    return lambda: reader.take_line(row, line)


def _shifted(on_progress: OnProgress | None, before: int, total: int) -> OnProgress | None:
    """Return the callback for one file, which reports the bytes of all files."""
    return None if on_progress is None else lambda done, _: on_progress(min(before + done, total), total)
