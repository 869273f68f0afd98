"""Plans, protocols and clinics that an earlier state wrote can be read and replanned (S45)."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from lemtrada_schedule import (
    Clinic,
    History,
    Plan,
    PlanMismatch,
    Protocol,
    due,
    read_clinic,
    read_histories,
    read_plan,
    read_protocol,
    replan,
)
from tests.kept import write

FOLDER: Final = Path(__file__).parent / "0.1"


class Kept(NamedTuple):
    """What a kept plan was made from, and dates of it that were read off the file by hand."""

    plan: str
    protocol: str
    clinic: str
    history: str | None
    as_of: date
    first_days: tuple[str, ...]


PLANS: Final = (
    Kept("us", "us", "boston", None, date(2026, 11, 22), ("2027-01-11", "2028-01-18", "2029-01-22")),
    Kept("eu", "eu", "berlin", None, date(2026, 11, 22), ("2027-03-01", "2028-03-13", "2029-03-19", "2030-03-25")),
    Kept("own", "own", "boston", None, date(2026, 11, 22), ("2027-01-11", "2028-01-18")),
    Kept("mid", "us", "boston", "mid", date(2026, 11, 22), ("2025-10-27", "2026-11-23", "2027-11-29")),
    Kept("tentative", "us", "boston", "tentative", date(2027, 1, 20), ("2027-01-11", "2028-01-18")),
)


def protocol_of(kept: Kept) -> Protocol:
    return Protocol.model_validate_json((FOLDER / f"protocol-{kept.protocol}.json").read_text(encoding="utf-8"))


def clinic_of(kept: Kept) -> Clinic:
    return Clinic.model_validate_json((FOLDER / f"clinic-{kept.clinic}.json").read_text(encoding="utf-8"))


def plan_of(kept: Kept) -> Plan:
    return read_plan(FOLDER / f"plan-{kept.plan}.json")


def history_of(kept: Kept) -> History:
    if kept.history is None:
        return History()
    (history,) = read_histories(FOLDER / f"history-{kept.history}.json").histories
    return history


@pytest.mark.parametrize("kept", PLANS, ids=lambda kept: kept.plan)
def test_a_kept_plan_is_read_with_its_dates(kept: Kept) -> None:
    plan = plan_of(kept)
    assert plan.protocol in {"us-2024-05", "eu-2020-01", "harbor-2027-01"}
    assert tuple(course.first_day.isoformat() for course in plan.courses) == kept.first_days


@pytest.mark.parametrize("kept", PLANS, ids=lambda kept: kept.plan)
def test_a_kept_plan_is_replanned_without_moving_an_infusion_day(kept: Kept) -> None:
    plan = plan_of(kept)
    revision = replan(plan, protocol_of(kept), clinic_of(kept), history=history_of(kept), as_of=kept.as_of)
    moved = [c.item for c in revision.changes if c.kind != "kept" and c.item.startswith("course-")]
    assert moved == []
    assert [day.date for day in revision.plan.infusion_days] == [day.date for day in plan.infusion_days]


def test_the_tentative_course_stays_tentative() -> None:
    tentative = PLANS[-1]
    statuses = [course.status for course in plan_of(tentative).courses]
    assert statuses == ["interrupted", "tentative"]


@pytest.mark.parametrize("name", ["us-2024-05", "eu-2020-01", "own"])
def test_a_kept_protocol_file_is_read(name: str) -> None:
    assert read_protocol(FOLDER / f"protocol-{name}.toml").courses[0].infusion_days == 5


@pytest.mark.parametrize("name", ["boston", "berlin"])
def test_a_kept_clinic_file_is_the_clinic_that_was_written(name: str) -> None:
    written = Clinic.model_validate_json((FOLDER / f"clinic-{name}.json").read_text(encoding="utf-8"))
    assert read_clinic(FOLDER / f"clinic-{name}.toml") == written


@pytest.mark.parametrize("kept", PLANS, ids=lambda kept: kept.plan)
def test_what_is_due_by_a_kept_plan_is_told_if_its_protocol_is_built_in(kept: Kept) -> None:
    """Such a plan holds neither its protocol nor visits: the one is added when it is read, the others are made."""
    plan, history = plan_of(kept), history_of(kept)
    days: Any = {"as_of": kept.as_of, "first_day": kept.as_of}
    if kept.protocol == "own":
        with pytest.raises(PlanMismatch, match="replan it with the protocol it was made by"):
            due(plan, history=history, last_day=date(2028, 12, 31), **days)
        return
    rules = plan.provenance.rules
    assert rules
    assert rules.name == plan.protocol
    assert any(item.kind == "visit" for item in due(plan, history=history, last_day=date(2028, 12, 31), **days))


def test_a_plan_made_by_other_rules_of_a_built_in_name_gets_no_protocol(tmp_path: Path) -> None:
    text = (FOLDER / "plan-us.json").read_text(encoding="utf-8")
    digest = plan_of(PLANS[0]).provenance.protocol_digest
    path = tmp_path / "plan.json"
    path.write_text(text.replace(digest, "0" * len(digest)), encoding="utf-8")
    assert read_plan(path).provenance.rules is None


# --- folders that `write.py` made ----------------------------------------------------------------------


def check_folder(folder: Path) -> Iterator[str]:
    """Read and replan every plan of a folder as it is now, and yield its name: no infusion day moves."""
    for made in json.loads((folder / write.MADE).read_text(encoding="utf-8")):
        plan = read_plan(folder / f"plan-{made['plan']}.json")
        rules, clinic = write.protocol_of(folder, made["protocol"]), write.clinic_of(folder, made["clinic"])
        history, as_of = write.history_of(folder, made["history"]), date.fromisoformat(made["as_of"])
        revision = replan(plan, rules, clinic, history=history, as_of=as_of)
        moved = [c.item for c in revision.changes if c.kind != "kept" and c.item.startswith("course-")]
        assert moved == []
        assert [day.date for day in revision.plan.infusion_days] == [day.date for day in plan.infusion_days]
        assert read_protocol(folder / f"protocol-{made['protocol']}.toml").courses[0].infusion_days == 5
        assert read_clinic(folder / f"clinic-{made['clinic']}.toml") == clinic
        yield made["plan"]


KINDS: Final = ["us", "eu", "own", "mid", "tentative", "booked", "continued"]


def test_every_plan_of_each_folder_is_read_and_replanned(tmp_path: Path) -> None:
    """The folders of releases, and the one that would be written now."""
    write.write(tmp_path / "next")
    kept = sorted(path.parent for path in FOLDER.parent.glob(f"*/{write.MADE}"))
    for folder in (tmp_path / "next", *kept):
        assert list(check_folder(folder)) == KINDS


def test_the_next_folder_can_be_written_and_holds_a_plan_of_each_kind(tmp_path: Path) -> None:
    folder = tmp_path / "next"
    write.write(folder)
    plans = {name: read_plan(folder / f"plan-{name}.json") for name in KINDS}
    first_days = {name: [str(course.first_day) for course in plan.courses][:2] for name, plan in plans.items()}
    # Boston's one chair is taken from 11 to 15 January 2027, and Monday the 18th is a public holiday.
    assert first_days["us"] == ["2027-01-11", "2028-01-18"]
    assert first_days["booked"][0] == "2027-01-25"
    assert first_days["mid"][0] == first_days["continued"][0] == "2025-10-27"
    assert [course.status for course in plans["tentative"].courses] == ["interrupted", "tentative", "tentative"]
    assert str(plans["continued"].provenance.protocol_since) == "2026-11-22"
    assert plans["us"].provenance.clinic.chairs == 1


def test_a_folder_is_never_written_again(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        write.write(tmp_path)
