"""Networks as ONNX, with the card in the file's metadata; run by onnxruntime on one thread.

Reading such a file runs nothing but arithmetic. Needs onnx and onnxruntime (`pip install 'simkit[ml]'`).
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

from simkit.errors import BadInput
from simkit.fastsim.models.decoding import ROWS, Decoded, Energies, NetworkTrainer
from simkit.fastsim.models.descent import import_torch
from simkit.fastsim.models.model_file import Card, ModelFile, parse_card
from simkit.imports import extra
from simkit.writing import write_whole, writing_to

MEND = "give a file that simkit fastsim export wrote"
INPUTS, OUTPUT = ("noise", "incident_MeV"), "energies_MeV"
OPSET, FLOATS = 17, "tensor(float)"


def write_onnx(path: Path, trainer: NetworkTrainer, file: ModelFile) -> None:
    """Write the network of a model's file as ONNX, for ROWS showers at once. Errors: BadInput."""
    torch = import_torch()
    with extra("ml", "export to ONNX"):
        import onnx
    module = trainer.module(file)
    noise = torch.zeros(ROWS, trainer.noise(file)(_one_key()).shape[1])
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch: this way of export is the old one, which needs no more
        torch.onnx.export(
            module,
            (noise, torch.full((ROWS,), file.card.data.least_MeV)),
            content,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load_from_string(content.getvalue())
    onnx.helper.set_model_props(model, {"card": file.card.model_dump_json()})
    with writing_to(path, "give a writable place"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, model.SerializeToString())


def read_onnx_card(path: Path) -> tuple[Any, Card]:
    """Return onnxruntime's session of a file, and its card. Errors: BadInput."""
    with extra("ml", "files of ONNX"):
        import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        content = path.read_bytes()
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); {MEND}") from None
    except Exception as error:  # onnxruntime has a class of its own for each fault, and no common one
        reason = " ".join(str(error).split())[:200]
        raise BadInput(f"{path}: cannot be read as ONNX ({reason}); {MEND}") from None
    text = session.get_modelmeta().custom_metadata_map.get("card")
    if text is None:
        raise BadInput(f"{path}: has no card in its metadata; {MEND}")
    return session, parse_card(text, str(path))


def by_onnx(path: Path, session: Any, trainer: NetworkTrainer, file: ModelFile) -> Decoded:
    """Return the generator that runs a network with onnxruntime. Errors: BadInput."""

    def decode(noise: Any, energy: Any) -> Energies:
        return session.run([OUTPUT], {INPUTS[0]: noise, INPUTS[1]: energy})[0]

    generator = Decoded(trainer, file, decode)
    numbers = generator.noise(_one_key()).shape[1]
    shapes = {INPUTS[0]: [ROWS, numbers], INPUTS[1]: [ROWS], OUTPUT: [ROWS, generator.binning.cells]}
    wanted = {name: (shape, FLOATS) for name, shape in shapes.items()}
    places = (*session.get_inputs(), *session.get_outputs())
    found = {place.name: (place.shape, place.type) for place in places}
    if found != wanted:
        raise BadInput(f"{path}: has inputs and outputs {found}; must be {wanted}; {MEND}")
    return generator


def _one_key() -> Any:
    from simkit.fastsim.models.draws import shower_keys

    return shower_keys(0, 1)
