"""Write a folder of files as the library writes them now: `uv run python -m tests.kept.write 0.2`.

It is run once for each release, and never again for the same folder: what an earlier state wrote is not changed.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule import (
    Bookings,
    Clinic,
    History,
    Plan,
    Protocol,
    load_protocol,
    plan_treatment,
    read_clinic,
    read_histories,
    read_protocol,
    replan,
)

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = Path(__file__).parent
MADE: Final = "made.json"
"""How each plan of a folder was made: the files that `test_kept.py` replans it with, and the day of asking."""

CLINIC_FACTS: Final = """\
chairs = 1
results_days = 7
protocol = "us"
"""
LABORATORY: Final = """
[laboratory]
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat"]
"""
HISTORIES: Final[dict[str, dict[str, Any]]] = {
    "none": {"patient": "kept-none", "infusions": []},
    "mid": {
        "patient": "kept-mid",
        "tests_recorded": ["blood-count", "cd4"],
        "infusions": [{"date": f"2025-10-{day}"} for day in range(27, 32)],
        "observations": [
            {"date": "2025-11-28", "code": "blood-count"},
            {"date": "2026-01-12", "code": "cd4", "value": 230},
        ],
    },
    "short": {"patient": "kept-short", "infusions": [{"date": "2027-01-11"}, {"date": "2027-01-12"}]},
}
"""Nothing given; course 1 given whole, with tests on record; two of five infusions given."""


def write(folder: Path) -> None:
    """Write protocols, clinics, histories and plans into a new folder; refuse one that exists."""
    folder.mkdir()
    for name in ("us-2024-05-r2", "eu-2020-01-r2"):
        _copy(ROOT / "lemtrada_schedule" / "labels" / f"{name}.toml", folder / f"protocol-{name}.toml")
        _write(folder / f"protocol-{name}.json", load_protocol(name).model_dump_json())
    _copy(ROOT / "examples" / "own-protocol.toml", folder / "protocol-own.toml")
    _write(folder / "protocol-own.json", read_protocol(folder / "protocol-own.toml").model_dump_json())
    for name, before, after in (("boston", CLINIC_FACTS, LABORATORY), ("berlin", "", "")):
        text = (ROOT / "examples" / f"{name}.toml").read_text(encoding="utf-8")
        _write(folder / f"clinic-{name}.toml", before + text + after)
        _write(folder / f"clinic-{name}.json", read_clinic(folder / f"clinic-{name}.toml").model_dump_json())
    for name, given in HISTORIES.items():
        _write(folder / f"history-{name}.json", json.dumps(given))
    made = []
    for name, plan, rules, clinic, history in _plans(folder):
        _write(folder / f"plan-{name}.json", plan.model_dump_json())
        as_of = str(plan.provenance.request.as_of)
        made.append({"plan": name, "protocol": rules, "clinic": clinic, "history": history, "as_of": as_of})
    _write(folder / MADE, json.dumps(made, indent=2))


def _plans(folder: Path) -> Iterator[tuple[str, Plan, str, str, str]]:
    """Yield a plan of each kind, with the names of its protocol, its clinic and its history."""
    us, eu, own = (protocol_of(folder, name) for name in ("us-2024-05-r2", "eu-2020-01-r2", "own"))
    boston, berlin = (clinic_of(folder, name) for name in ("boston", "berlin"))
    january, ahead = date(2027, 1, 11), date(2026, 11, 22)
    asked: dict[str, Any] = {"not_before": january, "as_of": ahead}
    first = plan_treatment(us, boston, **asked, courses=3, plan_id="kept-1")
    yield "us", first, "us-2024-05-r2", "boston", "none"
    german = plan_treatment(eu, berlin, not_before=date(2027, 3, 1), as_of=ahead, courses=4, plan_id="kept-2")
    yield "eu", german, "eu-2020-01-r2", "berlin", "none"
    yield "own", plan_treatment(own, boston, **asked, plan_id="kept-3"), "own", "boston", "none"
    mid = plan_treatment(us, boston, **asked, courses=3, history=history_of(folder, "mid"), plan_id="kept-4")
    yield "mid", mid, "us-2024-05-r2", "boston", "mid"
    short: dict[str, Any] = {"history": history_of(folder, "short"), "as_of": date(2027, 1, 20)}
    yield "tentative", replan(first, us, boston, **short).plan, "us-2024-05-r2", "boston", "short"
    bookings = Bookings.of([first], clinic=boston, as_of=ahead)
    booked = plan_treatment(us, boston, **asked, plan_id="kept-5", bookings=bookings)
    yield "booked", booked, "us-2024-05-r2", "boston", "none"
    by_old = plan_treatment(load_protocol("eu-2020-01"), berlin, not_before=january, as_of=ahead, plan_id="kept-6")
    given: dict[str, Any] = {"history": history_of(folder, "mid"), "as_of": date(2026, 11, 22)}
    yield (
        "continued",
        replan(by_old, eu, berlin, **given, accept_protocol=eu.name).plan,
        "eu-2020-01-r2",
        "berlin",
        "mid",
    )


def protocol_of(folder: Path, name: str) -> Protocol:
    """Return the protocol in a file of a folder."""
    return Protocol.model_validate_json((folder / f"protocol-{name}.json").read_text(encoding="utf-8"))


def clinic_of(folder: Path, name: str) -> Clinic:
    """Return the clinic in a file of a folder."""
    return Clinic.model_validate_json((folder / f"clinic-{name}.json").read_text(encoding="utf-8"))


def history_of(folder: Path, name: str) -> History:
    """Return the history in a file of a folder."""
    (history,) = read_histories(folder / f"history-{name}.json").histories
    return history


def _copy(source: Path, target: Path) -> None:
    _write(target, source.read_text(encoding="utf-8"))


def _write(path: Path, text: str) -> None:
    path.write_text(f"{text.rstrip()}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    (release,) = sys.argv[1:]
    write(KEPT / release)
