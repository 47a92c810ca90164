"""Base class of learning rules: a schedule for any circuit, and the exact solution that it must match."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, final

from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.schedule import Schedule
from neuralcrn.errors import CompileError, InvalidValueError, UnknownNameError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle
    from neuralcrn.compiler.solution import Solution, Vector


RELAXATIONS = 5.0
"""Duration in relaxation times, after which exp(-5) of a deviation is left."""


@final
@dataclass(frozen=True, slots=True)
class Limit:
    """A limit in which the gradient of a learning rule approaches another one.

    Attributes
    ----------
    name : str
        The constant that becomes small.
    circuits : mapping of float to Circuit
        Circuits by values of the constant, at least two, in decreasing order.
    order : float, dimensionless
        Power of the constant to which the difference is proportional.
    reference : callable (Oracle, parameters, features, targets) -> ndarray, shape (trained parameters,)
        The other gradient; the arguments are those of `LearningRule.exact`.
    """

    name: str
    circuits: Mapping[float, Circuit]
    order: float
    reference: Callable[[Oracle, Vector, Vector, Vector], Vector]


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
    constants : mapping of str to float
        Constants of the rule and their defaults; `Circuit.rule_constants` contains those that differ.
    needs_classes : bool
        Whether it only learns two classes, whose targets are `Circuit.target_low` and `Circuit.target_high`.
    one_hot : bool
        Whether targets must be 1 for one of at least two outputs and 0 for the others.
    """

    name: str
    summary: str
    reference: str
    constants: Mapping[str, float] = MappingProxyType({})
    needs_classes: bool = False
    one_hot: bool = False

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

    def limits(self, circuit: Circuit) -> tuple[Limit, ...]:
        """Return the limits in which `exact` approaches another gradient; the certificate checks them."""
        return ()

    def instability(self, oracle: Oracle, states: Vector, parameters: Vector, features: Vector) -> str:
        """Return why learning must stop at the state that the chemistry has reached after a sample; empty if
        it need not, as for all rules that need no stable fixed point.
        """
        return ""

    @final
    def constant(self, circuit: Circuit, name: str) -> float:
        """Return the value of a constant of the rule for a circuit."""
        return circuit.rule_constants.get(name, self.constants[name])

    @final
    def check_constants(self, circuit: Circuit) -> None:
        """Reject constants of a circuit that the rule does not have, or that are not positive.

        Raises
        ------
        InvalidValueError
            The message suggests the nearest name.
        """
        for name, value in circuit.rule_constants.items():
            if name not in self.constants:
                unknown = UnknownNameError("constant", name, self.constants)
                raise InvalidValueError(f"rule {self.name}: {unknown}")
            if value <= 0.0:
                raise InvalidValueError(f"rule {self.name}: {name} = {value:g}: it must be positive")


def check_duration(circuit: Circuit, name: str, duration: float, needed: float, what: str) -> None:
    """Reject a phase that ends before its states have relaxed.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    name : str
        Name of the duration in the options of the circuit or the constants of the rule.
    duration, needed : float, time
        The duration, and the shortest one that is enough.
    what : str
        What happens meanwhile.

    Raises
    ------
    CompileError
        The message gives the time that is needed.
    """
    if duration < needed:
        raise CompileError(
            f"circuit {circuit.name}: {name} = {duration:g} is too short: {what} in {needed:.4g}; hold at "
            "least that long"
        )
