"""Our score as a report of the HEP benchmark suite, so that what reads HEPscore reports reads ours.

The shape is that of hep-benchmark-suite 3.1 with its profile `hepscore`; the name stays "HS23-style". What
the suite measures and we do not is left out.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

from simkit.bench.score.hepscore import METHOD
from simkit.bench.score.machine_score import KIND
from simkit.bench.score.workloads import WORKLOADS
from simkit.errors import BadInput
from simkit.record.machine import machine_name
from simkit.record.score import Score, Workload

FORMAT = "3.1"
TIME = "%Y-%m-%dT%H:%M:%SZ"


def hepscore_report(score: Score) -> str:
    """Return a score of this machine as JSON in the suite's shape; it recomputes to the same figure.

    Errors: BadInput for the score of a HEPscore report, which is a report already.
    """
    if score.kind != KIND:
        raise BadInput(f"a {score.kind} score comes from a report already; only our own is written as one")
    machine = score.machine
    end = datetime.fromisoformat(score.created)
    version = score.versions.get("simkit", "")
    report = {
        "host": {
            "hostname": machine_name(machine),
            "tags": {},
            "SW": {"python_version": machine.get("python", ""), "platform": machine.get("system", "")},
            "HW": {
                "CPU": {
                    "Architecture": machine.get("architecture", ""),
                    "CPU_Model": machine.get("cpu", ""),
                    "CPU_num": score.logical_threads,
                },
                "MEMORY": {"Mem_Total": round(machine.get("memory_GB", 0.0) * 2**20)},
            },
        },
        "suite": {
            "version": FORMAT,
            "flags": {"ncores": score.logical_threads, "run_mode": "native"},
            "benchmark_version": {"simkit": version},
        },
        "_id": str(uuid.uuid4()),
        "_timestamp": (end - timedelta(seconds=score.wall_s)).strftime(TIME),
        "_timestamp_end": end.strftime(TIME),
        "json_version": FORMAT,
        "profiles": {
            "hepscore": {
                "benchmarks": {
                    w.name: _benchmark(w, score.logical_threads, version) for w in score.workloads
                },
                "settings": {
                    "name": score.kind,
                    "reference_machine": score.reference_machine,
                    "method": METHOD,
                    "repetitions": len(score.workloads[0].values),
                    "scaling": score.scaling,
                    "container_exec": "none",
                },
                "app_info": {"config_hash": score.configuration_hash, "hepscore_ver": f"simkit {version}"},
                "wl-scores": {
                    w.name: {w.name: w.median, f"{w.name}_ref": w.reference} for w in score.workloads
                },
                "score": score.score,
                "status": "success",
            }
        },
    }
    return json.dumps(report, indent=2)


def _benchmark(workload: Workload, threads: int, version: str) -> dict[str, Any]:
    size = next(kernel.size for kernel in WORKLOADS if kernel.name == workload.name)
    runs = {
        f"run{i}": {
            "duration": round(size * threads / value, 3),
            "report": {"wl-scores": {workload.name: value}},
        }
        for i, value in enumerate(workload.values)
    }
    return {
        "weight": workload.weight,
        "version": version,
        "args": {"threads": threads, "events": size},
        **runs,
        "app": {"version": version, "description": workload.unit},
    }
