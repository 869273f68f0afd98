"""The rules of the screen, module by module as in `judging/rules`: each reports the same findings for many patients.

To add one: write a function of a `Block` in the module of its theme, and list it in that module's `TWINS` with the rule
that it mirrors. `Block` says what it can ask and how it reports. Rules that need a fact that no column of a cohort
holds have no twin; `baselines` and `codes` of `judging/rules` hold only such rules. If a cohort has observations,
`cohort/monitoring.py` reports the findings of `baselines` and `monitoring`.
"""

from typing import Final

from lemtrada_schedule.cohort.screen.rules import clinic_days, course_shape, infusions, limits, spacing
from lemtrada_schedule.cohort.screen.rules.case import Block, Twin
from lemtrada_schedule.judging.rules.case import Rule

__all__ = ["MIRRORED", "TWINS", "Block", "Twin"]

TWINS: Final[tuple[Twin, ...]] = (
    *infusions.TWINS,
    *clinic_days.TWINS,
    *course_shape.TWINS,
    *spacing.TWINS,
    *limits.TWINS,
)
"""Every rule that is applied to a block, theme by theme."""

MIRRORED: Final[tuple[Rule, ...]] = (
    *(rule for twin in TWINS for rule in twin.mirrors),
    *infusions.MIRRORED_APART,
)
"""The rules of `judging/rules` that the screen mirrors."""
