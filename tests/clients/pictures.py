"""Keep the pictures that documents show. `tests/clients/run --pictures` makes all of them.

A test that makes a picture has the marker `pictures` and stands in `tests/clients/test_pictures_*.py`. It gets its
dates and its stamp as literals, so that the same program makes the same picture.
"""

import importlib
import io
import os
from pathlib import Path
from typing import Any, Final

__all__ = ["LARGEST", "keep", "pictures_folder"]

DOCUMENTS: Final = Path(__file__).parents[2] / "docs" / "pictures"

LARGEST: Final = 150_000
"""Bytes of one picture."""

COLOURS: Final = 128


def pictures_folder() -> Path:
    """Return the folder for pictures: the one named by the variable PICTURES, else `docs/pictures`."""
    folder = Path(os.environ.get("PICTURES") or DOCUMENTS)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(name: str, picture: bytes, box: tuple[int, int, int, int] | None = None) -> Path:
    """Write a picture into the folder; a PNG is stored with a palette. Fail if it is too large for the documents.

    Args:
        name: The name of the file.
        picture: Its content.
        box: The part of a PNG to keep, in pixels: left, upper, right, lower.
    """
    if name.endswith(".png"):
        picture = _with_palette(picture, box)
    assert len(picture) <= LARGEST, f"{name} has {len(picture)} bytes; make it smaller"
    path = pictures_folder() / name
    path.write_bytes(picture)
    return path


def _with_palette(picture: bytes, box: tuple[int, int, int, int] | None) -> bytes:
    """Return a PNG with few colours, without dithering and without metadata."""
    image: Any = importlib.import_module("PIL.Image")  # of the group `clients`, which type checks run without
    with image.open(io.BytesIO(picture)) as full:
        small = (
            full.convert("RGB").crop(box).quantize(COLOURS, method=image.Quantize.MAXCOVERAGE, dither=image.Dither.NONE)
        )
    written = io.BytesIO()
    small.save(written, "PNG", optimize=True)
    return written.getvalue()
