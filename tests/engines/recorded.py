"""Short excerpts of what other programs really printed, each with its source."""

from pathlib import Path

# HepEmShow (github.com/mnovak42/hepemshow, commit aeab057, with G4HepEm of July 2023): -n 100 -s 7
HEPEMSHOW = """
 === HepEmShow input parameters: 
     --- Geometry configuration: 
         - number-of-layers      : 50
         - absorber-thickness    : 2.3 [mm]
         - gap-thickness         : 5.7 [mm]
         - transverse-size       : 400 [mm]
     --- Primary and Event configuration: 
         - primary-particle      : e-
         - primary-energy        : 10000 [MeV]
         - number-of-events      : 100
         - random-seed           : 7
 --- EventLoop::ProcessEvents: starts simulation of N = 100 events...
 --- EventLoop::ProcessEvents: completed simulation within t = 8.39702 [s]

 --- Results::WriteResults ---------------------------------- 
 Absorber: mean Edep = 6734.77 [MeV] and  Std-dev = 236.686 [MeV]
 Gap     : mean Edep = 2577.87 [MeV] and  Std-dev = 99.326 [MeV]

 Mean number of gamma       4464.84
 Mean number of e-          7987.83
 Mean number of e+          432.62

 Mean number of e-/e+ steps 36136.4
 Mean number of gamma steps 40511.3
 ------------------------------------------------------------
"""  # noqa: W291

# Its file hist_Edep_PerLayer of the same run, the first two of 50 lines, and the sum of all others.
HEPEMSHOW_PROFILE = "0\t0.5\t6.4381647\n1\t1.5\t11.416091\n2\t2.5\t9294.7857\n"

# Geant4 11.4, examples/extended/electromagnetic/TestEm3/TestEm3.out: what is read of its first run.
TESTEM3 = """
 Geant4 version Name: geant4-11-04-ref-00    (5-December-2025)
 ---> The calorimeter is 50 layers of:
 \t       G4_Pb:    2.3 mm 
 \t      G4_lAr:    5.7 mm 
-------------------------------------------------------------
 Range cuts        :  gamma  1 mm     e-  1 mm     e+  1 mm  proton 1 mm 
Run Summary
  Number of events processed : 100
  User=0.740000s Real=0.734984s Sys=0.000000s

------------------------------------------------------------
      material   Edep       RMS         sqrt(E0(GeV))*rmsE/Emean     total tracklen 
 
         G4_Pb: 774.03 MeV :  14.58 MeV     1.883 +- 0.1883 %      54.6 cm  +- 1.17 cm 
        G4_lAr: 215.74 MeV :  13.37 MeV     6.199 +- 0.6199 %      1.06 m   +- 6.84 cm 

 Total energy deposited = 989.8 MeV +- 6.905 MeV
 Energy leakage = 10.22 MeV +- 6.905 MeV
 Total energy :  Edep + Eleak = 1 GeV +- 61.04 eV 
------------------------------------------------------------
 Beam particle e-  E = 1 GeV
 Mean number of gamma       508.8
 Mean number of e-          870
 Mean number of e+          53.89
 Mean number of charged steps  3710.83
 Mean number of neutral steps  3715.22
------------------------------------------------------------

 Energy deposition from Energy flow balance : 
"""  # noqa: W291, W293

