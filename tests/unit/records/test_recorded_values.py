"""S34 and S35, ids of patients, and joiners inside words: one answer, whatever a value comes from."""

import json
from datetime import UTC, time
from decimal import Decimal, localcontext
from typing import Any, Final

import jsonschema
import pytest

from lemtrada_schedule import Clinic, History, InfusionRecord, InvalidInput, Protocol
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.fhir.records import parse_ndjson
from lemtrada_schedule.readers.records import parse_json
from lemtrada_schedule.records.history import Decision, Observation, RecordedOverride
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.scalars import hidden_character
from tests.support.clinics import MON_TO_FRI, clinic_open
from tests.support.histories import US
from tests.support.record_files import administration, csv_row, csv_text, history_of, ndjson, places

DAY: Final = "2025-03-03"


def recorded(**fields: Any) -> InfusionRecord:
    return InfusionRecord.model_validate({"date": DAY, **fields})


def refusal(**fields: Any) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as refused:
        recorded(**fields)
    (problem,) = refused.value.problems
    return problem.code, problem.place, problem.message


# --- doses ---------------------------------------------------------------------------------------

DOSES: Final[list[tuple[Any, str]]] = [
    (12, "12"),
    (12.0, "12"),
    ("12", "12"),
    ("12.50", "12.5"),
    ("0012.5", "12.5"),
    ("12.123456", "12.123456"),
    ("12.12345600000", "12.123456"),
    (Decimal("12.000000000"), "12"),
    (Decimal("11.900000000"), "11.9"),
    (Decimal("12." + "0" * 90), "12"),
    (Decimal("1.2E+1"), "12"),
    (Decimal("1E+4"), "10000"),
    (Decimal("0.000001"), "0.000001"),
    (11.9, "11.9"),
    (11.900000001, "11.9"),
    (12.0000005, "12.000001"),  # half up
    (0.0000005, "0.000001"),
    (0.1 + 0.2, "0.3"),
    (10_000.0000001, "10000"),
]


@pytest.mark.parametrize(("given", "dose"), DOSES, ids=[repr(given)[:30] for given, _ in DOSES])
def test_S34_a_dose_is_a_decimal_of_at_most_6_places(given: Any, dose: str) -> None:
    record = recorded(dose_mg=given)
    assert str(record.dose_mg) == dose  # the digits too: one spelling of one dose
    assert json.loads(record.model_dump_json())["dose_mg"] == dose
    assert InfusionRecord.model_validate_json(record.model_dump_json()) == record


NO_DOSES: Final[list[tuple[Any, str]]] = [
    ("12.1234567", "more than 6 decimal places"),
    (Decimal("12.0000001"), "more than 6 decimal places"),
    (Decimal("1E-1000000"), "more than 6 decimal places"),
    ("12." + "0" * 200 + "1", "more than 6 decimal places"),
    ("1.2e1", "scientific notation"),
    ("1E1", "scientific notation"),
    ("1,2E+01", "scientific notation"),
    ("12,5", "decimal point"),
    ("1,200", "decimal point"),
    ("12 mg", "write the number alone"),
    ("", "write the number alone"),
    ("1" * 60_000 + "x", "write the number alone"),
    (0, "0 or below"),
    (-0.0, "0 or below"),
    ("-12", "0 or below"),
    (Decimal("-0.000"), "0 or below"),
    (0.0000004, "rounds to 0"),
    (10_001, "a larger number"),
    ("99999999", "a larger number"),
    (Decimal("1E+1000000"), "a larger number"),
    (10**5_000, "a larger number"),
    (1e300, "a larger number"),
    (10_000.000001, "a larger number"),
    (float("nan"), "not finite"),
    (float("-inf"), "not finite"),
    (Decimal("NaN"), "not finite"),
    (Decimal("sNaN"), "not finite"),
    (True, "true/false"),
    ([12], "type list"),
]


@pytest.mark.parametrize(
    ("given", "reason"),
    NO_DOSES,
    ids=[f"{reason} {place}" for place, (_, reason) in enumerate(NO_DOSES)],
)
def test_S34_what_is_refused_is_told_with_the_true_reason(given: Any, reason: str) -> None:
    code, place, message = refusal(dose_mg=given)
    assert (code, place) == ("wrong-type", "dose_mg")
    assert "above 0 and up to 10,000" in message
    assert reason in message.partition(", got ")[2]


def test_S34_the_callers_decimal_context_has_no_say() -> None:
    with localcontext() as context:
        context.prec = 2
        assert str(recorded(dose_mg=Decimal("9999.123456")).dose_mg) == "9999.123456"


