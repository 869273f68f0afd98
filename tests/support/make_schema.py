"""Write the JSON Schema of a plan: `python -m tests.support.make_schema`. A test fails when the file is stale."""

import json
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule import Plan

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
NAME: Final = "urn:lemtrada-schedule:plan:2"
"""A name, no address: nothing is fetched. The number is that of `schema_version`."""
PATH: Final = Path(__file__).parents[2] / "docs" / "schema" / "plan.schema.json"


def schema() -> dict[str, Any]:
    """Return the schema of a plan as it is written."""
    return {"$schema": DIALECT, "$id": NAME, **Plan.model_json_schema(mode="serialization")}


def text() -> str:
    """Return the schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(text(), encoding="utf-8")
