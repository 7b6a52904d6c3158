"""Records as they lie in a results folder, small ones made up for tests of the history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MACHINE = {"cpu": "Example(R) CPU @ 2.00GHz", "logical_threads": 8}


def commit(number: int) -> str:
    """Return a made-up commit."""
    return f"{number:08x}" * 5


def write_run(
    root: Path, day: int, cpu_s: float, steps: float = 36000.0, name: str = "testem3", **engine: str
) -> Path:
    """Write `result.json` of a run on a day of January; return its folder."""
    folder = root / "example" / name / f"202601{day:02d}-run"
    record: dict[str, Any] = {
        "schema": "simkit.result/1",
        "scenario": {"name": name, "hash": "abcdef0123456789", "speedups": [], "settings": {"x": 1}},
        "engine": {
            "name": "native",
            "version": "0.1.0",
            "backend": "cpu",
            "commit": commit(day),
            **engine,
        },
        "machine": MACHINE,
        "events": 100,
        "seed": 1,
        "timing": {
            "created": f"2026-01-{day:02d}T12:00:00+00:00",
            "cpu_s_per_event": cpu_s,
            "events_per_s": 1.0 / cpu_s,
        },
        "steps_per_event": {"gamma": steps},
        "layers_MeV": {"gap": [1.0, 3.0, 2.0]},
        "layers_sem_MeV": {"gap": [0.1, 0.2, None]},
        "cuts_MeV": {"G4_Pb": {"gamma": 0.1}},
    }
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps(record))
    return folder


def write_runs(root: Path) -> None:
    """Write twelve runs whose time falls from about 20 to about 19 ms at the seventh."""
    noise = (0, 3, -2, 1, -3, 2, 0, -1, 3, -2, 1, 0)
    for i, wobble in enumerate(noise):
        write_run(root, i + 1, (20.0 if i < 6 else 19.0) * 1e-3 + wobble * 1e-5)
