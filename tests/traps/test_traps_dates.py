"""Traps A01 to A24: dates that naive code reinterprets are refused at every public door, or shown for what they are."""

import json
import re
import unicodedata
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from time import process_time
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    InvalidInput,
    Period,
    Plan,
    Span,
    explain,
    find_course_starts,
    plan_treatment,
    read_clinic,
    to_rows,
    to_text,
)
from lemtrada_schedule.cli.main import main
from lemtrada_schedule.exports.text.plan_text import starts_to_text
from tests.support.entry_points import (
    CLINIC,
    OBJECT_DOORS,
    START,
    TEXT_DOORS,
    Refusal,
    file_holding,
    plan_with,
    refusal_of,
    refused_protocol,
    small_plan,
    small_protocol,
    weekday_clinic,
)
from tests.support.for_each import for_each

CORPUS: Final = Path(__file__).parents[1] / "corpus"
WORDS: Final = {
    "calendar-date": "YYYY-MM-DD",
    "partial-date": "the day is missing: expected YYYY-MM-DD",
    "no-such-date": "this date does not exist; check month and day",
    "date-range": "; check the year",
}
"""What each refusal must say: what is expected, or what to do."""

CODES: Final = {
    "no_such_date": "no-such-date",
    "out_of_supported_range": "date-range",
    "partial_date_of_fhir": "partial-date",
}
"""The codes of the corpus's classes; those not here are `calendar-date`."""


class PlainDate(date):
    """A date by inheritance, such as other libraries have."""


class PlainText(str):
    """A text by inheritance, such as numpy's `str_`."""

    __slots__ = ()


class NotATime(datetime):
    """Like pandas' NaT: a datetime to `isinstance`, equal to nothing, and not to be compared with a date."""

    def __eq__(self, _other: object) -> bool:
        return False

    def __lt__(self, _other: object) -> bool:
        message = "cannot compare NaT with datetime.date"
        raise TypeError(message)

    __le__ = __gt__ = __ge__ = __lt__
    __hash__ = datetime.__hash__


class Timestamp(datetime):
    """Like pandas' Timestamp."""


class Int64:
    """Like numpy's int64: a number to everybody who asks."""

    def __int__(self) -> int:
        return 1735689600

    __index__ = __int__

    def __float__(self) -> float:
        return 1735689600.0


class Hostile:
    """An object that answers no question about itself."""

    def __getattribute__(self, _name: str) -> Any:
        message = "no answer"
        raise RuntimeError(message)

    def __eq__(self, _other: object) -> bool:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]  # as lists have it
    __repr__ = __str__


class Formats:
    """Like a date with methods, and none by type."""

    def isoformat(self) -> str:
        return "2026-03-06"

    __str__ = isoformat


ECHO: Final = 4
"""Texts shorter than this stand in every message by chance."""

