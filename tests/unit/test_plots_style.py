"""Figures leave no trace in matplotlib and are saved whole, with the same bytes every time."""

from __future__ import annotations

import re
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread

from neuralcrn.errors import InvalidValueError, RunError
from neuralcrn.learning import Metrics
from neuralcrn.plots import loss_figure, new_figure, paper_style, save
from neuralcrn.plots.style import distinct

METRICS = [Metrics(k, 1.0 / k, 2.0 / k, None, None, 1.0, b"") for k in (1, 2, 3)]


def test_two_figures_of_the_same_values_give_the_same_bytes(tmp_path):
    figure = loss_figure(METRICS)
    first = save(figure, tmp_path / "first.png").read_bytes()
    assert save(figure, tmp_path / "second.png").read_bytes() == first
    assert save(loss_figure(METRICS), tmp_path / "third.png").read_bytes() == first
    assert b"Software" not in first
    assert b"matplotlib" not in first


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<?xml"), ("PDF", b"%PDF")])
def test_vectors_have_the_same_bytes_too(ending, start, tmp_path):
    first, second = (save(loss_figure(METRICS), tmp_path / f"{i}.{ending}").read_bytes() for i in range(2))
    assert first.startswith(start)
    assert first == second
    assert not re.search(rb"matplotlib v|CreationDate|<dc:date>", first)


def test_a_picture_has_160_dots_an_inch(tmp_path):
    path = save(new_figure(3.5, 2.0), str(tmp_path / "empty.PNG"))
    assert imread(path).shape == (320, 560, 4)


def test_saving_replaces_the_file_and_leaves_nothing_else(tmp_path):
    (tmp_path / "a.png").write_text("old")
    save(new_figure(), tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_failed_save_keeps_the_old_file(tmp_path):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(RunError, match=r"a\.png"):
        save(new_figure(), tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_names_that_cannot_be_written_are_refused(tmp_path):
    with pytest.raises(InvalidValueError, match=r"ending in \.png, \.svg, \.pdf"):
        save(new_figure(), tmp_path / "a.gif")
    with pytest.raises(InvalidValueError, match="folder does not exist"):
        save(new_figure(), tmp_path / "none" / "a.png")


def test_settings_of_matplotlib_stay_as_they_were(tmp_path):
    before = dict(matplotlib.rcParams)
    save(loss_figure(METRICS), tmp_path / "a.png")
    with pytest.raises(KeyError), paper_style():
        raise KeyError
    assert dict(matplotlib.rcParams) == before


def test_importing_plots_loads_neither_matplotlib_nor_numba():
    code = "import sys, neuralcrn.plots; print({'matplotlib', 'numba', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_names_of_equal_traces_are_joined_up_to_a_length() -> None:
    values = np.linspace(0.0, 1.0, 3)

    def joined(names: list[str]) -> str:
        ((label, _),) = distinct([(name, values) for name in names])
        return label

    assert joined(["a", "b", "c", "d"]) == "a, b, c, d"
    assert joined(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert joined(["x" * 40, "y" * 40]) == "x" * 40 + " and 1 more"
