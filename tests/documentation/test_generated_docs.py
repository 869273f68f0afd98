"""The pages say what the package does: generated ones are fresh, codes, names and numbers have their place."""

import ast
import importlib.util
import inspect
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, get_args

import pytest

import lemtrada_schedule
from lemtrada_schedule.findings.catalogue import CATALOGUE
from lemtrada_schedule.protocol.actions import Action
from lemtrada_schedule.validation.pydantic_errors import _CODES
from tests.gates.no_wall_clock import package_folder
from tests.support.for_each import each
from tests.support.module_trees import module_nodes

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
LABELS: Final = sorted((package_folder() / "labels").glob("*-*.toml"))  # each named after a revision
FAMILY: Final = {"HolidayDataMissing", "LocalTimeError", "FrozenValue", "Problem", "UnknownName", "UnreadableFile"}
REFUSING: Final = FAMILY | {"refusal", "refused", "refused_argument"}
# Keys whose digits are no rule: names, and where a document lies.
NO_RULE: Final = {"id", "revision", "sources", "cite", "grade", "basis", "neutral_title", "system"}
COMMITTED: Final = ["findings.md", "data-model.md", "source-codes.md", "llms.txt"]
CODE: Final = re.compile(r"[a-z]+(-[a-z]+)+|zone|span|offset|encoding|identifier")


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@cache
def page_maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def made_pages() -> dict[str, str]:
    pages: dict[str, str] = page_maker().pages()
    return pages


@pytest.mark.parametrize("name", [*COMMITTED, *(f"protocols/{label.stem}.md" for label in LABELS)])
def test_a_generated_page_is_fresh(name: str) -> None:
    path = DOCS / name
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    assert written == made_pages()[name], f"docs/{name} is stale; run: uv run python docs/generate.py"


@pytest.mark.parametrize(
    ("code", "reporters"),
    [
        ("interval-below-minimum", "`evaluate` and `audit`"),
        ("baseline-missing", "`evaluate`, and `audit` with `observations`"),
        ("observation-in-future", "`evaluate`, and `audit` with `observations`"),
        ("test-late", "`evaluate`, and `audit` with `observations`"),
        ("test-missed", "`evaluate`, and `audit` with `observations`"),
        ("test-overdue", "`evaluate`, and `audit` with `observations`"),
        ("window-missed", "`evaluate`, and `audit` with `observations`"),
        ("only-other-medicines", "`evaluate`, and `audit` with a `source`"),
        ("age-below-adult", "`evaluate` only; the columns of a cohort do not hold what it needs"),
    ],
)
def test_a_finding_says_what_reports_it(code: str, reporters: str) -> None:
    own = made_pages()["findings.md"].partition(f"\n## {code}\n")[2].partition("\n## ")[0]
    assert f"- Reported by: {reporters}\n" in own


def test_every_shipped_protocol_has_a_page_in_the_index() -> None:
    assert "\nprotocols/*\n" in read("index.md")
    pages = {f"protocols/{label.stem}.md" for label in LABELS}
    assert made_pages().keys() == {*COMMITTED, *pages}
    assert {f"protocols/{path.name}" for path in (DOCS / "protocols").iterdir()} == pages


def test_every_source_of_a_shipped_protocol_is_explained() -> None:
    """`why` and the findings print a source by the code in the first column."""
    rows = [line.split(" | ") for line in read("source-codes.md").splitlines() if line.startswith("| `")]
    explained = {(code.strip("| `"), document) for code, document, _ in rows}
    files = [tomllib.loads(label.read_text(encoding="utf-8"))["sources"] for label in LABELS]
    assert {(key.upper(), source["document"]) for sources in files for key, source in sources.items()} == explained
    assert {"MIMS", "ONMEDA", "USPI-2-3"} <= {code for code, _ in explained}


def test_every_function_has_a_page_in_the_index() -> None:
    """The pages are written when the documentation is built."""
    functions = {name for name in lemtrada_schedule.__all__ if inspect.isroutine(getattr(lemtrada_schedule, name))}
    assert set(page_maker().verb_pages()) == {f"verbs/{name}.md" for name in functions}
    assert "\nverbs/*\n" in read("api.md")


def test_the_page_of_every_function_shows_an_example() -> None:
    """The docstring is the page; `test_examples` runs its example."""
    assert [
        verb.__name__
        for verb in page_maker().verbs()
        if "\n>>> " not in (inspect.getdoc(verb) or "").replace("    ", "")
    ] == []


@pytest.mark.parametrize("name", ["plan_treatment", "replan"])
def test_the_page_of_a_function_names_pages_that_call_it(name: str) -> None:
    text = page_maker().verb_pages()[f"verbs/{name}.md"]
    called = re.findall(r"^- \[.+\]\(\.\./([\w-]+\.md)\)$", text, re.MULTILINE)
    assert called
    assert [page for page in called if f"{name}(" not in read(page)] == []


def test_the_index_for_programs_names_every_page() -> None:
    """Each page but those that are made when the documentation is built, and the single decisions."""
    listed = re.findall(r"\]\(([\w/-]+\.md)\): \S", read("llms.txt"))
    pages = {path.name for path in DOCS.glob("*.md")} - {"index.md"}
    sources = {f"sources/{path.name}" for path in DOCS.glob("sources/*.md")}
    assert {name for name in listed if not name.startswith("verbs/")} == pages | sources | {"decisions/index.md"}
    assert {name for name in listed if name.startswith("verbs/")} == set(page_maker().verb_pages())


@each([kind.code for kind in CATALOGUE])
def test_every_finding_has_a_heading(code: str) -> None:
    assert f"\n## {code}\n" in read("findings.md")


