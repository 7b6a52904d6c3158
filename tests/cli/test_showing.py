"""What commands print of records: sentences, colours, and tables that fold neither intervals nor verdicts."""

from __future__ import annotations

import re

import pytest
from report.records import make_campaign, make_comparison
from report.runs import make_hadrons, make_result, make_seeing_less
from report.validations import make_validation

from simkit.bench.words import physics_words
from simkit.cli import campaign, compare, run, validate
from simkit.cli.physics_lines import show_physics
from simkit.cli.show import coloured, interval, number
from simkit.record.comparison import Merit, StepsRatio
from simkit.record.provenance import Apart
from simkit.report.markdown import markdown


def printed(capsys, show, record) -> str:
    show(record)
    return capsys.readouterr().out


def test_a_campaign_in_120_columns(capsys):
    record = make_campaign()
    for rung, verdict in zip(record.rungs, ("inconclusive", "no difference seen", "faster")):
        rung.against_previous.verdict = verdict
    record.rungs[0].against_previous.physics.verdict = "inconclusive"
    text = printed(capsys, campaign.show, record)
    assert max(map(len, text.splitlines())) <= 120
    for rung in record.rungs:
        own = rung.against_previous
        line = next(one for one in text.splitlines() if one.startswith(f" {rung.name} "))
        assert interval(own.speedup, 3).replace("\\", "") in line
        assert own.verdict.removesuffix(" seen") in line
        assert own.physics.verdict in line
    assert "3.6 %" not in text


def test_units_of_a_verdict_stand_in_its_cells(capsys):
    physics = make_comparison().physics
    for row in physics.rows:
        row.layer = None
    physics.rows[0].value_unit = "layers"
    show_physics(physics)
    text = capsys.readouterr().out
    assert "(MeV)" not in text
    assert f"{number(physics.rows[0].a, 5)} layers" in text
    assert f"{number(physics.rows[1].a, 5)} MeV" in text


def test_a_campaign_names_what_is_not_followed(capsys):
    record = make_campaign()
    record.untransported_MeV = {"nu_e": 11e3, "nu_mu": 2.5}
    text = printed(capsys, campaign.show, record)
    assert "not followed: nu_e 11,000, nu_mu 2.50 MeV an event" in " ".join(text.split())


def test_a_run_says_what_its_readout_does_not_see(capsys):
    """In the terminal and in Markdown; a run that sees all has no such line."""
    line = "visible      3,500.50 +- 13 MeV in"
    record = make_seeing_less()
    text = printed(capsys, run.show, record)
    assert line in text
    assert "not seen: 1,000 quenched, 11.50 outside the time window" in " ".join(text.split())
    assert "| visible in " in markdown(record)
    assert "visible" not in printed(capsys, run.show, make_result())


def test_a_campaign_says_which_observable_decides_and_how_noisy_it_was(capsys):
    record = make_campaign()
    record.notes = ["all sides run from seed 7; their scenarios have 1"]
    text = " ".join(printed(capsys, campaign.show, record).split())
    failing = [rung for rung in record.rungs if rung.against_previous.physics.verdict == "fail"]
    assert failing
    for rung in failing:
        assert f"{rung.name}: the physics {physics_words(rung.against_previous.physics)}" in text
    assert "note all sides run from seed 7" in text


def test_a_comparison_says_first_what_its_sides_differ_in(capsys):
    record = make_comparison()
    record.differ_in = [Apart(key=f"physics.key_{i}", a="1", b="2") for i in range(20)]
    record.notes = ["all sides run from seed 7; their scenarios have 1"]
    record.merit = {"outer": Merit(value=3.0, lo=2.5, hi=3.6, verdict="not decided", reason="too few")}
    record.figure_of_merit = {"outer": 3.0}
    record.summary = "faster: B is faster"
    text = printed(capsys, compare.show, record)
    assert text.index("differ in    physics.key_0: 1 -> 2") < text.index(record.summary)
    assert "and 8 more, see the record" in text
    assert "note         all sides run from seed 7" in text
    assert "merit B / A  outer 3.0" in text
    assert ": not decided, too few" in text


