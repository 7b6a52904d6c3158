"""`simkit campaign`: a ladder of speedups, measured within one budget.

All rungs are measured together, block by block in one process: each is paired with the baseline and with the
rung before at the same time, from the same rounds. That costs less than half of measuring rung by rung, and a
machine that drifts drifts for all. A campaign is kept as it goes, round by round: whatever ends it, `resume`
goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from simkit.bench.blocks import make_schedule
from simkit.bench.checkpoint import (
    CAMPAIGN,
    PLAN,
    CampaignPlan,
    Saver,
    read_plan,
    restore,
    write_plan,
    write_whole,
)
from simkit.bench.compare import FINE, PHYSICS_DIFFERS, make_provenance, processor_share
from simkit.bench.contrast import make_contrast, noise_floor
from simkit.bench.intervals import FEWEST_BLOCKS
from simkit.bench.ladder import Ladder, load_ladder
from simkit.bench.pairing import Measurement, begin, measure_on
from simkit.bench.schema import Budget, Campaign, Rung, Side
from simkit.bench.score import QUICK_REPETITIONS, normalised, run_score
from simkit.bench.sides import make_side
from simkit.bench.sources import Source, observed_regions, same_events
from simkit.bench.spending import Pair, Plan, Progress, Spent, spend, stop_request
from simkit.engines import Prepared
from simkit.errors import BadInput, unknown
from simkit.events import Events
from simkit.jit import cache_folder
from simkit.record.conditions import Watch
from simkit.record.machine import usable_threads
from simkit.record.run_folder import check_writable
from simkit.speedups import parse_speedup

BUDGET_S = 180.0
TIMING_SHARE = 0.5  # speedups are what a ladder is about
EXECUTORS = ("local",)


class Finished(NamedTuple):
    """A campaign's record and the folder that holds it."""

    record: Campaign
    folder: Path


def run_campaign(
    ladder: str | Path | None = None,
    *,
    budget_s: float | None = None,
    resume: Path | None = None,
    out: Path | None = None,
    executor: str = "local",
    seed: int | None = None,
    threads: int | None = None,
    hepscore: Path | None = None,
    progress: Progress | None = None,
) -> Finished:
    """Climb a ladder and return its record, kept as `campaign.json` in a folder of its own.

    ladder: a packaged ladder's name or a TOML file; None is the default one. budget_s: wall time of all but
    compiling from scratch (180 s, or what the resumed campaign had). resume: the folder of a campaign to go
    on with; nothing is repeated, and a larger budget goes on beyond its end. out: the folder to make.
    threads: for physics; timing is on one. hepscore: a HEPscore report to normalise times with, instead of an
    own score.

    Errors: BadInput; also after Ctrl-C, when the rounds finished by then are kept.
    """
    if executor not in EXECUTORS:
        raise unknown("executor", executor, EXECUTORS, "--executor")
    if budget_s is not None and not 0.0 < budget_s < float("inf"):
        raise BadInput(f"--budget: found {budget_s}; must be greater than 0")
    if threads is not None and threads < 1:
        raise BadInput(f"--threads: found {threads}; must be at least 1")
    if resume is not None:
        return _go_on(resume, ladder, budget_s, threads or usable_threads(), progress)
    chosen = load_ladder(ladder)
    sources = chosen.sources()
    events = same_events(sources)
    folder = out if out is not None else _new_folder(chosen.ladder.name)
    if (folder / PLAN).exists():
        raise BadInput(f"{str(folder)!r} holds a campaign already; use --resume, or give another --out")
    check_writable(folder)
    started = time.perf_counter()
    score = run_score(hepscore, repetitions=QUICK_REPETITIONS, progress=progress)
    sides = _prepare(sources, progress)
    base_seed = sources[0].scenario.seed if seed is None else seed
    m = begin(sides, events, base_seed)
    budget = budget_s or BUDGET_S
    m.planned = max(FEWEST_BLOCKS, int(TIMING_SHARE * budget / m.round_s))
    plan = CampaignPlan(
        ladder=chosen.model_dump(mode="json", by_alias=True),
        seed=base_seed,
        budget_s=budget,
        seconds_per_MeV=m.seconds_per_MeV,
        planned=m.planned,
        code=cache_folder().name,
        scenario_hashes=[source.scenario.hash for source in sources],
        score=score,
    )
    write_plan(folder, plan)
    # Compiling from scratch happens once per machine and is not part of the budget.
    start = started + sum(side.compile_s for side in sides)
    climb = _Climb(folder, plan, chosen, sources, events, m, start)
    return climb.run(budget, threads or usable_threads(), progress)


def _go_on(
    folder: Path, ladder: str | Path | None, budget_s: float | None, threads: int, progress: Progress | None
) -> Finished:
    plan = read_plan(folder)
    chosen = Ladder.model_validate(plan.ladder)
    if ladder is not None and load_ladder(ladder).hash != chosen.hash:
        raise BadInput(
            f"--resume: {str(folder)!r} holds the ladder {chosen.ladder.name!r}, which differs from "
            f"{str(ladder)!r}; leave the ladder out, or begin a new campaign"
        )
    budget = budget_s or plan.budget_s
    done = _finished(folder)
    if done is not None and budget <= max(done.budget.used_s, done.budget.asked_s or 0.0):
        return Finished(done, folder)
    sources = chosen.sources()
    if plan.code != cache_folder().name or plan.scenario_hashes != [s.scenario.hash for s in sources]:
        raise BadInput(
            f"--resume: the campaign in {str(folder)!r} was begun with another version of the code, another "
            "scenario or on another processor; what is paired must not differ, so begin a new one"
        )
    events = same_events(sources)
    sides = _prepare(sources, progress)
    m = measure_on(
        sides, make_schedule(events, plan.seed, plan.seconds_per_MeV), plan.seed, plan.seconds_per_MeV
    )
    m.planned = plan.planned
    spent = Spent()
    used_s = restore(folder, m, spent)
    climb = _Climb(folder, plan, chosen, sources, events, m, time.perf_counter() - used_s, spent)
    return climb.run(budget, threads, progress)


