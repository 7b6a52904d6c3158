"""`simkit run`: simulate a scenario and show, print or keep its record."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from simkit.api.gating import MAX_SLOWDOWN
from simkit.cli.field_lines import show_field
from simkit.cli.gating import Baseline, Junit, Markdown, MaxSlowdown, show_gate, write_reports
from simkit.cli.options import (
    Backend,
    Events,
    Executor,
    Instructions,
    Json,
    Keep,
    Out,
    Plugins,
    Profile,
    ScenarioName,
    Seed,
    Set,
    Threads,
    With,
)
from simkit.cli.particle_lines import (
    show_fastsim,
    show_profile,
    show_punch_through,
    show_regions,
    show_secondaries,
    show_visible,
)
from simkit.cli.show import (
    console,
    largest_parts,
    number,
    plain,
    show_energy,
    show_models,
    show_not_simulated,
)

if TYPE_CHECKING:
    from simkit.record.result import Result


def command(
    scenario: ScenarioName,
    events: Events = None,
    seed: Seed = None,
    threads: Threads = None,
    backend: Backend = None,
    with_: With = None,
    set_: Set = None,
    executor: Executor = "local",
    profile: Profile = False,
    instructions: Instructions = False,
    baseline: Baseline = None,
    max_slowdown: MaxSlowdown = MAX_SLOWDOWN,
    markdown: Markdown = None,
    junit: Junit = None,
    out: Out = None,
    keep: Keep = False,
    plugin: Plugins = None,
    as_json: Json = False,
) -> int:
    """Simulate a scenario: deposits, steps, secondaries, time per event, energy balance.

    Example: simkit run testem3 -n 100 --with woodcock --set physics.production_cut_mm=1
    """
    from simkit.api.running import run

    result = run(
        scenario,
        events=events,
        seed=seed,
        threads=threads,
        backend=backend,
        speedups=with_ or (),
        set=set_ or (),
        executor=executor,
        profile=profile,
        instructions=instructions,
        baseline=baseline,
        max_slowdown=max_slowdown,
        out=out,
        keep=keep,
        progress=True,
    )
    for remark in result.remarks:
        print(f"simkit: {remark}", file=sys.stderr)
    if as_json:
        print(result.to_json())
    else:
        show(result.record)
        show_gate(result.record.gate)
        if result.folder is not None:
            console().print(f"kept in {result.folder}", markup=False)
    write_reports(result, markdown, junit)
    return result.exit_code


def show(result: Result) -> None:
    """Print a record for people."""
    out = console()
    timing, balance = result.timing, result.energy_balance_MeV
    names = plain("+".join([result.scenario.name, *result.scenario.speedups]))
    out.print(
        f"[bold]{names}[/bold]  {result.events} events, seed {result.seed}, hash {result.scenario.hash}"
    )
    show_regions(result)
    show_visible(result)
    if result.weights is not None:
        out.print(f"weights      events {result.weights.words}")
    steps_total = ", ".join(f"{number(n, 5)} {name}" for name, n in result.steps_per_event.items())
    out.print(f"steps        {steps_total}")
    virtual = result.counters["virtual_collisions"] / result.events
    out.print(f"             {virtual:,.5g} virtual collisions, not counted as steps")
    show_secondaries(result)
    show_field(result.field_counts)
    show_fastsim(result)
    out.print(
        f"time         {number(1e3 * timing.cpu_s_per_event, 3)} ms CPU an event, "
        f"{number(timing.steps_per_s / 1e6, 3)} Msteps/s by the clock on "
        f"{timing.threads} thread{'s' * (timing.threads > 1)}; set-up {timing.setup_s:.2f} s, "
        f"compiling {timing.compile_s:.2f} s, {timing.peak_rss_MB:.0f} MB"
    )
    if timing.gpu is not None:
        gpu = timing.gpu
        out.print(
            f"GPU          {gpu.kernel_s:.3g} s in kernels of {gpu.total_s:.3g} s "
            f"({100 * gpu.kernel_s / gpu.total_s:.0f} %), the rest copies and launches; "
            f"{gpu.rounds} rounds of up to {gpu.most_waiting:,} tracks"
        )
    if timing.instructions is not None:
        counted = timing.instructions
        each, error = counted.per_event / 1e6, counted.standard_error / 1e6
        out.print(f"instructions {each:,.4g} +- {error:.2g} million an event ({counted.source})")
    show_energy(timing.energy_used)
    show_profile(result)
    parts = [("in", balance.in_), ("rest mass", balance.rest_mass), ("deposited", balance.deposited)]
    parts += [("leaked", balance.leaked), ("killed", balance.killed), ("roulette", balance.roulette)]
    parts += [(name.replace("_", " "), value) for name, value in balance.others.items() if value]
    parts += [("untransported", balance.untransported), ("residual", balance.residual)]
    out.print(
        "balance      " + ", ".join(f"{name} {number(value, 6)}" for name, value in parts) + " MeV",
        markup=False,
    )
    show_punch_through(result)
    if result.outside_cuts_MeV:
        total = sum(result.outside_cuts_MeV.values())
        out.print(f"outside cuts {number(total, 6)} MeV an event, not in the balance")
    if result.untransported_MeV:
        out.print(f"not followed {largest_parts(result.untransported_MeV)} MeV", markup=False)
    show_not_simulated(result.not_simulated)
    show_models(result.models)
