"""What the tests with real clients share. `tests/clients/run` installs the clients; the usual test run leaves this out.

A client from PyPI or npm that is missing fails its tests. One from Debian may be absent: its tests are then skipped,
and the end of the run says so in capitals.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.pictures import keep

HERE: Final = Path(__file__).parent
PYTHON: Final = HERE / ".venv-clients" / "bin"
"""Where the clients from PyPI are: apart from the library, for they have wishes of their own."""
DEBIAN_PYTHON: Final = Path("/usr/bin/python3")
"""Debian's own interpreter: the bindings of libical and Evolution are installed for no other."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "debian: needs packages from Debian")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"!!! SKIPPED: {report.nodeid}: {report.longrepr[2]} !!!", red=True, bold=True)


def ran(*command: str | Path, **how: Any) -> str:
    """Return what a program prints, and fail with all that it said if it fails."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL,
        timeout=120, **how,
    )  # fmt: skip
    assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout}\n{done.stderr}"
    return str(done.stdout)


@pytest.fixture(scope="session")
def node() -> Callable[..., str]:
    """Run a script of this folder in Node."""
    if not (HERE / "node_modules").is_dir():
        pytest.fail("the npm packages are not installed; run tests/clients/run")
    return lambda script, *words: ran("node", HERE / script, *words)


@pytest.fixture(scope="session")
def node_path() -> str:
    """Return the path of Node.js; where it or its packages are missing, the test fails."""
    found = shutil.which("node")
    assert found, "Node.js is missing; tests/clients/run says what it needs"
    assert (HERE / "node_modules").is_dir(), "the npm packages are missing; run tests/clients/run"
    return found


@pytest.fixture(scope="session")
def debian() -> Callable[..., str]:
    """Run a script of this folder in Debian's own Python."""
    bindings = "import gi; gi.require_version('ICalGLib', '3.0'); from gi.repository import ICalGLib"
    found = (
        DEBIAN_PYTHON.exists()
        and not subprocess.run([DEBIAN_PYTHON, "-c", bindings], check=False, capture_output=True).returncode
    )
    if not found:
        pytest.skip("python3-gi and gir1.2-ical-3.0 from Debian are not installed; NOT shown with libical")
    return lambda script, *words, **how: ran(DEBIAN_PYTHON, HERE / script, *words, **how)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Debian's Chromium; where it is missing, the test is skipped."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium from Debian is not installed; NOT shown in a browser")
    return found


@pytest.fixture
def photographed(node: Callable[..., str], chromium: str, tmp_path: Path) -> Callable[..., Path]:
    """Photograph a page in Chromium, and keep the picture for the documents: `photographed(NAME, PAGE, width=800)`.

    The page is a file or an address; `screenshot.mjs` lists the options.
    """

    def picture(name: str, page: Path | str, **options: Any) -> Path:
        url, path = page.as_uri() if isinstance(page, Path) else page, tmp_path / name
        node("screenshot.mjs", chromium, url, path, json.dumps(options))
        return keep(name, path.read_bytes())

    return picture
