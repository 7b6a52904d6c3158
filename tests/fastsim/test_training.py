from pathlib import Path

import numpy as np
import pytest

from simkit import plugins
from simkit.api.fastsim.card import add_to_card
from simkit.api.fastsim.generate import generate, generated
from simkit.api.fastsim.timing import time_model
from simkit.api.fastsim.train import digest, train
from simkit.cli import main
from simkit.errors import BadInput, Interrupted
from simkit.fastsim.models import frozen_library
from simkit.fastsim.models.model_file import read_model, write_model
from simkit.fastsim.models.trainers import find_trainer, load_generator
from simkit.fastsim.showers.files import read_showers, write_showers
from simkit.record.machine import code_commit

MEAN = Path(__file__).with_name("models") / "mean_shower.py"


@pytest.fixture
def mean_shower(monkeypatch):
    monkeypatch.setenv(plugins.VARIABLE, str(MEAN))


def test_train_and_generate(mean_shower, toy, tmp_path, capsys):
    """The whole way by the command line, with a trainer of a plug-in."""
    write_showers(tmp_path / "toy.h5", toy(50)._replace(outside=0.01))
    folder = tmp_path / "mean"
    words = ["fastsim", "train", "mean-shower", "--data", str(tmp_path / "toy.h5"), "-o", str(folder)]
    assert main([*words, "--seed", "3", "--set", "steps=5"]) == 0
    file = folder / "mean-shower.safetensors"
    assert str(file) in capsys.readouterr().out
    card = read_model(file).card
    assert (card.seed, card.settings["steps"], card.data.showers) == (3, 5, 50)
    assert card.data.sha256 == digest(toy(50))
    assert card.data.outside == 0.01
    assert card.commit == code_commit()
    assert card.parameters == 72
    assert (folder / "curves.csv").read_text().splitlines()[0] == "seconds,step,loss"
    assert sorted(path.name for path in folder.iterdir()) == ["curves.csv", file.name, "training.json"]

    out = tmp_path / "out.h5"
    assert main(["fastsim", "generate", str(file), "-n", "40", "-o", str(out)]) == 0
    made = read_showers(out)
    assert made.energies_MeV.shape == (40, 72)
    assert made.binning == toy(1).binning
    assert (
        main(["fastsim", "generate", str(file), "--energies-of", str(tmp_path / "toy.h5"), "-o", str(out)])
        == 0
    )
    np.testing.assert_array_equal(read_showers(out).incident_MeV, toy(50).incident_MeV)
    whole = generate(file, 2500)
    assert whole.incident_MeV.min() >= card.data.least_MeV
    part, _ = load_generator(file)
    from simkit.fastsim.models.draws import shower_keys

    last = part.generate(whole.incident_MeV[2400:], shower_keys(1, 100, first=2400))
    np.testing.assert_array_equal(whole.energies_MeV[2400:], last)


