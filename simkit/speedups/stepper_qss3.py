"""The quantised state system of third order in place of classical RK4."""

from __future__ import annotations

from simkit.speedups.speedup import Claim, Speedup

SPEEDUP = Speedup(
    name="stepper-qss3",
    title="QSS3 stepper in the field",
    claim=Claim(
        text=(
            "wins where boundaries are many: 6 times as fast as RK4 at 200 crossed twice a turn, 10 times "
            "slower at none; in Geant4 1.82 times the time without field, RK4 1.29 (Pb/LAr, 10 GeV e-, 3.8 T)"
        ),
        source=(
            "L. Santi et al., J. Phys. Conf. Ser. 898 (2017) 042049; Geant4 11.4.1, runs made for simkit"
        ),
    ),
    off=lambda values: {"field.stepper": "rk4"},
    on=lambda values: {"field.stepper": "qss3"},
    parameters={},
    touches="the accuracy: a quantum is no epsilon, so compare at equal error",
    observables=("edep_MeV.*",),
    needs="field",
)
