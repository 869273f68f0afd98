"""What goes with a treatment as FHIR: requests for tests and examinations, and activities of a CarePlan.

Dates that recur are listed one by one, as the plan has them: a rule such as "every month" would be counted anew, and
otherwise, by whoever reads it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final, assert_never

from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.explaining import explain
from lemtrada_schedule.exports.fhir.elements import (
    Element,
    coding,
    concept,
    draft,
    element_id,
    instants,
    notes,
    period,
    reference,
    text,
)
from lemtrada_schedule.plan.activities import (
    Activity,
    AfterInfusionActivity,
    Baseline,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.protocol.actions import Code

__all__ = ["details", "service_requests"]

Detailed = PeriodActivity | InfusionDaysActivity | AfterInfusionActivity

Requested = SeriesActivity | WindowActivity

UNSETTLED: Final = "It rests on a course that is not settled: dates may still move."


def service_requests(activity: Requested, patient: str) -> Iterator[tuple[str, Element]]:
    """Yield what is to be tested, examined or done, each with its id: the dates of a series, and its baseline."""
    match activity:
        case SeriesActivity():
            if activity.baseline and not activity.baseline.done:
                place = f"{activity.id}/baseline"
                yield place, _baseline(activity, activity.baseline, patient, place)
            if activity.dates:
                yield activity.id, _request(activity, patient, {"occurrenceTiming": {"event": _days(activity.dates)}})
        case WindowActivity():
            days = period(activity.first_day, activity.last_day, activity.id)
            yield activity.id, _request(activity, patient, {"occurrencePeriod": days})
        case _ as never:
            assert_never(never)


def _days(dates: Sequence[date]) -> list[str]:
    return [day.isoformat() for day in dates]


def _request(activity: Requested, patient: str, occurrence: Element) -> Element:
    said = _sentences(activity)
    return {
        **draft("ServiceRequest", said, activity.id),
        "code": concept(activity.title, activity.codes, activity.id),
        "subject": reference(patient),
        **occurrence,
        "note": notes((*said, PLANNING_AID), activity.id),
    }


def _baseline(activity: SeriesActivity, baseline: Baseline, patient: str, place: str) -> Element:
    """Return the tests before a course: once, on the day proposed, within the days that count."""
    window = period(baseline.first_day, baseline.last_day, place)
    timing = {"event": [baseline.due.isoformat()], "repeat": {"boundsPeriod": window, "count": 1}}
    said = [f"{activity.title}, before course {activity.course or 1}.", explain(baseline), *_concerns(activity)]
    return {
        **draft("ServiceRequest", said, place),
        "code": concept(activity.title, activity.codes, place),
        "subject": reference(patient),
        "occurrenceTiming": timing,
        "note": notes((*said, PLANNING_AID), place),
    }


def _concerns(activity: Any) -> list[str]:
    return [f"It concerns: {activity.applies_to}."] if activity.applies_to else []


def _sentences(activity: Detailed | Requested) -> list[str]:
    """Return what a person must read of an activity: what, when and why, and whom it concerns."""
    unsettled = [UNSETTLED] if isinstance(activity, SeriesActivity) and activity.provisional else []
    return [explain(activity), *unsettled, *_concerns(activity)]


def details(activity: Activity, as_of: date | None) -> Iterator[Element]:
    """Yield the activities of a CarePlan for what nobody has to order: periods, precautions, what was done already.

    The codes of a period are said in words: where it waits for a result they are that result's, not its own. Whether
    something was done that began before the day of asking, the plan does not know.
    """
    match activity:
        case PeriodActivity():
            # "At least until" is no end: nobody may take it for the last day.
            last_day = None if activity.provisional else activity.last_day
            days = period(activity.first_day, last_day, activity.id)
            status = _status(activity.first_day, as_of)
            yield _detail(activity, activity.id, {"status": status, "scheduledPeriod": days}, ())
        case InfusionDaysActivity():
            scheduled = {"status": _status(activity.days[0], as_of), "scheduledTiming": {"event": _days(activity.days)}}
            yield _detail(activity, activity.id, scheduled, activity.codes)
        case AfterInfusionActivity():
            for ordinal, window in enumerate(activity.windows, start=1):
                place = f"{activity.id}/{ordinal}"
                one = activity.model_copy(update={"windows": (window,)})  # so that each says its own end
                hours = {"status": _status(window.day, as_of), "scheduledPeriod": instants(window, window, place)}
                yield _detail(one, place, hours, one.codes)
        case SeriesActivity(baseline=baseline) if baseline and baseline.done:
            yield _done(activity, baseline)
        case SeriesActivity() | WindowActivity() | NoteActivity():
            pass
        case _ as never:
            assert_never(never)


def _status(first_day: date, as_of: date | None) -> str:
    return "unknown" if as_of is not None and first_day < as_of else "not-started"


def _detail(activity: Detailed, name: str, scheduled: Element, codes: Sequence[Code]) -> Element:
    said = [*_sentences(activity), *(_in_words(code, activity.id) for code in activity.codes if not codes)]
    detail = {
        "code": concept(activity.title, codes, activity.id),
        **scheduled,
        "description": text(" ".join(said), activity.id),
    }
    return {"id": element_id(name), "detail": detail}


def _done(series: SeriesActivity, baseline: Baseline) -> Element:
    """Return a baseline that is on record: nobody has to order it again."""
    place = f"{series.id}/baseline"
    detail = {
        "code": concept(series.title, series.codes, place),
        "status": "completed",
        "scheduledPeriod": period(baseline.due, baseline.due, place),
        "description": text(f"On record. {explain(baseline)}", place),
    }
    return {"id": element_id(place), "detail": detail}


def _in_words(code: Code, place: str) -> str:
    checked = coding(code, place)
    return f"Code: {checked['code']} of {checked['system']}{f', {code.display}' if code.display else ''}."
