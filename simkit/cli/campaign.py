"""`simkit campaign`: climb a ladder of speedups within a budget, and write the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.api.gating import MAX_SLOWDOWN
from simkit.cli.compare import show_conditions
from simkit.cli.field_lines import show_evaluations
from simkit.cli.gating import Baseline, Junit, Markdown, MaxSlowdown, show_gate, write_reports
from simkit.cli.options import Clock, Executor, Json, Keep, Out, Plugins, Profile, Seed, Threads
from simkit.cli.show import (
    coloured,
    console,
    interval,
    largest_parts,
    number,
    plain,
    show_models,
    show_not_simulated,
    table,
)

if TYPE_CHECKING:
    from rich.table import Table

    from simkit.record.campaign import Campaign
    from simkit.record.comparison import Contrast


def command(
    ladder: Annotated[
        str | None,
        typer.Argument(
            metavar="[LADDER]",
            show_default=False,
            help="A packaged ladder or a TOML file; without it, `default`.",
        ),
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", show_default="3m", help="Wall time, such as 90s, 3m, 1h.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="DIR", show_default=False, help="Go on with a campaign."),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            "--rounds", show_default=False, help="Exactly so many timed rounds, instead of a budget."
        ),
    ] = None,
    events: Annotated[
        int | None,
        typer.Option("-n", "--events", show_default=False, help="With --rounds: events a rung for physics."),
    ] = None,
    executor: Executor = "local",
    seed: Seed = None,
    threads: Threads = None,
    hepscore: Annotated[
        Path | None,
        typer.Option("--hepscore", show_default=False, help="A HEPscore report to normalise times with."),
    ] = None,
    profile: Profile = False,
    clock: Clock = None,
    baseline: Baseline = None,
    max_slowdown: MaxSlowdown = MAX_SLOWDOWN,
    markdown: Markdown = None,
    junit: Junit = None,
    out: Out = None,
    keep: Keep = False,
    plugin: Plugins = None,
    as_json: Json = False,
) -> int:
    """Measure a ladder of speedups, step by step, and write the report of it.

    Example: simkit campaign my-ladder.toml --budget 20m
    """
    from simkit.api.comparing import campaign

    result = campaign(
        ladder,
        budget=budget,
        resume=resume,
        rounds=rounds,
        events=events,
        executor=executor,
        seed=seed,
        threads=threads,
        hepscore=hepscore,
        profile=profile,
        clock=clock,
        baseline=baseline,
        max_slowdown=max_slowdown,
        out=out,
        keep=keep,
        progress=True,
    )
    if as_json:
        print(result.to_json())
    else:
        show(result.record)
        show_gate(result.record.gate)
        console().print(f"record: {result.place}\nreport: {result.page}", markup=False)
    write_reports(result, markdown, junit)
    return result.exit_code


def show(record: Campaign) -> None:
    """Print a campaign for people: a line a rung, and the observable that decides where it does not pass."""
    from simkit.bench.words import duration, percent, physics_words, placement_words

    cumulative = record.mode == "cumulative"
    unit = plain(record.baseline_throughput.unit)
    rows = [
        ("baseline", "", "", "", "", number(record.baseline_throughput.normalised_s_per_event.value), "", "")
    ]
    for rung in record.rungs:
        contrast = rung.own
        alike = contrast.verdict == "no difference seen"
        rows.append(
            (
                plain(rung.name if rung.left_out is None else f"{rung.left_out.name} on top"),
                interval(contrast.speedup, 3),
                coloured(contrast.verdict, "no difference" if alike else ""),
                # of what is as fast within 1 %, a change that would have been declared says nothing more
                "" if alike else percent(contrast.speedup.smallest_detectable),
                number(contrast.steps_ratio.total, 3),
                # of what is left out, the contrast alone: the rung itself is all without it
                "" if rung.left_out else number(rung.throughput.normalised_s_per_event.value),
                coloured(contrast.physics.verdict),
                "" if rung.left_out else coloured(rung.against_baseline.physics.verdict),
            )
        )
    columns = (
        *("rung", "speedup, 95 %", "", "smallest\ndetectable", "steps\nratio"),
        *(unit.replace("-", "-\n"), "physics", "since\nbaseline"),
    )
    out = console()
    against = "the rung before" if cumulative else "the baseline"
    if any(rung.left_out for rung in record.rungs):
        against += "; on top: with all others on, against all but it"
    about = plain(f"{record.name}: {record.scenario}, {record.mode}")
    lines = table(f"{about}; against {against}; times per event", columns, rows)
    for column in lines.columns[1:]:
        column.no_wrap = True  # a long name is folded, never an interval or a verdict
    out.print(lines)
    configurations = [("baseline", record.baseline), *((rung.name, rung.side) for rung in record.rungs)]
    show_evaluations((name, side.field_counts) for name, side in configurations)
    for rung in record.rungs:
        name = (rung.left_out or rung).name
        if rung.own.physics.verdict != "pass":
            out.print(f"{name}: the physics {physics_words(rung.own.physics)}", markup=False)
        if record.finished and rung.own is not rung.against_baseline and not rung.left_out:
            since = rung.against_baseline.physics
            if since.verdict == "fail":
                out.print(f"{name}: since the baseline the physics {physics_words(since)}", markup=False)
    for rung in record.rungs:
        own = rung.own
        if own.clock != "cpu":
            out.print(f"{rung.name}: judged by {own.clock} time: {own.clock_why}", markup=False)
    for doubt in dict.fromkeys(doubt for rung in record.rungs for doubt in rung.own.doubts):
        out.print(doubt, markup=False)
    claims = {(rung.left_out or rung).name: rung.published for rung in record.rungs}
    for name, claim in claims.items():
        if claim:
            out.print(f"{name}: published {claim}", markup=False)
    if record.rungs and cumulative:
        out.print(f"all together {interval(record.rungs[-1].against_baseline.speedup)}")
    if record.interactions:
        out.print(_interactions(record))
    if record.noise_floor is not None:
        out.print(f"baseline against itself {interval(record.noise_floor)}")
    if where := placement_words(*(rung.own.speedup for rung in record.rungs)):
        out.print(where)
    show_conditions(record.conditions)
    for note in record.notes:
        out.print(f"note         {note}", markup=False)
    out.print(f"{plain(record.score.kind)} score {record.score.score:.1f}, {record.budget.used_s:.0f} s used")
    physics = [rung.own.physics for rung in record.rungs]
    if physics and physics[0].on:
        out.print(f"physics on {physics[0].on}; time on the events of {plain(record.scenario)}", markup=False)
    show_models(*(side.models for _, side in configurations))
    for note in dict.fromkeys(note for p in physics for note in p.notes):
        out.print(note, markup=False)
    outside = sum(record.baseline.outside_cuts_MeV.values())
    if outside:
        out.print(f"outside the cuts on the events: {number(outside, 4)} MeV an event, not simulated")
    if record.untransported_MeV:
        out.print(f"not followed: {largest_parts(record.untransported_MeV)} MeV an event", markup=False)
    show_not_simulated(record.baseline.not_simulated)
    if any(_is_open(rung.own) for rung in record.rungs) and record.budget.to_settle_s:
        out.print(f"a budget of about {duration(record.budget.to_settle_s)} would settle what is open")


def _interactions(record: Campaign) -> Table:
    words = {"one": "{}: alone, on top of all others", "each alone": "product of each alone, all together"}
    rows = [
        (
            words.get(one.kind, "all together, product of each on top").format(plain(one.name)),
            number(one.expected.value),
            number(one.found.value),
            interval(one.ratio, 3),
            one.verdict,
        )
        for one in record.interactions
    ]
    columns = ("interaction; 1: the gains multiply", "expected", "found", "ratio, 95 %", "")
    return table("", columns, rows)


def _is_open(contrast: Contrast) -> bool:
    return "inconclusive" in (contrast.verdict, contrast.physics.verdict)
