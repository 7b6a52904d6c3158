"""The energy of the sides of a comparison, and of a run, where the machine tells it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from simkit.bench.compare import run_compare
from simkit.bench.pairs.electricity import NO_GPU, meter_sides
from simkit.cli.compare import show
from simkit.engines.simulation import run_scenario
from simkit.record.electricity import Reader
from simkit.scenario import load_scenario


class Readings:
    """A source that counts 2 J further at every reading."""

    source = "RAPL"
    covers = "package-0"
    ranges = (0,)

    def __init__(self) -> None:
        self.readings = 0

    def read(self) -> list[int]:
        self.readings += 1
        return [2_000_000 * self.readings]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Readings:
    made = Readings()
    found: tuple[list[Reader], list[str]] = ([made], [])
    for place in ("simkit.bench.pairs.electricity", "simkit.engines.simulation"):
        monkeypatch.setattr(f"{place}.find_readers", lambda gpu=False: found)
    return made


def test_every_block_of_a_side_counts(fake, source, capsys) -> None:
    c = run_compare("testem3", "testem3+woodcock", rounds=10, budget_s=1e-3, threads=2)
    for side in (c.a, c.b):
        (part,) = side.energy_used.parts
        # two joules from before a run to after it, of at least two blocks a round
        assert part.joules >= 40.0
        assert part.joules % 2.0 == 0.0
        assert part.joules_per_event > 0.0
    # one side more often: some blocks of it are run against itself
    assert c.a.energy_used.parts[0].joules > c.b.energy_used.parts[0].joules
    assert source.readings >= 80
    show(c)
    told = capsys.readouterr().out
    assert "energy A     " in told
    assert "energy B     " in told


def test_a_run_has_its_energy(source) -> None:
    scenario = load_scenario("testem3", overrides={"events.energy_MeV": 20.0, "geometry.layers": 3}, events=4)
    result, _, _ = run_scenario(scenario)
    (part,) = result.timing.energy_used.parts
    assert (part.joules, part.joules_per_event) == (2.0, 0.5)


def test_beside_a_gpu_the_energy_of_its_host_is_not_told(source) -> None:
    sides = meter_sides([SimpleNamespace(backend=name) for name in ("cpu", "cuda")])
    cpu, gpu = (side.electricity(1.0) for side in sides)
    assert ([part.source for part in cpu.parts], cpu.not_available) == (["RAPL"], "")
    assert (gpu.parts, gpu.not_available) == ([], NO_GPU)


def test_the_record_says_why_there_is_none(fake, monkeypatch) -> None:
    monkeypatch.setattr("simkit.bench.pairs.electricity.find_readers", lambda: ([], ["/sys/x is not there"]))
    c = run_compare("testem3", "testem3+woodcock", rounds=6, budget_s=1e-3, threads=1)
    assert c.a.energy_used.parts == []
    assert c.a.energy_used.not_available == "/sys/x is not there"
