"""`with_tests`: judge the tests of a cohort, as `evaluate` does for one patient, and make `Report.monitoring`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.observed import Observed, ObservedTable, observations_in, observed_by
from lemtrada_schedule.cohort.question import Question
from lemtrada_schedule.cohort.reading.observations import ObservationColumns
from lemtrada_schedule.cohort.report import Found, ObservedFound
from lemtrada_schedule.cohort.report_tables import Fields, code_lists, refused_table
from lemtrada_schedule.cohort.screen.due_dates import NEVER, Anchors, Series, moved, series_after
from lemtrada_schedule.cohort.screen.finding_bits import OF_TESTS
from lemtrada_schedule.cohort.screen.layout import DAY, DAY_BITS, Array, Screened
from lemtrada_schedule.cohort.screen.lookup_tables import as_date
from lemtrada_schedule.cohort.screen.matching import Matched, matched
from lemtrada_schedule.cohort.screen.month_tables import year_of
from lemtrada_schedule.findings.catalogue import (
    BASELINE_MISSING,
    OBSERVATION_IN_FUTURE,
    TEST_LATE,
    TEST_MISSED,
    TEST_OVERDUE,
    WINDOW_MISSED,
)
from lemtrada_schedule.findings.finding import FindingKind, NotAssessed
from lemtrada_schedule.judging.verdicts import Evaluation, Monitoring
from lemtrada_schedule.protocol.actions import SeriesAction, WindowAction
from lemtrada_schedule.protocol.due_dates import BASELINE_CLOSES, baseline_opens
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History, InfusionRecord
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["MONITORING_FIELDS", "JudgedTests", "observations_of", "with_tests"]

MONITORING_FIELDS: Final[Fields] = (
    ("action", pa.string()), ("course", pa.int32()), ("due", pa.int32()), ("done", pa.int32()), ("late", pa.int32()),
    ("missed", pa.int32()), ("overdue", pa.int32()), ("longest_gap_days", pa.int32()),
)  # fmt: skip
"""The columns of a patient's test after a course, after the patient."""

_SERVED: Final = ("done", "late")

_OR_NONE: Final = ("course", "longest_gap")
"""The columns in which 0 means that there is none."""

TOGETHER: Final = 1 << 14
"""How many patients are judged at once, so that their dates stay in the processor's cache."""

HistoriesOf = Callable[[Array], Iterator[tuple[int, History]]]
"""Yields place and history of some patients, given by their places, with their observations."""


@dataclass(frozen=True, slots=True, repr=False)
class _Rows:
    """Rows of `Report.monitoring`, column by column."""

    patient: Array
    action: Array
    """The number of the test."""
    course: Array
    """0: the treatment as a whole."""
    due: Array
    done: Array
    late: Array
    missed: Array
    overdue: Array
    longest_gap: Array
    """0: none."""

    def taken(self, places: Array) -> "_Rows":
        """Return some of the rows."""
        return _Rows(*(getattr(self, name)[places] for name in self.__dataclass_fields__))


def _small(*columns: Array) -> list[Array]:
    """Return columns in small numbers; a patient has fewer due dates in 200 years than 32 bits count."""
    return [np.asarray(column, np.int32) for column in columns]


@dataclass(frozen=True, slots=True, repr=False)
class JudgedTests:
    """The judged tests of a cohort."""

    ids: pa.Array
    names: tuple[str, ...]
    """The id of each test."""
    parts: tuple[_Rows, ...]

    def table(self) -> pa.Table:
        """Return a row for each patient, test and course."""
        columns = {name: self._column(name) for name in _Rows.__dataclass_fields__}
        arrays = {
            "patient": pc.take(self.ids, columns["patient"]),
            "action": pc.take(pa.array(self.names, pa.string()), columns["action"]),
            **{name: columns[name] for name in ("course", "due", "done", "late", "missed", "overdue")},
            "longest_gap_days": columns["longest_gap"],
        }
        return pa.table(arrays, schema=pa.schema([("patient", self.ids.type), *MONITORING_FIELDS]))

    def _column(self, name: str) -> pa.ChunkedArray:
        """Return a column of all rows, without a copy; 0 is null where it means that there is none."""
        columns = [getattr(part, name) for part in self.parts]
        is_null = [column == 0 for column in columns] if name in _OR_NONE else [None] * len(columns)
        arrays = [pa.array(column, mask=mask) for column, mask in zip(columns, is_null, strict=True)]
        return pa.chunked_array(arrays, pa.int32())


