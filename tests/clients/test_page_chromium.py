"""The page in a real browser: on a screen, on a phone, printed on A4 and Letter, and read aloud.

Needs Chromium and poppler-utils from Debian, and playwright-core from npm. What is missing fails the test.
Set PAGE_SHOTS to a folder to keep the pictures and PDFs.
"""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest

from lemtrada_schedule import History, Plan, load_protocol, plan_treatment, read_clinic, to_html
from lemtrada_schedule.exports.html.language import language_of
from lemtrada_schedule.exports.html.page import Layout
from lemtrada_schedule.exports.titles import Titles
from tests.golden.make_plans import clinic, golden_plan
from tests.unit.exports.test_page import HOSTILE, plan_with

pytestmark = pytest.mark.debian

HERE: Final = Path(__file__).parent
BOSTON: Final = HERE.parents[1] / "examples" / "boston.toml"
SIZES: Final = {"A4": (595, 842), "Letter": (612, 792)}
LEAST_CONTRAST: Final = 4.5
SHOWN: Final = ("us-two-courses", "eu-four-courses", "long-drift", "last-start", "own-protocol")
"""The golden plans whose pages differ most."""
WAYS: Final[tuple[tuple[Titles, Layout, str], ...]] = (
    ("neutral", "sheet", "en-US"), ("neutral", "sheet", "de"), ("clinical", "full", "en"), ("neutral", "full", "de"),
)  # fmt: skip


def boston(first: date, courses: int = 2, **asked: Any) -> Plan:
    rules, place = load_protocol("us-2024-05-r2"), read_clinic(BOSTON)
    return plan_treatment(rules, place, not_before=first, courses=courses, plan_id="shown", as_of=first, **asked)


def plans() -> dict[str, Plan]:
    """Return the golden plans, four courses, some over the end of a month, one under way, and one of hostile texts."""
    place = clinic("America/New_York", name="Harbor", closures={"2028-01-17": "Renovation"})
    plain = plan_treatment(load_protocol("us-2024-05"), place, not_before=date(2027, 1, 11), as_of=date(2027, 1, 8))
    given = History.model_validate({"infusions": [{"date": f"2027-01-{day}"} for day in range(11, 16)]})
    return {
        **{name: golden_plan(name) for name in SHOWN},
        "one-course": boston(date(2027, 1, 11), 1),
        "four-courses": boston(date(2027, 1, 11), 4),
        "two-months": boston(date(2027, 6, 28), 4),
        "six-weeks-each": boston(date(2027, 8, 30)),
        "under-way": boston(date(2027, 4, 20), 3, history=given),
        "ten-courses": boston(date(2027, 1, 11), 10),
        "hostile": plan_with(lambda field, was: was + HOSTILE[hash_of(field + was) % len(HOSTILE)], plain),
    }


def ways(name: str) -> tuple[tuple[Titles, Layout, str], ...]:
    """Return how a plan is shown: three plans in every way, the others as a sheet."""
    if name == "hostile":
        return (("clinical", "sheet", "en"), ("clinical", "full", "en"))
    return WAYS if name in (*SHOWN[:2], "two-months") else WAYS[:1]


def hash_of(text: str) -> int:
    return sum(map(ord, text))


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed; see tests/clients/run")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("PAGE_SHOTS")
    path = Path(kept) if kept else tmp_path_factory.mktemp("pages")
    path.mkdir(exist_ok=True)
    return path


@pytest.fixture(scope="module")
def pages(folder: Path) -> Mapping[str, Path]:
    written = {}
    for name, plan in plans().items():
        for titles, layout, language in ways(name):
            path = folder / f"{name}-{titles}-{layout}-{language}.html"
            page = to_html(plan, titles=titles, layout=layout, language=language)
            path.write_text(page, encoding="utf-8")
            written[path.stem] = path
    return written


@pytest.fixture(scope="module")
def report(folder: Path, pages: Mapping[str, Path]) -> Mapping[str, Any]:
    """Return what Chromium says of every page."""
    command = [program("node"), "page.mjs", program("chromium"), str(folder), *map(str, pages.values())]
    ran = subprocess.run(command, cwd=HERE, capture_output=True, check=False, encoding="utf-8")
    assert ran.returncode == 0, ran.stderr
    told: Mapping[str, Any] = json.loads(ran.stdout)
    assert told.keys() == pages.keys()
    return told


def pdf_pages(path: Path, *options: str) -> list[str]:
    ran = subprocess.run([program("pdftotext"), *options, str(path), "-"], capture_output=True, check=True, text=True)
    return [re.sub(r"\s+", " ", page) for page in ran.stdout.split("\f")[:-1]]


def squeezed(text: str) -> str:
    """Return text without spaces: a printed line may break anywhere."""
    return re.sub(r"\s+", "", text)


def test_nothing_is_asked_for_and_nothing_runs(report: Mapping[str, Any]) -> None:
    for name, told in report.items():
        assert [request for request in told["requests"] if not request.endswith(f"/{name}.html")] == []
        assert told["console"] == []
        assert told["looks"]["1024 light"]["styled"] == "600"  # the policy lets the page's own style through


def test_contrast(report: Mapping[str, Any]) -> None:
    for name, told in report.items():
        for look in told["looks"].values():
            assert look["texts"] > 40
            assert look["least"]["ratio"] >= LEAST_CONTRAST, (name, look["least"])


def test_nothing_is_wider_than_its_place(report: Mapping[str, Any]) -> None:
    for name, told in report.items():
        for size, look in told["looks"].items():
            assert (look["wide"], look["pageWide"], look["cut"]) == ([], 0, 0), (name, size)


