"""What the caller says about the medicine of a table: further codes, or that every row is about LEMTRADA."""

from typing import Any, Final

import pytest

from lemtrada_schedule import InvalidInput, Source, parse_histories, parse_source
from tests.support.cli_result import Run

ROWS: Final = """\
person_id,drug_exposure_start_date,drug_exposure_end_date,drug_concept_id
p,2025-03-03,,5
p,2025-03-04,,6
p,2025-03-05,,MabCampath
p,2025-03-06,,
p,2025-03-07,,Lemtrada
"""


def counts(source: Any, **how: Any) -> tuple[int, int, int]:
    intake = parse_histories(ROWS, format="csv", source=source, **how)
    return intake.accepted, intake.other, intake.refused_rows


def test_codes_add_to_those_of_the_source() -> None:
    assert counts("omop", lemtrada_codes=["5"]) == (1, 2, 2)  # no name, and a name like LEMTRADA's, are refused
    own = parse_source({"extends": "omop", "medicine": {"lemtrada": ["6"]}})
    assert counts(own, lemtrada_codes=["5"]) == (2, 1, 2)


def test_every_row_is_lemtrada_unless_it_is_another_product() -> None:
    assert counts("omop", medicine="assumed") == (4, 1, 0)
    other = parse_source({"extends": "omop", "medicine": {"other": ["6"]}})
    assert counts(other, medicine="assumed") == (3, 2, 0)
    assert counts("omop", medicine="assumed", lemtrada_codes=["MabCampath"]) == (5, 0, 0)


def test_a_source_can_say_the_same() -> None:
    assert counts(parse_source({"extends": "omop", "medicine": {"unlisted": "lemtrada"}})) == (4, 1, 0)


def test_without_either_the_error_names_both() -> None:
    with pytest.raises(InvalidInput) as caught:
        counts("omop")
    (problem,) = caught.value.problems
    assert (problem.code, problem.remedies) == ("missing-field", ("lemtrada_codes", "medicine"))


@pytest.mark.parametrize(
    ("codes", "code"),
    [("5", "wrong-type"), ([5], "wrong-type"), ([""], "text-length"), (["x" * 257], "text-length")],
)
def test_wrong_codes_are_refused(codes: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        counts("omop", lemtrada_codes=codes)
    assert (caught.value.problems[0].code, caught.value.problems[0].argument) == (code, "lemtrada_codes")


def test_codes_need_a_column_of_the_medicine() -> None:
    source = Source(
        columns={"patient": "person_id", "date": "drug_exposure_start_date"}, read={"other_columns": "ignore"}
    )
    assert counts(source) == (5, 0, 0)
    assert counts(source, medicine="assumed") == (5, 0, 0)
    with pytest.raises(InvalidInput) as caught:
        counts(source, lemtrada_codes=["5"])
    assert caught.value.problems[0].argument == "lemtrada_codes"


def test_the_commands_take_both(tmp_path: Any, run: Run) -> None:
    path = tmp_path / "omop.csv"
    path.write_text(ROWS, encoding="utf-8")
    asked = ("check", str(path), "--source", "omop", "--protocol", "us", "--as-of", "2026-11-22", "--format", "json")
    assert '"accepted": 4' in run(*asked, "--assume-lemtrada").out
    assert '"accepted": 1' in run(*asked, "--lemtrada-code", "5").out
    refused = run(*asked)
    assert refused.status == 2
    assert "--lemtrada-code" in refused.err
