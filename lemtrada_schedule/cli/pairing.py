"""Pair plan files with the histories of their patients, and collect what is due, plan by plan.

Only the items of a plan are kept, never the plan, so that a folder of any size fits in memory.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from lemtrada_schedule.agenda.asking import Question, in_order, items_of
from lemtrada_schedule.agenda.due_items import DueItem
from lemtrada_schedule.cli.plan_folders import is_plan_file, plans_in
from lemtrada_schedule.errors import InvalidInput, Problem, ScheduleError
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.readers.links import Links
from lemtrada_schedule.readers.plans import read_plan
from lemtrada_schedule.records.history import History, Intake
from lemtrada_schedule.validation.paths import file_name
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["NOT_PAIRED", "Pairing", "Refused", "plan_files"]

NOT_PAIRED: Final = "not-paired"

SHOWN_PROBLEMS: Final = 50
"""How many problems of one file are listed."""

_NO_RECORDS: Final = Problem(
    NOT_PAIRED,
    "",
    "no patient in the records has the id of this plan; correct one of them, link them with --link, or give --not-begun"
    " if patients without records have had nothing yet",
)

_NO_PLAN: Final = "no plan has the id of this patient{}; correct one of them, or link them with --link"

SHOWN_ROWS: Final = 10
"""How many rows of a patient without a plan are named."""

_NO_ID: Final = Problem("missing-field", "plan_id", "the plan has no plan_id; make it with --plan-id")

_NO_PLAN_OF_LINK: Final = "no plan has this id; correct it or remove the row"

_NO_PAIR: Final = "no plan, or no patient in the records, has this id; correct it or remove the row"

_TWICE: Final = Problem(NOT_PAIRED, "", "another file holds the same revision of this plan; remove one of them")

_TWO_PLANS: Final = Problem(
    NOT_PAIRED, "", "another plan belongs to the same patient; remove the one that no longer holds"
)


class Refused(NamedTuple):
    """Something that could not be used: a file, or a row of one."""

    file: str
    row: int | None
    column: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    """What is due by one plan."""

    file: str
    revision: int
    patient: str
    items: tuple[DueItem, ...] | None

    def __repr__(self) -> str:
        """Return the name of the class: ids may be about a patient."""
        return "_Kept()"

    """`None`: its file is refused."""


def plan_files(names: Sequence[str]) -> tuple[list[Path], int]:
    """Return the `.json` files in some folders, or named themselves, sorted; and how many others the folders hold.

    Raises:
        InvalidInput: A name is neither a folder nor a file that ends in `.json`.
        UnreadableFile: A folder may not be read.
    """
    files, others = set[Path](), 0
    for name in names:
        path = Path(name)
        if path.is_dir():
            own, skipped = plans_in(name)
            files.update(own)
            others += skipped
        elif is_plan_file(path):
            files.add(path)
        else:
            message = "expected a folder of plans, or a plan that ends in .json"
            raise InvalidInput([Problem("file-format", file_name(name), message)])
    return sorted(files), others


class Pairing:
    """The plans read so far, what is due by them, and what could not be used."""

    def __init__(
        self, intake: Intake, records: str, links: Links, link_file: str, *, may_not_have_begun: bool = False
    ) -> None:
        """Start with the records and the links; plans are read afterwards.

        Args:
            intake: The records.
            records: The name of their file.
            links: Which plan belongs to which patient, where the ids differ.
            link_file: The name of their file.
            may_not_have_begun: Whether a patient without records has had nothing yet; else the plan is refused.
        """
        self._may_not_have_begun = may_not_have_begun
        self._histories = {history.patient: history for history in intake.histories}
        self._links = {link.plan_id: link for link in links.links}
        self._records, self._link_file = records, link_file
        self._kept: dict[str, list[_Kept]] = {}
        self._plan_files = 0
        self._of_records, self._of_links = intake.rows, links.rows
        self.refused = [Refused(records, r.row, r.column, r.code, r.message) for r in intake.refused]
        self.refused += [Refused(link_file, r.row, r.column, r.code, r.message) for r in links.refused]
        self.counts = {
            "in": intake.rows + links.rows,
            "accepted": intake.accepted + len(links.links),
            "refused": intake.refused_rows + len({one.row for one in links.refused}),
            "blank": intake.blank + links.blank,
            "other": intake.other,
            "superseded": intake.superseded,
        }

    def read(self, files: Sequence[Path], question: Question, on_progress: Callable[[int, int], None] | None) -> None:
        """Read plans and what is due by each of them; a file that cannot be used is refused."""
        for done, file in enumerate(files, start=1):
            self.counts["in"] += 1
            self._plan_files += 1
            name = file_name(file)
            try:
                self._add(name, read_plan(file), question)
            except ScheduleError as error:
                self._refuse_file(name, *_problems(error))
            if on_progress:
                on_progress(done, len(files))

    def _add(self, name: str, plan: Plan, question: Question) -> None:
        """Add what is due by a plan, unless a higher revision of it was read."""
        plan_id = plan.plan_id
        if plan_id is None:
            self._refuse_file(name, _NO_ID)
            return
        before = self._kept.setdefault(plan_id, [])
        highest = max((kept.revision for kept in before), default=-1)
        if plan.revision < highest:
            self.counts["superseded"] += 1
            return
        if plan.revision > highest:
            self._supersede(before)
        link = self._links.get(plan_id)
        patient = link.patient if link else plan_id
        before.append(_Kept(name, plan.revision, patient, self._due(name, plan, patient, question)))

    def _due(self, name: str, plan: Plan, patient: str, question: Question) -> tuple[DueItem, ...] | None:
        """Return what is due by a plan; `None` if the plan is refused."""
        history = self._histories.get(patient)
        if history is None and self._may_not_have_begun:
            history = History(patient=patient)
        if history is None:
            self._refuse_file(name, _NO_RECORDS)
            return None
        try:
            return tuple(items_of(plan, history, question))
        except ScheduleError as error:
            self._refuse_file(name, *_problems(error))
        return None

    def _supersede(self, kept: list[_Kept]) -> None:
        """Drop lower revisions of a plan; those that were refused stay refused."""
        self.counts["superseded"] += sum(one.items is not None for one in kept)
        kept.clear()

    def finish(self) -> tuple[DueItem, ...]:
        """Return what is due by all plans together; refuse what is there twice, and records and links without a plan.

        Call it once, after all plans are read.
        """
        plans = Counter(one.patient for kept in self._kept.values() for one in kept)
        for kept in self._kept.values():
            if len(kept) > 1:
                self._drop(kept, _TWICE)
            elif plans[kept[0].patient] > 1:
                self._drop(kept, _TWO_PLANS)
        for link in self._links.values():
            is_known = self._may_not_have_begun or link.patient in self._histories
            if link.plan_id not in self._kept or not is_known:
                message = _NO_PLAN_OF_LINK if self._may_not_have_begun else _NO_PAIR
                self._refuse_rows(self._link_file, link.row, 1, message)
        for position, (patient, history) in enumerate(self._histories.items(), start=1):
            if patient not in plans:
                rows = _rows(history)
                count = f"number {position} of {len(self._histories)} in the order of ids"
                who = _named(rows) if rows else f", who has no infusion and is {count}"
                self._refuse_rows(self._records, min(rows, default=None), len(history.infusions), _NO_PLAN.format(who))
        used = [one.items for kept in self._kept.values() for one in kept if one.items is not None]
        self.counts["accepted"] += len(used)
        return in_order(item for items in used for item in items)

    @property
    def counted(self) -> str:
        """What is counted as rows, in words."""
        links = f", {how_many(self._of_links, 'row')} of links" if self._of_links else ""
        return f"{how_many(self._of_records, 'row')} of records{links}, {how_many(self._plan_files, 'plan file')}"

    @property
    def not_listed(self) -> tuple[str, ...]:
        """The ids of the plans that were refused, in order; call `finish` first."""
        return tuple(sorted(name for name, kept in self._kept.items() if all(one.items is None for one in kept)))

    def _drop(self, kept: list[_Kept], problem: Problem) -> None:
        """Refuse the files of a plan that are not refused yet."""
        for one in kept:
            if one.items is not None:
                self._refuse_file(one.file, problem)
        kept[:] = [replace(one, items=None) for one in kept]

    def _refuse_file(self, name: str, *problems: Problem) -> None:
        self.counts["refused"] += 1
        for one in problems[:SHOWN_PROBLEMS]:
            self.refused.append(
                Refused(name, None, one.place.removeprefix(name).removeprefix(": ") or None, one.code, one.message)
            )

    def _refuse_rows(self, name: str, row: int | None, count: int, message: str) -> None:
        """Refuse rows that were accepted when they were read."""
        self.counts["accepted"] -= count
        self.counts["refused"] += count
        self.refused.append(Refused(name, row, None, NOT_PAIRED, message))


def _problems(error: ScheduleError) -> tuple[Problem, ...]:
    if isinstance(error, InvalidInput):
        return error.problems
    return (Problem(error.code, error.place, error.message),)


def _rows(history: History) -> list[int]:
    """Return the rows of a patient's infusions, read or not."""
    return sorted({record.row for record in history.infusions if record.row is not None} | {*history.unreadable})


def _named(rows: Sequence[int]) -> str:
    """Return the further rows of a patient in words; ids are never repeated, but a row can be looked up."""
    if len(rows) < 2:
        return ""
    shown, more = rows[:SHOWN_ROWS], len(rows) - SHOWN_ROWS
    return f" (rows {', '.join(map(str, shown))}{f' and {more:,} more' if more > 0 else ''})"
