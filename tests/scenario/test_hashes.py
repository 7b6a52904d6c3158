"""A scenario keeps its hash: records are found by it, and results of different versions set side by side."""

from __future__ import annotations

import pytest

from simkit.scenario import load_scenario

# As version 0.1.0 had them before sections moved beside what they describe.
GUN = {
    "source": "gun",
    "particle": "gamma",
    "spectrum": {"kind": "power", "min_MeV": 1.0, "max_MeV": 100.0, "index": 2.0},
    "direction": [3.0, 4.0, 0.0],
    "spread_mm": 2.0,
    "spread": "gaussian",
    "position_mm": [1.0, 2.0, 3.0],
    "per_event": 3,
}
TABLE = {
    "events.spectrum": {"kind": "table", "energies_MeV": [1.0, 2.0, 4.0], "weights": [1.0, 2.0]},
    "events.eta_range": [-1.0, 1.0],
    "events.phi_range": [0.0, 1.0],
}
REGIONS = {
    "material": [{"name": "mix", "density_g_cm3": 8.0, "elements": {"Pb": 0.4, "W": 0.6}}],
    "geometry.slab.0.material": "mix",
    "region.gap.production_cut_mm": 0.1,
    "region.gap.fluctuation": False,
    "physics.processes.msc": False,
}
LATE = {"tracking.neutron_time_cut.after_ns": 0.0}  # the preset has a cut since neutrons are followed
FILE = LATE | {"events.eta_max": 2.5, "events.energy_min_MeV": 100.0}


@pytest.mark.parametrize(
    ("name", "speedups", "overrides", "expected"),
    [
        ("testem3", [], {}, "2c6444ded272dc0a"),
        ("hepemshow", [], {}, "ced3be8997a74134"),
        ("atlas_like", [], LATE, "f8ef20b7ee2cd207"),
        ("atlas_like", [], {}, "e9fd3c0c984905b2"),
        ("testem3", ["woodcock"], {}, "3adbce53d69f1d81"),
        ("atlas_like", ["gamma-roulette:threshold_MeV=2", "high-eta-killer"], LATE, "54bf85b834d5bd81"),
        ("testem3", [], {"events": GUN}, "78ffe3b182d21b43"),
        ("testem3", [], TABLE, "3160b8abb1c72f2b"),
        ("testem3", [], REGIONS, "da41adf778c23412"),
        ("atlas_like", [], FILE, "4ce12ce1fc85924f"),
        ("hepemshow", [], {"events.direction": "isotropic"}, "44732806d45a1a22"),
    ],
)
def test_a_scenario_keeps_its_hash(name, speedups, overrides, expected):
    assert load_scenario(name, with_speedups=speedups, overrides=overrides).hash == expected
