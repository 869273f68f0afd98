"""The additions that the guide for contributors describes, each as steps: what is written, file by file."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.guide.conftest import ROOT, Copy

__all__ = ["ACTIVITY_KIND", "EXPORT", "GENERATE", "LABEL", "READER", "RULE", "Steps", "edit", "follow"]

Steps = Mapping[str, Callable[[Copy], None]]
"""The steps of an addition, each by the file that it writes."""


def follow(copy: Copy, steps: Steps, *, but: str = "") -> None:
    """Take the steps of an addition, but one that is left out."""
    for name, step in steps.items():
        if name != but:
            step(copy)


def edit(name: str, *changes: tuple[str, str]) -> Callable[[Copy], None]:
    """Return the step that changes some texts of a file."""

    def step(copy: Copy) -> None:
        for old, new in changes:
            copy.replace(name, old, new)

    return step


def write(name: str, text: str) -> Callable[[Copy], None]:
    """Return the step that adds a file."""
    return lambda copy: copy.write(name, text)


def before(text: str, added: str) -> tuple[str, str]:
    """Return the change that puts some text before another one."""
    return text, f"{added}{text}"


GENERATE: Final[Mapping[str, str]] = {
    "docs": "import runpy; runpy.run_path('docs/generate.py', run_name='__main__')",
    "schema": "import runpy; runpy.run_module('tests.support.make_schema', run_name='__main__')",
}
"""What the two commands for generated files do, as programs."""


# --- a label revision: a copy of the newest one, with a changed number from a source of its own -----------

_LABEL: Final = "lemtrada_schedule/labels/us-2099-01.toml"
_NEWEST: Final = (ROOT / "lemtrada_schedule/labels/us-2024-05-r2.toml").read_text(encoding="utf-8")
_OLD_NUMBER: Final = 'prior_medicines = { medicines = 2, cite = "faq", grade = "A" }'
_NEW_SOURCE: Final = """[sources.uspi-2099]
document = "US Prescribing Information, invented"
where = "nowhere"

"""

LABEL: Final[Steps] = {
    _LABEL: write(_LABEL, _NEWEST),
    "name": edit(_LABEL, ('revision = "2024-05-r2"', 'revision = "2099-01"')),
    "number": edit(_LABEL, (_OLD_NUMBER, 'prior_medicines = { medicines = 3, cite = "uspi-2099", grade = "B" }')),
    "source": edit(_LABEL, before("[sources.faq]\n", _NEW_SOURCE)),
}

# --- an export: a plan as Markdown ---------------------------------------------------------------------

_MARKDOWN: Final = "lemtrada_schedule/exports/markdown.py"
_OUTPUTS: Final = "lemtrada_schedule/cli/outputs.py"

EXPORT: Final[Steps] = {
    _MARKDOWN: write(
        _MARKDOWN,
        '''"""`to_markdown`: a plan as a Markdown list, one line for each dated item."""

from lemtrada_schedule.plan.items import items
from lemtrada_schedule.plan.plan import Plan

__all__ = ["to_markdown"]


def to_markdown(plan: Plan) -> str:
    """Return the dated items of a plan as a Markdown list, each with its neutral title."""
    return "".join(f"- {item.day}: {item.part.neutral_title}\\n" for item in items(plan) if item.day)
''',
    ),
    _OUTPUTS: edit(
        _OUTPUTS,
        before(
            "from lemtrada_schedule.exports.tables.rows",
            "from lemtrada_schedule.exports.markdown import to_markdown\n",
        ),
        before(
            '    Output(\n        "--csv",',
            """    Output(
        "--markdown", {"plan": "write the plan as Markdown"}, lambda wanted: to_markdown(wanted.plan).encode()
    ),
