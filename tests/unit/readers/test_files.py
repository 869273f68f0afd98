"""Files in: what cannot be read, what is no TOML or JSON, protocols of one's own, and the shipped ones."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    InvalidInput,
    Plan,
    Protocol,
    UnknownName,
    UnreadableFile,
    audit,
    explain,
    load_protocol,
    plan_treatment,
    protocol_names,
    read_clinic,
    read_decisions,
    read_histories,
    read_plan,
    read_protocol,
)
from lemtrada_schedule.readers import protocols
from tests.support.entry_points import (
    CLINIC,
    PROTOCOL,
    START,
    Refusal,
    file_holding,
    plan_with,
    refusal_of,
    refused_protocol,
    small_plan,
    weekday_clinic,
)
from tests.support.for_each import for_each

READERS: Final[dict[str, Callable[[Any], object]]] = {
    "clinic": read_clinic,
    "plan": read_plan,
    "protocol": read_protocol,
}
SHIPPED: Final = ("eu-2020-01", "eu-2020-01-r2", "us-2024-05", "us-2024-05-r2")
"""The revisions whose conventions are stated below; there may be newer ones."""

KNOWN: Final = ", ".join(sorted({"eu", "us", *protocol_names()}))

every_reader = pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())


def refused_bytes(read: Callable[[Any], object], data: bytes, path: Path) -> Refusal:
    path.write_bytes(data)
    refusal = refusal_of(lambda: read(path))
    assert refusal.place.startswith(str(path))
    return refusal._replace(place=refusal.place.removeprefix(str(path)).removeprefix(": "))


# --- files ------------------------------------------------------------------------------------------


def refused_path(read: Callable[[Any], object], path: Any) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read(path)
    assert isinstance(caught.value, OSError)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


@every_reader
def test_an_absent_file(read: Callable[[Any], object], tmp_path: Path) -> None:
    error = refused_path(read, tmp_path / "absent.toml")
    assert (error.code, error.place) == ("unreadable-file", f"{tmp_path}/absent.toml")
    assert "No such file or directory; check the path" in str(error)


@every_reader
def test_a_folder(read: Callable[[Any], object], tmp_path: Path) -> None:
    error = refused_path(read, tmp_path)
    assert (error.code, error.place) == ("unreadable-file", str(tmp_path))
    assert "check the path" in str(error)


@every_reader
@pytest.mark.parametrize(
    "name", ["a\0b.toml", "x/" * 2_000, "\ud800.toml", ""], ids=["NUL", "long", "surrogate", "empty"]
)
def test_what_is_no_file_name(read: Callable[[Any], object], name: str) -> None:
    error = refused_path(read, name)
    assert error.code == "unreadable-file"
    assert str(error).isprintable()
    assert len(error.place) <= 256


@every_reader
def test_a_name_with_odd_characters_is_shown_on_one_line(read: Callable[[Any], object], tmp_path: Path) -> None:
    error = refused_path(read, str(tmp_path / "a\tb\x1b[31m\u202e.toml"))
    assert error.place == f"{tmp_path}/aU+0009bU+001B[31mU+202E.toml"


@every_reader
def test_of_a_long_path_the_end_is_shown(read: Callable[[Any], object]) -> None:
    assert refused_path(read, "first/" + "x/" * 200 + "boston.toml").place == "…" + "x/" * 122 + "boston.toml"


CONTENTS: Final = (
    '{"patient": "Zq7"}', "[1831]", "<html>Zq7</html>", '\ufeff \n{"patient": "Zq7"}', "Zq7,2025-03-03\np2,2025-03-04",
    "Zq7\r1831", "Zq7 " * 200, "Zq7/" * 2_000,
)  # fmt: skip


@pytest.mark.parametrize(
    "read",
    [
        *READERS.values(),
        read_decisions,
        read_histories,
        lambda path: audit(path, load_protocol("us-2024-05-r2"), as_of=START),
        lambda path: audit([path], load_protocol("us-2024-05-r2"), as_of=START),
    ],
    ids=[*READERS, "decisions", "histories", "audit", "audit of a list"],
)
def test_the_content_of_a_file_is_no_path_and_is_not_repeated(read: Callable[[Any], object]) -> None:
    def is_refused(path: str | PurePosixPath) -> None:
        refusal = refusal_of(lambda: read(path))
        assert (refusal.code, refusal.place) == ("wrong-type", "path")
        assert "expected the path of a file, got the content of one; write it to a file first" in refusal.text
        assert "Zq7" not in refusal.text
        assert "1831" not in refusal.text

    written: list[str | PurePosixPath] = [*CONTENTS, *map(PurePosixPath, CONTENTS)]
    for_each(written, is_refused)


@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
def test_the_content_of_a_file_is_no_name_of_a_protocol(content: str) -> None:
    refusal = refusal_of(lambda: load_protocol(content))
    assert (refusal.code, refusal.place) == ("unknown-name", "protocol")
    assert "expected the name of a protocol, got the content of a file" in refusal.text
    assert "Zq7" not in refusal.text


def test_a_file_whose_name_looks_like_content_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("[draft].toml", "{a}.toml", "two\nlines.toml"):
        Path(name).write_text(CLINIC, encoding="utf-8")
        assert read_clinic(name).time_zone
        Path(name).write_text("x = 1", encoding="utf-8")
        assert refusal_of(lambda name=name: read_clinic(name)).place.startswith(name[:3])  # type: ignore[misc]  # mypy cannot infer such a default


@every_reader
@pytest.mark.parametrize("value", [None, 0, 5, b"x.toml", True, ["x.toml"], object], ids=repr)
def test_what_is_no_path(read: Callable[[Any], object], value: Any) -> None:
    """Nor is a number: it would be read as an open file's."""
    refusal = refusal_of(lambda: read(value))
    assert (refusal.code, refusal.place) == ("wrong-type", "path")
    assert "expected the path of a file" in refusal.text


