"""Names of files in any bytes, and any locale: a record, and a page, of what was simulated."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simkit.cli.streams import spell_what_cannot_be_written
from simkit.errors import BadInput, readable
from simkit.record.command_line import command_line

SCENARIO = """
[scenario]
base = "testem3"
[events]
energy_MeV = 200.0
count = 3
[geometry]
layers = 5
"""
LATIN_1, UTF_8 = b"m\xfcller.toml", "müller.toml".encode()
ASCII_ONLY = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("name", "environment", "called"),
    [(LATIN_1, {}, "m\\xfcller"), (LATIN_1, ASCII_ONLY, "m\\xfcller"), (UTF_8, ASCII_ONLY, "müller")],
)
def test_a_name_in_any_bytes(tmp_path: Path, name: bytes, environment: dict[str, str], called: str) -> None:
    (tmp_path / os.fsdecode(name)).write_text(SCENARIO)
    code = "import sys; from simkit.cli import main; sys.exit(main() or main(['report', sys.argv[-2]]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "run", name, "--out", name + b".out", "--json"],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    printed, page = done.stdout.rsplit(b"\n", 2)[:2]
    record = json.loads((tmp_path / os.fsdecode(name + b".out") / "result.json").read_text("utf-8"))
    assert json.loads(printed) == record
    assert record["scenario"]["name"] == called
    # A shell reads the file's name.
    echo = f"printf '%s\\n' {record['timing']['command']}"
    words = subprocess.run(["bash", "-c", echo], capture_output=True, check=True).stdout
    assert words.split(b"\n")[2] == name
    assert page == name + b".out/report.html"
    html = (tmp_path / os.fsdecode(page)).read_text("utf-8")
    assert called in html


def test_names_in_records_and_commands() -> None:
    assert readable("müller") == "müller"
    assert readable("m\udcc3\udcbcller") == "müller"
    assert readable("m\udcfcller") == "m\\xfcller"
    assert readable("\ud800") == "\\ud800"
    for name in ("m\udcc3\udcbcller", "müller"):
        assert str(BadInput(f"there is no file {name!r}")) == "there is no file 'müller'"
    assert command_line("run", ["m\udcfc'.toml"]) == "simkit run $'m\\374\\047.toml'"
    assert command_line("run", ["m\udcc3\udcbc.toml"]) == "simkit run 'mü.toml'"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_an_encoding_lacks_is_spelled(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding))
    spell_what_cannot_be_written()
    print(json.dumps("µ → 🎲", ensure_ascii=False), "m\udcfc")
    sys.stdout.flush()
    first, _, second = written.getvalue().rpartition(b" ")
    assert json.loads(first.decode(encoding)) == "µ → 🎲"
    assert second == b"m\xfc\n"
