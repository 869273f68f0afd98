"""Days on which a clinic is closed, and why."""

from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.scalars import DerivedDate

__all__ = ["FrozenClosure"]


class FrozenClosure(Model):
    """A day on which the clinic was known to be closed when the plan was made, and why."""

    date: DerivedDate
    reason: str
    estimated: bool = False
