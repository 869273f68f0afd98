"""The screen mirrors the rules of `judging`: each test names what is missing when somebody adds or changes a rule."""

import ast
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.cohort.screen import rules as screen_rules
from lemtrada_schedule.cohort.screen.chunks import COLUMNS
from lemtrada_schedule.cohort.screen.finding_bits import LEFT_TO_EVALUATE
from lemtrada_schedule.cohort.screen.rules import MIRRORED, TWINS
from lemtrada_schedule.conformance import cases
from lemtrada_schedule.findings.catalogue import CATALOGUE, DOSE_DIFFERS, OVERRIDDEN
from lemtrada_schedule.findings.finding import Finding, FindingKind
from lemtrada_schedule.judging import rules as judging_rules
from lemtrada_schedule.judging.evaluating import case_of
from lemtrada_schedule.judging.rules import RULES, limits
from lemtrada_schedule.judging.rules.case import Case, Fact, Rule
from lemtrada_schedule.readers.protocols import load_protocol
from lemtrada_schedule.records.history import History, InfusionRecord
from tests.gates.no_wall_clock import package_folder
from tests.support.clinics import MON_TO_FRI, clinic_open
from tests.support.module_trees import module_nodes

FACTS: Final = frozenset(COLUMNS)
BY_NAME: Final = {kind.code.replace("-", "_").upper(): kind for kind in CATALOGUE}
SCREEN: Final = "lemtrada_schedule/cohort/screen/rules"


def theme(rule: Rule) -> str:
    """Return the module of a rule, such as `infusions`."""
    return rule.answers.__module__.rpartition(".")[2]


def themes(package: ModuleType) -> dict[str, ModuleType]:
    """Return the modules of a package of rules by name, without `case`."""
    names = [module.name for module in pkgutil.iter_modules(package.__path__) if module.name != "case"]
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in names}


def kinds_named_in(module: ModuleType) -> set[FindingKind]:
    """Return the kinds of finding whose names are in a module's code, not only among its imports."""
    return kinds_in(Path(str(module.__file__)))


def kinds_in(path: Path) -> set[FindingKind]:
    return {BY_NAME[node.id] for node in module_nodes(path) if isinstance(node, ast.Name) and node.id in BY_NAME}


# --- what is missing -----------------------------------------------------------------------------


def twins_missing(rules: Iterable[Rule], mirrored: Sequence[Rule]) -> Iterator[str]:
    """Yield a message for each rule that lacks a twin in the screen, and for each twin that cannot be one."""
    for rule in rules:
        others = ", ".join(sorted(set(rule.needs) - FACTS))
        if not others and rule not in mirrored:
            yield (
                f"{theme(rule)}.{rule.name} needs only columns of a cohort ({', '.join(rule.needs)}): write its twin, "
                f"a function of a Block, in {SCREEN}/{theme(rule)}.py and list it in TWINS there"
            )
        if others and rule in mirrored:
            yield f"{theme(rule)}.{rule.name} has a twin in {SCREEN}, but needs {others}, which no column holds"


def seen_by_wrongly(rules: Sequence[Rule], kinds: Iterable[FindingKind]) -> Iterator[str]:
    """Yield a message for each kind whose `seen_by` differs from what the needs of its rules say."""
    for kind in kinds:
        own = [rule for rule in rules if kind in rule.yields]
        names = " and ".join(f"{theme(rule)}.{rule.name}" for rule in own) or "no rule"
        expected = "audit" if any(set(rule.needs) <= FACTS for rule in own) else "evaluate" if own else "plan"
        if kind == OVERRIDDEN:  # `evaluate` adds it to the findings of the rules
            expected = "evaluate"
        if kind.seen_by != expected:
            yield (
                f"{kind.code} says seen_by={kind.seen_by!r}, but {names} yields it: "
                f"write seen_by={expected!r} in findings/catalogue.py"
            )


def rules_not_listed(module: ModuleType, listed: Sequence[Rule]) -> Iterator[str]:
    """Yield a message for each rule of a module that is not in `RULES`."""
    for name, rule in vars(module).items():
        if isinstance(rule, Rule) and rule not in listed:
            yield f"{module.__name__}: list {name} in RULES"


