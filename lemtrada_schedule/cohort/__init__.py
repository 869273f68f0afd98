"""Audit a cohort: screen many patients at once with the results of `evaluate` and `forecast`."""
