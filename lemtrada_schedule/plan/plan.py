"""A plan: courses, activities, findings, and what they were made from. Field names are the JSON keys."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from lemtrada_schedule.dates.time_windows import offset_contradicts
from lemtrada_schedule.errors import InvalidInput, Problem, shape_of
from lemtrada_schedule.findings.catalogue import ZONE_DATA_DIFFERS
from lemtrada_schedule.findings.finding import Finding, NotAssessed
from lemtrada_schedule.plan.activities import (
    Activity,
    PeriodActivity,
)
from lemtrada_schedule.plan.checks.contradictions import contradictions
from lemtrada_schedule.plan.checks.written import Written
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.older_files import with_facts
from lemtrada_schedule.plan.provenance import Provenance
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import CodeText, Identifier, ZoneName, hidden_character, refusal
from lemtrada_schedule.validation.summary import Ordinal, Summary

__all__ = ["Plan"]

SCHEMA_VERSION: Final = 2


class Plan(Model):
    """One treatment on one clinic's calendar. It holds nothing about the patient except the caller's `plan_id`."""

    in_full: ClassVar[str] = "timeline(plan), print(to_text(plan)), to_html(plan)"

    most_keys: ClassVar[int | None] = 1_000

    schema_version: Literal[2] = SCHEMA_VERSION
    """The version of the JSON format. It is increased when older readers would refuse or misread the file."""
    plan_id: Identifier | None = None
    """The caller's own opaque id, or `None`. It goes into files: use no name or number of a patient."""
    revision: Annotated[int, Field(ge=0)] = 0
    """0 for a first plan; each replanning adds one."""
    protocol: CodeText
    """Id and revision of the protocol: `us-2024-05`."""
    extends: CodeText | None
    """The built-in revision that your own protocol extends; `None` for a built-in protocol."""
    time_zone: ZoneName
    """The clinic's time zone. All days and clock times are in it."""
    courses: Many[Course]
    """In order; empty only if no course is on record and none can be planned."""
    contraception: Many[PeriodActivity]
    """The contraception periods of all courses; periods that overlap or touch are merged."""
    activities: Many[Activity]
    """Everything else around the courses, action by action."""
    visits: Many[Visit] = ()
    """In order of `due`. Empty in plans that an earlier release wrote, until they are replanned."""
    findings: Many[Finding]
    """What a person should check."""
    not_assessed: Many[NotAssessed]
    """Questions that could not be answered, each with the missing fact."""
    provenance: Provenance
    """What the plan was made from."""

    @model_validator(mode="wrap")
    @classmethod
    def _as_written(cls, data: Any, check: ModelWrapValidatorHandler[Self]) -> Self:
        if type(data) is not dict:
            return check(data)
        is_written = _is_written(data)
        if not is_written and "schema_version" not in data:  # what planning makes: its parts have been checked
            return check(data)
        if "schema_version" not in data:
            raise InvalidInput([Problem("missing-field", "schema_version", "this field is missing; add it")])
        version = _checked_version(data.get("schema_version", SCHEMA_VERSION))
        texts, windows = _texts_and_windows(data)
        plan = check(_with_zone_finding(with_facts(_as_version_2(data) if version == 1 else data), windows))
        _check_texts(data, texts)
        is_of_one_zone = plan.provenance.clinic.time_zone == plan.time_zone  # else that alone is said
        if is_written and is_of_one_zone and (problems := contradictions(_parts_of(plan, version))):
            raise InvalidInput(problems)
        return plan

    @model_validator(mode="after")
    def _of_one_zone(self) -> Self:
        if self.provenance.clinic.time_zone != self.time_zone:
            raise refusal("plan-mismatch", "the plan's time zone is not its clinic's; correct one of them")
        return self

    @property
    def infusion_days(self) -> tuple[InfusionDay, ...]:
        """All planned infusion days, in order."""
        return tuple(day for course in self.courses for day in course.days)

    def _summary(self) -> Summary:
        yield "protocol", self.protocol
        yield "courses", len(self.courses)
        yield "infusion days", len(self.infusion_days)
        yield "revision", Ordinal(self.revision)


