"""Read a file of clinicians' decisions on courses that need one."""

from typing import Final

from lemtrada_schedule.records.history import Decision
from lemtrada_schedule.sources.files import named, read_text
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = ["read_decisions"]

MOST_KEYS: Final = 1_000
"""Maximum number of keys of one object; a decision has five."""


class _Decisions(Model):
    decisions: Many[Decision]


def read_decisions(path: StrPath) -> tuple[Decision, ...]:
    """Return the decisions in a JSON file: a list of objects with `course`, `decision`, `by`, `why` and `on`.

    Raises:
        UnreadableFile: The file cannot be read, or is not UTF-8.
        InvalidInput: It is not such a list; with every problem.

    Example:
        >>> read_decisions("examples/decisions.json")[0].decision
        'resume'
    """
    name = file_name(path)
    return named(name, lambda: _decisions(read_text(path)))


def _decisions(text: str) -> tuple[Decision, ...]:
    return _Decisions.model_validate({"decisions": as_json(text, most_keys=MOST_KEYS)}).decisions
