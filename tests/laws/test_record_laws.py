"""Laws of reading records (invariants 22, 23, 27, 41), whatever is in a file; and a file of a million rows."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from lemtrada_schedule import History, InfusionRecord, Intake, ScheduleError, read_histories
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.fhir.records import intake_of_bundle, parse_ndjson
from lemtrada_schedule.readers.records import parse_json
from tests.support.record_files import (
    HEADER,
    administration,
    bundle,
    counts,
    csv_row,
    csv_text,
    equation_holds,
    facts,
    ndjson,
)
from tests.support.record_strategies import (
    PATIENTS,
    as_row,
    cell,
    good_rows,
    infusions,
    json_values,
    refused_rows,
    rows,
)
from tests.support.strategies import zoned_starts

ZONE: Final = "America/New_York"


# --- laws ----------------------------------------------------------------------------------------


@given(st.lists(rows(), max_size=30))
def test_invariant_23_rows_in_are_accepted_refused_and_blank(lines_of_file: list[str]) -> None:
    intake = parse_csv(csv_text(*lines_of_file))
    assert intake.rows == len(lines_of_file)
    assert equation_holds(intake)
    event(f"refused: {min(intake.refused_rows, 3)}")


@given(st.lists(rows(), max_size=12).flatmap(lambda given: st.tuples(st.just(given), st.permutations(given))))
def test_invariant_22_the_order_of_rows_changes_nothing_but_row_numbers(orders: tuple[list[str], list[str]]) -> None:
    one, other = (parse_csv(csv_text(*order)) for order in orders)
    assert facts(one.histories) == facts(other.histories)
    assert counts(one) == counts(other)
    assert one.faults_by_code == other.faults_by_code
    assert [history.patient for history in one.histories] == [history.patient for history in other.histories]


@given(st.lists(rows(of_nobody=False), max_size=10), st.lists(rows(of_nobody=False), max_size=10))
def test_invariant_27_patients_of_two_files_are_those_of_one_file_of_both(first: list[str], second: list[str]) -> None:
    """The second file's patients are others, marked by a letter before their ids."""
    others = [line if not line.strip() else f'"x{line[1:]}' if line[0] == '"' else f"x{line}" for line in second]
    apart = facts(parse_csv(csv_text(*first)).histories) | facts(parse_csv(csv_text(*others)).histories)
    assert facts(parse_csv(csv_text(*first, *others)).histories) == apart


@given(good_rows(), refused_rows())
def test_a_row_is_accepted_or_refused_whatever_stands_beside_it(good: str, bad: str) -> None:
    assert counts(parse_csv(csv_text(good, bad, good))) == (3, 2, 1, 0)


@given(st.sampled_from(PATIENTS), infusions())
def test_the_three_formats_read_the_same(patient: str, fields: dict[str, Any]) -> None:
    expected = InfusionRecord(**fields)
    written = {name: value if name == "course" else cell(value) for name, value in fields.items()}
    intakes = {
        "csv": parse_csv(csv_text(as_row(patient, fields))),
        "json": parse_json(json.dumps({"patient": patient, "infusions": [written]})),
    }
    for intake in intakes.values():
        (history,) = intake.histories
        (record,) = history.infusions
        assert (history.patient, record.model_copy(update={"row": None})) == (patient, expected)


@given(st.sampled_from(PATIENTS), infusions())
def test_fhir_reads_what_it_can_say(patient: str, fields: dict[str, Any]) -> None:
    statuses = {"partial": "stopped"}
    resource = administration(
        subject={"reference": patient},
        status=statuses.get(fields.get("status", "completed"), fields.get("status", "completed")),
        effectivePeriod={"start": cell(fields["date"])},
        dosage={"dose": {"value": float(fields["dose_mg"]), "unit": "mg"}} if "dose_mg" in fields else None,
    )
    (history,) = parse_ndjson(ndjson(resource)).histories
    kept = {name: fields[name] for name in ("date", "status", "dose_mg") if name in fields}
    assert history == History(patient=patient, infusions=(InfusionRecord(**kept, row=1),))


