"""The catalogue: one line a speedup, and how the user's words for them are read.

Everything here is data and text: the scenario, which applies the patches, checks keys and values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simkit.errors import BadInput, unknown
from simkit.plugins import find_plugin, plugins
from simkit.speedups import (
    em_range_cuts,
    fastsim_autoregressive,
    fastsim_flow,
    fastsim_frozen_library,
    fastsim_frozen_showers,
    fastsim_gflash,
    fastsim_splice,
    field_intermediate,
    field_loose,
    gamma_general,
    gamma_roulette,
    high_eta_killer,
    neutron_roulette,
    neutron_time_cut,
    no_loss_fluctuation,
    range_cut_reweight,
    region_range_cut,
    specialised_em,
    stepper_dormand_prince,
    stepper_nystrom,
    stepper_qss2,
    stepper_qss3,
    tailored_field_off,
    woodcock,
)
from simkit.speedups.speedup import Speedup

CATALOGUE: dict[str, Speedup] = {
    module.SPEEDUP.name: module.SPEEDUP
    for module in (
        gamma_general,
        specialised_em,
        woodcock,
        em_range_cuts,
        gamma_roulette,
        no_loss_fluctuation,
        high_eta_killer,
        neutron_roulette,
        neutron_time_cut,
        region_range_cut,
        stepper_nystrom,
        stepper_dormand_prince,
        stepper_qss2,
        stepper_qss3,
        field_intermediate,
        field_loose,
        tailored_field_off,
        fastsim_frozen_showers,
        fastsim_gflash,
        fastsim_frozen_library,
        fastsim_splice,
        fastsim_autoregressive,
        fastsim_flow,
        range_cut_reweight,
    )
}


def find_speedup(name: str) -> Speedup:
    """Return the speedup called `name`, simkit's or a plug-in's. Errors: BadInput with the nearest name."""
    brought = find_plugin("speedups", name, CATALOGUE)
    if brought is None:
        return CATALOGUE[name]
    if not isinstance(brought, Speedup) or brought.name != name:
        raise BadInput(f"speedup {name!r}: the plug-in brings {brought!r:.80}, not a Speedup of that name")
    return brought


def all_names() -> list[str]:
    """Return the names of all speedups, simkit's own first."""
    return [*CATALOGUE, *(name for name in plugins("speedups") if name not in CATALOGUE)]


def parse_speedup(text: str) -> tuple[Speedup, dict[str, Any]]:
    """Return the speedup and the parameters' values of "gamma-roulette:threshold_MeV=2,weight=10".

    Parameters not given have their defaults. Errors: BadInput for an unknown name or parameter, or a value of
    the wrong kind.
    """
    name, colon, rest = text.partition(":")
    speedup = find_speedup(name.strip())
    values = speedup.defaults()
    place = f"speedup {speedup.name}"
    if colon and not rest.strip():
        raise BadInput(f"{place}: nothing follows the colon; write {speedup.name}:PARAMETER=VALUE")
    for part in rest.split(",") if rest else []:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise BadInput(f"{place}: found {part!r}; write PARAMETER=VALUE, separated by commas")
        if key not in speedup.parameters:
            if not speedup.parameters:
                raise BadInput(f"{place}: found parameter {key!r}, but it has none")
            raise unknown("parameter", key, speedup.parameters, place)
        values[key] = _read(value, speedup.parameters[key].default, f"{place}: {key}")
    return speedup, values


def merge_patches(texts: Sequence[str]) -> list[tuple[str, str, Any]]:
    """Return (speedup's name, dotted key, value) of all that the named speedups set, in order.

    Errors: BadInput where two of them set one key to different values.
    """
    seen: dict[str, tuple[str, Any]] = {}
    for text in texts:
        speedup, values = parse_speedup(text)
        for key, value in speedup.patch(values).items():
            if key in seen and seen[key][1] != value:
                other, before = seen[key]
                raise BadInput(
                    f"speedups {other} and {text} both set {key}, to {before!r} and {value!r}; leave one out"
                )
            seen.setdefault(key, (text, value))
    return [(text, key, value) for key, (text, value) in seen.items()]


def all_off(others: Sequence[str] = (), data: Mapping[str, Any] | None = None) -> list[tuple[str, Any]]:
    """Return (dotted key, value) of every speedup of the catalogue, and of `others`, switched off.

    others: what a ladder names. What is installed besides, and what is `off_where_named`, changes no other
    baseline. data: a scenario's tables; with them, what those lack
    (a field) is left out.
    """
    always = {name: speedup for name, speedup in CATALOGUE.items() if not speedup.off_where_named}
    switches = [(speedup, speedup.defaults()) for speedup in always.values()]
    named = [parse_speedup(text) for text in others]
    switches += [(speedup, values) for speedup, values in named if speedup.name not in always]
    keys: dict[str, Any] = {}  # several speedups may choose the value of one key
    for speedup, values in switches:
        if data is None or not speedup.lacks(data):
            keys.update(speedup.patch(values, on=False))
    return list(keys.items())


def check_needs(texts: Sequence[str], data: Mapping[str, Any]) -> None:
    """Raise BadInput for a speedup that needs a section which a scenario's tables lack."""
    for text in texts:
        speedup, _ = parse_speedup(text)
        if speedup.lacks(data):
            raise BadInput(
                f"speedup {text}: the scenario has no {speedup.needs}; give it one, such as "
                f"--set {speedup.needs}.kind=..., or leave the speedup out"
            )


def _read(text: str, default: float | bool | str, place: str) -> float | bool | str:
    """Return `text` as a value of the kind that `default` has."""
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise BadInput(f"{place}: found {text!r}; must be true or false")
        return text == "true"
    if isinstance(default, float):
        try:
            return float(text)
        except ValueError:
            raise BadInput(f"{place}: found {text!r}; must be a number") from None
    return text
