"""Exports, each read with the library of the tool it is for, where that is installed."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from simkit.bench.history.exports import FORMATS, export
from simkit.bench.history.table import Entry, read_history
from simkit.engines.key_values import read_key_values
from simkit.errors import BadInput
from tests.bench.kept_records import commit, write_run, write_runs


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    write_runs(tmp_path / "results")
    return read_history([tmp_path / "results"])[0]


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_tables(entries, tmp_path, name):
    path = export(entries, name, path=tmp_path / "new" / "table")
    if name == "csv":
        with path.open(newline="") as stream:
            rows = list(csv.DictReader(stream))
    else:
        rows = pyarrow.parquet.read_table(path).to_pylist()
    times = [row for row in rows if row["metric"] == "cpu_s_per_event"]
    assert [float(row["value"]) for row in times] == [e.figures["cpu_s_per_event"].value for e in entries]
    assert {row["unit"] for row in times} == {"s"}
    assert times[0]["commit"] == commit(1)
    assert {row["metric"] for row in rows} == {
        "cpu_s_per_event",
        "events_per_s",
        "steps_per_event.gamma",
        "events",
    }


def test_parquet_for_pandas(entries, tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(export(entries, "parquet", "cpu_s_per_event", tmp_path / "h.parquet"))
    assert len(frame) == 12
    assert frame["value"].dtype == np.float64
    assert frame["lo"].isna().all()


def test_bmf(entries, tmp_path):
    """Read by the reader of `engine:command`, which follows Bencher's documentation."""
    tree = json.loads(export(entries, "bmf", path=tmp_path / "bmf.json").read_text())
    (measures,) = tree.values()
    assert measures["cpu_s_per_event"] == {"value": entries[-1].figures["cpu_s_per_event"].value}
    told = read_key_values(json.dumps(tree), (), "bmf.json")
    assert told.s_per_event == measures["cpu_s_per_event"]["value"]
    assert told.figures.events == 100


def test_pytest_benchmark(entries, tmp_path):
    storage = pytest.importorskip("pytest_benchmark.storage.file")
    logger = pytest.importorskip("pytest_benchmark.logger")
    write_run(tmp_path / "results" / "again", 12, 0.0192)
    entries = read_history([tmp_path / "results"])[0]
    path = export(entries, "pytest-benchmark", path=tmp_path / "0001_simkit.json")
    store = storage.FileStorage(str(tmp_path), logger=logger.Logger())
    (loaded,) = store.load_benchmarks(str(path))
    assert loaded["rounds"] == 2
    assert loaded["min"] == pytest.approx(0.019)
    assert loaded["mean"] == pytest.approx(0.0191)
    assert loaded["extra_info"]["steps_per_event.gamma"] == 36000.0
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("pytest-benchmark")), "compare", str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "testem3" in shown.stdout
    assert "Failed" not in shown.stderr


def _variants(root: Path) -> list[Entry]:
    """Return entries of one scenario with three settings, the third and second alike in eight digits."""
    for i, digits in enumerate(("aaaa0000aaaa0000", "bbbb0000aaaa0000", "bbbb0000bbbb0000")):
        path = write_run(root / str(i), 1, 0.02 + i / 100.0) / "result.json"
        path.write_text(path.read_text().replace("abcdef0123456789", digits))
    return read_history([root])[0]


def test_one_scenario_with_other_settings_is_another_series(tmp_path):
    entries = _variants(tmp_path / "results")
    times = [entry.figures["cpu_s_per_event"].value for entry in entries]
    tree = json.loads(export(entries, "bmf", path=tmp_path / "bmf.json").read_text())
    assert [measures["cpu_s_per_event"]["value"] for measures in tree.values()] == times
    assert list(tree) == [
        "testem3 (run) #aaaa0000 on example-2.00ghz-8",
        "testem3 (run) #bbbb0000 on example-2.00ghz-8",
        "testem3 (run) #bbbb0000 on example-2.00ghz-8-2",
    ]
    stored = json.loads(export(entries, "pytest-benchmark", path=tmp_path / "p.json").read_text())
    assert [one["fullname"] for one in stored["benchmarks"]] == list(tree)
    folder = export(entries, "asv", "cpu_s_per_event", tmp_path / "asv")
    (results,) = folder.glob("*/*-simkit.json")
    assert json.loads(results.read_text())["results"]["history.cpu_s_per_event"][0] == times


def test_otava_has_a_file_for_each_series(tmp_path):
    for i, name in enumerate(("My Cal", "my-cal", "x" * 300)):
        write_run(tmp_path / "results" / str(i), 1, 0.02 + i / 100.0, name=name[:200])
    path = next((tmp_path / "results" / "2").rglob("result.json"))
    path.write_text(path.read_text().replace("x" * 200, "x" * 300))
    entries = read_history([tmp_path / "results"])[0]
    folder = export(entries, "otava", "cpu_s_per_event", tmp_path / "otava")
    tests = json.loads((folder / "otava.yaml").read_text())["tests"]
    files = [folder / test["file"] for test in tests.values()]
    assert [float(file.read_text().rpartition(",")[2]) for file in files] == [0.02, 0.03, 0.04]


