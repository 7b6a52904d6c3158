"""CUDA transport in numba's simulator gives the CPU's tallies; without a device it says so in one line."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simkit.bench.statistics.agreement import agreement
from simkit.engines.native import ENGINE
from simkit.errors import BadInput
from simkit.events import load_events
from simkit.scenario import load_scenario

pytest.importorskip("numba_cuda")

from simkit.transport import cuda_kernels
from simkit.transport.cuda import check_device

SEED = 11


def device_is_there() -> bool:
    try:
        check_device()
    except BadInput:
        return False
    return not cuda_kernels.SIMULATED


@pytest.fixture(scope="module")
def simulated():
    """Return what tests/transport/simulated.py found; the same code on the same CPU, so all must be equal."""
    program = Path(__file__).with_name("simulated.py")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "case",
    [
        *("electron", "photon", "entangled", "generic", "field", "muon", "muon in a field", "neutron"),
        *("hadron", "neutral hadron", "growing", "halving", "fast"),
    ],
)
def test_the_simulator_gives_the_tallies_of_the_cpu(simulated, case):
    assert simulated[case]["different"] == []
    assert simulated[case]["residual_MeV"] < 1e-6
    assert simulated[case]["steps"] > 100
    assert simulated[case]["secondaries"] > 20
    assert simulated[case]["timing"]["rounds"] >= 4


def test_the_cases_hold_what_they_are_there_for(simulated):
    assert simulated["photon"]["virtual_collisions"] > 0
    assert simulated["photon"]["killed_by_roulette"] > 0
    assert simulated["field"]["field_evaluations"] > 1000
    assert simulated["field"]["boundary_iterations"] > 20
    assert simulated["electron"]["field_evaluations"] == 0
    assert simulated["fast"]["fast_hits"] > 100 > simulated["electron"]["fast_hits"] == 0
    assert simulated["hadron"]["unseen"] == 0
    assert simulated["neutral hadron"]["unseen"] > simulated["neutral hadron"]["late"] > 0
    assert simulated["electron"]["timing"]["repeats"] == 0
    # Room for one track doubles until the largest round fits; room that may not grow takes fewer events.
    assert simulated["growing"]["timing"]["repeats"] >= 4
    assert simulated["growing"]["timing"]["most_waiting"] == simulated["electron"]["timing"]["most_waiting"]
    assert simulated["halving"]["timing"]["repeats"] >= 1
    assert simulated["halving"]["timing"]["most_waiting"] <= 20


def test_kernels_and_total_are_told_apart(simulated):
    """In the simulator by the host's clock, on a device by its own events."""
    timed = simulated["timed"]
    for name in ("whole", "shards"):
        gpu = timed[name]["gpu"]
        assert 0.0 < gpu["kernel_s"] < gpu["total_s"] <= timed[name]["wall_s"]
        assert gpu["rounds"] >= 4
        assert gpu["most_waiting"] >= 2
    assert timed["shards"]["gpu"]["rounds"] > timed["whole"]["gpu"]["rounds"]
    # What an earlier run took is not this run's time.
    assert timed["kept"]["gpu"] is None
    assert "GPU          " in timed["shown"]
    assert "in kernels of" in timed["shown"]


def test_an_event_without_room_is_refused_in_one_line(simulated):
    assert "does not fit into the device's memory" in simulated["refusal"]
    assert "\n" not in simulated["refusal"]


@pytest.mark.skipif(device_is_there(), reason="a CUDA device is there")
@pytest.mark.skipif(cuda_kernels.SIMULATED, reason="runs in numba's simulator")
def test_without_a_device_the_mend_is_named():
    with pytest.raises(BadInput, match=r"no NVIDIA GPU.*--backend cpu") as refused:
        ENGINE.prepare(load_scenario("testem3", backend="cuda"))
    assert "\n" not in str(refused.value)


def test_without_numba_cuda_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, cuda_kernels.__name__)
    with pytest.raises(BadInput, match=r"numba-cuda is not installed; install simkit\[cuda\]"):
        importlib.import_module(cuda_kernels.__name__)


@pytest.mark.skipif(not device_is_there(), reason="no CUDA device here")
def test_a_device_agrees_with_the_cpu():
    """Short showers: 99 % of the events have equal counters, and their deposits differ by 1e-6 at most."""
    tallies = []
    for backend in ("cpu", "cuda"):
        scenario = load_scenario("testem3", overrides={"events.energy_MeV": 100.0}, backend=backend)
        primaries = load_events(scenario.events, 500, SEED).primaries
        tallies.append(ENGINE.prepare(scenario).run(primaries, SEED))
    found = agreement(tallies[0], tallies[1])
    assert found.equal >= 0.99
    assert found.difference <= 1e-6
