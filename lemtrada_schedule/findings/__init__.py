"""What the library reports: the catalogue of findings, and the reason of a date."""
