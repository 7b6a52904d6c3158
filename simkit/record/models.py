"""Models that what was simulated is only as good as: the toy of hadronic collisions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from simkit.particles import FAMILIES
from simkit.record.part import Part

TOY = "toy hadron model"
# What the toy alone makes or meets; of neutrons those below 20 MeV have a model of their own.
HADRONS = {member for of in FAMILIES.values() if of.shower == "hadronic" for member in of.members} - {"n"}


class UsedModel(Part):
    """A model that was used; version: of its constants; docs: what it is good for, and what not."""

    name: str
    version: str
    docs: str

    def words(self) -> str:
        """Return a sentence to stand beside the results."""
        return (
            f"{self.name} (constants {self.version}): hadron showers are good to some per cent, and for "
            f"nothing finer; see {self.docs}"
        )


def models_used(engine: str, met: Iterable[str]) -> list[UsedModel]:
    """Return the models to name beside results in which `engine` followed or made the species `met`."""
    if engine != "native" or HADRONS.isdisjoint(met):
        return []
    from simkit.physics.hadronic.model import hadron_model

    constants = repr(tuple(hadron_model())).encode()
    return [UsedModel(name=TOY, version=hashlib.sha256(constants).hexdigest()[:8], docs="docs/hadrons.md")]


def model_words(*used: Sequence[UsedModel]) -> list[str]:
    """Return a sentence for each model of several sides, once."""
    return list(dict.fromkeys(model.words() for models in used for model in models))


def model_remarks(*used: Sequence[UsedModel]) -> list[str]:
    """Return them as sentences that stand by themselves."""
    return [f"{words[0].upper()}{words[1:]}." for words in model_words(*used)]
