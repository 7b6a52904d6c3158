"""The scenario: everything a run needs to know, validated, frozen and hashable.

Units stand in the key names; energies of particles are kinetic. See `load_scenario` for how files, presets,
speedups and single keys are merged into one of these.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import Field, PrivateAttr

from simkit.scenario.shapes import Shape
from simkit.scenario.sources import Source
from simkit.scenario.values import G4HEPEM, ChargedSwitch, Cut, Name, Section, Tables

if TYPE_CHECKING:
    from simkit.materials import Material

Fraction = Annotated[float, Field(gt=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]


class Identity(Section):
    """`[scenario]`: the name shown in records, and the seed of every random number."""

    name: Annotated[str, Field(min_length=1, max_length=80)] = "unnamed"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1


class OwnMaterial(Section):
    """`[[material]]`: a compound given by mass fractions (normalised; they must add up to 1 within 1 %)."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    density_g_cm3: Annotated[float, Field(gt=0.0, le=30.0)]
    elements: dict[str, Fraction]


class RegionOverride(Section):
    """`[[region]]`: what differs in one region from the values of `[physics]` and `[tracking]`."""

    name: Name
    production_cut_mm: Cut | None = None
    gamma_tracking: Literal["boundary", "woodcock"] | None = None
    fluctuation: ChargedSwitch | None = None
    field: Literal["none"] = "none"


class Processes(Section):
    """`[physics.processes]`: processes on or off, by Geant4's names; Rayleigh is `physics.rayleigh`.

    Without `eIoni` no delta rays are made, without `eBrem` no photons; the continuous loss stays.
    """

    phot: bool = True
    compt: bool = True
    conv: bool = True
    eIoni: bool = True
    eBrem: bool = True
    annihil: bool = True
    msc: bool = True


class Physics(Section):
    """`[physics]`: the options users of Geant4 know, with Geant4's values.

    `production_cut_mm` is a range, converted to energies per material. `apply_cuts` applies the cuts to
    Compton, photoelectric and pair secondaries too. `fluctuation` is true, false or the list of the charged
    particles whose energy loss fluctuates. `step_function` is the fraction of the range a step may take and
    the final range (mm) below which it takes all; `range_factor` limits steps by multiple scattering.
    `entangled_annihilation` correlates how the two photons of an annihilation at rest scatter first.
    `tables` "native": simkit's own cross sections; "g4hepem:FILE.json": those of a G4HepEm table file.
    """

    production_cut_mm: Cut = 0.7
    apply_cuts: bool = False
    rayleigh: bool = False
    entangled_annihilation: bool = False
    fluctuation: ChargedSwitch = ("e-", "e+")
    tables: Tables = "native"
    tracking_cut_keV: Annotated[float, Field(ge=1.0, le=1e6)] = 1.0
    step_function: tuple[Fraction, Positive] = (0.2, 1.0)
    range_factor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.04
    processes: Processes = Processes()

    @property
    def g4hepem_file(self) -> Path | None:
        """Return the path of the G4HepEm table file; None when the tables are simkit's own."""
        return Path(self.tables.removeprefix(G4HEPEM)) if self.tables.startswith(G4HEPEM) else None


class EngineOptions(Section):
    """`[engine]`: how the same physics is computed.

    `gamma` "general": one total cross section, the process is chosen when the photon interacts;
    "per-process": every process proposes its own interaction length.
    """

    gamma: Literal["general", "per-process"] = "general"
    em: Literal["specialised"] = "specialised"


class GammaRoulette(Section):
    """`[tracking.gamma_roulette]`: Russian roulette on photons made below `threshold_MeV` (0: off).

    One in `weight` survives, with its weight multiplied by `weight`. `regions` empty: everywhere.
    """

    threshold_MeV: NotNegative = 0.0
    weight: Annotated[float, Field(ge=1.0, le=1e6)] = 10.0
    regions: tuple[str, ...] = ()


class HighEtaKiller(Section):
    """`[tracking.high_eta_killer]`: kills tracks with |eta| above `eta_min` and little transverse energy.

    Those with less than `et_max_MeV` of transverse energy (0: off) that start at |z| >= `z_min_mm`.
    """

    eta_min: NotNegative = 5.0
    et_max_MeV: NotNegative = 0.0
    z_min_mm: NotNegative = 0.0


class Tracking(Section):
    """`[tracking]`: how photons move, and which tracks are followed at all.

    "woodcock" photons cross a region's envelope without stopping at boundaries, above `woodcock_min_MeV`.
    """

    gamma: Literal["boundary", "woodcock"] = "boundary"
    woodcock_min_MeV: NotNegative = 0.2
    gamma_roulette: GammaRoulette = GammaRoulette()
    high_eta_killer: HighEtaKiller = HighEtaKiller()


class Field_(Section):
    """`[field]`: no magnetic field yet; "none" is the one kind there is."""

    kind: Literal["none"] = "none"


class FastSim(Section):
    """`[fastsim]`: no fast-simulation models yet; "none" is the one kind there is."""

    kind: Literal["none"] = "none"


class Run(Section):
    """`[run]`: on what to run; nothing here may change a result."""

    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    backend: Literal["cpu", "cuda"] = "cpu"


class RegionSettings(NamedTuple):
    """What holds in one region once overrides are applied."""

    name: str
    production_cut_mm: float
    gamma_tracking: str  # "boundary" or "woodcock"
    electron_fluctuation: bool
    positron_fluctuation: bool
    gamma_roulette: bool


class Scenario(Section):
    """All of a scenario; attributes are named as the sections of the file."""

    scenario: Identity = Identity()
    events: Source
    geometry: Shape
    material: tuple[OwnMaterial, ...] = ()
    region: tuple[RegionOverride, ...] = ()
    physics: Physics = Physics()
    engine: EngineOptions = EngineOptions()
    tracking: Tracking = Tracking()
    field: Field_ = Field_()
    fastsim: FastSim = FastSim()
    run: Run = Run()

    # The speedups merged in, as named by the user: part of the record, not of the file.
    _speedups: tuple[str, ...] = PrivateAttr(default=())

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
            on = self.physics.fluctuation if fluctuation is None else fluctuation
            roulette = self.tracking.gamma_roulette
            rows.append(
                RegionSettings(
                    name=name,
                    production_cut_mm=self.physics.production_cut_mm if cut is None else cut,
                    gamma_tracking=own.gamma_tracking or self.tracking.gamma,
                    electron_fluctuation="e-" in on,
                    positron_fluctuation="e+" in on,
                    gamma_roulette=roulette.threshold_MeV > 0.0
                    and (not roulette.regions or name in roulette.regions),
                )
            )
        return tuple(rows)

    @cached_property
    def own_materials(self) -> dict[str, Material]:
        """Return the scenario's own materials by name."""
        from simkit.materials import compound

        return {m.name: compound(m.name, m.density_g_cm3, m.elements) for m in self.material}

    def canonical(self) -> dict[str, Any]:
        """Return all that the result of one event depends on, as plain data.

        Names, seed, number of events, threads and backend are left out; a file of events or of tables is
        represented by the hash of its content, so that moving it changes nothing.
        """
        data = self.model_dump(mode="json", exclude={"scenario": True, "run": True, "events": {"count"}})
        path = getattr(self.events, "path", "")
        if path:
            data["events"]["path"] = _content_hash(Path(path))
        tables = self.physics.g4hepem_file
        if tables:
            data["physics"]["tables"] = G4HEPEM + _content_hash(tables)
        return data

    @cached_property
    def hash(self) -> str:
        """Return the hash of `canonical()` (16 hex digits)."""
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _content_hash(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
