"""The models that `[[fastsim]] model` can name, those of plug-ins too: one line a model."""

from __future__ import annotations

from simkit.fastsim.models.absorb import Absorb
from simkit.fastsim.models.frozen_showers import FrozenShowers
from simkit.fastsim.models.gflash import Gflash
from simkit.fastsim.models.on_host import OfGenerator
from simkit.fastsim.models.rule import Rule
from simkit.fastsim.models.taken_tracks import TakenTracks
from simkit.sections import OneOf

MODELS = OneOf(
    Rule,
    "model",
    (Absorb, FrozenShowers, Gflash, OfGenerator, TakenTracks),
    "fastsim",
)