def _prepare(sources: Sequence[Source], progress: Progress | None) -> list[Prepared]:
    sides = []
    for source in sources:
        if progress is not None:
            progress(0.0, f"preparing {source.label}")
        sides.append(source.prepare())
    return sides


def _new_folder(name: str) -> Path:
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    return Path("simkit-results") / f"campaign-{safe}-{stamp}"


def _finished(folder: Path) -> Campaign | None:
    try:
        record = Campaign.model_validate_json((folder / CAMPAIGN).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return record if record.finished else None


@dataclass
class _Climb:
    """A campaign under way; `start` is when its used time was zero (time.perf_counter)."""

    folder: Path
    plan: CampaignPlan
    ladder: Ladder
    sources: Sequence[Source]
    events: Events
    m: Measurement
    start: float
    spent: Spent = field(default_factory=Spent)
    watch: Watch = field(default_factory=Watch)

    def used_s(self) -> float:
        """Return the wall seconds used, those before a resume included."""
        return time.perf_counter() - self.start

    def run(self, budget_s: float, threads: int, progress: Progress | None) -> Finished:
        """Measure until the budget is spent, keep and return the record."""
        saver = Saver(self.folder, self.m, self.spent, self.used_s)
        plan = Plan(self.start, budget_s, timing_share=(TIMING_SHARE, TIMING_SHARE), threads=threads)
        pairs = [Pair(0, i, self.regions(0, i)) for i in range(1, len(self.sources))]
        with stop_request() as stop:
            fulfilled = spend(self.m, pairs, plan, self.spent, progress, saver.now_and_then, stop)
            saver.now()
            if self.m.rounds >= FEWEST_BLOCKS:
                record = self.record(budget_s, fulfilled)
                write_whole(self.folder / CAMPAIGN, record.to_json().encode())
        if not fulfilled:
            raise BadInput(
                f"interrupted; {self.m.rounds} rounds are kept, "
                f"go on with: simkit campaign --resume {self.folder}"
            )
        return Finished(record, self.folder)

    def regions(self, a: int, b: int) -> tuple[str, ...]:
        """Return the regions that either side wants observed."""
        return tuple(r for i in (a, b) for r in observed_regions(self.sources[i].scenario))

    def record(self, budget_s: float, finished: bool) -> Campaign:
        """Return the record of the rounds so far."""
        m, used_s = self.m, self.used_s()
        rungs = [self._rung(i, used_s) for i in range(1, len(self.sources))]
        baseline = self._side(0)
        settle = [c.to_settle_s for rung in rungs for c in (rung.against_baseline, rung.against_previous)]
        failed = any(rung.against_baseline.physics.verdict == "fail" for rung in rungs)
        return Campaign(
            name=self.ladder.ladder.name,
            scenario=self.sources[0].scenario.name,
            mode=self.ladder.ladder.mode,
            ladder_hash=self.ladder.hash,
            finished=finished,
            baseline=baseline,
            baseline_throughput=normalised(baseline.cpu_s_per_event, self.plan.score),
            rungs=rungs,
            untransported_MeV=baseline.untransported_MeV,
            noise_floor=noise_floor(m),
            conditions=self.watch.conditions(self.spent.processors, processor_share(m, self.spent)),
            score=self.plan.score,
            budget=Budget(
                asked_s=budget_s,
                used_s=used_s,
                compile_s=sum(side.compile_s for side in m.sides),
                setup_s=sum(side.setup_s for side in m.sides),
                timing_s=self.spent.timing_s,
                physics_s=self.spent.physics_s,
                score_s=self.plan.score.wall_s,
                rounds=m.rounds,
                to_settle_s=max((s for s in settle if s is not None), default=None),
            ),
            # A ladder may trade physics on purpose and leave small effects open: only a proven difference
            # of the physics is worth an exit code.
            exit_code=PHYSICS_DIFFERS if failed else FINE,
            provenance=make_provenance(f"simkit campaign {self.ladder.ladder.name}", self.plan.seed),
        )

    def _side(self, i: int) -> Side:
        source = self.sources[i]
        return make_side(self.m, i, source.label, source.scenario, source.engine, self.events)

    def _rung(self, i: int, used_s: float) -> Rung:
        plan, side = self.ladder.rung[i - 1], self._side(i)
        previous = i - 1 if self.ladder.ladder.mode == "cumulative" else 0
        against_baseline = make_contrast(self.m, 0, i, self.regions(0, i), used_s)
        return Rung(
            name=plan.name,
            with_=plan.with_,
            published=plan.published or "; ".join(parse_speedup(t)[0].claim.text for t in plan.with_),
            side=side,
            throughput=normalised(side.cpu_s_per_event, self.plan.score),
            against_baseline=against_baseline,
            against_previous=make_contrast(self.m, previous, i, self.regions(previous, i), used_s)
            if previous
            else against_baseline,
        )
