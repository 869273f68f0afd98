"""How the rows of a table become infusion records; expected values are written by hand from `docs/sources/`."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import pytest

from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.records.history import InfusionRecord
from lemtrada_schedule.sources import cells
from lemtrada_schedule.sources.folding import Folded, Folding, fold
from lemtrada_schedule.sources.headers import columns_of
from lemtrada_schedule.sources.loading import load_source, parse_source
from lemtrada_schedule.sources.source import Source, UnitsRule
from lemtrada_schedule.sources.tables import Cell, CellTable
from lemtrada_schedule.sources.units import BilledDays

SMALL: Final = '[columns]\npatient = "MRN"\ndate = "Day"\n'


def table(header: Sequence[str], *rows: Sequence[Cell] | Problem) -> CellTable:
    """Return a table whose first row is row 2."""
    return CellTable(tuple(header), list(enumerate(rows, start=2)))


def text(content: str) -> CellTable:
    """Return the table in a text with commas."""
    header, *rows = csv.reader(content.strip().splitlines())
    return table(header, *rows)


def folded(content: str, source: str | Source) -> Folded:
    """Return the records in a text, read by a source or its TOML."""
    result = fold(text(content), parse_source(source) if isinstance(source, str) else source)
    refused = {line.row for line in result.refused}
    assert len(refused) == len(result.refused)
    parts = (result.accepted, len(refused), result.blank, result.other, result.superseded)
    assert result.rows == sum(parts)
    return result


def days_of(result: Folded, patient: str | None) -> list[tuple[int | None, str, Decimal | None, str]]:
    """Return the records of a patient: row, day, dose and status."""
    records = result.infusions[patient]
    return [(one.row, one.date.isoformat(), one.dose_mg, one.status) for one in records]


def refusals(result: Folded) -> list[tuple[int, list[tuple[str, str]], str | None]]:
    """Return the refused rows: number, columns with codes, patient."""
    return [(line.row, [(one.place, one.code) for one in line.problems], line.patient) for line in result.refused]


# --- the written form of cells ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("YYYY-MM-DD", "2026-03-09"),
        ("YYYYMMDD", "20260309"),
        ("YYYYMMDD", 20260309),
        ("DD.MM.YYYY", "09.03.2026"),
        ("DD/MM/YYYY", "09/03/2026"),
        ("MM/DD/YYYY", "03/09/2026"),
        ("DDMONYYYY", "09MAR2026"),
        ("DDMONYYYY", "09mar2026"),
        ("excel-serial", "46090"),  # 2026-01-01 is 46023 (trap A22), and 9 March is 67 days later
        ("excel-serial", 46090.0),
        ("sas-day", "24174"),  # 66 years of 365 days from 1960, 17 leap days, 67 days
        ("sas-day", 24174),
        ("MM/DD/YYYY", date(2026, 3, 9)),
        ("MM/DD/YYYY", datetime(2026, 3, 9)),
    ],
)
def test_each_date_format_reads_its_own_form(form: str, cell: Cell) -> None:
    source = parse_source(f'{SMALL}[read]\ndate_format = "{form}"')
    assert fold(table(["MRN", "Day"], ["p1", cell]), source).infusions["p1"][0].date == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("form", "cell", "code"),
    [
        ("YYYY-MM-DD", "09.03.2026", "calendar-date"),
        ("YYYY-MM-DD", 46090, "calendar-date"),
        ("YYYYMMDD", "2026-03-09", "calendar-date"),
        ("YYYYMMDD", 20260309.0, "calendar-date"),
        ("DD.MM.YYYY", "9.3.2026", "calendar-date"),
        ("DD.MM.YYYY", "09.03.26", "calendar-date"),
        ("DD.MM.YYYY", "03.2026", "partial-date"),
        ("DD.MM.YYYY", "31.02.2026", "no-such-date"),
        ("MM/DD/YYYY", "13/09/2026", "no-such-date"),
        ("DDMONYYYY", "09MRZ2026", "calendar-date"),
        ("DDMONYYYY", "MAR2026", "partial-date"),
        ("excel-serial", "46090.5", "calendar-date"),
        ("excel-serial", 46090.5, "calendar-date"),
        ("excel-serial", float("nan"), "calendar-date"),
        ("excel-serial", "2026-03-09", "calendar-date"),
        ("sas-day", "9999", "date-range"),
        ("sas-day", 10**30, "date-range"),
        ("MM/DD/YYYY", datetime(2026, 3, 9, 10), "calendar-date"),
        ("MM/DD/YYYY", True, "calendar-date"),
    ],
)
def test_any_other_form_refuses_the_row(form: str, cell: Cell, code: str) -> None:
    source = parse_source(f'{SMALL}[read]\ndate_format = "{form}"')
    result = fold(table(["MRN", "Day"], ["p1", cell]), source)
    assert refusals(result) == [(2, [("Day", code)], "p1")]


@pytest.mark.parametrize(
    ("mark", "cell", "dose"),
    [
        (",", "12,5", "12.5"),
        (",", "12", "12"),
        (".", "12.50", "12.5"),
        (",", 12.5, "12.5"),
        (",", "12.5", None),
        (".", "12,5", None),
        (",", "1.200,5", None),
        (".", "1,200", None),
        (".", "1 200", None),
        (".", "12 mg", None),
        (".", "1e1", None),
        (".", "-12", None),
    ],
)
def test_one_decimal_mark_and_no_thousands(mark: str, cell: Cell, dose: str | None) -> None:
    source = parse_source(f'{SMALL}dose_mg = "mg"\n[read]\ndecimal = "{mark}"')
    result = fold(table(["MRN", "Day", "mg"], ["p1", "2026-03-09", cell]), source)
    found = [one.dose_mg for records in result.infusions.values() for one in records]
    assert found == ([] if dose is None else [Decimal(dose)])
    assert refusals(result) == ([] if dose else [(2, [("mg", "wrong-type")], "p1")])


@pytest.mark.parametrize(
    ("mark", "cell", "cure"),
    [
        (".", "12,5", ": correct the number or `decimal`"),
        (".", "1200,5", ": correct the number or `decimal`"),
        (",", "0.125", ": correct the number or `decimal`"),
        (".", "1,200", ", and thousands separators are refused: correct the number"),
        (",", "12.000", ", and thousands separators are refused: correct the number"),
        (".", "1.200,5", None),
    ],
)
def test_what_may_be_a_thousands_separator_is_no_reason_to_change_decimal(
    mark: str, cell: str, cure: str | None
) -> None:
    source = parse_source(f'{SMALL}dose_mg = "mg"\n[read]\ndecimal = "{mark}"')
    ((problem,),) = [
        one.problems for one in fold(table(["MRN", "Day", "mg"], ["p1", "2026-03-09", cell]), source).refused
    ]
    assert problem.message.endswith("; correct it" if cure is None else f"`decimal` of the source is {mark!r}{cure}")


def test_a_dose_in_a_column_with_decimal_commas_is_refused_without_an_example_that_has_a_point() -> None:
    source = parse_source(f'{SMALL}dose_mg = "mg"\n[read]\ndecimal = ","')
    ((problem,),) = [
        one.problems for one in fold(table(["MRN", "Day", "mg"], ["p1", "2026-03-09", "0,0"]), source).refused
    ]
    assert (
        problem.message == "expected a dose in mg above 0 and up to 10,000, got a number that is 0 or below; correct it"
    )


@pytest.mark.parametrize(
    ("cell", "patient", "code"),
    [
        ("007", "007", None),
        (7, "7", None),
        (7.0, "7", None),
        (" p1", "p1", "padded-id"),
        ("p1\u00a0", "p1", "padded-id"),
        ("1.23457E+17", None, "id-changed"),
        (1.5, None, "id-changed"),
        (1e17, None, "id-changed"),
        ("", None, "missing-field"),
        ("  ", None, "missing-field"),
        (None, None, "missing-field"),
        (True, None, "wrong-type"),
        (date(2026, 3, 9), None, "wrong-type"),
    ],
)
def test_ids_are_text_and_never_changed(cell: Cell, patient: str | None, code: str | None) -> None:
    result = fold(table(["MRN", "Day"], [cell, "2026-03-09"]), parse_source(SMALL))
    assert refusals(result) == ([(2, [("MRN", code)], patient)] if code else [])
    assert list(result.infusions) == ([] if code else [patient])


def test_trim_removes_blanks_around_ids() -> None:
    result = folded('MRN,Day\n" p1 ",2026-03-09\np1,2026-03-10', f"{SMALL}[read]\ntrim = true")
    assert [row for row, *_ in days_of(result, "p1")] == [2, 3]


def test_every_fault_of_a_row_is_reported_once_and_the_row_counts_once() -> None:
    source = f'{SMALL}dose_mg = "mg"\nstarted = "from"'
    result = folded("MRN,Day,mg,from\n p1,09.03.2026,twelve,9am\np1,,12,", source)
    assert refusals(result) == [
        (2, [("MRN", "padded-id"), ("Day", "calendar-date"), ("from", "wall-time"), ("mg", "wrong-type")], "p1"),
        (3, [("Day", "missing-field")], "p1"),
    ]


def test_times_and_minutes_are_read() -> None:
    source = (
        f'{SMALL}started = "from"\nended = "to"\nobserved_until = "until"\ncourse = "c"\nstatus = "s"\n'
        'infusion_minutes = "min"\nobservation_minutes = "obs"'
    )
    result = folded(
        "MRN,Day,from,to,until,min,obs,c,s\n"
        "p1,2026-03-09,09:00,13:00:59,15:00,,,2,partial\n"
        "p1,2026-03-10,,,,240,120,,\n"
        "p1,2026-03-11,09:00,13:00,,240,,,\n"
        "p1,2026-03-12,13:00,09:00,,,,,\n",
        source,
    )
    first, second = result.infusions["p1"]
    assert (first.started, first.ended, first.observed_until) == (time(9), time(13), time(15))
    assert (first.course, first.status) == (2, "partial")
    assert (second.infusion_minutes, second.observation_minutes) == (240, 120)
    assert [(row, faults[0][1]) for row, faults, _ in refusals(result)] == [(4, "wall-time"), (5, "wall-time")]


def test_a_table_without_columns_in_its_source_has_the_librarys_own() -> None:
    result = folded("patient,date,dose_mg\np1,2026-03-09,12", '[read]\ndecimal = "."')
    assert days_of(result, "p1") == [(2, "2026-03-09", Decimal(12), "completed")]


def test_a_table_without_patients_is_about_one() -> None:
    result = folded("Day\n2026-03-09\nmonday", '[columns]\ndate = "Day"')
    assert result.is_alone
    assert days_of(result, None) == [(2, "2026-03-09", None, "completed")]
    assert refusals(result) == [(3, [("Day", "calendar-date")], None)]


def test_blank_rows_and_rows_of_a_wrong_structure_are_counted() -> None:
    problem = Problem("csv-structure", "", "expected 2 cells")
    rows: Iterable[Sequence[Cell] | Problem] = (["p1", "2026-03-09"], ["", None], [" ", ""], problem, ["p1"])
    result = fold(table(["MRN", "Day"], *rows), parse_source(SMALL))
    assert (result.rows, result.accepted, result.blank) == (5, 1, 2)
    assert [line.row for line in result.refused] == [5, 6]


@pytest.mark.parametrize(
    ("cell", "patient"),
    [(Decimal(7), "7"), (Decimal("7.5"), None), (Decimal("NaN"), None), (10**40, None), (float("inf"), None)],
)
def test_an_id_that_is_a_number_keeps_its_digits_or_is_refused(cell: Cell, patient: str | None) -> None:
    result = fold(table(["MRN", "Day"], [cell, "2026-03-09"]), parse_source(SMALL))
    assert list(result.infusions) == ([patient] if patient else [])
    assert refusals(result) == ([] if patient else [(2, [("MRN", "id-changed")], None)])


@pytest.mark.parametrize(
    ("cell", "code"),
    [(240, None), (240.0, None), ("240", None), ("240.0", "wrong-type"), (240.5, "wrong-type"), (2000, "out-of-range")],
)
def test_minutes_are_whole(cell: Cell, code: str | None) -> None:
    source = parse_source(f'{SMALL}infusion_minutes = "min"')
    result = fold(table(["MRN", "Day", "min"], ["p1", "2026-03-09", cell]), source)
    assert [one.infusion_minutes for one in result.infusions.get("p1", [])] == ([] if code else [240])
    assert refusals(result) == ([(2, [("min", code)], "p1")] if code else [])


@pytest.mark.parametrize(
    ("cell", "becomes"),
    [(12, "12"), (12.0, "12"), (Decimal("12.00"), "12"), (True, "wrong-type"), (float("nan"), "wrong-type")],
)
def test_units_may_be_numbers_of_any_type(cell: Cell, becomes: str) -> None:
    header = LINES.split(",")
    result = fold(table(header, ["b1", "2026-03-09", "2026-03-09", "J0202", cell]), CLAIMS)
    if becomes == "wrong-type":
        assert refusals(result) == [(2, [("LINE_SRVC_CNT", becomes)], "b1")]
    else:
        assert result.infusions["b1"][0].dose_mg == Decimal(becomes)


def test_a_medicine_that_is_no_text_is_refused() -> None:
    result = fold(table(["MRN", "Day", "Drug"], ["p1", "2026-03-09", date(2026, 3, 9)]), parse_source(MEDICINE))
    assert refusals(result) == [(2, [("Drug", "wrong-type")], "p1")]


def test_a_text_longer_than_any_word_is_not_remembered() -> None:
    word = "x" * 100
    source = parse_source(f'{SMALL}[medicine]\ncolumn = "Drug"\nlemtrada = ["{word}"]')
    result = fold(table(["MRN", "Day", "Drug"], *[["p1", f"2026-03-{day:02d}", word] for day in (9, 10)]), source)
    assert result.accepted == 2


def test_typed_cells_are_remembered_up_to_a_number_and_read_beyond_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "REMEMBERED", 2)
    (column,) = columns_of(["MRN", "Day"], parse_source(SMALL)).infusion
    days = [date(2026, 3, day) for day in (9, 10, 11, 12, 9)]
    assert [column.value(datetime(one.year, one.month, one.day)) for one in days] == days
    assert repr(column) == "Column(2 texts)"


def test_a_moment_may_be_a_typed_cell() -> None:
    header = ["PAT_ID", "MED_NAME", "TAKEN_TIME", "MAR_ACTION", "SIG"]
    at = datetime(2026, 3, 9, 9, 15, 20)
    result = fold(table(header, ["m1", "LEMTRADA", at, "New Bag", 12], ["m1", "LEMTRADA", 46090, "Held", None]), MAR)
    assert result.infusions["m1"][0].started == time(9, 15)
    assert refusals(result) == [(3, [("TAKEN_TIME", "wall-time")], "m1")]


def test_what_is_read_shows_no_value() -> None:
    columns = columns_of(["MRN", "Day"], parse_source(SMALL))
    assert columns.patient is not None
    assert columns.patient.value("Zq7PatientXY") == "Zq7PatientXY"
    folding = Folding(parse_source(SMALL))
    folding.take_table(table(["MRN", "Day"], ["Zq7PatientXY", "2026-03-09"]))
    billed = BilledDays(UnitsRule(column="u", per_infusion=12))
    assert [repr(one) for one in (columns.patient, folding, billed)] == [
        "Column(1 texts)",
        "Folding(1 rows)",
        "BilledDays(0 lines)",
    ]


def test_each_patients_own_day_is_read_and_a_row_without_it_is_refused() -> None:
    folding = Folding(parse_source(SMALL), as_of="End")
    rows = (["p1", "2026-03-09", "2026-11-22"], ["p1", "2026-03-10", ""], ["p2", "2026-03-09", "22.11.2026"])
    folding.take_table(table(["MRN", "Day", "End"], *rows))
    result = folding.folded()
    assert (result.accepted, result.as_of) == (1, {"p1": {date(2026, 11, 22)}})
    assert refusals(result) == [(3, [("End", "missing-field")], "p1"), (4, [("End", "calendar-date")], "p2")]


def test_a_table_without_the_column_of_the_own_days_is_refused() -> None:
    folding = Folding(parse_source(f'{SMALL}[read]\nother_columns = "ignore"'), as_of="End")
    with pytest.raises(InvalidInput) as refused:
        folding.take_table(table(["MRN", "Day", "end"], ["p1", "2026-03-09", "2026-11-22"]))
    assert [(problem.place, problem.code) for problem in refused.value.problems] == [("End", "missing-field")]
    assert "did you mean 'end'?" in refused.value.message


# --- the header --------------------------------------------------------------------------------------


def header_problems(header: Sequence[str], source: str, ignore: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        fold(table(header), parse_source(source), ignore=ignore)
    return [(problem.code, problem.message) for problem in refused.value.problems]


def test_a_missing_column_is_named() -> None:
    ((code, message),) = header_problems(["MRN", "day"], f'{SMALL}[read]\nother_columns = "ignore"')
    assert code == "missing-field"
    assert "'Day' (date)" in message
    assert "did you mean 'day'" in message


def test_a_header_that_may_be_a_patient_is_never_repeated() -> None:
    problems = header_problems(["Jane Doe", "2026-03-09"], SMALL)
    assert [code for code, _ in problems] == ["missing-field"]
    assert not any("Jane" in message or "2026" in message for _, message in problems)
    assert "'MRN', 'Day'" in problems[0][1]


def test_other_columns_are_refused_unless_the_source_says_so() -> None:
    ((code, message),) = header_problems(["MRN", "Day", "Ward"], SMALL)
    assert (code, "'Ward'" in message) == ("unknown-key", True)
    assert fold(table(["MRN", "Day", "Ward"]), parse_source(SMALL), ignore=frozenset({"Ward"})).rows == 0
    assert fold(table(["MRN", "Day", "Ward"]), parse_source(f'{SMALL}[read]\nother_columns = "ignore"')).rows == 0


def test_another_delimiter_is_named_with_its_key() -> None:
    ((code, message),) = header_problems(["MRN;Day"], SMALL)
    assert code == "csv-structure"
    assert "semicolons" in message
    assert "`delimiter`" in message


def test_an_empty_or_endless_header_is_refused() -> None:
    assert [code for code, _ in header_problems(["", ""], SMALL)] == ["csv-structure"]
    assert [code for code, _ in header_problems(["MRN", *map(str, range(5_000))], SMALL)] == ["too-large"]


def test_a_column_that_is_read_may_not_occur_twice() -> None:
    assert header_problems(["MRN", "Day", "Day"], SMALL)[0][0] == "csv-structure"


def test_a_source_without_its_words_says_what_to_write() -> None:
    with pytest.raises(InvalidInput) as refused:
        fold(table(["a"]), load_source("omop"))
    assert [problem.place for problem in refused.value.problems] == ["medicine.lemtrada"]
    assert '`extends = "omop"`' not in refused.value.message  # a built-in source extends none


def test_a_source_without_a_word_for_a_start_says_what_to_write() -> None:
    with pytest.raises(InvalidInput) as refused:
        fold(table(["Day", "Done"]), parse_source('[columns]\ndate = "Day"\naction = "Done"\n'))
    assert [problem.place for problem in refused.value.problems] == ["actions.started"]


def test_the_built_in_mar_reads_our_own_words() -> None:
    header = ["PAT_ID", "MED_NAME", "TAKEN_TIME", "MAR_ACTION", "SIG"]
    rows = (
        ["m1", "LEMTRADA", "2026-03-09 09:15", "started", "12"],
        ["m1", "LEMTRADA", "2026-03-09 13:20", "ended", ""],
        ["m1", "LEMTRADA", "2026-03-10 09:00", "started", "12"],
        ["m1", "LEMTRADA", "2026-03-10 10:00", "partial", "3"],
        ["m1", "LEMTRADA", "2026-03-11 09:00", "not-done", ""],
        ["m1", "LEMTRADA", "2026-03-12 09:00", "New Bag", "12"],
    )
    result = fold(table(header, *rows), load_source("mar"))
    assert [(one.date.day, one.status) for one in result.infusions["m1"]] == [
        (9, "completed"), (10, "partial"), (11, "not-done")
    ]  # fmt: skip
    assert refusals(result) == [(7, [("MAR_ACTION", "unknown-name")], "m1")]


# --- medicines ---------------------------------------------------------------------------------------

MEDICINE: Final = f'{SMALL}[medicine]\ncolumn = "Drug"\nlemtrada = ["LEMTRADA 12 mg"]\nother = ["alemtuzumab 30 mg"]\n'


@pytest.mark.parametrize(
    ("word", "becomes"),
    [
        ("LEMTRADA 12 mg", "accepted"),
        ("Ocrelizumab", "other"),
        ("CAMPATH 30 mg", "other"),
        ("alemtuzumab (Campath)", "other"),
        ("alemtuzumab 30 mg", "other"),
        ("lemtrada 12 mg", "medicine-not-told"),
        ("Alemtuzumab 12 mg", "medicine-not-told"),
        ("Lemtrada, not Campath", "medicine-not-told"),
        ("", "medicine-not-told"),
    ],
)
def test_a_medicine_is_proved_either_way(word: str, becomes: str) -> None:
    result = fold(table(["MRN", "Day", "Drug"], ["p1", "2026-03-09", word]), parse_source(MEDICINE))
    if becomes in ("accepted", "other"):
        assert (result.accepted, result.other, result.refused) == (
            int(becomes == "accepted"),
            int(becomes == "other"),
            [],
        )
        assert becomes == "accepted" or result.others == {"p1": 1}
    else:
        assert refusals(result) == [(2, [("Drug", becomes)], "p1")]


def test_a_row_of_another_medicine_is_never_refused() -> None:
    result = folded("MRN,Day,Drug\np1,soon,Ocrelizumab\n p2,2026-03-09,Ocrelizumab", MEDICINE)
    assert (result.other, result.others, result.refused) == (2, {"p1": 1, None: 1}, [])


def test_codes_may_be_numbers() -> None:
    source = f'{SMALL}[medicine]\ncolumn = "concept"\nlemtrada = ["1234"]'
    result = fold(
        table(["MRN", "Day", "concept"], [7, date(2026, 3, 9), 1234], [7, date(2026, 3, 9), 99]), parse_source(source)
    )
    assert (result.accepted, result.other) == (1, 1)


# --- units -------------------------------------------------------------------------------------------

CLAIMS: Final = load_source("claims")
LINES: Final = "BENE_ID,CLM_FROM_DT,CLM_THRU_DT,HCPCS_CD,LINE_SRVC_CNT"


def claims(*lines: str) -> Folded:
    """Return the records of claim lines."""
    return folded("\n".join([LINES, *lines]), CLAIMS)


def test_one_infusion_is_twelve_units() -> None:
    result = claims("b1,2026-03-09,2026-03-09,J0202,12", "b1,2026-03-10,2026-03-10,J0202,12.000")
    assert days_of(result, "b1") == [
        (2, "2026-03-09", Decimal(12), "completed"),
        (3, "2026-03-10", Decimal(12), "completed"),
    ]


def test_a_span_is_divided_among_its_days() -> None:
    result = claims("b1,2026-03-09,2026-03-13,J0202,60")
    assert days_of(result, "b1") == [(2, f"2026-03-{day:02d}", Decimal(12), "completed") for day in range(9, 14)]
    assert result.accepted == 1


@pytest.mark.parametrize(
    ("last", "units", "code"),
    [
        ("2026-03-14", "60", "span-not-divisible"),
        ("2026-03-10", "12", "span-not-divisible"),
        ("2026-03-08", "12", "period-reversed"),
        ("2026-04-09", "384", "span-too-long"),
        ("2026-03-09", "1,200", "wrong-type"),
        ("2026-03-09", "", "missing-field"),
        ("2026-03-09", "1000000", "out-of-range"),
    ],
)
def test_a_line_that_cannot_be_divided_is_refused(last: str, units: str, code: str) -> None:
    result = claims(f'b1,2026-03-09,{last},J0202,"{units}"')
    assert [(row, faults[0][1], patient) for row, faults, patient in refusals(result)] == [(2, code, "b1")]


def test_a_reversal_removes_an_infusion_and_counts_as_accepted() -> None:
    result = claims("b1,2026-03-09,2026-03-09,J0202,12", "b1,2026-03-09,2026-03-09,J0202,-12")
    assert (result.accepted, result.infusions) == (2, {"b1": []})


def test_a_reversed_span_leaves_what_was_billed_again() -> None:
    result = claims(
        "b1,2026-03-09,2026-03-13,J0202,60",
        "b1,2026-03-09,2026-03-13,J0202,-60",
        "b1,2026-03-10,2026-03-10,J0202,12",
    )
    assert days_of(result, "b1") == [(2, "2026-03-10", Decimal(12), "completed")]
    assert result.accepted == 3


def test_fewer_units_are_an_exposure_of_another_dose() -> None:
    assert days_of(claims("b1,2026-03-09,2026-03-09,J0202,8"), "b1") == [(2, "2026-03-09", Decimal(8), "completed")]


@pytest.mark.parametrize("lines", [["24"], ["12", "12"], ["18"]])
def test_more_units_are_two_infusions_of_one_day(lines: list[str]) -> None:
    result = claims(*(f"b1,2026-03-09,2026-03-09,J0202,{units}" for units in lines))
    assert days_of(result, "b1") == [
        (2, "2026-03-09", Decimal(12), "completed"),
        (1 + len(lines), "2026-03-09", None, "completed"),
    ]


def test_a_day_below_zero_refuses_its_rows_and_no_others() -> None:
    result = claims(
        "b1,2026-03-09,2026-03-09,J0202,12",
        "b1,2026-03-09,2026-03-09,J0202,-24",
        "b1,2026-03-10,2026-03-10,J0202,12",
        "b2,2026-03-09,2026-03-09,J0202,12",
    )
    code = [("LINE_SRVC_CNT", "units-below-zero")]
    assert refusals(result) == [(2, code, "b1"), (3, code, "b1")]
    assert [row for row, *_ in days_of(result, "b1")] == [4]
    assert [row for row, *_ in days_of(result, "b2")] == [5]
    assert result.accepted == 2


def test_a_span_that_loses_a_day_loses_all_of_them() -> None:
    result = claims(
        "b1,2026-03-09,2026-03-10,J0202,24",
        "b1,2026-03-09,2026-03-09,J0202,-24",
        "b1,2026-03-10,2026-03-10,J0202,-12",
        "b1,2026-03-11,2026-03-11,J0202,12",
    )
    assert [row for row, *_ in refusals(result)] == [2, 3, 4]
    assert [row for row, *_ in days_of(result, "b1")] == [5]


def test_identical_lines_of_one_claim_are_one() -> None:
    source = parse_source('extends = "claims"\n[units]\nclaim = "CLM_ID"\nsequence = "LINE_NUM"')
    content = "\n".join(
        [
            f"{LINES},CLM_ID,LINE_NUM",
            "b1,2026-03-09,2026-03-09,J0202,12,c1,1",
            "b1,2026-03-09,2026-03-09,J0202,12,c1,1",
            "b1,2026-03-09,2026-03-09,J0202,12.0,c1,1",
            "b1,2026-03-10,2026-03-10,J0202,12,c1,2",
            "b1,2026-03-10,2026-03-10,J0202,-12,c1,2",
        ]
    )
    result = folded(content, source)
    assert (result.accepted, result.superseded) == (3, 2)
    assert days_of(result, "b1") == [(2, "2026-03-09", Decimal(12), "completed")]


def test_identical_lines_without_a_claim_both_count() -> None:
    source = parse_source('extends = "claims"\n[units]\nclaim = "CLM_ID"')
    content = f"{LINES},CLM_ID\nb1,2026-03-09,2026-03-09,J0202,12,\nb1,2026-03-09,2026-03-09,J0202,12,"
    result = folded(content, source)
    assert (result.accepted, result.superseded, len(result.infusions["b1"])) == (2, 0, 2)


def test_units_may_have_any_size() -> None:
    source = f'{SMALL}[units]\ncolumn = "vials"\nper_infusion = 1'
    assert days_of(folded("MRN,Day,vials\np1,2026-03-09,1", source), "p1")[0][2] == Decimal(12)


# --- several days without units ----------------------------------------------------------------------

SPANS: Final = f'{SMALL}last_day = "Last"\ndose_mg = "mg"\nstarted = "from"'


def test_a_row_of_several_days_is_an_infusion_a_day() -> None:
    result = folded(
        "MRN,Day,Last,mg,from\np1,2026-03-09,2026-03-11,36,\np2,2026-03-09,2026-03-10,,\np3,2026-03-09,,12,", SPANS
    )
    assert days_of(result, "p1") == [(2, f"2026-03-{day:02d}", Decimal(12), "completed") for day in (9, 10, 11)]
    assert [dose for _, _, dose, _ in days_of(result, "p2")] == [None, None]
    assert days_of(result, "p3") == [(4, "2026-03-09", Decimal(12), "completed")]


def test_a_dose_that_does_not_divide_and_times_of_several_days_are_refused() -> None:
    result = folded("MRN,Day,Last,mg,from\np1,2026-03-09,2026-03-14,60,\np1,2026-03-09,2026-03-10,24,09:00", SPANS)
    assert refusals(result) == [
        (2, [("mg", "span-not-divisible")], "p1"),
        (3, [("from", "more-than-one-day")], "p1"),
    ]


# --- courses -----------------------------------------------------------------------------------------


def courses(*rows: str) -> list[InfusionRecord]:
    """Return the records of a registry's rows of patient `r1`."""
    result = folded("\n".join(["PATIENT_ID,THERAPY,START_DATE,STOP_DATE", *rows]), load_source("registry"))
    return result.infusions["r1"]


