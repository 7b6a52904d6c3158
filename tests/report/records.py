"""Records to make pages of: a ladder on a detector of two calorimeters, made up but consistent."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from simkit.record.campaign import Campaign, Rung
from simkit.record.comparison import Attribution, Comparison, Contrast, MeanDeposit, Side, StepsRatio
from simkit.record.equivalence import Equivalence, EquivalenceRow, PhysicsVerdict
from simkit.record.interval import Interval, MeasuredSpeedup, NoiseFloor, SpeedVerdict
from simkit.record.provenance import Budget, Provenance
from simkit.record.score import Score, Throughput

REGIONS = {
    "beam_pipe": 0.4,
    "tracker": 1.1,
    "barrel_lar": 9.0,
    "barrel_lead": 14.0,
    "outer": 3.0,
    "world": 0.6,
}
SENSITIVE = ("barrel_lar", "outer")
LAYERS = 24
SPEEDUPS = {  # name: (CPU time kept, gamma steps kept, charged steps kept, shift of the deposits in %)
    "gamma-general": (0.962, 1.0, 1.0, 0.02),
    "woodcock": (0.871, 0.46, 1.001, -0.05),
    "em-range-cuts": (0.935, 0.93, 0.86, 0.21),
    "gamma-roulette": (0.985, 0.88, 0.97, 0.46),
    "no-loss-fluctuation": (0.997, 1.0, 1.0, 0.93),
}


def make_side(
    label: str, speedups: list[str], cpu_s: float, gamma: float, charged: float, shift: float
) -> Side:
    """Return a side; `gamma` and `charged` scale the steps, `shift` the deposits (percent)."""
    steps = {
        "gamma": {region: 9e3 * size * gamma for region, size in REGIONS.items()},
        "e-": {region: 6e3 * size * charged for region, size in REGIONS.items()},
        "e+": {region: 1.2e3 * size * charged for region, size in REGIONS.items()},
    }
    profile = {
        region: [
            size * 40.0 * (i + 0.6) ** 2.2 * math.exp(-0.42 * i) * (1.0 + shift / 100.0)
            for i in range(LAYERS)
        ]
        for region, size in REGIONS.items()
        if region in SENSITIVE
    }
    return Side(
        label=label,
        scenario="atlas_like",
        scenario_hash=hashlib.sha256(repr(speedups).encode()).hexdigest()[:16],
        speedups=speedups,
        engine={"name": "native", "backend": "cpu"},
        events=18.0,
        seed=7,
        cpu_s_per_event=Interval(value=cpu_s, lo=cpu_s * 0.991, hi=cpu_s * 1.009),
        ns_per_step=1e9 * cpu_s / sum(sum(by.values()) for by in steps.values()),
        steps_per_event={
            "gamma": sum(steps["gamma"].values()),
            "charged": sum(steps["e-"].values()) + sum(steps["e+"].values()),
        },
        steps_by=steps,
        secondaries_per_event={"gamma": 3.05e5, "e-": 6.24e5, "e+": 2.19e4},
        counters_per_event={
            "virtual_collisions": 2.31e5 if "woodcock" in speedups else 0.0,
            "majorant_violations": 0.0,
            "null_interactions": 1.2e4,
            "random_draws": 4.4e6,
            "lost_secondaries": 0.0,
            "tracks": 9.5e5,
            "roulette_killed": 0.0,
        },
        edep_MeV={region: MeanDeposit(mean=5e3 * size, sem=12.0 * size) for region, size in REGIONS.items()},
        layers_MeV=profile,
        layers_sem_MeV={region: [0.01 * v + 0.5 for v in values] for region, values in profile.items()},
        leaked_fraction=0.031,
        untransported_MeV=UNTRANSPORTED,
        outside_cuts_MeV={"gamma": 7.5e5, "pi+": 1.2e6},
        cuts_MeV={
            "G4_Pb": {"gamma": 0.101843, "e-": 1.36749},
            "G4_lAr": {"gamma": 0.00617835, "e-": 0.343093},
        },
        compile_s=1.2,
        setup_s=0.8,
    )


UNTRANSPORTED = {
    "pi+": 81e3,
    "pi-": 79e3,
    "K+": 22e3,
    "K-": 21e3,
    "p": 14e3,
    "n": 15e3,
    "p~": 12e3,
    "n~": 12.5e3,
}
UNTRANSPORTED |= {
    "K_L0": 18e3,
    "mu+": 9e3,
    "mu-": 7.5e3,
    "Lambda": 3e3,
    "Sigma-": 400.0,
    "nu_mu": 2e4,
    "nu_e": 1.1e4,
}


def make_row(
    kind: Any, region: str, layer: int | None, a: float, shift: float, error: float
) -> EquivalenceRow:
    """Return a row; `shift` and `error` are in the unit of the kind's margin."""
    margin, unit = {
        "deposit": (0.5, "%"),
        "layer": (2.0, "% of the largest layer"),
        "leakage": (0.1, "% of the input"),
    }[kind]
    lo, hi = shift - 1.645 * error, shift + 1.645 * error
    verdict: PhysicsVerdict = "inconclusive"
    if max(abs(lo), abs(hi)) < margin:
        verdict = "pass"
    elif lo > margin or hi < -margin:
        verdict = "fail"
    return EquivalenceRow(
        observable=kind,
        region=region,
        layer=layer,
        a=a,
        b=a * (1.0 + shift / 100.0),
        difference=shift,
        lo90=lo,
        hi90=hi,
        standard_error=error,
        margin=margin,
        unit=unit,
        verdict=verdict,
    )