@every_reader
def test_a_file_that_is_too_large(read: Callable[[Any], object], tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(16 * 1024 * 1024 + 1)
    error = refused_path(read, path)
    assert (error.code, error.place) == ("too-large", str(path))
    assert "is larger than 16 MiB; give a smaller file" in str(error)


def test_a_device_without_an_end_is_too_large() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("no such device here")
    assert refused_path(read_clinic, "/dev/zero").code == "too-large"


@every_reader
@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"\xff\xfen\x00a\x00", 0),
        ("name = 'Hôpital'".encode("cp1252"), 9),
        (b"\xef\xbb\xbf# \xe9", 2),
        (b"abc\xed\xa0\x80", 3),
        (b"abc\xc0\x80", 3),
    ],
    ids=["UTF-16", "cp1252", "after-a-BOM", "surrogate", "overlong"],
)
def test_what_is_not_utf_8(read: Callable[[Any], object], data: bytes, offset: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    error = refused_path(read, path)
    assert (error.code, error.place) == ("encoding", str(path))
    assert f"is not UTF-8 text (at byte {offset}); save it as UTF-8" in str(error)


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    for name, text in (("c.toml", CLINIC), ("p.toml", PROTOCOL), ("plan.json", small_plan().model_dump_json())):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_clinic(tmp_path / "c.toml") == weekday_clinic()
    assert read_protocol(str(tmp_path / "p.toml")).id == "small"
    assert read_plan(tmp_path / "plan.json") == small_plan()


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_lines_may_end_either_way(end: str, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(CLINIC.replace("\n", end).encode())
    assert read_clinic(tmp_path / "c.toml") == weekday_clinic()


# --- TOML -------------------------------------------------------------------------------------------

TOML_READERS: Final = (read_clinic, read_protocol)


@pytest.mark.parametrize("read", TOML_READERS)
@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("name = 'x'\nname =\n", "at line 2, column 7"),
        ("name = 'x'\nname = 'y'\n", "at line 2, column 11"),
        ("[hours]\nmon = 1\n[hours]\n", "at line 3, column 7"),
        ("name = 'x", "at line 1, column 10"),
        ("name = x", "at line 1, column 8"),
        ("a = 2027-02-30", "at line 1, column 5"),
        ("name", "at end of document"),
        ("= 1", "at line 1, column 1"),
        ("name = 'a\x00b'", "at line 1, column 10"),
        ('name = "\\ud800"', "at line 1, column 15"),
    ],
    ids=["no-value", "key-twice", "table-twice", "open-text", "bare-word", "no-such-date", "no-key-value", "no-key",
         "NUL", "surrogate"],
)  # fmt: skip
def test_what_is_no_toml_is_told_with_line_and_column(
    read: Callable[[Any], object], text: str, where: str, tmp_path: Path
) -> None:
    refusal = refused_bytes(read, text.encode(), tmp_path / "x.toml")
    assert (refusal.code, refusal.place) == ("toml-structure", "")
    lines = re.search(r"this is not valid TOML \((.*?)\); correct it there", refusal.text)
    assert lines is not None
    # Python 3.12 and later may count the column of an error at the end of a text otherwise.
    assert lines[1] in {where, "at end of document"}


@pytest.mark.parametrize("read", TOML_READERS)
@pytest.mark.parametrize(
    "text", ["a = " + "9" * 5_000, "a = " + "[" * 100_000, "a = 1" + "_1" * 5_000], ids=["digits", "depth", "grouped"]
)
def test_toml_that_would_break_the_parser(read: Callable[[Any], object], text: str, tmp_path: Path) -> None:
    refusal = refused_bytes(read, text.encode(), tmp_path / "x.toml")
    assert (refusal.code, refusal.place) == ("too-large", "line 1")


def test_toml_s_own_words_are_not_repeated(tmp_path: Path) -> None:
    refusal = refused_bytes(read_clinic, b"Jane_Doe = 1\nJane_Doe = 2\n", tmp_path / "x.toml")
    assert "Jane" not in refusal.text


def test_deep_but_valid_toml_is_refused_by_the_noun(tmp_path: Path) -> None:
    refusal = refused_bytes(read_clinic, (CLINIC + "[x." + "a." * 10 + "b]\n").encode(), tmp_path / "x.toml")
    assert (refusal.code, refusal.place) == ("unknown-key", "x")


