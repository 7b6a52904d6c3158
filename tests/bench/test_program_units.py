"""Which runs of a program are independent units of its physics."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from simkit.bench.compare import run_compare
from simkit.bench.programs.timing import ProgramMeasurement
from simkit.cli import main
from simkit.engines.figures import Figures
from simkit.errors import BadInput
from simkit.record.side_by_side import SideBySide


def test_runs_must_tell_the_same_figures() -> None:
    m = ProgramMeasurement([], 1, None, [], told=[[]])
    m._keep(0, Figures(10, {"absorber": 1.0, "gap": 0.0}))
    m._keep(0, Figures(10, {"absorber": 1.1, "gap": 0.1}, {"gap": 1.0}))  # a spread may be missing
    with pytest.raises(BadInput, match="deposit gap is reported by one of its runs and not by another"):
        m._keep(0, Figures(10, {"absorber": 1.2}))
    assert len(m.units[0]) == 2


def test_runs_that_repeat_each_other_are_one_unit() -> None:
    m = ProgramMeasurement([], 1, None, [], told=[[Figures(10, {"gap": 2.0}), Figures(40, {"gap": 3.0})]])
    assert not m.ignores_seed(0)  # nothing was repeated yet
    m.told[0] += [Figures(40, {"gap": 3.0 + 1e-12}), Figures(10, {"gap": 2.0})]
    assert m.ignores_seed(0)
    assert m.units == [[Figures(40, {"gap": 3.0})]]
    m.told[0].append(Figures(40, {"gap": 3.001}))
    assert not m.ignores_seed(0)
    assert len(m.units[0]) == 5
    # a program that tells no physics may tell the same every time
    assert not ProgramMeasurement([], 1, None, [], told=[[Figures(9), Figures(9)]]).ignores_seed(0)


REPEATED = "whatever the seed, it reports the same figures (does it use {seed}?)"


def test_programs_that_ignore_their_seed_are_timed_and_not_judged(
    program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Equal programs, each with one seed: their means differ by chance, and no error is known."""
    path = Path(program.split()[-3])
    path.write_text(path.read_text().replace("if n > 1:", "if False:"))
    sides = [f"{program} 2e-4 1".replace("{seed}", str(seed)) for seed in (1, 2)]
    options = ["--scenario", "testem3", "--rounds", "6", "--budget", "60s", "--threads", "1"]
    begin = time.perf_counter()
    code = main(["compare", *sides, *options, "--json"])
    assert time.perf_counter() - begin < 30.0  # more runs tell nothing more
    record = json.loads(capsys.readouterr().out)
    assert code in (0, 3)
    assert 0.5 < record["speedup"]["value"] < 2.0
    assert record["physics"]["verdict"] == "inconclusive"
    assert record["physics"]["rows"] == []
    assert record["physics"]["not_compared"].count(REPEATED) == 2
    assert "no error known of deposit gap" in record["physics"]["not_compared"]
    assert record["a"]["edep_MeV"]["gap"]["sem"] is None
    assert record["physics"]["events"] == min(record[side]["events"] for side in "ab")


def test_one_seed_with_a_spread_is_one_run(program: str) -> None:
    """The error is what the spread over events gives: 1 % over the square root of the events of one run."""
    c = run_compare(
        f"{program} 2e-4 1".replace("{seed}", "5"),
        f"{program} 2e-4 1",
        scenario="testem3",
        rounds=6,
        budget_s=0.1,
        threads=1,
    )
    assert not isinstance(c, SideBySide)
    assert c.physics.not_compared.count(REPEATED) == 1
    assert c.a.edep_MeV["gap"].sem == pytest.approx(20.0 / c.a.events**0.5, rel=0.2)
    assert c.b.events > 6 * c.a.events  # one run beside twelve, each side's as long as it was found to need
    deposit = c.physics.rows[0]
    assert deposit.standard_error > 1.0 / c.a.events**0.5 * 0.8