def make_contrast(a: Side, b: Side, shift: float, half: float = 0.004) -> Contrast:
    """Return the contrast of two sides; `half` is half of the speedup's interval on the logarithm."""
    value = a.cpu_s_per_event.value / b.cpu_s_per_event.value
    log = math.log(value)
    verdict: SpeedVerdict = (
        "faster" if log > 1.6 * half else "slower" if log < -1.6 * half else "inconclusive"
    )
    rows = []
    for region in SENSITIVE:
        rows.append(make_row("deposit", region, None, a.edep_MeV[region].mean, shift, 0.08))
        largest = max(a.layers_MeV[region])
        for i, (x, y) in enumerate(zip(a.layers_MeV[region], b.layers_MeV[region])):
            wiggle = 0.35 * math.sin(1.7 * i) * x / largest
            row = make_row(
                "layer", region, i, x, 100.0 * (y - x) / largest + wiggle, 0.03 + 0.3 * x / largest
            )
            rows.append(row.model_copy(update={"b": x + row.difference * largest / 100.0}))
    rows.append(make_row("leakage", "world", None, 310.0, 0.01 * shift, 0.02))
    verdicts = {row.verdict for row in rows}
    physics: PhysicsVerdict = "fail" if "fail" in verdicts else "pass"
    if physics == "pass" and "inconclusive" in verdicts:
        physics = "inconclusive"
    steps = [sum(sum(by.values()) for by in side.steps_by.values()) for side in (a, b)]
    return Contrast(
        speedup=MeasuredSpeedup(
            value=value,
            lo=math.exp(log - half),
            hi=math.exp(log + half),
            sequential_lo=math.exp(log - 1.6 * half),
            sequential_hi=math.exp(log + 1.6 * half),
            smallest_detectable=2.4 * half,
            standard_error=half / 2.0,
            blocks=212,
            cpu_time_ratio=value * 1.001,
        ),
        steps_ratio=StepsRatio(
            gamma=a.steps_per_event["gamma"] / b.steps_per_event["gamma"],
            charged=a.steps_per_event["charged"] / b.steps_per_event["charged"],
            total=steps[0] / steps[1],
        ),
        secondaries_ratio={"gamma": 1.0, "e-": 1.0, "e+": None},
        attribution=Attribution(
            steps_ratio=steps[0] / steps[1],
            time_per_step_ratio=value * steps[1] / steps[0],
            ns_per_step_a=a.ns_per_step,
            ns_per_step_b=b.ns_per_step,
            share_by={
                p: {r: (a.steps_by[p][r] - b.steps_by[p][r]) / steps[0] for r in REGIONS} for p in a.steps_by
            },
        ),
        physics=Equivalence(
            verdict=physics, rows=rows, units=640, events=18.0, pass_probability=0.97, limiting=[]
        ),
        verdict=verdict,
        summary="",
        to_settle_s=840.0 if verdict == "inconclusive" or physics == "inconclusive" else None,
    )


