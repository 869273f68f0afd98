"""Doses as numbers (S34), and lengths between two instants (S35)."""

import struct
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

PLACES = 6
MOST_DIGITS = {32: 9, 64: 17}
"""So many significant digits tell any two binary numbers of a width apart."""


def dose(value: object, bits: int = 64) -> Decimal | None:
    """Return a dose, its trailing zeros dropped; `None` where it is refused: more than 6 places, or nothing of it.

    Text and decimals are taken as they are written. A binary number of 32 or 64 bits is taken as its shortest
    decimal, rounded half up to 6 places.
    """
    if isinstance(value, float):
        return without_zeros(shortest(value, bits).quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP))
    written = Decimal(str(value))
    kept = without_zeros(written)
    if kept <= 0 or kept != kept.quantize(Decimal("0.000001")):
        return None
    return kept


def without_zeros(value: Decimal) -> Decimal:
    """Drop zeros at the end of the decimal places, one by one."""
    whole, _, places = f"{value:f}".partition(".")
    while places.endswith("0"):
        places = places[:-1]
    return Decimal(f"{whole}.{places}" if places else whole)


def shortest(value: float, bits: int) -> Decimal:
    """Return the decimal with the fewest digits that is still this binary number: try 1, 2, 3, … digits."""
    for digits in range(1, MOST_DIGITS[bits] + 1):
        written = Decimal(f"{value:.{digits - 1}e}")
        if as_binary(float(written), bits) == as_binary(value, bits):
            return written
    message = f"{value!r} is no number of {bits} bits"
    raise ValueError(message)


def as_binary(value: float, bits: int) -> bytes:
    """Return the bytes of a number in 32 or 64 bits."""
    return struct.pack({32: "<f", 64: "<d"}[bits], value)


def minutes_between(start: datetime, end: datetime) -> int:
    """Return the real minutes between two instants, each cut to its minute first."""
    first, last = (moment.astimezone(UTC).replace(second=0, microsecond=0) for moment in (start, end))
    return int(Fraction(int((last - first).total_seconds()), 60))
