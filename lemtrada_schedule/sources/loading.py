"""Load sources: built-in ones by name, your own from a TOML file; both are validated in the same way."""

from functools import cache
from pathlib import Path, PurePath
from typing import Any, Final, cast

from lemtrada_schedule.errors import UnknownName, kind_of, shape_of
from lemtrada_schedule.sources.content import in_data, tables_of
from lemtrada_schedule.sources.files import as_toml, named, read_text
from lemtrada_schedule.sources.source import Source
from lemtrada_schedule.validation.arguments import refused, refused_argument
from lemtrada_schedule.validation.near_names import near_miss, nearest
from lemtrada_schedule.validation.paths import StrPath, file_name, is_content

__all__ = ["SourceLike", "load_source", "parse_source", "source_names", "source_of"]

SourceLike = Source | StrPath
"""A source, the name of a built-in one, or the path of a TOML file."""

_SHIPPED: Final = Path(__file__).parent / "shipped"

_SUFFIX: Final = ".toml"


@cache
def source_names() -> tuple[str, ...]:
    """Return the names of the built-in sources, sorted.

    Example:
        >>> source_names()
        ('claims', 'mar', 'omop', 'registry')
    """
    return tuple(sorted(source.stem for source in _SHIPPED.glob(f"*{_SUFFIX}")))


def load_source(name_or_path: StrPath) -> Source:
    """Return a built-in source by its name, or the source in a TOML file, which can extend a built-in one.

    With `extends = "claims"`, the tables of the file are merged with those of the built-in source by key.

    Args:
        name_or_path: A name, such as `claims`, or a path. Text is a path if it ends in `.toml`.

    Raises:
        UnknownName: No built-in source has this name; the message lists the names.
        UnreadableFile: The file cannot be read.
        InvalidInput: With every problem of the file, each with its path.

    Example:
        >>> load_source("claims").units.per_infusion
        12
        >>> load_source("examples/sources/german-export.toml").read.date_format
        'DD.MM.YYYY'
    """
    return _loaded(name_or_path, "name_or_path")


def parse_source(data: str | bytes | dict[str, Any]) -> Source:
    r"""Return the source in TOML text, or in a dict parsed from it, as `load_source` does. No file is opened.

    Args:
        data: The content of a source's file: text, UTF-8 bytes, or the dict that a TOML or JSON parser returns.

    Raises:
        InvalidInput: It is none of these, or it is not TOML; with every problem, each with its path.
        UnknownName: `extends` does not name a built-in source.

    Example:
        >>> parse_source('[columns]\npatient = "MRN"\ndate = "Day"').columns.patient
        'MRN'
        >>> parse_source({"extends": "omop", "medicine": {"lemtrada": ["1234"]}}).medicine.column
        'drug_concept_id'
    """
    return in_data(lambda: _source(tables_of(data, "load_source")))


def source_of(source: SourceLike, argument: str = "source") -> Source:
    """Return the source that an argument names: a name, a path or a `Source`; errors are those of `load_source`."""
    return source if type(source) is Source else _loaded(source, argument)


def _loaded(given: object, argument: str) -> Source:
    is_path = issubclass(type(given), PurePath) or (type(given) is str and _is_path(given))
    if is_path:
        path = cast("StrPath", given)
        text = read_text(path, parse="parse_source")
        return named(file_name(path), lambda: _source(as_toml(text)))
    if type(given) is not str:
        message = f"expected the name of a source, the path of a .toml file or a Source, got {kind_of(given)}"
        raise refused_argument("wrong-type", argument, message)
    return _built_in(_known(given, argument, argument=argument))


def _is_path(text: str) -> bool:
    return not is_content(text) and text.lower().endswith(_SUFFIX)


def _known(name: object, place: str, *, argument: str | None = None) -> str:
    names = source_names()
    if type(name) is str and name in names:
        return name
    wrong = f"no source is called {name if nearest(name, names) else shape_of(name)}"
    if type(name) is str and is_content(name):
        wrong = "expected the name of a source, got the content of a file; use `parse_source` for that"
    message = f"{wrong}; there are {', '.join(names)}{near_miss(name, names)}; your own is the path of a .toml file"
    raise UnknownName("unknown-name", message, place=place, argument=argument)


@cache
def _built_in(name: str) -> Source:
    return named(name, lambda: Source.model_validate(_tables(name)))


def _tables(name: str) -> dict[str, Any]:
    return as_toml((_SHIPPED / f"{name}{_SUFFIX}").read_text(encoding="utf-8"))


def _source(data: dict[str, Any]) -> Source:
    if not data:
        message = "the source is empty; name the columns of the table under `[columns]`, or what differs under `[read]`"
        raise refused("missing-field", "", message)
    if "extends" not in data:
        return Source.model_validate(data)
    name = _known(data["extends"], "extends")
    return Source.model_validate({**_merged(_tables(name), data), "extends": name})


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {key: {**below[key], **value} for key, value in above.items() if _are_tables(below.get(key), value)}
    return {**below, **above, **both}


def _are_tables(*values: Any) -> bool:
    return all(type(value) is dict for value in values)
