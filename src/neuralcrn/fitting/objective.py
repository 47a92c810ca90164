"""Negative log-likelihood of a fit, with gradient and Fisher information."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError, SimulationError
from neuralcrn.fitting.experiments import Simulation, Solvers, State
from neuralcrn.fitting.formulas import Differentiable, Formula
from neuralcrn.fitting.parameters import FitParameter, from_scale, slope_of_scale
from neuralcrn.fitting.problem import TIME, FitProblem, Measurement, Observable

Array = NDArray[np.float64]

_LN_10 = math.log(10.0)
_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_SMALLEST_RESIDUAL = 1e-5
"""Residuals of Laplace noise are at least this, in units of the noise, in the bound of the objective."""


class Evaluation(NamedTuple):
    """The objective at one point.

    Attributes
    ----------
    value : float
        Negative logarithm of likelihood and priors; infinite where a simulation fails.
    gradient : ndarray, shape (n_parameters,)
        Its derivatives on the scales of the search.
    information : ndarray, shape (n_parameters, n_parameters)
        Fisher information of likelihood and priors, on the same scales.
    curvature : ndarray, shape (n_parameters, n_parameters)
        Hessian of the quadratic model of the objective: the information for normal noise. For Laplace noise
        absolute residuals are bounded by parabolas that touch them at this point.
    residuals : ndarray, shape (n_measurements,)
        Measured minus simulated values on the scale of the errors, divided by the noise.
    simulated, noise : ndarray, shape (n_measurements,)
        Observables, not transformed, and their noise.
    jacobian : ndarray, shape (n_measurements, n_parameters)
        Derivatives of the residuals for constant noise.
    """

    value: float
    gradient: Array
    information: Array
    curvature: Array
    residuals: Array
    simulated: Array
    noise: Array
    jacobian: Array


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Measurements of one observable in one stage of an experiment, with the same formulas."""

    rows: NDArray[np.intp]
    stage: int
    places: NDArray[np.intp]
    times: Array
    transformed: Array
    observable: Observable
    formula: Formula
    noise: Formula
    constants: Mapping[str, Array]

    @property
    def names(self) -> frozenset[str]:
        """Names in the formulas."""
        return frozenset((*self.formula.partial, *self.noise.partial))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    r"""A fit problem prepared for evaluation.

    Attributes
    ----------
    problem : FitProblem
        The problem.
    parameters : tuple of FitParameter
        The estimated parameters. Points have their order, and are on their scales.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_parametric
    >>> from neuralcrn.fitting import Experiment, FitParameter, FitProblem, Measurement, Observable
    >>> network = parse_parametric("parameter k = 1\nA -> B [k = k]\nA @initial 1")
    >>> data = tuple(Measurement("B", "first", t, float(1.0 - np.exp(-2.0 * t))) for t in (0.5, 1.0))
    >>> free = FitParameter("k", 1.0, 0.01, 100.0, scale="lin")
    >>> problem = FitProblem(network, (free,), (Observable.of("B", "B", 0.1),), (Experiment("first"),), data)
    >>> at_truth = Objective.of(problem).at(np.array([2.0]))
    >>> bool(abs(at_truth.gradient[0]) < 1e-3)
    True
    """

    problem: FitProblem
    parameters: tuple[FitParameter, ...]
    _simulations: tuple[Simulation, ...]
    _blocks: tuple[tuple[_Block, ...], ...]
    _constant: float

    @classmethod
    def of(cls, problem: FitProblem, *, rtol: float = 1e-7) -> Objective:
        """Prepare a problem; `rtol` is the relative tolerance of the simulations."""
        solvers = Solvers(problem.network, problem.nominal, rtol)
        used = {measurement.experiment for measurement in problem.measurements}
        simulations = tuple(
            Simulation.of(problem, experiment, solvers)
            for experiment in problem.experiments
            if experiment.name in used
        )
        blocks = tuple(_blocks(problem, simulation) for simulation in simulations)
        constant = sum(
            _log_slope_constant(problem.observable(m.observable), m.value) for m in problem.measurements
        )
        return cls(problem, problem.estimated, simulations, blocks, constant)

    def values(self, point: Array) -> dict[str, float]:
        """Return the values of the estimated parameters by name."""
        pairs = zip(self.parameters, point, strict=True)
        return {parameter.name: from_scale(float(x), parameter.scale) for parameter, x in pairs}

    def at(self, point: Array) -> Evaluation:
        """Evaluate the objective at a point, shape (n_parameters,), on the scales of the parameters."""
        values = self.values(point)
        try:
            courses = [simulation.run(values) for simulation in self._simulations]
        except (SimulationError, InvalidValueError):
            return self._failed()
        count, rows = len(self.parameters), len(self.problem.measurements)
        factors = np.array([slope_of_scale(values[p.name], p.scale) for p in self.parameters])
        total = Evaluation(
            self._constant, np.zeros(count), np.zeros((count, count)), np.zeros((count, count)),
            np.empty(rows), np.empty(rows), np.empty(rows), np.empty((rows, count)),
        )  # fmt: skip
        value = total.value
        for blocks, course in zip(self._blocks, courses, strict=True):
            for block in blocks:
                value += self._add(total, block, course[block.stage], values, factors)
        for i, parameter in enumerate(self.parameters):
            if parameter.prior is not None:
                here = values[parameter.name]
                value += parameter.prior.negative_logarithm(here)
                total.gradient[i] += parameter.prior.slope(here) * factors[i]
                gained = parameter.prior.curvature(here) * factors[i] ** 2
                total.information[i, i] += gained
                total.curvature[i, i] += gained
        return total._replace(value=value) if math.isfinite(value) else self._failed()

    def _add(
        self, total: Evaluation, block: _Block, course: State, values: Mapping[str, float], factors: Array
    ) -> float:
        """Add gradient and information of a block, and return its negative log-likelihood."""
        simulated, noise = self._observed(block, course, values)
        observable, rows = block.observable, block.rows
        with np.errstate(all="ignore"):  # what is not finite is a failure
            y, of_y = _transformed(simulated, observable)
            residual = (block.transformed - y) / noise.value
            of_value = -(of_y * factors) / noise.value[:, None]
            of_noise = (noise.slope * factors) / noise.value[:, None]
            if observable.distribution == "normal":
                losses = np.log(noise.value) + 0.5 * residual**2 + _HALF_LOG_TWO_PI
                slope, weights, spread = residual, np.ones(len(rows)), 2.0
            else:
                losses = np.log(2.0 * noise.value) + np.abs(residual)
                slope, spread = np.sign(residual), 1.0
                weights = 1.0 / np.maximum(np.abs(residual), _SMALLEST_RESIDUAL)
            of_noise_alone = spread * of_noise.T @ of_noise
            total.gradient[:] += slope @ of_value + (1.0 - slope * residual) @ of_noise
            total.information[:] += of_value.T @ of_value + of_noise_alone
            total.curvature[:] += (of_value.T * weights) @ of_value + of_noise_alone
        total.residuals[rows], total.simulated[rows] = residual, simulated.value
        total.noise[rows], total.jacobian[rows] = noise.value, of_value
        return float(losses.sum())

    def _observed(
        self, block: _Block, course: State, values: Mapping[str, float]
    ) -> tuple[Differentiable, Differentiable]:
        """Return the observable of a block, and its noise."""
        count, rows = len(self.parameters), len(block.rows)
        species, nothing = self.problem.network.network.index, np.zeros((rows, count))
        given = {TIME: block.times, **block.constants}
        environment: dict[str, Differentiable] = {}
        for name in block.names:
            if name in given:
                environment[name] = Differentiable(given[name], nothing)
            elif name in species:
                here = block.places, species[name]
                environment[name] = Differentiable(course.values[here], course.slopes[here])
            elif name in values:
                column = [parameter.name for parameter in self.parameters].index(name)
                slope = nothing.copy()
                slope[:, column] = 1.0
                environment[name] = Differentiable(np.full(rows, values[name]), slope)
        simulated = block.formula.at(environment, rows, count)
        environment[block.observable.name] = simulated
        return simulated, block.noise.at(environment, rows, count)

    def _failed(self) -> Evaluation:
        count, rows = len(self.parameters), len(self.problem.measurements)
        bad, zeros = np.full(rows, math.nan), np.zeros((count, count))
        return Evaluation(math.inf, np.zeros(count), zeros, zeros, bad, bad, bad, np.zeros((rows, count)))


