"""These tests need what `tests/clients/run` installs: they are collected only where they are asked for by path."""

import shutil
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave this folder out unless it, or a file of it, was named."""
    asked = (Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in config.args)
    named = any(path.is_relative_to(HERE) for path in asked)
    return None if named or not collection_path.is_relative_to(HERE) else True


@pytest.fixture(scope="session")
def node() -> str:
    """Return the path of Node.js; where it or its packages are missing, the test fails."""
    found = shutil.which("node")
    assert found, "Node.js is missing; tests/clients/run says what it needs"
    assert (HERE / "node_modules").is_dir(), "the npm packages are missing; run tests/clients/run"
    return found
