"""Check the CUDA backend against the CPU and time it, in one go on a machine with an NVIDIA GPU.

Usage: python -m studies.gpu_suite [--out gpu_suite.json] [--events 1,10,100,1000,4000] [--simulator]

Writes one JSON: machine and versions; agreement of short showers event by event; equivalence of 10 GeV
showers; seconds of preset testem3 (boundary and Woodcock tracking) at several batch sizes. Exit codes: 0 the
backends agree, 2 they do not, 3 more events are needed to tell, 4 there is no GPU. With --simulator all is
tiny and runs in numba's simulator, which proves that the suite works and says nothing about speed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

SEED = 20240607
REPEATS = 5  # timed runs of a batch size, after one that makes room and warms up
SHORT_MeV = 100.0  # of showers compared event by event
SIZES = (1, 10, 100, 1000, 4000)
TINY_SIZES = (1, 4)
TINY = {"geometry.layers": 3, "events.energy_MeV": 50.0}


def prepare(backend: str, events: int, speedups: tuple[str, ...], overrides: dict[str, Any]) -> Any:
    """Return (prepared scenario, events) of testem3."""
    from simkit.engines.native import ENGINE
    from simkit.events import load_events
    from simkit.scenario import load_scenario

    scenario = load_scenario("testem3", with_speedups=speedups, overrides=overrides, backend=backend)
    return ENGINE.prepare(scenario), load_events(scenario.events, events, SEED)


def check_agreement(events: int, overrides: dict[str, Any]) -> dict[str, Any]:
    """Return how short showers agree event by event."""
    from simkit.bench.statistics.agreement import agreement

    tallies = []
    for backend in ("cpu", "cuda"):
        prepared, made = prepare(backend, events, (), {**overrides, "events.energy_MeV": SHORT_MeV})
        tallies.append(prepared.run(made.primaries, SEED))
    found = agreement(tallies[0], tallies[1])
    return {**asdict(found), "good": found.good}


def check_equivalence(events: int, overrides: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict of the equivalence test on whole showers, and their agreement event by event."""
    from simkit.bench.statistics.agreement import agreement
    from simkit.bench.statistics.differences import differences
    from simkit.bench.statistics.equivalence import judge, null_excess, pass_probability
    from simkit.bench.statistics.samples import make_columns, sample_of

    tallies, samples = [], []
    for backend in ("cpu", "cuda"):
        prepared, made = prepare(backend, events, (), overrides)
        layout = make_columns(prepared)
        tallies.append(prepared.run(made.primaries, SEED))
        samples.append(sample_of(tallies[-1], made.primaries.energy, layout, by_event=True))
    rows = differences(samples[0], samples[1], layout, events, alike=True)
    units = len(samples[0])
    physics = judge(rows, units, events, pass_probability(null_excess(rows, units)))
    return {"agreement": asdict(agreement(tallies[0], tallies[1])), **physics.model_dump()}


def measure_batches(
    sizes: tuple[int, ...], speedups: tuple[str, ...], overrides: dict[str, Any]
) -> dict[str, Any]:
    """Return what each number of events at once takes, and one CPU thread for comparison."""
    cpu, made = prepare("cpu", min(100, sizes[-1]), speedups, overrides)
    reference = cpu.run(made.primaries, SEED)
    cuda, _ = prepare("cuda", 1, speedups, overrides)
    rows = []
    for size in sizes:
        _, made = prepare("cpu", size, speedups, overrides)
        first = cuda.run(made.primaries, SEED)
        steps, repeats = int(first.steps.sum()), first.gpu.repeats
        timings = [cuda.run(made.primaries, SEED).gpu for _ in range(REPEATS)]
        kernel_s = statistics.median(t.kernel_s for t in timings)
        total_s = statistics.median(t.total_s for t in timings)
        rows.append(
            {
                "events": size,
                "events_per_s": size / total_s,
                "ns_per_step": 1e9 * total_s / steps,
                "kernel_ns_per_step": 1e9 * kernel_s / steps,
                "kernel_s": kernel_s,
                "total_s": total_s,
                "fastest_total_s": min(t.total_s for t in timings),
                "steps": steps,
                "rounds": timings[-1].rounds,
                "most_waiting": timings[-1].most_waiting,
                "repeats_at_first": repeats,
            }
        )
        row = rows[-1]
        print(
            f"{'+'.join(('testem3', *speedups)):18} {size:6} events  {row['events_per_s']:10.1f} events/s  "
            f"{row['ns_per_step']:8.1f} ns/step  kernels {100.0 * kernel_s / total_s:.0f} %",
            file=sys.stderr,
        )
    return {
        "speedups": list(speedups),
        "compile_s": cuda.compile_s,
        "cpu_thread": {
            "events_per_s": len(reference) / reference.cpu_s,
            "ns_per_step": 1e9 * reference.cpu_s / int(reference.steps.sum()),
        },
        "batches": rows,
    }


