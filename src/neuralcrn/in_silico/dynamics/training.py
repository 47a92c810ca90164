"""Least squares for the weights of a recurrent network, in silico."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError
from neuralcrn.in_silico.dynamics.equations import Box, Equations
from neuralcrn.in_silico.dynamics.recurrent import RecurrentNetwork
from neuralcrn.status import OnStatus, Status

Matrix = NDArray[Any]

_POINTS = {1: 400, 2: 512}
_MANY_POINTS = 1024
_EVALUATIONS = 300
_RIDGE = 1e-3
"""Weight of the output weights in the cost, which keeps them small."""
_SHARPNESS = 3.0
"""Typical change of an argument over the box at the start."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Slopes at points of the box.

    Attributes
    ----------
    points, slopes : ndarray, shape (n_points, n_variables)
        Points and slopes.
    scale : ndarray, shape (n_variables,)
        Standard deviation of each slope over the box.
    beta : ndarray, shape (n_variables,)
        Inflows.
    gamma : float
        Inflow of the nodes.
    """

    points: Matrix
    slopes: Matrix
    scale: Matrix
    beta: Matrix
    gamma: float

    @classmethod
    def of(cls, equations: Equations, box: Box, beta: float, gamma: float) -> Target:
        """Return the slopes of equations.

        Raises
        ------
        InvalidValueError
            If a slope is not finite somewhere in the box.
        """
        points = box.points(_POINTS.get(len(equations.names), _MANY_POINTS))
        slopes = equations.field(points)
        wrong = np.argwhere(~np.isfinite(slopes))
        if len(wrong):
            point, variable = wrong[0]
            place = ", ".join(f"{n} = {x:g}" for n, x in zip(equations.names, points[point], strict=True))
            raise InvalidValueError(
                f"d{equations.names[variable]} is {slopes[point, variable]} at {place}: choose a box in "
                "which the equations are defined"
            )
        spread = slopes.std(axis=0)
        scale = np.where(spread > 0.0, spread, np.maximum(np.abs(slopes).max(axis=0), 1.0))
        return cls(points, slopes, scale, np.full(len(equations.names), beta), gamma)

    def errors(self, p: Matrix, nodes: int) -> Matrix:
        """Return scaled errors of the slopes, and the scaled output weights."""
        alpha, weights, bias = self._parts(p, nodes)
        u = self.points @ weights.T + bias
        y = (u + np.sqrt(u**2 + 4.0 * self.gamma)) / 2.0
        found = self.beta + self.points * (y @ alpha.T)
        scaled = ((found - self.slopes) / self.scale).ravel()
        return np.concatenate([scaled, self._ridge * alpha.ravel()])

    def jacobian(self, p: Matrix, nodes: int) -> Matrix:
        """Return the derivatives of `errors`."""
        alpha, weights, bias = self._parts(p, nodes)
        u = self.points @ weights.T + bias
        root = np.sqrt(u**2 + 4.0 * self.gamma)
        y = (u + root) / 2.0
        count, variables = self.points.shape
        rows = np.zeros((count, variables, len(p)))
        for i in range(variables):
            factor = self.points[:, i : i + 1] / self.scale[i]
            inner = factor * alpha[i] * y / root
            rows[:, i, i * nodes : (i + 1) * nodes] = factor * y
            by_weights = inner[:, :, np.newaxis] * self.points[:, np.newaxis, :]
            rows[:, i, alpha.size : 2 * alpha.size] = by_weights.reshape(count, -1)
            rows[:, i, 2 * alpha.size :] = inner
        return np.vstack([rows.reshape(-1, len(p)), self._ridge * np.eye(alpha.size, len(p))])

    def first(self, nodes: int, rng: np.random.Generator) -> Matrix:
        """Return random weights whose rectifiers bend inside the box."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        shape = (nodes, self.points.shape[1])
        weights = _SHARPNESS * rng.standard_normal(shape) / (high - low)
        bias = -(weights * rng.uniform(low, high, shape)).sum(axis=1)
        alpha = 0.1 * rng.standard_normal(shape).ravel()
        return np.concatenate([alpha, weights.ravel(), bias])

    def network(self, p: Matrix, names: tuple[str, ...], nodes: int, mu: float) -> RecurrentNetwork:
        """Return the network of trained weights."""
        alpha, weights, bias = self._parts(p, nodes)
        return RecurrentNetwork(names, alpha, self.beta, weights, bias, self.gamma, mu)

    def rms(self, network: RecurrentNetwork) -> tuple[float, ...]:
        """Return the root mean square error of each slope."""
        error = network.field(self.points) - self.slopes
        return tuple(np.sqrt((error**2).mean(axis=0)).tolist())

    @property
    def _ridge(self) -> float:
        return float(_RIDGE * np.sqrt(len(self.points)))

    def _parts(self, p: Matrix, nodes: int) -> tuple[Matrix, Matrix, Matrix]:
        size = nodes * self.points.shape[1]
        return p[:size].reshape(-1, nodes), p[size : 2 * size].reshape(nodes, -1), p[2 * size :]


def best_weights(target: Target, nodes: int, starts: int, seed: int, on_status: OnStatus) -> Matrix:
    """Return the weights of least squares from several random starts."""
    from scipy.optimize import least_squares

    best: Any = None
    for start in range(starts):
        on_status(Status("Least squares: start", start, starts))
        rng = np.random.default_rng([seed, start])
        jacobian: Any = target.jacobian  # its annotation in SciPy lacks callables
        found = least_squares(
            target.errors, target.first(nodes, rng), jacobian, args=(nodes,), max_nfev=_EVALUATIONS
        )
        best = found if best is None or found.cost < best.cost else best
    return np.asarray(best.x)
