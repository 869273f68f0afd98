"""List every sentence of the library in one file, so that a person can read them from top to bottom.

`tests/golden/make_plans.py` writes the file.

Findings and missing facts are made by the library itself from neutral example values. All other sentences are taken
from the source of their modules, so that none can be forgotten; <…> is a value that is filled in. The command line, the
page and the calendar have golden files of their own.
"""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final, get_args

import lemtrada_schedule
from lemtrada_schedule.findings.catalogue import CATALOGUE
from lemtrada_schedule.findings.finding import MissingFact, MissingKind

PACKAGE: Final = Path(lemtrada_schedule.__file__).parent
ELSEWHERE: Final = ("cli", "exports/html", "exports/ics", "exports/text", "findings", "labels")
"""Rooms whose sentences are in other golden files, or above."""

FACTS: Final[dict[str, Any]] = {
    "how": "from", "what": "none of it",
    "against": "compare the days of course 1", "anchor": "last infusion of course 1", "anchor_day": date(2025, 3, 7),
    "as_of": date(2026, 6, 1), "by": "the neurologist", "category": "catholic", "chairs": 4,
    "code": "interval-below-minimum", "count": 3, "counted": "2 tests", "country": "US", "dose": 12,
    "due": date(2026, 4, 7), "earliest": date(2026, 3, 7), "early": "3 days", "first": 1990, "gap": 16, "given": 3,
    "hint_at": "; did you mean 'cd4'?", "interval": "12 months", "last": date(2025, 3, 5),
    "last_day": date(2026, 3, 3), "least": 240, "limit": 3, "medicines": 2, "minutes": 200,
    "missing": "courses 1 to 2 are", "most": "5 days", "name": "Assumption Day", "not_before": date(2026, 3, 4),
    "on": date(2026, 3, 5), "one": "the system's zone data", "opens": "from 2026-02-02 (Monday 2 February) to",
    "ordinal": 6, "other": "the tzdata package", "place": "observation 2", "planned": 5, "position": 1,
    "reason": "closed on Saturdays", "since": "; no later one is on record", "subdivisions": "MA, NY",
    "time_zone": "America/New_York", "title": "Complete blood count", "tolerance": "5 days",
    "when": "2026-04-07 (Tuesday 7 April)", "where": "a clinic without a country", "why": "travel", "years": 18,
}  # fmt: skip
OF_CODE: Final[dict[str, dict[str, Any]]] = {
    "country-unknown": {"reason": 'no country has the code text shaped "XXX" (did you mean US?)'},
    "duplicate-same-day": {"other": 3},
    "holiday-years": {"last": 2099},
    "public-holiday": {"reason": "public holiday: Memorial Day"},
    "start-in-past": {"not_before": date(2026, 5, 4)},
    "start-far-ahead": {"not_before": date(2027, 8, 2)},
    "subdivision-unknown": {"reason": 'US has no subdivision text shaped "XX"; known: MA, NY'},
    "two-infusions-one-day": {"differs": "differs from row 3"},
}
MISSING: Final[dict[str, Any]] = {"year": 2031, "row": 7, "course": 2, "other_course": 1, "position": 3}

VALUE: Final = "<…>"

_SENTENCE: Final = re.compile(r"[a-z]{2,}\W+(.*\W)?[a-z]+\W+(.*\W)?[a-z]{2,}")
"""Three words at least; keys, field values and names have fewer."""

_PATTERN: Final = re.compile(r"\\|\(\?|\[0-9|\[a-z|\[object|</| \| ")
"""A regular expression, a type or markup."""


def findings() -> Iterator[str]:
    """Yield each kind of finding with its title, then an example of its message, then its hint."""
    for kind in CATALOGUE:
        found = kind.at(course=2, day=date(2026, 3, 4), row=6, **{**FACTS, **OF_CODE.get(kind.code, {})})
        yield f"{kind.severity} {kind.code}: {kind.title}"
        yield f"    {found.message}"
        yield f"    {found.hint}"


def missing_facts() -> Iterator[str]:
    """Yield the words of each missing fact."""
    for kind in get_args(MissingKind):
        column: dict[str, Any] = {"column": "dose_mg", "count": 12} if kind == "column" else {}
        yield f"{kind}: {MissingFact(kind=kind, **MISSING, **column).in_words()}"


def sentences(source: str) -> Iterator[str]:
    """Yield the sentences in a module, in order, without docstrings and patterns."""
    tree = ast.parse(source)
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            skipped.update(part for value in node.values for part in ast.walk(value) if part is not node)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr) and node not in skipped]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
        text = _text(node)
        words = text.replace(VALUE, "")
        if " " in words.strip() and _SENTENCE.search(words) and not _PATTERN.search(words):
            yield text.strip()


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values)
    return node.value if isinstance(node.value, str) else ""


def messages() -> str:
    """Return the text of the file."""
    lines = ["FINDINGS", "", *findings(), "", "MISSING FACTS", "", *missing_facts()]
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        found = list(dict.fromkeys(sentences(path.read_text(encoding="utf-8"))))
        if found and not name.startswith(ELSEWHERE):
            lines += ["", name, *(f"    {text}" for text in found)]
    return "".join(f"{line}\n" for line in lines)
