"""The calendar law (S46) in real readers: the old file with the update imported is what they see in the new file."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import icalendar
import pytest

from lemtrada_schedule import Plan, to_ics
from tests.clients.plans import ONE_DAY, STAMP, interrupted, small
from tests.clients.test_caldav import Desk, server
from tests.laws.test_ics_law import CHANGES, revised

__all__ = ["server"]

Seen = dict[str, tuple[int, bool, tuple[object, ...]]]
"""By UID: the number of the version, whether it is cancelled, and what is seen of it."""

SPANS: Final = ("all-day", "start-end", "none")


def pairs() -> Iterator[tuple[str, Plan, Plan]]:
    """Yield two revisions each, with a name."""
    yield "three days of five", small(), revised(small(), interrupted().plan)
    yield "a week later", small(), small(small().courses[0].first_day + 7 * ONE_DAY, revision=1)
    for name in ("clinic renamed", "ends opened", "stretches of one day", "a course fewer", "hours", "tentative"):
        changed = revised(small(), CHANGES[name](small()))
        yield name, small(), changed
        yield f"{name}, and back", changed, revised(changed, small())


PAIRS: Final = {name: (old, new) for name, old, new in pairs()}


def files_of(folder: Path) -> dict[str, tuple[Path, Path, Path]]:
    """Write the old file, the update and the new file of each pair, for each form of what lasts for days."""
    found = {}
    for number, (name, (old, new)) in enumerate(PAIRS.items()):
        for spans in SPANS:
            how: Any = {"spans": spans, "titles": "clinical"}
            paths = tuple(folder / f"{number}-{spans}-{kind}.ics" for kind in ("old", "update", "new"))
            written = (
                to_ics(old, stamp=STAMP, **how),
                to_ics(new, since=old, stamp=STAMP + ONE_DAY, **how),
                to_ics(new, stamp=STAMP + ONE_DAY, **how),
            )
            for path, file in zip(paths, written, strict=True):
                path.write_bytes(file)
            found[f"{name}, {spans}"] = (paths[0], paths[1], paths[2])
    return found


def seen_by_script(events: list[dict[str, Any]]) -> Seen:
    return {
        one["uid"]: (
            int(one["sequence"]),
            one["status"] == "CANCELLED",
            tuple(one.get(name) for name in ("start", "end", "status", "title", "text")),
        )
        for one in events
    }


def seen_by_icalendar(file: Path) -> Seen:
    calendar = icalendar.Calendar.from_ical(file.read_bytes())
    names = ("DTSTART", "DTEND", "STATUS", "SUMMARY", "DESCRIPTION", "LOCATION", "TRANSP")
    return {
        str(one["UID"]): (
            int(str(one["SEQUENCE"])),
            str(one["STATUS"]) == "CANCELLED",
            tuple(one[name].to_ical() if name in one else None for name in names),
        )
        for one in calendar.walk("VEVENT")
    }


def applied(old: Seen, update: Seen) -> dict[str, tuple[object, ...]]:
    """Return what is left: of each UID the version with the higher number, unless that is cancelled."""
    calendar = {uid: max((s[uid] for s in (old, update) if uid in s), key=lambda one: one[0]) for uid in old | update}
    return {uid: said for uid, (_, is_cancelled, said) in calendar.items() if not is_cancelled}


def broken(files: dict[str, tuple[Path, Path, Path]], see: Callable[[Path], Seen]) -> list[str]:
    """Name the pairs for which the law does not hold in a reader; each file has events."""
    return [
        name
        for name, (old, update, new) in files.items()
        if not see(new) or applied(see(old), see(update)) != applied(see(new), {})
    ]


def test_the_pairs_cover_what_they_should(tmp_path: Path) -> None:
    files = files_of(tmp_path)
    assert len(files) == 14 * 3
    cancels = [name for name, (_, update, _) in files.items() if b"STATUS:CANCELLED" in update.read_bytes()]
    assert "three days of five, all-day" in cancels
    assert "stretches of one day, start-end" in cancels
    assert len(cancels) == 11


def test_icalendar(tmp_path: Path) -> None:
    assert broken(files_of(tmp_path), seen_by_icalendar) == []


@pytest.mark.parametrize("reader", ["ical.js", "node-ical"])
def test_javascript(node: Callable[..., str], tmp_path: Path, reader: str) -> None:
    files = files_of(tmp_path)
    seen = json.loads(node("read_calendars.mjs", *(path for paths in files.values() for path in paths)))
    assert broken(files, lambda path: seen_by_script(seen[str(path)][reader])) == []


@pytest.mark.debian
def test_libical(debian: Callable[..., str], tmp_path: Path) -> None:
    files = files_of(tmp_path)
    seen = json.loads(debian("read_calendars_libical.py", *(path for paths in files.values() for path in paths)))
    assert broken(files, lambda path: seen_by_script(seen[str(path)]["events"])) == []


@pytest.mark.parametrize("name", ["three days of five", "stretches of one day"])
def test_radicale_and_khal(server: str, tmp_path: Path, name: str) -> None:
    """On a server that got the old file and the update, the events that are not cancelled are those of the new file."""
    old, new = PAIRS[name]
    how: Any = {"spans": "start-end"}
    first, update = to_ics(old, stamp=STAMP, **how), to_ics(new, since=old, stamp=STAMP + ONE_DAY, **how)
    shown = listed(server, tmp_path / "desk", first, update)
    assert {uid for uid, status in shown.items() if status != "CANCELLED"} == set(uids(to_ics(new, stamp=STAMP, **how)))
    assert set(shown.values()) >= {"CONFIRMED", "CANCELLED"}


def listed(url: str, folder: Path, *files: bytes) -> dict[str, str]:
    folder.mkdir()
    desk = Desk(url, folder)
    for file in files:
        desk.push(file)
    desk.sync()
    return {one["uid"]: one["status"].strip() for one in desk.shown("2026-01-01", 4000)}


def uids(file: bytes) -> Iterator[str]:
    yield from (str(one["UID"]) for one in icalendar.Calendar.from_ical(file).walk("VEVENT"))
