"""Ladders whose physics is judged on showers of their own, beside the events that are timed."""

import json
import os
import signal

import numpy as np
import pytest

from simkit.bench.campaign import speedup_ladder as campaign_module
from simkit.bench.campaign.checkpoint import kept_pieces
from simkit.bench.campaign.ladder import load_ladder
from simkit.bench.campaign.showers import shower_events
from simkit.bench.campaign.speedup_ladder import run_campaign
from simkit.bench.pairs.blocks import derive_seed, take
from simkit.bench.statistics.differences import Difference
from simkit.bench.statistics.equivalence import judge
from simkit.bench.statistics.samples import make_columns, sample_of
from simkit.cli.campaign import show
from simkit.errors import BadInput
from simkit.record import pieces as pieces_module
from simkit.record.campaign import Campaign
from simkit.record.timings import without_timings
from simkit.report.page import write_report

from . import fake_engine

LADDER = """
[ladder]
name = "with showers"
scenario = "testem3"
[[rung]]
name = "woodcock"
with = ["woodcock"]
[[rung]]
name = "roulette"
with = ["gamma-roulette"]
"""
SHOWER = """
[[shower]]
particle = "gamma"
energy_MeV = 500.0
"""
SECOND = SHOWER.replace("gamma", "e-") + "direction = [1, 0, 0.1]\nper_event = 2\n"


@pytest.fixture
def ladder(tmp_path, fake, instant_score, monkeypatch):
    monkeypatch.setattr("simkit.bench.campaign.fixed_plan.CHUNK_S", 0.002)
    path = tmp_path / "ladder.toml"
    path.write_text(LADDER + SHOWER + SECOND)
    return path


def begin(ladder, folder, **options):
    return run_campaign(ladder, rounds=12, events=1500, out=folder, threads=1, **options)


def test_an_event_has_the_particles_of_all_guns(ladder):
    showers = load_ladder(ladder).shower
    primaries = shower_events(showers, 4, seed=7).primaries
    assert primaries.event.tolist() == np.repeat(range(4), 3).tolist()
    assert primaries.number.tolist() == [0, 1, 2] * 4
    assert primaries.pdg.tolist() == [22, 11, 11] * 4
    assert set(primaries.energy) == {500.0}
    assert primaries.w[0] == 0.0 < primaries.w[1]
    assert [shower.words() for shower in showers] == [
        "gamma of 500 MeV along (1, 0, 0)",
        "2 e- of 500 MeV along (1, 0, 0.1)",
    ]


def test_guns_of_one_kind_draw_apart(ladder):
    ladder.write_text(LADDER + 2 * SHOWER.replace("500.0", "500.0\neta_range = [-1.0, 1.0]"))
    u = shower_events(load_ladder(ladder).shower, 50, seed=7).primaries.u.reshape(50, 2)
    assert abs(np.corrcoef(u.T)[0, 1]) < 0.5


def test_physics_is_judged_on_showers_and_says_so(ladder, tmp_path, capsys):
    record, _ = run_campaign(ladder, budget_s=2.0, out=tmp_path / "c", threads=1)
    woodcock, roulette = (rung.against_baseline.physics for rung in record.rungs)
    words = "showers of gamma of 500 MeV along (1, 0, 0) and 2 e- of 500 MeV along (1, 0, 0.1)"
    assert woodcock.on == roulette.on == words
    assert woodcock.verdict == "pass"
    assert roulette.verdict == "fail"  # it moves the gap's deposits by 1 %
    deposit = next(row for row in woodcock.rows if row.observable == "deposit" and row.region == "gap")
    assert deposit.a == pytest.approx(0.2 * 1500.0, rel=0.01)  # of a shower event, and
    assert record.baseline.edep_MeV["gap"].mean == pytest.approx(0.2 * 10_000.0, rel=0.01)  # of a timed one
    assert len(woodcock.timed) == len([row for row in woodcock.rows if row.observable != "width"]) + 2
    assert record.exit_code == 2
    show(record)
    assert f"physics on {words}; time on the events of testem3" in " ".join(capsys.readouterr().out.split())


