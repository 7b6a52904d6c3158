"""What two sides differ in: the observables of a verdict on physics, each with its margin and its error.

Where a difference is found beyond its margin, its error is that of the margin: how two sides that are just
equivalent would scatter, as a score test has it (C. R. Rao, Proc. Camb. Phil. Soc. 44 (1948) 50). The error
at the value found would be too small where few events make an observable: of a layer that B happens to miss
altogether, -100 % would be certain.

Sides that share random numbers differ only where what they differ in comes up, and not at all in pairs where
it does not. The scatter of few pairs knows nothing of what comes up rarely, so the error is no less than what
their number may have hidden (`_hidden`), nor than that would be for independent random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from scipy import stats

from simkit.bench.statistics.samples import (
    ALIKE,
    Floats,
    Sample,
    SampleColumns,
    effective,
    quantiles,
    ratio,
)
from simkit.particles import Shower
from simkit.record.equivalence import Kind
from simkit.speedups.observables import ALL, parse_observable

Showers = Shower | Literal["mixed"]
"""What the events are: of one kind of shower, or mixed, as collisions are."""

# Margins of the differences, in the unit beside them.
MARGINS: dict[Kind, tuple[float, str]] = {
    "deposit": (0.5, "%"),
    "layer": (2.0, "% of the largest layer"),
    "width": (10.0, "%"),
    # The deposit of a region that is not read out: a check on where the energy goes, like those below it.
    "passive": (0.2, "% of the input"),
    "leakage": (0.1, "% of the input"),
    "median": (1.0, "%"),
    "tail": (4.0, "%"),
    "depth": (2.0, "%"),
    "invisible": (0.5, "% of the input"),
    "late": (0.5, "% of the input"),
    "punch-through": (2.0, "% of the events"),
}
# A hadron's shower fluctuates ten times as much as an electron's: what decides there is the percent.
OF_HADRONS: dict[Kind, tuple[float, str]] = {
    "deposit": (1.0, "%"),
    "passive": (0.5, "% of the input"),
    "leakage": (0.5, "% of the input"),
}
# Of muons only where an engine gives no more than the mean: see `differences`.
OF_MUONS: dict[Kind, tuple[float, str]] = {"deposit": (2.0, "%")}
Margins = Mapping[Kind, tuple[float, str]]
WHOLE: tuple[Kind, ...] = ("passive", "leakage", "invisible", "late", "punch-through")
TAIL = 0.95  # the quantile that stands for a tail
EVERYWHERE = "all regions"
FEWEST_EVENTS = 30  # for a width: below, the quantiles' densities are out of reach
# A quantile's density must hold for so many standard errors to either side, with MANY events up to a factor.
REACH, STEEPER, MANY = 3.5, 1.5, 100
# What happens in less than 3 / n of all cases is not seen in n of them, at 95 % (J. A. Hanley and
# A. Lippman-Hand, JAMA 249 (1983) 1743); as the error of an interval of 90 %.
UNSEEN = 3.0 / 1.645


@dataclass(frozen=True)
class Difference:
    """One observable, B against A, in units of its margin's unit; influence: [units], None for quantiles.

    given: the margin and its unit, where it is not that of the kind. visible: of what a readout sees that
    does not see all.
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
    visible: bool = False

    @property
    def limit(self) -> tuple[float, str]:
        """Return the margin and its unit."""
        return self.given or MARGINS[self.kind]


def margins_of(shower: Showers) -> Margins:
    """Return the margins where events are of a kind."""
    if shower == "muon":
        return {**MARGINS, **OF_MUONS}
    return {**MARGINS, **OF_HADRONS} if shower in ("hadronic", "mixed") else MARGINS