SECTIONS: Final = dict(section.split("\n", maxsplit=1) for section in read("findings.md").split("\n## ")[1:])


@each([kind.code for kind in CATALOGUE])
def test_every_finding_is_told_in_full(code: str) -> None:
    """Its example is run by `test_examples`; here it must be about the code, and find something."""
    told, _, example = SECTIONS[code].partition("```python")
    assert [fact for fact in ("Severity", "Message", "What to do", "Based on") if f"\n- {fact}: " not in told] == []
    asked, found = example.strip().removesuffix("```").strip().rsplit("\n", maxsplit=1)
    assert f'"{code}")' in asked.rsplit("\n>>> ", maxsplit=1)[-1]
    assert re.fullmatch(r"\[?\(.+\)\]?|True", found)


# --- numbers -------------------------------------------------------------------------------------


def numbers(node: Any, cite: str, place: str) -> Iterator[tuple[str, str, str]]:
    """Yield every number of a protocol's file with its place and the source that stands nearest to it."""
    if isinstance(node, dict):
        own = str(node.get("cite", cite))
        for key, value in node.items():
            # The observation time has a source of its own, where it has a table of its own.
            nearest = node["observation"]["cite"] if key == "observation_minutes" and "observation" in node else own
            if key not in NO_RULE:
                yield from numbers(value, nearest, f"{place}.{key}")
    elif isinstance(node, list):
        for position, value in enumerate(node, start=1):
            yield from numbers(value, cite, f"{place}[{position}]")
    elif not isinstance(node, bool):
        yield from ((place, number, cite) for number in re.findall(r"\d[\d,]*", str(node)))


def numbers_of(label: Path) -> list[tuple[str, str, str]]:
    return list(numbers(tomllib.loads(label.read_text(encoding="utf-8")), "", ""))


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.stem)
def test_every_number_of_a_protocol_stands_beside_its_source(label: Path) -> None:
    lines = page_maker().protocol_pages()[f"protocols/{label.stem}.md"].splitlines()
    missing = [
        (place, number, cite)
        for place, number, cite in numbers_of(label)
        if not any(f"| `{cite}` |" in line and re.search(rf"(?<!\d){number}(?!\d)", line) for line in lines)
    ]
    assert missing == []


def test_the_numbers_are_really_found() -> None:
    found = numbers_of(package_folder() / "labels" / "us-2024-05.toml")
    assert (".infusion_day.observation_minutes", "120", "faq") in found
    assert (".infusion_day.infusion_minutes", "240", "uspi-dose") in found
    assert (".courses[3].minimum_interval", "12", "uspi-2-3") in found
    assert len(found) > 60


# --- floors, codes and names ---------------------------------------------------------------------


def codes_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield what looks like a code among the texts of a module that can be one."""
    for node in nodes:
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in REFUSING or called == "__init__":
                yield str(node.args[0].value)


def codes_of_the_package() -> set[str]:
    paths = sorted(package_folder().rglob("*.py"))
    found = {code for path in paths for code in codes_in(module_nodes(path)) if CODE.fullmatch(code)}
    return found | set(_CODES.values())


def documented_codes() -> set[str]:
    return set(re.findall(r"^\| `([a-z-]+)` \|", read("errors.md"), flags=re.MULTILINE))


def test_every_code_that_may_be_raised_is_documented() -> None:
    assert codes_of_the_package() - documented_codes() == set()


def test_every_documented_code_stands_in_the_package() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in package_folder().rglob("*.py"))
    assert {code for code in documented_codes() if f'"{code}"' not in sources} == set()


def test_the_codes_are_really_found() -> None:
    assert {"calendar-date", "unknown-name", "frozen-value", "no-feasible-start", "too-many-courses"} <= (
        codes_of_the_package()
    )


@each(lemtrada_schedule.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    api = read("api.md")
    documented = re.search(rf"lemtrada_schedule\.{name}(\(\))?\n", api) or f"\n| `lemtrada_schedule.{name}` | " in api
    assert documented or f"\n### {name}\n" in read("data-model.md")


@pytest.mark.parametrize(
    "kind", [get_args(one.model_fields["kind"].annotation)[0] for one in get_args(get_args(Action)[0])]
)
def test_every_kind_of_action_is_in_the_table_of_own_protocols(kind: str) -> None:
    assert f"\n| `{kind}` |" in read("own-protocol.md"), (
        f"docs/own-protocol.md: add a row for the kind of action {kind}"
    )


@each(lemtrada_schedule.__all__)
def test_every_public_name_stands_in_the_changelog(name: str) -> None:
    changelog = ROOT / "CHANGELOG.md"
    if not changelog.exists():
        pytest.skip("the wheel is tested without it")
    assert f"`lemtrada_schedule.{name}`" in changelog.read_text(encoding="utf-8")


STATUS: Final = re.compile(r"Status: accepted(?:; superseded in part by \[decision \d+\]\(([\w.-]+)\): .+)?\.(?: .*)?")
SUPERSEDED: Final = re.compile(r"Status: superseded by \[decision \d+\]\(([\w.-]+)\)\.")


def test_every_decision_says_whether_it_holds() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(folder.glob("0*.md"))
    assert len(pages) > 30
    for page in pages:
        status = page.read_text(encoding="utf-8").splitlines()[2]
        found = STATUS.fullmatch(status) or SUPERSEDED.fullmatch(status)
        assert found, f"{page.name}: write `Status: accepted.` or `Status: superseded by …` in line 3"
        assert found[1] is None or (folder / found[1]).is_file(), page.name
