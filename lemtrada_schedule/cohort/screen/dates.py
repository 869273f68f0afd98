"""The counts and dates in each patient's row: infusions, next course, ends of contraception and monitoring."""

from dataclasses import dataclass

import numpy as np

from lemtrada_schedule.cohort.screen.finding_bits import BIT
from lemtrada_schedule.cohort.screen.layout import NO_DAY, Array, Tables
from lemtrada_schedule.cohort.screen.rules.case import Block
from lemtrada_schedule.findings.catalogue import INFUSION_IN_FUTURE

__all__ = ["Ends", "fill_in_dates", "last_planned_days"]


@dataclass(frozen=True, slots=True, repr=False)
class Ends:
    """How the last course of each patient ends."""

    planned: Array
    """The last infusion, planned or given."""
    undecided: Array
    """Whether a decision is needed before later dates are certain (S09, S10)."""


def fill_in_dates(block: Block, ends: Ends) -> None:
    """Fill in the counts and dates of the patients of a block, by their last courses."""
    courses, tables, result = block.courses, block.tables, block.result
    patient = courses.ordinal if len(courses.ordinal) < len(result.rows) else slice(None)
    number, first = courses.number[courses.end], courses.first[courses.end]
    planned = ends.planned
    result.infusions[patient] = courses.rows
    result.courses[patient] = number
    result.first_infusion[patient] = courses.first[courses.begin]
    result.last_infusion[patient] = courses.last[courses.end]
    anchor = first if tables.contraception_from_first else planned
    result.contraception_until[patient] = tables.contraception.take(anchor)
    result.monitoring_until[patient] = _monitoring_ends(tables, number, first, planned)
    begin = tables.span.take(number, mode="clip")  # the next course has rule `number`, or the last one
    anchor = np.where(tables.from_first.take(number, mode="clip"), first, planned)
    earliest = tables.after.take(begin + anchor)
    in_future = (result.codes[patient] & np.uint32(1 << BIT[INFUSION_IN_FUTURE])) != 0
    stopped = in_future | ends.undecided | (number >= tables.course_limit)
    result.unsure[patient] |= ~stopped & (earliest == NO_DAY)
    result.next_earliest[patient] = np.where(stopped, NO_DAY, earliest)


def last_planned_days(block: Block) -> Ends:
    """Return each patient's last infusion, planned or given, and whether a decision is needed first (S09, S10)."""
    courses, short = block.courses, block.short
    undecided = np.zeros(len(courses.end), bool)
    undecided[courses.owner[block.unclear]] = True
    going_on = short.place[short.in_progress]
    going_on = going_on[~undecided[courses.owner[going_on]]]
    planned = courses.last[courses.end]
    planned[courses.owner[going_on]] += courses.planned[going_on] - courses.infusions[going_on]
    undecided[courses.owner[short.place[short.is_last & ~short.in_progress]]] = True
    return Ends(planned, undecided)


def _monitoring_ends(tables: Tables, number: Array, first: Array, planned: Array) -> Array:
    """Return the last days of monitoring, by number, first and last infusion of patients' last courses."""
    until = tables.monitoring.until(first, planned)
    if tables.monitoring_course_1 is not None:
        only = np.flatnonzero(number == 1)
        until[only] = np.maximum(until[only], tables.monitoring_course_1.until(first[only], planned[only]))
    return until
