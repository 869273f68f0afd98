"""The protocols that ship with the library, read as plain data.

The folder is looked for along Python's search path, so that nothing of the library is imported.
"""

import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def package_folder() -> Path:
    """Return the folder of the library that Python would import."""
    for place in sys.path:
        folder = Path(place) / "lemtrada_schedule"
        if (folder / "labels").is_dir():
            return folder
    message = "no folder lemtrada_schedule/labels along sys.path"
    raise FileNotFoundError(message)


@cache
def label(name: str) -> dict[str, Any]:
    """Return a shipped protocol, such as "us-2024-05"."""
    return tomllib.loads((package_folder() / "labels" / f"{name}.toml").read_text(encoding="utf-8"))
