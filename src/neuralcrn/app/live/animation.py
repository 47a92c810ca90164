"""Animation of a training: what had been learned after each of some epochs, by simulated reactions."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neuralcrn.app.live.chemistry import chemistry_of
from neuralcrn.app.live.scene import Scene
from neuralcrn.app.live.training import LiveTraining
from neuralcrn.errors import InvalidValueError
from neuralcrn.learning import Metrics, Trainer
from neuralcrn.plots import fit_figure, png_of

_FRAMES = 40
"""Largest number of frames."""
_MILLISECONDS, _LAST = 150, 2_000
"""Duration of each frame, and of the last one."""


def animation(training: LiveTraining) -> bytes:
    """Return the training as an animated GIF.

    Each frame is drawn by `neuralcrn.plots.fit_figure` from predictions by simulated reactions with the
    parameters that were measured after the epoch.

    Raises
    ------
    InvalidValueError
        If no epoch is completed.
    """
    if not training.losses:
        raise InvalidValueError("the animation has a frame for every epoch: wait until the first is over")
    images = [Image.open(io.BytesIO(frame)).convert("P") for frame in _drawn(training)]
    stream = io.BytesIO()
    durations = [_MILLISECONDS] * (len(images) - 1) + [_LAST]
    images[0].save(stream, format="GIF", save_all=True, append_images=images[1:], duration=durations, loop=0)
    return stream.getvalue()


def _drawn(training: LiveTraining) -> Iterator[bytes]:
    """Yield the frames as PNG."""
    moment = training.moment
    rows = list(zip(moment.losses, moment.progress.metrics, strict=True))
    stride = -(-len(rows) // _FRAMES)
    for loss, metrics in reversed(rows[::-stride]):  # with the last one
        change = next(c for c in reversed(moment.log) if c.samples < loss.samples)
        trainer = _trainer(change.scene.to_address())
        state = trainer.empty_epoch(_pot(trainer, metrics), metrics.epoch)
        predict = partial(trainer.predict, state)
        _, figure = fit_figure(trainer.task, predict, predict)
        note = "" if change.label == "begin" else f", {change.label}"
        figure.supxlabel(f"after {loss.samples:,} samples{note}", fontsize=8.0)
        yield png_of(figure)


@lru_cache(maxsize=8)
def _trainer(address: str) -> Trainer:
    return chemistry_of(Scene.from_address(address)).begin().trainer


def _pot(trainer: Trainer, metrics: Metrics) -> NDArray[np.float64]:
    """Return a new pot with the parameters after an epoch."""
    circuit = trainer.program.circuit
    trained = dict(zip(circuit.trained_parameters, metrics.parameters, strict=True))
    fixed = {parameter: circuit.fixed[parameter.name] for parameter in circuit.fixed_parameters}
    return trainer.executable.new_pot({**trained, **fixed})
