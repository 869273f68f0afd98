"""Groups of whole patients: cut from rows sorted by patient, or split by patient into temporary files.

In both cases only one group is in memory at a time.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.screen.chunks import Chunk, Facts, RowNumbers, joined_chunks
from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.validation.arguments import refused_argument

__all__ = ["NotSortedError", "by_patient", "split_on_disk"]

MOST_FILES: Final = 200
"""Maximum number of files; every system allows this many to be open at once."""

_HASHED: Final = 8
"""How many characters at the end of an id decide its part."""

_SPREAD: Final = 0x9E3779B97F4A7C15
"""Spreads neighbouring numbers over all parts (Fibonacci hashing)."""

_T = TypeVar("_T")


class NotSortedError(Exception):
    """The rows are not sorted by patient."""


def by_patient(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield chunks that hold whole patients, from chunks sorted by patient.

    Raises:
        NotSortedError: A patient's rows follow those of a greater one.
    """
    waiting: Chunk | None = None
    for chunk in chunks:
        if waiting is None or not len(waiting.patient):
            waiting = chunk
        elif len(chunk.patient):
            last = pc.max(waiting.patient)
            if pc.less(pc.min(chunk.patient), last).as_py():
                raise NotSortedError
            others, own = _parted(chunk, last)
            if len(own.patient):
                whole, begun = _parted(waiting, last)
                yield whole
                waiting = joined_chunks([begun, own])
            if len(others.patient):
                yield waiting
                waiting = others
    yield from filter(None, [waiting])


def _parted(chunk: Chunk, patient: pa.Scalar) -> tuple[Chunk, Chunk]:
    """Return the rows of all other patients and those of one patient; without a copy if these are at an end."""
    is_own = np.asarray(pc.equal(chunk.patient, patient))
    rows, size = len(is_own), int(np.count_nonzero(is_own))
    if is_own[:size].all():
        return chunk.sliced(size, rows), chunk.sliced(0, size)
    if is_own[rows - size :].all():
        return chunk.sliced(0, rows - size), chunk.sliced(rows - size, rows)
    return chunk.taken(np.flatnonzero(~is_own)), chunk.taken(np.flatnonzero(is_own))


def split_on_disk(chunks: Iterator[Chunk], parts: int, folder: str | None, work: Callable[[Chunk], None]) -> None:
    """Write the rows into up to `MOST_FILES` files by patient, then call `work` with one after another.

    Raises:
        InvalidInput: The temporary files cannot be written (`not-written`).
    """
    made = _on_disk(partial(TemporaryDirectory, prefix="cohort-", dir=folder))
    try:
        for path in _written(chunks, min(parts, MOST_FILES), Path(made.name)):
            work(_on_disk(partial(_read, path)))
            _on_disk(path.unlink)
    finally:
        _on_disk(made.cleanup)


def _on_disk(act: Callable[[], _T]) -> _T:
    """Run an operation on the temporary files; re-raise system errors as `InvalidInput`."""
    try:
        return act()
    except (OSError, pa.ArrowException, LookupError, ValueError) as error:  # what Arrow raises for a damaged file
        number = getattr(error, "errno", None)
    words = os.strerror(number) if number else "a file was cut short or damaged"
    cure = "use `folder` to name a writable folder with enough space for the cohort"
    message = f"the temporary files cannot be written or read again: {words}; {cure}"
    raise refused_argument("not-written", "folder", message)


def _written(chunks: Iterator[Chunk], parts: int, place: Path) -> list[Path]:
    """Write the rows, and return the files."""
    files: dict[int, pa.RecordBatchFileWriter] = {}
    for chunk in chunks:
        _on_disk(partial(_write, chunk, parts, place, files))
    for file in files.values():
        _on_disk(file.close)
    return [_path(place, part) for part in sorted(files)]


def _path(place: Path, part: int) -> Path:
    return place / f"{part}.arrow"


def _part(patient: pa.Array, parts: int) -> Array:
    """Return the part of each row's patient."""
    if pa.types.is_integer(patient.type):
        code = np.asarray(patient).astype(np.uint64, casting="unsafe")
    else:
        code = _ends_as_numbers(patient.cast(pa.large_string()))
    with np.errstate(over="ignore"):
        mixed = (code ^ (code >> np.uint64(29))) * np.uint64(_SPREAD)
    return ((mixed >> np.uint64(40)) % np.uint64(parts)).astype(np.uint8)  # sorted by counting


def _ends_as_numbers(text: pa.Array) -> Array:
    """Return the last characters of each text as one number."""
    _, starts, data = text.buffers()
    bounds = np.frombuffer(starts, np.int64)[text.offset : text.offset + len(text) + 1]
    letters = np.frombuffer(data, np.uint8) if data else np.zeros(1, np.uint8)
    code = (bounds[1:] - bounds[:-1]).astype(np.uint64)
    for back in range(1, _HASHED + 1):
        inside = bounds[1:] - back >= bounds[:-1]
        own = letters[np.where(inside, bounds[1:] - back, 0)] * inside
        with np.errstate(over="ignore"):
            code = code * np.uint64(257) + own
    return code


def _write(chunk: Chunk, parts: int, place: Path, files: dict[int, pa.RecordBatchFileWriter]) -> None:
    part = _part(chunk.patient, parts)
    order = np.argsort(part, kind="stable")
    columns = {"patient": chunk.patient, "day": pa.array(chunk.day), "row": pa.array(chunk.row_numbers())}
    for name, values in _named(chunk.facts).items():
        columns[name] = pa.array(values)
    rows = pa.table(columns).take(pa.array(order))
    ends = np.searchsorted(part[order], np.arange(parts + 1))
    for index in range(parts):
        own = rows.slice(ends[index], ends[index + 1] - ends[index])
        if own.num_rows:
            if index not in files:
                files[index] = pa.ipc.new_file(str(_path(place, index)), rows.schema)
            files[index].write_table(own)


def _named(facts: Facts) -> dict[str, Array]:
    return {each.name: part for each, part in zip(fields(facts), facts.parts, strict=True) if part is not None}


def _read(path: Path) -> Chunk:
    with pa.ipc.open_file(str(path)) as file:
        rows = file.read_all()
    columns = {name: rows.column(name).combine_chunks() for name in rows.column_names}
    patient, day, row = (columns.pop(name) for name in ("patient", "day", "row"))
    facts = Facts(**{name: np.asarray(values) for name, values in columns.items()})
    nobody = patient.slice(0, 0)
    numbers = np.asarray(row)
    return Chunk(patient, np.asarray(day), facts, RowNumbers(1, numbers), len(numbers), 0, (), nobody, numbers[:0])
