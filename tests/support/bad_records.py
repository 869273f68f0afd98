"""Rows and files of records that readers must refuse, each with its error code and place, worked out by hand.

`CELLS`: a text in a column of an otherwise good CSV row. `ROWS`: whole CSV lines whose structure is broken, so
that the patient is unknown. `FILES`: bytes that are refused as a whole. `INFUSIONS` and `PATIENTS`: JSON of
the library's own form. `OBSERVATIONS`: the same, wrong in an observation. `RESOURCES`: elements of a FHIR resource that
is good otherwise.
"""

# ruff: noqa: RUF001  # look-alikes are among what must be refused

from typing import Any, Final, NamedTuple

from lemtrada_schedule import InvalidInput, ScheduleError, UnreadableFile


class BadCell(NamedTuple):
    """A cell, and the code by which it is refused."""

    column: str
    text: str
    code: str


class BadFile(NamedTuple):
    """A file that is refused as a whole: the suffix of its name, its bytes, and the code and place of the error."""

    suffix: str
    content: bytes
    error: type[ScheduleError]
    code: str
    place: str


class BadJson(NamedTuple):
    """A JSON value, and the faults of its first row: column and code."""

    value: Any
    faults: tuple[tuple[str | None, str], ...]


DATES: Final = {
    "calendar-date": (
        # other orders and separators
        "03/06/2026", "3/6/2026", "13/04/2026", "04/13/2026", "2026/03/06", "2026.03.06", "6.3.2026", "06.03.2026",
        "03-06-2026", "06-03-26", "26-03-06", "01.02.26", "2026 03 06", "2026-3-6", "2026-03-6", "2026-3-06",
        "20260306", "260306", "2026-065", "2026-W10-5", "2026-W10", "+2026-03-06", "-2026-03-06", "+002026-03-06",
        "02026-03-06", "2026-03-06-", "2026-03-", "--03-06", "03-06", "2026--06", "2026-03-0 6",
        # with a time or a zone
        "2026-03-06T00:00:00", "2026-03-06T23:30:00-05:00", "2026-03-06T00:00:00Z", "2026-03-06 00:00",
        "2026-03-06 00:00:00", "2026-03-06_00:00", "2026-03-06t00:00", "2026-03-06Z", "2026-03-06+00:00",
        # words
        "March 6, 2026", "6 MAR 2026", "06-Mar-2026", "06-Mar-26", "Mar 2026", "Fri", "today", "now", "tomorrow",
        "yesterday", "12 months ago", "P12M", "1/2",
        # numbers of spreadsheets and machines
        "46087", "60", "46087.5", "1735689600", "1735689600000", "-86400", "1e9", "1.7356896e9", "0", "5",
        # nothing, in words
        "NA", "N/A", "NaN", "NaT", "null", "None", "nil", "unknown", "-", "?", ".", "Infinity", "TRUE",
        # letters that look like digits, and digits that are not ASCII
        "2O26-03-06", "2026-03-O6", "٢٠٢٦-٠٣-٠٦", "２０２６-03-06", "२०२६-०३-०६", "2026‐03‐06", "2026–03–06",
        "2026−03−06", "²026-03-06",
        # characters that cannot be seen
        "2026\u00a0-03-06", "\u00a02026-03-06", "2026-03-06\u00a0", "\u200b2026-03-06", "2026-03-06\u200d",
        "\u202e2026-03-06", "\ufeff2026-03-06", "2026-03-06\u2028", "2026-03-06\u3000",
        # what programs might run
        "=DATE(2026;3;6)", "<script>alert(1)</script>", "${jndi:ldap://x}", "../../etc/passwd", "2026-03-06,", "'",
    ),
    "partial-date": ("2026", "2026-03", "2025-12", "0000", "9999", "2026-13"),
    "no-such-date": (
        "2026-02-29", "2026-02-30", "2100-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10",
        "2026-01-00", "2026-01-32", "2026-99-99", "0000-00-00", "0000-01-01",
    ),
    "date-range": ("1999-12-31", "1026-03-06", "2100-01-01", "3026-03-06", "9999-12-31", "0001-01-01", "1900-01-01"),
    "missing-field": ("", " ", "   "),
    "control-character": ("2026-03-06\x00", "2026\x0003-06", "2026-03-06\r", "2026-03-06\t", "\x1f2026-03-06", "\x7f"),
}  # fmt: skip
TIMES: Final = {
    "wall-time": (
        "9:00", "09:0", "9", "900", "0900", "09.00", "09h00", "9am", "9:00 AM", "09:00am", "24:00", "24:01", "25:00",
        "09:60", "9:5", "-1:00", "09:00:60", "09:00:00.000", "09:00:0", "9:00:00", "09:00Z", "09:00+01:00", "09:00 EST",
        "T09:00", "noon", "midnight", "0.375",
        "32400", "０９:00", "09：00", "09:00\u200b", "٠٩:٠٠", "NA", "unknown", "-", "now",
        "2025-03-03T09:00", "2025-03-03 09:00",
    ),
    "control-character": ("09:00\x00", "09\x0b:00"),
}  # fmt: skip
DOSES: Final = {
    "wrong-type": (
        "12 mg", "12mg", "12,5", "12,0", "1.2 mL", "1.2mL", "0", "0.0", "-12", "+12", "12.", ".5", "1e1", "1.2e1",
        "12-12", "10000.1", "10001", "100000", "999999", "12.1234567", "1_2", "0x0c", "nan", "inf", "-inf", "NaN",
        "Infinity", "１２", "١٢", "twelve", "XII", "NA", "null", "None", "-", "TRUE", "1/2", "1 2", "12..0", "$12",
        "12%", "1,200", "12;0", "1e400", "12\u00a0", "²",
    ),
    "control-character": ("12\x00", "1\t2"),
}  # fmt: skip
STATUSES: Final = {
    "unknown-name": (
        "Completed", "COMPLETED", "complete", "done", "given", "yes", "1", "true", "stopped", "in-progress",
        "in progress", "on-hold", "unknown", "not done", "not_done", "notdone", "Not-Done", "partially", "Partial",
        "entered in error", "entered_in_error", "error", "cancelled", "canceled", "planned", "scheduled", "NA", "null",
        "-", "completed\u200b", "ｃompleted", "completed;", "completed,partial",
    ),
    "control-character": ("com\x00pleted",),
}  # fmt: skip
COURSES: Final = {
    "wrong-type": (
        "one", "I", "1st", "C1", "1.0", "1.5", "1,0", "01", "001", "+1", "-1", "1-2", "1e0", "0x1", "１", "١", "²",
        "NA", "null", "None", "true", "99999", "course 1", "1\u00a0", "5 of 5",
    ),
    "out-of-range": ("0", "51", "99", "100", "9999"),
    "control-character": ("1\x00",),
}  # fmt: skip
PATIENTS: Final = {
    "missing-field": ("", "  "),
    "control-character": (
        "p\x001", "p\t1", "p1\r", "p\u200b1", "p\u202e1", "\ufeffp1", "p1\u2028", "p\x7f1", "p\u00ad1", "p\x851",
    ),
    "text-length": ("p" * 129, "x" * 5_000, "\u00a0", "\u3000"),
}  # fmt: skip
CELLS: Final = [
    BadCell(column, text, code)
    for column, table in {
        "date": DATES,
        "started": TIMES,
        "dose_mg": DOSES,
        "status": STATUSES,
        "course": COURSES,
        "patient": PATIENTS,
    }.items()
    for code, texts in table.items()
    for text in texts
]

