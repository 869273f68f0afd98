"""One item for the tests of a patient that were due before the range and may not have been done (S32, S43)."""

from collections.abc import Iterator, Mapping, Sequence

from lemtrada_schedule.agenda.asked import Asked
from lemtrada_schedule.agenda.due_items import DueItem
from lemtrada_schedule.agenda.open_tests import OpenTest
from lemtrada_schedule.agenda.treatment import OnRecord, Treatment
from lemtrada_schedule.findings.reasons import NO_TESTS_ADVICE
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["unrecorded_tests"]


def unrecorded_tests(visits: Mapping[str, Sequence[OpenTest]], treatment: Treatment, asked: Asked) -> Iterator[DueItem]:
    """Yield one item if tests due before the range are `unrecorded`: nobody knows whether they were done.

    They are not called missed, because the source may not record them. A patient without this item would look like one
    whose tests were all done.

    Not counted are tests that can no longer be done because their course has begun, tests that apply only to some
    patients, and tests due before `tests_recorded_from`.

    Args:
        visits: For each visit before the range that is not listed itself, its tests that are `unrecorded`.
        treatment: The treatment.
        asked: The question.
    """
    counted = {visit: own for visit, tests in visits.items() if (own := [*_counted(tests, treatment)])}
    if not counted:
        return
    tests = [test for own in counted.values() for test in own]
    days = sorted(test.day for test in tests)
    courses = {test.activity.course for test in tests}
    when = f"on {days[0]}" if days[0] == days[-1] else f"from {days[0]} to {days[-1]}"
    titles = ", ".join(dict.fromkeys(test.activity.title for test in tests))
    yield asked.item(
        "unrecorded/tests",
        "visit",
        days[-1],
        "unrecorded",
        title="Tests without a record",
        neutral_title="Visits without a record",
        course=courses.pop() if len(courses) == 1 else None,
        reason=f"{how_many(len(counted), 'visit')} due {when}: {_why(tests, treatment.record)}; {titles}",
    )


def _counted(tests: Sequence[OpenTest], treatment: Treatment) -> Iterator[OpenTest]:
    since = treatment.record.tests.recorded_from if treatment.record else None
    for test in tests:
        if test.closes is None and not test.activity.applies_to and not (since and test.day < since):
            yield test


def _why(tests: Sequence[OpenTest], record: OnRecord | None) -> str:
    """Return why it is unknown whether tests were done, and what to do."""
    if record is None:
        return "not checked, because no records were given; pass the history"
    if record.history.unreadable or record.tests.unreadable:
        return "not checked, because rows of the records could not be read; correct them"
    if all(test.activity.action in record.tests.named for test in tests):
        return "not checked, because it is unclear from which infusion they count; correct the records"
    words = "these tests are" if record.tests.are_recorded else "tests are"
    return f"not checked, because {words} not on record; {NO_TESTS_ADVICE}"
