"""Make the pages that come from data: findings, the data model, functions, protocols and `llms.txt`.

`python docs/generate.py` writes `findings.md` (from the catalogue and `findings.toml`), `data-model.md`, a page for
each protocol, `source-codes.md` and `llms.txt`. These are committed, so that links to them also work on a code host; a
test fails while one of them is stale. The pages of functions are not committed, because only Sphinx can show a
signature: `conf.py` writes them whenever the documentation is built.
"""

import ast
import inspect
import re
import tomllib
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from lemtrada_schedule.cohort.screen import finding_bits
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
from lemtrada_schedule.sources import source as table_source
from lemtrada_schedule.validation.model import Model

DOCS: Final = Path(__file__).parent
MADE: Final = "<!-- Made by docs/generate.py. Change the data, not this page. -->"
# The modules of the data model, each with its heading; a heading must differ from the names of all types.
MODULES: Final[dict[types.ModuleType, str]] = {
    plan: "The plan",
    courses: "Courses and infusion days",
    activities: "Activities",
    visits: "Visits",
    provenance: "What a plan was made from",
    revision: "Changes of a plan",
    verdicts: "Results of judging records",
    finding: "Findings and missing facts",
    derivation: "Reasons for dates",
    spans: "Spans and offsets",
    periods: "Periods",
    time_windows: "Time windows",
    clinic: "The clinic",
    closures: "Closed days",
    starts: "Possible starts",
    bookings: "Chairs taken by other plans",
    due_items: "Worklists",
    protocol: "The protocol",
    course_rules: "Rules for courses",
    actions: "Actions of a protocol",
    citations: "Sources and limits",
    history: "Records and decisions",
    table_source: "Sources of tables",
}
PLAIN: Final[dict[object, str]] = {
    date: "date", datetime: "datetime", time: "clock time", str: "text", int: "whole number", bool: "true or false",
    type(None): "`None`", Decimal: "number",
}  # fmt: skip
SEEN_BY: Final[dict[finding.SeenBy, str]] = {
    "audit": "`evaluate` and `audit`",
    "evaluate": "`evaluate` only; the columns of a cohort do not hold what it needs",
    "plan": "the functions that make a plan or check a clinic",
}
PER: Final = {"course": "every course", "first-course": "course 1", "treatment": "the treatment"}


REPORTED_WITH: Final = {
    **dict.fromkeys(finding_bits.OF_TESTS, "`evaluate`, and `audit` with `observations`"),
    **dict.fromkeys(finding_bits.OF_SOURCES, "`evaluate`, and `audit` with a `source`"),
}
"""What reports the findings that an audit finds only in a further table, or in a cohort that a source describes."""


def pages() -> dict[str, str]:
    """Return the text of every generated page that is committed, by its path below `docs/`."""
    written = {"findings.md": findings_page(), "data-model.md": data_model_page(), "source-codes.md": sources_page()}
    return {**written, **protocol_pages(), "llms.txt": llms_text(written)}


def verb_pages() -> dict[str, str]:
    """Return the text of the page of every public function, by its path below `docs/`."""
    return {f"verbs/{verb.__name__}.md": verb_page(verb) for verb in verbs()}


