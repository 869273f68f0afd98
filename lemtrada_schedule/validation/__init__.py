"""Validate input: the base class of all values, arguments, dates and text, JSON text, file paths."""
