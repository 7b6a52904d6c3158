"""Campaigns stopped and gone on with: budgets and verdicts are those asked for, damage is mended or told."""

import errno
import json
import os
import signal

import numpy as np
import pytest

from simkit.bench.campaign import speedup_ladder as campaign_module
from simkit.bench.campaign.checkpoint import kept_pieces
from simkit.bench.campaign.climb import NOT_YET
from simkit.bench.campaign.speedup_ladder import looks, run_campaign
from simkit.engines.shards import code_hash
from simkit.errors import BadInput
from simkit.record import pieces as pieces_module
from simkit.record.campaign import Campaign

LADDER = """
[ladder]
name = "one rung"
scenario = "testem3"
[[rung]]
name = "woodcock"
with = ["woodcock"]
"""


@pytest.fixture
def ladder(tmp_path, fake, instant_score):
    fake.sleep_s = 0.001
    path = tmp_path / "ladder.toml"
    path.write_text(LADDER)
    return path


class Killed(BaseException):
    """As sudden as a kill: nothing on the way may tidy up for it."""


def interrupt_after(fake, runs):
    at = fake.runs + runs
    fake.on_run = lambda n: os.kill(os.getpid(), signal.SIGINT) if n == at else None


def kill_after(fake, runs):
    at = fake.runs + runs

    def kill(n):
        if n == at:
            raise Killed

    fake.on_run = kill


@pytest.mark.parametrize(("stop", "error"), [(interrupt_after, BadInput), (kill_after, Killed)])
def test_a_longer_budget_outlives_an_interruption(fake, ladder, tmp_path, stop, error):
    """The record of the first end stays until there is the second verdict, which is asked for once."""
    first, folder = run_campaign(ladder, budget_s=1.0, out=tmp_path / "c", threads=1)
    assert looks(first) == 1
    stop(fake, 12)  # two rounds, which a loaded machine finds time for too
    with pytest.raises(error):
        run_campaign(resume=folder, budget_s=8.0, threads=1)
    fake.on_run = None
    assert Campaign.model_validate_json((folder / "campaign.json").read_text()) == first
    more, _ = run_campaign(resume=folder, threads=1)  # as told
    assert more.budget.asked_s == 8.0
    assert more.budget.used_s > 2.0
    assert more.budget.rounds > first.budget.rounds
    assert more.finished
    assert looks(more) == 2
    runs = fake.runs
    again, _ = run_campaign(resume=folder, threads=1)
    assert again == more
    assert fake.runs == runs


def test_an_interrupted_campaign_has_no_verdict_on_physics(fake, ladder, tmp_path):
    """Each verdict is a look; whoever interrupts again and again has not paid for any."""
    folder = tmp_path / "c"
    begin, go_on = {"ladder": ladder, "budget_s": 30.0, "out": folder}, {"resume": folder}
    for options in (begin, go_on, go_on):
        interrupt_after(fake, 60)
        with pytest.raises(BadInput, match="interrupted"):
            run_campaign(**options, threads=1)
    fake.on_run = None
    record = Campaign.model_validate_json((folder / "campaign.json").read_text())
    contrast = record.rungs[0].against_baseline
    assert contrast.verdict == "faster"  # by a rule that holds however often one looks
    assert contrast.physics.verdict == "inconclusive"
    assert {row.verdict for row in contrast.physics.rows} == {"inconclusive"}
    assert contrast.physics.not_compared == NOT_YET
    assert contrast.summary.endswith("the physics is judged at the campaign's end")
    end, _ = run_campaign(resume=folder, budget_s=record.budget.used_s + 3.0, threads=1)
    assert looks(end) == 1
    assert end.rungs[0].against_baseline.physics.verdict == "pass"
    assert end.rungs[0].against_baseline.physics.not_compared == ""