def protocol_pages() -> dict[str, str]:
    """Return the text of the page of every built-in protocol, by its path below `docs/`."""
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
    This page explains every finding: what it means, what to do, and which rule it is based on.
    Look up a code here when `plan`, `check`, `audit` or a function of the library reports it.

    A finding is a value, not an error: the result is complete, and the finding is part of it.
    It has a code, a severity, a course, a day and a row (each where it applies), a message, what to do, and the `cite`
    of its source.
    Codes are stable: none changes its meaning or is used again for something else.
    There are {counts}.

    | Severity | Meaning |
    | --- | --- |
    | `error` | Something is wrong; the command line exits with status 1 |
    | `warning` | Somebody should look at it |
    | `note` | For information |

    If a fact that a rule needs is missing, the question is listed in `not_assessed` instead.

    Codes of refused input are on another page: [errors](errors.md).
    `lemtrada-schedule findings` lists the findings on the command line.
    "Reported by" says whether an [audit of a cohort](how-the-screen-works.md) can report the finding.
    Words in braces are replaced by the facts of the case.
    Each example ends with the course, the day and the row of the finding.
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
def entries() -> dict[str, dict[str, Any]]:
    """Return the entry of each finding in `findings.toml`: exactly those of the catalogue."""
    texts = tomllib.loads((DOCS / "findings.toml").read_text(encoding="utf-8"))
    codes = [kind.code for kind in catalogue.CATALOGUE]
    if missing := sorted(set(codes) - texts.keys()):
        raise LookupError(f"docs/findings.toml: add an entry [{missing[0]}]")
    if unknown := sorted(texts.keys() - set(codes)):
        raise LookupError(f"docs/findings.toml: remove the entry [{unknown[0]}]; no finding has this code")
    return texts


