"""What may befall a campaign: nothing finished is lost or repeated, what is refused is refused in a line."""

import errno
import json
import os
import signal

import pytest

from simkit.bench.campaign.checkpoint import kept_pieces
from simkit.bench.campaign.speedup_ladder import run_campaign
from simkit.bench.pairs.pairing import Measurement
from simkit.errors import BadInput
from simkit.record import pieces as pieces_module
from simkit.record.folder_lock import locked
from simkit.record.timings import without_timings

LADDER = """
[ladder]
name = "one rung"
scenario = "testem3"
[[rung]]
name = "woodcock"
with = ["woodcock"]
"""
ROUNDS, EVENTS = 12, 150


@pytest.fixture
def ladder(tmp_path, fake, instant_score, monkeypatch):
    monkeypatch.setattr("simkit.bench.campaign.fixed_plan.CHUNK_S", 0.05)
    path = tmp_path / "ladder.toml"
    path.write_text(LADDER)
    return path


@pytest.fixture
def begin(ladder, tmp_path):
    """Return a function that runs the campaign planned by counts in the folder of a name."""

    def run(name, **options):
        return run_campaign(ladder, rounds=ROUNDS, events=EVENTS, out=tmp_path / name, threads=1, **options)

    return run


def record_of(folder):
    return without_timings(json.loads((folder / "campaign.json").read_text()))


class Killed(BaseException):
    """As sudden as a kill: nothing on the way may tidy up for it."""


@pytest.fixture
def wanted(fake, begin, tmp_path):
    """The record of the undisturbed campaign, its pieces, and how often it ran something."""
    begin("undisturbed")
    runs = fake.runs
    kept, damaged, _ = kept_pieces(tmp_path / "undisturbed")
    assert damaged == []
    kinds = [place.kind for place in sorted(kept)]
    assert kinds.count("round") == ROUNDS
    assert kinds.count("physics") >= 5
    return record_of(tmp_path / "undisturbed"), sorted(kept), runs


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.3, 0.6, 0.8, 0.95])
def test_going_on_after_a_kill_gives_the_undisturbed_record(
    fake, begin, wanted, tmp_path, monkeypatch, moment
):
    def kill(n, at=fake.runs + 1 + int(moment * wanted[2])):
        if n == at:
            raise Killed

    fake.on_run = kill
    with pytest.raises(Killed):
        begin("killed")
    fake.on_run = None
    before, _, _ = kept_pieces(tmp_path / "killed")
    run_again = []
    add = Measurement.add
    monkeypatch.setattr(
        Measurement, "add", lambda self, piece: (run_again.append(piece.place), add(self, piece))[1]
    )
    kept_again = []
    save = pieces_module.Pieces.save
    monkeypatch.setattr(
        pieces_module.Pieces,
        "save",
        lambda self, name, arrays: (kept_again.append(name), save(self, name, arrays))[1],
    )
    record, folder = run_campaign(resume=tmp_path / "killed", threads=1)
    assert record.finished
    assert record_of(folder) == wanted[0]
    assert run_again == wanted[1]  # each once, in order
    # nothing that was there is done again, and all the rest is
    assert sorted(kept_again) == sorted(place.name for place in wanted[1] if place not in before)
    after, _, _ = kept_pieces(folder)
    for place, piece in before.items():
        assert (piece.timed.cpu == after[place].timed.cpu).all()


def test_interruption_loses_nothing_either(fake, begin, wanted, tmp_path):
    for moment in (0.3, 0.2, 0.3):
        at = fake.runs + int(moment * wanted[2])
        fake.on_run = lambda n, at=at: os.kill(os.getpid(), signal.SIGINT) if n == at else None
        go_on = (tmp_path / "c").exists()
        with pytest.raises(BadInput, match=r"interrupted; .* rounds are kept"):
            run_campaign(resume=tmp_path / "c", threads=1) if go_on else begin("c")
    fake.on_run = None
    _, folder = run_campaign(resume=tmp_path / "c", threads=1)
    assert record_of(folder) == wanted[0]


@pytest.mark.parametrize("room", [0, 3, ROUNDS, ROUNDS + 2])
def test_a_full_disk(fake, begin, wanted, tmp_path, monkeypatch, room):
    """`room` pieces find room, then there is none, then there is again."""
    save, written = pieces_module.write_whole, []

    def full(path, content):
        if path.suffix == ".npz" and len(written) == room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path.name)
        save(path, content)

    written.clear()
    with monkeypatch.context() as patch:
        patch.setattr(
            pieces_module,
            "write_whole",
            lambda path, content: full(path, content) if path.suffix == ".npz" else save(path, content),
        )
        with pytest.raises(BadInput, match=r"No space left on device.*make room and go on") as caught:
            begin("c")
    assert "\n" not in str(caught.value)
    assert len(kept_pieces(tmp_path / "c")[0]) == room
    _, folder = run_campaign(resume=tmp_path / "c", threads=1)
    assert record_of(folder) == wanted[0]


