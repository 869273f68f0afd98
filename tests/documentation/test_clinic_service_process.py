"""The example service as a process of its own, started by the documented command and killed under load."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service_load import Server, check_that_everything_is_there_once, load, prepare, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(f"sqlite:///{tmp_path / 'clinic.db'}") as server:
        yield server


@pytest.mark.sweep
def test_two_hundred_requests_at_once_and_a_killed_process_lose_nothing(server: Server) -> None:
    prepare(server)
    outcomes = asyncio.run(load(server))
    assert outcomes["stale"] > 0
    assert outcomes["interrupted"] > 0  # the process was killed while requests were on their way
    check_that_everything_is_there_once(server)