def _judged(ids: pa.Array, judging: "_Judging", histories: HistoriesOf) -> JudgedTests:
    """Judge the tests of all patients: add the findings to the result, and return the rows of `Report.monitoring`.

    `evaluate` judges the patients whose courses the screen could not judge, and those with two courses so near that
    the windows of their baselines overlap.
    """
    parts = list(judging.rows())
    left = np.flatnonzero(judging.left)
    if len(left):
        parts.append(_by_evaluate(histories(left), judging))
    return JudgedTests(ids, tuple(action.id for action in judging.observed.tests.actions), tuple(parts))


class _Judging:
    """Judges the tests of some thousand patients after another; findings are added to the result."""

    def __init__(self, result: Screened, unread: Array, observed: Observed, question: Question) -> None:
        """Take what was found in the infusions.

        Args:
            result: What was found; findings about tests are added to it.
            unread: By patient, whether a row of an infusion was refused, or may be theirs (S33).
            observed: The tests on record.
            question: The question.
        """
        self.result = result
        self.observed = observed
        self.question = question
        self.as_of = result.as_of.astype(np.int64)
        self.left: Array = result.unsure.copy()
        """By patient, whether `evaluate` judges them."""
        self._unread = unread | observed.unread
        courses = _courses_in_order(result)
        self.left[_overlapping(courses, observed)] = True
        self._courses = _with_places(courses, ~self.left)
        self._recorded = [observed.recorded(test) for test in range(len(observed.tests.actions))]

    def rows(self) -> Iterator[_Rows]:
        """Yield the rows of `Report.monitoring`, and report the findings."""
        for begin in range(0, len(self.as_of), TOGETHER):
            end = min(begin + TOGETHER, len(self.as_of))
            own = slice(*np.searchsorted(self._courses.patient, [begin, end]))
            courses = self._courses.cut(own)
            known: dict[Any, tuple[Series, list[Array]]] = {}
            for test, action in enumerate(self.observed.tests.actions):
                if not self._recorded[test].any():
                    continue
                records = self.observed.records_of(test, begin, end)
                past = self._up_to_question(records)
                if isinstance(action, SeriesAction):
                    rule = (action.every, action.until, action.per)
                    if rule not in known:
                        series = series_after(action, courses, self.as_of, range(begin, end))
                        known[rule] = series, _small(series.patient, series.number, series.due)
                    yield self._rows_of(test, *known[rule], past)
                self._report_windows(test, courses, past)

    def _up_to_question(self, records: Array) -> Array:
        """Return the records of a test up to the date of the question; report later ones."""
        is_late = (records & DAY) > self.as_of[records >> DAY_BITS]
        if not is_late.any():
            return records
        if self.question.as_of is not None:  # a patient's own date leaves later records out
            self._report_future(records[is_late])
        past: Array = records[~is_late]
        return past

    def _report_future(self, late: Array) -> None:
        """Report each patient with records of one test after the date of the question, on the first of these days."""
        patient, first = np.unique(late >> DAY_BITS, return_index=True)
        kept = ~self.left[patient]
        day = (late & DAY)[first][kept]
        self._report(OBSERVATION_IN_FUTURE, patient[kept], np.zeros(len(day), np.int64), year_of(day))

    def _rows_of(self, test: int, series: Series, shared: list[Array], past: Array) -> _Rows:
        """Return the rows of a recurring test, and report its findings (S42).

        Args:
            test: The number of the test.
            series: Its due dates.
            shared: Their patients, courses and counts, in small numbers; the rows of all tests of a rule share these.
            past: Its records up to the date of the question.
        """
        found = matched(series, past)
        is_judged = self._recorded[test][series.patient] & ~self._unread[series.patient]
        self._report_dates(series, found, is_judged)
        patient, course, due = shared
        counts = _small(found.done, found.late, found.missed, found.overdue, found.longest_gap)
        rows = _Rows(patient, np.full(len(patient), test, np.int32), course, due, *counts)
        return rows if is_judged.all() else rows.taken(np.flatnonzero(is_judged))

    def _report_dates(self, series: Series, found: Matched, is_judged: Array) -> None:
        """Report what is overdue, missed and late, as the rule `tested_when_due` does."""
        self._report_series(TEST_OVERDUE, series, is_judged & found.overdue, series.due)
        self._report_series(TEST_LATE, series, is_judged & (found.late > 0), found.latest_late)
        here = np.arange(len(series.patient))
        latest = np.full(len(series.up_to), -1)  # by patient, the last series with a record: no later one closes a gap
        with_record = np.flatnonzero(is_judged & (found.highest > 0))
        latest[series.patient[with_record] - series.begin] = with_record
        latest = latest[series.patient - series.begin]
        missed = is_judged & (found.missed > 0)
        is_closed = missed & ((here < latest) | ((here == latest) & (found.lowest_open < found.highest)))
        self._report_series(TEST_MISSED, series, is_closed, found.lowest_open)
        first_open = np.where(here == latest, found.highest + 1, found.lowest_open)
        last_missed = series.due - ~found.last_is_missed
        is_open = missed & (here >= latest) & (first_open <= last_missed)
        self._report_series(TEST_MISSED, series, is_open, first_open)

    def _report_series(self, kind: FindingKind, series: Series, where: Array, place: Array) -> None:
        """Report a finding of a kind for some series, each dated on the due date at a place."""
        own = np.flatnonzero(where)
        year = series.every.year(series.start[own], place[own])
        self._report(kind, series.patient[own], series.number[own], year)

    def _report(self, kind: FindingKind, patient: Array, course: Array, year: Array) -> None:
        self.result.add(kind, patient, course, year - FIRST_DATE.year)

    def _report_windows(self, test: int, courses: Anchors, past: Array) -> None:
        """Report the baselines and windows without a record, as `tested_before` and `done_in_window` do."""
        action = self.observed.tests.actions[test]
        is_asked = self._recorded[test][courses.patient] & ~self.observed.unread[courses.patient]
        if action.per != "course":
            is_asked &= courses.number == 1
        asked = courses if is_asked.all() else courses.taken(np.flatnonzero(is_asked))
        for kind, opens, closes in _windows_of(action, asked):
            is_open = ~_has_record(past, asked.patient, opens, closes)
            if kind == WINDOW_MISSED:
                is_open &= closes < self.as_of[asked.patient]
            own = np.flatnonzero(is_open)
            self._report(kind, asked.patient[own], asked.number[own], year_of(closes[own]))


