"""Figures show the record: layers from 1, nothing lost at an edge, grey where nothing is declared."""

from __future__ import annotations

import pytest

from simkit.record.comparison import Merit
from simkit.record.evaluation import CorrelationMatrix
from simkit.record.provenance import Apart
from simkit.report.answer import answer_table, headline
from simkit.report.figures.margins import margins_figure
from simkit.report.figures.merit import merit_figure
from simkit.report.figures.profiles import LayerProfile, overlay_figure, profile_figure
from simkit.report.figures.showers import correlations_figure
from simkit.report.figures.steps import steps_figure
from simkit.report.figures.throughput import throughput_figure
from simkit.report.figures.waterfall import waterfall_figure
from simkit.report.ladder import from_campaign
from simkit.report.page import make_page
from simkit.report.page_parts import Download, Fold

from .records import make_campaign, make_comparison

GREY, GREEN, RED = "var(--open)", "var(--good)", "var(--bad)"


def column(figure, name):
    return [row[list(figure.columns).index(name)] for row in figure.rows]


def test_layers_count_from_1():
    values = [1.0, 2.0, 3.0]
    figure = profile_figure("p", "gap", LayerProfile("run", values, []))
    assert column(figure, "layer") == [1, 2, 3]
    assert list(figure.plot.layout.xaxis.range) == [0.5, 3.5]
    drawn = next(trace for trace in figure.plot.data if trace.name == "run")
    assert [round(x) for x in drawn.x] == [1, 2, 3]
    campaign = make_campaign()
    rows = campaign.rungs[0].against_baseline.physics.rows
    layers = column(margins_figure({"rung": campaign.rungs[0].against_baseline.physics}), "layer")
    assert [n for n in layers if n is not None] == [r.layer + 1 for r in rows if r.layer is not None]


def test_differences_below_what_has_a_colour_are_told_as_they_are():
    matrices = ([[1.0, value], [value, 1.0]] for value in (0.504, 0.5))
    figure = correlations_figure(
        CorrelationMatrix(layers=[0, 1], **dict(zip(("generated", "truth"), matrices)))
    )
    assert figure.caption.endswith("the largest difference is 0.004.")
    assert figure.plot.data[1].zmax == 0.01


@pytest.mark.parametrize("n", [5, 30])
def test_a_ratio_beyond_the_panel_is_drawn_at_its_edge(n):
    before = [100.0] * n
    before[-1] = 0.1  # a layer that hardly matters, and is off by a factor of 20
    after = [100.5] * (n - 1) + [2.0]
    figure = overlay_figure(
        "o", "gap", LayerProfile("before", before, []), LayerProfile("after", after, []), []
    )
    low, high = figure.plot.layout.yaxis2.range
    ratios = next(trace for trace in figure.plot.data if trace.yaxis == "y2" and trace.mode == "markers")
    assert len(ratios.y) == n
    assert all(low < y < high for y in ratios.y)
    assert ratios.marker.symbol[-1] == "triangle-up"
    assert ratios.text[-1] == f"layer {n}: ratio 20.0000"
    assert set(ratios.marker.symbol[:-1]) == {"circle"}
    assert "Triangles lie outside" in figure.caption
    assert column(figure, "ratio")[-1] == pytest.approx(20.0)


def test_what_is_not_declared_is_grey():
    campaign = make_campaign()
    for rung, verdict in zip(campaign.rungs, ("inconclusive", "faster", "slower", "no difference seen")):
        rung.against_previous.verdict = verdict
    plot = waterfall_figure(from_campaign(campaign)).plot
    assert list(plot.data[0].marker.color)[1:5] == [GREY, GREEN, RED, GREY]
    for rung in campaign.rungs:
        rung.against_baseline.physics.verdict = "inconclusive"
        rung.against_previous.physics.verdict = "inconclusive"
    assert headline(from_campaign(campaign))[1] == "open"
    campaign.rungs[-1].against_baseline.physics.verdict = "fail"
    assert headline(from_campaign(campaign))[1] == "bad"


def test_the_colour_of_what_is_open_is_neutral(pytestconfig):
    """Grey: red, green and blue are near each other, on light and on dark."""
    css = (pytestconfig.rootpath / "simkit/report/template/page.css").read_text()
    colours = [part.split(";")[0].strip() for part in css.split("--open:")[1:]]
    assert len(colours) == 2
    for colour in colours:
        parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert max(parts) - min(parts) < 32
    from simkit.cli.show import VERDICT_COLOURS

    assert VERDICT_COLOURS["inconclusive"] == VERDICT_COLOURS["not decided"] == "bright_black"
    assert VERDICT_COLOURS["fail"] == "red"