def test_axe_finds_no_violation(report: Mapping[str, Any]) -> None:
    """On a phone in light colours, on a desktop in dark ones."""
    for name, told in report.items():
        assert {(how, *found["violations"]) for how, found in told["axe"].items() if found["violations"]} == set(), name
        assert min(found["passes"] for found in told["axe"].values()) > 15


@pytest.mark.parametrize("size", SIZES)
def test_a_sheet_is_one_page_and_one_for_each_course(pages: Mapping[str, Path], report: Any, size: str) -> None:
    """Counted by poppler, of all plans with at most four courses; with ten, sheet 1 may go on, and no course does."""
    assert report
    for name, plan in plans().items():
        for titles, layout, language in ways(name):
            if layout == "sheet" and name != "hostile":
                path = pages[f"{name}-{titles}-{layout}-{language}"].with_suffix("")
                told = subprocess.run(
                    [program("pdfinfo"), f"{path}-{size}.pdf"], capture_output=True, check=True, text=True
                ).stdout
                count = int(re.search(r"Pages: +(\d+)", told)[1])  # type: ignore[index]  # pdfinfo always says so
                more = 2 if len(plan.courses) > 4 else 0
                assert 0 <= count - 1 - len(plan.courses) <= more, (name, titles, language)


def test_two_validators_find_no_error(pages: Mapping[str, Path]) -> None:
    """html-validate, and the validator of the Nu project, which the W3C uses."""
    files = [str(path) for path in pages.values()]
    ours = [program("node"), str(HERE / "node_modules/html-validate/bin/html-validate.mjs")]
    ran = subprocess.run(
        [*ours, "--config", str(HERE / "html-validate.json"), *files], capture_output=True, check=False, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    nu = [program("java"), "-jar", str(HERE / "node_modules/vnu-jar/build/dist/vnu.jar"), "--format", "json"]
    ran = subprocess.run([*nu, *files], capture_output=True, check=False, text=True)
    assert [one for one in json.loads(ran.stderr)["messages"] if one["type"] == "error"] == []


@pytest.mark.parametrize("size", SIZES)
def test_one_page_for_each_course(report: Mapping[str, Any], folder: Path, size: str) -> None:
    """Heading, months, days and key of a course stand on one sheet, with no other course on it."""
    for name, told in report.items():
        printed = [squeezed(page) for page in pdf_pages(folder / f"{name}-{size}.pdf", "-layout")]
        for number, section in enumerate(told["looks"][size]["sections"], start=1):
            lines = [squeezed(line) for line in section.splitlines() if squeezed(line)]
            keys = ("course.heading", "course.table") if "-full-" in name else ("sheet.round", "course.round_table")
            words = language_of("de" if name.endswith("-de") else "en", None)
            title, days = (squeezed(words.text(key, number=number)) for key in keys)
            assert lines[0].startswith(title)
            sheets = [page for page in printed if re.match(rf"{re.escape(title)}(?!\d)", page) and days in page]
            assert len(sheets) == 1, (name, size, number)
            said = re.findall(r"[\w:]+", section)
            assert [word for word in said if squeezed(word) not in sheets[0]] == [], (name, size, number)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("background", ["", "-plain"])
def test_nothing_is_cut(report: Mapping[str, Any], folder: Path, size: str, background: str) -> None:
    """Every word of the page is printed, within the margins; with the browser's backgrounds off too."""
    width, height = SIZES[size]
    for name, told in report.items():
        path = folder / f"{name}-{size}{background}.pdf"
        boxes = subprocess.run([program("pdftotext"), "-bbox", str(path), "-"], capture_output=True, check=True).stdout
        printed = ""
        for word in ET.fromstring(boxes).iter("{http://www.w3.org/1999/xhtml}word"):  # noqa: S314  # poppler's own
            sides = [float(word.get(side) or 0) for side in ("xMin", "yMin", "xMax", "yMax")]
            assert sides[0] >= 36
            assert sides[1] >= 30
            assert sides[2] <= width - 36, (name, word.text)
            assert sides[3] <= height - 12, (name, word.text)
            printed += word.text or ""
        told_words = told["looks"][size]["words"]
        # Columns stand side by side, so a word that is broken over two lines is no word to poppler: count the letters.
        assert Counter(squeezed(told_words)) - Counter(squeezed(printed)) == Counter(), name
        if not name.startswith("hostile"):
            missing = {word for word in told_words.split() if word not in printed}
            assert [word for word in missing if squeezed(word) not in squeezed(" ".join(pdf_pages(path)))] == [], name


def test_a_screen_reader_is_told_the_structure(report: Mapping[str, Any]) -> None:
    """Chromium's accessibility tree: landmarks, headings, captions as names of tables, a name for the drawing."""
    for name, told in report.items():
        roles = [role for role, _ in told["roles"]]
        is_full = "-full-" in name
        assert [roles.count(role) for role in ("banner", "main", "contentinfo")] == [1, 1, int(is_full)]
        named = {role: [name for kind, name in told["roles"] if kind == role] for role in set(roles)}
        assert all(named["table"])
        assert all(named["region"])
        assert {"columnheader", "rowheader"} <= set(roles)
        if name.endswith("-full-en"):
            assert "Every date of the plan, in order" in named["table"]
            assert "Timeline" in named["group"]
            assert any("The whole treatment" in name for role, name in told["roles"] if role in ("image", "img"))
