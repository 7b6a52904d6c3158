"""The same physics? Equivalence tests where an engine gives means over its events, not each event.

A unit is a run (or a part of recorded output) with random numbers of its own; the spread of a figure over
units gives its error. A single unit has the error that its standard deviation over events gives or, where it
gives none, that of the other side for as many events: two equal engines scatter alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from simkit.bench.statistics.differences import Difference, Showers, margins_of, nearest_ratio
from simkit.bench.statistics.samples import Floats, ratio
from simkit.engines.figures import Figures, with_sums
from simkit.errors import BadInput
from simkit.record.equivalence import Kind

Units = Sequence[Figures]


class Estimate(NamedTuple):
    """A mean per event, its standard error (None: not known) and its influence by unit (None: one unit)."""

    value: float
    error: float | None
    influence: Floats | None


def events_of(units: Units) -> float:
    """Return how many events the units have together."""
    return float(sum(unit.events for unit in units))


def estimate(units: Units, values: Sequence[float] | Floats, spread: float | None = None) -> Estimate:
    """Return the mean over all events of `values`, one a unit; `spread` over events is used for one unit.

    A deposit without any spread is not believed: its error is not known.
    """
    weights = np.array([unit.events for unit in units], dtype=np.float64)
    if len(units) == 1:
        if spread == 0.0 and values[0]:
            spread = None
        error = None if spread is None else spread / math.sqrt(weights[0])
        return Estimate(float(values[0]), error, None)
    found = ratio(np.asarray(values) * weights, weights)
    return Estimate(found.value, found.error, found.influence)


def width(units: Units, region: str) -> Estimate:
    """Return the standard deviation over events of a region's deposit, pooled over units.

    Its error is not known where there are deposits and they have no spread.
    """
    if not any(unit.spreads[region] for unit in units) and any(unit.deposits[region] for unit in units):
        return Estimate(0.0, None, None)
    variances = np.array([unit.spreads[region] ** 2 for unit in units])
    weights = np.array([unit.events - 1.0 for unit in units])
    if len(units) == 1:
        # of a normal distribution, which deposits in a calorimeter are near to
        value = math.sqrt(variances[0])
        return Estimate(value, value / math.sqrt(2.0 * weights[0]), None)
    found = ratio(variances * weights, weights)
    value = math.sqrt(max(found.value, 0.0))
    if value == 0.0:
        return Estimate(0.0, 0.0, np.zeros(len(units)))
    return Estimate(value, found.error / (2.0 * value), found.influence / (2.0 * value))


def names(units: Units) -> set[str]:
    """Return the names of the observables that all units give."""
    first = units[0]
    given = {f"deposit {r}" for r in first.deposits} | {f"layers {r}" for r in first.layers}
    given |= {f"width {r}" for r in first.spreads if all(r in unit.spreads for unit in units)}
    return given | ({"leakage"} if first.leaked is not None else set())


def not_compared(
    a: Units,
    b: Units,
    energy_MeV: float | None,
    labels: tuple[str, str],
    unchecked: Sequence[str] = (),
    repeating: Sequence[str] = (),
) -> str:
    """Return what is not compared, and why, in words.

    `unchecked` is what recorded output does not tell; `repeating` are the labels of the sides whose runs are
    one unit, see simkit.bench.programs.timing.ProgramMeasurement.ignores_seed.
    """
    parts = [
        f"more than one run of {label}: whatever the seed, it reports the same figures (does it use "
        "{seed}?)"
        for label in repeating
    ]
    if not names(a) | names(b):
        parts.append("neither side gives deposits, layers or leakage")
    joined = {name for units in (a, b) for name in units[0].layers if "+" in name}
    within = {f"layers {part}" for name in joined for part in name.split("+")}
    both = names(a) & names(b)
    for label, mine, other in zip(labels, (a, b), (b, a)):
        missing = sorted(names(other) - names(mine) - both)
        missing = [m for m in missing if not _is_sum(m, mine)]
        if missing:
            shown = [f"{m} (only within a sum)" if m in within else m for m in missing]
            parts.append(f"{label} does not give {', '.join(shown)}")
    unknown = [name for name, row in _named_differences(a, b, energy_MeV) if row is None]
    if unknown:
        parts.append(f"no error known of {', '.join(dict.fromkeys(unknown))}")
    if "leakage" in both and not energy_MeV:
        parts.append("no energy of an event known, so not leakage")
    if unchecked:
        parts.append(f"recorded output does not report, so not checked: {', '.join(unchecked)}")
    return "not compared: " + "; ".join(parts) if parts else ""


def _is_sum(name: str, units: Units) -> bool:
    """Return whether `name` is a sum of layers that `units` give one by one."""
    return name.startswith("layers ") and all(r in units[0].layers for r in name[7:].split("+"))


def mean_differences(
    a: Units, b: Units, energy_MeV: float | None, shower: Showers = "electromagnetic"
) -> list[Difference]:
    """Return the differences of all observables that both sides give and of which an error is known.

    `energy_MeV` is what an event brings in; of hadrons the mean depth stands for layers, of muons nothing
    does: see simkit.bench.statistics.differences. Errors: BadInput when the sides' layers differ in number.
    """
    margins = margins_of(shower)
    rows = (row for _, row in _named_differences(a, b, energy_MeV, shower) if row is not None)
    return [replace(row, given=margins[row.kind]) for row in rows]


Named = tuple[str, Difference | None]


def _named_differences(
    a: Units, b: Units, energy_MeV: float | None, shower: Showers = "electromagnetic"
) -> Iterator[Named]:
    """Give the observables that both sides give, by `names`, and their differences."""
    both = names(a) & names(b)
    events = (events_of(a), events_of(b))
    for region in a[0].deposits:
        name = f"deposit {region}"
        if name in both:
            x, y = (
                estimate(u, [unit.deposits[region] for unit in u], u[0].spreads.get(region)) for u in (a, b)
            )
            yield name, _difference("deposit", region, None, x, y, None, events)
    if shower == "hadronic":
        yield from _depths(a, b, events)
    elif shower != "muon":
        yield from _layers(a, b, events)
    for region in a[0].spreads:
        name = f"width {region}"
        if name in both:
            yield name, _difference("width", region, None, width(a, region), width(b, region), None, events)
    if energy_MeV and "leakage" in both:
        x, y = (estimate(u, [unit.leaked or 0.0 for unit in u]) for u in (a, b))
        yield "leakage", _difference("leakage", "world", None, x, y, energy_MeV, events)


def _layers(a: Units, b: Units, events: tuple[float, float]) -> Iterator[Named]:
    # Where one side gives the sum of regions only, the sum is compared.
    for name in with_sums(a[0], b[0].layers):
        if name not in with_sums(b[0], a[0].layers):
            continue
        x, y = (np.array([with_sums(unit, {name: None})[name] for unit in units]) for units in (a, b))
        if x.shape[1] != y.shape[1]:
            raise BadInput(f"layers {name}: one side has {x.shape[1]}, the other {y.shape[1]}")
        largest = float((x[0] if x[0].any() else y[0]).max())
        for i in range(x.shape[1]):
            row = _difference("layer", name, i, estimate(a, x[:, i]), estimate(b, y[:, i]), largest, events)
            yield f"layers {name}", row


def _depths(a: Units, b: Units, events: tuple[float, float]) -> Iterator[Named]:
    for name in a[0].layers:
        if name in b[0].layers and len(a[0].layers[name]) == len(b[0].layers[name]) > 1:
            row = _difference("depth", name, None, depth(a, name), depth(b, name), None, events)
            yield f"layers {name}", row


def depth(units: Units, region: str) -> Estimate:
    """Return the mean depth of a region's deposit, in layers from the front; of one unit without error."""
    layers = np.array([unit.layers[region] for unit in units]) * np.array([[unit.events] for unit in units])
    total = layers.sum(axis=1)
    moment = layers @ (np.arange(layers.shape[1]) + 0.5)
    if not total.any():
        return Estimate(0.0, None, None)
    if len(units) == 1:
        return Estimate(float(moment[0] / total[0]), None, None)
    found = ratio(moment, total)
    return Estimate(found.value, found.error, found.influence)


def _difference(
    kind: Kind,
    region: str,
    layer: int | None,
    a: Estimate,
    b: Estimate,
    reference: float | None,
    events: tuple[float, float],
) -> Difference | None:
    """Return b - a in percent of `reference` (None: of a); None when neither side's error is known."""
    if a.error is None and b.error is None:
        return None
    error_a = a.error if a.error is not None else (b.error or 0.0) * math.sqrt(events[1] / events[0])
    error_b = b.error if b.error is not None else error_a * math.sqrt(events[0] / events[1])
    # In a ratio to A, an error of A moves the difference by b / a of it.
    share = nearest_ratio(kind, b.value / a.value) if reference is None and a.value else 1.0
    scale = (a.value or b.value) if reference is None else reference
    if scale == 0.0:
        return Difference(kind, region, layer, a.value, b.value, 0.0, 0.0, None)
    percent = 100.0 / abs(scale)
    influence = None
    if a.influence is not None and b.influence is not None:
        influence = np.concatenate([-share * a.influence, b.influence]) * percent
    value, error = percent * (b.value - a.value), percent * math.hypot(share * error_a, error_b)
    return Difference(kind, region, layer, a.value, b.value, value, error, influence)