def test_a_course_row_is_its_first_and_its_last_day() -> None:
    found = courses("r1,LEMTRADA,2025-03-03,2025-03-07", "r1,LEMTRADA,2026-03-09,")
    assert [(one.row, one.date.isoformat(), one.course_day) for one in found] == [
        (2, "2025-03-03", "first"),
        (2, "2025-03-07", "last"),
        (3, "2026-03-09", "only-first"),
    ]


def test_a_course_row_of_one_day_is_wholly_known() -> None:
    found = courses("r1,LEMTRADA,2025-03-03,2025-03-03", "r1,LEMTRADA,2026-03-09,2026-03-10")
    assert [(one.date.isoformat(), one.course_day) for one in found] == [
        ("2025-03-03", "only"),
        ("2026-03-09", "first"),
        ("2026-03-10", "last"),
    ]


def test_a_treatment_is_no_course() -> None:
    result = folded(
        "PATIENT_ID,THERAPY,START_DATE,STOP_DATE\nr1,LEMTRADA,2025-03-03,2026-03-11", load_source("registry")
    )
    assert refusals(result) == [(2, [("STOP_DATE", "span-too-long")], "r1")]


# --- actions -----------------------------------------------------------------------------------------

MAR: Final = parse_source(
    'extends = "mar"\n[actions]\nstarted = ["New Bag", "Restarted"]\nended = ["Stopped", "Paused"]\n'
    'partial = ["Stopped early"]\nnot_done = ["Held"]'
)