def yields_wrongly(module: ModuleType, rules: Iterable[Rule]) -> Iterator[str]:
    """Yield a message for each kind that a module of rules names and no rule of it says to yield."""
    stated = {kind for rule in rules for kind in rule.yields}
    for kind in sorted(kinds_named_in(module) - stated, key=lambda kind: kind.code):
        yield f"{module.__name__}: the rule that reports {kind.code} must say so in `yields`"


def none_of(messages: Iterable[str]) -> None:
    """Fail with all messages, if there are any."""
    if found := list(messages):
        pytest.fail("\n".join(found), pytrace=False)


def test_each_rule_of_columns_has_a_twin() -> None:
    none_of(twins_missing(RULES, MIRRORED))
    assert len(MIRRORED) == len(set(MIRRORED))


def test_each_kind_says_who_sees_it() -> None:
    none_of(seen_by_wrongly(RULES, CATALOGUE))


@pytest.mark.parametrize("name", themes(judging_rules))
def test_each_rule_is_listed_and_says_what_it_yields(name: str) -> None:
    module = themes(judging_rules)[name]
    none_of(rules_not_listed(module, RULES))
    none_of(yields_wrongly(module, [rule for rule in RULES if theme(rule) == name]))


@pytest.mark.parametrize("name", themes(screen_rules))
def test_each_module_of_the_screen_reports_what_its_rules_report(name: str) -> None:
    assert name in themes(judging_rules), f"rename {SCREEN}/{name}.py as its module in judging/rules is named"
    mirrored = {kind for rule in MIRRORED if theme(rule) == name for kind in rule.yields}
    reported = kinds_named_in(themes(screen_rules)[name])
    assert {kind.code for kind in reported} == {kind.code for kind in mirrored - LEFT_TO_EVALUATE}


def test_each_twin_is_in_the_module_of_its_rules() -> None:
    for twin in TWINS:
        assert {theme(rule) for rule in twin.mirrors} == {twin.screen.__module__.rpartition(".")[2]}, twin.screen


def test_each_kind_that_only_plans_have_is_reported_there() -> None:
    folder = package_folder()
    paths = [*folder.glob("planning/*.py"), folder / "plan" / "plan.py", folder / "judging" / "clinic_check.py"]
    assert set().union(*map(kinds_in, paths)) >= {kind for kind in CATALOGUE if kind.seen_by == "plan"}


# --- each message can appear ---------------------------------------------------------------------


def new_rule(*needs: Fact) -> Rule:
    """Return a rule that somebody added to `limits`."""
    return Rule(limits.number_of_courses.answers, needs, (DOSE_DIFFERS,))


def test_a_rule_of_columns_without_a_twin_is_named() -> None:
    (message,) = twins_missing([*RULES, new_rule("date", "dose_mg")], MIRRORED)
    assert message == (
        "limits.number_of_courses needs only columns of a cohort (date, dose_mg): write its twin, a function of a "
        "Block, in lemtrada_schedule/cohort/screen/rules/limits.py and list it in TWINS there"
    )


def test_a_rule_of_other_facts_needs_no_twin_and_must_have_none() -> None:
    other = new_rule("date", "birth_date")
    assert list(twins_missing([other], [])) == []
    (message,) = twins_missing([other], [other])
    assert "needs birth_date, which no column holds" in message


@pytest.mark.parametrize(
    ("code", "needs", "said", "expected"),
    [
        ("new", ("date",), "evaluate", "audit"),
        ("new", ("date", "birth_date"), "audit", "evaluate"),
        ("new", None, "audit", "plan"),
        ("new", ("date",), "plan", "audit"),
    ],
)
def test_a_kind_that_says_something_else_is_named(
    code: str, needs: tuple[Fact, ...] | None, said: Any, expected: str
) -> None:
    kind = replace(DOSE_DIFFERS, code=code, seen_by=said)
    rules = [] if needs is None else [Rule(limits.number_of_courses.answers, needs, (kind,))]
    (message,) = seen_by_wrongly(rules, [kind])
    assert message.endswith(f"write seen_by={expected!r} in findings/catalogue.py")


