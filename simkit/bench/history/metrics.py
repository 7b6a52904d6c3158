"""What the name of a metric tells: its unit, and which way is better."""

from __future__ import annotations

CPU_PER_EVENT = "cpu_s_per_event"  # what is followed unless another metric is asked for
NORMALISED = "normalised_s_per_event"
HS23_STYLE = "HS23-style s"  # its unit, unless another score is given


def unit_of(metric: str) -> str:
    """Return the unit that a metric's name tells, "" for a ratio, a score or a count."""
    if metric.startswith(f"{NORMALISED}."):
        return f"{metric.removeprefix(f'{NORMALISED}.')} s"
    for part in reversed(metric.split(".")):
        for end, unit in UNITS.items():
            if f"_{part}".endswith(end):
                return unit
    return ""


UNITS = {
    f"_{NORMALISED}": HS23_STYLE,
    "_J_per_event": "J",
    "_s_per_event": "s",
    "_per_s": "1/s",
    "_ns_per_step": "ns",
    "_ns_per_step_a": "ns",
    "_ns_per_step_b": "ns",
    "_s": "s",
    "_MeV": "MeV",
    "_mm": "mm",
    "_MB": "MB",
}


def more_is_better(metric: str) -> bool:
    """Return whether a rise of the metric is good news; of times, counts and energies it is not.

    Ratios are A over B, so that they rise with what B saves.
    """
    head, *rest = metric.split(".")
    if head == "left_out" and len(rest) > 1:  # a contrast under the name of what is left out
        head, *rest = rest[1:]
    if head == "attribution":
        return rest[:1] in ([part] for part in SAVED) or rest == ["instructions", "ratio"]
    if head in ("speedup", "steps_ratio"):
        return rest[:1] not in (["smallest_detectable"], ["standard_error"], ["relative_error"])
    return unit_of(metric) == "1/s" or head in GOOD


GOOD = (
    "interaction",
    "events",
    "score",
    "score_per_thread",
    "workload",
    "secondaries_ratio",
    "figure_of_merit",
)
SAVED = ("steps_ratio", "time_per_step_ratio", "share_by", "time_saved_by", "time_per_step_by")
