"""Models on the host: generators of showers in cells, which get tracks in batches.

The kernel puts a track into a tray; the host takes it out, makes its shower and places it
(simkit.fastsim.hook.batches). A shower's random numbers come from its key, made of seed, event and track: it
is the same whatever it is made beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os.path import isfile
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simkit.counting import add
from simkit.errors import BadInput, unknown
from simkit.fastsim.models.in_kernel import DECLINED, DONE, SHOWER, Ledger, blank, outcome
from simkit.fastsim.models.rule import Rule, Surroundings
from simkit.fastsim.models.weights import model_path
from simkit.jit import kernel
from simkit.rng import EVENT, KEY, TRACK, child_track
from simkit.sections import KeyPath, Length, NotNegative
from simkit.tally import HANDED_OVER, book, energy_units
from simkit.tracks import N_FIELDS, put_track

if TYPE_CHECKING:
    from simkit.fastsim.models.generating import Generator
    from simkit.fastsim.showers.binning import Binning

RULE, SHOWER_KEY, TRAY_WIDTH = N_FIELDS, N_FIELDS + 1, N_FIELDS + 2
"""Columns of a tray, behind the words of a track."""

FAR = 10.0  # how many times as far as the last ring energy may lie

_given: dict[str, Generator] = {}


def give_generator(name: str, generator: Generator) -> None:
    """Let rules of this process name a generator that is an object in Python. Errors: BadInput."""
    from simkit.fastsim.showers.binning import Binning  # which not every run needs

    cells = getattr(generator, "binning", None)
    if not (callable(getattr(generator, "generate", None)) and isinstance(cells, Binning)):
        raise BadInput(
            f"fastsim: {generator!r:.80} is no generator; give an object with `binning` (a Binning) and "
            "generate(incident_MeV, keys)"
        )
    _given[name] = generator


def name_generator(generator: Generator) -> str:
    """Let rules name an object as `give_generator` does; return its name, with a number where it is taken."""
    own, number = str(getattr(generator, "name", type(generator).__name__)), 1
    name = own
    while _given.get(name, generator) is not generator:
        number += 1
        name = f"{own} {number}"
    give_generator(name, generator)
    return name


class OfGenerator(Rule):
    """`[[fastsim]] model = "generator"`: a generator of showers in cells, on the host, in batches.

    Its cells lie in the frame of the track: layers along its direction from where it was taken.
    """

    model: Literal["generator"]
    """The model."""
    file: str = ""
    """A trained generator (`simkit fastsim train`), or the name of a shipped one; it takes only energies
    that it was trained on, and the full simulation follows the others; or give `name`."""
    name: str = ""
    """A generator that a program gave, by name; or give `file`."""
    layer_mm: Length = 3.4
    """Depth of a layer of its cells."""
    visible_region: str = ""
    """The region whose deposits it makes; none: it makes those of all."""
    sampling_fraction: Annotated[float, Field(gt=0.0, le=1.0)] = 0.033
    """Deposit in that region over the energy in a cell; 1: they are the same."""
    lateral_mm: Length = 10.0
    """Radius within which half of a shower's energy lies: how deposits are spread within a cell."""
    points: Annotated[int, Field(ge=0, le=1_000_000)] = 500
    """Deposits that a shower is spread over, by energy, besides one in each cell."""
    batch: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """Tracks that are waited for; changes no result ..."""
    flush_s: NotNegative = 60.0
    """... and how long at most (s)."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        yield from super().problems()
        if bool(self.file) == bool(self.name):
            yield ("file",), "give either file or name, of a generator"
        elif self.name and self.name not in _given:
            none = f"found {self.name!r}; no program gave any generator, give a file"
            yield ("name",), str(unknown("generator", self.name, _given)) if _given else none
        elif self.file and not isfile(model_path(self.file)):
            yield ("file",), f"found {self.file!r}; there is no such file, give a generator's"

    def build(self, surroundings: Surroundings) -> HostModel:
        """See simkit.fastsim.models.rule.Rule. Errors: BadInput, of a file that holds no generator."""
        # files of generators need not be read
        from simkit.fastsim.models.model_file import check_particles
        from simkit.fastsim.models.trainers import load_generator

        names = surroundings.detector.regions
        here = [names[i] for i in surroundings.regions]
        if self.visible_region and self.visible_region not in here:
            raise unknown("region", self.visible_region, here, f"fastsim ({self.model}): visible_region")
        if self.name and self.name not in _given:
            raise BadInput(
                f"fastsim ({self.model}): generator {self.name!r} was given to another process than this; "
                "use --executor local, or a file"
            )
        low, high = self.min_MeV, self.max_MeV
        if self.name:
            generator, outside = _given[self.name], 0.0
        else:
            generator, file = load_generator(self.file)
            check_particles(file, self.particles)
            least, most = file.card.data.domain_MeV
            outside = file.card.data.outside
            low, high = max(low, least), min(high, most)
            if low >= high:
                raise BadInput(
                    f"{file.where}: was trained on {least:.6g} to {most:.6g} MeV, and the rule takes from "
                    f"{self.min_MeV:.6g} to {self.max_MeV:.6g}; give other energies, or another file"
                )
        return HostModel(
            self.name or self.file,
            generator,
            np.concatenate(
                [boxes_of(generator.binning, self.layer_mm), beyond_of(generator.binning, self.layer_mm)]
            ),
            generator.binning.angles[0] if len(set(generator.binning.angles)) == 1 else 0,
            names.index(self.visible_region) if self.visible_region else -1,
            self.sampling_fraction if self.visible_region else 1.0,
            self.lateral_mm,
            self.points,
            self.retries,
            self.batch,
            self.flush_s,
            (low, high),
            outside if self.visible_region else 0.0,
        )


@dataclass(frozen=True)
class HostModel:
    """A generator and how its showers are placed.

    boxes: float64[cells + layers, 6], of `boxes_of` and `beyond_of`. turns: by how many angles, at equal
    distances, cells cover each other; 0: layers differ. visible_region: the region's number, -1 for all.
    scale: deposit over the energy in a cell. lateral_mm, points, retries, batch, flush_s: of the rule.
    energy_MeV: of which tracks are taken, from and to: the rule's as far as the generator was trained on
    them. outside: energy beyond the last rings over that in cells.
    """

    name: str
    generator: Any
    boxes: np.ndarray
    turns: int
    visible_region: int
    scale: float
    lateral_mm: float
    points: int
    retries: int
    batch: int
    flush_s: float
    energy_MeV: tuple[float, float]
    outside: float

    def with_outside(self, energies: np.ndarray) -> np.ndarray:
        """Return energies of cells, float32[n, cells], and behind them those beyond each layer's rings."""
        binning = self.generator.binning
        layers = [energies[:, binning.cells_of(layer)].sum(axis=1) for layer in range(binning.layers)]
        return np.column_stack([energies, np.float32(self.outside) * np.stack(layers, axis=1)])


