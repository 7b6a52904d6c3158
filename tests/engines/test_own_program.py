"""The program of docs/programs.md is all that `engine:command` needs."""

from __future__ import annotations

import subprocess
import sys

from simkit.engines.key_values import read_key_values

from .recorded import FOLDER


def test_the_least_that_a_program_prints(tmp_path):
    page = (FOLDER.parents[1] / "docs" / "programs.md").read_text("utf-8")
    program = tmp_path / "sim.py"
    program.write_text(page.split("```python\n")[1].split("```")[0], "utf-8")
    outputs = [
        subprocess.run(
            [sys.executable, program, "40", seed], capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "1", "2")
    ]
    assert outputs[0] == outputs[1] != outputs[2]
    told = read_key_values(outputs[0], ["absorber", "gap"], "sim.py", 40)
    assert told.counted
    assert abs(told.figures.deposits["gap"] - 2000.0) < 5.0
    assert 2.0 < told.figures.spreads["gap"] < 5.0
