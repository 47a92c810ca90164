"""Chaos in simulated reactions: the largest Lyapunov exponent, and the return map of maxima."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, ParametricNetwork
from neuralcrn.engines import Outcome, SensitivitySolver
from neuralcrn.errors import InvalidValueError, SimulationError

Matrix = NDArray[Any]


def largest_exponent(network: Network, transient: float, interval: float, intervals: int) -> float:
    """Return the largest Lyapunov exponent of a network.

    A small displacement is advanced by the sensitivities of the simulated reactions, and scaled to unit
    length after every interval. The exponent is the mean rate at which the logarithm of its length grows.

    Parameters
    ----------
    network : Network
        At least one species is present initially.
    transient : float, time
        Time before the first interval, > 0.
    interval : float, time
        Time between two scalings, > 0.
    intervals : int
        Number of intervals.

    Returns
    -------
    float, 1/time

    Raises
    ------
    InvalidValueError
        If nothing is present initially, or a number is out of range.
    SimulationError
        If a simulation stops early.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> decay = parse_network("A -> 0 [k = 0.3]").with_initial({"A": 1.0})
    >>> round(largest_exponent(decay, 1.0, 1.0, 5), 4)
    -0.3
    """
    if not (transient > 0.0 and interval > 0.0 and intervals > 0):
        raise InvalidValueError("transient, interval and number of intervals must be positive")
    present = [name for name, value in zip(network.species, network.initial, strict=True) if value]
    if not present:
        raise InvalidValueError("nothing is present initially: give a positive initial concentration")
    # rates do not depend on an initial concentration, so its sensitivities are those of the start alone
    solver = SensitivitySolver.of(ParametricNetwork.of(network), (f"{present[0]}_0",), rtol=1e-7)
    state = np.array(network.initial)
    direction = np.full((len(state), 1), len(state) ** -0.5)
    growth = 0.0
    for number in range(intervals + 1):
        end = interval if number else transient
        run = solver.run({}, end, [end], start=state, start_sensitivities=direction)
        if run.outcome != Outcome.SUCCESS or run.sensitivities is None:
            raise SimulationError(f"stopped in interval {number}: {run.outcome.advice}")
        state, direction = np.maximum(run.final, 0.0), run.sensitivities.final
        length = float(np.linalg.norm(direction))
        growth += np.log(length) if number else 0.0
        direction = direction / length
    return float(growth / (intervals * interval))


def return_map(values: Matrix) -> Matrix:
    """Return pairs of successive maxima of a series, shape (n_maxima - 1, 2).

    Examples
    --------
    >>> return_map(np.array([0, 2, 1, 3, 0, 1, 0])).tolist()
    [[2, 3], [3, 1]]
    """
    inner = values[1:-1]
    maxima = inner[(inner > values[:-2]) & (inner >= values[2:])]
    return np.stack([maxima[:-1], maxima[1:]], axis=1)


def roughness(pairs: Matrix) -> float:
    """Return how far a return map is from a curve: 0 for a curve with many points, about 1 for random pairs.

    It is the root mean square difference of the images of neighbouring points, relative to that of random
    ones.
    """
    images = pairs[np.argsort(pairs[:, 0], kind="stable"), 1]
    return float(np.sqrt(np.mean(np.diff(images) ** 2) / (2.0 * images.var())))
