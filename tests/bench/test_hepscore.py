"""Reports of HEPscore: recomputed as HEPscore computes, of the processors that were used, failures named."""

import json
import math

import pytest

from simkit.bench.score.hepscore import read_hepscore
from simkit.errors import BadInput
from simkit.record.score import Score


def report(tmp_path, change=None):
    """A made-up report: ratios 0.5, 2 (median of three) and sqrt(0.8 * 1.25) = 1, the weights 1, 1, 2."""
    hepscore = {
        "benchmarks": {
            "one-bmk": {"weight": 1.0, "run0": {"report": {"wl-scores": {"gen": 5.0}}}},
            "two-bmk": {
                "weight": 1.0,
                "app": {"version": "v1"},
                "run0": {"report": {"wl-scores": {"sim": 30.0}}},
                "run1": {"report": {"wl-scores": {"sim": 10.0, "other": 3.0}}},
                "run2": {"report": {"wl-scores": {"sim": 20.0}}},
            },
            "three-bmk": {"weight": 2.0, "run0": {"report": {"wl-scores": {"a": 8.0, "b": 12.5}}}},
        },
        "settings": {"name": "HEPscore23", "scaling": 1018, "reference_machine": "some machine"},
        "app_info": {"config_hash": "abc", "hepscore_ver": "2.0"},
        "wl-scores": {
            "one-bmk": {"gen": 5.0, "gen_ref": 10.0},
            "two-bmk": {"sim": 20.0, "sim_ref": 10.0},
            "three-bmk": {"a": 8.0, "a_ref": 10.0, "b": 12.5, "b_ref": 10.0},
        },
        "score": 1018.0,
    }
    whole = {"host": {"HW": {"CPU": {"CPU_num": 8}}}, "profiles": {"hepscore": hepscore}}
    if change is not None:
        change(whole)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(whole))
    return path


def test_a_hepscore_report_recomputes(tmp_path):
    score = read_hepscore(report(tmp_path))
    assert score.score == 1018.0
    assert score.logical_threads == 8
    assert score.score_per_thread == pytest.approx(127.25)
    assert score.kind == "HEPscore23"
    assert [w.ratio for w in score.workloads] == [0.5, 2.0, 1.0]
    assert Score.model_validate_json(score.to_json()) == score


# Medians of a published report of HEPscore23Beta and the figures of its reference machine, in own units.
PUBLISHED = {
    "atlas-gen_sherpa": (32.131, 38.58),
    "atlas-reco_mt": (6.051255, 9.062),
    "cms-gen-sim-run3": (2.0732, 2.665),
    "cms-reco-run3": (3.8486, 4.814),
    "lhcb-sim-run3": (1687.9348, 1950.0),
    "belle2-gen-sim-reco": (12.278987942208603, 15.4),
    "alice-digi-reco-core-run3": (0.5708, 0.762),
}


def test_a_published_score_recomputes(tmp_path):
    """796.0658, scaling 1018, all seven weights 1."""

    def published(whole):
        hepscore = whole["profiles"]["hepscore"]
        hepscore["benchmarks"] = {
            name: {"weight": 1.0, "run0": {"report": {"wl-scores": {"x": median}}}}
            for name, (median, _) in PUBLISHED.items()
        }
        hepscore["wl-scores"] = {name: {"x": m, "x_ref": r} for name, (m, r) in PUBLISHED.items()}
        hepscore["score"] = 796.0658

    assert read_hepscore(report(tmp_path, published)).score == 796.0658


def test_ratios_are_rounded_to_four_digits_as_hepscore_does(tmp_path):
    """32.131 / 38.58 = 0.83284: rounded 0.8328, so that 1018 x 0.8328 = 847.7904, not 847.83."""

    def one(whole):
        hepscore = whole["profiles"]["hepscore"]
        hepscore["benchmarks"] = {"g": {"weight": 1.0, "run0": {"report": {"wl-scores": {"gen": 32.131}}}}}
        hepscore["wl-scores"] = {"g": {"gen": 32.131, "gen_ref": 38.58}}
        hepscore["score"] = 847.7904

    assert read_hepscore(report(tmp_path, one)).score == 847.7904


def set_at(*path, value):
    def change(whole):
        here = whole
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = value

    return change


def _without_a_workload(whole):
    """The rest adds up: 0.5 and 1, the weights 1 and 2."""
    del whole["profiles"]["hepscore"]["benchmarks"]["two-bmk"]
    whole["profiles"]["hepscore"]["score"] = round(1018.0 * 0.5 ** (1.0 / 3.0), 4)


def _no_weights(whole):
    for benchmark in whole["profiles"]["hepscore"]["benchmarks"].values():
        benchmark["weight"] = 0.0