def mar(*rows: str) -> Folded:
    """Return the records of actions of patient `m1` with LEMTRADA."""
    lines = [f"m1,LEMTRADA,{row}" for row in rows]
    return folded("\n".join(["PAT_ID,MED_NAME,TAKEN_TIME,MAR_ACTION,SIG", *lines]), MAR)


def of_day(*rows: str) -> dict[str, Any]:
    """Return what the only record of some actions states."""
    (record,) = mar(*rows).infusions["m1"]
    return {name: value for name, value in record if value is not None and name != "status"} | {"status": record.status}


def test_the_actions_of_a_day_are_one_infusion() -> None:
    assert of_day("2026-03-09 09:00,New Bag,12", "2026-03-09 13:05:30,Stopped,") == {
        "date": date(2026, 3, 9),
        "started": time(9),
        "ended": time(13, 5),
        "dose_mg": Decimal(12),
        "status": "completed",
        "row": 2,
    }


def test_a_restart_is_the_same_infusion_without_its_pause() -> None:
    found = of_day(
        "2026-03-09T09:00,New Bag,12",
        "2026-03-09T10:00,Paused,",
        "2026-03-09T11:30,Restarted,12",
        "2026-03-09T14:30,Stopped,",
    )
    assert found == {
        "date": date(2026, 3, 9),
        "infusion_minutes": 240,
        "dose_mg": Decimal(12),
        "status": "completed",
        "row": 2,
    }


