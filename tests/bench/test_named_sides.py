"""Labels tell two programs apart, and show no more of their paths than that takes; what sides differ in."""

from __future__ import annotations

import pytest

from simkit.bench.named_sides import apart, parse_side, seed_notes, told_apart

APART = [
    ("old/HepEmShow", "new/HepEmShow", "old/HepEmShow", "new/HepEmShow"),
    ("/home/me/old/HepEmShow", "/home/me/new/HepEmShow", "old/HepEmShow", "new/HepEmShow"),
    ("/me/old/build/HepEmShow", "/me/new/build/HepEmShow", "old/.../HepEmShow", "new/.../HepEmShow"),
    ("HepEmShow", "new/HepEmShow", "HepEmShow", "new/HepEmShow"),
    ("/HepEmShow", "/opt/HepEmShow", "/HepEmShow", "opt/HepEmShow"),
    ("/a/old", "/a/new", "old", "new"),
    ("Show -d /a/x.json", "Show -d /a/y.json", "Show -d x.json", "Show -d y.json"),
    ("Show -d /a/1/x.json", "Show -d /a/2/x.json", "Show -d 1/x.json", "Show -d 2/x.json"),
    ("python3 /a/mine.py {events}", "python3 /b/mine.py {events}", "python3 a/mine.py", "python3 b/mine.py"),
    ("Show {events}", "Show {events} --fast", "Show", "Show --fast"),
    ("old/Show -x 1", "new/Show -x 2", "old/Show -x 1", "new/Show -x 2"),
    ("Show -x 1 -y 2", "Show -x 2 -y 1", "Show", "Show"),  # not by one word: A and B tell them apart
]


@pytest.mark.parametrize(("a", "b", "shown_a", "shown_b"), APART)
def test_programs_are_told_apart(a: str, b: str, shown_a: str, shown_b: str) -> None:
    sources = [parse_side(f"engine:command={given}", "testem3") for given in (a, b)]
    labels = [source.label for source in told_apart(*sources)]
    assert labels == [f"engine:command={shown_a}", f"engine:command={shown_b}"]


def test_what_is_not_told_apart() -> None:
    """The same program twice, and simkit's own sides, whose labels are all that was asked for."""
    for text in ("engine:command=a/Show -x 1", "testem3+woodcock"):
        same = parse_side(text, "testem3" if "engine" in text else None)
        assert told_apart(same, same) == (same, same)
    sides = told_apart(parse_side("testem3"), parse_side("testem3+woodcock"))
    assert [side.label for side in sides] == ["testem3", "testem3+woodcock"]


def test_what_two_sides_differ_in():
    """Keys of the scenario as it is with all speedups; the events' number and threads are no difference."""
    a = parse_side("testem3", overrides={"events.count": 5, "run.threads": 2})
    b = parse_side("testem3+em-range-cuts", overrides={"physics.processes.annihil": False})
    found = {one.key: (one.a, one.b) for one in apart(a, b)}
    assert found == {
        "physics.apply_cuts": ("false", "true"),
        "physics.processes.annihil": ("true", "false"),
    }
    slabs = parse_side("testem3", overrides={"geometry.slab.0.material": "G4_W"})
    assert [one.key for one in apart(a, slabs)] == ["geometry.slab.0.material"]
    mine, theirs = (
        parse_side("engine:native", "testem3"),
        parse_side("engine:hepemshow=HepEmShow", "testem3"),
    )
    assert [(one.key, one.a, one.b) for one in apart(mine, theirs)] == [
        ("engine", "native", "engine:hepemshow=HepEmShow")
    ]


def test_seeds_that_are_not_the_scenarios_own():
    a, b = parse_side("testem3"), parse_side("testem3", overrides={"scenario.seed": 9})
    assert seed_notes([a, a], 1) == []
    assert seed_notes([a, b], 7) == ["all sides run from seed 7; their scenarios have 1, 9"]
    assert seed_notes([a, b], 1) == ["all sides run from seed 1, that of testem3; their own are 1, 9"]
