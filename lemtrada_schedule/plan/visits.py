"""Visits: all tests of one group that are due on one day, and the day suggested for them (S40, S41)."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate

__all__ = ["WHY_NOT_SUGGESTED", "NotSuggested", "Visit"]

NotSuggested = Literal["no-open-day", "holiday-data-missing"]
"""Why no day is suggested: no allowed day is open, or the public holidays of that year are unknown."""


WHY_NOT_SUGGESTED: Final[dict[NotSuggested, str]] = {
    "no-open-day": "no allowed day is open",
    "holiday-data-missing": "the public holidays of that year are unknown",
}
"""The words for each reason."""


class Visit(Model):
    """One visit: every test of a visit group that is due on one day.

    Source:
        Rules of time, S40 and S41. The suggested day and its limits are conventions of the library.
    """

    shown: ClassVar[tuple[str, ...]] = ("group", "kind")

    id: str
    """`laboratory/course-2/7`: the group, the course, and the months since the anchor; or `.../baseline`."""
    group: str
    """The visit group, such as `laboratory`; a test without one is a group of its own, `<action>-visit`."""
    course: int | None
    """The course it belongs to; `None` for a visit of the treatment as a whole."""
    kind: Literal["baseline", "due"]
    """`baseline`: only for tests before a course. `due`: for a date of a series, which may also serve as a baseline, or
    for the last day of a window."""
    due: DerivedDate
    """The day by which the rule requires it, included."""
    suggested: DerivedDate | None
    """The last open day on or before `due` that the rule allows; `None` if there is none."""
    not_suggested: NotSuggested | None = None
    """Why no day is suggested; `None` if one is."""
    tests: Annotated[Many[str], Field(min_length=1)]
    """The ids of the dated items that it serves, such as `blood-count/course-2/7`."""
    title: str
    """The full title: "Laboratory visit"; for a test without a group, the title of the test."""
    neutral_title: str
    """The neutral title of its first test in the protocol."""
    because: Derivation
    """Why `due` is what it is."""
