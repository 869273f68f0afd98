"""What the library has to say about a plan or a history, and why a date is what it is.

A finding is a value with a stable code, never an exception. The catalogue below is the only place where
a code, its severity and its wording stand; the documentation page is made from it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from lemtrada_schedule._model import Model
from lemtrada_schedule.calendar_types import CalendarDate, DerivedDate, Text
from lemtrada_schedule.day_words import long_day

__all__ = [
    "CATALOGUE",
    "Basis",
    "Derivation",
    "Finding",
    "FindingKind",
    "NotAssessed",
    "Override",
    "Severity",
]

Severity = Literal["error", "warning", "note"]
Basis = Literal["label", "convention"]
"""Whether a number stands in the label, or is a convention of this library (semantics S25)."""


class Override(Model):
    """Who accepted a finding, why, and when. The finding stays."""

    by: Text
    why: Text
    on: CalendarDate


class Finding(Model):
    """One thing to look at: its code, how grave it is, where it stands, and what to do."""

    code: str
    severity: Severity
    course: int | None = None
    day: DerivedDate | None = None
    row: int | None = None
    message: str
    hint: str
    cite: str | None = None
    override: Override | None = None


class NotAssessed(Model):
    """A question that could not be answered, and the fact that is missing for it."""

    code: str
    missing: str
    row: int | None = None


class Derivation(Model):
    """Why a date is what it is: counted from which day, by how much, rounded which way, on whose word."""

    anchor: str
    """The name of the day it is counted from, such as `last infusion of course 1`."""
    anchor_day: DerivedDate
    offset: str
    """The signed span, such as `+ 12 months`; empty where the anchor's own day is meant."""
    rounding: Literal["later", "earlier", "exact"]
    """Which way a day that does not exist goes; `exact` where the span is a number of days."""
    result: DerivedDate
    cite: str | None
    """The key of the source in the protocol; `None` for what was asked for by the caller."""
    basis: Basis | None


def _in_words(fact: object) -> object:
    return long_day(fact) if isinstance(fact, date) else fact


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A kind of finding: everything about it but the case at hand."""

    code: str
    severity: Severity
    title: str
    template: str
    hint: str

    def at(
        self,
        *,
        course: int | None = None,
        day: date | None = None,
        row: int | None = None,
        cite: str | None = None,
        **facts: object,
    ) -> Finding:
        """Return the finding of this kind for one case; `facts` fill the template, days in words."""
        named = {"course": course, "day": day, "row": row, **facts}
        return Finding(
            code=self.code,
            severity=self.severity,
            course=course,
            day=day,
            row=row,
            message=self.template.format(**{name: _in_words(fact) for name, fact in named.items()}),
            hint=self.hint,
            cite=cite,
        )


DEADLINE_PASSED: Final = FindingKind(
    "deadline-passed",
    "warning",
    "A deadline lies before the day of asking",
    "{title}: the last day for it was {last_day}, before {as_of}",
    "check whether it was done; if not, a later start may be needed",
)
START_IN_PAST: Final = FindingKind(
    "start-in-past",
    "warning",
    "The plan starts before the day of asking",
    "the requested start {not_before} lies before {as_of}",
    "check the year of the requested start",
)
START_FAR_AHEAD: Final = FindingKind(
    "start-far-ahead",
    "warning",
    "The plan starts more than 12 months after the day of asking",
    "the requested start {not_before} lies more than 12 months after {as_of}",
    "check the year of the requested start",
)
DATA_LIMITED_BEYOND: Final = FindingKind(
    "data-limited-beyond",
    "warning",
    "More courses than there is much experience with",
    "data beyond {limit} courses are limited; this is course {course}",
    "weigh benefit and risk of a further course",
)
ZONE_DATA_DIFFERS: Final = FindingKind(
    "zone-data-differs",
    "warning",
    "Two versions of the time zone data disagree",
    "the clock times of {time_zone} differ between {one} and {other}",
    "update the older zone data, then plan again; wall times stay, instants may move",
)
SUBDIVISION_MATTERS: Final = FindingKind(
    "subdivision-matters",
    "warning",
    "Public holidays differ by region, and no region was given",
    "public holidays of {country} differ by region and no subdivision is given; known: {subdivisions}",
    "add `subdivision` to the clinic file",
)
HOLIDAY_ESTIMATED: Final = FindingKind(
    "holiday-estimated",
    "note",
    "The date of a public holiday is an estimate",
    "the date of the public holiday {name} is an estimate",
    "check it when the date is announced, then plan again",
)
NO_PUBLIC_HOLIDAYS_KNOWN: Final = FindingKind(
    "no-public-holidays-known",
    "note",
    "No public holidays are known for the clinic",
    "no public holidays are known for {where}; only the clinic's own closures were used",
    "add `country` and `subdivision`, or list the holidays under [closures]",
)

CATALOGUE: Final[tuple[FindingKind, ...]] = tuple(
    sorted((kind for kind in list(globals().values()) if isinstance(kind, FindingKind)), key=lambda kind: kind.code)
)
"""Every kind of finding, by code."""
