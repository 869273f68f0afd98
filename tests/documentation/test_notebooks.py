"""The notebook of values runs in a real kernel, and shows each value as HTML that a strict parser reads."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import html5lib
import nbformat
import pytest
from nbclient import NotebookClient

ROOT: Final = Path(__file__).parents[2]
VALUES: Final = (
    "Plan",
    "Intake",
    "Evaluation",
    "Forecast",
    "Revision",
    "Worklist",
    "Report",
    "Protocol",
    "Clinic",
    "Rows",
)

pytestmark = pytest.mark.sweep


@pytest.fixture(scope="module")
def notebook() -> Any:
    """Return the notebook with its outputs."""
    read = nbformat.read(ROOT / "examples" / "values.ipynb", as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    assert not [cell for cell in read.cells if cell.cell_type == "code" and cell.outputs]
    NotebookClient(read, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    return read


def outputs(notebook: Any, form: str) -> Iterator[tuple[str, str]]:
    """Yield the plain text and one other form of each output that has both."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if form in data:
                yield "".join(data["text/plain"]), "".join(data[form])


def test_each_value_shows_itself(notebook: Any) -> None:
    shown = [plain.partition("(")[0] for plain, _ in outputs(notebook, "text/html")]
    assert shown == [*VALUES, "Page"]


def test_the_tables_are_html_for_every_theme_and_without_dates(notebook: Any) -> None:
    for plain, html in outputs(notebook, "text/html"):
        html5lib.HTMLParser(strict=True).parse(f"<!DOCTYPE html><title>x</title>{html}")
        if not plain.startswith("Page("):
            assert not re.search(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9] [A-Z][a-z]{2} 20[0-9]{2}|color|background", html)
            assert html.startswith("<table>")


def test_findings_stand_first(notebook: Any) -> None:
    tables = {plain.partition("(")[0]: html for plain, html in outputs(notebook, "text/html")}
    firsts = {
        name: re.search(r'<th scope="row"[^>]*>([^<]*)</th><td[^>]*>([^<]*)</td>', tables[name]) for name in VALUES
    }
    found = {name: first.groups() for name, first in firsts.items() if first}
    assert found["Evaluation"] == ("findings", "1 × error · 1 × warning")
    assert found["Plan"] == ("findings", "none")
    assert found["Revision"] == ("findings", "1 × warning")
    assert found["Intake"] == ("refused", "none")
    assert found["Report"][0] == "errors"


def test_pictures_are_xml(notebook: Any) -> None:
    pictures = list(outputs(notebook, "image/svg+xml"))
    assert [plain.partition("(")[0] for plain, _ in pictures] == ["Timeline", "Timeline"]
    ids = [ET.fromstring(svg).get("id") for _, svg in pictures]  # noqa: S314  # written by this library
    assert len(set(ids)) == 2
