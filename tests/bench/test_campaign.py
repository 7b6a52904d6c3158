"""Campaigns on an engine whose times and physics are known: the record, interruption, going on."""

import json
import os
import shlex
import signal

import numpy as np
import pytest

from simkit.api.frames import rungs
from simkit.bench.campaign.checkpoint import kept_pieces
from simkit.bench.campaign.speedup_ladder import run_campaign
from simkit.cli.campaign import show
from simkit.cli.speedups import _single
from simkit.errors import BadInput
from simkit.record.campaign import Campaign
from simkit.report.page import write_report
from simkit.speedups import find_speedup

LADDER = """
[ladder]
name = "three rungs"
scenario = "testem3"
{head}
[[rung]]
name = "general"
with = ["gamma-general"]
[[rung]]
name = "woodcock"
with = ["woodcock"]
published = "10-14 %"
[[rung]]
name = "roulette"
with = ["gamma-roulette"]
"""


@pytest.fixture
def ladder(tmp_path, fake, instant_score):
    path = tmp_path / "ladder.toml"
    path.write_text(LADDER.format(head=""))
    return path


def test_a_cumulative_ladder(ladder, tmp_path):
    record, folder = run_campaign(ladder, budget_s=4.0, out=tmp_path / "c", threads=1)
    assert record.finished
    assert folder == tmp_path / "c"
    assert Campaign.model_validate_json((folder / "campaign.json").read_text()) == record
    general, woodcock, roulette = record.rungs
    # the fake engine: 1.02, 0.8 and 0.9 times the CPU time, one after the other
    for rung, total, own in (
        (general, 1 / 1.02, 1 / 1.02),
        (woodcock, 1 / (1.02 * 0.8), 1 / 0.8),
        (roulette, 1 / (1.02 * 0.8 * 0.9), 1 / 0.9),
    ):
        for contrast, truth in ((rung.against_baseline, total), (rung.against_previous, own)):
            error = contrast.speedup.standard_error
            assert abs(np.log(contrast.speedup.value / truth)) < 4.5 * error
            assert contrast.speedup.smallest_detectable > 0.0
    assert woodcock.against_previous.steps_ratio.gamma == pytest.approx(2.5)
    assert roulette.against_previous.steps_ratio.gamma == pytest.approx(1.0)
    assert woodcock.with_ == ["woodcock"]
    assert woodcock.side.speedups == ["gamma-general", "woodcock"]
    assert woodcock.published == "10-14 %"
    assert "4.3 %" in general.published  # from the catalogue
    assert woodcock.against_baseline.physics.verdict == "pass"
    # it moves the gap's deposits by 1 %
    assert roulette.against_baseline.physics.verdict == "fail"
    assert record.exit_code == 2
    seconds = woodcock.throughput.normalised_s_per_event
    assert seconds.value == pytest.approx(10.0 * woodcock.side.cpu_s_per_event.value)
    assert woodcock.throughput.unit == "HS23-style s"
    assert record.budget.used_s < 4.6
    assert record.budget.rounds >= 6


def test_the_record_tells_the_command_that_begins_it_anew(ladder, tmp_path):
    ladder = ladder.rename(tmp_path / "my ladder.toml")
    record, folder = run_campaign(ladder, budget_s=1.0, out=tmp_path / "c", threads=1, seed=3)
    begun = ["simkit", "campaign", str(ladder), "--budget", "1s", "--seed", "3"]
    assert shlex.split(record.provenance.command) == begun
    # One that went on is done again with the budget it had in the end.
    record, _ = run_campaign(resume=folder, budget_s=2.0, threads=1)
    assert shlex.split(record.provenance.command) == [*begun[:4], "2s", *begun[5:]]
    counted, _ = run_campaign(ladder, rounds=6, events=50, out=tmp_path / "d", threads=1)
    assert shlex.split(counted.provenance.command)[3:] == ["--rounds", "6", "--events", "50", "--seed", "1"]


def test_a_ladder_one_at_a_time(ladder, tmp_path):
    ladder.write_text(LADDER.format(head='mode = "one-at-a-time"'))
    record, _ = run_campaign(ladder, budget_s=1.5, out=tmp_path / "c", threads=1)
    roulette = record.rungs[2]
    assert roulette.side.speedups == ["gamma-roulette"]
    assert roulette.against_previous == roulette.against_baseline
    assert roulette.against_baseline.speedup.value == pytest.approx(1 / 0.9, rel=0.05)


