"""The rules by which a history is judged, one theme a module: each a question, answered by findings or by silence.

To add one: a function in its theme's module, listed in that module's `RULES`, and its `FindingKind`.
"""

from typing import Final

from lemtrada_schedule.rules import baselines, clinic_days, course_shape, infusions, limits, spacing
from lemtrada_schedule.rules.case import Case, Rule

__all__ = ["RULES", "Case", "Rule"]

RULES: Final[tuple[Rule, ...]] = (
    *infusions.RULES,
    *clinic_days.RULES,
    *course_shape.RULES,
    *spacing.RULES,
    *limits.RULES,
    *baselines.RULES,
)
"""Every rule, theme by theme."""
