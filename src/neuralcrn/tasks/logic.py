"""Boolean functions of two inputs, learned on their four corners."""

from __future__ import annotations

import numpy as np

from neuralcrn.tasks.sampling import check_count, check_real, check_rising, grid, streams
from neuralcrn.tasks.task import Samples, Task

FUNCTIONS = 16
"""Number of Boolean functions of two inputs."""


def logic(
    rng: int | np.random.Generator = 0,
    *,
    function: int = 6,
    low_input: float = 0.0,
    high_input: float = 1.0,
    low_target: float = 0.0,
    high_target: float = 1.0,
) -> Task:
    """Return one of the 16 Boolean functions of two inputs; training, validation and test samples are the
    four corners.

    Parameters
    ----------
    rng : int or numpy.random.Generator
        Seed or random generator; the samples do not depend on it.
    function : int
        Truth table as a number from 0 to 15: the bit with value 1 is the result for the inputs (0, 0), 2 for
        (0, 1), 4 for (1, 0) and 8 for (1, 1). So 6 is XOR, 9 XNOR, 8 AND, 7 NAND, 14 OR and 1 NOR.
    low_input, high_input : float, concentration
        Values of the inputs 0 and 1.
    low_target, high_target : float, concentration
        Targets of the results 0 and 1; the threshold is their mean.

    Returns
    -------
    Task
        A classification with two inputs and one output.

    Raises
    ------
    InvalidValueError
        If an option is out of range.

    Examples
    --------
    >>> logic(function=14).train.targets.ravel().tolist()
    [0.0, 1.0, 1.0, 1.0]
    >>> logic(low_input=-1.0).train.features.tolist()
    [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    number = check_count("function", function, FUNCTIONS - 1, low=0)
    inputs = (check_real("low_input", low_input), check_real("high_input", high_input))
    targets = (check_real("low_target", low_target), check_real("high_target", high_target))
    check_rising(low_input=inputs[0], high_input=inputs[1])
    check_rising(low_target=targets[0], high_target=targets[1])
    streams(rng, 1)  # rejects what is neither a seed nor a generator
    table = [targets[number >> corner & 1] for corner in range(4)]
    corners = Samples(grid(2, *inputs), np.array(table)[:, np.newaxis])
    return Task(
        name="logic", kind="classification", train=corners, validation=corners, test=corners,
        threshold=sum(targets) / 2.0, classes=("0", "1"), feature_names=("x1", "x2"), target_names=("y",),
        scaling=None, bounds=np.array([inputs] * 2),
    )  # fmt: skip
