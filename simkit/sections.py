"""Sections of a scenario: each a frozen table with its keys, beside what it describes.

A room declares its sections as classes; the scenario (simkit.scenario.schema) is their union. Where a key
says which kind of thing a table describes (`geometry.kind`), the room lists the kinds (`OneOf`), and plug-ins
may bring more.
"""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import PydanticKnownError, core_schema

from simkit.brought import check_member, check_section
from simkit.errors import BadInput, shown, unknown
from simkit.meanings import with_meanings
from simkit.plugins import KINDS, find_plugin, plugins

KeyPath = tuple[str | int, ...]


class Section(BaseModel):
    """A table of the scenario: frozen, no unknown keys, no silent conversions, no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> Any:
        """Return the JSON Schema with what the keys mean: read here, it costs no start 50 ms."""
        return with_meanings(cls, handler(schema), handler)

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """Yield (path of a key, what is wrong) of what no key shows by itself: files, keys that must fit."""
        yield from ()

    @classmethod
    def read(cls, values: Mapping[str, Any], place: str) -> Self:
        """Return the section of plain `values`; `place` is its path in a scenario. Errors: BadInput."""
        try:
            return cls.model_validate(frozen(values))
        except ValidationError as error:
            raise bad_section(error, cls, values, lambda path, missing: "", place) from None


class OneOf:
    """Annotates a key that holds one of several sections: the table's key `tag` says which.

    of: the class that all derive from. own: the room's sections, each with `tag` as a Literal. brought: which
    of simkit.plugins.KINDS brings more, "" for none. default: the kind of a table that names none.
    """

    def __init__(
        self,
        of: type[Section],
        tag: str,
        own: Sequence[type[Section]],
        brought: str = "",
        default: str | None = None,
    ):
        self.of, self.tag, self.brought, self.default = of, tag, brought, default
        self.own = {self._name(kind): kind for kind in own}

    def find(self, name: Any) -> type[Section]:
        """Return the section called `name`. Errors: pydantic's for an unknown one, BadInput of a plug-in."""
        names = [*self.own, *(plugins(self.brought) if self.brought else ())]
        if name not in names:
            expected = ", ".join(map(repr, names))
            context = {"discriminator": repr(self.tag), "tag": str(name), "expected_tags": expected}
            raise PydanticKnownError("union_tag_invalid", context)
        kind = find_plugin(self.brought, name, self.own) if self.brought else None
        if kind is None:
            return self.own[name]
        what = f"{KINDS[self.brought]} {name!r}"
        check_section(what, kind, self.of)
        if self._name(kind) != name:
            raise BadInput(f"{what}: {kind.__name__}.{self.tag} must be Literal[{name!r}], which names it")
        return kind

    def known(self) -> dict[str, type[Section]]:
        """Return all sections by name; plug-ins are loaded. Errors: BadInput."""
        brought = plugins(self.brought) if self.brought else ()
        return {name: self.find(name) for name in [*self.own, *brought]}

    def section_of(self, value: Any) -> type[Section]:
        """Return the section that a table is of. Errors: those of pydantic."""
        if not isinstance(value, Mapping):
            raise PydanticKnownError("dict_type")
        name = value.get(self.tag, self.default)
        if name is None:
            raise PydanticKnownError("union_tag_not_found", {"discriminator": repr(self.tag)})
        return self.find(name)

    def _name(self, kind: type[Section]) -> str:
        return str(next(iter(typing.get_args(kind.model_fields[self.tag].annotation)), ""))

    def _validate(self, value: Any) -> Section:
        return value if isinstance(value, self.of) else self.section_of(value).model_validate(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        kinds = {name: kind.__pydantic_core_schema__ for name, kind in self.known().items()}
        return handler(core_schema.tagged_union_schema(kinds, self.tag))


class Extended:
    """Annotates a key that holds a table with tables in it: the room's own, and those that plug-ins bring.

    of: the section with the other keys of the table. own: what brings a table each, all of the class
    `member`: its `name` is the table's key, its `section` the table's class. brought: which of
    simkit.plugins.KINDS brings more. The room's own tables are always there, those of plug-ins where they are
    given.
    """

    def __init__(self, of: type[Section], member: type, own: Sequence[Any], brought: str):
        self.of, self.member, self.brought = of, member, brought
        self.own = {thing.name: thing for thing in own}
        self._made: dict[tuple[type[Section], ...], type[Section]] = {}

    def find(self, name: str) -> Any:
        """Return what brings the table `name`. Errors: BadInput."""
        thing = find_plugin(self.brought, name, [*self.of.model_fields, *self.own])
        if thing is None:
            return self.own[name]
        what = f"{KINDS[self.brought]} {name!r}"
        check_member(what, thing, name, self.member, self.of, Section)
        return thing

    def given(self, table: Section) -> Iterator[tuple[Any, Section]]:
        """Yield (what brings it, the section) of each table in `table`."""
        for name in type(table).model_fields:
            if name not in self.of.model_fields and (section := getattr(table, name)) is not None:
                yield self.find(name), section

    def section_of(self, value: Any) -> type[Section]:
        """Return the class of a table: with the tables of the plug-ins that it names. Errors: pydantic's."""
        if not isinstance(value, Mapping):
            raise PydanticKnownError("dict_type")
        others = [name for name in value if name not in self.own and name not in self.of.model_fields]
        return self._make([name for name in plugins(self.brought) if name in others] if others else [])

    def validate(self, value: Any) -> Section:
        """Return the table of plain values. Errors: pydantic's, BadInput of a plug-in."""
        return value if isinstance(value, self.of) else self.section_of(value).model_validate(value)

    def _make(self, names: Sequence[str]) -> type[Section]:
        brought = {name: self.find(name).section for name in names}
        kinds = tuple(brought.values())
        if kinds not in self._made:
            fields: dict[str, Any] = {name: (of.section, of.section()) for name, of in self.own.items()}
            fields |= {name: (section | None, None) for name, section in brought.items()}
            self._made[kinds] = create_model(self.of.__name__, __base__=self.of, **fields)
        return self._made[kinds]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        made = self._make(list(plugins(self.brought)))
        return made.__get_pydantic_json_schema__(made.__pydantic_core_schema__, handler)


def frozen(value: Any) -> Any:
    """Return `value` with its lists as tuples: a scenario does not change."""
    if isinstance(value, Mapping):
        return {key: frozen(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(frozen(item) for item in value)
    return value


# What values have in common.

Vector = tuple[float, float, float]


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must not hold control characters")
    return value


# Of what is shown to people.
PRINTABLE = AfterValidator(_printable)

# A region's name is a column in records and part of dotted keys: no dots, no blanks.
REGION_NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,39}$"
RegionName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=40)]

