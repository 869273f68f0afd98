"""Files of records become histories: CSV, JSON of our own form, and the nouns that are read."""

import io
import json
import pickle
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    History,
    InfusionRecord,
    Intake,
    InvalidInput,
    Observation,
    RecordedOverride,
    RefusedRow,
    UnreadableFile,
    read_histories,
)
from lemtrada_schedule.readers import csv_records as csv_records_module
from lemtrada_schedule.readers import intake_builder
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.fhir.records import intake_of_bundle, parse_ndjson
from lemtrada_schedule.readers.records import parse_json
from lemtrada_schedule.sources import lines
from tests.support.record_files import (
    HEADER,
    bundle,
    counts,
    csv_row,
    csv_text,
    history_of,
    places,
)

ZONE: Final = "America/New_York"
EXAMPLES: Final = Path(__file__).parents[3] / "examples"
FULL: Final = InfusionRecord(
    date=date(2025, 3, 3),
    started=time(9),
    ended=time(13, 5),
    observed_until=time(15, 10),
    dose_mg=Decimal(12),
    status="completed",
    course=1,
    row=2,
)


# --- CSV -----------------------------------------------------------------------------------------


def test_a_full_row_becomes_a_record() -> None:
    assert parse_csv(csv_text(csv_row())).histories == (History(patient="p1", infusions=(FULL,)),)


def test_columns_and_rows_may_come_in_any_order() -> None:
    header = "course,status,dose_mg,observed_until,ended,started,date,patient"
    assert parse_csv([header, "1,completed,12,15:10,13:05,09:00,2025-03-03,p1"]) == parse_csv(csv_text(csv_row()))


def test_only_the_date_is_needed() -> None:
    (history,) = parse_csv("date\n2025-03-03\n").histories
    assert history == History(infusions=(InfusionRecord(date=date(2025, 3, 3), row=2),))


def test_empty_cells_are_absent_values() -> None:
    (record,) = parse_csv(csv_text("p1,2025-03-03,,,,,,")).histories[0].infusions
    assert record == InfusionRecord(date=date(2025, 3, 3), row=2)
    assert (record.status, record.dose_mg, record.course, record.started) == ("completed", None, None, None)


@pytest.mark.parametrize("status", ["completed", "partial", "not-done", "entered-in-error"])
def test_every_status_has_one_spelling(status: str) -> None:
    (record,) = parse_csv(csv_text(csv_row(status=status))).histories[0].infusions
    assert record.status == status


def test_without_a_patient_column_the_file_is_one_patients() -> None:
    intake = parse_csv("date,dose_mg\n2025-03-03,12\n2025-03-04,12 mg\n2025-03-05\n")
    assert places(intake) == [(3, "dose_mg", "wrong-type"), (4, None, "csv-structure")]
    (history,) = intake.histories
    assert (history.patient, len(history.infusions), history.unreadable) == (None, 1, (3, 4))


def test_the_patient_of_a_refused_row_is_told_so_that_nobody_is_lost() -> None:
    intake = parse_csv(csv_text(csv_row(patient="p1", date="x"), csv_row(patient="p2")))
    assert [(h.patient, len(h.infusions), h.unreadable) for h in intake.histories] == [("p1", 0, (2,)), ("p2", 1, ())]


def test_all_faults_of_a_row_are_told_in_the_order_of_its_columns() -> None:
    row = csv_row(date="2025-03", started="9:00", ended="x", observed_until="24:00", dose_mg="12 mg", course="0")
    assert places(parse_csv(csv_text(row))) == [
        (2, "date", "partial-date"),
        (2, "started", "wall-time"),
        (2, "ended", "wall-time"),
        (2, "observed_until", "wall-time"),
        (2, "dose_mg", "wrong-type"),
        (2, "course", "out-of-range"),
    ]


def test_a_bad_date_hides_no_other_fault() -> None:
    row = csv_row(patient="", date="?", started="13:00", ended="09:00")
    assert places(parse_csv(csv_text(row))) == [
        (2, "date", "calendar-date"),
        (2, "patient", "missing-field"),
        (2, "ended", "wall-time"),
    ]