# --- JSON -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "line 1, column 1", id="empty"),
        pytest.param("{", "line 1, column 2", id="open"),
        pytest.param('{"a": 1,}', "line 1, column", id="trailing-comma"),
        pytest.param('{"a": 1}\n{"b": 2}', "line 2, column 1", id="G20-trailing-text"),
        pytest.param("{'a': 1}", "line 1, column 2", id="single-quotes"),
        pytest.param('{"a": 1} // x', "line 1, column 10", id="comment"),
        pytest.param('{"a": 01}', "line 1, column 8", id="leading-zero"),
        pytest.param('{"a": "\t"}', "line 1, column 8", id="control-character"),
        pytest.param('{"a": 1, "a": 2}', "an object has a duplicate key; remove one of them", id="G19-key-twice"),
        pytest.param('{"x": {"a": 1, "a": 1}}', "an object has a duplicate key", id="G19-key-twice-inside"),
        pytest.param('{"a": NaN}', "NaN and Infinity are not JSON", id="G20-NaN"),
        pytest.param('{"a": -Infinity}', "NaN and Infinity are not JSON", id="G20-Infinity"),
        pytest.param(f'{{"a": {"9" * 5_000}}}', "a number that is too long", id="G20-5000-digits"),
        pytest.param("[" * 100_000, "nested too deeply", id="G20-depth-open"),
        pytest.param("[" * 100_000 + "]" * 100_000, "nested too deeply", id="G20-depth"),
        pytest.param("[" * 101 + "]" * 101, "nested deeper than 100 levels; flatten it", id="G20-101-levels"),
        pytest.param('{"a":' * 101 + "1" + "}" * 101, "nested deeper than 100 levels", id="G20-101-objects"),
    ],
)
def test_what_is_no_json(text: str, words: str, tmp_path: Path) -> None:
    refusal = refused_bytes(read_plan, text.encode(), tmp_path / "plan.json")
    assert (refusal.code, refusal.place) == ("json-structure", "Plan")
    assert words in refusal.text


def test_a_hundred_levels_are_json(tmp_path: Path) -> None:
    refusal = refused_bytes(read_plan, b"[" * 100 + b"]" * 100, tmp_path / "plan.json")
    assert (refusal.code, refusal.place) == ("wrong-type", "Plan")


@pytest.mark.parametrize("text", ["null", "[]", "5", '"plan"', "true", "1e400"])
def test_json_that_is_no_plan(text: str, tmp_path: Path) -> None:
    refusal = refused_bytes(read_plan, text.encode(), tmp_path / "plan.json")
    assert (refusal.code, refusal.place) == ("wrong-type", "Plan")
    assert "expected a table of fields" in refusal.text


@pytest.mark.parametrize(
    ("place", "code"), [("protocol", "control-character"), ("plan_id", "identifier"), ("time_zone", "zone")]
)
def test_g21_a_lone_surrogate_is_refused_when_it_comes_in(place: str, code: str, tmp_path: Path) -> None:
    data = json.loads(small_plan().model_dump_json()) | {place: "a\ud800"}
    text = json.dumps(data)
    assert "\\ud800" in text
    refusal = refused_bytes(read_plan, text.encode(), tmp_path / "plan.json")
    assert refusal.code == code
    assert "U+D800" in refusal.text


def test_g21_a_lone_surrogate_in_a_key(tmp_path: Path) -> None:
    text = small_plan().model_dump_json().replace('{"schema_version"', '{"\\ud800":1,"schema_version"', 1)
    refusal = refused_bytes(read_plan, text.encode(), tmp_path / "plan.json")
    assert refusal.code in {"control-character", "wrong-type", "unknown-key"}
    assert refusal.text.replace("\n", "").isprintable()


def test_a_newer_plan_is_refused_as_such(tmp_path: Path) -> None:
    data = json.loads(small_plan().model_dump_json()) | {"schema_version": 3, "anything": "else"}
    refusal = refused_bytes(read_plan, json.dumps(data).encode(), tmp_path / "plan.json")
    assert refusal.code == "newer-schema"


def test_a_plan_of_another_zone_than_its_clinic_s_is_refused() -> None:
    refusal = refusal_of(lambda: Plan.model_validate(plan_with("time_zone", "America/Toronto")))
    assert refusal.code == "plan-mismatch"
    assert refusal.place


def test_a_plan_file_reads_back_as_the_plan(tmp_path: Path) -> None:
    plan = plan_treatment(load_protocol("us-2024-05"), weekday_clinic(), not_before=START, courses=3, plan_id="p-1")
    for indent in (None, 2):
        (tmp_path / "plan.json").write_text(plan.model_dump_json(indent=indent), encoding="utf-8")
        assert read_plan(tmp_path / "plan.json") == plan
        assert read_plan(tmp_path / "plan.json").model_dump_json() == plan.model_dump_json()


