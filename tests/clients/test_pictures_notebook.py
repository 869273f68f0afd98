"""A notebook in the style of JupyterLab, the time line of a plan as a file of its own, and a picture of a cohort."""

import base64
import importlib
import json
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import nbformat
import pytest
from nbclient import NotebookClient

from lemtrada_schedule import load_protocol, plan_treatment, read_clinic, timeline
from tests.clients.pictures import keep

pytestmark = [pytest.mark.pictures, pytest.mark.debian]

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
CELLS: Final = ("plan", 'timeline(plan, titles="clinical", as_of=date(2026, 11, 22))', "evaluation", "report")
"""The last line of each cell that the picture shows."""


def test_timeline() -> None:
    plan = plan_treatment(
        load_protocol("us"), read_clinic(ROOT / "examples" / "boston.toml"), not_before=date(2027, 1, 11), courses=3,
        as_of=date(2026, 11, 22),
    )  # fmt: skip
    drawn = timeline(plan, as_of=date(2026, 11, 22)).encode()
    assert ET.fromstring(drawn).get("role") == "img"  # noqa: S314  # written by this library
    keep("timeline.svg", drawn + b"\n")


def as_page(theme: str) -> str:
    """Return some cells of the notebook of values, run and shown as JupyterLab shows them."""
    notebook: Any = nbformat.read(ROOT / "examples" / "values.ipynb", as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    shown = {cell.source.splitlines()[-1]: cell for cell in notebook.cells if cell.cell_type == "code"}
    notebook.cells = [shown[line] for line in CELLS]
    exporter: Any = importlib.import_module("nbconvert").HTMLExporter(template_name="lab", theme=theme)
    exporter.mathjax_url = exporter.require_js_url = exporter.jquery_url = ""
    page: str = exporter.from_notebook_node(notebook)[0]
    return page


def photographed(page: Path, picture: Path, *, dark: bool) -> bytes:
    """Return a picture of the page in Chromium."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed; see tests/clients/run"
    how = json.dumps({"width": 900, "height": 600, "selector": "main", "dark": dark})
    call = ["node", "screenshot.mjs", chromium, page.as_uri(), str(picture), how]
    subprocess.run(call, cwd=HERE, check=True, timeout=120)
    return picture.read_bytes()


def test_notebook(tmp_path: Path) -> None:
    page = tmp_path / "notebook.html"
    page.write_text(as_page("light"), encoding="utf-8")
    keep("notebook.png", photographed(page, tmp_path / "notebook.png", dark=False))


def test_swimmers() -> None:
    """The last picture of the notebook of papers is kept as the notebook draws it."""
    notebook: Any = nbformat.read(ROOT / "examples" / "papers.ipynb", as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(ROOT)}}).execute()
    drawn = [
        output["data"]["image/png"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    keep("swimmers.png", base64.b64decode(drawn[-1]))