@pytest.mark.parametrize(
    ("written", "dose"), [("12.000000000", "12"), ("11.9", "11.9"), ("1.2e1", "12"), ("1.19E+1", "11.9")]
)
def test_S34_a_number_in_json_is_the_decimal_that_is_written(written: str, dose: str) -> None:
    text = f'{{"patient": "p1", "infusions": [{{"date": "{DAY}", "dose_mg": {written}}}]}}'
    (record,) = parse_json(text).histories[0].infusions
    assert str(record.dose_mg) == dose
    line = ndjson(administration()).replace('"value": 12', f'"value": {written}')
    (record,) = parse_ndjson(line, time_zone="America/New_York").histories[0].infusions
    assert str(record.dose_mg) == dose


@pytest.mark.parametrize("written", ["11.900000001", "12.0000001", "1e-7"])
def test_S34_a_number_in_json_is_not_rounded(written: str) -> None:
    text = f'{{"patient": "p1", "infusions": [{{"date": "{DAY}", "dose_mg": {written}}}]}}'
    intake = parse_json(text)
    assert places(intake) == [(1, "dose_mg", "wrong-type")]
    assert "more than 6 decimal places" in intake.refused[0].message
    line = ndjson(administration()).replace('"value": 12', f'"value": {written}')
    assert places(parse_ndjson(line, time_zone="America/New_York")) == [(1, "dosage.dose.value", "wrong-type")]


def test_numbers_of_json_that_no_decimal_can_hold_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        as_json('{"dose_mg": 1e99999999999999999999}')
    assert refused.value.code == "json-structure"
    assert as_json("[1.50, 1e999, 3]") == [Decimal("1.50"), Decimal("1E+999"), 3]


def test_S34_the_schema_takes_what_the_record_takes() -> None:
    schema = InfusionRecord.model_json_schema()
    for given in (12, 12.5, "12", "12.500000000", "0.000001"):
        jsonschema.validate({"date": DAY, "dose_mg": given}, schema)
        assert recorded(dose_mg=given).dose_mg is not None
    for given in (0, -1, 10_001, "1e1", "12,5", "12.1234567", "-3", "12."):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"date": DAY, "dose_mg": given}, schema)


# --- clock times ---------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["09:00", "09:00:00", "09:00:59", time(9), time(9, 0, 59)], ids=str)
def test_S35_a_time_may_have_seconds_and_is_kept_to_the_minute(given: Any) -> None:
    record = recorded(started=given)
    assert record.started == time(9)
    assert json.loads(record.model_dump_json())["started"] == "09:00"
    assert InfusionRecord.model_validate_json(record.model_dump_json()) == record


def test_S35_both_ends_are_cut_before_they_are_subtracted() -> None:
    record = recorded(started="09:00:59", ended="13:00:00", observed_until=time(15, 0, 1))
    assert (record.infused_for, record.observed_for) == (240, 120)
    (from_csv,) = parse_csv(csv_text(csv_row(started="09:00:59", ended="13:00:00"))).histories[0].infusions
    assert from_csv.infused_for == 240


def test_S35_the_order_is_that_of_the_times_as_they_are_kept() -> None:
    assert recorded(started="09:00:59", ended="09:00:10").infused_for == 0
    assert refusal(started="09:01:00", ended="09:00:59")[:2] == ("wall-time", "ended")


@pytest.mark.parametrize(
    "given",
    ["09:00:60", "24:00:00", "9:00:00", "09:00:0", "09:00:00Z", "090000", "09:00:00 ", time(9, tzinfo=UTC),
     time(9, fold=1), 9, "09:00:"],
    ids=repr,
)  # fmt: skip
def test_S35_no_other_spelling_is_a_time(given: Any) -> None:
    code, place, message = refusal(started=given)
    assert (code, place) == ("wall-time", "started")
    assert "fractions" not in message


@pytest.mark.parametrize("given", ["09:00:00.5", "09:00:59.999999", "09:00:00,250", time(9, 0, 0, 1)], ids=repr)
def test_S35_fractions_of_a_second_are_refused_for_what_they_are(given: Any) -> None:
    code, _, message = refusal(started=given)
    assert code == "wall-time"
    assert message.endswith("remove the fractions of a second")


def test_S35_the_hours_of_a_clinic_have_no_seconds() -> None:
    with pytest.raises(InvalidInput) as refused:
        Clinic.model_validate({**clinic_open(MON_TO_FRI).model_dump(), "infusion_starts": "09:00:00"})
    assert [(problem.code, problem.place) for problem in refused.value.problems] == [("wall-time", "infusion_starts")]


# --- ids of patients -----------------------------------------------------------------------------

PADDINGS: Final = (" ", "  ", "\t", "\u00a0", "\u2003", "\u3000", "\u202f", "\u1680", "\u205f")
CHANGED: Final = ("1.23457E+17", "1,23457E+17", "1.2e+17", "1E+17", "-1.5E+05", "1.23457E17", "1.5E-07")
PLAIN: Final = ("1E5", "12E3", "E+17", "1.5", "site.01.7", "A1.5E+17", "1.5E+17x", "p+1", "1e5-7", "007", "1E-05")


