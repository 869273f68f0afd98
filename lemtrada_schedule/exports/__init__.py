"""Exports: plans as text, pages, calendar files, table rows and FHIR. Export formats do not import each other."""