RUN = ("profiles", "hepscore", "benchmarks", "one-bmk", "run0", "report", "wl-scores", "gen")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_at("profiles", "hepscore", "score", value=1100.0), "parts give 1018.0"),
        (
            set_at("profiles", "hepscore", "wl-scores", value={}),
            "'one-bmk' in benchmarks, but not in wl-scores",
        ),
        (_without_a_workload, "'two-bmk' in wl-scores, but not in benchmarks"),
        (
            set_at("profiles", "hepscore", "settings", "method", value="arithmetic_mean"),
            "only 'geometric_mean'",
        ),
        (set_at("profiles", "hepscore", "settings", "scaling", value=0), "scaling: found 0, must be greater"),
        (set_at("profiles", "hepscore", "settings", "scaling", value=math.nan), "scaling: found nan"),
        (set_at(*RUN, value=math.nan), "gen: found nan"),
        (set_at(*RUN, value=1e-300), "gen: found 1e-300"),
        (set_at(*RUN, value=1e-8), "one-bmk: ratio: found 0.0"),
        (set_at(*RUN, value=10**400), "beyond 64 bits"),
        (set_at("profiles", "hepscore", "wl-scores", "one-bmk", "gen_ref", value=0), "gen_ref: found 0"),
        (set_at("profiles", "hepscore", "benchmarks", "one-bmk", "weight", value=-1.0), "weight: found -1.0"),
        (_no_weights, "all weights"),
        (set_at("profiles", "hepscore", "score", value=math.nan), "score: found nan"),
        (set_at("host", "HW", "CPU", "CPU_num", value=math.inf), "CPU_num: found inf"),
        (set_at("profiles", "hepscore", "benchmarks", value={}), "no finished benchmark"),
        (set_at("profiles", value={}), "not a complete HEPscore report"),
        (set_at("host", value={}), "number of processors"),
    ],
)
def test_reports_that_do_not_add_up(tmp_path, change, message):
    with pytest.raises(BadInput, match=message) as caught:
        read_hepscore(report(tmp_path, change))
    assert "report.json" in str(caught.value)


def test_the_score_is_of_the_processors_that_were_filled(tmp_path):
    """Of 8 processors a suite that was told to fill 4 has the score of these 4; -1 stands for all."""
    for told, used in ((4, 4), (-1, 8), (None, 8)):
        score = read_hepscore(report(tmp_path, set_at("suite", value={"flags": {"ncores": told}})))
        assert (score.logical_threads, score.machine["logical_threads"]) == (used, 8)
        assert score.score_per_thread == pytest.approx(1018.0 / used)


def test_parts_that_do_not_matter_may_be_missing(tmp_path):
    score = read_hepscore(report(tmp_path, set_at("profiles", "hepscore", "app_info", value=None)))
    assert (score.configuration_hash, score.versions) == ("", {"hepscore": ""})
    with pytest.raises(BadInput, match="number of processors"):
        read_hepscore(report(tmp_path, set_at("host", value=None)))


