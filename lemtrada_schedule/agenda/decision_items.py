"""Decisions that are needed: on a course, on records, or to replan (S09, S43)."""

from collections.abc import Iterator

from lemtrada_schedule.agenda.asked import Asked
from lemtrada_schedule.agenda.due_items import DueItem
from lemtrada_schedule.agenda.infusion_items import days_without_infusion
from lemtrada_schedule.agenda.treatment import OnRecord, Treatment

__all__ = ["decision_items"]

_NEUTRAL = "Planning question"


def decision_items(treatment: Treatment, asked: Asked) -> Iterator[DueItem]:
    """Yield what must be decided before later dates can be trusted; its day is `as_of`, whatever the range."""
    record = treatment.record
    if record is None:
        return
    if question := record.state.question:
        course = _course_in_question(record)
        item = "decision" if course is None else f"decision/course-{course}"
        title = "Decision needed" if course is None else f"Decision needed on course {course}"
        advice = "correct the records" if course is None else "a clinician decides how to continue the course"
        yield _item(asked, item, title, course, f"{question}; {advice}, then replan")
    if reasons := [*_differences(treatment, record)]:
        title = "Replan: the plan and the records differ"
        yield _item(asked, "replan", title, None, "; ".join(reasons))


def _item(asked: Asked, item: str, title: str, course: int | None, reason: str) -> DueItem:
    return asked.item(
        item, "decision", asked.as_of, "due", title=title, neutral_title=_NEUTRAL, course=course, reason=reason
    )


def _course_in_question(record: OnRecord) -> int | None:
    """Return the number of the course that needs a decision; `None` if the records as a whole need one."""
    given = record.state.given
    if not record.state.unsettled:
        return None
    return next((course.number for course in given if not course.is_countable), given.latest.number)


def _differences(treatment: Treatment, record: OnRecord) -> Iterator[str]:
    """Yield each difference between the infusion days on record and those of the plan (S43)."""
    plan = treatment.plan
    planned = {(course.number, day.date) for course in plan.courses for day in course.days}
    own = sorted(record.days - planned, key=lambda pair: (pair[1], pair[0]))
    if own:
        days = ", ".join(f"{day} (course {number})" for number, day in own)
        yield f"on record but not in the plan: {days}"
    waits = record.state.question is not None  # a tentative course stays, also in the past, until that is decided
    passed = [
        (day.date, f"{day.date} (course {course.number})")
        for course, day in days_without_infusion(treatment)
        if not (waits and course.status == "tentative")
    ]
    if not_done := [words for day, words in passed if treatment.is_not_done(day)]:
        yield f"in the plan but on record as not done: {', '.join(not_done)}"
    if unrecorded := [words for day, words in passed if not treatment.is_not_done(day)]:
        yield f"in the plan but not on record: {', '.join(unrecorded)}"
    if not record.state.question and (left_out := _no_longer_allowed(treatment)):
        yield f"course {left_out[0]} is planned too early after {_last_infusion(treatment, record)}"


def _last_infusion(treatment: Treatment, record: OnRecord) -> str:
    """Return the last infusion that later courses count from, in words: on record, or still planned."""
    last = max(treatment.parts.courses, key=lambda course: course.last_day)
    if (last.number, last.last_day) in record.days:
        return "the last infusion on record"
    return f"the last planned day of course {last.number} ({last.last_day})"


def _no_longer_allowed(treatment: Treatment) -> list[int]:
    kept = {course.number for course in treatment.parts.courses}
    ahead = [course.number for course in treatment.plan.courses if course.last_day >= treatment.as_of]
    return [number for number in ahead if number not in kept]
