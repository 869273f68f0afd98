"""TOML that takes far more memory or time than its size is refused before it is parsed."""

import subprocess
import sys
import tomllib
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_schedule import InvalidInput
from lemtrada_schedule.validation.toml_text import as_toml, check_toml_bounds

MEGABYTE: Final = 1_000_000
IN_BOUNDS: Final = """
import resource, sys, time
from lemtrada_schedule import ScheduleError
from lemtrada_schedule.validation.toml_text import as_toml
text = {text}
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
most = used + 10 * len(text.encode()) + 50_000_000
resource.setrlimit(resource.RLIMIT_AS, (most, most))
try:
    as_toml(text)
    print("read")
except ScheduleError as refused:
    print(refused.code)
"""


@pytest.mark.sweep
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems set no limit of this kind")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("'a.' * 20_500 + 'a=1'", "too-large", id="a dotted key of 41 kB, which took 1.6 GB"),
        pytest.param("'[' + 'a.' * 20_500 + 'a]'", "too-large", id="a table header"),
        pytest.param("'a = {' + '\"a\" . ' * 20_500 + 'a=1}'", "too-large", id="a key in an inline table, quoted"),
        pytest.param("'a=1' + '1' * 4_000_000 + '.5'", "too-large", id="a number of 4 MB"),
        pytest.param("'a' * 4_000_000 + ' = 1'", "too-large", id="a bare key of 4 MB"),
        pytest.param("'a=' + '[' * 4_000_000", "too-large", id="arrays in arrays"),
        pytest.param("'a=' + '{a=' * 1_000_000", "too-large", id="inline tables in inline tables"),
        pytest.param("'a=[' + '[],' * 1_000_000 + ']'", "too-large", id="many empty arrays"),
        pytest.param("'a=[' + '{},' * 1_000_000 + ']'", "too-large", id="many empty tables"),
        pytest.param("'[[a]]\\n' * 700_000", "too-large", id="many tables of an array"),
        pytest.param("''.join(f'[k{i}.b.c.d.e.f.g.h]\\n' for i in range(100_000))", "too-large", id="many headers"),
        pytest.param("''.join(f'[k{i}.b.c.d.e.f.g.h.i]\\n' for i in range(4_300))", "read", id="as many as are read"),
        pytest.param("''.join(f'[k{i}]\\n' for i in range(39_000))", "read", id="as many tables as are read"),
        pytest.param("''.join(f'k{i}=1\\n' for i in range(199_000))", "read", id="as many keys as are read"),
        pytest.param("'a=\"\"\"' + '\\\\\"' * 2_000_000", "toml-structure", id="a string without an end"),
        pytest.param("'a=\"' + '\\\\u0041' * 600_000 + '\"'", "read", id="one long string"),
        pytest.param("'a=\"' + 'x' * 4_000_000 + chr(0x1F600) + '\"'", "read", id="wide characters"),
        pytest.param("'#\\n' * 2_000_000", "read", id="comments"),
    ],
)
def test_toml_is_read_or_refused_in_bounded_memory_and_time(text: str, code: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IN_BOUNDS.format(text=text)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.stdout, ran.stderr) == (f"{code}\n", "")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a = 1\n" + ".".join("a" * 17) + " = 1", 2, "a key has more than 16 parts"),
        ("a = 1\n\n[" + " . ".join("a" * 17) + "]", 3, "a key has more than 16 parts"),
        ("a = {" + '"a".' * 16 + "a = 1}", 1, "a key has more than 16 parts"),
        ("k" * 1_025 + " = 1", 1, "a key or a number has more than 1,024 characters"),
        ("\na = " + "[" * 33, 2, "this is nested deeper than 32 levels"),
        ("a = [" + "1," * 200_000 + "]", 1, "the file has more than 200,000 keys and items"),
        ("[a.b]\n" * 20_001, 20_001, "the file has more than 200,000 keys and items"),
    ],
)
def test_the_refusal_names_the_line_and_the_bound(text: str, line: int, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        as_toml(text)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place) == ("too-large", f"line {line}")
    assert problem.message.startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        ".".join("a" * 16) + " = 1",
        "k" * 1_024 + " = 1",
        "a = " + "[" * 32 + "]" * 32,
        'a = "' + "a." * 100 + '" # ' + "a." * 100,
        "a = '''\n" + "a." * 100 + "[" * 100 + "\n'' ' \\'''''\nb = 1",
        'a = """\n' + "a." * 100 + "[" * 100 + '\n"" \\" \\""" """""\nb = 1',
        'a = "\\"' + "[" * 100 + '"\nb = ' + "'\\'",
        "a = [" + "1.5, " * 100 + "]\n" + "b.c.d = 2027-01-11T09:00:00.5\n" * 1,
        "".join(f"[t{number}.a.b]\n" for number in range(100)),
    ],
)
def test_what_is_within_the_bounds_is_read_as_it_was(text: str) -> None:
    assert as_toml(text) == tomllib.loads(text)


@given(st.text(st.sampled_from("ab1.=[]{},\"'\\#\n \t\r-é"), max_size=60))
def test_the_bounds_refuse_no_small_text(text: str) -> None:
    check_toml_bounds(text)
