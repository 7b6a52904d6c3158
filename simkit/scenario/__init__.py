"""What to simulate: the scenario's schema, its presets, and how one is loaded."""

from simkit.scenario.load import load_scenario, preset_names
from simkit.scenario.schema import RegionSettings, Scenario

__all__ = ["RegionSettings", "Scenario", "load_scenario", "preset_names"]