# Each trap's inputs: value, code, and what the message must say besides.
TEXTS: Final[dict[str, list[tuple[str, str, str]]]] = {
    "A02": [("1735689600", "calendar-date", "timestamp"), ("946684800", "calendar-date", "timestamp")],
    "A03": [("0", "calendar-date", ""), ("86400", "calendar-date", ""), ("-86400", "calendar-date", "")],
    "A04": [("1735689600000", "calendar-date", "timestamp"), ("20000000001", "calendar-date", "timestamp")],
    "A05": [("1.7356896e9", "calendar-date", "")],
    "A07": [
        ("2025-01-01T00:00:00Z", "calendar-date", ""),
        ("2025-01-01T00:00:00+14:00", "calendar-date", ""),
        ("2025-01-01T00:00:00-11:00", "calendar-date", ""),
    ],
    "A08": [
        ("2026-03-06_00:00", "calendar-date", ""),
        ("2026-03-06 00:00", "calendar-date", ""),
        ("2026-03-06t00:00", "calendar-date", ""),
    ],
    "A11": [
        ("03/06/2026", "calendar-date", "month/day/year or day/month/year; write it"),
        ("12/04/2026", "calendar-date", "month/day/year or day/month/year; write it"),
        ("13/04/2026", "calendar-date", "month/day/year or day/month/year; write it"),
        ("3.6.2026", "calendar-date", "month/day/year or day/month/year; write it"),
        ("03-06-2026", "calendar-date", "month/day/year or day/month/year; write it"),
    ],
    "A12": [
        ("26-03-06", "calendar-date", "a year of four digits"),
        ("01.02.26", "calendar-date", "a year of four digits"),
        ("77-01-01", "calendar-date", "a year of four digits"),
        ("69-01-01", "calendar-date", "a year of four digits"),
    ],
    "A13": [
        ("2026", "partial-date", ""),
        ("2026-03", "partial-date", ""),
        ("5", "calendar-date", ""),
        ("Tue", "calendar-date", ""),
        ("12:30", "calendar-date", ""),
    ],
    "A14": [("20260306", "calendar-date", ""), ("2026-W10-5", "calendar-date", "")],
    "A15": [
        ("٢٠٢٦-٠٣-٠٦", "calendar-date", "U+0662"),
        ("２０２６-０３-０６", "calendar-date", "U+FF12"),  # noqa: RUF001  # full-width on purpose
    ],
    "A16": [
        ("2026-03-06\n", "calendar-date", "it contains the character U+000A"),
        ("2026-03-06 ", "calendar-date", "it contains the character U+0020"),
        ("2026-03-06\u00a0", "calendar-date", "it contains the character U+00A0"),
        ("2026-\u200b03-06", "calendar-date", "it contains the character U+200B"),
        ("\ufeff2026-03-06", "calendar-date", "it contains the character U+FEFF"),
        ("2026-03-06\x00", "calendar-date", "it contains the character U+0000"),
        ("\u202e2026-03-06", "calendar-date", "it contains the character U+202E"),
    ],
    "A17": [
        ("2026-02-29", "no-such-date", ""),
        ("2100-02-29", "no-such-date", ""),
        ("2026-04-31", "no-such-date", ""),
        ("2026-13-01", "no-such-date", ""),
    ],
    "A18": [
        ("0001-01-01", "date-range", ""),
        ("1026-03-06", "date-range", ""),
        ("3026-03-06", "date-range", ""),
        ("9999-12-31", "date-range", ""),
    ],
    "A22": [
        ("46087", "calendar-date", "looks like an Excel serial number: store the cell as a date"),
        ("44625", "calendar-date", "looks like an Excel serial number: store the cell as a date"),
    ],
}
OBJECTS: Final[dict[str, list[tuple[Any, str, str]]]] = {
    "A01": [(1735689600, "calendar-date", "timestamp"), (0, "calendar-date", ""), (-1, "calendar-date", "")],
    "A04": [(1735689600000, "calendar-date", ""), (20000000000, "calendar-date", ""), (10**30, "calendar-date", "")],
    "A05": [
        (Decimal(1735689600), "calendar-date", "Decimal"),
        (Int64(), "calendar-date", "Int64"),
        (b"1735689600", "calendar-date", "bytes"),
        (b"2026-03-06", "calendar-date", "bytes"),
        (bytearray(b"2026-03-06"), "calendar-date", "bytearray"),
        (Fraction(7, 2), "calendar-date", "Fraction"),
    ],
    "A06": [
        (datetime(2025, 1, 1), "calendar-date", "take .date() in the clinic's zone"),
        (datetime(2025, 1, 1, 10), "calendar-date", "take .date() in the clinic's zone"),
    ],
    "A07": [
        (datetime(2025, 1, 1, tzinfo=UTC), "calendar-date", "take .date() in the clinic's zone"),
        (datetime(2025, 1, 1, tzinfo=timezone(-timedelta(hours=11))), "calendar-date", "take .date()"),
        (datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=14))), "calendar-date", "take .date()"),
    ],
    "A09": [(NotATime(2025, 1, 1), "calendar-date", "NotATime")],
    "A10": [
        (Timestamp(2025, 1, 1), "calendar-date", "take .date() in the clinic's zone"),
        (Timestamp(2025, 1, 1, tzinfo=UTC), "calendar-date", "take .date() in the clinic's zone"),
    ],
    "A18": [
        (date.min, "date-range", ""),
        (date(1026, 3, 6), "date-range", ""),
        (date(3026, 3, 6), "date-range", ""),
        (date.max, "date-range", ""),
    ],
    "A19": [(True, "calendar-date", "true/false"), (1.0, "calendar-date", "float"), (b"5", "calendar-date", "bytes")],
    "A21": [(float("nan"), "calendar-date", "float"), (float("inf"), "calendar-date", "float")],
    "A22": [(46087, "calendar-date", "Excel serial number"), (46087.0, "calendar-date", "Excel serial number")],
    "other": [
        ("", "calendar-date", "empty text"),
        (PlainText("2026-03-06"), "calendar-date", "PlainText"),
        (time(9, 0), "calendar-date", "time"),
        (timedelta(days=20_000), "calendar-date", "timedelta"),
        (date, "calendar-date", "type"),
        ([2026, 3, 6], "calendar-date", "list"),
        ((2026, 3, 6), "calendar-date", "tuple"),
        ({"year": 2026}, "calendar-date", "dict"),
        ({date(2026, 3, 6)}, "calendar-date", "set"),
        (2026j, "calendar-date", "complex"),
        (iter([date(2026, 3, 6)]), "calendar-date", "iterator"),
        (lambda: date(2026, 3, 6), "calendar-date", "function"),
        (Formats(), "calendar-date", "Formats"),
        (Hostile(), "calendar-date", "Hostile"),
    ],
}


