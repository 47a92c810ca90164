"""One training of a sweep, and its score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.compiler import Program
from neuralcrn.engines.work import Working
from neuralcrn.errors import SimulationError
from neuralcrn.learning import Progress, TrainingSpec, begin_training
from neuralcrn.learning.loop import trained
from neuralcrn.learning.trainer import determination, half_squared_error
from neuralcrn.tasks import Samples, Task


@final
@dataclass(frozen=True, slots=True)
class Score:
    """Score of a trained chemistry on samples that were not used for training.

    Attributes
    ----------
    value : float, dimensionless
        Accuracy of a classification, or the coefficient of determination of a regression,
        ``R^2 = 1 - sum((yhat - y)^2) / sum((y - mean(y))^2)``, or 0 if that is negative. The best constant
        has 0.
    loss : float or None, concentration squared
        Half the squared error; None if the training or a prediction failed.
    failure : str
        Reason of failure; then `value` is that of the best constant.
    """

    value: float
    loss: float | None
    failure: str = ""


def begin_trial(spec: TrainingSpec, task: Task, program: Program) -> Progress:
    """Begin a training with minimal validation after each epoch, because a prediction of a pot costs a cycle.

    Raises
    ------
    DataError
        If the dimensions of task and program differ.
    """
    one = Samples(task.validation.features[:1], task.validation.targets[:1])
    return begin_training(spec, replace(task, validation=one, test=None), program=program, threads=1)


def scoring(spec: TrainingSpec, task: Task, program: Program) -> Working[Score]:
    """Train a program on a task, and score its predictions for the test samples or, if there are none, the
    validation samples.
    """
    progress = begin_trial(spec, task, program)
    judged = task.validation if task.test is None else task.test
    try:
        progress = yield from trained(progress, retry=False)
        outputs = yield from progress.trainer.predicting(progress.state, judged.features)
    except SimulationError as error:
        return Score(score_of_constant(task, judged), None, str(error))
    return score_outputs(task, outputs, judged)


def score_outputs(task: Task, outputs: NDArray[np.float64], samples: Samples) -> Score:
    """Return the score of outputs for some samples of a task.

    Examples
    --------
    >>> from neuralcrn.tasks import make_task
    >>> task = make_task("bilinear")
    >>> score_outputs(task, task.validation.targets, task.validation)
    Score(value=1.0, loss=0.0, failure='')
    """
    loss = half_squared_error(outputs - samples.targets)
    if task.kind == "classification":
        return Score(task.accuracy(outputs, samples.targets), loss)
    return Score(max(0.0, determination(loss, samples.targets) or 0.0), loss)


def score_of_constant(task: Task, samples: Samples) -> float:
    """Return the score of the best constant prediction.

    Examples
    --------
    >>> from neuralcrn.tasks import make_task
    >>> task = make_task("or")
    >>> round(score_of_constant(task, task.test), 2)  # three quarters of the plane are true
    0.75
    """
    if task.kind == "regression":
        return 0.0
    return float(np.bincount(task.labels(samples.targets)).max() / len(samples))
