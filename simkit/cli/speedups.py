"""`simkit speedups`: the catalogue, published against measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from simkit.cli.options import Json, record_folders
from simkit.cli.show import console, table
from simkit.speedups import CATALOGUE, Speedup, find_speedup


def command(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", show_default=False, help="One speedup.")
    ] = None,
    results: Annotated[Path | None, typer.Option("--results", help="Where measured campaigns lie.")] = None,
    as_json: Json = False,
) -> None:
    """List the catalogue of speedups: what was published, what was measured here."""
    chosen = [find_speedup(name)] if name else list(CATALOGUE.values())
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
        "off": speedup.off(defaults),
        "on": speedup.on(defaults),
        "touches": speedup.touches,
        "observables": list(speedup.observables),
        "analogue": speedup.analogue,
        "measured": measured,
    }


def measured_speedups(folders: list[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return {speedup: measurements} from the campaigns below `folders`; what cannot be read is left out.

    A rung's gain is against the rung before it, so that in a cumulative ladder each speedup has its own.
    """
    from simkit.bench.schema import Campaign

    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(path for folder in folders for path in folder.rglob("campaign.json")):
        try:
            campaign = Campaign.model_validate_json(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        for rung in campaign.rungs:
            if len(rung.with_) != 1:
                continue
            gain = rung.against_previous.speedup
            found.setdefault(rung.with_[0].partition(":")[0], []).append(
                {
                    "with": rung.with_[0],
                    "scenario": campaign.scenario,
                    "speedup": gain.value,
                    "lo": gain.lo,
                    "hi": gain.hi,
                    "verdict": rung.against_previous.verdict,
                    "physics": rung.against_previous.physics.verdict,
                    "created": campaign.provenance.created,
                }
            )
    return found


def _short(measured: list[dict[str, Any]]) -> str:
    if not measured:
        return "not yet"
    last = max(measured, key=lambda m: m["created"])
    return f"{last['speedup']:.3f} [{last['lo']:.3f}, {last['hi']:.3f}] on {last['scenario']}"


def _show_one(speedup: Speedup, measured: list[dict[str, Any]]) -> None:
    out = console()
    out.print(f"[bold]{speedup.name}[/bold]: {speedup.title}")
    if speedup.analogue:
        out.print(f"an analogue of: {speedup.analogue}")
    out.print(f"published: {speedup.claim.text}\n           ({speedup.claim.source})")
    if speedup.claim.speedup:
        out.print("           as CPU time off / on: {:.3f} to {:.3f}".format(*speedup.claim.speedup))
    out.print(f"measured:  {_short(measured)}")
    out.print(f"touches:   {speedup.touches}")
    defaults = speedup.defaults()
    for side, patch in (("off", speedup.off(defaults)), ("on", speedup.on(defaults))):
        for key, value in patch.items():
            text = "as elsewhere" if value is None else json.dumps(value)
            out.print(f"{side + ':':<11}{key} = {text}", markup=False)
    if speedup.parameters:
        rows = [(n, str(p.default), p.unit, p.meaning) for n, p in speedup.parameters.items()]
        out.print(table("", ("parameter", "default", "unit", "meaning"), rows, ("unit", "meaning")))