def _parts_of(plan: Plan, version: int) -> Written:
    return Written(
        version=version,
        protocol=plan.protocol,
        extends=plan.extends,
        time_zone=plan.time_zone,
        courses=plan.courses,
        contraception=plan.contraception,
        activities=plan.activities,
        visits=plan.visits,
        findings=plan.findings,
        not_assessed=plan.not_assessed,
        provenance=plan.provenance,
    )


def _is_written(data: dict[str, Any]) -> bool:
    """Return whether the data comes from outside: then some part of it is a dict, not yet a value.

    What planning makes consists of validated values, and needs no check.
    """
    names = ("courses", "contraception", "activities", "visits", "findings", "not_assessed")
    listed = [data.get(name) for name in names]
    return type(data.get("provenance")) is dict or any(
        dict in map(type, rows or ()) for rows in listed if type(rows) in (list, tuple)
    )


def _checked_version(version: object) -> int:
    if type(version) is not int:
        message = f"expected a whole number, got {shape_of(version)}"
        raise InvalidInput([Problem("wrong-type", "schema_version", message)])
    if version < 1:
        raise InvalidInput([Problem("out-of-range", "schema_version", "expected 1 or more; correct it")])
    if version > SCHEMA_VERSION:
        message = (
            f"written by a newer version of this library; this version reads schema version {SCHEMA_VERSION}; "
            "update lemtrada_schedule"
        )
        raise InvalidInput([Problem("newer-schema", "schema_version", message)])
    return version


def _as_version_2(data: dict[str, Any]) -> dict[str, Any]:
    """Return a plan of version 1 as one of version 2: fields added since have their defaults."""
    return {**data, "schema_version": SCHEMA_VERSION}


def _texts_and_windows(written: Any) -> tuple[set[str], list[dict[str, Any]]]:
    """Return the texts in JSON-like data, and the dicts with the keys of a time window.

    What is in several places, or in itself, is visited once.
    """
    texts, windows = set[str](), list[dict[str, Any]]()
    waiting, seen = [written], set[int]()
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind is str:
            texts.add(node)
        elif kind in (dict, list) and id(node) not in seen:
            seen.add(id(node))
            if kind is list:
                waiting.extend(node)
                continue
            waiting.extend(node.values())
            if "start" in node and "end" in node and "time_zone" in node:
                windows.append(node)
    return texts, windows


def _places(written: Any) -> Iterator[tuple[str, str]]:
    """Yield every text of `_texts_and_windows`, and where it is. This is slow, and only needed to report an error."""
    waiting, seen = [("", written)], set[int]()
    while waiting:
        place, node = waiting.pop()
        if type(node) is str:
            yield place.removeprefix("."), node
        elif type(node) in (dict, list) and id(node) not in seen:
            seen.add(id(node))
            named = node.items() if type(node) is dict else enumerate(node)
            waiting.extend([(f"{place}.{name}", part) for name, part in named][::-1])


def _check_texts(data: dict[str, Any], texts: set[str]) -> None:
    """Refuse hidden characters in the texts of a stored plan: they would go into files and pages."""
    if any(map(hidden_character, texts)):
        faults = [(place, odd) for place, text in _places(data) if (odd := hidden_character(text))]
        place, odd = faults[0]
        message = f"the text contains the character U+{ord(odd):04X}; remove it"
        raise InvalidInput([Problem("control-character", place, message)])


def _contradicted(window: dict[str, Any]) -> bool:
    try:
        return any(offset_contradicts(window[end], window["time_zone"]) for end in ("start", "end"))
    except Exception:  # noqa: BLE001  # whatever is wrong with the window, its own checks say what and where
        return False


def _with_zone_finding(data: dict[str, Any], windows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a stored plan with a finding if an offset in it contradicts the installed time zone data."""
    findings = data.get("findings")
    if type(findings) is not list:
        return data
    if not any(map(_contradicted, windows)):
        return data
    one, other = "the plan as written", "the zone data at hand"
    finding = ZONE_DATA_DIFFERS.at(time_zone=data.get("time_zone"), one=one, other=other)
    as_written = finding.model_dump(mode="json")
    return data if as_written in findings else {**data, "findings": [*findings, as_written]}