def test_a_difference_in_the_timed_events_alone_fails(ladder, tmp_path, monkeypatch):
    """Showers that do not see what differs hide nothing."""
    run = fake_engine.FakePrepared.run

    def moved(self, primaries, seed, threads=1, progress=None):
        tallies = run(self, primaries, seed, threads, progress)
        if "woodcock" in self.scenario.speedups and primaries.energy[0] > 1000.0:
            tallies.deposits[:, 1:] = 1.02 * tallies.deposits[:, 1:]
        return tallies

    monkeypatch.setattr(fake_engine.FakePrepared, "run", moved)
    record, _ = run_campaign(ladder, budget_s=1.5, out=tmp_path / "c", threads=1)
    physics = record.rungs[0].against_baseline.physics
    assert {row.verdict for row in physics.rows} == {"pass"}
    assert physics.verdict == "fail"
    assert "deposit gap of the timed events" in physics.limiting
    assert record.exit_code == 2


def test_a_region_out_of_reach_is_named(ladder, tmp_path, monkeypatch):
    run = fake_engine.FakePrepared.run

    def short(self, primaries, seed, threads=1, progress=None):
        tallies = run(self, primaries, seed, threads, progress)
        if primaries.energy[0] < 1000.0:
            tallies.deposits[:, 1:] = tallies.deposits[:, 1:] // 1000
        return tallies

    monkeypatch.setattr(fake_engine.FakePrepared, "run", short)
    record, _ = run_campaign(ladder, budget_s=1.5, out=tmp_path / "c", threads=1)
    physics = record.rungs[0].against_baseline.physics
    assert "not compared: gap, which the showers do not reach" in physics.not_compared
    assert {row.region for row in physics.rows} == {"absorber", "world"}
    assert "gap" in {row.region for row in physics.timed}
    # and what the timed events show of it still counts
    assert record.rungs[1].against_baseline.physics.verdict == "fail"


def difference(value, error):
    return Difference("deposit", "gap", None, 1.0, 1.0, value, error, np.zeros(100))


def test_timed_events_cannot_pass_and_share_the_errors_allowed():
    good, poor = difference(0.0, 0.1), difference(0.0, 5.0)
    assert judge([good], 100, 100.0, 1.0, timed=[poor], timed_units=100).verdict == "pass"
    assert judge([poor], 100, 100.0, 1.0, timed=[good], timed_units=100).verdict == "inconclusive"
    # 2.1 errors beyond the margin: enough for one row, too little for the worse of two
    off = difference(0.71, 0.1)
    assert judge([off], 100, 100.0, 1.0).verdict == "fail"
    assert judge([good], 100, 100.0, 1.0, timed=[off], timed_units=100).verdict == "pass"


def test_interrupted_before_there_was_any_shower(fake, ladder, tmp_path):
    """The record has the times, and no verdict on physics; its page can be drawn."""
    fake.sleep_s = 0.001
    fake.on_run = lambda n: os.kill(os.getpid(), signal.SIGINT) if n == 200 else None
    with pytest.raises(BadInput, match="interrupted"):
        run_campaign(ladder, budget_s=60.0, out=tmp_path / "c", threads=1)
    fake.on_run = None
    record = Campaign.model_validate_json((tmp_path / "c" / "campaign.json").read_text())
    physics = record.rungs[0].against_baseline.physics
    assert not record.finished
    assert (physics.verdict, physics.events, physics.rows) == ("inconclusive", 0.0, [])
    assert {row.verdict for row in physics.timed} == {"inconclusive"}
    write_report(tmp_path / "c")
    show(record)


@pytest.mark.parametrize("moment", [0.1, 0.45, 0.7, 0.95])
def test_going_on_after_a_kill_gives_the_undisturbed_record(fake, ladder, tmp_path, moment):
    begin(ladder, tmp_path / "undisturbed")
    runs, at = fake.runs, fake.runs + int(moment * fake.runs)

    class Killed(BaseException):
        pass

    def kill(n):
        if n == at:
            raise Killed

    fake.on_run = kill
    with pytest.raises(Killed):
        begin(ladder, tmp_path / "killed")
    fake.on_run = None
    run_campaign(resume=tmp_path / "killed", threads=1)
    records = [
        without_timings(json.loads((tmp_path / name / "campaign.json").read_text()))
        for name in ("undisturbed", "killed")
    ]
    assert records[0] == records[1]
    assert records[0]["rungs"][0]["against_baseline"]["physics"]["events"] >= 1500
    assert fake.runs <= 2 * runs + 40  # warming up, and what the kill took with it