def test_figures_of_merit_have_intervals_and_a_colour_by_verdict():
    campaign = make_campaign()
    verdicts = [
        ("worth it", GREEN, 1.2, 1.1, 1.3, ""),
        ("not worth it", RED, 0.1, 0.05, 0.2, ""),
        ("not decided", GREY, 3.0, 2.5, 3.6, "too few heavy tracks to judge"),
    ]
    for rung, (verdict, _, value, lo, hi, reason) in zip(campaign.rungs[1:], verdicts):
        contrast = rung.against_baseline
        contrast.figure_of_merit = {"outer": value}
        contrast.merit = {"outer": Merit(value=value, lo=lo, hi=hi, verdict=verdict, reason=reason)}
    # of a record that was made before there were intervals
    campaign.rungs[4].against_baseline.figure_of_merit = {"outer": 2.0}
    figure = merit_figure(from_campaign(campaign).entries)
    drawn = {trace.name: trace for trace in figure.plot.data}
    for verdict, colour, value, lo, hi, _ in verdicts:
        trace = drawn[f"figure of merit: {verdict}"]
        assert trace.marker.color == colour
        assert (trace.x[0], trace.error_x.array[0], trace.error_x.arrayminus[0]) == (
            value,
            pytest.approx(hi - value),
            pytest.approx(value - lo),
        )
    assert list(drawn["figure of merit: not decided"].x) == [3.0, 2.0]
    assert column(figure, "reason") == ["", "", "too few heavy tracks to judge", None]
    low, high = figure.plot.layout.xaxis.range
    assert low < 0.05
    assert high > 3.6


def test_times_have_one_unit_a_page():
    """The baseline takes seconds, the fastest rung milliseconds: all are in seconds."""
    campaign = make_campaign()
    for side, seconds in ((campaign.baseline, 2.0), (campaign.rungs[-1].side, 0.02)):
        side.cpu_s_per_event = side.cpu_s_per_event.model_copy(
            update={"value": seconds, "lo": seconds, "hi": seconds}
        )
    campaign.baseline_throughput = None
    ladder = from_campaign(campaign)
    unit = ladder.time_unit[1]
    assert unit == "s"
    assert throughput_figure(ladder).plot.layout.xaxis.title.text.endswith(f"CPU {unit} per event")
    assert f" {unit} CPU per event" in answer_table(ladder).rows[0][0].note


def test_no_difference_is_not_beside_what_could_have_been_seen():
    campaign = make_campaign()
    campaign.rungs[0].against_previous.verdict = "no difference seen"
    campaign.rungs[0].against_previous.speedup.smallest_detectable = 0.036
    cell = answer_table(from_campaign(campaign)).rows[1][-1]
    assert "3.6" not in cell.text + cell.note


def test_what_sides_differ_in_stands_first():
    comparison = make_comparison()
    comparison.differ_in = [Apart(key="tracking.gamma", a='"boundary"', b='"woodcock"')]
    comparison.notes = ["all sides run from seed 7; their scenarios have 1"]
    page = make_page(comparison, Download("comparison.json", "", "{}"))
    first = page.sections[0].blocks[0]
    assert [cell.text for cell in first.rows[0]] == ["tracking.gamma", '"boundary"', '"woodcock"']
    assert page.remarks == ["All sides run from seed 7; their scenarios have 1."]
    comparison.differ_in = comparison.differ_in * 20
    assert isinstance(
        make_page(comparison, Download("comparison.json", "", "{}")).sections[0].blocks[0], Fold
    )


def test_a_region_has_one_colour_on_a_page():
    """Twelve regions, of which the figures' largest differ: steps choose which stand by themselves."""
    steps = {"run": {"e-": {f"region {i}": 100.0 + i for i in range(12)}}}
    times = {"run": {"e-": {f"region {i}": 100.0 - i for i in range(12)}}}
    bars = [
        {bar.name: bar.marker.color for bar in steps_figure(of, like=steps).plot.data}
        for of in (steps, times)
    ]
    assert bars[0] == bars[1]
    assert "5 other regions" in bars[0]
    assert sum(bar.x[0] for bar in steps_figure(times, like=steps).plot.data) == 12 * 100.0 - 66.0
