"""Electrons as showers of a library: the baseline that every network must beat."""

from __future__ import annotations

from simkit.speedups.speedup import Claim
from simkit.speedups.trained_generator import generator_speedup

SPEEDUP = generator_speedup(
    "frozen-library",
    "Showers of a library",
    Claim(
        text="frozen showers in the forward calorimeter, in ATLAS's campaign mc20; no number",
        source="E. Barberio et al., J. Phys. Conf. Ser. 160 (2009) 012082",
    ),
)
