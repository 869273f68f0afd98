"""A page with FullCalendar, which many web applications show calendars with, and a calendar file in it."""

import base64
import json
from collections.abc import Sequence
from typing import Final

from tests.clients.conftest import HERE

__all__ = ["full_calendar_page"]

SCRIPTS: Final = (
    "ical.js-1/build/ical.min.js",
    "fullcalendar/index.global.min.js",
    "@fullcalendar/icalendar/index.global.min.js",
)

PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Calendar</title>
<style>
  body { margin: 14px; font: 13px "DejaVu Sans", sans-serif; background: white; }
  .fc { margin-bottom: 18px; }
  .fc .fc-toolbar-title { font-size: 20px; }
  .fc .fc-event-title, .fc .fc-event-main { white-space: normal; }
  .fc .fc-event-main-frame > .fc-event-time { flex: none; }
</style>
%(scripts)s
<body>
<script>
const file = "data:text/calendar;base64,%(file)s";
// As an app does that knows colours (RFC 7986): the plugin of FullCalendar reads none.
async function coloured() {
  const parts = new ICAL.Component(ICAL.parse(await (await fetch(file)).text())).getAllSubcomponents("vevent");
  return parts.map((part) => [part, new ICAL.Event(part)]).map(([part, event]) => ({
    title: event.summary, start: event.startDate.toString(), end: event.endDate.toString(),
    color: part.getFirstPropertyValue("color"),
  }));
}
const calendars = [];
async function show() {
  const events = %(by_plugin)s ? { url: file, format: "ics" } : await coloured();
  for (const initialDate of %(months)s) {
    const place = document.body.appendChild(document.createElement("div"));
    const calendar = new FullCalendar.Calendar(place, {
      initialView: "dayGridMonth", initialDate, now: "2026-11-22", events, height: "auto", eventDisplay: "block",
      headerToolbar: { start: "title", center: "", end: "" }, fixedWeekCount: false, showNonCurrentDates: false,
      eventTimeFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    });
    calendar.render();
    calendars.push(calendar);
  }
}
show();
</script>
</body>
</html>
"""


def full_calendar_page(file: bytes, months: Sequence[str], *, by_plugin: bool) -> str:
    """Return a page that shows months of a calendar file.

    Args:
        file: The calendar file.
        months: A day of each month to show.
        by_plugin: Whether FullCalendar's own plugin reads the file; else ical.js does, with its colours.
    """
    scripts = "\n".join(f'<script src="{(HERE / "node_modules" / one).as_uri()}"></script>' for one in SCRIPTS)
    return PAGE % {
        "scripts": scripts,
        "file": base64.b64encode(file).decode(),
        "months": json.dumps(list(months)),
        "by_plugin": json.dumps(by_plugin),
    }
