"""Measure the page: `python -m tests.benchmarks.bench_page [--repeats N]`. Needs jinja2, which the library does not.

Beside `to_html` runs what somebody would write first with jinja2: one template that walks the plan and prints
months, days and a table with a row for each date. It has no timeline, no letters, no rows that are put together.
Nothing here is a gate: believe the ratio.
"""

import argparse
import calendar
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from jinja2 import Environment

from lemtrada_schedule import Plan, explain, load_protocol, plan_treatment, read_clinic, to_html, to_rows

ROOT: Final = Path(__file__).parents[2]
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
    protocol, clinic = load_protocol("us"), read_clinic(ROOT / "examples" / "boston.toml")
    return {
        f"{courses} courses": plan_treatment(protocol, clinic, not_before=date(2027, 1, 11), courses=courses)
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


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the page beside a plain jinja2 template.")
    parser.add_argument("--repeats", type=int, default=21)
    repeats = parser.parse_args().repeats
    naive = by_jinja()
    print_line = sys.stdout.write
    print_line("| a page | items | library, ms | jinja2, ms | jinja2 takes … times as long |\n")
    print_line("| --- | --: | --: | --: | --: |\n")
    for name, plan in plans().items():
        ours_of, naive_of = partial(to_html, plan, titles="clinical"), partial(naive, plan)
        turns = [(milliseconds(ours_of), milliseconds(naive_of)) for _ in range(repeats + 1)][1:]
        ours, theirs = (median(column) for column in zip(*turns, strict=True))
        ratio = median(b / a for a, b in turns)
        print_line(f"| {name} | {len(to_rows(plan))} | {ours:.1f} | {theirs:.1f} | {ratio:.2f} |\n")


if __name__ == "__main__":
    main()