def _blocks(problem: FitProblem, simulation: Simulation) -> tuple[_Block, ...]:
    """Group the measurements of an experiment by stage, observable and formulas."""
    groups: dict[tuple[object, ...], list[int]] = {}
    starts = np.array([stage.start for stage in simulation.stages])
    for row, measurement in enumerate(problem.measurements):
        if measurement.experiment == simulation.name:
            stage = int(np.searchsorted(starts, measurement.time, side="right")) - 1
            signature = tuple(
                (name, None if formula.constant is not None else formula)
                for name, formula in sorted(measurement.overrides.items())
            )
            groups.setdefault((stage, measurement.observable, signature), []).append(row)
    made: list[_Block] = []
    for rows in groups.values():
        first = problem.measurements[rows[0]]
        stage = int(np.searchsorted(starts, first.time, side="right")) - 1
        made.append(_block(problem, simulation, stage, rows))
    return tuple(made)


def _block(problem: FitProblem, simulation: Simulation, stage: int, rows: list[int]) -> _Block:
    """Prepare measurements with the same formulas."""
    measurements = [problem.measurements[row] for row in rows]
    first, prepared = measurements[0], simulation.stages[stage]
    observable = problem.observable(first.observable)
    parameters = dict(prepared.parameters)
    constants: dict[str, Array] = {}
    for name, formula in first.overrides.items():
        if formula.constant is None:
            parameters[name] = formula.substitute(prepared.parameters)
        else:
            constants[name] = np.array([_constant(m, name) for m in measurements])
            parameters.pop(name, None)
    times = np.array([measurement.time for measurement in measurements])
    measured = np.array([measurement.value for measurement in measurements])
    return _Block(
        np.array(rows), stage, np.searchsorted(prepared.times, times), times,
        _on_scale(measured, observable), observable,
        Formula.of(observable.formula.substitute(parameters)),
        Formula.of(observable.noise.substitute(parameters)), constants,
    )  # fmt: skip


def _constant(measurement: Measurement, name: str) -> float:
    value = measurement.overrides[name].constant
    assert value is not None
    return value


def _on_scale(values: Array, observable: Observable) -> Array:
    with np.errstate(all="ignore"):
        if observable.transformation == "lin":
            return values
        return np.log(values) if observable.transformation == "log" else np.log10(values)


def _transformed(simulated: Differentiable, observable: Observable) -> tuple[Array, Array]:
    """Return an observable on the scale of its errors, and its derivatives."""
    y = _on_scale(simulated.value, observable)
    if observable.transformation == "lin":
        return y, simulated.slope
    unit = 1.0 if observable.transformation == "log" else _LN_10
    return y, simulated.slope / (unit * simulated.value)[:, None]


def _log_slope_constant(observable: Observable, value: float) -> float:
    """Return the part of the negative log-likelihood that comes from the transformation of a measurement."""
    if observable.transformation == "lin":
        return 0.0
    return math.log(value) + (math.log(_LN_10) if observable.transformation == "log10" else 0.0)
