"""`--baseline`, `--markdown` and `--junit` from the command line, and the ready workflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

WORKFLOW = Path(__file__).parents[2] / "docs" / "github-actions.yml"
NEEDS_GITHUB = ("Install", "Comment on the pull request")


def test_a_run_is_held_against_a_stored_one(simkit, small, tmp_path):
    assert simkit(*small, "--out", "stored").code == 0
    options = ["--baseline", "stored", "--max-slowdown", "0.9", "--markdown", "c.md", "--junit", "j/x.xml"]
    done = simkit(*small, *options, "--json")
    assert (done.code, done.record["gate"]["physics"]) == (0, "pass")
    assert (tmp_path / "c.md").read_text("utf-8").startswith("### simkit: testem3")
    assert ElementTree.parse(tmp_path / "j" / "x.xml").getroot().tag == "testsuites"


def test_a_slower_run_exits_with_1(simkit, small, tmp_path):
    simkit(*small, "--out", "stored")
    path = tmp_path / "stored" / "result.json"
    record = json.loads(path.read_text())
    record["timing"]["cpu_s_per_event"] /= 1000.0
    path.write_text(json.dumps(record))
    done = simkit(*small, "--baseline", "stored")
    assert done.code == 1
    assert "up to 10 % slower is fine" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--baseline", "nowhere"], "--baseline: there is no folder or file"),
        (["--baseline", "."], "--baseline: .: holds none of"),
        (["--max-slowdown", "2"], "--max-slowdown: found 2.0"),
    ],
)
@pytest.mark.parametrize("command", [["run", "testem3"], ["compare", "testem3", "testem3"], ["campaign"]])
def test_a_bad_baseline_is_said_before_anything_is_measured(simkit, tmp_path, command, options, said):
    done = simkit(*command, *options)
    assert (done.code, done.out) == (4, "")
    assert said in done.err
    assert list(tmp_path.iterdir()) == []


def steps() -> list[dict[str, Any]]:
    workflow = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    return [step for step in workflow["jobs"]["simkit"]["steps"] if "run" in step]


def test_the_steps_of_the_ready_workflow_run(tmp_path):
    """Twice: the first stores the record that the second is held against."""
    scenario = tmp_path / "small.toml"
    scenario.write_text(
        '[scenario]\nbase = "testem3"\n[events]\nenergy_MeV = 200.0\n[geometry]\nlayers = 5\n'
    )
    names = [step["name"] for step in steps()]
    assert set(NEEDS_GITHUB) < set(names)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SIMKIT_A": "small.toml",
        "SIMKIT_B": "small.toml+gamma-general",
        "SIMKIT_BUDGET": "4s",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }

    def run_steps() -> dict[str, subprocess.CompletedProcess[str]]:
        """Run them as on the target branch: after a failure only those that always run."""
        found: dict[str, subprocess.CompletedProcess[str]] = {}
        for step in steps():
            failed = any(done.returncode for done in found.values())
            if step["name"] in NEEDS_GITHUB or (failed and "always()" not in step.get("if", "")):
                continue
            text = step["run"].replace("--max-slowdown 0.1", "--max-slowdown 0.9")
            found[step["name"]] = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", text],
                cwd=tmp_path, env=environment, capture_output=True, text=True,
            )  # fmt: skip
        return found

    for _ in range(2):
        for name, done in run_steps().items():
            assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert summary.count("### simkit:") == 2
    assert summary.count("Against the record of") == 1

    stored = tmp_path / "stored" / "comparison.json"
    of_another = stored.read_text("utf-8").replace(
        json.loads(stored.read_text("utf-8"))["b"]["scenario_hash"], "0" * 16
    )
    stored.write_text(of_another)
    assert run_steps()["Compare"].returncode != 0
    assert stored.read_text("utf-8") != of_another
