"""What a learning rule is: a schedule for any circuit, and the mathematics that the schedule must match."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.schedule import Schedule

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle, Solution, Vector


class LearningRule(ABC):
    """How a circuit learns from one sample.

    A rule is found by its name, which a circuit refers to. One file holds one rule; another package adds
    its own by an entry point in the group ``neuralcrn.rules``.

    Attributes
    ----------
    name : str
        Name in the registry.
    summary : str
        One line about it.
    reference : str
        What the gradients of its certificate are checked against.
    """

    name: str
    summary: str
    reference: str

    @abstractmethod
    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages of learning from one sample and of predicting one.

        Raises
        ------
        CompileError
            If the rule cannot teach such a circuit.
        """

    @abstractmethod
    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return what exact mathematics says of one sample, in real arithmetic.

        Parameters
        ----------
        oracle : Oracle
            The circuit, prepared for exact solution.
        parameters : ndarray, shape (trained parameters,), concentration
            In the order of `Circuit.trained_parameters`.
        features : ndarray, shape (features,), concentration
            The data.
        targets : ndarray, shape (outputs,), concentration
            What should come out.

        Raises
        ------
        SimulationError
            If a state grows without bound.
        """

    @abstractmethod
    def caveat(self, circuit: Circuit) -> str:
        """Return what about a circuit keeps the rule from its reference; empty if nothing does."""
