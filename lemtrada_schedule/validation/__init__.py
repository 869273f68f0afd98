"""Check what comes in: the base of every value, arguments, dates and texts, JSON text, file paths."""
