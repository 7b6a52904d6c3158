"""Labels tell two programs apart, and show no more of their paths than that takes."""

from __future__ import annotations

import pytest

from simkit.bench.sources import parse_source, told_apart

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
    sources = [parse_source(f"engine:command={given}", "testem3") for given in (a, b)]
    labels = [source.label for source in told_apart(*sources)]
    assert labels == [f"engine:command={shown_a}", f"engine:command={shown_b}"]


def test_what_is_not_told_apart() -> None:
    """The same program twice, and simkit's own sides, whose labels are all that was asked for."""
    for text in ("engine:command=a/Show -x 1", "testem3+woodcock"):
        same = parse_source(text, "testem3" if "engine" in text else None)
        assert told_apart(same, same) == (same, same)
    sides = told_apart(parse_source("testem3"), parse_source("testem3+woodcock"))
    assert [side.label for side in sides] == ["testem3", "testem3+woodcock"]