def test_every_problem_of_a_plan_is_told_at_once(tmp_path: Path) -> None:
    data = json.loads(small_plan().model_dump_json())
    data["courses"][0]["number"] = "1"
    data["courses"][1]["first_day"] = "2027-02-30"
    data["activitys"] = data.pop("activities")
    (tmp_path / "plan.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_plan(tmp_path / "plan.json")
    found = {(p.code, p.place.removeprefix(f"{tmp_path}/plan.json: ")) for p in caught.value.problems}
    assert found == {
        ("wrong-type", "courses.course-1.number"),
        ("no-such-date", "courses.course-2.first_day"),
        ("missing-field", "activities"),
        ("unknown-key", "activitys"),
    }
    assert "did you mean 'activities'?" in str(caught.value)


def test_only_the_first_fifty_problems_are_printed_and_all_are_there(tmp_path: Path) -> None:
    closures = "".join(f'[[closures]]\ndate = "2027-02-{n + 30}"\nreason = "x"\n' for n in range(60))
    (tmp_path / "c.toml").write_text(CLINIC + closures, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_clinic(tmp_path / "c.toml")
    assert len(caught.value.problems) == 60
    assert len(str(caught.value).splitlines()) == 51
    assert str(caught.value).endswith("… and 10 more")


# --- protocols --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('id = "small"\n', "", "missing-field", "id"),
        ('title = "Two days, then one"', 'title = ""', "text-length", "title"),
        ('revision = "1"', "revision = 1", "identifier", "revision"),
        ('revision = "1"', 'revision = "1"\nversion = "2"', "unknown-key", "version"),
        ('revision = "1"', 'revision = "1"\nmaximum_age = 5', "unknown-key", "maximum_age"),
        ("course_gap_days = { days = 15", "course_gap_days = { days = 0", "out-of-range", "course_gap_days.days"),
        ("course_gap_days = { days = 15", "course_gap_days = { day = 15", "missing-field", "course_gap_days.days"),
        ('days = 15, cite = "own"', "days = 15", "missing-field", "course_gap_days.cite"),
        ("infusion_days = 2", "infusion_days = 0", "out-of-range", "courses.0.infusion_days"),
        ("infusion_days = 2", "infusion_days = 32", "out-of-range", "courses.0.infusion_days"),
        ('"12 months"', '"12 month"', "span", "courses.1.minimum_interval"),
        ('"12 months"', '"1 year ago"', "span", "courses.1.minimum_interval"),
        ('"12 months"', "12", "wrong-type", "courses.1.minimum_interval"),
        ('"12 months"', '"12 months"\ncounted_from = "start"', "unknown-name", "courses.1.counted_from"),
        ('kind = "period"', 'kind = "periods"', "unknown-name", "actions.contraception.kind"),
        ('kind = "period"\n', "", "missing-field", "actions.contraception.kind"),
        ('kind = "period"', "kind = 5", "unknown-name", "actions.contraception.kind"),
        ('"first infusion"', '"first dose"', "offset", "actions.contraception.starts"),
        ('"last infusion + 4 months"', '"last infusion +4 months"', "offset", "actions.contraception.ends"),
        ('"last infusion + 4 months"', '"last infusion + 4 month"', "span", "actions.contraception.ends.span"),
        ('"last infusion + 4 months"', "4", "wrong-type", "actions.contraception.ends"),
        ('kind = "period"', 'kind = "period"\nper = "cycle"', "unknown-name", "actions.contraception.per"),
        ('kind = "period"', 'kind = "period"\ngrade = "M"', "unknown-name", "actions.contraception.grade"),
        ('kind = "period"', 'kind = "period"\nbasis = "memory"', "unknown-name", "actions.contraception.basis"),
        ('kind = "period"', 'kind = "period"\nhours = 24', "unknown-key", "actions.contraception.hours"),
        ('id = "contraception"', 'id = "Contra ception"', "identifier", "actions.0.id"),
        ('id = "contraception"', 'id = "-contraception"', "identifier", "actions.0.id"),
        ('id = "contraception"', 'id = "contraceptión"', "identifier", "actions.0.id"),
        ('id = "contraception"', f'id = "{"c" * 65}"', "identifier", f"actions.{'c' * 65}.id"),
        ("sources = { own", "sources = { 'o w n'", "identifier", "sources.0.id"),
        ("A protocol for tests", "A\\nB", "control-character", "sources.0.document"),
    ],
)
def test_a_protocol_is_refused_with_code_and_place(old: str, new: str, code: str, place: str) -> None:
    refusal = refused_protocol(old, new)
    assert (refusal.code, refusal.place) == (code, place if "cccc" not in place else "actions.0.id")


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("course_gap_days", "course_gap_day", "course_gap_days"),
        ("infusion_minutes", "infusion_minute", "infusion_minutes"),
        ("minimum_interval", "minimal_interval", "minimum_interval"),
        ("starts =", "start =", "starts"),
        ('kind = "period"', 'kind = "periods"', "period"),
        ('kind = "period"', 'kind = "period"\nper = "courses"', "course"),
        ('"12 months"', '"12 months"\ncounted_from = "last infusions"', "last infusion"),
        ('starts = "first infusion"', 'starts = "first infusion"\nneutral_titel = "x"', "neutral_title"),
        ("document =", "documents =", "document"),
        ('ends = "last infusion + 4 months"\ncite = "own"', 'ends = "last infusion"\ncite = "onw"', "own"),
    ],
)
def test_a_misspelling_is_told_what_is_near(old: str, new: str, meant: str) -> None:
    assert f"; did you mean {meant!r}?" in refused_protocol(old, new).text