ROWS: Final = (
    "p1",
    "p1,2025-03-03",
    "p1,2025-03-03,09:00,13:05,15:10,12,completed",
    "p1,2025-03-03,09:00,13:05,15:10,12,completed,1,",
    "p1,2025-03-03,09:00,13:05,15:10,12,completed,1,2",
    "p1,2025-03-03,09:00,13:05,15:10,12,5,completed,1",
    "p1;2025-03-03;09:00;13:05;15:10;12;completed;1",
    "p1\t2025-03-03\t09:00\t13:05\t15:10\t12\tcompleted\t1",
    "p1|2025-03-03|09:00|13:05|15:10|12|completed|1",
    ",",
    ",,,,,,,,",
    '"p1,2025-03-03,09:00,13:05,15:10,12,completed,1',
    'p1,2025-03-03,09:00,13:05,15:10,12,completed,"1',
    'p1,"2025-03-03,09:00,13:05,15:10,12,completed,1',
    'p1",2025-03-03,09:00,13:05,15:10,12,completed,1',
    'p"1,2025-03-03,09:00,13:05,15:10,12,completed,1',
    'p1,"2025-03-03"x,09:00,13:05,15:10,12,completed,1',
    'p1,"2025-03-03" ,09:00,13:05,15:10,12,completed,1',
    'p1, "2025-03-03",09:00,13:05,15:10,12,completed,1',
    'p1,""2025-03-03"",09:00,13:05,15:10,12,completed,1',
    '"""p1,2025-03-03,09:00,13:05,15:10,12,completed,1',
    '"p1"\r,2025-03-03,09:00,13:05,15:10,12,completed,1',
    "p1,'2025-03-03,09:00',13:05,15:10,12,completed,1,",
    "# a remark",
)
"""Each is refused with `csv-structure`."""