def _has_record(records: Array, patient: Array, opens: Array, closes: Array) -> Array:
    """Return whether patients have a record from one day to another, both included."""
    if not len(records):
        return np.zeros(len(patient), bool)
    base = patient << DAY_BITS
    place = np.searchsorted(records, base + np.maximum(opens, 0))
    first = records.take(place, mode="clip")
    is_there: Array = (place < len(records)) & (first <= base + closes) & (closes >= 0)
    return is_there


def _windows_of(action: SeriesAction | WindowAction, courses: Anchors) -> Iterator[tuple[FindingKind, Array, Array]]:
    """Yield the window of an action, or of its baseline, for each course: its kind of finding, and its ends."""
    if isinstance(action, SeriesAction):
        if action.baseline:
            closes = moved(BASELINE_CLOSES, courses.first, is_later=False)
            yield BASELINE_MISSING, _baseline_opens(action, courses), closes
    elif action.closes:
        anchor = courses.first if action.closes.anchor == "first infusion" else courses.last
        opens = courses.before + 1
        if action.opens:
            days = courses.first if action.opens.anchor == "first infusion" else courses.last
            opens = moved(action.opens, days, is_later=True)
        yield WINDOW_MISSED, opens, moved(action.closes, anchor, is_later=False)


def _baseline_opens(action: SeriesAction, courses: Anchors) -> Array:
    if action.baseline and action.baseline.within:
        return moved(baseline_opens(action.baseline), courses.first, is_later=True)
    return courses.before + 1


# --- the report ----------------------------------------------------------------------------------


def observations_of(table: Any, columns: tuple[str, str, str], protocol: Protocol) -> ObservedTable | None:
    """Return an open table of observations; `None` without one.

    Raises:
        InvalidInput: The table or the name of a column is not valid.
        UnreadableFile: A file cannot be read.
    """
    asked = ObservationColumns(*columns).checked()
    return None if table is None else observations_in(table, asked, protocol)


def with_tests(found: Found, table: ObservedTable, question: Question, *, is_any_unknown: bool) -> Found:
    """Return what a report is made from, with what its observations decide.

    Args:
        found: What a report without observations is made from.
        table: The observations.
        question: The question.
        is_any_unknown: Whether refused infusions may be any patient's (S06).
    """
    ids, result = found.patients["patient"].combine_chunks(), found.result
    observed = observed_by(ids, table)
    own_day = None if question.as_of else result.as_of

    def histories(wanted: pa.Array) -> Iterator[tuple[Any, History]]:
        places = pc.index_in(wanted, ids).to_pylist()
        for (patient, history), place in zip(found.histories(wanted), places, strict=True):
            yield patient, observed.added_to(history, place, None if own_day is None else int(own_day[place]))

    def by_place(places: Array) -> Iterator[tuple[int, History]]:
        pairs = histories(ids.take(pa.array(places)))
        return ((place, history) for place, (_, history) in zip(places.tolist(), pairs, strict=True))

    unread = (np.asarray(found.patients["refused_rows"]) > 0) | is_any_unknown
    judged = _judged(ids, _Judging(result, unread, observed, question), by_place)
    codes = found.patients.schema.get_field_index("codes")
    return replace(
        found,
        patients=found.patients.set_column(codes, found.patients.schema.field(codes), code_lists(result.codes)),
        histories=histories,
        not_assessed=[
            *(one for one in found.not_assessed if not _is_of_tests(one)),
            *_not_assessed(observed, question),
        ],
        observed=ObservedFound(
            files=table.files(),
            refused=lambda: refused_table(table.faults, table.ends()),
            other_codes=table.other_codes,
            monitoring=judged.table,
            monitored=sum(int(np.count_nonzero(part.due)) for part in judged.parts),
        ),
    )


