"""Instructions of the machine code for the steps of a network; see `specialise`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from neuralcrn.engines.native import tableaus
from neuralcrn.engines.native.packing import (
    AT_ESTIMATE,
    AT_INCREMENTS,
    AT_INTEGRALS,
    AT_MATRIX,
    AT_SLOPES,
    AT_STATES,
    AT_VECTOR,
    AT_WEIGHTS,
)
from neuralcrn.engines.native.reduction import Monomial, derivative
from neuralcrn.engines.native.writer import Loaded, Writer


def emit_fold(write: Writer) -> None:
    for entry, terms in enumerate(write.reduction.weights):
        total: Any = None
        for term in terms:
            product = write.constant(term.value)
            for species in term.constants:
                product = write.multiply(product, write.species(species))
            total = product if total is None else write.add(total, product)
        write.store(AT_WEIGHTS, entry, total)


def core_weights(write: Writer) -> Sequence[Any]:
    return Loaded(write.load_at, write.layout[AT_WEIGHTS], len(write.reduction.core_entries))


def _right_hand_side(write: Writer, y: Sequence[Any]) -> list[Any]:
    weights = core_weights(write)
    monomials = [write.monomial(y, factors) for factors in write.reduction.monomials]
    rows: list[Any] = [write.constant(0.0)] * write.size
    for entry, (row, monomial, _) in enumerate(write.reduction.core_entries):
        rows[row] = write.fused(weights[entry], monomials[monomial], rows[row])
    return rows


def emit_explicit_step(write: Writer) -> None:
    start = write.row(AT_STATES, 0)
    slopes_of = write.row_function("slopes", _right_hand_side)
    for stage in range(1, 7):
        slopes = [write.row(AT_SLOPES, earlier) for earlier in range(stage)]
        change = write.combination(tableaus.TSIT5_A[stage, :stage].tolist(), slopes)
        write.store_row(AT_STATES, stage, write.plus_scaled(start, write.number, change))
        slopes_of(write.position(AT_STATES, stage), write.position(AT_SLOPES, stage))
    slopes = [write.row(AT_SLOPES, stage) for stage in range(7)]
    estimate = write.combination(tableaus.TSIT5_ERROR.tolist(), slopes)
    write.store_row(AT_ESTIMATE, 0, write.scaled(write.number, estimate))


def negative_jacobian(write: Writer, weights: Sequence[Any], y: Sequence[Any]) -> list[Any]:
    """Return -J in the pattern of the elimination."""
    reduction, plan = write.reduction, write.reduction.elimination
    position = plan.positions
    matrix = [write.constant(0.0) for _ in plan.column]
    derivatives: dict[tuple[int, Monomial], Any] = {}
    for entry, (row, monomial, _) in enumerate(reduction.core_entries):
        factors = reduction.monomials[monomial]
        for factor in sorted(set(factors)):
            key = derivative(factors, factor)
            if key not in derivatives:
                derivatives[key] = write.product(write.constant(key[0]), y, key[1])
            place = position[row, factor]
            value = write.multiply(weights[entry], derivatives[key])
            matrix[place] = write.subtract(matrix[place], value)
    return matrix


def _factorised(write: Writer, weights: Sequence[Any], y: Sequence[Any], shift: Any) -> list[Any]:
    """Return the factors of shift I - J, inverse diagonals included."""
    plan, matrix = write.reduction.elimination, negative_jacobian(write, weights, y)
    position = plan.positions
    for row in range(write.size):
        place = plan.diagonal[row]
        matrix[place] = write.add(matrix[place], shift)
        for left in plan.multipliers(row):
            pivot = plan.column[left]
            matrix[left] = write.multiply(matrix[left], matrix[plan.diagonal[pivot]])
            for source in plan.updates(pivot):
                target = position[row, plan.column[source]]
                matrix[target] = write.fused(write.negate(matrix[left]), matrix[source], matrix[target])
        matrix[place] = write.divide(write.constant(1.0), matrix[place])
    return matrix


def solved(write: Writer, matrix: Sequence[Any], right: Sequence[Any]) -> list[Any]:
    plan, x = write.reduction.elimination, list(right)
    for row in range(write.size):
        for place in range(plan.row_pointer[row], plan.diagonal[row]):
            x[row] = write.fused(write.negate(matrix[place]), x[plan.column[place]], x[row])
    for row in reversed(range(write.size)):
        for place in range(plan.diagonal[row] + 1, plan.row_pointer[row + 1]):
            x[row] = write.fused(write.negate(matrix[place]), x[plan.column[place]], x[row])
        x[row] = write.multiply(x[row], matrix[plan.diagonal[row]])
    return x


def _solution(write: Writer, right: Sequence[Any]) -> list[Any]:
    """Solve with the factorised matrix in scratch."""
    count = len(write.reduction.elimination.column)
    return solved(write, Loaded(write.load_at, write.layout[AT_MATRIX], count), right)


def emit_rosenbrock_step(write: Writer) -> None:
    """Make the step, and keep the factorised matrix."""
    start = write.row(AT_STATES, 0)
    inverse = write.divide(write.constant(1.0), write.number)
    shift = write.divide(inverse, write.constant(tableaus.RODAS5P_GAMMA))
    write.store_all(write.layout[AT_MATRIX], _factorised(write, core_weights(write), start, shift))
    slopes_of = write.row_function("slopes", _right_hand_side)
    solve = write.row_function("solution", _solution)
    slope = write.position(AT_SLOPES, 1)
    slopes_of(write.position(AT_STATES, 0), slope)
    solve(slope, write.position(AT_INCREMENTS, 0))
    state = start
    for stage in range(1, 8):
        increments = [write.row(AT_INCREMENTS, earlier) for earlier in range(stage)]
        if stage >= tableaus.RODAS5P_LAST:
            state = write.sum(write.row(AT_STATES, stage - 1), increments[-1])
        else:
            state = start
            for a, row in zip(tableaus.RODAS5P_A[stage, :stage].tolist(), increments, strict=True):
                state = write.plus_scaled(state, write.constant(a), row)
        write.store_row(AT_STATES, stage, state)
        memory = write.combination(tableaus.RODAS5P_C[stage, :stage].tolist(), increments)
        slopes_of(write.position(AT_STATES, stage), slope)
        right = write.plus_scaled(write.row(AT_SLOPES, 1), inverse, memory)
        write.store_all(slope, right)
        solve(slope, write.position(AT_INCREMENTS, stage))
    estimate = write.row(AT_INCREMENTS, 7)
    write.store_row(AT_ESTIMATE, 0, estimate)
    write.store_row(AT_VECTOR, 0, write.sum(state, estimate))


def _integrals(write: Writer, coefficients: Sequence[float]) -> Iterator[tuple[int, Any]]:
    """Yield the position and the value of every integral, advanced by the stages of a step.

    The weight of a stage is multiplied by the first factor once for all consecutive monomials that share it.
    """
    stages = [
        Loaded(write.load_at, write.position(AT_STATES, k), write.size) for k in range(len(coefficients))
    ]
    weights = [write.multiply(write.number, write.constant(coefficient)) for coefficient in coefficients]
    first, scaled = (), weights
    for i, monomial in enumerate(write.reduction.integrated):
        factors = write.reduction.monomials[monomial]
        if factors[:1] != first:
            first = factors[:1]
            scaled = [write.product(weight, y, first) for weight, y in zip(weights, stages, strict=True)]
        total = write.load(AT_INTEGRALS, i)
        for weight, y in zip(scaled, stages, strict=True):
            total = write.fused(weight, write.all_but_the_first(y, factors), total)
        yield i, total


def emit_explicit_integrals(write: Writer) -> None:
    for i, total in _integrals(write, tableaus.TSIT5_B[:6].tolist()):
        write.store(AT_INTEGRALS, i, total)


def emit_rosenbrock_integrals(write: Writer) -> None:
    increments = [write.row(AT_INCREMENTS, stage) for stage in range(8)]
    direction = write.combination(tableaus.RODAS5P_B.tolist(), increments)
    start = write.row(AT_STATES, 0)
    for i, advanced in _integrals(write, tableaus.RODAS5P_B.tolist()):
        factors = write.reduction.monomials[write.reduction.integrated[i]]
        total: Any = write.constant(0.0)
        for factor in sorted(set(factors)):
            power, rest = derivative(factors, factor)
            value = write.multiply(write.constant(power), direction[factor])
            total = write.add(total, write.product(value, start, rest))
        write.store(AT_INTEGRALS, i, write.add(advanced, write.multiply(write.number, total)))