def describe_device() -> dict[str, Any]:
    """Return the device, the driver and what the kernels use of it."""
    from simkit.record.machine import package_version
    from simkit.transport import cuda_kernels

    packages = ("numba-cuda", "cuda-core", "cuda-bindings", "nvidia-cuda-nvrtc-cu12")
    found: dict[str, Any] = {name: package_version(name) for name in packages}
    if cuda_kernels.SIMULATED:
        return {**found, "name": "numba's simulator"}
    device = cuda_kernels.cuda.get_current_device()
    name = device.name.decode() if isinstance(device.name, bytes) else str(device.name)
    kernels = (cuda_kernels.follow_waiting,)
    return {
        **found,
        "name": name,
        "compute_capability": ".".join(map(str, device.compute_capability)),
        "multiprocessors": device.MULTIPROCESSOR_COUNT,
        "memory_GB": round(cuda_kernels.cuda.current_context().get_memory_info().total / 2**30, 1),
        "runtime": ".".join(map(str, cuda_kernels.cuda.runtime.get_version())),
        "registers": {k.py_func.__name__: sorted(k.get_regs_per_thread().values()) for k in kernels},
        "local_bytes": {k.py_func.__name__: sorted(k.get_local_mem_per_thread().values()) for k in kernels},
    }


def batch_sizes(text: str) -> tuple[int, ...]:
    """Return the numbers of events in a text such as "1,10,100"."""
    sizes = tuple(int(number) for number in text.split(","))
    if min(sizes) < 1:
        raise ValueError
    return sizes


def main() -> int:
    """Run the suite; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("gpu_suite.json"))
    parser.add_argument("--events", type=batch_sizes, help="batch sizes, such as 1,10,100,1000")
    parser.add_argument("--simulator", action="store_true", help="tiny, without a GPU")
    given = parser.parse_args()
    if given.simulator:
        os.environ["NUMBA_ENABLE_CUDASIM"] = "1"  # before numba is imported

    import simkit
    from simkit.errors import BadInput
    from simkit.record.machine import machine_info

    try:
        from simkit.transport.cuda import check_device

        check_device()
    except BadInput as error:
        print(f"gpu_suite: {error}", file=sys.stderr)
        return 4
    overrides = TINY if given.simulator else {}
    sizes = given.events or (TINY_SIZES if given.simulator else SIZES)
    alike = check_agreement(20 if given.simulator else 2000, overrides)
    physics = check_equivalence(40 if given.simulator else 1000, overrides)
    record = {
        "schema": "simkit.gpu_suite/1",
        "simkit": simkit.__version__,
        "seed": SEED,
        "machine": machine_info(),
        "agreement": alike,
        "equivalence": physics,
        "timing": [measure_batches(sizes, speedups, overrides) for speedups in ((), ("woodcock",))],
        "device": describe_device(),
    }
    given.out.write_text(json.dumps(record, indent=2) + "\n")
    # few events that are equal to the last bit show no difference, and prove no equivalence
    found = "all equal" if physics["agreement"]["equal"] == 1.0 else physics["verdict"]
    print(
        f"short showers: {100.0 * alike['equal']:.2f} % of events equal, deposits to "
        f"{alike['difference']:.1e}; whole showers: {found}; written to {given.out}",
        file=sys.stderr,
    )
    if not alike["good"]:
        return 2
    return {"all equal": 0, "pass": 0, "fail": 2, "inconclusive": 3}[found]


if __name__ == "__main__":
    sys.exit(main())
