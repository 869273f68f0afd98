"""The page beside a plain template; needs jinja2, which the library does not.

Beside `to_html` runs what somebody would write first with jinja2: one template that walks the plan and prints
months, days and a table with a row for each date. It has no timeline, no letters, no rows that are put together.
"""

import calendar
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, Final

from jinja2 import Environment

from lemtrada_schedule import Plan, explain, load_protocol, plan_treatment, read_clinic, to_html, to_rows
from tests.benchmarks.turns import CORE, ROOT, Work, figures_table, machine, rows_of, times_as_fast_as

TEMPLATE: Final = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Plan</title>
<style>{{ style }}</style></head><body><h1>Plan</h1>
{% for course in plan.courses %}<h2>Course {{ course.number }}</h2><p>{{ explain(course) }}</p>
<table><caption>{{ course.first_day.strftime("%B %Y") }}</caption>
{% for week in weeks(course.first_day.year, course.first_day.month) %}<tr>{% for day in week %}
<td{% if (course.first_day.day <= day <= course.last_day.day) %} class="infusion"{% endif %}>{{ day or "" }}</td>
{% endfor %}</tr>{% endfor %}</table>
<ul>{% for day in course.days %}<li>{{ explain(day) }}</li>{% endfor %}</ul>{% endfor %}
<table><tr><th>Date</th><th>What</th><th>Why</th></tr>
{% for row in rows %}<tr><td>{{ (row.first_day or row.last_day).strftime("%A %d %B %Y") }}</td>
<td>{{ row.title }}</td><td>{{ row.reason }}</td></tr>
{% endfor %}</table>
<dl>{% for note in notes %}<dt>{{ note.title }}</dt><dd>{{ note.text }}</dd>{% endfor %}</dl></body></html>"""


def plans() -> dict[str, Plan]:
    protocol, clinic = load_protocol("us-2024-05"), read_clinic(ROOT / "examples" / "boston.toml")
    return {
        f"{courses} course{'s' if courses > 1 else ''}": plan_treatment(
            protocol, clinic, not_before=date(2027, 1, 11), courses=courses
        )
        for courses in (1, 2, 5)
    }


def by_jinja() -> Callable[[Plan], str]:
    """Return the naive page, its template compiled once."""
    template = Environment(autoescape=True).from_string(TEMPLATE)
    weeks = calendar.Calendar().monthdayscalendar
    style = (ROOT / "lemtrada_schedule" / "exports" / "page.css").read_text(encoding="utf-8")

    def page(plan: Plan) -> str:
        rows = sorted(
            (row for row in to_rows(plan) if row["first_day"] or row["last_day"]),
            key=lambda row: row["first_day"] or row["last_day"] or date.min,
        )
        notes: list[Any] = [activity for activity in plan.activities if activity.kind == "note"]
        return template.render(plan=plan, explain=explain, weeks=weeks, rows=rows, notes=notes, style=style)

    return page


def figures(repeats: int) -> str:
    naive = by_jinja()
    rows = []
    for courses, plan in plans().items():
        sides: dict[str, Work] = {"jinja2": partial(naive, plan), "library": partial(to_html, plan, titles="clinical")}
        title = f"{courses}, {len(to_rows(plan))} items"
        rows += rows_of(title, sides, 3 * repeats, per_second=1e3, ratio=times_as_fast_as("jinja2"))
    told = figures_table("ms a page", rows, "jinja2 takes … times as long", digits=1)
    return f"{machine(*CORE, 'jinja2')}\n\n{told}"
