"""Figures of predictions: against targets, as decision map, and as confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.errors import InvalidValueError, printable
from neuralcrn.plots.columns import axis_label
from neuralcrn.plots.style import (
    BLACK,
    BLUE,
    COLUMN_WIDTH,
    GREY,
    PAGE_WIDTH,
    PALETTE,
    VERMILLION,
    beside_bar,
    legend_above,
    new_figure,
    paper_style,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    from neuralcrn.tasks import Samples, Task

Predict = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Function from features (n, inputs) to outputs (n, outputs), both concentrations."""

RESOLUTION = 60
"""Points per side of a decision map."""
_MAX_NUMBERS = 12
"""Maximum number of classes for which counts are written into a confusion matrix."""
_DOT, _RING, _CROWD = 14.0, 3.2, 150
"""Areas of the dot of a sample, in points squared, and of the circle that marks an error, in dots; if there
are more samples than the limit, a random subset is shown so that the map is visible.
"""
_NAME_LENGTH, _KEY_LENGTH = 20, 12
"""Maximum length of a class name beside a confusion matrix, and in the legend of a decision map."""
_ROOM = 40
"""Number of characters of class names that fit side by side below a confusion matrix."""


def prediction_figure(
    targets: ArrayLike, before: ArrayLike, after: ArrayLike, name: str, quantity: str = ""
) -> Figure:
    """Draw predictions against targets before and after training, with their losses.

    The range of the axes is that of predictions after training; points outside are counted.

    Parameters
    ----------
    targets, before, after : array (n, outputs) or (n,), concentration
        Targets, and outputs before and after training.
    name : str
        Name of the task, for the title.
    quantity : str
        Name of the predicted quantity if the arrays are in raw units; the title then gives the root mean
        square error instead of the loss.

    Raises
    ------
    InvalidValueError
        If the arrays are empty, differ in shape or contain a number that is not finite.

    Examples
    --------
    >>> figure = prediction_figure([0.0, 1.0], [0.5, 0.5], [0.1, 0.9], "line")
    >>> [axes.get_title() for axes in figure.axes]
    ['before training: loss 0.125', 'after training: loss 0.005']
    """
    wanted, *predictions = (
        _table(what, x) for what, x in (("targets", targets), ("before", before), ("after", after))
    )
    if any(prediction.shape != wanted.shape for prediction in predictions):
        shapes = ", ".join(str(prediction.shape) for prediction in predictions)
        raise InvalidValueError(
            f"predictions of shape {shapes} for targets of shape {wanted.shape}: give one each"
        )
    outputs = wanted.shape[1]
    shown = np.concatenate([wanted, predictions[1]])
    low, high = float(shown.min()), float(shown.max())
    margin = 0.05 * (high - low) or 1.0
    ends = (low - margin, high + margin)
    unit = plain(quantity, _NAME_LENGTH) or "concentration"
    figure = new_figure(PAGE_WIDTH * 0.8, 3.3)
    with paper_style():
        figure.suptitle(plain(name), fontsize=9.0)
        panels = figure.subplots(1, 2, sharex=True, sharey=True)
        for panel, when, prediction in zip(panels, ("before", "after"), predictions, strict=True):
            panel.plot(ends, ends, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
            for k in range(outputs):
                panel.plot(
                    wanted[:, k], prediction[:, k], linestyle="none", marker="o", alpha=0.75,
                    markeredgewidth=0.0, color=PALETTE[k % len(PALETTE)], label=f"output {k + 1}", zorder=2,
                )  # fmt: skip
            square = float(np.mean(np.sum((prediction - wanted) ** 2, axis=1)))
            error = f"error {math.sqrt(square):.4g} (rms)" if quantity else f"loss {0.5 * square:.3g}"
            panel.set_title(f"{when} training: {error}")
            if beyond := int(np.sum((prediction < ends[0]) | (prediction > ends[1]))):
                panel.text(
                    0.98, 0.02, f"{beyond} beyond", transform=panel.transAxes, ha="right", va="bottom",
                    fontsize=7.0, color=GREY,
                )  # fmt: skip
            panel.set(xlim=ends, ylim=ends, aspect="equal", xlabel=f"target ({unit})")
            panel.locator_params(nbins=5)
        panels[0].set_ylabel(f"prediction ({unit})")
        if 1 < outputs <= len(PALETTE):
            panels[1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def decision_figure(
    task: Task, predict: Predict, samples: Samples | None = None, *, resolution: int = RESOLUTION
) -> Figure:
    """Draw the output as a function of two features, with samples; misclassified samples are circled.

    Parameters
    ----------
    task : Task
        A classification with two features and one output with a threshold.
    predict : callable
        Function from features (n, 2) to outputs (n, 1), concentration; it is called once for the map and the
        samples.
    samples : Samples, optional
        Samples shown on the map; by default the validation samples.
    resolution : int
        Points per side of the map.

    Raises
    ------
    InvalidValueError
        If the task is of another kind, the resolution is below 2, or `predict` returns another shape.
    """
    if task.threshold is None or task.inputs != 2:
        raise InvalidValueError(
            f"task {printable(task.name)}: a decision map needs two features and a threshold, "
            f"got {task.inputs} features and {task.outputs} outputs: draw its confusion or its predictions"
        )
    if resolution < 2:
        raise InvalidValueError(f"resolution {resolution} of a decision map: give at least 2 points a side")
    shown = task.validation if samples is None else samples
    sides = [np.linspace(low, high, resolution) for low, high in _extent(task, shown)]
    plane = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    asked = np.concatenate([plane, shown.features])
    outputs = np.asarray(predict(asked), dtype=np.float64)
    got, wanted = task.labels(outputs), task.labels(shown.targets)
    if len(got) != len(asked):
        raise InvalidValueError(f"{len(got)} outputs for {len(asked)} rows of features: give one row each")
    wrong = got[len(plane) :] != wanted
    figure = new_figure(COLUMN_WIDTH, 3.2)
    with paper_style():
        panel = figure.subplots()
        reach = float(np.abs(shown.targets - task.threshold).max()) or 1.0
        _draw_map(
            panel, sides, outputs[: len(plane), 0].reshape(resolution, resolution), task.threshold, reach
        )
        _draw_samples(panel, shown, wanted, wrong, task.classes)
        panel.set(xlabel=axis_label(task, 0), ylabel=axis_label(task, 1))
        sets = {"test": task.test, "training": task.train, "validation": task.validation}
        sort = next((f"{name} " for name, known in sets.items() if known is shown), "")
        figure.suptitle(
            f"{plain(task.name)}\n{int(wrong.sum())} of {len(wrong)} {sort}samples misclassified",
            fontsize=8.0,
        )
    return figure


def confusion_figure(
    labels_true: ArrayLike, labels_predicted: ArrayLike, classes: Sequence[str], name: str = ""
) -> Figure:
    """Draw a confusion matrix; shades are fractions of the true class.

    Parameters
    ----------
    labels_true, labels_predicted : array (n,) of int
        Class of each sample, counted from 0.
    classes : sequence of str
        Names in label order.
    name : str
        Name of the task, for the title.

    Raises
    ------
    InvalidValueError
        If the labels are empty, their numbers differ, or a label is out of range.

    Examples
    --------
    >>> figure = confusion_figure([0, 0, 1], [0, 1, 1], ["no", "yes"])
    >>> figure.axes[0].get_title()
    '1 of 3 misclassified'
    """
    counts = _confusion(np.asarray(labels_true), np.asarray(labels_predicted), len(classes))
    fractions = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = COLUMN_WIDTH if len(classes) <= 6 else 0.7 * PAGE_WIDTH
    figure = new_figure(size, 0.85 * size)
    with paper_style():
        panel = figure.subplots()
        image = panel.imshow(fractions, cmap=_shades(("#FFFFFF", BLUE)), vmin=0.0, vmax=1.0, aspect="auto")
        if len(classes) <= _MAX_NUMBERS:
            for (row, column), count in np.ndenumerate(counts):
                ink = "white" if fractions[row, column] > 0.5 else BLACK
                panel.text(column, row, f"{count}", ha="center", va="center", color=ink)
        names = [plain(name, _NAME_LENGTH) for name in classes]
        panel.set_xticks(range(len(names)), names)
        panel.set_yticks(range(len(names)), names)
        if max(map(len, names)) * len(names) > _ROOM:
            panel.tick_params(axis="x", rotation=45.0)
            for label in panel.get_xticklabels():
                label.set(horizontalalignment="right", rotation_mode="anchor")
        panel.tick_params(length=0.0)
        panel.spines[:].set_visible(True)
        for edge in np.arange(0.5, len(names) - 1.0):
            panel.axhline(edge, color=GREY, linewidth=0.4)
            panel.axvline(edge, color=GREY, linewidth=0.4)
        panel.set(xlabel="predicted class", ylabel="true class")
        if name:
            figure.suptitle(plain(name), fontsize=8.0)
        panel.set_title(f"{int(counts.sum() - np.trace(counts))} of {int(counts.sum())} misclassified")
        beside_bar(panel, image, "fraction of the true class")
    return figure


def fit_figure(task: Task, before: Predict, after: Predict) -> tuple[str, Figure]:
    """Draw predictions of a task in the appropriate form, and return the name of the form.

    Parameters
    ----------
    task : Task
        The task.
    before, after : callable
        Functions from features (n, inputs) to outputs (n, outputs), before and after training.

    Returns
    -------
    name : str
        ``prediction`` for a regression, ``decision`` for two features and a threshold, otherwise
        ``confusion``.
    figure : Figure
    """
    features, targets = task.validation.features, task.validation.targets
    title = f"{task.name}, validation samples"
    if task.kind == "regression":
        asked, known = (before(features), after(features)), task.scaling
        if known is None or not known.target_low or task.outputs > 1:
            return "prediction", prediction_figure(targets, *asked, title)
        first, last = map(known.unscale_targets, asked)
        wanted = known.unscale_targets(targets)
        return "prediction", prediction_figure(wanted, first, last, title, task.target_names[0])
    if task.inputs == 2 and task.outputs == 1:
        return "decision", decision_figure(task, after, task.test or task.validation)
    labels = task.labels(targets), task.labels(after(features))
    return "confusion", confusion_figure(*labels, task.classes, title)


def _draw_map(
    panel: Axes,
    sides: Sequence[NDArray[np.float64]],
    outputs: NDArray[np.float64],
    threshold: float,
    reach: float,
) -> None:
    """Draw the output with a colour scale between the targets, and a line at the threshold."""
    from matplotlib.colors import CenteredNorm

    half = [0.5 * (side[1] - side[0]) for side in sides]
    (left, right), (bottom, top) = ((side[0] - h, side[-1] + h) for side, h in zip(sides, half, strict=True))
    image = panel.imshow(
        outputs, origin="lower", extent=(left, right, bottom, top), aspect="auto", interpolation="bilinear",
        cmap=_shades(("#7FB8D8", "#FFFFFF", "#F2B48C")), norm=CenteredNorm(threshold, reach),
    )  # fmt: skip
    if outputs.min() < threshold < outputs.max():
        panel.contour(*sides, outputs, levels=[threshold], colors=[BLACK], linewidths=1.0)
    panel.set(xlim=(sides[0][0], sides[0][-1]), ylim=(sides[1][0], sides[1][-1]))
    beside_bar(panel, image, "output (concentration)", extend="both")


def _draw_samples(
    panel: Axes, samples: Samples, labels: NDArray[np.int64], wrong: NDArray[np.bool_], classes: Sequence[str]
) -> None:
    """Draw samples by their true class, with circles around misclassified ones; if there are many, a
    subset.
    """
    chosen = np.arange(len(samples))
    if len(samples) > _CROWD:
        chosen = np.sort(np.random.default_rng(0).permutation(len(samples))[:_CROWD])
    x, y = samples.features[chosen].T
    for k, (name, colour, marker) in enumerate(zip(classes, (BLUE, VERMILLION), "os", strict=True)):
        mine = labels[chosen] == k
        panel.scatter(
            x[mine], y[mine], s=_DOT, marker=marker, color=colour, linewidths=0.0,
            label=plain(name, _KEY_LENGTH), zorder=3, clip_on=False,
        )  # fmt: skip
    missed = wrong[chosen]
    panel.scatter(
        x[missed], y[missed], s=_RING * _DOT, marker="o", facecolors="none", edgecolors=BLACK,
        linewidths=0.8, label="wrong", zorder=4, clip_on=False,
    )  # fmt: skip
    legend_above(panel, 3)
    if len(chosen) < len(samples):
        panel.set_title(f"{len(chosen)} shown", loc="right", fontsize=7.0, color=GREY)


def _shades(colours: Sequence[str]) -> LinearSegmentedColormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("shades", list(colours))


def _extent(task: Task, samples: Samples) -> NDArray[np.float64]:
    """Return the plotted range of both features: the bounds of the task, extended to include every sample."""
    low = np.minimum(task.bounds[:, 0], samples.features.min(axis=0))
    return np.stack([low, np.maximum(task.bounds[:, 1], samples.features.max(axis=0))], axis=1)


def _confusion(true: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Return counts, shape (classes, classes), by true and predicted class."""
    if true.ndim != 1 or true.shape != predicted.shape or len(true) == 0:
        raise InvalidValueError(
            f"labels of shape {true.shape} and {predicted.shape}: give one of each a sample"
        )
    both = np.concatenate([true, predicted])
    if not np.issubdtype(both.dtype, np.integer) or both.min() < 0 or both.max() >= classes:
        raise InvalidValueError(f"labels must be whole numbers from 0 to {classes - 1} for {classes} classes")
    return np.bincount(true * classes + predicted, minlength=classes**2).reshape(classes, classes)


def _table(what: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return values as a table (n, outputs) of finite numbers."""
    table = np.asarray(values, dtype=np.float64)
    table = table[:, np.newaxis] if table.ndim == 1 else table
    if table.ndim != 2 or table.size == 0 or not np.isfinite(table).all():
        raise InvalidValueError(
            f"{what}: finite numbers of shape (n, outputs) expected, got shape {table.shape}"
        )
    return table
