"""`protocol_to_fhir`: a protocol as a PlanDefinition of FHIR R4 (4.0.1).

Where R4 has an exact element, it is used: for intervals between courses, for how often and how long a test is done, and
for deadlines before the first infusion. Everything is also described in words, because R4 has no element for an end
that is counted from another day than the start, or for one that waits for a result.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, assert_never

from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.explaining import CONVENTION
from lemtrada_schedule.exports.fhir.bundle import protocol_url
from lemtrada_schedule.exports.fhir.elements import Element, concept, duration, narrative, repeat, text
from lemtrada_schedule.exports.fhir.infusion_days import dose_and_rate, medicine
from lemtrada_schedule.protocol.actions import (
    Action,
    AfterInfusionAction,
    BaselineRule,
    InfusionDaysAction,
    NoteAction,
    PeriodAction,
    SeriesAction,
    WindowAction,
)
from lemtrada_schedule.protocol.citations import Citation, CitedDocument
from lemtrada_schedule.protocol.courses import CourseRule
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.validation.arguments import check_type
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["action_words", "protocol_to_fhir"]

TYPE: Final = "http://terminology.hl7.org/CodeSystem/plan-definition-type"

LOINC: Final = "http://loinc.org"

LOINC_NOTICE: Final = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief Institute, Inc. "
    "and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the "
    "license at http://loinc.org/license. LOINC® is a registered United States trademark of Regenstrief Institute, Inc."
)

INFUSION_DAY: Final = "infusion-day"

PER: Final = {"course": "with every course", "first-course": "with course 1", "treatment": "once in a treatment"}

LIMITS: Final = {
    "minimum_age": "years: minimum age at the first infusion",
    "adult_age": "years: below this age at the first infusion, a warning",
    "course_gap_days": "days: longest gap between two infusions of one course",
    "data_limited_beyond": "courses: beyond these, data are limited",
    "maximum_courses": "courses: maximum in all",
    "prior_medicines": "medicines for multiple sclerosis are generally tried first",
}


def protocol_to_fhir(protocol: Protocol) -> Element:
    """Return a protocol as a PlanDefinition: courses with their intervals, actions, and the source of each number.

    Its `url` is built from the protocol's digest; `CarePlan.instantiatesCanonical` of its plans has the same URL.

    Raises:
        InvalidInput: `protocol` is not a `Protocol` (`wrong-type`), or a code has no absolute URI (`terminology`).

    Example:
        >>> from lemtrada_schedule import load_protocol
        >>> courses = protocol_to_fhir(load_protocol("us"))["action"][0]["action"]
        >>> courses[1]["relatedAction"][0]["relationship"], courses[1]["relatedAction"][0]["offsetDuration"]["code"]
        ('after-end', 'mo')
    """
    check_type(protocol, Protocol, "protocol")
    courses = [_course(protocol, number) for number in range(1, len(protocol.courses) + 1)]
    actions = [_action(action) for action in protocol.actions]
    said = [*_limits(protocol), PLANNING_AID]
    systems = {code.system for action in protocol.actions for code in action.codes}
    return {
        "resourceType": "PlanDefinition",
        "text": narrative([protocol.title, *(a["description"] for a in (*courses, *actions)), *said], "protocol"),
        "contained": [_infusion_day(protocol)],
        "url": protocol_url(protocol.date_digest),
        "version": protocol.revision,
        "name": f"Protocol_{re.sub('[^A-Za-z0-9]', '_', protocol.name)}",
        "title": text(protocol.title, "title"),
        "type": {"coding": [{"system": TYPE, "code": "clinical-protocol"}]},
        "status": "draft",
        "description": " ".join(said),
        **({"copyright": LOINC_NOTICE} if LOINC in systems else {}),
        "relatedArtifact": [*map(_source, protocol.sources), *_rests_on(protocol)],
        "action": [{"id": "courses", "title": "Courses", "action": courses}, *actions],
    }


def _cited(words: str, part: Citation) -> str:
    return f"{words}; {part.cite.upper()}{f'; {CONVENTION}' if part.basis == 'convention' else ''}."


def _limits(protocol: Protocol) -> Iterator[str]:
    for name, words in LIMITS.items():
        if limit := getattr(protocol, name):
            (count,) = (value for field, value in limit if field not in Citation.model_fields)
            yield _cited(f"{count} {words}", limit)


def _source(source: CitedDocument) -> Element:
    where = {"display": text(source.where, f"sources.{source.id}")} if source.where else {}
    return {"type": "citation", "label": source.id, **where, "citation": text(source.document, f"sources.{source.id}")}


def _rests_on(protocol: Protocol) -> Iterator[Element]:
    if protocol.extends:
        yield {"type": "derived-from", "display": protocol.extends}


def _documentation(part: Citation) -> list[Element]:
    grade = f"grade {part.grade}, " if part.grade else ""
    return [{"type": "citation", "label": part.cite, "display": f"{grade}{part.basis}"}]


def _infusion_day(protocol: Protocol) -> Element:
    """Return the ActivityDefinition of an infusion day, to which every course refers."""
    day = protocol.infusion_day
    given = _cited(f"{day.dose_mg} mg over {day.infusion_minutes} minutes", day)
    observed = _cited(f"At least {day.observation_minutes} minutes of observation", day.observation or day)
    return {
        "resourceType": "ActivityDefinition",
        "id": INFUSION_DAY,
        "status": "draft",
        "description": f"{given} {observed}",
        "kind": "MedicationRequest",
        "productCodeableConcept": medicine(),
        "dosage": [{"text": given, **dose_and_rate(day.dose_mg, day.infusion_minutes)}],
    }


def _course(protocol: Protocol, number: int) -> Element:
    rule, place = protocol.course(number), f"courses.{number - 1}"
    days = {"count": rule.infusion_days, **repeat(1, "d", place)}
    return {
        "id": f"course-{number}",
        "title": f"Course {number}",
        "description": _cited(_course_in_words(rule, number), rule),
        "documentation": _documentation(rule),
        **_after_course(rule, number, place),
        "timingTiming": {"repeat": days},
        "requiredBehavior": "could" if rule.optional else "must",
        "cardinalityBehavior": "multiple" if rule.optional else "single",
        "definitionCanonical": f"#{INFUSION_DAY}",
    }


def _course_in_words(rule: CourseRule, number: int) -> str:
    days = f"{how_many(rule.infusion_days, 'consecutive infusion day')}"
    after = f", at least {rule.minimum_interval} after the {rule.counted_from} of the previous course"
    warned = f" (only a warning from {rule.minimum_interval} after its {rule.warn_only_from} on)"
    optional = "; optional, and so is every later course, by the same rule" if rule.optional else ""
    spaced = f"{after}{warned if rule.warn_only_from else ''}" if rule.minimum_interval else ""
    return f"Course {number}: {days}{spaced}{optional}"


def _after_course(rule: CourseRule, number: int, place: str) -> Element:
    if rule.minimum_interval is None:
        return {}
    relationship = "after-start" if rule.counted_from == "first infusion" else "after-end"
    interval = duration(rule.minimum_interval, place)
    before = {"actionId": f"course-{number - 1}", "relationship": relationship, "offsetDuration": interval}
    return {"relatedAction": [before]}


def _action(action: Action) -> Element:
    place = f"actions.{action.id}"
    # A period that ends with a test result carries the codes of that result.
    codes = () if isinstance(action, PeriodAction) else action.codes
    concerns = f", for {action.applies_to}" if action.applies_to else ""
    coded = "".join(f"; code {code.code} of {code.system}" for code in action.codes if not codes)
    baseline = _baseline_in_words(action, action.baseline) if isinstance(action, SeriesAction) else ""
    per = "" if isinstance(action, NoteAction) else f", {PER[action.per]}"
    words = f"{action.title}: {action_words(action)}{baseline}{per}{concerns}{coded}"
    return {
        "id": f"action/{action.id}",
        "title": text(action.title, place),
        "description": text(_cited(words, action), place),
        **({"code": [concept(action.title, codes, place)]} if codes else {}),
        "documentation": _documentation(action),
        **_timed(action, place),
    }


def action_words(action: Action) -> str:
    """Describe the rule of an action in words, without its baseline."""
    match action:
        case PeriodAction():
            ends = str(action.ends) if action.ends else "no end stated"
            return f"from {action.starts} to {ends}{_open_in_words(action)}"
        case SeriesAction():
            until = f"until {action.until}" if action.until else "no end stated"
            return f"every {action.every} after the last infusion, {until}"
        case WindowAction():
            opens = [f"from {action.opens}"] if action.opens else []
            closes = [f"until {action.closes}"] if action.closes else []
            return " ".join((*opens, *closes))
        case InfusionDaysAction():
            return f"on infusion days {', '.join(str(day) for day in action.days)}"
        case AfterInfusionAction():
            return f"for {action.hours} hours after the end of each infusion"
        case NoteAction():
            return action.text.removesuffix(".")
        case _ as never:
            assert_never(never)


def _open_in_words(action: PeriodAction) -> str:
    wait = action.open_until
    return f", and until {wait.observation} is at least {wait.at_least} {wait.unit}" if wait else ""


def _baseline_in_words(action: SeriesAction, rule: BaselineRule | None) -> str:
    if rule is None:
        return ""
    within = f" within {rule.within}" if rule.within else ""
    words = f"; a baseline{within} before the first infusion ({rule.source(action).upper()})"
    reused = f", or a test of the series up to {rule.reuse} old ({rule.basis})" if rule.reuse else ""
    return f"{words}{reused}"


def _timed(action: Any, place: str) -> Element:
    """Return the exact elements of R4: the interval of a series, and a deadline before the first infusion."""
    target = "courses" if action.per == "course" else "course-1"
    if isinstance(action, SeriesAction):
        every, until = action.every, action.until
        ends = until.span if until and until.anchor == "last infusion" and until.direction > 0 else None
        bounds = {"boundsDuration": duration(ends, place)} if ends else {}
        first = {"actionId": target, "relationship": "after-end", "offsetDuration": duration(every, place)}
        return {"relatedAction": [first], "timingTiming": {"repeat": repeat(every.count, every.unit, place, **bounds)}}
    closes = action.closes if isinstance(action, WindowAction) else None
    if closes and closes.span and closes.anchor == "first infusion" and closes.direction < 0:
        span = duration(closes.span, place)
        return {"relatedAction": [{"actionId": target, "relationship": "before-start", "offsetDuration": span}]}
    return {}
