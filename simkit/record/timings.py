"""What of a record depends on a clock: that may differ between two runs of one plan, nothing else may."""

from __future__ import annotations

from typing import Any

# Keys of any depth, with all below them.
TIMED = frozenset(
    {
        # result.json
        "timing",
        # campaign.json, comparison.json: times, what is made of them, and what was seen while they were taken
        "cpu_s_per_event",
        "times",
        "clock",
        "clock_why",
        "time_ratios",
        "ns_per_step",
        "compile_s",
        "setup_s",
        "speedup",
        "time_per_step_ratio",
        "merit",
        "time_by",
        "time_saved_by",
        "time_per_step_by",
        "ns_per_step_a",
        "ns_per_step_b",
        "instructions",
        "energy_used",
        "figure_of_merit",
        "summary",
        "to_settle_s",
        "noise_floor",
        "baseline_throughput",
        "throughput",
        "conditions",
        "score",
        "budget",
        # provenance: the time of day
        "created",
    }
)
BESIDE_SPEEDUP = frozenset({"verdict"})  # of the speed; the verdict on the physics stays


def without_timings(record: Any) -> Any:
    """Return a record's data (JSON) without what depends on a clock."""
    if isinstance(record, list):
        return [without_timings(item) for item in record]
    if not isinstance(record, dict):
        return record
    left_out = TIMED | BESIDE_SPEEDUP if "speedup" in record else TIMED
    return {key: without_timings(value) for key, value in record.items() if key not in left_out}