def test_an_infusion_ended_early_is_partial_with_its_own_dose() -> None:
    found = of_day("2026-03-09 09:00,New Bag,12", "2026-03-09 10:00,Stopped early,4.5")
    assert (found["status"], found["dose_mg"], found["ended"]) == ("partial", Decimal("4.5"), time(10))


def test_a_held_dose_is_not_done_unless_it_was_given_later() -> None:
    assert of_day("2026-03-09 09:00,Held,")["status"] == "not-done"
    assert of_day("2026-03-09 09:00,Held,", "2026-03-09 11:00,New Bag,12") == {
        "date": date(2026, 3, 9),
        "started": time(11),
        "dose_mg": Decimal(12),
        "status": "completed",
        "row": 3,
    }


IGNORING: Final = parse_source(
    'extends = "mar"\n[actions]\nstarted = ["New Bag"]\nended = ["Stopped"]\nignored = ["Rate Change", "Verified"]'
)


def test_an_ignored_action_is_counted_as_blank_and_changes_nothing() -> None:
    result = folded(
        "PAT_ID,MED_NAME,TAKEN_TIME,MAR_ACTION,SIG\n"
        "m1,LEMTRADA,2026-03-09 09:00,New Bag,12\n"
        "m1,LEMTRADA,2026-03-09 10:00,Rate Change,40 ml/h\n"  # its other cells are not read
        "m1,LEMTRADA,2026-03-09 13:00,Stopped,\n"
        "m2,LEMTRADA,yesterday,Verified,\n"
        "m3,Heparin,2026-03-09 09:00,Rate Change,\n"
        ",LEMTRADA,2026-03-09 09:00,Rate Change,\n"
        "m1,LEMTRADA,2026-03-09 15:00,Scanned,\n",
        IGNORING,
    )
    (record,) = result.infusions["m1"]
    assert (record.started, record.ended, record.dose_mg, record.row) == (time(9), time(13), Decimal(12), 2)
    assert result.infusions["m2"] == []  # the patient is known, and has had nothing
    assert (result.rows, result.accepted, result.blank, result.other, result.unnamed_tests) == (7, 2, 2, 1, 0)
    assert refusals(result) == [
        (7, [("PAT_ID", "missing-field")], None),
        (8, [("MAR_ACTION", "unknown-name")], "m1"),
    ]


