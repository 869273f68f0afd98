"""A plan as rows, for data frames and CSV."""
