"""Programs are identified by the content of their own files, not the interpreter's nor by where they lie."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simkit.engines import find_foreign
from simkit.engines.identity import identify
from simkit.engines.process import digest, split_command
from simkit.scenario import load_scenario

from .test_process import script

PYTHON = sys.executable
LINES = {
    "an interpreter": lambda path: f"{PYTHON} -S {path} --events 5",
    "a shell": lambda path: f"sh {path}",
    "env": lambda path: f"env X=1 -u Y {path}",
    "taskset": lambda path: f"taskset -c 0 {path}",
    "nested launchers": lambda path: f"env X=1 nice -n 5 {PYTHON} {path}",
    "a shebang": str,
    "words of a shell": lambda path: f"sh -c 'cd /; {path} 5'",
    "an option's value": lambda path: f"{PYTHON} -c pass --settings={path}",
}


@pytest.mark.parametrize("kind", LINES)
def test_scripts_that_differ(kind: str, tmp_path: Path) -> None:
    line: Callable[[str], str] = LINES[kind]
    seen = []
    for folder, text in (("a", "echo 1"), ("b", "echo 2"), ("c", "echo 1")):
        (tmp_path / folder).mkdir()
        path = script(tmp_path / folder, text, "old.sh")
        seen.append(identify(split_command(line(path), "engine:command")))
    first, other, again = seen
    assert first != other
    assert first["command"] != other["command"]
    assert first == again  # the same program in another folder
    path = tmp_path / "a" / "old.sh"
    assert digest(path) in (first["program"], first.get("files", "").removeprefix("old.sh "))


def test_launchers_are_not_the_program(tmp_path: Path) -> None:
    path = script(tmp_path, "echo 1")
    alone, pinned = (identify(split_command(x, "x")) for x in (path, f"taskset -c 0 {path}"))
    assert alone["program"] == pinned["program"] == digest(Path(path))
    assert alone["command"] != pinned["command"]


def test_options_that_differ(tmp_path: Path) -> None:
    path = script(tmp_path, "echo 1")
    fast, slow = (identify([path, option]) for option in ("--fast", "--slow"))
    assert fast["program"] == slow["program"]
    assert fast["command"] != slow["command"]


def test_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simkit.engines.identity.LARGEST", 3)
    image = tmp_path / "image.sif"
    image.write_bytes(b"12345")
    assert identify([script(tmp_path, "true"), str(image)])["files"] == "image.sif 5 bytes, not read"


def test_the_record_has_the_script(tmp_path: Path) -> None:
    old = tmp_path / "old.py"
    old.write_text("print('events: 1')\n")
    program = find_foreign("command").prepare(load_scenario("testem3"), f"{PYTHON} {old}")
    assert program.about["files"] == f"old.py {digest(old)}"
