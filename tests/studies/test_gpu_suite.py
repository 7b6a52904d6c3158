"""The GPU suite works where there is no GPU: tiny in numba's simulator, one line of refusal without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba_cuda")

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_ENABLE_CUDASIM"}
    command = [sys.executable, "-m", "studies.gpu_suite", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)


@pytest.mark.slow
def test_in_the_simulator_both_backends_agree(tmp_path):
    out = tmp_path / "suite.json"
    done = run("--simulator", "--out", str(out))
    assert done.returncode == 0, done.stderr
    record = json.loads(out.read_text())
    assert record["agreement"] == {"events": 20, "equal": 1.0, "difference": 0.0, "good": True}
    assert record["equivalence"]["agreement"]["equal"] == 1.0
    for timed in record["timing"]:
        assert [batch["events"] for batch in timed["batches"]] == [1, 4]
        assert all(0.0 < batch["kernel_s"] <= batch["total_s"] for batch in timed["batches"])


def test_without_a_gpu_it_says_so(tmp_path):
    from simkit.errors import BadInput
    from simkit.transport.cuda import check_device

    try:
        check_device()
        pytest.skip("a CUDA device is there, or numba's simulator")
    except BadInput:
        pass
    out = tmp_path / "suite.json"
    done = run("--out", str(out))
    assert done.returncode == 4
    assert "no NVIDIA GPU" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not out.exists()
