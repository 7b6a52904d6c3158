"""Units and physical constants: MeV, mm, ns, tesla.

Constants are CODATA 2018 (E. Tiesinga et al., Rev. Mod. Phys. 93 (2021) 025010).
"""

from math import pi

keV = 1e-3
GeV = 1e3
eV = 1e-6
cm = 10.0
cm2 = 100.0
cm3 = 1000.0
barn = 1e-22  # mm^2
millibarn = 1e-25  # mm^2

SPEED_OF_LIGHT = 299.792458  # mm/ns
ELECTRON_MASS = 0.51099895000  # MeV
MUON_MASS = 105.6583755  # MeV
MUON_LIFETIME = 2196.9811  # ns, at rest in vacuum (Particle Data Group 2022)
PROTON_MASS = 938.27208816  # MeV
NEUTRON_MASS = 939.56542052  # MeV
NUCLEON_MASS = 938.9187  # MeV, the mean of both
CHARGED_PION_MASS = 139.57039  # MeV (Particle Data Group 2022)
NEUTRAL_PION_MASS = 134.9768  # MeV (likewise)
NEUTRON_MASS_U = 1.00866491595  # atomic mass units
FINE_STRUCTURE = 7.2973525693e-3
CLASSICAL_ELECTRON_RADIUS = 2.8179403262e-12  # mm
AVOGADRO = 6.02214076e23  # 1/mol
HBAR_C = 197.3269804e-12  # MeV mm
BOHR_RADIUS = 5.29177210903e-8  # mm
REDUCED_COMPTON_WAVELENGTH = HBAR_C / ELECTRON_MASS  # mm

# 2 pi r_e^2 m_e c^2, the constant of every ionisation formula (MeV mm^2)
TWO_PI_RE2_ME = 2.0 * pi * CLASSICAL_ELECTRON_RADIUS**2 * ELECTRON_MASS
