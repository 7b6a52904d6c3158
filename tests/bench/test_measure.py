"""What `simkit.measure` declares of callables whose times and results are known."""

from __future__ import annotations

import asyncio
import functools
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import simkit
from simkit.bench.callables import measurement
from simkit.bench.callables.callee import make_callees
from simkit.bench.callables.measurement import CallMeasurement, CallPace, TimedCalls
from simkit.bench.callables.values import Margins, named, same
from simkit.bench.pairs.contrast import speed_verdict
from simkit.bench.statistics.intervals import sequential_interval


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 5 ms instead of 50."""
    monkeypatch.setattr(measurement, "TARGET_S", 0.005)
    monkeypatch.setattr(measurement, "CALIBRATION_S", 0.002)


def work(n: int = 1000) -> int:
    return sum(i * i for i in range(n))


def less() -> int:
    return work(500)


def drawn(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(10.0, 1.0, 100)


# What is declared, by simulation


def pretended(ratio: float, seed: int, rounds: int, observables: Any = None) -> CallMeasurement:
    """Return a measurement of pretended times: noise of 2 %, a disturbed block in ten, and drift.

    ratio: time of old over time of new.
    """
    rng, clock = np.random.default_rng(seed), itertools.count()

    def block(side: Any, seeds: range) -> TimedCalls:
        noise = rng.normal(0.0, 0.02) + (rng.random() < 0.1) * abs(rng.normal(0.0, 0.3))
        drift = 0.2 * np.sin(next(clock) / 40.0)
        seconds = (1.0 if side.name == "old" else 1.0 / ratio) * float(np.exp(noise + drift))
        return TimedCalls(seconds, seconds, 0.0, 0.0, side.call(seeds[:1]))

    sides = make_callees(lambda: 1, lambda: 1)
    paces = [CallPace(1, 1.0, 1.0, True) for _ in sides]
    m = CallMeasurement(sides, seed, named(observables), Margins(), paces, 0, planned=rounds)
    before, measurement.timed_calls = measurement.timed_calls, block
    try:
        for _ in range(rounds):
            m.timed_round()
    finally:
        measurement.timed_calls = before
    return m


def test_equal_callables_are_rarely_called_different(statistics: Callable[..., int]) -> None:
    """At 99.5 % one in 200 may be; the 95 % interval holds the truth in 19 of 20."""
    n = statistics(400, least=100)
    declared = covered = 0
    for seed in range(n):
        m = pretended(1.0, seed, 30)
        centre = m.log_ratio(0, 1)
        declared += speed_verdict(centre, m.planned) in ("faster", "slower")
        lo, hi = centre.interval()
        covered += lo <= 0.0 <= hi
    assert declared <= 0.005 * n + 3.0 * (0.005 * n) ** 0.5 + 1.0
    assert abs(covered / n - 0.95) < 4.0 * (0.05 * 0.95 / n) ** 0.5


def test_a_difference_is_found_with_its_size() -> None:
    found = [pretended(1.1, seed, 40).log_ratio(0, 1) for seed in range(20)]
    assert all(speed_verdict(centre, 40) == "faster" for centre in found)
    assert (
        sum(sequential_interval(c, 40)[0] < np.log(1.1) < sequential_interval(c, 40)[1] for c in found) >= 19
    )


# Real calls


def test_a_faster_callable(quick: None) -> None:
    m = simkit.measure(work, less, rounds=50)
    assert m.verdict == "faster"
    assert 1.5 < m.speedup.value < 2.5
    assert m.record.clock == "cpu"
    assert set(m.record.time_ratios) == {"cpu", "wall"}
    assert list(m.sides.columns) == ["work", "less"]
    assert m.sides.loc["cpu_ms", "work"] > 1.5 * m.sides.loc["cpu_ms", "less"]
    assert m.identical is False
    assert m.values is None
    assert m.exit_code == 0
    assert "less is" in repr(m)
    assert "times as fast as work" in repr(m)
    assert "<table" in m._repr_html_()
    m.assert_faster(by=0.1).assert_not_slower()
    with pytest.raises(AssertionError, match="do not return exactly the same"):
        m.assert_same()
    with pytest.raises(AssertionError, match="not shown to be faster by more than 900 %"):
        m.assert_faster(by=9.0)


def test_a_slower_callable_and_what_was_asked_for(quick: None) -> None:
    m = simkit.measure(less, work, rounds=50, min_speedup=1.0)
    assert (m.verdict, m.exit_code) == ("slower", 1)
    with pytest.raises(AssertionError, match=r"^work is slower by more than 2 %; slower: "):
        m.assert_not_slower()
    m.assert_not_slower(margin=2.0)


def test_waiting_is_timed_by_the_clock(quick: None) -> None:
    """A callable that sleeps has hardly any CPU time: it must not look free, nor as fast as any other."""
    m = simkit.measure(lambda: time.sleep(0.004), lambda: time.sleep(0.002), rounds=8)
    assert m.record.clock == "wall"
    assert "waiting" in m.record.clock_why
    assert 1.3 < m.speedup.value < 3.0
    busy = simkit.measure(lambda: work(20000), lambda: time.sleep(0.02), rounds=6)
    assert busy.record.clock == "wall"
    assert busy.speedup.value < 5.0


def test_results_that_are_the_same(quick: None) -> None:
    m = simkit.measure(work, lambda: sum(i**2 for i in range(1000)), lambda x: x, rounds=6)
    assert m.identical is True
    assert m.values is not None
    assert m.values.verdict == "pass"
    assert m.values.rows["difference"].tolist() == [0.0]
    assert "the results are identical" in repr(m)
    m.assert_same()


def test_seeds_are_the_same_on_both_sides_and_new_in_every_call(quick: None) -> None:
    given: dict[str, list[int]] = {"a": [], "b": []}

    def a(seed: int) -> np.ndarray:
        given["a"].append(seed)
        return drawn(seed)

    def b(*, seed: int = 0) -> np.ndarray:
        given["b"].append(seed)
        return drawn(seed)

    m = simkit.measure(a, b, {"mean": np.mean, "sd": np.std}, rounds=6)
    assert m.identical is True
    assert (m.record.a.seeded, m.record.b.seeded) == (True, True)
    assert set(given["a"]) & set(given["b"])
    assert len(set(given["a"])) > 100
    assert all(0 <= seed < 2**32 for seed in given["a"])
    again = simkit.measure(a, b, {"mean": np.mean}, rounds=6)
    assert (
        again.values.rows["old"].iloc[0] == m.values.rows["old"].iloc[0]
        or again.record.a.calls != m.record.a.calls
    )


def test_observables_within_and_beyond_their_margins(quick: None) -> None:
    shifted = functools.partial(lambda seed, by: drawn(seed) + by, by=0.3)
    options: dict[str, Any] = {"budget": 1.0}
    m = simkit.measure(drawn, shifted, lambda x: {"mean": x.mean(), "sd": x.std()}, margin=0.02, **options)
    assert m.values.rows["verdict"].to_dict() == {"mean": "fail", "sd": "pass"}
    assert repr(m.values).startswith("<ValuesResult: observables: fail, mean; ")
    assert m.exit_code == 2
    with pytest.raises(AssertionError, match=r"^mean differs by \+(3|2\.9)\d*\.?\d* %, margin 2 %$"):
        m.assert_same()
    wide = {"mean": 0.5, "sd": 0.1}
    absolute = simkit.measure(
        drawn, shifted, {"mean": np.mean, "sd": np.std}, margin=wide, relative=False, **options
    )
    assert absolute.values.verdict == "pass"
    assert absolute.values.rows["unit"].tolist() == ["", ""]
    assert absolute.values.rows["difference"]["mean"] == pytest.approx(0.3)


def test_random_numbers_of_their_own(quick: None) -> None:
    """Callables without a seed: every call is a sample; the budget decides what can be told."""

    def noisy() -> float:
        return random.gauss(100.0, 1.0)

    m = simkit.measure(noisy, noisy, lambda x: x, budget=2.0)
    assert m.values.verdict == "pass"
    assert m.record.values.units > 100
    assert m.identical is False


def test_parts_of_observables_have_names(quick: None) -> None:
    m = simkit.measure(
        lambda: np.eye(2), lambda: np.eye(2), {"all": lambda x: x, "of": lambda x: {"sum": x.sum()}}, rounds=6
    )
    assert m.values.rows.index.tolist() == ["all[0,0]", "all[0,1]", "all[1,0]", "all[1,1]", "of.sum"]


# What cannot be measured


async def coroutine() -> None:
    await asyncio.sleep(0.0)


def generator() -> Iterator[int]:
    yield 1


async def asynchronous() -> Any:
    yield 1


@pytest.mark.parametrize(
    ("old", "message"),
    [
        (3, "found 3, which cannot be called"),
        (coroutine, r"coroutine: returns a coroutine.*lambda: asyncio\.run\(coroutine\(\)\)"),
        (lambda: coroutine(), "old: returns a coroutine"),
        (generator, r"generator: returns a generator.*lambda: list\(generator\(\)\)"),
        (asynchronous, "asynchronous: returns an asynchronous generator"),
        (lambda x, y=1: x, r"old: takes the arguments x; give a callable without arguments"),
        (lambda seed, /: seed, "old: takes seed by position only"),
    ],
)
def test_what_cannot_be_timed_by_calling_it(old: Any, message: str) -> None:
    with pytest.raises(simkit.BadInput, match=message) as caught:
        simkit.measure(old, work, rounds=6)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": "soon"}, "budget: found 'soon'"),
        ({"budget": 0}, "budget: found 0"),
        ({"rounds": 5}, "rounds: found 5; at least 6"),
        ({"clock": "gpu"}, "clock: found 'gpu'"),
        ({"clock": "sun"}, "clock: found 'sun'"),
        ({"min_speedup": -1.0}, "min_speedup: found -1.0"),
        ({"seed": -1}, "seed: found -1"),
        ({"margin": 0.0}, "margin: found 0.0"),
        ({"observables": 3}, "observables: found 3; give a function"),
        ({"observables": {"x": 3}}, "observables: x: found 3"),
        ({"observables": [str, str]}, "two are called 'str'"),
        ({"observables": str}, "observables: str: gives '332833500' for work; must be a number"),
        ({"observables": lambda x: float("nan")}, "observables: value: gives nan for work; must be finite"),
        ({"observables": lambda x: {}}, "observables: value: gives {} for work; there must be a number"),
        ({"observables": lambda x: []}, r"observables: value: gives \[\] for work; there must be a number"),
        ({"observables": lambda x: 1j}, "observables: value: gives 1j for work; must be a number"),
        ({"budget": None}, "budget: found None"),
        ({"observables": lambda x: np.zeros(2000)}, "gives 2,000 numbers for work; at most 1,000"),
        ({"observables": {"sum": float}, "margin": {"sun": 1.0}}, "there is none for the observable 'sum'"),
        (
            {"observables": {"sum": float}, "margin": {"sum": 1.0, "mean": 1.0}},
            "margin: unknown observable 'mean'",
        ),
    ],
)
def test_wrong_arguments(quick: None, options: dict[str, Any], message: str) -> None:
    with pytest.raises(simkit.BadInput, match=message) as caught:
        simkit.measure(work, less, **{"rounds": 6, **options})
    assert "\n" not in str(caught.value)


def test_what_a_callable_raises_goes_on_with_a_note(quick: None) -> None:
    calls = itertools.count()

    def breaks() -> None:
        if next(calls) > 3:
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        simkit.measure(work, breaks, rounds=6)
    assert caught.value.__notes__ == ["simkit.measure: raised by breaks"]
    assert caught.traceback[-1].name == "breaks"
    with pytest.raises(KeyError) as caught:
        simkit.measure(lambda: {}, lambda: {}, lambda x: x["e"], rounds=6)
    assert caught.value.__notes__ == ["simkit.measure: raised by the observable value of what old returned"]


def test_a_budget_too_short_for_an_interval() -> None:
    with pytest.raises(simkit.BadInput, match=r"budget: found 0\.5 s, but 6 rounds .* give \d+ s or more"):
        simkit.measure(lambda: time.sleep(0.1), lambda: time.sleep(0.1), budget=0.5)


def test_a_first_call_longer_than_the_budget_ends_it() -> None:
    calls = []
    with pytest.raises(
        simkit.BadInput, match=r"budget: found 0\.1 s, but the first call of old alone took 0\.2"
    ):
        simkit.measure(lambda: calls.append(time.sleep(0.2)), work, budget=0.1)
    assert len(calls) == 1


def test_numbers_that_come_and_go(quick: None) -> None:
    calls = itertools.count()
    with pytest.raises(simkit.BadInput, match="odd: is there in one call and not in another"):
        simkit.measure(work, work, lambda x: {"all": x} | ({"odd": 1} if next(calls) == 3 else {}), rounds=6)


@pytest.mark.parametrize(
    "function", [int, time.time, [1].copy, functools.partial(work, 10), np.random.default_rng(1).random]
)
def test_callables_of_every_kind(quick: None, function: Any) -> None:
    m = simkit.measure(function, function, rounds=6, seed=None)
    assert m.record.a.name != m.record.b.name
    assert m.speedup.blocks == 6


def test_a_short_budget_gets_shorter_blocks() -> None:
    m = simkit.measure(work, less, budget=1.0)
    assert m.speedup.blocks >= 6
    assert m.record.budget.used_s < 3.0


def test_notes_of_what_may_mislead(quick: None) -> None:
    kept = functools.lru_cache(lambda: time.sleep(0.05))
    m = simkit.measure(kept, lambda: None, rounds=6)
    assert any("ns, of which the loop around it" in note for note in m.record.notes)
    assert any("the first call of" in note and "is not timed" in note for note in m.record.notes)


def test_in_a_thread_and_read_again(quick: None, tmp_path: Path) -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(simkit.measure(work, less, rounds=6)))
    thread.start()
    thread.join()
    (m,) = found
    again = simkit.load(m.save(tmp_path))
    assert type(again) is type(m)
    assert again.record == m.record
    assert again.verdict == m.verdict
    assert len(m.record.ratios) == m.speedup.blocks == 6
    assert m.figures() == ["rounds"]
    assert list(m.figure("rounds").data[0].y) == m.record.ratios
    with pytest.raises(simkit.BadInput, match="has no page"):
        m.markdown()


def test_a_clock_that_stands_still_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: 1.0)
    with pytest.raises(simkit.BadInput, match="stands still"):
        simkit.measure(work, less, rounds=6)


def _holds_itself() -> list[Any]:
    cycle: list[Any] = []
    cycle.append(cycle)
    return cycle


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1, 1, True),
        (_holds_itself(), _holds_itself(), None),
        (1, 1.0, False),
        (float("nan"), float("nan"), True),
        (np.arange(3), np.arange(3), True),
        (np.arange(3), np.arange(3.0), False),
        ([1, {"x": np.ones(2)}], [1, {"x": np.ones(2)}], True),
        ({"x": 1}, {"y": 1}, False),
        ((1, object()), (1, object()), None),
        ((2, object()), (1, object()), False),
        (pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [1]}), True),
        (pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [2]}), False),
        (None, None, True),
    ],
)
def test_what_is_exactly_the_same(a: Any, b: Any, expected: bool | None) -> None:
    assert same(a, b) is expected


def test_a_clock_that_nobody_can_choose_declares_nothing(
    monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    """Where the system does not say what a thread waited for, times that disagree are not believed."""
    monkeypatch.setattr(measurement, "scheduled", lambda: None)
    m = simkit.measure(lambda: work(20000), lambda: time.sleep(0.004), rounds=8)
    assert m.record.clock_decided is False
    assert m.verdict == "inconclusive"
    assert m.exit_code == 3
    assert "which is not believed: " in repr(m)
    with pytest.warns(UserWarning, match="not decided: whether new is slower"):
        m.assert_not_slower()
    with pytest.raises(AssertionError, match="not shown to be faster"):
        m.assert_faster()
