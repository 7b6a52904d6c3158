"""The command of a record: complete, and fit to be typed."""

import shlex

import pytest

from simkit.record.command_line import command_line, duration, seconds


@pytest.mark.parametrize(
    ("value", "text"), [(90.0, "90s"), (1e-6, "0.000001s"), (1e20, f"1{20 * '0'}s"), (0.1, "0.1s")]
)
def test_a_duration_can_be_read_again(value: float, text: str) -> None:
    assert duration(value) == text
    assert seconds(text) == value


def test_the_command_can_be_typed() -> None:
    words = ["a b.toml+woodcock:min_MeV=1", "engine:command=Show -d a.json"]
    text = command_line(
        "compare",
        words,
        scenario=None,
        set=["events.energy_MeV=200", 'material.x="it is"'],
        rounds=12,
        budget=duration(90.0),
        min_speedup=1.05,
        seed=0,
        profile=True,
        instructions=False,
        hepscore="",
    )
    assert shlex.split(text) == [
        *("simkit", "compare", *words),
        *("--set", "events.energy_MeV=200", "--set", 'material.x="it is"', "--rounds", "12"),
        *("--budget", "90s", "--min-speedup", "1.05", "--seed", "0", "--profile"),
    ]