@cache
def headings() -> dict[str, str]:
    """Return the anchor of each rule of time, as used in links."""
    found = re.findall(r"^### (S[0-9]{2})(.*)$", (DOCS / "rules-of-time.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {line: re.sub(r"[^a-z0-9_ -]", "", (line + title).lower()).replace(" ", "-") for line, title in found}


def finding_block(kind: finding.FindingKind) -> str:
    """Return one kind of finding: its meaning, message, basis, what to do, and an example."""
    entry = entries()[kind.code]
    rules = ", ".join(f"[{rule}](rules-of-time.md#{headings()[rule]})" for rule in entry["rules"])
    basis = f"{rules}; {entry['source']}" if rules else entry["source"]
    facts = (
        f"Severity: {kind.severity}{f' or {kind.or_severity}' if kind.or_severity else ''}",
        f"Reported by: {REPORTED_WITH.get(kind, SEEN_BY[kind.seen_by])}",
        f"Message: {kind.template}",
        f"What to do: {kind.hint}",
        f"Based on: {basis}",
    )
    example = f"```python\n{entry['example'].strip()}\n\n```"
    listed = "\n".join(f"- {fact}" for fact in facts)
    return "\n\n".join([f"## {kind.code}", f"{kind.title}.", entry["meaning"].strip(), listed, example])


# --- protocols -----------------------------------------------------------------------------------


def protocol_page(rules: protocol.Protocol) -> str:
    """Return the page of one built-in protocol: every number with its source, grade and basis."""
    newest = load_protocol(rules.id).name
    loaded = (
        f'Load it with `load_protocol("{rules.name}")`, or with `load_protocol("{rules.id}")` while it is the newest.'
        if rules.name == newest
        else f'Load it with `load_protocol("{rules.name}")`. There is a newer revision: [{newest}]({newest}.md).'
    )
    intro = f"""
    This page lists every number of the protocol with its source, its grade and its basis.
    {loaded}

    | Grade | The number was read in |
    | --- | --- |
    | **A** | a document of a regulator or of the manufacturer |
    | **B** | a reproduction of the label, a label derived from it, or two or more agreeing sources |

    Nothing weaker is included: see [what is not included](../not-shipped.md).

    | Basis | Meaning |
    | --- | --- |
    | *label* | The source says so |
    | **convention** | The source leaves it open, or it was not read in this label, and the library decides |
    """
    notes = [action for action in rules.actions if isinstance(action, actions.NoteAction)]
    return page(
        f"{rules.title}: {rules.name}",
        intro,
        "## Infusion day and limits\n\n" + table(("What", "Rule", *SOURCED), list(limit_rows(rules))),
        "Ages, gaps within a course and the number of medicines are used only to judge records.",
        "## Courses\n\n" + table(("Course", "Rule", *SOURCED), list(course_rows(rules))),
        "The basis of a course is that of the day from which its interval is counted.",
        "## Activities\n\n" + table(("What", "Rule", "For", *SOURCED), list(action_rows(rules))),
        "If a month has no such day, deadlines, due dates and starts of periods fall on its last day, "
        "ends of periods and openings of windows on the first of the next month: [rules of time](../rules-of-time.md).",
        *alike_note(rules),
        "## Notes\n\n" + table(("What", "In our words", "For", *SOURCED), [note_row(note) for note in notes]),
        "## Sources\n\n" + table(("Source", "Document", "Where"), [source_row(source) for source in rules.sources]),
        *loinc_notice(rules),
    )


SOURCED: Final = ("Source", "Grade", "Basis")


def sourced(cite: str, grade: str | None, basis: str) -> tuple[str, str, str]:
    """Return the three cells that say where a number comes from; conventions are bold."""
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
        yield "Minimum age on the first infusion", f"{age.years} years", *cells(age)
    if age := rules.adult_age:
        yield "Adult age; a younger age is a warning", f"{age.years} years", *cells(age)
    gap = rules.course_gap_days
    yield "Maximum distance between infusions of one course", f"{gap.days} days", *cells(gap)
    if limit := rules.maximum_courses:
        yield "Maximum number of courses", f"{limit.courses} courses", *cells(limit)
    if limit := rules.data_limited_beyond:
        yield "Data are limited beyond", f"{limit.courses} courses", *cells(limit)
    if before := rules.prior_medicines:
        yield "Number of medicines usually tried before", f"{before.medicines} or more", *cells(before)


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
        yield f"in judging records: only a warning if at least that long after the {rule.warn_only_from}"


def action_rows(rules: protocol.Protocol) -> Iterator[tuple[str, ...]]:
    """Yield one row for each dated action, and another for its baseline."""
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
    reuse = (
        f"; a test of the current series up to {rule.reuse} before the first infusion is accepted" if rule.reuse else ""
    )
    return f"{within}{reuse}"


def alike_note(rules: protocol.Protocol) -> list[str]:
    """Return the note on neutral titles that can be confused, if the protocol has any (S46)."""
    pairs = ", ".join(f"`{one}` and `{other}`" for one, other in rules.alike_in_neutral_titles)
    note = f"""
    Note on neutral titles: these activities can be in force on the same day, end on different days, and share a
    neutral title, so a neutral calendar or page does not distinguish them: {pairs}.
    Revisions from r2 on give each its own title and refuse shared ones.
    """
    return [note] if pairs else []


def note_row(note: actions.NoteAction) -> tuple[str, ...]:
    """Return the row of a note."""
    return f"{note.title} (`{note.id}`)", note.text, PER[note.per], *cells(note)


def source_row(source: citations.CitedDocument) -> tuple[str, ...]:
    """Return the row of a source; its location is code, so that nothing in it becomes a link."""
    return f"`{source.id}`", source.document, f"`{source.where}`" if source.where else ""


def sources_page() -> str:
    """Return the page of the sources of all built-in protocols, by the codes that reasons and findings name."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in protocol_names():
        for each in load_protocol(name).sources:
            found.setdefault((each.id, each.document), []).append(f"[{name}](protocols/{name}.md)")
    rows = [(f"`{code.upper()}`", document, ", ".join(names)) for (code, document), names in sorted(found.items())]
    intro = """
    Reasons and findings end with the code of the document that a number was read in, such as `USPI-2-3`.
    This page says which document each code means.

    The page of a protocol also says where each document is, and which number comes from it.
    In your own protocol, the codes are the ids of its [`[[sources]]`](own-protocol.md).
    """
    return page("Source codes", intro, table(("Code", "Document", "Protocols"), rows))


def loinc_notice(rules: protocol.Protocol) -> list[str]:
    """Return the notice that LOINC's licence requires, if the protocol contains its codes."""
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
    This page lists every type that holds data, with its fields, their types and their meaning.
    Developers need it to read a result in Python or in JSON; the field names are the keys of the JSON.

    - All types are frozen, strict and closed: fields cannot be set, text is not converted to numbers, and unknown keys
      are refused.
    - `model_copy(update={…})` returns a changed copy, which is validated again.
    - Where the type is a tuple, a list is accepted too.
    - Input dates lie between 2000-01-01 and 2099-12-31; calculated dates may be as late as 2199-12-31.
    - In JSON a date is `YYYY-MM-DD` and a clock time `HH:MM`.
    - `repr`, `str` and notebooks show what a value is and how large, such as
      `Plan(us-2024-05-r2, 3 courses, 11 infusion days, revision 0)`.
      They show no id, date or value of a patient, because logs and notebooks are kept.
      `to_text` and `explain` describe a value for people, and `model_dump_json` writes it in full.
    - Import the types from `lemtrada_schedule` where it exports them; the modules named below may move until
      version 1.0.
    """
    blocks = [block for module in MODULES for block in module_blocks(module)]
    return page("Data model", intro, *blocks)


def module_blocks(module: types.ModuleType) -> list[str]:
    """Return the blocks of the types of one module, in the order in which they are defined."""
    public = (getattr(module, name) for name in module.__all__)
    models = [model for model in public if inspect.isclass(model) and issubclass(model, Model)]
    # Types that a module re-exports come before its own.
    models.sort(key=lambda model: (model.__module__ == module.__name__, inspect.getsourcelines(model)[1]))
    return [f"## {MODULES[module]}", f"Module `{module.__name__}`.", *(type_block(model) for model in models)]


def type_block(model: type[Model]) -> str:
    """Return one type: the first paragraph of its docstring and a table of its fields."""
    first = inspect.cleandoc(model.__doc__ or "").partition("\n\n")[0]
    texts = {name: text for kind in reversed(model.__mro__) for name, text in field_docstrings(kind)}
    rows = [(f"`{name}`", words(field.annotation), texts.get(name, "")) for name, field in model.model_fields.items()]
    computed = [f"- `{name}`: {text}" for name, text in property_docstrings(model)]
    block = f"### {model.__name__}\n\n{first}\n\n" + table(("Field", "Type", "Meaning"), rows)
    return "\n".join([f"{block}\n\nComputed, not in the JSON:\n", *computed]) if computed else block


def property_docstrings(model: type) -> Iterator[tuple[str, str]]:
    """Yield the properties of a type, including inherited ones, with the first line of their docstring."""
    own = (kind for kind in model.__mro__ if kind.__module__.startswith("lemtrada_schedule") and kind is not Model)
    for name, value in (entry for kind in own for entry in vars(kind).items()):
        if isinstance(value, property | cached_property) and not name.startswith("_"):
            yield name, (inspect.getdoc(value) or "").partition("\n")[0]


def field_docstrings(model: type) -> Iterator[tuple[str, str]]:
    """Yield the docstring below each field of a class, for fields that have one."""
    if not model.__module__.startswith("lemtrada_schedule"):
        return
    (tree,) = ast.parse(dedent(inspect.getsource(model))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            yield field.target.id, " ".join(str(ast.literal_eval(below.value)).split())


def words(annotation: Any) -> str:
    """Return a type in words; types of the data model are links."""
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


def llms_text(written: Mapping[str, str]) -> str:
    """Return the index of the pages for programs that read Markdown (llmstxt.org), each with its first sentence.

    Args:
        written: The generated pages, which may not be written yet.
    """
    home = (DOCS / "index.md").read_text(encoding="utf-8")
    blocks = [f"# {title(home)}\n\n> {opening(home)}"]
    for caption, names in TOCTREE.findall(home):
        files = [f"{name}.md" for name in names.split() if "*" not in name]
        texts = [(file, written.get(file) or source(file)) for file in files]
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
