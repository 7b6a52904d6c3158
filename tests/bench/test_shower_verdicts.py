"""Verdicts suit the shower: hadrons, and muons with their tail, at the sizes where they decide."""

import numpy as np
import pytest

from simkit.bench.pairs.blocks import make_schedule, shower_of
from simkit.bench.statistics.differences import differences, quantile
from simkit.bench.statistics.equivalence import judge, null_excess, pass_probability
from simkit.bench.statistics.means import mean_differences
from simkit.bench.statistics.samples import Sample
from simkit.engines.figures import Figures
from simkit.events import Gun, load_events

from .showers import LAYOUT, N_LAYERS

LAYOUT_READ = LAYOUT._replace(sensitive=("gap",))
POSITIONS = np.arange(N_LAYERS) + 0.5


def verdict(a, b, shower, alike=True, observables=()):
    rows = differences(a, b, LAYOUT_READ, len(a), observables, alike, shower)
    return judge(rows, len(a), len(a), pass_probability(null_excess(rows, len(a))))


def pions(rng, n, response=1.0, deeper=1.0, binding=1.0, later=1.0, punching=0.2):
    """Return showers of 10 GeV that begin anywhere, see 19 % more or less, and lose a tenth to binding."""
    visible = 400.0 * response * rng.gamma(28.0, 1.0 / 28.0, n)
    start = rng.exponential(2.0, n) * deeper
    shape = np.exp(-0.5 * ((POSITIONS - 2.0 * deeper - start[:, None]) / 2.0) ** 2) + 1e-6
    layers = visible[:, None] * shape / shape.sum(axis=1, keepdims=True)
    leaked = 300.0 * rng.exponential(1.0, n)
    lost = 1000.0 * binding * rng.gamma(10.0, 0.1, n)
    deposits = np.stack([10000.0 - visible - leaked - lost, visible, np.zeros(n)], axis=1)
    late = 100.0 * later * rng.exponential(1.0, n)
    return sample(deposits, layers, leaked, 10000.0, late, 1.0 * (rng.random(n) < punching))


def muons(rng, n, response=1.0, straggling=1.0):
    """Return losses of a Landau's shape, with a catastrophe of up to all their energy in one of 2000."""
    loss = 75.0 * response * (1.0 + 0.05 * straggling * rng.standard_exponential(n) ** 2)
    loss *= 1.0 + 0.05 * rng.standard_normal(n)
    struck = rng.random(n) < 5e-4
    loss[struck] += 10.0 ** rng.uniform(2.0, 4.0, struck.sum())
    deposits = np.stack([2.7 * loss, loss, np.zeros(n)], axis=1)
    return sample(
        deposits, loss[:, None] * np.full(N_LAYERS, 1.0 / N_LAYERS), 20000.0 - deposits.sum(axis=1), 20000.0
    )


def sample(deposits, layers, leaked, energy, late=None, punched=None):
    n = len(deposits)
    late, punched = (np.zeros(n) if x is None else x for x in (late, punched))
    one = np.ones((n, 3))
    return Sample(
        *(np.full(n, energy), leaked, np.zeros(n), deposits, np.zeros(n), late, punched, layers),
        *(np.ones((n, 3, 3)), one, one, deposits),
    )


@pytest.mark.parametrize(("make", "shower"), [(pions, "hadronic"), (muons, "muon")])
def test_equal_sides_never_fail_and_pass_when_there_are_enough(make, shower):
    """False failures are rare: some 0.5 % of 100 events, where more than 2 of 20 happen once in 5000."""
    rng = np.random.default_rng(31)
    seen = [verdict(make(rng, n), make(rng, n), shower).verdict for n in (100, 1000, 3000) for _ in range(20)]
    assert seen[:20].count("fail") <= 2
    assert "fail" not in seen[20:]
    many = 40_000
    assert verdict(make(rng, many), make(rng, many), shower).verdict == "pass"


@pytest.mark.parametrize(
    ("make", "shower", "row"), [(pions, "hadronic", "deposit"), (muons, "muon", "median")]
)
def test_a_response_of_three_percent_more_fails(make, shower, row):
    rng = np.random.default_rng(32)
    physics = verdict(make(rng, 10_000), make(rng, 10_000, response=1.03), shower)
    assert physics.verdict == "fail"
    failed = {(r.observable, r.region) for r in physics.rows if r.verdict == "fail"}
    assert (row, "gap") in failed


def test_what_a_hadrons_shower_is_judged_by():
    rng = np.random.default_rng(33)
    a = pions(rng, 20_000)
    changes = {
        "depth": {"deeper": 1.1},
        "invisible": {"binding": 1.15},
        "late": {"later": 2.0},
        "punch-through": {"punching": 0.25},
    }
    for row, change in changes.items():
        physics = verdict(a, pions(rng, 20_000, **change), "hadronic")
        assert [r.observable for r in physics.rows if r.verdict == "fail"] == [row]
    assert {r.observable for r in physics.rows} == {"deposit", "width", "leakage", *changes}
    units = {r.observable: r.value_unit for r in physics.rows if r.value_unit != "MeV"}
    assert units == {"depth": "layers", "punch-through": "of the events"}
    (punched,) = (r for r in physics.rows if r.observable == "punch-through")
    assert punched.unit == "% of the events"
    assert punched.a == pytest.approx(0.2, abs=0.01)
    assert punched.difference == pytest.approx(5.0, abs=1.5)
    named = verdict(a, a, "hadronic", observables=("layers_MeV.gap", "edep_MeV.absorber"))
    assert sum(r.observable == "layer" for r in named.rows) == N_LAYERS
    assert ("deposit", "absorber") in {(r.observable, r.region) for r in named.rows}


