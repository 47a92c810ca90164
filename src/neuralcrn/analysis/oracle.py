"""The exact mathematics of a circuit, in real arithmetic: what its chemistry is checked against.

Nothing here takes part in learning. States are integrated with DOP853 at a relative tolerance of
1e-12 (Hairer, Norsett, Wanner, *Solving Ordinary Differential Equations I*, II.5). The gradient of
the exact mode comes from the forward sensitivity equations ``dS/dt = (df/dz) S + df/dtheta``, which
share nothing with the adjoint that the chemistry runs and, unlike its reversed states, are stable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.compiler import Circuit, GradientMode, gradient_of, signed_phases
from neuralcrn.compiler.staged import update_duration
from neuralcrn.errors import InvalidValueError, SimulationError

Vector = NDArray[np.float64]

RELATIVE_TOLERANCE = 1e-12
ABSOLUTE_TOLERANCE = 1e-14


@final
@dataclass(frozen=True, slots=True, eq=False)
class PolynomialMap:
    """Polynomials as index arrays, evaluated all at once.

    Attributes
    ----------
    count : int
        Number of polynomials.
    rows : ndarray of int64, shape (terms,)
        Polynomial to which each term belongs.
    coefficients : ndarray of float64, shape (terms,)
        Coefficient of each term.
    factors : ndarray of int64, shape (terms, degree)
        Places of the factors in ``[values, |values|, signs, 1]``; the last place fills short terms up.
    size : int
        Number of variables.

    Examples
    --------
    >>> z = Variable("z")
    >>> square = Polynomial.of(z) * abs(Polynomial.of(z))
    >>> PolynomialMap.of([square, 2 - square], [z])(np.array([-3.0]))
    array([-9., 11.])
    """

    count: int
    rows: NDArray[np.int64]
    coefficients: Vector
    factors: NDArray[np.int64]
    size: int

    @classmethod
    def of(cls, polynomials: Sequence[Polynomial], variables: Sequence[Variable]) -> PolynomialMap:
        """Return the map from values of `variables`, in order, to values of `polynomials`."""
        place = {variable: i for i, variable in enumerate(variables)}
        size = len(variables)
        rows: list[int] = []
        coefficients: list[float] = []
        factors: list[list[int]] = []
        for row, polynomial in enumerate(polynomials):
            for monomial, coefficient in polynomial.terms:
                rows.append(row)
                coefficients.append(coefficient)
                factors.append(
                    [
                        place[f.variable] + offset
                        for f in monomial.factors
                        for offset in [0] * f.power + [size] * f.absolute
                    ]
                )
        degree = max(map(len, factors), default=0)
        filled = [term + [3 * size] * (degree - len(term)) for term in factors]
        return cls(
            len(polynomials),
            np.array(rows, dtype=np.int64),
            np.array(coefficients, dtype=np.float64),
            np.array(filled, dtype=np.int64).reshape(len(rows), degree),
            size,
        )

    def derivatives(self, variables: Sequence[int]) -> PolynomialMap:
        """Return the partial derivatives by some variables, given by place, polynomial by polynomial.

        By the product rule, factor by factor, with d|v|/dv = sgn(v): on purpose not by the
        derivatives of `Polynomial`, from which the chemistry is made.
        """
        column = {variable: j for j, variable in enumerate(variables)}
        terms, positions = np.nonzero(np.isin(self.factors % max(self.size, 1), list(column)))
        inside = self.factors[terms, positions] < 2 * self.size
        terms, positions = terms[inside], positions[inside]
        found = self.factors[terms, positions]
        columns = np.array([column[v] for v in found % max(self.size, 1)], dtype=np.int64)
        factors = self.factors[terms]
        # v becomes 1, |v| becomes the sign of v
        factors[np.arange(len(terms)), positions] = np.where(
            found < self.size, 3 * self.size, found + self.size
        )
        rows = self.rows[terms] * len(column) + columns
        return PolynomialMap(self.count * len(column), rows, self.coefficients[terms], factors, self.size)

    def __call__(self, values: Vector) -> Vector:
        extended = np.concatenate([values, np.abs(values), np.sign(values), [1.0]])
        terms = self.coefficients * extended[self.factors].prod(axis=1)
        return np.bincount(self.rows, terms, minlength=self.count).astype(np.float64, copy=False)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What one sample gives, exactly.

    Attributes
    ----------
    states : ndarray, shape (states,)
        z(T).
    outputs : ndarray, shape (outputs,)
        yhat = W z(T) + b.
    error : ndarray, shape (outputs,)
        yhat - y.
    adjoint : ndarray, shape (states,)
        a(T) = W^T e.
    gradient : ndarray, shape (trained parameters,)
        What the circuit's gradient mode says it is, in the order of `Circuit.trained_parameters`.
    """

    states: Vector
    outputs: Vector
    error: Vector
    adjoint: Vector
    gradient: Vector