ACTION: Final = """[[actions]]
id = "contraception"
kind = "period"
starts = "first infusion"
ends = "last infusion + 4 months"
cite = "own"
"""
STEROID: Final = '[[actions]]\nid = "steroid"\nkind = "infusion-days"\ncite = "own"\ndays = [1'
WATCH: Final = '[[actions]]\nid = "watch"\nkind = "after-infusion"\nhours = 24\ncite = "own"\nper = "treatment"\n'


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        pytest.param("infusion_days = 2", 'infusion_days = 2\nminimum_interval = "1 year"',
                     "courses.0.minimum_interval", id="interval-before-course-1"),
        pytest.param('minimum_interval = "12 months"\n', "", "courses.1.minimum_interval", id="course-2-without"),
        pytest.param("infusion_days = 2", "infusion_days = 2\noptional = true", "courses.0.optional",
                     id="optional-not-last"),
        pytest.param('"12 months"', '"12 months"\nwarn_only_from = "last infusion"', "courses.1.warn_only_from",
                     id="warning-anchor-is-the-anchor"),
        pytest.param(ACTION, ACTION + ACTION, "actions.1.id", id="id-twice"),
        pytest.param(ACTION, ACTION + STEROID + ", 2]\n", "actions.steroid.days", id="day-2-of-1"),
        pytest.param(ACTION, ACTION + STEROID + ', 3]\nper = "first-course"\n', "actions.steroid.days",
                     id="day-3-of-2"),
        pytest.param(ACTION, ACTION + WATCH, "actions.watch.per", id="after-infusion-per-treatment"),
        pytest.param(ACTION, ACTION + STEROID + ']\nper = "treatment"\n', "actions.steroid.per",
                     id="infusion-days-per-treatment"),
        pytest.param('ends = "last infusion + 4 months"\n', "", "actions.contraception",
                     id="contraception-without-end"),
        pytest.param('kind = "period"', 'kind = "period"\nper = "first-course"', "actions.contraception",
                     id="contraception-once"),
        pytest.param('kind = "period"',
                     'kind = "period"\nopen_until = { observation = "x", at_least = 1, unit = "y" }',
                     "actions.contraception", id="contraception-left-open"),
        pytest.param('kind = "period"\nstarts = "first infusion"\nends = "last infusion + 4 months"',
                     'kind = "note"\ntext = "x"', "actions.contraception", id="contraception-a-note"),
    ],
)  # fmt: skip
def test_a_protocol_that_contradicts_itself(old: str, new: str, place: str) -> None:
    refusal = refused_protocol(old, new)
    assert (refusal.code, refusal.place) == ("protocol-contradiction", place)


def test_contraception_is_required() -> None:
    """It is merged over the courses into the plan: a protocol that forgets it is not read."""
    refusal = refused_protocol('id = "contraception"', 'id = "contraceptive"')
    assert (refusal.code, refusal.place) == ("missing-field", "actions")
    assert "'contraception' is missing; add it" in refusal.text


def test_a_window_has_an_end() -> None:
    refusal = refused_protocol(ACTION, f'{ACTION}[[actions]]\nid = "x"\nkind = "window"\ncite = "own"\n')
    assert (refusal.code, refusal.place) == ("missing-field", "actions.x")
    assert "`opens` or `closes`" in refusal.text


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('days = 15, cite = "own"', 'days = 15, cite = "x"', "course_gap_days.cite"),
        ('dose_mg = 12, cite = "own"', 'dose_mg = 12, cite = "x"', "infusion_day.cite"),
        (
            'dose_mg = 12, cite = "own"',
            'dose_mg = 12, cite = "own", observation = { cite = "x" }',
            "infusion_day.observation.cite",
        ),
        ('infusion_days = 2\ncite = "own"', 'infusion_days = 2\ncite = "x"', "courses.0.cite"),
        ('months"\ncite = "own"\n[[actions]]', 'months"\ncite = "x"\n[[actions]]', "courses.1.cite"),
        ('4 months"\ncite = "own"', '4 months"\ncite = "x"', "actions.contraception.cite"),
        ('revision = "1"', 'revision = "1"\nminimum_age = { years = 18, cite = "x" }', "minimum_age.cite"),
        (
            ACTION,
            ACTION + '[[actions]]\nid = "t"\nkind = "series"\nevery = "1 month"\ncite = "own"\nbaseline={cite="x"}\n',
            "actions.t.baseline.cite",
        ),
    ],
)
def test_every_number_needs_a_source_that_is_there(old: str, new: str, place: str) -> None:
    refusal = refused_protocol(old, new)
    assert (refusal.code, refusal.place) == ("unknown-name", place)


def test_every_problem_of_a_protocol_is_told_at_once() -> None:
    text = (
        PROTOCOL.replace('"12 months"', '"12 month"')
        .replace("dose_mg = 12", "dose_mg = 0")
        .replace('kind = "period"', 'kind = "time"')
        .replace('revision = "1"\n', "")
    )
    with file_holding(text, "own.toml") as path, pytest.raises(InvalidInput) as caught:
        read_protocol(path)
    found = {(p.code, p.place.removeprefix(f"{path}: ")) for p in caught.value.problems}
    assert found == {
        ("missing-field", "revision"),
        ("out-of-range", "infusion_day.dose_mg"),
        ("span", "courses.1.minimum_interval"),
        ("unknown-name", "actions.contraception.kind"),
    }
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert all(line.startswith(f"{path}: ") and line.endswith("]") for line in lines)


def test_every_contradiction_of_a_protocol_is_told_at_once() -> None:
    text = PROTOCOL.replace('minimum_interval = "12 months"\n', "").replace('id = "contraception"', 'id = "other"')
    with file_holding(text.replace('cite = "own"\n[[courses]]', 'cite = "x"\n[[courses]]'), "own.toml") as path:
        with pytest.raises(InvalidInput) as caught:
            read_protocol(path)
        assert [p.place.removeprefix(f"{path}: ") for p in caught.value.problems] == [
            "courses.1.minimum_interval", "actions", "courses.0.cite",
        ]  # fmt: skip


def test_sources_may_be_a_list_too(tmp_path: Path) -> None:
    inline = 'sources = { own = { document = "A protocol for tests" } }\n'
    listed = '[[sources]]\nid = "own"\ndocument = "A protocol for tests"\n'
    (tmp_path / "own.toml").write_text(PROTOCOL.replace(inline, "") + listed, encoding="utf-8")
    assert [source.id for source in read_protocol(tmp_path / "own.toml").sources] == ["own"]


# --- extends ----------------------------------------------------------------------------------------

OWN: Final = 'extends = "us-2024-05"\nid = "harbor"\nrevision = "3"\n'