def differences(
    a: Sample,
    b: Sample,
    layout: SampleColumns,
    events: float,
    observables: Collection[str] = (),
    alike: bool = False,
    shower: Showers = "electromagnetic",
) -> list[Difference]:
    """Return the differences of all observables; row k of `a` and `b` has the same primaries.

    Observables of the sensitive regions are, by `shower`: deposit and layers; of hadrons deposit and mean
    depth; of muons median and tail of the deposit by event, of all regions together, too, as the mean of a
    tail of rare large losses takes for ever. Widths come where all events start `alike`; leakage but for
    muons, of which the rest of the energy is the loss; where hadrons are, invisible energy and what comes
    outside a time window; of hadrons the share of the events that punch through. `observables` names more
    (simkit.speedups.observables): a region by name is judged as the sensitive ones are; by "edep_MeV.*", all
    that are not read out, in parts of the input; by "edep_MeV.*.width", those of the calorimeter. `events` is
    how many events the samples amount to.
    """
    wanted = {parse_observable(key) for key in observables}
    margins = margins_of(shower)
    deposits = own_margin(layout, observables)
    profiled = deposits if shower in ("electromagnetic", "mixed") else []
    layered = [r for r in layout.regions if r in profiled or {("layers", r), ("layers", ALL)} & wanted]
    wide = [
        r
        for r in layout.regions
        if r in deposits or ("width", r) in wanted or (("width", ALL) in wanted and r in layout.calorimeter)
    ]
    rows: list[Difference] = []
    weights = a.event_weights, b.event_weights
    if shower == "muon":
        for region in (*deposits, EVERYWHERE):
            x, y = (_by_event(sample, layout, region) for sample in (a, b))
            rows += [_of_events(kind, region, x, y, QUANTILES[kind], weights) for kind in ("median", "tail")]
    for region in deposits if shower != "muon" else ():
        column = layout.regions.index(region)
        x, y = a.deposits[:, column], b.deposits[:, column]
        rows.append(_relative("deposit", region, None, x, y, x if x.any() else y, events, margins))
    for region in layered:
        columns = _columns(layout, region)
        if not columns:
            continue
        totals = a.layers[:, columns].sum(axis=0)
        largest = a.layers[:, columns[int(np.argmax(totals))]]
        for i in columns:
            x, y = a.layers[:, i], b.layers[:, i]
            rows.append(_relative("layer", region, layout.layers[i][1], x, y, largest, events, margins))
    for region in deposits if shower == "hadronic" else ():
        if len(columns := _columns(layout, region)) > 1:
            rows.append(_depth(region, a.layers[:, columns], b.layers[:, columns]))
    for region in wide if alike else ():
        x, y = (_by_event(sample, layout, region) for sample in (a, b))
        rows.append(_of_events("width", region, x, y, half_width, weights))
    if ("deposit", ALL) in wanted:
        for column, region in enumerate(layout.regions):
            if region not in deposits:
                x, y = a.deposits[:, column], b.deposits[:, column]
                rows.append(_relative("passive", region, None, x, y, a.energy, events, margins))
    rows = [replace(row, visible=row.region in layout.seeing_less) for row in rows]
    if shower in ("hadronic", "mixed"):
        # What is neither deposited nor leaves: binding energy of nuclei, which makes e / h, and neutrinos.
        x, y = (s.energy - s.deposits.sum(axis=1) - s.unseen - s.leaked - s.killed for s in (a, b))
        rows.append(_relative("invisible", "world", None, x, y, a.energy, events, margins))
        if a.late.any() or b.late.any():
            rows.append(_relative("late", "world", None, a.late, b.late, a.energy, events, margins))
    if shower == "hadronic":
        in_unit = a.energy * (events / a.energy.sum())
        rows.append(_relative("punch-through", "world", None, a.punched, b.punched, in_unit, events, margins))
    if shower != "muon" or ("leaked", "") in wanted:
        # What is killed would have leaked or been deposited: their sum is what a killer takes.
        x, y = a.leaked + a.killed, b.leaked + b.killed
        rows.append(_relative("leakage", "world", None, x, y, a.energy, events, margins))
    return rows


def _columns(layout: SampleColumns, region: str) -> list[int]:
    return [i for i, (name, _) in enumerate(layout.layers) if name == region]


def _by_event(sample: Sample, layout: SampleColumns, region: str) -> Floats:
    if region == EVERYWHERE:
        total: Floats = sample.event_deposits.sum(axis=1)
        return total
    return sample.event_deposits[:, layout.regions.index(region)]


def nearest_ratio(kind: Kind, found: float, margins: Margins = MARGINS) -> float:
    """Return the ratio of B to A within the margin that is nearest to the one found, for its error."""
    margin = margins[kind][0] / 100.0
    return min(max(found, 1.0 - margin), 1.0 + margin)


def own_margin(layout: SampleColumns, observables: Collection[str]) -> list[str]:
    """Return the regions whose deposit has a margin of its own: those read out, and those named."""
    wanted = {parse_observable(key) for key in observables}
    return [r for r in layout.regions if r in layout.sensitive or ("deposit", r) in wanted]


def _relative(
    kind: Kind,
    region: str,
    layer: int | None,
    x: Floats,
    y: Floats,
    reference: Floats,
    events: float,
    margins: Margins,
) -> Difference:
    a, b, limit = float(x.sum()) / events, float(y.sum()) / events, margins[kind]
    try:
        change = ratio(y - x, reference, limit[0] / 100.0)
    except ZeroDivisionError:  # nothing on either side
        return Difference(kind, region, layer, a, b, 0.0, 0.0, np.zeros(len(x)), limit)
    mean, n = abs(float(reference.mean())), len(x)
    apart = math.hypot(float(x.std()), float(y.std())) / (mean * math.sqrt(n))
    error = _hidden(change.error, apart, abs(float(x.mean())) / mean, max(n, events))
    return Difference(
        kind, region, layer, a, b, 100.0 * change.value, 100.0 * error, 100.0 * change.influence, limit
    )


