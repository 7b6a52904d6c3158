"""The script that puts verdicts to the test: its counting, its journal, its faults, and the report's part."""

import csv
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest

from simkit.report.trust import trust_section, trust_sections
from studies import injection, trust
from studies.trust_summary import QUESTIONS, answer, bound, markdown, summary, to_json

ASKED = {kind.name: kind.trials for kind in trust.KINDS.values()}
ABOUT = {"scenario": "testem3", "overrides": []}


def entries(kind, trials, wrong=0, **values):
    right = {"verdict": "inconclusive", "physics": "inconclusive"}
    usual = {
        "kind": kind,
        "commit": "c",
        "started": "2025-11-22T00:00:00+00:00",
        "seconds": trust.KINDS[kind].seconds,
        "ratio": 1.0,
        "interval": [0.99, 1.01],
        "smallest_detectable": 0.01,
        "blocks": 50,
        "extra_steps": 0.0,
        "load": [1.0, 2.0],
        "events": 900.0,
        "deposits": {"absorber": [0.1, -0.1, 0.3], "gap": [0.2, -0.5, 0.9]},
    }
    return [usual | right | {"trial": i} | (values if i < wrong else {}) for i in range(trials)]


def test_bounds_are_those_of_clopper_and_pearson():
    # 0 of n: 1 - 0.05^(1/n); n of n: 0.05^(1/n)
    assert bound(0, 200, "at most") == pytest.approx(1.0 - 0.05 ** (1.0 / 200))
    assert bound(50, 50, "at least") == pytest.approx(0.05 ** (1.0 / 50))
    assert bound(1, 1, "at most") == 1.0
    assert bound(0, 1, "at least") == 0.0
    # one wrong of 200 is below 3 %, two are not; 47 of 50 are above 85 %, 46 are not
    assert bound(1, 200, "at most") < 0.03 < bound(2, 200, "at most")
    assert bound(46, 50, "at least") < 0.85 < bound(47, 50, "at least")


@pytest.mark.parametrize(("wrong", "met"), [(1, True), (2, False)])
def test_a_target_is_met_by_its_bound(wrong, met):
    row = answer(QUESTIONS[0], entries("same", 200, wrong, verdict="faster"), 200)
    assert (row["count"], row["met"]) == (wrong, met)


def test_nothing_is_met_while_trials_are_missing_and_never_means_never():
    assert answer(QUESTIONS[0], entries("same", 199), 200)["met"] is None
    passed = next(question for question in QUESTIONS if question.target == 0.0)
    assert answer(passed, entries("shifted", 50), 50)["met"] is True
    assert answer(passed, entries("shifted", 50, 1, physics="pass"), 50)["met"] is False


def test_the_journal_survives_a_cut_line_and_goes_on(tmp_path):
    path = tmp_path / "trials.jsonl"
    first, second = entries("same", 2)
    trust.append(path, first)
    with path.open("a") as stream:
        stream.write('{"kind": "same", "tri')
    trust.append(path, second)
    trust.append(path, second | {"verdict": "faster"})  # a second answer to the same trial does not count
    assert trust.read_trials(path) == [first, second]


def test_the_kind_least_done_is_next_and_short_trials_do_not_count():
    kinds = [trust.KINDS["same"], trust.KINDS["slower2"]]
    done = entries("same", 100) + entries("slower2", 10)
    assert trust._next_trial(kinds, done, None) == (trust.KINDS["slower2"], 10)
    short = [entry | {"seconds": 1.0} for entry in entries("slower2", 50)]
    assert trust._next_trial(kinds[1:], short, None) == (trust.KINDS["slower2"], 0)
    assert trust._next_trial(kinds[:1], entries("same", 200), None) is None


def test_extra_work_is_the_fraction_asked_for_and_nothing_else_changes():
    from simkit.bench.named_sides import parse_side, same_events

    source = parse_side("testem3", None, ["events.energy_MeV=100"])
    primaries = same_events([source]).primaries
    primaries = type(primaries)(*(column[:400] for column in primaries))
    plain = source.prepare().run(primaries, 1)
    fault = injection.Injected()
    fault.inject(extra_work=0.02)
    slow = fault.prepare(source.scenario).run(primaries, 1)
    np.testing.assert_array_equal(slow.deposits, plain.deposits)
    np.testing.assert_array_equal(slow.steps, plain.steps)
    assert fault.measured == pytest.approx(0.02, rel=0.2)  # 8 showers of 100 MeV, 10 % each
    fault.inject(energy_scale=1.01)
    shifted = fault.prepare(source.scenario).run(primaries, 1)
    assert shifted.deposits.sum() / plain.deposits.sum() == pytest.approx(1.01, abs=1e-6)
    np.testing.assert_array_equal(shifted.steps, plain.steps)


