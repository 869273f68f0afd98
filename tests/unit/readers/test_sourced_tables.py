"""Tables read by a source through the public functions and commands: counts, refusals, formats and privacy."""

import gzip
import json
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    InvalidInput,
    UnreadableFile,
    evaluate,
    load_protocol,
    load_source,
    parse_histories,
    parse_source,
    read_histories,
)
from tests.support.cli_result import Run

EXAMPLES: Final = Path(__file__).parents[3] / "examples" / "sources"
COUNTS: Final = {  # in, accepted, refused, blank, other, superseded: counted by hand in each file
    ("omop", "omop.toml"): (5, 4, 0, 0, 1, 0),
    ("claims", None): (12, 11, 0, 0, 1, 0),
    ("mar", "mar.toml"): (9, 7, 1, 0, 1, 0),
    ("registry", None): (5, 4, 0, 0, 1, 0),
    ("german-export", "german-export.toml"): (4, 3, 1, 0, 0, 0),
}
SMALL: Final = parse_source('[columns]\npatient = "MRN"\ndate = "Day"')


@pytest.mark.parametrize(("name", "own"), COUNTS)
def test_each_example_counts_its_rows(name: str, own: str | None) -> None:
    intake = read_histories(EXAMPLES / f"{name}.csv", source=EXAMPLES / own if own else name)
    found = (intake.rows, intake.accepted, intake.refused_rows, intake.blank, intake.other, intake.superseded)
    assert found == COUNTS[name, own]


def test_a_table_may_be_a_file_bytes_or_text(tmp_path: Path) -> None:
    content = (EXAMPLES / "claims.csv").read_bytes()
    expected = read_histories(EXAMPLES / "claims.csv", source="claims")
    packed, tabs = tmp_path / "claims.csv.gz", tmp_path / "claims.tsv"
    packed.write_bytes(gzip.compress(content))
    tabs.write_bytes(content.replace(b",", b"\t"))
    assert read_histories(packed, source="claims") == read_histories(tabs, source="claims") == expected
    assert parse_histories(content, format="csv", source="claims") == expected
    assert parse_histories(content.decode(), format="csv", source="claims") == expected
    assert parse_histories(gzip.compress(content), format="csv.gz", source=load_source("claims")) == expected


def test_text_has_no_encoding_to_be_told() -> None:
    text = (EXAMPLES / "german-export.csv").read_bytes().decode("cp1252")
    own = EXAMPLES / "german-export.toml"
    assert parse_histories(text, format="csv", source=own) == read_histories(EXAMPLES / "german-export.csv", source=own)


def test_a_source_is_for_tables() -> None:
    with pytest.raises(UnreadableFile, match="without a source"):
        read_histories(EXAMPLES.parent / "infusions.json", source="claims")
    with pytest.raises(InvalidInput, match=r"csv, csv\.gz, tsv"):
        parse_histories("{}", format="json", source="claims")


def test_a_refused_row_names_the_tables_own_column_and_no_value() -> None:
    source = parse_source('[columns]\npatient = "Nr. (lang)"\ndate = "Tag für Infusion"')
    intake = parse_histories("Nr. (lang),Tag für Infusion\nZq7PatientXY,geheim\n", format="csv", source=source)
    (refused,) = intake.refused
    assert (refused.row, refused.column, refused.code) == (2, "Tag für Infusion", "calendar-date")
    assert "geheim" not in refused.message
    assert [(one.patient, one.unreadable) for one in intake.histories] == [("Zq7PatientXY", (2,))]


def test_a_row_whose_patient_is_unknown_is_everybodys() -> None:
    intake = parse_histories("MRN,Day\np1,2025-03-03\n1.2E+11,2025-03-04\n", format="csv", source=SMALL)
    assert [history.unreadable for history in intake.histories] == [(3,)]


def test_a_header_of_a_patient_is_never_printed() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_histories("Zq7PatientXY,2025-03-03\n", format="csv", source=SMALL)
    assert "Zq7" not in str(refused.value)
    assert refused.value.place == "line 1"


def test_ignore_skips_columns_that_the_source_does_not_name() -> None:
    content = "MRN,Day,Ward\np1,2025-03-03,3A\n"
    with pytest.raises(InvalidInput, match="`ignore`"):
        parse_histories(content, format="csv", source=SMALL)
    assert parse_histories(content, format="csv", source=SMALL, ignore=["Ward"]).accepted == 1


def test_tests_of_a_table_are_recorded() -> None:
    source = parse_source(
        '[columns]\npatient = "MRN"\ndate = "Day"\ncode = "Test"\nvalue = "Result"\n'
        '[tests]\n"LAB|1" = "blood-count"\n"LAB|2" = "cd4"'
    )
    content = (
        "MRN,Day,Test,Result\np1,2025-03-03,,\np1,2025-02-28,LAB|1,\np1,2025-05-01,LAB|2,240\np1,2025-05-01,LAB|3,\n"
    )
    intake = parse_histories(content, format="csv", source=source)
    (history,) = intake.histories
    assert [(seen.code, seen.value) for seen in history.observations] == [("blood-count", None), ("cd4", 240)]
    assert (intake.accepted, intake.blank) == (3, 1)
    assert [(kind.resource, kind.count) for kind in intake.skipped] == [("test", 1)]


def test_only_other_medicines_are_told() -> None:
    source = parse_source(
        '[columns]\npatient = "MRN"\ndate = "Day"\n[medicine]\ncolumn = "Drug"\nlemtrada = ["LEMTRADA"]'
    )
    (history,) = parse_histories("MRN,Day,Drug\np1,2025-03-03,x\n", format="csv", source=source).histories
    found = evaluate(history, load_protocol("us"), as_of="2026-11-22").findings
    assert [finding.code for finding in found] == ["only-other-medicines"]


# --- commands ----------------------------------------------------------------------------------------

QUESTION: Final = ("--protocol", "us", "--as-of", "2026-11-22", "--format", "json")


def printed(run: Run, *arguments: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(run(*arguments, *QUESTION).out)
    return result


def test_check_and_next_take_a_source(run: Run) -> None:
    path = str(EXAMPLES / "claims.csv")
    rows = {"in": 12, "accepted": 11, "refused": 0, "blank": 0, "other": 1, "superseded": 0}
    assert printed(run, "check", path, "--source", "claims")["rows"] == rows
    answer = printed(run, "next", path, "--source", "claims")
    assert answer["rows"] == rows
    assert {one["patient"]: one["forecast"]["earliest"] for one in answer["patients"]} == {
        "b1": "2027-03-11",
        "b2": "2026-09-12",
        "b3": "2027-04-17",
        "b4": "2027-05-08",
    }


def test_a_source_of_ones_own_is_a_file(run: Run) -> None:
    own = str(EXAMPLES / "mar.toml")
    ran = run("check", str(EXAMPLES / "mar.csv"), "--source", own, *QUESTION)
    assert ran.status == 2
    assert [row["row"] for row in json.loads(ran.out)["refused"]] == [10]


def test_a_source_without_its_words_says_so(run: Run) -> None:
    ran = run("check", str(EXAMPLES / "omop.csv"), "--source", "omop", *QUESTION)
    assert ran.status == 2
    assert "medicine.lemtrada" in ran.err


def test_an_unknown_source_is_refused(run: Run) -> None:
    ran = run("check", str(EXAMPLES / "omop.csv"), "--source", "omopp", *QUESTION)
    assert ran.status == 2
    assert "did you mean 'omop'" in ran.err
