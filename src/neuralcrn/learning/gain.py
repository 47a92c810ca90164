"""The largest learning rate with which a step corrects its sample."""

from __future__ import annotations

from numpy.typing import ArrayLike

from neuralcrn.compiler.oracle import Oracle
from neuralcrn.tasks import Samples

_JUDGED = 100
"""Largest number of samples for which gradients are computed."""


def largest_rate(oracle: Oracle, parameters: ArrayLike, samples: Samples) -> float:
    r"""Return the learning rate above which a step increases the error of one of the samples.

    A step changes the error e of its sample by :math:`-\eta J J^T e`, with :math:`J = \partial y / \partial
    \theta`, and increases it if :math:`\eta |J^T e|^2 / |e|^2 > 2`. The gradients are computed by real
    arithmetic, as advice only.

    Parameters
    ----------
    oracle : Oracle
        The circuit.
    parameters : array-like, shape (trained parameters,), concentration
        Values for which gradients are computed.
    samples : Samples
        Training samples; the first hundred are used.

    Raises
    ------
    SimulationError
        If a state diverges.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> oracle = Oracle.of(make_circuit("linear", inputs=1, supply=0.0, horizon=1.0))
    >>> samples = Samples([[2.0], [4.0]], [[0.0], [0.0]])  # dy/dtheta = x, so that the gain is rate x^2
    >>> round(largest_rate(oracle, [1.0], samples), 9)
    0.125
    """
    gains = [0.0]
    for x, y in zip(samples.features[:_JUDGED], samples.targets[:_JUDGED], strict=True):
        solution = oracle.solve(parameters, x, y)
        squared = float(solution.error @ solution.error)
        if squared > 0.0:
            gains.append(float(solution.gradient @ solution.gradient) / squared)
    return 2.0 / max(gains) if max(gains) > 0.0 else float("inf")
