"""What the tests of fast simulation share: toy showers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simkit.fastsim.showers.files import Showers
from tests.fastsim.toy_showers import toy_showers


@pytest.fixture(scope="session")
def toy() -> Callable[..., Showers]:
    """Return the function `toy_showers(n, seed, scale)`."""
    return toy_showers
