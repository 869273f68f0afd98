"""Continue a plan with another revision of its protocol: whether that is accepted, and what it adds (S45)."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import assert_never

from lemtrada_schedule.errors import PlanMismatch, kind_of
from lemtrada_schedule.findings.derivation import Anchor
from lemtrada_schedule.plan.activities import (
    Activity,
    AfterInfusionActivity,
    Baseline,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.provenance import Provenance
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.protocol.same_protocol import is_made_by, is_of_id
from lemtrada_schedule.validation.arguments import refused_argument

__all__ = ["EarlierRevision", "accepts_protocol", "with_earlier_sources"]


def accepts_protocol(plan: Plan, protocol: Protocol, accepted: str | None) -> bool:
    """Return whether a plan continues with another revision than its own, which the caller has accepted by name.

    Raises:
        PlanMismatch: The protocol has another id, is another revision that was not accepted, or has the plan's
            protocol name but other rules; or the accepted name is not the protocol's.
    """
    if accepted is not None and type(accepted) is not str:
        message = f"expected the name of a protocol, such as {protocol.name}, got {kind_of(accepted)}"
        raise refused_argument("wrong-type", "accept_protocol", message)
    is_same = is_made_by(plan.provenance.protocol_digest, protocol)
    is_revision = not is_same and plan.protocol != protocol.name and _is_of_one_id(plan, protocol)
    if not is_same and not (is_revision and accepted is not None):
        message = _other_protocol(plan, protocol, is_revision=is_revision)
        raise PlanMismatch("plan-mismatch", message, place="protocol", argument="protocol")
    if accepted is not None and accepted != protocol.name:
        message = f"this is not the name of the given protocol, {protocol.name}; give that name to accept it"
        raise PlanMismatch("plan-mismatch", message, place="accept_protocol", argument="accept_protocol")
    return not is_same


def _is_of_one_id(plan: Plan, protocol: Protocol) -> bool:
    """Return whether a protocol has the id of the plan's protocol; plans of earlier releases hold only its name."""
    rules = plan.provenance.rules
    return rules.id == protocol.id if rules else is_of_id(plan.protocol, plan.extends, protocol)


def _other_protocol(plan: Plan, protocol: Protocol, *, is_revision: bool) -> str:
    """Return how a protocol differs from the one a plan was made with, and what to do."""
    if is_revision:
        return (
            f"the plan was made with {plan.protocol}, but this is another revision, {protocol.name}; "
            f"use {plan.protocol}, or accept {protocol.name} by name"
        )
    if plan.protocol != protocol.name:
        return (
            f"the plan was made with the protocol {plan.protocol}, but this is {protocol.name}; "
            f"use {plan.protocol}, or make a new plan"
        )
    advice = "or set another revision in its file and accept that by name"
    if plan.extends and protocol.extends and plan.extends != protocol.extends:
        return (
            f"the plan's protocol extends {plan.extends}, but this one extends {protocol.extends}; "
            f'write extends = "{plan.extends}" in its file, {advice}'
        )
    return f"the plan was made with other rules named {plan.protocol}; use those rules, {advice}"