@pytest.mark.parametrize("blank", PADDINGS, ids=ascii)
@pytest.mark.parametrize("form", ["{0}p1", "p1{0}", "{0}p1{0}"])
def test_an_id_with_blanks_at_an_end_is_refused_and_the_row_is_the_trimmed_ids(form: str, blank: str) -> None:
    padded = form.format(blank)
    with pytest.raises(InvalidInput) as refused:
        History(patient=padded)
    assert (refused.value.code, refused.value.place) == ("padded-id", "patient")

    intake = parse_csv(csv_text(csv_row(), csv_row(patient="p2"), csv_row(patient=padded)))
    assert places(intake) == [(4, "patient", "padded-id")]
    assert [(history.patient, history.unreadable) for history in intake.histories] == [("p1", (4,)), ("p2", ())]

    text = json.dumps([{"patient": name, "infusions": [{"date": DAY}]} for name in ("p1", "p2", padded)])
    intake = parse_json(text)
    assert places(intake) == [(3, "patient", "padded-id")]
    assert [(history.patient, history.unreadable) for history in intake.histories] == [("p1", (3,)), ("p2", ())]

    names = (f"Patient/{name}" for name in ("p1", "p2"))
    subjects = [*names, form.format(blank).replace("p1", "Patient/p1")]
    intake = parse_ndjson(
        ndjson(*(administration(subject={"reference": name}) for name in subjects)), time_zone="America/New_York"
    )
    assert places(intake) == [(3, "subject", "padded-id")]
    assert history_of(intake, "Patient/p1").unreadable == (3,)
    assert history_of(intake, "Patient/p2").unreadable == ()


def test_a_padded_identifier_is_refused_wherever_the_blanks_stand() -> None:
    subjects = [{"identifier": {"system": system, "value": value}} for system, value in
                (("urn:x", "7"), ("urn:x", " 7"), ("urn:x ", "7"), ("urn:x", "8"))]  # fmt: skip
    intake = parse_ndjson(
        ndjson(*(administration(subject=subject) for subject in subjects)), time_zone="America/New_York"
    )
    assert places(intake) == [(2, "subject", "padded-id"), (3, "subject", "padded-id")]
    assert [(history.patient, history.unreadable) for history in intake.histories] == [
        ("urn:x|7", (2, 3)), ("urn:x|8", ()),
    ]  # fmt: skip


def test_an_id_that_is_wrong_inside_its_blanks_is_nobodys() -> None:
    intake = parse_csv(csv_text(csv_row(), csv_row(patient=" p\t1 "), csv_row(patient=" 1.5E+17 ")))
    assert places(intake) == [(3, "patient", "control-character"), (4, "patient", "id-changed")]
    assert history_of(intake, "p1").unreadable == (3, 4)


