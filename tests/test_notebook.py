"""The notebooks of the documentation run from top to bottom, and their answers are what they say."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOKS = sorted(DOCS.glob("*.ipynb"))


def executed(name: str, folder: Path, **settings: str) -> nbformat.NotebookNode:
    """Return a notebook, with other values of names in its first cell of code, executed in a folder."""
    notebook = nbformat.read(DOCS / name, as_version=4)
    for key, value in settings.items():
        short, found = re.subn(rf"^{key} = \S+", f"{key} = {value}", notebook.cells[1].source, flags=re.M)
        assert found == 1
        notebook.cells[1].source = short
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


@pytest.fixture(scope="module")
def from_python(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    return executed("simkit-from-python.ipynb", tmp_path_factory.mktemp("notebook"), BUDGET='"3s"')


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("notebook")
    return executed("fast-simulation.ipynb", folder, SHOWERS="400", BUDGET='"3s"')


def outputs_of(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [one for one in outputs if one.output_type == "error" or one.get("name") == "stderr"] == []
    return outputs


def texts_of(notebook: nbformat.NotebookNode) -> list[str]:
    return [one.data.get("text/plain", "") for one in outputs_of(notebook) if "data" in one]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_committed_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_every_result_shows_itself(from_python: nbformat.NotebookNode) -> None:
    kinds = [set(output.get("data", {})) for output in outputs_of(from_python)]
    assert sum("text/html" in kind for kind in kinds) >= 7
    assert sum("application/vnd.plotly.v1+json" in kind for kind in kinds) == 3


def test_its_two_functions_are_measured(from_python: nbformat.NotebookNode) -> None:
    texts = texts_of(from_python)
    (measured,) = [text for text in texts if text.startswith("<MeasureResult")]
    assert "faster: at_once is" in measured
    (values,) = [text for text in texts if text.startswith("<ValuesResult")]
    assert "fail" not in values
    assert any(text.startswith("<ComparisonResult: testem3+woodcock against testem3") for text in texts)


def test_a_network_of_ones_own_is_judged_and_run(fast: nbformat.NotebookNode) -> None:
    """Plugged in within 20 lines; fast in the transport, and known by a classifier."""
    (plugged,) = [cell.source for cell in fast.cells if cell.source.startswith("class MyShowers")]
    assert len(plugged.splitlines()) <= 20
    texts = texts_of(fast)
    library, own = (text for text in texts if text.startswith("<EvaluationResult"))
    trees = [float(re.search(r"boosted trees ([\d.]+)", text)[1]) for text in (library, own)]
    assert trees[0] < 0.75 < trees[1]
    times = re.findall(
        r"([\d.]+) ms of CPU time a shower", "".join(o.get("text", "") for o in outputs_of(fast))
    )
    assert float(times[-2]) > 2.0 * float(times[-1])
    assert any(
        text.startswith("<ComparisonResult: par04+fastsim-frozen-showers against par04") for text in texts
    )
    kinds = [set(output.get("data", {})) for output in outputs_of(fast)]
    assert sum("application/vnd.plotly.v1+json" in kind for kind in kinds) == 3
