"""What a field took, from counters and steps whose ratios can be done by hand."""

from __future__ import annotations

import pytest

from simkit.record.field_counts import field_counts, listed

STEPS = {"gamma": {"gap": 50.0, "world": 5.0}, "e-": {"gap": 7.0, "world": 1.0}, "e+": {"gap": 2.0}}
COUNTERS = {
    "field_evaluations": 120.0,
    "field_substeps": 12.0,
    "rejected_substeps": 4.0,
    "boundary_iterations": 5.0,
    "momentum_drift": 2.0**20,
    "random_draws": 1e3,
    "loopers": 0.5,
    "limited_steps": 0.0,
    "qss_events_x": 0.0,
}


def test_by_charged_step_the_worlds_too():
    counts = field_counts(COUNTERS, STEPS, looped_MeV=0.25)
    assert counts is not None
    assert counts.by_step == {
        "field_evaluations": 12.0,
        "field_substeps": 1.2,
        "rejected_substeps": 0.4,
        "boundary_iterations": 0.5,
        "momentum_drift": 2.0**-20 / 10.0,
    }
    assert counts.rejected == 0.25
    assert counts.by_event == {"loopers": 0.5}
    by_step, by_event = counts.told(lambda value: f"{value:.3g}")
    assert by_step["rejected_substeps"] == "0.4 (25 %)"
    assert by_event == {"loopers": "0.5 with 0.25 MeV"}


def test_quantised_steps_have_events_and_no_substeps():
    events = {"qss_events_x": 20.0, "qss_events_y": 0.0, "qss_events_u": 70.0}
    counts = field_counts({"field_evaluations": 30.0, **events}, STEPS)
    assert counts is not None
    assert counts.by_step == {"field_evaluations": 3.0, "qss_events_x": 2.0, "qss_events_u": 7.0}
    assert counts.rejected == 0.0
    by_step, by_event = counts.told(str)
    assert listed(by_step) == ["evaluations 3.0", "qss events x 2.0", "u 7.0"]
    assert by_event == {}


@pytest.mark.parametrize(
    ("counters", "steps"),
    [
        ({}, STEPS),  # of another program
        ({**COUNTERS, "field_evaluations": 0.0}, STEPS),  # no field, or off everywhere
        (COUNTERS, {"gamma": {"gap": 50.0}}),
        (COUNTERS, {**STEPS, "strangelet": {"gap": 1.0}}),  # of a plug-in that is not loaded
    ],
)
def test_nothing_is_said_where_nothing_is_known(counters, steps):
    assert field_counts(counters, steps) is None
