"""Records as JSON text."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from simkit.errors import readable


def json_text(record: BaseModel, indent: int | None = 2) -> str:
    """Return a record as JSON text, keys as in the contract; names of files that are no text are spelled."""
    try:
        return record.model_dump_json(by_alias=True, indent=indent)
    except PydanticSerializationError:
        return json.dumps(_readable(record.model_dump(mode="json", by_alias=True)), indent=indent)


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _readable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_readable(one) for one in value]
    return readable(value) if isinstance(value, str) else value
