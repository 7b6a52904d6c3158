"""`import simkit` costs next to nothing, and what it offers is there when it is asked for."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import simkit

HEAVY = ("numba", "scipy", "pandas", "plotly", "pyarrow", "pydantic", "numpy", "rich", "typer", "simkit.api")
PROBE = """
import sys, time
begin = time.process_time()
import simkit
print(time.process_time() - begin)
print([name for name in {heavy!r} if name in sys.modules])
"""


def test_import_is_quick_and_brings_nothing_heavy() -> None:
    probe = PROBE.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    seconds, heavy = done.stdout.splitlines()
    assert heavy == "[]"
    assert float(seconds) < 0.3


def test_the_first_name_asked_for_brings_no_engine() -> None:
    code = "import sys, simkit; simkit.measure, simkit.BadInput, simkit.load; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_all_that_is_offered_is_there() -> None:
    assert set(simkit.__all__) <= set(dir(simkit))
    for name in simkit.__all__:
        assert getattr(simkit, name).__doc__
    assert simkit.__version__
    with pytest.raises(AttributeError, match="no attribute 'mesure'"):
        _ = simkit.mesure


def test_type_checkers_and_editors_see_the_types() -> None:
    assert (files("simkit") / "py.typed").is_file()
    assert set(inspect.signature(simkit.run).parameters) >= {"scenario", "events", "speedups", "set"}
    assert inspect.get_annotations(simkit.run)["return"] == "RunResult"


def test_a_run_does_without_pandas(tmp_path: Path) -> None:
    """It takes as long to import as all of a small run's tables; only who asks for a table pays."""
    code = (
        "import sys; from simkit.cli import main; "
        "code = main(['run', 'testem3', '-n', '1', '--set', 'events.energy_MeV=10', '--out', sys.argv[1]]); "
        "print(code, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0 False", done.stderr
    assert (tmp_path / "run" / "events.parquet").is_file()
