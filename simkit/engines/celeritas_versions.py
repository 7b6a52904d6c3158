"""Output of Celeritas' earlier versions, as its 0.5 would have written it.

0.1 and 0.2 (July 2022, January 2023): the program demo-loop; its figures stand in `result` itself, and the
options of 0.1 in `input` itself. 0.3 (June 2023): celer-sim, `result.runner`, the input's options by other
names. 0.4 (November 2023): today's names. None of them counts steps: `active` has the tracks of each
iteration of its loop, each of which makes a step. None counts tracks: the diagnostics of steps have them,
where they were on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

RENAMED = {"primary_gen_options": "primary_options", "geant_options": "physics_options", "mag_field": "field"}
SINGLE = ("energy", "direction")
# demo-loop 0.1 has these processes always.
ALWAYS = ("annihilation", "compton_scattering", "gamma_conversion", "ionization", "photoelectric")


def modernised(tree: Any) -> Any:
    """Return the tree with the names and places of Celeritas 0.5; what is not as known stays as it is."""
    if not isinstance(tree, Mapping) or not isinstance(tree.get("result"), Mapping):
        return tree
    found = dict(tree)
    result = found["result"]
    if "runner" not in result and "active" in result:  # demo-loop
        found["result"] = {"runner": {name: result[name] for name in result.keys() - {"steps"}}}
        tracks = result.get("steps")
        parts: Any = tracks.values() if isinstance(tracks, Mapping) else ()
    else:
        diagnostic = result.get("step-diagnostic")
        parts = diagnostic.get("steps") if isinstance(diagnostic, Mapping) else None
    runner = found["result"].get("runner")
    if isinstance(runner, Mapping):
        found["result"] = {**found["result"], "runner": _with_counts(dict(runner), parts)}
    if isinstance(found.get("input"), Mapping):
        found["input"] = _input(dict(found["input"]))
    return found


def _with_counts(runner: dict[str, Any], histograms: Any) -> dict[str, Any]:
    """Return the result with num_steps, num_tracks and num_left, as far as they can be known."""
    events = _rows(runner.get("active"))
    if "num_steps" not in runner and events:
        runner["num_steps"] = [sum(event) for event in events]
    rows = list(histograms) if isinstance(histograms, Iterable) else []
    if "num_tracks" not in runner and rows and all(isinstance(row, list) and _rows(row) for row in rows):
        runner["num_tracks"] = [sum(map(sum, rows))]
    last = [_rows(runner.get(name)) for name in ("alive", "initializers")]
    if "num_aborted" not in runner and all(last):
        runner["num_left"] = [sum(event[-1] for event in events if event) for events in last]
    return runner


def _rows(value: Any) -> list[list[Any]]:
    """Return counts by event and iteration; those of demo-loop are of all events together."""
    if not isinstance(value, list) or not value:
        return []
    rows = value if isinstance(value[0], list) else [value]
    fine = all(isinstance(row, list) for row in rows) and all(isinstance(x, int) for row in rows for x in row)
    return rows if fine else []


def _input(given: dict[str, Any]) -> dict[str, Any]:
    for old, new in RENAMED.items():
        if old in given and new not in given:
            given[new] = given.pop(old)
    if "enable_msc" in given:  # 0.1, which took its processes from here
        given["physics_options"] = {
            **dict.fromkeys(ALWAYS, True),
            "rayleigh_scattering": given.get("rayleigh"),
            "eloss_fluctuation": given.get("eloss_fluctuation"),
            "msc": "urban" if given["enable_msc"] else "none",
        }
    primary = given.get("primary_options")
    if isinstance(primary, Mapping):
        given["primary_options"] = {**primary, **{n: _delta(primary[n]) for n in SINGLE if n in primary}}
        if isinstance(primary.get("pdg"), int):
            given["primary_options"]["pdg"] = [primary["pdg"]]
    return given


def _delta(value: Any) -> Any:
    """Return a single value of 0.1 as the distribution that it is; an energy there is [10000.0, "MeV"]."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and value[1:] == ["MeV"]:
        value = value[0]
    return {"distribution": "delta", "params": value if isinstance(value, list) else [value]}