_CODES_OF_TESTS: Final = {kind.code: kind for kind in OF_TESTS}


def _is_of_tests(entry: NotAssessed) -> bool:
    return entry.code in _CODES_OF_TESTS and entry.row is None


def _not_assessed(observed: Observed, question: Question) -> list[NotAssessed]:
    """Return what could not be assessed for the whole cohort: the tests that are not recorded, and refused rows."""
    as_of = question.as_of or FIRST_DATE
    history = History(
        infusions=[InfusionRecord(date=as_of)],
        tests_recorded=[observed.tests.actions[test].id for test in sorted(observed.for_everybody)],
        unreadable_observations=observed.unknown_rows,
    )
    return [one for one in question.evaluation(history, as_of).not_assessed if one.code in _CODES_OF_TESTS]


# --- courses -------------------------------------------------------------------------------------


def _courses_in_order(result: Screened) -> Anchors:
    """Return the courses of all patients."""
    given, count = result.given, len(result.given.first)
    patient = np.repeat(np.arange(len(result.courses)), result.courses)
    first, last, until = (days.astype(np.int64) for days in (given.first, given.last, given.until))
    is_next = np.append(patient[1:] == patient[:-1], False)[:count]  # whether the next course is the same patient's
    is_later = np.append(False, is_next[:-1])[:count]
    ends = np.cumsum(result.courses) - 1
    return Anchors(
        patient=patient,
        number=given.number.astype(np.int64),
        first=first,
        last=last,
        until=until,
        before=np.where(is_later, np.append(0, last[:-1])[:count], -NEVER),
        following=np.where(is_next, np.append(first[1:], 0)[:count], NEVER),
        is_continued=is_next & ~np.append(given.clear[1:], True)[:count],
        latest=ends[patient],
    )


def _with_places(courses: Anchors, of_patients: Array) -> Anchors:
    """Return the courses of some patients, with the places of their last courses among these."""
    kept = np.flatnonzero(of_patients[courses.patient])
    place = np.zeros(len(courses.patient), np.int64)
    place[kept] = np.arange(len(kept))
    own = courses.taken(kept)
    own.latest[:] = place[own.latest]
    return own


def _overlapping(courses: Anchors, observed: Observed) -> Array:
    """Return the patients with two courses whose baselines have windows that overlap: a record serves one of them."""
    near = np.zeros(len(courses.patient), bool)
    for action in observed.tests.actions:
        if isinstance(action, SeriesAction) and action.baseline and action.per == "course":
            opens = _baseline_opens(action, courses)
            near[1:] |= (courses.before[1:] > -NEVER) & (opens[1:] < courses.first[:-1])
    return np.unique(courses.patient[near])


# --- by `evaluate` -------------------------------------------------------------------------------


def _by_evaluate(pairs: Iterator[tuple[int, History]], judging: _Judging) -> _Rows:
    """Return the rows of patients whom `evaluate` judges, and add the findings about their tests."""
    number = {action.id: test for test, action in enumerate(judging.observed.tests.actions)}
    kinds = {kind.code: kind for kind in OF_TESTS}
    rows: list[tuple[int, ...]] = []
    for patient, history in pairs:
        as_of = as_date(int(judging.as_of[patient]))
        evaluation = judging.question.evaluation(history, as_of)
        for finding in evaluation.findings:
            if (kind := kinds.get(finding.code)) and finding.day:
                own = (
                    np.array([value]) for value in (patient, finding.course or 0, finding.day.year - FIRST_DATE.year)
                )
                judging.result.add(kind, *own)
        rows += [(patient, number[one.action], *_numbers(one, evaluation)) for one in evaluation.monitoring]
    return _Rows(*np.array(rows, np.int32).reshape(-1, len(_Rows.__dataclass_fields__)).T)


def _numbers(one: Monitoring, evaluation: Evaluation) -> Sequence[int]:
    """Return the numbers of a row: of the due dates up to the date of the question."""
    states = [each.state for each in one.dates if each.due <= evaluation.as_of]
    counts = (states.count(state) for state in (*_SERVED, "missed", "overdue"))
    return (one.course or 0, len(states), *counts, one.longest_gap_days or 0)
