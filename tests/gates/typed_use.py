"""How users' own type checkers see the nouns: without the plugin of pydantic, wrong fields are errors.

Checked by `mypy --strict --config-file= --follow-imports=silent tests/gates/typed_use.py`, which also refuses an
ignore that is not needed. Nothing here is run.
"""

from datetime import date

from lemtrada_schedule import Clinic, Decision, History, InfusionRecord


def right() -> History:
    """Return what a type checker has nothing against."""
    given = InfusionRecord(date=date(2025, 3, 3), dose_mg=None)
    return History(infusions=(given,), prior_medicines=2)


def wrong() -> tuple[object, ...]:
    """Return what a type checker refuses, each for its own reason."""
    return (
        Clinic(foo=1),  # type: ignore[call-arg]  # no such field, and others missing
        Decision(courze=1),  # type: ignore[call-arg]  # misspelt
        InfusionRecord(date=17),  # type: ignore[arg-type]  # a number is no date
    )
