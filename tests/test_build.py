"""What is built names the commit that it was built from, and an installed copy says it in its records."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from simkit.record.machine import commit_of

pytest.importorskip("hatchling")
ROOT = Path(__file__).parents[1]
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "SIMKIT_COMMIT"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with what a build needs, in a repository of its own."""
    root = tmp_path / "checkout"
    (root / "simkit").mkdir(parents=True)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "simkit/__init__.py"):
        shutil.copy(ROOT / name, root / name)
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "First"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


def head(root: Path) -> str:
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()


def build(root: Path, target: str, **environment: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target]
    shutil.rmtree(root / "dist", ignore_errors=True)
    subprocess.run(command, cwd=root, env=ENVIRONMENT | environment, check=True, capture_output=True)
    (made,) = (root / "dist").iterdir()
    return made


def built_commit(root: Path, tmp_path: Path, **environment: str) -> str:
    """Return what the package says once its wheel is unpacked where no repository is."""
    installed = tmp_path / "installed"
    shutil.rmtree(installed, ignore_errors=True)
    with zipfile.ZipFile(build(root, "wheel", **environment)) as wheel:
        wheel.extractall(installed)
    return commit_of(installed / "simkit")


def test_a_wheel_names_its_commit(checkout: Path, tmp_path: Path) -> None:
    assert built_commit(checkout, tmp_path) == head(checkout) == commit_of(checkout / "simkit")
    assert built_commit(checkout, tmp_path, SIMKIT_COMMIT="v1") == "v1"
    (checkout / "simkit" / "new.py").touch()
    assert built_commit(checkout, tmp_path) == head(checkout) + "+" == commit_of(checkout / "simkit")


def test_a_source_distribution_names_its_commit(checkout: Path, tmp_path: Path) -> None:
    commit = head(checkout)
    shutil.unpack_archive(build(checkout, "sdist"), tmp_path)
    (unpacked,) = tmp_path.glob("simkit-*")
    # Inside another repository, whose commit is not the package's.
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert built_commit(unpacked, tmp_path) == commit_of(unpacked / "simkit") == commit


def test_a_copy_of_the_sources_names_none(checkout: Path, tmp_path: Path) -> None:
    shutil.rmtree(checkout / ".git")
    assert built_commit(checkout, tmp_path) == commit_of(checkout / "simkit") == ""
