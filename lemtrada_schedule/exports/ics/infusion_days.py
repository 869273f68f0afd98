"""The calendar entries of infusion days, with what belongs to each day in its text.

A medicine that is given on the day and the hours of watching after the infusion get no entries of their own, which
would cover the day that they are about.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.dates.time_windows import before
from lemtrada_schedule.exports.explaining import explain, reason
from lemtrada_schedule.exports.ics.entry import Entry, Hours
from lemtrada_schedule.exports.titles import clinical_title, neutral_title, spaced_day
from lemtrada_schedule.plan.courses import InfusionDay
from lemtrada_schedule.plan.items import Item, Part
from lemtrada_schedule.validation.scalars import clock

__all__ = ["companions", "infusion_entries"]


def companions(shown: Sequence[Part]) -> dict[str, list[Item]]:
    """Return what belongs to infusion days, by the id of the day: what is done on it, and hours from its infusion on.

    An item that does not belong to an infusion day of the plan is not among them.
    """
    days = [item for part in shown if part.shape == "infusion" for item in part.items()]
    by_day = {item.first_day: item.id for item in days}
    by_end = {
        item.infusion_day.infusion.end: item.id for item in days if item.infusion_day and item.infusion_day.infusion
    }
    found: dict[str, list[Item]] = defaultdict(list)
    for item in (item for part in shown if _is_companion(part) for item in part.items()):
        name = by_end.get(item.window.start) if item.window else by_day.get(item.first_day)
        if name is not None:
            found[name].append(item)
    return found


def _is_companion(part: Part) -> bool:
    return part.shape == "hours" or (part.shape == "day" and not part.is_ordered)


def infusion_entries(
    part: Part, clinic: Clinic, beside: Mapping[str, Sequence[Item]], *, clinical: bool
) -> Iterator[Entry]:
    """Yield the entries of a course.

    Args:
        part: The course.
        clinic: The clinic of the plan.
        beside: What `companions` returned for the plan.
        clinical: Whether to say what is done and why.
    """
    days = part.block.days if part.block else ()
    for item, day in zip(part.items(), days, strict=True):
        title = item.title if clinical else f"{neutral_title(item)}, day {day.number} of {len(days)}"
        more = beside.get(item.id, ())
        lines = [*_ready(day, clinic, clinical=clinical)]
        lines += [explain(day)] if clinical else _stay(day)
        lines += [_companion(one, clinical=clinical) for one in more]
        lines += [explain(part.source_part)] if clinical else []
        yield Entry(
            item.id, "Appointment", title, tuple(lines), day.date, day.date, hours=_hours(day), holds=1 + len(more)
        )


def _ready(day: InfusionDay, clinic: Clinic, *, clinical: bool) -> Iterator[str]:
    """Yield when the preparation begins; not for a day on record at another time, whose preparation nobody recorded."""
    if day.infusion and clinic.preparation_minutes and clock(day.infusion.start) == clock(clinic.infusion_starts):
        begins = clock(before(day.infusion.start, clinic.preparation_minutes))
        yield f"Preparation from {begins}" if clinical else f"Come at {begins}"


def _stay(day: InfusionDay) -> Iterator[str]:
    if day.infusion is None or day.observation is None:
        return
    times = f"{clock(day.infusion.start)}-{clock(day.infusion.end)}"
    yield f"{times}, then stay until {clock(day.observation.end)} or later ({day.infusion.time_zone})"


def _companion(item: Item, *, clinical: bool) -> str:
    begins = f"From {clock(item.window.start)}: " if item.window else ""
    if not clinical:
        return f"{begins}{neutral_title(item)}"
    window, why = item.window, item.because or item.part.because
    until = f", until {spaced_day(window.end.date())} {clock(window.end)}" if window else ""
    return f"{begins}{clinical_title(item.part)}{until}{f': {reason(why)}' if why else ''}"


def _hours(day: InfusionDay) -> Hours | None:
    """Return the hours of a day; a day that was given may have no times on record."""
    windows = [window for window in (day.infusion, day.observation) if window]
    return Hours(windows[0].start, windows[-1].end, windows[0].time_zone) if windows else None
