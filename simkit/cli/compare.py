"""`simkit compare`: is B faster than A, why, and is the physics the same?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simkit.api.gating import MAX_SLOWDOWN
from simkit.cli.field_lines import show_fields
from simkit.cli.gating import Baseline, Junit, Markdown, MaxSlowdown, show_gate, write_reports
from simkit.cli.options import (
    Budget,
    Clock,
    Instructions,
    Json,
    Keep,
    Out,
    Plugins,
    Profile,
    Seed,
    Set,
    Threads,
)
from simkit.cli.physics_lines import show_physics
from simkit.cli.show import (
    coloured,
    console,
    interval,
    number,
    plain,
    show_energy,
    show_list,
    show_models,
    show_not_simulated,
    table,
)
from simkit.record.families import ratio_by_family

if TYPE_CHECKING:
    from simkit.record.comparison import Comparison, Contrast, InstructionsOfSides, Side
    from simkit.record.conditions import Conditions
    from simkit.record.side_by_side import SideBySide

LEAST_PER_STEP = 1e-3  # time a step of A over B's: below, no step is what B's time goes to
MOST_SHOWN = 12  # keys that two sides differ in
SIDE = "SCENARIO[+SPEEDUP...] or engine:NAME[=PROGRAM]"


def command(
    a: Annotated[str, typer.Argument(metavar="A", help=f"{SIDE}: what B is compared with.")],
    b: Annotated[str, typer.Argument(metavar="B", help=f"{SIDE}, such as testem3+woodcock.")],
    scenario: Annotated[
        str | None, typer.Option("--scenario", show_default=False, help="What engines simulate.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option("--rounds", show_default=False, help="Timed rounds, instead of a budget.")
    ] = None,
    budget: Budget = "6m",
    min_speedup: Annotated[
        float | None, typer.Option("--min-speedup", show_default=False, help="Exit with 1 when B gains less.")
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(
            "--precision", show_default=False, help="Stop timing at this half-width, such as 0.005."
        ),
    ] = None,
    seed: Seed = None,
    threads: Threads = None,
    set_: Set = None,
    profile: Profile = False,
    instructions: Instructions = False,
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
    """Compare two configurations: speedup with its interval, step ratios, and a verdict on the physics.

    Example: simkit compare testem3 testem3+woodcock --budget 2m
    """
    from simkit.api.comparing import compare
    from simkit.api.comparisons import SideBySideResult

    result = compare(
        a,
        b,
        scenario=scenario,
        rounds=rounds,
        budget=budget,
        min_speedup=min_speedup,
        precision=precision,
        seed=seed,
        threads=threads,
        set=set_ or (),
        profile=profile,
        instructions=instructions,
        clock=clock,
        baseline=baseline,
        max_slowdown=max_slowdown,
        out=out,
        keep=keep,
        progress=True,
    )
    if as_json:
        print(result.to_json())
    elif isinstance(result, SideBySideResult):
        show_side_by_side(result.record)
    else:
        show(result.record)
        show_gate(result.record.gate)
    if not as_json:
        console().print(f"kept in {result.folder}" if result.folder else "not kept; see --out", markup=False)
    write_reports(result, markdown, junit)
    return result.exit_code


def show(result: Comparison) -> None:
    """Print a comparison for people."""
    from simkit.bench.words import duration, percent, placement_words

    out = console()
    show_sides(result)
    out.print(result.summary, markup=False)
    speedup = result.speedup
    out.print(
        f"\nspeedup      {interval(speedup)} at {100 * speedup.level:g} %, {coloured(result.verdict)} "
        f"(declared at {100 * speedup.sequential_level:g} %, {speedup.blocks} blocks)"
    )
    if where := placement_words(speedup):
        out.print(f"             {where}")
    if result.verdict == "inconclusive" and not result.doubts:
        least = percent(speedup.smallest_detectable)
        change = f"only a change of {least}" if least.startswith("more") else f"a change of {least} or more"
        out.print(f"             {change} would have been declared")
    if result.noise_floor is not None:
        out.print(f"             A against itself {interval(result.noise_floor)}")
    show_conditions(result.conditions)
    show_times(result)
    for name, side in (("A", result.a), ("B", result.b)):
        show_energy(side.energy_used, f"energy {name}")
        if "process" in side.engine:
            out.print(f"{name} timed as   {side.engine['process']}", markup=False)
    show_steps(result, result.a, result.b)
    show_physics(result.physics)
    show_not_simulated(result.a.not_simulated)
    show_models(result.a.models, result.b.models)
    if result.to_settle_s:
        out.print(f"a budget of about {duration(result.to_settle_s)} would settle what is open")


def show_sides(result: Comparison | SideBySide) -> None:
    """Print both sides, and first of all what they differ in."""
    out = console()
    out.print(f"A  {result.a.label}\nB  {result.b.label}", markup=False)
    for i, one in enumerate(result.differ_in[:MOST_SHOWN]):
        out.print(f"{'' if i else 'differ in':<12} {one.key}: {one.a} -> {one.b}", markup=False)
    if len(result.differ_in) > MOST_SHOWN:
        out.print(f"{'':<12} and {len(result.differ_in) - MOST_SHOWN} more, see the record")
    for note in result.notes:
        out.print(f"{'note':<12} {note}", markup=False)
    out.print()


def show_times(result: Comparison) -> None:
    """Print what an event takes by every clock, and which clock judges."""
    from simkit.record.interval import CLOCK_NAMES, CLOCKS

    out = console()
    sides = (result.a, result.b)
    for clock in CLOCKS:
        each = [side.times.get(clock) for side in sides]
        if clock == "cpu" and not all(each):  # a record of an earlier version
            each = [side.cpu_s_per_event for side in sides]
        if not any(each):
            continue
        ms = " -> ".join("-" if one is None else f"{number(1e3 * one.value, 3)} ms" for one in each)
        ratio = result.time_ratios.get(clock)
        over = f", A / B {interval(ratio)}" if ratio is not None else ""
        out.print(f"{CLOCK_NAMES[clock]:<12} {ms} an event{over}")
    why = f": {result.clock_why}" if result.clock_why else ""
    out.print(f"judged by    {CLOCK_NAMES[result.clock]}{why}", markup=False)


def show_conditions(seen: Conditions | None) -> None:
    """Print what would have made the timing noisy, where there was something."""
    if seen is None:
        return
    found = []
    if seen.taken is not None and seen.taken > 0.1:
        found.append(f"other work had the processor for {100 * seen.taken:.0f} % of the time")
    if seen.stolen is not None and seen.stolen > 0.01:
        found.append(f"{100 * seen.stolen:.1f} % stolen by other virtual machines")
    if seen.clock_MHz is not None and seen.clock_MHz[1] > 1.05 * seen.clock_MHz[0]:
        found.append(f"clock {seen.clock_MHz[0]:.0f} to {seen.clock_MHz[1]:.0f} MHz")
    if found:
        load = "" if seen.load is None else f"; load {seen.load[0]:g} before, {seen.load[1]:g} after"
        console().print(f"noise        {', '.join(found)}{load}")


def show_side_by_side(result: SideBySide) -> None:
    """Print a comparison with recorded output for people."""
    from simkit.record.interval import CLOCK_NAMES
    from simkit.record.side_by_side import NOT_PAIRED

    sides = (result.a, result.b)
    rows = [
        ("events", *(f"{side.events:,.0f}" for side in sides)),
        (
            "time (ms)",
            *(number(None if side.s_per_event is None else 1e3 * side.s_per_event) for side in sides),
        ),
        ("clock", *(plain(side.time or "not told") for side in sides)),
    ]
    for clock, name in CLOCK_NAMES.items():
        if any(told := [side.times.get(clock) for side in sides]):
            rows.append((f"{name}, here (ms)", *(number(None if x is None else 1e3 * x) for x in told)))
    groups = [
        ("steps {}", [side.steps_per_event for side in sides]),
        ("secondaries {}", [side.secondaries_per_event for side in sides]),
        ("deposit {} (MeV)", [side.edep_MeV for side in sides]),
        ("{} (MeV)", [{"leakage": x} if (x := side.leaked_MeV) is not None else {} for side in sides]),
    ]
    for name, (a, b) in groups:
        rows += [
            (plain(name.format(x)), number(a.get(x), 6), number(b.get(x), 6)) for x in dict.fromkeys([*a, *b])
        ]
    columns = ("per event", *(plain(f"{name}  {side.label}") for name, side in zip("AB", sides)))
    show_sides(result)
    console().print(table("side by side", columns, rows))
    console().print(f"speedup      {NOT_PAIRED}", markup=False)
    show_conditions(result.conditions)
    show_physics(result.physics)


def show_steps(contrast: Contrast, a: Side, b: Side) -> None:
    """Print why: steps, secondaries, and the attribution of the speedup to them."""
    out = console()
    steps = contrast.steps_ratio
    parts = {"gamma": steps.gamma, "charged": steps.charged, **steps.others, "all": steps.total}
    if any(ratio is not None for ratio in parts.values()):  # a program need not report its steps
        out.print("steps A / B  " + ", ".join(f"{name} {number(ratio)}" for name, ratio in parts.items()))
    virtual = [side.counters_per_event.get("virtual_collisions", 0.0) for side in (a, b)]
    if any(virtual):
        violations = sum(side.counters_per_event.get("majorant_violations", 0.0) for side in (a, b))
        out.print(
            f"             virtual collisions {virtual[0]:,.6g} -> {virtual[1]:,.6g} an event, "
            f"not counted as steps; {violations:g} majorant violations"
        )
    show_fields(a.field_counts, b.field_counts)
    made = ratio_by_family(a.secondaries_per_event, b.secondaries_per_event, contrast.secondaries_ratio)
    if made:
        show_list("secondaries", [f"{name} {number(ratio)}" for name, ratio in made.items()], "A / B: ")
    why = contrast.attribution
    if why.steps_ratio is not None and why.time_per_step_ratio is not None:
        # Steps outside of the calorimeter take time, too; "all" above does not count them.
        world = "" if number(why.steps_ratio) == number(steps.total) else ", the world's too,"
        if why.time_per_step_ratio < LEAST_PER_STEP:
            text = f"{number(why.steps_ratio)} times fewer steps{world} and B's time is not in them"
        else:
            text = (
                f"{contrast.speedup.value:.3f} = {why.steps_ratio:.3f} from the number of steps{world} x "
                f"{why.time_per_step_ratio:.3f} from the time per step"
            )
        out.print(f"why          {text}")
    if why.time_saved_by:
        saved = [(x, p, r) for p, by in why.time_saved_by.items() for r, x in by.items()]
        largest = sorted(saved, key=lambda part: -abs(part[0]))[:4]
        text = ", ".join(f"{100.0 * x:+.1f} % {p} in {r}" for x, p, r in largest)
        out.print(f"CPU saved    {text} (of all of A's)", markup=False)
    if why.instructions is not None:
        show_instructions(why.instructions)
    from simkit.bench.words import merit_words

    for i, (name, value) in enumerate(contrast.figure_of_merit.items()):
        judged = contrast.merit.get(name)
        words = number(value) if judged is None else merit_words(judged)
        out.print(f"{'' if i else 'merit B / A':<12} {name} {words}", markup=False)


def show_instructions(counted: InstructionsOfSides) -> None:
    """Print the instructions of both sides, or why there are none."""
    sides = (counted.a, counted.b)
    each = " -> ".join("not counted" if s is None else f"{s.per_event / 1e6:,.4g}" for s in sides)
    ratio = "" if counted.ratio is None else f", A / B {interval(counted.ratio)}"
    source = next((side.source for side in sides if side is not None), "")
    out = console()
    out.print(f"instructions {each} million an event{ratio}" + (f" ({source})" if source else ""))
    if counted.not_counted:
        out.print(f"             {counted.not_counted}", markup=False)
