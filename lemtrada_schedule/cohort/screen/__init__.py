"""Screen all rows of a cohort at once with NumPy, and pick the patients that need a full evaluation."""
