import json
from functools import cache

import numpy as np
import onnx
import pytest

from simkit.api.fastsim import export
from simkit.api.fastsim.export import disagreement
from simkit.cli import main
from simkit.errors import BadInput
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.trainers import load_generator


@pytest.fixture(scope="module")
def export_of(trained, tmp_path_factory):
    """Return the function from a network's name to its file and what the command wrote of it."""

    @cache
    def both(name):
        out = tmp_path_factory.mktemp("exported") / f"{name}.onnx"
        assert main(["fastsim", "export", str(trained(name)), "-o", str(out)]) == 0
        return trained(name), out

    return both


@pytest.fixture
def exported(export_of):
    return export_of("flow")


@pytest.mark.parametrize("name", ["flow", "autoregressive"])
def test_all_ways_agree(export_of, toy, name):
    """The autoregressive model's own way is the compiled decoder."""
    exported = model, onnx_file = export_of(name)
    assert disagreement(model, onnx_file) < 1e-5
    truth = toy(50, seed=8)
    own, by_onnx = (load_generator(file)[0] for file in exported)
    keys = shower_keys(2, 50)
    one, other = (g.generate(truth.incident_MeV, keys) for g in (own, by_onnx))
    assert np.mean((one > 0) == (other > 0)) > 0.999
    off = np.abs(one - other).max(axis=1) / one.max(axis=1)
    assert np.sort(off)[48] < 1e-5
    parts = [by_onnx.generate(truth.incident_MeV[i : i + 7], keys[i : i + 7]) for i in range(0, 50, 7)]
    np.testing.assert_array_equal(np.concatenate(parts), other)
    assert read_model(model).card == load_generator(onnx_file)[1].card


def test_memory_is_less_than_as_text(trained, tmp_path, capsys):
    """LWTNN reads networks as dense JSON."""
    out = tmp_path / "flow.json"
    words = ["fastsim", "export", str(trained("flow")), "--to", "json", "-o", str(out), "--json"]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["off"] is None
    binary, text = said["memory"]
    assert (binary["what"], text["what"]) == ("safetensors", "json")
    assert text["file_MB"] > 3 * binary["file_MB"]
    numbers = {name: np.array(rows) for name, rows in json.loads(out.read_text()).items()}
    for name, array in read_model(trained("flow")).tensors.items():
        np.testing.assert_array_equal(numbers[name].astype(array.dtype), array)


def test_files_of_any_name_and_shipped_models(exported, tmp_path, capsys, monkeypatch):
    """What a file holds counts, not what it is called; a shipped one's text is written here."""
    model, onnx_file = exported
    named = tmp_path / "best.model"
    named.write_bytes(model.read_bytes())
    assert main(["fastsim", "export", str(named), "--json"]) == 0
    memory = json.loads(capsys.readouterr().out)["memory"]
    assert [use["what"] for use in memory] == ["safetensors", "onnx"]
    assert (tmp_path / "best.onnx").read_bytes() == onnx_file.read_bytes()
    monkeypatch.chdir(tmp_path)
    assert main(["fastsim", "export", "gflash", "--to", "json"]) == 0
    capsys.readouterr()
    assert json.loads((tmp_path / "gflash.json").read_text())
    itself = tmp_path / "itself.json"
    itself.write_bytes(model.read_bytes())
    assert main(["fastsim", "export", str(itself), "--to", "json"]) == 4
    assert "is the model itself" in capsys.readouterr().err
    assert itself.read_bytes() == model.read_bytes()


def test_what_disagrees_leaves_the_older_file(exported, tmp_path, capsys, monkeypatch):
    out = tmp_path / "good.onnx"
    out.write_bytes(b"good")
    monkeypatch.setattr(export, "disagreement", lambda one, other: float("nan"))
    assert main(["fastsim", "export", str(exported[0]), "-o", str(out)]) == 4
    assert "ONNX and torch differ" in capsys.readouterr().err
    assert out.read_bytes() == b"good"


def test_a_process_that_cannot_load_is_one_line(tmp_path):
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(BadInput, match=r"cannot load it \(.*JSONDecodeError.*\), give"):
        export.memory_of(tmp_path / "bad.json", "json")


def test_bad_input_is_one_line(exported, trained, tmp_path, capsys):
    model, onnx_file = exported
    for words, said in (
        ([str(trained("splice"))], "splice cannot be exported; of simkit's models, autoregressive, flow can"),
        ([str(model), "--to", "pickle"], "--to: unknown form 'pickle'"),
        ([str(model), "-o", str(tmp_path / "a.bin")], "must end in .onnx"),
        ([str(tmp_path / "none")], "cannot be read"),
    ):
        assert main(["fastsim", "export", *words]) == 4
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    bad = tmp_path / "bad.onnx"
    content = onnx_file.read_bytes()
    for wrong in (b"", b"no", content[: len(content) // 2], b"\x80\x04K." * 30):
        bad.write_bytes(wrong)
        with pytest.raises(BadInput, match=r"bad\.onnx: (cannot be read as ONNX|has no card)"):
            load_generator(bad)
    network = onnx.load(onnx_file)
    network.graph.input[1].type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    for node in network.graph.node:  # so that onnxruntime takes it
        node.input[:] = ["as_float" if name == "incident_MeV" else name for name in node.input]
    cast = onnx.helper.make_node("Cast", ["incident_MeV"], ["as_float"], to=onnx.TensorProto.FLOAT)
    network.graph.node.insert(0, cast)
    onnx.save(network, bad)
    with pytest.raises(BadInput, match=r"bad\.onnx: has inputs and outputs .*tensor\(float16\).* must be"):
        load_generator(bad)
    network = onnx.load(onnx_file)
    for props, said in (({}, "has no card"), ({"card": "{}"}, "its card is not right")):
        del network.metadata_props[:]
        onnx.helper.set_model_props(network, props)
        onnx.save(network, bad)
        with pytest.raises(BadInput, match=said):
            load_generator(bad)
    card = read_model(model).card
    for changed, said in (
        ({"model": "splice"}, "cannot be exported"),
        ({"model": "gone"}, "unknown trainer"),
    ):
        del network.metadata_props[:]
        onnx.helper.set_model_props(network, {"card": card.model_copy(update=changed).model_dump_json()})
        onnx.save(network, bad)
        with pytest.raises(BadInput, match=said):
            load_generator(bad)
    other = card.model_copy(update={"binning": card.binning.replace('n_bin_alpha="4"', 'n_bin_alpha="5"')})
    del network.metadata_props[:]
    onnx.helper.set_model_props(network, {"card": other.model_dump_json()})
    onnx.save(network, bad)
    with pytest.raises(BadInput, match="has inputs and outputs"):
        load_generator(bad)
    with pytest.raises(BadInput, match="cannot be read"):
        load_generator(tmp_path / "none.onnx")
