"""The layout keeps its promises: layers, names and sizes of files."""

from __future__ import annotations

import ast
from pathlib import Path

from click.testing import CliRunner
from importlinter.cli import lint_imports_command

import simkit

ROOT = Path(__file__).parents[1]
PACKAGE = Path(simkit.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 320  # lines; the aim is 300
NOT_A_ROOM = {"utils", "util", "common", "base", "helpers", "misc"}


def test_every_module_imports_only_from_lower_layers() -> None:
    answer = CliRunner().invoke(
        lint_imports_command, ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    )
    assert answer.exit_code == 0, answer.output


def test_no_file_is_a_drawer_for_everything() -> None:
    assert [str(path) for path in SOURCES if path.stem in NOT_A_ROOM or path.parent.name in NOT_A_ROOM] == []


def test_files_are_short_enough_to_read() -> None:
    lengths = {path.relative_to(PACKAGE).as_posix(): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}


def test_a_class_name_means_one_thing() -> None:
    """Where a second class needs a name that is taken, its own says what sets it apart."""
    where: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where.setdefault(node.name, []).append(path.relative_to(PACKAGE).as_posix())
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}


def test_only_commands_are_modules_called_run() -> None:
    assert [path.parent.name for path in SOURCES if path.stem == "run"] == ["cli"]