def own_protocol(text: str) -> Protocol:
    with file_holding(text, "own.toml") as path:
        return read_protocol(path)


def refused_own(text: str) -> Refusal:
    with file_holding(text, "own.toml") as path:
        refusal = refusal_of(lambda: read_protocol(path))
        assert refusal.place.startswith(f"{path}: ")
        return refusal._replace(place=refusal.place.removeprefix(f"{path}: "))


def ids_of(protocol: Protocol) -> list[str]:
    return [action.id for action in protocol.actions]


def test_a_number_changed_without_a_source_of_its_own_is_no_longer_the_labels() -> None:
    own = own_protocol(OWN + "[infusion_day]\nobservation_minutes = 180\n")
    assert (180, "convention", None) == (
        own.infusion_day.observation_minutes,
        own.infusion_day.basis,
        own.infusion_day.grade,
    )


def test_a_number_changed_with_its_source_is_what_the_file_says() -> None:
    own = own_protocol(
        OWN
        + "[sources.sop]\ndocument = 'Our procedure'\n"
        + "[infusion_day]\nobservation_minutes = 180\ncite = 'sop'\n"
    )
    assert ("sop", "label") == (own.infusion_day.cite, own.infusion_day.basis)


def test_a_file_that_changes_nothing_is_the_shipped_protocol_by_another_name() -> None:
    own, us = own_protocol(OWN), load_protocol("us-2024-05")
    assert (own.name, own.extends) == ("harbor-3", "us-2024-05")
    assert own.model_copy(update={"id": us.id, "revision": us.revision, "extends": None}) == us


def test_both_revisions_stand_in_the_plan() -> None:
    plan = plan_treatment(own_protocol(OWN), weekday_clinic(), not_before=START, courses=1)
    assert (plan.protocol, plan.extends) == ("harbor-3", "us-2024-05")
    shipped = plan_treatment(load_protocol("us-2024-05"), weekday_clinic(), not_before=START, courses=1)
    assert (shipped.protocol, shipped.extends) == ("us-2024-05", None)
    assert plan.provenance.protocol_digest != shipped.provenance.protocol_digest


@pytest.mark.parametrize(
    ("base", "full"),
    [("us", load_protocol("us").name), ("us-2024-05-r2", "us-2024-05-r2"), ("us-2024-05", "us-2024-05")],
)
def test_a_base_is_named_short_or_in_full(base: str, full: str) -> None:
    assert own_protocol(f'extends = "{base}"\nid = "harbor"\n').extends == full


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("", "us-own-2024-05"),
        ('title = "x"\n', "us-own-2024-05"),
        ('id = "harbor"\n', "harbor-2024-05"),
        ('revision = "7"\n', "us-7"),
        ('id = "us"\nrevision = "7"\n', "us-7"),
    ],
)
def test_a_changed_protocol_does_not_go_by_the_shipped_name(head: str, name: str) -> None:
    assert own_protocol(f'extends = "us-2024-05"\n{head}').name == name


@pytest.mark.parametrize("head", ['id = "us"\n', 'revision = "2024-05"\n', 'id = "us"\nrevision = "2024-05"\n'])
def test_a_file_that_takes_the_shipped_name_is_refused(head: str) -> None:
    refusal = refused_own(f'extends = "us-2024-05"\n{head}')
    assert (refusal.code, refusal.place) == ("protocol-contradiction", "id")
    assert "set your own `id` or `revision`" in refusal.text


def test_tables_merge_by_key() -> None:
    own = own_protocol(f'{OWN}infusion_day = {{ observation_minutes = 180 }}\n[sources.sop]\ndocument = "Our SOP"\n')
    assert (own.infusion_day.observation_minutes, own.infusion_day.infusion_minutes) == (180, 240)
    assert own.infusion_day.cite == "uspi-dose"
    names = [source.id for source in own.sources]
    assert names == [*(source.id for source in load_protocol("us-2024-05").sources), "sop"]
    changed = own_protocol(f'{OWN}[sources.faq]\ndocument = "Another FAQ"\n')
    assert [source.document for source in changed.sources if source.id == "faq"] == ["Another FAQ"]


def test_a_single_value_is_replaced() -> None:
    assert own_protocol(f'{OWN}title = "Ours"\n').title == "Ours"
    assert own_protocol(f'{OWN}maximum_courses = {{ courses = 3, cite = "faq" }}\n').course_limit == 3


NOTE: Final = '[[actions]]\nkind = "note"\ntext = "x"\ncite = "faq"\n'
HPV: Final = '[[actions]]\nid = "hpv"\nkind = "series"\nevery = "2 years"\nper = "treatment"\ncite = "faq"\n'


def test_an_action_is_replaced_whole_by_its_id() -> None:
    """Nothing of the shipped one is left over: not its title, not whom it applies to."""
    own = own_protocol(OWN + HPV)
    assert ids_of(own) == ids_of(load_protocol("us-2024-05"))
    action = next(action for action in own.actions if action.id == "hpv")
    assert (action.title, action.applies_to, action.grade) == ("Hpv", None, None)


def test_an_action_with_a_new_id_is_added_at_the_end() -> None:
    own = own_protocol(OWN + HPV.replace('"hpv"', '"mri"'))
    assert ids_of(own) == [*ids_of(load_protocol("us-2024-05")), "mri"]


