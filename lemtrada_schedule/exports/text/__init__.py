"""A plan, a verdict or a single date as plain text."""