# Geant4 9.1 of July 2008, the same file: it knew its own materials only, and counted no steps.
TESTEM3_2008 = """
 Geant4 version Name: global-V09-01-09    (4-July-2008)
 ---> The calorimeter is 50 layers of:
 \t        Lead:    2.3 mm 
 \t liquidArgon:    5.7 mm 
-------------------------------------------------------------

 Material:     Lead     density: 11.350 g/cm3   RadL:   5.613 mm   Nucl.Int.Length:  18.247 cm   Imean: 820.000 eV 
   --->  Element: Pb (Pb)   Z = 82.0   N = 207.2   A = 207.22 g/mole
   --->  Isotope: Pb208   Z = 82   N = 208   A = 207.98 g/mole   abundance:  52.40 %  ElmMassFraction: 100.00 %  ElmAbundance 100.00 %

 Material: liquidArgon     density:  1.390 g/cm3   RadL:  14.064 cm   Nucl.Int.Length:  86.022 cm   Imean: 187.200 eV 
   --->  Element: Ar (Ar)   Z = 18.0   N =  40.0   A =  39.95 g/mole
   --->  Isotope:  Ar40   Z = 18   N =  40   A =  39.96 g/mole   abundance:  99.60 %  ElmMassFraction: 100.00 %  ElmAbundance 100.00 %

-------------------------------------------------------------
 Range cuts        :  gamma 1 mm     e- 1 mm     e+ 1 mm 
Run Summary
  Number of events processed : 100
  User=9.94s Real=10.22s Sys=0.03s

------------------------------------------------------------
      material   Edep       RMS         sqrt(E0(GeV))*rmsE/Emean     total tracklen 
 
          Lead: 785.73 MeV :  16.25 MeV     2.068 +- 0.2068 %        54 cm  +- 1.21 cm 
   liquidArgon: 204.92 MeV :  14.37 MeV     7.012 +- 0.7012 %      1.01 m   +- 7.27 cm 

------------------------------------------------------------
 Beam particle e-  E = 1 GeV

 Energy deposition from Energy flow balance : 
"""  # noqa: E501, W291, W293

# celer-sim 0.5.1, github.com/celeritas-project/regression commit e9a98c9,
# results/perlmutter/testem3-flat+msc-orange-gpu/0.json: what is read of it.
CELERITAS = {
    "input": {
        "field": None,
        "physics_options": {
            "annihilation": True,
            "apply_cuts": False,
            "compton_scattering": True,
            "default_cutoff": 0.1,
            "eloss_fluctuation": True,
            "gamma_conversion": True,
            "ionization": True,
            "msc": "urban",
            "photoelectric": True,
            "rayleigh_scattering": False,
        },
        "primary_options": {
            "direction": {"distribution": "delta", "params": [1.0, 0.0, 0.0]},
            "energy": {"distribution": "delta", "params": [10000.0]},
            "num_events": 16,
            "pdg": [11],
            "primaries_per_event": 1300,
        },
        "use_device": True,
    },
    "internal": {
        "material": {
            "materials": {"density": [9.999999996544213e-26, 11.349999996077683, 1.3959999995175718]}
        }
    },
    "result": {
        "runner": {
            "num_aborted": [0],
            "num_steps": [1512423593],
            "num_tracks": [298263208],
            "time": {"total": 7.245182674},
        }
    },
    "system": {"build": {"version": "0.5.1"}, "device": {"name": "NVIDIA A100-SXM4-80GB"}},
}

# The same repository, celeritas.out.json: a run that failed.
CELERITAS_FAILED = {"result": {"exception": {"type": "RuntimeError", "what": "geo/material coupling failed"}}}

# AdePT's integration test, github.com/apt-sim/AdePT commit e6755db,
# test/regression/scripts/benchmark_files/g4hepem_em3_10e7_e-.csv: the first five of 50 layers of two threads.
ADEPT = """12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22
316000.000000, 2501517.184305, 1060388.428576, 5452635.172094, 2363983.101079, 10932898.899596, \
4487093.235236, 19101934.707633, 7408706.188013, 29821373.350361, 10985788.873947
284400.000000, 2254797.213981, 953110.163920, 4910975.646296, 2128194.864711, 9848559.695114, \
4037964.519840, 17203328.044537, 6669727.531510, 26846177.836321, 9905323.903150
"""

FOLDER = Path(__file__).parent

# HepEmShow as above, by hepemshow_lines.sh of this folder: what it printed with
# `{events}` = 100, `{seed}` = 7, `{particle}` = e-, `{energy_MeV}` = 10000.0.
KEY_VALUES = (FOLDER / "hepemshow_lines.txt").read_text()

# simkit run hepemshow -n 100 --keep; simkit history --export bmf
BMF = (FOLDER / "simkit_bmf.json").read_text()

# The example of bencher.dev/docs/reference/bencher-metric-format, cut to one benchmark.
BENCHER = """{"benchmark_name": {"latency": {"value": 88.0, "lower_value": 87.42, "upper_value": 88.88}}}"""