def test_extra_primaries_add_up_and_are_nobody_elses():
    fields = {name: np.arange(3.0) for name in ("x", "y", "z", "u", "v", "w", "time")}
    from simkit.events import Primaries

    primaries = Primaries(
        event=np.arange(3), number=np.zeros(3, int), pdg=np.full(3, 11), energy=np.full(3, 1000.0), **fields
    )
    extra = injection.extra_primaries(primaries, 0.5)
    assert extra.energy.tolist() == [1000.0, 500.0]
    assert not set(extra.event) & set(primaries.event)
    assert len(injection.extra_primaries(primaries, 0.0).event) == 0


def test_the_summary_can_be_read_and_the_report_shows_it():
    record = summary(entries("same", 200, 1, verdict="slower") + entries("slower2", 3), ASKED, ABOUT)
    text = markdown(record)
    assert "| 1 of 200 | 2.3 % | at most 3 % | met |" in text
    assert "0 of 3 (of 50 to come)" in text
    section = trust_section(record)
    table, figures, speeds = section.blocks
    assert [cell.text for cell in table.rows[0]][1:] == [
        *("1 of 200", "0.5 %", "≤ 2.3 %", "at most 3\N{NO-BREAK SPACE}%", "met"),
        "199\N{NO-BREAK SPACE}inconclusive, 1\N{NO-BREAK SPACE}slower",
    ]
    assert table.rows[1][1].note == "47 more to come"
    assert table.rows[1][5].text == "not complete"
    assert "commit c," in table.caption
    assert [row[5].text for row in speeds.rows] == ["100\N{NO-BREAK SPACE}%"] * 2  # of intervals hold 1
    (speed,) = figures.blocks  # no trial of physics, so no figure of it
    data = list(csv.DictReader(io.StringIO(speed.csv())))
    assert len(data) == 203
    assert (data[0]["ratio"], data[0]["lo"], data[0]["hi"], data[0]["verdict"]) == (
        "1.0",
        "0.99",
        "1.01",
        "slower",
    )


def test_trials_are_kept_with_the_deposit_known_best(tmp_path):
    found = entries("shifted", 2, 1, physics="fail") + entries("same-physics", 1)
    trust.write_summary(tmp_path, found, ASKED, ABOUT)
    text = (tmp_path / "summary.json").read_text()
    record = json.loads(text)
    assert record["trials"]["shifted"] == [
        [i, 1.0, 0.99, 1.01, "inconclusive", 50, "absorber", 0.1, -0.1, 0.3, verdict, 900.0]
        for i, verdict in enumerate(("fail", "inconclusive"))
    ]
    assert len([line for line in text.splitlines() if line.startswith("   [")]) == 3  # a line a trial
    (figure,) = trust_section(record).blocks[1].blocks
    assert figure.name == "trust-physics"
    assert {row[0] for row in figure.rows} == {
        "independent seeds, 10\N{NO-BREAK SPACE}s",
        "energy scale shifted by 1\N{NO-BREAK SPACE}%, margin 0.5\N{NO-BREAK SPACE}%, 60\N{NO-BREAK SPACE}s",
    }


def test_the_machine_is_that_of_the_trials():
    """Trials that do not tell theirs are shown with that of the summary, which is said."""
    told = {"cpu": "Example CPU", "logical_threads": 8}
    old, new = entries("same", 1), [entry | {"machine": told} for entry in entries("same", 3)]
    record = summary([*old, *new], ASKED, ABOUT)
    assert record["machines"] == [told]
    assert "machine: Example CPU, 8 logical processors. " in markdown(record)
    assert "on Example CPU, 8 logical processors" in trust_section(record).blocks[0].caption
    record = summary(old, ASKED, ABOUT)
    assert record["machines"] == []
    assert "logical processors (that of this summary). " in markdown(record)
    assert "logical processors (that of the summary)" in trust_section(record).blocks[0].caption


def test_a_page_without_a_count_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("simkit.report.trust.FILE", tmp_path / "trust.json")
    (section,) = trust_sections()
    assert section.blocks[0].text.startswith("Not counted yet")
    (tmp_path / "trust.json").write_text(to_json(summary([], ASKED, ABOUT)))
    (section,) = trust_sections()
    assert section.blocks[0].text.startswith("Not counted yet")
    (tmp_path / "trust.json").write_text(to_json(summary(entries("same", 1), ASKED, ABOUT)))
    (section,) = trust_sections()
    assert section.blocks[0].rows[0][1].text == "0 of 1"


def test_an_unknown_kind_is_refused(tmp_path, monkeypatch, capsys):
    asked = SimpleNamespace(
        only="slower3", out=tmp_path, max_trials=None, seconds=None, summary=False, publish=False
    )
    monkeypatch.setattr(trust, "arguments", lambda: asked)
    assert trust.main() == 4
    assert "slower2" in capsys.readouterr().err
