"""Ladders with all speedups together: what each is worth on top of the others, and whether they multiply."""

from __future__ import annotations

import math

import pytest

from simkit.record.campaign import Campaign, Interaction, LeftOut, Rung
from simkit.record.interval import Interval
from simkit.report.page import write_report

from .records import SPEEDUPS, make_campaign, make_contrast
from .test_page import Elements

NAMES = list(SPEEDUPS)[:3]


def _interval(log: float) -> Interval:
    return Interval(value=math.exp(log), lo=math.exp(log - 0.01), hi=math.exp(log + 0.01))


def _interaction(name: str, kind, expected: float, found: float) -> Interaction:
    return Interaction(
        name=name,
        kind=kind,
        expected=_interval(expected),
        found=_interval(found),
        ratio=_interval(found - expected),
        verdict="less together" if found < expected - 0.01 else "no interaction seen",
        smallest_detectable=0.02,
    )


def make_campaign_with_all(mode) -> Campaign:
    """Return a campaign of three speedups: all, with "interactions" each alone, and all but each."""
    alone = make_campaign(3, mode="one-at-a-time")
    whole = make_campaign(3).rungs[-1].model_copy(update={"name": "all", "with_": NAMES})
    whole = whole.model_copy(update={"against_previous": whole.against_baseline})
    without: list[Rung] = []
    for rung in alone.rungs:
        left = [other for other in alone.rungs if other is not rung]
        side = left[0].side.model_copy(update={"speedups": [other.name for other in left]})
        kept = SPEEDUPS[rung.name][0]
        cpu = whole.side.cpu_s_per_event
        time = Interval(**{end: getattr(cpu, end) / kept for end in ("value", "lo", "hi")})
        side = side.model_copy(update={"cpu_s_per_event": time})
        against = make_contrast(alone.baseline, side, 0.1)
        without.append(
            rung.model_copy(
                update={
                    "name": f"all but {rung.name}",
                    "with_": side.speedups,
                    "side": side,
                    "against_baseline": against,
                    "against_previous": against,
                    "left_out": LeftOut(
                        name=rung.name, with_=[rung.name], contrast=make_contrast(side, whole.side, 0.05)
                    ),
                }
            )
        )
    single = alone.rungs if mode == "interactions" else []
    gains = {name: -math.log(SPEEDUPS[name][0]) for name in NAMES}
    found = [_interaction("all", "each on top", sum(gains.values()), sum(gains.values()) - 0.04)]
    if single:
        found = [_interaction(name, "one", gain, gain - 0.02) for name, gain in gains.items()] + found
    update = {"mode": mode, "rungs": [whole, *single, *without], "interactions": found, "finished": True}
    return alone.model_copy(update=update)


@pytest.fixture(scope="module", params=["all-but-one", "interactions"])
def page_and_campaign(request, tmp_path_factory):
    campaign = make_campaign_with_all(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "campaign.json").write_text(campaign.to_json())
    assert Campaign.model_validate_json((folder / "campaign.json").read_text()) == campaign
    return Elements(write_report(folder)), campaign


def test_the_answer_gives_each_on_top_of_the_others(page_and_campaign):
    page, campaign = page_and_campaign
    assert "All 3 speedups together are" in page.text
    fails = campaign.rungs[0].against_baseline.physics.verdict == "fail"
    assert ("The physics differs by more than its margins, most in " in page.text) == fails
    assert "Taken out of them, woodcock would cost most" in page.text
    opening = page.rows[: page.rows.index(next(row for row in page.rows if row[0] == "")) :]
    on_top = [row for row in opening if row[0].endswith("on top of all others")]
    assert [row[0].split(" ")[0] for row in on_top] == NAMES
    for row, rung in zip(on_top, campaign.rungs[-3:], strict=True):
        speedup = rung.left_out.contrast.speedup
        assert row[1] == f"{speedup.value:.3f} {speedup.lo:.3f} to {speedup.hi:.3f}"
        # What is lost without it: the time without over the time with all.
        assert speedup.value == pytest.approx(1.0 / SPEEDUPS[rung.left_out.name][0])
    assert page.row("all")[0].startswith("all together, against the baseline adds gamma-general")
    assert page.row("all")[2] == "–"  # nobody has published that
    alone = [row for row in opening if row[0].endswith(" alone")]
    assert len(alone) == (3 if campaign.mode == "interactions" else 0)


def test_figures_are_of_what_is_lost_without_each(page_and_campaign):
    page, campaign = page_and_campaign
    assert "waterfall" not in page.figures
    base = 100.0 / campaign.rungs[0].against_baseline.speedup.value
    for row, rung in zip(page.table("taken-out"), campaign.rungs[-3:], strict=True):
        ratio = rung.left_out.contrast.speedup.value
        assert row["without"] == rung.left_out.name
        assert float(row["without_percent"]) == pytest.approx(base * ratio)
        assert float(row["added_percent"]) == pytest.approx(base * (ratio - 1.0))
    lines = page.figures["speedups"]["layout"]["yaxis"]["ticktext"]
    assert [line.replace("<br>", "") for line in lines] == ["all", *NAMES]
    points = {trace["name"]: trace["x"] for trace in page.figures["speedups"]["data"]}
    assert points["on top of all others"] == [
        rung.left_out.contrast.speedup.value for rung in campaign.rungs[-3:]
    ]
    assert points["all, against the baseline"] == [campaign.rungs[0].against_baseline.speedup.value]
    assert len(points.get("alone", [])) == (3 if campaign.mode == "interactions" else 0)
    # Times and steps are of what was measured.
    bars = [row["configuration"] for row in page.table("throughput")]
    assert bars == ["baseline", *(rung.name for rung in campaign.rungs)]


def test_interactions_have_a_table_and_a_figure(page_and_campaign):
    page, campaign = page_and_campaign
    assert "An interaction of 1" in page.text
    table = page.table("interactions")
    assert len(table) == len(campaign.interactions)
    for row, one in zip(table, campaign.interactions, strict=True):
        assert (row["speedup"], row["kind"], row["verdict"]) == (one.name, one.kind, one.verdict)
        assert float(row["interaction"]) == one.ratio.value
        assert float(row["expected_lo"]) == one.expected.lo
    cells = next(row for row in page.rows if row[0].startswith("product of each on top"))
    assert cells[0] == "product of each on top of the others over all together"
    assert cells[3:5] == ["× 0.961 0.951 to 0.970", "less together"]
    if campaign.mode == "interactions":
        cells = next(row for row in page.rows if row[0] == "woodcock" and row[-1] == "2.0 %")
        assert cells[1:4] == ["× 1.148 1.137 to 1.160", "× 1.125 1.114 to 1.137", "× 0.980 0.970 to 0.990"]


def test_without_interactions_there_is_no_such_section(tmp_path):
    (tmp_path / "campaign.json").write_text(make_campaign(3, mode="one-at-a-time").to_json())
    page = Elements(write_report(tmp_path))
    assert "interactions" not in page.figures
    assert "Do the gains multiply?" not in page.text
