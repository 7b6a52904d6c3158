"""Observables that a verdict on physics looks at besides the usual: their keys, as in the result record.

Always observed are the deposit, the layers and, where all events start alike, the width of every sensitive
region, and leakage (what leaves the world or is killed). A scenario (`[scenario] observables`) and a speedup
name what has to be observed besides; nothing can be taken away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from simkit.errors import BadInput, unknown

ALL = "*"
KILLED = "energy_balance_MeV.killed"
GRAMMAR = (
    "must be edep_MeV.REGION, edep_MeV.REGION.width or layers_MeV.REGION (REGION: a name, or * for all), "
    f"energy_balance_MeV.leaked or {KILLED}"
)


class Observable(NamedTuple):
    """What is observed, and in which region: ALL, or "" where it belongs to none."""

    kind: Literal["deposit", "width", "layers", "leaked"]
    region: str


def parse_observable(key: str) -> Observable:
    """Return what a key means. Errors: BadInput for a key of which no verdict knows a margin."""
    section, _, rest = key.partition(".")
    if key in ("energy_balance_MeV.leaked", KILLED):
        return Observable("leaked", "")
    region = rest.removesuffix(".width")
    if section == "edep_MeV" and region:
        return Observable("deposit" if region == rest else "width", region)
    if section == "layers_MeV" and rest:
        return Observable("layers", rest)
    raise BadInput(f"observable {key!r}: {GRAMMAR}")


def named(keys: Iterable[str], values: Mapping[str, Any]) -> list[str]:
    """Return the keys of a speedup with its parameters' values for "{parameter}", a key for each region."""
    found = []
    for key in keys:
        head, brace, rest = key.partition("{")
        parameter, _, tail = rest.partition("}")
        regions = str(values[parameter]).split("/") if brace else [""]
        found += [key if not brace else f"{head}{ALL if r == 'all' else r}{tail}" for r in regions]
    return found


def check_regions(keys: Iterable[str], regions: Collection[str], place: str) -> None:
    """Raise BadInput where a key is of no region of the scenario, or no key; `place` says who named it."""
    for key in keys:
        try:
            region = parse_observable(key).region
        except BadInput as error:
            raise BadInput(f"{place}: {error}") from None
        if region not in ("", ALL, *regions):
            raise unknown("region", region, regions, f"{place}: observable {key!r}")