@final
@dataclass(frozen=True, slots=True, eq=False)
class Oracle:
    """A circuit prepared for exact solution; build it with `Oracle.of`.

    Attributes
    ----------
    circuit : Circuit
        Whose mathematics it is.
    flow : PolynomialMap
        f(z, x; theta).
    by_state : PolynomialMap
        df/dz, row by row.
    by_parameter : PolynomialMap
        df/dtheta of the trained parameters of f, row by row.

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
            The data.
        targets : array-like, shape (outputs,), concentration
            y.

        Raises
        ------
        InvalidValueError
            If a length is not the circuit's.
        SimulationError
            If a state grows without bound before T.
        """
        circuit = self.circuit
        values = _checked("parameters", parameters, len(circuit.trained_parameters))
        x = _padded(circuit, _checked("features", features, circuit.features))
        y = _checked("targets", targets, circuit.outputs)
        count, outputs = len(circuit.system.states), circuit.outputs
        inner = len(circuit.inner_parameters)
        known = np.concatenate([x, _system_parameters(circuit, values)])
        start = x.copy() if circuit.starts_at_input else np.zeros(count)
        exact = circuit.gradient is GradientMode.EXACT
        states, sensitivities = self._forward(start, known, sensitive=exact)
        weights = np.full((outputs, count), circuit.readout.weight)
        if circuit.readout.trained:
            weights = values[inner : inner + outputs * count].reshape(outputs, count)
        biases = values[len(values) - outputs :] if circuit.readout.bias else np.zeros(outputs)
        predicted = weights @ states + biases
        error = predicted - y
        adjoint = weights.T @ error
        match circuit.gradient:
            case GradientMode.EXACT:
                gradient = sensitivities.T @ adjoint
            case GradientMode.FROZEN:
                gradient = self._frozen(states, adjoint, known)
            case GradientMode.FIRST_ORDER:
                by_parameter = self._matrix(self.by_parameter, states, known)
                gradient = circuit.feedback_duration * by_parameter.T @ adjoint
            case GradientMode.LINEAR_REVERSAL:
                gradient = self._as_stated(states, adjoint, error, known)
        parts = [gradient]
        if circuit.readout.trained:
            parts.append(np.outer(error, states).ravel())
        if circuit.readout.bias:
            parts.append(error)
        return Solution(states, predicted, error, adjoint, np.concatenate(parts))

    def _matrix(self, derivatives: PolynomialMap, states: Vector, known: Vector) -> Vector:
        return derivatives(np.concatenate([states, known])).reshape(len(states), -1)

    def _forward(self, start: Vector, known: Vector, *, sensitive: bool) -> tuple[Vector, Vector]:
        """Return z(T) and, if asked for, dz(T)/dtheta, shape (states, trained parameters of f)."""
        count = len(start)
        width = len(self.circuit.inner_parameters) if sensitive else 0

        def slope(_: float, y: Vector) -> Vector:
            states = y[:count]
            flow = self.flow(np.concatenate([states, known]))
            if not width:
                return flow
            jacobian = self._matrix(self.by_state, states, known)
            change = jacobian @ y[count:].reshape(count, width)
            return np.concatenate([flow, (change + self._matrix(self.by_parameter, states, known)).ravel()])

        end = _integrate(slope, np.concatenate([start, np.zeros(count * width)]), self.circuit.horizon)
        return end[:count], end[count:].reshape(count, width)

    def _frozen(self, states: Vector, adjoint: Vector, known: Vector) -> Vector:
        """Return the integral of (df/dtheta)^T a along da/ds = (df/dz)^T a, both at z(T)."""
        count = len(states)
        transposed = self._matrix(self.by_state, states, known).T
        by_parameter = self._matrix(self.by_parameter, states, known)
        start = np.concatenate([adjoint, np.zeros(count)])
        # df/dtheta is constant here, so it is enough to integrate a
        end = _integrate(
            lambda _, y: np.concatenate([transposed @ y[:count], y[:count]]),
            start,
            self.circuit.feedback_duration,
        )
        return by_parameter.T @ end[count:]

    def _as_stated(self, states: Vector, adjoint: Vector, error: Vector, known: Vector) -> Vector:
        """Integrate the feedback phase as the first pass of the compiler states it."""
        circuit, system = self.circuit, self.circuit.system
        phase = next(phase for phase in signed_phases(circuit) if phase.name == "feedback")
        adjoints = [Variable("a", z.index) for z in system.states]
        changing = tuple(phase.equations)
        held = (*system.states, *adjoints, *circuit.errors, *system.inputs, *system.parameters)
        values = dict(zip(held, np.concatenate([states, adjoint, error, known]), strict=True))
        constants = [v for v in held if v not in phase.equations]
        rest = np.array([values[v] for v in constants])
        slope = PolynomialMap.of(list(phase.equations.values()), [*changing, *constants])
        start = np.array([values.get(v, 0.0) for v in changing])
        end = _integrate(lambda _, y: slope(np.concatenate([y, rest])), start, phase.duration)
        reached = dict(zip(changing, end, strict=True))
        return np.array([reached.get(gradient_of(p), 0.0) for p in circuit.inner_parameters])


