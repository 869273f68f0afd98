"""Read protocols: built-in ones by name, your own from a TOML file; both are validated in the same way."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule.errors import InvalidInput, Problem, UnknownName, kind_of, shape_of
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.sources.content import in_data, tables_of
from lemtrada_schedule.sources.files import as_toml, named, read_text
from lemtrada_schedule.validation.near_names import near_miss, nearest
from lemtrada_schedule.validation.paths import StrPath, file_name, is_content

__all__ = ["load_protocol", "parse_protocol", "protocol_names", "read_protocol"]

_LABELS: Final = Path(__file__).parent.parent / "labels"

_SUFFIX: Final = ".toml"

MOST_REMOVED: Final = 1_000
"""Maximum number of ids in `remove`; a built-in protocol has some 20 actions."""

_DIGESTS: Final = "digests"


@cache
def protocol_names() -> tuple[str, ...]:
    """Return the names of the built-in protocol revisions, sorted.

    Example:
        >>> protocol_names()
        ('eu-2020-01', 'eu-2020-01-r2', ...)
    """
    return tuple(sorted(label.stem for label in _LABELS.glob(f"*{_SUFFIX}") if label.stem != _DIGESTS))


def load_protocol(name: str) -> Protocol:
    """Return a built-in protocol: `us` is the newest US revision, `us-2024-05` exactly that one.

    Raises:
        UnknownName: No built-in protocol has this name; the message lists the names.

    Example:
        >>> load_protocol("us-2024-05").name
        'us-2024-05'
        >>> load_protocol("eu").maximum_courses.courses
        4
    """
    return _built_in(_revision(name, "protocol", argument="name"))


def read_protocol(path: StrPath) -> Protocol:
    """Return the protocol in a TOML file, which can extend a built-in one with `extends = "us"`.

    Tables are merged by key, actions replace those of the same id, `remove = ["…"]` removes actions, `[[courses]]`
    replaces the whole list. Without `id` and `revision` the protocol is named after the one it extends: `us-own`.

    Raises:
        UnreadableFile: The file cannot be read.
        InvalidInput: With every problem of the file, each with its path.
        UnknownName: `extends` does not name a built-in protocol.

    Example:
        >>> own = read_protocol("examples/own-protocol.toml")
        >>> own.name, own.extends
        ('harbor-2027-01', 'us-2024-05-r2')
    """
    text = read_text(path, parse="parse_protocol")
    return named(file_name(path), lambda: _protocol(as_toml(text)))


def parse_protocol(data: str | bytes | dict[str, Any]) -> Protocol:
    """Return the protocol in TOML text, or in a dict parsed from it, as `read_protocol` does. No file is opened.

    Args:
        data: The content of a protocol's file: text, UTF-8 bytes, or the dict that a TOML or JSON parser returns.

    Raises:
        InvalidInput: It is none of these, or it is not TOML; with every problem, each with its path.
        UnknownName: `extends` does not name a built-in protocol.

    Example:
        >>> parse_protocol('extends = "us-2024-05"').name
        'us-own-2024-05'
        >>> parse_protocol({"extends": "us-2024-05", "id": "harbor"}).name
        'harbor-2024-05'
    """
    return in_data(lambda: _protocol(tables_of(data, "read_protocol")))


def _revision(name: object, place: str, *, argument: str | None = None) -> str:
    names = protocol_names()
    if type(name) is str:
        found = [full for full in names if name in (full, full.partition("-")[0])]
        if found:
            return found[-1]
    short = {full.partition("-")[0] for full in names}
    known = sorted({*names, *short})
    wrong = f"no protocol is called {name if nearest(name, known) else shape_of(name)}"
    if type(name) is str and is_content(name):
        wrong = "expected the name of a protocol, got the content of a file; use `parse_protocol` for that"
    message = f"{wrong}; there are {', '.join(known)}{near_miss(name, known)}"
    raise UnknownName("unknown-name", message, place=place, argument=argument)


def _built_in_text(full_name: str) -> str:
    return (_LABELS / f"{full_name}{_SUFFIX}").read_text(encoding="utf-8")


@cache
def _built_in(full_name: str) -> Protocol:
    return named(full_name, lambda: Protocol.model_validate(as_toml(_built_in_text(full_name))))


def _protocol(data: dict[str, Any]) -> Protocol:
    if "extends" not in data:
        return Protocol.model_validate(data)
    full_name = _revision(data["extends"], "extends")
    merged = _extended(as_toml(_built_in_text(full_name)), data) | {"extends": full_name}
    if not {"id", "revision"} & data.keys():
        merged["id"] = f"{merged['id']}-own"  # a changed protocol must not have the name of a built-in one
    protocol = Protocol.model_validate(merged)
    if protocol.name == full_name:
        message = f"this is the name of the built-in protocol {full_name}; set your own `id` or `revision`"
        raise InvalidInput([Problem("protocol-contradiction", "id", message)])
    return protocol


def _extended(built_in: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = _merged(built_in, {key: value for key, value in own.items() if key not in ("actions", "remove")})
    actions, remove = own.get("actions", []), own.get("remove", [])
    if type(remove) is not list:
        raise InvalidInput([Problem("wrong-type", "remove", f"expected a list of action ids, got {kind_of(remove)}")])
    return {**merged, "actions": _actions(built_in["actions"], actions, remove) if type(actions) is list else actions}


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {key: _merged(below[key], value) for key, value in above.items() if _are_tables(below.get(key), value)}
    merged = {**below, **above, **both}
    if "cite" in below and "cite" not in above and merged != below:
        # A number of the clinic's own is not from the label, even though the table still cites the label.
        return {key: value for key, value in merged.items() if key != "grade"} | {"basis": "convention"}
    return merged


def _are_tables(*values: Any) -> bool:
    return all(type(value) is dict for value in values)


def _actions(built_in: list[Any], own: list[Any], remove: list[Any]) -> list[Any]:
    """Return the built-in actions, with actions of the same id replaced, some removed, and new ones added."""
    known = [action["id"] for action in built_in]
    ids = [row.get("id") if type(row) is dict else None for row in own]
    if len(remove) > MOST_REMOVED:
        message = f"expected at most {MOST_REMOVED:,} action ids, got {len(remove):,}; name each once"
        raise InvalidInput([Problem("too-large", "remove", message)])
    faults = [fault for name in remove if (fault := _wrong_removal(name, known, ids))]
    if faults:
        raise InvalidInput(faults)
    kept: list[Any] = []
    for action in built_in:
        replacing = [row for row, name in zip(own, ids, strict=True) if name == action["id"]]
        kept += replacing or [action] * (action["id"] not in remove)
    return kept + [row for row, name in zip(own, ids, strict=True) if name not in known]


def _wrong_removal(name: Any, known: list[Any], given: list[Any]) -> Problem | None:
    if name not in known:
        message = f"no built-in action is called {shape_of(name)}{near_miss(name, known)}"
        return Problem("unknown-name", "remove", message)
    if name in given:
        message = f"the action {name!r} is both removed and defined; a definition already replaces the built-in action"
        return Problem("protocol-contradiction", "remove", message)
    return None
