"""Read plans of earlier releases, and add the facts that they state only in words.

This is the only place that parses words into facts, because these files have no other source for them.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from lemtrada_schedule.findings.derivation import Anchor

__all__ = ["with_facts"]

_ANCHORS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Anchor]], ...]] = (
    (re.compile("requested start"), lambda _: Anchor("requested-start")),
    (re.compile("test on record"), lambda _: Anchor("test-on-record")),
    (re.compile(r"\S+ of at least [0-9]+ .+"), lambda read: Anchor("observation", name=read[0])),
    (re.compile(r"first infusion of course ([1-9][0-9]*)"), lambda read: Anchor("first-infusion", int(read[1]))),
    (re.compile(r"last infusion of course ([1-9][0-9]*)"), lambda read: Anchor("last-infusion", int(read[1]))),
    (re.compile(r"end of each infusion of course ([1-9][0-9]*)"), lambda read: Anchor("each-infusion", int(read[1]))),
    (re.compile(r"first infusion of course ([1-9][0-9]*) on record"), lambda read: Anchor("on-record", int(read[1]))),
    (
        re.compile(r"infusion days ([1-9][0-9]*(?:, [1-9][0-9]*)*) of course ([1-9][0-9]*)"),
        lambda read: Anchor("infusion-days", int(read[2]), tuple(map(int, read[1].split(", ")))),
    ),
)
_CLOSURES: Final = (
    (re.compile(r"public holiday: (.*)"), "holiday"),
    (re.compile(r"closed: (.*)"), "closure"),
    (re.compile(r"fully booked: (.*)"), "booked"),
    (re.compile(r"closed on [A-Z][a-z]+days"), "weekly"),
    (re.compile(r"open [0-9:]{5}-[0-9:]{5} only; needed: .*"), "too-short"),
)


_REASONS: Final = ("because", "begins_because", "ends_because")
"""Where the reasons of a course or an activity are."""


def with_facts(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a plan, with missing facts added from its words.

    Words of another form are not parsed; their facts stay absent.
    """
    lists = {name: data[name] for name in ("courses", "contraception", "activities") if type(data.get(name)) is list}
    return {**data, **{name: [_part(part) for part in parts] for name, parts in lists.items()}, **_frozen(data)}


def _part(part: Any) -> Any:
    """Return a course, an activity or a baseline with its facts."""
    if type(part) is not dict:
        return part
    found: dict[str, Any] = {name: _reason(part[name]) for name in _REASONS if type(part.get(name)) is dict}
    if type(part.get("baseline")) is dict:
        found["baseline"] = _part(part["baseline"])
    if type(part.get("passed_over")) is list:
        found["passed_over"] = [_skipped(start) for start in part["passed_over"]]
    return {**part, **found}


def _reason(because: dict[str, Any]) -> dict[str, Any]:
    return because if because.get("anchor_kind") is not None else {**because, **_anchor(because.get("anchor"))}


def _skipped(start: Any) -> Any:
    if type(start) is not dict or start.get("closure") is not None:
        return start
    return {**start, **_closure(start.get("reason"))}


def _anchor(words: Any) -> dict[str, Any]:
    if type(words) is not str:
        return {}
    for form, anchor in _ANCHORS:
        if read := form.fullmatch(words):
            return {**anchor(read).fields()}
    return {}


def _closure(words: Any) -> dict[str, Any]:
    if type(words) is not str:
        return {}
    for form, kind in _CLOSURES:
        if read := form.fullmatch(words):
            return {"closure": {"kind": kind, "name": read[1] if form.groups else None}}
    return {}


def _frozen(data: dict[str, Any]) -> dict[str, Any]:
    """Return the provenance with the kinds of its closures; those that the clinic lists are its own."""
    provenance = data.get("provenance")
    if type(provenance) is not dict or type(provenance.get("closures")) is not list:
        return {}
    clinic = provenance.get("clinic")
    own = set(_listed(clinic, "closures"))
    booked = set(_listed(clinic, "fully_booked"))

    def kind(date: Any, reason: Any) -> str:
        return "closure" if (date, reason) in own else "booked" if (date, reason) in booked else "holiday"

    closures = [
        {**one, "kind": kind(one["date"], one["reason"])}
        if type(one) is dict and {"date", "reason"} <= one.keys() and one.get("kind") is None and _are_texts(one)
        else one
        for one in provenance["closures"]
    ]
    return {"provenance": {**provenance, "closures": closures}}


def _are_texts(one: dict[str, Any]) -> bool:
    return type(one["date"]) is str and type(one["reason"]) is str


def _listed(clinic: Any, field: str) -> Iterator[tuple[str, str]]:
    rows = clinic.get(field) if type(clinic) is dict else None
    for row in rows if type(rows) is list else ():
        if type(row) is dict and {"date", "reason"} <= row.keys() and _are_texts(row):
            yield row["date"], row["reason"]
