"""`simkit.measure`: any two Python callables in paired blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from simkit.api.arguments import builtin
from simkit.api.progress import Progress, shown
from simkit.record.command_line import seconds

if TYPE_CHECKING:
    from simkit.api.comparisons import MeasureResult
    from simkit.bench.callables.values import Margin, Observables


def measure(
    old: Callable[..., Any],
    new: Callable[..., Any],
    observables: Observables | None = None,
    *,
    margin: Margin = 0.005,
    relative: bool = True,
    budget: str | float = "30s",
    rounds: int | None = None,
    min_speedup: float | None = None,
    precision: float | None = None,
    clock: Literal["cpu", "wall"] | None = None,
    seed: int | None = None,
    progress: Progress = False,
) -> MeasureResult:
    """Measure whether `new` is faster than `old`, and whether it still gives the same.

    old, new: called without arguments or, where they take `seed`, with another number in each call, the same
    on both sides. Both run in this process and thread, in turn, in blocks of calls of about 50 ms, warm, with
    garbage collected between blocks. observables: a function of what a call returns, or {name: function},
    that gives a number, an array or a dictionary of them; judged by an equivalence test, as physics is.
    margin: how far new's mean may be from old's, one for all or {name: margin}; a fraction of old's mean if
    `relative` (0.005 is 0.5 %), else in units of the observable. budget: wall time. rounds: so many timed
    rounds instead. min_speedup: what is asked for, see `exit_code`. precision: stop timing when the 95 %
    interval is within +- this. clock: "cpu" (of all threads of this process), "wall", or None for CPU time
    where both compute all the time, and wall time where one waits, starts processes, or has threads that the
    other has not.

    Errors: BadInput; what a callable raises goes on as it is, with a note that says which side it was.
    """
    budget_s = seconds(budget, "budget")
    from simkit.api.comparisons import MeasureResult
    from simkit.bench.callables.measure import SEED, run_measure

    with shown(progress, "measuring") as tell:
        record = run_measure(
            old,
            new,
            observables,
            margin=builtin(margin),
            relative=relative,
            budget_s=budget_s,
            rounds=builtin(rounds),
            min_speedup=min_speedup,
            precision=precision,
            clock=clock,
            seed=SEED if seed is None else builtin(seed),
            progress=tell,
        )
    return MeasureResult(record)