@dataclass(frozen=True, slots=True, repr=False)
class EarlierRevision:
    """A plan that was made with an earlier revision of the protocol, up to a day.

    The later revision dates everything on that day or later. It adds nothing before that day.
    """

    since: dt.date
    """The first day of the later revision."""
    activities: Mapping[str, Activity]
    """What the plan had, by id."""

    @classmethod
    def of(cls, plan: Plan, as_of: dt.date, *, is_accepted: bool) -> "EarlierRevision | None":
        """Return the part of a plan made with an earlier revision; `None` if one revision made all of it."""
        since = as_of if is_accepted else plan.provenance.protocol_since
        return cls(since, {activity.id: activity for activity in plan.activities}) if since else None

    def without_past(self, made: Iterable[Activity]) -> tuple[Activity, ...]:
        """Return the activities of the later revision, without new ones before its first day."""
        return tuple(chain.from_iterable(self._ahead(activity) for activity in made))

    def _ahead(self, new: Activity) -> Iterator[Activity]:
        """Yield an activity with the dates that may be in the plan, if it has any."""
        found = self.activities.get(new.id)
        old = found if type(found) is type(new) else None
        match new:
            case SeriesActivity():
                yield from self._series(new, old if isinstance(old, SeriesActivity) else None)
            case InfusionDaysActivity():
                yield from self._infusion_days(new, old if isinstance(old, InfusionDaysActivity) else None)
            case AfterInfusionActivity():
                yield from self._after_infusion(new, old if isinstance(old, AfterInfusionActivity) else None)
            case PeriodActivity() | WindowActivity():
                is_over = new.last_day is not None and new.last_day < self.since
                yield from () if is_over and old is None else (new,)
            case NoteActivity():
                yield new
            case _ as never:
                assert_never(never)

    def _series(self, new: SeriesActivity, old: SeriesActivity | None) -> Iterator[SeriesActivity]:
        dates = (*self._past_dates(new, old), *(day for day in new.dates if day >= self.since))
        baseline = new.baseline if old and old.baseline else self._baseline(new.baseline)
        if old or dates or baseline:
            is_whole = dates == new.dates and baseline is new.baseline
            yield new if is_whole else new.model_copy(update={"dates": dates, "baseline": baseline})

    def _past_dates(self, new: SeriesActivity, old: SeriesActivity | None) -> Sequence[dt.date]:
        """Return the past dates of the old plan; if the anchor changed, as many dates, recalculated (S20)."""
        ends = new.ends_because.result  # a course that was recorded since may end the series earlier
        past = [day for day in old.dates if day < self.since and day <= ends] if old else []
        if old and old.because.anchor_day != new.because.anchor_day:
            return [day for day in new.dates if day < self.since][: len(past)]
        return past

    def _baseline(self, baseline: Baseline | None) -> Baseline | None:
        """Return a baseline that the plan did not have, unless its last day is past."""
        return baseline if baseline and baseline.last_day >= self.since else None

    def _infusion_days(
        self, new: InfusionDaysActivity, old: InfusionDaysActivity | None
    ) -> Iterator[InfusionDaysActivity]:
        known = old.because.anchor_ordinals if old else ()
        pairs = zip(new.because.anchor_ordinals, new.days, strict=True)
        kept = [(ordinal, day) for ordinal, day in pairs if ordinal in known or day >= self.since]
        if len(kept) == len(new.days):
            yield new
        elif kept:
            ordinals, days = zip(*kept, strict=True)
            anchor = Anchor("infusion-days", new.because.anchor_course, ordinals).fields()
            because = new.because.model_copy(update={**anchor, "anchor_day": days[0], "result": days[0]})
            yield new.model_copy(update={"days": days, "because": because})

    def _after_infusion(
        self, new: AfterInfusionActivity, old: AfterInfusionActivity | None
    ) -> Iterator[AfterInfusionActivity]:
        known = {window.start.date() for window in old.windows} if old else set()
        ahead = [one for one in new.windows if one.start.date() in known or one.end.date() >= self.since]
        if len(ahead) == len(new.windows):
            yield new
        elif ahead:
            because = new.because.model_copy(update={"result": ahead[0].end.date()})
            yield new.model_copy(update={"windows": ahead, "because": because})


def with_earlier_sources(made: Provenance, before: Provenance, parts: Iterable[Course | Activity]) -> Provenance:
    """Return the provenance, with the sources that only parts kept from the previous plan cite."""
    if made.sources == before.sources:
        return made
    unknown = set(_cites(parts)) - {source.id for source in made.sources}
    found = tuple(source for source in before.sources if source.id in unknown)
    return made.model_copy(update={"sources": (*made.sources, *found)}) if found else made


def _cites(parts: Iterable[Course | Activity]) -> Iterator[str | None]:
    """Yield the sources of dates and notes; those of infusion days are always the protocol's."""
    for part in parts:
        yield part.cite if isinstance(part, NoteActivity) else None
        for noun in (part, getattr(part, "baseline", None)):
            reasons = (getattr(noun, name, None) for name in ("because", "begins_because", "ends_because"))
            yield from (because.cite for because in reasons if because)
