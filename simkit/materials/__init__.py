"""Elements, materials and production thresholds."""

from simkit.materials.compounds import OwnMaterial, compound, find_material, material_names
from simkit.materials.density_effect import DensityEffect
from simkit.materials.elements import Element, element_by_z, find_element
from simkit.materials.material import Material
from simkit.materials.thresholds import ProductionThresholds, production_thresholds

__all__ = [
    "DensityEffect",
    "Element",
    "Material",
    "OwnMaterial",
    "ProductionThresholds",
    "compound",
    "element_by_z",
    "find_element",
    "find_material",
    "material_names",
    "production_thresholds",
]
