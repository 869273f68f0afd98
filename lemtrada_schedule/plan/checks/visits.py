"""Rules about the visits of a plan, and about the protocol inside it that says what belongs to one visit."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.clinic.laboratory_days import LaboratoryDays
from lemtrada_schedule.plan.checks.written import Fault, Written
from lemtrada_schedule.plan.visit_bounds import DueBefore, bounds
from lemtrada_schedule.plan.visit_days import VisitDay, visit_days
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.protocol.same_protocol import is_made_by

__all__ = ["rules", "suggestions", "visits"]

_FIELDS: Final = ("group", "course", "kind", "due", "tests", "title", "neutral_title", "because")
"""What the activities and the protocol say of a visit."""


def _are_sources(written: Written, found: Protocol) -> bool:
    """Return whether the plan lists what its rules cite; what an earlier revision made may cite more (S45)."""
    sources = written.provenance.sources
    if written.provenance.protocol_since is None:
        return found.cited_sources == sources
    return set(found.cited_sources) <= set(sources)


def rules(written: Written) -> Iterator[Fault]:
    """Yield a protocol inside the plan that is not the one that made it."""
    found, place = written.provenance.rules, "provenance.rules"
    if found is None:
        return
    if found.name != written.protocol:
        yield Fault(place, "its id and revision are not those of `protocol`; correct one of them")
    if (found.extends and found.extends != written.extends) or (written.extends and not found.extends):
        yield Fault(f"{place}.extends", "`extends` of the plan says otherwise; correct one of them")
    if not is_made_by(written.provenance.protocol_digest, found):
        yield Fault(place, "provenance.protocol_digest is that of other rules; correct one of them")
    if not _are_sources(written, found):
        yield Fault("provenance.sources", "these are not the sources that provenance.rules cites; correct one of them")


def visits(written: Written) -> Iterator[Fault]:
    """Yield visits that the activities do not make: each test is in exactly one visit, on the day when it is due."""
    if not written.visits:  # of a plan that an earlier release wrote
        return
    if written.provenance.rules is None:
        yield Fault("provenance.rules", "the visits need the protocol that groups them; add it, or remove the visits")
        return
    days = _days(written)
    if len(days) != len(written.visits):
        yield Fault("visits", "expected one visit for each group and due day of its tests; add or remove visits")
    for index, (visit, day) in enumerate(zip(written.visits, days, strict=False)):
        if visit.id != day.id:
            yield Fault(f"visits.{index}.id", "the activities make another visit here; correct the id or the order")
            return
        for name in _FIELDS:
            if getattr(visit, name) != getattr(day, name):
                yield Fault(f"visits.{day.id}.{name}", "the activities say otherwise; correct one of them")


def suggestions(written: Written) -> Iterator[Fault]:
    """Yield suggested days that no rule allows, or that are closed, and days without a reason why there is none."""
    before = DueBefore()
    results_days, open_days = written.provenance.clinic.results_days, _without_holidays(written)
    for index, (visit, day) in enumerate(zip(written.visits, _days(written), strict=False)):
        place = f"visits.{day.id if visit.id == day.id else index}"
        first, last = bounds(day, before.of(day), results_days)
        if (visit.suggested is None) != (visit.not_suggested is not None):
            message = "a visit has a suggested day, or a reason why there is none; correct one of them"
            yield Fault(f"{place}.not_suggested", message)
        if visit.suggested and not _is_allowed(written, visit.suggested, day, (first, last)):
            yield Fault(f"{place}.suggested", "the rules allow this visit on other days only; correct it")
        elif visit.suggested and not written.is_over(day.due) and open_days.closed(visit.suggested):
            yield Fault(f"{place}.suggested", "the clinic is closed on this day; correct one of them")


def _is_allowed(written: Written, suggested: dt.date, day: VisitDay, allowed: tuple[dt.date, dt.date]) -> bool:
    """Return whether a visit may be on a day. One that is over is as the plan before had it, by what was known then."""
    first, last = (dt.date.min, day.due) if written.is_over(day.due) else allowed
    return first <= suggested <= last


def _days(written: Written) -> list[VisitDay]:
    rules = written.provenance.rules
    return visit_days(rules, written.activities, written.courses) if rules and written.visits else []


def _without_holidays(written: Written) -> LaboratoryDays:
    """Return the days of the clinic's laboratory: holiday data may have changed since the plan was made."""
    none = {"country": None, "subdivision": None, "holiday_categories": None}
    return LaboratoryDays(written.provenance.clinic.model_copy(update=none))
