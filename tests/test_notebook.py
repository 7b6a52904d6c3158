"""The notebook of the documentation runs from top to bottom, and its answers are what it says."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "docs" / "simkit-from-python.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook with short budgets, executed in an empty folder."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    short, found = re.subn(r'BUDGET = "\w+"', 'BUDGET = "3s"', notebook.cells[1].source)
    assert found == 1
    notebook.cells[1].source = short
    folder = tmp_path_factory.mktemp("notebook")
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def test_it_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_every_result_shows_itself(executed: nbformat.NotebookNode) -> None:
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    kinds = [set(output.get("data", {})) for output in outputs]
    assert sum("text/html" in kind for kind in kinds) >= 7
    assert sum("application/vnd.plotly.v1+json" in kind for kind in kinds) == 3
    assert [
        output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"
    ] == []


def test_its_two_functions_are_measured(executed: nbformat.NotebookNode) -> None:
    texts = [
        output.data.get("text/plain", "")
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    (measured,) = [text for text in texts if text.startswith("<MeasureResult")]
    assert "faster: at_once is" in measured
    (values,) = [text for text in texts if text.startswith("<ValuesResult")]
    assert "fail" not in values
    assert any(text.startswith("<ComparisonResult: testem3+woodcock against testem3") for text in texts)
