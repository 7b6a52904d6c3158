"""Ladders: a named baseline with every speedup off, and rungs that switch speedups on."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from simkit.bench.campaign.showers import Shower
from simkit.bench.named_sides import ENGINE_PREFIX, NamedSide
from simkit.errors import BadInput, shown, unknown
from simkit.reading import read_toml
from simkit.scenario import load_scenario
from simkit.sections import PRINTABLE, Section, frozen
from simkit.speedups import merge_patches, parse_speedup

PACKAGED = files("simkit.bench.campaign") / "ladders"
DEFAULT = "default"
BASELINE = "baseline"
ALL = "all"
MODE = Literal["cumulative", "one-at-a-time", "all-but-one", "interactions"]
OF_ALL = ("scenario", "events")  # sections that a rung cannot change
WITH_ALL = ("all-but-one", "interactions")  # their first rung has everything


Name = Annotated[str, Field(min_length=1, max_length=60), PRINTABLE]


class Head(Section):
    """`[ladder]`: `scenario` is a preset or a file (seen from the ladder's), `set` dotted keys of it.

    "cumulative": each rung adds to the one before; "one-at-a-time": each adds to the baseline; "all-but-one":
    a rung with all of them, then, for each, one without it; "interactions": both of these, so that each is
    measured alone and on top of all others.
    `baseline`: the program that rungs which are programs are set against; empty: the scenario, no speedups.
    """

    name: Name
    scenario: Annotated[str, Field(min_length=1)]
    mode: MODE = "cumulative"
    set: dict[str, Any] = Field(default_factory=dict)
    baseline: str = ""


class RungPlan(Section):
    """`[[rung]]`: the speedups it switches on, keys of the scenario that it sets, and the published claim.

    One of `with` and `set` is given, or both. Without `published` the claim is the catalogue's.
    """

    name: Name
    with_: list[str] = Field(default_factory=list, validation_alias="with", serialization_alias="with")
    published: str = ""
    set: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _changes_something(self) -> RungPlan:
        if not self.with_ and not self.set:
            raise ValueError("give with, the speedups to switch on, or set, keys of the scenario, or both")
        return self

    @property
    def claim(self) -> str:
        """Return the published claim: the file's, else the catalogue's."""
        return self.published or "; ".join(parse_speedup(text)[0].claim.text for text in self.with_)


class Ladder(Section):
    """All of a ladder."""

    ladder: Head
    rung: Annotated[list[RungPlan], Field(min_length=1, max_length=50)]
    shower: Annotated[tuple[Shower, ...], BeforeValidator(frozen), Field(max_length=20)] = ()

    @property
    def hash(self) -> str:
        """Return the hash of what is measured (16 hex digits)."""
        data = self.model_dump(mode="json", by_alias=True)
        # Without what came later the hash is what it was before there was any.
        later = [(data, "shower"), (data["ladder"], "baseline"), *((rung, "set") for rung in data["rung"])]
        for part, key in later:
            if not part[key]:
                del part[key]
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def rungs(self) -> list[RungPlan]:
        """Return the rungs that are measured: those of the file, with all and all but one of them."""
        mode = self.ladder.mode
        if mode not in WITH_ALL:
            return self.rung
        whole = _together(ALL, self.rung)
        left = ([other for other in self.rung if other is not rung] for rung in self.rung)
        # Of two, all but the one is the other alone.
        alone = self.rung if mode == "interactions" and len(self.rung) > 2 else []
        return [
            whole,
            *alone,
            *(_together(f"{ALL} but {rung.name}", others) for rung, others in zip(self.rung, left)),
        ]

    def previous(self, i: int) -> int:
        """Return what rung `i` (from 1) is set against besides the baseline (0, which it may be)."""
        return i - 1 if self.ladder.mode == "cumulative" else 0

    def left_out(self, i: int) -> RungPlan | None:
        """Return the rung of the file that rung `i` (from 1) has left out of all; None where that is none."""
        place = next((k for k in range(len(self.rung)) if self.without(k) == i), None)
        return None if place is None else self.rung[place]

    def claim(self, i: int) -> str:
        """Return what was published of rung `i` (from 1), or of what it leaves out; of all together, "".

        Nobody has published what several gain together.
        """
        if self.ladder.mode in WITH_ALL and i == 1:
            return ""
        return (self.left_out(i) or self.rungs()[i - 1]).claim

    def without(self, k: int) -> int | None:
        """Return the rung (from 1) with all but rung `k` (from 0) of the file; None where there is none."""
        if self.ladder.mode not in WITH_ALL:
            return None
        return 1 + len(self.rungs()) - len(self.rung) + k

    def alone(self, k: int) -> int | None:
        """Return the rung (from 1) with rung `k` (from 0) of the file alone; None where there is none."""
        if self.ladder.mode == "one-at-a-time" or (k == 0 and self.ladder.mode == "cumulative"):
            return k + 1
        if self.ladder.mode in WITH_ALL and len(self.rung) == 2:
            return self.without(1 - k)
        return k + 2 if self.ladder.mode == "interactions" else None

    def sources(self) -> list[NamedSide]:
        """Return the baseline and the rungs as sides, the scenarios validated. Errors: BadInput."""
        rungs = self.rungs()
        cumulative = self.ladder.mode == "cumulative"
        return [
            self._source(BASELINE, []),
            *(
                self._source(rung.name, rungs[: i + 1] if cumulative else [rung])
                for i, rung in enumerate(rungs)
            ),
        ]

    def _source(self, label: str, rungs: Sequence[RungPlan]) -> NamedSide:
        head, speedups, keys = self.ladder, _merged(rungs), _keys(rungs)
        _check_keys(label, speedups, keys)
        scenario = load_scenario(
            head.scenario,
            with_speedups=speedups,
            overrides={**head.set, **keys},
            baseline=_merged(self.rung),
        )
        return NamedSide(label, scenario, "native")


def _together(name: str, rungs: Sequence[RungPlan]) -> RungPlan:
    """Return the rung that has all that `rungs` have."""
    return RungPlan.model_construct(name=name, with_=_merged(rungs), set=_keys(rungs))


SECTIONS: dict[str, type[BaseModel]] = {"ladder": Head, "rung": RungPlan, "shower": Shower}


def _merged(rungs: Iterable[RungPlan]) -> list[str]:
    """Return the speedups of rungs; one named again, with other parameters, replaces what it was before."""
    return list({parse_speedup(text)[0].name: text for rung in rungs for text in rung.with_}.values())


def _keys(rungs: Iterable[RungPlan]) -> dict[str, Any]:
    """Return the keys that rungs set; one set again replaces what it was before."""
    return {key: value for rung in rungs for key, value in rung.set.items()}


def _check_keys(label: str, speedups: Sequence[str], keys: Mapping[str, Any]) -> None:
    """Check that what rungs set is theirs to set, and not set by a speedup as well. Errors: BadInput."""
    for key in keys:
        if key.split(".")[0] in OF_ALL or key == "run.threads":
            raise BadInput(
                f"rung {label!r}: set: {key} must be the same for all that is compared; "
                "move it to set of [ladder]"
            )
        for text, other, value in merge_patches(speedups):
            overlap = f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}.")
            if overlap and (key, keys[key]) != (other, value):
                raise BadInput(
                    f"rung {label!r}: speedup {text} sets {other} to {value!r}, and set sets {key} to "
                    f"{keys[key]!r}; leave one out"
                )


def ladder_names() -> tuple[str, ...]:
    """Return the names of the packaged ladders."""
    return tuple(sorted(f.name.removesuffix(".toml") for f in PACKAGED.iterdir() if f.name.endswith(".toml")))


def load_ladder(name_or_path: str | Path | None = None) -> Ladder:
    """Return the ladder of a packaged name or a TOML file; None is the default one.

    Errors: BadInput for an unknown name, a file that cannot be read, and anything wrong in it.
    """
    text = DEFAULT if name_or_path is None else str(name_or_path)
    path = Path(text)
    if text in ladder_names() and not os.path.isfile(path):
        data = tomllib.loads((PACKAGED / f"{text}.toml").read_text("utf-8"))
        return parse_ladder(data, f"ladder {text}", Path())
    if not (path.suffix == ".toml" or len(path.parts) > 1 or os.path.isfile(path)):
        raise unknown("ladder", text, ladder_names(), "not a packaged ladder, and no file of that name")
    return parse_ladder(read_toml(path, "give a ladder's TOML file"), str(path), path.parent)


def parse_ladder(data: dict[str, Any], label: str, folder: Path) -> Ladder:
    """Return the ladder in a file's tables; `label` names it in errors, files are seen from `folder`."""
    try:
        ladder = Ladder.model_validate(data)
    except ValidationError as error:
        raise _bad_ladder(error, label) from None
    whole = [ALL] if ladder.ladder.mode in WITH_ALL else []
    names = [BASELINE, *whole, *(rung.name for rung in ladder.rung)]
    if whole:
        names += [f"{ALL} but {rung.name}" for rung in ladder.rung]
    for name in names:
        if names.count(name) > 1:
            taken = "the baseline" if name == BASELINE else "one that this mode adds"
            raise BadInput(f"{label}: two rungs, or a rung and {taken}, are called {name!r}; rename one")
    if whole and len(ladder.rung) < 2:
        raise BadInput(f"{label}: all but one of a single rung is the baseline; give two rungs or more")
    _check_programs(ladder, label)
    scenario = Path(ladder.ladder.scenario)
    if scenario.suffix == ".toml" and not scenario.is_absolute():
        head = ladder.ladder.model_copy(update={"scenario": str(folder / scenario)})
        return ladder.model_copy(update={"ladder": head})
    return ladder


def _check_programs(ladder: Ladder, label: str) -> None:
    """Check that a ladder is one of speedups or one of programs. Errors: BadInput."""
    head = ladder.ladder
    texts = [(rung, text) for rung in ladder.rung for text in rung.with_ if text.startswith(ENGINE_PREFIX)]
    if not head.baseline:
        if texts:
            raise BadInput(
                f"{label}: rung {texts[0][0].name!r} is a program; [ladder] needs baseline = "
                '"engine:NAME=PROGRAM", the one that rungs are set against'
            )
        return
    if not head.baseline.startswith(ENGINE_PREFIX):
        raise BadInput(f'{label}: ladder.baseline: found {head.baseline!r}; write "engine:NAME=PROGRAM"')
    for rung in ladder.rung:
        if len(rung.with_) != 1 or not rung.with_[0].startswith(ENGINE_PREFIX) or rung.set:
            raise BadInput(
                f"{label}: rung {rung.name!r}: beside a baseline that is a program, a rung is one program, "
                'with = ["engine:NAME=PROGRAM"], without speedups and set; make two ladders'
            )
    if head.mode in WITH_ALL:
        raise BadInput(
            f"{label}: ladder.mode: programs do not add up to all; use cumulative or one-at-a-time"
        )
    if ladder.shower:
        raise BadInput(f"{label}: shower: programs simulate the scenario's events; leave showers out")


def _bad_ladder(error: ValidationError, label: str) -> BadInput:
    problems = error.errors(include_url=False)
    first = min(problems, key=lambda p: p["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        if len(first["loc"]) == 1:
            return unknown("key", key, Ladder.model_fields, label)
        section = SECTIONS[str(first["loc"][0])]
        known = [field.validation_alias or name for name, field in section.model_fields.items()]
        return unknown("key", str(first["loc"][-1]), map(str, known), f"{label}: [{first['loc'][0]}]")
    if first["type"] == "missing":
        return BadInput(f"{label}: {key} is missing, but required")
    if first["type"] == "value_error":
        return BadInput(f"{label}: {key}: {first['ctx']['error']}")
    message = first["msg"][:1].lower() + first["msg"][1:]
    return BadInput(f"{label}: {key}: found {shown(first['input'])}; {message}")
