"""A copy of the source tree, in which the guide for contributors is followed."""

import filecmp
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

LEFT: Final = ("__pycache__", ".*", "_build", "node_modules", "verbs")
"""What tools leave in the folders of the source."""


class Copy:
    """A copy of the source tree, what was changed in it, and the tools that run there."""

    def __init__(self, root: Path, cache: Path) -> None:
        """Take a folder with a copy of the tree, and a folder with mypy's cache of it."""
        self.root = root
        self._cache = cache

    def write(self, name: str, text: str) -> None:
        """Write a file that is not there yet."""
        path = self.root / name
        assert not path.exists(), name
        path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name}: {old!r} stands {text.count(old)} times"
        (self.root / name).write_text(text.replace(old, new), encoding="utf-8")

    def taken(self, name: str) -> str:
        """Remove a file, and return what was in it."""
        text = (self.root / name).read_text(encoding="utf-8")
        (self.root / name).unlink()
        return text

    def changed(self) -> list[str]:
        """Return the files that are new or differ from the source, sorted."""
        return sorted(
            name for name in files_of(self.root)
            if not (ROOT / name).is_file() or not filecmp.cmp(ROOT / name, self.root / name, shallow=False)
        )  # fmt: skip

    def mypy(self, *paths: str) -> str:
        """Return the errors that mypy reports in some files and folders, by default in all that it checks."""
        done = self._run("mypy", "--cache-dir", str(self._cache), "--no-error-summary", "--no-pretty", *paths)
        assert done.returncode in {0, 1}, done.stderr
        return done.stdout

    def tests(self, *arguments: str) -> str:
        """Return what pytest prints in the copy where a test fails, else nothing."""
        done = self._run("pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *arguments)
        return f"{done.stdout}{done.stderr}" if done.returncode else ""

    def python(self, code: str) -> str:
        """Return what a program prints that imports the package of the copy."""
        done = self._run("-c", f"import lemtrada_schedule; print(lemtrada_schedule.__file__)\n{code}")
        assert done.returncode == 0, done.stderr
        where, _, printed = done.stdout.partition("\n")
        assert Path(where).is_relative_to(self.root)
        return printed.rstrip("\n")

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a module, or a program with `-c`, in the copy; there the copy's package is found first."""
        module = () if command[0] == "-c" else ("-m",)
        ours = ("PYTEST_", "COV", "PYTHONPYCACHE")  # what is compiled of a copy stays in it
        environment = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        return subprocess.run(
            [sys.executable, *module, *command],
            cwd=self.root, env=environment, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip


def files_of(root: Path) -> Iterator[str]:
    """Yield the files of a tree, without what tools leave there."""
    for folder, folders, names in os.walk(root):
        ignored = shutil.ignore_patterns(*LEFT)(folder, [*folders, *names])
        folders[:] = [name for name in folders if name not in ignored]
        yield from (Path(folder, name).relative_to(root).as_posix() for name in names if name not in ignored)


def copy_of_the_source(root: Path) -> Path:
    """Copy what a source distribution holds, and what Python has compiled of it.

    The times of files are kept: by them, Python and mypy know that what they have of a file is still right.
    """
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for name in (*settings["tool"]["hatch"]["build"]["targets"]["sdist"]["include"], "pyproject.toml"):
        source, target = ROOT / name.removeprefix("/"), root / name.removeprefix("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFT[1:]))
        else:
            shutil.copy2(source, target)
    return root


@pytest.fixture(name="warm_cache", scope="session")
def fixture_warm_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return mypy's cache of the tree as it is, begun from the one that the last `mypy` left, if any."""
    cache = tmp_path_factory.mktemp("cache") / "mypy"
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", cache)
    pristine = Copy(copy_of_the_source(tmp_path_factory.mktemp("pristine")), cache)
    assert (pristine.mypy(), pristine.changed()) == ("", [])
    return cache


@pytest.fixture
def copy(tmp_path: Path, warm_cache: Path) -> Iterator[Copy]:
    """Yield a copy of the source tree with a cache of its own, and remove both: together they fill 200 MB."""
    yield Copy(copy_of_the_source(tmp_path / "copy"), shutil.copytree(warm_cache, tmp_path / "cache"))
    for folder in ("copy", "cache"):
        shutil.rmtree(tmp_path / folder)