def _throughput(side: Side) -> Throughput:
    cpu = side.cpu_s_per_event
    normal = Interval(value=cpu.value * 12.9, lo=cpu.lo * 12.9 * 0.99, hi=cpu.hi * 12.9 * 1.01)
    return Throughput(cpu_s_per_event=cpu, normalised_s_per_event=normal, unit="HS23-style s")


PROVENANCE = Provenance(
    created="2025-06-07T08:09:10+00:00",
    command="simkit campaign --budget 3m",
    versions={"simkit": "0.1.0", "numba": "0.61.2", "numpy": "2.2.1", "python": "3.12.4"},
    machine={"cpu": "Some Processor 3.0 GHz", "logical_threads": 2, "memory_GB": 7.7},
    seeds={"timing": 11, "physics": 12},
)
BUDGET = Budget(
    asked_s=180.0,
    used_s=176.2,
    compile_s=21.0,
    setup_s=6.0,
    timing_s=92.0,
    physics_s=44.0,
    score_s=12.0,
    rounds=212,
    to_settle_s=840.0,
)
NOISE = NoiseFloor(value=1.0004, lo=0.998, hi=1.003, blocks=40, floor=0.0024)


def make_campaign(rungs: int = 5, mode: Any = "cumulative", names: dict[str, str] | None = None) -> Campaign:
    """Return a campaign of the first `rungs` speedups; `names` renames rungs."""
    cpu, gamma, charged, total = 3.1, 1.0, 1.0, 0.0
    baseline = make_side("atlas_like", [], cpu, gamma, charged, 0.0)
    before, active, made = baseline, [], []
    for name, (kept, gamma_kept, charged_kept, shift) in list(SPEEDUPS.items())[:rungs]:
        if mode == "cumulative":
            active = [*active, name]
            cpu, gamma, charged, total = cpu * kept, gamma * gamma_kept, charged * charged_kept, total + shift
        else:
            active, cpu, gamma, charged, total = [name], 3.1 * kept, gamma_kept, charged_kept, shift
        side = make_side(f"atlas_like+{name}", active, cpu, gamma, charged, total)
        first = make_contrast(baseline, side, total)
        made.append(
            Rung(
                name=(names or {}).get(name, name),
                with_=[name],
                published="",
                side=side,
                throughput=_throughput(side),
                against_baseline=first,
                against_previous=make_contrast(before, side, shift) if mode == "cumulative" else first,
            )
        )
        before = side
    return Campaign(
        name="default",
        scenario="atlas_like",
        mode=mode,
        ladder_hash="0123456789abcdef",
        finished=rungs == len(SPEEDUPS),
        baseline=baseline,
        baseline_throughput=_throughput(baseline),
        rungs=made,
        untransported_MeV=UNTRANSPORTED,
        noise_floor=NOISE,
        score=Score(
            kind="HS23-style",
            score=25.8,
            relative_error=0.008,
            logical_threads=2,
            score_per_thread=12.9,
            scaling=1.0,
            reference_machine="reference",
            configuration_hash="fedcba9876543210",
            workloads=[],
        ),
        budget=BUDGET,
        exit_code=2,
        provenance=PROVENANCE,
    )


def make_comparison() -> Comparison:
    """Return a comparison of Woodcock tracking with none."""
    kept, gamma, charged, shift = SPEEDUPS["woodcock"]
    a = make_side("atlas_like", [], 3.1, 1.0, 1.0, 0.0)
    b = make_side("atlas_like+woodcock", ["woodcock"], 3.1 * kept, gamma, charged, shift)
    contrast = make_contrast(a, b, shift)
    return Comparison(
        **dict(contrast),
        a=a,
        b=b,
        exit_code=0,
        noise_floor=NOISE,
        budget=BUDGET,
        provenance=PROVENANCE,
    )
