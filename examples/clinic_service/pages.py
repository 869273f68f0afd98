"""The worklist as a page to print or to keep open in a browser: no script, and nothing is loaded."""

from html import escape

from examples.clinic_service.bodies import Due, Titles
from lemtrada_schedule import DueItem

_STYLE = """
body { font: 1rem/1.4 system-ui, sans-serif; margin: 2rem; color: #1a1a1a; background: #fff; }
table { border-collapse: collapse; } caption { text-align: left; padding-bottom: .5rem; }
th, td { text-align: left; padding: .3rem .8rem; border-bottom: 1px solid #8a8a8a; vertical-align: top; }
"""

_COLUMNS = ("Day", "Suggested", "Patient", "What", "State")

_NEUTRAL = {"decision": "Correct the records", "replan": "Plan again: plan and records differ"}
"""The neutral titles of what a person of the clinic can settle, by item. A question for a clinician keeps its own."""

_NOT_LISTED = "Later days are not listed until the records are corrected or the question is answered, for:"

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def worklist_page(asked: Due, titles: Titles) -> str:
    """Return what is due as a page. Neutral titles name no medicine, disease or test."""
    listed = asked.worklist
    missing = "".join(
        f"<li>{escape(one.patient)}: {escape(', '.join(problem['code'] for problem in one.problems))}</li>"
        for one in asked.refused
    )
    warning = f'<section><h2>Not in this list</h2><ul class="refused">{missing}</ul></section>\n' if missing else ""
    heading = f"Due from {listed.first_day} to {listed.last_day}, asked on {listed.as_of}: {len(listed)} items"
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    rows = "\n".join(_row(item, titles) for item in listed)
    waiting = sorted({item.patient or "" for item in listed if item.kind == "decision" and item.item != "replan"})
    asked_first = f'<p class="waiting">{escape(_NOT_LISTED)} {escape(", ".join(waiting))}</p>\n' if waiting else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Worklist</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        f"<body><main><h1>Worklist</h1>\n{warning}{asked_first}<table><caption>{heading}</caption>"
        f"\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></main></body></html>\n"
    )


def _row(item: DueItem, titles: Titles) -> str:
    title = _title(item) if titles == "clinical" else _NEUTRAL.get(item.item, item.neutral_title)
    cells = (item.day, item.suggested or "", item.patient or "", title, item.state)
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"


def _title(item: DueItem) -> str:
    """Return what there is to do, in clinical words; of a question, also what is asked."""
    if item.kind != "decision":
        return item.title
    return item.reason if item.item == "decision" else f"{item.title}: {item.reason}"