def test_a_ladder_of_all_but_one(ladder, tmp_path, capsys):
    """Leaving Woodcock out of all costs what it gains: these speedups do not interact."""
    ladder.write_text(LADDER.format(head='mode = "all-but-one"'))
    record, _ = run_campaign(ladder, budget_s=2.0, out=tmp_path / "c", threads=1)
    assert [rung.name for rung in record.rungs] == [
        "all",
        "all but general",
        "all but woodcock",
        "all but roulette",
    ]
    whole, _, woodcock, _ = record.rungs
    assert whole.against_previous == whole.against_baseline
    assert woodcock.side.speedups == woodcock.with_ == ["gamma-general", "gamma-roulette"]
    assert woodcock.against_previous == woodcock.against_baseline
    assert woodcock.left_out.name == "woodcock"
    assert woodcock.left_out.contrast.speedup.value == pytest.approx(1 / 0.8, rel=0.05)
    assert woodcock.published == "10-14 %"
    assert record.rungs[1].published == find_speedup("gamma-general").claim.text
    show(record)
    said = capsys.readouterr().out
    assert "woodcock on top" in said
    assert "all together, product of each on top" in said


def test_rungs_that_set_keys_show_them(ladder, tmp_path):
    text = LADDER.format(head='mode = "all-but-one"')
    keys = 'set = {"physics.production_cut_mm" = 1.4}'
    ladder.write_text(text.replace('with = ["woodcock"]', keys).replace('published = "10-14 %"\n', ""))
    record, folder = run_campaign(ladder, budget_s=1.5, out=tmp_path / "c", threads=1)
    rung = json.loads((folder / "campaign.json").read_text())["rungs"][2]
    assert rung["left_out"]["with"] == []
    assert rung["left_out"]["set"] == {"physics.production_cut_mm": 1.4}
    assert record.rungs[1].set == {"physics.production_cut_mm": 1.4}  # all but another
    assert "physics.production_cut_mm = 1.4" in write_report(folder).read_text()
    table = rungs(record)
    assert "physics.production_cut_mm = 1.4" in table.loc["all", "with"]
    # what such a rung gains is no speedup's
    assert [name for name, *_ in _single(record)] == ["gamma-general", "gamma-roulette"]


def round_times(folder):
    """The CPU times of all rounds kept in `folder`, in order."""
    kept, damaged, _ = kept_pieces(folder)
    assert damaged == []
    return np.array([piece.timed.cpu for place, piece in sorted(kept.items()) if place.kind == "round"])


def interrupted(fake, ladder, folder, run):
    fake.on_run = lambda n: os.kill(os.getpid(), signal.SIGINT) if n == run else None
    with pytest.raises(BadInput, match=r"interrupted; .* --resume") as caught:
        run_campaign(ladder, budget_s=60.0, out=folder, threads=1)
    fake.on_run = None
    assert "\n" not in str(caught.value)


def test_interruption_keeps_what_was_finished_and_resume_goes_on(fake, ladder, tmp_path):
    folder = tmp_path / "c"
    fake.sleep_s = 0.001
    interrupted(fake, ladder, folder, 150)
    assert sorted(p.name for p in folder.iterdir()) == ["campaign.json", "pieces", "plan.json"]
    kept = Campaign.model_validate_json((folder / "campaign.json").read_text())
    assert not kept.finished
    assert kept.budget.rounds >= 6
    times = round_times(folder)
    used_s = kept.budget.used_s
    record, _ = run_campaign(resume=folder, budget_s=used_s + 1.5, threads=1)
    assert record.finished
    assert record.budget.rounds > kept.budget.rounds
    assert record.budget.used_s > used_s
    assert sorted(p.name for p in folder.iterdir()) == ["campaign.json", "pieces.zip", "plan.json"]
    again = round_times(folder)
    assert np.array_equal(again[: len(times)], times)
    assert len(again) == record.budget.rounds
    # what was measured before counts: more units than the second part alone could give
    assert record.rungs[0].against_baseline.physics.units > kept.rungs[0].against_baseline.physics.units


