"""What is compared: the texts users give, read into scenarios, and the events both sides start from."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from simkit.engines import ENGINES, Prepared, find_engine, is_foreign
from simkit.engines.process import is_file
from simkit.errors import BadInput
from simkit.events import Events, load_events
from simkit.record.provenance import Apart
from simkit.scenario import Scenario, load_scenario, preset_names
from simkit.speedups import parse_speedup
from simkit.speedups.observables import check_regions, named

# What does not change an event, or is the same on both sides whatever the scenario says.
IRRELEVANT: dict[str, Any] = {"scenario": True, "events": {"count"}, "run": {"threads"}}
GUN_EVENTS = 2000  # different primaries before they come again, with new showers
ENGINE_PREFIX = "engine:"
PROGRAM = re.compile(r"(engine:[\w-]+)=(.*)", re.DOTALL)
# A plus sign before a letter begins a speedup; one before a digit belongs to a number such as 1e+3.
PLUS = re.compile(r"\+(?=[A-Za-z])")


class NamedSide(NamedTuple):
    """One side as the user named it: the scenario, ready to be prepared by the engine.

    given: what stands after `engine:NAME=`, for an engine that is another program; it is not in the label.
    """

    label: str
    scenario: Scenario
    engine: str
    given: str = ""

    @property
    def foreign(self) -> bool:
        """Return whether another program simulates it."""
        return is_foreign(self.engine)

    def prepare(self) -> Prepared:
        """Build tables and compile kernels."""
        return find_engine(self.engine).prepare(self.scenario)


def parse_side(
    text: str, scenario: str | None = None, overrides: Sequence[str] | Mapping[str, Any] = ()
) -> NamedSide:
    """Return the side that `text` names: "SCENARIO[+speedup...]" or "engine:NAME[=PROGRAM][+speedup...]".

    With `scenario` given, SCENARIO may be left out ("+woodcock"), and must be for an engine. Errors: BadInput
    with the nearest right name.
    """
    # What follows "engine:NAME=" is a command line or a path, in which a plus sign is nothing special.
    place = PROGRAM.fullmatch(text.strip())
    head, given = (place[1], place[2]) if place else (text, "")
    if place and head.removeprefix(ENGINE_PREFIX) in ENGINES:
        raise BadInput(f"{text!r}: {head} is simkit itself and takes no program; leave out the =")
    name, *speedups = _split(head.strip())
    engine = "native"
    if name.startswith(ENGINE_PREFIX):
        engine = name.removeprefix(ENGINE_PREFIX)
        is_foreign(engine, f"{text!r}")  # known, and loaded before the record says with what it was made
        if scenario is None:
            raise BadInput(f"{text!r}: an engine needs something to simulate; add --scenario SCENARIO")
        name = scenario
    elif not name:
        if scenario is None:
            raise BadInput(f"{text!r}: there is no scenario before the +; write SCENARIO+speedup")
        name = scenario
    words = _words(given)
    label = f"{head}={Path(words[0]).name}" if words else text
    return NamedSide(label, load_scenario(name, with_speedups=speedups, overrides=overrides), engine, given)


def told_apart(a: NamedSide, b: NamedSide) -> tuple[NamedSide, NamedSide]:
    """Return two programs with labels that differ where they do: "old/HepEmShow" and "new/HepEmShow".

    The program's name gets the nearest folder, or the first option, that differs; no more of a path is shown.
    """
    if a.label != b.label or a.given == b.given:
        return a, b
    first, second = _words(a.given), _words(b.given)
    programs = _paths_apart(first[0], second[0])
    own = _own_option(first, second), _own_option(second, first)
    values = _paths_apart(own[0][1], own[1][1])
    labels = [
        " ".join(filter(None, [f"{a.label.partition('=')[0]}={program}", option, value]))
        for program, (option, _), value in zip(programs, own, values)
    ]
    return a._replace(label=labels[0]), b._replace(label=labels[1])


def _words(given: str) -> list[str]:
    """Return the program and its options, or the file of recorded output."""
    try:
        return [given] if is_file(Path(given)) else shlex.split(given)
    except ValueError:  # it is refused when it is to be run
        return given.split()


def _own_option(words: Sequence[str], others: Sequence[str]) -> tuple[str, str]:
    """Return the first word after the program that `others` lack, behind the option that it belongs to."""
    for before, word in pairwise(words):
        if word not in others[1:]:
            return (before if before.startswith("-") and not word.startswith("-") else ""), word
    return "", ""


def _paths_apart(a: str, b: str) -> tuple[str, str]:
    """Return the names of two paths, with the last folder that differs where the names are the same."""
    parts = [Path(path).parts[::-1] for path in (a, b)]
    pairs = list(zip_longest(*parts, fillvalue=""))
    depth = next((i for i, (x, y) in enumerate(pairs) if x != y), 0)
    shown = []
    for name, folder in zip(pairs[0] if pairs else ("", ""), pairs[depth] if pairs else ("", "")):
        way = "/" if depth == 1 else "/.../"
        shown.append(f"{folder.strip('/')}{way}{name}" if depth and folder else name)
    return shown[0], shown[1]


def _split(text: str) -> list[str]:
    """Return the scenario and the speedups; a file whose name has a plus sign is found first."""
    cuts = [match.start() for match in PLUS.finditer(text)]
    for cut in [len(text), *reversed(cuts)]:
        if text[:cut] in preset_names() or os.path.isfile(text[:cut]):
            return [text[:cut], *(PLUS.split(text[cut:])[1:] if cut < len(text) else [])]
    return PLUS.split(text)


def observables_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the keys that a scenario and its speedups want observed. Errors: BadInput, no such region."""
    found = list(scenario.scenario.observables)
    for text in scenario.speedups:
        speedup, values = parse_speedup(text)
        keys = named(speedup.observables, values)
        check_regions(keys, scenario.regions(), f"speedup {speedup.name}")
        found += keys
    return tuple(dict.fromkeys(found))


