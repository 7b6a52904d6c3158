"""The scenario: everything a run needs to know, validated, frozen and hashable.

Units stand in the key names; energies of particles are kinetic. See `load_scenario` for how files, presets,
speedups and single keys are merged into one of these.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr

from simkit.events import SOURCES, Source
from simkit.events.pipes import file_problem
from simkit.fastsim.models.catalogue import MODELS
from simkit.fastsim.models.reweight import Reweight
from simkit.fastsim.models.rule import Rule
from simkit.field.maps.fields import FIELDS, NoField
from simkit.field.maps.section import FieldMap
from simkit.geometry.detector import Detector, Shape
from simkit.geometry.shapes import SHAPES, build_detector
from simkit.materials import Material, OwnMaterial
from simkit.plugins import LoadedInside
from simkit.readout.scheme import Scheme
from simkit.readout.schemes import SCHEMES, OfShape
from simkit.scenario.canonical import G4HEPEM, canonical, hashed
from simkit.scenario.processes import Processes
from simkit.sections import PRINTABLE, Extended, KeyPath, NotNegative, RegionName, Section
from simkit.tracking.catalogue import POLICIES
from simkit.tracking.fluctuation import OWN, FluctuationSwitch
from simkit.tracking.policies import Policy
from simkit.tracking.range_cut import Cut, TrackingCut

MOST_NS = 1e9  # either way, of a time window


def _tables(value: str) -> str:
    if value != "native" and not (value.startswith(G4HEPEM) and len(value) > len(G4HEPEM)):
        raise ValueError('must be "native" or "g4hepem:FILE.json"')
    return value


def _window(value: Any) -> Any:
    """Let a number be the end of a window that has no beginning."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (-MOST_NS, float(value))
    if not isinstance(value, tuple) or len(value) != 2:
        raise ValueError("must be [from, to], or a number, the end alone")
    return value


def _ascending(window: tuple[float, float]) -> tuple[float, float]:
    if not window[0] < window[1]:
        raise ValueError("must be [from, to] with from < to")
    return window


def _rules(value: Any) -> Any:
    """Let `[fastsim] kind = "none"`, which is older than rules, stand for none."""
    if isinstance(value, Mapping):
        if set(value) <= {"kind"} and value.get("kind", "none") == "none":
            return ()
        raise ValueError("must be a list of tables, [[fastsim]]")
    return value


Birks = Annotated[float, Field(ge=0.0, le=100.0)]
Instant = Annotated[float, Field(ge=-MOST_NS, le=MOST_NS)]
Window = Annotated[tuple[Instant, Instant], BeforeValidator(_window), AfterValidator(_ascending)]
# Where cross sections come from.
Tables = Annotated[str, AfterValidator(_tables)]


class Identity(Section):
    """`[scenario]`: the name shown in records, and the seed of every random number."""

    name: Annotated[str, Field(min_length=1, max_length=80), PRINTABLE] = "unnamed"
    """The name shown in records."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    """The seed of every random number."""
    observables: tuple[str, ...] = ()
    """What verdicts on physics look at besides the usual, such as "edep_MeV.REGION"."""


class RegionOverride(Section):
    """`[[region]]`: what differs in one region from the values of `[physics]` and `[tracking]`."""

    name: RegionName
    """The region, one of the geometry's."""
    production_cut_mm: Cut | None = None
    """As `physics.production_cut_mm`."""
    gamma_tracking: Literal["boundary", "woodcock"] | None = None
    """As `tracking.gamma`."""
    fluctuation: FluctuationSwitch | None = None
    """As `physics.fluctuation`."""
    field: Literal["none", "same"] = "same"
    """"none": there is no field in this region, whatever `[field]` says."""
    birks_mm_per_MeV: Birks | None = None
    """Birks' constant of a scintillator: densely ionising particles are seen less; 0: not at all less."""
    window_ns: Window | None = None
    """[from, to]: what is deposited at another time is not seen; a number stands for the end alone."""


class Physics(Section):
    """`[physics]`: the options users of Geant4 know, with Geant4's values."""

    production_cut_mm: Cut = 0.7
    """Range below which no electrons, positrons and photons are made; converted to energies by material."""
    apply_cuts: bool = False
    """Apply the cuts to the products of Compton scattering, photoelectric effect and conversion, too."""
    rayleigh: bool = False
    """Rayleigh scattering."""
    entangled_annihilation: bool = False
    """Correlate how the two photons of an annihilation at rest scatter first."""
    fluctuation: FluctuationSwitch = OWN
    """Whose energy loss fluctuates: true, false or a list of charged particles."""
    tables: Tables = "native"
    """Cross sections: "native" are simkit's own, "g4hepem:FILE.json" those of a G4HepEm table file."""
    tracking_cut_keV: TrackingCut = 1.0
    """Kinetic energy below which a track ends and is deposited."""
    step_function: tuple[
        Annotated[float, Field(ge=0.01, le=1.0)], Annotated[float, Field(ge=1e-4, le=1e7)]
    ] = (0.2, 1.0)
    """Fraction of the range that a step may take, and the final range (mm) below which it takes all."""
    range_factor: Annotated[float, Field(ge=1e-3, lt=1.0)] = 0.04
    """Limits steps by multiple scattering: the fraction of the range on entering a volume."""
    processes: Processes = Processes()

    @property
    def g4hepem_file(self) -> Path | None:
        """Return the path of the G4HepEm table file; None when the tables are simkit's own."""
        return Path(self.tables.removeprefix(G4HEPEM)) if self.tables.startswith(G4HEPEM) else None

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        problem = self.g4hepem_file and file_problem(self.g4hepem_file, "a G4HepEm table file (.json)")
        if problem:
            yield ("tables",), problem


