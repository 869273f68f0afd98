"""Read a cohort from data frames and parquet files as columns."""