""",
        ),
    ),
}

# --- a file format of records: separated by tabs -----------------------------------------------------------

_TSV: Final = "lemtrada_schedule/readers/tsv_records.py"

READER: Final[Steps] = {
    _TSV: write(
        _TSV,
        '''"""The format TSV: infusion records separated by tabs."""

from collections.abc import Iterable
from typing import Final

from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.options import ReadOptions
from lemtrada_schedule.readers.reader import Reader
from lemtrada_schedule.records.history import Intake
from lemtrada_schedule.sources.lines import lines_in, read_lines

__all__ = ["READER"]


def _read(lines: Iterable[str], _: ReadOptions) -> Intake:
    return parse_csv(line.replace("\\t", ",") for line in lines)


READER: Final = Reader("TSV", "tsv", (".tsv",), read_lines, lines_in, _read)
''',
    ),
}

# --- a kind of activity: something to be done on one day ---------------------------------------------------

_ACTIONS: Final = "lemtrada_schedule/protocol/actions.py"
_ACTIVITIES: Final = "lemtrada_schedule/plan/activities.py"
_MAKING: Final = "lemtrada_schedule/planning/activities.py"
_PARTS: Final = "lemtrada_schedule/plan/parts.py"
_CHECKS: Final = "lemtrada_schedule/plan/checks/activities.py"
_EXPLAINING: Final = "lemtrada_schedule/exports/explaining.py"
_PROTOCOL: Final = "lemtrada_schedule/protocol/protocol.py"
_REPLANNING: Final = "lemtrada_schedule/planning/replanning.py"
_OTHER_REVISION: Final = "lemtrada_schedule/planning/other_revision.py"
_PLAN_FINDINGS: Final = "lemtrada_schedule/planning/plan_findings.py"
_OPEN_TESTS: Final = "lemtrada_schedule/agenda/open_tests.py"
_NEUTRAL: Final = "lemtrada_schedule/protocol/neutral_titles.py"
_DEFINITION: Final = "lemtrada_schedule/exports/fhir/plan_definition.py"
_OWN_PROTOCOL: Final = "docs/own-protocol.md"

_IMPORT_ACTION: Final = ("    NoteAction,\n", "    NoteAction,\n    OnDayAction,\n")
_IMPORT_ACTIVITY: Final = ("    NoteActivity,\n", "    NoteActivity,\n    OnDayActivity,\n")

ACTIVITY_KIND: Final[Steps] = {
    _ACTIONS: edit(
        _ACTIONS,
        before('    "OpenUntil",\n', '    "OnDayAction",\n'),
        before(
            "class NoteAction(",
            '''class OnDayAction(_ActionRule):
    """Something to be done on one day."""

    kind: Literal["on-day"]
    on: Offset


''',
        ),
        ("AfterInfusionAction | NoteAction,", "AfterInfusionAction | NoteAction | OnDayAction,"),
    ),
    _ACTIVITIES: edit(
        _ACTIVITIES,
        before('    "PeriodActivity",\n', '    "OnDayActivity",\n'),
        before(
            "class NoteActivity(",
            '''class OnDayActivity(_Dated):
    """Something to be done on one day."""

    kind: Literal["on-day"] = "on-day"
    day: DerivedDate
    because: Derivation


''',
        ),
        ("AfterInfusionActivity | NoteActivity,", "AfterInfusionActivity | NoteActivity | OnDayActivity,"),
    ),
    _MAKING: edit(
        _MAKING,
        _IMPORT_ACTION,
        _IMPORT_ACTIVITY,
        before("_NoteActivity = computed", "_OnDayActivity = computed(OnDayActivity)\n"),
        before(
            '        case "note":\n',
            """        case "on-day":
            return _on_day(action, name, context)
""",
        ),
        before(
            "def _window(",
            """def _on_day(action: OnDayAction, name: str, context: ActivityContext) -> OnDayActivity:
    because = context.derive(action.on, context.course, "earlier", action.cite, action.basis)
    return _OnDayActivity(**_common(action, name, context.course.number), day=because.result, because=because)


""",
        ),
    ),
    _PARTS: edit(
        _PARTS,
        _IMPORT_ACTIVITY,
        ('"note", "visit"', '"note", "on-day", "visit"'),
        before(
            "        case NoteActivity():\n",
            """        case OnDayActivity():
            make = partial(_on_day, activity)
            return _part(activity, "day", make, is_settled=is_settled, is_ordered=True)
""",
        ),
        before(
            "def _note(",
            """def _on_day(activity: OnDayActivity, part: Part) -> list[Item]:
    return [Item(part, activity.id, "on-day", activity.day, activity.day, activity.because)]


""",
        ),
    ),
    _CHECKS: edit(
        _CHECKS,
        _IMPORT_ACTIVITY,
        before(
            "            case NoteActivity():\n",
            """            case OnDayActivity():
                yield from derivation_faults(f"{place}.because", activity.because, activity.day, "earlier")
                yield from anchor_faults(written, f"{place}.because", activity.because, activity.course)
""",
        ),
    ),
    _EXPLAINING: edit(
        _EXPLAINING,
        _IMPORT_ACTIVITY,
        before(
            "        case NoteActivity():\n",
            """        case OnDayActivity():
            return f"{x.title} on {long_day(x.day)}: {reason(x.because)}"
""",
        ),
    ),
    _PROTOCOL: edit(
        _PROTOCOL,
        _IMPORT_ACTION,
        ("AfterInfusionAction() | NoteAction():", "AfterInfusionAction() | NoteAction() | OnDayAction():"),
    ),
    _REPLANNING: edit(
        _REPLANNING,
        _IMPORT_ACTIVITY,
        ("AfterInfusionActivity() | NoteActivity():", "AfterInfusionActivity() | NoteActivity() | OnDayActivity():"),
    ),
    _OTHER_REVISION: edit(
        _OTHER_REVISION,
        _IMPORT_ACTIVITY,
        before(
            "            case NoteActivity():\n",
            """            case OnDayActivity():
                yield from () if new.day < self.since and old is None else (new,)
