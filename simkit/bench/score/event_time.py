"""What an event costs with all logical processors busy, as a score's workloads are measured."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from scipy import stats

from simkit.bench.named_sides import NamedSide, same_events
from simkit.bench.pairs.spending import Progress
from simkit.bench.score.machine_score import normalised
from simkit.bench.statistics.intervals import SHOWN_LEVEL
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.record.interval import Interval
from simkit.record.machine import usable_threads
from simkit.record.score import Score, TimedScenario

SECONDS = 1.0  # wall time of a repetition
REPETITIONS = 5


def time_scenarios(
    sources: Sequence[NamedSide], score: Score, *, seconds: float = SECONDS, progress: Progress | None = None
) -> list[TimedScenario]:
    """Return the CPU seconds per event of each scenario, and the same normalised with `score`.

    Each is repeated with other seeds, about `seconds` at a time; the interval is Student's, of their mean.
    """
    timed = []
    for i, source in enumerate(sources):
        if progress is not None:
            progress(i / len(sources), f"timing: {source.label}")
        cpu_s, events = time_events(source, seconds)
        scenario = source.scenario
        timed.append(
            TimedScenario(
                label=source.label,
                scenario=scenario.name,
                scenario_hash=scenario.hash,
                speedups=list(scenario.speedups),
                events=events,
                throughput=normalised(cpu_s, score),
            )
        )
    return timed


def time_events(source: NamedSide, seconds: float = SECONDS) -> tuple[Interval, int]:
    """Return the CPU seconds per event with their 95 % interval, and the events simulated for it."""
    if source.foreign:
        raise BadInput(
            f"{source.label!r}: a score normalises simkit's own times; simkit compare times programs"
        )
    prepared, events = source.prepare(), same_events([source])
    threads, seed = usable_threads(), source.scenario.seed
    batch = min(threads, events.n_events)
    spent = prepared.run(_first(events.primaries, batch), seed, threads).timed_s
    wanted = math.ceil(seconds * threads * batch / max(spent, 1e-6) / threads) * threads
    batch = max(min(wanted, events.n_events), batch)
    chosen = _first(events.primaries, batch)
    values = [prepared.run(chosen, seed + 1 + i, threads).timed_s / batch for i in range(REPETITIONS)]
    mean = statistics.fmean(values)
    error = statistics.stdev(values) / math.sqrt(REPETITIONS)
    half = float(stats.t.isf((1.0 - SHOWN_LEVEL) / 2.0, REPETITIONS - 1)) * error
    interval = Interval(value=mean, lo=max(mean - half, 0.0), hi=mean + half, level=SHOWN_LEVEL)
    return interval, batch * REPETITIONS


def _first(primaries: Primaries, events: int) -> Primaries:
    chosen = primaries.event < events
    return Primaries(*(column[chosen] for column in primaries))