@pytest.mark.parametrize("text", ["", "{", "[1]", "7", "[" * 100_000])
def test_files_that_are_no_reports(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"x\.json: (not|damaged)"):
        read_hepscore(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_hepscore(tmp_path / "absent.json")


# Three runs of each workload and the reference's figure: the example of hep-score's own tests (HEPscore2X).
RUNS = {
    "atlas-gen": (384, [1044.6459, 1043.843, 1061.4133]),
    "belle2-gen-sim-reco": (5.44, [12.50925390735777, 12.418611881719642, 12.414873893360234]),
    "cms-gen-sim": (0.726, [1.7114, 1.7633, 1.7556]),
    "cms-digi": (3.58, [8.3437, 8.282, 8.2686]),
    "cms-reco": (2.196, [5.3813, 5.3622, 5.3545]),
    "lhcb-gen-sim": (90.29, [234.2156, 236.4258, 233.886]),
}


def of_runs(runs, score, settings=None, **keys):
    """Return what makes a report of {workload: (reference or {part: reference}, runs)} with that score."""

    def change(whole):
        hepscore = whole["profiles"]["hepscore"]
        hepscore |= {"benchmarks": {}, "wl-scores": {}, "score": score, **keys}
        hepscore["settings"] = settings or {}
        for name, (reference, values) in runs.items():
            references = reference if isinstance(reference, dict) else {"x": reference}
            hepscore["benchmarks"][name] = {
                f"run{i}": {"report": {"wl-scores": value if isinstance(value, dict) else {"x": value}}}
                for i, value in enumerate(values)
            }
            hepscore["wl-scores"][name] = {f"{part}_ref": ref for part, ref in references.items()}

    return change


@pytest.mark.parametrize(
    ("runs", "settings", "score"),
    [
        # a public example, with all its runs
        (RUNS, {"scaling": 355}, 872.266),
        # no weights and no scaling: both 1
        ({"a": (1.0, [2.0])}, {}, 2.0),
        ({"a": (1.0, [2.0]), "b": (1.0, [8.0])}, {"scaling": 1000}, 4000.0),
        # each run is rounded, the mean of the two in the middle is not: 1000 x (1.0 + 1.0001) / 2
        ({"a": (1.0, [1.00004, 1.00014])}, {"scaling": 1000}, 1000.05),
        ({"a": (1.0, [1.00014, 0.5, 1.00004, 7.0])}, {"scaling": 1000}, 1000.05),
        # each part is rounded, then their mean: sqrt(1.0 x 1.0001) = 1.00005, 1.0
        ({"a": ({"gen": 1.0, "sim": 1.0}, [{"gen": 1.00004, "sim": 1.00009}])}, {"scaling": 1000}, 1000.0),
        # what is measured besides does not count
        ({"a": ({"sim": 1.0}, [{"sim": 2.0, "reco": 9.0}])}, {"scaling": 10}, 20.0),
    ],
)
def test_scores_are_computed_as_hepscore_does(tmp_path, runs, settings, score):
    assert read_hepscore(report(tmp_path, of_runs(runs, score, settings))).score == score


def test_runs_that_failed_and_were_tried_again_do_not_count(tmp_path):
    def change(whole):
        of_runs({"a": ({"gen": 1.0, "sim": 1.0}, [{"gen": 3.0, "sim": 3.0}])}, 3.0)(whole)
        runs = whole["profiles"]["hepscore"]["benchmarks"]["a"]
        runs["run1"] = {"start_at": "Mon", "end_at": "Mon", "duration": 0}
        runs["run2"] = {"report": {"wl-scores": {"gen": 9.0}}}
        runs["run_info"] = {"copies": 2, "threads_per_copy": 4}

    score = read_hepscore(report(tmp_path, change))
    assert (score.score, score.workloads[0].values) == (3.0, [3.0])


@pytest.mark.parametrize("keys", [{"status": "failed", "error": "b-bmk"}, {"error": "b-bmk"}])
def test_failures_are_named(tmp_path, keys):
    def change(whole):
        of_runs(RUNS, -1, **keys)(whole)
        hepscore = whole["profiles"]["hepscore"]
        hepscore["benchmarks"]["c-bmk"] = {"run0": {"duration": 3}}

    with pytest.raises(BadInput, match=r"report.json: HEPscore failed: b-bmk, c-bmk; give the report of"):
        read_hepscore(report(tmp_path, change))


@pytest.mark.parametrize(
    ("suite", "settings", "available", "copies", "used"),
    [
        (-1, 0, 8, None, 8),  # all that taskset or a batch slot left of 64
        (64, 64, 8, None, 8),
        (-1, 4, 8, None, 4),
        (4, 0, 8, None, 4),
        (None, None, None, (2, 4), 8),  # HEPscore alone, before it told
        (None, None, None, None, 64),
    ],
)
def test_the_divisor_is_the_processors_that_were_used(tmp_path, suite, settings, available, copies, used):
    def change(whole):
        of_runs({"a": (1.0, [2.0]), "b": (1.0, [2.0])}, 2000.0, {"scaling": 1000, "ncores": settings})(whole)
        hepscore = whole["profiles"]["hepscore"]
        hepscore["environment"] = {"available_cores": available}
        whole["suite"] = {"flags": {"ncores": suite}}
        whole["host"] = {"HW": {"CPU": {"CPU_num": 64}}}
        if copies is not None:
            told = {"copies": copies[0], "threads_per_copy": copies[1]}
            hepscore["benchmarks"]["a"]["run_info"] = told

    score = read_hepscore(report(tmp_path, change))
    assert (score.logical_threads, score.score_per_thread) == (used, 2000.0 / used)


def test_a_report_of_hepscore_alone(tmp_path):
    """Without the suite around it, as `hepscore` itself writes it."""

    def change(whole):
        of_runs(RUNS, 872.266, {"scaling": 355, "name": "HEPscore2X"})(whole)
        alone = whole.pop("profiles")["hepscore"]
        alone["benchmarks"]["cms-digi"]["run_info"] = {"copies": 16, "threads_per_copy": 4}
        whole.pop("host")
        whole |= alone

    score = read_hepscore(report(tmp_path, change))
    assert (score.kind, score.score, score.logical_threads) == ("HEPscore2X", 872.266, 64)
