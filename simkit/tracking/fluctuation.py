"""Where the energy loss of which particles fluctuates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from simkit.errors import unknown
from simkit.particles import PARTICLES, species

OWN = ("e-", "e+", "mu-", "mu+")
"""What true stands for; a plug-in's particles are named, so that installing one changes no scenario."""


def _particles_on(value: Any) -> Any:
    if value is True:
        return OWN
    if value is False:
        return ()
    if isinstance(value, str):
        value = (value,)
    charged = [name for name in PARTICLES if species(name).charge]
    if not isinstance(value, tuple):
        names = ", ".join(f'"{name}"' for name in charged)
        raise ValueError(f"must be true, false or a list of particles out of {names}")
    for name in value:
        if name not in charged:
            raise ValueError(str(unknown("particle", name, charged)))
    return tuple(name for name in charged if name in value)


# true, false or the list of the particles for which it is on; kept as that list.
FluctuationSwitch = Annotated[tuple[str, ...], BeforeValidator(_particles_on)]


def build_fluctuation(on: Sequence[Sequence[str]]) -> np.ndarray:
    """Return int64[kinds, regions], 1 where the loss of a kind fluctuates; on: its particles by region."""
    table = np.zeros((len(PARTICLES), len(on)), dtype=np.int64)
    for region, names in enumerate(on):
        table[[PARTICLES.index(name) for name in names], region] = 1
    return table