def check(refusal: Refusal, place: str, code: str, words: str) -> None:
    assert refusal.code == code
    assert refusal.place == place
    assert WORDS[code] in refusal.text
    assert words in refusal.text


@pytest.mark.parametrize("door", TEXT_DOORS)
def test_text_that_is_no_date(door: str) -> None:
    """Refused with its code and place, told what to do; what it says is not repeated."""
    refuse, place = TEXT_DOORS[door]

    def is_refused(case: tuple[str, tuple[str, str, str]]) -> None:
        text, code, words = case[1]
        refusal = refuse(text)
        check(refusal, place, code, words)
        assert len(text) < ECHO or text not in refusal.text

    for_each([(trap, one) for trap, inputs in TEXTS.items() for one in inputs], is_refused)


@pytest.mark.parametrize("door", OBJECT_DOORS)
def test_a_thing_that_is_no_date(door: str) -> None:
    refuse, place = OBJECT_DOORS[door]

    def is_refused(case: tuple[str, int]) -> None:
        value, code, words = OBJECTS[case[0]][case[1]]
        check(refuse(value), place, code, words)

    # Named by trap and number: some of these objects cannot be shown.
    for_each([(trap, number) for trap, inputs in OBJECTS.items() for number in range(len(inputs))], is_refused)


@pytest.mark.parametrize("door", [name for name in OBJECT_DOORS if name not in {"period", "plan-object"}])
def test_a_date_by_inheritance_is_none_at_the_doors_for_what_comes_in(door: str) -> None:
    """Derived dates, which our own code makes, are checked by pydantic-core, and it takes heirs of `date`."""
    refuse, place = OBJECT_DOORS[door]
    check(refuse(PlainDate(2026, 3, 6)), place, "calendar-date", "PlainDate")


@pytest.mark.parametrize("door", [name for name in OBJECT_DOORS if name != "plan-as-of"])
def test_nothing_is_no_date(door: str) -> None:
    refuse, place = OBJECT_DOORS[door]
    check(refuse(None), place, "calendar-date", "nothing (None)")


def corpus(name: str) -> list[tuple[str, str]]:
    return [(row["class"], row["text"]) for row in json.loads((CORPUS / name).read_text(encoding="utf-8"))]


