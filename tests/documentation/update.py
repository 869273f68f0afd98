"""Update the outputs of the examples in the documents: `python -m tests.documentation.update [FILE…]`.

Only outputs that no longer match are replaced, so an output that was shortened by `...` stays as it is while it holds.
Read the difference before you commit it: this makes the documents true, not right.
"""

import doctest
import os
import re
import shutil
import sys
import tempfile
import warnings
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Final

from tests.documentation.test_examples import DOCUMENTS, FLAGS, ROOT, printed_by

BLOCK: Final = re.compile(r"(?s)(?P<skip><!-- skip: next[^\n]*-->\s*)?```(?P<kind>console|python)\n(?P<body>.*?)```")
CHECKER: Final = doctest.OutputChecker()


def console(body: str) -> str:
    """Return a `console` block with what its commands print."""
    first, *parts = ("\n" + body).split("\n$ ")
    return (first + "".join(f"\n$ {command(part)}" for part in parts)).removeprefix("\n").rstrip("\n") + "\n"


def command(part: str) -> str:
    """Return one command and its output."""
    lines = part.split("\n")
    end = next(number for number, line in enumerate(lines) if not line.endswith("\\")) + 1
    typed, expected = "\n".join(lines[:end]), "\n".join(lines[end:])
    got = printed_by(typed.replace("\\\n", " "))
    if got is None or not expected.strip() or CHECKER.check_output(expected.rstrip("\n") + "\n", got, FLAGS):
        return part
    blank = len(expected) - len(expected.rstrip("\n"))
    return f"{typed}\n{got.rstrip(chr(10))}{chr(10) * blank}"


def python(body: str, names: dict[str, Any]) -> str:
    """Return a `python` block with what its examples print; run one without examples."""
    pieces = doctest.DocTestParser().parse(body)
    if not any(isinstance(piece, doctest.Example) for piece in pieces):
        exec(compile(body, "<example>", "exec"), names)  # noqa: S102  # our own documents, as in the tests
        return body
    found = []
    for piece in pieces:
        if isinstance(piece, str):
            found.append(piece)
            continue
        indent = " " * piece.indent
        got = run(piece, names)
        want = piece.want if CHECKER.check_output(piece.want, got, FLAGS | flags(piece)) else got
        source = piece.source.rstrip("\n").split("\n")
        lines = [f">>> {source[0]}", *(f"... {line}".rstrip() for line in source[1:]), *want.rstrip("\n").split("\n")]
        found.append("".join(f"{indent}{line}\n" for line in (lines if want else lines[:-1])))
    return "".join(found)


def flags(example: doctest.Example) -> int:
    """Return the options that an example sets itself."""
    return sum(flag for flag, on in example.options.items() if on)


def run(example: doctest.Example, names: dict[str, Any]) -> str:
    """Return what an example prints, or how its exception reads in a doctest."""
    said = StringIO()
    with redirect_stdout(said):
        try:
            exec(compile(example.source, "<example>", "single"), names)  # noqa: S102  # our own documents
        except Exception as error:  # whatever an example raises is what it shows
            if example.exc_msg is None:
                raise
            name = type(error).__qualname__
            kept = f"{type(error).__module__}.{name}: {error}\n"
            matches = CHECKER.check_output(example.exc_msg, kept, FLAGS | flags(example)) or CHECKER.check_output(
                example.exc_msg, f"{name}: {error}\n", FLAGS | flags(example)
            )
            head = example.want.removesuffix(example.exc_msg)
            return example.want if matches else f"{head}{kept}"
    return "".join(f"{line.rstrip()}\n" for line in said.getvalue().splitlines())


def updated(text: str) -> str:
    """Return a document with what its examples print now."""
    names: dict[str, Any] = {"__name__": "__main__"}

    def again(block: re.Match[str]) -> str:
        if block["skip"]:
            return block[0]
        body = console(block["body"]) if block["kind"] == "console" else python(block["body"], names)
        return f"```{block['kind']}\n{body}```"

    return BLOCK.sub(again, text)


def main(files: list[str]) -> int:
    """Update the documents named, else all; print those that changed."""
    warnings.simplefilter("error")
    failed = 0
    for document in [Path(file).resolve() for file in files] or DOCUMENTS:
        before = document.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(ROOT / "examples", Path(folder) / "examples")
            os.chdir(folder)
            try:
                after = updated(before)
            except Exception as error:  # noqa: BLE001  # the next document may still be updated
                failed = 1
                print(f"{document.relative_to(ROOT)}: not updated: {type(error).__name__}: {error}")
                continue
            finally:
                os.chdir(ROOT)
        if after != before:
            document.write_text(after, encoding="utf-8")
            print(f"{document.relative_to(ROOT)}: updated")
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
