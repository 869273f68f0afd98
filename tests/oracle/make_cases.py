"""Write the conformance cases: `python -m tests.oracle.make_cases`.

One file, one case per line, so that a change shows as the lines of its cases.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.oracle.case_parts import Json
from tests.oracle.cases_by_hand import worked_by_hand
from tests.oracle.cases_by_rule import cases_by_rule
from tests.oracle.cases_of_plans import cases_of_plans
from tests.oracle.cases_of_tests import cases_of_tests
from tests.oracle.cases_of_tests_by_hand import worked_tests
from tests.oracle.labels import package_folder

HEAD: Json = {
    "schema": "cases.schema.json",
    "title": "Conformance cases for schedules of alemtuzumab 12 mg: what was recorded, and what is expected of it",
    "format": 1,
}


def folder() -> Path:
    """Return where the cases lie."""
    return package_folder() / "cases"


def cases() -> Iterator[Json]:
    """Give every case, those worked out by hand first; new families follow at the end."""
    for worked in worked_by_hand():
        yield worked.case
    yield from cases_by_rule()
    yield from cases_of_plans()
    for worked in worked_tests():
        yield worked.case
    yield from cases_of_tests()


def file_text(made: Iterable[Json]) -> str:
    """Return the whole file of these cases."""
    head = [f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in HEAD.items()]
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(", ", ":")) for one in made)
    return "{\n" + "".join(head) + '"cases": [\n' + lines + "\n]\n}\n"


if __name__ == "__main__":
    folder().mkdir(exist_ok=True)
    (folder() / "cases.json").write_text(file_text(cases()), encoding="utf-8", newline="\n")