def apart(a: NamedSide, b: NamedSide) -> list[Apart]:
    """Return what two sides differ in: the engine, and keys of the scenario as it is with all speedups."""
    engines = [{"engine": s.label if s.foreign else s.engine} for s in (a, b)]
    x, y = (
        {**e, **_flat(s.scenario.model_dump(mode="json", exclude=IRRELEVANT))}
        for e, s in zip(engines, (a, b))
    )
    keys = [key for key in dict.fromkeys([*x, *y]) if x.get(key) != y.get(key)]
    # a list that is empty on one side is told by its entries on the other
    keys = [key for key in keys if not any(other.startswith(f"{key}.") for other in keys)]
    return [Apart(key=key, a=x.get(key, "not set"), b=y.get(key, "not set")) for key in keys]


def _flat(value: Any, key: str = "") -> dict[str, str]:
    """Return {dotted key: value in words} of nested data; a list of tables by number, as `--set` counts."""
    parts: Iterable[tuple[Any, Any]]
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        parts = enumerate(value)
    else:
        return {} if value is None else {key: json.dumps(value)}
    return {k: v for name, part in parts for k, v in _flat(part, f"{key}.{name}".lstrip(".")).items()}


def seed_notes(sources: Sequence[NamedSide], seed: int) -> list[str]:
    """Return in words where `seed`, from which all sides run, is not that of their scenarios."""
    own = [source.scenario.seed for source in sources]
    if set(own) == {seed}:
        return []
    if own[0] == seed:
        return [f"all sides run from seed {seed}, that of {sources[0].label}; their own are {_series(own)}"]
    return [f"all sides run from seed {seed}; their scenarios have {_series(dict.fromkeys(own))}"]


def _series(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def same_events(sources: Sequence[NamedSide]) -> Events:
    """Return the events that all sides start from. Errors: BadInput when they start from different ones."""
    first = sources[0].scenario
    for other in sources[1:]:
        if _primaries_of(other.scenario) != _primaries_of(first):
            raise BadInput(
                f"{sources[0].label!r} and {other.label!r} start from different events ([events] differs); "
                "a pair needs the same primaries on both sides"
            )
    count = GUN_EVENTS if first.events.source == "gun" else first.count
    return load_events(first.events, count, first.seed)


def _primaries_of(scenario: Scenario) -> dict[str, Any]:
    return scenario.events.model_dump(exclude={"count"} if scenario.events.source == "gun" else None)


def check_seed(seed: int | None) -> None:
    """Raise BadInput unless `seed` may be a scenario's, which are checked where they are read."""
    if seed is not None and not 0 <= seed < 2**63:
        raise BadInput(f"--seed: found {seed}; must be from 0 to {2**63 - 1}")
