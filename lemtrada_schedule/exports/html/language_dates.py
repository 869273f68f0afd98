"""Dates, clock times and plural forms of a language: English by itself, others by Babel, which knows the CLDR."""

from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, Final, Protocol

from lemtrada_schedule.dates.day_names import DAYS, MONTHS, full_day
from lemtrada_schedule.errors import MissingExtra
from lemtrada_schedule.exports.titles import spaced_day
from lemtrada_schedule.validation.arguments import refused_argument
from lemtrada_schedule.validation.scalars import clock

__all__ = ["Dates", "dates_of"]


class Dates(Protocol):
    """How a language writes days, months and clock times."""

    days: tuple[str, ...]
    """Monday to Sunday."""
    short_days: tuple[str, ...]
    months: tuple[str, ...]
    """Short names."""
    first_weekday: int
    """0 for Monday, 6 for Sunday."""
    is_right_to_left: bool

    def full(self, day: date) -> str:
        """Return a day with its weekday, the month in full."""

    def medium(self, day: date) -> str:
        """Return a day with its weekday, both names short."""

    def short(self, day: date) -> str:
        """Return a day without its year."""

    def day_month(self, day: date) -> str:
        """Return a day of the month without weekday and year."""

    def month(self, day: date) -> str:
        """Return the month and year of a day."""

    def clock_time(self, moment: datetime) -> str:
        """Return a clock time."""

    def plural(self, count: int) -> str:
        """Return the plural form that goes with a number: `one`, `few`, `other`."""


class _English:
    """English of no region: `Mon 11 Jan 2027`, 24 hours, weeks from Monday, as everything else that is written here."""

    days: tuple[str, ...] = DAYS
    short_days: tuple[str, ...] = tuple(name[:3] for name in DAYS)
    months: tuple[str, ...] = tuple(name[:3] for name in MONTHS)
    first_weekday = 0
    is_right_to_left = False

    def full(self, day: date) -> str:
        return full_day(day)

    def medium(self, day: date) -> str:
        return spaced_day(day)

    def short(self, day: date) -> str:
        return spaced_day(day).removesuffix(f" {day.year}")

    def day_month(self, day: date) -> str:
        return f"{day.day} {self.months[day.month - 1]}"

    def month(self, day: date) -> str:
        return f"{MONTHS[day.month - 1]} {day.year}"

    def clock_time(self, moment: datetime) -> str:
        return clock(moment)

    def plural(self, count: int) -> str:
        return "one" if count == 1 else "other"


class _American(_English):
    """English of the United States: `Mon, Jan 11, 2027`, 12 hours, weeks from Sunday."""

    first_weekday = 6

    def full(self, day: date) -> str:
        return f"{DAYS[day.weekday()]}, {MONTHS[day.month - 1]} {day.day}, {day.year}"

    def medium(self, day: date) -> str:
        return f"{self.short(day)}, {day.year}"

    def short(self, day: date) -> str:
        return f"{self.short_days[day.weekday()]}, {self.day_month(day)}"

    def day_month(self, day: date) -> str:
        return f"{self.months[day.month - 1]} {day.day}"

    def clock_time(self, moment: datetime) -> str:
        return f"{moment.hour % 12 or 12}:{moment.minute:02d}{_NO_BREAK}{'AM' if moment.hour < 12 else 'PM'}"


_NO_BREAK: Final = "\u00a0"

_BUILT_IN: Final[dict[str, type[_English]]] = {"en": _English, "en-US": _American}


class _Cldr:
    """A language by the CLDR."""

    def __init__(self, locale: Any) -> None:
        """Keep the locale of Babel."""
        days, months = locale.days["stand-alone"], locale.months["stand-alone"]
        self._locale = locale
        self.days = tuple(days["wide"][number] for number in range(7))
        self.short_days = tuple(days["abbreviated"][number] for number in range(7))
        self.months = tuple(months["abbreviated"][number] for number in range(1, 13))
        self.first_weekday = int(locale.first_week_day)
        self.is_right_to_left = locale.character_order == "right-to-left"
        self.full = lru_cache(maxsize=4_096)(self._full)
        self.medium = lru_cache(maxsize=4_096)(self._medium)

    def _full(self, day: date) -> str:
        from babel.dates import format_date  # noqa: PLC0415  # the extra `languages`

        return str(format_date(day, "full", locale=self._locale))

    def _medium(self, day: date) -> str:
        return self._skeleton("yMMMEd", day)

    def short(self, day: date) -> str:
        return self._skeleton("MMMEd", day)

    def day_month(self, day: date) -> str:
        return self._skeleton("MMMd", day)

    def month(self, day: date) -> str:
        return self._skeleton("yMMMM", day)

    def clock_time(self, moment: datetime) -> str:
        from babel.dates import format_time  # noqa: PLC0415  # the extra `languages`

        written = format_time(moment, "short", locale=self._locale)
        return str(written).replace("\u202f", _NO_BREAK)  # many fonts have no narrow space

    def plural(self, count: int) -> str:
        return str(self._locale.plural_form(count))

    def _skeleton(self, skeleton: str, day: date) -> str:
        from babel.dates import format_skeleton  # noqa: PLC0415  # the extra `languages`

        return str(format_skeleton(skeleton, day, locale=self._locale))


@cache
def dates_of(tag: str) -> Dates:
    """Return how a language writes dates.

    A region that the CLDR does not know for a language, such as `de-US`, is ignored.

    Raises:
        MissingExtra: Babel is not installed.
        InvalidInput: The CLDR does not know the language (`unknown-name`).
    """
    if made := _BUILT_IN.get(tag):
        return made()
    try:
        from babel import Locale, UnknownLocaleError  # noqa: PLC0415  # the extra `languages`
    except ImportError:
        raise MissingExtra("languages", "babel") from None
    parts = tag.split("-")
    for length in range(len(parts), 0, -1):
        try:
            return _Cldr(Locale.parse("_".join(parts[:length])))
        except (UnknownLocaleError, ValueError):
            continue
    raise refused_argument("unknown-name", "language", "the CLDR does not know the dates of this language")
