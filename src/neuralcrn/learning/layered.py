r"""Defaults of layered circuits: learning rate, epochs and initial values according to the scale of the data.

One step of stochastic gradient descent reduces the error of its sample by the fraction
:math:`\eta |\partial y / \partial \theta|^2`, the *gain*, and diverges if it exceeds 2. For the initial
distributions used here, the mean of the squared gradient is about

.. math:: G = 1 + H_L + \tfrac{1}{2} \sum_{l=1}^{L} (1 + H_{l-1}),

where :math:`H_l` is the mean of :math:`|h|^2` in layer l. Readout weights contribute :math:`1 + H_L`, and
those of each layer :math:`|a|^2 (1 + H_{l-1})`, where the adjoints of the units that are active have a mean
of :math:`|a|^2 = 1/2` in every layer. The learning rate is :math:`\eta = g / G` for a gain g.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.circuits import Distribution, LayeredFamily
from neuralcrn.circuits.layers import WEIGHT_DEVIATION
from neuralcrn.compiler.activation import SIGMOID

GAIN = 0.25
"""Fraction of its error by which a mean sample is corrected at the default learning rate."""
SIGMOID_SLOPE = 0.25
"""Largest slope of a sigmoid, by which outputs of this kind reduce every gradient."""
STEPS = 60_000
"""Approximate number of training steps for the default number of epochs."""
EPOCHS = (20, 600)
"""Minimum and maximum of the default number of epochs."""


def layered_epochs(samples: int) -> int:
    """Return the default number of epochs for a number of training samples.

    Examples
    --------
    >>> layered_epochs(10), layered_epochs(100), layered_epochs(100_000)
    (600, 600, 20)
    """
    fewest, most = EPOCHS
    return min(most, max(fewest, math.ceil(STEPS / samples)))


def layered_rate(
    doses: NDArray[np.float64], hidden: Sequence[int], *, trained_layers: bool = True, gain: float = GAIN
) -> float:
    """Return the learning rate with which a mean sample is corrected by a fraction of its error.

    Parameters
    ----------
    doses : ndarray, shape (n, inputs), concentration
        Features of the training samples.
    hidden : sequence of int
        Numbers of units of the layers.
    trained_layers : bool
        Whether the layers are trained, and not only the readout.
    gain : float
        The fraction.

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> round(layered_rate(corners, [16]), 4), round(layered_rate(corners, [64]), 4)
    (0.0417, 0.0139)
    """
    start = _Start.of(doses)
    # |x - p|^2 for a uniform random point p of the box, through which a hyperplane passes
    centre, spread = (start.low + start.high) / 2.0, (start.high - start.low) ** 2 / 12.0
    distance = float(np.mean(np.sum((doses - centre) ** 2 + spread, axis=1)))
    sizes = [float(np.mean(np.sum(doses**2, axis=1)))]
    unit = start.deviation**2 * distance / (2.0 * doses.shape[1])  # a unit is active for half of the samples
    sizes += [units * unit for units in hidden]
    layers = 0.5 * sum(1.0 + size for size in sizes[:-1]) if trained_layers else 0.0
    return min(1.0, gain / (1.0 + sizes[-1] + layers))


@final
@dataclass(frozen=True, slots=True)
class _Start:
    """Scale of the first layer for some data.

    Attributes
    ----------
    low, high : float, concentration
        Box of the points through which hyperplanes pass: the uniform distribution with the mean and the
        deviation of the doses, cut off at their smallest and largest value.
    deviation : float
        Deviation of weights, times the square root of the number of inputs, for which the deviation of the
        weighted sum of the inputs is that of `WEIGHT_DEVIATION` for uniform inputs in [0, 1].
    """

    low: float
    high: float
    deviation: float

    @classmethod
    def of(cls, doses: NDArray[np.float64]) -> _Start:
        """Return the scale for doses, shape (n, inputs)."""
        mean, reach = float(doses.mean()), math.sqrt(3.0) * float(doses.std())
        variance = float(doses.var(axis=0).mean())
        deviation = WEIGHT_DEVIATION / math.sqrt(12.0 * variance) if variance > 0.0 else WEIGHT_DEVIATION
        low, high = max(float(doses.min()), mean - reach), min(float(doses.max()), mean + reach)
        return cls(low, high, deviation)


def layered_initializers(family: LayeredFamily, doses: NDArray[np.float64]) -> Mapping[str, Distribution]:
    """Return initial distributions of the first layer for which its units switch within the data."""
    start = _Start.of(doses)
    if not family.trained_layers:
        return {}
    return {
        "theta": replace(family.initial["theta"], second=start.deviation),
        "beta": replace(family.initial["beta"], first=start.low, second=start.high),
    }


def layered_options(
    family: LayeredFamily,
    doses: NDArray[np.float64],
    outputs: int,
    *,
    non_negative: bool,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the options of the circuit for a table, with defaults according to its scale."""
    hidden = family.hidden(replace(family.defaults, hidden=given.get("hidden", 0)))
    gain = GAIN / SIGMOID_SLOPE**2 if family.output_activation == SIGMOID else GAIN
    return {
        "outputs": outputs,
        "non_negative": non_negative,
        "learning_rate": layered_rate(doses, hidden, trained_layers=family.trained_layers, gain=gain),
        **given,
    }
