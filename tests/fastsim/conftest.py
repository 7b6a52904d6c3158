"""What the tests of fast simulation share: toy showers, and models trained on them, each once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from simkit.api.fastsim.train import train
from simkit.fastsim.showers.files import Showers
from tests.fastsim.toy_showers import toy_showers

SHORT: dict[str, dict] = {
    "frozen-library": {},
    "splice": {"run": 2, "spread": 1, "nearest": 60},
    "gflash": {"nodes": 3, "rounds": 4, "showers": 200},
    "autoregressive": {
        "steps": 80,
        "batch": 64,
        "learning_rate": 1e-2,
        "energy_power": 0.0,
        "trunk": 32,
        "encoder": 16,
        "cells": 16,
        "averaging": 0.9,
    },
    "flow": {"steps": 60, "batch": 64, "blocks": 2, "width": 16, "learning_rate": 1e-2, "averaging": 0.9},
}
"""Settings with which each of simkit's own trains in seconds."""


@pytest.fixture(scope="session")
def toy() -> Callable[..., Showers]:
    """Return the function `toy_showers(n, seed, scale)`."""
    return toy_showers


@pytest.fixture(scope="session")
def short():
    """Return the settings, by model, with which each trains in seconds."""
    return SHORT


@pytest.fixture(scope="session")
def trained(toy, tmp_path_factory):
    """Return the function that trains a model on 300 toy showers and returns its file."""
    folder = tmp_path_factory.mktemp("trained")

    @cache
    def model_file(name: str) -> Path:
        return train(name, toy(300), out=folder / name, set=SHORT[name])

    return model_file
