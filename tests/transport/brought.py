"""Runs what a plug-in brings on the CPU and in numba's CUDA simulator; prints what came out, as JSON.

A program of its own: a species stays in a process for good, and numba reads NUMBA_ENABLE_CUDASIM at import.
"""

from __future__ import annotations

import json
import os
import pickle
import sys

os.environ["NUMBA_ENABLE_CUDASIM"] = "1"

import numpy as np

from simkit import compare
from simkit.engines.simulation import run_scenario
from simkit.plugins import add_file
from simkit.record.tallies import PER_EVENT
from simkit.scenario import load_scenario

OVERRIDES = {
    "geometry.kind": "block",
    "readout.kind": "sides",
    "events.particle": "tau-",
    "events.energy_MeV": 50.0,
    "events.position_mm": [0.0, -1.0, 0.0],
    "events.count": 3,
}
POLICY = "tracking.soft_electrons.below_MeV"


def run(overrides: dict[str, object]) -> dict[str, object]:
    """Return the record of a run on the CPU, and the tallies that the simulator has otherwise."""
    scenario = load_scenario("testem3", overrides=overrides)
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    result, expected, _ = run_scenario(scenario)
    _, found, _ = run_scenario(load_scenario("testem3", overrides=overrides, backend="cuda"))
    return {
        "record": result.model_dump(mode="json"),
        "cells": expected.deposits.sum(axis=0).tolist(),
        "different": [n for n in PER_EVENT if not np.array_equal(getattr(expected, n), getattr(found, n))],
    }


if __name__ == "__main__":
    add_file(sys.argv[1])
    plain = load_scenario("testem3")
    answer = {
        "plain": plain.hash,
        "sections": list(plain.model_dump()["tracking"]),
        # One policy more is another kernel: where it does nothing its params are neutral, to compile once.
        "without": run(OVERRIDES | {POLICY: 0.0}),
        "with": run(OVERRIDES | {POLICY: 2.0}),
        "compared": json.loads(
            compare("testem3", "testem3", set=OVERRIDES | {POLICY: 0.0}, rounds=6).to_json()
        ),
    }
    print(json.dumps(answer))
