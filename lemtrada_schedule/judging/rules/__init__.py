"""The rules by which a history is judged, one module for each theme.

To add a rule: write a function with `@rule` in the module of its theme, list it in that module's `RULES`, and add its
`FindingKind` to `findings/catalogue.py`. A rule that needs only columns of a cohort also needs a twin in the module of
the same name in `cohort/screen/rules/`; `tests/unit/cohort/test_twins.py` says what is missing.
"""

from typing import Final

from lemtrada_schedule.judging.rules import (
    baselines,
    clinic_days,
    codes,
    course_shape,
    infusions,
    limits,
    monitoring,
    spacing,
)
from lemtrada_schedule.judging.rules.case import Answer, Case, Rule

__all__ = ["RULES", "Answer", "Case", "Rule"]

RULES: Final[tuple[Rule, ...]] = (
    *infusions.RULES,
    *clinic_days.RULES,
    *course_shape.RULES,
    *spacing.RULES,
    *limits.RULES,
    *baselines.RULES,
    *monitoring.RULES,
    *codes.RULES,
)
"""Every rule, theme by theme."""
