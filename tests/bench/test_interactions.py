"""Interactions of speedups on times whose interactions are known, and in a campaign's record."""

from types import SimpleNamespace

import numpy as np
import pytest

from simkit.bench.campaign.interactions import interactions
from simkit.bench.campaign.ladder import load_ladder
from simkit.bench.campaign.speedup_ladder import run_campaign
from simkit.cli.campaign import show
from simkit.cli.speedups import measured_speedups
from simkit.errors import BadInput
from simkit.record.campaign import Campaign
from simkit.speedups import find_speedup

NAMES = ("general", "woodcock", "roulette")
SPEEDUPS = ("gamma-general", "woodcock", "gamma-roulette")
NOISE = 0.01
ROUNDS = 60
SIGMAS = 4.9  # of a t with 35 degrees of freedom: 2e-5 beyond, for some 40 intervals here 1e-3 together


def ladder_of(tmp_path, mode, rungs=3):
    text = f'[ladder]\nname = "some"\nscenario = "testem3"\nmode = "{mode}"\n'
    for name, speedup in list(zip(NAMES, SPEEDUPS))[:rungs]:
        text += f'[[rung]]\nname = "{name}"\nwith = ["{speedup}"]\n'
    path = tmp_path / "ladder.toml"
    path.write_text(text)
    return load_ladder(path)


def times_of(ladder, gains, overlap=0.0):
    """Return times in which speedups gain `gains` (logs), the first two together `overlap` less."""
    rng = np.random.default_rng(31)
    order = [find_speedup(name).name for name in SPEEDUPS]
    drift = np.cumsum(rng.normal(0.0, 0.05, ROUNDS))
    times = np.empty((ROUNDS, 2, len(ladder.sources())))
    for i, source in enumerate(ladder.sources()):
        on = [order.index(name) for name in source.scenario.speedups]
        log = -sum(gains[k] for k in on) + overlap * ({0, 1} <= set(on))
        times[:, :, i] = np.exp(log + drift[:, None] + rng.normal(0.0, NOISE, (ROUNDS, 2)))
    return SimpleNamespace(times=list(times), planned=ROUNDS, placements=None)


def near(interval, truth):
    half = np.log(interval.hi / interval.lo) / 2.0
    return abs(np.log(interval.value) - truth) < SIGMAS / 2.03 * half  # 95 %: 2.03 standard errors


def test_what_two_gain_twice_is_found_alone_and_on_top(tmp_path):
    """Two speedups save 3 % of the same time: each gains that much less with the other there."""
    ladder = ladder_of(tmp_path, "interactions")
    gains = (0.10, 0.20, 0.05)
    found = interactions(times_of(ladder, gains, overlap=0.03), ladder)
    assert [(one.name, one.kind) for one in found] == [
        *((name, "one") for name in NAMES),
        ("all", "each alone"),
        ("all", "each on top"),
    ]
    for one, gain, lost in zip(found, gains, (-0.03, -0.03, 0.0)):
        assert near(one.expected, gain)
        assert near(one.found, gain + lost)
        assert near(one.ratio, lost)
        # A machine that drifts by far more does not widen it: four sides' noise, each the mean of two blocks.
        assert np.log(one.ratio.hi / one.ratio.lo) / 2.0 < 0.012 / np.sqrt(ROUNDS) * 8.0
    assert [one.verdict for one in found[:2]] == ["less together"] * 2
    assert found[2].verdict != "less together"
    alone, on_top = found[3:]
    assert near(alone.expected, sum(gains))
    assert near(alone.found, sum(gains) - 0.03)
    assert near(alone.ratio, -0.03)
    assert near(on_top.expected, sum(gains) - 0.03)
    assert near(on_top.found, sum(gains) - 0.06)
    assert near(on_top.ratio, -0.03)
    assert (alone.verdict, on_top.verdict) == ("less together", "less together")
    assert all(0.0 < one.smallest_detectable < 0.03 for one in found)


def test_of_two_speedups_all_but_one_tells_the_interaction(tmp_path):
    gains = (0.10, 0.20, 0.0)
    for mode in ("all-but-one", "interactions"):
        ladder = ladder_of(tmp_path, mode, rungs=2)
        assert [source.label for source in ladder.sources()] == [
            "baseline",
            "all",
            "all but general",
            "all but woodcock",
        ]
        assert [ladder.alone(k) for k in range(2)] == [3, 2]
        general, woodcock, *_ = interactions(times_of(ladder, gains, 0.05), ladder)
        assert (general.name, woodcock.name) == ("general", "woodcock")
        assert near(general.expected, 0.10)
        assert near(woodcock.expected, 0.20)
        assert near(woodcock.found, 0.15)
        # One and the same figure: that of the pair.
        assert woodcock.ratio == general.ratio


def test_all_but_one_of_three_tells_only_of_all_together(tmp_path):
    ladder = ladder_of(tmp_path, "all-but-one")
    (one,) = interactions(times_of(ladder, (0.1, 0.2, 0.05)), ladder)
    assert (one.name, one.kind, one.verdict != "less together") == ("all", "each on top", True)
    assert near(one.ratio, 0.0)


@pytest.mark.parametrize("mode", ["cumulative", "one-at-a-time"])
def test_without_all_together_nothing_is_told(tmp_path, mode):
    ladder = ladder_of(tmp_path, mode)
    assert interactions(times_of(ladder, (0.1, 0.2, 0.05)), ladder) == []


def test_a_ladder_of_interactions(tmp_path, fake, instant_score, capsys):
    """The fake engine's speedups multiply; each is measured alone and on top of the others."""
    ladder_of(tmp_path, "interactions")
    record, folder = run_campaign(tmp_path / "ladder.toml", budget_s=3.0, out=tmp_path / "c", threads=1)
    assert [rung.name for rung in record.rungs] == [
        "all",
        *NAMES,
        *(f"all but {name}" for name in NAMES),
    ]
    whole, _, alone, _, _, without, _ = record.rungs
    assert alone.left_out is None
    assert alone.side.speedups == ["woodcock"]
    assert whole.left_out is None
    assert without.side.speedups == ["gamma-general", "gamma-roulette"]
    assert without.left_out is not None
    assert (without.left_out.name, without.left_out.with_) == ("woodcock", ["woodcock"])
    gain = without.left_out.contrast
    assert gain.speedup.value == pytest.approx(1 / 0.8, rel=0.05)
    assert gain.steps_ratio.gamma == pytest.approx(2.5)
    assert without.against_previous == without.against_baseline
    assert len(record.interactions) == 5
    of_woodcock = record.interactions[1]
    assert of_woodcock.expected.value == pytest.approx(alone.against_baseline.speedup.value)
    assert of_woodcock.found.value == pytest.approx(gain.speedup.value)
    assert of_woodcock.ratio.value == pytest.approx(1.0, abs=0.05)
    assert Campaign.model_validate_json((folder / "campaign.json").read_text()) == record
    show(record)
    said = capsys.readouterr().out
    assert "woodcock on top" in said
    assert "woodcock: alone, on top of all others" in said
    # The catalogue takes what a speedup gains alone.
    (measured,) = measured_speedups([folder])["woodcock"]
    assert measured["speedup"] == alone.against_baseline.speedup.value


def test_a_rung_cannot_be_called_all_where_there_is_one(tmp_path):
    ladder_of(tmp_path, "all-but-one")
    path = tmp_path / "ladder.toml"
    path.write_text(path.read_text().replace('"woodcock"\nwith', '"all"\nwith'))
    with pytest.raises(BadInput, match="two rungs, or a rung and one that this mode adds, are called 'all'"):
        load_ladder(path)
