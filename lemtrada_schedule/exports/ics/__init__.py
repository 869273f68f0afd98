"""A plan as an iCalendar file."""
