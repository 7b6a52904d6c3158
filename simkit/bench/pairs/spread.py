"""Physics samples on other processes and machines; what is timed never leaves this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simkit.bench.named_sides import NamedSide
from simkit.bench.pairs.blocks import Block, Schedule, derive_seed, take
from simkit.bench.statistics.samples import Floats, Sample, SampleColumns, make_columns, sample_of
from simkit.engines.shards import Shard, make_shard, prepared_here, run_shard
from simkit.executors import Executor


class SampleShard(NamedTuple):
    """A side on one chunk of blocks. energy: of the primaries (MeV) by event; by_event: see `Schedule`."""

    shard: Shard
    energy: Floats
    by_event: bool


def run_sample_shard(work: SampleShard) -> Sample:
    """Return the sample; on a worker the tables and kernels of a side are made once."""
    tallies = run_shard(work.shard)
    key = work.shard.key
    if key not in _layouts:
        _layouts[key] = make_columns(prepared_here(work.shard))
    return sample_of(tallies, work.energy, _layouts[key], work.by_event)


_layouts: dict[str, SampleColumns] = {}  # of a worker's process, by the key of the shard


class Spread:
    """An executor and the sides it is to run; see `Measurement.spread`."""

    def __init__(self, executor: Executor, sources: Sequence[NamedSide]) -> None:
        self.executor, self.sources = executor, sources

    @property
    def workers(self) -> int:
        """Return how many samples are simulated at once."""
        return self.executor.workers

    def samples(
        self, tasks: Sequence[tuple[int, Block]], schedule: Schedule, seed: int
    ) -> Iterator[tuple[int, Sample]]:
        """Yield (index of the task, its sample); a task is a side and the blocks to run, one thread each."""
        shards = [
            SampleShard(
                make_shard(
                    self.sources[side].scenario,
                    self.sources[side].engine,
                    take(schedule.primaries, block.rows),
                    derive_seed(seed, side, block.turn),
                ),
                schedule.row_energy(block),
                schedule.by_event,
            )
            for side, block in tasks
        ]
        yield from self.executor.map(run_sample_shard, shards)
