"""Make the pages that come from data: findings, the data model, functions, protocols and `llms.txt`.

`python docs/generate.py` writes `findings.md` (from the catalogue and `findings.toml`), `data-model.md` and `llms.txt`.
These are committed; a test fails while one of them is stale. The pages of functions and protocols are not committed:
`conf.py` writes them whenever the documentation is built.
"""

import ast
import inspect
import re
import tomllib
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import lemtrada_schedule
from lemtrada_schedule.agenda import due_items
from lemtrada_schedule.clinic import clinic, closures, starts
from lemtrada_schedule.dates import periods, spans, time_windows
from lemtrada_schedule.exports.fhir.plan_definition import action_words
from lemtrada_schedule.findings import catalogue, derivation, finding
from lemtrada_schedule.judging import verdicts
from lemtrada_schedule.plan import activities, courses, plan, provenance, revision, visits
from lemtrada_schedule.planning import bookings
from lemtrada_schedule.protocol import actions, citations, protocol
from lemtrada_schedule.protocol import courses as course_rules
from lemtrada_schedule.readers.protocols import load_protocol, protocol_names
from lemtrada_schedule.records import history
from lemtrada_schedule.validation.model import Model

DOCS: Final = Path(__file__).parent
MADE: Final = "<!-- Made by docs/generate.py. Change the data, not this page. -->"
NOUN_MODULES: Final = (
    plan, courses, activities, visits, provenance, revision, verdicts, finding, derivation, spans, periods,
    time_windows, clinic, closures, starts, bookings, due_items, protocol, course_rules, actions, citations, history,
)  # fmt: skip
PLAIN: Final[dict[object, str]] = {
    date: "date", datetime: "datetime", time: "clock time", str: "text", int: "whole number", bool: "true or false",
    type(None): "`None`", Decimal: "number",
}  # fmt: skip
SEEN_BY: Final[dict[finding.SeenBy, str]] = {
    "audit": "`evaluate`, and `audit` in the columns of a cohort",
    "evaluate": "`evaluate` only; no column of a cohort holds the fact that it needs",
    "plan": "the verbs that make a plan",
}
PER: Final = {"course": "every course", "first-course": "course 1", "treatment": "the treatment"}


def pages() -> dict[str, str]:
    """Return the text of every generated page that is committed, by its path below `docs/`."""
    return {"findings.md": findings_page(), "data-model.md": data_model_page(), "llms.txt": llms_text()}


def verb_pages() -> dict[str, str]:
    """Return the text of the page of every public function, by its path below `docs/`."""
    return {f"verbs/{verb.__name__}.md": verb_page(verb) for verb in verbs()}


def protocol_pages() -> dict[str, str]:
    """Return the text of the page of every shipped protocol, by its path below `docs/`."""
    return {f"protocols/{name}.md": protocol_page(load_protocol(name)) for name in protocol_names()}