@pytest.mark.parametrize(
    ("times", "column"),
    [
        (("13:00", "09:00", "15:00"), "ended"),
        (("09:00", "13:00", "12:59"), "observed_until"),
        (("09:00", "", "08:59"), "observed_until"),
        (("", "13:00", "12:59"), "observed_until"),
    ],
)
def test_times_in_another_order_are_refused(times: tuple[str, str, str], column: str) -> None:
    names = ("started", "ended", "observed_until")
    assert places(parse_csv(csv_text(csv_row(**dict(zip(names, times, strict=True)))))) == [(2, column, "wall-time")]


@pytest.mark.parametrize(
    "times", [("09:00", "09:00", "09:00"), ("", "13:00", ""), ("", "", "15:00"), ("00:00", "", "00:00")]
)
def test_a_length_of_nothing_is_a_fact_to_be_judged_and_not_refused(times: tuple[str, str, str]) -> None:
    names = ("started", "ended", "observed_until")
    assert parse_csv(csv_text(csv_row(**dict(zip(names, times, strict=True))))).accepted == 1


def test_duplicates_are_kept() -> None:
    (history,) = parse_csv(csv_text(csv_row(), csv_row())).histories
    assert [record.row for record in history.infusions] == [2, 3]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_both_line_ends_are_read_and_the_last_one_may_lack(end: str, *, last: bool) -> None:
    text = end.join([HEADER, csv_row(), csv_row()]) + end * last
    assert counts(parse_csv(text)) == (2, 2, 0, 0)
    assert parse_csv(text) == parse_csv(text.splitlines(keepends=True)) == parse_csv(text.split(end)[:3])


def test_columns_to_pass_over_are_named() -> None:
    text = "remark,date,site\na b,2025-03-03,1\n"
    assert parse_csv(text, ignore=["remark", "site", "other"]).accepted == 1
    assert parse_csv(text, ignore=("remark", "site")) == parse_csv(text, ignore={"remark", "site"})
    with pytest.raises(InvalidInput, match=r"column 3 of the header is unrecognised.* `ignore`"):
        parse_csv(text, ignore=["remark"])


def test_a_header_of_very_many_columns_is_refused_at_once() -> None:
    """The first thousand unknown columns are listed, the rest are counted."""
    names = ["date", *(f"c{n}" for n in range(4_094)), "c0"]
    assert parse_csv(",".join(names[:-1]), ignore=names[1:-1]).rows == 0
    with pytest.raises(InvalidInput) as caught:
        parse_csv(",".join(names))
    problems = caught.value.problems
    assert [len(problems), problems[-1].code] == [1_001, "more-problems"]
    assert problems[-1].message == "at least 3,095 more problems are not listed; fix these first"
    with pytest.raises(InvalidInput) as caught:
        parse_csv(",".join([*names[:900], "c0"]))
    assert "column 901 of the header has the name of column 2" in caught.value.problems[-1].message
    with pytest.raises(InvalidInput) as caught:
        parse_csv(",".join([*names, "c0"]))
    assert [(one.code, one.place) for one in caught.value.problems] == [("too-large", "line 1")]


@pytest.mark.parametrize(
    ("ignore", "code"),
    [
        (["status"], "reserved-name"),
        (["patient"], "reserved-name"),
        ("remark", "wrong-type"),
        ([1], "wrong-type"),
        (None, "wrong-type"),
        (7, "wrong-type"),
        (iter(["remark"]), "wrong-type"),
    ],
)
def test_columns_that_mean_something_are_not_passed_over(ignore: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_csv("date\n", ignore=ignore)
    assert (refused.value.code, refused.value.place) == (code, "ignore")


@pytest.mark.parametrize("given", [None, 7, b"date\n", date(2025, 3, 3)])
def test_what_is_no_text_is_refused(given: Any) -> None:
    for parse in (parse_csv, parse_ndjson):
        with pytest.raises(InvalidInput) as refused:
            parse(given)
        assert refused.value.code == "wrong-type"
        assert refused.value.place in ("lines", "line 1")


def test_a_line_that_is_no_text_is_refused_by_its_number() -> None:
    for parse in (parse_csv, parse_ndjson):
        with pytest.raises(InvalidInput) as refused:
            parse([HEADER if parse is parse_csv else "", b"2025-03-03"])  # type: ignore[list-item]  # what is refused
        assert (refused.value.code, refused.value.place) == ("wrong-type", "line 2")


def test_each_history_names_at_most_50_rows_of_nobody_and_the_intake_all() -> None:
    intake = parse_csv(csv_text(csv_row(), csv_row(date="x"), *["p1"] * 60))
    assert history_of(intake, "p1").unreadable == tuple(range(3, 54))
    assert intake.refused_rows == 61


def test_a_file_of_nothing_but_faults_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_builder, "MOST_FAULTS", 100)
    assert parse_csv(csv_text(*["p1"] * 100)).refused_rows == 100
    with pytest.raises(InvalidInput, match="more than 100 problems") as refused:
        parse_csv(csv_text(*["p1"] * 101))
    assert (refused.value.code, refused.value.place) == ("too-large", "row 102")


