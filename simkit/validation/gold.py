"""Sampled distributions against gold histograms, by chi-square at a stated false-alarm rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simkit.validation.judgement import judge_histogram
from simkit.validation.reference import Figure, read_rows
from simkit.validation.schema import Row

SAMPLES = 100_000


def compare_gold(process: str, sample: Callable[[str, str, float], np.ndarray]) -> list[Row]:
    """Return the rows of the gold histograms of a process (its Geant4 name).

    sample(observable, material, energy in MeV) returns our samples of the observable.
    """
    rows = []
    for row in read_rows("gold_histograms"):
        if row["process"] != process:
            continue
        low, high = float(row["low"]), float(row["high"])
        gold = np.array(row["counts"].split(), dtype=float)
        drawn = sample(row["observable"], row["material"], float(row["energy_MeV"]))
        counts = np.histogram(drawn, np.linspace(low, high, len(gold) + 1))[0]
        figure = Figure(
            row["observable"], "gamma", row["material"], float(row["energy_MeV"]), {}, 0.0, "", row["source"]
        )
        rows.append(judge_histogram(figure, counts, gold, outside=len(drawn) - int(counts.sum())))
    return rows