@pytest.mark.parametrize("total", [1.861, 1.858])
def test_steps_that_the_ratio_above_does_not_count_are_named(capsys, total):
    record = make_comparison()
    record.steps_ratio.total, record.attribution.steps_ratio = total, 1.858
    text = printed(capsys, compare.show, record)
    assert (", the world's too, x" in text) == (total != 1.858)


def test_a_side_that_makes_no_steps_has_no_time_per_step(capsys):
    """A parametrisation in the place of showers: 44.403 = 531280.829 x 0.000 says nothing."""
    record = make_comparison()
    record.attribution.steps_ratio = record.steps_ratio.total = 531280.829
    record.attribution.time_per_step_ratio = 8e-5
    text = printed(capsys, compare.show, record)
    assert "why          531,281 times fewer steps and B's time is not in them" in text


@pytest.mark.parametrize("verdict", ["inconclusive", "not decided"])
def test_what_is_open_is_grey(verdict):
    assert coloured(verdict) == f"[bright_black]{verdict}[/]"
    assert coloured("fail") == "[red]fail[/]"


def test_no_number_is_in_exponent_form(capsys):
    record = make_comparison()
    record.speedup.hi, record.speedup.smallest_detectable, record.verdict = 5e21, 2.3, "inconclusive"
    text = printed(capsys, compare.show, record)
    assert "a change of 230 % or more would have been declared" in text
    assert "more than 1000]" in text
    record.speedup.smallest_detectable = 20.0
    text = printed(capsys, compare.show, record)
    assert "only a change of more than 1000 % would have been declared" in text
    assert not re.search(r"\de[+-]\d", text)


def test_steps_that_no_side_reports_are_not_shown(capsys):
    record = make_comparison()
    assert "steps A / B" in printed(capsys, compare.show, record)
    record.steps_ratio = StepsRatio(gamma=None, charged=None, total=None)
    assert "steps A / B" not in printed(capsys, compare.show, record)


def test_a_long_budget_is_not_in_seconds(capsys):
    record = make_comparison()
    record.to_settle_s = 26000.0
    assert "a budget of about 7.2 h would settle what is open" in printed(capsys, compare.show, record)


def test_long_events_are_not_in_exponent_form(capsys):
    record = make_result()
    record.timing.cpu_s_per_event = 1.28
    assert "1,280 ms CPU an event" in printed(capsys, run.show, record)
    assert "1,280 ms CPU an event" in markdown(record)


def test_a_campaign_that_has_finished_no_rung(capsys):
    assert "all together" not in printed(capsys, campaign.show, make_campaign(0))