def test_showers_are_spread_like_any_physics(ladder, tmp_path, monkeypatch):
    """What an executor simulates are the blocks, seeds and primaries of the showers."""
    asked = []

    class Here:
        workers = 2

        def __init__(self, executor, sources):
            self.sides = [source.prepare() for source in sources]
            self.layout = make_columns(self.sides[0])

        def samples(self, tasks, schedule, seed):
            for index, (side, block) in enumerate(tasks):
                asked.append(schedule.primaries.energy[block.rows].max())
                primaries = take(schedule.primaries, block.rows)
                tallies = self.sides[side].run(primaries, derive_seed(seed, side, block.turn))
                yield index, sample_of(tallies, schedule.row_energy(block), self.layout, schedule.alike)

    begin(ladder, tmp_path / "here")
    monkeypatch.setattr(campaign_module, "Spread", Here)
    begin(ladder, tmp_path / "spread", executor="processes:1")
    records = [
        without_timings(json.loads((tmp_path / name / "campaign.json").read_text()))
        for name in ("here", "spread")
    ]
    assert records[0] == records[1]
    assert set(asked) == {500.0}


def test_damaged_showers_are_done_again(ladder, tmp_path, capsys):
    record, folder = run_campaign(ladder, budget_s=1.0, out=tmp_path / "c", threads=1)
    pieces = pieces_module.Pieces(folder / "pieces")
    found, _ = pieces.load()
    for name, arrays in found.items():
        pieces.save(name, arrays)
    pieces.pack_file.unlink()
    lost = next(name for name in sorted(found) if name.endswith("physics"))
    (folder / "pieces" / f"{lost}.npz").write_bytes(b"")
    more, _ = run_campaign(resume=folder, budget_s=record.budget.used_s + 0.5, threads=1)
    assert f"{lost}.npz is damaged" in capsys.readouterr().err
    assert more.rungs[0].against_baseline.physics.look == 2
    assert more.rungs[0].against_baseline.physics.events >= record.rungs[0].against_baseline.physics.events
    assert {place.name for place in kept_pieces(folder)[0]} >= set(found)


def test_a_budget_that_timing_uses_up_leaves_one_look_at_physics(ladder, tmp_path):
    record, _ = run_campaign(ladder, budget_s=0.01, out=tmp_path / "c", threads=1)
    physics = record.rungs[0].against_baseline.physics
    assert physics.events > 0
    assert physics.rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SHOWER.replace("energy_MeV", "energy_GeV"), r"\[shower\]: unknown key 'energy_GeV'.*'energy_MeV'"),
        (SHOWER.replace('"gamma"', '"tau-"'), "shower.0.particle: found 'tau-'"),
        (SHOWER.replace("energy_MeV = 500.0", ""), "shower.0: give energy_MeV or spectrum"),
        (SHOWER + "count = 5", "shower.0.count: found 5"),
        ('shower = "e-"', "shower: found 'e-'"),
    ],
)
def test_mistakes_in_a_shower(ladder, text, message):
    ladder.write_text(text + LADDER if text.startswith("shower") else LADDER + text)
    with pytest.raises(BadInput, match=message) as caught:
        load_ladder(ladder)
    assert "\n" not in str(caught.value)


def test_showers_are_part_of_what_is_measured():
    ladder = load_ladder()
    without = ladder.model_copy(update={"shower": ()}).hash
    assert ladder.hash != without == "4681bfca040feecc"


def test_false_failures_stay_within_the_errors_allowed():
    """Differences that all lie at their margins, on showers and on timed events: at most 5 % fail."""
    rng, draws = np.random.default_rng(1), 1500
    failed = 0
    for z in rng.standard_normal((draws, 8)):
        rows = [difference(0.5 + 0.12 * x, 0.12) for x in z[:5]]
        timed = [difference(0.5 + 0.4 * x, 0.4) for x in z[5:]]
        failed += judge(rows, 2000, 9000.0, 1.0, timed=timed, timed_units=300).verdict == "fail"
    assert 0.0 < failed / draws < 0.05 + 3.0 * (0.05 * 0.95 / draws) ** 0.5
