"""What a speedup is: its claim, its parameters, and what it changes in a scenario."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simkit.errors import BadInput
from simkit.speedups.observables import parse_observable

Values = Mapping[str, Any]

CATANIA = "ATLAS simulation talk, 29th Geant4 Collaboration Meeting, Catania, October 2024"


@dataclass(frozen=True)
class Parameter:
    """A parameter of a speedup: its default value, its unit ("" for none) and what it means."""

    default: float | bool | str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Claim:
    """What was published: in words and, if it has a number, as percent of CPU time saved, low to high."""

    text: str
    source: str
    cpu_percent: tuple[float, float] | None = None

    @property
    def speedup(self) -> tuple[float, float] | None:
        """Return the claim as a ratio of CPU times, off over on, low to high."""
        if self.cpu_percent is None:
            return None
        low, high = self.cpu_percent
        return 1.0 / (1.0 - low / 100.0), 1.0 / (1.0 - high / 100.0)


@dataclass(frozen=True)
class Speedup:
    """A patch to a scenario with its `off` and its `on` values, and what is known about it.

    `off` and `on` map the parameters' values to {dotted key: value}; the value None removes a key. `touches`
    says in words what physics may change; `observables` are the keys of the result record that a physics
    verdict has to look at besides the scenario's own ("{region}" stands for a parameter); only those of
    simkit.speedups.observables are known. `needs` is a section, such as "field": in a scenario that has none
    of any kind, the speedup is an error where it is asked for, and a baseline leaves it out.
    `off_where_named`: only the baseline of a ladder that names it has it off; so a speedup that came later,
    and whose `off` is not what scenarios have by themselves, leaves the other ladders as they were.
    """

    name: str
    title: str
    claim: Claim
    off: Callable[[Values], dict[str, Any]]
    on: Callable[[Values], dict[str, Any]]
    parameters: Mapping[str, Parameter]
    touches: str
    observables: tuple[str, ...] = ()
    needs: str = ""
    off_where_named: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be written, and observables that no verdict knows. Errors: BadInput."""
        if not isinstance(self.name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", self.name):
            raise BadInput(
                f"speedup {self.name!r:.80}: must be called by 1 to 40 letters, digits, '-', '_' and '.'"
            )
        for field in ("title", "touches"):
            if not isinstance(found := getattr(self, field), str):
                raise BadInput(f"speedup {self.name}: {field} is {found!r:.80}; it must be words")
        for key in self.observables:
            parameter = key.partition("{")[2].partition("}")[0]
            if "{" in key and parameter not in self.parameters:
                raise BadInput(f"speedup {self.name}: observable {key!r}: it has no parameter {parameter!r}")
            try:
                parse_observable(key)
            except BadInput as error:
                raise BadInput(f"speedup {self.name}: {error}") from None

    def patch(self, values: Values, on: bool = True) -> dict[str, Any]:
        """Return {dotted key: value}, switched `on` or off. Errors: BadInput, whatever a plug-in's does."""
        place = f"speedup {self.name}: `{'on' if on else 'off'}`"
        try:
            found = (self.on if on else self.off)(dict(values))
        except (Exception, SystemExit) as error:  # a plug-in's
            raise BadInput(f"{place} cannot be run ({type(error).__name__}: {error}); mend it") from error
        if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
            raise BadInput(f"{place} gives {found!r:.80}; must be {{key of a scenario: value}}")
        return dict(found)

    def defaults(self) -> dict[str, Any]:
        """Return the default value of every parameter."""
        return {name: parameter.default for name, parameter in self.parameters.items()}

    def lacks(self, data: Mapping[str, Any]) -> bool:
        """Return whether a scenario's tables lack the section that it needs."""
        section = data.get(self.needs, {}) if self.needs else None
        return isinstance(section, Mapping) and section.get("kind", "none") == "none"


def split_regions(text: str) -> tuple[str, ...]:
    """Return the regions in "absorber/gap"; "all" is the empty tuple."""
    return () if text == "all" else tuple(text.split("/"))


REGIONS = Parameter("all", "", 'the regions it acts in, separated by "/"')
