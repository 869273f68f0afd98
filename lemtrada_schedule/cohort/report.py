"""`Report`, the result of an audit: one row for each patient, findings, counts, and what could not be assessed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lemtrada_schedule.cohort.out_of import MONITORED, OUT_OF, Tally, denominators
from lemtrada_schedule.cohort.screen.finding_bits import BIT, COUNTED_FROM, SCREENED
from lemtrada_schedule.errors import ScreenDiffers, kind_of
from lemtrada_schedule.findings.finding import FindingKind, NotAssessed
from lemtrada_schedule.judging.verdicts import Evaluation
from lemtrada_schedule.records.history import History
from lemtrada_schedule.validation.accepted import Names
from lemtrada_schedule.validation.arguments import refused_argument
from lemtrada_schedule.validation.notebook_table import Held, notebook_table
from lemtrada_schedule.validation.summary import Summary, one_line

__all__ = ["FileRows", "Found", "Report", "screen_bits", "summary_of"]

_BITS: Final = {kind.code: 1 << bit for kind, bit in BIT.items()}
CodeCounts = tuple[int, Mapping[str, int], Mapping[str, int]]
"""For a code: how many patients have it, and how often it occurs by course and by year."""


@dataclass(frozen=True, slots=True, repr=False)
class FileRows:
    """The row counts of one file, or of a frame.

    `rows` = `audited` + `refused` + `blank` + `other` + `superseded`.
    """

    file: str
    """The name of the file; empty for a frame."""
    rows: int
    audited: int
    refused: int
    blank: int
    other: int = 0
    """Rows of other medicines; in a table of observations, rows whose code no test of the protocol has, or whose
    patient is not in the cohort."""
    superseded: int = 0
    """Repetitions of a line of a claim that is in another row."""

    def __repr__(self) -> str:
        """Show the counts, and not the name of the file."""
        counts = {"rows": self.rows, "audited": self.audited, "refused": self.refused, "blank": self.blank}
        others = {"other": self.other, "superseded": self.superseded}
        return one_line("FileRows", [*counts.items(), *((name, count) for name, count in others.items() if count)])


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """What a report is made from: Arrow tables, the results of the screen, and functions for the details."""

    patients: Any
    result: Any
    files: Sequence[FileRows]
    refused: Callable[[], Any]
    courses: Callable[[], Any]
    periods: Callable[[], Any]
    out_of: Callable[[], tuple[Tally, Mapping[int | None, int]]]
    """What findings are counted out of, and how many patients have each number of courses."""
    not_assessed: Sequence[NotAssessed]
    histories: Callable[[Any], Iterator[tuple[Any, History]]]
    judge: Callable[[History, int], Evaluation]
    """The evaluation of a patient on a day, counted from 1 January 2000."""
    as_table: Callable[[Iterator[tuple[Any, Evaluation]], Any], Any]
    as_tables: Callable[[Iterator[tuple[Any, Evaluation]], Any], Iterator[Any]]
    other_files: int = 0
    observed: "ObservedFound | None" = None
    """`None`: there are no observations."""


@dataclass(frozen=True, slots=True, repr=False)
class ObservedFound:
    """What a report says of a table of observations."""

    files: Sequence[FileRows]
    refused: Callable[[], Any]
    other_codes: Callable[[], Any]
    monitoring: Callable[[], Any]
    monitored: int
    """How many rows of `monitoring` have a due date up to the date of the question."""


class Report:
    """The result of an audit.

    `patients` is an Arrow table with a row for each patient. pandas, Polars and DuckDB can use it directly:
    `report.patients.to_pandas()`, `polars.from_arrow(report.patients)`, `duckdb.from_arrow(report.patients)`.

    | column | meaning |
    | --- | --- |
    | `patient` | the id as it was given |
    | `rows`, `refused_rows` | how many of the patient's rows were audited, and how many refused |
    | `infusions` | days with an infusion, up to `as_of` |
    | `courses` | courses begun |
    | `codes` | the codes of the findings, in alphabetical order |
    | `first_infusion` | the day of the first infusion given |
    | `last_infusion` | the day of the last infusion given |
    | `next_earliest` | the earliest day of the next course, as in `forecast` |
    | `contraception_until` | the last day of contraception, at the earliest |
    | `monitoring_until` | the last day of the tests that are due after the last course, at the earliest |

    A day is null if it cannot be given; for a patient with a refused row, every day is null.
    A row that is refused because its id was changed (`id-changed`) may be any patient's, so every day of every patient
    is null.

    The order of the rows is not defined. It may change with the release, with the type of the cohort and with
    `rows_at_once`. Sort the rows, for example by `patient`. `flagged()`, `evaluations()` and `findings()` have the
    same order.
    """

    def __init__(self, found: Found) -> None:
        """Make a report; use `audit` for this."""
        self.patients = found.patients
        self.files = tuple(found.files)
        self.not_assessed = tuple(found.not_assessed)
        """Questions that could not be answered, each with the missing fact.

        That is a column or a fact for the whole cohort, the public holidays of a year, or a value in some of the rows.
        """
        self.other_files = found.other_files
        """How many other files there are in the folders of the cohort, or match its patterns; they were not read."""
        self._found = found

    def __repr__(self) -> str:
        """Show how many patients and rows there are, and nothing about a patient."""
        return one_line("Report", [("patients", self.patients.num_rows), ("rows", self.rows.rows)])

    def _repr_html_(self) -> str:
        """Return what a notebook shows: how many patients and rows there are, and how many patients have each finding.

        The codes of findings are shown, because they are counted over the whole cohort and no patient is named.
        """
        counts, rows = self.summary(), self.rows
        facts = [("patients", counts["patients"]), ("patients with findings", counts["flagged"])]
        became = [("rows", rows.rows), ("audited", rows.audited), ("refused", rows.refused), ("blank", rows.blank)]
        became += [(name, count) for name, count in (("other", rows.other), ("superseded", rows.superseded)) if count]
        missing = Held("not assessed", [[("missing", one.code)] for one in self.not_assessed])
        held = [*_by_severity(counts["findings"]), missing, Held("rows", [became], is_list=False)]
        in_full = "report.patients, report.findings()"
        return notebook_table("Report", facts, held, in_full=in_full)

    @property
    def rows(self) -> FileRows:
        """The counts of all rows."""
        return _total(self.files)

    @property
    def courses(self) -> Any:
        """An Arrow table with a row for each patient and course, made each time it is requested.

        | column | meaning |
        | --- | --- |
        | `patient`, `number` | the id as it was given, and the number of the course |
        | `first_day`, `last_day` | the days of its first and last infusion, up to `as_of`; null: not on record |
        | `infusions`, `planned` | days with an infusion, and how many the protocol plans |
        | `status` | as in `evaluate`: `in-progress`, `interrupted`, `partial` or `complete` |
        | `days_since_previous` | days from the last infusion before the course to its first day; null for the first |
        | `early_days` | days before the earliest day of `forecast`, which counts from the last infusion before |
        | `boundary_clear` | false if it may continue the course before, or that one's number contradicts the dates |

        `early_days` is null if the course is not early, and if the interval cannot be judged: `boundary_clear` is then
        false. A patient with a refused row has no rows here, because the row could change every one of them. The same
        holds for every patient if a row is refused because its id was changed.
        """
        return self._found.courses()

    @property
    def periods(self) -> Any:
        """An Arrow table with a row for each period of contraception and of monitoring, made each time it is requested.

        | column | meaning |
        | --- | --- |
        | `patient` | the id as it was given |
        | `kind` | `contraception` or `monitoring` |
        | `first_day`, `last_day` | the first and the last day, both included |
        | `provisional` | true if a course needs a decision, so that `last_day` is the earliest end |

        Contraception that overlaps or touches is one period, as in a plan. Monitoring is one period, from the first
        infusion to the last day of `monitoring_until`. A patient with a refused row has no rows, as in `courses`.
        """
        return self._found.periods()

    @property
    def monitoring(self) -> Any:
        """An Arrow table with a row for each patient, recurring test and course, made each time it is requested.

        | column | meaning |
        | --- | --- |
        | `patient`, `action` | the id as it was given, and the id of the protocol's action |
        | `course` | the course that the test is counted from; null for a test of the treatment as a whole |
        | `due` | due dates on or before the date of the question |
        | `done`, `late` | how many of these are on record on time, and how many late |
        | `missed` | how many of these are not on record, and the next one is due or done |
        | `overdue` | 1 if the last of these is not on record, has passed, and is not yet missed; else 0 |
        | `longest_gap_days` | as in `evaluate`: the longest gap between neighbouring records; null without a record |

        A due date that is the date of the question itself is in `due`, and in none of the others until it is on record.
        There is a row where `evaluate` judges the test: its kind is recorded, no row of the patient's infusions or
        observations was refused, and it is clear where the course ends. A test is recorded for all patients if its code
        occurs anywhere in the table, and for single patients if it applies only to some, such as women.

        Raises:
            InvalidInput: The audit had no `observations`.
        """
        return self._observed.monitoring()

    @property
    def observation_files(self) -> tuple[FileRows, ...]:
        """The row counts of each file of observations; empty without `observations`."""
        return tuple(self._found.observed.files) if self._found.observed else ()

    @property
    def observation_rows(self) -> FileRows:
        """The counts of all rows of observations."""
        return _total(self.observation_files)

    @property
    def refused_observations(self) -> Any:
        """A table like `refused`, of the rows of observations.

        Raises:
            InvalidInput: The audit had no `observations`.
        """
        return self._observed.refused()

    @property
    def other_observations(self) -> Any:
        """Codes that no test of the protocol has, as a table with `code` and how many `rows` have it.

        Raises:
            InvalidInput: The audit had no `observations`.
        """
        return self._observed.other_codes()

    @property
    def _observed(self) -> ObservedFound:
        if self._found.observed is None:
            message = "the audit had no observations; call `audit` with `observations`"
            raise refused_argument("missing-field", "observations", message)
        return self._found.observed

    @property
    def refused(self) -> Any:
        """A table with a row for every problem of a refused row.

        Its columns are `row` (from 1, through all files), `column`, `code`, `message`, `file` (empty for a frame) and
        `row_in_file`.
        """
        return self._found.refused()

    def flagged(self, codes: Names = ()) -> Any:
        """Return the ids of the patients with findings, or with one of some codes, as an Arrow array."""
        _check_names(codes)
        if unknown := sorted(set(codes) - _BITS.keys()):
            known = ", ".join(_BITS)
            message = f"{len(unknown)} unrecognised codes; known codes: {known}"
            raise refused_argument("unknown-name", "codes", message)
        wanted = sum(_BITS[code] for code in set(codes)) or sum(_BITS.values())
        return self.patients["patient"].combine_chunks().filter((self._found.result.codes & wanted) != 0)

    def evaluations(self, codes: Names = ()) -> Iterator[tuple[Any, Evaluation]]:
        """Yield id and evaluation of each patient with findings; `evaluate` is called for each.

        Args:
            codes: Only patients who have one of these codes.

        Raises:
            ScreenDiffers: `evaluate` and the screen disagree (`screen-differs`). This is a bug in this library, or
                the rows have changed since the audit.
        """
        result = self._found.result
        of_patients = zip(result.codes.tolist(), result.as_of.tolist(), strict=True)
        screened = dict(zip(self.patients["patient"].to_pylist(), of_patients, strict=True))
        for patient, history in self._found.histories(self.flagged(codes)):
            bits, as_of = screened[patient]
            evaluation = self._found.judge(history, as_of)
            if screen_bits(evaluation) != bits:
                message = "the screen and `evaluate` disagree about a patient; do not use this report"
                raise ScreenDiffers("screen-differs", message, place="cohort")
            yield patient, evaluation

    def findings(self, codes: Names = ()) -> Any:
        """Return every finding of the patients who have some, in full, as an Arrow table.

        `evaluate` takes about a millisecond for each patient, and some with years of tests, so limit it to the codes
        that matter.

        Args:
            codes: Only patients who have one of these codes; all their findings are returned.
        """
        return self._found.as_table(self.evaluations(codes), self.patients.schema.field("patient").type)

    def finding_tables(
        self, codes: Names = (), *, progress: Callable[[int, int], object] | None = None
    ) -> Iterator[Any]:
        """Yield the findings that `findings` returns in Arrow tables of about 20,000 rows, the last possibly empty.

        Memory does not grow with the number of findings. All tables have the same columns.

        Args:
            codes: Only patients who have one of these codes; all their findings are returned.
            progress: `callback(patients_done, total_patients)`, called after each patient with findings.
        """
        if progress is not None and not callable(progress):
            raise refused_argument("wrong-type", "progress", f"expected a function, got {kind_of(progress)}")
        evaluations = self.evaluations(codes)
        if progress is not None:
            evaluations = _followed(evaluations, len(self.flagged(codes)), progress)
        return self._found.as_tables(evaluations, self.patients.schema.field("patient").type)

    def summary(self) -> dict[str, Any]:
        """Return counts of patients and rows, and of patients and findings for each code, by course and by year.

        `denominators` has what they are counted out of, and the `out_of` of each code names its entry. It is `None` for
        `baseline-missing`, `window-missed`, `test-missed` and `observation-in-future`, because a patient, a course or a
        test can have several of these findings; compare their `patients` with `denominators["patients"]`.

        | entry | counts |
        | --- | --- |
        | `patients` | all; those without a refused row (`fully_read`), and of these by courses: at least 1, 2, 3 … |
        | `courses` | courses begun |
        | `courses_fully_read` | those of patients without a refused row |
        | `intervals` | courses whose minimum interval could be judged, by the later course |
        | `infusions` | days with an infusion |
        | `records` | records of infusions; a day can have several |
        | `infusion_lengths`, `observation_lengths`, `doses` | records with a value that could be judged |
        | `rows` | rows that were audited |
        | `monitored_tests` | rows of `monitoring` with a due date, if there are observations |

        A course belongs to the year of its first day.

        With observations, `observations` has the counts of their rows.
        """
        result = self._found.result
        counts = {
            SCREENED[bit].code: (
                int(((result.codes & (1 << bit)) != 0).sum()),
                _counts(result.by_course[bit].tolist(), 0),
                _counts(by_year.tolist(), COUNTED_FROM),
            )
            for bit, by_year in result.by_year.items()
        }
        out_of = denominators(*self._found.out_of(), self.rows.audited)
        observed = self._found.observed
        if observed:
            out_of[MONITORED] = {"count": observed.monitored}
        summary = summary_of(int((result.codes != 0).sum()), self.rows, counts, out_of)
        return {**summary, **({"observations": _row_counts(self.observation_rows)} if observed else {})}


def _total(files: Sequence[FileRows]) -> FileRows:
    parts = [(one.rows, one.audited, one.refused, one.blank, one.other, one.superseded) for one in files]
    return FileRows("", *map(sum, zip((0, 0, 0, 0, 0, 0), *parts, strict=True)))


def _followed(
    evaluations: Iterator[tuple[Any, Evaluation]], total: int, progress: Callable[[int, int], object]
) -> Iterator[tuple[Any, Evaluation]]:
    """Yield evaluations, and report how many are done."""
    for done, pair in enumerate(evaluations, start=1):
        yield pair
        progress(done, total)


def _by_severity(findings: Mapping[str, Any]) -> list[Held]:
    """Return how many patients have each finding, one field for each severity."""
    held: dict[str, list[Summary]] = {}
    for code, one in findings.items():
        held.setdefault(f"{one['severity']}s", []).append([("code", code), ("patients", one["patients"])])
    return [Held(label, summaries) for label, summaries in held.items()] or [Held("findings", [])]


def _check_names(codes: object) -> None:
    if not isinstance(codes, list | tuple | set | frozenset) or any(type(code) is not str for code in codes):
        raise refused_argument("wrong-type", "codes", "expected a list of codes, such as ['extra-infusion']")


def summary_of(
    flagged: int, rows: FileRows, counts: Mapping[str, CodeCounts], out_of: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the counts of a cohort in the form of every audit, with the codes in alphabetical order."""
    return {
        "patients": out_of["patients"]["count"],
        "flagged": flagged,
        "rows": _row_counts(rows),
        "denominators": out_of,
        "findings": {kind.code: _finding_counts(kind, *counts[kind.code]) for kind in SCREENED if kind.code in counts},
    }


def _row_counts(rows: FileRows) -> dict[str, int]:
    """Return the row counts under the names that every command uses; `audited` becomes `accepted`."""
    return {
        "in": rows.rows,
        "accepted": rows.audited,
        "audited": rows.audited,
        "refused": rows.refused,
        "blank": rows.blank,
        "other": rows.other,
        "superseded": rows.superseded,
    }


def _finding_counts(
    kind: FindingKind, patients: int, by_course: Mapping[str, int], by_year: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "severity": kind.severity,
        "patients": patients,
        "findings": sum(by_course.values()),
        "out_of": OUT_OF[kind],
        "by_course": by_course,
        "by_year": by_year,
    }


def _counts(counts: Sequence[int], first: int) -> dict[str, int]:
    """Return the counts above 0 by course or year; findings that belong to no course are under `none`."""
    return {str(place + first or "none"): count for place, count in enumerate(counts) if count}


def screen_bits(evaluation: Evaluation) -> int:
    """Return the codes of an evaluation as bits, as the screen has them."""
    bits = 0
    for finding in evaluation.findings:
        bits |= _BITS[finding.code]
    return bits
