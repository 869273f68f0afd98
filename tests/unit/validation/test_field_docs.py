"""Every field has a description in the JSON Schema: its docstring, read from the source only when one is asked for."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from pydantic import model_serializer

from lemtrada_schedule import Clinic, Course, Offset, Plan, Span
from lemtrada_schedule.protocol.actions import SeriesAction
from lemtrada_schedule.validation.field_docs import described, field_docs
from lemtrada_schedule.validation.model import Model
from tests.support.for_each import each
from tests.support.hostile_values import nouns, samples

SAMPLED: Final = sorted(samples(), key=lambda noun: noun.__name__)


@each(nouns())
def test_every_field_has_a_docstring(noun: type[Model]) -> None:
    assert [name for name in noun.model_fields if name not in field_docs(noun)] == []


def test_a_docstring_is_on_one_line_and_inherited() -> None:
    """`cite` is a field of `Citation`, `title` of the base of actions; the docstring of `revision` has two lines."""
    docs = field_docs(SeriesAction)
    assert docs["cite"] == "The key of the source in the protocol."
    assert docs["title"] == "What is to be done, in words for people."
    assert docs["every"] == "The span between two due dates."
    assert field_docs(Clinic)["holiday_categories"].startswith("Whose holidays are closed days, by the categories of")
    assert "\n" not in "".join(field_docs(Clinic).values())


def test_a_class_of_somebody_else_has_none() -> None:
    """Nor has one without source, such as a class made at run time."""

    class Foreign(Model):
        name: str
        """Not looked for."""

    fields = {"model_fields": {"name": None}}
    assert field_docs(Foreign) == {}
    assert field_docs(type("Made", (), {"__module__": "lemtrada_schedule.plan.courses", **fields})) == {}
    assert field_docs(type("Made", (), {"__module__": "lemtrada_schedule.nowhere", **fields})) == {}


def test_a_type_that_is_written_as_text_has_no_properties() -> None:
    class Named(Model):
        name: str

        @model_serializer
        def _write(self) -> str:
            return self.name

    assert "properties" in schema(Named, "validation")
    assert "properties" not in schema(Named, "serialization")


def test_json_says_null() -> None:
    shown = described(Course, {"recommended": {"type": "string"}, "other": {"type": "string"}})
    assert "optional courses: `null` (S13)" in shown["recommended"]["description"]
    assert shown["other"] == {"type": "string"}


def test_the_shortest_length_of_a_list_is_named_as_json_schema_does() -> None:
    """Without it, pydantic names it as that of a text, which a validator of JSON Schema does not apply to a list."""
    course = Course.model_json_schema()["properties"]["days"]
    assert course["minItems"] == 1
    assert "minLength" not in course
    categories = Clinic.model_json_schema()["properties"]["holiday_categories"]["anyOf"]
    assert [one.get("minItems") for one in categories] == [1, None]
    assert Clinic.model_json_schema()["properties"]["name"]["anyOf"][0]["minLength"] == 1


def schema(noun: type[Model], mode: Any) -> dict[str, Any]:
    return noun.model_json_schema(mode=mode)


@each(SAMPLED)
def test_what_is_written_matches_the_schema_in_both_directions(noun: type[Model]) -> None:
    written = json.loads(samples()[noun].model_dump_json())
    for mode in ("validation", "serialization"):
        validator = jsonschema.Draft202012Validator(schema(noun, mode))
        assert [error.message for error in validator.iter_errors(written)] == [], mode


@pytest.mark.parametrize(
    ("noun", "right", "wrong"),
    [
        (Span, ["1 month", "12 months", "42 days"], ["12", "0 days", "12 months later", 12]),
        (Offset, ["first infusion", "last infusion + 4 months", "first infusion - 42 days"], ["infusion", "last"]),
    ],
)
def test_a_span_is_text_in_the_schema(noun: type[Model], right: list[str], wrong: list[Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema(noun, "validation"))
    assert [validator.is_valid(text) for text in right] == [True] * len(right)
    assert [validator.is_valid(text) for text in wrong] == [False] * len(wrong)
    assert schema(noun, "validation")["description"].startswith(("A length of calendar time", "A day"))


def test_an_import_reads_no_source() -> None:
    """Reading the source of every class takes longer than everything else that an import does."""
    asked = "import linecache; from lemtrada_schedule import Plan; print([n for n in linecache.cache if 'lemtra' in n])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=Path("/"))
    assert told.stdout == "[]\n"


def test_a_validator_is_built_at_its_first_use_and_an_adapter_at_once() -> None:
    """FastAPI makes an adapter of each type of a body, and would warn if it were built at the first request."""
    asked = (
        "from pydantic import TypeAdapter; from lemtrada_schedule import Plan; print(Plan.__pydantic_complete__);"
        "print(TypeAdapter(Plan).pydantic_complete)"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=Path("/"))
    assert told.stdout == "False\nTrue\n"


def test_the_schema_of_a_plan_describes_every_field() -> None:
    plan = Plan.model_json_schema(mode="serialization")
    objects = [plan, *plan["$defs"].values()]
    assert len(objects) > 25
    bare = [(one["title"], name) for one in objects for name, field in one.get("properties", {}).items()
            if "description" not in field]  # fmt: skip
    assert bare == []
