"""Ladders: a named baseline with every speedup off, and rungs that switch speedups on."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from simkit.bench.campaign.showers import Shower
from simkit.bench.sources import Source
from simkit.errors import BadInput, unknown
from simkit.scenario import load_scenario
from simkit.scenario.load import frozen
from simkit.speedups import parse_speedup

PACKAGED = files("simkit.bench.campaign") / "ladders"
DEFAULT = "default"
BASELINE = "baseline"
ALL = "all"
MODE = Literal["cumulative", "one-at-a-time", "all-but-one", "interactions"]
WITH_ALL = ("all-but-one", "interactions")  # their first rung has everything


class Section(BaseModel):
    """A table of a ladder's file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Name = Annotated[str, Field(min_length=1, max_length=60)]


class Head(Section):
    """`[ladder]`: `scenario` is a preset or a file (seen from the ladder's), `set` dotted keys of it.

    "cumulative": each rung adds to the one before; "one-at-a-time": each adds to the baseline; "all-but-one":
    a rung with all of them, then, for each, one without it; "interactions": both of these, so that each is
    measured alone and on top of all others.
    """

    name: Name
    scenario: Annotated[str, Field(min_length=1)]
    mode: MODE = "cumulative"
    set: dict[str, Any] = {}


class RungPlan(Section):
    """`[[rung]]`: the speedups it switches on, and the published claim (empty: the catalogue's)."""

    name: Name
    with_: Annotated[list[str], Field(min_length=1, validation_alias="with", serialization_alias="with")]
    published: str = ""

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
        if not self.shower:
            del data["shower"]  # the hash of a ladder without is what it was before there were any
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def rungs(self) -> list[RungPlan]:
        """Return the rungs that are measured: those of the file, with all and all but one of them."""
        mode = self.ladder.mode
        if mode not in WITH_ALL:
            return self.rung
        whole = RungPlan.model_construct(name=ALL, with_=_merged(self.rung), published="")
        left = ([other for other in self.rung if other is not rung] for rung in self.rung)
        # Of two, all but the one is the other alone.
        alone = self.rung if mode == "interactions" and len(self.rung) > 2 else []
        return [
            whole,
            *alone,
            *(
                RungPlan.model_construct(
                    name=f"{ALL} but {rung.name}", with_=_merged(others), published=rung.claim
                )
                for rung, others in zip(self.rung, left)
            ),
        ]

    def previous(self, i: int) -> int:
        """Return what rung `i` (from 1) is set against besides the baseline (0, which it may be)."""
        return i - 1 if self.ladder.mode == "cumulative" else 0

    def left_out(self, i: int) -> RungPlan | None:
        """Return the rung of the file that rung `i` (from 1) has left out of all; None where that is none."""
        place = next((k for k in range(len(self.rung)) if self.without(k) == i), None)
        return None if place is None else self.rung[place]

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

    def sources(self) -> list[Source]:
        """Return the baseline and the rungs as sides, the scenarios validated. Errors: BadInput."""
        rungs = self.rungs()
        cumulative = self.ladder.mode == "cumulative"
        return [
            self._source(BASELINE, []),
            *(
                self._source(rung.name, _merged(rungs[: i + 1] if cumulative else [rung]))
                for i, rung in enumerate(rungs)
            ),
        ]

    def _source(self, label: str, speedups: list[str]) -> Source:
        head = self.ladder
        scenario = load_scenario(
            head.scenario, with_speedups=speedups, overrides=head.set, baseline=_merged(self.rung)
        )
        return Source(label, scenario, "native")


SECTIONS: dict[str, type[BaseModel]] = {"ladder": Head, "rung": RungPlan, "shower": Shower}


def _merged(rungs: Iterable[RungPlan]) -> list[str]:
    """Return the speedups of rungs; one named again, with other parameters, replaces what it was before."""
    return list({parse_speedup(text)[0].name: text for rung in rungs for text in rung.with_}.values())


def ladder_names() -> tuple[str, ...]:
    """Return the names of the packaged ladders."""
    return tuple(sorted(f.name.removesuffix(".toml") for f in PACKAGED.iterdir() if f.name.endswith(".toml")))


def load_ladder(name_or_path: str | Path | None = None) -> Ladder:
    """Return the ladder of a packaged name or a TOML file; None is the default one.

    Errors: BadInput for an unknown name, a file that cannot be read, and anything wrong in it.
    """
    text = DEFAULT if name_or_path is None else str(name_or_path)
    path = Path(text)
    if text in ladder_names() and not path.is_file():
        return parse_ladder((PACKAGED / f"{text}.toml").read_text("utf-8"), f"ladder {text}", Path())
    if not (path.suffix == ".toml" or len(path.parts) > 1 or path.is_file()):
        raise unknown("ladder", text, ladder_names(), "not a packaged ladder, and no file of that name")
    try:
        return parse_ladder(path.read_text("utf-8"), str(path), path.parent)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give a ladder's TOML file") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not valid TOML: byte {error.start} is not UTF-8 text") from None


def parse_ladder(text: str, label: str, folder: Path) -> Ladder:
    """Return the ladder in a TOML text; `label` names it in errors, files are seen from `folder`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{label}: not valid TOML: {' '.join(str(error).split())}") from None
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
    scenario = Path(ladder.ladder.scenario)
    if scenario.suffix == ".toml" and not scenario.is_absolute():
        head = ladder.ladder.model_copy(update={"scenario": str(folder / scenario)})
        return ladder.model_copy(update={"ladder": head})
    return ladder


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
    message = first["msg"][:1].lower() + first["msg"][1:]
    return BadInput(f"{label}: {key}: found {first['input']!r}; {message}")
