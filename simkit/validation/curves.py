"""Our quantities over their whole range, to be drawn through the reference figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from simkit.record.validation import Curve
from simkit.validation.reference import Reference, load_figures

POINTS_A_DECADE = 16
LEAST_POINTS = 80
ENERGY = "energy_MeV"


class Sweep(NamedTuple):
    """What to draw: the figures of a file, our function of them (see `evaluate`), the range of `variable`."""

    figures: str
    ours: Callable[[Reference, np.ndarray], np.ndarray]
    variable: str = ENERGY
    low: float = 1e-3
    high: float = 1e6


def build_curves(sweeps: Sequence[Sweep]) -> list[Curve]:
    """Return a curve a quantity that has figures at two values of the variable or more.

    Left out are points where the quantity is zero: below a threshold.
    """
    curves = []
    for sweep in sweeps:
        decades = np.log10(sweep.high / sweep.low)
        points = max(int(decades * POINTS_A_DECADE), LEAST_POINTS)
        x = np.geomspace(sweep.low, sweep.high, points + 1)
        groups: dict[tuple[object, ...], set[float | None]] = {}
        first: dict[tuple[object, ...], Reference] = {}
        for figure in load_figures(sweep.figures):
            others = {k: v for k, v in figure.parameters.items() if k != sweep.variable}
            energy = None if sweep.variable == ENERGY else figure.energy_MeV
            key = (*figure[:3], energy, figure.unit, tuple(others.items()))
            at = figure.energy_MeV if sweep.variable == ENERGY else figure.parameters.get(sweep.variable)
            groups.setdefault(key, set()).add(at)
            first.setdefault(key, figure._replace(parameters=others))
        curves += [_curve(sweep, first[key], x) for key, places in groups.items() if len(places - {None}) > 1]
    return curves


def _curve(sweep: Sweep, figure: Reference, x: np.ndarray) -> Curve:
    if sweep.variable == ENERGY:
        values = np.asarray(sweep.ours(figure, x), dtype=float)
    else:
        energy = np.array([figure.energy_MeV or 0.0])
        at = [figure._replace(parameters={**figure.parameters, sweep.variable: float(place)}) for place in x]
        values = np.array([float(sweep.ours(one, energy)[0]) for one in at])
    drawn = values > 0.0
    return Curve(
        quantity=figure.quantity,
        particle=figure.particle,
        material=figure.material,
        parameters=figure.parameters,
        unit=figure.unit,
        variable=sweep.variable,
        x=[float(f"{place:.5g}") for place in x[drawn]],
        ours=[float(f"{value:.5g}") for value in values[drawn]],
    )
