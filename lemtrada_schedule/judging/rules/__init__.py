"""The rules by which a history is judged, one theme a module: each a question, answered by findings or by silence.

To add one: a function in its theme's module, listed in that module's `RULES`, and its `FindingKind`.
"""

from typing import Final

from lemtrada_schedule.judging.rules import baselines, clinic_days, codes, course_shape, infusions, limits, spacing
from lemtrada_schedule.judging.rules.case import Answer, Case, Rule

__all__ = ["RULES", "Answer", "Case", "Rule"]

RULES: Final[tuple[Rule, ...]] = (
    *infusions.RULES,
    *clinic_days.RULES,
    *course_shape.RULES,
    *spacing.RULES,
    *limits.RULES,
    *baselines.RULES,
    *codes.RULES,
)
"""Every rule, theme by theme."""
