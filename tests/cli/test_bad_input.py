"""Bad input: one clear line on stderr, nothing on stdout, exit code 4."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simkit import scenario
from simkit.record.folder_lock import locked


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("run testem33", "did you mean 'testem3'?"),
        ("run nowhere.toml", "there is no such file"),
        ("run testem3 --with wodcock", "did you mean 'woodcock'?"),
        ("run testem3 --with woodcock --with woodcock:min_MeV=1", "both set"),
        ("run testem3 --set geometry.slab.0.material=G4_Pbb", "did you mean 'G4_Pb'?"),
        ("run testem3 --set geometry.layrs=3", "did you mean 'layers'?"),
        ("run testem3 --set events.particle=elektron", "'elektron'"),
        ("run testem3 --set region.gup.production_cut_mm=1", "did you mean 'gap'?"),
        ("run testem3 --set physics.production_cut_mm=nan", "finite"),
        ("run testem3 --set physics.production_cut_mm=-1", "-1"),
        ("run testem3 --set events.position_mm=[0,0,900]", "outside the world"),
        ("run testem3 --set field.kind=unifrom", "did you mean 'uniform'?"),
        ("run testem3 --set field.kind=uniform --set field.strength_T=1 --set field.stepper=rk5", "'rk4'?"),
        ("run testem3 -n 0", "-n"),
        ("run testem3 -n -5", "-5"),
        ("run testem3 -n many", "valid integer"),
        ("run testem3 --seed -1", "--seed"),
        ("run testem3 --threads 0", "--threads"),
        ("run testem3 --backend gpu", "cuda"),
        ("run testem3 --sett a=1", "--sett"),
        ("run", "SCENARIO"),
        ("run testem3 testem3", "testem3"),
        ("rum testem3", "rum"),
        ("speedups wodcock", "did you mean 'woodcock'?"),
        ("validate photoeletric", "did you mean 'photoelectric'?"),
        ("compare testem3 testem3+wodcock", "did you mean 'woodcock'?"),
        ("compare testem3 testem33", "did you mean 'testem3'?"),
        ("compare testem3 testem3 --budget fast", "--budget"),
        ("compare testem3 testem3 --budget -1s", "--budget"),
        ("compare testem3 testem3 --min-speedup nan", "--min-speedup"),
        ("compare testem3 testem3 --seed -1", "--seed: found -1"),
        ("compare testem3", "B"),
        ("compare testem3 testem3 --out /proc/x", "cannot write"),
        ("report nowhere", "'nowhere'"),
        ("report", "no campaign"),
        ("history", "no result.json"),
        ("history --export parket", "did you mean 'parquet'?"),
        ("history -o x.csv", "--export"),
        ("run testem3 --keep --out x", "--keep"),
        ("campaign --keep --resume x", "--keep"),
        ("campaign --seed -1 --out x", "--seed: found -1"),
        ("campaign --resume x --seed 99", "--seed: belongs to a campaign's beginning"),
        ("campaign --resume x --profile", "--profile: belongs to a campaign's beginning"),
        ("campaign --resume x -n 500", "--events: belongs to a campaign's beginning"),
        ("score testem33", "did you mean 'testem3'?"),
        ("score --hepscore nowhere.json", "cannot be read"),
        ("score --out /proc/x", "cannot write"),
    ],
)
def test_one_line_and_exit_code_4(simkit, arguments: str, words: str) -> None:
    done = simkit(*arguments.split())
    assert done.code == 4
    assert done.out == ""
    assert done.err.startswith("simkit: ")
    assert done.err.count("\n") == 1
    assert words in done.err, done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[geometry]\nlayers = \n", "line 2"),
        ("[scenario]\nbase = 'testem3'\n[physics]\ncut = 1\n", "my.toml: [physics]: unknown key 'cut'"),
    ],
)
def test_files(simkit, tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "my.toml").write_text(content)
    done = simkit("run", "my.toml")
    assert done.code == 4
    assert done.err.count("\n") == 1
    assert words in done.err


FAR_AWAY = """HepMC::Version 3.02.06
HepMC::Asciiv3-START_EVENT_LISTING
E 0 1 2
U GEV MM
V -1 0 [1] @ 0 0 9.0e+04 0
P 1 0 11 0.0 0.0 5.0 5.0 0.000511 4
P 2 -1 11 0.0 0.0 5.0 5.0 0.000511 1
HepMC::Asciiv3-END_EVENT_LISTING
"""


def test_a_particle_outside_the_world(simkit, tmp_path: Path) -> None:
    (tmp_path / "far.hepmc3").write_text(FAR_AWAY)
    for arguments in (
        ("run", "atlas_like", "--set", "events.path=far.hepmc3"),
        ("run", "testem3", "-n", "1000", "--set", "events.spread=gaussian", "--set", "events.spread_mm=500"),
    ):
        done = simkit(*arguments)
        assert done.code == 4
        assert done.err.count("\n") == 1
        assert "outside the world" in done.err


def test_files_of_events(simkit, tmp_path: Path) -> None:
    (tmp_path / "no.hepmc3").write_text("this is a letter\n")
    for path in ("missing.hepmc3", "no.hepmc3"):
        done = simkit("run", "atlas_like", "--set", f"events.path={path}")
        assert done.code == 4
        assert done.err.count("\n") == 1
        assert path in done.err


def unwanted(*_: object, **__: object) -> None:
    raise AssertionError("measured all the same")


def test_a_folder_that_cannot_be_written_is_seen_before_the_run(
    simkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("simkit.engines.simulation.run_scenario", unwanted)
    done = simkit("run", "testem3", "-n", "1000000", "--out", "file/run")
    assert done.code == 4
    assert "cannot write" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        "run testem3",
        "compare testem3 testem3",
        "campaign",
        "score",
        "validate --quick",
    ],
)
def test_a_folder_in_use(simkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str) -> None:
    """Whatever writes to a folder has it for itself, and finds out before it measures."""
    monkeypatch.setattr("simkit.engines.native.NativeEngine.prepare", unwanted)
    monkeypatch.setattr("simkit.bench.score.machine_score.run_score", unwanted)
    monkeypatch.setattr("simkit.validation.checks.run_validation", unwanted)
    with locked(tmp_path / "held"):
        done = simkit(*arguments.split(), "--out", "held")
        assert done.code == 4
        assert "'held' is in use by another simkit" in done.err
        assert [path.name for path in (tmp_path / "held").iterdir()] == [".lock"]


def test_an_unexpected_error_is_one_line_too(simkit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(scenario, "load_scenario", broken)
    done = simkit("run", "testem3")
    assert done.code == 4
    assert done.err.count("\n") == 1
    assert "RuntimeError: first line second line; SIMKIT_DEBUG=1" in done.err
    monkeypatch.setenv("SIMKIT_DEBUG", "1")
    with pytest.raises(RuntimeError):
        simkit("run", "testem3")


def test_ctrl_c_is_one_line(tmp_path: Path) -> None:
    code = "import sys; from simkit.cli import main; sys.exit(main())"
    arguments = ["run", "testem3", "-n", "100000", "--out", str(tmp_path / "run")]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell's background job ignores Ctrl-C, and its children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        time.sleep(4.0)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 130
    assert out == ""
    assert err.startswith("simkit: interrupted")
    assert err.count("\n") == 1
    assert not (tmp_path / "run" / "result.json").exists()