@pytest.mark.parametrize("door", TEXT_DOORS)
@pytest.mark.parametrize("half", ["bad_dates.json", pytest.param("bad_dates_more.json", marks=pytest.mark.sweep)])
def test_no_bad_date_of_the_corpus_comes_in(half: str, door: str) -> None:
    refuse, place = TEXT_DOORS[door]
    for kind, text in corpus(half):
        if door.startswith("toml") and not text.isascii() and "Cs" in map(unicodedata.category, text):
            continue  # UTF-8 has no lone surrogates
        refusal = refuse(text)
        is_range = door == "toml-key" and "a range is not accepted" in refusal.text  # it says which entry
        check(refusal, place.removesuffix(".0.date") if is_range else place, CODES.get(kind, "calendar-date"), "")
        assert len(text) < ECHO or text not in refusal.text
        assert refusal.text.replace("\n", "").isprintable()


def test_both_halves_of_the_corpus_have_every_class() -> None:
    given = Counter(kind for kind, _ in corpus("bad_dates.json"))
    own = Counter(kind for kind, _ in corpus("bad_dates_more.json"))
    assert [kind for kind in given if own[kind] < given[kind]] == []
    assert {text for _, text in corpus("bad_dates.json")} & {text for _, text in corpus("bad_dates_more.json")} == set()


