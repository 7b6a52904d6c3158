"""The compile cache sees every edit, compiles nothing twice, and nothing in its folder stops a run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from numba import typeof
from numba.core.serialize import dumps

import simkit
from simkit import kernel_cache
from simkit.jit import kernel
from simkit.kernel_cache import cache_folders, compiler_hash

PACKAGE = Path(simkit.__file__).parent

# The momentum is cached under directions.py; the mass stands in units.py.
PROBE = """
from simkit.physics.directions import momentum
print(momentum(1.0), sum(momentum.stats.cache_hits.values()))
"""


@pytest.fixture
def package(tmp_path):
    """Return the folder of a copy of the package."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "simkit", ignore=shutil.ignore_patterns("__pycache__")))


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


def edit(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_an_edit_in_an_imported_module_is_seen(package):
    value, hits = run(PROBE, package)
    assert float(value) == pytest.approx((1.0 + 2 * 0.51099895) ** 0.5)
    assert hits == "0"
    edit(
        package / "physics" / "directions.py",
        "from __future__",
        "# A comment, and a docstring.\n\nfrom __future__",
    )
    edit(
        package / "physics" / "directions.py",
        '    """Return the momentum',
        '    """Return in other words the momentum',
    )
    assert run(PROBE, package) == [value, "1"]

    edit(package / "units.py", "ELECTRON_MASS = 0.51099895000", "ELECTRON_MASS = 1.02199790000")
    changed, hits = run(PROBE, package)
    assert float(changed) == pytest.approx((1.0 + 2 * 1.0219979) ** 0.5)
    assert hits == "0"
    edit(package / "units.py", "ELECTRON_MASS = 1.02199790000", "ELECTRON_MASS = 0.51099895000")
    assert run(PROBE, package) == [value, "1"]


def test_the_folder_is_named_by_plug_ins_that_may_extend_numba(tmp_path):
    patch, extending = tmp_path / "patch.py", tmp_path / "extending.py"
    patch.write_text("from simkit.jit import kernel\nSPEEDUPS = []\n")
    assert compiler_hash([patch]) == compiler_hash()
    extending.write_text("from numba.extending import overload_method\nLIMIT = 1\n")
    before = compiler_hash([patch, extending])
    assert before == compiler_hash([patch, extending]) != compiler_hash()
    extending.write_text("from numba.extending import overload_method\nLIMIT = 2\n")
    assert compiler_hash([patch, extending]) != before


def test_an_edit_of_a_plug_in_given_as_a_file_is_seen(tmp_path, monkeypatch):
    names = []
    for limit in (1, 2):  # in processes of their own
        kernel_cache._hash_with.cache_clear()
        (tmp_path / "killer.py").write_text(f"import numba\nSPEEDUPS, LIMIT = [], {limit}\n")
        monkeypatch.setenv("SIMKIT_PLUGINS", str(tmp_path / "killer.py"))
        names.append(cache_folders())
    monkeypatch.delenv("SIMKIT_PLUGINS")
    assert cache_folders() not in names
    assert names[0] != names[1]
    kernel_cache._hash_with.cache_clear()


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    name = Path("kernels") / compiler_hash()
    monkeypatch.setenv("SIMKIT_CACHE", f"{tmp_path}{os.pathsep}/opt/filled")
    assert cache_folders() == [tmp_path / name, Path("/opt/filled") / name]
    monkeypatch.delenv("SIMKIT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folders() == [tmp_path / "simkit" / name]
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # a user without a home
    assert cache_folders() == []


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
    top = cache_folders()[0].parent.parent
    compile_s, hits, misses = run(code, PACKAGE, SIMKIT_CACHE=str(top))
    assert (hits, misses) == ("1", "0")
    assert float(compile_s) < 3.0  # 0.05 s when alone, 30 s when compiled


def double(x):
    return 2.0 * x


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Return a function that calls a kernel as a new process would: "hit" or "miss" in the cache."""
    monkeypatch.setattr(kernel_cache, "_unwritable", set())
    monkeypatch.setattr(kernel_cache, "_said", set())
    monkeypatch.setenv("SIMKIT_CACHE", str(tmp_path / "cache"))

    def call() -> str:
        doubled = kernel(double)
        assert doubled(2.0) == 4.0
        return "hit" if sum(doubled.stats.cache_hits.values()) else "miss"

    return call


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_file_cut_at_any_byte_or_damaged_is_compiled_anew(fresh, tmp_path, capfd):
    assert (fresh(), fresh()) == ("miss", "hit")
    (file,) = files(tmp_path / "cache")
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[-100] ^= 1
    cuts = [0, 1, 31, 32, 33, len(whole) // 2, len(whole) - 1]
    for content in (*(whole[:cut] for cut in cuts), bytes(flipped), whole + b"x", b"\0" * len(whole)):
        file.write_bytes(content)
        assert (fresh(), fresh()) == ("miss", "hit"), content[:40]
    assert capfd.readouterr().err == ""


def test_what_cannot_be_unpickled_is_compiled_anew(fresh, tmp_path):
    fresh()
    (file,) = files(tmp_path / "cache")
    body = b"cnowhere\nNothing\n."  # the class of a plug-in that is no longer there
    file.write_bytes(kernel_cache.hashlib.sha256(body).digest() + body)
    assert (fresh(), fresh()) == ("miss", "hit")


def test_a_filled_cache_that_cannot_be_written_is_read(fresh, tmp_path, monkeypatch, capfd):
    fresh()
    filled = tmp_path / "cache"
    write = kernel_cache.write_whole

    def read_only(path, content, durable):
        if filled in path.parents:
            raise OSError(30, "Read-only file system")
        write(path, content, durable)

    monkeypatch.setattr(kernel_cache, "write_whole", read_only)
    assert fresh() == "hit"
    assert capfd.readouterr().err == ""
    # What it lacks goes into a temporary folder, for the processes that this one starts, too.
    (file,) = files(filled)
    file.unlink()
    assert (fresh(), fresh()) == ("miss", "hit")
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert f"{str(file.parent)!r} cannot be written (Read-only file system)" in err
    assert "SIMKIT_CACHE" in err
    temporary, given = os.environ["SIMKIT_CACHE"].split(os.pathsep)
    assert given == str(filled)
    assert len(files(Path(temporary))) == 1


def test_several_folders_are_read_and_the_first_that_can_be_is_written(fresh, tmp_path, monkeypatch, capfd):
    fresh()
    (tmp_path / "file").touch()
    places = (tmp_path / "file", tmp_path / "mine", tmp_path / "cache")
    monkeypatch.setenv("SIMKIT_CACHE", os.pathsep.join(map(str, places)))
    assert fresh() == "hit"
    files(tmp_path / "cache")[0].unlink()
    assert (fresh(), fresh()) == ("miss", "hit")
    assert (len(files(tmp_path / "mine")), files(tmp_path / "cache")) == (1, [])
    assert capfd.readouterr().err == ""


def test_a_full_disk_keeps_nobody_from_running(fresh, tmp_path, monkeypatch, capfd):
    def full(path, content, durable):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kernel_cache, "write_whole", full)
    assert (fresh(), fresh()) == ("miss", "miss")
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert "cannot be written (No space left on device)" in err


def test_no_folder_for_temporary_files_either(fresh, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("SIMKIT_CACHE", "/proc/nowhere")
    with monkeypatch.context() as patch:
        patch.setattr(kernel_cache.tempfile, "tempdir", "/proc/nowhere")
        assert (fresh(), fresh()) == ("miss", "miss")
    assert capfd.readouterr().err.count("\n") == 1


def test_signatures_never_share_a_file(fresh, tmp_path):
    """Two processes that compile at once would otherwise load each other's code."""
    doubled = kernel(double)
    assert [doubled(2), doubled(2.0)] == [4, 4.0]
    assert len(files(tmp_path / "cache")) == 2
    # Two classes of one name are two types.
    here, there = (NamedTuple("Pair", [("x", int), ("y", int)]) for _ in range(2))
    there.__module__ = "elsewhere"
    entries = kernel_cache.Entries(double, lambda signature: "", dumps)
    for k, pair in enumerate((here, there)):
        entries.save(((typeof((1.0, pair(1, 2))),), "processor"), k)
    assert len(files(tmp_path / "cache")) == 4


@pytest.mark.parametrize("locks", [True, False])
def test_the_first_compiles_and_is_remembered(fresh, tmp_path, monkeypatch, locks):
    monkeypatch.setattr(kernel_cache.tempfile, "tempdir", str(tmp_path) if locks else "/proc/nowhere")
    locked = []
    monkeypatch.setattr("fcntl.flock", lambda lock, how: locked.append(how))
    for _ in range(2):
        with kernel_cache.compiling_alone("native-x"):
            (folder,) = cache_folders()
            folder.mkdir(parents=True, exist_ok=True)
    assert len(locked) == (1 if locks else 0)
    assert (folder / "native-x.compiled").exists()


def test_jit_switched_off_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from simkit.cli import main; sys.exit(main())", "run", "testem3"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("simkit: NUMBA_DISABLE_JIT: ")
    assert done.stderr.count("\n") == 1