@pytest.mark.parametrize("name", ["p1\r", "p1\u2028", "p1\x0b", "p1\x1f", "\x85p1", "p1\r "], ids=ascii)
def test_an_end_of_a_line_is_no_blank(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        History(patient=name)
    assert refused.value.code == "control-character"


def test_a_padded_row_with_a_second_fault_is_still_the_patients() -> None:
    intake = parse_csv(csv_text(csv_row(), csv_row(patient="p2"), csv_row(patient="p1 ", date="2025-03")))
    assert places(intake) == [(4, "date", "partial-date"), (4, "patient", "padded-id")]
    assert history_of(intake, "p2").unreadable == ()
    faulty = {"patient": "p1 ", "birth_date": "1984", "infusions": [{"date": DAY}]}
    intake = parse_json(json.dumps([faulty, {"patient": "p2"}]))
    assert {history.patient: history.unreadable for history in intake.histories} == {"p1": (1,), "p2": ()}


def test_plain_spaces_around_other_cells_and_headers_are_dropped_as_before() -> None:
    intake = parse_csv("patient , date , dose_mg\np1, 2025-03-03 , 12 \n")
    assert (intake.accepted, intake.refused) == (1, ())
    assert intake.histories[0].patient == "p1"


@pytest.mark.parametrize("name", CHANGED)
def test_an_id_that_a_spreadsheet_has_changed_is_nobodys_row(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        History(patient=name)
    assert refused.value.code == "id-changed"
    intake = parse_csv(csv_text(csv_row(), csv_row(patient="p2"), csv_row(patient=name)))
    assert places(intake) == [(4, "patient", "id-changed")]
    assert [(history.patient, history.unreadable) for history in intake.histories] == [("p1", (4,)), ("p2", (4,))]
    intake = parse_json(json.dumps([{"patient": "p1"}, {"patient": name, "infusions": [{"date": DAY}]}]))
    assert places(intake) == [(1, "patient", "id-changed")]
    assert history_of(intake, "p1").unreadable == (1,)


@pytest.mark.parametrize("name", PLAIN)
def test_an_id_that_only_resembles_a_number_is_an_id(name: str) -> None:
    assert History(patient=name).patient == name
    assert parse_csv(csv_text(csv_row(patient=name))).histories[0].patient == name


def test_no_refusal_repeats_an_id() -> None:
    padded, changed = "MRN-secret ", "9.87654E+17"
    told = parse_csv(csv_text(csv_row(patient=padded), csv_row(patient=changed))).refused
    assert [fault.code for fault in told] == ["padded-id", "id-changed"]
    assert not any(word in fault.message for fault in told for word in ("secret", "MRN", "9.8"))


def test_the_schema_of_an_id_has_the_length_that_is_accepted() -> None:
    patient = History.model_json_schema()["properties"]["patient"]["anyOf"][0]
    assert patient == {"type": "string", "minLength": 1, "maxLength": 128}
    code = Observation.model_json_schema()["properties"]["code"]
    assert (code["type"], code["maxLength"]) == ("string", 256)


# --- joiners -------------------------------------------------------------------------------------

WORDS: Final = {
    "Persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Persian after Latin letters": "MRI\u200c\u0647\u0627",
    "Sinhala": "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
    "Malayalam": "\u0d28\u0d4d\u200d\u0d2a",
    "emoji": "\U0001f469\u200d\u2695\ufe0f",
    "emoji in words": "Ward \U0001f468\u200d\U0001f469\u200d\U0001f467 room",
}
HIDDEN: Final = {
    "at the beginning": "\u200c\u0645\u06cc",
    "at the end": "\u0645\u06cc\u200d",
    "alone": "\u200d",
    "before a space": "\u0645\u06cc\u200c \u062e\u0648\u0627\u0647\u0645",
    "after a no-break space": "\u0645\u06cc\u00a0\u200d\u062e\u0648\u0627\u0647\u0645",
    "twice": "\u0645\u06cc\u200c\u200c\u062e\u0648\u0627\u0647\u0645",
    "one of each": "\u0645\u06cc\u200c\u200d\u062e\u0648\u0627\u0647\u0645",
    "between Latin letters": "Nur\u200dse",
    "beside a bidi mark": "\u0645\u06cc\u200c\u200f\u062e\u0648\u0627\u0647\u0645",
    "zero-width space": "\u0645\u06cc\u200b\u062e\u0648\u0627\u0647\u0645",
    "right-to-left override": "\u0645\u06cc\u202e\u062e\u0648\u0627\u0647\u0645",
    "word joiner": "\u0645\u06cc\u2060\u062e\u0648\u0627\u0647\u0645",
    "soft hyphen": "\u0645\u06cc\u00ad\u062e\u0648\u0627\u0647\u0645",
}


@pytest.mark.parametrize("name", WORDS)
def test_joiners_inside_words_are_text(name: str) -> None:
    word = WORDS[name]
    assert hidden_character(word) is None
    assert RecordedOverride.model_validate(
        {"code": "dose-differs", "by": word, "why": word, "on": DAY}
    ).why == word  # fmt: skip
    decided = {"course": 1, "decision": "resume", "by": word, "why": word, "on": DAY}
    assert Decision.model_validate(decided).by == word
    assert Clinic.model_validate({**clinic_open(MON_TO_FRI).model_dump(), "name": word}).name == word


@pytest.mark.parametrize("name", HIDDEN)
def test_joiners_that_join_nothing_are_hidden_characters(name: str) -> None:
    assert hidden_character(HIDDEN[name]) is not None
    with pytest.raises(InvalidInput) as refused:
        Decision.model_validate({"course": 1, "decision": "resume", "by": HIDDEN[name], "why": "x", "on": DAY})
    assert [(problem.code, problem.place) for problem in refused.value.problems] == [("control-character", "by")]


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_no_joiner_stands_in_an_id_or_a_code(word: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        History(patient=word)
    assert refused.value.code == "control-character"
    with pytest.raises(InvalidInput) as refused:
        Observation.model_validate({"date": DAY, "code": word})
    assert refused.value.code == "control-character"
    rules = US.model_dump()
    rules["actions"][0]["codes"] = [{"system": "urn:x", "code": word, "display": word}]
    with pytest.raises(InvalidInput) as refused:
        Protocol.model_validate(rules)
    assert [problem.code for problem in refused.value.problems] == ["control-character"]
    assert refused.value.problems[0].place.endswith("codes.0.code")


@pytest.mark.parametrize("row", [{}, {"row": None}])
def test_a_record_without_a_row_gets_its_position(row: dict[str, None]) -> None:
    taken = History.model_validate({"infusions": [{"date": DAY, "row": 7}, {"date": DAY, **row}]})
    assert [record.row for record in taken.infusions] == [7, 2]