""",
        ),
    ),
    _PLAN_FINDINGS: edit(
        _PLAN_FINDINGS,
        _IMPORT_ACTIVITY,
        before(
            "        case PeriodActivity() |",
            """        case OnDayActivity(day=day, because=because):
            yield day, because.cite
""",
        ),
    ),
    _OPEN_TESTS: edit(
        _OPEN_TESTS,
        _IMPORT_ACTIVITY,
        ("AfterInfusionActivity() | NoteActivity():", "AfterInfusionActivity() | NoteActivity() | OnDayActivity():"),
    ),
    _NEUTRAL: edit(
        _NEUTRAL,
        _IMPORT_ACTION,
        ("case SeriesAction() | NoteAction():", "case SeriesAction() | OnDayAction() | NoteAction():"),
    ),
    _DEFINITION: edit(
        _DEFINITION,
        _IMPORT_ACTION,
        before(
            "        case NoteAction():\n",
            """        case OnDayAction():
            return f"on {action.on}"
""",
        ),
    ),
    _OWN_PROTOCOL: edit(
        _OWN_PROTOCOL, before("| `note` | `text`", "| `on-day` | `on` | Something to be done on one day |\n")
    ),
}

# --- a rule for records: an infusion on 1 January ----------------------------------------------------------

_CATALOGUE: Final = "lemtrada_schedule/findings/catalogue.py"
_RULES: Final = "lemtrada_schedule/judging/rules/infusions.py"
_SCREEN: Final = "lemtrada_schedule/cohort/screen/rules/infusions.py"
_OUT_OF: Final = "lemtrada_schedule/cohort/out_of.py"
_FINDINGS: Final = "docs/findings.toml"
_CASES: Final = "tests/unit/findings/test_findings_fire.py"

RULE: Final[Steps] = {
    _CATALOGUE: edit(
        _CATALOGUE,
        before(
            "PARTIAL_INFUSION: Final = ",
            """NEW_YEARS_DAY: Final = FindingKind(
    "new-years-day",
    "warning",
    "audit",
    "An infusion is recorded on 1 January",
    "an infusion is recorded on {day}, a date that is often a placeholder",
    "check the date of the record",
)

""",
        ),
        before("    NO_PUBLIC_HOLIDAYS_KNOWN,\n", "    NEW_YEARS_DAY,\n"),
    ),
    _RULES: edit(
        _RULES,
        before("    ONLY_OTHER_MEDICINES,\n", "    NEW_YEARS_DAY,\n"),
        before(
            "@rule(needs=GIVEN, yields=(PARTIAL_INFUSION,))\n",
            '''@rule(needs=GIVEN, yields=(NEW_YEARS_DAY,))
def not_on_new_years_day(case: Case) -> Iterator[Answer]:
    """Report every infusion that is recorded on 1 January."""
    for course, record in case.given:
        if (record.date.month, record.date.day) == (1, 1):
            yield NEW_YEARS_DAY.at(course=course, day=record.date, row=record.row)


''',
        ),
        before("    given_in_full,\n", "    not_on_new_years_day,\n"),
    ),
    _SCREEN: edit(
        _SCREEN,
        before("    OBSERVATION_TOO_SHORT,\n    PARTIAL_INFUSION,\n", "    NEW_YEARS_DAY,\n"),
        before(
            "def not_in_future(",
            '''def on_new_years_day(block: Block) -> None:
    """Report every row of 1 January: the day before it has another year."""
    day, year = block.key & DAY, block.tables.year
    block.report_rows(NEW_YEARS_DAY, np.flatnonzero(year[day] != year[day - 1]))


''',
        ),
        before(
            "    Twin((rules.given_in_full,",
            "    Twin((rules.not_on_new_years_day,), on_new_years_day),\n",
        ),
    ),
    _OUT_OF: edit(_OUT_OF, before("    kinds.OBSERVATION_IN_FUTURE: None,\n", '    kinds.NEW_YEARS_DAY: "records",\n')),
    _FINDINGS: edit(
        _FINDINGS,
        before(
            "[partial-infusion]\n",
            """[new-years-day]
meaning = "An infusion is recorded on 1 January, which is often entered where the day is not known."
rules = []
source = "a convention on records"
example = '''
>>> first = History.from_dates(["2025-01-01"])
>>> where(evaluate(first, us, as_of=date(2025, 3, 3)), "new-years-day")
[(1, '2025-01-01', 1)]
'''

""",
        ),
    ),
    _CASES: edit(
        _CASES,
        before(
            '    "partial-infusion": Case(\n',
            """    "new-years-day": Case(
        judged(history(run("2025-01-01", 1)), "2025-06-01"), "warning", 1, "2025-01-01", 1,
        judged(history(run("2025-01-02", 1)), "2025-06-01"),
    ),
""",
        ),
    ),
}
