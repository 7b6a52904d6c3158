"""Fit the free constants of the toy hadron model to showers of Geant4.

Usage: python -m studies.fit_hadrons GEANT4.json [--events N] [--seeds N ...] [--rounds N]
    [--set NAME=VALUE]... [--scan NAME=VALUE,VALUE...] [--write]

GEANT4.json: simulated showers of pions, {"cases": {name: ...}}, each with the visible energy, that in the
absorber, what left, the mean layer and numbers of secondaries, with mean and sd over events. Fitted are the
constants that simkit/physics/data/hadron_model.csv calls so, by Gauss-Newton steps with a ridge towards where
they stand; all others are held. Without rounds the figures are only compared;
--scan does so for each value of one constant: so those of the file were chosen by hand (seeds 21 and 22).
Figures are means over the seeds. --write puts the result into that file. Same seeds, same result.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from simkit.engines.native import NativePrepared
from simkit.particles import ELECTRON, GAMMA, NEUTRON
from simkit.physics.hadronic.cross_sections import rows
from simkit.physics.hadronic.model import Model, hadron_model
from simkit.record.tallies import WEIGHT_UNIT
from simkit.scenario import load_scenario
from simkit.transport.lives.hadron import Hadron
from simkit.validation.hadrons import Showers, stack

DATA = files("simkit.physics") / "data" / "hadron_model.csv"
# {case of the reference: stack of simkit.validation.hadrons}
CASES = {
    "cu_lar_pi+_10gev": "Cu/LAr",
    "fe_scintillator_raw_pi+_10gev": "Fe/polystyrene",
    "fe_scintillator_birks_150ns_pi+_10gev": "Fe/polystyrene, read out",
}
# Nucleons of materials, whose neutrons are 0.1 (A + 20) (E / GeV - 0.12) a proton: J. S. Fraser et al., Phys.
# Can. 21 (1965) 17, cylinders of 102 by 610 mm.
THICK_TARGETS = {"G4_Al": 27.0, "G4_Fe": 55.8, "G4_Cu": 63.5, "G4_Pb": 207.2}
TOLERANCE = {
    "visible": 0.015, "absorber": 0.01, "gone": 0.15, "visible sd": 0.08, "depth": 0.03, "depth sd": 0.08,
    "e-": 0.03, "gamma": 0.06, "neutrons": 0.25,
}  # fmt: skip
"""What a residual is divided by, of the reference: some third of what the model is to reach."""
STEP = 0.12  # of a constant, for its derivative
LARGEST = 0.3  # step of a logarithm
RIDGE = 0.5  # standard deviation, in parts of a constant, of where it may go


@dataclass
class Case:
    """A stack of slabs with its beam, prepared once; `reference` has the figures of TOLERANCE."""

    name: str
    prepared: NativePrepared
    reference: dict[str, float]

    def figures(self, model: Model, events: int, seeds: Sequence[int]) -> dict[str, float]:
        """Simulate with the constants of a model; return the figures of TOLERANCE, means over the seeds."""
        each = [self._figures(model, events, seed) for seed in seeds]
        return {name: float(np.mean([found[name] for found in each])) for name in each[0]}

    def _figures(self, model: Model, events: int, seed: int) -> dict[str, float]:
        prepared = self.prepared
        own = prepared.world.setup
        changed = own._replace(lives=tuple(_with_model(life, model) for life in own.lives))
        object.__setattr__(prepared.world, "setup", changed)
        primaries = prepared.scenario.events.load(events, seed).primaries
        tallies = prepared.run(primaries, seed, threads=1)
        if "neutrons" in self.reference:
            return {"neutrons": tallies.escaped[:, NEUTRON, 0].mean() * WEIGHT_UNIT}
        showers = Showers.of(tallies, prepared)
        made = tallies.secondaries.mean(axis=0)
        return {
            "visible": showers.visible.mean(), "absorber": showers.absorber.mean(),
            "gone": showers.left.mean(), "visible sd": showers.visible.std(ddof=1),
            "depth": showers.depth.mean(), "depth sd": showers.depth.std(ddof=1),
            "e-": made[ELECTRON], "gamma": made[GAMMA],
        }  # fmt: skip


def _with_model(life: Any, model: Model) -> Any:
    if isinstance(getattr(life, "nature", None), Hadron):
        nature = life.nature
        return life._replace(nature=nature._replace(collisions=nature.collisions._replace(model=model)))
    if hasattr(life, "collisions"):
        return life._replace(collisions=life.collisions._replace(model=model))
    return life


def thick_target(material: str) -> Case:
    """Return a block of 600 mm, 100 mm across, with protons of 1 GeV, and how many neutrons leave it."""
    slab = {"region": "absorber", "material": material, "thickness_mm": 600.0}
    keys = {"layers": 1, "transverse_mm": 100.0, "slab": (slab,)}
    overrides = {f"geometry.{key}": value for key, value in keys.items()}
    overrides |= {"events.particle": "p", "events.energy_MeV": 1000.0}
    return Case(
        f"neutrons of {material}",
        NativePrepared(load_scenario("testem3", overrides=overrides)),
        {"neutrons": 0.1 * (THICK_TARGETS[material] + 20.0) * (1.0 - 0.12)},
    )


def read_cases(path: Path) -> list[Case]:
    """Return the cases of CASES with their references, and the thick targets."""
    found = json.loads(path.read_text())["cases"]
    cases = []
    for name, material in CASES.items():
        about = found[name]
        reference = {
            "visible": about["visible_MeV"]["mean"], "absorber": about["absorber_MeV"]["mean"],
            "gone": about["leak_kinetic_MeV"]["mean"], "visible sd": about["visible_MeV"]["sd"],
            "depth": about["layer_mean"]["mean"], "depth sd": about["layer_mean"]["sd"],
            "e-": about["n_e_minus"]["mean"], "gamma": about["n_gamma"]["mean"],
        }  # fmt: skip
        scenario = stack(material, {"events.particle": "pi+", "events.energy_MeV": 1e4})
        cases.append(Case(name, NativePrepared(scenario), reference))
    return cases + [thick_target(material) for material in THICK_TARGETS]


def residuals(cases: list[Case], model: Model, events: int, seeds: Sequence[int]) -> np.ndarray:
    """Return how far the figures are from the references, in tolerances."""
    return np.array(
        [
            (value / case.reference[name] - 1.0) / TOLERANCE[name]
            for case in cases
            for name, value in case.figures(model, events, seeds).items()
        ]
    )


def show(cases: list[Case], model: Model, events: int, seeds: Sequence[int]) -> None:
    """Print the figures beside the references."""
    for case in cases:
        print(case.name, flush=True)
        for name, value in case.figures(model, events, seeds).items():
            reference = case.reference[name]
            print(
                f"  {name:<12}{value:10.2f} {reference:10.2f} {100 * (value / reference - 1):+7.1f} %",
                flush=True,
            )


def fit(
    cases: list[Case], model: Model, names: list[str], events: int, seeds: Sequence[int], rounds: int
) -> Model:
    """Return the model after some Gauss-Newton steps in the logarithms of the constants named.

    A step that does not bring the residuals down is halved, and not made if that does not help either.
    """
    start = np.log([getattr(model, name) for name in names])
    base = residuals(cases, model, events, seeds)
    for number in range(rounds):
        here = np.log([getattr(model, name) for name in names])
        slopes = np.empty((len(base), len(names)))
        for k, name in enumerate(names):
            moved = model._replace(**{name: getattr(model, name) * (1.0 + STEP)})
            slopes[:, k] = (residuals(cases, moved, events, seeds) - base) / np.log1p(STEP)
        left = slopes.T @ slopes + np.eye(len(names)) / RIDGE**2
        move = np.linalg.solve(left, -slopes.T @ base - (here - start) / RIDGE**2)
        for part in (1.0, 0.5, 0.25):
            values = np.exp(here + np.clip(part * move, -LARGEST, LARGEST)).tolist()
            tried = model._replace(**dict(zip(names, values)))
            found = residuals(cases, tried, events, seeds)
            if found @ found < base @ base:
                model, base = tried, found
                break
        values_now = " ".join(f"{name}={getattr(model, name):.4g}" for name in names)
        print(f"round {number + 1}: sum of squares {base @ base:.1f}, {values_now}", flush=True)
    return model


def write(model: Model, names: list[str]) -> None:
    """Put the values of the constants named into the data file."""
    path = Path(str(DATA))
    lines = path.read_text().splitlines()
    for place, line in enumerate(lines):
        name, _, rest = line.partition(",")
        if name in names:
            lines[place] = f"{name},{getattr(model, name):.4g},{rest.partition(',')[2]}"
    path.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Compare and fit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("reference", type=Path)
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--scan", default="")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    model = hadron_model()
    for item in given.set:
        name, _, value = item.partition("=")
        model = model._replace(**{name: float(value)})
    names = [row["name"] for row in rows("hadron_model") if row["held"] == "fitted"]
    cases = read_cases(given.reference)
    if given.rounds:
        model = fit(cases, model, names, given.events, given.seeds, given.rounds)
    name, _, values = given.scan.partition("=")
    for scanned in (
        [model._replace(**{name: float(value)}) for value in values.split(",")] if name else [model]
    ):
        if name:
            print(f"{name} = {getattr(scanned, name)}")
        show(cases, scanned, given.events, given.seeds)
    if given.write:
        write(model, names)


if __name__ == "__main__":
    main()
