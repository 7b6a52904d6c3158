"""Electrons as showers spliced from pieces of a library's."""

from __future__ import annotations

from simkit.speedups.speedup import Claim
from simkit.speedups.trained_generator import generator_speedup

SPEEDUP = generator_speedup(
    "splice",
    "Showers spliced from a library's",
    Claim(text="none that is known", source="simkit.fastsim.models.splice, of its own"),
)
