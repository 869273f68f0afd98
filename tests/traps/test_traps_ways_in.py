"""Hostile content in memory and on standard input: a refusal of our family, and nothing of it in any message."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, Final

import pytest

from lemtrada_schedule import ScheduleError, parse_clinic, parse_histories, parse_plan, parse_protocol
from lemtrada_schedule.readers.records import FORMATS
from tests.support.cli_result import Run
from tests.support.entry_points import CLINIC, PROTOCOL, basic_string, small_plan
from tests.support.for_each import for_each
from tests.support.hostile_values import MARK, nested_list
from tests.support.record_files import administration, bundle

ASKED: Final = ("--protocol", "us-2024-05", "--as-of", "2026-11-22", "--clinic", "example")
TEXTS: Final = {
    "mark": MARK,
    "path": f"/etc/{MARK}",
    "url": f"https://example.org/{MARK}",
    "csv": f"patient,date\n{MARK},{MARK}\n{MARK},2025-03-03,{MARK}\n",
    "csv header": f"date,{MARK}\n2025-03-03,x\n",
    "open quote": f'date\n"{MARK}\n',
    "json": json.dumps({MARK: MARK, "infusions": [{"date": MARK, MARK: 1}]}),
    "json list": json.dumps([MARK, {"patient": MARK, "infusions": MARK}]),
    "json keyed by patient": json.dumps({MARK: {"infusions": []}}),
    "json twice": f'{{"{MARK}": 1, "{MARK}": 2}}',
    "json cut": f'{{"patient": "{MARK}',
    "bundle": json.dumps(bundle({"resourceType": MARK}, administration(status=MARK, subject={"reference": MARK}))),
    "markup": f"<html>{MARK}</html>",
    "toml key": f"{MARK} = 1\n",
    "toml value": f"extends = {basic_string(MARK)}\nid = {basic_string(MARK)}\n",
    "toml cut": f'name = "{MARK}',
    "formula": f"=HYPERLINK({MARK})",
    "control": f"{MARK}\x00\x1b[31m\u202e",
    "clinic": CLINIC.replace("America/New_York", MARK),
    "clinic day": f"{CLINIC}[closures]\n{basic_string(MARK)} = 'x'\n",
    "protocol": PROTOCOL.replace('"12 months"', basic_string(MARK)),
    "plan": small_plan().model_dump_json().replace("2027-01-11", MARK),
}
PARSERS: Final[dict[str, Callable[[Any], object]]] = {
    "clinic": parse_clinic,
    "plan": parse_plan,
    "protocol": parse_protocol,
}


def said(error: ScheduleError) -> str:
    """Return everything that an error holds."""
    return f"{error}{error.args!r}{error!r}{getattr(error, 'problems', ())!r}{error.__cause__!r}{error.__context__!r}"


def outcome(call: Callable[[], Any]) -> tuple[Any, str]:
    """Return the result of a call, or everything that its error holds."""
    try:
        return call(), ""
    except ScheduleError as error:
        return None, said(error)


def as_parsed(text: str) -> Iterator[Any]:
    """Yield a text as it may come in: text, bytes, and what JSON makes of it."""
    yield text
    yield text.encode()
    try:
        yield json.loads(text)
    except ValueError:
        return


KEYS: Final = frozenset({"json", "json keyed by patient", "json twice", "toml key"})
"""Unknown keys of a clinic, a plan or a protocol are named, in memory as in a file: they hold no patient's data."""


@pytest.mark.parametrize("parser", PARSERS)
def test_no_refusal_of_a_file_in_memory_repeats_it(parser: str) -> None:
    def repeats_nothing(name: str) -> None:
        for data in as_parsed(TEXTS[name]):
            with pytest.raises(ScheduleError) as caught:
                PARSERS[parser](data)
            assert MARK not in said(caught.value)
            assert caught.value.place

    for_each(sorted(TEXTS.keys() - KEYS), repeats_nothing)


@pytest.mark.parametrize("form", FORMATS)
def test_no_refusal_of_records_in_memory_repeats_them(form: str) -> None:
    """Neither an error nor a refused row; the histories themselves hold the ids of the patients."""

    def repeats_nothing(name: str) -> None:
        for data in as_parsed(TEXTS[name]):
            intake, refusal = outcome(lambda: parse_histories(data, format=form, time_zone="America/New_York"))  # noqa: B023  # called at once
            assert MARK not in "".join(row.model_dump_json() for row in (intake.refused if intake else ()))
            assert MARK not in f"{intake!r}{refusal}"

    for_each(TEXTS, repeats_nothing)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("command", ["check", "next", "plan"])
def test_no_message_about_standard_input_repeats_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, form: str
) -> None:
    asked = ("plan", "2027-01-11", "--history", "-") if command == "plan" else (command, "-")

    def repeats_nothing(name: str) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(TEXTS[name].encode())))
        ran = run(*asked, "--records-format", form, *ASKED)
        assert ran.status in {0, 2}
        assert MARK not in ran.err
        assert "Traceback" not in ran.err

    for_each(TEXTS, repeats_nothing)


@pytest.mark.parametrize("parser", [*PARSERS, *FORMATS])
def test_content_of_great_depth_is_refused_in_time(parser: str) -> None:
    """As text and as parsed data, in which a recursion would end the process."""
    parse = PARSERS.get(parser) or (lambda data: parse_histories(data, format=parser))
    for data in ("[" * 50_000, '{"a":' * 50_000, {"infusions": nested_list(20_000)}, nested_list(20_000)):
        _, refusal = outcome(lambda: parse(data))  # noqa: B023  # called at once
        assert refusal or parser == "ndjson"  # there, a line is a row, and was refused
