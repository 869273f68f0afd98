"""Parts of plans that many plans share, kept in one bounded store for all clinics and protocols."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from lemtrada_schedule.clinic.booked_days import BookedDays
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["PARTS", "PlanBasis", "SharedParts"]

_T = TypeVar("_T")
_ABSENT: Final = object()


class SharedParts:
    """A bounded store of frozen values by key, in two generations.

    When the younger generation is full, it becomes the older one, and the previous older one is dropped. A part that
    is used again moves to the younger one. So the store holds at most two generations and never loses all at once.
    """

    def __init__(self, generation: int) -> None:
        """Prepare an empty store; `generation` is how many parts one generation holds."""
        self._most = generation
        self._young: dict[Hashable, Any] = {}
        self._old: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        """Return how many parts are kept; one that is in both generations counts twice."""
        return len(self._young) + len(self._old)

    def cache_clear(self) -> None:
        """Drop every part, like `cache_clear` in `functools`."""
        self._young, self._old = {}, {}

    def part(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return the part that belongs to a key, made at its first use."""
        part = self._young.get(key, _ABSENT)
        if part is _ABSENT:
            part = self._old.get(key, _ABSENT)
            if part is _ABSENT:
                part = make()
            if len(self._young) >= self._most:
                self._old, self._young = self._young, {}
            self._young[key] = part
        return cast("_T", part)


PARTS: Final = SharedParts(generation=8_192)
"""The one store. Its parts are frozen and hold nothing of a patient."""


@dataclass(frozen=True, slots=True, repr=False)
class PlanBasis:
    """What a plan is made with: the rules of a protocol, and the calendar of a clinic."""

    protocol: Protocol
    calendar: OpenDays
    booked: BookedDays | None = None
    """The calendar with the chairs that other plans take (S44); `None` if bookings close no day."""

    @property
    def free_days(self) -> OpenDays:
        """The calendar for courses that are newly placed or moved."""
        return self.booked or self.calendar

    def shared(self, key: tuple[Hashable, ...], make: Callable[[], _T]) -> _T:
        """Return the part of a plan that belongs to a key under these rules and this calendar."""
        return PARTS.part((self.calendar, self.protocol.digest, *key), make)

    def shared_unbooked(self, key: tuple[Hashable, ...], make: Callable[[], _T]) -> _T:
        """Return a part of a plan that depends on free chairs; it is shared only if bookings close no day."""
        return make() if self.booked else self.shared(key, make)
