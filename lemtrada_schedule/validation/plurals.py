"""Write a number with what it counts: `1 day`, `3 days`."""

__all__ = ["how_many"]


def how_many(count: int, noun: str) -> str:
    """Return a number and what it counts, with an `s` unless the number is 1.

    >>> how_many(1, "day"), how_many(0, "infusion day"), how_many(1_200, "row")
    ('1 day', '0 infusion days', '1,200 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