def test_interrupted_before_anything_is_measured(fake, ladder, tmp_path):
    folder = tmp_path / "c"

    def stop(n):
        raise KeyboardInterrupt

    fake.on_run = stop
    with pytest.raises(BadInput, match=rf"interrupted; .* go on with: simkit campaign --resume {folder}"):
        run_campaign(ladder, budget_s=1.0, out=folder, threads=1)
    fake.on_run = None
    assert run_campaign(resume=folder, threads=1).record.finished


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("seed", 99),
        ("out", "elsewhere"),
        ("hepscore", "/nonexistent"),
        ("profile", True),
        ("rounds", 9),
        ("events", 500),
    ],
)
def test_what_belongs_to_the_beginning_is_refused(fake, ladder, tmp_path, option, value):
    _, folder = run_campaign(ladder, budget_s=0.5, out=tmp_path / "c", threads=1)
    with pytest.raises(BadInput, match=f"^--{option}: belongs to a campaign's beginning; leave it out"):
        run_campaign(resume=folder, threads=1, **{option: value})


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_none_can_be(fake, ladder, tmp_path, seed):
    with pytest.raises(BadInput, match=rf"^--seed: found {seed}; must be from 0 to"):
        run_campaign(ladder, seed=seed, budget_s=1.0, out=tmp_path / "c", threads=1)
    assert not (tmp_path / "c").exists()
    assert fake.runs == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ladder": {}}, r"plan\.json: damaged, or changed by hand \(ladder\.ladder: field required\)"),
        ({"ladder": {"ladder": {"name": "x", "scenario": "testem3"}, "rung": []}}, r"plan\.json: .*rung"),
        ({"look": 0}, r"plan\.json: damaged, or changed by hand \(look"),
        ({"seconds_per_MeV": 0.0}, r"plan\.json: damaged, or changed by hand \(seconds_per_MeV"),
        ({"seed": -1}, r"plan\.json: damaged, or changed by hand \(seed"),
        (None, r"plan\.json: damaged or not complete"),
    ],
)
def test_a_damaged_plan(fake, ladder, tmp_path, change, message):
    _, folder = run_campaign(ladder, budget_s=0.5, out=tmp_path / "c", threads=1)
    path = folder / "plan.json"
    plan = json.loads(path.read_text())
    path.write_text("[" * 100_000 if change is None else json.dumps({**plan, **change}))
    with pytest.raises(BadInput, match=message) as caught:
        run_campaign(resume=folder, budget_s=9.0, threads=1)
    assert "\n" not in str(caught.value)
    assert path.exists()  # a plan cannot be made again


def test_a_piece_of_something_else_is_done_again(fake, ladder, tmp_path, capsys):
    record, folder = run_campaign(ladder, budget_s=1.0, out=tmp_path / "c", threads=1)
    (folder / "campaign.json").unlink()
    pieces = pieces_module.Pieces(folder / "pieces")
    name = sorted(pieces.load()[0])[0]
    pieces.save(name, {"x": np.zeros(3)})
    again, _ = run_campaign(resume=folder, threads=1)
    assert f"{name}.npz is damaged (without 'sides')" in capsys.readouterr().err
    assert again.budget.rounds >= record.budget.rounds
    assert kept_pieces(folder)[1] == []


def test_no_room_to_put_aside_a_damaged_pack(fake, ladder, tmp_path, monkeypatch):
    record, folder = run_campaign(ladder, budget_s=1.0, out=tmp_path / "c", threads=1)
    (folder / "campaign.json").unlink()
    path = folder / "pieces.zip"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)

    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pieces_module, "write_whole", full)
        message = r"No space left on device\); make room and go on: pieces\.zip is damaged"
        with pytest.raises(BadInput, match=message) as caught:
            run_campaign(resume=folder, threads=1)
    assert "\n" not in str(caught.value)
    again, _ = run_campaign(resume=folder, threads=1)
    assert again.budget.rounds >= record.budget.rounds


def test_physics_that_does_not_come_back(fake, ladder, tmp_path, monkeypatch):
    class Losing:
        workers = 2

        def __init__(self, executor, sources):
            pass

        def samples(self, tasks, schedule, seed):
            yield from ()

    monkeypatch.setattr(campaign_module, "Spread", Losing)
    with pytest.raises(BadInput, match=r"the physics of .*-physics did not come back"):
        run_campaign(ladder, rounds=6, events=9000, out=tmp_path / "c", threads=1, executor="processes:1")


def test_other_libraries_make_other_tables(fake, ladder, tmp_path, monkeypatch):
    """Tables are made with numpy and scipy, whose last digits move between versions."""
    _, folder = run_campaign(ladder, budget_s=1.0, out=tmp_path / "c", threads=1)
    monkeypatch.setattr("simkit.engines.shards.package_version", lambda name: "0")
    monkeypatch.setattr(campaign_module, "code_hash", code_hash.__wrapped__)  # not the one kept from before
    with pytest.raises(BadInput, match="another version of the code, of numpy or scipy"):
        run_campaign(resume=folder, budget_s=9.0, threads=1)
