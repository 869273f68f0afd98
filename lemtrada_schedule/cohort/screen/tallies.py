"""What the findings of a block are counted out of: its infusions and records by course and by year."""

import numpy as np

from lemtrada_schedule.cohort.screen.chunks import NOT_KNOWN, Facts
from lemtrada_schedule.cohort.screen.courses import rows_of
from lemtrada_schedule.cohort.screen.layout import DAY, NOT_GIVEN, Array, Tables, Tallies
from lemtrada_schedule.cohort.screen.rules.case import Block

__all__ = ["known_values", "tallies_of"]


def tallies_of(block: Block) -> Tallies:
    """Return the infusion days and the records of a block, by course and by year.

    Only the rows of courses that go on into another year are examined one by one.
    """
    courses, year, key = block.courses, block.tables.year, block.key
    records = np.diff(np.append(courses.start, len(key)))
    first = year[courses.first]
    is_within = first == year[courses.last]
    across = rows_of(courses, key, np.flatnonzero(~is_within))
    fresh = across[key[across] != key[across - 1]]
    return {
        ("records", "course"): _sums(courses.number, records),
        ("records", "year"): _sums(
            np.append(first[is_within], year[key[across] & DAY]), np.append(records[is_within], np.ones(len(across)))
        ),
        ("infusions", "course"): _sums(courses.number, courses.infusions),
        ("infusions", "year"): _sums(
            np.append(first[is_within], year[key[fresh] & DAY]),
            np.append(courses.infusions[is_within], np.ones(len(fresh))),
        ),
    }


def _sums(place: Array, count: Array) -> Array:
    return np.bincount(place, weights=count).astype(np.int64)


def known_values(facts: Facts, marks: Array | None, day: Array, tables: Tables) -> Tallies:
    """Return how many given records have a dose, and how many completed ones have each length."""
    if marks is None:
        return {}
    given = (marks & NOT_GIVEN) == 0
    if tables.as_of is not None:
        given &= day <= tables.as_of
    completed = given if facts.status is None else given & (facts.status == 0)
    found: Tallies = {}
    for unit, lengths in (("infusion_lengths", facts.infusion), ("observation_lengths", facts.observation)):
        if lengths is not None:
            found[unit, "all"] = np.array([np.count_nonzero(completed & (lengths != NOT_KNOWN))])
    if facts.dose is not None:
        found["doses", "all"] = np.array([np.count_nonzero(given & (facts.dose != 0))])
    return found
