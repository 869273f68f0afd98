"""What a file is that is not the text it should be: recognised by its first bytes, with the cure for each kind.

Nothing is read as another kind than the caller says. The kind only decides what the error advises.
"""

import re
from typing import Final

from lemtrada_schedule.errors import UnreadableFile

__all__ = ["GZIP", "HEAD", "OLE", "ZIP", "not_text"]

HEAD: Final = 4_096
"""In bytes: how much of a file is looked at."""

ZIP: Final = b"PK\x03\x04"

GZIP: Final = b"\x1f\x8b"

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The container of old Office files, and of new ones with a password."""

_BINARY: Final = (
    (
        OLE,
        "this is an old Excel workbook (.xls), or one with a password; save it as .xlsx without one, or as CSV",
    ),
    (GZIP, "this file is compressed with gzip; end its name in .csv.gz, .tsv.gz or .ndjson.gz, or unpack it"),
    (b"PAR1", "this is a parquet file; only `audit` reads it, from a file whose name ends in .parquet"),
    (b"BZh", "this file is compressed with bzip2; unpack it"),
    (b"\xfd7zXZ\x00", "this file is compressed with xz; unpack it"),
    (b"\x28\xb5\x2f\xfd", "this file is compressed with zstd; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "this is a 7z archive; unpack it"),
    (b"%PDF-", "this is a PDF document; export the table as CSV"),
    (b"SQLite format 3\x00", "this is an SQLite database; export the table as CSV"),
)
"""First bytes, and what is said about such a file."""

_ZIPPED: Final = (
    (b"xl/workbook.bin", "this is a binary Excel workbook (.xlsb); save it as .xlsx or CSV"),
    (b"xl/", "this is an Excel workbook; end its name in .xlsx, or save it as CSV"),
    (b"opendocument.spreadsheet", "this is an OpenDocument spreadsheet (.ods); save it as .xlsx or CSV"),
)
"""What is near the start of an archive, and what is said about it."""

_ARCHIVE: Final = "this is a ZIP archive; unpack it and give the file inside"

_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of UTF-16; that of UTF-32 (little endian) begins with one of them."""

_MARKUP: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|table|meta|style|\?xml|!--)", re.IGNORECASE
)


def not_text(head: bytes, name: str, *, has_encoding: bool = False) -> UnreadableFile | None:
    """Return the error for content that is not UTF-8 text, with the cure for its kind; `None` if it may be text.

    Args:
        head: The first `HEAD` bytes of the file, or all.
        name: The file, for the error.
        has_encoding: Whether the caller can say the encoding, as `encoding` under `[read]` of a source.
    """
    for mark, words in _BINARY:
        if head.startswith(mark):
            return UnreadableFile("file-format", words, place=name)
    if head.startswith(ZIP):
        words = next((words for part, words in _ZIPPED if part in head), _ARCHIVE)
        return UnreadableFile("file-format", words, place=name)
    if head.startswith(_WIDE) or _is_wide(head):  # of UTF-32 too, which hardly anybody writes
        advice = ', or write encoding = "utf-16" under [read] of the source' if has_encoding else ""
        return UnreadableFile(
            "encoding", f"is not UTF-8 text (at byte 0) but looks like UTF-16; save it as UTF-8{advice}", place=name
        )
    if _MARKUP.match(head):
        words = (
            "this is a web page or XML, whatever its name says; open it in a spreadsheet and save it as .xlsx or CSV"
        )
        return UnreadableFile("file-format", words, place=name)
    return None


def _is_wide(head: bytes) -> bool:
    """Return whether every other byte of the first characters is 0, as in UTF-16 without a byte order mark."""
    start = head[:64]
    return len(start) >= 8 and any(set(start[first::2]) == {0} and 0 not in start[1 - first :: 2] for first in (0, 1))
