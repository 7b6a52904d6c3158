"""The compile cache sees every edit, a second process compiles nothing, and policies are types."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import simkit
from simkit.jit import (
    KERNEL_OPTIONS,
    KERNEL_SOURCES,
    bits_float,
    by_type,
    cache_folder,
    float_bits,
    fma,
    kernel,
    source_hash,
)

PACKAGE = Path(simkit.__file__).parent

# The rotation is cached under directions.py; the mass stands in units.py, the numbers in rng.py.
PROBE = """
from simkit.physics.directions import momentum
from simkit.jit import cache_folder
print(momentum(1.0), sum(momentum.stats.cache_hits.values()), cache_folder())
"""


class Half(NamedTuple):
    unused: int


class Double(NamedTuple):
    unused: int


def scale(policy, value):
    """Return the value times what the policy says."""
    return SCALE[type(policy)](policy, value)


SCALE = by_type(scale)
SCALE[Half] = lambda policy, value: 0.5 * value
SCALE[Double] = lambda policy, value: 2.0 * value


@kernel
def scaled(policy, value):
    return scale(policy, value)


@kernel
def there_and_back(value):
    bits = float_bits(value)
    return bits, bits_float(bits)


@pytest.fixture
def package(tmp_path):
    """Return the folder of a copy of the package's kernel sources."""
    root = tmp_path / "simkit"
    root.mkdir()
    for name in ("__init__.py", *KERNEL_SOURCES):
        source = PACKAGE / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, root / name)
    return root


def run(code, package, **more):
    """Run `code` in a new process on the copied package, with a cache of its own; return what it printed."""
    environment = os.environ | {
        "PYTHONPATH": str(package.parent),
        "SIMKIT_CACHE": str(package.parent / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }
    # The working folder comes before PYTHONPATH in the search for the package.
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=package.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_an_edit_in_an_imported_module_is_seen(package):
    value, hits, folder = run(PROBE, package)
    assert float(value) == pytest.approx((1.0 + 2 * 0.51099895) ** 0.5)
    assert hits == "0"
    assert run(PROBE, package) == [value, "1", folder]

    units = package / "units.py"
    text = units.read_text()
    assert "ELECTRON_MASS = 0.51099895000" in text
    units.write_text(text.replace("ELECTRON_MASS = 0.51099895000", "ELECTRON_MASS = 1.02199790000"))
    changed, hits, new_folder = run(PROBE, package)
    assert float(changed) == pytest.approx((1.0 + 2 * 1.0219979) ** 0.5)
    assert hits == "0"
    assert new_folder != folder


@pytest.mark.parametrize("name", ["rng.py", "physics/grid.py", "transport/electron.py", "physics/new.py"])
def test_the_folder_is_named_by_every_kernel_source(package, name):
    before = source_hash(package)
    assert source_hash(package) == before
    file = package / name
    file.write_text((file.read_text() if file.exists() else "") + "\n# an edit\n")
    assert source_hash(package) != before


def test_other_rooms_do_not_empty_the_cache(package):
    before = source_hash(package)
    (package / "cli").mkdir()
    (package / "cli" / "app.py").write_text("x = 1\n")
    assert source_hash(package) == before


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SIMKIT_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "kernels" / source_hash(PACKAGE)


def test_a_cache_that_cannot_be_written_is_said_and_done_without(package, tmp_path):
    (tmp_path / "file").write_text("")
    code = (
        "import contextlib, io\n"
        "with contextlib.redirect_stderr(io.StringIO()) as said:\n"
        "    from simkit.physics.directions import momentum\n"
        "momentum(1.0)\n"
        "print(said.getvalue().count('SIMKIT_CACHE'), sum(momentum.stats.cache_misses.values()), end=' ')\n"
        "from simkit.jit import cache_folder\n"
        "print(cache_folder())\n"
    )
    lines, misses, folder = run(code, package, SIMKIT_CACHE=str(tmp_path / "file"))
    assert (lines, misses) == ("1", "1")
    assert not Path(folder).exists()  # it was temporary
    assert not list(package.rglob("*.nbi"))


def test_a_second_process_finds_the_whole_transport_compiled(prepare):
    prepare(("G4_Pb", 2.3), ("G4_lAr", 5.7), layers=50)  # compiled here, if it was not
    code = (
        "from simkit.engines.native import ENGINE\n"
        "from simkit.scenario import load_scenario\n"
        "from simkit.transport.cpu import follow_all\n"
        "prepared = ENGINE.prepare(load_scenario('testem3'))\n"
        "print(prepared.compile_s, sum(follow_all.stats.cache_hits.values()),"
        " sum(follow_all.stats.cache_misses.values()))\n"
    )
    top = cache_folder().parent.parent
    compile_s, hits, misses = run(code, PACKAGE, SIMKIT_CACHE=str(top))
    assert (hits, misses) == ("1", "0")
    assert float(compile_s) < 3.0  # 0.05 s when alone, 30 s when compiled


def test_a_policy_is_the_type_of_its_params():
    assert scaled(Half(0), 3.0) == scale(Half(0), 3.0) == 1.5
    assert scaled(Double(0), 3.0) == scale(Double(0), 3.0) == 6.0


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5, 5e-324, 1e308, np.pi])
def test_bits_of_a_number(value):
    bits, back = there_and_back(value)
    assert bits == np.float64(value).view(np.int64)
    assert back == value


def test_kernels_are_compiled_without_fast_math():
    # With it the bits of a deposit depended on which other kernels a process had loaded before.
    assert not KERNEL_OPTIONS.get("fastmath")


@kernel
def fused(a, b, c):
    return fma(a, b, c)


def test_a_fused_multiply_add_rounds_once():
    near_one = 1.0 + 2.0**-30
    assert fused(near_one, near_one, -1.0 - 2.0**-29) == 2.0**-60
