"""The list of mutants that no test can tell from the original, and how it is held against what was found."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.mutation.mutants import Mutant

__all__ = ["Equivalent", "Verdict", "equivalents", "judged"]


class Equivalent(NamedTuple):
    """A mutant that survives, and the reason why it means the same as the original."""

    module: str
    function: str
    was: str
    becomes: str
    why: str


class Verdict(NamedTuple):
    """Survivors with and without a reason on the list, and entries of the list that belong to no survivor."""

    explained: tuple[tuple[Mutant, str], ...]
    unexplained: tuple[Mutant, ...]
    stale: tuple[Equivalent, ...]


def equivalents() -> tuple[Equivalent, ...]:
    """Return the entries of `equivalent.toml`."""
    data = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text(encoding="utf-8"))
    return tuple(Equivalent(**one) for one in data.get("equivalent", []))


def judged(found: Sequence[Mutant], listed: Sequence[Equivalent]) -> Verdict:
    """Return which survivors are listed, which are not, and which entries are stale."""
    reasons = {entry[:4]: entry.why for entry in listed}
    survivors = [mutant for mutant in found if not mutant.is_killed]
    explained = tuple((mutant, reasons[mutant[:4]]) for mutant in survivors if mutant[:4] in reasons)
    unexplained = tuple(mutant for mutant in survivors if mutant[:4] not in reasons)
    alive = {mutant[:4] for mutant in survivors}
    return Verdict(explained, unexplained, tuple(entry for entry in listed if entry[:4] not in alive))
