"""Ladders over own programs: tiny scripts that draw deposits and use processor time as told."""

import json

import pytest

from simkit.bench.campaign.ladder import load_ladder
from simkit.bench.campaign.speedup_ladder import run_campaign
from simkit.bench.history.table import read_history
from simkit.cli.campaign import show
from simkit.errors import BadInput
from simkit.report.page import write_report

LADDER = """
[ladder]
name = "builds"
scenario = "testem3"
baseline = '{program} 8e-4 1'
{head}
[[rung]]
name = "LTO"
with = ['{program} 4e-4 1']
published = "x2"
[[rung]]
name = "PGO"
with = ['{program} 2e-4 1']
[[rung]]
name = "wrong"
with = ['{program} 2e-4 1.02']
"""


@pytest.fixture
def ladder(tmp_path, program, instant_score):
    path = tmp_path / "builds.toml"
    path.write_text(LADDER.format(program=program, head=""))
    return path


def test_builds_are_climbed_like_speedups(ladder, tmp_path, capsys):
    record, folder = run_campaign(ladder, rounds=8, out=tmp_path / "c", threads=1)
    lto, pgo, wrong = record.rungs
    for rung, since_baseline, own in ((lto, 2.0, 2.0), (pgo, 4.0, 2.0)):
        assert rung.against_baseline.speedup.value == pytest.approx(since_baseline, rel=0.25)
        assert rung.against_previous.speedup.value == pytest.approx(own, rel=0.25)
        assert rung.against_baseline.verdict == "faster"
        assert rung.against_baseline.physics.verdict == "pass"
    assert wrong.against_previous.physics.verdict == "fail"
    assert record.exit_code == 2
    assert record.baseline.cpu_s_per_event.value == pytest.approx(8e-4, rel=0.25)
    assert record.baseline.label == "baseline"
    assert lto.published == "x2"
    text = (folder / "campaign.json").read_text()
    assert json.loads(text)["schema"] == "simkit.campaign/1"
    assert str(tmp_path / "program.py") not in text  # nobody's paths go into a record
    rungs = {entry.configuration.speedups for entry in read_history([folder])[0]}
    assert rungs == {"", "LTO", "PGO", "wrong"}  # each its own series
    show(record)
    assert "PGO" in capsys.readouterr().out
    assert "PGO" in write_report(folder).read_text()


def test_one_at_a_time_sets_each_against_the_baseline(ladder, program, tmp_path):
    text = LADDER.format(program=program, head='mode = "one-at-a-time"')
    first, other = (text.index(f'[[rung]]\nname = "{name}"') for name in ("LTO", "wrong"))
    ladder.write_text(text[:first] + text[other:])
    record, folder = run_campaign(ladder, rounds=6, out=tmp_path / "c", threads=1)
    assert all(rung.against_previous == rung.against_baseline for rung in record.rungs)
    with pytest.raises(BadInput, match="holds a campaign already"):
        run_campaign(ladder, rounds=6, out=folder, threads=1)
    with pytest.raises(BadInput, match="holds a ladder of programs; begin it again"):
        run_campaign(resume=folder)


def test_simkit_may_be_one_of_them(ladder, program, tmp_path, fake, monkeypatch):
    monkeypatch.setattr("simkit.bench.programs.compare.find_engine", lambda name: fake)
    text = LADDER.format(program=program, head="")
    ladder.write_text(text.replace(f"with = ['{program} 4e-4 1']", "with = ['engine:native']"))
    record, _ = run_campaign(ladder, rounds=6, out=tmp_path / "c", threads=1)
    assert record.rungs[0].side.engine["process"].startswith("warm in this process")


def test_a_program_that_hides_its_work_decides_nothing(ladder, program, tmp_path, capsys):
    script = tmp_path / "program.py"
    silent = tmp_path / "silent.py"
    silent.write_text(script.read_text().replace('print("events:", n)', ""))
    text = LADDER.format(program=program, head="")
    text = text[: text.index('[[rung]]\nname = "PGO"')]
    ladder.write_text(
        text.replace(f"with = ['{program}", f"with = ['{program.replace(str(script), str(silent))}")
    )
    record, _ = run_campaign(ladder, rounds=6, out=tmp_path / "c", threads=1)
    contrast = record.rungs[0].against_baseline
    assert contrast.verdict == "inconclusive"
    assert "does not report how many events" in contrast.doubts[0]
    assert record.exit_code == 3
    show(record)
    assert "LTO does not report how many events" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("baseline = ", "#"), r"rung 'LTO' is a program; \[ladder\] needs baseline = "),
        (("baseline = 'engine:command=", "baseline = 'testem3"), "ladder.baseline: found 'testem3"),
        (('published = "x2"', 'set = {"physics.rayleigh" = true}'), "rung 'LTO': beside a baseline that is"),
        (("with = ['", "with = ['woodcock', '"), "rung 'LTO': beside a baseline .* make two ladders"),
        (("[[rung]]", 'mode = "all-but-one"\n[[rung]]'), "ladder.mode: programs do not add up"),
        (("[[rung]]", "[[shower]]\nenergy_MeV = 1.0\n[[rung]]"), "leave showers out"),
    ],
)
def test_what_cannot_be_mixed(ladder, change, message):
    ladder.write_text(ladder.read_text().replace(*change, 1))
    with pytest.raises(BadInput, match=message) as caught:
        load_ladder(ladder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"executor": "processes"}, "--executor: not in a ladder of programs"),
        ({"events": 100, "rounds": 6}, "--events: not in a ladder of programs"),
        ({"profile": True}, "--profile: not in a ladder of programs"),
    ],
)
def test_options_that_programs_do_not_have(ladder, tmp_path, options, message):
    with pytest.raises(BadInput, match=message):
        run_campaign(ladder, out=tmp_path / "c", **options)
    assert not (tmp_path / "c").exists()


def test_recorded_output_and_unknown_engines(ladder, program, tmp_path):
    output = tmp_path / "output.txt"
    output.write_text("events: 10\ndeposit.gap.mean_MeV: 2000\n")
    ladder.write_text(
        LADDER.format(program=program, head="").replace(f"{program} 4e-4 1", f"engine:command={output}")
    )
    with pytest.raises(BadInput, match="'LTO': recorded output cannot be timed"):
        run_campaign(ladder, rounds=6, out=tmp_path / "c")
    ladder.write_text(ladder.read_text().replace("engine:command=", "engine:comand="))
    with pytest.raises(BadInput, match="did you mean 'command'"):
        run_campaign(ladder, rounds=6, out=tmp_path / "d")
