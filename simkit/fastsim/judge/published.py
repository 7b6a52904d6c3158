"""What the CaloChallenge's models are published to give: `data/calochallenge.csv`, dated, with its source."""

from __future__ import annotations

import csv
from importlib.resources import files

from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import NOISE_MEV

SOURCE = "C. Krause et al., CaloChallenge 2022, arXiv:2410.21611"
DATASETS = {368: "1-photons", 533: "1-pions", 6480: "2", 40500: "3"}
"""The challenge's datasets by their number of cells."""

THRESHOLDS_MEV = {"1-photons": 1.0, "1-pions": 1.0, "2": NOISE_MEV, "3": NOISE_MEV}


def dataset_of(binning: Binning) -> str | None:
    """Return which dataset of the challenge has these cells ("1-photons", "1-pions", "2", "3"), if any."""
    return DATASETS.get(binning.cells)


def threshold_of(binning: Binning) -> float:
    """Return the energy (MeV) below which a cell counts as zero: the challenge's; 15.15 keV elsewhere."""
    return THRESHOLDS_MEV.get(dataset_of(binning) or "", NOISE_MEV)


def submissions(dataset: str | None) -> list[dict[str, str | None]]:
    """Return the rows of a dataset's models, Geant4 against itself first; none for None.

    Their names are those of simkit.record.evaluation.PublishedModel, which makes numbers of them: of as many
    showers a class as `published_showers` there says, and milliseconds a shower by batch. None: not given.
    """
    text = (files("simkit.fastsim.judge") / "data" / "calochallenge.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return [{name: row[name] or None for name in row} for row in rows if row.pop("dataset") == dataset]
