"""`simkit speedups`: the catalogue, published against measured."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simkit.api.keeping import record_folders
from simkit.cli.options import Json, Plugins
from simkit.cli.show import console, plain, table
from simkit.errors import BadInput
from simkit.speedups import Speedup, all_names, find_speedup

if TYPE_CHECKING:
    from simkit.record.campaign import Added, Campaign
    from simkit.record.comparison import Contrast


def command(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", show_default=False, help="One speedup.")
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            "--results", show_default="results and simkit-results", help="Where measured campaigns lie."
        ),
    ] = None,
    plugin: Plugins = None,
    as_json: Json = False,
) -> None:
    """List the catalogue of speedups: what was published, what was measured here.

    Example: simkit speedups gamma-roulette
    """
    chosen = [find_speedup(name)] if name else list(_all())
    measured = measured_speedups(record_folders(results))
    if as_json:
        print(json.dumps({s.name: describe(s, measured.get(s.name, [])) for s in chosen}, indent=2))
    elif name:
        _show_one(chosen[0], measured.get(name, []))
    else:
        rows = [(s.name, s.title, s.claim.text, _short(measured.get(s.name, []))) for s in chosen]
        columns = ("speedup", "what", "published", "measured (CPU time off / on)")
        console().print(table("", columns, rows, columns))
        console().print("simkit speedups NAME tells more; --with NAME:PARAMETER=VALUE switches one on.")


def _all() -> Iterator[Speedup]:
    """Yield all speedups; a plug-in that cannot be used is reported in a line on stderr."""
    for name in all_names():
        try:
            yield find_speedup(name)
        except BadInput as error:
            print(f"simkit: left out: {error}", file=sys.stderr)


def describe(speedup: Speedup, measured: list[dict[str, Any]]) -> dict[str, Any]:
    """Return all that is known about a speedup as plain data."""
    defaults = speedup.defaults()
    return {
        "title": speedup.title,
        "published": {
            "text": speedup.claim.text,
            "source": speedup.claim.source,
            "cpu_percent": speedup.claim.cpu_percent,
            "speedup": speedup.claim.speedup,
        },
        "parameters": {
            n: {"default": p.default, "unit": p.unit, "meaning": p.meaning}
            for n, p in speedup.parameters.items()
        },
        "off": speedup.patch(defaults, on=False),
        "on": speedup.patch(defaults),
        "touches": speedup.touches,
        "observables": list(speedup.observables),
        "measured": measured,
    }


def measured_speedups(folders: list[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return {speedup: measurements} from the campaigns below `folders`; what cannot be read is left out.

    So are campaigns that were not finished, and rungs of which no difference is a single speedup. Each
    measurement says `beside` which other speedups it was made.
    """
    from simkit.record.campaign import Campaign

    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(path for folder in folders for path in folder.rglob("campaign.json")):
        try:
            campaign = Campaign.model_validate_json(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        for text, beside, contrast in _single(campaign) if campaign.finished else ():
            gain = contrast.speedup
            found.setdefault(_name(text), []).append(
                {
                    "with": text,
                    "beside": beside,
                    "scenario": campaign.scenario,
                    "speedup": gain.value,
                    "lo": gain.lo,
                    "hi": gain.hi,
                    "verdict": contrast.verdict,
                    "physics": contrast.physics.verdict,
                    "created": campaign.provenance.created,
                }
            )
    return found


def _single(campaign: Campaign) -> Iterator[tuple[str, list[str], Contrast]]:
    """Yield each speedup that two sides of a campaign differ in, what both have besides, and the contrast.

    A speedup that was measured alone and on top of others is given alone.
    """
    if campaign.mode == "cumulative":
        before: list[str] = []
        for rung in campaign.rungs:
            # A rung that only changes what was there does not tell what the speedup gains.
            if _alone(rung) and _name(rung.with_[0]) not in map(_name, before):
                yield rung.with_[0], before, rung.against_previous
            before = [*before, *rung.adds]
        return
    alone = [rung for rung in campaign.rungs if _alone(rung)]
    for rung in alone:
        yield rung.with_[0], [], rung.against_baseline
    known = {rung.with_[0] for rung in alone}
    for rung in campaign.rungs:
        left_out = rung.left_out
        if left_out is not None and _alone(left_out) and left_out.with_[0] not in known:
            yield left_out.with_[0], rung.adds, left_out.contrast


def _alone(added: Added) -> bool:
    """Return whether it is one speedup and no keys besides, so that what it gains is that speedup's."""
    return len(added.with_) == 1 and not added.set


def _name(speedup: str) -> str:
    return speedup.partition(":")[0]


def _short(measured: list[dict[str, Any]]) -> str:
    if not measured:
        return "not yet"
    last = max(measured, key=lambda m: m["created"])
    others = len(last["beside"])
    on_top = f", on top of {others} other{'s' * (others > 1)}" if others else ""
    gain = f"{last['speedup']:.3f} [{last['lo']:.3f}, {last['hi']:.3f}], {last['verdict']}"
    return f"{gain}, on {plain(last['scenario'])}{on_top}; physics {last['physics']}"


def _show_one(speedup: Speedup, measured: list[dict[str, Any]]) -> None:
    out = console()
    out.print(f"[bold]{speedup.name}[/bold]: {speedup.title}")
    out.print(f"published: {speedup.claim.text}\n           ({speedup.claim.source})")
    if speedup.claim.speedup:
        out.print("           as CPU time off / on: {:.3f} to {:.3f}".format(*speedup.claim.speedup))
    out.print(f"measured:  {_short(measured)}")
    out.print(f"touches:   {speedup.touches}")
    defaults = speedup.defaults()
    for side, patch in (("off", speedup.patch(defaults, on=False)), ("on", speedup.patch(defaults))):
        for key, value in patch.items():
            text = "as elsewhere" if value is None else json.dumps(value)
            out.print(f"{side + ':':<11}{key} = {text}", markup=False)
    if speedup.parameters:
        rows = [(n, str(p.default), p.unit, p.meaning) for n, p in speedup.parameters.items()]
        out.print(table("", ("parameter", "default", "unit", "meaning"), rows, ("unit", "meaning")))