@given(zoned_starts(), st.sampled_from(["America/New_York", "Pacific/Auckland", "Asia/Kathmandu", "UTC"]))
def test_an_instant_has_the_wall_time_of_its_zone_wherever_it_was_written(
    start: tuple[date, time, str], writer: str
) -> None:
    """The instant is told by offset arithmetic, not by the conversion that the reader uses."""
    day, wall, zone = start
    local = datetime.combine(day, wall, ZoneInfo(zone))
    offset = local.utcoffset() or timedelta()
    utc = local.replace(tzinfo=None) - offset
    if utc.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        event("skipped by the clocks")
        return
    text = utc.replace(tzinfo=UTC).astimezone(ZoneInfo(writer)).isoformat()
    if text[-3] != ":" or len(text) != 25 or not "2000-01-01" <= text[:10] <= "2099-12-31":
        return
    intake = parse_ndjson(ndjson(administration(effectivePeriod={"start": text})), time_zone=zone)
    (record,) = intake.histories[0].infusions
    assert (record.date, record.started) == (day, wall)
    assert [converted.written for converted in intake.converted] == [text] * (text[:10] != day.isoformat())


QUOTABLE: Final = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=12
)


@given(st.lists(QUOTABLE, min_size=1, max_size=5), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_cells_are_those_that_pythons_csv_module_wrote(patients: list[str], quoting: Any) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting)
    writer.writerow(["patient", "date"])
    writer.writerows([patient, "2025-03-03"] for patient in patients)
    assert {history.patient for history in parse_csv(text.getvalue()).histories} == set(patients)


# --- totality ------------------------------------------------------------------------------------


def outcome(door: Callable[[], Intake]) -> str:
    """Return how a door opened: an intake whose rows add up, or an error of the family; anything else is raised."""
    try:
        intake = door()
    except ScheduleError as error:
        return f"refused: {error.code}"
    assert equation_holds(intake)
    return "read"


SEEDS: Final = (
    csv_text(csv_row(), csv_row(patient="p2", date="2025-03")).encode(),
    json.dumps([{"patient": "p1", "infusions": [{"date": "2025-03-03"}]}, {"patient": "p2"}]).encode(),
    json.dumps(bundle(administration(), {"resourceType": "Patient"})).encode(),
    ndjson(administration(), administration(status="stopped")).encode(),
)


@st.composite
def spoilt_files(draw: st.DrawFn) -> bytes:
    """A good file with some bytes replaced, put in or taken away, or any bytes at all."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    if draw(st.booleans()):
        return draw(st.binary(max_size=200))
    for _ in range(draw(st.integers(1, 8))):
        where = draw(st.integers(0, len(data)))
        data[where : where + draw(st.integers(0, 4))] = draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b",", b"\n", b"\r", b"\0", b"{", b"]", b"null", b"\xe9"])
        )
    return bytes(data)


@given(spoilt_files(), st.sampled_from([".csv", ".json", ".ndjson"]))
def test_invariant_41_any_bytes_are_read_or_refused(content: bytes, suffix: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"r{suffix}"
        path.write_bytes(content)
        event(outcome(lambda: read_histories(path, time_zone=ZONE)))


PARSERS: Final[tuple[Callable[[str], Intake], ...]] = (parse_csv, parse_json, parse_ndjson)


@given(st.text(max_size=200), st.sampled_from(PARSERS))
def test_invariant_41_any_text_is_read_or_refused(text: str, parse: Callable[[str], Intake]) -> None:
    event(outcome(lambda: parse(text)))
    event(outcome(lambda: parse(f"{HEADER}\n{text}")))


@given(json_values())
def test_invariant_41_any_json_is_read_or_refused(value: Any) -> None:
    for whole in (value, [value, {"patient": "p2"}], {"patient": "p1", "infusions": value}, {"infusions": [value]}):
        event(outcome(lambda whole=whole: parse_json(json.dumps(whole))))  # type: ignore[misc]  # a default in a lambda
    event(outcome(lambda: intake_of_bundle(value)))
    event(outcome(lambda: intake_of_bundle(bundle(value, link=value))))


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield so_far
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield from paths(part, (*so_far, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = put(copied[path[0]], path[1:], new)
    return copied


@given(st.sampled_from(sorted(paths(administration()), key=str)), json_values())
def test_invariant_41_any_value_anywhere_in_a_resource_is_read_or_refused(path: tuple[Any, ...], value: Any) -> None:
    resource = put(administration(), path, value)
    intake = intake_of_bundle(bundle(resource), time_zone=ZONE)
    assert equation_holds(intake)
    event("accepted" if intake.accepted else "refused or blank")


# --- size ----------------------------------------------------------------------------------------

ROWS: Final = 250_000
INFUSIONS_EACH: Final = 10
READ: Final = """
import json, re, sys
from pathlib import Path
from lemtrada_schedule import read_histories

