"""Runs small showers on the CPU and on CUDA in numba's simulator; prints what differs, as JSON.

A program of its own, because numba reads NUMBA_ENABLE_CUDASIM when it is imported.
"""

from __future__ import annotations

import json
import os
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["NUMBA_ENABLE_CUDASIM"] = "1"

import numpy as np

from simkit.cli.run import show
from simkit.engines.native import ENGINE, NativePrepared
from simkit.engines.simulation import run_scenario
from simkit.errors import BadInput
from simkit.events import Primaries, load_events
from simkit.record.tallies import PER_EVENT
from simkit.scenario import load_scenario
from simkit.transport.cuda import CudaTransport

SEED = 5
LOW_CUT = "low cut"  # many delta rays
IN_FIELD = "in a field"
MANY = "many"  # 100 particles an event
SEES_LESS = "sees less"  # Birks' law and a window
RESPONSE = {"region.gap.birks_mm_per_MeV": 0.126, "region.gap.window_ns": 5.0}
FIELD = {
    "field.kind": "solenoid",
    "field.strength_T": 3.8,
    "field.radius_mm": 100.0,
    "field.length_mm": 400.0,
    "field.axis": "x",
    "field.stepper": "dormand-prince",
    "field.boundary": "reintegrate",
    "field.off": [{"below_MeV": 1.0, "regions": ["gap"]}],
}


def prepare(
    backend: str, particle: str, energy_MeV: float, *switches: str
) -> tuple[NativePrepared, Primaries]:
    """Return a testem3 of three layers, ready to run, and four events of it.

    switches: speedups, keys of the scenario to set ("a.b" to true, "a.b=word"), "in a field", "low cut" and
    "many" and "sees less".
    """
    keys = [switch for switch in switches if "." in switch.partition(":")[0]]
    overrides = {
        "geometry.layers": 3,
        "events.particle": particle,
        "events.energy_MeV": energy_MeV,
        "events.count": 4,
        **{key: word or True for key, _, word in (switch.partition("=") for switch in keys)},
        **(FIELD if IN_FIELD in switches else {}),
        **({"physics.production_cut_mm": 0.01} if LOW_CUT in switches else {}),
        **({"events.per_event": 100} if MANY in switches else {}),
        **(RESPONSE if SEES_LESS in switches else {}),
    }
    other = (*keys, IN_FIELD, LOW_CUT, MANY, SEES_LESS)
    speedups = [switch for switch in switches if switch not in other]
    scenario = load_scenario("testem3", with_speedups=speedups, overrides=overrides, backend=backend)
    primaries = load_events(scenario.events, scenario.count, SEED).primaries
    return ENGINE.prepare(scenario), primaries


def compare(room: dict[str, int], *case: object) -> dict[str, object]:
    """Return the tallies that differ between the backends, some totals, and what the CUDA run took.

    room: arguments of CudaTransport, where it is not to have the room of its own choice.
    """
    cpu, primaries = prepare("cpu", *case)  # type: ignore[arg-type]
    cuda, _ = prepare("cuda", *case)  # type: ignore[arg-type]
    if room:
        cuda.cuda = CudaTransport(cuda.world.setup, **room)
    expected, found = cpu.run(primaries, SEED), cuda.run(primaries, SEED)
    return {
        "different": [n for n in PER_EVENT if not np.array_equal(getattr(expected, n), getattr(found, n))],
        "steps": int(found.steps.sum()),
        "secondaries": int(found.secondaries.sum()),
        "virtual_collisions": int(found.counter("virtual_collisions")),
        "field_evaluations": int(found.counter("field_evaluations")),
        "boundary_iterations": int(found.counter("boundary_iterations")),
        "killed_by_roulette": int(found.counter("roulette_killed")),
        "unseen": int(found.unseen.sum()),
        "late": int(found.late.sum()),
        "fast_hits": int(found.counter("fast_hits")),
        "residual_MeV": float(np.abs(found.residual()).max()),
        "timing": found.gpu.model_dump() if found.gpu else {},
    }


def timed() -> dict[str, object]:
    """Return the times in the record of a run, of the same in shards, and what is shown of them."""
    overrides = {"geometry.layers": 3, "events.energy_MeV": 20.0}
    scenario = load_scenario("testem3", overrides=overrides, events=16, backend="cuda")
    whole, _, _ = run_scenario(scenario)
    with TemporaryDirectory() as folder:
        shards, _, _ = run_scenario(scenario, keep_in=Path(folder))
        kept, _, _ = run_scenario(scenario, keep_in=Path(folder))
    with redirect_stdout(StringIO()) as shown:
        show(whole)
    results = {"whole": whole, "shards": shards, "kept": kept}
    records = {name: of.timing.model_dump(mode="json") for name, of in results.items()}
    return {**records, "shown": shown.getvalue()}


def refusal() -> str:
    """Return what is said when the device has no room for the tracks of one event."""
    prepared, primaries = prepare("cuda", "e-", 100.0)
    prepared.cuda = CudaTransport(prepared.world.setup, tracks=2, most_tracks=3)
    try:
        prepared.run(primaries, SEED)
    except BadInput as error:
        return str(error)
    return ""


if __name__ == "__main__":
    answer = {
        "electron": compare({}, "e-", 100.0),
        "growing": compare({"tracks": 1}, "e-", 100.0),
        "halving": compare({"tracks": 20, "most_tracks": 20}, "e-", 100.0),
        "photon": compare({}, "gamma", 100.0, "woodcock", "gamma-roulette"),
        "entangled": compare({}, "e+", 30.0, "physics.entangled_annihilation", "physics.rayleigh"),
        "generic": compare({}, "e+", 30.0, "engine.em=generic"),
        "field": compare({}, "e-", 100.0, IN_FIELD),
        "muon": compare({}, "mu-", 1e6, LOW_CUT),
        "muon in a field": compare({}, "mu+", 20.0, IN_FIELD),
        "neutron": compare({}, "n", 14.0, MANY, "neutron-roulette", "neutron-time-cut:after_ns=1e4"),
        "hadron": compare({}, "pi-", 500.0, MANY, "neutron-time-cut:after_ns=1e3"),
        "neutral hadron": compare({}, "K(L)0", 500.0, MANY, SEES_LESS, "neutron-time-cut:after_ns=1e3"),
        "fast": compare({}, "e-", 1000.0, "fastsim-gflash:min_MeV=100,regions=gap"),
        "timed": timed(),
        "refusal": refusal(),
    }
    print(json.dumps(answer))
