"""A pytest plugin: the fixture `paired(old, new)` measures two callables in paired blocks, as simkit.measure.

    def test_new_is_not_slower(paired):
        paired(old, new).assert_not_slower(margin=0.02).assert_same()

It fails only on what is shown at 99.5 %. What this budget could not decide is a warning, or what
--paired-undecided says. Where pytest-benchmark writes JSON the results are in it, as `extra_info`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

# Nothing of simkit is imported here: a session without paired tests does not pay for them.
if TYPE_CHECKING:
    from simkit.api.comparisons import MeasureResult

BUDGET = "5s"
CHOICES = ("warn", "fail", "xfail", "ignore")
BENCHMARK_ROUNDS = 5  # of pytest-benchmark's own timing of `new`, for its JSON
PROPERTY = "paired"  # of a test's report, which goes through pytest-xdist and into JUnit's XML


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and their ini values."""
    group = parser.getgroup("simkit", "paired measurements (simkit)")
    budget = "wall time of a paired measurement, such as 5s or 2m"
    undecided = f"what a budget that was too short to decide is: {', '.join(CHOICES)}"
    group.addoption("--paired-budget", metavar="TIME", help=f"{budget}; goes before what a test says")
    group.addoption("--paired-undecided", choices=CHOICES, help=undecided)
    parser.addini("paired_budget", budget, default=BUDGET)
    parser.addini("paired_undecided", undecided, default=CHOICES[0])


def pytest_configure(config: pytest.Config) -> None:
    """Check what the ini file says."""
    if (given := config.getini("paired_undecided")) not in CHOICES:
        raise pytest.UsageError(f"paired_undecided: found {given!r}; must be one of {', '.join(CHOICES)}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line a measurement."""
    lines = [
        f"{report.nodeid}: {line}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, line in report.user_properties
        if name == PROPERTY
    ]
    if lines:
        terminalreporter.section("paired measurements")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture
def paired(request: pytest.FixtureRequest) -> Callable[..., MeasureResult]:
    """Measure two callables: paired(old, new, observables=None, ...), arguments as those of simkit.measure.

    The budget is what --paired-budget says, else the argument, else the ini value `paired_budget` (5 s).
    """
    config = request.config

    def measure(
        old: Callable[..., Any], new: Callable[..., Any], *args: Any, **options: Any
    ) -> MeasureResult:
        __tracebackhide__ = True
        import simkit

        asked = config.getoption("paired_budget")
        budget = asked or options.pop("budget", None) or config.getini("paired_budget")
        result = simkit.measure(old, new, *args, **{**options, "budget": budget})
        result.undecided = config.getoption("paired_undecided") or config.getini("paired_undecided")
        request.node.user_properties.append((PROPERTY, result.line()))
        _tell_benchmark(request, new, result)
        return result

    return measure


def _tell_benchmark(request: pytest.FixtureRequest, new: Callable[..., Any], result: MeasureResult) -> None:
    """Put a result into pytest-benchmark's JSON, where it writes one or the test has its fixture."""
    option = request.config.option
    own = "benchmark" in request.fixturenames
    writes = any(getattr(option, f"benchmark_{name}", None) for name in ("json", "save", "autosave"))
    if not (own or writes) or not request.config.pluginmanager.hasplugin("benchmark"):
        return
    benchmark = request.getfixturevalue("benchmark")
    found = benchmark.extra_info.setdefault("paired", [])
    found.append(result.brief())
    if not own and len(found) == 1:
        # Its JSON holds only what it has timed itself.
        side = result.record.b
        seed = {"seed": 1} if side.seeded else {}
        benchmark.pedantic(new, kwargs=seed, rounds=BENCHMARK_ROUNDS, iterations=side.calls)
