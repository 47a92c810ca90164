"""Base class of learning rules: a schedule for any circuit, and the exact solution that it must match."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.schedule import Schedule

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle
    from neuralcrn.compiler.solution import Solution, Vector


class LearningRule(ABC):
    """How a circuit learns from one sample.

    A circuit refers to a rule by its name. Each rule is in one file; other packages add rules by entry points
    in the group ``neuralcrn.rules``.

    Attributes
    ----------
    name : str
        Name in the registry.
    summary : str
        Summary in one line.
    reference : str
        Reference that the certificate compares gradients with.
    """

    name: str
    summary: str
    reference: str

    @abstractmethod
    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages of training on one sample and of predicting one.

        Raises
        ------
        CompileError
            If the rule does not support the circuit.
        """

    @abstractmethod
    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return the exact result for one sample, computed by conventional numerics.

        Parameters
        ----------
        oracle : Oracle
            The circuit, prepared for exact solution.
        parameters : ndarray, shape (trained parameters,), concentration
            In the order of `Circuit.trained_parameters`.
        features : ndarray, shape (features,), concentration
            Feature values.
        targets : ndarray, shape (outputs,), concentration
            Target values.

        Raises
        ------
        SimulationError
            If a state diverges.
        """

    @abstractmethod
    def caveat(self, circuit: Circuit) -> str:
        """Return why the rule does not match its reference for a circuit; empty if it does."""