def peak():  # of this program alone: getrusage would count the one that started it too
    return int(re.search("VmHWM: *([0-9]+) kB", Path("/proc/self/status").read_text().replace(chr(9), " "))[1]) // 1024

before = peak()
told = []
intake = read_histories(sys.argv[1], on_progress=lambda done, size: told.append((done, size)))
grown = peak() - before
counts = [intake.rows, intake.accepted, intake.refused_rows, intake.blank]
unreadable = sum(bool(history.unreadable) for history in intake.histories)
print(json.dumps([counts, len(intake.histories), unreadable, intake.faults_by_code, told, grown]))
"""


def many_lines(rows: int, *, shown: str | None = None) -> Iterator[str]:
    """Yield rows of patients with 10 infusions each, times spread so that few rows are equal.

    With `shown`, four of five rows have it for their date.
    """
    yield f"{HEADER}\n"
    first = date(2010, 1, 4)
    days = [(first + timedelta(days=n)).isoformat() for n in range(4_000 + INFUSIONS_EACH)]
    for number in range(rows):
        patient, ordinal = divmod(number, INFUSIONS_EACH)
        day = shown if shown and number % 5 else days[patient % 4_000 + ordinal]
        clock = f"09:{number % 60:02d},13:{number % 59:02d},15:{number % 58:02d}"
        yield f"patient-{patient:06d},{day},{clock},12,completed,1\n"


def read_apart(path: Path) -> Any:
    """Return what another process told of a file; the memory of this one has been used by other tests."""
    ran = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, check=True)
    return json.loads(ran.stdout)


@pytest.mark.sweep
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read as Linux tells it")
def test_F14_each_of_very_many_rows_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """0.3 KB a row were measured, as with a million rows; a record with names of its own would take 1.15."""
    path = tmp_path / "many.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(many_lines(ROWS))
    counted, histories, unreadable, faults, told, grown = read_apart(path)
    assert counted == [ROWS, ROWS, 0, 0]
    assert (histories, unreadable, faults) == (ROWS // INFUSIONS_EACH, 0, {})
    size = path.stat().st_size
    assert (len(told), told[-1]) == (4, [size, size])  # 250,001 // 65,536 = 3, and the end
    assert told == sorted(told)
    assert grown < 113  # MB: 0.45 KB a row


@pytest.mark.sweep
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read as Linux tells it")
def test_G23_eighty_thousand_bad_rows_are_all_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(many_lines(100_000, shown="03/06/2025"))
    counted, histories, unreadable, faults, _, grown = read_apart(path)
    assert counted == [100_000, 20_000, 80_000, 0]
    assert (histories, unreadable, faults) == (10_000, 10_000, {"calendar-date": 80_000})
    assert grown < 120  # 48 were measured
