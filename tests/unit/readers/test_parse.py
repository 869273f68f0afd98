"""Content in memory: `parse_histories`, `parse_clinic`, `parse_plan` and `parse_protocol`. No path is opened."""

import json
import tomllib
from collections.abc import Callable
from datetime import date, time
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    InvalidInput,
    UnknownName,
    parse_clinic,
    parse_histories,
    parse_plan,
    parse_protocol,
    read_histories,
    read_plan,
)
from lemtrada_schedule.sources import lines
from lemtrada_schedule.validation import json_text
from tests.support.entry_points import CLINIC, PROTOCOL, refusal_of, small_plan, small_protocol, weekday_clinic
from tests.support.hostile_values import (
    HostileTable,
    HostileText,
    looped_list,
    looped_table,
    nested_list,
    nested_table,
    shared_lists,
)
from tests.support.record_files import administration, bundle, csv_row, csv_text, ndjson, places

EXAMPLES: Final = Path(__file__).parents[3] / "examples"
ZONE: Final = "America/New_York"
PATIENT: Final = {"patient": "p1", "infusions": [{"date": "2025-03-03", "dose_mg": 11.9}, {"date": "2025-03"}]}
PARSERS: Final[dict[str, Callable[[Any], object]]] = {
    "clinic": parse_clinic,
    "plan": parse_plan,
    "protocol": parse_protocol,
    "csv": lambda data: parse_histories(data, format="csv"),
    "json": lambda data: parse_histories(data, format="json"),
    "fhir": lambda data: parse_histories(data, format="fhir", time_zone=ZONE),
    "ndjson": lambda data: parse_histories(data, format="ndjson", time_zone=ZONE),
}
every_parser = pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS.keys())

# --- the same answer as from a file --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("infusions.csv", "csv"),
        ("infusions_bad.csv", "csv"),
        ("infusions.json", "json"),
        ("infusions.ndjson", "ndjson"),
    ],
)
def test_content_gives_the_same_answer_as_its_file(name: str, form: str) -> None:
    """As text, as bytes, as a bytearray, and with a byte order mark."""
    data = (EXAMPLES / name).read_bytes()
    from_file = read_histories(EXAMPLES / name, time_zone=ZONE)
    forms: tuple[Any, ...] = (data, bytearray(data), data.decode(), b"\xef\xbb\xbf" + data, f"\ufeff{data.decode()}")
    for given in forms:
        assert parse_histories(given, format=form, time_zone=ZONE) == from_file


def test_json_that_is_parsed_already_gives_the_same_answer() -> None:
    """Row 2 has a month and no day; the dose 11.9 was a binary number (S34)."""
    intake = parse_histories(PATIENT, format="json")
    assert intake == parse_histories(json.dumps(PATIENT), format="json") == parse_histories([PATIENT], format="json")
    assert places(intake) == [(2, "date", "partial-date")]
    assert str(intake.histories[0].infusions[0].dose_mg) == "11.9"


def test_a_bundle_that_is_parsed_already_gives_the_same_answer() -> None:
    given = bundle(administration(dosage={"dose": {"value": 11.9, "unit": "mg"}}))
    intake = parse_histories(given, format="fhir", time_zone=ZONE)
    assert intake == parse_histories(json.dumps(given), format="fhir", time_zone=ZONE)
    assert (intake.accepted, str(intake.histories[0].infusions[0].dose_mg)) == (1, "11.9")


def test_resources_in_a_list_are_rows_as_lines_are() -> None:
    resources = [administration(), {"resourceType": "Encounter"}, administration(status="unknown")]
    intake = parse_histories(resources, format="ndjson", time_zone=ZONE)
    assert intake == parse_histories(ndjson(*resources), format="ndjson", time_zone=ZONE)
    assert (intake.rows, intake.accepted, intake.blank, intake.refused_rows) == (3, 1, 1, 1)


def test_the_options_of_reading_are_those_of_a_file() -> None:
    text = "date,ward\n2025-03-03,7\n"
    assert parse_histories(text, format="csv", ignore=["ward"]).accepted == 1
    local = administration(medicationCodeableConcept={"coding": [{"system": "urn:lab", "code": "L1"}]})
    asked: dict[str, Any] = {"format": "ndjson", "time_zone": ZONE}
    assert parse_histories([local], **asked).refused[0].code == "medicine-not-told"
    assert parse_histories([local], **asked, lemtrada_codes=["urn:lab|L1"]).accepted == 1
    assert parse_histories([local], **asked, medicine="assumed").accepted == 1


