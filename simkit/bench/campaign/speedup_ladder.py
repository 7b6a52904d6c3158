"""`simkit campaign`: a ladder of speedups, measured within one budget or by one plan.

All rungs are measured together, block by block in one process: each is paired with the baseline and with the
rung before at the same time, from the same rounds. That costs less than half of measuring rung by rung, and a
machine that drifts drifts for all. A campaign is kept as it goes, round by round: whatever ends it, `resume`
goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from simkit.bench.campaign.checkpoint import (
    CAMPAIGN,
    PIECES,
    PLAN,
    CampaignPlan,
    FinishedCampaign,
    kept_pieces,
    read_finished,
    read_plan,
    write_plan,
)
from simkit.bench.campaign.climb import TIMING_SHARE, Climb
from simkit.bench.campaign.fixed_plan import S_PER_STEP
from simkit.bench.campaign.ladder import Ladder, load_ladder
from simkit.bench.campaign.program_ladder import Programs, climb_programs
from simkit.bench.campaign.showers import Shower, shower_events
from simkit.bench.named_sides import GUN_EVENTS, NamedSide, check_seed, same_events
from simkit.bench.pairs.beginning import begin, measure_on
from simkit.bench.pairs.blocks import derive_seed, make_schedule, take
from simkit.bench.pairs.clocks import check_clock
from simkit.bench.pairs.pairing import Measurement
from simkit.bench.pairs.spending import Progress
from simkit.bench.pairs.spread import Spread
from simkit.bench.score.machine_score import QUICK_REPETITIONS, run_score
from simkit.bench.statistics.intervals import FEWEST_BLOCKS
from simkit.engines import Prepared
from simkit.engines.profile import check_profiling
from simkit.engines.shards import code_hash
from simkit.errors import BadInput, Interrupted
from simkit.executors import LOCAL, Executor, open_executor
from simkit.kernel_cache import cache_hash, target_hash
from simkit.plugins import loaded_hash
from simkit.record.campaign import Campaign
from simkit.record.folder_lock import locked
from simkit.record.machine import usable_threads
from simkit.record.pieces import Pieces
from simkit.record.run_folder import check_writable

BUDGET_S = 180.0
SHOWERS = 1_000_003  # where the seeds of showers branch off


def run_campaign(
    ladder: str | Path | None = None,
    *,
    budget_s: float | None = None,
    rounds: int | None = None,
    events: int | None = None,
    resume: Path | None = None,
    out: Path | None = None,
    executor: str = LOCAL,
    seed: int | None = None,
    threads: int | None = None,
    hepscore: Path | None = None,
    progress: Progress | None = None,
    profile: bool = False,
    clock: str | None = None,
) -> FinishedCampaign:
    """Climb a ladder and return its record, kept as `campaign.json` in a folder of its own.

    ladder: a packaged ladder's name or a TOML file; None is the default one. budget_s: wall time of all but
    compiling from scratch (180 s, or what the resumed campaign had). rounds, events: instead of a budget,
    exactly so many timed rounds, then physics on so many events a rung, the timed ones included, or of its
    showers where the ladder has some: everything but the times then depends on the plan alone. resume: the
    folder of a campaign to go on with; nothing is repeated, and a larger budget goes on beyond its end: that
    is another look at its physics, and judged more strictly. out: the folder to make. executor: where physics
    is simulated, see simkit.executors; timing stays in this process. threads: for physics; timing is on one.
    hepscore: a HEPscore report to normalise times with, instead of an own score. profile: find out where the
    time of every rung goes, too, after the timing and beyond the budget; a resumed campaign does as begun.
    clock: what judges the speed, see simkit.bench.compare.run_compare.

    Errors: BadInput; also after Ctrl-C, when the rounds finished by then are kept.
    """
    _check(budget_s, rounds, events, threads, seed)
    if resume is not None:
        if (resume / CAMPAIGN).is_file() and not (resume / PLAN).exists():
            raise BadInput(f"--resume: {str(resume)!r} holds a ladder of programs; begin it again")
        why = "belongs to a campaign's beginning; leave it out with --resume"
        _refuse(why, rounds=rounds, events=events, seed=seed, out=out, hepscore=hepscore)
        _refuse(why, profile=profile, clock=clock)
        read_plan(resume)  # before a folder is made for its lock
        with locked(resume), open_executor(executor) as workers:
            return _go_on(resume, ladder, budget_s, threads or usable_threads(), workers, progress)
    if events is not None and rounds is None:
        raise BadInput(
            "--events: needs --rounds too; a campaign is planned by counts as a whole, or by --budget"
        )
    chosen = load_ladder(ladder)
    if chosen.ladder.baseline:
        shards = None if executor == LOCAL else executor
        _refuse("not in a ladder of programs; leave it out", events=events, executor=shards, profile=profile)
        folder = out if out is not None else _new_folder(chosen.ladder.name)
        return climb_programs(
            Programs(
                chosen, str(ladder), folder, budget_s or BUDGET_S, rounds, seed, threads, hepscore, clock
            ),
            progress,
        )
    sources = chosen.sources()
    judge = check_clock(sources, clock)
    same_events(sources)
    if profile:
        check_profiling(sources[0].scenario.run.backend)
    folder = out if out is not None else _new_folder(chosen.ladder.name)
    check_writable(folder)
    with open_executor(executor) as workers, locked(folder):
        if (folder / PLAN).exists():
            raise BadInput(f"{str(folder)!r} holds a campaign already; use --resume, or give another --out")
        plan = CampaignPlan(
            ladder=chosen.model_dump(mode="json", by_alias=True),
            seed=sources[0].scenario.seed if seed is None else seed,
            budget_s=budget_s or BUDGET_S,
            rounds=rounds,
            events=events,
            code=_code(),
            scenario_hashes=[source.scenario.hash for source in sources],
            score=None if hepscore is None else run_score(hepscore),
            profile=profile,
            clock=judge,
            given="" if ladder is None else str(ladder),
            hepscore="" if hepscore is None else str(hepscore),
        )
        write_plan(folder, plan)
        return _climb(folder, plan, chosen, threads or usable_threads(), workers, progress)


def _check(
    budget_s: float | None, rounds: int | None, events: int | None, threads: int | None, seed: int | None
) -> None:
    if budget_s is not None and not 0.0 < budget_s < float("inf"):
        raise BadInput(f"--budget: found {budget_s}; must be greater than 0")
    if threads is not None and threads < 1:
        raise BadInput(f"--threads: found {threads}; must be at least 1")
    check_seed(seed)
    if rounds is not None and rounds < FEWEST_BLOCKS:
        raise BadInput(f"--rounds: found {rounds}; at least {FEWEST_BLOCKS} are needed for an interval")
    if events is not None and events < 1:
        raise BadInput(f"--events: found {events}; must be at least 1")
    if rounds is not None and budget_s is not None:
        raise BadInput("--rounds: a campaign is planned by counts or by --budget; give one of them")


def _refuse(why: str, **given: object) -> None:
    for name, value in given.items():
        if value is not None and value is not False:
            raise BadInput(f"--{name}: {why}")


def _go_on(
    folder: Path,
    ladder: str | Path | None,
    budget_s: float | None,
    threads: int,
    executor: Executor,
    progress: Progress | None,
) -> FinishedCampaign:
    plan = read_plan(folder)
    chosen = _planned_ladder(plan, folder)
    if ladder is not None and load_ladder(ladder).hash != chosen.hash:
        raise BadInput(
            f"--resume: {str(folder)!r} holds the ladder {chosen.ladder.name!r}, which differs from "
            f"{str(ladder)!r}; leave the ladder out, or begin a new campaign"
        )
    if budget_s is not None and plan.rounds is not None:
        raise BadInput(f"--budget: the campaign in {str(folder)!r} is planned by counts; leave it out")
    budget = budget_s or plan.budget_s
    look = plan.look
    done = read_finished(folder)
    if done is not None and looks(done) >= plan.look:  # else it was stopped on its way to the next verdict
        if plan.rounds is not None or budget <= max(done.budget.used_s, done.budget.asked_s or 0.0):
            if (folder / PIECES).is_dir():  # stopped between the record and the end
                Pieces(folder / PIECES).pack()
            return FinishedCampaign(done, folder)
        look = looks(done) + 1
    elif done is None and budget > plan.budget_s and Pieces(folder / PIECES).pack_file.exists():
        look += 1  # it ended, and its record was damaged since
    hashes = [source.scenario.hash for source in chosen.sources()]
    if plan.code != _code() or plan.scenario_hashes != hashes:
        raise BadInput(
            f"--resume: the campaign in {str(folder)!r} was begun with another version of the code, of numpy "
            "or scipy, another scenario or on another processor; what is paired must not differ, so begin a "
            "new one"
        )
    if (budget, look) != (plan.budget_s, plan.look):
        # Before anything is measured: whatever ends it, going on is going on with this.
        plan = plan.model_copy(update={"budget_s": budget, "look": look})
        write_plan(folder, plan)
    return _climb(folder, plan, chosen, threads, executor, progress)


def _planned_ladder(plan: CampaignPlan, folder: Path) -> Ladder:
    try:
        return Ladder.model_validate(plan.ladder)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, ("ladder", *problem["loc"])))
        raise BadInput(
            f"{folder / PLAN}: damaged, or changed by hand ({key}: {problem['msg'].lower()}); begin the "
            "campaign again"
        ) from None


def _code() -> str:
    """Return what names the sources, compiler, processor, and libraries that tables are made with."""
    return "-".join((code_hash() + loaded_hash(), cache_hash(), target_hash()))


def looks(record: Campaign) -> int:
    """Return how many verdicts there have been on the rounds of a finished campaign."""
    return max(rung.against_baseline.physics.look for rung in record.rungs)


@contextmanager
def _told_how_to_go_on(folder: Path) -> Iterator[None]:
    """Turn a Ctrl-C that ends everything at once, before the first round or asked for twice, into a line."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(
            f"interrupted; what was finished is kept, go on with: simkit campaign --resume {folder}"
        ) from None


