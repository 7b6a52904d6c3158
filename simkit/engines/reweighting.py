"""Weights of events by what the readout saw: the trainer of `range-cut-reweight`, and what weighs a run."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkit.engines.shower_samples import binning_of, check_frame, make_sample, mesh_of, seen_energies
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.executors import LOCAL
from simkit.fastsim.models.model_file import ModelFile, read_model
from simkit.fastsim.models.range_cut_reweight import RangeCutSettings, Reweighter, fit
from simkit.fastsim.models.training import Training
from simkit.fastsim.models.weights import model_path
from simkit.fastsim.showers.files import Showers, read_showers, write_showers
from simkit.record.tallies import ENERGY_UNIT, IN, WEIGHT_UNIT, Tallies
from simkit.scenario import Scenario, load_scenario

OTHER = "other.h5"
"""The showers with larger cuts, in the folder of the training ..."""
PARTS = "other.parts"
"""... and the finished ones until all are."""
FIXED = ("geometry", "readout", "material", "physics", "field", "fastsim")
"""Sections of a scenario that must be those of the training; settings of regions besides."""


class RangeCutReweightTrainer:
    """The trainer. The showers given are the nominal ones; those with larger cuts it simulates itself."""

    name = "range-cut-reweight"
    settings = RangeCutSettings
    packages = ("torch", "sklearn", "h5py")

    def train(
        self, showers: Showers, settings: RangeCutSettings, run: Training
    ) -> Mapping[str, NDArray[Any]]:
        """See simkit.fastsim.models.generating.Trainer."""
        n = len(showers.incident_MeV)
        scenario = with_larger_cuts(settings, events=n, seed=int(run.random().integers(2**62)))
        if showers.binning != binning_of(scenario):
            raise BadInput(
                f"range-cut-reweight: the showers have other cells than scenario {settings.scenario!r}, or "
                "are of another particle; give the scenario that they are of (--set scenario=FILE)"
            )
        path = run.folder / OTHER
        if not path.exists():
            write_showers(path, simulated(scenario, showers.incident_MeV, run))
            shutil.rmtree(run.folder / PARTS, ignore_errors=True)
        other = read_showers(path)
        if not np.array_equal(other.incident_MeV, showers.incident_MeV):
            raise BadInput(f"{path}: holds showers of other energies; remove it")
        return fit(showers, other, settings, run)

    def build(self, file: ModelFile) -> Reweighter:
        """Return what weighs showers: this model makes none."""
        return Reweighter(file)


TRAINER = RangeCutReweightTrainer()


def with_larger_cuts(
    settings: RangeCutSettings, events: int | None = None, seed: int | None = None
) -> Scenario:
    """Return the scenario of a training, with the larger cuts. Errors: BadInput."""
    cuts = {"physics.production_cut_mm": settings.cut_mm}
    return load_scenario(settings.scenario, overrides=cuts, events=events, seed=seed)


def simulated(scenario: Scenario, incident_MeV: NDArray[np.float64], run: Training) -> Showers:
    """Return a scenario's showers of these energies; finished ones are kept in the folder of the training."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        run.share(done, len(incident_MeV), "simulating larger cuts")

    return make_sample(scenario, LOCAL, run.folder / PARTS, tell, incident_MeV).showers


class EventWeigher:
    """Weighs the events of a scenario that names a trained model in `[reweight]`."""

    def __init__(self, scenario: Scenario) -> None:
        """Read the model. Errors: BadInput where it was trained on something else than the scenario."""
        self.scenario = scenario
        file = read_model(model_path(scenario.reweight.file))
        if file.card.model != TRAINER.name:
            raise BadInput(f"reweight.file: {file.where} is a {file.card.model}; give a {TRAINER.name}")
        self.model = TRAINER.build(file)
        try:
            trained = with_larger_cuts(self.model.settings)
        except BadInput as error:
            name = self.model.settings.scenario
            raise BadInput(
                f"{file.where}: was trained in scenario {name!r}, which must be there: {error}"
            ) from None
        _check_like(scenario, trained, file.where)
        if self.model.binning != binning_of(scenario):
            raise BadInput(f"{file.where}: was trained on showers of another particle, or in other cells")
        self.model.weights(np.ones(1), np.zeros((1, self.model.binning.cells), dtype=np.float32))  # compiles

    def check(self, primaries: Primaries) -> None:
        """Refuse, before they are followed, particles that the model was not trained on. Errors: BadInput."""
        check_frame(mesh_of(self.scenario), primaries)
        incident, (least, most) = primaries.energy, self.model.domain_MeV
        if ((incident < least) | (incident > most)).any():
            raise BadInput(
                f"{self.model.where}: was trained on {least:.6g} to {most:.6g} MeV, and the events have "
                f"{incident.min():.6g} to {incident.max():.6g}; give other energies, or another file"
            )

    def weigh(self, tallies: Tallies) -> None:
        """Give each event, of primaries that were checked, its weight."""
        incident = tallies.balance[:, IN] * ENERGY_UNIT
        weights = self.model.weights(incident, seen_energies(self.scenario, tallies))
        tallies.event_weight = np.round(weights / WEIGHT_UNIT).astype(np.int64)[:, None]


def _check_like(scenario: Scenario, trained: Scenario, where: str) -> None:
    """Refuse a scenario in which events leave something else than where a model was trained."""
    mine, its = scenario.canonical(), trained.canonical()
    regions = [[r._replace(gamma_tracking="") for r in one.region_settings()] for one in (scenario, trained)]
    apart = [name for name in FIXED if mine[name] != its[name]] + ["region"] * (regions[0] != regions[1])
    start = [data["events"].get("position_mm") for data in (mine, its)]
    apart += ["events.position_mm"] * (start[0] != start[1])
    if apart:
        raise BadInput(
            f"{where}: was trained in scenario {trained.name} with physics.production_cut_mm = "
            f"{trained.physics.production_cut_mm:g}; {', '.join(apart)} differ"
        )