def test_a_clinic_a_protocol_and_a_plan_from_text_bytes_and_dict() -> None:
    plan = small_plan()
    for given in (CLINIC, CLINIC.encode(), tomllib.loads(CLINIC), weekday_clinic().model_dump(mode="json")):
        assert parse_clinic(given) == weekday_clinic()
    for given in (PROTOCOL, PROTOCOL.encode(), tomllib.loads(PROTOCOL)):
        assert parse_protocol(given) == small_protocol()
    for given in (plan.model_dump_json(), plan.model_dump_json().encode(), plan.model_dump(mode="json")):
        assert parse_plan(given) == plan


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("clinic", "text, bytes or a dict, got a whole number; to read a file, use `read_clinic`"),
        ("protocol", "text, bytes or a dict, got a whole number; to read a file, use `read_protocol`"),
        ("plan", "text, bytes or a dict, got a whole number; to read a file, use `read_plan`"),
        ("csv", "text or bytes, got a whole number; to read a file, use `read_histories`"),
        ("json", "text, bytes, a dict or a list, got a whole number; to read a file, use `read_histories`"),
        ("fhir", "text, bytes or a dict, got a whole number; to read a file, use `read_histories`"),
        ("ndjson", "text, bytes or a list, got a whole number; to read a file, use `read_histories`"),
    ],
)
def test_data_of_another_kind_names_the_argument_and_what_is_expected(name: str, expected: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PARSERS[name](5)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place, problem.argument) == ("wrong-type", "data", "data")
    assert problem.message == f"expected {expected}"


