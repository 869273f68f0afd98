"""Check the prose of the project: README, docs/, the docstrings and comments of the package, and its messages.

    uv run python -m tests.prose [FILES AND FOLDERS…]

Without arguments it checks all of them; the messages are those in `tests/golden/texts/`. It installs textlint and its
rules from npm beside this file, as `package.json` names them; `textlintrc.yml` holds the rules. Needs Node.js 20 or
newer and npm. Exits with status 1 if a line breaks a rule.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.prose.as_markdown import lines_as_markdown, module_as_markdown

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
MESSAGES: Final = ("tests/golden/texts/commands.txt", "tests/golden/texts/messages.txt")
ALL: Final = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs", "lemtrada_schedule", *MESSAGES)
BUILT: Final = {"_build", "protocols"}
"""Folders below docs/ that the build writes, and the pages of protocols, whose texts are data of the package."""
AS_MARKDOWN: Final[Mapping[str, Callable[[str], str]]] = {".py": module_as_markdown, ".txt": lines_as_markdown}


def checked(paths: list[str]) -> Iterator[Path]:
    """Yield the Markdown files, modules and texts that are named, and those in folders that are named."""
    for path in (ROOT / name for name in paths):
        if path.is_file():
            yield path
        elif path.is_dir():
            found = (file for file in sorted(path.rglob("*.*")) if file.suffix in {".md", ".py"})
            yield from (file for file in found if not BUILT & set(file.relative_to(ROOT).parts))
        else:
            raise SystemExit(f"{path.relative_to(ROOT)}: no such file or folder")


def main(paths: list[str]) -> int:
    """Lint the files, and return the exit status."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise SystemExit("the prose linter needs Node.js 20 or newer and npm")
    install = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    subprocess.run(install, cwd=HERE, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for file in checked(paths or list(ALL)):
            text = file.read_text(encoding="utf-8")
            as_markdown = AS_MARKDOWN.get(file.suffix)
            copy = folder / f"{file.relative_to(ROOT)}{'.md' if as_markdown else ''}"
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(as_markdown(text) if as_markdown else text, encoding="utf-8")
        textlint = [node, HERE / "node_modules/textlint/bin/textlint.js", "--config", HERE / "textlintrc.yml"]
        command = [str(word) for word in (*textlint, "--format", "unix", folder)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8", cwd=HERE)
    print(
        f"{done.stdout}{done.stderr}".replace(f"{folder}/", "").replace(".py.md:", ".py:").replace(".txt.md:", ".txt:"),
        end="",
    )
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