Length = Annotated[float, Field(gt=0.0, le=1e7)]  # mm
NotNegative = Annotated[float, Field(ge=0.0)]


def numbers(value: Any, n: int) -> tuple[float, ...] | None:
    """Return `value` as `n` finite numbers, None when it is anything else."""
    if not isinstance(value, tuple) or len(value) != n:
        return None
    if any(isinstance(x, bool) or not isinstance(x, (int, float)) or not math.isfinite(x) for x in value):
        return None
    return tuple(float(x) for x in value)


# What pydantic finds wrong, in one line: where, which key, found, allowed.

_WORDS = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "must be a table"),
    "finite_number": "must be a finite number, not NaN or infinity",
}


def bad_section(
    error: ValidationError,
    of: type[Section],
    values: Any,
    origin: Callable[[Sequence[str | int], bool], str],
    place: str = "",
) -> BadInput:
    """Return the one-line error for the first problem that pydantic found in `values`.

    origin(path, missing): the file or option that set what stands at `path`, or that should have; may be "".
    place: the path of `values` themselves.
    """
    problems = error.errors(include_url=False)
    # An unknown key is often the cause of a missing one, so it comes first.
    first = min(problems, key=lambda problem: problem["type"] != "extra_forbidden")
    path, kind, found = first["loc"], first["type"], _plain(first["input"])
    key = ".".join(str(part) for part in (place, *path) if part != "")
    label = origin(path, kind in ("missing", "union_tag_not_found"))
    where = f"{label}: " if label else ""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    if kind == "extra_forbidden":
        name = str(path[-1])
        parent = key.removesuffix(name).rstrip(".")
        at = f"{where}[{parent}]" if parent else label
        return BadInput(str(unknown("key", name, _keys_at(of, values, path[:-1]), at)) + more)
    if kind in ("literal_error", "union_tag_invalid"):
        context = first.get("ctx", {})
        text = context.get("expected") or context.get("expected_tags", "")
        allowed = [part.strip(" '") for part in text.replace(" or ", ", ").split(",")]
        if kind == "union_tag_invalid":
            key, found = f"{key}.{context['discriminator'][1:-1]}", context["tag"]
        text = str(unknown("value", found, allowed, f"{where}{key}"))
        # The nearest name is a guess; of these few, all fit in the line.
        choices = f" (allowed: {', '.join(allowed)})" if "did you mean" in text else ""
        return BadInput(text + choices + more)
    if kind == "union_tag_not_found":
        return BadInput(f"{where}[{key}] needs the key {first['ctx']['discriminator']}{more}")
    if kind == "missing":
        return BadInput(f"{where}{key} is missing, but required{more}")
    message = _WORDS.get(kind) or _words(first["msg"])
    return BadInput(f"{where}{key}: found {shown(found)}; {message}{more}")


