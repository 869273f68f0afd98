"""S45: two protocols are the same if name and all that decides dates agree, whatever else differs.

The digests that are written here as text were read off plans that were kept, not computed.
"""

import hashlib
import json
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    History,
    PlanMismatch,
    Protocol,
    load_protocol,
    plan_treatment,
    protocol_names,
    protocol_to_fhir,
    read_plan,
    read_protocol,
    replan,
)
from lemtrada_schedule.protocol.same_protocol import is_made_by
from tests.support.clinics import WEEK, clinic_open

KEPT: Final = Path(__file__).parents[2] / "kept" / "0.1"
CLINIC: Final = clinic_open(WEEK)
US: Final = load_protocol("us-2024-05-r2")
# `protocol_digest` of tests/kept/0.1/plan-us.json, plan-eu.json and plan-own.json.
FIRST_US: Final = "b472a0c0cbc0bffbe213cb53fd2d0cc8a27890cf0ba1e4ba4251edde621a745f"
FIRST_EU: Final = "329e3267327b5f98d86058446a5f9fd421c646e2e47d9502e755019cf842208b"
FIRST_OWN: Final = "3eabd4dee9c9c8bfd1defd0aff3a9cff9d18d527511d072bba4f6159e153e65e"


def raw(name: str) -> dict[str, Any]:
    return tomllib.loads((files("lemtrada_schedule") / "labels" / f"{name}.toml").read_text(encoding="utf-8"))


DIGESTS: Final = raw("digests")


# --- what is in a digest -------------------------------------------------------------------------

LIMITS: Final = {
    "minimum_age": ["years"],
    "adult_age": ["years"],
    "course_gap_days": ["days"],
    "data_limited_beyond": ["courses"],
    "maximum_courses": ["courses"],
    "prior_medicines": ["medicines"],
    "infusion_day": ["infusion_minutes", "observation_minutes", "dose_mg"],
}
OF_A_COURSE: Final = {"counted_from": "last infusion", "optional": False}
OF_AN_ACTION: Final = [
    "id",
    "kind",
    "per",
    "starts",
    "ends",
    "open_until",
    "every",
    "until",
    "baseline",
    "opens",
    "closes",
    "days",
    "hours",
]


def picked(table: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: table[name] for name in names if name in table}


def facts(table: dict[str, Any]) -> dict[str, Any]:
    """Return what decides dates, straight from a TOML file."""
    courses = [OF_A_COURSE | picked(one, ["infusion_days", "minimum_interval", "counted_from", "warn_only_from",
                                          "optional"]) for one in table["courses"]]  # fmt: skip
    actions = [{"per": "course"} | picked(one, OF_AN_ACTION) for one in table["actions"]]
    for one in actions:
        if "baseline" in one:
            one["baseline"] = picked(one["baseline"], ["within", "reuse"])
    return {
        **picked(table, ["id", "revision"]),
        **{name: picked(table[name], fields) for name, fields in LIMITS.items() if name in table},
        "courses": courses,
        "actions": sorted(actions, key=lambda one: str(one["id"])),
    }


@pytest.mark.parametrize("name", protocol_names())
def test_S45_the_digest_is_that_of_the_facts_in_the_file(name: str) -> None:
    written = json.dumps(facts(raw(name)), sort_keys=True, separators=(",", ":"))
    assert load_protocol(name).date_digest == hashlib.sha256(written.encode()).hexdigest()


def test_S45_a_released_protocol_keeps_its_digests() -> None:
    """A digest that changes orphans every plan made by that protocol. A revision that no release ships has no entry."""
    assert {"us-2024-05", "us-2024-05-r2", "eu-2020-01", "eu-2020-01-r2"} <= DIGESTS.keys()
    assert {name: entry["dates"] for name, entry in DIGESTS.items()} == {
        name: load_protocol(name).date_digest for name in DIGESTS
    }
    first = {name: entry["schema_1"] for name, entry in DIGESTS.items() if "schema_1" in entry}
    assert first == {"us-2024-05": FIRST_US, "eu-2020-01": FIRST_EU}


