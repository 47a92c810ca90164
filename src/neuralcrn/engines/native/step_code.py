"""Instructions of the machine code for the steps of a network; see `specialise`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neuralcrn.engines.native import tableaus
from neuralcrn.engines.native.packing import (
    AT_ESTIMATE,
    AT_INCREMENTS,
    AT_INTEGRALS,
    AT_SLOPES,
    AT_STATES,
    AT_VECTOR,
    AT_WEIGHTS,
)
from neuralcrn.engines.native.reduction import Monomial, derivative
from neuralcrn.engines.native.writer import Writer


def emit_fold(write: Writer) -> None:
    for entry, terms in enumerate(write.reduction.weights):
        total: Any = None
        for term in terms:
            product = write.constant(term.value)
            for species in term.constants:
                product = write.multiply(product, write.species(species))
            total = product if total is None else write.add(total, product)
        write.store(AT_WEIGHTS, entry, total)


def _right_hand_side(write: Writer, weights: Sequence[Any], y: Sequence[Any]) -> list[Any]:
    monomials = [write.monomial(y, factors) for factors in write.reduction.monomials]
    rows: list[Any] = [write.constant(0.0)] * write.size
    for entry, (row, monomial, _) in enumerate(write.reduction.core_entries):
        rows[row] = write.fused(weights[entry], monomials[monomial], rows[row])
    return rows


def core_weights(write: Writer) -> list[Any]:
    return [write.load(AT_WEIGHTS, entry) for entry in range(len(write.reduction.core_entries))]


def emit_explicit_step(write: Writer) -> None:
    weights = core_weights(write)
    start = write.row(AT_STATES, 0)
    slopes = [write.row(AT_SLOPES, 0)]
    for stage in range(1, 7):
        change = write.combination(tableaus.TSIT5_A[stage, :stage].tolist(), slopes)
        state = write.plus_scaled(start, write.number, change)
        slopes.append(_right_hand_side(write, weights, state))
        write.store_row(AT_STATES, stage, state)
        write.store_row(AT_SLOPES, stage, slopes[stage])
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


def emit_rosenbrock_step(write: Writer) -> list[Any]:
    """Make the step; return the factorised matrix."""
    weights = core_weights(write)
    start = write.row(AT_STATES, 0)
    inverse = write.divide(write.constant(1.0), write.number)
    shift = write.divide(inverse, write.constant(tableaus.RODAS5P_GAMMA))
    matrix = _factorised(write, weights, start, shift)
    increments = [solved(write, matrix, _right_hand_side(write, weights, start))]
    state = start
    for stage in range(1, 8):
        if stage >= tableaus.RODAS5P_LAST:
            state = write.sum(state, increments[-1])
        else:
            state = start
            for a, row in zip(tableaus.RODAS5P_A[stage, :stage].tolist(), increments, strict=True):
                state = write.plus_scaled(state, write.constant(a), row)
        memory = write.combination(tableaus.RODAS5P_C[stage, :stage].tolist(), increments)
        right = write.plus_scaled(_right_hand_side(write, weights, state), inverse, memory)
        increments.append(solved(write, matrix, right))
        write.store_row(AT_STATES, stage, state)
    for stage, row in enumerate(increments):
        write.store_row(AT_INCREMENTS, stage, row)
    write.store_row(AT_ESTIMATE, 0, increments[7])
    write.store_row(AT_VECTOR, 0, write.sum(state, increments[7]))
    return matrix


def _integrals(write: Writer, coefficients: Sequence[float]) -> tuple[list[Any], list[Any]]:
    """Return the integrals advanced by the stages of a step, and the state at its start."""
    which = write.reduction.integrated
    totals = [write.load(AT_INTEGRALS, i) for i in range(len(which))]
    start: list[Any] = []
    for stage, coefficient in enumerate(coefficients):
        state = write.row(AT_STATES, stage)
        start = start or state
        weight = write.multiply(write.number, write.constant(coefficient))
        for i, monomial in enumerate(which):
            value = write.monomial(state, write.reduction.monomials[monomial])
            totals[i] = write.fused(weight, value, totals[i])
    return totals, start


def emit_explicit_integrals(write: Writer) -> None:
    totals, _ = _integrals(write, tableaus.TSIT5_B[:6].tolist())
    for i, total in enumerate(totals):
        write.store(AT_INTEGRALS, i, total)


def emit_rosenbrock_integrals(write: Writer) -> None:
    totals, start = _integrals(write, tableaus.RODAS5P_B.tolist())
    increments = [write.row(AT_INCREMENTS, stage) for stage in range(8)]
    direction = write.combination(tableaus.RODAS5P_B.tolist(), increments)
    for i, monomial in enumerate(write.reduction.integrated):
        factors = write.reduction.monomials[monomial]
        total: Any = write.constant(0.0)
        for factor in sorted(set(factors)):
            power, rest = derivative(factors, factor)
            value = write.multiply(write.constant(power), direction[factor])
            total = write.add(total, write.product(value, start, rest))
        write.store(AT_INTEGRALS, i, write.add(totals[i], write.multiply(write.number, total)))
