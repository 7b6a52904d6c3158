"""All keys of a scenario as the schema has them: kind, default, what is allowed, meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from simkit.scenario.schema import Scenario

Node = Mapping[str, Any]
TYPES = {"number": "number", "integer": "whole number", "string": "text", "boolean": "true or false"}
BOUNDS = {
    "minimum": ">= {:g}",
    "exclusiveMinimum": "> {:g}",
    "maximum": "<= {:g}",
    "exclusiveMaximum": "< {:g}",
}


class Key(NamedTuple):
    """A key: where it stands, in which variant of its table (else ""), and all about it.

    section: dotted, with "[]" behind a list of tables. default: None also where there is none; required says
    whether it must be given.
    """

    section: str
    name: str
    variant: str
    allowed: str
    default: Any
    required: bool
    meaning: str

    @property
    def path(self) -> str:
        """Return the dotted key."""
        return f"{self.section}.{self.name}"


# It is gone once the preset is merged in: no scenario has it.
BASE_KEY = Key(
    *("scenario", "base", "", "name of a preset", None, False),
    meaning="In a file alone: the preset that has all that the file leaves out.",
)


def scenario_keys() -> list[Key]:
    """Return all keys of a file, in the order of the schema."""
    schema = Scenario.model_json_schema()
    return [BASE_KEY, *_table(schema, schema["$defs"], "", "")]


def file_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file, for editors; a base may have the sections that it leaves out."""
    schema = Scenario.model_json_schema()
    schema["$defs"]["Identity"]["properties"][BASE_KEY.name] = {
        "type": "string",
        "description": BASE_KEY.meaning,
    }
    del schema["required"]
    return schema


def _table(node: Node, parts: Node, section: str, variant: str) -> Iterator[Key]:
    """Yield a table's own keys, then those of the tables in it."""
    below = []
    for name, field in node["properties"].items():
        tables = list(_tables(field, parts))
        path = f"{section}.{name}".lstrip(".")
        choice = field.get("discriminator") or field.get("items", {}).get("discriminator", {})
        tag = choice.get("propertyName")
        for table, repeated in tables:
            kind = f'{tag} = "{table["properties"][tag]["const"]}"' if tag else variant
            below.append((table, path + "[]" * repeated, kind))
        if not tables:
            required = name in node.get("required", ())
            meaning = field.get("description", "")
            yield Key(section, name, variant, _allowed(field), field.get("default"), required, meaning)
    for table, path, kind in below:
        yield from _table(table, parts, path, kind)


def _tables(field: Node, parts: Node) -> Iterator[tuple[Node, bool]]:
    """Yield the tables that a key holds, and whether it is a list of them."""
    if "$ref" in field:
        yield parts[field["$ref"].rpartition("/")[2]], False
    elif "properties" in field:
        yield field, False
    for part in (*field.get("oneOf", ()), *field.get("anyOf", ())):
        yield from _tables(part, parts)
    if "items" in field:
        yield from ((table, True) for table, _ in _tables(field["items"], parts))


def _allowed(field: Node) -> str:
    """Return what a value may be, in words."""
    if "const" in field:
        return f'"{field["const"]}"'
    if "enum" in field:
        return ", ".join(f'"{value}"' for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(_allowed(part) for part in field["anyOf"] if part.get("type") != "null")
    if field.get("type") == "array":
        return f"[{', '.join(map(_allowed, field['prefixItems']))}]" if "prefixItems" in field else "list"
    if field.get("type") == "object":
        return "table"
    bounds = [text.format(field[name]) for name, text in BOUNDS.items() if name in field]
    return " ".join([TYPES.get(field.get("type", ""), "any"), ", ".join(bounds)]).strip()
