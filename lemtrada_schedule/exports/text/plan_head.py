"""The first lines of a plan as text: how many courses, by which protocol, at which clinic."""

from collections.abc import Iterator

from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["plan_head"]


def plan_head(plan: Plan) -> Iterator[str]:
    """Yield what the plan is, and for which clinic."""
    courses, days = how_many(len(plan.courses), "course"), how_many(len(plan.infusion_days), "infusion day")
    extends = f" (extends {plan.extends})" if plan.extends else ""
    revision = f", revision {plan.revision} of the plan" if plan.revision else ""
    yield f"{courses}, {days}, protocol {plan.protocol}{extends}{revision}"
    yield f"Clinic: {plan.provenance.clinic.name or 'unnamed'}, times in {plan.time_zone}"