_LINE_1: Final = ": line 1"
FILES: Final = (
    BadFile(".csv", b"", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"\n", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"  \r\np1,2025-03-03\r\n", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"\xef\xbb\xbf", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"patient\np1\n", InvalidInput, "missing-field", _LINE_1),
    BadFile(".csv", b"patient,dose_mg\np1,12\n", InvalidInput, "missing-field", _LINE_1),
    BadFile(".csv", b"p1,2025-03-03,09:00\n", InvalidInput, "missing-field", _LINE_1),
    BadFile(".csv", b"Patient,Date\np1,2025-03-03\n", InvalidInput, "missing-field", _LINE_1),
    BadFile(".csv", b"date,dose,date\n2025-03-03,12,2025-03-04\n", InvalidInput, "unknown-key", _LINE_1),
    BadFile(".csv", b"date,date\n2025-03-03,2025-03-03\n", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"date, date \n2025-03-03,2025-03-03\n", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"date,strat\n2025-03-03,09:00\n", InvalidInput, "unknown-key", _LINE_1),
    BadFile(".csv", b"date,DATE\n2025-03-03,2025-03-03\n", InvalidInput, "unknown-key", _LINE_1),
    BadFile(".csv", b"date,\n2025-03-03,\n", InvalidInput, "unknown-key", _LINE_1),
    BadFile(".csv", b"date,dose_mg\x00\n2025-03-03,12\n", InvalidInput, "unknown-key", _LINE_1),
    BadFile(".csv", b"patient;date\np1;2025-03-03\n", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"patient\tdate\np1\t2025-03-03\n", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"patient|date\np1|2025-03-03\n", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"sep=,\npatient,date\np1,2025-03-03\n", InvalidInput, "missing-field", _LINE_1),
    BadFile(".csv", b'"patient,date\np1,2025-03-03\n', InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b'"patient\n",date\np1,2025-03-03\n', InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", b"patient,date\rp1,2025-03-03\r", InvalidInput, "csv-structure", _LINE_1),
    BadFile(".csv", "date\n".encode("utf-16-le"), UnreadableFile, "encoding", ""),
    BadFile(".csv", b"patient,date\nJos\xe9,2025-03-03\n", UnreadableFile, "encoding", ": line 2"),
    BadFile(".csv", b"patient,date\np1,2025-03-03\n\xff\xfe\n", UnreadableFile, "encoding", ": line 3"),
    BadFile(".csv", b"patient,date\n\xed\xa0\x80,2025-03-03\n", UnreadableFile, "encoding", ": line 2"),
    BadFile(".csv", b"PK\x03\x04 a workbook", UnreadableFile, "file-format", ""),
    BadFile(".csv", "patient,date\np1,2025-03-03\n".encode("utf-16"), UnreadableFile, "encoding", ""),
    BadFile(".csv", b"\x1f\x8b\x08\x00 a gzip file", UnreadableFile, "file-format", ""),
    BadFile(".csv", b"<html><table><tr><td>patient</td>", UnreadableFile, "file-format", ""),
    BadFile(".json", b"", InvalidInput, "json-structure", ""),
    BadFile(".json", b"{", InvalidInput, "json-structure", ""),
    BadFile(".json", b'{"infusions": []} x', InvalidInput, "json-structure", ""),
    BadFile(".json", b'{"patient": "p1", "patient": "p2"}', InvalidInput, "json-structure", ""),
    BadFile(".json", b'{"prior_medicines": NaN}', InvalidInput, "json-structure", ""),
    BadFile(".json", b'{"prior_medicines": -Infinity}', InvalidInput, "json-structure", ""),
    BadFile(".json", b'{"prior_medicines": ' + b"9" * 5_000 + b"}", InvalidInput, "json-structure", ""),
    BadFile(".json", b"[" * 100_000, InvalidInput, "json-structure", ""),
    BadFile(".json", b"[" * 200 + b"]" * 200, InvalidInput, "json-structure", ""),
    BadFile(".json", b"{'patient': 'p1'}", InvalidInput, "json-structure", ""),
    BadFile(".json", b"12", InvalidInput, "wrong-type", ""),
    BadFile(".json", b'"2025-03-03"', InvalidInput, "wrong-type", ""),
    BadFile(".json", b"null", InvalidInput, "wrong-type", ""),
    BadFile(".json", b"\xff\xfe[\x00]\x00", UnreadableFile, "encoding", ""),
    BadFile(".json", b'{"patient": "Jos\xe9"}', UnreadableFile, "encoding", ""),
    BadFile(".json", b'{"resourceType": "Patient"}', InvalidInput, "wrong-type", ": resourceType"),
    BadFile(".json", b'{"resourceType": "bundle"}', InvalidInput, "wrong-type", ": resourceType"),
    BadFile(".json", b'{"resourceType": 1}', InvalidInput, "wrong-type", ": resourceType"),
    BadFile(".json", b'{"resourceType": "Bundle", "entry": {}}', InvalidInput, "wrong-type", ": entry"),
    BadFile(".json", b'{"resourceType": "Bundle", "entry": "x"}', InvalidInput, "wrong-type", ": entry"),
    BadFile(".json", b'{"resourceType": "Bundle", "link": {"a": 1}}', InvalidInput, "wrong-type", ": link"),
    BadFile(".json", b'{"resourceType": "Bundle", "type": "history"}', InvalidInput, "json-structure", ": type"),
    BadFile(
        ".json",
        b'{"resourceType": "Bundle", "link": [{"relation": "self"}, {"relation": "next", "url": "x"}]}',
        InvalidInput,
        "not-whole",
        ": link",
    ),
    BadFile(".ndjson", b'{"resourceType": "Patient"}\n\xff\n', UnreadableFile, "encoding", ": line 2"),
    BadFile(".xlsx", b"PK\x03\x04", UnreadableFile, "file-format", ""),
    BadFile(".txt", b"patient,date\np1,2025-03-03\n", UnreadableFile, "file-format", ""),
    BadFile(".jsonl", b"{}\n", UnreadableFile, "file-format", ""),
    BadFile(".pickle", b"\x80\x04.", UnreadableFile, "file-format", ""),
    BadFile(".xml", b"<Bundle/>", UnreadableFile, "file-format", ""),
    BadFile("", b"patient,date\n", UnreadableFile, "file-format", ""),
)

INFUSIONS: Final = (
    BadJson(None, ((None, "wrong-type"),)),
    BadJson("2025-03-03", ((None, "wrong-type"),)),
    BadJson(20250303, ((None, "wrong-type"),)),
    BadJson(["2025-03-03"], ((None, "wrong-type"),)),
    BadJson(value=True, faults=((None, "wrong-type"),)),
    BadJson({}, (("date", "missing-field"),)),
    BadJson({"date": None}, (("date", "calendar-date"),)),
    BadJson({"date": 20250303}, (("date", "calendar-date"),)),
    BadJson({"date": 1741000000.5}, (("date", "calendar-date"),)),
    BadJson({"date": True}, (("date", "calendar-date"),)),
    BadJson({"date": ["2025-03-03"]}, (("date", "calendar-date"),)),
    BadJson({"date": {"year": 2025}}, (("date", "calendar-date"),)),
    BadJson({"date": ""}, (("date", "calendar-date"),)),
    BadJson({"date": " 2025-03-03"}, (("date", "calendar-date"),)),
    BadJson({"date": "2025-03"}, (("date", "partial-date"),)),
    BadJson({"date": "2025-02-29"}, (("date", "no-such-date"),)),
    BadJson({"date": "2100-01-01"}, (("date", "date-range"),)),
    BadJson({"date": "2025-03-03T09:00:00Z"}, (("date", "calendar-date"),)),
    BadJson({"date": "\ud800"}, (("date", "calendar-date"),)),
    BadJson({"date": "2025-03-03", "started": 9}, (("started", "wall-time"),)),
    BadJson({"date": "2025-03-03", "started": 32400}, (("started", "wall-time"),)),
    BadJson({"date": "2025-03-03", "ended": "13:05:00.5"}, (("ended", "wall-time"),)),
    BadJson({"date": "2025-03-03", "observed_until": ""}, (("observed_until", "wall-time"),)),
    BadJson({"date": "2025-03-03", "started": "13:00", "ended": "09:00"}, (("ended", "wall-time"),)),
    BadJson({"date": "2025-03-03", "ended": "13:00", "observed_until": "12:59"}, (("observed_until", "wall-time"),)),
    BadJson({"date": "2025-03-03", "started": "13:00", "observed_until": "12:59"}, (("observed_until", "wall-time"),)),
    BadJson({"date": "2025-03-03", "dose_mg": True}, (("dose_mg", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "dose_mg": 0}, (("dose_mg", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "dose_mg": -12}, (("dose_mg", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "dose_mg": 10**30}, (("dose_mg", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "dose_mg": 0.00000001}, (("dose_mg", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "dose_mg": "12 mg"}, (("dose_mg", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "dose_mg": {"value": 12}}, (("dose_mg", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "status": None}, (("status", "unknown-name"),)),
    BadJson({"date": "2025-03-03", "status": "given"}, (("status", "unknown-name"),)),
    BadJson({"date": "2025-03-03", "status": 1}, (("status", "unknown-name"),)),
    BadJson({"date": "2025-03-03", "course": 0}, (("course", "out-of-range"),)),
    BadJson({"date": "2025-03-03", "course": 51}, (("course", "out-of-range"),)),
    BadJson({"date": "2025-03-03", "course": 1.0}, (("course", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "course": "1"}, (("course", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "course": True}, (("course", "wrong-type"),)),
    BadJson({"date": "2025-03-03", "row": 7}, ((None, "unknown-key"),)),
    BadJson({"date": "2025-03-03", "strat": "09:00"}, ((None, "unknown-key"),)),
    BadJson({"date": "2025-03-03", "Date": "2025-03-03"}, ((None, "unknown-key"),)),
    BadJson({"strat_date": "2025-03-03"}, ((None, "unknown-key"), ("date", "missing-field"))),
    BadJson({"date": "x", "started": 9, "dose_mg": "?"}, (
        ("date", "calendar-date"), ("started", "wall-time"), ("dose_mg", "wrong-type"),
    )),
)  # fmt: skip
"""Infusions of an otherwise good object: each is a refused row of its patient."""

OBJECTS: Final = (
    BadJson(None, ((None, "wrong-type"),)),
    BadJson([], ((None, "wrong-type"),)),
    BadJson("p1", ((None, "wrong-type"),)),
    BadJson(1, ((None, "wrong-type"),)),
    BadJson({"infusions": [{"date": "2025-03-03"}]}, (("patient", "missing-field"),)),
    BadJson({"patient": None}, (("patient", "missing-field"),)),
    BadJson({"birth_date": "1984"}, (("birth_date", "partial-date"), ("patient", "missing-field"))),
    BadJson({"patient": 1}, (("patient", "wrong-type"),)),
    BadJson({"patient": ""}, (("patient", "text-length"),)),
    BadJson({"patient": "p" * 129}, (("patient", "text-length"),)),
    BadJson({"patient": "p\ud800"}, (("patient", "control-character"),)),
    BadJson({"patient": "p\u202e1"}, (("patient", "control-character"),)),
    BadJson({"patient": ["p1"]}, (("patient", "wrong-type"),)),
    BadJson({"patient": "p1", "birth_date": "1984-06"}, (("birth_date", "partial-date"),)),
    BadJson({"patient": "p1", "birth_date": "1899-12-31"}, (("birth_date", "date-range"),)),
    BadJson({"patient": "p1", "birth_date": 1984}, (("birth_date", "calendar-date"),)),
    BadJson({"patient": "p1", "birth_date": "06/05/1984"}, (("birth_date", "calendar-date"),)),
    BadJson({"patient": "p1", "prior_medicines": -1}, (("prior_medicines", "out-of-range"),)),
    BadJson({"patient": "p1", "prior_medicines": 2.0}, (("prior_medicines", "wrong-type"),)),
    BadJson({"patient": "p1", "prior_medicines": "2"}, (("prior_medicines", "wrong-type"),)),
    BadJson({"patient": "p1", "prior_medicines": True}, (("prior_medicines", "wrong-type"),)),
    BadJson({"patient": "p1", "infusions": None}, (("infusions", "wrong-type"),)),
    BadJson({"patient": "p1", "infusions": {"date": "2025-03-03"}}, (("infusions", "wrong-type"),)),
    BadJson({"patient": "p1", "infusions": "2025-03-03"}, (("infusions", "wrong-type"),)),
    BadJson({"patient": "p1", "overrides": [{"code": "dose-differs"}]}, (
        ("overrides.0.by", "missing-field"), ("overrides.0.why", "missing-field"), ("overrides.0.on", "missing-field"),
    )),
    BadJson({"patient": "p1", "unreadable": [3]}, ((None, "unknown-key"),)),
    BadJson({"patient": "p1", "name": "Jane Doe"}, ((None, "unknown-key"),)),
    BadJson({"patient": "p1", "birthdate": "1984-06-05"}, ((None, "unknown-key"),)),
    BadJson({"patient": "p1", "Jané Doe": 1}, ((None, "unknown-key"),)),
)  # fmt: skip
"""Objects after that of a good patient: each is one refused row."""

OBSERVATIONS: Final = (
    BadJson({"patient": "p1", "observations": None}, (("observations", "wrong-type"),)),
    BadJson({"patient": "p1", "observations": {}}, (("observations", "wrong-type"),)),
    BadJson({"patient": "p1", "observations": [1]}, (("observations.0", "wrong-type"),)),
    BadJson({"patient": "p1", "observations": [{"date": "2025-03-03", "code": "cd4"}]}, (
        ("observations.0", "missing-field"),
    )),
    BadJson({"patient": "p1", "observations": [{"date": "2025-03", "code": "cd4", "value": 1}]}, (
        ("observations.0.date", "partial-date"),
    )),
    BadJson({"patient": "p1", "observations": [{"date": "2025-03-03", "code": "cd4", "value": -1}]}, (
        ("observations.0.value", "out-of-range"),
    )),
    BadJson({"patient": "p1", "observations": [{"date": "2025-03-03", "code": "cd4", "value": 2.5}]}, (
        ("observations.0.value", "wrong-type"),
    )),
    BadJson({"patient": "p1", "observations": [{"date": "2025-03-03", "code": "cd4\n"}]}, (
        ("observations.0.code", "control-character"),
    )),
    BadJson({"patient": "p1", "observations": [{"id": "MRN123", "date": "x", "code": "cbc"}]}, (
        ("observations.0.date", "calendar-date"), ("observations.0", "unknown-key"),
    )),
)  # fmt: skip
"""Objects after that of a good patient, whose observations are wrong: each is one refused row, after all infusions."""

_MG: Final = {"value": 12, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
_DATE_TIME: Final = "2025-03-03T09:00:00-05:00"


def _at(moment: Any) -> dict[str, Any]:
    return {"effectivePeriod": None, "effectiveDateTime": moment}


def _dose(**parts: Any) -> dict[str, Any]:
    return {"dosage": {"dose": {**_MG, **parts}}}


def _coded(*codings: Any) -> dict[str, Any]:
    return {"medicationCodeableConcept": {"coding": list(codings)}}


RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"
RESOURCES: Final = (
    # status
    BadJson({"status": None}, (("status", "missing-field"),)),
    BadJson({"status": "on-hold"}, (("status", "unknown-name"),)),
    BadJson({"status": "unknown"}, (("status", "unknown-name"),)),
    BadJson({"status": "partial"}, (("status", "unknown-name"),)),
    BadJson({"status": "Completed"}, (("status", "unknown-name"),)),
    BadJson({"status": ""}, (("status", "unknown-name"),)),
    BadJson({"status": 1}, (("status", "unknown-name"),)),
    BadJson({"status": ["completed"]}, (("status", "unknown-name"),)),
    BadJson({"status": {"value": "completed"}}, (("status", "unknown-name"),)),
    # day and time
    BadJson({"effectivePeriod": None}, (("effective[x]", "missing-field"),)),
    BadJson({"effectiveDateTime": "2025-03-03"}, (("effective[x]", "json-structure"),)),
    BadJson(_at("2025"), (("effectiveDateTime", "partial-date"),)),
    BadJson(_at("2025-03"), (("effectiveDateTime", "partial-date"),)),
    BadJson(_at("2025-02-29"), (("effectiveDateTime", "no-such-date"),)),
    BadJson(_at("1999-12-31"), (("effectiveDateTime", "date-range"),)),
    BadJson(_at("20250303"), (("effectiveDateTime", "calendar-date"),)),
    BadJson(_at("03/03/2025"), (("effectiveDateTime", "calendar-date"),)),
    BadJson(_at(""), (("effectiveDateTime", "calendar-date"),)),
    BadJson(_at(20250303), (("effectiveDateTime", "calendar-date"),)),
    BadJson(_at(moment=True), (("effectiveDateTime", "calendar-date"),)),
    BadJson(_at({"start": "2025-03-03"}), (("effectiveDateTime", "calendar-date"),)),
    BadJson(_at("2025-03-03T09:00:00"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T09:00Z"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T9:00:00Z"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T24:00:00Z"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T23:60:00Z"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T23:59:60Z"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T09:00:00z"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T09:00:00+0500"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T09:00:00-15:00"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T09:00:00+14:30"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T09:00:00 Z"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T09:00:00Z\n"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03-03T０９:00:00Z"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-03T09:00:00Z"), (("effectiveDateTime", "wall-time"),)),
    BadJson(_at("2025-02-30T09:00:00Z"), (("effectiveDateTime", "no-such-date"),)),
    BadJson(_at("0001-01-01T00:00:00+14:00"), (("effectiveDateTime", "date-range"),)),
    BadJson(_at("9999-12-31T23:59:59-14:00"), (("effectiveDateTime", "date-range"),)),
    BadJson(_at("2000-01-01T04:59:00Z"), (("effectiveDateTime", "date-range"),)),
    BadJson({"effectivePeriod": "2025-03-03"}, (("effectivePeriod", "wrong-type"),)),
    BadJson({"effectivePeriod": [{"start": "2025-03-03"}]}, (("effectivePeriod", "wrong-type"),)),
    BadJson({"effectivePeriod": {}}, (("effectivePeriod.start", "missing-field"),)),
    BadJson({"effectivePeriod": {"end": _DATE_TIME}}, (("effectivePeriod.start", "missing-field"),)),
    BadJson({"effectivePeriod": {"start": "2025-03"}}, (("effectivePeriod.start", "partial-date"),)),
    BadJson({"effectivePeriod": {"start": "2025-03", "end": "2025"}}, (
        ("effectivePeriod.start", "partial-date"), ("effectivePeriod.end", "partial-date"),
    )),
    BadJson({"effectivePeriod": {"start": "2025-03-03", "end": "2025-03-04"}}, (
        ("effectivePeriod.end", "more-than-one-day"),
    )),
    BadJson({"effectivePeriod": {"start": "2025-03-03", "end": "2025-03-02"}}, (
        ("effectivePeriod.end", "more-than-one-day"),
    )),
    BadJson({"effectivePeriod": {"start": "2025-03-03T22:00:00-05:00", "end": "2025-03-04T02:00:00-05:00"}}, (
        ("effectivePeriod.end", "more-than-one-day"),
    )),
    BadJson({"effectivePeriod": {"start": _DATE_TIME, "end": "2025-03-03T08:59:00-05:00"}}, (
        ("effectivePeriod.end", "wall-time"),
    )),
    # patient
    BadJson({"subject": None}, (("subject", "missing-field"),)),
    BadJson({"subject": {}}, (("subject", "missing-field"),)),
    BadJson({"subject": {"display": "Jane Doe"}}, (("subject", "missing-field"),)),
    BadJson({"subject": {"identifier": {"system": "urn:mrn"}}}, (("subject", "missing-field"),)),
    BadJson({"subject": "Patient/p1"}, (("subject", "wrong-type"),)),
    BadJson({"subject": ["Patient/p1"]}, (("subject", "wrong-type"),)),
    BadJson({"subject": {"reference": 1}}, (("subject", "wrong-type"),)),
    BadJson({"subject": {"reference": ["Patient/p1"]}}, (("subject", "wrong-type"),)),
    BadJson({"subject": {"reference": ""}}, (("subject", "text-length"),)),
    BadJson({"subject": {"reference": "Patient/" + "1" * 121}}, (("subject", "text-length"),)),
    BadJson({"subject": {"reference": "Patient/\u200bp1"}}, (("subject", "control-character"),)),
    BadJson({"subject": {"reference": "Patient/p\ud800"}}, (("subject", "control-character"),)),
    BadJson({"subject": {"reference": "#p1"}}, (("subject", "unknown-name"),)),
    BadJson({"subject": {"reference": "Group/g1"}}, (("subject", "unknown-name"),)),
    BadJson({"subject": {"reference": "https://fhir.example/Group/g1"}}, (("subject", "unknown-name"),)),
    BadJson({"subject": {"identifier": "p1"}}, (("subject.identifier", "wrong-type"),)),
    BadJson({"subject": {"identifier": {"value": 1}}}, (("subject", "wrong-type"),)),
    BadJson({"subject": {"identifier": {"system": 1, "value": "p1"}}}, (("subject", "wrong-type"),)),
    # dose
    BadJson({"dosage": 12}, (("dosage", "wrong-type"),)),
    BadJson({"dosage": [{"dose": _MG}]}, (("dosage", "wrong-type"),)),
    BadJson({"dosage": {"dose": 12}}, (("dosage.dose", "wrong-type"),)),
    BadJson({"dosage": {"dose": "12 mg"}}, (("dosage.dose", "wrong-type"),)),
    BadJson({"dosage": {"dose": {"value": 12}}}, (("dosage.dose", "dose-unit"),)),
    BadJson({"dosage": {"dose": {"value": 12, "unit": "milligram"}}}, (("dosage.dose", "dose-unit"),)),
    BadJson(_dose(code="mL"), (("dosage.dose", "dose-unit"),)),
    BadJson(_dose(code="g"), (("dosage.dose", "dose-unit"),)),
    BadJson(_dose(code="MG"), (("dosage.dose", "dose-unit"),)),
    BadJson(_dose(code="ug"), (("dosage.dose", "dose-unit"),)),
    BadJson(_dose(code=["mg"]), (("dosage.dose", "dose-unit"),)),
    BadJson(_dose(system="http://snomed.info/sct"), (("dosage.dose", "dose-unit"),)),
    BadJson({"dosage": {"dose": {"value": 1.2, "unit": "mL"}}}, (("dosage.dose", "dose-unit"),)),
    BadJson(_dose(value=None), (("dosage.dose.value", "wrong-type"),)),
    BadJson(_dose(value="12"), (("dosage.dose.value", "wrong-type"),)),
    BadJson(_dose(value=True), (("dosage.dose.value", "wrong-type"),)),
    BadJson(_dose(value=0), (("dosage.dose.value", "wrong-type"),)),
    BadJson(_dose(value=-12), (("dosage.dose.value", "wrong-type"),)),
    BadJson(_dose(value=20_000), (("dosage.dose.value", "wrong-type"),)),
    BadJson(_dose(comparator="<"), (("dosage", "unknown-key"),)),
    BadJson({"dosage": {"dose": _MG, "modifierExtension": [{"url": "x"}]}}, (("dosage", "unknown-key"),)),
    # medicine
    *(BadJson(medicine, (("medication[x]", "medicine-not-told"),)) for medicine in (
        {"medicationCodeableConcept": None},
        {"medicationReference": {"reference": "Medication/m1"}},  # both forms
        _coded({"system": RXNORM, "code": "6902"}),
        _coded({"system": RXNORM, "code": "828267"}),
        _coded({"system": RXNORM, "code": "1594663"}, {"system": RXNORM, "code": "284679"}),
        _coded({"system": RXNORM}),
        _coded({"system": RXNORM, "code": "117055", "display": "alemtuzumab"}),
        _coded({"system": ATC, "code": "L04AA23"}),
        _coded({"system": ATC, "code": "L04A", "display": "Immunosuppressants"}),
        _coded({"system": "http://snomed.info/sct", "code": "387517004", "display": "Paracetamol"}),
        {"medicationCodeableConcept": {"text": "LEMTRADA"}},
    )),
    BadJson(_coded({"system": RXNORM, "code": 1594663}), (("medicationCodeableConcept.coding.code", "wrong-type"),)),
    BadJson(_coded({"system": RXNORM, "code": ["6902"]}), (("medicationCodeableConcept.coding.code", "wrong-type"),)),
    BadJson(_coded("1594663"), (("medicationCodeableConcept.coding", "wrong-type"),)),
    BadJson({"medicationCodeableConcept": {"coding": {"code": "1"}}}, (
        ("medicationCodeableConcept.coding", "wrong-type"),
    )),
    BadJson({"medicationCodeableConcept": "LEMTRADA"}, (("medicationCodeableConcept", "wrong-type"),)),
    # elements
    BadJson({"modifierExtension": [{"url": "x"}]}, (("modifierExtension", "unknown-key"),)),
    BadJson({"implicitRules": "http://example.org"}, (("implicitRules", "unknown-key"),)),
    BadJson({"effectiveDatetime": "2025-03-03"}, ((None, "unknown-key"),)),
    BadJson({"effectivePeriod": None, "occurenceDateTime": _DATE_TIME}, (
        ("occurenceDateTime", "fhir-version"),
    )),
    # several faults of one resource
    BadJson({"status": "on-hold", "subject": None, "effectivePeriod": None, "dosage": 12}, (
        ("subject", "missing-field"), ("status", "unknown-name"), ("effective[x]", "missing-field"),
        ("dosage", "wrong-type"),
    )),
)  # fmt: skip
"""Elements put into a good MedicationAdministration; the zone is America/New_York. Each is a refused row."""

NO_RESOURCES: Final[tuple[Any, ...]] = (
    None,
    1,
    "x",
    [],
    {},
    {"resourceType": None},
    {"resourceType": 1},
    {"resourceType": "Bundle"},
)
"""Entries of a Bundle, or lines, that are no resource: refused with `json-structure`."""
