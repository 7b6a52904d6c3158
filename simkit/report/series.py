"""Rows of a validation put together to figures: what runs along the axis, and what is one series."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from simkit.record.validation import Curve, ValidationRow, conditions

MOST = 8  # series in one figure: as many as there are colours
ENERGY = "energy_MeV"
LOGARITHMIC = (ENERGY, "range_cut_mm", "thickness_mm", "radius_mm")
WORDS = {ENERGY: "kinetic energy (MeV)", "theta_deg": "angle (degrees)", "layer": "layer"}


@dataclass
class Series:
    """Rows of one quantity, material and so on, in the order of `x`, with the curve through them."""

    quantity: str
    particle: str
    material: str
    parameters: dict[str, float]
    rows: list[ValidationRow]
    curve: Curve | None


@dataclass(frozen=True)
class Panel:
    """A figure to be: `variable` is what runs along the axis, `unit` what is drawn against it."""

    variable: str
    unit: str
    series: Sequence[Series]

    @property
    def title(self) -> str:
        """Return the quantities, or the one whose name is in all of theirs, and what all series share."""
        names = self.quantities
        names = [name for name in names if all(name in other for other in names)] or names
        particles = {one.particle for one in self.series}
        materials = {one.material.removeprefix("G4_") for one in self.series}
        words = ", ".join(names)
        shared = [next(iter(of)) for of in (particles, materials) if len(of) == 1 and "" not in of]
        unit = f" ({self.unit})" if self.unit else ""
        return ", ".join([words[:1].upper() + words[1:], *shared]) + unit

    @property
    def quantities(self) -> list[str]:
        """Return the names of the quantities, each once."""
        return list(dict.fromkeys(one.quantity for one in self.series))

    def label(self, one: Series) -> str:
        """Return what tells a series from the others: quantity, material, particle, then the parameters."""
        several = [s for s in self.series if s is not one]
        words = [one.quantity] if len(self.quantities) > 1 else []
        if len({s.material for s in self.series}) > 1 or not words:
            words.append(one.material.removeprefix("G4_"))
        if len({s.particle for s in self.series}) > 1:
            words.append(one.particle)
        alike = (one.quantity, one.material, one.particle)
        others = [s.parameters for s in several if (s.quantity, s.material, s.particle) == alike]
        if others:
            words.append(
                conditions({k: v for k, v in one.parameters.items() if any(p.get(k) != v for p in others)})
            )
        return " ".join(filter(None, words))


def place(row: ValidationRow, variable: str) -> float | None:
    """Return where on the axis a row stands."""
    return row.energy_MeV if variable == ENERGY else row.parameters.get(variable)


def axis_words(panel: Panel) -> str:
    """Return the title of the axis."""
    variable = panel.variable
    if variable == ENERGY and all(one.particle == "gamma" for one in panel.series):
        return "energy (MeV)"
    return WORDS.get(variable, variable.removesuffix("_mm").replace("_", " ") + " (mm)")


def panels(rows: Iterable[ValidationRow], curves: Sequence[Curve]) -> tuple[list[Panel], list[ValidationRow]]:
    """Return the figures of the rows of one check, and the rows that stand alone: at a single place."""
    together: dict[tuple[str, str], list[ValidationRow]] = {}
    alone: list[ValidationRow] = []
    by_material: dict[tuple[str, str, str], list[ValidationRow]] = {}
    for row in rows:
        if row.unit == "chi-square":
            alone.append(row)  # the histogram says more
        else:
            by_material.setdefault((row.quantity, row.unit, row.material), []).append(row)
    for (_, unit, _), group in by_material.items():
        variable = _variable(group)
        if variable is None:
            alone += group
        else:
            together.setdefault((unit, variable), []).extend(group)
    made = []
    for (unit, variable), group in together.items():
        # A material with a single figure joins a figure that there is anyway.
        joining = [row for row in alone if row.unit == unit and _joins(row, variable, group)]
        alone = [row for row in alone if not any(row is one for one in joining)]
        made += _split(Panel(variable, unit, _series([*group, *joining], variable, unit, curves)))
    return made, alone


def _joins(row: ValidationRow, variable: str, group: Sequence[ValidationRow]) -> bool:
    return place(row, variable) is not None and row.quantity in {one.quantity for one in group}


def _variable(rows: Sequence[ValidationRow]) -> str | None:
    """Return what the rows differ in: the energy before a parameter, the parameter with the most values."""
    names = dict.fromkeys(name for row in rows for name in row.parameters)
    counts = {name: len({place(row, name) for row in rows}) for name in (ENERGY, *names)}
    if counts[ENERGY] > 1:
        return ENERGY
    name = max(counts, key=lambda one: counts[one])
    return name if counts[name] > 2 else None


def _series(rows: Sequence[ValidationRow], variable: str, unit: str, curves: Sequence[Curve]) -> list[Series]:
    kinds: dict[tuple[str, str, str], list[ValidationRow]] = {}
    for row in rows:
        kinds.setdefault(_kind(row), []).append(row)
    found = []
    for kind, of_kind in kinds.items():
        parts: dict[tuple[tuple[str, float], ...], list[ValidationRow]] = {}
        for row in of_kind:
            others = tuple((name, value) for name, value in row.parameters.items() if name != variable)
            parts.setdefault(others, []).append(row)
        if any(len(part) < 2 for part in parts.values()) and len(parts) > 1:
            parts = {
                (): of_kind
            }  # foils as thick as their energy asks for: the parameter is none of a series
        for others, part in parts.items():
            curve = next((c for c in curves if _through(c, part[0], variable, dict(others))), None)
            part.sort(key=lambda row: place(row, variable) or 0.0)
            found.append(Series(*kind, dict(others), part, curve))
    return found


def _kind(row: ValidationRow) -> tuple[str, str, str]:
    return row.quantity, row.particle, row.material


def _through(curve: Curve, row: ValidationRow, variable: str, parameters: dict[str, float]) -> bool:
    of_curve = (curve.quantity, curve.particle, curve.material, curve.unit, curve.variable, curve.parameters)
    return of_curve == (*_kind(row), row.unit, variable, parameters)


def _split(panel: Panel) -> list[Panel]:
    """Return the panel, or several where it has too many series for the colours there are."""
    ways: tuple[Callable[[Series], str], ...] = (
        lambda one: one.quantity,
        lambda one: one.particle,
        lambda one: ", ".join(dict.fromkeys(row.source for row in one.rows)),
        lambda one: one.material,
    )
    if len(panel.series) <= MOST:
        return [panel]
    for way in ways:
        parts: dict[str, list[Series]] = {}
        for one in panel.series:
            parts.setdefault(way(one), []).append(one)
        if len(parts) > 1:
            return [part for of in parts.values() for part in _split(Panel(panel.variable, panel.unit, of))]
    return [
        Panel(panel.variable, panel.unit, panel.series[i : i + MOST])
        for i in range(0, len(panel.series), MOST)
    ]
