"""Models that what was simulated is only as good as: the toys of hadronic collisions and of neutrons."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import NamedTuple

from simkit.particles import FAMILIES
from simkit.record.part import Part

HADRONS = {member for of in FAMILIES.values() if of.shower == "hadronic" for member in of.members}


class Toy(NamedTuple):
    """A model that is a toy. data: its files in physics/data; words: what it is good for; docs: the page."""

    data: tuple[str, ...]
    words: str
    docs: str


TOYS = {
    "toy hadron model": Toy(
        ("hadron_model", "hadron_energies", "hadron_lengths", "hadron_elastic", "hadron_hydrogen"),
        "hadron showers are good to some per cent, and for nothing finer",
        "docs/hadrons.md",
    ),
    "toy neutron model": Toy(
        ("neutrons", "neutron_thermal"),
        "what neutrons below 20 MeV do is good to some 10 %, and for nothing finer",
        "docs/physics.md",
    ),
}
FAST_MEV = 20.0  # neutrons faster than it interact by the toy of hadrons


class UsedModel(Part):
    """A model that was used; version: of its data files; docs: what it is good for, and what not."""

    name: str
    version: str
    docs: str

    def words(self) -> str:
        """Return a sentence to stand beside the results."""
        good_for = f"{TOYS[self.name].words}; " if self.name in TOYS else ""
        return f"{self.name} (data {self.version}): {good_for}see {self.docs}"


def models_used(engine: str, met: Iterable[str], highest_MeV: float = 0.0) -> list[UsedModel]:
    """Return the models to name beside results in which `engine` followed or made the species `met`.

    highest_MeV: kinetic energy that no primary exceeds.
    """
    hadrons = HADRONS.intersection(met) if engine == "native" else set()
    names = []
    if hadrons - {"n"} or (hadrons and highest_MeV > FAST_MEV):
        names.append("toy hadron model")
    if "n" in hadrons:
        names.append("toy neutron model")
    return [UsedModel(name=name, version=_version(TOYS[name].data), docs=TOYS[name].docs) for name in names]


def _version(names: Iterable[str]) -> str:
    """Return a hash of what data files hold besides comments."""
    lines = [line for name in names for line in _text(name).splitlines() if not line.startswith("#")]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]


def _text(name: str) -> str:
    return (files("simkit.physics") / "data" / f"{name}.csv").read_text("utf-8")


def model_words(*used: Sequence[UsedModel]) -> list[str]:
    """Return a sentence for each model of several sides, once."""
    return list(dict.fromkeys(model.words() for models in used for model in models))


def model_remarks(*used: Sequence[UsedModel]) -> list[str]:
    """Return them as sentences that stand by themselves."""
    return [f"{words[0].upper()}{words[1:]}." for words in model_words(*used)]
