"""A protocol: the rules of a treatment as data. Courses, intervals, times and actions, every number with its source."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self, assert_never

from pydantic import BeforeValidator, Field, model_validator

from lemtrada_schedule.dates.spans import Offset
from lemtrada_schedule.dates.stretches import earliest, latest
from lemtrada_schedule.errors import InvalidInput, Problem, shape_of
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
from lemtrada_schedule.protocol.citations import AgeLimit, Citation, CitedDocument, CourseCount, DayCount, MedicineCount
from lemtrada_schedule.protocol.courses import CourseRule, InfusionDayRule
from lemtrada_schedule.protocol.date_digest import deciding_fields, digest_of, facts_of
from lemtrada_schedule.protocol.neutral_titles import alike_neutral_titles, visit_of
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.near_names import near_miss
from lemtrada_schedule.validation.scalars import Identifier, Text
from lemtrada_schedule.validation.summary import Summary

__all__ = ["Protocol"]

CONTRACEPTION: Final = "contraception"


def _rows(value: Any) -> Any:
    """Return a table of tables as a list of rows that hold their key as `id`."""
    if type(value) is not dict:
        return value
    return [{"id": key, **row} if type(row) is dict else row for key, row in value.items()]


def _contradiction(place: str, message: str) -> Problem:
    return Problem("protocol-contradiction", place, message)


class Protocol(Model):
    """One revision of a treatment's rules. Load a built-in one with `load_protocol`, your own with `read_protocol`."""

    id: Identifier
    """The name of the protocol without its revision: `us`."""
    title: Text
    """The name for people."""
    revision: Identifier
    """The revision of the protocol: `2024-05`."""
    extends: Identifier | None = None
    """The built-in revision that this protocol extends, such as `us-2024-05`; `None` if it extends none."""
    minimum_age: AgeLimit | None = None
    """The minimum age; a younger patient is an error. `None`: no limit is stated."""
    adult_age: AgeLimit | None = None
    """The age from which there is no warning. `None`: no limit is stated."""
    course_gap_days: DayCount
    """Infusions that are further apart than this belong to different courses (S07)."""
    data_limited_beyond: CourseCount | None = None
    """The number of courses beyond which data are limited; a further course is a warning. `None`: none is stated."""
    maximum_courses: CourseCount | None = None
    """The maximum number of courses; planning refuses more. `None`: none is stated."""
    prior_medicines: MedicineCount | None = None
    """How many medicines should have been tried before. `None`: none is stated."""
    sources: Annotated[Many[CitedDocument], BeforeValidator(_rows)]
    """The documents that the `cite` fields refer to."""
    infusion_day: InfusionDayRule
    """What one infusion day consists of."""
    courses: Annotated[Many[CourseRule], Field(min_length=1)]
    """The rules of course 1, 2, …; an optional last one repeats."""
    actions: Many[Action]
    """What the protocol requires besides infusions."""
    neutral_titles: Literal["distinct"] | None = None
    """`distinct`: neutral titles that could be confused are refused (S46); built-in protocols have it from r2 on."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = [*self._wrong_courses(), *self._wrong_actions(), *self._wrong_contraception(), *self._wrong_cites()]
        faults += [*self._wrong_visits(), *self._wrong_neutral_titles()]
        if faults:
            raise InvalidInput(faults)
        return self

    def _wrong_courses(self) -> Iterator[Problem]:
        for index, rule in enumerate(self.courses):
            place = f"courses.{index}"
            if (rule.minimum_interval is None) != (index == 0):
                yield _contradiction(f"{place}.minimum_interval", "required from course 2 on; not allowed on course 1")
            if rule.optional and index < len(self.courses) - 1:
                yield _contradiction(f"{place}.optional", "only the last course may be optional")
            if rule.optional and index == 0:
                yield _contradiction(f"{place}.optional", "course 1 cannot be optional; remove it")
            if rule.warn_only_from == rule.counted_from:
                yield _contradiction(f"{place}.warn_only_from", "it is the same as counted_from; remove it")

    def _wrong_actions(self) -> Iterator[Problem]:
        first: dict[str, int] = {}
        shortest = min(rule.infusion_days for rule in self.courses)
        for index, action in enumerate(self.actions):
            if first.setdefault(action.id, index) != index:
                yield _contradiction(f"actions.{index}.id", "another action has the same id; rename one")
            most = self.courses[0].infusion_days if action.per == "first-course" else shortest
            if isinstance(action, InfusionDaysAction) and max(action.days) > most:
                message = f"a course with this action has only {most} infusion days; correct the days"
                yield _contradiction(f"actions.{action.id}.days", message)
            yield from self._reversed(action)
            if isinstance(action, InfusionDaysAction | AfterInfusionAction) and action.per == "treatment":
                yield _contradiction(f"actions.{action.id}.per", "infusion days belong to a course; use 'course'")

    def _reversed(self, action: Action) -> Iterator[Problem]:
        """Yield a problem for a period or window that ends before it starts, in a course of any length."""
        begins: Offset | None
        match action:
            case PeriodAction():
                begins, ends, name = action.starts, action.ends, "ends"
            case WindowAction():
                begins, ends, name = action.opens, action.closes, "closes"
            case SeriesAction() | InfusionDaysAction() | AfterInfusionAction() | NoteAction():
                return
            case _ as never:
                assert_never(never)
        lengths = (1, *(rule.infusion_days for rule in self.courses))
        if begins and ends and any(earliest(begins, days) > latest(ends, days) for days in lengths):
            yield _contradiction(f"actions.{action.id}.{name}", "it is before the start; correct one of them")

    def _wrong_contraception(self) -> Iterator[Problem]:
        found = [action for action in self.actions if action.id == CONTRACEPTION]
        if not found:
            yield Problem("missing-field", "actions", f"the action {CONTRACEPTION!r} is missing; add it")
        for action in found:
            closed = isinstance(action, PeriodAction) and action.ends and not action.open_until
            if not closed or action.per != "course":
                yield _contradiction(f"actions.{CONTRACEPTION}", "it must be a period with an end, per course")

    def _wrong_visits(self) -> Iterator[Problem]:
        own = {f"{action.id}-visit" for action in self.actions if not visit_of(action)}
        ids = {action.id for action in self.actions}
        for action in self.actions:
            if (visit := visit_of(action)) in ids:
                message = f"{visit!r} is the id of an action; choose another name for the visit group"
                yield _contradiction(f"actions.{action.id}.visit", message)
            elif visit in own:
                message = f"{visit!r} is reserved for visits of {visit.removesuffix('-visit')!r}; choose another name"
                yield _contradiction(f"actions.{action.id}.visit", message)
            if isinstance(action, SeriesAction) and not action.visit and f"{action.id}-visit" in ids:
                message = f"its visits are named '{action.id}-visit', which is the id of another action; rename that"
                yield _contradiction(f"actions.{action.id}.id", message)

    def _wrong_neutral_titles(self) -> Iterator[Problem]:
        if self.neutral_titles is None:
            return
        for one, other in self.alike_in_neutral_titles:
            message = (
                f"{one!r} has the same neutral title, can apply on the same day and ends on another; "
                "give them different titles"
            )
            yield _contradiction(f"actions.{other}.neutral_title", message)

    @cached_property
    def alike_in_neutral_titles(self) -> tuple[tuple[str, str], ...]:
        """Pairs of actions with one neutral title that can apply on the same day and end on different days (S46)."""
        return tuple(alike_neutral_titles(self.actions, self.courses, self.course_gap_days.days))

    def _wrong_cites(self) -> Iterator[Problem]:
        known = {source.id for source in self.sources}
        for place, part in self._citing():
            if part.cite and part.cite not in known:
                message = f"no source has this key, {shape_of(part.cite)}{near_miss(part.cite, known)}"
                yield Problem("unknown-name", f"{place}.cite", message)

    def _citing(self) -> Iterator[tuple[str, Citation | BaselineRule]]:
        """Yield every part that names a source, and where it is."""
        names = ("minimum_age", "adult_age", "course_gap_days", "data_limited_beyond", "maximum_courses")
        for name in (*names, "prior_medicines", "infusion_day"):
            if (part := getattr(self, name)) is not None:
                yield name, part
        if self.infusion_day.observation:
            yield "infusion_day.observation", self.infusion_day.observation
        yield from ((f"courses.{index}", rule) for index, rule in enumerate(self.courses))
        for action in self.actions:
            yield f"actions.{action.id}", action
            if isinstance(action, SeriesAction) and action.baseline:
                yield f"actions.{action.id}.baseline", action.baseline

    @property
    def cites(self) -> tuple[str, ...]:
        """The ids of all cited sources, sorted."""
        return tuple(sorted({part.cite for _, part in self._citing() if part.cite}))

    @property
    def name(self) -> str:
        """The name of the protocol with its revision: `us-2024-05`."""
        return f"{self.id}-{self.revision}"

    @property
    def course_limit(self) -> int | None:
        """The maximum number of courses in all; `None` if there is no limit (S14)."""
        listed = None if self.courses[-1].optional else len(self.courses)
        limits = [limit for limit in (listed, self.maximum_courses and self.maximum_courses.courses) if limit]
        return min(limits, default=None)

    @property
    def contraception(self) -> PeriodAction:
        """The contraception action, which every protocol has."""
        return next(a for a in self.actions if isinstance(a, PeriodAction) and a.id == CONTRACEPTION)

    def course(self, number: int) -> CourseRule:
        """Return the rule of the course with this number, counted from 1; the optional last entry repeats."""
        return self.courses[min(number, len(self.courses)) - 1]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the protocol's JSON: protocols with the same digest are equal in every field."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @cached_property
    def date_digest(self) -> str:
        """The SHA-256 of everything that decides dates: protocols with the same digest are the same protocol (S45)."""
        limits = {
            "minimum_age": ("years",),
            "adult_age": ("years",),
            "course_gap_days": ("days",),
            "data_limited_beyond": ("courses",),
            "maximum_courses": ("courses",),
            "prior_medicines": ("medicines",),
            "infusion_day": ("infusion_minutes", "observation_minutes", "dose_mg"),
        }
        course = ("infusion_days", "minimum_interval", "counted_from", "warn_only_from", "optional")
        in_order = sorted(self.actions, key=lambda action: action.id)
        return digest_of({
            "id": self.id,
            "revision": self.revision,
            **{name: facts_of(part, fields) for name, fields in limits.items() if (part := getattr(self, name))},
            "courses": [facts_of(rule, course) for rule in self.courses],
            "actions": [facts_of(action, deciding_fields(action)) for action in in_order],
        })  # fmt: skip

    @cached_property
    def cited_sources(self) -> tuple[CitedDocument, ...]:
        """The sources that are cited, in the file's order."""
        cited = set(self.cites)
        return tuple(source for source in self.sources if source.id in cited)

    @cached_property
    def _hash(self) -> int:
        return hash(self.digest)

    def __hash__(self) -> int:
        """Return the hash, computed once: protocols are cache keys."""
        return self._hash

    def _summary(self) -> Summary:
        yield "protocol", self.name
        yield "courses", len(self.courses)
        yield "actions", len(self.actions)
