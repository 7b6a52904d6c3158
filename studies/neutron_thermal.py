"""Write simkit/physics/data/neutron_thermal.csv: thermal neutron cross sections of all elements.

    python -m studies.neutron_thermal        (needs the package periodictable)

The scattering cross sections of bound atoms and those of absorption are V. F. Sears's, Neutron News 3 (1992)
26, with later corrections, as periodictable keeps them; a free atom scatters (A / (A + 1))^2 times as often.
"""

from __future__ import annotations

from pathlib import Path

from simkit.materials.elements import HIGHEST_Z, element_by_z
from simkit.units import NEUTRON_MASS_U

TABLE = Path(__file__).parents[1] / "simkit" / "physics" / "data" / "neutron_thermal.csv"
HEAD = """\
# Thermal neutrons (2200 m/s) on natural elements: absorption, and elastic scattering off a free atom (barn).
# From V. F. Sears, Neutron News 3 (1992) 26, as in periodictable {version}. Written {date} by
# studies/neutron_thermal.py.
z,absorption_b,elastic_b
"""


def main() -> None:
    """Write the table."""
    from datetime import UTC, datetime

    import periodictable

    lines = []
    for z in range(1, HIGHEST_Z + 1):
        neutron = periodictable.elements[z].neutron
        ratio = element_by_z(z).a_g_mol / NEUTRON_MASS_U
        if neutron is None or neutron.total is None or neutron.absorption is None:
            continue
        elastic = neutron.total * (ratio / (ratio + 1.0)) ** 2
        lines.append(f"{z},{neutron.absorption:g},{elastic:.4g}\n")
    head = HEAD.format(version=periodictable.__version__, date=datetime.now(UTC).date())
    TABLE.write_text(head + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