def test_actions_are_taken_away_by_their_ids() -> None:
    own = own_protocol(f'{OWN}remove = ["hpv", "assistance"]\n')
    assert ids_of(own) == [name for name in ids_of(load_protocol("us-2024-05")) if name not in {"hpv", "assistance"}]
    assert len(own.actions) == len(load_protocol("us-2024-05").actions) - 2


def test_courses_are_replaced_as_a_whole() -> None:
    courses = (
        '[[courses]]\ninfusion_days = 5\ncite = "faq"\n[[courses]]\ninfusion_days = 4\nminimum_interval = "2 years"\n'
    )
    own = own_protocol(f'{OWN}{courses}cite = "faq"\n')
    assert [rule.infusion_days for rule in own.courses] == [5, 4]
    assert own.course_limit == 2


def test_taking_away_contraception_is_refused() -> None:
    refusal = refused_own(f'{OWN}remove = ["contraception"]\n')
    assert (refusal.code, refusal.place) == ("missing-field", "actions")


@pytest.mark.parametrize(
    ("lines", "code", "place", "words"),
    [
        pytest.param('remove = ["hvp"]\n', "unknown-name", "remove", "did you mean 'hpv'?", id="unknown"),
        pytest.param('remove = ["zzzz"]\n', "unknown-name", "remove", "no built-in action is called", id="not-near"),
        pytest.param('remove = "hpv"\n', "wrong-type", "remove", "expected a list of action ids, got text", id="text"),
        pytest.param("remove = [5]\n", "unknown-name", "remove", "a whole number", id="number"),
        pytest.param('remove = [["hpv"]]\n', "unknown-name", "remove", "no built-in action", id="list"),
        pytest.param(f'remove = ["hpv"]\n{HPV}', "protocol-contradiction", "remove", "both removed and defined",
                     id="both"),
        pytest.param(HPV + HPV, "protocol-contradiction", "actions.27.id", "has the same id", id="replaced-twice"),
        pytest.param("actions = 5\n", "wrong-type", "actions", "expected a list", id="actions-a-number"),
        pytest.param('[actions]\nid = "mri"\n', "wrong-type", "actions", "expected a list", id="actions-a-table"),
        pytest.param("actions = [5]\n", "wrong-type", "actions.28", "", id="action-a-number"),
        pytest.param(f'{NOTE}id = ["x"]\n', "identifier", "actions.28.id", "", id="id-a-list"),
        pytest.param(NOTE, "missing-field", "actions.28.id", "", id="no-id"),
        pytest.param('[[actions]]\nid = "mri"\nkind = "mri"\n', "unknown-name", "actions.mri.kind", "", id="kind"),
        pytest.param("course = [{ infusion_days = 5 }]\n", "unknown-key", "course", "'courses'", id="misspelt"),
        pytest.param("courses = []\n", "out-of-range", "courses", "at least 1", id="no-courses"),
        pytest.param("sources = 5\n", "wrong-type", "sources", "expected a list", id="sources"),
    ],
)  # fmt: skip
def test_a_wrong_extension_is_refused(lines: str, code: str, place: str, words: str) -> None:
    refusal = refused_own(OWN + lines)
    assert refusal.code == code
    assert re.sub(r"actions\.[0-9]+", "actions.N", refusal.place) == re.sub(r"actions\.[0-9]+", "actions.N", place)
    assert words in refusal.text


def test_every_unknown_removal_is_told() -> None:
    with file_holding(f'{OWN}remove = ["hvp", "hpv", "thyrod"]\n', "own.toml") as path:
        with pytest.raises(InvalidInput) as caught:
            read_protocol(path)
        assert [problem.message.partition("did you mean ")[2] for problem in caught.value.problems] == [
            "'hpv'?", "'thyroid'?",
        ]  # fmt: skip


@pytest.mark.parametrize("base", ['"usa"', '"us-2024-06"', '"US"', '""', "5", '["us"]', "true", '"../us"'])
def test_an_unknown_base_is_refused(base: str) -> None:
    with file_holding(f"extends = {base}\n", "own.toml") as path:
        with pytest.raises(UnknownName) as caught:
            read_protocol(path)
        assert caught.value.place == f"{path}: extends"
    assert f"there are {KNOWN}" in str(caught.value)


def test_remove_without_a_base_is_an_unknown_key() -> None:
    refusal = refused_protocol('id = "small"', 'id = "small"\nremove = ["x"]')
    assert (refusal.code, refusal.place) == ("unknown-key", "remove")


# --- the shipped protocols ----------------------------------------------------------------------------


def test_the_shipped_protocols() -> None:
    assert set(SHIPPED) <= set(protocol_names())
    assert [load_protocol(name).name for name in protocol_names()] == sorted(protocol_names())


@pytest.mark.parametrize("name", ["us", "eu"])
def test_a_short_name_means_the_newest_revision(name: str) -> None:
    assert load_protocol(name) is load_protocol(max(full for full in protocol_names() if full.startswith(f"{name}-")))


def test_the_newest_of_several_revisions_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("eu-2020-01", "us-2019-10", "us-2024-05")
    monkeypatch.setattr(protocols, "protocol_names", lambda: names)
    assert load_protocol("us").name == "us-2024-05"


