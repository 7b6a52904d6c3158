"""Write the commit that is built into the package: an installed copy has no checkout to ask."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILE = "simkit/commit.txt"


class CommitHook(BuildHookInterface[Any]):
    """Adds simkit/commit.txt to wheels and source distributions, not where a checkout stays in use."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file, where the commit is known. An unpacked source distribution has it already."""
        commit = commit_of(Path(self.root))
        if version == "editable" or not commit:
            return
        self.folder = tempfile.TemporaryDirectory()  # goes when the build is over
        file = Path(self.folder.name) / "commit.txt"
        file.write_text(f"{commit}\n", "utf-8")
        build_data["force_include"][str(file)] = FILE


def commit_of(root: Path) -> str:
    """Return what SIMKIT_COMMIT says, or the checkout's commit, with "+" where the package was changed."""
    if given := os.environ.get("SIMKIT_COMMIT", "").strip():
        return given
    if not (root / ".git").exists():  # git would look for one above
        return ""

    def git(*words: str) -> str:
        command = ["git", "-C", str(root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", "simkit") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""
