"""A real dask cluster of four workers: runs and campaigns equal the local ones, also when one is killed."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simkit.bench.campaign.checkpoint import kept_pieces
from simkit.bench.campaign.speedup_ladder import run_campaign
from simkit.engines.shards import code_hash
from simkit.engines.simulation import run_scenario
from simkit.particles import PARTICLES
from simkit.record.tallies import PER_EVENT
from simkit.record.timings import without_timings
from simkit.scenario import load_scenario
from simkit.tally import ENERGY_UNIT, IN, NEUTRINOS

distributed = pytest.importorskip("distributed")

SETTINGS = {"geometry.layers": 10, "events.energy_MeV": 3000.0}
LADDER = """
[ladder]
name = "small"
scenario = "testem3"
[ladder.set]
"events.energy_MeV" = 300.0
"geometry.layers" = 5
[[rung]]
name = "woodcock"
with = ["woodcock"]
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=4,
        threads_per_worker=1,
        memory_limit=0,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def address(cluster: Any) -> str:
    return "dask://" + cluster.scheduler_address.removeprefix("tcp://")


def kill_a_busy_worker(cluster: Any) -> None:
    """Kill a worker that has a shard under way, or has done one whose result was not fetched yet."""
    with distributed.Client(cluster) as client:
        tasks, results = client.processing(), client.has_what()
    busy = sorted(tasks, key=lambda worker: (len(tasks[worker]), len(results[worker])))
    numbers = {nanny.worker_address: nanny.pid for nanny in cluster.workers.values()}
    os.kill(numbers[busy[-1]], signal.SIGKILL)


def test_a_run_on_four_workers_one_of_them_killed(cluster: Any, address: str) -> None:
    scenario = load_scenario("testem3", overrides=SETTINGS, events=96)
    local, tallies, _ = run_scenario(scenario)
    done: list[int] = []

    def progress(events: int) -> None:
        done.append(events)
        if len(done) == 3:
            kill_a_busy_worker(cluster)

    spread, merged, _ = run_scenario(scenario, executor=address, progress=progress)
    assert sum(done) == 96
    assert len(done) >= 32  # shards
    for name in PER_EVENT:
        assert np.array_equal(getattr(tallies, name), getattr(merged, name)), name
    assert without_timings(local.model_dump()) == without_timings(spread.model_dump())
    undisturbed, merged, _ = run_scenario(scenario, executor=address)
    assert np.array_equal(tallies.deposits, merged.deposits)
    assert undisturbed.timing.threads >= 3  # the fourth may not be back yet


def assert_same_bits(address: str, preset: str, overrides: dict[str, Any], events: int) -> Any:
    """Compare one thread with two threads, processes and dask; return the tallies."""

    def tallies(executor: str = "local", threads: int = 1) -> Any:
        scenario = load_scenario(preset, overrides={**overrides, "run.threads": threads}, events=events)
        return run_scenario(scenario, executor=executor)[1]

    first = tallies()
    others = [tallies(threads=2), tallies("processes:2"), tallies(address)]
    assert [other.threads > 1 for other in others] == [True] * 3
    for other in others:
        for name in PER_EVENT:
            assert np.array_equal(getattr(first, name), getattr(other, name)), name
    return first


@pytest.mark.parametrize("stepper", ["dormand-prince", "qss2"])
def test_the_same_bits_in_a_field(address: str, stepper: str) -> None:
    field = {"field.kind": "uniform", "field.strength_T": 3.8, "field.stepper": stepper}
    tallies = assert_same_bits(address, "testem3", {**SETTINGS, "events.energy_MeV": 500.0, **field}, 48)
    counted = ["field_evaluations", "boundary_iterations", "momentum_drift"]
    counted += ["qss_events_u", "qss_events_x"] if stepper == "qss2" else ["rejected_substeps"]
    assert all(tallies.counter(name) > 10 for name in counted)


def test_the_same_bits_of_every_particle_of_a_collision(address: str) -> None:
    """A top-quark pair event goes to its end: nothing of it is left out, and no energy is lost."""
    tallies = assert_same_bits(address, "atlas_like", {}, 2)
    entering = tallies.balance[:, IN] * ENERGY_UNIT
    assert (np.abs(tallies.residual()) < 1e-9 * entering).all()
    assert (tallies.balance[:, NEUTRINOS] > 0).any()
    followed = {PARTICLES[kind] for kind in np.flatnonzero(tallies.steps.any(axis=(0, 2)))}
    assert {"pi+", "pi-", "K+", "K-", "K(L)0", "p", "p~", "n", "n~", "mu+", "gamma", "e-", "e+"} <= followed


@pytest.mark.slow
def test_a_campaign_whose_physics_is_spread(
    cluster: Any, address: str, tmp_path: Path, instant_score: None
) -> None:
    (tmp_path / "ladder.toml").write_text(LADDER)
    records, pieces, killed = [], [], []

    def progress(fraction: float, what: str) -> None:
        if what == "comparing physics" and not killed:
            killed.append(True)
            kill_a_busy_worker(cluster)

    for name, where, watch in (("local", "local", None), ("dask", address, progress)):
        folder = tmp_path / name
        record, _ = run_campaign(
            tmp_path / "ladder.toml",
            rounds=6,
            events=12000,
            out=folder,
            executor=where,
            threads=1,
            progress=watch,
        )
        records.append(without_timings(record.model_dump(mode="json", by_alias=True)))
        pieces.append(kept_pieces(folder)[0])
    assert killed
    assert records[0] == records[1]
    assert records[0]["baseline"]["events"] >= 12000
    assert pieces[0].keys() == pieces[1].keys()
    spread = [place for place in pieces[0] if place.kind == "physics"]
    assert len(spread) >= 2
    for place in spread:
        for mine, other in zip(pieces[0][place].samples, pieces[1][place].samples):
            assert np.array_equal(mine.steps, other.steps)
            assert np.array_equal(mine.deposits, other.deposits)


def test_workers_with_other_code_are_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from simkit.errors import BadInput

    monkeypatch.setattr("simkit.engines.shards.code_hash", lambda: "other")
    assert code_hash() != "other"
    scenario = load_scenario("testem3", overrides=SETTINGS, events=4)
    with pytest.raises(BadInput, match="a worker has other code than this program"):
        run_scenario(scenario, executor=address)
