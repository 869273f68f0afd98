"""What holds of every label revision, some of it from the second readings on; a message names file and step."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

import pytest

from lemtrada_schedule import load_protocol, protocol_names

FIRST: Final = frozenset({"eu-2020-01", "us-2024-05"})
"""The first readings. A released file never changes, and these cite some sources with two grades."""

LATER: Final = tuple(name for name in protocol_names() if name not in FIRST)


def text_of(name: str) -> str:
    return (files("lemtrada_schedule") / "labels" / f"{name}.toml").read_text(encoding="utf-8")


def cited(node: Any) -> Iterator[dict[str, Any]]:
    """Yield each table that cites a source."""
    if type(node) is dict and "cite" in node:
        yield node
    for part in node.values() if type(node) is dict else node if type(node) is list else ():
        yield from cited(part)


@pytest.mark.parametrize("name", protocol_names())
def test_a_revision_has_the_name_of_its_file(name: str) -> None:
    protocol = load_protocol(name)
    assert protocol.name == name, f"labels/{name}.toml: set `id` and `revision` so that they give the file's name"


@pytest.mark.parametrize("name", protocol_names())
def test_every_number_has_a_grade(name: str) -> None:
    missing = [table for table in cited(tomllib.loads(text_of(name))) if table.get("grade") not in {"A", "B"}]
    assert not missing, f'labels/{name}.toml: add grade = "A" or "B" beside each cite: {missing}'


@pytest.mark.parametrize("name", LATER)
def test_one_source_has_one_grade(name: str) -> None:
    """F1, F2, F3, F5."""
    grades: defaultdict[str, set[str]] = defaultdict(set)
    for table in cited(tomllib.loads(text_of(name))):
        grades[table["cite"]].add(table["grade"])
    several = [cite for cite, found in grades.items() if len(found) > 1]
    assert not several, f"labels/{name}.toml: give each of these sources one grade: {several}"


@pytest.mark.parametrize("name", LATER)
def test_every_source_is_cited_and_says_where_it_is(name: str) -> None:
    """F6, F13."""
    raw = tomllib.loads(text_of(name))
    unused = set(raw["sources"]) - {table["cite"] for table in cited(raw)}
    assert not unused, f"labels/{name}.toml: remove the sources that nothing cites: {sorted(unused)}"
    homeless = [key for key, source in raw["sources"].items() if not source.get("where")]
    assert not homeless, f"labels/{name}.toml: add `where` to [sources]: {homeless}"


@pytest.mark.parametrize("name", LATER)
def test_the_header_says_which_parts_were_read(name: str) -> None:
    """F14."""
    header = text_of(name).partition("\nid = ")[0]
    for words in ("What was read.", "Not read"):
        assert words in header, f"labels/{name}.toml: say in the comment at the top what was read ({words!r})"


@pytest.mark.parametrize("name", protocol_names())
def test_a_revision_stands_alone(name: str) -> None:
    assert load_protocol(name).extends is None, f"labels/{name}.toml: remove `extends`; write every rule out"
