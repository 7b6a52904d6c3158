"""Files that users give: what is accepted, and that the rest is one short line, at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from simkit.bench.campaign.ladder import load_ladder
from simkit.errors import BadInput
from simkit.reading import read_json, read_text, read_toml
from simkit.scenario import load_scenario

SCENARIO = '[scenario]\nname = "n"\nbase = "testem3"\n'
LADDER = '[ladder]\nname = "n"\nscenario = "testem3"\n[[rung]]\nname = "r"\nwith = ["woodcock"]\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SCENARIO.encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        (SCENARIO.encode("utf-16-le"), "is not text, it holds NUL bytes; give one"),
        (SCENARIO.replace('"n"', '"é"').encode("latin-1"), "byte 19 is not UTF-8 text; give one"),
        (b"x = " + b"9" * 5000, "not valid TOML: Exceeds the limit (4300 digits)"),
        (b"x = " + b"9" * 4000, "holds a whole number beyond 64 bits"),
        (b"x = " + b"[" * 100_000, "not valid TOML: brackets nested too deep"),
        (b"x = " + b"[" * 150 + b"]" * 150, "holds tables or lists nested deeper than 100"),
        (b"x = " + b"{a=" * 5000 + b"1" + b"}" * 5000, "not valid TOML: brackets nested too deep"),
        (b".".join([b"a"] * 100_000) + b" = 1", "holds a key of more than 100 parts"),
        (b"[" + b'"a" . ' * 100_000 + b"a]", "holds a key of more than 100 parts"),
        (b"# a line\n" * 500_000, "is larger than 4 MB; give one"),
        (b'x = "\x1b"', "not valid TOML: Illegal character '\\x1b'"),
    ],
)
def test_bad_files_are_one_short_line_at_once(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    begin = time.perf_counter()
    with pytest.raises(BadInput) as raised:
        read_toml(path, "give one")
    assert time.perf_counter() - begin < 2.0
    assert str(raised.value).startswith(f"{path}: {message}")
    assert len(str(raised.value)) < 300


def test_endless_and_huge_files(tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.write(b"#" * 4096)
        file.truncate(10_000_000_000)
    for path, message in (
        (Path("/dev/zero"), "NUL bytes"),
        (huge, "larger than 256 MB"),
        (tmp_path, "cannot be"),
    ):
        with pytest.raises(BadInput, match=message):
            read_text(path, "give one")


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    """Windows' editors put it there."""
    files = {}
    for name, text in (("scenario", SCENARIO), ("ladder", LADDER), ("json", '{"a": 1}')):
        files[name] = tmp_path / f"{name}.toml"
        files[name].write_text(text, encoding="utf-8-sig", newline="\r\n")
    assert load_scenario(files["scenario"]).name == "n"
    assert load_ladder(files["ladder"]).ladder.name == "n"
    assert read_json(files["json"], "give one") == {"a": 1}


def test_long_data_with_many_points_is_no_long_key(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(f"# v1.2.3 of a.b.c\nx = [{'1.5, ' * 50_000}]\npath = '../a.b/c.d/{'e.' * 50}'\n")
    assert len(read_toml(path, "give one")["x"]) == 50_000


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_json_has_no_numbers_that_are_not_finite(tmp_path: Path, value: str) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"a": [{"b": VALUE}]}'.replace("VALUE", value))
    with pytest.raises(BadInput, match=r"x\.json: b: found -?(nan|inf), which is no number of JSON"):
        read_json(path, "give one")
