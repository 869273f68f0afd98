"""Descriptions of fields in a JSON Schema: the docstring below each field, read from the source on demand."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any

__all__ = ["described", "field_docs", "text_schema"]


def described(model: type, properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a JSON Schema with the docstring of each field as its description.

    The minimum length of a list gets its JSON Schema name; pydantic would name it as for text.
    """
    docs = {name: text.replace("`None`", "`null`") for name, text in field_docs(model).items()}
    properties = {name: _lists_named(schema) for name, schema in properties.items()}
    return {
        name: {**schema, "description": docs[name]} if name in docs else schema for name, schema in properties.items()
    }


def text_schema(model: type, pattern: str) -> dict[str, Any]:
    """Return the JSON Schema of a class that is stored in JSON as text with a pattern."""
    return {"type": "string", "pattern": f"^{pattern}$", "title": model.__name__, "description": inspect.getdoc(model)}


def _lists_named(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(either := schema.get("anyOf"), list):
        return {**schema, "anyOf": [_lists_named(one) for one in either]}
    if schema.get("type") != "array" or "minLength" not in schema:
        return schema
    return {"minItems" if name == "minLength" else name: value for name, value in schema.items()}


@cache
def field_docs(model: type) -> dict[str, str]:
    """Return the docstring of each field of a class and its bases, on one line; classes without source have none.

    pydantic can read them too (`use_attribute_docstrings`), but does so for every class at import.
    """
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        found.update(_docs_of(base) if base.__module__.startswith("lemtrada_schedule.") else ())
    return {name: found[name] for name in getattr(model, "model_fields", ()) if name in found}


def _docs_of(model: type) -> Iterator[tuple[str, str]]:
    try:
        source = inspect.getsource(model)
    except (OSError, TypeError):  # such as a package that was compiled without its source
        return
    (own,) = ast.parse(dedent(source)).body
    for field, below in pairwise(own.body if isinstance(own, ast.ClassDef) else ()):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split())
