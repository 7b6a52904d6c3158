"""Records of another kind, age or state are told apart."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from simkit.errors import BadInput
from simkit.record.read import KINDS, find_record, read_any, read_record
from simkit.record.timings import without_timings

RESULTS = Path(__file__).parents[2] / "results"


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    schema_: str = Field("simkit.thing/3", validation_alias="schema")
    x: int


def test_a_sound_record(tmp_path: Path) -> None:
    path = tmp_path / "thing.json"
    path.write_text(json.dumps({"schema": "simkit.thing/3", "x": 1}))
    assert read_record(path, Thing, "give one").x == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"damaged or not complete .*; give one"),
        (b'{"schema": "simkit.thing/3", "x"', "damaged or not complete"),
        (b"\xff\xfe", "is UTF-16 text; save it as UTF-8"),
        (b"\x93PNG", "byte 0 is not UTF-8 text; give one"),
        (b"\x00\x00", "is not text, it holds NUL bytes; give one"),
        (b'{"x": ' + 5000 * b"1" + b"}", "damaged or not complete JSON .Exceeds the limit"),
        (b'{"x": ' + 4000 * b"1" + b"}", "holds a whole number beyond 64 bits"),
        (b"[" * 500 + b"]" * 500, "nested deeper than 100"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "has no schema, 'simkit.thing/3' was expected"),
        (b'{"schema": "simkit.other/3"}', "has the schema 'simkit.other/3', 'simkit.thing/3' was"),
        (b'{"schema": "simkit.thing/2", "y": 1}', r"has the older schema 'simkit.thing/2'.*run it again"),
        (b'{"schema": "simkit.thing/4", "x": 1}', r"newer than 'simkit.thing/3'.*update simkit"),
        (b'{"schema": "simkit.thing/3"}', r"changed by hand \(x: field required\)"),
        (b'{"schema": "simkit.thing/3", "x": 1, "y": 2}', r"changed by hand \(y:"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "thing.json"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message) as caught:
        read_record(path, Thing, "give one")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", KINDS.values(), ids=KINDS)
def test_a_record_is_called_as_its_schema(place: str) -> None:
    module, _, name = place.partition(":")
    model = getattr(import_module(f"simkit.record.{module}"), name)
    assert KINDS[model.model_fields["schema_"].default.removeprefix("simkit.").partition("/")[0]] == place


def assert_holds(again: Any, kept: Any) -> None:
    """Compare all that was kept, in its order: an older record has fewer keys."""
    if isinstance(kept, dict):
        assert [key for key in again if key in kept] == list(kept)
        for key, value in kept.items():
            assert_holds(again[key], value)
    elif isinstance(kept, list):
        assert len(again) == len(kept)
        for one, other in zip(again, kept):
            assert_holds(one, other)
    else:
        assert again == kept


def test_kept_records_are_read_and_written_again_as_they_were() -> None:
    found = [path for path in RESULTS.rglob("*.json") if path.stem in KINDS]
    assert {path.stem for path in found} >= {"campaign", "comparison"}
    for path in found:
        record = read_any(find_record(path.parent, KINDS, ""), KINDS, "")
        assert_holds(json.loads(record.to_json()), json.loads(path.read_text("utf-8")))


def test_a_record_of_no_kind_that_is_asked_for(tmp_path: Path) -> None:
    (path := tmp_path / "score.json").write_text('{"schema": "simkit.score/1"}')
    with pytest.raises(BadInput, match=r"must be one of simkit\.result, simkit\.scale; give another"):
        read_any(path, ("result", "scale"), "give another")
    with pytest.raises(BadInput, match=r"holds none of result\.json, scale\.json; give another"):
        find_record(tmp_path, ("result", "scale"), "give another")


def test_timings_are_left_out_at_every_depth() -> None:
    contrast = {"speedup": {"value": 1.0}, "verdict": "faster", "physics": {"verdict": "pass"}}
    record = {"created": "now", "rungs": [{"compile_s": 1.0, "events": 3, "against": contrast}]}
    assert without_timings(record) == {"rungs": [{"events": 3, "against": {"physics": {"verdict": "pass"}}}]}
