"""The free constants of the model, in one table: what was held to what, and what was fitted."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from simkit.physics.hadronic.cross_sections import rows


class Model(NamedTuple):
    """The constants of physics/data/hadron_model.csv, where each has its unit, its meaning and its origin."""

    least_share: float
    largest_share: float
    exchange: float
    pions: float
    pions_power: float
    neutral: float
    transverse: float
    cascade: float
    cascade_power: float
    cascade_rise: float
    excitation: float
    most_excitation: float
    knocked: float
    forwards: float
    absorption: float
    absorption_fall: float
    fragments: float
    annihilation: float
    annihilation_fall: float
    for_nucleus: float
    for_separation: float
    for_masses: float
    always: float
    least_knocking: float
    gamma: float
    most_gammas: float


@cache
def hadron_model() -> Model:
    """Return the constants of the data file."""
    return Model(**{row["name"]: float(row["value"]) for row in rows("hadron_model")})
