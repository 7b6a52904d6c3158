"""Runs in shards: the same bits, and what is finished is not run again."""

from __future__ import annotations

import errno
import json
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from simkit.engines import simulation as module
from simkit.engines.native import NativePrepared
from simkit.engines.sharded import forget
from simkit.engines.simulation import run_scenario
from simkit.errors import BadInput
from simkit.events import load_events
from simkit.record import pieces as pieces_module
from simkit.record.tallies import PER_EVENT, Tallies
from simkit.record.timings import without_timings
from simkit.scenario import Scenario, load_scenario

SETTINGS = {"geometry.layers": 5, "events.energy_MeV": 200.0}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("testem3", overrides=SETTINGS, events=50)


@pytest.fixture(scope="module")
def whole(scenario: Scenario) -> tuple[dict[str, object], Tallies]:
    result, tallies, _ = run_scenario(scenario)
    return without_timings(result.model_dump()), tallies


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The events of every run of the engine; the fourth run fails as suddenly as a kill."""
    done: list[int] = []
    run = NativePrepared.run

    def counted(self, primaries, *rest):  # type: ignore[no-untyped-def]
        done.append(len(np.unique(primaries.event)))
        if len(done) == 4:
            raise KeyboardInterrupt
        return run(self, primaries, *rest)

    monkeypatch.setattr(NativePrepared, "run", counted)
    return done


def same(whole: tuple[dict[str, object], Tallies], scenario: Scenario, **options: object) -> None:
    result, tallies, _ = run_scenario(scenario, **options)  # type: ignore[arg-type]
    assert without_timings(result.model_dump()) == whole[0]
    for name in PER_EVENT:
        assert np.array_equal(getattr(tallies, name), getattr(whole[1], name)), name


def test_shards_give_what_one_run_gives(scenario, whole, tmp_path: Path) -> None:
    same(whole, scenario, keep_in=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shards", "shards.json"]
    forget(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_on_processes(scenario, whole) -> None:
    same(whole, scenario, executor="processes:2")


def test_an_interrupted_run_goes_on(scenario, whole, runs: list[int], tmp_path: Path) -> None:
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        run_scenario(scenario, keep_in=tmp_path)
    assert len(list((tmp_path / "shards").iterdir())) == 3
    same(whole, scenario, keep_in=tmp_path, progress=done.append)
    assert len(runs) == 4 + 3  # six shards
    assert sum(runs) - runs[3] == 50
    assert sum(done) == 50
    same(whole, scenario, keep_in=tmp_path, executor="processes:2")
    assert len(runs) == 7


def test_a_damaged_shard_is_run_again(scenario, whole, runs: list[int], tmp_path: Path, capsys) -> None:
    runs.extend([0] * 4)
    same(whole, scenario, keep_in=tmp_path)
    path = sorted((tmp_path / "shards").iterdir())[1]
    path.write_bytes(path.read_bytes()[:-100])
    before = len(runs)
    same(whole, scenario, keep_in=tmp_path)
    assert len(runs) == before + 1
    assert f"{path.name} is damaged" in capsys.readouterr().err


def test_shards_of_another_run_are_refused(scenario, tmp_path: Path) -> None:
    run_scenario(scenario, keep_in=tmp_path)
    other = load_scenario("testem3", overrides=SETTINGS, events=50, seed=9)
    with pytest.raises(BadInput, match=r"shards of another run \(.*seed.* differ\); give another --out"):
        run_scenario(other, keep_in=tmp_path)
    plan = json.loads((tmp_path / "shards.json").read_text())
    (tmp_path / "shards.json").write_text(json.dumps({**plan, "schema": "simkit.shards/0"}))
    with pytest.raises(BadInput, match=r"shards of another run \(schema differ"):
        run_scenario(scenario, keep_in=tmp_path)


def test_a_full_disk(scenario, whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []
    write = pieces_module.write_whole

    def full(path: Path, content: bytes) -> None:
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(pieces_module, "write_whole", full)
        with pytest.raises(BadInput, match=r"No space left on device.*make room and go on"):
            run_scenario(scenario, keep_in=tmp_path)
    assert len(list((tmp_path / "shards").iterdir())) == 2
    same(whole, scenario, keep_in=tmp_path)


PLANS = ["", "[]", '{"schema":', "null", "bounds", "short", "rubbish"]


@pytest.mark.parametrize("plan", PLANS)
def test_a_damaged_plan_is_made_again(
    scenario, whole, runs: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str], plan: str
) -> None:
    runs.extend([0] * 4)
    run_scenario(scenario, keep_in=tmp_path)
    path = tmp_path / "shards.json"
    good = json.loads(path.read_text())
    other = {"short": good["bounds"][:-1], "rubbish": "x"}.get(plan)
    kept = {key: value for key, value in good.items() if key != "bounds"}
    named = {"bounds": json.dumps(kept)}
    path.write_text(named.get(plan, plan) if other is None else json.dumps({**kept, "bounds": other}))
    before = len(runs)
    same(whole, scenario, keep_in=tmp_path)
    assert len(runs) == before  # the shards themselves are sound
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "shards.json is damaged" in said[0]
    assert (tmp_path / "shards.json.corrupt").exists()
    assert json.loads(path.read_text()) == good


def test_shards_of_another_run_are_not_taken_when_the_plan_is_lost(scenario, whole, tmp_path: Path) -> None:
    run_scenario(load_scenario("testem3", overrides=SETTINGS, events=50, seed=9), keep_in=tmp_path)
    (tmp_path / "shards.json").unlink()
    same(whole, scenario, keep_in=tmp_path)


def test_a_shard_without_its_arrays_is_run_again(scenario, whole, tmp_path: Path, capsys) -> None:
    same(whole, scenario, keep_in=tmp_path)
    pieces = pieces_module.Pieces(tmp_path / "shards")
    name = sorted(pieces.load()[0])[1]
    pieces.save(name, {"x": np.zeros(3)})
    same(whole, scenario, keep_in=tmp_path)
    assert f"{name}.npz is damaged (without 'run')" in capsys.readouterr().err


class Losing:
    """An executor that loses a shard."""

    name, workers = "dask", 1

    def map(self, function, shards):  # type: ignore[no-untyped-def]
        yield from ((i, function(shard)) for i, shard in enumerate(shards) if i != 2)


def test_a_lost_shard_is_no_events_without_deposits(
    scenario, whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "open_executor", lambda text: nullcontext(Losing()))
        message = r"--executor dask: 1 of \d+ shards did not come back; run it again"
        with pytest.raises(BadInput, match=message + "$"):
            run_scenario(scenario, executor="dask://h:1")
        with pytest.raises(BadInput, match=message + ", the others are kept$"):
            run_scenario(scenario, executor="dask://h:1", keep_in=tmp_path)
    same(whole, scenario, keep_in=tmp_path)
    lost = whole[1]
    events = load_events(scenario.events, scenario.count, scenario.seed)
    half = Tallies(**{name: getattr(lost, name)[:20] for name in PER_EVENT}, cell_region=lost.cell_region)
    with pytest.raises(RuntimeError, match="30 events have something to follow and no tallies, such as 20"):
        module.with_empty_events(half, events)


def test_a_device_is_not_spread(scenario) -> None:
    cuda = scenario.model_copy(update={"run": scenario.run.model_copy(update={"backend": "cuda"})})
    with pytest.raises(BadInput, match="runs on CPUs only"):
        module.run_scenario(cuda, executor="processes")
