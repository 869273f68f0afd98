"""`OwnDays`: the date of the question for each patient, where a column of the cohort says it."""

from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.layout import Array

__all__ = ["OwnDays"]

DENSE: Final = 4
"""A table with an entry for every number between the lowest and the highest patient is at most this much longer."""


class OwnDays:
    """A look-up table from patients, as numbers, to their dates of the question."""

    def __init__(self, codes: Array, as_of: Array) -> None:
        """Make the table.

        Args:
            codes: The patient of each row.
            as_of: The date of each row.
        """
        self._lowest = int(codes.min()) if len(codes) else 0
        size = int(codes.max(initial=self._lowest)) - self._lowest + 1
        self._distinct: Array | None = None
        if size > DENSE * len(codes):
            self._distinct = np.unique(codes)
            size = len(self._distinct)
        self._days = np.zeros(size, np.uint16)
        self._days[self._place(codes)] = as_of
        self.at_odds: Array = np.unique(codes[self.of(codes) != as_of])
        """The patients whose rows do not all have the same date."""

    def of(self, patient: Array) -> Array:
        """Return the dates of some patients."""
        days: Array = self._days[self._place(patient)]
        return days

    def _place(self, patient: Array) -> Array:
        if self._distinct is None:
            return patient - self._lowest
        place: Array = np.searchsorted(self._distinct, patient)
        return place
