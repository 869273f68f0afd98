"""Where a naive plan and the library's plan for the same start differ: nowhere, or one of them is wrong."""

from collections.abc import Iterator
from typing import Any

from lemtrada_schedule import Plan

__all__ = ["differences"]


def differences(naive: dict[str, Any], plan: Plan) -> Iterator[str]:
    """Yield each place where the two say something else; what only the library says (the reasons) is left out."""
    sections = {name: part for name, part in naive.items() if name not in ("activities", "closures")}
    yield from _different(sections, plan, "")
    yield from _different(naive["closures"], plan.provenance.closures, "closures")
    ours = {activity.id: activity for activity in plan.activities}
    theirs = {item["id"]: item for item in naive["activities"]}
    if ours.keys() != theirs.keys():
        yield f"activities: {sorted(ours.keys() ^ theirs.keys())} stand on one side only"
    for name in ours.keys() & theirs.keys():
        yield from _different(theirs[name], ours[name], name)


def _different(naive: Any, ours: Any, place: str) -> Iterator[str]:
    if isinstance(naive, dict):
        for name, part in naive.items():
            yield from _different(part, getattr(ours, name), f"{place}.{name}")
    elif isinstance(naive, list):
        if len(naive) != len(ours):
            yield f"{place}: {len(naive)} naive, {len(ours)} ours"
        for index, (part, own) in enumerate(zip(naive, ours, strict=False)):
            yield from _different(part, own, f"{place}.{index}")
    elif naive != ours:
        yield f"{place}: {naive} naive, {ours} ours"
