"""Screen a cohort with NumPy: look-up tables, courses, rules, dates."""
