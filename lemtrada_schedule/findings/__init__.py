"""Findings and derivations: what the library reports, and the reason for each date."""
