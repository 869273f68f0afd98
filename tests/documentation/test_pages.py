"""The pages are whole: one heading, a first sentence, links and pictures that exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.for_each import each

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
PICTURES: Final = DOCS / "pictures"
INCLUDED: Final = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md", "security.md": "SECURITY.md"}
PAGES: Final = sorted(
    path for path in DOCS.rglob("*.md") if not {"_build", "verbs"} & set(path.relative_to(DOCS).parts)
)
FROM_ROOT: Final = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
LINK: Final = re.compile(r"(?<!`)\]\(([^)#\s]+)(?:#[^)]*)?\)")
FIGURE: Final = re.compile(r"^```\{figure\} (?P<name>\S+)\n(?::(?!alt).*\n)*(?::alt: (?P<words>.*)\n)?", re.MULTILINE)
IMAGE: Final = re.compile(r"!\[(?P<words>[^\]]*)\]\((?P<name>[^)\s]+)\)")


def prose(path: Path) -> str:
    """Return a page without its code blocks and comments; of a page that includes another file, that file."""
    path = ROOT / INCLUDED[path.name] if path.parent == DOCS and path.name in INCLUDED else path
    if not path.exists():
        pytest.skip("the wheel is tested without it")
    text = re.sub(r"(?ms)^(`{3,}|:{3,})[\w{].*?^\1$\n?", "", path.read_text(encoding="utf-8"))
    return re.sub(r"(?s)<!--.*?-->\n*", "", text)


@each(PAGES, name=lambda path: path.relative_to(DOCS).as_posix())
def test_a_page_has_one_heading_and_a_first_sentence(page: Path) -> None:
    text = prose(page)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    first = text.partition("# ")[2].split("\n\n")[1].strip()
    assert re.match(r"[\w`*\[(]", first), "begin with a sentence that says what the page is for"
    assert not first.startswith(("- ", "* "))


@each(PAGES, name=lambda path: path.relative_to(DOCS).as_posix())
def test_a_page_links_only_to_what_is_committed(page: Path) -> None:
    """So that its links also work on a code host; what only the build of the documentation makes is not there."""
    folder = ROOT if page.parent == DOCS and page.name in INCLUDED else page.parent
    linked = [target for target in LINK.findall(prose(page)) if not re.match(r"[a-z]+:", target)]
    assert [target for target in linked if not (folder / target).exists() or is_made(folder / target)] == []


def is_made(path: Path) -> bool:
    """Return whether a file is made when the documentation is built."""
    return any(path.resolve().is_relative_to(DOCS / folder) for folder in ("_build", "verbs"))


@pytest.mark.parametrize("file", FROM_ROOT, ids=lambda path: path.name)
def test_a_file_at_the_root_links_only_to_what_exists(file: Path) -> None:
    """Sphinx checks the anchors of links, of the pages below docs/ too."""
    linked = [target for target in LINK.findall(prose(file)) if not re.match(r"[a-z]+:", target)]
    assert [target for target in linked if not (ROOT / target).exists()] == []


def shown() -> Iterator[tuple[Path, str]]:
    """Yield each picture that a page or the README shows, with the words that stand for it."""
    for page in (ROOT / "README.md", *PAGES):
        for kind in (FIGURE, IMAGE):
            for found in kind.finditer(page.read_text(encoding="utf-8")):
                yield (page.parent / found["name"]).resolve(), found["words"] or ""


def test_each_picture_is_shown_and_each_picture_shown_is_there() -> None:
    pictures = {path for path, _ in shown()}
    assert sorted(path for path in pictures if not path.is_file()) == []
    assert sorted(path.name for path in set(PICTURES.iterdir()) - pictures) == []


def test_each_picture_says_in_words_what_it_shows() -> None:
    assert sorted(path.name for path, words in shown() if len(words) < 20) == []
