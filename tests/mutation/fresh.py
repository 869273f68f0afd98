"""A pytest plugin: each test starts with empty caches, so that no test lives on what an earlier one computed."""

import functools
import gc
import sys
from collections.abc import Iterator
from typing import Any

_KEPT = ("lemtrada_schedule.validation.", "lemtrada_schedule.readers.", "lemtrada_schedule.clinic.public_holidays")
"""Modules whose caches hold nothing that is mutated, and are slow to fill."""

_caches: list[Any] = []


def _found() -> Iterator[Any]:
    for one in gc.get_objects():
        if type(one) is functools._lru_cache_wrapper:  # some objects of tests refuse isinstance
            module = getattr(one, "__module__", None) or ""
            if module.startswith("lemtrada_schedule.") and not module.startswith(_KEPT):
                yield one


def pytest_collection_finish() -> None:
    """Find the caches of the library, once its modules are imported."""
    if _caches:  # found by the process that this one was forked from
        return
    _caches[:] = _found()
    parts = sys.modules.get("lemtrada_schedule.planning.shared_parts")
    if parts is not None:
        _caches.append(parts.PARTS)


def pytest_runtest_setup() -> None:
    """Empty them."""
    for cache in _caches:
        cache.cache_clear()