def test_a_rule_that_is_not_listed_is_named() -> None:
    messages = list(rules_not_listed(limits, RULES[:1]))
    assert "lemtrada_schedule.judging.rules.limits: list old_enough in RULES" in messages


def test_a_kind_that_no_rule_says_to_yield_is_named() -> None:
    messages = list(yields_wrongly(limits, [limits.old_enough]))
    assert any("the rule that reports too-many-courses must say so" in message for message in messages)


# --- what a rule says that it needs is what it uses ----------------------------------------------


OF_RECORDS: Final = frozenset({
    "status", "course", "dose_mg", "infusion_minutes", "observation_minutes", "started", "ended", "observed_until",
})  # fmt: skip
OF_HISTORIES: Final = frozenset({
    "birth_date", "prior_medicines", "observations", "overrides", "other_rows", "tests_recorded", "tests_recorded_from",
})  # fmt: skip
CLOCK: Final = ("started", "ended", "observed_until")


@cache
def only(case: int, facts: frozenset[str]) -> Case:
    """Return a case without all facts of its history but some; lengths replace clock times that are not among them."""
    whole = every_case()[case]
    history = whole.history
    records = [_record(record, facts) for record in history.infusions] if "date" in facts else []
    own = {name: value for name, value in history if name in facts & OF_HISTORIES}
    unread = {name: value for name, value in history if name in ("unreadable", "unreadable_observations")}
    narrow = History.model_validate({**own, **unread, "infusions": records})
    return case_of(narrow, whole.protocol, whole.as_of, whole.clinic, whole.tolerance_days)


def _record(record: InfusionRecord, facts: frozenset[str]) -> dict[str, Any]:
    known: dict[str, Any] = {"date": record.date, "row": record.row}
    if facts & set(CLOCK):
        return known | {name: value for name, value in record if name in facts}
    lengths = {"infusion_minutes": record.infused_for, "observation_minutes": record.observed_for}
    return known | {name: value for name, value in (*record, *lengths.items()) if name in facts - set(CLOCK)}


def findings(rule: Rule, case: int, facts: Iterable[str]) -> list[tuple[str, int | None, date | None, int | None]]:
    """Return what a rule finds in a case of which it sees some facts only."""
    answers = rule.answers(only(case, frozenset(facts)))
    return [(one.code, one.course, one.day, one.row) for one in answers if isinstance(one, Finding)]


BOSTON: Final = clinic_open(MON_TO_FRI, country="US", subdivision="MA")


@cache
def every_case() -> tuple[Case, ...]:
    """Return every fifth conformance case, and cases with the facts that these lack."""
    made = [case for case in cases() if case["patient"].get("overrides") or case["patient"].get("tests_recorded")]
    made += [case for case in cases()[::5] if case not in made]
    shipped = [
        case_of(
            History.model_validate({**case["patient"], "infusions": case["records"]}),
            load_protocol(case["protocol"]),
            date.fromisoformat(case["as_of"]),
            Clinic.model_validate(case["clinic"]) if case["clinic"] else None,
            case["tolerance_days"],
        )
        for case in made
    ]
    return (*shipped, *map(with_facts, RICH))


def with_facts(fields: Mapping[str, Any]) -> Case:
    history = History.model_validate(fields)
    return case_of(history, load_protocol("us-2024-05"), date(2027, 6, 1), BOSTON, 0)


def on(*days: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"date": day, **fields} for day in days]