def test_what_a_muon_is_judged_by():
    """The tail by its quantile; the mean, which a single catastrophe moves, decides nothing."""
    rng = np.random.default_rng(34)
    a = muons(rng, 20_000)
    physics = verdict(a, muons(rng, 20_000, straggling=1.5), "muon")
    assert ("tail", "gap") in {(r.observable, r.region) for r in physics.rows if r.verdict == "fail"}
    kinds = {(r.observable, r.region) for r in physics.rows}
    assert kinds == {(k, r) for k in ("median", "tail") for r in ("gap", "all regions")} | {("width", "gap")}
    struck = muons(np.random.default_rng(35), 20_000)
    struck.deposits[0, 1] += 1e6
    struck.event_deposits[0, 1] += 1e6
    assert verdict(a, struck, "muon").verdict == "pass"
    named = verdict(a, a, "muon", observables=("energy_balance_MeV.leaked",))
    assert "leakage" in {r.observable for r in named.rows}


def test_few_muons_are_inconclusive():
    rng = np.random.default_rng(36)
    assert verdict(muons(rng, 20), muons(rng, 20, response=1.03), "muon").verdict == "inconclusive"


def test_collisions_are_judged_by_sums_with_the_margins_of_hadrons():
    rng = np.random.default_rng(37)
    physics = verdict(pions(rng, 2000), pions(rng, 2000), "mixed", alike=False)
    kinds = [r.observable for r in physics.rows]
    assert {k: kinds.count(k) for k in kinds} == {
        "deposit": 1,
        "layer": N_LAYERS,
        "invisible": 1,
        "late": 1,
        "leakage": 1,
    }
    assert {r.margin for r in physics.rows if r.observable == "deposit"} == {1.0}


def test_error_of_a_quantile_is_that_of_order_statistics():
    """Exponential: p (1 - p) / n f^2 with f = 1 - p (H. A. David, Order Statistics, 2nd ed., section 9.2)."""
    rng = np.random.default_rng(38)
    n, p = 4000, 0.95
    found = [quantile(x, p) for x in rng.standard_exponential((200, n))]
    exact = np.sqrt(p / (1.0 - p) / n)
    assert np.mean([value for value, _ in found]) == pytest.approx(
        -np.log(1.0 - p), abs=3.0 * exact / np.sqrt(200)
    )
    assert np.mean([np.sqrt(np.sum(i**2)) for _, i in found]) == pytest.approx(exact, rel=0.06)
    assert np.std([value for value, _ in found]) == pytest.approx(exact, rel=0.2)


@pytest.mark.parametrize(
    ("particle", "shower"),
    [
        *(("e-", "electromagnetic"), ("pi0", "electromagnetic"), ("mu+", "muon"), ("pi-", "hadronic")),
        *(("n", "hadronic"), ("K(L)0", "hadronic"), ("p~", "hadronic")),
    ],
)
def test_the_primaries_say_what_they_make(particle, shower):
    events = load_events(Gun(source="gun", particle=particle, energy_MeV=1000.0, count=3), 3, 1)
    schedule = make_schedule(events, 1, 1e-5)
    assert schedule.shower == shower
    assert schedule.by_event


def test_different_primaries_are_mixed():
    a, b = (load_events(Gun(source="gun", particle=p, energy_MeV=9.0, count=2), 2, 1) for p in ("e-", "mu-"))
    joined = a.primaries._replace(pdg=np.concatenate([a.primaries.pdg[:1], b.primaries.pdg[:1]]))
    assert shower_of(joined) == "mixed"


def runs(rng, n, response=1.0, deeper=1.0):
    """Return n runs of 100 events of another program, which give means alone."""
    found = []
    for _ in range(n):
        one = pions(rng, 100, response, deeper)
        deposit = one.deposits[:, 1]
        layers = one.layers.mean(axis=0).tolist()
        figures = Figures(
            events=100,
            deposits={"gap": deposit.mean()},
            spreads={"gap": deposit.std()},
            layers={"gap": layers},
            leaked=one.leaked.mean(),
        )
        found.append(figures)
    return found


def test_programs_that_give_means_are_judged_by_the_shower_too():
    rng = np.random.default_rng(39)
    a, same, deeper = runs(rng, 200), runs(rng, 200), runs(rng, 200, deeper=1.1)
    rows = mean_differences(a, same, 10000.0, "hadronic")
    assert [(r.kind, r.limit[0]) for r in rows] == [
        ("deposit", 1.0),
        ("depth", 2.0),
        ("width", 10.0),
        ("leakage", 0.5),
    ]
    assert judge(rows, 399, 20_000.0, 0.0).verdict == "pass"
    failed = judge(mean_differences(a, deeper, 10000.0, "hadronic"), 399, 20_000.0, 0.0)
    assert [(r.observable, r.value_unit) for r in failed.rows if r.verdict == "fail"] == [("depth", "layers")]
    muon = mean_differences(a, same, 10000.0, "muon")
    assert [(r.kind, r.limit[0]) for r in muon] == [("deposit", 2.0), ("width", 10.0), ("leakage", 0.1)]
    assert "layer" in {r.kind for r in mean_differences(a, same, 10000.0)}
