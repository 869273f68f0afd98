"""Damaged files and columns: right answers or one error of the family, whatever is wrong and wherever it stands."""

import io
import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemtrada_schedule import Report, ScheduleError, UnreadableFile, audit
from lemtrada_schedule.cohort.reading import partitions, sources
from tests.support.histories import US

AS_OF: Final = date(2026, 11, 22)
ROWS: Final = 600
FLIPS: Final = 150
"""How many damaged copies of each file are audited."""


def asked(rows: Any, **how: Any) -> Report:
    return audit(rows, US, as_of=AS_OF, **how)


def refusal(rows: Any, **how: Any) -> str | None:
    """Ask everything that reads the rows; return the code with which they are refused, if they are."""
    try:
        report = asked(rows, **how)
        _ = report.summary(), report.refused.num_rows, report.findings()
    except ScheduleError as error:
        return error.code
    return None


def table(*, shuffled: bool) -> pa.Table:
    """Return whole courses of 120 patients; ten of them had a wrong dose, so that there are findings."""
    rows = [(f"p{place // 5:04d}", date(2025, 3, 3) + timedelta(days=place % 5)) for place in range(ROWS)]
    if shuffled:
        random.Random(7).shuffle(rows)  # noqa: S311  # no secret
    patients, days = zip(*rows, strict=True)
    doses = [12.0 if place % 60 else 6.0 for place in range(ROWS)]
    return pa.table({"patient": patients, "date": days, "dose_mg": doses, "status": ["completed", None] * (ROWS // 2)})


def other_kinds(rows: pa.Table) -> pa.Table:
    """Return the same rows in other kinds of columns."""
    named = {name: rows[name] for name in rows.column_names}
    return pa.table(
        {
            **named,
            "patient": named["patient"].dictionary_encode(),
            "date": named["date"].cast(pa.timestamp("us")),
            "dose_mg": named["dose_mg"].cast(pa.decimal128(38, 9)),
            "status": named["status"].cast(pa.large_string()),
        }
    )


def parquet(rows: pa.Table, **how: Any) -> bytes:
    with io.BytesIO() as file:
        pq.write_table(rows, file, **how)
        return file.getvalue()


def ipc(rows: pa.Table) -> bytes:
    with io.BytesIO() as file:
        with pa.ipc.new_file(file, rows.schema) as writer:
            writer.write_table(rows, max_chunksize=200)
        return file.getvalue()


SORTED, SHUFFLED = table(shuffled=False), table(shuffled=True)
PARQUET: Final[dict[str, bytes]] = {
    "sorted": parquet(SORTED),
    "sorted, row groups, zstd": parquet(SORTED, row_group_size=100, compression="zstd"),
    "shuffled, row groups, plain": parquet(SHUFFLED, row_group_size=100, compression="none", use_dictionary=False),
    "shuffled, gzip, checksums": parquet(SHUFFLED, compression="gzip", write_page_checksum=True),
    "other kinds": parquet(other_kinds(SHUFFLED), row_group_size=250),
}
IPC: Final[dict[str, bytes]] = {"plain": ipc(SORTED), "other kinds": ipc(other_kinds(SHUFFLED))}


def damaged(content: bytes, seed: int) -> bytes:
    """Return a file with some bytes changed: at its beginning, in its footer, or anywhere; or cut short."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    data = bytearray(content)
    size, where = len(data), chance.choice(("beginning", "footer", "end", "anywhere", "cut"))
    spans = {"beginning": (0, 200), "footer": (size - 2_000, size), "end": (size - 8, size), "anywhere": (0, size)}
    if where == "cut":
        return bytes(data[: chance.randrange(size)])
    for _ in range(chance.choice((1, 1, 2, 5))):
        first, last = spans[where]
        data[chance.randrange(max(first, 0), min(last, size))] = chance.randrange(256)
    return bytes(data)


@pytest.mark.sweep
@pytest.mark.parametrize("name", PARQUET)
def test_whatever_is_damaged_in_a_parquet_file_the_error_is_ours(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "AT_ONCE", 100)  # the sorted are read as they lie, the shuffled also split on disk
    good, path = tmp_path / "good.parquet", tmp_path / "damaged.parquet"
    good.write_bytes(PARQUET[name])
    refused = 0
    for seed in range(FLIPS):
        path.write_bytes(damaged(PARQUET[name], seed))
        cohort: Any = [good, path] if seed % 3 == 0 else path
        code = refusal(cohort, rows_at_once=(1 << 24, 1, 100)[seed % 3])
        assert code != "not-written"  # the temporary files are whole
        refused += code is not None
    assert refused > FLIPS // 3


@pytest.mark.sweep
@pytest.mark.parametrize("name", IPC)
def test_whatever_is_damaged_in_an_arrow_table_the_error_is_ours(name: str) -> None:
    refused = 0
    for seed in range(FLIPS * 3):
        try:
            rows = pa.ipc.open_file(pa.py_buffer(damaged(IPC[name], seed))).read_all()
        except (pa.ArrowException, OSError, ValueError, KeyError):
            continue  # Arrow makes no table of it
        refused += refusal(rows) is not None
    assert refused > 5


def test_a_name_that_is_no_text_is_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    with_names = parquet(SORTED, store_schema=False)
    path.write_bytes(with_names.replace(b"status", b"\xfftatus"))
    for cohort in (path, [path]):
        with pytest.raises(UnreadableFile) as caught:
            asked(cohort)
        assert (caught.value.code, caught.value.place) == ("unreadable-file", str(path))
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_name_that_is_no_text_is_no_table() -> None:
    rows = pa.ipc.open_file(pa.py_buffer(ipc(SORTED).replace(b"status", b"\xfftatus"))).read_all()
    with pytest.raises(ScheduleError) as caught:
        asked(rows)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "cohort")


def test_a_page_that_does_not_fit_its_checksum_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    content = parquet(SORTED, compression="none", use_dictionary=False, write_page_checksum=True)
    assert asked(io_path(path, content)).rows.audited == ROWS
    changed = content.replace(b"p0007", b"p0008", 1)  # a right file, were it not for the checksum
    with pytest.raises(UnreadableFile) as caught:
        asked(io_path(path, changed))
    assert caught.value.code == "unreadable-file"


def io_path(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("content", [b"", b"x", b"patient,date\np1,2025-03-03\n" * 9, b"PK\x03\x04" + b"\0" * 99])
def test_what_never_was_parquet_is_told_as_that(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        asked(io_path(tmp_path / "cohort.parquet", content))
    assert (caught.value.code, caught.value.message) == (
        "file-format",
        "this is not a parquet file; give a parquet file or a data frame",
    )


def test_a_parquet_file_that_was_cut_short_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        asked(io_path(tmp_path / "cohort.parquet", PARQUET["sorted"][:-20]))
    assert (caught.value.code, caught.value.message) == (
        "unreadable-file",
        "this parquet file is damaged; export it again",
    )


FAILURES: Final[list[tuple[Exception, str]]] = [
    (pa.ArrowKeyError("secret"), "is damaged"),
    (pa.ArrowNotImplementedError("secret"), "is damaged"),
    (OSError("secret"), "is damaged"),
    (IndexError("secret"), "is damaged"),
    (pa.ArrowMemoryError("secret"), "more memory"),
    (PermissionError(13, "Permission denied"), "Permission denied"),
]


@pytest.mark.parametrize(("error", "words"), FAILURES, ids=[type(error).__name__ for error, _ in FAILURES])
def test_every_failure_of_arrow_is_an_unreadable_file(
    error: Exception, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_path: object) -> Any:
        raise error

    path = io_path(tmp_path / "cohort.parquet", PARQUET["sorted"])
    monkeypatch.setattr(sources, "_parquet", fails)
    with pytest.raises(UnreadableFile) as caught:
        asked(path)
    assert (caught.value.code, caught.value.place) == ("unreadable-file", str(path))
    assert words in caught.value.message
    assert "secret" not in str(caught.value)


def test_a_file_that_goes_away_meanwhile_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = io_path(tmp_path / "cohort.parquet", PARQUET["sorted"])

    def goes_away(_path: object) -> Any:
        path.unlink()
        raise pa.ArrowInvalid

    monkeypatch.setattr(sources, "_parquet", goes_away)
    with pytest.raises(UnreadableFile) as caught:
        asked(path)
    assert caught.value.code == "unreadable-file"


# --- temporary files, and columns in memory ------------------------------------------------------


@pytest.mark.parametrize("part", range(10))
def test_a_temporary_file_that_was_cut_short_is_told(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = io_path(tmp_path / "cohort.parquet", PARQUET["shuffled, gzip, checksums"])
    read = partitions._read

    def cut(file: Path) -> Any:
        content = file.read_bytes()
        file.write_bytes(content[: part * len(content) // 10])
        return read(file)

    monkeypatch.setattr(sources, "AT_ONCE", 100)
    monkeypatch.setattr(partitions, "_read", cut)
    assert refusal(path, rows_at_once=100) == "not-written"


def decimals(kind: pa.DataType, content: bytes) -> pa.Array:
    return pa.Array.from_buffers(kind, 2, [None, pa.py_buffer(content)])


REVERSED: Final = bytes.fromhex("00000000 ff000000 09000000")
"""Where texts end: the first at letter 255, the second at letter 9."""
BROKEN: Final[dict[str, Callable[[], tuple[str, pa.Array]]]] = {
    "texts that end before they begin": lambda: (
        "status",
        pa.Array.from_buffers(pa.string(), 2, [None, *map(pa.py_buffer, (REVERSED, b"completed"))])),
    "an index beyond its dictionary": lambda: (
        "status", pa.DictionaryArray.from_arrays(pa.array([0, 7]), pa.array(["completed"]), safe=False)),
    "a decimal that has too many digits": lambda: ("dose_mg", decimals(pa.decimal128(38, 9), b"\x7f" * 32)),
    "a decimal whose scale is no scale": lambda: (
        "dose_mg", decimals(pa.decimal128(38, 100), (12).to_bytes(16, "little") * 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_column_that_contradicts_itself_is_refused(name: str) -> None:
    column, values = BROKEN[name]()
    rows = pa.table({"patient": ["p1", "p1"], "date": [date(2025, 3, 3), date(2025, 3, 4)], column: values})
    with pytest.raises(ScheduleError) as caught:
        asked(rows)
    assert (caught.value.code, caught.value.place) == ("wrong-type", column)
    assert "UTF-8" not in caught.value.message
    assert str(Decimal(12)) not in caught.value.message
