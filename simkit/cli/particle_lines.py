"""The lines about particles: steps, time, deposits and secondaries by family and region, species in lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from simkit.cli.show import console, number, plain, show_list, table
from simkit.record.families import FEW, by_family, families

if TYPE_CHECKING:
    from rich.table import Table

    from simkit.record.result import Result

ALWAYS = ("gamma", "e-", "e+")


def by_species(values: Mapping[str, float], shown: Callable[[float], str]) -> list[str]:
    """Return values of species in words, one a family, with the members where there are several."""
    words = []
    for family, members in families(values).items():
        each = [f"{shown(values[member])} {member}" for member in members]
        if len(members) > 1:
            total = shown(sum(values[member] for member in members))
            each = [f"{total} {family} ({' + '.join(each)})"]
        words += each
    return words


def show_regions(result: Result) -> None:
    """Print deposits, charged path and steps by region; steps of many families in a table of their own."""
    steps = by_family(result.steps_by)
    beside = steps if len(steps) <= FEW else {}
    rows = [
        (
            plain(region),
            number(deposit.mean, 6),
            number(deposit.sem, 2),
            number(deposit.sd, 4),
            number(result.track_length_mm[region], 5),
            *(number(of[region], 5) for of in beside.values()),
        )
        for region, deposit in result.edep_MeV.items()
    ]
    columns = ("region", "deposit (MeV)", "+-", "sd", "charged path (mm)")
    console().print(table("per event", (*columns, *(f"{name} steps" for name in beside)), rows))
    if not beside:
        inside = {
            name: {r: number(n, 4) for r, n in of.items() if r in result.edep_MeV}
            for name, of in steps.items()
        }
        console().print(_crossed("steps per event", inside))


def show_visible(result: Result) -> None:
    """Print what the readout sees of the regions where that is not all."""
    for region, seen in result.visible_MeV.items():
        console().print(
            f"visible      {number(seen.mean, 6)} +- {number(seen.sem, 2)} MeV in {plain(region)}, sd "
            f"{number(seen.sd, 4)}; not seen: {number(seen.quenched, 4)} quenched, "
            f"{number(seen.late, 4)} outside the time window"
        )


def show_punch_through(result: Result) -> None:
    """Print the hadrons and muons that left the world, where there are any."""
    left = [
        f"{number(of.tracks, 3)} {name} ({number(of.energy_MeV, 4)} MeV)"
        for name, of in result.punch_through.items()
    ]
    if left:
        show_list("left world", left)


def show_secondaries(result: Result) -> None:
    """Print the tracks made, by species."""
    made = {name: n for name, n in result.secondaries_per_event.items() if n or name in ALWAYS}
    show_list("secondaries", by_species(made, lambda n: number(n, 5)))


def show_profile(result: Result) -> None:
    """Print where the time went, and who deposited the energy, where the run was profiled."""
    timing, profile = result.timing, result.timing.profile
    if not timing.by:
        return
    out = console()
    shares, steps = by_family(timing.by), by_family(result.steps_by)
    beside = len(shares) <= FEW
    title = "CPU time: % (ns a step)" if beside else "CPU time: %, and ns a step"
    out.print(_crossed(title, {name: _times(result, of, steps[name], beside) for name, of in shares.items()}))
    if profile is not None and profile.deposits_MeV:
        deposits = by_family(profile.deposits_MeV)
        totals = {
            region: sum(of[region] for of in deposits.values()) for region in next(iter(shares.values()))
        }
        told = {
            name: {r: f"{100.0 * of[r] / total:.1f}" for r, total in totals.items() if total}
            for name, of in deposits.items()
        }
        events = f"{profile.events} event{'s' * (profile.events > 1)}"
        out.print(_crossed(f"deposit: % ({events})", told))


def _times(
    result: Result, shares: Mapping[str, float], steps: Mapping[str, float], beside: bool
) -> dict[str, str]:
    """Return {region: share of the time}, with the time per step beside each, or of all at the end."""
    ns = 1e9 * result.timing.cpu_s_per_event
    told = {region: f"{100.0 * share:.1f}" if steps.get(region) else "" for region, share in shares.items()}
    if beside:
        return {r: f"{text}  ({ns * shares[r] / steps[r]:.0f})" if text else "" for r, text in told.items()}
    total = sum(steps.values())
    return {**told, "ns a step": f"{ns * sum(shares.values()) / total:.0f}" if total else ""}


def _crossed(title: str, cells: Mapping[str, Mapping[str, str]]) -> Table:
    """Return a table of {family: {region: text}}, with the longer list down the side."""
    regions = list(dict.fromkeys(region for of in cells.values() for region in of))
    if len(cells) > len(regions):
        rows = [(name, *(of.get(region, "") for region in regions)) for name, of in cells.items()]
        return table(title, ("particle", *map(plain, regions)), rows)
    rows = [(plain(region), *(of.get(region, "") for of in cells.values())) for region in regions]
    return table(title, ("region", *cells), rows)


def show_fastsim(result: Result) -> None:
    """Print what fast simulation did, where there are rules."""
    use = result.fastsim
    if use is None:
        return
    told = [f"{what} {words}" for what, words in use.told(result.events, lambda value: number(value, 4))]
    console().print("fast         " + "; ".join(told), markup=False)
