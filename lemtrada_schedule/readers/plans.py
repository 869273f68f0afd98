"""Read a plan from its JSON file, or from the JSON itself."""

from typing import Any

from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.protocol.same_protocol import is_made_by
from lemtrada_schedule.readers.protocols import load_protocol, protocol_names
from lemtrada_schedule.sources.content import in_data, parsed_or_text
from lemtrada_schedule.sources.files import named, read_text
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = ["parse_plan", "read_plan"]

_EXPECTED = "expected a plan, as `plan --plan-out` writes it"

_NO_PLAN = Problem("wrong-type", "", f"this is not a plan; {_EXPECTED}")

_OF_A_PLAN = frozenset({"activities", "provenance", "schema_version"})
"""Keys of a plan. No other file of this library has two of them."""

_REVISION = Problem(
    "wrong-type",
    "",
    "this is a revision, as `replan --format json` writes it; pass its `plan` alone, as `replan --plan-out` writes it",
)


def read_plan(path: StrPath) -> Plan:
    """Return the plan in a JSON file, equal to the one that was written.

    A plan of an earlier release does not hold its protocol. If that is a built-in one, it is added
    (`provenance.rules`), so that `due` and `worklist` can use the plan.

    If the installed time zone data contradict an offset in the file, the wall time is kept and the plan has the
    finding `zone-data-differs`.

    Raises:
        UnreadableFile: The file cannot be read.
        InvalidInput: With every problem of the file; `newer-schema` if it was written by a newer version.

    Example:
        >>> from datetime import date
        >>> from pathlib import Path
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> boston = read_clinic("examples/boston.toml")
        >>> plan = plan_treatment(load_protocol("us"), boston, not_before=date(2027, 1, 11))
        >>> written = Path("plan.json").write_text(plan.model_dump_json(), encoding="utf-8")
        >>> read_plan("plan.json") == plan
        True
    """
    text = read_text(path, parse="parse_plan")
    return named(file_name(path), lambda: _plan_in(text))


def parse_plan(data: str | bytes | dict[str, Any]) -> Plan:
    """Return the plan in JSON text, or in a dict parsed from it, as `read_plan` does. No file is opened.

    Args:
        data: The JSON of a plan, as `Plan.model_dump_json` writes it: text, UTF-8 bytes, or the dict parsed from it.

    Raises:
        InvalidInput: It is none of these, or not a plan; with every problem. `newer-schema` if it was written by a
            newer version.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> boston = read_clinic("examples/boston.toml")
        >>> plan = plan_treatment(load_protocol("us"), boston, not_before=date(2027, 1, 11))
        >>> parse_plan(plan.model_dump_json()) == parse_plan(plan.model_dump(mode="json")) == plan
        True
    """
    return in_data(lambda: _plan_in(parsed_or_text(data, "read_plan")))


def _plan_in(given: str | dict[str, Any]) -> Plan:
    try:
        return _with_rules(Plan.model_validate_json(given) if isinstance(given, str) else Plan.model_validate(given))
    except InvalidInput as error:
        refusal = error
    if refusal.code in ("json-structure", "too-large"):
        raise InvalidInput([Problem(one.code, one.place, f"{one.message}; {_EXPECTED}") for one in refusal.problems])
    data = as_json(given) if isinstance(given, str) else given
    if type(data) is dict and data.keys() == {"plan", "changes"}:
        raise InvalidInput([_REVISION])
    is_no_plan = type(data) is dict and len(_OF_A_PLAN & data.keys()) < 2  # else all fields would be reported
    raise InvalidInput([_NO_PLAN]) if is_no_plan and refusal.code != "newer-schema" else refusal


def _with_rules(plan: Plan) -> Plan:
    """Return a plan with its protocol, if it is a built-in one that the plan does not hold yet."""
    made = plan.provenance
    if made.rules is not None or plan.protocol not in protocol_names():
        return plan
    rules = load_protocol(plan.protocol)
    if not is_made_by(made.protocol_digest, rules):
        return plan
    return plan.model_copy(update={"provenance": made.model_copy(update={"rules": rules})})
