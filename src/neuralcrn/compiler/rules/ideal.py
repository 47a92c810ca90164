"""Exact execution of a schedule, whose stages are operations on signed numbers.

Rules that integrate equations as they are can use it as their exact result. It shares the equations with the
reactions, so such a rule states in `LearningRule.limits` which gradient it approaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralcrn.algebra import Polynomial, PolynomialMap, Variable
from neuralcrn.compiler.circuit import adjoint_of, gradient_of
from neuralcrn.compiler.protocol import Dose, Read, Withdraw
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Compare, Evaluate, Integrate, Rectify, Stage, Update
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle
    from neuralcrn.compiler.schedule import Schedule

Values = dict[Variable, float]
"""Values of variables; others are 0."""


def solve_schedule(
    schedule: Schedule, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector
) -> Solution:
    """Return the exact result of a schedule for one sample; the arguments are those of `LearningRule.exact`.

    Raises
    ------
    CompileError
        If the schedule has a stage that is not an operation on signed numbers.
    SimulationError
        If an integration fails.
    """
    circuit = oracle.circuit
    start: Values = {p: circuit.fixed[p.name] for p in circuit.fixed_parameters}
    start |= dict(zip(circuit.trained_parameters, parameters.tolist(), strict=True))
    predicted, _ = _execute(schedule.prediction, oracle, start, features, targets)
    reading, end = _execute(schedule.training, oracle, start, features, targets)

    def values(of: Mapping[Variable, float], variables: Iterable[Variable]) -> Vector:
        return np.array([of.get(v, 0.0) for v in variables])

    states = circuit.system.states
    return Solution(
        states=values(end, states),
        outputs=values(predicted, circuit.errors),
        error=values(reading, circuit.errors),
        adjoint=values(end, map(adjoint_of, states)),
        gradient=values(end, map(gradient_of, circuit.trained_parameters)),
    )


def _execute(
    stages: Sequence[Stage],
    oracle: Oracle,
    start: Mapping[Variable, float],
    features: Vector,
    targets: Vector,
) -> tuple[Values, Values]:
    """Return the values at the last reading, and at the end."""
    values, reading = dict(start), Values()
    for stage in stages:
        match stage:
            case Dose():
                amount = stage.amount(features.tolist(), targets.tolist())
                values[stage.variable] = values.get(stage.variable, 0.0) + amount
            case Withdraw(variables):
                values |= dict.fromkeys(variables, 0.0)
            case Integrate() | Evaluate():
                values |= _integrated(stage, oracle, values)
            case Read():
                reading = dict(values)
            case Rectify() | Compare() | Update():
                pass  # rails of signed numbers, and what happens after the gradient is known
            case _:
                raise CompileError(f"stage {stage.name!r} is not an operation on signed numbers")
    return reading, values


def _integrated(stage: Integrate | Evaluate, oracle: Oracle, values: Mapping[Variable, float]) -> Values:
    """Return the variables of a stage at its end, with parameters that are updated meanwhile."""
    circuit = oracle.circuit
    equations: dict[Variable, Polynomial] = dict(stage.equations)
    if circuit.update == "direct":
        rate = -circuit.learning_rate
        moving = {p: stage.equations.get(gradient_of(p)) for p in circuit.trained_parameters}
        equations |= {p: g * rate for p, g in moving.items() if g is not None}
    read = (v for f in equations.values() for v in f.variables)
    known = [v for v in dict.fromkeys(read) if v not in equations]
    slopes = PolynomialMap.of(list(equations.values()), [*equations, *known])
    constant = np.array([values.get(v, 0.0) for v in known])
    start = np.array([values.get(v, 0.0) for v in equations])
    end = oracle.integrate(lambda _, y: slopes(np.concatenate([y, constant])), start, stage.duration)
    return dict(zip(equations, end.tolist(), strict=True))
