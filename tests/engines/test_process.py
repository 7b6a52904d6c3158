"""A program that crashes, hangs, prints rubbish or is none gives one clear line and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from simkit.engines import find_foreign, given_path
from simkit.engines.process import _doing, digest, run_program, split_command
from simkit.errors import BadInput
from simkit.scenario import load_scenario


def script(folder: Path, text: str, name: str = "program") -> str:
    """Return the path of an executable shell script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("echo starting; echo no memory >&2; exit 3", "exit code 3; it printed: starting no memory"),
        ("kill -SEGV $$", "ended by SIGSEGV; it printed nothing"),
        ("sleep 60", "had not ended after 0.3 s and was stopped; it was waiting (0"),
        ("while :; do :; done", "it was computing ("),
        ("sleep 60 & sleep 60", "had not ended after 0.3 s"),
        ("printf '\\033[31mred'; exit 1", "it printed: [31mred"),
    ],
)
def test_faults_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(BadInput) as error:
        run_program([script(tmp_path, text)], tmp_path, 0.3, "engine:command")
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert "\033" not in str(error.value)
    assert time.perf_counter() - begin < 10.0


def test_endless_output_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simkit.engines.process.LARGEST_OUTPUT", 100_000)
    with pytest.raises(BadInput, match=r"printed more than 0\.1 MB"):
        run_program([script(tmp_path, "yes")], tmp_path, 30.0, "engine:command")


def test_nothing_of_a_hanging_program_stays_behind(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        run_program([script(tmp_path, "sleep 60 & echo $! > child; wait")], tmp_path, 0.5, "engine:command")
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        stat = Path(f"/proc/{child}/stat")
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError("the program's own child goes on")


def test_cpu_time_is_the_programs_own(tmp_path: Path) -> None:
    busy = run_program(
        [script(tmp_path, "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done")], tmp_path, 60, "x"
    )
    idle = run_program([script(tmp_path, "sleep 0.2")], tmp_path, 60, "x")
    assert busy.cpu_s > 0.01
    assert idle.cpu_s < 0.1
    assert idle.wall_s >= 0.2


def test_cpu_time_of_what_it_does_not_wait_for_counts(tmp_path: Path) -> None:
    work = "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; echo done > ended; sleep 60"
    left = run_program(
        [script(tmp_path, f"({work}) & while [ ! -s ended ]; do sleep 0.3; done")], tmp_path, 60, "x"
    )
    assert left.cpu_s > 0.1
    assert left.wall_s < 50.0


def test_programs_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.write_text("#!/bin/sh\n")
    with pytest.raises(BadInput, match="not executable; chmod"):
        split_command(str(file), "engine:command")
    with pytest.raises(BadInput, match="not executable; chmod"):
        find_foreign("command").prepare(load_scenario("testem3"), str(file))
    with pytest.raises(BadInput, match="no program '/nowhere/x'"):
        split_command("/nowhere/x -n 3", "engine:command")
    with pytest.raises(BadInput, match="no program 'xxx"):
        find_foreign("command").prepare(load_scenario("testem3"), 300 * "x")
    with pytest.raises(BadInput, match="not a command line"):
        split_command("'open", "engine:command")
    file.write_bytes(b"\x7fELF not really")
    file.chmod(0o755)
    with pytest.raises(BadInput, match="cannot be run"):
        run_program([str(file)], tmp_path, 1.0, "engine:command")
    file.chmod(0o644)
    file.write_bytes(b"\x00\x01")
    with pytest.raises(BadInput, match="is not text"):
        find_foreign("celeritas").prepare(load_scenario("testem3"), str(file))


def test_where_the_program_is() -> None:
    assert given_path("hepemshow", " /a/b ", {}) == "/a/b"
    assert given_path("hepemshow", "", {"SIMKIT_HEPEMSHOW": "/c"}) == "/c"
    with pytest.raises(BadInput, match=r"set SIMKIT_HEPEMSHOW$"):
        given_path("hepemshow", "", {})


def test_geant4_pybind_tells_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine = find_foreign("geant4-pybind")
    with pytest.raises(BadInput, match=r"physics\.rayleigh=true"):
        engine.prepare(load_scenario("testem3"), "")
    scenario = load_scenario("testem3", overrides={"physics.rayleigh": True})
    monkeypatch.setattr("simkit.engines.geant4_pybind.find_spec", lambda name: None)
    with pytest.raises(BadInput, match="pip install geant4-pybind"):
        engine.prepare(scenario, "")
    monkeypatch.setattr("simkit.engines.geant4_pybind.find_spec", lambda name: True)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GEANT4_DATA_DIR", "G4LEDATA"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BadInput, match="data files are missing"):
        engine.prepare(scenario, "")


def test_a_program_that_cannot_be_read_has_no_digest(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("abc")
    # of "abc", from FIPS 180-4's examples
    assert digest(file) == "sha256 ba7816bf8f01cfea"
    with pytest.raises(BadInput, match="its digest goes into the record"):
        digest(tmp_path / "none")


def test_a_program_that_waits_on_a_busy_machine_is_not_called_computing():
    class Busy:
        def queued_and_unclear_s(self, main, cpu_s, wall_s):
            return 0.0, wall_s - 0.001  # no processor was idle: nobody knows what it waited for

    burn = "import time\nwhile time.process_time() < 0.05: pass\nprint(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", burn], stdout=subprocess.PIPE) as child:
        try:
            child.stdout.readline()
            assert _doing(child.pid, Busy(), None, 10.0).startswith("it was waiting")
        finally:
            child.kill()
