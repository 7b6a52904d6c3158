import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from simkit.api.fastsim import timing
from simkit.api.fastsim.timing import time_model
from simkit.api.fastsim.train import train
from simkit.cli import main
from simkit.errors import BadInput
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.weights import HERE
from simkit.fastsim.showers.binning import DATASET_2
from simkit.fastsim.showers.files import Showers


def test_time_by_batch(trained, tmp_path, capsys):
    file, out = trained("splice"), tmp_path / "time.json"
    words = ["fastsim", "time", str(file), "--batches", "1,50", "--budget", "0.5s", "-n", "0", "-o", str(out)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "splice" in said
    assert "ms a shower at 95 %" in said
    record = json.loads(out.read_text())
    assert record["schema"] == "simkit.generation/1"
    assert record["transport"] is None
    assert [batch["batch"] for batch in record["batches"]] == [1, 50]
    for batch in record["batches"]:
        assert batch["rounds"] >= 6
        assert 0.0 < batch["ms"]["lo"] <= batch["ms"]["value"] <= batch["ms"]["hi"] < 50.0
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(file.read_bytes())
    assert main(["fastsim", "time", str(copy), *words[3:], "--json", "--threads", "2", "--keep"]) == 0
    assert list(read_model(copy).card.timings) == [
        "ms a shower, batch 1, 2 threads",
        "ms a shower, batch 50, 2 threads",
    ]
    record = json.loads(capsys.readouterr().out)
    assert record["sha256"] == hashlib.sha256(copy.read_bytes()).hexdigest()
    assert record["clock"] == "wall"
    assert record["batches"][0]["threads"] == 2


def test_more_showers_take_longer(trained, monkeypatch):
    """What is timed is the generator: one that computes as much again takes more than that."""
    from simkit.fastsim.models.splice import Splice

    once = time_model(trained("splice"), (200,), events=0, budget="0.5s").batches[0].ms.value
    generate = Splice.generate
    monkeypatch.setattr(Splice, "generate", lambda *given: [generate(*given) for _ in range(20)].pop())
    assert time_model(trained("splice"), (200,), events=0, budget="0.5s").batches[0].ms.value > 5 * once


def test_all_batches_of_a_round_are_whole(trained, monkeypatch):
    from simkit.fastsim.models.splice import Splice

    sizes, generate = set(), Splice.generate

    def counted(self, incident, keys):
        sizes.add(len(keys))
        return generate(self, incident, keys)

    monkeypatch.setattr(Splice, "generate", counted)
    # 30 rounds end it long before
    (found,) = time_model(trained("splice"), (150,), events=0, budget="30s").batches
    assert sizes == {1, 150}  # a trial before
    assert found.showers == 300


SOFT = """
[scenario]
base = "par04"
name = "soft"
[events.spectrum]
kind = "log-uniform"
min_MeV = 1000.0
max_MeV = 2000.0
"""


def test_time_in_transport(tmp_path, capsys):
    random = np.random.default_rng(1)
    cells = random.exponential(2.0, (40, DATASET_2.cells)) * (random.random((40, DATASET_2.cells)) < 0.02)
    showers = Showers(DATASET_2, random.uniform(900.0, 2100.0, 40), cells.astype(np.float32))
    file = train("frozen-library", showers, out=tmp_path)
    scenario = tmp_path / "soft.toml"
    scenario.write_text(SOFT)
    words = ["fastsim", "time", str(file), "--batches", "1", "--budget", "0.2s", "--scenario", str(scenario)]
    assert main([*words, "-n", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["transport"]
    assert found["scenario"] == "soft"
    assert found["showers"] == found["batch"] == 5
    assert found["full_ms"]["value"] == pytest.approx(found["ratio"] * found["fast_ms"]["value"])
    assert found["ratio"] > 1.0
    assert found["place_ms"] > 0.0


def test_cards_that_cannot_be_added_to_are_told_before(capsys, monkeypatch):
    monkeypatch.setattr(timing, "load_generator", None)
    for model, said in (("splice", "splice comes with simkit"), (__file__, "cannot be read as safetensors")):
        before = (HERE / "splice.safetensors").read_bytes()
        assert main(["fastsim", "time", model, "-n", "0", "--keep"]) == 4
        assert said in capsys.readouterr().err
        assert (HERE / "splice.safetensors").read_bytes() == before


def test_bad_input_is_one_line(trained, capsys):
    file = str(trained("splice"))
    for words, said in (
        ([file], "makes showers of 72 cells, par04 has 6480"),
        ([file, "--batches", "ten"], "--batches: found 'ten'"),
        ([file, "--batches", "0", "-n", "0"], "batches must be 1 to 10,000,000"),
        ([file, "--budget", "no", "-n", "0"], "--budget"),
        ([file, "--scenario", "testem3"], "readout"),
        (["none.safetensors"], "cannot be read"),
        (["none.safetensors", "-o", str(Path(file).parent)], "is a folder; name the file to write"),
    ):
        assert main(["fastsim", "time", *words]) == 4
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    with pytest.raises(BadInput):
        time_model(file, (), events=0)