def test_interruption_before_the_first_record(fake, ladder, tmp_path):
    folder = tmp_path / "c"
    interrupted(fake, ladder, folder, 60)  # warming up takes 36 runs, a round 8 or 12
    assert sorted(p.name for p in folder.iterdir()) == ["pieces", "plan.json"]
    record, _ = run_campaign(resume=folder, budget_s=2.0, threads=1)
    assert record.finished


def test_a_finished_campaign_is_not_repeated(fake, ladder, tmp_path, capsys):
    record, folder = run_campaign(ladder, budget_s=1.0, out=tmp_path / "c", threads=1)
    runs = fake.runs
    again, _ = run_campaign(resume=folder, threads=1)
    assert again == record
    assert fake.runs == runs
    more, _ = run_campaign(ladder, resume=folder, budget_s=8.0, threads=1)
    assert more.budget.rounds > record.budget.rounds
    # a second verdict on these events, judged more strictly, and told so
    assert {r.against_baseline.physics.look for r in record.rungs} == {1}
    assert {r.against_previous.physics.look for r in more.rungs} == {2}
    show(more)
    assert "verdict 2 on these events: allowed 2.5 % errors instead of 5" in capsys.readouterr().out


def test_going_on_with_something_else_is_refused(fake, ladder, tmp_path):
    _, folder = run_campaign(ladder, budget_s=1.0, out=tmp_path / "c", threads=1)
    with pytest.raises(BadInput, match="holds a campaign already"):
        run_campaign(ladder, budget_s=1.0, out=folder, threads=1)
    ladder.write_text(LADDER.format(head='mode = "one-at-a-time"'))
    with pytest.raises(BadInput, match="holds the ladder 'three rungs', which differs"):
        run_campaign(ladder, resume=folder, threads=1)
    plan = json.loads((folder / "plan.json").read_text())
    (folder / "plan.json").write_text(json.dumps({**plan, "code": "other"}))
    with pytest.raises(BadInput, match="another version of the code"):
        run_campaign(resume=folder, budget_s=9.0, threads=1)
    (folder / "plan.json").write_text("{")
    with pytest.raises(BadInput, match="damaged or not complete"):
        run_campaign(resume=folder, threads=1)
    with pytest.raises(BadInput, match="give the folder of a campaign"):
        run_campaign(resume=tmp_path / "absent", threads=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget_s": 0.0}, "--budget: found 0.0"),
        ({"executor": "dusk"}, "unknown executor"),
        ({"threads": 0}, "--threads"),
        ({"rounds": 3}, "--rounds: found 3; at least"),
        ({"events": 9}, "--events: needs --rounds"),
        ({"events": 0}, "--events: found 0"),
        ({"events": 0, "rounds": 9}, "--events: found 0"),
        ({"rounds": 9, "budget_s": 9.0}, "--rounds: a campaign is planned by counts or by --budget"),
    ],
)
def test_bad_options(fake, ladder, tmp_path, options, message):
    with pytest.raises(BadInput, match=message):
        run_campaign(ladder, out=tmp_path / "c", **options)
    assert not (tmp_path / "c").exists()


def test_a_folder_that_cannot_be_written(fake, ladder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot write"):
        run_campaign(ladder, out=tmp_path / "file" / "c", threads=1)
    assert fake.runs == 0


def test_progress_tells_what_is_done(fake, ladder, tmp_path):
    told = []
    run_campaign(
        ladder,
        budget_s=1.0,
        out=tmp_path / "c",
        threads=1,
        progress=lambda done, what: told.append((done, what)),
    )
    assert all(0.0 <= done <= 1.0 for done, _ in told)
    assert {"preparing baseline", "timing pairs"} <= {what for _, what in told}


def test_the_schema_of_a_campaign(fake, ladder, tmp_path):
    record, folder = run_campaign(ladder, budget_s=1.0, out=tmp_path / "c", threads=1)
    data = json.loads((folder / "campaign.json").read_text())
    assert data["schema"] == "simkit.campaign/1"
    assert data["rungs"][0]["with"] == ["gamma-general"]
    assert isinstance(record, Campaign)
