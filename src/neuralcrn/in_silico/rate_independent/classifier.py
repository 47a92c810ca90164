"""A trained classifier: its predictions are the final amounts of simulated reactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.chemistry import Network
from neuralcrn.in_silico.rate_independent.compile import CompiledRelu, compile_relu
from neuralcrn.in_silico.rate_independent.network import RELU_FIELDS, ReluNetwork, Table
from neuralcrn.in_silico.rate_independent.rest import RESIDUAL, RestSolver


@final
@dataclass(frozen=True, eq=False)
class RateIndependentModel:
    """A classifier as a reaction network with one output for every class.

    Attributes
    ----------
    compiled : CompiledRelu
        The reactions, reduced with inputs kept.

    Examples
    --------
    >>> relu = ReluNetwork([[[1, -1]], [[1, -1], [-1, 1]]], [[0.0, 0.0], [0.0, 0.0]])
    >>> model = RateIndependentModel.of(relu)
    >>> model.classify([[0.7], [-0.2]]).tolist()
    [0, 1]
    """

    compiled: CompiledRelu

    @classmethod
    def of(cls, relu: ReluNetwork, lowest_features: ArrayLike | None = None) -> Self:
        """Return the classifier of some layers.

        Parameters
        ----------
        relu : ReluNetwork
            The layers.
        lowest_features : array-like, shape (n_features,), optional
            Smallest possible value of every feature: inputs then have one rail, see `compile_relu`.
        """
        lowest = None if lowest_features is None else relu.scale(np.array([lowest_features], dtype=float))[0]
        return cls(compile_relu(relu, lowest=lowest).reduced())

    @property
    def network(self) -> Network:
        """The reactions; initial amounts are those of the biases, and inputs are doses."""
        return self.compiled.network

    def outputs(self, features: ArrayLike, residual: float = RESIDUAL) -> Table:
        """Return the outputs of simulated reactions, shape (n_samples, n_classes).

        Parameters
        ----------
        features : array-like, shape (n_samples, n_features)
            Features.
        residual : float
            Largest change that all amounts together could still make at the end of a simulation, relative to
            the largest initial amount.

        Raises
        ------
        InvalidValueError
            If a feature is below its smallest value.
        SimulationError
            If a simulation fails.
        """
        return self.compiled.read_table(self._solver.run_all(self.compiled.starts(features), residual))

    def classify(self, features: ArrayLike) -> NDArray[np.int64]:
        """Return the classes with the largest outputs, shape (n_samples,)."""
        return self.outputs(features).argmax(axis=1)

    def to_json(self) -> dict[str, Any]:
        """Return layers and species as plain values."""
        compiled = self.compiled
        return {
            **compiled.relu.to_json(),
            "inputs": [list(rails) for rails in compiled.inputs],
            "outputs": [list(rails) for rails in compiled.outputs],
            "lowest": None if compiled.lowest is None else compiled.lowest.tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the classifier from the output of `to_json`, which may have more keys.

        Raises
        ------
        InvalidValueError
            If a key is missing, or a value is invalid.

        Examples
        --------
        >>> relu = ReluNetwork([[[1, -1]], [[1, -1], [-1, 1]]], [[0.0, 0.0], [0.0, 0.0]])
        >>> model = RateIndependentModel.of(relu, [0.0])
        >>> RateIndependentModel.from_json(model.to_json()).network == model.network
        True
        """
        relu = ReluNetwork.from_json({name: data[name] for name in RELU_FIELDS if name in data})
        return cls(compile_relu(relu, lowest=data.get("lowest")).reduced())

    @cached_property
    def _solver(self) -> RestSolver:
        return RestSolver.of(self.network)
