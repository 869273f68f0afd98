"""`Source` itself: what a TOML file may say, and how a source is named, extended and refused."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from lemtrada_schedule import InvalidInput, Source, UnknownName, UnreadableFile, load_source, parse_source, source_names
from lemtrada_schedule.sources import source as source_module
from lemtrada_schedule.sources.loading import source_of
from lemtrada_schedule.sources.source import ReadRule
from lemtrada_schedule.sources.tables import ENCODINGS

READ: Final = {
    "omop": ["person_id", "drug_exposure_start_date", "drug_exposure_end_date", "drug_concept_id"],
    "claims": ["BENE_ID", "CLM_FROM_DT", "CLM_THRU_DT", "HCPCS_CD", "LINE_SRVC_CNT"],
    "mar": ["PAT_ID", "MED_NAME", "TAKEN_TIME", "MAR_ACTION", "SIG"],
    "registry": ["PATIENT_ID", "THERAPY", "START_DATE", "STOP_DATE"],
}
"""The columns that each built-in source reads, from the contract."""

CODES: Final = {"J0202", "LEMTRADA", "Lemtrada"}
"""Codes of grade A, and the product's name."""


def test_the_built_in_sources_read_the_columns_of_the_contract() -> None:
    assert source_names() == tuple(sorted(READ))
    for name, columns in READ.items():
        assert sorted(load_source(name).names.values()) == sorted(columns)
        assert load_source(name).read.other_columns == "ignore"


def test_no_built_in_source_has_a_code_that_nobody_graded() -> None:
    for name in source_names():
        medicine = load_source(name).medicine
        assert medicine is not None
        assert set(medicine.lemtrada) <= CODES
        assert load_source(name).tests == ()


def test_claims_count_units_of_1_mg() -> None:
    units = load_source("claims").units
    assert units is not None
    assert (units.per_infusion, units.mg_per_unit) == (12, Decimal(1))


def test_encodings_are_those_in_which_tables_can_be_opened() -> None:
    assert get_args(source_module.Encoding) == ENCODINGS


def problem_of(data: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refused:
        parse_source(data)
    return refused.value.code, refused.value.place


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        ({"colums": {}}, "unknown-key", "colums"),
        ({"columns": {"patient": "p"}}, "missing-field", "Source"),
        ({"columns": {"date": "d", "patient": "d"}}, "column-twice", "Source"),
        ({"columns": {"date": 3}}, "wrong-type", "columns.date"),
        ({"columns": {"date": "d", "when": "w"}}, "unknown-key", "columns.when"),
        ({"columns": {"date": "d", "time": "t"}}, "missing-field", "Source"),
        ({"columns": {"date": "d", "value": "v"}}, "missing-field", "Source"),
        ({"columns": {"time": "t", "action": "a", "code": "c"}}, "missing-field", "Source"),
        ({"columns": {"date": "d", "action": "a", "status": "s"}}, "reserved-name", "Source"),
        ({"read": {"date_format": "D.M.Y"}}, "unknown-name", "read.date_format"),
        ({"read": {"decimal": ";"}}, "unknown-name", "read.decimal"),
        ({"read": {"trim": "yes"}}, "wrong-type", "read.trim"),
        ({"read": {"rows": "courses"}}, "missing-field", "Source"),
        ({"medicine": {"lemtrada": ["x"]}}, "missing-field", "medicine.column"),
        ({"medicine": {"column": "m", "lemtrada": "x"}}, "wrong-type", "medicine.lemtrada"),
        ({"units": {"column": "u", "per_infusion": 0}}, "out-of-range", "units.per_infusion"),
        ({"units": {"column": "u", "per_infusion": 7}}, "missing-field", "units"),
        ({"units": {"column": "u", "per_infusion": 12, "sequence": "s"}}, "missing-field", "units"),
        (
            {"columns": {"date": "d", "dose_mg": "m"}, "units": {"column": "u", "per_infusion": 12}},
            "reserved-name",
            "Source",
        ),
        ({"actions": {"started": ["x"], "ended": ["x"]}}, "column-twice", "actions"),
    ],
)
def test_a_source_that_contradicts_itself_is_refused(data: dict[str, Any], code: str, place: str) -> None:
    assert problem_of(data) == (code, place)


def test_an_empty_source_is_refused() -> None:
    assert problem_of({}) == ("missing-field", "data")


def test_units_of_another_size_need_their_mg() -> None:
    source = parse_source({"units": {"column": "u", "per_infusion": 7, "mg": "1.7"}})
    assert source.units is not None
    assert str(source.units.mg_per_unit) == "1.7"


def test_extending_merges_tables_by_key() -> None:
    source = parse_source('extends = "claims"\n[columns]\npatient = "ID"\n[read]\ndate_format = "YYYYMMDD"')
    assert (source.extends, source.columns.patient, source.columns.date) == ("claims", "ID", "CLM_FROM_DT")
    assert (source.read.date_format, source.read.other_columns) == ("YYYYMMDD", "ignore")
    assert source.medicine == load_source("claims").medicine


def test_a_source_is_a_name_a_path_or_a_value(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[columns]\ndate = "Tag"\n', encoding="utf-8")
    source = Source(columns={"date": "Tag"})
    assert source_of(path) == source_of(str(path)) == source_of(source) == source
    assert source_of("claims") is load_source("claims")


def test_errors_of_a_file_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("[read]\ndecimal = 1\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        load_source(path)
    assert refused.value.place == f"{path}: read.decimal"
    with pytest.raises(UnreadableFile):
        load_source(tmp_path / "none.toml")


@pytest.mark.parametrize(("name", "hint"), [("claim", "did you mean 'claims'"), ("Jane Doe", 'text shaped "Xxxx Xxx"')])
def test_an_unknown_name_lists_the_names(name: str, hint: str) -> None:
    with pytest.raises(UnknownName) as refused:
        load_source(name)
    assert hint in refused.value.message
    assert "claims, mar, omop, registry" in refused.value.message
    assert "Jane" not in refused.value.message


def test_anything_else_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        source_of(7)  # type: ignore[arg-type]  # no name
    assert (refused.value.code, refused.value.argument) == ("wrong-type", "source")


def test_a_source_shows_counts() -> None:
    source = load_source("claims")
    assert [repr(one) for one in (source.columns, source.medicine, source.actions)] == [
        "SourceColumns(3 columns)",
        "MedicineRule(1 word)",
        "ActionWords(0 words)",
    ]


def test_content_is_no_name() -> None:
    with pytest.raises(UnknownName, match="parse_source"):
        load_source('[columns]\ndate = "Tag"\n')


def test_every_key_is_on_its_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sources" / "index.md").read_text(encoding="utf-8")
    columns = source_module.SourceColumns.model_fields
    kinds = (ReadRule, source_module.MedicineRule, source_module.UnitsRule)
    keys = [*columns, *(name for kind in kinds for name in kind.model_fields), *Source.model_fields]
    assert [key for key in keys if f"`{key}`" not in page and f"`[{key}]`" not in page] == []
    mar = (Path(__file__).parents[3] / "docs" / "sources" / "mar.md").read_text(encoding="utf-8")
    assert [key for key in source_module.ActionWords.model_fields if f"| `{key}` |" not in mar] == []


def test_every_built_in_source_has_a_page_and_an_example() -> None:
    root = Path(__file__).parents[3]
    for name in source_names():
        page = (root / "docs" / "sources" / f"{name}.md").read_text(encoding="utf-8")
        assert [column for column in READ[name] if f"`{column}`" not in page] == []
        assert (root / "examples" / "sources" / f"{name}.csv").is_file()
