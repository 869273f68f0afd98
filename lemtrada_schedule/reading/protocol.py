"""Read protocols: shipped ones by name, users' own from a file; both through the same door."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule._model import near_miss
from lemtrada_schedule.errors import InvalidInput, Problem, UnknownName, shape_of
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.reading.files import StrPath, as_toml, named, read_text

__all__ = ["load_protocol", "protocol_names", "read_protocol"]

_LABELS: Final = Path(__file__).parent.parent / "labels"
_SUFFIX: Final = ".toml"


@cache
def protocol_names() -> tuple[str, ...]:
    """Return the names of the shipped protocol revisions, sorted: `('eu-2020-01', 'us-2024-05')`."""
    return tuple(sorted(label.stem for label in _LABELS.glob(f"*{_SUFFIX}")))


def load_protocol(name: str) -> Protocol:
    """Return a shipped protocol: `us` is the newest US revision, `us-2024-05` that one.

    Raises:
        UnknownName: No shipped protocol is called that; the error lists those there are.

    Example:
        >>> load_protocol("us").name
        'us-2024-05'
        >>> load_protocol("eu").maximum_courses.courses
        4
    """
    return _shipped(_revision(name))


def read_protocol(path: StrPath) -> Protocol:
    """Return the protocol in a TOML file, which may rest on a shipped one with `extends = "us"`.

    Tables merge by key, actions replace by id (`remove = ["…"]` takes some away), `[[courses]]` replaces
    the whole list.

    Raises:
        UnreadableFile: The file cannot be read.
        InvalidInput: With every problem of the file, each with its path.
        UnknownName: `extends` names no shipped protocol.
    """
    name = str(path)
    text = read_text(path)
    return named(name, lambda: _protocol(as_toml(text)))


def _revision(name: object) -> str:
    names = protocol_names()
    if type(name) is str:
        found = [full for full in names if name in (full, full.partition("-")[0])]
        if found:
            return found[-1]
    short = {full.partition("-")[0] for full in names}
    known = sorted({*names, *short})
    message = f"no protocol is called {shape_of(name)}{near_miss(name, known)}; there are {', '.join(known)}"
    raise UnknownName("unknown-name", message, place="protocol")


def _shipped_text(full_name: str) -> str:
    return (_LABELS / f"{full_name}{_SUFFIX}").read_text(encoding="utf-8")


@cache
def _shipped(full_name: str) -> Protocol:
    return named(full_name, lambda: Protocol.model_validate(as_toml(_shipped_text(full_name))))


def _protocol(data: dict[str, Any]) -> Protocol:
    if "extends" not in data:
        return Protocol.model_validate(data)
    full_name = _revision(data["extends"])
    return Protocol.model_validate(_extended(as_toml(_shipped_text(full_name)), data) | {"extends": full_name})


def _extended(shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = _merged(shipped, {key: value for key, value in own.items() if key not in ("actions", "remove")})
    merged["actions"] = _actions(shipped["actions"], own.get("actions", []), own.get("remove", []))
    return merged


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {key: _merged(below[key], value) for key, value in above.items() if _are_tables(below.get(key), value)}
    return {**below, **above, **both}


def _are_tables(*values: Any) -> bool:
    return all(type(value) is dict for value in values)


def _actions(shipped: list[Any], own: Any, remove: Any) -> list[Any]:
    """Return the shipped actions with those of the same id replaced, those named taken away, new ones added."""
    rows = own if type(own) is list else [own]
    names = remove if type(remove) is list else [remove]
    known = [action["id"] for action in shipped]
    unknown = [f"{shape_of(name)}{near_miss(name, known)}" for name in names if name not in known]
    if unknown:
        raise InvalidInput(Problem("unknown-name", "remove", f"no shipped action is called {text}") for text in unknown)
    replacing = {row.get("id"): row for row in rows if type(row) is dict}
    kept = [replacing.get(action["id"], action) for action in shipped if action["id"] not in names]
    return kept + [row for row in rows if type(row) is not dict or row.get("id") not in known]
