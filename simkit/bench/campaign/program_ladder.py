"""Ladders over own programs: a baseline and rungs that are builds or versions of a program, not speedups.

All of them are timed in the same rounds, as `simkit compare` times two; see simkit.bench.programs.timing.
Such a campaign is not kept as it goes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from simkit.bench.campaign.checkpoint import CAMPAIGN, PLAN, FinishedCampaign, write_record
from simkit.bench.campaign.ladder import BASELINE, Ladder
from simkit.bench.named_sides import NamedSide, parse_side
from simkit.bench.pairs.clocks import check_clock
from simkit.bench.pairs.spending import Pair, Plan, Progress, Spent, spend
from simkit.bench.programs.compare import Ready, energy_of, prepare, shower_of_gun
from simkit.bench.programs.records import program_contrast, program_side
from simkit.bench.programs.timing import ProgramMeasurement, begin_programs, check_budget
from simkit.bench.score.machine_score import QUICK_REPETITIONS, normalised, run_score
from simkit.bench.statistics.intervals import FEWEST_BLOCKS
from simkit.engines import Recording
from simkit.errors import BadInput
from simkit.record.campaign import Campaign, Rung
from simkit.record.command_line import command_line, duration
from simkit.record.comparison import Contrast, Side
from simkit.record.conditions import Watch, queued_share
from simkit.record.folder_lock import locked
from simkit.record.machine import usable_threads
from simkit.record.part import FINE, INCONCLUSIVE, PHYSICS_DIFFERS
from simkit.record.provenance import Budget, make_provenance
from simkit.record.run_folder import check_writable
from simkit.record.score import Score


class Programs(NamedTuple):
    """What is asked for, as of `speedup_ladder.run_campaign`; `given`: the ladder as it was named."""

    ladder: Ladder
    given: str
    folder: Path
    budget_s: float
    rounds: int | None
    seed: int | None
    threads: int | None
    hepscore: Path | None
    clock: str | None


def program_sources(ladder: Ladder) -> list[NamedSide]:
    """Return the baseline and the rungs as sides, named as in the ladder. Errors: BadInput."""
    head = ladder.ladder
    texts = [(BASELINE, head.baseline), *((rung.name, rung.with_[0]) for rung in ladder.rung)]
    return [parse_side(text, head.scenario, head.set)._replace(label=name) for name, text in texts]


def climb_programs(asked: Programs, progress: Progress | None) -> FinishedCampaign:
    """Measure a ladder of programs, keep its record in the folder and return both. Errors: BadInput."""
    sources = program_sources(asked.ladder)
    asked = asked._replace(seed=sources[0].scenario.seed if asked.seed is None else asked.seed)
    check_writable(asked.folder)
    with locked(asked.folder):
        if (asked.folder / PLAN).exists() or (asked.folder / CAMPAIGN).exists():
            raise BadInput(f"{str(asked.folder)!r} holds a campaign already; give another --out")
        record = _climb(asked, sources, progress)
        write_record(asked.folder / CAMPAIGN, record)
    return FinishedCampaign(record, asked.folder)


def _climb(asked: Programs, sources: Sequence[NamedSide], progress: Progress | None) -> Campaign:
    start, watch, seed = time.perf_counter(), Watch(), asked.seed or 0
    clock = check_clock(sources, asked.clock)
    ready = [prepare(source, progress) for source in sources]
    programs = []
    for one in ready:
        if isinstance(one.side, Recording):
            raise BadInput(
                f"{one.source.label!r}: recorded output cannot be timed beside the others; give the program, "
                "or set the two side by side with simkit compare"
            )
        programs.append(one.side)
    score = run_score(asked.hepscore, repetitions=QUICK_REPETITIONS, progress=progress)
    energy, shower = energy_of(sources[0]), shower_of_gun(sources[0])
    m = begin_programs(programs, seed, asked.budget_s, energy, asked.rounds, clock, shower)
    if asked.rounds is None:
        check_budget(m, asked.budget_s)
    plan = Plan(start, asked.budget_s, rounds=asked.rounds, threads=asked.threads or usable_threads())
    m.planned = asked.rounds or max(FEWEST_BLOCKS, int(0.6 * asked.budget_s / m.round_s))
    spent = Spent()
    before = asked.ladder.previous
    pairs = dict.fromkeys(pair for i in range(1, len(sources)) for pair in ((0, i), (before(i), i)))
    spend(m, [Pair(*pair) for pair in pairs], plan, spent, progress)
    return _record(asked, ready, m, spent, watch, score, time.perf_counter() - start)


def _record(
    asked: Programs,
    ready: Sequence[Ready],
    m: ProgramMeasurement,
    spent: Spent,
    watch: Watch,
    score: Score,
    used_s: float,
) -> Campaign:
    ladder = asked.ladder

    def side(i: int, beside: int) -> Side:
        return program_side(m.two(i, beside), 0, ready[i].source, ready[i].prepared)

    def contrast(a: int, b: int) -> Contrast:
        return program_contrast(m.two(a, b), (ready[a].source.label, ready[b].source.label), used_s)

    baseline = side(0, 1)
    rungs = []
    for i, plan in enumerate(ladder.rung, start=1):
        own, previous = side(i, 0), ladder.previous(i)
        against_baseline = contrast(0, i)
        rungs.append(
            Rung(
                name=plan.name,
                with_=[parse_side(plan.with_[0], ladder.ladder.scenario).label],
                published=plan.published,
                side=own,
                throughput=normalised(own.cpu_s_per_event, score),
                against_baseline=against_baseline,
                against_previous=contrast(previous, i) if previous else against_baseline,
            )
        )
    contrasts = [c for rung in rungs for c in (rung.against_baseline, rung.against_previous)]
    prepared = [one.prepared for one in ready if one.prepared]
    return Campaign(
        name=ladder.ladder.name,
        scenario=ready[0].source.scenario.name,
        mode=ladder.ladder.mode,
        ladder_hash=ladder.hash,
        finished=True,
        baseline=baseline,
        baseline_throughput=normalised(baseline.cpu_s_per_event, score),
        rungs=rungs,
        noise_floor=None,
        conditions=watch.conditions(spent.processors, m.processor_share, queued_share(m.queued_s, m.wall_s)),
        score=score,
        budget=Budget(
            asked_s=asked.budget_s if asked.rounds is None else None,
            used_s=used_s,
            compile_s=sum(one.compile_s for one in prepared),
            setup_s=sum(one.setup_s for one in prepared),
            timing_s=spent.timing_s,
            physics_s=spent.physics_s,
            score_s=score.wall_s,
            rounds=m.rounds,
            to_settle_s=max((c.to_settle_s for c in contrasts if c.to_settle_s), default=None),
        ),
        exit_code=_exit_code(contrasts),
        provenance=make_provenance(_command(asked), m.seed),
    )


def _command(asked: Programs) -> str:
    return command_line(
        "campaign",
        [asked.given],
        rounds=asked.rounds,
        budget=None if asked.rounds is not None else duration(asked.budget_s),
        seed=asked.seed,
        hepscore="" if asked.hepscore is None else str(asked.hepscore),
        clock=asked.clock,
    )


def _exit_code(contrasts: Sequence[Contrast]) -> int:
    """Return that of a campaign; programs that may not have done the same work leave it open."""
    if any(c.physics.verdict == "fail" for c in contrasts):
        return PHYSICS_DIFFERS
    return INCONCLUSIVE if any(c.doubts for c in contrasts) else FINE
