"""asv: showers of the native engine, and how long a run takes to start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.workloads import WORKLOADS, Workload


def _figure(name: str, unit: str) -> Callable[..., float]:
    """Return the benchmark that reads the figure `name` of a workload; lower is better for all of them."""

    def track(self: Any, measured: dict[str, Any], workload: str) -> float:
        figures = measured[workload]
        if isinstance(figures, str):
            raise RuntimeError(figures)
        return float(figures[name])

    track.unit = unit  # type: ignore[attr-defined]
    track.version = "1"  # type: ignore[attr-defined]  # raised when the figure's meaning changes
    return track


def _measure(workload: Workload) -> dict[str, float] | str:
    """Return the figures of a workload, or why there are none: the others are measured all the same."""
    try:
        return workload.measure()
    except RuntimeError as error:
        return str(error)


class Showers:
    """Time, steps, secondaries and memory of each workload, kernels compiled before."""

    params = tuple(WORKLOADS)
    param_names = ("workload",)
    timeout = 900

    def setup_cache(self) -> dict[str, Any]:
        """Measure all workloads once; every benchmark below reads one figure of it."""
        return {name: _measure(workload) for name, workload in WORKLOADS.items()}

    track_us_per_step = _figure("us_per_step", "us")
    track_ms_per_event = _figure("ms_per_event", "ms")
    track_gamma_steps = _figure("gamma_steps", "steps per event")
    track_charged_steps = _figure("charged_steps", "steps per event")
    track_virtual_collisions = _figure("virtual_collisions", "collisions per event")
    track_interactions = _figure("interactions", "interactions per event")
    track_random_draws = _figure("random_draws", "draws per event")
    track_gamma_secondaries = _figure("gamma_secondaries", "tracks per event")
    track_electron_secondaries = _figure("electron_secondaries", "tracks per event")
    track_positron_secondaries = _figure("positron_secondaries", "tracks per event")
    track_peak_memory = _figure("peak_memory_MB", "MB")
    track_import = _figure("import_s", "s")
    track_setup = _figure("prepare_s", "s")


class ColdStart:
    """What the first run after an installation or an edit pays: tables, and all kernels compiled."""

    params = ("testem3", "testem3+woodcock", "atlas_like, ttbar")
    param_names = ("workload",)
    timeout = 900
    unit = "s"
    version = "1"

    def track_compile(self, workload: str) -> float:
        """Return the CPU seconds."""
        return WORKLOADS[workload].prepare_cold()
