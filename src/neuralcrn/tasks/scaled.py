"""Tasks with features that are scaled to a range of 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neuralcrn.tasks.scaling import Scaling
from neuralcrn.tasks.task import Samples, Task


def scaled_features(task: Task) -> Task:
    """Return a task whose features are mapped from their bounds to [0, 1]; the targets do not change.

    Examples
    --------
    >>> from neuralcrn.tasks import make_task
    >>> task = scaled_features(make_task("bilinear"))
    >>> task.bounds.tolist(), task.scaling.feature_low, task.non_negative_inputs
    ([[0.0, 1.0], [0.0, 1.0]], (0.5, 0.5), True)
    """
    low, high = (tuple(ends.tolist()) for ends in task.bounds.T)
    if all(end == 0.0 for end in low) and all(end == 1.0 for end in high):
        return task
    scaling = Scaling(low, high)

    def scaled(samples: Samples) -> Samples:
        return Samples(scaling.scale_features(samples.features), samples.targets, samples.parts)

    return replace(
        task,
        train=scaled(task.train),
        validation=scaled(task.validation),
        test=None if task.test is None else scaled(task.test),
        scaling=scaling,
        bounds=np.array([[0.0, 1.0]] * task.inputs),
    )