class EngineOptions(Section):
    """`[engine]`: how the same physics is computed."""

    gamma: Literal["general", "per-process"] = "general"
    """One total cross section, or "per-process": every process proposes an interaction length of its own."""
    em: Literal["specialised", "generic"] = "specialised"
    """How electrons find interactions: by one summed cross section, or "generic": every process in turn."""


class Tracking(Section):
    """`[tracking]`: how photons move, and which tracks are followed at all."""

    gamma: Literal["boundary", "woodcock"] = "boundary"
    """"boundary": from boundary to boundary; "woodcock": across a region's envelope without stopping."""
    woodcock_min_MeV: NotNegative = 0.2
    """Photons below move from boundary to boundary."""

    def __reduce__(self) -> Any:
        # Its class is made when it is read: another process makes it again.
        return _tracking, (self.model_dump(exclude_none=True),)


TRACKING = Extended(Tracking, Policy, POLICIES, "policies")


def _tracking(values: dict[str, Any]) -> Section:
    return TRACKING.validate(values)


class Run(Section):
    """`[run]`: on what to run; nothing here may change a result."""

    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    """Threads over events."""
    backend: Literal["cpu", "cuda"] = "cpu"
    """The processor or a GPU."""


class RegionSettings(NamedTuple):
    """What holds in one region once overrides are applied."""

    name: str
    production_cut_mm: float
    gamma_tracking: str  # "boundary" or "woodcock"
    fluctuation: tuple[str, ...]  # the particles whose loss fluctuates
    birks_mm_per_MeV: float  # 0: everything is seen
    window_ns: tuple[float, float] | None  # when the readout sees; None: always

    @property
    def sees_all(self) -> bool:
        """Return whether its readout sees all that is deposited."""
        return not self.birks_mm_per_MeV and self.window_ns is None


class Scenario(Section):
    """All of a scenario; attributes are named as the sections of the file."""

    scenario: Identity = Identity()
    events: Annotated[Source, SOURCES]
    geometry: Annotated[Shape, SHAPES]
    readout: Annotated[Scheme, SCHEMES] = OfShape()
    material: Annotated[tuple[OwnMaterial, ...], Field(max_length=1000)] = ()
    region: tuple[RegionOverride, ...] = ()
    physics: Physics = Physics()
    engine: EngineOptions = EngineOptions()
    tracking: Annotated[Tracking, TRACKING] = cast(Tracking, TRACKING.validate({}))
    field: Annotated[FieldMap, FIELDS] = NoField()
    fastsim: Annotated[
        tuple[Annotated[Rule, MODELS], ...], BeforeValidator(_rules), Field(max_length=60)
    ] = ()
    reweight: Reweight = Reweight()
    run: Run = Run()

    # The speedups merged in, as named by the user: part of the record, not of the file.
    _speedups: tuple[str, ...] = PrivateAttr(default=())

    def __getstate__(self) -> dict[Any, Any]:
        """Return the fields alone: what was built of them is large, and is built again."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {"plug-ins": LoadedInside(), **super().__getstate__(), "__dict__": fields}

    @property
    def name(self) -> str:
        """Return the scenario's name."""
        return self.scenario.name

    @property
    def seed(self) -> int:
        """Return the seed."""
        return self.scenario.seed

    @property
    def count(self) -> int | None:
        """Return the number of events asked for; None means all of the file."""
        return self.events.count

    @property
    def speedups(self) -> tuple[str, ...]:
        """Return the speedups merged into this scenario, as the user wrote them, in order."""
        return self._speedups

    def regions(self) -> tuple[str, ...]:
        """Return the names of the geometry's regions, in order."""
        return self.geometry.regions()

    def region_settings(self) -> tuple[RegionSettings, ...]:
        """Return what holds in each region, in the order of `regions()`."""
        overrides = {override.name: override for override in self.region}
        rows = []
        for name in self.regions():
            own = overrides.get(name, RegionOverride(name=name))
            cut, fluctuation = own.production_cut_mm, own.fluctuation
            rows.append(
                RegionSettings(
                    name=name,
                    production_cut_mm=self.physics.production_cut_mm if cut is None else cut,
                    gamma_tracking=own.gamma_tracking or self.tracking.gamma,
                    fluctuation=self.physics.fluctuation if fluctuation is None else fluctuation,
                    birks_mm_per_MeV=own.birks_mm_per_MeV or 0.0,
                    window_ns=own.window_ns,
                )
            )
        return tuple(rows)

    def seeing_less(self) -> tuple[str, ...]:
        """Return the regions whose readout does not see all that is deposited."""
        return tuple(settings.name for settings in self.region_settings() if not settings.sees_all)

    @cached_property
    def detector(self) -> Detector:
        """Return the detector of its geometry, built once. Errors: BadInput of a plug-in's."""
        return build_detector(self.geometry, self.readout)

    @cached_property
    def own_materials(self) -> dict[str, Material]:
        """Return the scenario's own materials by name."""
        return {material.name: material.build() for material in self.material}

    def canonical(self) -> dict[str, Any]:
        """Return all that the result of one event depends on, as plain data.

        Names, seed, number of events, threads and backend are left out; a file of events, of a field or of
        tables is represented by the hash of its content, so that moving it changes nothing.
        """
        return canonical(self)

    @cached_property
    def hash(self) -> str:
        """Return the hash of what `canonical()` has (16 hex digits)."""
        text = json.dumps(hashed(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]
