"""Reasons in words: which day a date is counted from, by how much, and the source; and what was not checked."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

from lemtrada_schedule.findings.catalogue import INFUSION_IN_FUTURE, OBSERVATION_IN_FUTURE
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.findings.finding import Finding, NotAssessed

__all__ = ["CONVENTION", "NO_TESTS_ADVICE", "counted", "not_checked", "reason", "why_then"]

CONVENTION: Final = "a convention, not the label"

NO_TESTS_ADVICE: Final = "record them, or name in tests_recorded the tests that the source records"
"""What to do if nobody knows whether tests were done (S32)."""


def reason(because: Derivation) -> str:
    """Return a derivation in words: anchor and its day, offset, rounding, source, and whether it is a convention.

    Example:
        >>> from datetime import date
        >>> reason(Derivation(
        ...     anchor="last infusion of course 1", anchor_day=date(2025, 10, 31), offset="+ 4 months",
        ...     rounding="later", result=date(2026, 3, 1), cite="faq", basis="label"))
        'last infusion of course 1 (2025-10-31) + 4 months, rounded later; FAQ'
    """
    words = [counted(because)]
    words += [because.cite.upper()] if because.cite else []
    words += [CONVENTION] if because.basis == "convention" else []
    return "; ".join(words)


def why_then(day: date, findings: Sequence[Finding]) -> str:
    """Return in words why a result changes on a day: with time, or because a record has that future date."""
    in_future = (INFUSION_IN_FUTURE.code, OBSERVATION_IN_FUTURE.code)
    is_of_a_record = any(found.day == day and found.code in in_future for found in findings)
    return "if the date of that record is correct" if is_of_a_record else "if nothing more is recorded"


def counted(because: Derivation, written: Callable[[date], str] = date.isoformat, *, anchor: str | None = None) -> str:
    """Return in words which day a date is counted from and by how much, without the source.

    Args:
        because: The derivation.
        written: Formats a day.
        anchor: The name of the anchor; default: its own name.
    """
    day = f"{anchor or because.anchor} ({written(because.anchor_day)})"
    words = " ".join(filter(None, (day, because.offset)))
    # Months are rounded only if the day does not exist in the month reached.
    moved = because.rounding != "exact" and because.result.day != because.anchor_day.day
    return f"{words}, rounded {because.rounding}" if moved else words


def not_checked(questions: Sequence[NotAssessed], words: str = "not checked") -> Iterator[str]:
    """Yield a line for each missing fact, with the codes of the findings that were not checked without it, each once.

    >>> list(not_checked([NotAssessed(code="age-below-minimum", missing="birth_date")]))
    ['not checked: no birth_date (age-below-minimum)']

    Args:
        questions: The questions that were not assessed.
        words: How each line begins.
    """
    for missing in dict.fromkeys(map(_missing, questions)):
        own = [question for question in questions if _missing(question) == missing]
        between = "; " if any(question.test for question in own) else ", "
        yield f"{words}: {missing} ({between.join(_with_tests(own))})"


def _missing(question: NotAssessed) -> str:
    return question.fact.absence() if question.fact else f"no {question.missing}"


def _with_tests(questions: Sequence[NotAssessed]) -> Iterator[str]:
    """Yield each code once, with the tests it is about."""
    for code in dict.fromkeys(question.code for question in questions):
        tests = dict.fromkeys(question.test for question in questions if question.code == code and question.test)
        yield f"{code}: {', '.join(tests)}" if tests else code
