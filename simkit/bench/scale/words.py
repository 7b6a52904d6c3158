"""What a scaling comes to, in words: the same in the terminal and on the page."""

from __future__ import annotations

from simkit.bench.scale.curves import KINDS, of_kind
from simkit.bench.words import percent
from simkit.record.scale import OTHERS, Scale, ScalingCurve


def machine_words(scale: Scale) -> str:
    """Return what of the machine may be used, in words."""
    n = scale.usable_processors
    words = f"{n} usable processor{'s' if n > 1 else ''}"
    if scale.cores is not None:
        words += f" on {scale.cores} core{'s' if scale.cores > 1 else ''}"
    return words if scale.quota is None else f"{words} (its control group allows {scale.quota:g})"


def curve_words(scale: Scale) -> list[str]:
    """Return what the curves come to, a sentence each."""
    lines = [_curve_words(curve) for curve in scale.curves]
    gain = _of_shared_cores(scale)
    lines += [gain] if gain else []
    n = len(scale.points)
    same = "are the same" if scale.same_bits else "DIFFER, which is a bug,"
    lines.append(f"the bits of the first events {same} in all {n} layouts, process by process")
    others = max(p.others for p in scale.points)
    if scale.verdict == "inconclusive" and others > OTHERS * scale.usable_processors:
        lines.append(
            f"other work kept {others:.2g} of {scale.usable_processors} processors busy, so that this is not "
            "what the machine can do; measure again when it is idle"
        )
    elif scale.verdict == "inconclusive":
        lines.append("an efficiency is known to no better than 10 %; a longer --budget narrows it")
    return lines


def _curve_words(curve: ScalingCurve) -> str:
    grows = "saturation is not seen"
    if curve.saturates_at is not None:
        grows = f"no more than 5 % is gained beyond {curve.saturates_at}"
    fraction = curve.serial_fraction
    if fraction is None:
        return f"{curve.name}: {grows}; serial fraction {curve.no_fit}"
    ends = f"{percent(fraction.lo)} to {percent(fraction.hi)}"
    return f"{curve.name}: {grows}; serial fraction {percent(fraction.value)} ({ends}, Amdahl's law)"


def _of_shared_cores(scale: Scale) -> str:
    """Return what threads that share a core gain, where that was measured."""
    for kind in KINDS:
        points = of_kind(scale.points, kind)
        within = [p for p in points if not p.beyond_cores]
        shared = [p for p in points if p.beyond_cores and not p.beyond_processors]
        if within and shared:
            most = max(within, key=lambda p: p.workers)
            best = max(shared, key=lambda p: p.speedup.value)
            gain = best.speedup.value / most.speedup.value - 1.0
            return f"{kind}: sharing cores, {best.workers} gain {100.0 * gain:+.0f} % over {most.workers}"
    return ""
