"""What two sides differ in: the observables of a verdict on physics, each with its margin and its error.

Where a difference is found beyond its margin, its error is that of the margin: how two sides that are just
equivalent would scatter, as a score test has it (C. R. Rao, Proc. Camb. Phil. Soc. 44 (1948) 50). The error
at the value found would be too small where few events make an observable: of a layer that B happens to miss
altogether, -100 % would be certain.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from simkit.bench.statistics.samples import Floats, Sample, SampleColumns, ratio
from simkit.speedups.observables import ALL, parse_observable

Kind = Literal["deposit", "layer", "width", "passive", "leakage", "value"]

# Margins of the differences, in the unit beside them.
MARGINS: dict[Kind, tuple[float, str]] = {
    "deposit": (0.5, "%"),
    "layer": (2.0, "% of the largest layer"),
    "width": (10.0, "%"),
    # The deposit of a region that is not read out: a check on where the energy goes, like those below it.
    "passive": (0.2, "% of the input"),
    "leakage": (0.1, "% of the input"),
}
OF_THE_INPUT: tuple[Kind, ...] = ("passive", "leakage")
FEWEST_EVENTS = 30  # for a width: below, the quantiles' densities are out of reach
# A quantile's density must hold for so many standard errors to either side, with MANY events up to a factor.
REACH, STEEPER, MANY = 3.5, 1.5, 100


@dataclass(frozen=True)
class Difference:
    """One observable, B against A, in units of its margin's unit; influence: [units], None for widths.

    given: the margin and its unit, where it is not that of the kind.
    """

    kind: Kind
    region: str
    layer: int | None
    a: float
    b: float
    value: float
    error: float
    influence: Floats | None
    given: tuple[float, str] | None = None

    @property
    def limit(self) -> tuple[float, str]:
        """Return the margin and its unit."""
        return self.given or MARGINS[self.kind]


def differences(
    a: Sample,
    b: Sample,
    layout: SampleColumns,
    events: float,
    observables: Collection[str] = (),
    alike: bool = False,
) -> list[Difference]:
    """Return the differences of all observables; row k of `a` and `b` has the same primaries.

    Observables are deposit and layers of the sensitive regions, widths where all events start `alike`,
    leakage, and what the keys in `observables` name (simkit.speedups.observables): a region by name is judged
    as the sensitive ones are; by "edep_MeV.*", all that are not read out, in parts of the input; by
    "edep_MeV.*.width", those of the calorimeter. `events` is how many events the samples amount to.
    """
    wanted = {parse_observable(key) for key in observables}
    deposits = own_margin(layout, observables)
    layered = [r for r in layout.regions if r in deposits or {("layers", r), ("layers", ALL)} & wanted]
    wide = [
        r
        for r in layout.regions
        if r in deposits or ("width", r) in wanted or (("width", ALL) in wanted and r in layout.calorimeter)
    ]
    rows: list[Difference] = []
    for region in deposits:
        column = layout.regions.index(region)
        x, y = a.deposits[:, column], b.deposits[:, column]
        rows.append(_relative("deposit", region, None, x, y, x if x.any() else y, events))
    for region in layered:
        columns = [i for i, (name, _) in enumerate(layout.layers) if name == region]
        if not columns:
            continue
        totals = a.layers[:, columns].sum(axis=0)
        largest = a.layers[:, columns[int(np.argmax(totals))]]
        for i in columns:
            x, y = a.layers[:, i], b.layers[:, i]
            rows.append(_relative("layer", region, layout.layers[i][1], x, y, largest, events))
    for region in wide if alike else ():
        column = layout.regions.index(region)
        rows.append(_width(region, a.event_deposits[:, column], b.event_deposits[:, column]))
    if ("deposit", ALL) in wanted:
        for column, region in enumerate(layout.regions):
            if region not in deposits:
                x, y = a.deposits[:, column], b.deposits[:, column]
                rows.append(_relative("passive", region, None, x, y, a.energy, events))
    # What is killed would have leaked or been deposited: their sum says what a killer takes from a detector.
    x, y = a.leaked + a.killed, b.leaked + b.killed
    rows.append(_relative("leakage", "world", None, x, y, a.energy, events))
    return rows


def nearest_ratio(kind: Kind, found: float) -> float:
    """Return the ratio of B to A within the margin that is nearest to the one found, for its error."""
    margin = MARGINS[kind][0] / 100.0
    return min(max(found, 1.0 - margin), 1.0 + margin)


def own_margin(layout: SampleColumns, observables: Collection[str]) -> list[str]:
    """Return the regions whose deposit has a margin of its own: those read out, and those named."""
    wanted = {parse_observable(key) for key in observables}
    return [r for r in layout.regions if r in layout.sensitive or ("deposit", r) in wanted]


def _relative(
    kind: Kind, region: str, layer: int | None, x: Floats, y: Floats, reference: Floats, events: float
) -> Difference:
    a, b = float(x.sum()) / events, float(y.sum()) / events
    try:
        change = ratio(y - x, reference, MARGINS[kind][0] / 100.0)
    except ZeroDivisionError:  # nothing on either side
        return Difference(kind, region, layer, a, b, 0.0, 0.0, np.zeros(len(x)))
    return Difference(
        kind, region, layer, a, b, 100.0 * change.value, 100.0 * change.error, 100.0 * change.influence
    )


def half_width(x: Floats) -> tuple[float, Floats]:
    """Return half of the distance between the quantiles at 16 % and 84 %, and its influence by event.

    The density at a quantile is the slope of the quantile function there, over the bandwidth of P. Hall and
    S. J. Sheather, J. R. Stat. Soc. B 50 (1988) 381, or that to the order statistics REACH standard errors
    away where it is much steeper: beside a gap in the distribution the quantile may jump, and a local slope
    knows nothing of it.
    """
    n = len(x)
    width, influence = 0.0, np.zeros(n)
    for p, sign in ((0.16, -0.5), (0.84, 0.5)):
        z = float(stats.norm.ppf(p))
        bandwidth = (1.5 * float(stats.norm.pdf(z)) ** 2 / (2.0 * z**2 + 1.0)) ** (1.0 / 3.0)
        bandwidth *= n ** (-1.0 / 3.0) * float(stats.norm.ppf(0.975)) ** (2.0 / 3.0)
        low, quantile, high = (float(q) for q in np.quantile(x, (p - bandwidth, p, p + bandwidth)))
        width += sign * quantile
        reach = REACH * math.sqrt(p * (1.0 - p) / n)
        below, above = (float(q) for q in np.quantile(x, (max(p - reach, 0.0), min(p + reach, 1.0))))
        slope = (high - low) / (2.0 * bandwidth)
        steepest = max(quantile - below, above - quantile) / reach
        slope = steepest if steepest > (STEEPER if n >= MANY else 1.0) * slope else slope
        influence += sign * slope * (p - (x <= quantile)) / n
    return width, influence


def _width(region: str, x: Floats, y: Floats) -> Difference:
    if len(x) < FEWEST_EVENTS:
        return Difference("width", region, None, float(np.std(x)), float(np.std(y)), 0.0, math.inf, None)
    (a, influence_a), (b, influence_b) = half_width(x), half_width(y)
    if a == 0.0 or b == 0.0:
        value, error = (0.0, 0.0) if a == b else (100.0, math.inf)
        return Difference("width", region, None, a, b, value, error, None)
    nearest = nearest_ratio("width", b / a)
    error = float(np.sqrt(np.sum((influence_b - nearest * influence_a) ** 2))) / a
    return Difference("width", region, None, a, b, 100.0 * (b / a - 1.0), 100.0 * error, None)
