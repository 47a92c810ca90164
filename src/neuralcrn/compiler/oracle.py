"""Exact solution of a circuit by conventional numerics, for comparison with its chemistry.

Nothing here is used for training. States are integrated with DOP853 at a relative tolerance of 1e-12 (Hairer,
Norsett, Wanner, *Solving Ordinary Differential Equations I*, II.5). The gradient of a circuit is defined by
its learning rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from neuralcrn.algebra import PolynomialMap
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.hinge import hinge_targets
from neuralcrn.compiler.rules import RULES
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.errors import InvalidValueError, SimulationError

RELATIVE_TOLERANCE = 1e-12
ABSOLUTE_TOLERANCE = 1e-14


@final
@dataclass(frozen=True, slots=True, eq=False)
class Oracle:
    """A circuit prepared for exact solution; created by `Oracle.of`.

    Attributes
    ----------
    circuit : Circuit
        The circuit.
    flow : PolynomialMap
        f(z, x; theta).
    by_state : PolynomialMap
        df/dz, ordered by row.
    by_parameter : PolynomialMap
        df/dtheta of the trained parameters of f, ordered by row.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> oracle = Oracle.of(make_circuit("linear", inputs=1, supply=0.0, horizon=1.0))
    >>> solution = oracle.solve([2.0], [3.0], [8.0])
    >>> solution.outputs.round(9), solution.error.round(9), solution.gradient.round(9)
    (array([9.]), array([1.]), array([3.]))
    """

    circuit: Circuit
    flow: PolynomialMap
    by_state: PolynomialMap
    by_parameter: PolynomialMap

    @classmethod
    def of(cls, circuit: Circuit) -> Oracle:
        """Prepare a circuit."""
        system = circuit.system
        variables = (*system.states, *system.inputs, *system.parameters)
        place = {variable: i for i, variable in enumerate(variables)}
        flow = PolynomialMap.of([polynomial for _, polynomial in system.equations], variables)
        return cls(
            circuit,
            flow,
            flow.derivatives([place[z] for z in system.states]),
            flow.derivatives([place[p] for p in circuit.inner_parameters]),
        )

    def solve(self, parameters: ArrayLike, features: ArrayLike, targets: ArrayLike) -> Solution:
        """Return exact outputs, error, adjoint and gradient for one sample.

        Parameters
        ----------
        parameters : array-like, shape (trained parameters,), concentration
            In the order of `Circuit.trained_parameters`.
        features : array-like, shape (features,), concentration
            Feature values.
        targets : array-like, shape (outputs,), concentration
            y.

        Raises
        ------
        InvalidValueError
            If a length is wrong.
        SimulationError
            If a state diverges before T.
        """
        circuit = self.circuit
        values = _checked("parameters", parameters, len(circuit.trained_parameters))
        x = _checked("features", features, circuit.features)
        y = _checked("targets", targets, circuit.outputs)
        rule = RULES.find(circuit.rule)
        solution = rule.exact(self, values, x, y)
        if circuit.loss == "squared":
            return solution
        hinged = rule.exact(self, values, x, hinge_targets(circuit, solution.outputs, y))
        return replace(hinged, error=solution.error)

    def known(self, parameters: Vector, features: Vector) -> Vector:
        """Return the variables on which f depends besides the states: padded inputs, then all parameters of
        the system.
        """
        circuit = self.circuit
        padding = np.full(len(circuit.system.inputs) - len(features), circuit.augmentation)
        inner = circuit.inner_parameters
        trained = dict(zip(inner, parameters[: len(inner)], strict=True))
        values = [trained.get(p, circuit.fixed.get(p.name, 0.0)) for p in circuit.system.parameters]
        return np.concatenate([np.append(features, padding), np.array(values)])

    def readout(self, parameters: Vector) -> tuple[Vector, Vector]:
        """Return weights, shape (outputs, states), and biases, shape (outputs,)."""
        circuit = self.circuit
        states, outputs = circuit.system.states, circuit.outputs
        read = [i for i, z in enumerate(states) if z in circuit.read]
        weights = np.zeros((outputs, len(states)))
        weights[:, read] = circuit.readout.weight
        if circuit.readout.trained:
            inner = len(circuit.inner_parameters)
            trained = parameters[inner : inner + outputs * len(read)]
            weights[:, read] = trained.reshape(outputs, len(read))
        biases = parameters[len(parameters) - outputs :] if circuit.readout.bias else np.zeros(outputs)
        return weights, biases

    def matrix(self, derivatives: PolynomialMap, states: Vector, known: Vector) -> Vector:
        """Return derivatives at a point as a matrix with one row per state."""
        return derivatives(np.concatenate([states, known])).reshape(len(states), -1)

    def forward(self, known: Vector, *, sensitive: bool = False) -> tuple[Vector, Vector]:
        """Return z(T) and, optionally, dz(T)/dtheta, shape (states, trained parameters of f)."""
        count = len(self.circuit.system.states)
        start = known[:count] if self.circuit.starts_at_input else np.zeros(count)
        width = len(self.circuit.inner_parameters) if sensitive else 0

        def slope(_: float, y: Vector) -> Vector:
            states = y[:count]
            flow = self.flow(np.concatenate([states, known]))
            if not width:
                return flow
            jacobian = self.matrix(self.by_state, states, known)
            change = jacobian @ y[count:].reshape(count, width)
            return np.concatenate([flow, (change + self.matrix(self.by_parameter, states, known)).ravel()])

        end = self.integrate(slope, np.concatenate([start, np.zeros(count * width)]), self.circuit.horizon)
        return end[:count], end[count:].reshape(count, width)

    def integrate(self, slope: Callable[[float, Vector], Vector], start: Vector, duration: float) -> Vector:
        """Return the state after `duration`.

        Raises
        ------
        SimulationError
            If the integration fails.
        """
        from scipy.integrate import solve_ivp  # importing SciPy's solver takes a third of a second

        result = solve_ivp(
            slope,
            (0.0, duration),
            start,
            method="DOP853",
            rtol=RELATIVE_TOLERANCE,
            atol=ABSOLUTE_TOLERANCE,
            t_eval=(duration,),
        )
        if not result.success or not np.isfinite(result.y).all():
            raise SimulationError(
                f"oracle: the exact equations could not be integrated over {duration:g} ({result.message}); "
                "lower the horizon, the inputs or the parameters"
            )
        return result.y[:, -1]


def _checked(name: str, values: ArrayLike, length: int) -> Vector:
    """Return an array of finite numbers of the required length."""
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (length,) or not np.isfinite(array).all():
        raise InvalidValueError(f"{name}: shape {array.shape}: this circuit takes {length} finite numbers")
    return array
