"""Libraries of what single tracks leave, made by transport, and the generator that uses them.

Where soft tracks begin is taken from showers whose soft part is left out; then each of them is followed by
itself, in the middle of the stack, and its deposits are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from simkit.counting import Serial
from simkit.engines.native import NativePrepared
from simkit.engines.shower_samples import binning_of, seen_energies
from simkit.engines.single_tracks import SingleTracks
from simkit.errors import BadInput
from simkit.events import load_events
from simkit.fastsim.models.mean_profiles import add_to, no_profiles, scaled_to
from simkit.fastsim.models.model_file import ModelFile
from simkit.fastsim.models.replay import ALIKE_MEV
from simkit.fastsim.models.stack import Stack, build_stack, slabs_of
from simkit.fastsim.models.sub_showers import BEHIND, BIN, SECTORS, bins_of, joined, pack
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import Showers
from simkit.particles import ELECTRON, GAMMA, PARTICLES, POSITRON
from simkit.scenario import Scenario, load_scenario
from simkit.sections import NotNegative, Section
from simkit.tracks import unpack_tracks

LEAST_MEV = {GAMMA: 0.05, ELECTRON: 3.0, POSITRON: 3.0}
"""A photon below is deposited where it is, an electron followed to its end: its range is a few steps."""
AT_ONCE, AT_ONCE_FOR_MEANS = 50, 1000  # tracks
MOST_FOR_MEANS = 20_000  # tracks of a kind and bin
EVENTS = 1000  # of a generator, at once


class FrozenShowersSettings(Section):
    """How a library is made."""

    scenario: str = "par04"
    """Of electrons or photons in a stack of layers that is read out by a shower mesh."""
    ratio: Annotated[float, Field(gt=1.0)] = 40.0
    """As in the rule."""
    most_MeV: Annotated[float, Field(gt=10.0, le=1e5)] = 8000.0
    """As in the rule."""
    events: Annotated[int, Field(ge=1)] = 6000
    """Showers that soft tracks are taken from."""
    entries: tuple[tuple[float, int], ...] = ((1.0, 400), (10.0, 1500), (100.0, 1000), (1e3, 400), (1e5, 240))
    """(MeV, entries of each kind in each bin of ln E of 0.2 that begins below it), ascending."""
    mean_GeV: NotNegative = 1000.0
    """Energy of the tracks that the mean rings and slabs of a kind and bin are taken of ..."""
    mean_tracks: Annotated[int, Field(ge=0, le=100_000)] = 2000
    """... and how many they are at least."""

    @model_validator(mode="after")
    def _reach(self) -> FrozenShowersSettings:
        limits = [limit for limit, _ in self.entries]
        if limits != sorted(set(limits)) or not limits or limits[-1] < self.most_MeV:
            raise ValueError("entries: energies must ascend, and the last reach most_MeV")
        if any(number < 1 for _, number in self.entries):
            raise ValueError("entries: must be at least 1 each")
        return self


class FrozenShowersTrainer:
    """The trainer. Of the showers that it is given only the energies matter."""

    name = "frozen-showers"
    settings = FrozenShowersSettings

    def train(
        self, showers: Showers, settings: FrozenShowersSettings, run: Training
    ) -> Mapping[str, NDArray[Any]]:
        """See simkit.fastsim.models.generating.Trainer."""
        random = run.random()
        stack, layers = _stack_of(settings.scenario)
        _check_cells(showers.binning, settings.scenario, "the showers")
        run.share(0.0, 1.0, "following hard parts")
        taken = _taken(settings, showers.incident_MeV, run.seed, random)
        chosen, for_means = _chosen(taken, stack, settings, random)
        single = SingleTracks(settings.scenario, stack, SECTORS, run, run.seed)
        entries = joined(list(single.follow(chosen, AT_ONCE, "following soft tracks")))
        means = no_profiles(BEHIND * stack.slabs, len(stack.surfaces) - 1 + BEHIND * stack.slabs)
        single = SingleTracks(settings.scenario, stack, 1, run, run.seed + 1)
        for found in single.follow(for_means, AT_ONCE_FOR_MEANS, "following tracks for the means"):
            add_to(means, found)
        least = [LEAST_MEV[kind] for kind in (GAMMA, ELECTRON, POSITRON)]
        return pack(scaled_to(means, entries), layers, least)

    def build(self, file: ModelFile) -> FrozenShowersGenerator:
        """See simkit.fastsim.models.generating.Trainer."""
        settings = self.settings.read(dict(file.card.settings), file.where)
        rule = {
            "model": self.name,
            "file": file.where,
            "ratio": settings.ratio,
            "most_MeV": settings.most_MeV,
        }
        _check_cells(file.binning, settings.scenario, file.where)
        return FrozenShowersGenerator(
            load_scenario(settings.scenario, overrides={"fastsim": (rule,)}), file.binning
        )


TRAINER = FrozenShowersTrainer()


class FrozenShowersGenerator:
    """The generator: showers of a scenario's particle, with frozen showers in it."""

    def __init__(self, scenario: Scenario, binning: Binning) -> None:
        self.binning = binning
        self.scenario = scenario
        self.prepared = NativePrepared(scenario)

    def generate(self, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """See simkit.fastsim.models.generating.Generator."""
        out = np.empty((len(keys), self.binning.cells), dtype=np.float32)
        for first in range(0, len(keys), EVENTS):
            rows = slice(first, first + EVENTS)
            out[rows] = self._some(incident_MeV[rows], keys[rows])
        return out

    def _some(self, energies: NDArray[np.float64], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        n = len(keys)
        primaries = load_events(self.scenario.events, n, 1).primaries._replace(energy=energies)
        tallies = self.prepared.run_on(Serial(1), primaries, 0, identities=keys)
        return seen_energies(self.scenario, tallies)


def _check_cells(binning: Binning, scenario: str, whose: str) -> None:
    """Raise BadInput where showers have other cells than a scenario's readout."""
    if not binning.has_cells_of(binning_of(load_scenario(scenario))):
        raise BadInput(
            f"frozen-showers: {whose} have other cells than scenario {scenario!r}; give the scenario that "
            "they are of (--set scenario=FILE)"
        )


def _stack_of(name: str) -> tuple[Stack, list[tuple[str, float]]]:
    scenario = load_scenario(name)
    stack = build_stack(scenario.detector)
    return stack, slabs_of(scenario.detector, stack)


def _taken(
    settings: FrozenShowersSettings, energies: NDArray[np.float64], seed: int, random: np.random.Generator
) -> Any:
    """Return the tracks that begin soft parts of showers with such energies."""
    common = {"model": "taken-tracks", "ratio": settings.ratio, "most_MeV": settings.most_MeV}
    rules = [
        {**common, "particles": (PARTICLES[kind],), "min_MeV": least, "places": 5_000_000}
        for kind, least in LEAST_MEV.items()
    ]
    scenario = load_scenario(settings.scenario, overrides={"fastsim": tuple(rules)}, events=settings.events)
    prepared = NativePrepared(scenario)
    primaries = load_events(scenario.events, settings.events, seed).primaries
    prepared.run(primaries._replace(energy=random.choice(energies, settings.events)), seed)
    hook = prepared.world.hook
    assert hook is not None
    if any(int(model.taken[0]) > len(model.words) for model in hook.models):
        raise BadInput(f"frozen-showers: {settings.events} events have too many soft tracks; take fewer")
    kept = [model.words[: int(model.taken[0])] for model in hook.models]
    return unpack_tracks(np.concatenate(kept))


def _chosen(
    tracks: Any, stack: Stack, settings: FrozenShowersSettings, random: np.random.Generator
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Return kind, energy, angle and depth of the tracks to make entries of, and of those for the means."""
    radius = np.hypot(tracks.x, tracks.y) if stack.curved else tracks.x
    along = (tracks.u * tracks.x + tracks.v * tracks.y) / radius if stack.curved else tracks.u
    layer = (tracks.volume - stack.first) // stack.slabs
    kind = np.where((tracks.kind == POSITRON) & (tracks.energy > ALIKE_MEV), ELECTRON, tracks.kind)
    columns = {
        "kind": kind,
        "energy": tracks.energy,
        "angle": np.arccos(np.clip(along, -1.0, 1.0)),
        "depth": radius - stack.surfaces[layer * stack.slabs],
        "slab": (tracks.volume - stack.first) % stack.slabs,
    }
    number = bins_of(tracks.energy)
    chosen, for_means = [], []
    for of_kind in LEAST_MEV:
        for of_bin in np.unique(number[kind == of_kind]):
            here = random.permutation(np.flatnonzero((kind == of_kind) & (number == of_bin)))
            begins = np.exp(BIN * of_bin)
            most = next(entries for limit, entries in settings.entries if begins <= limit)
            chosen.append(here[:most])
            of_energy = min(int(1e3 * settings.mean_GeV / begins), MOST_FOR_MEANS)
            for_means.append(random.choice(here, max(of_energy, settings.mean_tracks)))
    if not chosen:
        raise BadInput("frozen-showers: no soft track was found; take more events, or a larger most_MeV")
    one, other = (
        {name: column[np.concatenate(which)] for name, column in columns.items()}
        for which in (chosen, for_means)
    )
    return one, other
