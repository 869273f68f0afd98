"""ical.js (Thunderbird, Nextcloud), node-ical and libical (GNOME, KDE) see what the plan says, to the second."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import Plan, to_ics
from tests.clients.plans import STAMP, ZONES, boston, by_the_new_law, expected_of, plans
from tests.support.calendar_events import uid
from tests.support.strategies import transitions
from tests.unit.exports.test_ics import HOSTILE

Seen = dict[str, list[dict[str, Any]]]

PLANS: Final = dict(plans())
REVISION: Final = 3
FIRST_DAY: Final = "contraception/1/first-day"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the calendar of every plan, clinical words and all."""
    folder = tmp_path_factory.mktemp("calendars")
    for name, plan in PLANS.items():
        revised = plan.model_copy(update={"revision": REVISION})
        (folder / f"{name}.ics").write_bytes(to_ics(revised, stamp=STAMP, titles="clinical"))
    return {name: folder / f"{name}.ics" for name in PLANS}


def seconds(text: str) -> str:
    """Return a client's spelling of a day or an instant in ours."""
    plain = text.replace(".000Z", "Z")
    if re.fullmatch(r"\d{8}", plain):
        return f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    read = re.fullmatch(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", plain)
    return "{}-{}-{}T{}:{}:{}Z".format(*read.groups()) if read else plain


def differences(plan: Plan, seen: list[dict[str, Any]]) -> list[str]:
    """Name every event that a client sees otherwise than the plan has it, that it lacks, or has twice."""
    expected = expected_of(plan)
    found = {one["uid"]: (seconds(one["start"]), seconds(one["end"])) for one in seen}
    missing = [f"{uid} is missing" for uid in expected.keys() - found.keys()]
    other = [f"{uid}: {expected.get(uid)}, seen {days}" for uid, days in found.items() if expected.get(uid) != days]
    numbers = [f"{one['uid']}: sequence {one['sequence']}" for one in seen if one["sequence"] != 2 * REVISION]
    twice = [] if len(found) == len(seen) else [f"{len(seen)} events, {len(found)} UIDs"]
    return missing + other + numbers + twice


def test_the_plans_cover_what_they_should() -> None:
    changes = {zone: len(transitions(zone, *years)) for zone, years in ZONES.items()}
    assert changes == {
        "Africa/Casablanca": 10,
        "Australia/Sydney": 10,
        "Europe/London": 10,
        "Australia/Lord_Howe": 10,
        "America/Phoenix": 0,
    }
    assert len(PLANS) == 1 + 5 + 2 * 40 + len(HOSTILE)
    assert sum(len(expected_of(plan)) for plan in PLANS.values()) > 10_000


@pytest.fixture(scope="module")
def by_javascript(node: Callable[..., str], files: dict[str, Path]) -> dict[str, Any]:
    """Return what ical.js and node-ical see in every file."""
    seen = json.loads(node("read_calendars.mjs", *files.values()))
    return {name: seen[str(path)] for name, path in files.items()}


@pytest.mark.parametrize("reader", ["ical.js", "node-ical"])
def test_javascript(by_javascript: dict[str, Any], reader: str) -> None:
    found = {name: differences(PLANS[name], seen[reader]) for name, seen in by_javascript.items()}
    assert {name: one for name, one in found.items() if one} == {}


@pytest.mark.parametrize("reader", ["ical.js", "node-ical"])
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Apia"])
def test_javascript_elsewhere(
    node: Callable[..., str], files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, reader: str, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    (seen,) = json.loads(node("read_calendars.mjs", files["boston"])).values()
    assert differences(PLANS["boston"], seen[reader]) == []


def written(folder: Path, plan: Plan) -> Path:
    path = folder / "plan.ics"
    path.write_bytes(to_ics(plan.model_copy(update={"revision": REVISION}), stamp=STAMP, titles="clinical"))
    return path


@pytest.mark.parametrize("name", dict(by_the_new_law()))
def test_javascript_by_a_new_law(node: Callable[..., str], tmp_path: Path, name: str) -> None:
    """ical.js goes by the zone in the file. node-ical goes by those of its Node, and is right when these are new."""
    plan = dict(by_the_new_law())[name]
    (seen,) = json.loads(node("read_calendars.mjs", written(tmp_path, plan))).values()
    assert differences(plan, seen["ical.js"]) == []


@pytest.mark.parametrize("reader", ["ical.js", "node-ical"])
def test_I37_javascript_sees_any_text_as_it_is(by_javascript: dict[str, Any], reader: str) -> None:
    """But for backslashes in node-ical, which resolves the escapes of a text in the wrong order."""
    for number, text in enumerate(HOSTILE.values()):
        if reader == "ical.js" or "\\" not in text:
            assert titles_of(by_javascript[f"text-{number}"][reader], FIRST_DAY) == [f"First day: {text} ({text})"]


def titles_of(seen: list[dict[str, Any]], item: str) -> list[str]:
    return [one["title"] for one in seen if one["uid"] == uid(boston(), item)]


@pytest.mark.debian
def test_libical(debian: Callable[..., str], files: dict[str, Path]) -> None:
    seen = json.loads(debian("read_calendars_libical.py", *files.values()))
    found = {name: differences(PLANS[name], seen[str(path)]["events"]) for name, path in files.items()}
    assert {name: one for name, one in found.items() if one} == {}
    assert {one["errors"] for one in seen.values()} == {0}
    for number, text in enumerate(HOSTILE.values()):
        (title,) = titles_of(seen[str(files[f"text-{number}"])]["events"], FIRST_DAY)
        assert title == f"First day: {text} ({text})"


@pytest.mark.debian
@pytest.mark.parametrize("name", dict(by_the_new_law()))
def test_libical_by_a_new_law(debian: Callable[..., str], tmp_path: Path, name: str) -> None:
    plan = dict(by_the_new_law())[name]
    (seen,) = json.loads(debian("read_calendars_libical.py", written(tmp_path, plan))).values()
    assert differences(plan, seen["events"]) == []


@pytest.mark.debian
@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
def test_libical_finds_that_a_file_keeps_to_its_method(debian: Callable[..., str], tmp_path: Path, method: Any) -> None:
    """RFC 5546: a method needs an organizer, a sequence, and events that fit it."""
    path = tmp_path / "sent.ics"
    path.write_bytes(to_ics(boston(), stamp=STAMP, method=method, organizer="clinic@example.org"))
    (seen,) = json.loads(debian("read_calendars_libical.py", path)).values()
    assert (seen["errors"], seen["keeps to its method"]) == (0, True)
    path.write_bytes(path.read_bytes().replace(b"ORGANIZER:mailto:clinic@example.org\r\n", b""))
    (seen,) = json.loads(debian("read_calendars_libical.py", path)).values()
    assert not seen["keeps to its method"], "libical would notice"
