"""Recurrent neural chemical reaction networks (Dack, Qureshi, Ouldridge and Plesa, arXiv 2406.03456).

::

    dX_i/dt    = beta_i + X_i sum_j alpha_ij Y_j
    mu dY_j/dt = gamma + (sum_i w_ji X_i + b_j) Y_j - Y_j^2

For small mu the nodes Y follow X at the fixed point ``Y = (u + sqrt(u^2 + 4 gamma)) / 2`` with
``u = sum_i w_ji X_i + b_j``, a smooth rectifier. Every term is one reaction of at most two molecules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import NOTHING, Network, Reaction, Species
from neuralcrn.in_silico.dynamics.fixed_point import node_reactions, rectify

Matrix = NDArray[Any]


@final
@dataclass(frozen=True, slots=True, eq=False)
class RecurrentNetwork:
    """Weights of a recurrent network.

    Attributes
    ----------
    names : tuple of str, length n_variables
        Species whose dynamics are given.
    alpha : ndarray, shape (n_variables, n_nodes)
        Output weights.
    beta : ndarray, shape (n_variables,), concentration / time
        Inflows, not negative.
    weights : ndarray, shape (n_nodes, n_variables)
        Input weights.
    bias : ndarray, shape (n_nodes,)
        Biases.
    gamma : float, concentration**2
        Inflow of the nodes.
    mu : float
        Time scale of the nodes.
    """

    names: tuple[str, ...]
    alpha: Matrix
    beta: Matrix
    weights: Matrix
    bias: Matrix
    gamma: float
    mu: float

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the node species, which are not those of variables."""
        prefix = "Y"
        while any(name.startswith(prefix) for name in self.names):
            prefix += "Y"
        return tuple(f"{prefix}{j}" for j in range(1, len(self.bias) + 1))

    def rectified(self, points: Matrix) -> Matrix:
        """Return the nodes at their fixed points, shape (n_points, n_nodes)."""
        return rectify(points @ self.weights.T + self.bias, self.gamma)

    def field(self, points: Matrix) -> Matrix:
        """Return the slopes of the variables if the nodes are at their fixed points."""
        return self.beta + points * (self.rectified(points) @ self.alpha.T)

    @property
    def largest(self) -> float:
        """Largest absolute value of a weight."""
        return float(max(np.abs(part).max() for part in (self.alpha, self.weights, self.bias)))

    def rounded(self, decimals: int) -> RecurrentNetwork:
        """Return the network with rounded weights."""
        parts = (np.round(part, decimals) for part in (self.alpha, self.weights, self.bias))
        alpha, weights, bias = parts
        return replace(self, alpha=alpha, weights=weights, bias=bias)

    def network(self, start: Mapping[str, float] | Sequence[float] | Matrix) -> Network:
        """Return the reactions.

        Parameters
        ----------
        start : mapping from str to float, or array-like of shape (n_variables,), concentration
            Initial concentrations of the variables. The nodes start at their fixed points.

        Examples
        --------
        >>> one = np.ones((1, 1))
        >>> small = RecurrentNetwork(("x",), -one, np.zeros(1), one, -2.0 * np.ones(1), gamma=1.0, mu=0.1)
        >>> print(small.network([2.0]))
        x + Y1 -> Y1 [k = 1]
        0 -> Y1 [k = 10]
        x + Y1 -> x + 2 Y1 [k = 10]
        Y1 -> 0 [k = 20]
        2 Y1 -> Y1 [k = 10]
        x @initial 2
        Y1 @initial 1
        """
        values = [start[name] for name in self.names] if isinstance(start, Mapping) else list(start)
        begun = dict(zip(self.names, map(float, values), strict=True))
        rest = self.rectified(np.array([values]))[0]
        begun |= dict(zip(self.nodes, map(float, rest), strict=True))
        return Network.of(self._reactions(), begun, species=(*self.names, *self.nodes))

    def _reactions(self) -> Iterator[Reaction]:
        variables, nodes = tuple(map(Species, self.names)), tuple(map(Species, self.nodes))
        for x, beta, row in zip(variables, self.beta, self.alpha, strict=True):
            if beta:
                yield (NOTHING >> x).k(float(beta))
            for y, alpha in zip(nodes, row, strict=True):
                if alpha:  # the variable is made or consumed, with the node as catalyst
                    yield (x + y >> (2 * x + y if alpha > 0.0 else y)).k(abs(float(alpha)))
        for node, row, bias in zip(self.nodes, self.weights.tolist(), self.bias.tolist(), strict=True):
            drives = dict(zip(self.names, row, strict=True))
            yield from node_reactions(node, drives, bias, self.gamma, self.mu)