def test_an_interrupted_training_goes_on(mean_shower, toy, tmp_path):
    showers = toy(30)
    stopped = {"stop_at": 2}
    with pytest.raises(Interrupted, match="the same command goes on"):
        train("mean-shower", showers, out=tmp_path / "a", set=stopped)
    assert (tmp_path / "a" / "checkpoint.safetensors").exists()
    for name, value in (("seed", 2), ("set", {"steps": 7}), ("data", toy(30, 2))):
        given = {"data": showers, "set": stopped} | {name: value}
        with pytest.raises(BadInput, match="holds a training with other"):
            train("mean-shower", out=tmp_path / "a", **given)
    file = train("mean-shower", showers, out=tmp_path / "a", set=stopped)
    through = train("mean-shower", showers, out=tmp_path / "b")
    np.testing.assert_array_equal(read_model(file).tensors["mean"], read_model(through).tensors["mean"])
    points = (tmp_path / "a" / "curves.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in points] == ["step", "0", "1", "2", "3"]
    written = file.stat().st_mtime_ns
    assert train("mean-shower", showers, out=tmp_path / "a", set=stopped) == file
    assert file.stat().st_mtime_ns == written


def test_what_is_made_in_one_go_says_so(toy, tmp_path, monkeypatch):
    """It knows no budget, and an interruption leaves nothing that goes on."""
    with pytest.raises(BadInput, match="--budget: splice is made in one go"):
        train("splice", toy(30), "5m", out=tmp_path / "a")
    assert not (tmp_path / "a").exists()

    def interrupted(*given):
        raise KeyboardInterrupt

    card = read_model(train("splice", toy(30), out=tmp_path / "b")).card
    assert card.parameters == 60  # energies; bytes of packed streams are no parameters
    monkeypatch.setattr(frozen_library, "packed_to", interrupted)
    with pytest.raises(Interrupted, match="there is no checkpoint: the same command begins anew"):
        train("splice", toy(30), out=tmp_path / "a")


def test_a_damaged_checkpoint_is_told(mean_shower, toy, tmp_path):
    with pytest.raises(Interrupted):
        train("mean-shower", toy(30), out=tmp_path, set={"stop_at": 2})
    (tmp_path / "checkpoint.safetensors").write_bytes(b"?" * 100)
    with pytest.raises(BadInput, match=r"checkpoint\.safetensors: cannot be read"):
        train("mean-shower", toy(30), out=tmp_path, set={"stop_at": 2})


def test_bad_input_is_one_line(mean_shower, toy, tmp_path, capsys):
    data = tmp_path / "toy.h5"
    write_showers(data, toy(20))
    for words, said in (
        (
            ["train", "mean-showr", "--data", str(data)],
            "unknown trainer 'mean-showr'; did you mean 'mean-shower'?",
        ),
        (["train", "mean-shower", "--data", str(data), "--set", "steps=x"], "mean-shower.steps"),
        (["train", "mean-shower", "--data", str(data), "--set", "stepz=3"], "unknown key 'stepz'"),
        (["train", "mean-shower", "--data", str(data), "--budget", "long"], "--budget"),
        (["train", "mean-shower", "--data", str(tmp_path / "no.h5")], "no.h5: cannot be read as HDF5"),
        (["train", "mean-shower", "--data", str(data), "--seed", str(2**64)], "--seed: found 1844"),
        (["generate", str(data), "-n", "3", "-o", str(tmp_path / "x.h5")], "cannot be read as safetensors"),
        (
            ["generate", str(data), "-n", "3", "-o", str(tmp_path)],
            "is a folder; name the file to write, such as",
        ),
        (["generate", str(data), "-n", "3", "-o", str(data / "x.h5")], "cannot write to"),
    ):
        assert main(["fastsim", *words]) == 4
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    for showers in (toy(1), toy(20)._replace(energies_MeV=0.0 * toy(20).energies_MeV)):
        with pytest.raises(BadInput, match="mean-shower: cannot be trained on one shower, or on none with"):
            train("mean-shower", showers, out=tmp_path / "none")
    file = train("mean-shower", toy(20), out=tmp_path / "mean")
    assert main(["fastsim", "generate", str(file), "-o", str(tmp_path / "x.h5")]) == 4
    assert "-n: give a number" in capsys.readouterr().err
    words = ["generate", str(file), "-n", "21", "--energies-of", str(data), "-o", str(tmp_path / "x.h5")]
    assert main(["fastsim", *words]) == 4
    assert "-n 21: " in (error := capsys.readouterr().err)
    assert "toy.h5 has 20 showers; give no more" in error
    with pytest.raises(BadInput, match=r"--seed: found 18446744073709551616"):
        generate(file, 3, seed=2**64)
    with pytest.raises(BadInput, match=r"was trained on .* found 1e\+09 MeV"):
        generate(file, incident_MeV=np.array([1e9]))
    found = read_model(file)
    write_model(file, found.card, {"mean": -found.tensors["mean"]})
    with pytest.raises(BadInput, match=r"gives no energies in 3 of 3 showers"):
        generate(file, 3)
    write_model(file, found.card.model_copy(update={"model": "gone"}), found.tensors)
    with pytest.raises(BadInput, match="unknown trainer 'gone'"):
        load_generator(file)


TRAINER = """
from simkit.sections import Section

class Odd:
    name, settings = "odd", Section

    def train(self, showers, settings, run):
        run.quality = {"chi2": float("nan"), "AUC": 0.5}
        return GIVES

    def build(self, file):
        raise RuntimeError("unbuilt")

TRAINERS = [Odd()]
"""


@pytest.mark.parametrize(
    ("gives", "said"),
    [
        ("None", "odd: its training gives no arrays of numbers by name"),
        ("{'a': [1.0]}", "odd: its training gives no arrays of numbers by name"),
        ("{'a': showers.energies_MeV.astype(str)}", "odd: its training gives no arrays of numbers by name"),
        ("{'a': 1 // 0}", r"'odd': the plug-in's cannot be trained \(ZeroDivisionError: .*\); correct it"),
    ],
)
def test_what_a_plug_in_trains_is_looked_at(toy, tmp_path, monkeypatch, gives, said):
    file = tmp_path / "odd.py"
    file.write_text(TRAINER.replace("GIVES", gives))
    monkeypatch.setenv(plugins.VARIABLE, str(file))
    with pytest.raises(BadInput, match=said):
        train("odd", toy(20), out=tmp_path / "out")
    assert not list(tmp_path.rglob("*.safetensors"))


def test_figures_that_are_no_numbers_stay_out_of_the_card(toy, tmp_path, monkeypatch):
    file = tmp_path / "odd.py"
    file.write_text(TRAINER.replace("GIVES", "{'a': showers.incident_MeV}"))
    monkeypatch.setenv(plugins.VARIABLE, str(file))
    made = train("odd", toy(20), out=tmp_path / "out")
    assert read_model(made).card.quality == {"AUC": 0.5}
    add_to_card(made, {"FPD": float("inf"), "KPD": 1e-3}, {})
    assert read_model(made).card.quality == {"AUC": 0.5, "KPD": 1e-3}
    with pytest.raises(BadInput, match=r"'odd': the plug-in's cannot be built \(RuntimeError: unbuilt"):
        load_generator(made)


def test_a_plug_in_that_is_no_trainer_is_told(tmp_path, monkeypatch):
    file = tmp_path / "odd.py"
    file.write_text("class Odd:\n    name = 'odd'\nTRAINERS = [Odd()]\n")
    monkeypatch.setenv(plugins.VARIABLE, str(file))
    with pytest.raises(BadInput, match="trainer 'odd': the plug-in's needs settings"):
        find_trainer("odd")


def test_a_model_of_another_training_is_not_called_finished(mean_shower, toy, tmp_path):
    file = train("mean-shower", toy(20), out=tmp_path, seed=3)
    assert train("mean-shower", toy(20), out=tmp_path, seed=3) == file
    (tmp_path / "training.json").unlink()
    said = r"mean-shower\.safetensors: was trained on other data or otherwise"
    for other in ({"data": toy(21)}, {"data": toy(20), "set": {"steps": 5}}, {"data": toy(20), "seed": 4}):
        with pytest.raises(BadInput, match=said):
            train("mean-shower", out=tmp_path, **({"seed": 3} | other))
        assert not (tmp_path / "training.json").exists()


def test_showers_are_not_written_over_what_they_come_from(mean_shower, toy, tmp_path, capsys):
    file, energies = train("mean-shower", toy(20), out=tmp_path / "mean"), tmp_path / "energies.h5"
    write_showers(energies, toy(20))
    (tmp_path / "link.h5").symlink_to(energies)
    for out, said in (
        (file, "is the model itself"),
        (energies, "is where the energies are"),
        (tmp_path / "link.h5", "is where the energies are"),
    ):
        words = ["fastsim", "generate", str(file), "--energies-of", str(energies), "-o", str(out)]
        assert main(words) == 4
        assert f"-o: {out} {said}; give another file" in capsys.readouterr().err
    assert read_model(file).card.model == "mean-shower"


def test_more_showers_than_there_is_room_for_are_one_line(mean_shower, toy, tmp_path, monkeypatch):
    file = train("mean-shower", toy(20), out=tmp_path)
    with pytest.raises(BadInput, match=r"-n: found 10000000000; must be 100,000,000 at most"):
        generate(file, 10**10)
    with pytest.raises(BadInput, match=r"time: batches must be 1 to 10,000,000"):
        time_model(file, (10**10,), events=0)

    def full(*shape, **more):
        raise MemoryError

    monkeypatch.setattr("simkit.api.fastsim.generate.np.empty", full)
    with pytest.raises(BadInput, match=r"20 showers of 72 cells do not fit into memory; make fewer"):
        generated(load_generator(file)[0], "mine", np.ones(20), np.ones(20, dtype=np.uint64))