def test_the_file_of_digests_is_no_protocol() -> None:
    assert "digests" not in protocol_names()


@pytest.mark.parametrize("name", ["us-2024-05", "eu-2020-01"])
def test_a_shipped_file_never_changes(name: str) -> None:
    shipped = (files("lemtrada_schedule") / "labels" / f"{name}.toml").read_bytes()
    assert shipped == (KEPT / f"protocol-{name}.toml").read_bytes()


# --- what counts, and what does not ----------------------------------------------------------------


def action_with(**fields: Any) -> Any:
    """Return a change of the action whose id is given."""

    def changed(protocol: Protocol) -> Protocol:
        actions = [one.model_copy(update=fields) if one.id == fields["id"] else one for one in protocol.actions]
        return protocol.model_copy(update={"actions": actions})

    return changed


def with_fields(**fields: Any) -> Any:
    return lambda protocol: protocol.model_copy(update=fields)


def part_with(name: str, **fields: Any) -> Any:
    return lambda protocol: protocol.model_copy(update={name: getattr(protocol, name).model_copy(update=fields)})


def course_with(index: int, **fields: Any) -> Any:
    def changed(protocol: Protocol) -> Protocol:
        courses = [one.model_copy(update=fields) if n == index else one for n, one in enumerate(protocol.courses)]
        return protocol.model_copy(update={"courses": courses})

    return changed


HARMLESS: Final[dict[str, Any]] = {
    "title": with_fields(title="Another title"),
    "extends": with_fields(extends="us-2024-05"),
    "neutral titles not kept apart": with_fields(neutral_titles=None),
    "another source": lambda p: p.model_copy(
        update={"sources": [*p.sources, {"id": "sop", "document": "Our procedure"}]}
    ),
    "order of actions": lambda p: p.model_copy(update={"actions": p.actions[::-1]}),
    "title of an action": action_with(id="blood-count", title="Blood"),
    "neutral title": action_with(id="blood-count", neutral_title="Another test"),
    "cite": action_with(id="blood-count", cite="faq"),
    "grade": action_with(id="blood-count", grade="B"),
    "basis": action_with(id="blood-count", basis="convention"),
    "codes": action_with(id="blood-count", codes=()),
    "whom it concerns": action_with(id="hpv", applies_to=None),
    "visit group": action_with(id="blood-count", visit=None),
    "words of a note": action_with(id="rems", text="Other words"),
    "grade of a limit": part_with("minimum_age", grade="B"),
    "source of the observation": part_with("infusion_day", observation=None),
    "basis of a course": course_with(1, basis="label"),
    "basis of a baseline": action_with(
        id="blood-count", baseline={"within": "30 days", "reuse": "14 days", "basis": "label"}
    ),
}

