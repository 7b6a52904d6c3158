"""Generating showers with a trained generator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simkit.api.progress import Progress, Tell, shown
from simkit.bench.named_sides import check_seed
from simkit.errors import BadInput
from simkit.fastsim.models.asked import ask_for_showers, energies_in
from simkit.fastsim.models.draws import log_uniform, shower_keys
from simkit.fastsim.models.generating import Generator
from simkit.fastsim.models.trainers import load_generator
from simkit.fastsim.showers.files import MOST_MEV, Showers

BATCH = 1000
MOST_SHOWERS = 100_000_000


def generate(
    model: Path | str,
    count: int | None = None,
    incident_MeV: NDArray[np.float64] | None = None,
    seed: int = 1,
    progress: Progress = False,
) -> Showers:
    """Return showers of a trained generator's file.

    incident_MeV: their energies, float64[n], within those it was trained on; or count: so many, log-uniform
    between those. Errors: BadInput.
    """
    check_seed(seed)
    generator, file = load_generator(model)
    least, most = file.card.data.least_MeV, file.card.data.most_MeV
    if incident_MeV is None:
        if count is None or count < 1:
            raise BadInput("-n: give a number of showers from 1 on, or --energies-of FILE")
        if count > MOST_SHOWERS:
            raise BadInput(f"-n: found {count}; must be {MOST_SHOWERS:,} at most")
        incident_MeV = log_uniform(seed, count, least, most)
    low, high = file.card.data.domain_MeV
    outside = (incident_MeV < low) | (incident_MeV > high)
    if outside.any():
        raise BadInput(
            f"{model}: was trained on {least:.6g} to {most:.6g} MeV; found {incident_MeV[outside][0]:.6g} MeV"
        )
    with shown(progress, f"showers of {file.card.model}") as tell:
        made = generated(generator, str(model), incident_MeV, shower_keys(seed, len(incident_MeV)), tell)
    wrong = np.count_nonzero(~((made.energies_MeV >= 0.0) & (made.energies_MeV < MOST_MEV)).all(axis=1))
    if wrong:
        raise BadInput(
            f"{model}: gives no energies in {wrong} of {len(incident_MeV)} showers (NaN, negative, endless); "
            "train it longer, or take another file"
        )
    return made._replace(model_id=file.card.model_id)


def generated(
    generator: Generator,
    name: str,
    incident_MeV: NDArray[np.float64],
    keys: NDArray[np.uint64],
    tell: Tell | None = None,
) -> Showers:
    """Return a generator's showers, made in batches. Errors: BadInput."""
    n, cells = len(keys), generator.binning.cells
    try:
        energies = np.empty((n, cells), dtype=np.float32)
    except MemoryError:
        raise BadInput(f"{n:,} showers of {cells:,} cells do not fit into memory; make fewer") from None
    for first in range(0, n, BATCH):
        rows = slice(first, first + BATCH)
        given = ask_for_showers(generator, name, incident_MeV[rows], keys[rows])
        energies[rows] = energies_in(generator, name, given, len(keys[rows]))
        if tell:
            tell(min(1.0, (first + BATCH) / n), "generating")
    return Showers(generator.binning, incident_MeV, energies)
