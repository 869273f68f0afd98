"""`to_text`: any answer as plain text for a terminal or a printout."""

from collections.abc import Callable
from typing import Any, Final, Literal

from lemtrada_schedule.agenda.due_items import Worklist
from lemtrada_schedule.errors import kind_of
from lemtrada_schedule.exports.text.plan_summary import SUMMARY_WIDTH, plan_to_summary
from lemtrada_schedule.exports.text.plan_text import course_to_text, plan_to_text
from lemtrada_schedule.exports.text.style import Style
from lemtrada_schedule.exports.text.verdict_text import changes_to_text, evaluation_to_text, forecast_to_text
from lemtrada_schedule.exports.text.worklist_text import worklist_to_text
from lemtrada_schedule.judging.verdicts import Evaluation, Forecast
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.validation.arguments import check_choice, refused_argument

__all__ = ["Detail", "to_text"]

Detail = Literal["full", "summary"]
"""How much of a plan is written: every date and its reason, or what fits on one screen."""

_TEXTS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (Plan, plan_to_text),
    (Course, course_to_text),
    (Revision, changes_to_text),
    (Evaluation, evaluation_to_text),
    (Forecast, lambda forecast: forecast_to_text(None, forecast)),
    (Worklist, worklist_to_text),
)
"""What is written as text, and how. Pairs, because a hostile type of an argument may have no hash."""


def to_text(x: Plan | Course | Revision | Evaluation | Forecast | Worklist, *, detail: Detail = "full") -> str:
    """Return an answer as plain text: every date with the name of its month, and where there is room its weekday.

    - `Plan`: courses, the dates around them, notes, findings, and what it was made from, with the reason of each date.
    - `Course`: its infusion days and the skipped starts.
    - `Revision`: how many items were kept, and a line for each change. `to_text(revision.plan)` is the new plan.
    - `Worklist`: its items day by day, one line each.
    - `Evaluation`, `Forecast`: status, findings or reasons, and what was not checked.

    Args:
        x: The answer.
        detail: Of a plan: `full`, or `summary` for one screen of at most 100 columns: findings, courses, a time line,
            what is due before the next course, what is done around each course, and monitoring.

    Raises:
        InvalidInput: `x` is none of these, or a summary of something else than a plan is asked for (`wrong-type`);
            `detail` is neither word (`unknown-name`).

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import History, evaluate, load_protocol
        >>> history = History.from_dates([f"2025-03-0{day}" for day in (3, 4, 5, 6, 7)])
        >>> print(to_text(evaluate(history, load_protocol("us-2024-05"), as_of=date(2025, 6, 1))).splitlines()[1])
          course 1: Mon  3 Mar 2025 - Fri  7 Mar 2025, 5 infusions, complete
    """
    check_choice(detail, Detail, "detail")
    write = next((write for kind, write in _TEXTS if type(x) is kind), None)
    if write is None:
        names = ", ".join(kind.__name__ for kind, _ in _TEXTS)
        raise refused_argument("wrong-type", "x", f"expected one of {names}; got {kind_of(x)}")
    if detail == "full":
        return write(x)
    if not isinstance(x, Plan):
        raise refused_argument("wrong-type", "detail", "only a plan has a summary; leave it out")
    return plan_to_summary(x, Style(width=SUMMARY_WIDTH))