def update_factors(circuit: Circuit) -> tuple[float, float]:
    """Return (lambda, eta') of the exact update: theta changes by -lambda theta - eta' g.

    While the gradient drains as ``dg/ds = -g``, of which k1 = eta / batch reaches the parameter, the
    parameter decays with delta, for a duration D: ``eta' = k1 exp(-delta D) (1 - exp(-(1 - delta) D)) /
    (1 - delta)``. Without decay and momentum that is eta (1 - exp(-10)). A direct update is eta at once.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> decay, step = update_factors(make_circuit("linear", rate=0.2, momentum=0.5))
    >>> decay, round(step, 6)
    (0.0, 0.1)
    """
    if circuit.update == "direct":
        return circuit.decay, circuit.rate * (1.0 - circuit.decay)
    duration = update_duration(circuit)
    delta = -math.log1p(-circuit.decay) / duration
    kept = math.exp(-delta * duration) * -math.expm1(-(1.0 - delta) * duration) / (1.0 - delta)
    return circuit.decay, circuit.rate / circuit.batch * kept


def _integrate(slope: Callable[[float, Vector], Vector], start: Vector, duration: float) -> Vector:
    """Return the state after `duration`."""
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


def _system_parameters(circuit: Circuit, values: Vector) -> Vector:
    """Return trained and fixed parameters of f in the order of the system."""
    trained = dict(zip(circuit.inner_parameters, values[: len(circuit.inner_parameters)], strict=True))
    return np.array([trained.get(p, circuit.fixed.get(p.name, 0.0)) for p in circuit.system.parameters])


def _padded(circuit: Circuit, features: Vector) -> Vector:
    """Return all inputs of the system: the data, then the augmentation."""
    return np.append(features, np.full(len(circuit.system.inputs) - len(features), circuit.augmentation))


def _checked(name: str, values: ArrayLike, length: int) -> Vector:
    """Return finite numbers of the right length, or refuse them."""
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (length,) or not np.isfinite(array).all():
        raise InvalidValueError(f"{name}: shape {array.shape}: this circuit takes {length} finite numbers")
    return array
