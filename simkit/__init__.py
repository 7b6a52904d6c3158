"""simkit: what a simulation speedup really buys, in speed, in steps and in physics.

    import simkit
    r = simkit.run("testem3", events=1000)
    c = simkit.compare("testem3", "testem3+woodcock", budget="2m")
    m = simkit.measure(old, new)

Everything offered here is imported when it is first used: importing simkit itself costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simkit.api.comparing import campaign as campaign
    from simkit.api.comparing import compare as compare
    from simkit.api.load import load as load
    from simkit.api.measuring import measure as measure
    from simkit.api.rating import history as history
    from simkit.api.rating import scale as scale
    from simkit.api.rating import score as score
    from simkit.api.rating import validate as validate
    from simkit.api.running import run as run
    from simkit.api.studies import study as study
    from simkit.errors import BadInput as BadInput

    __version__: str

_PLACES = {
    "run": "simkit.api.running",
    **dict.fromkeys(("compare", "campaign"), "simkit.api.comparing"),
    **dict.fromkeys(("validate", "score", "scale", "history"), "simkit.api.rating"),
    "study": "simkit.api.studies",
    "load": "simkit.api.load",
    "measure": "simkit.api.measuring",
    "BadInput": "simkit.errors",
}
__all__ = [
    "BadInput",
    "campaign",
    "compare",
    "history",
    "load",
    "measure",
    "run",
    "scale",
    "score",
    "study",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("simkit")
    elif name in _PLACES:
        # Not an import statement: what lies below may ask for the version and must not reach what lies above.
        value = getattr(import_module(_PLACES[name]), name)
        if _PLACES[name].startswith("simkit.api."):
            value = import_module("simkit.api.interrupts").interruptible(value)
    else:
        raise AttributeError(f"module 'simkit' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