def test_a_dozen_species_stand_in_families_that_fold_no_number(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = printed(capsys, run.show, make_hadrons())
    lines = text.splitlines()
    mesons = next(line for line in lines if line.startswith(" charged mesons "))
    assert mesons.split()[2:] == ["191.5", "191.5"], "150 of pi+ and 41.5 of pi-, in each region"
    assert "19.150 charged mesons (15.000 pi+ + 4.1500 pi-)" in " ".join(text.split())
    assert " 8.4250 p," in text, "a family of one has the name of its member"
    (deposits,) = (i for i, line in enumerate(lines) if line.startswith("deposit: %"))
    n = len(make_hadrons().steps_by)
    assert any(line.split() == ["muons", *[f"{200.0 / n:.1f}"] * 2] for line in lines[deposits:])
    assert not re.search(r"^ +[\d.,]+ *$", text, re.MULTILINE), "a number goes on in the next line"


def test_three_families_stand_beside_the_deposits(capsys):
    text = printed(capsys, run.show, make_result())
    assert "e+ steps" in text
    assert "steps per event" not in text
    assert "steps, the world's too" not in markdown(make_result())
    assert "| charged mesons (pi+, pi-) | 383 |" in markdown(make_hadrons())


def test_results_with_hadrons_say_that_their_model_is_a_toy(capsys):
    used = make_hadrons().models
    assert [model.name for model in used] == ["toy hadron model", "toy neutron model"]
    label = f"toy hadron model (data {used[0].version})"
    comparison, whole = make_comparison(), make_campaign()
    for record, show in ((comparison, compare.show), (whole, campaign.show), (make_result(), run.show)):
        assert "toy" not in printed(capsys, show, record) + markdown(record)
    comparison.b.models = whole.baseline.models = used
    for record, show in ((comparison, compare.show), (whole, campaign.show), (make_hadrons(), run.show)):
        assert printed(capsys, show, record).count(label) == 1
        assert markdown(record).count(label) == 1
        assert "docs/hadrons.md" in markdown(record)
        assert markdown(record).count(f"toy neutron model (data {used[1].version})") == 1


def test_a_validation_of_hadrons_says_so_too(capsys):
    record = make_validation()
    assert "toy" not in printed(capsys, validate.show, record) + markdown(record)
    record.models = make_hadrons().models
    assert "toy hadron model" in printed(capsys, validate.show, record)
    assert "toy hadron model" in markdown(record)


FIELD = {
    "field_evaluations": 9e6,
    "field_substeps": 1.2e6,
    "rejected_substeps": 4e4,
    "boundary_iterations": 1.7e5,
    "loopers": 0.2,
}
CHARGED = ("e-", "e+")
QUANTISED = {"field_evaluations": 3e6, **{f"qss_events_{name}": 2e6 for name in "xyzuvw"}}


def test_a_run_in_a_field(capsys):
    record = make_result()
    assert "\nfield " not in printed(capsys, run.show, record)
    record.counters |= {name: round(10 * n) for name, n in FIELD.items()}
    record.energy_balance_MeV.others = {"looped": 0.4}
    text = printed(capsys, run.show, record)
    charged = sum(sum(record.steps_by[particle].values()) for particle in CHARGED)
    assert f"field        a charged step: evaluations {9e6 / charged:.1f}, substeps " in text
    assert "rejected substeps 0.198 (3.2 %), boundary iterations" in text
    assert "\n             an event: loopers 0.200 with 0.400 MeV\n" in text
    assert "substeps 5.93, rejected substeps 0.198 (3.2 %), boundary" in markdown(record)


def test_a_campaign_in_a_field(capsys):
    record = make_campaign(2)
    assert "\nfield " not in printed(capsys, campaign.show, record)
    first, second = record.baseline, record.rungs[1].side
    for side in (first, second):
        side.counters_per_event |= FIELD
    text = printed(capsys, campaign.show, record)
    each = [9e6 / sum(sum(side.steps_by[p].values()) for p in CHARGED) for side in (first, second)]
    assert (
        f"\nfield        evaluations a charged step: baseline {each[0]:.1f}, woodcock {each[1]:.1f}\n" in text
    )


def test_a_comparison_in_a_field(capsys):
    record = make_comparison()
    assert "\nfield " not in printed(capsys, compare.show, record)
    assert "field" not in markdown(record)
    record.b.counters_per_event |= QUANTISED
    text = printed(capsys, compare.show, record)
    assert "\nfield        a charged step: evaluations 0 -> " in text
    record.a.counters_per_event |= FIELD
    text = printed(capsys, compare.show, record)
    steps = [sum(sum(s.steps_by[p].values()) for p in CHARGED) for s in (record.a, record.b)]
    ratio = 9e6 / steps[0] * steps[1] / 3e6
    assert f"\nfield A / B  evaluations {ratio:.3f}\n" in text
    assert f"a charged step: evaluations {9e6 / steps[0]:.1f} -> {3e6 / steps[1]:.1f}, substeps" in text
    assert "\n             an event: loopers 0.200 -> 0\n" in text
    assert max(map(len, text[: text.index("physics")].splitlines())) <= 120
    assert f"before / after | {ratio:.3f} |" in markdown(record)