@pytest.mark.parametrize("door", OBJECT_DOORS)
def test_a_megabyte_of_text_is_refused_at_once(door: str) -> None:
    """G26: no pattern walks back and forth over what it is given."""
    refuse, place = OBJECT_DOORS[door]

    def is_refused(piece: str) -> None:
        text = piece * (1_000_000 // len(piece))
        began = process_time()
        refusal = refuse(text)
        assert process_time() - began < 0.5
        check(refusal, place, "calendar-date", "")
        assert len(refusal.text) < 2_000

    for_each(["9", "-", "2026-03-06", "1/", "\u200b", " ", "a"], is_refused)


@pytest.mark.parametrize("day", [date(2000, 1, 3), date(2024, 2, 29), date(2099, 12, 31)])
def test_a_date_and_its_one_written_form_come_in(day: date) -> None:
    """The doors are not closed altogether."""
    written = day.isoformat()
    assert [Period(first_day=day).first_day] == [Period(first_day=written).first_day] == [day]
    starts = find_course_starts(weekday_clinic(), 3, not_before=written, limit=1)
    assert starts == find_course_starts(weekday_clinic(), 3, not_before=day, limit=1)
    assert weekday_clinic().model_copy(update={"closures": {written: "x"}}).closures[0].date == day


def test_a18_derived_dates_may_run_on_to_2199() -> None:
    assert Period(first_day=date(2199, 12, 31)).last_day is None
    assert refusal_of(lambda: Period(first_day=date(2200, 1, 1))).code == "date-range"


COUNTS: Final[tuple[Any, ...]] = (True, False, 1.0, "5", " 5 ", "5.0", "1_000", b"5", Decimal(5), Int64(), None, [5])


@pytest.mark.parametrize("place", ["infusion_days", "limit", "within_days", "courses", "preparation_minutes"])
def test_a19_a_count_is_a_strict_whole_number(place: str) -> None:
    def call(value: Any) -> object:
        match place:
            case "courses":
                return plan_treatment(small_protocol(), weekday_clinic(), not_before=START, courses=value)
            case "preparation_minutes":
                return weekday_clinic().model_copy(update={place: value})
            case _:
                given = {"infusion_days": 3, place: value}
                return find_course_starts(weekday_clinic(), not_before=START, **given)

    def is_refused(value: Any) -> None:
        refusal = refusal_of(lambda: call(value))
        assert (refusal.code, refusal.place) == ("wrong-type", place)
        assert "expected a whole number" in refusal.text

    for_each(COUNTS, is_refused)


@pytest.mark.parametrize("text", ["1_000", " 5 ", "5.0", "+5", "\u0665", "5e0", "0x5", "", "10000", "five", "-5", "²"])
def test_a19_a_count_on_the_command_line_is_plain_digits(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["starts", f"--days={text}", "--not-before=2027-01-11", "--clinic=absent.toml"])
    assert left.value.code == 2
    assert "argument --days: expected a whole number" in capsys.readouterr().err


@pytest.mark.parametrize("written", ['"y"', '"on"', '"t"', '"true"', '"yes"', "1", "0", "1.0", '""', "[true]"])
def test_a20_true_and_false_are_strict(written: str) -> None:
    refusal = refused_protocol('interval = "12 months"', f'interval = "12 months"\noptional = {written}')
    assert (refusal.code, refusal.place) == ("wrong-type", "courses.1.optional")
    assert "expected true or false" in refusal.text


@pytest.mark.parametrize("written", ["nan", "inf", "-inf", "1e400", "12.0", '"nan"', '"12"', '"12,5"', '"12 mg"'])
@pytest.mark.parametrize("field", ["dose_mg = 12", "infusion_minutes = 240", "observation_minutes = 120"])
def test_a21_doses_and_minutes_are_whole_numbers(field: str, written: str) -> None:
    name = field.partition(" ")[0]
    refusal = refused_protocol(field, f"{name} = {written}")
    assert (refusal.code, refusal.place) == ("wrong-type", f"infusion_day.{name}")
    assert "expected a whole number" in refusal.text


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity"])
def test_a21_json_holds_no_nan(written: str) -> None:
    text = json.dumps(plan_with("courses.0.drift_days", 0)).replace('"drift_days": 0', f'"drift_days": {written}')
    assert written in text
    assert refusal_of(lambda: Plan.model_validate_json(text)).code == "json-structure"


@pytest.mark.parametrize("written", ["2027-12-24T00:00:00", "2027-12-24T00:00:00Z", "00:00:00", "20271224", "46087"])
def test_a06_a_moment_in_toml_is_no_date(written: str) -> None:
    with file_holding(f"{CLINIC}[[closures]]\ndate = {written}\nreason = 'x'\n", "clinic.toml") as path:
        refusal = refusal_of(lambda: read_clinic(path))
    assert (refusal.code, refusal.place) == ("calendar-date", f"{path}: closures.0.date")


def test_a06_a_date_in_toml_is_one() -> None:
    with file_holding(f"{CLINIC}[[closures]]\ndate = 2027-12-24\nreason = 'x'\n", "clinic.toml") as path:
        assert [row.date for row in read_clinic(path).closures] == [date(2027, 12, 24)]


# --- A23: the year is wrong -----------------------------------------------------------------------


def about_the_start(not_before: str, as_of: str) -> list[tuple[str, str]]:
    plan = plan_treatment(
        small_protocol(),
        weekday_clinic(),
        not_before=date.fromisoformat(not_before),
        as_of=date.fromisoformat(as_of),
        courses=1,
    )
    return [(f.code, f.severity) for f in plan.findings if f.code.startswith("start-")]


@pytest.mark.parametrize(
    ("not_before", "as_of", "code"),
    [
        ("2027-01-11", "2027-01-12", "start-in-past"),
        ("2026-01-11", "2027-01-10", "start-in-past"),
        ("2027-01-11", "2026-01-10", "start-far-ahead"),
        ("2028-01-11", "2027-01-10", "start-far-ahead"),
        ("2025-03-02", "2024-02-29", "start-far-ahead"),
    ],
)
def test_a23_a_start_in_the_past_or_far_ahead_is_a_warning(not_before: str, as_of: str, code: str) -> None:
    """A start in the wrong year is plausible in itself; only the day of asking shows it."""
    assert about_the_start(not_before, as_of) == [(code, "warning")]


@pytest.mark.parametrize(
    ("not_before", "as_of"),
    [
        ("2027-01-11", "2027-01-11"),
        ("2027-01-11", "2026-01-11"),  # 12 months ahead, to the day
        ("2025-03-01", "2024-02-29"),  # 12 months after a leap day, rounded later
        ("2027-01-12", "2027-01-11"),
    ],
)
def test_a23_a_start_within_twelve_months_is_none(not_before: str, as_of: str) -> None:
    assert about_the_start(not_before, as_of) == []


def test_a23_without_a_day_of_asking_there_is_nothing_to_compare_with() -> None:
    plan = plan_treatment(small_protocol(), weekday_clinic(), not_before=date(2000, 1, 3), courses=1)
    assert [f.code for f in plan.findings if f.code.startswith("start-")] == []


def test_a23_the_finding_says_which_days_and_what_to_check() -> None:
    plan = plan_treatment(small_protocol(), weekday_clinic(), not_before=START, as_of=date(2027, 2, 1), courses=1)
    found = next(f for f in plan.findings if f.code == "start-in-past")
    assert (found.course, found.day) == (1, START)
    assert "year" in found.hint


# --- A24: day and month may have been swapped -----------------------------------------------------

DIGITS_ALONE: Final = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b(?! \([MTWFS])")
NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def spoken(day: date) -> str:
    return f"{NAMES[day.weekday()]} {day.day:2} {MONTHS[day.month - 1]} {day.year}"


def test_a24_every_day_in_the_table_stands_with_weekday_and_month() -> None:
    """3 June and 6 March look the same in digits to who swaps them; `Thu 3 Jun` and `Sat 6 Mar` do not."""
    plan = plan_treatment(small_protocol(), weekday_clinic(), not_before=date(2027, 6, 3), courses=2)
    text = to_text(plan)
    assert "Thu  3 Jun 2027" in text
    days = [day.date for day in plan.infusion_days] + [course.earliest for course in plan.courses]
    days += [period.first_day for period in plan.contraception]
    days += [period.last_day for period in plan.contraception if period.last_day]
    assert len(days) == 9
    assert [day for day in days if spoken(day) not in text] == []


def test_a24_no_day_stands_in_digits_alone() -> None:
    plan = plan_treatment(
        small_protocol(), weekday_clinic(), not_before=date(2027, 6, 3), courses=2, as_of=date(2027, 7, 1)
    )
    text = to_text(plan)
    assert "2027-07-01 (Thursday 1 July)" in text
    bare = {day for day in DIGITS_ALONE.findall(text) if spoken(date.fromisoformat(day)) not in text}
    assert bare == set()


def test_a24_possible_starts_stand_with_weekday_and_month() -> None:
    starts = find_course_starts(weekday_clinic(), 3, not_before=date(2027, 6, 4), limit=2)
    assert starts_to_text(starts).splitlines() == [
        "    Skipped: Fri  4 Jun 2027 (Sat  5 Jun 2027 closed on Saturdays).",
        "    Skipped: Sat  5 Jun 2027 (closed on Saturdays).",
        "    Skipped: Sun  6 Jun 2027 (closed on Sundays).",
        "Mon  7 Jun 2027 - Wed  9 Jun 2027",
        "Tue  8 Jun 2027 - Thu 10 Jun 2027",
    ]


def test_a24_sentences_name_the_weekday_and_the_month() -> None:
    plan = small_plan()
    assert "2027-01-11 (Monday 11 January)" in explain(plan.courses[0])
    assert "2027-01-11 (Monday 11 January)" in explain(plan.infusion_days[0])
    assert "2027-05-12 (Wednesday 12 May)" in explain(plan.contraception[0])


def test_a24_rows_name_the_weekday() -> None:
    assert [(row["first_day"], row["weekday"]) for row in to_rows(small_plan())[:3]] == [
        (date(2027, 1, 11), "Mon"),
        (date(2027, 1, 12), "Tue"),
        (date(2028, 1, 12), "Wed"),
    ]


def test_the_sentence_behind_a_date_is_not_a_pattern_for_a_span() -> None:
    """C05's neighbour: a span is text of one form, and a date is none."""
    with pytest.raises(InvalidInput) as caught:
        Span.parse("2026-03-06")
    assert caught.value.code == "span"