def test_remembering_cells_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = csv_text(*[csv_row(date=f"2025-03-{day:02d}", course=course) for day in range(1, 29) for course in "1x"])
    remembered = parse_csv(text)
    monkeypatch.setattr(csv_records_module, "REMEMBERED", 3)
    assert parse_csv(text) == remembered


def test_equal_values_of_a_file_are_one_object() -> None:
    (history,) = parse_csv(csv_text(csv_row(), csv_row(date="2025-03-04"))).histories
    first, second = history.infusions
    assert first.dose_mg is second.dose_mg
    assert first.started is second.started
    assert first.model_fields_set is second.model_fields_set
    assert first.model_fields_set == {
        "date", "started", "ended", "observed_until", "dose_mg", "status", "course", "row"
    }  # fmt: skip


# --- files ---------------------------------------------------------------------------------------


def test_the_examples_hold_what_they_are_for() -> None:
    intake = read_histories(EXAMPLES / "infusions.csv")
    assert counts(intake) == (58, 58, 0, 0)
    assert [(h.patient, len(h.infusions)) for h in intake.histories] == [
        ("p1", 8), ("p2", 8), ("p3", 8), ("p4", 3), ("p5", 6), ("p6", 5), ("p7", 6), ("p8", 9), ("p9", 5),
    ]  # fmt: skip


def test_the_bad_example_shows_its_faults() -> None:
    intake = read_histories(str(EXAMPLES / "infusions_bad.csv"))
    assert counts(intake) == (9, 4, 4, 1)
    assert places(intake) == [
        (4, "date", "partial-date"),
        (5, "date", "calendar-date"),
        (5, "dose_mg", "wrong-type"),
        (6, "started", "wall-time"),
        (6, "status", "unknown-name"),
        (9, "ended", "wall-time"),
    ]


@pytest.mark.parametrize("name", ["r.csv", "R.CSV", "r.2.Csv", "r.txt.csv"])
def test_the_name_tells_the_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("date\n2025-03-03\n", encoding="utf-8")
    assert read_histories(path).accepted == read_histories(str(path)).accepted == 1


@pytest.mark.parametrize("suffix", [".csv", ".json", ".ndjson"])
def test_a_file_that_is_not_there(suffix: str, tmp_path: Path) -> None:
    for path in (tmp_path / f"none{suffix}", tmp_path / f"none\0{suffix}"):
        with pytest.raises(UnreadableFile) as refused:
            read_histories(path)
        assert refused.value.code == "unreadable-file"
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(UnreadableFile, match="directory"):
        read_histories(tmp_path / f"folder{suffix}")


class PathOfBytes:
    def __fspath__(self) -> bytes:
        return b"records.csv"


@pytest.mark.parametrize("path", [None, 7, b"records.csv", PathOfBytes()])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_histories(path)
    assert (refused.value.code, refused.value.place) == ("wrong-type", "path")


@pytest.mark.parametrize("zone", ["EST", "America", "UTC+3", "", 5, "Etc/GMT+5"])
def test_a_zone_is_a_region(zone: Any) -> None:
    doors: list[Callable[[], Intake]] = [
        lambda: read_histories(EXAMPLES / "infusions.csv", time_zone=zone),
        lambda: parse_ndjson("", time_zone=zone),
        lambda: intake_of_bundle(bundle(), time_zone=zone),
    ]
    for door in doors:
        with pytest.raises(InvalidInput) as refused:
            door()
        assert (refused.value.code, refused.value.place) == ("zone", "time_zone")


