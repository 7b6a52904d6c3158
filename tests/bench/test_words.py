"""One sentence a verdict, which says what was declared and nothing against it."""

import math
import re
from pathlib import Path

import pytest

from simkit.bench.words import (
    NOT_YET,
    duration,
    merit_words,
    percent,
    physics_words,
    ratio,
    row_name,
    speed_words,
    summary,
)
from simkit.record.comparison import Merit
from simkit.record.equivalence import Equivalence, EquivalenceRow
from simkit.record.interval import MeasuredSpeedup


def speedup(value, lo, hi, blocks=100, least=0.036):
    return MeasuredSpeedup(
        value=value,
        lo=lo,
        hi=hi,
        sequential_lo=lo / 1.01,
        sequential_hi=hi * 1.01,
        smallest_detectable=least,
        standard_error=math.log(hi / lo) / 4.0,
        blocks=blocks,
        cpu_time_ratio=value,
    )


STATES = {
    "faster": ("faster", speedup(1.437, 1.428, 1.445), "1.437 times as fast as A (1.428 to 1.445 at 95 %)"),
    "slower": (
        "slower",
        speedup(0.91, 0.905, 0.915),
        "slower than A, 0.910 times as fast (0.905 to 0.915 at 95 %)",
    ),
    "no difference": (
        "no difference seen",
        speedup(1.0012, 0.9953, 1.0072),
        "as fast as A within 1 % (1.001 times, 0.995 to 1.007 at 95 %)",
    ),
    "a small difference, within 1 %": (
        "no difference seen",
        speedup(1.004, 1.002, 1.006),
        "as fast as A within 1 % (1.0040 times, 1.0020 to 1.0060 at 95 %)",
    ),
    "not decided, wide": (
        "inconclusive",
        speedup(0.99, 0.95, 1.03),
        "perhaps faster or slower than A, 0.99 times as fast (0.95 to 1.03 at 95 %); "
        "a change of less than 3.6 % cannot be seen yet",
    ),
    "not decided, very wide": (
        "inconclusive",
        speedup(1.5, 0.6, 4.0, least=2.3),
        "perhaps faster or slower than A, 1.50 times as fast (0.60 to 4.00 at 95 %); "
        "a change of less than 230 % cannot be seen yet",
    ),
    "not decided, narrow": (
        "inconclusive",
        speedup(0.9934, 0.9893, 0.9974),
        "probably slower than A, 0.993 times as fast (0.989 to 0.997 at 95 %), "
        "but not shown at the 99.5 % of a verdict",
    ),
    "too few blocks, an effect": (
        "inconclusive",
        speedup(1.35, 1.3, 1.4, blocks=7),
        "probably faster than A, 1.35 times as fast (1.30 to 1.40 at 95 %), "
        "but 7 blocks are too few to declare it",
    ),
    "too few blocks, nothing": (
        "inconclusive",
        speedup(1.2, 1e-9, 1e12, blocks=6, least=1e20),
        "perhaps faster or slower than A, 1.20 times as fast (0.00 to more than 1,000 at 95 %); "
        "6 blocks are too few to tell",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_speed(state):
    verdict, seen, text = STATES[state]
    assert speed_words(seen, verdict) == text
    assert "detect" not in text
    assert not re.search(r"\de[+-]?\d", text)


def test_times_that_are_not_believed():
    text = speed_words(speedup(2.0, 1.98, 2.02), "inconclusive", doubts=["A does not report its events"])
    assert text == (
        "2.000 times as fast as A by the clock (1.980 to 2.020 at 95 %), which is not believed: "
        "A does not report its events"
    )


def test_the_sentences_of_the_documentation():
    page = (Path(__file__).parents[2] / "docs" / "verdicts.md").read_text("utf-8")
    doubted = speed_words(speedup(2.0, 1.98, 2.02), "inconclusive", doubts=["A does not report its events"])
    sentences = {f"B is {text}" for text in (*(text for *_, text in STATES.values()), doubted)}
    shown = [line.split(" | ")[1].removesuffix(" |") for line in page.splitlines() if " | B is " in line]
    assert len(shown) >= 6
    assert set(shown) <= sentences


def row(verdict, difference, half, kind="deposit", layer=None, margin=0.5, unit="%"):
    return EquivalenceRow(
        observable=kind,
        region="world" if kind == "leakage" else "gap",
        layer=layer,
        a=2000.0,
        b=2000.0 * (1.0 + difference / 100.0),
        difference=difference,
        lo90=difference - half,
        hi90=difference + half,
        standard_error=half / 1.645,
        margin=margin,
        unit=unit,
        verdict=verdict,
    )


def physics(verdict, *rows, note=""):
    return Equivalence(
        verdict=verdict, rows=list(rows), units=10, events=100.0, pass_probability=0.5, not_compared=note
    )


def test_physics():
    inside = row("pass", 0.05, 0.1)
    assert physics_words(physics("pass", inside)) == "is the same within its margins"
    layer = row("fail", -3.1, 0.3, "layer", 12, 2.0, "% of the largest layer")
    assert physics_words(physics("fail", inside, layer)) == (
        "differs by more than its margins, most in layer gap 13 (-3.10 % of the largest layer, margin 2 %)"
    )
    few = row("inconclusive", 0.2, 0.6)
    assert physics_words(physics("inconclusive", inside, few)) == (
        "is not settled: too few events to judge deposit gap (-0.4 to +0.8 %, margin 0.5 %)"
    )
    unknown = row("inconclusive", 0.0, 1.645 * 500.0)
    assert "deposit gap (no error known yet, margin 0.5 %)" in physics_words(physics("inconclusive", unknown))
    assert physics_words(physics("inconclusive", note="not compared: ...")) == "is not compared"
    assert physics_words(physics("inconclusive", inside, note=NOT_YET)) == "is judged at the campaign's end"


def test_layers_count_from_1():
    assert row_name(row("pass", 0.0, 0.1, "layer", 0)) == "layer gap 1"
    assert row_name(row("pass", 0.0, 0.1, "leakage")) == "leakage"
    assert row_name(row("pass", 0.0, 0.1)) == "deposit gap"
    energies = row("pass", 0.0, 0.1, "layer", 11).model_copy(update={"region": "1 GeV to 10 GeV"})
    assert row_name(energies) == "layer 12, 1 GeV to 10 GeV"


def test_one_line_about_both():
    text = summary(speedup(1.437, 1.428, 1.445), "faster", physics("pass", row("pass", 0.0, 0.1)))
    assert text == (
        "faster: B is 1.437 times as fast as A (1.428 to 1.445 at 95 %); "
        "the physics is the same within its margins"
    )


def test_merit():
    judged = Merit(value=0.04, lo=0.02, hi=0.08, verdict="not worth it")
    assert merit_words(judged) == "0.0400 (0.0200 to 0.0800 at 95 %): not worth it"
    wide = Merit(value=3.1e-4, lo=1e-20, hi=4e5, verdict="not decided")
    assert merit_words(wide) == "0.00031 (0.00000 to more than 1,000 at 95 %): not decided"
    unseen = Merit(value=3.0, lo=2.5, hi=3.6, verdict="not decided", reason="too few heavy tracks to judge")
    assert merit_words(unseen).endswith(": not decided, too few heavy tracks to judge")


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (2.3, "230 %"),
        (0.0152, "1.5 %"),
        (0.997, "100 %"),
        (12.0, "more than 1000 %"),
        (0.0, "0 %"),
        (1e-9, "0.0000 %"),
    ],
)
def test_percentages_have_no_exponent(fraction, text):
    assert percent(fraction) == text


def test_far_ends_have_no_number():
    assert ratio(1.0, 0.0, 5e21) == ("1.00", "0.00 to more than 1,000")
    assert ratio(177.86, 173.38, 182.46) == ("177.86", "173.38 to 182.46")
    assert ratio(2400.0, 2300.0, 2500.0)[1].startswith("2,300")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.5, "0.5 s"), (45.4, "45 s"), (530.0, "8.8 min"), (7199.0, "120 min"), (26e3, "7.2 h")],
)
def test_a_time_has_the_unit_it_reads_best_in(seconds, text):
    assert duration(seconds) == text
