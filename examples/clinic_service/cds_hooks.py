"""CDS Hooks 2.0: what a record system shows when somebody opens the chart of a patient (https://cds-hooks.hl7.org/2.0/).

The cards say what `evaluate` found and what is due. Nothing is read from the request but the patient's id, and a
patient who is not known gets no card.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from lemtrada_schedule import Clinic, DueItem, Evaluation, Finding, History, Plan, ScheduleError, due

SERVICE = "appointment-plan"
SOURCE = {"label": "Appointment plan"}
"""Neutral: it names no medicine, and neither does the library's name have to be shown."""

AHEAD = timedelta(days=30)
LONGEST_SUMMARY = 139

INDICATORS = {"error": "critical", "warning": "warning", "note": "info"}

DISCOVERY = {
    "services": [
        {
            "hook": "patient-view",
            "id": SERVICE,
            "title": "Appointment plan",
            "description": "Shows what is overdue, what needs a decision and what is due in the next 30 days.",
        }
    ]
}


class Context(BaseModel):
    """The context of `patient-view`. A client may add fields; they are ignored."""

    model_config = ConfigDict(extra="ignore")

    userId: Annotated[str, StringConstraints(min_length=1)]  # noqa: N815  # named by CDS Hooks
    patientId: Annotated[str, StringConstraints(min_length=1)]  # noqa: N815  # named by CDS Hooks


class HookRequest(BaseModel):
    """A call of the service."""

    model_config = ConfigDict(extra="ignore")

    hook: Literal["patient-view"]
    hookInstance: Annotated[str, StringConstraints(min_length=1)]  # noqa: N815  # named by CDS Hooks
    context: Context


def cards(evaluation: Evaluation, items: Sequence[DueItem]) -> list[dict[str, Any]]:
    """Return the cards of one patient: one for each finding and for each item in arrears, and one for what is ahead."""
    found = [_finding_card(one) for one in evaluation.findings if one.override is None]
    urgent = [item for item in items if _is_urgent(item)]
    ahead = [item for item in items if not _is_urgent(item) and item.state in ("planned", "due", "starts", "ends")]
    return [*found, *map(_urgent_card, urgent), *([_ahead_card(ahead)] if ahead else [])]


def refusal_card(error: ScheduleError) -> dict[str, Any]:
    """Return the card for a plan whose dates cannot be given: silence would look as if nothing were due."""
    return _card("What is due cannot be said for this patient", error.message, "warning")


def due_items(plan: Plan | None, history: History, clinic: Clinic, today: date) -> Sequence[DueItem]:
    """Return what is due until 30 days from today; nothing for a patient without a plan."""
    if plan is None:
        return ()
    return due(plan, history=history, as_of=today, first_day=today, last_day=today + AHEAD, clinic=clinic)


def _is_urgent(item: DueItem) -> bool:
    return item.kind == "decision" or item.state in ("overdue", "missed", "unrecorded")


def _finding_card(finding: Finding) -> dict[str, Any]:
    return _card(finding.message, finding.hint, INDICATORS[finding.severity])


def _urgent_card(item: DueItem) -> dict[str, Any]:
    if item.item == "decision":  # on the records as a whole: somebody must correct them; no clinician decides
        return _card(item.reason, "", "warning")
    return _card(
        item.title if item.kind == "decision" else f"{item.title}: {item.state}, {item.day}", item.reason, "warning"
    )


def _ahead_card(items: list[DueItem]) -> dict[str, Any]:
    lines = "\n".join(f"- {_markdown(f'{item.day}: {item.title}')}" for item in items)
    return {**_card(f"{len(items)} items in the next 30 days", "", "info"), "detail": lines}


def _card(summary: str, detail: str, indicator: str) -> dict[str, Any]:
    short = summary if len(summary) <= LONGEST_SUMMARY else f"{summary[: LONGEST_SUMMARY - 1]}…"
    whole = detail if short == summary else f"{summary}\n\n{detail}"
    return {"summary": short, "detail": _markdown(whole), "indicator": indicator, "source": SOURCE}


def _markdown(text: str) -> str:
    r"""Return text that Markdown shows as it is.

    >>> _markdown("a *b* <c>")
    'a \\*b\\* \\<c\\>'
    """
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", text)