def test_an_ignored_action_has_no_other_meaning() -> None:
    with pytest.raises(InvalidInput, match="in both `started` and `ignored`"):
        parse_source('extends = "mar"\n[actions]\nstarted = ["New Bag"]\nignored = ["New Bag"]')


def test_an_infusion_over_midnight_is_of_the_day_it_began() -> None:
    found = of_day("2026-03-09 22:00,New Bag,12", "2026-03-10 02:00,Stopped,")
    assert (found["date"], found["infusion_minutes"], found["row"]) == (date(2026, 3, 9), 240, 2)


def test_an_end_without_a_start_is_an_infusion_of_unknown_length() -> None:
    assert of_day("2026-03-09 13:00,Stopped,12") == {
        "date": date(2026, 3, 9),
        "dose_mg": Decimal(12),
        "status": "completed",
        "row": 2,
    }


def test_a_start_without_an_end_keeps_its_time() -> None:
    assert of_day("2026-03-09 09:00,New Bag,12")["started"] == time(9)


def test_different_doses_of_a_day_are_different_records() -> None:
    result = mar("2026-03-09 09:00,New Bag,12", "2026-03-09 15:00,New Bag,10")
    assert days_of(result, "m1") == [
        (2, "2026-03-09", Decimal(12), "completed"),
        (3, "2026-03-09", Decimal(10), "completed"),
    ]


