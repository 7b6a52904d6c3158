"""`simkit.compare` and `simkit.campaign`: what the commands of these names do; see simkit.api.running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simkit.api.arguments import Settings, builtin, path_of, settings_of
from simkit.api.gating import MAX_SLOWDOWN, hold, stored_record
from simkit.api.keeping import held, place, tabulate
from simkit.api.progress import Progress, shown
from simkit.errors import BadInput
from simkit.record.command_line import seconds

if TYPE_CHECKING:
    from simkit.api.comparisons import CampaignResult, ComparisonResult, SideBySideResult


def compare(
    a: str | Path,
    b: str | Path,
    *,
    scenario: str | Path | None = None,
    rounds: int | None = None,
    budget: str | float = "6m",
    min_speedup: float | None = None,
    precision: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    set: Settings = (),
    profile: bool = False,
    instructions: bool = False,
    clock: str | None = None,
    baseline: str | Path | None = None,
    max_slowdown: float = MAX_SLOWDOWN,
    out: str | Path | None = None,
    keep: bool = False,
    progress: Progress = False,
) -> ComparisonResult | SideBySideResult:
    """Compare two configurations: speedup with its interval, step ratios, and a verdict on the physics.

    a, b: "SCENARIO[+SPEEDUP...]" or "engine:NAME[=PROGRAM]". The other arguments are those of
    simkit.bench.compare.run_compare and, for `baseline`, `out` and `keep`, of `run`. Where a side is
    output that was recorded elsewhere there is no speedup (SideBySideResult).
    """
    budget_s = seconds(budget)
    stored = stored_record(path_of(baseline), max_slowdown, "comparison.json")
    place(path_of(out), keep, "comparison", "any")  # what cannot be written is said before it is measured
    from simkit.api.comparisons import ComparisonResult, SideBySideResult
    from simkit.bench.compare import run_compare
    from simkit.record.side_by_side import SideBySide

    with held(path_of(out)):
        with shown(progress, "comparing") as tell:
            record = run_compare(
                str(a),
                str(b),
                scenario=None if scenario is None else str(scenario),
                overrides=settings_of(set),
                rounds=builtin(rounds),
                budget_s=budget_s,
                min_speedup=min_speedup,
                precision=precision,
                seed=builtin(seed),
                threads=builtin(threads),
                progress=tell,
                profile=profile,
                instructions=instructions,
                clock=clock,
            )
        of = record.scenario if isinstance(record, SideBySide) else record.a.scenario
        folder = place(path_of(out), keep, "comparison", of)
        result: ComparisonResult | SideBySideResult = (
            SideBySideResult(record, folder)
            if isinstance(record, SideBySide)
            else ComparisonResult(record, folder)
        )
        if folder is not None:
            result.save(folder)
            tabulate(keep)
        if isinstance(result, ComparisonResult):
            hold(result, stored, max_slowdown, path_of(baseline))
        elif stored is not None:
            raise BadInput("--baseline: recorded output has no speedup to hold against a stored one")
    return result


def campaign(
    ladder: str | Path | None = None,
    *,
    budget: str | float | None = None,
    resume: str | Path | None = None,
    rounds: int | None = None,
    events: int | None = None,
    executor: str = "local",
    seed: int | None = None,
    threads: int | None = None,
    hepscore: str | Path | None = None,
    profile: bool = False,
    clock: str | None = None,
    baseline: str | Path | None = None,
    max_slowdown: float = MAX_SLOWDOWN,
    out: str | Path | None = None,
    keep: bool = False,
    progress: Progress = False,
) -> CampaignResult:
    """Measure a ladder of speedups, step by step; it is kept in a folder of its own, with its report.

    ladder: a packaged ladder or a TOML file; the default one. The other arguments are those of
    simkit.bench.campaign.speedup_ladder.run_campaign and, for `baseline`, `out` and `keep`, of `run`.
    """
    budget_s = None if budget is None else seconds(budget)
    stored = stored_record(path_of(baseline), max_slowdown, "campaign.json")
    if keep and resume is not None:
        raise BadInput("--keep: a resumed campaign stays in its folder; leave out --keep")
    folder = path_of(out)
    if keep:
        from simkit.bench.campaign.ladder import load_ladder

        folder = place(folder, keep, "campaign", Path(load_ladder(ladder).ladder.scenario).stem)
    from simkit.api.comparisons import CampaignResult
    from simkit.bench.campaign.speedup_ladder import run_campaign

    with shown(progress, "campaign") as tell:
        record, folder = run_campaign(
            ladder,
            budget_s=budget_s,
            rounds=builtin(rounds),
            events=builtin(events),
            resume=path_of(resume),
            out=folder,
            executor=executor,
            seed=builtin(seed),
            threads=builtin(threads),
            hepscore=path_of(hepscore),
            progress=tell,
            profile=profile,
            clock=clock,
        )
    result = CampaignResult(record, folder)
    hold(result, stored, max_slowdown, path_of(baseline))
    from simkit.report.page import write_report

    result.page = write_report(folder)
    tabulate(keep)
    return result
