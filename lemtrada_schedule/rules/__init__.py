"""The rules by which a history is judged, one theme a module: each a question, answered by findings or by silence.

To add one: a function in its theme's module, listed in that module's `RULES`, and its `FindingKind`.
"""

from typing import Final

from lemtrada_schedule.rules import baselines, clinic_days, course_shape, infusions, limits, spacing
from lemtrada_schedule.rules.case import Case, Rule

__all__ = ["OF_ALL_ROWS", "OF_EACH_ROW", "Case", "Rule"]

OF_EACH_ROW: Final[tuple[Rule, ...]] = (*infusions.RULES, *clinic_days.RULES)
"""Rules that look at each record by itself: what they find holds whatever else is on record."""

OF_ALL_ROWS: Final[tuple[Rule, ...]] = (*course_shape.RULES, *spacing.RULES, *limits.RULES, *baselines.RULES)
"""Rules that need every record of the patient: with an unreadable row they are not asked (S06)."""