def test_every_row_of_actions_is_counted() -> None:
    result = mar("2026-03-09 09:00,New Bag,12", "2026-03-09 13:00,Stopped,", "2026-03-10 09:00,Held,")
    assert (result.rows, result.accepted) == (3, 3)


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("2026-03-09 09:00,Rate change,12", "MAR_ACTION", "unknown-name"),
        ("2026-03-09 09:00,,12", "MAR_ACTION", "missing-field"),
        ("2026-03-09,New Bag,12", "TAKEN_TIME", "wall-time"),
        ("2026-03-09 9:00,New Bag,12", "TAKEN_TIME", "wall-time"),
        ("2026-03-09T09:00Z,New Bag,12", "TAKEN_TIME", "wall-time"),
        ("09.03.2026 09:00,New Bag,12", "TAKEN_TIME", "calendar-date"),
        (",New Bag,12", "TAKEN_TIME", "missing-field"),
    ],
)
def test_an_action_that_cannot_be_read_is_refused(row: str, column: str, code: str) -> None:
    assert refusals(mar(row)) == [(2, [(column, code)], "m1")]


def test_actions_may_have_a_date_and_a_clock_time() -> None:
    source = f'{SMALL}time = "at"\naction = "what"\n[actions]\nstarted = ["given"]\nended = ["end"]'
    result = folded("MRN,Day,at,what\np1,2026-03-09,09:00,given\np1,2026-03-09,13:00,end\np2,2026-03-09,,given", source)
    (record,) = result.infusions["p1"]
    assert (record.started, record.ended) == (time(9), time(13))
    assert result.infusions["p2"][0].started is None