@pytest.mark.parametrize(
    ("name", "near"),
    [("usa", "us"), ("us-2024-06", "us-2024-05"), ("US", ""), ("", ""), ("us.toml", ""), ("uk", ""), (None, ""),
     (5, ""), (["us"], ""), (b"us", ""), ("us" * 500_000, ""), ("us\0", ""), ("../labels/us-2024-05", "us-2024-05")],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_an_unknown_protocol_is_refused_with_those_there_are(name: Any, near: str) -> None:
    with pytest.raises(UnknownName) as caught:
        load_protocol(name)
    error = caught.value
    assert isinstance(error, LookupError)
    assert (error.code, error.place) == ("unknown-name", "protocol")
    assert f"there are {KNOWN}" in error.message
    assert len(error.message) < 500
    assert not near or error.message.endswith(f"; did you mean {near!r}?")


def raw(name: str) -> dict[str, Any]:
    return tomllib.loads((files("lemtrada_schedule") / "labels" / f"{name}.toml").read_text(encoding="utf-8"))


NUMBERS: Final = frozenset({
    "years", "days", "courses", "medicines", "infusion_minutes", "observation_minutes", "dose_mg", "infusion_days",
    "minimum_interval", "starts", "ends", "every", "until", "opens", "closes", "hours", "text", "within", "reuse",
})  # fmt: skip


def tables(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every table of a TOML file, with its place."""
    if type(node) is dict:
        yield place, node
        for key, part in node.items():
            yield from tables(part, f"{place}.{key}")
    elif type(node) is list:
        for index, part in enumerate(node):
            yield from tables(part, f"{place}.{index}")


@pytest.mark.parametrize("name", SHIPPED)
def test_s25_every_number_that_ships_has_its_source_its_grade_and_its_basis(name: str) -> None:
    found = [(place, table) for place, table in tables(raw(name)) if NUMBERS & table.keys() and place]
    assert len(found) > 15
    assert [place for place, table in found if table.get("grade") not in {"A", "B"} or "cite" not in table] == []
    known = set(raw(name)["sources"])
    assert [place for place, table in found if table["cite"] not in known] == []
    protocol = load_protocol(name)
    assert {action.basis for action in protocol.actions} <= {"label", "convention"}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_source_that_ships_is_cited(name: str) -> None:
    assert set(load_protocol(name).cites) == set(raw(name)["sources"])


CONVENTIONS: Final = {
    "us-2024-05": {
        ".course_gap_days",
        ".courses.1",
        "blood-count.baseline",
        "creatinine.baseline",
        "urinalysis.baseline",
        "liver-tests.baseline",
        "liver-tests",
        "thyroid.baseline",
        "urine-protein-creatinine",
    },
    "eu-2020-01": {
        ".course_gap_days",
        ".courses.1",
        ".courses.2",
        ".infusion_day.observation",
        "reaction-watch",
        "not-shipped",
    },
    "us-2024-05-r2": {
        ".course_gap_days",
        ".courses.1",
        "blood-count.baseline",
        "creatinine.baseline",
        "urinalysis.baseline",
        "liver-tests.baseline",
        "liver-tests",
        "thyroid.baseline",
        "urine-protein-creatinine",
    },
    "eu-2020-01-r2": {
        ".course_gap_days",
        ".courses.1",
        ".courses.2",
        "ecg",
        "blood-count.baseline",
        "creatinine.baseline",
        "urinalysis.baseline",
        "liver-tests.baseline",
        "thyroid.baseline",
        "not-shipped",
    },
}


@pytest.mark.parametrize("name", SHIPPED)
def test_s25_the_conventions_are_marked_and_nothing_else(name: str) -> None:
    """The anchor of course 2, the EU's of 3 and 4, the gap, US liver tests monthly, reuse, EU observation."""
    data = raw(name)
    ids = {f".actions.{index}": action["id"] for index, action in enumerate(data["actions"])}
    marked = {place for place, table in tables(data) if table.get("basis") == "convention"}
    by_name = {re.sub(r"^\.actions\.[0-9]+", lambda found: ids[found[0]], place) for place in marked}
    assert by_name == CONVENTIONS[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_s25_conventions_are_shown_as_such(name: str) -> None:
    plan = plan_treatment(load_protocol(name), weekday_clinic(), not_before=START, courses=2)
    assert "convention" in explain(plan.courses[1])
    assert "convention" not in explain(plan.contraception[0])


def test_the_shipped_files_say_what_they_must() -> None:
    us, eu = load_protocol("us-2024-05"), load_protocol("eu-2020-01")
    assert [rule.infusion_days for rule in us.courses] == [rule.infusion_days for rule in eu.courses] == [5, 3, 3]
    assert [str(rule.minimum_interval) for rule in us.courses] == ["None", "12 months", "12 months"]
    assert (us.course_limit, eu.course_limit) == (None, 4)
    assert us.minimum_age is not None
    assert us.adult_age is not None
    assert eu.minimum_age is not None
    assert (us.minimum_age.years, us.adult_age.years, eu.minimum_age.years) == (17, 18, 18)
    assert [(p.infusion_day.infusion_minutes, p.infusion_day.observation_minutes) for p in (us, eu)] == [(240, 120)] * 2
    assert {p.infusion_day.dose_mg for p in (us, eu)} == {12}
    assert {str(p.contraception.ends) for p in (us, eu)} == {"last infusion + 4 months"}


def test_own_protocols_go_through_the_same_door(tmp_path: Path) -> None:
    """A shipped file, copied, is read as any other."""
    for name in SHIPPED:
        text = (files("lemtrada_schedule") / "labels" / f"{name}.toml").read_text(encoding="utf-8")
        (tmp_path / "copy.toml").write_text(text, encoding="utf-8")
        assert read_protocol(tmp_path / "copy.toml") == load_protocol(name)
        assert read_protocol(tmp_path / "copy.toml").digest == load_protocol(name).digest
