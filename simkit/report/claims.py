"""Published claims as ratios of CPU times, to stand beside what was measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from simkit.speedups.catalogue import CATALOGUE

_NUMBER = r"(\d+(?:\.\d+)?)"
_PERCENT = re.compile(rf"{_NUMBER}(?:\s*(?:-|–|to)\s*{_NUMBER})?\s*%")
_TIMES = re.compile(rf"(?:\bx|×)\s*{_NUMBER}|{_NUMBER}\s*(?:x\b|×|times\b)")


class Published(NamedTuple):
    """A claim in words, and as a range of speedups where it has a number."""

    text: str
    speedup: tuple[float, float] | None
    source: str


def published_claim(text: str, adds: Sequence[str]) -> Published:
    """Return the claim of a rung that adds `adds`, speedups and keys; `text` is the ladder's own word on it.

    The ladder's word goes before the catalogue's. In it, "10-14 %" is a saving of CPU time and "x1.84" a
    ratio; the first number counts.
    """
    names = [name.partition(":")[0].strip() for name in adds]
    claims = [CATALOGUE[name].claim for name in names if name in CATALOGUE]
    catalogue = "; ".join(claim.text for claim in claims)
    if text in ("", catalogue):
        # What several gain together nobody has published.
        speedup = claims[0].speedup if len(claims) == len(adds) == 1 else None
        return Published(catalogue, speedup, "; ".join(dict.fromkeys(claim.source for claim in claims)))
    return Published(text, speedup_in(text), "")


def speedup_in(text: str) -> tuple[float, float] | None:
    """Return the range of speedups that a text claims, low to high; None where it has no number."""
    times = _TIMES.search(text)
    if times:
        value = float(times[1] or times[2])
        return (value, value) if value > 0.0 else None
    saving = _PERCENT.search(text)
    if not saving:
        return None
    ends = sorted(float(end) for end in (saving[1], saving[2] or saving[1]))
    return (1.0 / (1.0 - ends[0] / 100.0), 1.0 / (1.0 - ends[1] / 100.0)) if ends[1] < 100.0 else None