DECIDING: Final[dict[str, Any]] = {
    "id": with_fields(id="harbor"),
    "revision": with_fields(revision="2024-05-r3"),
    "minimum age": part_with("minimum_age", years=18),
    "no adult age": with_fields(adult_age=None),
    "gap": part_with("course_gap_days", days=14),
    "data limited": part_with("data_limited_beyond", courses=4),
    "most courses": with_fields(maximum_courses={"courses": 4, "cite": "faq"}),
    "medicines": part_with("prior_medicines", medicines=3),
    "infusion": part_with("infusion_day", infusion_minutes=250),
    "observation": part_with("infusion_day", observation_minutes=180),
    "dose": part_with("infusion_day", dose_mg=13),
    "days of a course": course_with(2, infusion_days=4),
    "interval": course_with(1, minimum_interval="13 months"),
    "anchor": course_with(2, counted_from="first infusion"),
    "leniency": course_with(1, warn_only_from=None),
    "optional": course_with(2, optional=False),
    "a course less": lambda p: p.model_copy(update={"courses": p.courses[:2]}),
    "an action less": lambda p: p.model_copy(update={"actions": p.actions[:-1]}),
    "id of an action": lambda p: p.model_copy(
        update={"actions": [*p.actions[:-1], p.actions[-1].model_copy(update={"id": "programme"})]}
    ),
    "per": action_with(id="vaccinations", per="course"),
    "start of a period": action_with(id="stroke-watch", starts="last infusion"),
    "end of a period": action_with(id="stroke-watch", ends="last infusion + 4 days"),
    "count that ends it": action_with(
        id="herpes-prophylaxis", open_until={"observation": "cd4", "at_least": 250, "unit": "cells/uL"}
    ),
    "never waits": action_with(id="herpes-prophylaxis", open_until=None),
    "every": action_with(id="thyroid", every="2 months"),
    "until": action_with(id="thyroid", until="last infusion + 49 months"),
    "baseline window": action_with(id="thyroid", baseline={"within": "31 days", "reuse": "14 days"}),
    "reuse": action_with(id="thyroid", baseline={"within": "30 days", "reuse": "15 days"}),
    "no baseline": action_with(id="thyroid", baseline=None),
    "opening of a window": action_with(id="urine-protein-creatinine", opens=None),
    "close of a window": action_with(id="vaccinations", closes="first infusion - 43 days"),
    "infusion days": action_with(id="corticosteroid", days=[1, 2]),
    "hours": action_with(id="reaction-watch", hours=48),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_S45_what_decides_no_date_does_not_count(change: Any) -> None:
    changed = change(US)
    assert changed != US
    assert changed.date_digest == US.date_digest


@pytest.mark.parametrize("change", DECIDING.values(), ids=DECIDING)
def test_S45_what_decides_dates_counts(change: Any) -> None:
    assert change(US).date_digest != US.date_digest


def test_S45_a_plan_keeps_the_digest_and_a_record_system_the_same_one() -> None:
    plan = plan_treatment(US, CLINIC, not_before=date(2027, 1, 11), courses=1)
    assert plan.provenance.protocol_digest == DIGESTS["us-2024-05-r2"]["dates"]
    retitled = HARMLESS["title"](US)
    assert protocol_to_fhir(US)["url"] == protocol_to_fhir(retitled)["url"]


# --- replanning ------------------------------------------------------------------------------------


def replanned(plan: Any, protocol: Protocol, clinic: Any = CLINIC) -> Any:
    return replan(plan, protocol, clinic, history=History(), as_of=date(2026, 11, 22))


@pytest.mark.parametrize("change", [HARMLESS["title"], HARMLESS["visit group"], HARMLESS["grade"]])
def test_S45_a_plan_is_replanned_by_the_same_protocol_in_other_words(change: Any) -> None:
    plan = plan_treatment(US, CLINIC, not_before=date(2027, 1, 11))
    revision = replanned(plan, change(US))
    assert {one.kind for one in revision.changes} == {"kept"}


def refusal_of(plan: Any, protocol: Protocol, clinic: Any = CLINIC) -> str:
    with pytest.raises(PlanMismatch) as caught:
        replanned(plan, protocol, clinic)
    assert (caught.value.code, caught.value.place) == ("plan-mismatch", "protocol")
    return caught.value.message


def test_S45_other_rules_under_the_same_name_are_refused() -> None:
    plan = plan_treatment(US, CLINIC, not_before=date(2027, 1, 11))
    assert refusal_of(plan, DECIDING["every"](US)) == (
        "the plan was made with other rules named us-2024-05-r2; use those rules, "
        "or set another revision in its file and accept that by name"
    )


def test_S45_another_revision_is_refused_by_its_name() -> None:
    """`us` means a newer revision now: the error for an older plan names the revision to use."""
    plan, newest = read_plan(KEPT / "plan-us.json"), load_protocol("us")
    assert refusal_of(plan, newest) == (
        f"the plan was made with us-2024-05, but this is another revision, {newest.name}; "
        f"use us-2024-05, or accept {newest.name} by name"
    )


def test_S45_an_own_file_that_now_extends_a_newer_revision_is_told_what_to_write() -> None:
    """The file says `extends = "us"`: what it means has changed since its plan was made."""
    own = read_protocol(KEPT / "protocol-own.toml")
    newest = load_protocol("us").name
    assert own.extends == newest != "us-2024-05"
    assert refusal_of(read_plan(KEPT / "plan-own.json"), own) == (
        f"the plan's protocol extends us-2024-05, but this one extends {newest}; "
        'write extends = "us-2024-05" in its file, or set another revision in its file and accept that by name'
    )


def test_S45_an_own_file_that_names_the_older_revision_replans_its_plan(tmp_path: Path) -> None:
    text = (KEPT / "protocol-own.toml").read_text(encoding="utf-8")
    assert text.count('extends = "us"') == 1
    (tmp_path / "own.toml").write_text(text.replace('extends = "us"', 'extends = "us-2024-05"'), encoding="utf-8")
    plan = read_plan(KEPT / "plan-own.json")
    revision = replanned(plan, read_protocol(tmp_path / "own.toml"), plan.provenance.clinic)
    assert [one.item for one in revision.changes if one.kind != "kept"] == []


@pytest.mark.parametrize("name", ["us", "eu"])
def test_S45_a_plan_of_schema_version_1_is_replanned_by_its_shipped_protocol(name: str) -> None:
    plan = read_plan(KEPT / f"plan-{name}.json")
    assert plan.provenance.protocol_digest == {"us": FIRST_US, "eu": FIRST_EU}[name]
    revision = replanned(plan, load_protocol(plan.protocol), plan.provenance.clinic)
    assert revision.plan.provenance.protocol_digest == DIGESTS[plan.protocol]["dates"]


def test_S45_a_digest_of_schema_version_1_matches_its_own_protocol_alone() -> None:
    us, eu = load_protocol("us-2024-05"), load_protocol("eu-2020-01")
    own = Protocol.model_validate_json((KEPT / "protocol-own.json").read_text(encoding="utf-8"))
    protocols = {"us": us, "eu": eu, "own": own, "us r2": US, "eu r2": load_protocol("eu-2020-01-r2")}
    first = {"us": FIRST_US, "eu": FIRST_EU, "own": FIRST_OWN}
    found = {(one, other) for one in first for other in protocols if is_made_by(first[one], protocols[other])}
    assert found == {("us", "us"), ("eu", "eu"), ("own", "own")}


def test_S45_a_shipped_protocol_in_other_words_still_matches_its_first_digest() -> None:
    """Its first digest was of every word; the table knows what it stood for."""
    us = load_protocol("us-2024-05")
    assert is_made_by(FIRST_US, HARMLESS["title"](us))
    assert not is_made_by(FIRST_US, DECIDING["every"](us))


def test_S45_the_first_digest_of_an_own_protocol_is_of_the_fields_that_there_were() -> None:
    own = Protocol.model_validate_json((KEPT / "protocol-own.json").read_text(encoding="utf-8"))
    assert is_made_by(FIRST_OWN, action_with(id="cd4-count", visit="laboratory")(own))
    assert not is_made_by(FIRST_OWN, action_with(id="cd4-count", every="2 months")(own))


# --- sources ------------------------------------------------------------------------------------------


def test_a_plan_lists_the_sources_that_something_cites(tmp_path: Path) -> None:
    """F17: what only removed actions cited is no source of the plan."""
    text = 'extends = "us-2024-05-r2"\nid = "own"\nrevision = "1"\nremove = ["breastfeeding", "rems"]\n'
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    plan = plan_treatment(read_protocol(tmp_path / "own.toml"), CLINIC, not_before=date(2027, 1, 11))
    shipped = plan_treatment(US, CLINIC, not_before=date(2027, 1, 11))
    listed, all_of_them = ([one.id for one in made.provenance.sources] for made in (plan, shipped))
    assert [one for one in all_of_them if one not in listed] == ["rems-2024", "lactation"]
    assert all_of_them == [source.id for source in US.sources]
