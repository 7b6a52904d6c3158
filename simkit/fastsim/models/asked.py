"""What is asked of a generator, and what it gives: it may be anybody's code, and so give anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simkit.errors import BadInput, one_line

if TYPE_CHECKING:
    from simkit.fastsim.models.generating import Generator


def ask_for_showers(
    generator: Generator, name: str, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]
) -> Any:
    """Return what a generator gives, unchecked; it may write into what it is given. Errors: BadInput."""
    try:
        return generator.generate(incident_MeV.copy(), keys.copy())
    except BadInput:
        raise
    except Exception as error:  # whatever somebody else's code does
        raise BadInput(
            f"{_named(name)}: cannot generate {len(keys)} showers ({_words(error)}); correct it"
        ) from error


def energies_in(generator: Generator, name: str, given: Any, showers: int) -> NDArray[np.float32]:
    """Return the energies that a generator gave, MeV, float32[n, cells], as a copy. Errors: BadInput.

    Whether they are positive, finite and not too large is not looked at.
    """
    try:
        found = np.asarray(given)
        if found.dtype.kind not in "fiub":
            raise TypeError(f"of {found.dtype}")
        with np.errstate(over="ignore"):  # the infinite ones are found with the others that cannot be
            energies = np.array(found, dtype=np.float32, order="C")
    except Exception as error:  # torch's tensors have reasons of their own
        what = f"{type(given).__name__} ({_words(error)})"
        raise BadInput(f"{_named(name)}: gives {what}; must give float32[n, cells]") from error
    wanted = showers, generator.binning.cells
    if energies.shape != wanted:
        raise BadInput(
            f"{_named(name)}: gives an array of {energies.shape}; must be {wanted}, (showers, cells)"
        )
    return energies


def _named(name: str) -> str:
    return f"fastsim: generator {name!r}"


def _words(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}")
