"""Static gate: no hidden clock, zone, locale, randomness or environment in the library's source.

As a command, over the package that is installed: `python -m tests.gates.no_wall_clock`.
"""

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

EXCEPTED: Final = frozenset({"cli/main.py"})
"""The command line: it reads the clock once, and writes files."""

CLOCK_CALLS: Final = frozenset(
    {
        "fromtimestamp",
        "getenv",
        "getpreferredencoding",
        "gettz",
        "gmtime",
        "isoparse",
        "localtime",
        "mktime",
        "now",
        "parse_date",
        "setlocale",
        "strftime",
        "time_ns",
        "today",
        "tzlocal",
        "urandom",
        "utcfromtimestamp",
        "utcnow",
        "uuid1",
        "uuid4",
    }
)
CODE_CALLS: Final = frozenset({"__import__", "eval", "exec"})
TEXT_METHODS: Final = frozenset({"read_text", "write_text"})
MODULES: Final = frozenset(
    {
        "ctypes",
        "dateutil.parser",
        "dateutil.tz",
        "http",
        "locale",
        "marshal",
        "pickle",
        "pytz",
        "random",
        "requests",
        "secrets",
        "shelve",
        "socket",
        "subprocess",
        "time",
        "urllib",
        "xml.etree",
        "xml.sax",
    }
)


class Breach(NamedTuple):
    """A place in the source that depends on more than the arguments."""

    line: int
    what: str


def _in_call(call: ast.Call) -> Iterator[str]:
    function = call.func
    owner = getattr(function.value, "id", "") if isinstance(function, ast.Attribute) else None
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    # `datetime.time(9, 0)` is a time of day and no clock.
    if name in CLOCK_CALLS or (name == "time" and owner not in {"dt", "datetime"}):
        yield f"call {name}()"
    if name == "astimezone" and not call.args:
        yield "astimezone() without zone"
    of_text = name == "open" or (owner is not None and name in TEXT_METHODS)
    if of_text and not any(keyword.arg == "encoding" for keyword in call.keywords):
        yield f"{name}() without encoding"
    if name in CODE_CALLS:
        yield name


def _in_import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    inside = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    names = [f"{inside[0]}.{alias.name}" if inside else alias.name for alias in node.names]
    for name in [*inside, *names]:
        if any(name == banned or name.startswith(f"{banned}.") for banned in MODULES):
            yield f"import {name}"


def _in_node(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call():
            yield from _in_call(node)
        case ast.Import() | ast.ImportFrom():
            yield from _in_import(node)
        case ast.Assert():
            yield "assert (stripped by -O)"
        case ast.Attribute(value=ast.Name(id="os"), attr="environ"):
            yield "os.environ"
        case _:
            pass


def scan(source: str) -> list[Breach]:
    """Return every breach in the text of a module, in the order of lines."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.expr | ast.stmt)]
    return sorted(Breach(node.lineno, what) for node in nodes for what in _in_node(node))


def scan_folder(folder: Path) -> list[str]:
    """Return a line for each breach below a folder, the excepted files left out."""
    return [
        f"{path.relative_to(folder).as_posix()}:{breach.line}: {breach.what}"
        for path in sorted(folder.rglob("*.py"))
        if path.relative_to(folder).as_posix() not in EXCEPTED
        for breach in scan(path.read_text(encoding="utf-8"))
    ]


def package_folder() -> Path:
    """Return the folder of the package that the tests import, without importing it."""
    spec = find_spec("lemtrada_schedule")
    if spec is None or spec.origin is None:
        message = "lemtrada_schedule is not installed"
        raise LookupError(message)
    return Path(spec.origin).parent


if __name__ == "__main__":
    breaches = scan_folder(package_folder())
    print("\n".join(breaches) or f"no hidden clock in the package ({', '.join(sorted(EXCEPTED))} excepted)")
    sys.exit(bool(breaches))
