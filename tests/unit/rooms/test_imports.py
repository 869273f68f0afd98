"""What importing the package loads; which room may import which is checked by lint-imports."""

import subprocess
import sys
from typing import Final

LAZY: Final = frozenset(
    {"holidays", "icalendar", "narwhals", "numpy", "pandas", "polars", "pyarrow", "pyspark", "rich", "typer"}
)


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(ran.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = loaded_by("import lemtrada_schedule")
    assert "lemtrada_schedule" in loaded
    assert loaded & LAZY == set()


def test_a_heavy_import_would_be_seen() -> None:
    assert "holidays" in loaded_by("import holidays")
