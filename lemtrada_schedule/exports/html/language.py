"""The language of a page: its words, from a data file, and its dates.

`languages/en.toml` lists all keys. A file of a clinic's own replaces some or all of them. Texts of a file are text:
they become no element, and their placeholders are names of values and nothing else.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any, Final

from lemtrada_schedule.errors import InvalidInput, Problem, UnreadableFile, shape_of
from lemtrada_schedule.exports.html.language_dates import Dates, dates_of
from lemtrada_schedule.exports.html.markup import Child, Markup, joined
from lemtrada_schedule.validation.arguments import refused_argument
from lemtrada_schedule.validation.near_names import near_miss
from lemtrada_schedule.validation.paths import StrPath, cannot_be_read, file_name
from lemtrada_schedule.validation.scalars import hidden_character
from lemtrada_schedule.validation.toml_text import as_toml

__all__ = ["Language", "WordsSource", "english", "language_of", "languages"]

WordsSource = StrPath | Mapping[str, Any]
"""Words of a clinic's own: the path of a TOML file, or the dict that a TOML parser makes of it."""

Text = str | Mapping[str, str]
"""A text, or one for each plural form."""

ORIGINAL: Final = "en"

LARGEST: Final = 64 * 1024
"""In bytes. A whole language has some 12,000."""

LONGEST: Final = 1_000
"""In characters, of one text."""

MOST_TITLES: Final = 500

MOST_PROBLEMS: Final = 20

_FREE: Final = ("titles", "visits")
"""Tables whose keys are titles of protocols."""

_PLURALS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})

_TAG: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True, repr=False)
class Language:
    """The words and the dates of a page in one language."""

    tag: str
    """By BCP 47, such as `de-CH`."""
    dates: Dates
    texts: Mapping[str, Text]
    titles: Mapping[str, str] = field(default_factory=dict)
    visits: Mapping[str, str] = field(default_factory=dict)
    is_reviewed: bool = True

    @property
    def is_original(self) -> bool:
        """Whether it is English, the language of findings, reasons and titles in a plan."""
        return _base(self.tag) == ORIGINAL

    def text(self, key: str, /, **values: str | int) -> str:
        """Return a text with its values."""
        return self._chosen(key, values).format_map(values)

    def say(self, key: str, /, **values: Child) -> Markup:
        """Return a text as markup; its values may be elements."""
        chosen = self._chosen(key, values)
        return joined(
            part for before, name, _, _ in Formatter().parse(chosen) for part in (before, values.get(name or ""))
        )

    def title(self, title: str) -> str:
        """Return a title of a protocol in this language; as it is where no word is known for it."""
        return self.titles.get(title, title)

    def visit(self, title: str) -> str:
        """Return what a visit with this neutral title is called."""
        return self.visits.get(title) or self.title(title)

    def _chosen(self, key: str, values: Mapping[str, object]) -> str:
        text = self.texts[key]
        if isinstance(text, str):
            return text
        count = values["count"]
        return text.get(self.dates.plural(count if isinstance(count, int) else 0), text["other"])


@cache
def languages() -> tuple[str, ...]:
    """Return the languages whose words are part of this library."""
    return tuple(sorted(one.name.removesuffix(".toml") for one in _folder().iterdir() if one.name.endswith(".toml")))


@cache
def english() -> Language:
    """Return the language of the library itself."""
    return language_of(None, None)


def language_of(language: object, words: WordsSource | None) -> Language:
    """Return the language of a page.

    Args:
        language: A tag by BCP 47. `None`: the language of `words`, else English.
        words: A file of the clinic's own, or its content.

    Raises:
        InvalidInput: No words for the language (`unknown-name`), or words with problems, each with its key.
        UnreadableFile: The file cannot be read.
        MissingExtra: Babel is not installed, and the language is not English.
    """
    own, name = (None, "words") if words is None else _own(words)
    tag = _tag(language, own, name)
    if own is None:
        return _shipped(tag)
    try:
        return _with_own(tag, own)
    except InvalidInput as error:
        refusal = error.under(name)
    raise refusal


# --- the words of this library -------------------------------------------------------------------


def _folder() -> Any:
    return files(__package__).joinpath("languages")


