"""What the values of a scenario have in common: frozen sections, names, vectors, switches."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from simkit.errors import unknown

CHARGED = ("e-", "e+")


class Section(BaseModel):
    """A table of the scenario: frozen, no unknown keys, no silent conversions, no NaN or infinity."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,  # `simkit keys` shows them
    )


Vector = tuple[float, float, float]


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must not hold control characters")
    return value


# Of what is shown to people.
PRINTABLE = AfterValidator(_printable)

# A region's name is a column in records and part of dotted keys: no dots, no blanks.
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=40)]

Cut = Annotated[float, Field(ge=0.0, le=1e5)]


def _particles_on(value: Any) -> Any:
    if value is True:
        return CHARGED
    if value is False:
        return ()
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, tuple):
        raise ValueError('must be true, false or a list of particles out of "e-", "e+"')
    for name in value:
        if name not in CHARGED:
            raise ValueError(str(unknown("particle", name, CHARGED)))
    return tuple(name for name in CHARGED if name in value)


# true, false or the list of the charged particles for which something is on; kept as that list.
ChargedSwitch = Annotated[tuple[str, ...], BeforeValidator(_particles_on)]

G4HEPEM = "g4hepem:"


def _tables(value: str) -> str:
    if value != "native" and not (value.startswith(G4HEPEM) and len(value) > len(G4HEPEM)):
        raise ValueError('must be "native" or "g4hepem:FILE.json"')
    return value


# Where cross sections come from.
Tables = Annotated[str, AfterValidator(_tables)]


def numbers(value: Any, n: int) -> tuple[float, ...] | None:
    """Return `value` as `n` finite numbers, None when it is anything else."""
    if not isinstance(value, tuple) or len(value) != n:
        return None
    if any(isinstance(x, bool) or not isinstance(x, (int, float)) or not math.isfinite(x) for x in value):
        return None
    return tuple(float(x) for x in value)
