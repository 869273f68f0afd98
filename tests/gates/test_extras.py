"""The gate of the extras knows every extra, passes where all is there, and names the extra where something lacks."""

import sys
import tomllib
from pathlib import Path

import pytest

from tests.gates import extras

ROOT = Path(__file__).parents[2]


def test_the_gate_and_its_step_know_every_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert extras.VERBS.keys() == project["optional-dependencies"].keys()


@pytest.mark.parametrize("extra", ["cohort", "tables"])
def test_where_all_is_there_the_gate_says_so(extra: str, capsys: pytest.CaptureFixture[str]) -> None:
    extras.main(extra)
    assert capsys.readouterr().out == f"the extra `{extra}` alone is enough for its verbs\n"


@pytest.mark.parametrize("extra", ["cohort", "tables"])
def test_where_a_package_lacks_the_gate_names_the_extra(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SystemExit, match=f"^the extra `{extra}` alone is not enough for its verbs: .*pyarrow"):
        extras.main(extra)


def test_a_wrong_answer_fails() -> None:
    with pytest.raises(SystemExit, match="expected 2, got 1"):
        extras._expect(1, 2)