def _keys_at(of: type[Section], values: Any, path: Sequence[str | int]) -> list[str]:
    """Return the keys that a table at `path` of `values` may have, those that plug-ins bring too."""
    keys = [key for section in _sections_at(of, values, path) for key in section.model_fields]
    above = _sections_at(of, values, path[:-1]) if path else []
    fields = [section.model_fields[str(path[-1])] for section in above if path[-1] in section.model_fields]
    tables = [choice for field in fields for choice in field.metadata if isinstance(choice, Extended)]
    return list(dict.fromkeys([*keys, *(name for table in tables for name in plugins(table.brought))]))


def _sections_at(of: type[Section], values: Any, path: Sequence[str | int]) -> list[type[Section]]:
    """Return the sections that can stand at `path` of `values`, which are of the section `of`."""
    found, fields = [of], list[FieldInfo]()
    for part in path:
        values = values[part]
        if isinstance(part, str):
            fields = [section.model_fields[part] for section in found if part in section.model_fields]
            found = [section for field in fields for section in _sections_of(field, values)]
        else:  # of a list such as tuple[Annotated[Rule, MODELS], ...]
            items = [item for field in fields for item in typing.get_args(field.annotation)]
            choices = [one for item in items for one in getattr(item, "__metadata__", ())]
            found = [one.section_of(values) for one in choices if isinstance(one, OneOf)] or found
    return found


def _sections_of(field: FieldInfo, values: Any) -> list[type[Section]]:
    chosen = [one.section_of(values) for one in field.metadata if isinstance(one, (OneOf, Extended))]
    return chosen or _sections_in(field.annotation)


def _sections_in(annotation: Any) -> list[type[Section]]:
    """Return the sections in an annotation such as `tuple[Slab, ...]` or `Spectrum | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, tuple, typing.Annotated):
        return [section for part in typing.get_args(annotation) for section in _sections_in(part)]
    return []


def _words(message: str) -> str:
    """Return pydantic's words as the end of our line; a small number is written as people do."""
    message = re.sub(r"\b0\.0000\d+", lambda number: f"{float(number[0]):g}", message)
    if message.startswith("Input should "):
        return "must " + message.removeprefix("Input should ")
    return message.removeprefix("Value error, ")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_none=True)
    return value