def page(title: str, *blocks: str) -> str:
    """Return a page of a title and blocks, one empty line between them."""
    return "\n\n".join([f"# {title}", MADE, *(dedent(block).strip() for block in blocks)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; bars in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


# --- findings ------------------------------------------------------------------------------------


def findings_page() -> str:
    """Return the page of every kind of finding, one heading each."""
    counts = ", ".join(f"{count} kinds of {severity}" for severity, count in severities().items())
    intro = f"""
    A finding is something to look at in a plan or in what was given.
    It is a value and not an error: the answer is there, with the finding beside it.
    It has a code, a severity, its place (course, day, row), a message, what to do, and the `cite` of its source.
    Each entry says who can see it: [`audit`](how-the-screen-works.md) sees what the columns of a cohort hold.
    A code never changes its meaning and is never used again for another.
    There are {counts}.

    An `error` makes the command line leave with status 1.
    A `warning` needs a person to look, a `note` should be known.
    A rule has a third answer beside broken and kept: what cannot be told for want of a fact is in `not_assessed`.

    Codes of refused input are on another page: [errors](errors.md).
    `lemtrada-schedule findings` lists them on the command line.
    Words in braces below stand for the facts of the case.
    Each example ends with the place of the finding: its course, its day and its row.
    """
    return page("What the findings mean", intro, EXAMPLES_BEGIN, *map(finding_block, catalogue.CATALOGUE))


EXAMPLES_BEGIN: Final = """
```python
>>> from datetime import date, timedelta
>>> from lemtrada_schedule import Bookings, Decision, History, Plan, check_clinic, evaluate, plan_treatment, replan
>>> from lemtrada_schedule import load_protocol, read_clinic
>>> us, eu, boston = load_protocol("us"), load_protocol("eu"), read_clinic("examples/boston.toml")
>>> today = date(2026, 6, 1)
>>> def days(first, count):
...     return [date.fromisoformat(first) + timedelta(days=n) for n in range(count)]
>>> def where(answer, code):
...     return [(f.course, f.day and f.day.isoformat(), f.row) for f in answer.findings if f.code == code]

```
"""


def severities() -> dict[finding.Severity, int]:
    """Return how many kinds of finding each severity has."""
    given = [kind.severity for kind in catalogue.CATALOGUE]
    return {severity: given.count(severity) for severity in get_args(finding.Severity)}


@cache
def told() -> dict[str, dict[str, Any]]:
    """Return what `findings.toml` says of each finding: all of the catalogue, and no other."""
    entries = tomllib.loads((DOCS / "findings.toml").read_text(encoding="utf-8"))
    codes = [kind.code for kind in catalogue.CATALOGUE]
    if missing := sorted(set(codes) - entries.keys()):
        raise LookupError(f"docs/findings.toml: add an entry [{missing[0]}]")
    if unknown := sorted(entries.keys() - set(codes)):
        raise LookupError(f"docs/findings.toml: remove the entry [{unknown[0]}]; no finding has this code")
    return entries


@cache
def headings() -> dict[str, str]:
    """Return the heading of each line of the rules of time, as links name it."""
    found = re.findall(r"^### (S[0-9]{2})(.*)$", (DOCS / "rules-of-time.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {line: re.sub(r"[^a-z0-9_ -]", "", (line + title).lower()).replace(" ", "-") for line, title in found}


def finding_block(kind: finding.FindingKind) -> str:
    """Return one kind of finding: what it means, says and rests on, what to do, and an example."""
    entry = told()[kind.code]
    lines = ", ".join(f"[{line}](rules-of-time.md#{headings()[line]})" for line in entry["rules"])
    rests = f"{lines}; {entry['source']}" if lines else entry["source"]
    facts = (
        f"Severity: {kind.severity}{f' or {kind.or_severity}' if kind.or_severity else ''}",
        f"Seen by: {SEEN_BY[kind.seen_by]}",
        f"Says: {kind.template}",
        f"What to do: {kind.hint}",
        f"Rests on: {rests}",
    )
    example = f"```python\n{entry['example'].strip()}\n\n```"
    listed = "\n".join(f"- {fact}" for fact in facts)
    return "\n\n".join([f"## {kind.code}", f"{kind.title}.", entry["meaning"].strip(), listed, example])


# --- protocols -----------------------------------------------------------------------------------


def protocol_page(rules: protocol.Protocol) -> str:
    """Return the page of one shipped protocol: every number with its source, grade and basis."""
    newest = load_protocol(rules.id).name
    loaded = (
        f'`load_protocol("{rules.name}")`, or `load_protocol("{rules.id}")` as long as there is no newer revision.'
        if rules.name == newest
        else f'`load_protocol("{rules.name}")`. There is a newer revision: [{newest}]({newest}.md).'
    )
    intro = f"""
    {loaded}
    Every number stands with the document it was read in, how well it was read, and on whose word it is a rule.

    Grade **A**: the words were read in a regulator's or the manufacturer's document.
    Grade **B**: they were read in a reproduction of the label, in a label derived from it,
    or in two or more agreeing sources.
    Nothing weaker is shipped: see [what is not shipped](../not-shipped.md).

    Basis *label*: the source says so.
    Basis **convention**: the source leaves it open, or it was not read in this label, and the library decides.
    """
    notes = [action for action in rules.actions if isinstance(action, actions.NoteAction)]
    return page(
        f"{rules.title}: {rules.name}",
        intro,
        "## Infusion day and limits\n\n" + table(("What", "Rule", *SOURCED), list(limit_rows(rules))),
        "Ages, gaps within a course and the number of medicines are asked where records are judged.",
        "## Courses\n\n" + table(("Course", "Rule", *SOURCED), list(course_rows(rules))),
        "The basis of a course speaks of the day that its interval is counted from.",
        "## Activities\n\n" + table(("What", "Rule", "For", *SOURCED), list(action_rows(rules))),
        "Where a month has no such day, deadlines, due dates and starts of periods go to its last day, "
        "ends of periods and openings of windows to the first of the next month: [rules of time](../rules-of-time.md).",
        *alike_note(rules),
        "## Notes\n\n" + table(("What", "In our words", "For", *SOURCED), [note_row(note) for note in notes]),
        "## Sources\n\n" + table(("Source", "Document", "Where"), [source_row(source) for source in rules.sources]),
        *loinc_notice(rules),
    )


SOURCED: Final = ("Source", "Grade", "Basis")


def sourced(cite: str, grade: str | None, basis: str) -> tuple[str, str, str]:
    """Return the three cells that say where a number comes from; conventions stand out."""
    return f"`{cite}`", grade or "", f"**{basis}**" if basis == "convention" else basis


def cells(part: citations.Citation) -> tuple[str, str, str]:
    """Return the source cells of a part of a protocol."""
    return sourced(part.cite, part.grade, part.basis)


def limit_rows(rules: protocol.Protocol) -> Iterator[tuple[str, ...]]:
    """Yield the numbers of the infusion day, then the limits of age, courses and gaps."""
    day = rules.infusion_day
    yield "Dose of one infusion", f"{day.dose_mg} mg", *cells(day)
    yield "Infusion", f"{day.infusion_minutes} minutes", *cells(day)
    yield "Observation after it", f"at least {day.observation_minutes} minutes", *cells(day.observation or day)
    if age := rules.minimum_age:
        yield "Youngest age on the first infusion", f"{age.years} years", *cells(age)
    if age := rules.adult_age:
        yield "Adult age; below it a warning", f"{age.years} years", *cells(age)
    gap = rules.course_gap_days
    yield "Infusions of one course lie at most so far apart", f"{gap.days} days", *cells(gap)
    if limit := rules.maximum_courses:
        yield "Most courses in all", f"{limit.courses} courses", *cells(limit)
    if limit := rules.data_limited_beyond:
        yield "Data are limited beyond", f"{limit.courses} courses", *cells(limit)
    if before := rules.prior_medicines:
        yield "Medicines usually tried before", f"{before.medicines} or more", *cells(before)


def course_rows(rules: protocol.Protocol) -> Iterator[tuple[str, ...]]:
    """Yield one row for each course entry."""
    for number, rule in enumerate(rules.courses, start=1):
        name = f"{number} and later, optional" if rule.optional else str(number)
        yield name, "; ".join(course_words(rule)), *cells(rule)


def course_words(rule: course_rules.CourseRule) -> Iterator[str]:
    """Yield what a course entry says."""
    yield f"{rule.infusion_days} consecutive infusion days"
    if rule.minimum_interval:
        yield f"at least {rule.minimum_interval} after the {rule.counted_from} of the course before"
    if rule.warn_only_from:
        yield f"when records are judged: only a warning from that long after the {rule.warn_only_from}"


def action_rows(rules: protocol.Protocol) -> Iterator[tuple[str, ...]]:
    """Yield one row for each dated action, and one more for its baseline."""
    for action in rules.actions:
        if isinstance(action, actions.NoteAction):
            continue
        name = f"{action.title} (`{action.id}`)"
        who = f"{PER[action.per]}; {action.applies_to}" if action.applies_to else PER[action.per]
        coded = (f"LOINC `{code.code}` {code.display or ''}".rstrip() for code in action.codes)
        visit = action.visit if isinstance(action, actions.SeriesAction | actions.WindowAction) else None
        group = (f"visit `{visit}`",) if visit else ()
        yield name, "; ".join((action_words(action), *group, *coded)), who, *cells(action)
        if isinstance(action, actions.SeriesAction) and (rule := action.baseline):
            basis = rule.basis if rule.reuse else "label"
            yield f"{name}: baseline", baseline_words(rule), who, *sourced(rule.cite or action.cite, rule.grade, basis)


def baseline_words(rule: actions.BaselineRule) -> str:
    """Return the rule of a baseline in words."""
    within = f"within {rule.within} before the first infusion" if rule.within else "before the first infusion"
    reuse = f"; a test of the running series up to {rule.reuse} before serves" if rule.reuse else ""
    return f"{within}{reuse}"


def alike_note(rules: protocol.Protocol) -> list[str]:
    """Return the note on neutral titles that cannot be told apart, where a protocol has such (S46)."""
    pairs = ", ".join(f"`{one}` and `{other}`" for one, other in rules.alike_in_neutral_titles)
    note = f"""
    Note on neutral titles: these activities may be in force on the same day and end on different days, and share a
    neutral title, so a neutral calendar or page does not tell them apart: {pairs}.
    Revisions from r2 on have titles of their own for each, and refuse shared ones.
    """
    return [note] if pairs else []


def note_row(note: actions.NoteAction) -> tuple[str, ...]:
    """Return the row of a note."""
    return f"{note.title} (`{note.id}`)", note.text, PER[note.per], *cells(note)


def source_row(source: citations.Source) -> tuple[str, ...]:
    """Return the row of a source; where it lies is code, so that nothing in it becomes a link."""
    return f"`{source.id}`", source.document, f"`{source.where}`" if source.where else ""


def loinc_notice(rules: protocol.Protocol) -> list[str]:
    """Return the notice that LOINC's licence asks for, where a protocol holds its codes."""
    systems = {code.system for action in rules.actions for code in action.codes}
    notice = """
    This material contains content from LOINC (<http://loinc.org>).
    LOINC is copyright © Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes (LOINC)
    Committee and is available at no cost under the license at <http://loinc.org/license>.
    LOINC® is a registered United States trademark of Regenstrief Institute, Inc.
    """
    return [notice] if "http://loinc.org" in systems else []


# --- data model ----------------------------------------------------------------------------------


def data_model_page() -> str:
    """Return the page of every type: its fields, their types and meanings."""
    intro = """
    The types that hold data. Field names are the keys of the JSON.
    All are frozen, strict and closed: a field cannot be set, a number is not read from text, an unknown key is refused.
    `model_copy(update={…})` makes a new value, checked like the first.
    Where a tuple is named, a list is accepted too.

    Dates that come in lie from 2000-01-01 to 2099-12-31; calculated dates may lie as late as 2199-12-31.
    In JSON a date is `YYYY-MM-DD`, a clock time `HH:MM`.
    `repr`, `str` and notebooks show what a value is and how big, such as
    `Plan(us-2024-05-r2, 3 courses, 11 infusion days, revision 0)`: no id, date or value of a patient, because logs and
    notebooks are kept. `to_text` and `explain` write it for people; `model_dump_json` writes any value in full.
    Import the types below from `lemtrada_schedule` where it has them; the modules named may move until version 1.0.
    """
    blocks = [block for module in NOUN_MODULES for block in module_blocks(module)]
    return page("Data model", intro, *blocks)


def module_blocks(module: types.ModuleType) -> list[str]:
    """Return the blocks of one module's nouns, in the order in which they are written."""
    public = (getattr(module, name) for name in module.__all__)
    nouns = [noun for noun in public if inspect.isclass(noun) and issubclass(noun, Model)]
    # What a module takes over from another one, to hand it on, stands before its own.
    nouns.sort(key=lambda noun: (noun.__module__ == module.__name__, inspect.getsourcelines(noun)[1]))
    return [f"## {module.__name__}", *(noun_block(noun) for noun in nouns)]


def noun_block(noun: type[Model]) -> str:
    """Return one noun: its docstring's first paragraph and a table of its fields."""
    first = inspect.cleandoc(noun.__doc__ or "").partition("\n\n")[0]
    said = {name: text for kind in reversed(noun.__mro__) for name, text in field_docstrings(kind)}
    rows = [(f"`{name}`", words(field.annotation), said.get(name, "")) for name, field in noun.model_fields.items()]
    computed = [f"- `{name}`: {text}" for name, text in property_docstrings(noun)]
    block = f"### {noun.__name__}\n\n{first}\n\n" + table(("Field", "Type", "Meaning"), rows)
    return "\n".join([f"{block}\n\nComputed, not in the JSON:\n", *computed]) if computed else block


def property_docstrings(noun: type) -> Iterator[tuple[str, str]]:
    """Yield the properties of a noun, also those that it inherits, with the first line of their text."""
    own = (kind for kind in noun.__mro__ if kind.__module__.startswith("lemtrada_schedule") and kind is not Model)
    for name, value in (entry for kind in own for entry in vars(kind).items()):
        if isinstance(value, property | cached_property) and not name.startswith("_"):
            yield name, (inspect.getdoc(value) or "").partition("\n")[0]


def field_docstrings(noun: type) -> Iterator[tuple[str, str]]:
    """Yield the text that stands under a field of a class, for each field that has one."""
    if not noun.__module__.startswith("lemtrada_schedule"):
        return
    (tree,) = ast.parse(dedent(inspect.getsource(noun))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            yield field.target.id, " ".join(str(ast.literal_eval(below.value)).split())


def words(annotation: Any) -> str:
    """Return a type in words, nouns of ours as links."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return words(inner[0])
    if origin is Literal:
        return " · ".join(f"`{value}`" for value in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(map(words, inner))
    if origin is tuple:
        return f"tuple of {words(inner[0])}"
    known = PLAIN.get(annotation)
    return known or f"[{annotation.__name__}](#{annotation.__name__.lower()})"


# --- functions -----------------------------------------------------------------------------------


def verbs() -> list[Callable[..., Any]]:
    """Return the public functions, by name."""
    public = (getattr(lemtrada_schedule, name) for name in lemtrada_schedule.__all__ if name.islower())
    return [value for value in public if callable(value)]


def verb_page(verb: Callable[..., Any]) -> str:
    """Return the page of one function: its docstring, and the pages that show it at work."""
    name = verb.__name__
    documented = f"```{{eval-rst}}\n.. autofunction:: lemtrada_schedule.{name}\n```"
    shown = "\n".join(f"- [{title(source(file))}](../{file})" for file in pages_that_call(name))
    return page(name, documented, *([f"## Pages that use it\n\n{shown}"] if shown else []))


def pages_that_call(name: str) -> list[str]:
    """Return the pages whose examples call a function, most calls first, four at most."""
    calls = re.compile(rf"^(?:>>>|\.\.\.) .*\b{name}\(", re.MULTILINE)
    counts = {path.name: len(calls.findall(path.read_text(encoding="utf-8"))) for path in sorted(DOCS.glob("*.md"))}
    found = (file for file in counts if counts[file] and file != "findings.md")
    return sorted(found, key=lambda file: -counts[file])[:4]


# --- llms.txt ------------------------------------------------------------------------------------


TOCTREE: Final = re.compile(r"```{toctree}\n:caption: (.+)\n(?::.+\n)*\n([^`]+)\n```")


def llms_text() -> str:
    """Return the index of the pages for programs that read Markdown (llmstxt.org), each with its first sentence."""
    home = (DOCS / "index.md").read_text(encoding="utf-8")
    blocks = [f"# {title(home)}\n\n> {opening(home)}"]
    for caption, names in TOCTREE.findall(home):
        texts = [(f"{name}.md", source(f"{name}.md")) for name in names.split() if "*" not in name]
        blocks.append(llms_section(caption, [(title(text), file, opening(text)) for file, text in texts]))
    functions = [(verb.__name__, f"verbs/{verb.__name__}.md", inspect.getdoc(verb) or "") for verb in verbs()]
    return "\n\n".join([*blocks, llms_section("Functions", functions)]) + "\n"


def llms_section(caption: str, pages: Iterable[tuple[str, str, str]]) -> str:
    """Return a section: the title, the file and the first sentence of each page."""
    return f"## {caption}\n\n" + "\n".join(f"- [{name}]({file}): {sentence(text)}" for name, file, text in pages)


def source(name: str) -> str:
    """Return the text of a page, or of the file that it includes."""
    path = DOCS / name
    text = path.read_text(encoding="utf-8")
    included = re.match(r"```{include} (\S+)\n", text)
    return (DOCS / included[1]).read_text(encoding="utf-8") if included else text


def title(text: str) -> str:
    """Return the heading of a page."""
    return text.partition("# ")[2].partition("\n")[0]


def opening(text: str) -> str:
    """Return the first paragraph below the heading of a page, as plain text."""
    blocks = (block for block in text.partition("# ")[2].split("\n\n")[1:] if not block.startswith("<!--"))
    return re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", " ".join(next(blocks).split()))


def sentence(text: str) -> str:
    """Return the first sentence of a text."""
    return re.split(r"(?<=[.?]) (?=[A-Z`])", " ".join(text.partition("\n\n")[0].split()))[0]


def write(made: dict[str, str]) -> None:
    """Write pages below `docs/`."""
    for name, text in made.items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(pages())
