"""Nodes whose fixed point is a smooth rectifier, and networks of them (Anderson, Joshi and Deshpande, arXiv
2010.13290).

::

    dY/dt = (h + u Y - Y^2) / mu        u = sum_i w_i x_i + b

has the unique positive fixed point ``Y = (u + sqrt(u^2 + 4 h)) / 2``, which is approached at the rate
``sqrt(u^2 + 4 h) / mu``. Weights are rate constants, so every reaction has at most two molecules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import NOTHING, Network, Reaction, Species
from neuralcrn.errors import InvalidValueError

Matrix = NDArray[Any]


def rectify(u: Matrix, h: float) -> Matrix:
    """Return the fixed point of nodes for their arguments.

    Examples
    --------
    >>> rectify(np.array([-10.0, 0.0, 10.0]), 0.01).round(3).tolist()
    [0.001, 0.1, 10.001]
    """
    root = np.sqrt(u**2 + 4.0 * h)
    return np.where(u > 0.0, (u + root) / 2.0, 2.0 * h / (root - u))  # without cancellation


def node_reactions(
    node: str, weights: Mapping[str, float], bias: float, h: float, mu: float = 1.0
) -> Iterator[Reaction]:
    """Yield the reactions of one node; a weight or bias of 0 has none.

    Parameters
    ----------
    node : str
        Name of the node.
    weights : mapping from str to float
        Weights of species, which are catalysts.
    bias, h, mu : float
        Constants of the node.
    """
    y = Species(node)
    yield (NOTHING >> y).k(h / mu)
    for name, weight in weights.items():
        if weight:
            x = Species(name)
            yield (x + y >> (x + 2 * y if weight > 0.0 else x)).k(abs(weight) / mu)
    if bias:
        yield (y >> (2 * y if bias > 0.0 else NOTHING)).k(abs(bias) / mu)
    yield (2 * y >> y).k(1.0 / mu)


@final
@dataclass(frozen=True, slots=True, eq=False)
class FixedPointLayers:
    """A trained network of smooth rectifiers, computed by reactions at their fixed point.

    Inputs are held: no reaction changes them. Layers settle one after the other.

    Attributes
    ----------
    inputs : tuple of str
        Species of the inputs, whose concentrations are not negative.
    weights : tuple of ndarray, each of shape (n_nodes, n_before)
        Weights of every layer.
    biases : tuple of ndarray, each of shape (n_nodes,)
        Biases of every layer.
    h : float, concentration**2
        Inflow of the nodes; for smaller values the rectifiers are sharper, and slower near 0.

    Raises
    ------
    InvalidValueError
        If shapes do not match, a weight is not finite, or `h` is not positive.

    Examples
    --------
    >>> xor = FixedPointLayers.of([[[1, -1], [-1, 1]], [[1, 1]]], [[0, 0], [0]], h=1e-4)
    >>> from neuralcrn import simulate
    >>> [round(float(simulate(xor.network(x), 200.0)["Y2_1"][-1]), 1) for x in ([0, 1], [1, 1])]
    [1.0, 0.0]
    """

    inputs: tuple[str, ...]
    weights: tuple[Matrix, ...]
    biases: tuple[Matrix, ...]
    h: float

    def __post_init__(self) -> None:
        if not 0.0 < self.h < np.inf:
            raise InvalidValueError(f"h = {self.h:g}: it must be positive")
        if not self.weights or len(self.weights) != len(self.biases):
            raise InvalidValueError("give weights and biases of at least one layer")
        before = len(self.inputs)
        for number, (weights, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            if weights.ndim != 2 or weights.shape[1] != before or bias.shape != weights.shape[:1]:
                raise InvalidValueError(
                    f"layer {number}: weights of shape {weights.shape} and biases of shape {bias.shape} for "
                    f"{before} values before it: give (nodes, {before}) and (nodes,)"
                )
            if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
                raise InvalidValueError(f"layer {number}: weights and biases must be finite")
            before = len(bias)

    @classmethod
    def of(cls, weights: Sequence[Any], biases: Sequence[Any], h: float = 0.01) -> FixedPointLayers:
        """Return the network of nested sequences; inputs are named X1, X2, ..."""
        matrices = tuple(np.array(layer, dtype=np.float64) for layer in weights)
        vectors = tuple(np.array(layer, dtype=np.float64) for layer in biases)
        columns = matrices[0].shape[1] if matrices and matrices[0].ndim == 2 else 0
        return cls(tuple(f"X{i}" for i in range(1, columns + 1)), matrices, vectors, h)

    @property
    def layers(self) -> tuple[tuple[str, ...], ...]:
        """Names of the inputs, then of the nodes of every layer."""
        nodes = (
            tuple(f"Y{number}_{j}" for j in range(1, len(bias) + 1))
            for number, bias in enumerate(self.biases, start=1)
        )
        return (self.inputs, *nodes)

    def exact(self, x: Sequence[float] | Matrix) -> Matrix:
        """Return the fixed points of the last layer in real arithmetic."""
        values = np.asarray(x, dtype=np.float64)
        for weights, bias in zip(self.weights, self.biases, strict=True):
            values = rectify(weights @ values + bias, self.h)
        return values

    def network(self, x: Sequence[float] | Matrix) -> Network:
        """Return the reactions, with inputs x and all nodes at 0."""
        reactions: list[Reaction] = []
        for number, (weights, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            before, nodes = self.layers[number : number + 2]
            for node, row, b in zip(nodes, weights.tolist(), bias.tolist(), strict=True):
                reactions += node_reactions(node, dict(zip(before, row, strict=True)), b, self.h)
        start = dict(zip(self.inputs, map(float, x), strict=True))
        return Network.of(reactions, start, species=[name for layer in self.layers for name in layer])
