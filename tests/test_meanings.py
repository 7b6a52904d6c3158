"""What the keys of a section mean is read from its source."""

from __future__ import annotations

from pydantic import create_model

from simkit.sections import Section


class Lower(Section):
    depth_mm: float = 1.0
    """How deep it is,
    from above."""
    silent: int = 0


class Higher(Lower):
    width_mm: float = 1.0
    """How wide it is."""


def described(section: type[Section]) -> dict[str, str | None]:
    return {name: key.get("description") for name, key in section.model_json_schema()["properties"].items()}


def test_a_key_is_described_where_it_is_inherited_too():
    assert described(Lower) == {"depth_mm": "How deep it is,\nfrom above.", "silent": None}
    assert described(Higher) == {**described(Lower), "width_mm": "How wide it is."}


def test_a_section_without_a_source_has_the_words_of_its_base():
    made = create_model("Made", __base__=Lower, more=(int, 3))
    assert described(made) == {**described(Lower), "more": None}