def test_what_cannot_be_called_shows_no_progress() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_histories(EXAMPLES / "infusions.csv", on_progress="yes")  # type: ignore[arg-type]  # what is refused
    assert (refused.value.code, refused.value.place) == ("wrong-type", "on_progress")


@pytest.mark.parametrize("suffix", [".csv", ".ndjson"])
def test_progress_is_told_every_so_many_lines_and_at_the_end(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LINES_A_STEP", 2)
    path = tmp_path / f"r{suffix}"
    path.write_bytes(b"\xef\xbb\xbf" + (b"date\n" if suffix == ".csv" else b"    \n") + b" \n" * 4)
    told: list[tuple[int, int]] = []
    read_histories(path, on_progress=lambda done, size: told.append((done, size)))
    assert told == [(10, 16), (14, 16), (16, 16)]


def test_files_beyond_the_bounds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(b"date\n" + b"2025-03-03\n" * 3)
    monkeypatch.setattr(lines, "MOST_LINES", 4)
    assert read_histories(path).rows == 3
    monkeypatch.setattr(lines, "MOST_LINES", 3)
    with pytest.raises(UnreadableFile, match="more than 3 lines") as refused:
        read_histories(path)
    assert (refused.value.code, refused.value.place) == ("too-large", str(path))
    monkeypatch.setattr(lines, "LARGEST_FILE", 37)
    with pytest.raises(UnreadableFile, match="larger than 37 bytes"):
        read_histories(path)


def test_a_device_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("no such device here")
    monkeypatch.setattr(lines, "LONGEST_LINE", 1_000)
    with pytest.raises(UnreadableFile, match="longer than 1,000 bytes"):
        list(lines.read_lines("/dev/zero"))


@pytest.mark.parametrize("first", [b"", b"date\n"])
def test_a_file_that_breaks_off_while_it_is_read(first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.RawIOBase):
        def __init__(self, _path: object) -> None:
            self.left = [first] if first else []

        def readable(self) -> bool:
            return True

        def fileno(self) -> int:
            return 0

        def readinto(self, buffer: Any) -> int:
            if not self.left:
                raise OSError(5, "Input/output error")
            buffer[: len(first)] = self.left.pop()
            return len(first)

    monkeypatch.setattr(io, "FileIO", Broken)
    with pytest.raises(UnreadableFile, match="Input/output error") as refused:
        list(lines.read_lines("r.csv"))
    assert (refused.value.code, refused.value.place) == ("unreadable-file", "r.csv")


# --- JSON ----------------------------------------------------------------------------------------


def test_an_object_becomes_a_history() -> None:
    text = """{
      "patient": "p1", "birth_date": "1984-06-05", "prior_medicines": 2,
      "infusions": [{"date": "2025-03-03", "started": "09:00", "dose_mg": 12, "status": "partial", "course": 1}],
      "observations": [
        {"date": "2025-09-01", "code": "cd4", "value": 230}, {"date": "2025-02-20", "code": "blood-count"}
      ],
      "overrides": [{"code": "dose-differs", "course": 1, "by": "a nurse", "why": "spilt", "on": "2025-03-04"}]
    }"""
    record = InfusionRecord(
        date=date(2025, 3, 3), started=time(9), dose_mg=Decimal(12), status="partial", course=1, row=1
    )
    assert parse_json(text).histories == (
        History(
            patient="p1",
            birth_date=date(1984, 6, 5),
            prior_medicines=2,
            infusions=(record,),
            observations=(
                Observation(date=date(2025, 9, 1), code="cd4", value=230),
                Observation(date=date(2025, 2, 20), code="blood-count"),
            ),
            overrides=(
                RecordedOverride(code="dose-differs", course=1, by="a nurse", why="spilt", on=date(2025, 3, 4)),
            ),
        ),
    )


def test_infusions_are_counted_through_the_whole_file() -> None:
    good = {"date": "2025-03-03"}
    objects = [
        {"patient": "p2", "infusions": [good, good]},
        {"patient": "p1", "birth_date": None},
        {"patient": "p3", "infusions": [good, {}, good]},
    ]
    intake = parse_json(json.dumps(objects))
    assert counts(intake) == (5, 4, 1, 0)
    assert [(h.patient, [record.row for record in h.infusions], h.unreadable) for h in intake.histories] == [
        ("p1", [], ()), ("p2", [1, 2], ()), ("p3", [3, 5], (4,)),
    ]  # fmt: skip


@pytest.mark.parametrize("wrap", [True, False])
def test_one_object_needs_no_patient(*, wrap: bool) -> None:
    one = {"infusions": [{"date": "2025-03-03"}, {"date": "2025-03"}]}
    (history,) = parse_json(json.dumps([one] if wrap else one)).histories
    assert (history.patient, len(history.infusions), history.unreadable) == (None, 1, (2,))


def test_one_object_without_a_patient_and_with_a_fault() -> None:
    intake = parse_json('{"birth_date": "1984", "infusions": [{"date": "2025-03-03"}]}')
    assert places(intake) == [(1, "birth_date", "partial-date")]
    assert intake.histories == (History(unreadable=(1,)),)


def test_a_fault_of_the_patient_refuses_all_infusions_of_the_object() -> None:
    good = {"date": "2025-03-03"}
    bad = {"patient": "p2", "birth_date": "5 June 1984", "prior_medicines": -1, "infusions": [good, good]}
    intake = parse_json(
        json.dumps([{"patient": "p1", "infusions": [good]}, bad, {"patient": "p3", "infusions": [good]}])
    )
    faults = ("birth_date", "calendar-date"), ("prior_medicines", "out-of-range")
    assert places(intake) == [(row, *fault) for row in (2, 3) for fault in faults]
    assert counts(intake) == (4, 2, 2, 0)
    assert [(h.patient, len(h.infusions), h.unreadable) for h in intake.histories] == [
        ("p1", 1, ()), ("p2", 0, (2, 3)), ("p3", 1, ()),
    ]  # fmt: skip


def test_two_objects_of_one_patient_are_not_merged() -> None:
    one = {"patient": "p1", "infusions": [{"date": "2025-03-03"}]}
    intake = parse_json(json.dumps([one, {"patient": "p2"}, one]))
    assert places(intake) == [(2, None, "json-structure")]
    assert intake.refused[0].message.startswith("object 3 of the file: ")
    assert [(h.patient, len(h.infusions), h.unreadable) for h in intake.histories] == [("p1", 1, (2,)), ("p2", 0, ())]


def test_a_third_object_of_a_patient_whose_first_was_refused() -> None:
    good = {"patient": "p1", "infusions": [{"date": "2025-03-03"}]}
    intake = parse_json(json.dumps([{**good, "birth_date": "x"}, good, good]))
    assert [fault.row for fault in intake.refused] == [1, 3]
    assert history_of(intake, "p1").unreadable == (1, 3)


def test_no_value_of_an_object_stands_in_a_message() -> None:
    inner = {"id": "MRN-987", "date": "Jane Doe", "code": "Jane Doe", "value": "Jane Doe"}
    text = json.dumps([{"patient": "p1", "birth_date": "Jane Doe", "observations": [inner], "infusions": [inner]}])
    told = "".join(fault.model_dump_json() for fault in parse_json(text).refused)
    assert "Jane" not in told
    assert "MRN" not in told


# --- nouns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dose", [12, 12.5, "12", "12.0", "12.50", Decimal("12.0"), "00012", 0.0001, 10_000, "10000.0"])
def test_a_dose_goes_through_json_and_back(dose: Any) -> None:
    record = InfusionRecord.model_validate({"date": "2025-03-03", "dose_mg": dose})
    assert InfusionRecord.model_validate_json(record.model_dump_json()) == record
    assert record.dose_mg == Decimal(str(dose))


@pytest.mark.parametrize(
    "dose",
    [
        0,
        -1,
        10_001,
        True,
        "1e1",
        Decimal("NaN"),
        Decimal("Infinity"),
        float("nan"),
        1e-7,
        [12],
    ],
)
def test_no_other_number_is_a_dose(dose: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        InfusionRecord.model_validate({"date": "2025-03-03", "dose_mg": dose})
    assert (refused.value.code, refused.value.place) == ("wrong-type", "dose_mg")


def test_a_number_of_thousands_of_digits_is_no_dose() -> None:
    with pytest.raises(InvalidInput) as refused:
        InfusionRecord.model_validate({"date": "2025-03-03", "dose_mg": 10**5_000})
    assert (refused.value.code, refused.value.place) == ("wrong-type", "dose_mg")


def test_records_without_a_row_get_their_position() -> None:
    history = History(infusions=[InfusionRecord(date=date(2025, 3, 3)), {"date": "2025-03-04"}, FULL])  # type: ignore[arg-type]  # a table is taken
    assert [record.row for record in history.infusions] == [1, 2, 2]


def test_a_history_of_dates() -> None:
    history = History.from_dates(["2025-03-03", date(2025, 3, 4)], patient="p1")
    assert [(record.date.day, record.row) for record in history.infusions] == [(3, 1), (4, 2)]


@pytest.mark.parametrize("infusions", [None, 7, "2025-03-03", {"date": "2025-03-03"}, [7], ["2025-03-03"]])
def test_infusions_are_a_list_of_records(infusions: Any) -> None:
    with pytest.raises(InvalidInput):
        History(infusions=infusions)


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [("prior_medicines", 0, 100), ("value", 0, 100_000), ("course", 1, 50), ("row", 1, None)],
)
def test_numbers_have_their_bounds(field: str, least: int, most: int | None) -> None:
    builds: dict[str, Callable[[int], object]] = {
        "prior_medicines": lambda number: History(prior_medicines=number),
        "value": lambda number: Observation(date=date(2025, 3, 3), code="cd4", value=number),
        "course": lambda number: InfusionRecord(date=date(2025, 3, 3), course=number),
        "row": lambda number: InfusionRecord(date=date(2025, 3, 3), row=number),
    }
    build = builds[field]
    assert build(least)
    assert build(most if most is not None else 10**9)
    for outside in (least - 1, most + 1) if most is not None else (least - 1,):
        with pytest.raises(InvalidInput) as refused:
            build(outside)
        assert (refused.value.code, refused.value.place) == ("out-of-range", field)


def test_the_schema_of_a_dose_takes_numbers_and_text() -> None:
    dose = InfusionRecord.model_json_schema()["properties"]["dose_mg"]["anyOf"][0]
    pattern = "^[0-9]+([.][0-9]{1,6}0*)?$"
    assert dose == {"type": ["number", "string"], "exclusiveMinimum": 0, "maximum": 10_000, "pattern": pattern}


def test_a_cd4_count_has_its_value() -> None:
    assert Observation(date=date(2025, 3, 3), code="cd4", value=0).value == 0
    with pytest.raises(InvalidInput) as refused:
        Observation(date=date(2025, 3, 3), code="cd4")
    assert refused.value.code == "missing-field"


def test_a_patient_id_is_short() -> None:
    assert History(patient="p" * 128).patient == "p" * 128
    with pytest.raises(InvalidInput) as refused:
        History(patient="p" * 129)
    assert (refused.value.code, refused.value.place) == ("text-length", "patient")


def test_an_intake_counts_every_row_once() -> None:
    faults = (RefusedRow(row=2, code="x", message="x"), RefusedRow(row=2, code="y", message="y"))
    intake = Intake(histories=(), refused=faults, rows=3, accepted=1, blank=1)
    assert (intake.refused_rows, intake.faults_by_code) == (1, {"x": 1, "y": 1})
    with pytest.raises(InvalidInput) as refused:
        Intake(histories=(), refused=faults, rows=4, accepted=1, blank=1)
    assert refused.value.code == "row-count"


def test_an_intake_goes_through_json_and_other_processes() -> None:
    intake = read_histories(EXAMPLES / "infusions_bad.csv")
    assert Intake.model_validate_json(intake.model_dump_json()) == intake
    assert pickle.loads(pickle.dumps(intake)) == intake  # noqa: S301  # our own bytes


def test_of_many_faulty_overrides_the_first_are_described_and_the_rest_are_counted() -> None:
    text = json.dumps({"infusions": [{"date": "2025-03-03"}], "overrides": [1] * 25})
    intake = parse_json(text)
    codes = [fault.code for fault in intake.refused]
    assert codes == ["wrong-type"] * 20 + ["more-problems"]
    assert intake.refused[-1].message.endswith("5 items after these were not checked; fix these first")