def _hidden(error: float, apart: float, level: float, n: float) -> float:
    """Return the error of a difference by n pairs, or events: no less than what they may have hidden.

    error: by the scatter of the pairs; apart: that of independent sides; level: what is compared, in the
    same unit, all of which a rare fault may take.
    """
    return max(error, min(apart, UNSEEN * level / n))


def _depth(region: str, x: Floats, y: Floats) -> Difference:
    """Return the difference of the mean depth of the deposit, in layers from the front; [units, layers]."""
    middles = np.arange(x.shape[1]) + 0.5
    try:
        a, b = (ratio(layers @ middles, layers.sum(axis=1)) for layers in (x, y))
    except ZeroDivisionError:  # nothing on one side: the deposit judges that
        return Difference("depth", region, None, 0.0, 0.0, 0.0, math.inf, np.zeros(len(x)))
    change = 100.0 * (b.value / a.value - 1.0)
    nearest = nearest_ratio("depth", b.value / a.value)
    influence = 100.0 / a.value * (b.influence - nearest * a.influence)
    n = len(influence)
    error = float(np.sqrt(n / (n - 1) * np.sum(influence**2))) if n > 1 else math.inf
    error = _hidden(error, 100.0 * math.hypot(a.error, b.error) / a.value, 100.0, n)
    return Difference("depth", region, None, a.value, b.value, change, error, influence)


def quantile(x: Floats, p: float, weights: Floats = ALIKE) -> tuple[float, Floats]:
    """Return the quantile of `x` at `p`, and its influence by event; weights: of the events, none for equal.

    The density at a quantile is the slope of the quantile function there, over the bandwidth of P. Hall and
    S. J. Sheather, J. R. Stat. Soc. B 50 (1988) 381, or that to the order statistics REACH standard errors
    away where it is much steeper: beside a gap in the distribution the quantile may jump, and a local slope
    knows nothing of it.
    """
    n = effective(weights) if len(weights) else len(x)
    z = float(stats.norm.ppf(p))
    bandwidth = (1.5 * float(stats.norm.pdf(z)) ** 2 / (2.0 * z**2 + 1.0)) ** (1.0 / 3.0)
    bandwidth *= n ** (-1.0 / 3.0) * float(stats.norm.ppf(0.975)) ** (2.0 / 3.0)
    bandwidth = min(bandwidth, p, 1.0 - p)
    low, value, high = quantiles(x, (p - bandwidth, p, p + bandwidth), weights)
    reach = REACH * math.sqrt(p * (1.0 - p) / n)
    below, above = quantiles(x, (max(p - reach, 0.0), min(p + reach, 1.0)), weights)
    slope = (high - low) / (2.0 * bandwidth)
    steepest = max(value - below, above - value) / reach
    slope = steepest if steepest > (STEEPER if n >= MANY else 1.0) * slope else slope
    influence = np.asarray(slope * (p - (x <= value)), dtype=np.float64)
    return value, influence * (weights / weights.sum()) if len(weights) else influence / n


def half_width(x: Floats, weights: Floats = ALIKE) -> tuple[float, Floats]:
    """Return half of the distance between the quantiles at 16 % and 84 %, and its influence by event."""
    (low, below), (high, above) = quantile(x, 0.16, weights), quantile(x, 0.84, weights)
    return 0.5 * (high - low), 0.5 * (above - below)


Estimator = Callable[..., tuple[float, Floats]]
QUANTILES: dict[Kind, Estimator] = {"median": partial(quantile, p=0.5), "tail": partial(quantile, p=TAIL)}


def _of_events(
    kind: Kind, region: str, x: Floats, y: Floats, estimator: Estimator, weights: tuple[Floats, Floats]
) -> Difference:
    """Return the difference of what `estimator` makes of the deposits by event, and of their weights."""
    if min(len(x), len(y)) < FEWEST_EVENTS:
        return Difference(kind, region, None, float(np.std(x)), float(np.std(y)), 0.0, math.inf, None)
    (a, influence_a), (b, influence_b) = (estimator(z, weights=w) for z, w in zip((x, y), weights))
    if a == 0.0 or b == 0.0:
        value, error = (0.0, 0.0) if a == b else (100.0, math.inf)
        return Difference(kind, region, None, a, b, value, error, None)
    nearest = nearest_ratio(kind, b / a)
    error = float(np.sqrt(np.sum((influence_b - nearest * influence_a) ** 2))) / a
    apart = float(np.sqrt(np.sum(influence_a**2) + np.sum(influence_b**2))) / a
    error = _hidden(error, apart, 1.0, len(x))
    return Difference(kind, region, None, a, b, 100.0 * (b / a - 1.0), 100.0 * error, None)