WRONG: Final[dict[str, list[object]]] = {
    "csv": [{}, []], "json": [], "fhir": [[]], "ndjson": [{}], "clinic": [[]], "protocol": [[]], "plan": [[]],
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_no_format_takes_a_kind_that_it_does_not_have(name: str) -> None:
    hostile = (HostileText("x"), HostileTable(a=1), memoryview(b"x"), None, True, object(), int, PurePosixPath("a.csv"))
    for value in (*WRONG[name], *hostile):
        assert refusal_of(lambda: PARSERS[name](value))[:2] == ("wrong-type", "data")  # noqa: B023  # called at once


@every_parser
@pytest.mark.parametrize("as_path", [str, Path], ids=["text", "path"])
def test_no_path_is_opened(
    parse: Callable[[Any], object], as_path: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of that name is there, with good content of every format; its name is no content."""
    monkeypatch.chdir(tmp_path)
    Path("zq7").write_text("date\n", encoding="utf-8")
    if parse is PARSERS["ndjson"] and as_path is str:  # a line that is no JSON: a refused row
        assert places(parse_histories("zq7", format="ndjson")) == [(1, None, "json-structure")]
    else:
        assert "zq7" not in refusal_of(lambda: parse(as_path("zq7"))).text


def test_the_format_is_never_found_out_by_looking() -> None:
    refusal = refusal_of(lambda: parse_histories(bundle(), format="json"))
    assert refusal[:2] == ("file-format", "format")
    assert "expected the format json, got data of the format fhir; pass that as `format`" in refusal.text
    refusal = refusal_of(lambda: parse_histories("[]", format="fhir"))
    assert "expected the format fhir, got data of the format json; pass that as `format`" in refusal.text


@pytest.mark.parametrize(
    ("form", "words"), [("cvs", "did you mean 'csv'?"), ("Zq7", "text shaped"), (None, "None"), (["csv"], "list")]
)
def test_a_format_is_one_of_four(form: Any, words: str) -> None:
    refusal = refusal_of(lambda: parse_histories("date\n", format=form))
    assert refusal[:2] == ("unknown-name", "format")
    assert "expected one of csv, fhir, json, ndjson, got " in refusal.text
    assert words in refusal.text
    assert "Zq7" not in refusal.text


@every_parser
def test_what_is_not_utf_8(parse: Callable[[Any], object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(b"date\n2025-03-03\n\xe9")
    assert caught.value.code == "encoding"
    assert caught.value.place in {"data", "data: line 3"}
    assert "is not UTF-8 text (at byte 16); save it as UTF-8" in str(caught.value)
    assert refusal_of(lambda: parse("zq7\ud800"))[:2] == ("encoding", "data")


@every_parser
def test_content_that_is_too_large(parse: Callable[[Any], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole text has at most 16 MiB; lines have bounds of their own."""
    monkeypatch.setattr(lines, "LARGEST_FILE", 1_000)
    for data in (b"#" * (16 * 1024 * 1024 + 1), "#" * (16 * 1024 * 1024 + 1)):
        with pytest.raises(InvalidInput) as caught:
            parse(data)
        assert (caught.value.code, caught.value.place) == ("too-large", "data")


def test_a_line_that_is_too_long() -> None:
    text = csv_text(csv_row(), "x" * (4 * 1024 * 1024 + 1))
    refusal = refusal_of(lambda: parse_histories(text, format="csv"))
    assert refusal[:2] == ("too-large", "data: line 3")


@pytest.mark.parametrize("name", ["clinic", "protocol", "plan", "json", "fhir"])
@pytest.mark.parametrize("deep", [nested_list(2_000), nested_table(2_000), looped_list(), looped_table()], ids=range(4))
def test_parsed_data_that_are_nested_too_deeply(name: str, deep: Any) -> None:
    refusal = refusal_of(lambda: PARSERS[name]({"zq7": deep}))
    assert refusal[:2] == ("json-structure", "data")
    assert "zq7" not in refusal.text


@pytest.mark.parametrize("name", ["clinic", "protocol", "plan", "json", "fhir"])
def test_parsed_data_with_too_many_values(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few objects, and more paths through them than any file has values."""
    monkeypatch.setattr(json_text, "MOST_VALUES", 1_000)
    assert refusal_of(lambda: PARSERS[name]({"x": shared_lists(60)}))[:2] == ("too-large", "data")


@pytest.mark.parametrize("name", ["clinic", "protocol", "plan", "json", "fhir"])
def test_keys_of_parsed_data_are_text(name: str) -> None:
    refusal = refusal_of(lambda: PARSERS[name]({"x": [{7_183: 1}]}))
    assert refusal[:2] == ("wrong-type", "data")
    assert "expected text as the keys of objects, got a whole number" in refusal.text


@pytest.mark.parametrize("name", ["clinic", "protocol", "plan", "json", "fhir"])
def test_values_of_parsed_data_are_plain(name: str) -> None:
    refusal = refusal_of(lambda: PARSERS[name]({"extends": "us", "remove": [HostileText("x")]}))
    assert refusal[:2] == ("wrong-type", "data")
    assert "expected plain values such as text and numbers, got a value of type HostileText" in refusal.text


def test_days_and_times_of_python_are_read_in_parsed_records() -> None:
    rows = [{"date": date(2025, 3, 3), "started": time(9)}, {"date": "2025-03-04"}]
    intake = parse_histories({"infusions": rows}, format="json")
    assert [record.date.isoformat() for record in intake.histories[0].infusions] == ["2025-03-03", "2025-03-04"]


def test_problems_without_a_place_are_in_the_data() -> None:
    assert refusal_of(lambda: parse_clinic("x ="))[:2] == ("toml-structure", "data")
    assert refusal_of(lambda: parse_histories("{", format="json"))[:2] == ("json-structure", "data")
    refusal = refusal_of(lambda: parse_plan("{}"))
    assert refusal[:2] == ("wrong-type", "data")
    assert "this is not a plan; expected a plan, as `plan --plan-out` writes it" in refusal.text


def test_problems_keep_their_places() -> None:
    assert refusal_of(lambda: parse_clinic(CLINIC.replace("09:00", "9:00")))[:2] == ("wall-time", "infusion_starts")
    with pytest.raises(UnknownName) as caught:
        parse_clinic(f'country = "USA"\n{CLINIC}')
    assert caught.value.place == "country"
    with pytest.raises(UnknownName) as caught:
        parse_protocol({"extends": "usa"})
    assert caught.value.place == "extends"


def test_a_revision_is_told_from_a_plan_when_it_is_parsed_already() -> None:
    refusal = refusal_of(lambda: parse_plan({"plan": {}, "changes": []}))
    assert "this is a revision, as `replan --format json` writes it" in refusal.text


# --- content where a path is expected -------------------------------------------------------------


@pytest.mark.parametrize(("read", "parse"), [(read_plan, "parse_plan"), (read_histories, "parse_histories")])
def test_a_reader_that_is_given_content_names_the_function_that_takes_it(
    read: Callable[[Any], object], parse: str
) -> None:
    for content in ('{"patient": "zq7"}', "[1]", "\ufeff{}", "zq7\np1", PurePosixPath("{zq7}")):
        refusal = refusal_of(lambda: read(content))  # noqa: B023  # called at once
        assert refusal[:2] == ("wrong-type", "path")
        assert f"got the content of one; write it to a file first, or use `{parse}`" in refusal.text
        assert "zq7" not in refusal.text
    refusal = refusal_of(lambda: read(b"{}"))
    assert f"expected the path of a file, got a value of type bytes; for its content, use `{parse}`" in refusal.text
