"""The record of a run to make a page of."""

from __future__ import annotations

from simkit.record.models import models_used
from simkit.record.result import ProfileInfo, Result, Visible

from .records import LAYERS, PROVENANCE, REGIONS, SENSITIVE, make_side


def make_result() -> Result:
    """Return the record of a run with a species that is not transported."""
    side = make_side("atlas_like", [], 3.1, 1.0, 1.0, 0.0)
    deposit = {"mean": 4512.25, "sd": 40.5, "sem": 12.75, "q16": 4470.0, "q50": 4510.0, "q84": 4553.0}
    balance = dict.fromkeys(("rest_mass", "killed", "roulette", "residual", "largest_residual"), 0.0)
    return Result.model_validate(
        {
            "schema": "simkit.result/1",
            "scenario": {"name": "atlas_like", "hash": "0011223344556677", "speedups": [], "settings": {}},
            "engine": {"name": "native", "version": "0.1.0", "backend": "cpu"},
            "machine": PROVENANCE.machine,
            "events": 10,
            "seed": 3,
            "timing": {
                "created": "2025-06-07T08:09:10+00:00",
                "wall_s": 31.5,
                "cpu_s": 31.0,
                "compile_s": 20.0,
                "setup_s": 1.5,
                "cpu_s_per_event": 3.1,
                "events_per_s": 0.3175,
                "steps_per_s": 1.52e6,
                "peak_rss_MB": 301.0,
                "threads": 1,
            },
            "steps_per_event": side.steps_per_event,
            "steps_by": side.steps_by,
            "secondaries_per_event": side.secondaries_per_event,
            "interactions_per_event": {"conv": 5.4e2, "compt": 3.4e3},
            "edep_MeV": dict.fromkeys(REGIONS, deposit),
            "layers_MeV": side.layers_MeV,
            "layers_sem_MeV": {region: [None] * LAYERS for region in SENSITIVE},
            "track_length_mm": dict.fromkeys(REGIONS, 812.0),
            "untransported_MeV": {"pi+": 81e3, "nu_e": 11e3},
            "outside_cuts_MeV": {"gamma": 512.0},
            "energy_balance_MeV": {
                **balance,
                "in": 5e5,
                "deposited": 4.0e5,
                "leaked": 8e3,
                "untransported": 9.2e4,
            },
            "counters": {"virtual_collisions": 0, "majorant_violations": 2, "lost_secondaries": 0},
            "cuts_MeV": {"G4_Pb": {"gamma": 0.101843, "e-": 1.36749}},
        }
    )


def make_seeing_less() -> Result:
    """Return the record of a run with a region whose readout does not see all."""
    result = make_result()
    spread = result.edep_MeV[SENSITIVE[0]].model_copy(update={"mean": 3500.5})
    result.visible_MeV[SENSITIVE[0]] = Visible(**spread.model_dump(), quenched=1000.25, late=11.5)
    return result


STEPS_OF_HADRONS = {
    "mu-": 0.25,
    "mu+": 1.5,
    "n": 2140.5,
    "pi+": 150.0,
    "pi-": 41.5,
    "K(L)0": 0.125,
    "p": 84.25,
}


def make_hadrons() -> Result:
    """Return the record of a profiled run with a dozen species in two of the regions."""
    result = make_result()
    inside = list(result.edep_MeV)[:2]
    for particle, n in STEPS_OF_HADRONS.items():
        result.steps_by[particle] = dict.fromkeys(inside, n)
        result.secondaries_per_event[particle] = n / 10.0
    result.models = models_used("native", result.steps_by)
    result.steps_per_event["neutral"] = 2.0 * STEPS_OF_HADRONS["n"]
    share = 1.0 / (2.0 * len(result.steps_by))
    result.timing.by = {particle: dict.fromkeys(inside, share) for particle in result.steps_by}
    made = {particle: dict.fromkeys(inside, 2.5) for particle in result.steps_by}
    deposits = {particle: dict.fromkeys(inside, 12345.678) for particle in result.steps_by}
    result.timing.profile = ProfileInfo(
        events=3, lap_cycles=30.0, left_out=0.0, slowdown=1.05, deposits_MeV=deposits, secondaries=made
    )
    return result
