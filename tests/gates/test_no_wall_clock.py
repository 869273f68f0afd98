"""The package has no hidden clock, and the gate that says so would see one."""

from pathlib import Path

import pytest

from tests.gates.no_wall_clock import EXCEPTED, package_folder, scan, scan_folder


def test_the_package_has_no_hidden_clock() -> None:
    assert scan_folder(package_folder()) == []


def test_the_excepted_files_exist() -> None:
    assert [name for name in EXCEPTED if not (package_folder() / name).is_file()] == []


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ("as_of = dt.date.today()", "call today()"),
        ("stamp = datetime.now(UTC)", "call now()"),
        ("stamp = datetime.datetime.utcnow()", "call utcnow()"),
        ("def plan(as_of=date.today()): ...", "call today()"),
        ("import time", "import time"),
        ("from time import monotonic", "import time"),
        ("from xml import etree", "import xml.etree"),
        ("seconds = time()", "call time()"),
        ("local = window.start.astimezone()", "astimezone() without zone"),
        ("from dateutil import parser", "import dateutil.parser"),
        ("from dateutil.tz import gettz", "import dateutil.tz"),
        ("month = day.strftime('%B')", "call strftime()"),
        ("uid = uuid.uuid4()", "call uuid4()"),
        ("import random", "import random"),
        ("zone = os.environ['TZ']", "os.environ"),
        ("zone = os.getenv('TZ')", "call getenv()"),
        ("text = path.read_text()", "read_text() without encoding"),
        ("file = open(path)", "open() without encoding"),
        ("assert day >= earliest", "assert (stripped by -O)"),
        ("eval(text)", "eval"),
    ],
)
def test_a_planted_breach_is_seen(planted: str, what: str) -> None:
    assert (2, what) in scan(f"first_line = 1\n{planted}\n")


@pytest.mark.parametrize(
    "harmless",
    [
        "starts = dt.time(9, 0)",
        "local = window.start.astimezone(zone)",
        "text = path.read_text(encoding='utf-8')",
        "text = read_text(path)",
        "import timeline",
        "from datetime import time",
        "today = as_of",
    ],
)
def test_what_is_harmless_passes(harmless: str) -> None:
    assert scan(harmless) == []


def test_only_the_named_file_is_excepted(tmp_path: Path) -> None:
    clock = "import datetime\nnow = datetime.datetime.now()\n"
    for folder in ("cli", "exports"):
        (tmp_path / folder).mkdir()
    for name in ("cli/main.py", "main.py", "exports/main.py"):
        (tmp_path / name).write_text(clock, encoding="utf-8")
    assert scan_folder(tmp_path) == ["exports/main.py:2: call now()", "main.py:2: call now()"]