@pytest.mark.parametrize("name", ["../../../evil", "..", "/abs", "a/b"])
def test_nothing_is_written_beside_the_target(tmp_path, name):
    path = write_run(tmp_path / "in" / "results", 1, 0.02) / "result.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "machine": {"name": name}}))
    folder = export(read_history([tmp_path / "in"])[0], "asv", path=tmp_path / "a" / "b" / "asv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "in"]
    assert [p.parent.parent for p in (tmp_path / "a").rglob("machine.json")] == [folder]


def test_root_of_a_damaged_run_names_it(tmp_path):
    pytest.importorskip("uproot")
    path = write_run(tmp_path, 1, 0.02) / "result.json"
    path.write_text(path.read_text().replace("layers_sem_MeV", "layers"))
    with pytest.raises(BadInput, match=r"result\.json: damaged \(KeyError"):
        export(read_history([tmp_path])[0], "root", path=tmp_path / "h.root")


def test_asv(entries, tmp_path):
    results = pytest.importorskip("asv.results")
    benchmarks = pytest.importorskip("asv.benchmarks")
    config = pytest.importorskip("asv.config")
    machine = pytest.importorskip("asv.machine")
    util = pytest.importorskip("asv.util")
    write_run(tmp_path / "results", 13, 0.018, commit="")
    write_run(tmp_path / "results", 14, 0.018, commit=f"{commit(14)}+")
    entries = read_history([tmp_path / "results"])[0]
    folder = export(entries, "asv", path=tmp_path / "asv")
    conf = config.Config()
    conf.results_dir = str(folder)
    loaded = benchmarks.Benchmarks.load(conf)
    assert loaded["history.cpu_s_per_event"]["unit"] == "s"
    assert "history.events_per_s" not in loaded  # a rise is no regression
    found = sorted(results.iter_results(str(folder)), key=lambda one: one.date)
    assert [one.commit_hash for one in found] == [commit(i) for i in range(1, 13)]
    for one, entry in zip(found, entries):
        benchmark = loaded["history.cpu_s_per_event"]
        assert one.get_result_value(benchmark["name"], benchmark["params"]) == [
            entry.figures["cpu_s_per_event"].value
        ]
        assert one.benchmark_version[benchmark["name"]] == benchmark["version"]
    (path,) = machine.iter_machine_files(str(folder))
    about = util.load_json(path, machine.Machine.api_version)
    assert about["machine"] == found[0].params["machine"]


def test_asv_needs_commits(tmp_path):
    write_run(tmp_path, 1, 0.02, commit="")
    with pytest.raises(BadInput, match="SIMKIT_COMMIT"):
        export(read_history([tmp_path])[0], "asv", path=tmp_path / "asv")


def test_otava_layout(entries, tmp_path):
    """As https://otava.apache.org/docs/csv describes it; JSON is YAML."""
    folder = export(entries, "otava", path=tmp_path / "otava")
    ((name, test),) = json.loads((folder / "otava.yaml").read_text())["tests"].items()
    assert test["type"] == "csv"
    assert test["metrics"]["cpu_s_per_event"]["direction"] == -1
    assert test["metrics"]["events_per_s"]["direction"] == 1
    with (folder / test["file"]).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 12
    assert {test["time_column"], *test["attributes"], *test["metrics"]} == set(rows[0])
    assert name == Path(test["file"]).stem


def test_otava_reads_it_and_finds_the_change(entries, tmp_path):
    heavy = "needs apache-otava, of 300 MB with its clients of databases: pip install apache-otava"
    importer = pytest.importorskip("otava.importer", reason=heavy)
    test_config = pytest.importorskip("otava.test_config")
    folder = export(entries, "otava", path=tmp_path / "otava")
    ((name, test),) = json.loads((folder / "otava.yaml").read_text())["tests"].items()
    test["file"] = str(folder / test["file"])
    read = importer.CsvImporter().fetch_data(test_config.create_test_config(name, test))
    assert read.data["cpu_s_per_event"] == [e.figures["cpu_s_per_event"].value for e in entries]
    assert read.attributes["commit"] == [e.commit for e in entries]
    (point,) = read.analyze().change_points["cpu_s_per_event"]
    assert point.index == 6
    # The README's command.
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("otava")), "analyze", name],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={**os.environ, "OTAVA_CONFIG": "otava.yaml"},
    )
    assert "-5.0%" in shown.stdout


def test_root(entries, tmp_path):
    uproot = pytest.importorskip("uproot")
    deposits = np.random.default_rng(1).normal(2000.0, 50.0, 500)
    for entry in entries[:1]:
        table = pyarrow.table({"event": np.arange(500), "edep_MeV.gap": deposits})
        pyarrow.parquet.write_table(table, entry.record.with_name("events.parquet"))
    with uproot.open(export(entries, "root", path=tmp_path / "h.root")) as file:
        (name,) = (key for key in file.keys(cycle=False) if key.endswith("edep_gap"))
        counts, edges = file[name].to_numpy()
        assert counts.sum() == 500
        assert (edges[0], edges[-1]) == (deposits.min(), deposits.max())
        layers = file[name.replace("edep_", "layers_")]
        assert layers.values().tolist() == [1.0, 3.0, 2.0]
        assert layers.errors() == pytest.approx([0.1, 0.2, 0.0])
        assert "202601" in name


def test_bad_input(entries, tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="did you mean 'parquet'"):
        export(entries, "parket")
    with pytest.raises(BadInput, match=r"did you mean 'steps_per_event\.gamma'"):
        export(entries, "csv", "steps_per_event.gama")
    with pytest.raises(BadInput, match="is not a time in s"):
        export(entries, "pytest-benchmark", "steps_per_event.gamma", tmp_path / "x")
    pytest.importorskip("uproot")
    with pytest.raises(BadInput, match="leave METRIC out"):
        export(entries, "root", "cpu_s_per_event", tmp_path / "x")
    (tmp_path / "file").write_text("kept")
    for name in FORMATS:
        with pytest.raises(BadInput, match="cannot write"):
            export(entries, name, path=tmp_path / "file" / "x")
    assert (tmp_path / "file").read_text() == "kept"
    monkeypatch.setitem(sys.modules, "uproot", None)
    with pytest.raises(BadInput, match=r"simkit\[root\]"):
        export(entries, "root", path=tmp_path / "x.root")
