"""The cells of a shower: layers along the particle, each cut into radii and angles; from XML and to it.

A layer's cells are numbered by angle and radius, **radius fastest**; layers follow each other. Angles are
counted from -180 degrees, radii from the particle's line of flight. The form of the XML and the numbering are
those of the CaloChallenge (Krause et al., arXiv:2410.21611; github.com/CaloChallenge/homepage).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from simkit.errors import BadInput, shown, unknown
from simkit.reading import read_text
from simkit.writing import write_text

MEND = "give a binning file in the CaloChallenge's form"
MOST_XML_MB = 16
MOST_CELLS = 10_000_000
MOST_MM = 1e9
MOST_IMAGES = 2**28  # numbers of cells in all rotations and mirror images: 2 GB


class Binning(NamedTuple):
    """How a shower is cut into cells.

    particle, pdg: whose showers; the number is None where a file has none. radial_edges_mm: a tuple for each
    layer, rising; one with fewer than two edges has no cells. angles: equal angular bins of each layer.
    eta: the range for which a file gives the binning, as it is written there; None without one.
    """

    particle: str
    pdg: int | None
    radial_edges_mm: tuple[tuple[float, ...], ...]
    angles: tuple[int, ...]
    eta: tuple[str, str] | None = None

    @property
    def radii(self) -> tuple[int, ...]:
        """The number of radial bins of each layer."""
        return tuple(max(len(edges) - 1, 0) for edges in self.radial_edges_mm)

    @property
    def layers(self) -> int:
        """The number of layers, those without cells included."""
        return len(self.angles)

    @property
    def filled(self) -> tuple[int, ...]:
        """The layers that have cells."""
        return tuple(layer for layer, radii in enumerate(self.radii) if radii)

    @property
    def edges(self) -> NDArray[np.int64]:
        """The first cell of each layer, and the number of all cells last; int64[layers + 1]."""
        sizes = [radii * angles for radii, angles in zip(self.radii, self.angles)]
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    @property
    def cells(self) -> int:
        """The number of all cells."""
        return int(self.edges[-1])

    @property
    def shape(self) -> tuple[int, int, int] | None:
        """(layers, angles, radii) where all layers are alike, else None."""
        alike = len(set(zip(self.radii, self.angles))) == 1
        return (self.layers, self.angles[0], self.radii[0]) if alike else None

    def has_cells_of(self, other: Binning) -> bool:
        """Return whether both have the same cells, edges to a micrometre; particle and eta may differ."""
        if (self.angles, self.radii) != (other.angles, other.radii):
            return False
        mine, its = (np.concatenate([of.radial_edges_mm[i] for i in of.filled]) for of in (self, other))
        return bool(np.allclose(mine, its, rtol=0.0, atol=1e-3))

    def cells_of(self, layer: int) -> slice:
        """Return which cells belong to a layer."""
        first, end = self.edges[layer : layer + 2]
        return slice(int(first), int(end))

    def angular_edges(self, layer: int) -> NDArray[np.float64]:
        """Return the edges of a layer's angular bins, in radians from -pi to pi; float64[angles + 1]."""
        return np.linspace(-math.pi, math.pi, self.angles[layer] + 1)

    def centres(self, layer: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return radius (mm) and angle (radians) of the middle of a layer's cells, each float64[cells]."""
        radial = np.asarray(self.radial_edges_mm[layer])
        angular = self.angular_edges(layer)
        radius, angle = (0.5 * (edges[1:] + edges[:-1]) for edges in (radial, angular))
        return np.tile(radius, len(angle)), np.repeat(angle, len(radius))

    def symmetries(self) -> NDArray[np.int64]:
        """Return every rotation and mirror image that maps cells on cells; int64[symmetries, cells].

        A shower `e` turned or mirrored is `e[symmetries[i]]`; the first leaves it as it is. Dataset 2 has 32:
        16 rotations, each with and without the mirror.
        """
        turns = math.gcd(*(self.angles[layer] for layer in self.filled if self.angles[layer] > 1)) or 1
        if 2 * turns * self.cells > MOST_IMAGES:
            raise BadInput(
                f"a binning of {self.cells:,} cells has too many rotations, by {turns:,} angles; give one "
                "with fewer angles"
            )
        images = []
        for mirrored in (False, True) if turns > 1 else (False,):
            for turn in range(turns):
                layers = []
                for layer in self.filled:
                    n, radii = self.angles[layer], self.radii[layer]
                    angle = (np.arange(n) + turn * (n // turns)) % n
                    angle = angle[::-1] if mirrored else angle
                    layers.append(self.edges[layer] + (angle[:, None] * radii + np.arange(radii)).ravel())
                images.append(np.concatenate(layers))
        return np.stack(images)


def regular_binning(particle: str, pdg: int, layers: int, angles: int, radii: int, step_mm: float) -> Binning:
    """Return a binning of like layers with `radii` rings, each `step_mm` wide."""
    edges = tuple(round(step_mm * i, 6) for i in range(radii + 1))
    return Binning(particle, pdg, (edges,) * layers, (angles,) * layers)


DATASET_2 = regular_binning("electron", 11, layers=45, angles=16, radii=9, step_mm=4.65)
DATASET_3 = regular_binning("electron", 11, layers=45, angles=50, radii=18, step_mm=2.325)
"""The CaloChallenge's datasets 2 and 3 (binning_dataset_2.xml and 3 in its repository)."""
KNOWN = {binning.cells: binning for binning in (DATASET_2, DATASET_3)}
"""By their number of cells, the binnings that files need not name."""


def read_binning(path: Path, particle: str | None = None) -> Binning:
    """Return a particle's binning in an XML file; without a name, the only one in it. Errors: BadInput."""
    return parse_binning(read_text(path, MEND, MOST_XML_MB), str(path), particle)


def parse_binning(text: str, where: str, particle: str | None = None) -> Binning:
    """Return the binning in an XML text, which errors call `where`; else as `read_binning` does."""
    try:
        bins = ElementTree.fromstring(text).findall("Bin")
    except (ElementTree.ParseError, ValueError) as error:
        raise BadInput(f"{where}: not valid XML ({error}); {MEND}") from None
    names = [found.get("name", "") for found in bins]
    if not names:
        raise BadInput(f"{where}: holds no <Bin name=...>; {MEND}")
    if particle is None:
        if len(names) > 1:
            raise BadInput(f"{where}: has binnings for {', '.join(names)}; name one particle")
        particle = names[0]
    if particle not in names:
        raise unknown("particle", particle, names, where)
    if names.count(particle) > 1:
        raise BadInput(f"{where}: has {names.count(particle)} binnings for {particle!r}; leave one")
    return _binning(bins[names.index(particle)], f"{where}: <Bin name={particle!r}>")


def _binning(found: ElementTree.Element, where: str) -> Binning:
    layers = found.findall("Layer")
    if not layers:
        raise BadInput(f"{where}: has no <Layer>; {MEND}")
    ranges = found.get("etaMin"), found.get("etaMax")
    binning = Binning(
        found.get("name", ""),
        _whole(found.get("pid"), "pid", where) if found.get("pid") is not None else None,
        tuple(_radial_edges(layer.get("r_edges"), f"{where} layer {i}") for i, layer in enumerate(layers)),
        tuple(
            _whole(layer.get("n_bin_alpha"), "n_bin_alpha", f"{where} layer {i}", least=1)
            for i, layer in enumerate(layers)
        ),
        (ranges[0], ranges[1]) if ranges[0] is not None and ranges[1] is not None else None,
    )
    for i, layer in enumerate(layers):
        if layer.get("id", str(i)) != str(i):
            raise BadInput(
                f"{where}: layer {i} has id={shown(layer.get('id'))}; number them 0, 1, 2 in order"
            )
    cells = sum(r * a for r, a in zip(binning.radii, binning.angles))
    if not 0 < cells <= MOST_CELLS or max(binning.angles) > MOST_CELLS:
        raise BadInput(f"{where}: must have between 1 and {MOST_CELLS} cells; {MEND}")
    return binning


def _radial_edges(text: str | None, where: str) -> tuple[float, ...]:
    try:
        edges = tuple(float(part) for part in (text or "").split(","))
    except ValueError:
        raise BadInput(f'{where}: found r_edges={shown(text)}; must be like "0,5,10", in mm') from None
    rising = all(low < high for low, high in pairwise(edges))
    if not (rising and edges[0] >= 0 and edges[-1] <= MOST_MM):
        raise BadInput(
            f"{where}: found r_edges={shown(text)}; must rise from 0 or more to {MOST_MM:g} mm at most"
        )
    return edges


def _whole(text: str | None, key: str, where: str, least: int | None = None) -> int:
    try:
        value = int(text or "")
    except ValueError:
        value = None
    if value is None or (least is not None and value < least) or abs(value) > 2**31:
        kind = "a whole number" if least is None else f"a whole number from {least} on"
        raise BadInput(f"{where}: found {key}={shown(text)}; must be {kind}")
    return value


def to_xml(binnings: Sequence[Binning]) -> str:
    """Return binnings as the text of an XML file that `read_binning` reads back."""
    root = ElementTree.Element("Bins")
    for binning in binnings:
        named = {"pid": str(binning.pdg)} if binning.pdg is not None else {}
        if binning.eta is not None:
            named |= {"etaMin": binning.eta[0], "etaMax": binning.eta[1]}
        found = ElementTree.SubElement(root, "Bin", named | {"name": binning.particle})
        for layer, (edges, angles) in enumerate(zip(binning.radial_edges_mm, binning.angles)):
            text = ",".join(f"{edge!r}".removesuffix(".0") for edge in edges)
            ElementTree.SubElement(found, "Layer", id=str(layer), r_edges=text, n_bin_alpha=str(angles))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def write_binning(path: Path, *binnings: Binning) -> None:
    """Write binnings to an XML file in the CaloChallenge's form. Errors: BadInput."""
    write_text(path, to_xml(binnings))
