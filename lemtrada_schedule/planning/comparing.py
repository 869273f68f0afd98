"""Compare two plans of one treatment, wherever they were made."""

from lemtrada_schedule.errors import PlanMismatch
from lemtrada_schedule.plan.changes import differences, items_by_id
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.planning.change_reasons import ChangeReasons
from lemtrada_schedule.validation.arguments import check_type

__all__ = ["compare"]


def compare(old_plan: Plan, new_plan: Plan) -> Revision:
    """Return the change of every item from one plan to another plan of the same treatment.

    Nothing is planned: the new plan is returned unchanged, with its own revision number. The changes are the same as
    those of `replan`. Reasons that only `replan` knows, such as a missing decision, are more general here.

    Args:
        old_plan: The earlier plan.
        new_plan: The plan that replaces it, made with any revision of any protocol.

    Returns:
        The new plan, and one change (`kept`, `moved`, `added` or `cancelled`) for each item of both.

    Raises:
        PlanMismatch: The plans have different `plan_id`s or different time zones. A plan without a `plan_id` can be
            compared with any other.
        InvalidInput: An argument is not a plan.

    Source:
        Rules of time, S19.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> us, boston = load_protocol("us"), read_clinic("examples/boston.toml")
        >>> one, other = (plan_treatment(us, boston, not_before=date(2027, *day)) for day in [(1, 11), (2, 1)])
        >>> change = compare(one, other).changes[0]
        >>> change.kind, change.item, change.before, change.after
        ('moved', 'course-1/day-1', datetime.date(2027, 1, 11), datetime.date(2027, 2, 1))
    """
    check_type(old_plan, Plan, "old_plan")
    check_type(new_plan, Plan, "new_plan")
    _check_pair(old_plan, new_plan)
    reasons = ChangeReasons.of_plans(old_plan, new_plan)
    found = differences(items_by_id(old_plan), items_by_id(new_plan), reasons.days_given)
    changes = (*reasons.changes(found), *reasons.note_changes(old_plan, new_plan))
    return Revision(plan=new_plan, changes=changes, before=old_plan)


def _check_pair(old_plan: Plan, new_plan: Plan) -> None:
    ids = {plan.plan_id for plan in (old_plan, new_plan) if plan.plan_id is not None}
    message = ""
    if len(ids) > 1:
        message = "the plans have different plan_ids; compare two plans of the same patient"
    elif old_plan.time_zone != new_plan.time_zone:
        message = "the plans have different time zones; compare plans of the same clinic"
    if message:
        raise PlanMismatch("plan-mismatch", message, place="new_plan", argument="new_plan")
