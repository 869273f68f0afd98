"""Check the plans of a calendar file, and the texts that their titles begin with."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from lemtrada_schedule.errors import kind_of
from lemtrada_schedule.exports.ics.content_lines import checked_text
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.validation.arguments import check_type, refused, refused_argument

__all__ = ["Label", "checked_plans", "label_of", "plan_id_of"]

Label = Callable[[Plan], str] | Mapping[str, str]
"""A function that returns the text for a plan, or the text by `plan_id`."""

LONGEST_LABEL: Final = 64


def checked_plans(plan: Any, since: Any) -> tuple[tuple[Plan, ...], Plan | None]:
    """Return the plans to write, and the one that the calendar holds, if the file is an update."""
    if type(plan) is list or type(plan) is tuple:
        if since is not None:
            message = "an update is of one plan; write the whole file for a list of plans"
            raise refused_argument("plan-mismatch", "since", message)
        return _newest(plan), None
    if type(plan) is Revision:
        since, plan = plan.before if since is None else since, plan.plan
        if since is None:
            message = "this revision was read from a file, without the plan before it; give that as `since`"
            raise refused_argument("missing-field", "since", message)
    check_type(plan, Plan, "plan")
    if since is not None:
        _check_earlier(plan, since)
    return (plan,), since


def _check_earlier(plan: Plan, since: Any) -> None:
    check_type(since, Plan, "since")
    if plan_id_of(plan, "plan") != plan_id_of(since, "since"):
        message = "the two plans have different ids; give two revisions of one plan"
        raise refused_argument("plan-mismatch", "since", message)
    if plan.revision < since.revision:
        message = f"its revision is {since.revision}, later than that of the plan ({plan.revision}); swap the two"
        raise refused_argument("plan-mismatch", "since", message)


def _newest(plans: list[Any] | tuple[Any, ...]) -> tuple[Plan, ...]:
    """Return the highest revision of each plan, in the order in which the ids first occur."""
    newest: dict[str, Plan] = {}
    for index, plan in enumerate(plans):
        if not issubclass(type(plan), Plan):
            raise refused_argument("wrong-type", "plan", f"expected a Plan, got {kind_of(plan)}", item=index)
        before = newest.setdefault(plan_id_of(plan, f"plan.{index}"), plan)
        if plan.revision == before.revision and plan != before:
            message = "another plan has this plan_id and revision; keep the current one"
            raise refused("plan-mismatch", f"plan.{index}.revision", message)
        if plan.revision > before.revision:
            newest[plan_id_of(plan, "plan")] = plan
    return tuple(newest.values())


def plan_id_of(plan: Plan, place: str) -> str:
    """Return the id of a plan; raise `InvalidInput` for a plan without one."""
    if plan.plan_id is None:
        raise refused("missing-field", f"{place}.plan_id", "events need a plan_id to be known by; plan with one")
    return plan.plan_id


def label_of(plan: Plan, label: Any) -> str:
    """Return what each title of a plan begins with; nothing where no label is asked for.

    An error that the caller's own function raises is not caught.
    """
    if label is None:
        return ""
    if _is_mapping(label):
        text = label.get(plan.plan_id)
        if text is None:
            raise refused_argument("missing-field", "label", "it has no text for one of the plans; add its plan_id")
    elif callable(label):
        text = label(plan)
    else:
        message = f"expected a function of a plan, or a mapping by plan_id, got {kind_of(label)}"
        raise refused_argument("wrong-type", "label", message)
    return f"{_checked_label(text)}: "


def _is_mapping(label: object) -> bool:
    try:
        return issubclass(type(label), Mapping)
    except TypeError:  # a class without a hash cannot be asked
        return False


def _checked_label(text: Any) -> str:
    if type(text) is not str:
        raise refused_argument("wrong-type", "label", f"expected text for each plan, got {kind_of(text)}")
    if not text.strip() or len(text) > LONGEST_LABEL:
        raise refused_argument("text-length", "label", f"expected 1 to {LONGEST_LABEL} characters for each plan")
    return checked_text(text, "label")
