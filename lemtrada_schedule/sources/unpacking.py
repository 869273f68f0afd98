"""Streams of bytes made from a file while it is read: unpacked by gzip, or UTF-16 text as UTF-8.

What they yield is bounded by whoever reads them; neither holds more than a block of it.
"""

import codecs
import gzip
import io
import zlib
from abc import abstractmethod
from typing import Final

from lemtrada_schedule.errors import UnreadableFile

__all__ = ["recoded", "unpacked"]

_BLOCK: Final = 65_536

_MARKS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

_DAMAGED: Final = "this gzip file is damaged or cut short; get it again"


def unpacked(file: io.BufferedReader, name: str) -> io.BufferedReader:
    """Return what a gzip file holds, as a stream; reading it raises `UnreadableFile` where the file is damaged."""
    return io.BufferedReader(_Unpacked(file, name), _BLOCK)


def recoded(file: io.BufferedReader, name: str) -> io.BufferedReader:
    """Return UTF-16 text as a stream of UTF-8.

    Raises:
        UnreadableFile: It has no byte order mark, or is not UTF-16; also while the stream is read.
    """
    encoding = _MARKS.get(file.read(2))
    if encoding is None:
        message = "has no byte order mark of UTF-16; say the right encoding under [read] of the source"
        raise UnreadableFile("encoding", f"{message}, or save it as UTF-8", place=name)
    return io.BufferedReader(_Recoded(file, name, encoding), _BLOCK)


class _Blocks(io.RawIOBase):
    """A stream whose bytes are made block by block."""

    def __init__(self, file: io.BufferedReader, name: str) -> None:
        """Keep the file, which the caller closes, and its name for errors."""
        super().__init__()
        self._file = file
        self._name = name
        self._held = b""

    def readable(self) -> bool:
        """Return true, as every stream that can be read."""
        return True

    def readinto(self, buffer: "io.BytesIO | bytearray | memoryview") -> int:  # type: ignore[override]  # any buffer
        """Fill a buffer with the next bytes, and return how many there are; 0 at the end."""
        view = memoryview(buffer)  # type: ignore[arg-type]  # as above
        while not self._held and (block := self._block()) is not None:
            self._held = block
        part, self._held = self._held[: len(view)], self._held[len(view) :]
        view[: len(part)] = part
        return len(part)

    @abstractmethod
    def _block(self) -> bytes | None:
        """Return the next bytes, possibly none; `None` at the end."""


class _Unpacked(_Blocks):
    """The content of a gzip file."""

    def __init__(self, file: io.BufferedReader, name: str) -> None:
        """Begin to unpack; nothing is read yet."""
        super().__init__(file, name)
        self._packed = gzip.GzipFile(fileobj=file, mode="rb")

    def _block(self) -> bytes | None:
        try:
            return self._packed.read(_BLOCK) or None
        except (EOFError, zlib.error, gzip.BadGzipFile):
            pass
        raise UnreadableFile("unreadable-file", _DAMAGED, place=self._name)


class _Recoded(_Blocks):
    """UTF-16 text as UTF-8."""

    def __init__(self, file: io.BufferedReader, name: str, encoding: str) -> None:
        """Set the encoding, which names the order of bytes."""
        super().__init__(file, name)
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._is_done = False

    def _block(self) -> bytes | None:
        if self._is_done:
            return None
        block = self._file.read(_BLOCK)
        self._is_done = not block
        try:
            return self._decoder.decode(block, final=self._is_done).encode()
        except UnicodeError:
            pass
        message = "is not UTF-16 text all through; say the right encoding under [read] of the source"
        raise UnreadableFile("encoding", f"{message}, or save it as UTF-8", place=self._name)
