"""Electrons as showers of a normalising flow."""

from __future__ import annotations

from simkit.speedups.speedup import Claim
from simkit.speedups.trained_generator import generator_speedup

SPEEDUP = generator_speedup(
    "flow",
    "Showers of a normalising flow",
    Claim(
        text="CaloINN, dataset 2: 388 ms a shower on a CPU alone, 60 ms in batches of 100; AUC 0.74 / 0.87",
        source="CaloChallenge, arXiv:2410.21611; the method: arXiv:2312.09290",
    ),
)
