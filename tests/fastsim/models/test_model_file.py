import json
import struct

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.fastsim.models.model_file import Card, TrainingData, read_model, write_model
from simkit.fastsim.showers.binning import DATASET_2, to_xml

DATA = TrainingData(sha256="0" * 64, showers=10, least_MeV=1e3, most_MeV=1e6)
CARD = Card(model="mean-shower", binning=to_xml([DATASET_2]), data=DATA, quality={"AUC high": 0.6})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "model.safetensors"
    write_model(path, CARD, {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(4, np.uint8)})
    return path


def test_a_model_comes_back(file):
    found = read_model(file)
    assert found.card == CARD
    assert found.binning == DATASET_2
    np.testing.assert_array_equal(found.take("a", None, 3), np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(found.take("b", 4, dtype=np.uint8), np.ones(4))


def test_arrays_that_do_not_fit_are_told(file):
    found = read_model(file)
    with pytest.raises(BadInput, match="holds no array 'c'"):
        found.take("c", 3)
    with pytest.raises(BadInput, match="'a' is float32 of 2 x 3; must be float32 of n x 4"):
        found.take("a", None, 4)
    with pytest.raises(BadInput, match="must be float64 of n x 3"):
        found.take("a", None, 3, dtype=np.float64)
    found.tensors["a"][0, 0] = np.nan
    with pytest.raises(BadInput, match="not finite"):
        found.take("a", 2, 3)


def test_damaged_files_are_told(file, tmp_path):
    content = file.read_bytes()
    header = len(content) - 28  # after 24 bytes of floats and 4 of uint8
    bad = tmp_path / "bad.safetensors"
    for wrong in (b"", b"not a model", content[:-1], content[:header], b"\x80\x04K." * 30, content + b"more"):
        bad.write_bytes(wrong)
        with pytest.raises(BadInput, match=r"bad.safetensors: cannot be read as safetensors"):
            read_model(bad)
    for metadata, said in (
        ({}, "has no card"),
        ({"card": "{"}, "its card is not right"),
        ({"card": "{}"}, "model"),
        ({"card": CARD.model_dump_json().replace("1000.0", "0.0")}, r"data.least_MeV: .* greater than 0"),
        ({"card": CARD.model_dump_json().replace("1000.0", "1e7")}, "least_MeV is above most_MeV"),
    ):
        text = json.dumps({"__metadata__": metadata}).encode()
        bad.write_bytes(struct.pack("<Q", len(text)) + text)
        with pytest.raises(BadInput, match=said):
            read_model(bad)
    with pytest.raises(BadInput, match="No such file"):
        read_model(tmp_path / "none")
    with pytest.raises(BadInput, match="cannot be read"):
        read_model(tmp_path)