def test_no_room_for_the_record_itself(begin, wanted, tmp_path, monkeypatch):
    from simkit.bench.campaign import checkpoint

    def full(path, content):
        if path.name == "campaign.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        pieces_module.write_whole(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_whole", full)
        with pytest.raises(BadInput, match=r"campaign\.json' \(No space left on device\)"):
            begin("c")
    _, folder = run_campaign(resume=tmp_path / "c", threads=1)
    assert record_of(folder) == wanted[0]


def test_damaged_pieces_are_named_put_aside_and_done_again(fake, begin, wanted, tmp_path, capsys):
    begin("c")
    folder = tmp_path / "c"
    (folder / "campaign.json").unlink()
    pieces = pieces_module.Pieces(folder / "pieces")
    for name, arrays in pieces.load()[0].items():
        pieces.save(name, arrays)
    pieces.pack_file.unlink()
    lost = [wanted[1][2], wanted[1][-2]]
    assert [place.kind for place in lost] == ["round", "physics"]
    for place in lost:
        (folder / "pieces" / f"{place.name}.npz").write_bytes(b"PK\x03\x04 and no more")
    runs = fake.runs
    run_campaign(resume=folder, threads=1)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    for place, line in zip(lost, told):
        assert f"{place.name}.npz is damaged" in line
        assert (folder / "pieces" / f"{place.name}.npz.corrupt").exists()
    # two blocks on two sides, perhaps against itself, and one chunk on two sides
    assert fake.runs - runs in (6, 10)
    assert record_of(folder) == wanted[0]


def test_a_damaged_record_is_made_again_from_what_is_kept(fake, begin, wanted, tmp_path, capsys):
    begin("c")
    folder = tmp_path / "c"
    (folder / "campaign.json").write_text('{"schema": "simkit.campaign/1", "na')
    runs = fake.runs
    run_campaign(resume=folder, threads=1)
    assert fake.runs == runs
    assert "campaign.json is damaged" in capsys.readouterr().err
    assert (folder / "campaign.json.corrupt").exists()
    assert record_of(folder) == wanted[0]


def test_a_budgeted_campaign_does_damaged_rounds_again(fake, ladder, tmp_path, capsys):
    fake.sleep_s = 0.002
    record, folder = run_campaign(ladder, budget_s=1.5, out=tmp_path / "c", threads=1)
    pieces = pieces_module.Pieces(folder / "pieces")
    found, _ = pieces.load()
    for name, arrays in found.items():
        pieces.save(name, arrays)
    pieces.pack_file.unlink()
    first = sorted(found)[0]
    (folder / "pieces" / f"{first}.npz").write_bytes(b"")
    more, _ = run_campaign(resume=folder, budget_s=record.budget.used_s + 0.5, threads=1)
    assert f"{first}.npz is damaged" in capsys.readouterr().err
    assert more.budget.rounds >= record.budget.rounds
    kept, damaged, _ = kept_pieces(folder)
    assert damaged == []
    assert {place.name for place in kept} >= set(found)


def test_two_campaigns_in_one_folder(begin, tmp_path):
    (tmp_path / "c").mkdir()
    with locked(tmp_path / "c"), pytest.raises(BadInput, match=r"in use by another simkit \(process \d+\)"):
        begin("c")
    begin("c")
    with locked(tmp_path / "c"), pytest.raises(BadInput, match="in use by another simkit"):
        run_campaign(resume=tmp_path / "c", threads=1)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("plan.json", {"schema": "simkit.campaign-plan/3"}, r"newer than 'simkit\.campaign-plan/2'"),
        ("plan.json", {"schema": None, "schema_version": 1}, r"older schema 'simkit\.campaign-plan/1'"),
        ("campaign.json", {"schema": "simkit.campaign/0"}, r"older schema 'simkit\.campaign/0'"),
        ("campaign.json", {"schema": "simkit.campaign/9"}, r"newer than 'simkit\.campaign/1'"),
    ],
)
def test_other_schemas_are_refused(begin, tmp_path, file, change, message):
    begin("c")
    path = tmp_path / "c" / file
    before = {**json.loads(path.read_text()), **change}
    path.write_text(json.dumps({key: value for key, value in before.items() if value is not None}))
    with pytest.raises(BadInput, match=message):
        run_campaign(resume=tmp_path / "c", threads=1)
    assert path.exists()  # somebody else's may be sound


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rounds": 9}, "--rounds: belongs to a campaign's beginning"),
        ({"budget_s": 9.0}, "is planned by counts; leave it out"),
    ],
)
def test_a_plan_is_not_changed_on_the_way(begin, tmp_path, options, message):
    begin("c")
    with pytest.raises(BadInput, match=message):
        run_campaign(resume=tmp_path / "c", threads=1, **options)
