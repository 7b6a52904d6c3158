"""What all records are made of: parts with known keys, and a record's JSON text."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticSerializationError

from simkit.errors import readable

FINE, TOO_SLOW, PHYSICS_DIFFERS, INCONCLUSIVE = 0, 1, 2, 3  # exit codes


class Part(BaseModel):
    """A part of a record; unknown keys are refused so that a renamed field is noticed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Record(Part):
    """A whole record: its `schema` is simkit.NAME/NUMBER, and in a folder it is called NAME.json."""

    def to_json(self, indent: int | None = 2) -> str:
        """Return JSON text, keys as in the contract; names of files that are no text are spelled."""
        try:
            return self.model_dump_json(by_alias=True, indent=indent)
        except PydanticSerializationError:
            return json.dumps(_readable(self.model_dump(mode="json", by_alias=True)), indent=indent)


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _readable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_readable(one) for one in value]
    return readable(value) if isinstance(value, str) else value