def boxes_of(binning: Binning, layer_mm: float) -> np.ndarray:
    """Return where each cell begins and ends: depth (mm), radius (mm), angle (rad); float64[cells, 6]."""
    boxes = np.empty((binning.cells, 6))
    for layer in range(binning.layers):
        radial, angular = np.array(binning.radial_edges_mm[layer]), binning.angular_edges(layer)
        of_layer = boxes[binning.cells_of(layer)]
        of_layer[:, 0], of_layer[:, 1] = layer * layer_mm, (layer + 1) * layer_mm
        of_layer[:, 2] = np.tile(radial[:-1], len(angular) - 1)
        of_layer[:, 3] = np.tile(radial[1:], len(angular) - 1)
        of_layer[:, 4] = np.repeat(angular[:-1], max(len(radial) - 1, 0))
        of_layer[:, 5] = np.repeat(angular[1:], max(len(radial) - 1, 0))
    return boxes


def beyond_of(binning: Binning, layer_mm: float) -> np.ndarray:
    """Return as `boxes_of` where energy beyond the last ring of each layer lies; float64[layers, 6]."""
    layer = np.arange(binning.layers)
    last = np.array([edges[-1] if edges else 0.0 for edges in binning.radial_edges_mm])
    whole = np.full(binning.layers, np.pi)
    return np.stack([layer * layer_mm, (layer + 1) * layer_mm, last, FAR * last, -whole, whole], axis=1)


class OnHost(NamedTuple):
    """What the kernel knows of a model on the host.

    rule: its number among the rules. tray: int64[places, TRAY_WIDTH], taken tracks; filled: int64[1], how
    many were, also when there are fewer places. returned: uint64[n], ascending, keys of those that came back.
    """

    rule: int
    tray: np.ndarray
    filled: np.ndarray
    returned: np.ndarray


def on_host(rule: int) -> OnHost:
    """Return the params with a tray without room; each worker has one of its own in its place."""
    tray, filled = np.zeros((0, TRAY_WIDTH), dtype=np.int64), np.zeros(1, dtype=np.int64)
    return OnHost(rule, tray, filled, np.zeros(0, dtype=np.uint64))


@kernel
def key_of(rng):
    """Return the key of the shower of the generator's track: of its seed, event and track."""
    words = rng.words
    return child_track(child_track(words[KEY], words[EVENT] + np.uint64(1)), words[TRACK])


@kernel
def hand_back(tally, track, energy):
    """Take the energy (MeV) of a track that was handed over back, to the last bit."""
    column = tally.first.balance + HANDED_OVER
    add(tally.mode, tally.counts, track.slot, column, -energy_units(energy * track.weight))


@kernel
def _came_back(returned, key):
    place = np.searchsorted(returned, key)
    return place < len(returned) and returned[place] == key


def _collect(model, place, tally, stacks, rng, track, energy):
    key = key_of(rng)
    if _came_back(model.returned, key):
        return track, outcome(blank(), DECLINED)
    number = model.filled[0]
    model.filled[0] = number + 1
    if number < model.tray.shape[0]:
        put_track(model.tray, number, track)
        model.tray[number, RULE] = model.rule
        model.tray[number, SHOWER_KEY] = np.int64(key)
    book(tally, track.slot, HANDED_OVER, energy, track.weight)
    return track, Ledger(0.0, 0.0, 0.0, 0.0, energy, DONE)


SHOWER[OnHost] = _collect
