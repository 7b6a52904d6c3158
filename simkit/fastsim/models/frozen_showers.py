"""Frozen showers: the hard part of a shower is followed, the soft part is taken from a library.

A track that has fallen below a share of the energy that came in (and below the library's highest) leaves the
hits of a library's entry of its kind, energy, angle and depth in the layer, turned to its direction. What
makes showers differ, the first generations, is followed in full; an entry is one of a hundred, and never in
the same surroundings twice. The method: E. Barberio et al., J. Phys. Conf. Ser. 160 (2009) 012082 (ATLAS).
"""

from __future__ import annotations

from functools import cache
from os.path import isfile
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from simkit.errors import BadInput
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.rule import Surroundings
from simkit.fastsim.models.stack import build_stack, slabs_of
from simkit.fastsim.models.sub_showers import Layers, SubShowers, layers_in, unpack
from simkit.fastsim.models.taken_tracks import SoftRule
from simkit.fastsim.models.weights import model_path

NAME = "frozen-showers"


class FrozenShowers(SoftRule):
    """`[[fastsim]] model = "frozen-showers"`: soft tracks leave what a library's did."""

    model: Literal["frozen-showers"]
    """The model."""
    file: Annotated[str, Field(min_length=1)] = NAME
    """A library that `simkit fastsim train frozen-showers` wrote; without it, the shipped one for `par04`."""
    candidates: Annotated[int, Field(ge=1, le=1000)] = 8
    """Entries of about the energy that are looked at; the nearest is taken."""

    def build(self, surroundings: Surroundings) -> Any:
        """See simkit.fastsim.models.rule.Rule. Errors: BadInput, also for a library of other layers."""
        from simkit.fastsim.models.replay import Frozen

        stack = build_stack(surroundings.detector)
        path = model_path(self.file)
        if not isfile(path):
            raise BadInput(f"fastsim ({self.model}): file: found {self.file!r}; there is no such file")
        library, layers = _load(str(path), path.stat().st_mtime_ns)
        if layers != (found := slabs_of(surroundings.detector, stack)):
            raise BadInput(
                f"fastsim ({self.model}): {self.file} is of layers of {_words(layers)}, the detector has "
                f"{_words(found)}; make one with simkit fastsim train frozen-showers"
            )
        return Frozen(stack, library, 1.0 / self.ratio, self.most_MeV, self.candidates)


@cache
def _load(path: str, changed: int) -> tuple[SubShowers, Layers]:
    file = read_model(Path(path))
    if file.card.model != NAME:
        raise BadInput(f"{file.where}: holds {file.card.model!r}; give a library of {NAME}")
    return unpack(file), layers_in(file)


def _words(layers: Any) -> str:
    return " + ".join(f"{mm:g} mm {material}" for material, mm in layers)
