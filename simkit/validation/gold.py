"""Sampled distributions against gold histograms, by chi-square at a stated false-alarm rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simkit.record.validation import Histogram, ValidationRow
from simkit.validation.judgement import judge_histogram
from simkit.validation.reference import Reference, read_rows

SAMPLES = 100_000

Sample = Callable[[str, str, float], np.ndarray]
"""sample(observable, material, energy in MeV) returns our samples of the observable."""


def compare_gold(process: str, sample: Sample) -> list[ValidationRow]:
    """Return the rows of the gold histograms of a process (its Geant4 name)."""
    rows = []
    for found in gold_histograms(process, sample):
        figure = Reference(
            found.quantity, found.particle, found.material, found.energy_MeV, {}, 0.0, "", found.source
        )
        counts = np.array(found.ours)
        outside = SAMPLES - int(counts.sum())
        rows.append(judge_histogram(figure, counts, np.array(found.reference), outside))
    return rows


def gold_histograms(process: str, sample: Sample) -> list[Histogram]:
    """Return the gold histograms of a process with our samples in their bins."""
    histograms = []
    for row in read_rows("gold_histograms"):
        if row["process"] != process:
            continue
        low, high, energy = float(row["low"]), float(row["high"]), float(row["energy_MeV"])
        gold = [float(count) for count in row["counts"].split()]
        drawn = sample(row["observable"], row["material"], energy)
        counts = np.histogram(drawn, np.linspace(low, high, len(gold) + 1))[0]
        histograms.append(
            Histogram(
                quantity=row["observable"],
                particle="gamma",
                material=row["material"],
                energy_MeV=energy,
                source=row["source"],
                low=low,
                high=high,
                ours=counts.astype(float).tolist(),
                reference=gold,
            )
        )
    return histograms
