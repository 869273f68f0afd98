"""Which kinds of finding the screen sees by itself, and which only `evaluate` or a plan can tell.

Every kind of the catalogue stands in exactly one of the three lists; a test holds them together.
"""

from typing import Final

from lemtrada_schedule.findings import (
    AGE_BELOW_ADULT,
    AGE_BELOW_MINIMUM,
    ANCHOR_NOT_NAMED,
    BASELINE_MISSING,
    CATALOGUE,
    CLINIC_CLOSED,
    COURSE_BOUNDARY_UNCLEAR,
    COURSE_INCOMPLETE,
    COURSE_INTERRUPTED,
    COURSE_NOT_CONSECUTIVE,
    DATA_LIMITED_BEYOND,
    DOSE_DIFFERS,
    DUPLICATE_SAME_DAY,
    EXTRA_INFUSION,
    INFUSION_IN_FUTURE,
    INFUSION_TOO_SHORT,
    INTERVAL_BELOW_MINIMUM,
    NEEDS_CLINICAL_DECISION,
    OBSERVATION_TOO_SHORT,
    OUTSIDE_OPENING_HOURS,
    OVERRIDDEN,
    PARTIAL_INFUSION,
    PRIOR_TREATMENTS_FEW,
    PUBLIC_HOLIDAY,
    TOO_MANY_COURSES,
    TWO_INFUSIONS_ONE_DAY,
    WITHIN_TOLERANCE,
    FindingKind,
)

__all__ = ["BIT", "HISTORY_ONLY", "PLAN_ONLY", "SCREENED"]

SCREENED: Final[tuple[FindingKind, ...]] = (
    ANCHOR_NOT_NAMED,
    CLINIC_CLOSED,
    COURSE_BOUNDARY_UNCLEAR,
    COURSE_INCOMPLETE,
    COURSE_INTERRUPTED,
    COURSE_NOT_CONSECUTIVE,
    DATA_LIMITED_BEYOND,
    DOSE_DIFFERS,
    DUPLICATE_SAME_DAY,
    EXTRA_INFUSION,
    INFUSION_IN_FUTURE,
    INFUSION_TOO_SHORT,
    INTERVAL_BELOW_MINIMUM,
    NEEDS_CLINICAL_DECISION,
    OBSERVATION_TOO_SHORT,
    PARTIAL_INFUSION,
    PUBLIC_HOLIDAY,
    TOO_MANY_COURSES,
    TWO_INFUSIONS_ONE_DAY,
    WITHIN_TOLERANCE,
)
"""What the screen sees in the columns of a cohort, in the order of the alphabet; a patient's codes are bits by it."""

HISTORY_ONLY: Final[dict[FindingKind, str]] = {
    AGE_BELOW_ADULT: "birth_date",
    AGE_BELOW_MINIMUM: "birth_date",
    BASELINE_MISSING: "observations",
    OUTSIDE_OPENING_HOURS: "started, ended and observed_until",
    OVERRIDDEN: "overrides",
    PRIOR_TREATMENTS_FEW: "prior_medicines",
}
"""What only `evaluate` can tell, and the fact of a history that it needs; no column of a cohort holds it."""

PLAN_ONLY: Final = frozenset(CATALOGUE) - frozenset(SCREENED) - frozenset(HISTORY_ONLY)
"""What is said of a plan, and never of what was given."""

BIT: Final[dict[FindingKind, int]] = {kind: position for position, kind in enumerate(SCREENED)}
"""The bit of a kind in a patient's codes."""
