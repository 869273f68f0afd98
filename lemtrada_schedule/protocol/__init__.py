"""The rules of a treatment as data: courses, intervals, actions, each with its source."""