# --- tests -------------------------------------------------------------------------------------------

LABS: Final = f'{SMALL}code = "code"\nvalue = "result"\n[tests]\n"LAB|7" = "cd4"\n"LAB|8" = "blood-count"\n'


def test_rows_with_a_code_are_tests() -> None:
    result = folded("MRN,Day,code,result\np1,2026-03-09,,\np1,2026-05-01,LAB|7,240\np1,2026-05-01,LAB|8,", LABS)
    assert [(seen.code, seen.value, seen.date.isoformat()) for seen in result.observations["p1"]] == [
        ("cd4", 240, "2026-05-01"),
        ("blood-count", None, "2026-05-01"),
    ]
    assert (result.accepted, days_of(result, "p1")) == (3, [(2, "2026-03-09", None, "completed")])


def test_a_test_that_the_source_does_not_name_is_counted_as_blank() -> None:
    result = folded("MRN,Day,code,result\np1,2026-05-01,LAB|9,1", LABS)
    assert (result.blank, result.unnamed_tests, result.observations) == (1, 1, {})


def test_a_refused_test_takes_only_what_tests_decide() -> None:
    result = folded("MRN,Day,code,result\np1,2026-05,LAB|7,240\np1,2026-05-01,LAB|7,\np1,,LAB|8,", LABS)
    assert [(line.row, line.takes, line.problems[0].code) for line in result.refused] == [
        (2, "tests", "partial-date"),
        (3, "tests", "missing-field"),
        (4, "tests", "missing-field"),
    ]