WHOLE: Final = on("2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07")
TESTS: Final = ["blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid", "skin-examination"]
RICH: Final[tuple[Mapping[str, Any], ...]] = (
    {"infusions": [*WHOLE, *on("2025-03-08")], "birth_date": "2025-03-04", "prior_medicines": 0},
    {"infusions": WHOLE, "birth_date": "2010-03-04", "tests_recorded": TESTS, "tests_recorded_from": "2025-03-03"},
    {"infusions": WHOLE, "tests_recorded": TESTS, "observations": [{"date": "2025-03-01", "code": "thyroid"}]},
    {"infusions": on("2025-03-03", started="05:00", ended="06:00", observed_until="06:10")},
    {"infusions": on("2025-03-03", started="05:00")},
    {"infusions": on("2025-03-03", started="09:00", ended="23:00")},
    {"infusions": on("2025-03-03", started="09:00", ended="13:00", observed_until="23:00")},
    {"infusions": on("2025-03-03", "2025-03-03", dose_mg=6), "observations": [{"date": "2025-03-01", "code": "what"}]},
    {"infusions": [*on("2025-03-03", infusion_minutes=10), *on("2025-03-03", infusion_minutes=20)]},
    {"infusions": [*on("2025-03-03", observation_minutes=10), *on("2025-03-03", observation_minutes=20)]},
    {"infusions": [*on("2025-03-03", dose_mg=6), *on("2025-03-03", dose_mg=12)], "tests_recorded": ["what"]},
    {"infusions": [*on("2025-03-03", status="partial"), *on("2025-03-03")], "other_rows": 2},
    {"infusions": on("2025-03-02", "2025-05-26", "2027-07-01", status="partial", infusion_minutes=5)},
    {"infusions": on("2025-03-03", "2027-07-01", status="not-done", observation_minutes=5), "other_rows": 2},
    {
        "infusions": on("2025-03-03", course=3, infusion_minutes=5, observation_minutes=5, dose_mg=6),
        "birth_date": "2025-03-04",
    },
    {"infusions": on("2025-03-02", "2025-05-26", course=7, started="03:00")},
    {"overrides": [{"code": "what", "by": "Dr A", "why": "so", "on": "2025-03-03"}]},
    {"overrides": [{"code": "test-missed", "by": "Dr A", "why": "so", "on": "2025-03-03"}]},
    {"observations": [{"date": "2027-06-02", "code": "thyroid"}]},
    {
        "infusions": on(*[one["date"] for one in WHOLE], course=1),
        "observations": [{"date": "2025-03-20", "code": "blood-count"}, {"date": "2025-04-09", "code": "blood-count"}],
        "tests_recorded_from": "2025-04-07",
        "overrides": [
            {"code": "test-missed", "test": "blood-count", "by": "Dr A", "why": "abroad", "on": "2025-06-07"}
        ],
    },
)
"""Histories with the facts that no conformance case has."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_uses_no_fact_that_it_does_not_name(rule: Rule) -> None:
    everything = OF_RECORDS | OF_HISTORIES | {"date"}
    known = everything if set(rule.needs) & set(CLOCK) else everything - set(CLOCK)
    for case in range(len(every_case())):
        found = findings(rule, case, known)
        assert {code for code, *_ in found} <= {kind.code for kind in rule.yields}
        narrow = findings(rule, case, rule.needs)
        if narrow != found:
            others = sorted(known - set(rule.needs))
            more = [one for one in others if findings(rule, case, {*rule.needs, one}) != narrow]
            pytest.fail(f"{theme(rule)}.{rule.name}: add to needs {' and '.join(more)}, which it uses", pytrace=False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_uses_each_fact_that_keeps_it_out_of_the_screen(rule: Rule) -> None:
    for fact in set(rule.needs) - FACTS:
        without = set(rule.needs) - {fact}
        assert any(
            findings(rule, case, without) != findings(rule, case, rule.needs) for case in range(len(every_case()))
        ), f"remove {fact} from the needs of {rule.name}, or add a history to RICH in which it matters"


def test_a_fact_that_is_not_named_is_noticed() -> None:
    (right_dose,) = [rule for rule in RULES if rule.name == "right_dose"]
    narrow = replace(right_dose, needs=("date", "status", "course"))
    with pytest.raises(pytest.fail.Exception, match=r"infusions\.right_dose: add to needs dose_mg, which it uses"):
        test_a_rule_uses_no_fact_that_it_does_not_name(narrow)
