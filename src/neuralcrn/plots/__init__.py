"""Figures: functions of plain values that return a matplotlib `Figure`, and `save` to write it.

>>> from neuralcrn.plots import loss_figure
>>> from neuralcrn.learning import Metrics
>>> figure = loss_figure([Metrics(k, 1 / k, 2 / k, None, None, 1.0, b"") for k in (1, 2)])
>>> figure.axes[0].get_xlabel()
'epoch'
"""

from neuralcrn.plots.curves import loss_figure, parameter_figure
from neuralcrn.plots.cycle import cycle_figure
from neuralcrn.plots.data import data_figure
from neuralcrn.plots.fit import confusion_figure, decision_figure, fit_figure, prediction_figure
from neuralcrn.plots.graph import network_figure, network_svg
from neuralcrn.plots.seeds import loss_seeds_figure, spread_figure
from neuralcrn.plots.simulation import runs_figure, scan_figure, trajectory_figure
from neuralcrn.plots.step import step_figure
from neuralcrn.plots.style import (
    checked_ending,
    image_of,
    legend_above,
    new_figure,
    paper_style,
    png_of,
    save,
)

__all__ = [
    "checked_ending",
    "confusion_figure",
    "cycle_figure",
    "data_figure",
    "decision_figure",
    "fit_figure",
    "image_of",
    "legend_above",
    "loss_figure",
    "loss_seeds_figure",
    "network_figure",
    "network_svg",
    "new_figure",
    "paper_style",
    "parameter_figure",
    "png_of",
    "prediction_figure",
    "runs_figure",
    "save",
    "scan_figure",
    "spread_figure",
    "step_figure",
    "trajectory_figure",
]