def _climb(
    folder: Path,
    plan: CampaignPlan,
    chosen: Ladder,
    threads: int,
    executor: Executor,
    progress: Progress | None,
) -> FinishedCampaign:
    """Do what the folder shows has yet to be done; each finished thing is kept there before the next."""
    with _told_how_to_go_on(folder):
        started = time.perf_counter()
        sources = chosen.sources()
        events = same_events(sources)
        score = plan.score
        if score is None:
            score = run_score(None, repetitions=QUICK_REPETITIONS, progress=progress)
            plan = plan.model_copy(update={"score": score})
            write_plan(folder, plan)
        sides = _prepare(sources, progress)
        if plan.seconds_per_MeV is None or plan.planned is None:
            counted = None if plan.rounds is None else S_PER_STEP
            m = begin(sides, events, plan.seed, counted, plan.clock)
            planned = plan.rounds or max(FEWEST_BLOCKS, int(TIMING_SHARE * plan.budget_s / m.round_s))
            plan = plan.model_copy(update={"seconds_per_MeV": m.seconds_per_MeV, "planned": planned})
            write_plan(folder, plan)
        else:
            schedule = make_schedule(events, plan.seed, plan.seconds_per_MeV)
            m = measure_on(sides, schedule, plan.seed, plan.seconds_per_MeV, clock=plan.clock)
            planned = plan.planned
        m.planned = planned
        if executor.name != LOCAL:
            m.spread = Spread(executor, sources)
        if chosen.shower:
            m.showers = _showers(m, chosen.shower)
        kept, damaged, used_s = kept_pieces(folder)
        # Compiling from scratch happens once per machine and is not part of the budget.
        start = (
            started + sum(side.compile_s for side in sides) if used_s == 0.0 else time.perf_counter() - used_s
        )
        climb = Climb(folder, plan, chosen, sources, events, m, score, start)
        return climb.run(threads, kept, damaged, progress)


def _showers(m: Measurement, showers: Sequence[Shower]) -> Measurement:
    """Return the measurement of the same sides on showers. Errors: BadInput where they start outside."""
    seed = derive_seed(m.seed, SHOWERS)
    schedule = make_schedule(shower_events(showers, GUN_EVENTS, seed), seed, m.seconds_per_MeV)
    m.sides[0].run(take(schedule.primaries, np.arange(sum(one.per_event for one in showers))), seed)
    other = measure_on(m.sides, schedule, seed, m.seconds_per_MeV, m.layout)
    other.spread = m.spread
    return other


def _prepare(sources: Sequence[NamedSide], progress: Progress | None) -> list[Prepared]:
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
