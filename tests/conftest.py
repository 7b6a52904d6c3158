"""What all tests share: how much statistics they take, and engines prepared once."""

from __future__ import annotations

import fcntl
import os
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # `nohup` and jobs in the background leave Ctrl-C ignored, for processes started from here, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


ALONE = (
    *("campaign", "clocks", "compare", "fooled", "interactions", "interrupted", "ladder_showers", "measure"),
    *("native", "pairing", "placing", "program_units", "programs", "scale", "campaigns", "gating", "results"),
    *("start", "measuring_commands", "setup_time", "profile", "interrupts", "pytest_plugin", "timing"),
    "processes",
    "going_on",
)
"""Files that measure time, by their names without `test_`: their tests are marked `alone`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that measure time."""
    for item in items:
        if item.path.stem.removeprefix("test_") in ALONE:
            item.add_marker(pytest.mark.alone)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Of tests in several processes (pytest-xdist), let those marked `alone` have the machine alone."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return (yield)
    with _machine(
        Path(tempfile.gettempdir()) / f"simkit-{run}", item.get_closest_marker("alone") is not None
    ):
        return (yield)


@contextmanager
def _machine(name: Path, alone: bool) -> Iterator[None]:
    # Who waits to be alone stands in the door: nobody else comes in, and those inside leave.
    with open(f"{name}.door", "w") as door, open(f"{name}.room", "w") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


def statistics_factor() -> float:
    """Return SIMKIT_STATISTICS, the factor on the number of events of long tests (1 when it is not set)."""
    text = os.environ.get("SIMKIT_STATISTICS", "1")
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.0 < factor < float("inf"):
        raise pytest.UsageError(f"SIMKIT_STATISTICS: found {text!r}; must be a positive number")
    return factor


@pytest.fixture(scope="session")
def statistics() -> Callable[..., int]:
    """Return a function: the number of events to run instead of `n`, never below `least`.

    A test that uses it must be valid for any number: its tolerance is the larger of what it promises at full
    statistics and of a number of standard errors.
    """
    factor = statistics_factor()

    def scaled(n: int, least: int = 20) -> int:
        return max(round(n * factor), least)

    return scaled


@pytest.fixture(scope="session")
def prepare() -> Callable[..., Any]:
    """Return a function that prepares a stack of slabs for the native engine, each setting once.

    prepare(("G4_Pb", 2.3), ..., layers=1, transverse_mm=400, cut_mm=0.7, speedups=(), **keys): one slab a
    (material, thickness in mm) in regions a, b, ...; keys are scenario keys with "__" for the dot.
    """
    # Imported here, so that tests which need no engine do not wait for it.
    from simkit.engines.native import ENGINE
    from simkit.scenario import Scenario, load_scenario

    @cache
    def prepared(
        *slabs: tuple[str, float],
        layers: int = 1,
        transverse_mm: float = 400.0,
        cut_mm: float = 0.7,
        speedups: tuple[str, ...] = (),
        **keys: Any,
    ) -> Any:
        overrides = {key.replace("__", "."): value for key, value in keys.items()}
        overrides |= {
            "geometry.layers": layers,
            "geometry.transverse_mm": transverse_mm,
            "physics.production_cut_mm": cut_mm,
            "geometry.slab": tuple(
                {"region": "abcdefgh"[i], "material": material, "thickness_mm": thickness}
                for i, (material, thickness) in enumerate(slabs)
            ),
        }
        scenario: Scenario = load_scenario("testem3", with_speedups=speedups, overrides=overrides)
        return ENGINE.prepare(scenario)

    return prepared


@pytest.fixture
def instant_score(monkeypatch: pytest.MonkeyPatch) -> None:
    """Campaigns get a fixed score of the machine, at once."""
    from simkit.record.score import Score

    score = Score(
        kind="HS23-style",
        score=20.0,
        relative_error=0.01,
        logical_threads=2,
        score_per_thread=10.0,
        scaling=10.0,
        reference_machine="",
        configuration_hash="",
        workloads=[],
    )
    for module in ("speedup_ladder", "program_ladder"):
        name = f"simkit.bench.campaign.{module}.run_score"
        monkeypatch.setattr(name, lambda *args, **options: score)
