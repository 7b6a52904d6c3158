"""Measuring a ladder whose sides are ready, and the record of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simkit.bench.campaign.checkpoint import CAMPAIGN, CampaignPlan, FinishedCampaign, Keeper, write_record
from simkit.bench.campaign.fixed_plan import fulfil, replay
from simkit.bench.campaign.interactions import WHOLE, interactions
from simkit.bench.campaign.ladder import Ladder
from simkit.bench.campaign.showers import shower_words
from simkit.bench.named_sides import NamedSide, observables_of, seed_notes
from simkit.bench.pairs.attribution import add_time, attribute, profile_sides
from simkit.bench.pairs.contrast import make_contrast, noise_floor
from simkit.bench.pairs.pairing import Measurement
from simkit.bench.pairs.piece import Piece, Place
from simkit.bench.pairs.sides import make_side
from simkit.bench.pairs.spending import Pair, Plan, Progress, Spent, processor_share, spend
from simkit.bench.score.machine_score import normalised
from simkit.bench.statistics.intervals import FEWEST_BLOCKS
from simkit.bench.words import NOT_YET, summary
from simkit.errors import Interrupted
from simkit.events import Events
from simkit.interrupts import Stopped, stop_request
from simkit.record.campaign import Campaign, LeftOut, Rung
from simkit.record.comparison import Contrast, Side
from simkit.record.conditions import Watch, queued_share
from simkit.record.part import FINE, PHYSICS_DIFFERS
from simkit.record.provenance import Budget, make_provenance
from simkit.record.score import Score

TIMING_SHARE = 0.5  # speedups are what a ladder is about
SHOWERS_TIMING_SHARE = 0.25  # before physics on showers, which settles and leaves the rest to timing again


@dataclass
class Climb:
    """A campaign under way; `start` is when its used time was zero (time.perf_counter)."""

    folder: Path
    plan: CampaignPlan
    ladder: Ladder
    sources: Sequence[NamedSide]
    events: Events
    m: Measurement
    score: Score
    start: float
    spent: Spent = field(default_factory=Spent)
    watch: Watch = field(default_factory=Watch)

    def used_s(self) -> float:
        """Return the wall seconds used, those before a resume included."""
        return time.perf_counter() - self.start

    def run(
        self,
        threads: int,
        kept: dict[Place, Piece],
        damaged: list[Place],
        progress: Progress | None,
    ) -> FinishedCampaign:
        """Take in what is kept, measure until the plan is fulfilled, keep and return the record."""
        keeper = Keeper(self.folder, self.used_s)
        self.m.keep = self.m.judged.keep = keeper
        for piece in kept.values():
            if piece.place.kind == "round":
                self.spent.timing_s += piece.seconds
            else:
                self.spent.physics_s += piece.seconds
        rounds, events, budget_s = self.plan.rounds, self.plan.events, self.plan.budget_s
        with stop_request() as stop:
            if rounds is not None:
                try:
                    fulfilled = fulfil(self.m, rounds, events or 0, kept, self.spent, threads, progress, stop)
                except Stopped:
                    fulfilled = False
            else:
                replay(self.m, kept, damaged, self.spent, threads)
                share = TIMING_SHARE if self.m.showers is None else SHOWERS_TIMING_SHARE
                plan = Plan(
                    self.start, budget_s, timing_share=(share, share), threads=threads, look=self.plan.look
                )
                fulfilled = spend(self.m, self.pairs(), plan, self.spent, progress, stop=stop)
            # The record of an earlier end stays until there is the next verdict.
            if fulfilled or (self.plan.look == 1 and self.m.rounds >= FEWEST_BLOCKS):
                record = self.record(None if rounds is not None else budget_s, fulfilled)
                write_record(self.folder / CAMPAIGN, record)
            if fulfilled:
                keeper.pieces.pack()
        if not fulfilled:
            raise Interrupted(
                f"interrupted; {self.m.rounds} rounds are kept, "
                f"go on with: simkit campaign --resume {self.folder}"
            )
        return FinishedCampaign(record, self.folder)

    def pairs(self) -> list[Pair]:
        """Return all that is compared."""
        sides = [pair for i in range(1, len(self.sources)) for pair in self._compared(i)]
        return [Pair(a, b, self.observables(a, b)) for a, b in dict.fromkeys(sides)]

    def _compared(self, i: int) -> list[tuple[int, int]]:
        """Return the sides of the contrasts of rung `i`, in the order of `_contrasts`."""
        left_out = [] if self.ladder.left_out(i) is None else [(i, WHOLE)]
        return [(0, i), (self.ladder.previous(i), i), *left_out]

    def observables(self, a: int, b: int) -> tuple[str, ...]:
        """Return the keys that either side wants observed."""
        return tuple(key for i in (a, b) for key in observables_of(self.sources[i].scenario))

    def record(self, budget_s: float | None, finished: bool) -> Campaign:
        """Return the record of the rounds so far, without verdicts on physics unless it is `finished`."""
        m, used_s = self.m, self.used_s()
        rungs = [self._rung(i, used_s) for i in range(1, len(self.sources))]
        if not finished:
            for rung in rungs:
                for contrast in _contrasts(rung):
                    postpone(contrast)
        baseline = self._side(0)
        if self.plan.profile and finished:
            self._profile(baseline, rungs)
        settle = [contrast.to_settle_s for rung in rungs for contrast in _contrasts(rung)]
        failed = any(c.physics.verdict == "fail" for rung in rungs for c in _contrasts(rung))
        return Campaign(
            name=self.ladder.ladder.name,
            scenario=self.sources[0].scenario.name,
            mode=self.ladder.ladder.mode,
            ladder_hash=self.ladder.hash,
            finished=finished,
            baseline=baseline,
            baseline_throughput=normalised(baseline.cpu_s_per_event, self.score),
            rungs=rungs,
            interactions=interactions(m, self.ladder),
            untransported_MeV=baseline.untransported_MeV,
            notes=seed_notes(self.sources, self.plan.seed),
            noise_floor=noise_floor(m.self_ratio(), m.rounds),
            conditions=self.watch.conditions(
                self.spent.processors,
                processor_share(m, self.spent),
                queued_share(m.queued_s, self.spent.timing_s),
            ),
            score=self.score,
            budget=Budget(
                asked_s=budget_s,
                used_s=used_s,
                compile_s=sum(side.compile_s for side in m.sides),
                setup_s=sum(side.setup_s for side in m.sides),
                timing_s=self.spent.timing_s,
                physics_s=self.spent.physics_s,
                score_s=self.score.wall_s,
                rounds=m.rounds,
                to_settle_s=max((s for s in settle if s is not None), default=None),
            ),
            # A ladder may trade physics on purpose and leave small effects open: only a proven difference
            # of the physics is worth an exit code.
            exit_code=PHYSICS_DIFFERS if failed else FINE,
            provenance=make_provenance(self.plan.command(budget_s), self.plan.seed),
        )

    def _profile(self, baseline: Side, rungs: Sequence[Rung]) -> None:
        """Write into the sides and contrasts where the time goes."""
        profiles = profile_sides(self.m)
        add_time(self.m, profiles, [baseline, *(rung.side for rung in rungs)])
        for i, rung in enumerate(rungs, start=1):
            for (a, b), contrast in zip(self._compared(i), _contrasts(rung)):
                attribute(self.m, profiles, a, b, contrast.time_ratios["cpu"].value, contrast.attribution)

    def _side(self, i: int) -> Side:
        source = self.sources[i]
        return make_side(self.m, i, source.label, source.scenario, source.engine, self.events)

    def _rung(self, i: int, used_s: float) -> Rung:
        plan, side = self.ladder.rungs()[i - 1], self._side(i)
        previous, left_out = self.ladder.previous(i), self.ladder.left_out(i)
        against_baseline = self._contrast(0, i, used_s)
        return Rung(
            name=plan.name,
            with_=plan.with_,
            set=plan.set,
            published=self.ladder.claim(i),
            side=side,
            throughput=normalised(side.cpu_s_per_event, self.score),
            against_baseline=against_baseline,
            against_previous=self._contrast(previous, i, used_s) if previous else against_baseline,
            left_out=None
            if left_out is None
            else LeftOut(
                name=left_out.name,
                with_=left_out.with_,
                set=left_out.set,
                contrast=self._contrast(i, WHOLE, used_s),
            ),
        )

    def _contrast(self, a: int, b: int, used_s: float) -> Contrast:
        contrast = make_contrast(self.m, a, b, self.observables(a, b), used_s, self.plan.look)
        contrast.physics.on = shower_words(self.ladder.shower)
        return contrast


def postpone(contrast: Contrast) -> None:
    """Take the verdict on physics out of a contrast: each is a look, and paid for, and this is not the time.

    What is said of speed stays: it is valid however often one looks.
    """
    physics = contrast.physics
    physics.verdict, physics.limiting, physics.not_compared = "inconclusive", [], NOT_YET
    for row in (*physics.rows, *physics.timed):
        row.verdict = "inconclusive"
    contrast.summary = summary(contrast.speedup, contrast.verdict, physics)
    contrast.to_settle_s = None


def _contrasts(rung: Rung) -> list[Contrast]:
    """Return all contrasts of a rung; that of what it has left out comes last."""
    own = [rung.against_baseline, rung.against_previous]
    return own if rung.left_out is None else [*own, rung.left_out.contrast]
