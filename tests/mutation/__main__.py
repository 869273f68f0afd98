"""Change the code on purpose and see whether a test notices: `uv run python -m tests.mutation [ROOM …]`.

It runs mutmut over the rooms of `rooms.toml` (all of them by default) and prints how many mutants the tests killed.
A survivor must stand in `equivalent.toml` with the reason why no test can tell it from the original. It exits with
status 1 if a survivor is not listed, if a listed one no longer survives, or if fewer than 95 % are killed.
"""

import argparse
import sys
from collections.abc import Sequence
from time import monotonic

from tests.mutation.equivalent import Equivalent, equivalents, judged
from tests.mutation.mutants import Mutant, Room, ToolFailed, rooms, run_room

LEAST_PERCENT = 95


def main(arguments: Sequence[str]) -> int:
    """Run the rooms named, print the result, and return the exit status."""
    known = {room.name: room for room in rooms()}
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutation tests of the rooms.")
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"{', '.join(known)} (default: all), or MODULE of one")
    parser.add_argument("--processes", type=int, default=2, help="how many mutants are tested at once (default: 2)")
    given = parser.parse_args(arguments)
    try:
        chosen = [_room(name, known) for name in given.rooms] or list(known.values())
    except KeyError as missing:
        parser.error(f"unrecognised room: {missing.args[0]}; choose from {', '.join(known)}")
    began = monotonic()
    found: list[Mutant] = []
    for room in chosen:
        try:
            found += run_room(room, processes=given.processes)
        except ToolFailed as failed:
            print(f"{room.name}: mutmut did not finish\n{failed}", file=sys.stderr)
            return 2
        _print_scores(found, room.modules)
    modules = {module for room in chosen for module in room.modules}
    listed = [one for one in equivalents() if one.module in modules or not given.rooms]
    return _report(found, listed, monotonic() - began)


def _room(name: str, known: dict[str, Room]) -> Room:
    if name in known:
        return known[name]
    owner = next((room for room in known.values() if name in room.modules), None)
    if owner is None:
        raise KeyError(name)
    return owner._replace(name=f"{owner.name}-{name.rpartition('/')[2].removesuffix('.py')}", modules=(name,))


def _score(mutants: Sequence[Mutant]) -> str:
    killed = sum(mutant.is_killed for mutant in mutants)
    percent = 100 * killed / len(mutants) if mutants else 100
    return f"{killed:5} of {len(mutants):5} killed  {percent:6.2f} %"


def _print_scores(found: Sequence[Mutant], modules: Sequence[str]) -> None:
    for module in modules:
        print(f"{module:32} {_score([mutant for mutant in found if mutant.module == module])}", flush=True)


def _report(found: Sequence[Mutant], listed: Sequence[Equivalent], seconds: float) -> int:
    verdict = judged(found, listed)
    print(f"{'total':32} {_score(found)}  in {seconds / 60:.0f} minutes")
    for mutant, reason in verdict.explained:
        print(f"\n{mutant.module} {mutant.function}: equivalent, {reason}\n- {mutant.was}\n+ {mutant.becomes}")
    for mutant in verdict.unexplained:
        print(f"\n{mutant.module} {mutant.function}: {mutant.status}, not listed\n- {mutant.was}\n+ {mutant.becomes}")
    for entry in verdict.stale:
        print(f"\n{entry.module} {entry.function}: listed, but killed or gone\n- {entry.was}\n+ {entry.becomes}")
    too_few = 100 * sum(mutant.is_killed for mutant in found) < LEAST_PERCENT * len(found)
    counts = f"{len(verdict.explained)} explained, {len(verdict.unexplained)} not, {len(verdict.stale)} stale"
    print(f"\nsurvivors: {counts}{f'; fewer than {LEAST_PERCENT} % killed' if too_few else ''}")
    return 1 if verdict.unexplained or verdict.stale or too_few else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