@cache
def _tables(name: str) -> dict[str, Any]:
    return as_toml(_folder().joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _keys() -> dict[str, Text]:
    return dict(_texts(_tables(ORIGINAL)))


def _texts(tables: Mapping[str, Any]) -> Iterator[tuple[str, Text]]:
    for name, table in tables.items():
        if name not in _FREE and isinstance(table, dict):
            yield from ((f"{name}.{key}", text) for key, text in table.items())


@cache
def _shipped(tag: str) -> Language:
    tables = _tables(_base(tag))
    reviewed = _base(tag) == ORIGINAL or "reviewed_by" in tables
    texts, titles, visits = dict(_texts(tables)), tables["titles"], tables["visits"]
    return Language(tag, dates_of(tag), texts, titles, visits, reviewed)


def _base(tag: str) -> str:
    return tag.partition("-")[0]


# --- which language ------------------------------------------------------------------------------


def _tag(language: object, own: Mapping[str, Any] | None, name: str) -> str:
    stated = own.get("language") if own else None
    if own is not None and (type(stated) is not str or not _TAG.fullmatch(stated)):
        message = f"expected the language of these words, such as 'fr' or 'pt-BR', got {shape_of(stated)}"
        raise InvalidInput([Problem("unknown-name", f"{name}: language", message)])
    if language is None:
        return str(stated or ORIGINAL)
    known = {*languages(), *([_base(str(stated))] if stated else [])}
    tag = _spelled(language)
    if tag is None or _base(tag) not in known:
        near = near_miss(language, known)
        message = (
            f"expected one of {', '.join(sorted(known))}, with a region if need be (de-AT), got {shape_of(language)}"
        )
        raise refused_argument("unknown-name", "language", f"{message}{near}; for another language, pass its words")
    if stated and _base(str(stated)) != _base(tag):
        message = "is not the language of these words; correct one of them"
        raise refused_argument("plan-mismatch", "language", message)
    return tag


def _spelled(language: object) -> str | None:
    """Return a tag in the usual spelling, `de-AT` for `DE-at`; `None` if it has another form."""
    if type(language) is not str or len(language) > 11:
        return None
    first, *rest = language.split("-")
    parts = [first.lower(), *(one.title() if len(one) == 4 else one.upper() for one in rest)]
    tag = "-".join(parts)
    return tag if _TAG.fullmatch(tag) else None


# --- words of the clinic's own -------------------------------------------------------------------


def _own(words: object) -> tuple[Mapping[str, Any], str]:
    if type(words) is dict:
        return words, "words"
    name = file_name(words, argument="words")  # type: ignore[arg-type]  # it refuses anything but a path
    try:
        with io.BufferedReader(io.FileIO(Path(words))) as file:  # type: ignore[arg-type]  # as above
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise cannot_be_read(name, error) from None
    if len(data) > LARGEST:
        raise UnreadableFile("too-large", f"is larger than {LARGEST // 1024} KiB; give a smaller file", place=name)
    try:
        return as_toml(data.decode("utf-8-sig")), name
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (at byte {error.start}); save it as UTF-8"
        refusal: UnreadableFile | InvalidInput = UnreadableFile("encoding", message, place=name)
    except InvalidInput as error:
        refusal = error.under(name)
    raise refusal


def _with_own(tag: str, own: Mapping[str, Any]) -> Language:
    base = _base(tag)
    shipped = _shipped(tag) if base in languages() else None
    problems = list(_problems(own, is_whole=shipped is None))
    if problems:
        raise InvalidInput(problems[:MOST_PROBLEMS])
    texts = {**(shipped.texts if shipped else {}), **dict(_texts(own))}
    titles = {**(shipped.titles if shipped else {}), **own.get("titles", {})}
    visits = {**(shipped.visits if shipped else {}), **own.get("visits", {})}
    reviewed = base == ORIGINAL or "reviewed_by" in own
    return Language(tag, shipped.dates if shipped else dates_of(tag), texts, titles, visits, reviewed)


def _problems(own: Mapping[str, Any], *, is_whole: bool) -> Iterator[Problem]:
    tables = {key.partition(".")[0] for key in _keys()}
    for name, table in own.items():
        if name in ("language", "reviewed_by"):
            yield from _text_problems(name, table, frozenset())
        elif name not in {*tables, *_FREE}:
            yield Problem("unknown-key", _place(name), f"unrecognised key{near_miss(name, {*tables, *_FREE})}")
        elif not isinstance(table, dict):
            yield Problem("wrong-type", str(name), "expected a table of texts")
        elif name in _FREE:
            yield from _title_problems(str(name), table)
        else:
            yield from _table_problems(str(name), table)
    given = dict(_texts(own)) if is_whole else {}
    for key in _keys() if is_whole else ():
        if key not in given:
            yield Problem("missing-field", key, "this text is missing; add it")


def _place(name: object) -> str:
    return name if isinstance(name, str) and len(name) <= 64 and name.isprintable() else "a key"


def _title_problems(name: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    if len(table) > MOST_TITLES:
        yield Problem("too-large", name, f"expected at most {MOST_TITLES} titles")
    for number, text in enumerate(table.values(), start=1):
        yield from _text_problems(f"{name}.{number}", text, None)


def _table_problems(name: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    known = [key for key in _keys() if key.startswith(f"{name}.")]
    for short, text in table.items():
        key = f"{name}.{short}"
        if key not in known:
            yield Problem("unknown-key", _place(key), f"unrecognised key{near_miss(key, known)}")
            continue
        original = _keys()[key]
        if isinstance(original, str):
            yield from _text_problems(key, text, _placeholders(original))
        elif not isinstance(text, dict) or "other" not in text or not text.keys() <= _PLURALS:
            message = "expected a text for each plural form: other, and where the language has them one, few, many"
            yield Problem("wrong-type", key, message)
        else:
            names = _placeholders(original["other"])
            for form, one in text.items():
                yield from _text_problems(f"{key}.{form}", one, names, optional=frozenset({"count"}))


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _text_problems(
    place: str, text: object, names: frozenset[str] | None, *, optional: frozenset[str] = frozenset()
) -> Iterator[Problem]:
    """Yield what is wrong with a text; `names` are its placeholders, and `None` for a title, which has none."""
    if type(text) is not str or not text.strip():
        yield Problem("wrong-type", place, f"expected a text, got {shape_of(text)}")
    elif len(text) > LONGEST:
        yield Problem("too-large", place, f"expected at most {LONGEST:,} characters")
    elif odd := hidden_character(text):
        yield Problem("control-character", place, f"the text holds the character U+{ord(odd):04X}; remove it")
    elif names is not None and (message := _placeholder_problem(text, names, optional)):
        yield Problem("unknown-name", place, message)


def _placeholder_problem(text: str, names: frozenset[str], optional: frozenset[str]) -> str | None:
    expected = ", ".join(f"{{{name}}}" for name in sorted(names)) or "no placeholder"
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return f"a brace is not closed or not opened; expected {expected}"
    found = {name for _, name, _, _ in parts if name is not None}
    is_plain = not any(form or how for _, name, form, how in parts if name is not None)
    if is_plain and found <= names and names - optional <= found:
        return None
    return f"expected {expected} in this text, each as it is written here"
