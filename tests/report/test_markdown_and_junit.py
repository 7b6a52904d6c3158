"""Records as a pull request's comment and as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from simkit.bench.gate import hold_against
from simkit.bench.words import physics_words
from simkit.record.campaign import LeftOut
from simkit.record.provenance import Apart
from simkit.report.junit import junit
from simkit.report.markdown import markdown
from simkit.report.page import make_page
from simkit.report.page_parts import Download
from tests.report.records import make_campaign, make_comparison
from tests.report.runs import make_result
from tests.report.validations import make_validation

RECORDS = [make_campaign(3), make_comparison(), make_result(), make_validation()]


def cases(record):
    suite = ElementTree.fromstring(junit(record).partition("\n")[2]).find("testsuite")
    assert suite is not None
    found = suite.findall("testcase")
    assert int(suite.get("tests")) == len(found)
    assert int(suite.get("failures")) == sum(case.find("failure") is not None for case in found)
    assert int(suite.get("skipped")) == sum(case.find("skipped") is not None for case in found)
    return {f"{case.get('classname')}/{case.get('name')}": [child.tag for child in case] for case in found}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_kind_can_be_written(record):
    text = markdown(record)
    assert text.startswith("### simkit: ")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") - line.count("\\|") >= 3 for line in tables)
    cases(record)


def test_the_answer_of_a_comparison_comes_first():
    record = make_comparison()
    lines = markdown(record).splitlines()
    assert record.summary.split(":")[0] in lines[2]
    assert f"{record.speedup.value:.3f} ×" in lines[6]
    record.differ_in, record.notes = [Apart(key="tracking.gamma", a="x", b="y")], ["all run from seed 7"]
    assert markdown(record).splitlines()[2:5] == ["- tracking.gamma: x → y", "- all run from seed 7", ""]
    assert f"the physics {physics_words(record.physics)}</summary>" in markdown(record)


def test_a_rung_is_shown_as_the_terminal_shows_it():
    record = make_campaign(3)
    last = record.rungs[2]
    left_out = LeftOut(name="woodcock", with_=["woodcock"], contrast=record.rungs[1].own)
    all_but_one = [*record.rungs[:2], last.model_copy(update={"left_out": left_out})]
    lines = markdown(record.model_copy(update={"mode": "all-but-one", "rungs": all_but_one})).splitlines()
    assert [line for line in lines if line.startswith("| rung | against the baseline | published |")]
    (row,) = [line for line in lines if line.startswith("| woodcock on top of all others |")]
    assert f"{record.rungs[1].own.speedup.value:.3f} ×" in row
    climbed = markdown(record)
    assert "| rung | against the rung before | since the baseline | published |" in climbed
    assert climbed.count("; physics ") == 2 * len(record.rungs)


def test_what_fails_is_a_failure_and_what_is_open_is_skipped():
    record = make_campaign(5)
    found = cases(record)
    wanted = {"pass": [], "fail": ["failure"], "inconclusive": ["skipped"]}
    for rung in record.rungs:
        for row in rung.against_baseline.physics.rows:
            layer = "" if row.layer is None else f" layer {row.layer + 1}"
            name = f"simkit.campaign.{rung.name}/physics: {row.observable} {row.region}{layer}"
            assert found[name] == wanted[row.verdict]
    assert ["failure"] in found.values()


def test_an_open_verdict_is_said_once():
    record = make_comparison()
    record.verdict, record.summary = "inconclusive", "inconclusive: B is perhaps faster"
    assert 'message="inconclusive: B is perhaps faster"' in junit(record)


def test_a_wish_that_was_not_met_is_a_failure():
    record = make_comparison().model_copy(update={"min_speedup": 9.0, "exit_code": 1})
    assert cases(record)["simkit.compare/speedup asked for"] == ["failure"]


def test_the_stored_record_is_in_both():
    record, stored = make_result(), make_result()
    record.timing.cpu_s_per_event *= 2.0
    record.gate = hold_against(record, stored, 0.1, "here")
    assert "❌ fail" in markdown(record)
    assert cases(record)["simkit.baseline/CPU time an event"] == ["failure"]


def test_the_page_says_how_the_stored_record_was_met():
    record, stored = make_result(), make_result()
    record.timing.cpu_s_per_event *= 2.0
    record.gate = hold_against(record, stored, 0.1, "here")
    page = make_page(record, Download("result.json", "record", "{}"))
    assert any("CPU time an event: 0.500 times as good, fail" in remark for remark in page.remarks)


def test_a_run_has_a_case_of_its_own():
    record = make_result()
    assert cases(record) == {"simkit.run/energy balance": []}
    record.energy_balance_MeV.largest_residual = 1.0
    assert cases(record) == {"simkit.run/energy balance": ["failure"]}


def test_a_comment_has_room_for_so_many_layers():
    record = make_comparison()
    row = next(row for row in record.physics.rows if row.layer is not None)
    many = [row.model_copy(update={"layer": i, "verdict": "inconclusive"}) for i in range(500)]
    worst = row.model_copy(update={"layer": 500, "verdict": "fail"})
    physics = record.physics.model_copy(update={"rows": [*many, worst]})
    text = markdown(record.model_copy(update={"physics": physics}))
    assert "lar 501 |" in text
    assert "and 481 layers that do not" in text
    assert len(text) < 10_000


def test_names_are_neither_markup_nor_broken_xml():
    name = "a|b <img src=x> & [link](y) `c` \x07 @someone"
    record = make_comparison()
    record = record.model_copy(update={"a": record.a.model_copy(update={"label": name})})
    head = markdown(record).splitlines()[0]
    for markup in ("<img", " [link]", " @someone", "a|b", " `c`"):
        assert markup not in head
    row = record.physics.rows[0].model_copy(update={"region": name})
    physics = record.physics.model_copy(update={"rows": [row]})
    assert len(cases(record.model_copy(update={"physics": physics}))) == 2
