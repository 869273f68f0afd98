"""Findings and derivations: what the library reports, and the reason of a date."""
