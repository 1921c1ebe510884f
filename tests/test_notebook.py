"""The worked notebook runs from its first cell to its last, and is kept without output."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from support.full import at_size

pytestmark = pytest.mark.long

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "docs").glob("*.ipynb"))
QUICKER = """
import pytest
from support.home.mlflow_store import learn_little
learn_little(pytest.MonkeyPatch())
"""
"""Run before the first cell; no cell knows of it."""
MOST_SECONDS = 600
"""A cell that hangs ends here; how long the machine takes is no test."""


def test_there_is_one():
    assert [path.stem for path in NOTEBOOKS] == ["a-month"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_output_in_small_cells(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert len(cell.source.splitlines()) <= 15
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


@at_size
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_shows_what_it_says(path, tmp_path, monkeypatch):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-learn-little.py").write_text(QUICKER)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=MOST_SECONDS, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    shown = "\n".join(
        output.get("text", "") + str(output.get("data", ""))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    assert "days-to-pay version 2 is the candidate" in shown
    assert "champion" in shown
    assert "# days-to-pay, as of" in shown
    assert "<svg" in shown
