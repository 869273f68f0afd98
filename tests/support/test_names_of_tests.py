"""Every decided case and every trap of records has a test with its id in its name."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.for_each import each

FOLDER: Final = Path(__file__).parents[1]
DECIDED: Final = [f"S{number:02}" for number in (*range(4, 17), 19, 21, 22, 24, *range(36, 40), 45, 46)]
LATER: Final = [f"s{number}" for number in (*range(28, 36), 42)]
INVARIANTS: Final = [f"I{number}" for number in range(20, 35)]
TRAPS: Final = [*(f"F{number:02}" for number in range(1, 15)), *(f"G{number:02}" for number in range(1, 27))]
NAME: Final = re.compile(r"^def test_(\w+)\(", re.MULTILINE)


@cache
def names() -> dict[str, int]:
    """Count the tests that bear each id, such as `S07` or `F05`."""
    found: dict[str, int] = {}
    for path in sorted(
        path for folder in FOLDER.iterdir() if folder.name != "clients" for path in folder.rglob("*.py")
    ):
        for name in NAME.findall(path.read_text(encoding="utf-8")):
            for part in name.split("_"):
                found[part] = found.get(part, 0) + 1
    return found


@each([*DECIDED, *LATER, *INVARIANTS, *TRAPS])
def test_it_has_a_test_of_its_name(name: str) -> None:
    assert names().get(name, 0) >= 1


@each([*DECIDED, *LATER])
def test_a_decided_case_has_several(name: str) -> None:
    assert names()[name] >= 4
