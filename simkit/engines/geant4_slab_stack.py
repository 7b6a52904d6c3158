"""A slab stack simulated by Geant4 through the package geant4-pybind, in a process of its own.

Run as `python -m simkit.engines.geant4_slab_stack SETTINGS.json EVENTS SEED`; it prints `key: value` lines
(see simkit.engines.key_values). Deposits and steps are scored by Geant4's own scorers, in C++: Python is
called once an event, so that its time is not Geant4's.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def build_physics(g: Any) -> Any:
    """Return a physics list with the constructor emstandard_opt0 alone."""
    physics = g.G4VModularPhysicsList()
    physics.RegisterPhysics(g.G4EmStandardPhysics())
    return physics


def build_detector(g: Any, settings: dict[str, Any]) -> Any:
    """Return the detector: slabs along +x from x = 0 in vacuum, numbered layer by layer."""

    class Detector(g.G4VUserDetectorConstruction):
        def Construct(self) -> Any:
            find = g.G4NistManager.Instance().FindOrBuildMaterial
            half = 0.5 * settings["transverse_mm"] * g.mm
            slabs = settings["slabs"]
            length = settings["layers"] * sum(slab["thickness_mm"] for slab in slabs) * g.mm
            box = g.G4Box("world", 1.1 * length, 1.2 * half, 1.2 * half)
            self.world = g.G4LogicalVolume(box, find("G4_Galactic"), "world")
            self.slabs = []
            for i, slab in enumerate(slabs):
                solid = g.G4Box(f"slab{i}", 0.5 * slab["thickness_mm"] * g.mm, half, half)
                self.slabs.append(g.G4LogicalVolume(solid, find(slab["material"]), f"slab{i}"))
            place, number = 0.0, 0
            for _ in range(settings["layers"]):
                for i, slab in enumerate(slabs):
                    centre = g.G4ThreeVector((place + 0.5 * slab["thickness_mm"]) * g.mm, 0.0, 0.0)
                    g.G4PVPlacement(None, centre, self.slabs[i], f"slab{i}", self.world, False, number)
                    place, number = place + slab["thickness_mm"], number + 1
            return g.G4PVPlacement(None, g.G4ThreeVector(), self.world, "world", None, False, 0)

        def ConstructSDandField(self) -> None:
            self.kept = []  # Geant4 does not own what Python made
            for i, volume in enumerate(self.slabs):
                detector = g.G4MultiFunctionalDetector(f"sd{i}")
                deposit, charged, neutral = (
                    g.G4PSEnergyDeposit("deposit"),
                    g.G4PSNofStep("charged"),
                    g.G4PSNofStep("neutral"),
                )
                only_charged, only_neutral = g.G4SDChargedFilter(f"c{i}"), g.G4SDNeutralFilter(f"n{i}")
                charged.SetFilter(only_charged)
                neutral.SetFilter(only_neutral)
                for scorer in (deposit, charged, neutral):
                    detector.RegisterPrimitive(scorer)
                g.G4SDManager.GetSDMpointer().AddNewDetector(detector)
                volume.SetSensitiveDetector(detector)
                self.kept += [detector, deposit, charged, neutral, only_charged, only_neutral]

    return Detector()


class Sums:
    """Sums over events: of each cell's deposit, of each region's and its square, and of steps."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.slabs: list[dict[str, Any]] = settings["slabs"]
        self.cells = [0.0] * (settings["layers"] * len(self.slabs))
        self.regions = {slab["region"]: [0.0, 0.0] for slab in self.slabs}
        self.steps = {"charged": 0.0, "neutral": 0.0}
        self.events = 0

    def add(self, deposits: Sequence[dict[int, float]], charged: float, neutral: float) -> None:
        """Add an event: {cell: MeV} of each slab of a layer, and steps."""
        event = dict.fromkeys(self.regions, 0.0)
        for slab, values in zip(self.slabs, deposits):
            for cell, value in values.items():
                self.cells[cell] += value
            event[slab["region"]] += sum(values.values())
        for region, value in event.items():
            self.regions[region][0] += value
            self.regions[region][1] += value * value
        self.steps["charged"] += charged
        self.steps["neutral"] += neutral
        self.events += 1

    def lines(self) -> list[str]:
        """Return the figures as `key: value` lines."""
        n = self.events
        rows = [f"events: {n}"]
        for region, (total, squares) in self.regions.items():
            mean = total / n
            rows.append(f"deposit.{region}.mean_MeV: {mean!r}")
            if n > 1:
                variance = max(squares / n - mean * mean, 0.0) * n / (n - 1)
                rows.append(f"deposit.{region}.sd_MeV: {math.sqrt(variance)!r}")
        layers: dict[tuple[str, int], float] = {}
        for cell, value in enumerate(self.cells):
            key = (self.slabs[cell % len(self.slabs)]["region"], cell // len(self.slabs) + 1)
            layers[key] = layers.get(key, 0.0) + value / n
        rows += [f"layer.{region}.{i}.mean_MeV: {value!r}" for (region, i), value in layers.items()]
        return [
            *rows,
            f"steps.gamma: {self.steps['neutral'] / n!r}",
            f"steps.charged: {self.steps['charged'] / n!r}",
        ]


def simulate(g: Any, settings: dict[str, Any], events: int, seed: int, physics: Any) -> Sums:
    """Simulate `events` events and return their sums."""
    sums = Sums(settings)

    class Gun(g.G4VUserPrimaryGeneratorAction):
        def __init__(self) -> None:
            super().__init__()
            self.gun = g.G4ParticleGun(1)
            self.gun.SetParticleByName(settings["particle"])
            self.gun.SetParticleEnergy(settings["energy_MeV"] * g.MeV)
            self.gun.SetParticleMomentumDirection(g.G4ThreeVector(1.0, 0.0, 0.0))
            # just before the front face, in vacuum
            self.gun.SetParticlePosition(g.G4ThreeVector(-1e-6 * g.mm, 0.0, 0.0))

        def GeneratePrimaries(self, event: Any) -> None:
            self.gun.GeneratePrimaryVertex(event)

    class Score(g.G4UserEventAction):
        def EndOfEventAction(self, event: Any) -> None:
            hits, manager = event.GetHCofThisEvent(), g.G4SDManager.GetSDMpointer()

            def values(slab: int, scorer: str) -> dict[int, float]:
                found = hits.GetHC(manager.GetCollectionID(f"sd{slab}/{scorer}"))
                return {cell: float(value) for cell, value in found}

            slabs = range(len(settings["slabs"]))
            deposits = [values(i, "deposit") for i in slabs]
            charged, neutral = (
                sum(sum(values(i, what).values()) for i in slabs) for what in ("charged", "neutral")
            )
            sums.add(deposits, charged, neutral)

    class Actions(g.G4VUserActionInitialization):
        def Build(self) -> None:
            self.SetUserAction(Gun())
            self.SetUserAction(Score())

    manager = g.G4RunManagerFactory.CreateRunManager(g.G4RunManagerType.Serial)
    manager.SetUserInitialization(build_detector(g, settings))
    manager.SetUserInitialization(physics)
    manager.SetUserInitialization(Actions())
    interface = g.G4UImanager.GetUIpointer()
    fraction, final_range = settings["step_function"]
    for line in (
        f"/random/setSeeds {1 + seed % (2**31 - 2)} {1 + (seed >> 31) % (2**31 - 2)}",
        f"/process/em/applyCuts {'true' if settings['apply_cuts'] else 'false'}",
        f"/process/eLoss/StepFunction {fraction!r} {final_range!r} mm",
        f"/process/msc/RangeFactor {settings['range_factor']!r}",
        f"/run/setCut {settings['cut_mm']!r} mm",
    ):
        interface.ApplyCommand(line)  # a refusal is printed
    manager.Initialize()
    manager.BeamOn(events)
    return sums


def main(arguments: Sequence[str]) -> None:
    """Simulate what the settings file says and print the figures."""
    import geant4_pybind as g

    settings = json.loads(Path(arguments[0]).read_text("utf-8"))
    sums = simulate(g, settings, int(arguments[1]), int(arguments[2]), build_physics(g))
    print("\n".join(sums.lines()))


if __name__ == "__main__":
    main(sys.argv[1:])
