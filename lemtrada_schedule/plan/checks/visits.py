"""Rules about the visits of a plan, and about the protocol inside it."""

import datetime as dt
from collections.abc import Iterator

from lemtrada_schedule.clinic.laboratory_days import LaboratoryDays
from lemtrada_schedule.plan.checks.written import Fault, Written
from lemtrada_schedule.plan.visit_bounds import DueBefore, bounds
from lemtrada_schedule.plan.visit_days import VisitDay
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.protocol.same_protocol import is_made_by

__all__ = ["rules", "suggestions", "visits"]


def _are_sources(written: Written, found: Protocol) -> bool:
    """Return whether the plan lists the sources of its rules; parts of an earlier revision may cite more (S45)."""
    sources = written.provenance.sources
    if written.provenance.protocol_since is None:
        return found.cited_sources == sources
    return set(found.cited_sources) <= set(sources)


def rules(written: Written) -> Iterator[Fault]:
    """Yield a protocol inside the plan that the plan was not made with."""
    found, place = written.provenance.rules, "provenance.rules"
    if found is None:
        return
    if found.name != written.protocol:
        yield Fault(place, "its id and revision are not those of `protocol`; correct one of them")
    if (found.extends and found.extends != written.extends) or (written.extends and not found.extends):
        yield Fault(f"{place}.extends", "it contradicts `extends` of the plan; correct one of them")
    if not is_made_by(written.provenance.protocol_digest, found):
        yield Fault(place, "provenance.protocol_digest is that of other rules; correct one of them")
    if not _are_sources(written, found):
        yield Fault("provenance.sources", "these are not the sources that provenance.rules cites; correct one of them")


def visits(written: Written) -> Iterator[Fault]:
    """Yield visits that do not follow from the activities: each test is in exactly one visit, on its due day."""
    if not written.visits:  # of a plan that an earlier release wrote
        return
    if written.provenance.rules is None:
        yield Fault("provenance.rules", "the visits need the protocol that groups them; add it, or remove the visits")
        return
    days = written.visit_days
    if len(days) != len(written.visits):
        yield Fault("visits", "expected one visit for each group and due day of its tests; add or remove visits")
    for index, (visit, day) in enumerate(zip(written.visits, days, strict=False)):
        if visit.id != day.id:
            yield Fault(f"visits.{index}.id", "the activities require another visit here; correct the id or the order")
            return
        for name, value in day.facts().items():
            if getattr(visit, name) != value:
                yield Fault(f"visits.{day.id}.{name}", "it contradicts the activities; correct one of them")


def suggestions(written: Written) -> Iterator[Fault]:
    """Yield suggested days that are not allowed or closed, and visits with neither a suggested day nor a reason."""
    before = DueBefore()
    results_days, open_days = written.provenance.clinic.results_days, _without_holidays(written)
    for index, (visit, day) in enumerate(zip(written.visits, written.visit_days, strict=False)):
        place = f"visits.{day.id if visit.id == day.id else index}"
        first, last = bounds(day, before.of(day), results_days)
        if (visit.suggested is None) != (visit.not_suggested is not None):
            message = "a visit needs either a suggested day or a reason why there is none; correct one of them"
            yield Fault(f"{place}.not_suggested", message)
        if visit.suggested and not _is_allowed(written, visit.suggested, day, (first, last)):
            yield Fault(f"{place}.suggested", "the rules do not allow this visit on this day; correct it")
        elif visit.suggested and not written.is_over(day.due) and open_days.closed(visit.suggested):
            yield Fault(f"{place}.suggested", "the clinic is closed on this day; correct one of them")


def _is_allowed(written: Written, suggested: dt.date, day: VisitDay, allowed: tuple[dt.date, dt.date]) -> bool:
    """Return whether a visit may be on a day. A past visit is as in the previous plan, by what was known then."""
    first, last = (dt.date.min, day.due) if written.is_over(day.due) else allowed
    return first <= suggested <= last


def _without_holidays(written: Written) -> LaboratoryDays:
    """Return the days of the clinic's laboratory: holiday data may have changed since the plan was made."""
    none = {"country": None, "subdivision": None, "holiday_categories": None}
    return LaboratoryDays(written.provenance.clinic.model_copy(update=none))
