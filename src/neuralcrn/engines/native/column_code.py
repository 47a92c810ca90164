"""Instructions of the machine code for sensitivities; see `specialise`.

Its code depends on the system, not on the parameters: one function computes what all columns share, another
one advances a block of them, as lanes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neuralcrn.engines.native.column_packing import (
    AT_BENT,
    AT_FLUXES,
    AT_JACOBIANS,
    AT_STAGE,
    AT_START,
    AT_STATE_SHARES,
    AT_STEP_SHARES,
    AT_STEPS,
    BEND_ALONG,
    BEND_COUNT,
    BEND_ENTRY,
    BEND_FACTOR,
    BEND_POINTER,
    BEND_POSITION,
    BEND_POWER,
    BENT_COLUMN,
    BENT_COUNT,
    BENT_POINTER,
    PLACE,
    PLACE_COLUMN,
    PLACE_COUNT,
    PLACE_POINTER,
    plan_columns,
)
from neuralcrn.engines.native.packing import AT_INCREMENTS, AT_MATRIX, AT_STATES, pack
from neuralcrn.engines.native.reduction import derivative
from neuralcrn.engines.native.step_code import core_weights, negative_jacobian, solved
from neuralcrn.engines.native.writer import LaneWriter, Loaded, Writer


class _Plan:
    """The plan of the columns of a system as Python numbers."""

    def __init__(self, write: Writer):
        self._numbers: list[int] = plan_columns(write.reduction, pack(write.reduction)).tolist()

    def __getitem__(self, slot: int) -> int:
        return self._numbers[slot]

    def list_of(self, slot: int, count: int) -> list[int]:
        """Return the first elements of a list."""
        return self._numbers[self[slot] : self[slot] + count]


def emit_tables(write: Writer, *, rosenbrock: bool) -> None:
    """Write the monomials and J at every stage; for a Rosenbrock step also what is along the increments.

    Both pointers are scratch. What is read is read through the first one, so that LLVM knows that it is not
    what is written through the other one, and needs less time.
    """
    first, second, number = write.arguments
    read = Writer(write.builder, (second, first, number), write.reduction)
    plan, reduction, weights = _Plan(write), write.reduction, core_weights(read)
    places = plan.list_of(PLACE, plan[PLACE_COUNT])
    along = _Along(read, plan, weights, read.row(AT_STATES, 0)) if rosenbrock else None
    for stage in range(8 if rosenbrock else 7):
        y = read.row(AT_STATES, stage)
        monomials = [read.monomial(y, factors) for factors in reduction.monomials]
        fluxes = [monomials[monomial] for _, monomial, _ in reduction.core_entries]
        if along is not None:
            change = read.row(AT_INCREMENTS, stage)
            fluxes = along.fluxes(fluxes, change)
            write.store_all(plan[AT_BENT] + stage * plan[BENT_COUNT], along.bent(change))
        write.store_all(plan[AT_FLUXES] + stage * len(fluxes), fluxes)
        matrix = negative_jacobian(read, weights, y)
        jacobian = [read.negate(matrix[place]) for place in places]
        write.store_all(plan[AT_JACOBIANS] + stage * len(places), jacobian)


class _Along:
    """Derivatives at the start of a step along a change of the state; see `sensitivity_kernels`."""

    def __init__(self, write: Writer, plan: _Plan, weights: Sequence[Any], start: Sequence[Any]):
        self._write, self._plan, count = write, plan, plan[BEND_COUNT]
        self._slopes: list[tuple[int, int, Any]] = []
        for entry, (_, monomial, _) in enumerate(write.reduction.core_entries):
            factors = write.reduction.monomials[monomial]
            for factor in sorted(set(factors)):
                power, rest = derivative(factors, factor)
                self._slopes.append((entry, factor, write.product(write.constant(power), start, rest)))
        pointer = plan.list_of(BEND_POINTER, count + 1)
        factors = plan.list_of(BEND_FACTOR, pointer[-1])
        powers, entries = plan.list_of(BEND_POWER, count), plan.list_of(BEND_ENTRY, count)
        self._bends = [
            write.product(
                write.multiply(write.constant(powers[term]), weights[entries[term]]),
                start,
                factors[pointer[term] : pointer[term + 1]],
            )
            for term in range(count)
        ]

    def fluxes(self, fluxes: Sequence[Any], change: Sequence[Any]) -> list[Any]:
        """Add the derivatives of the monomials."""
        totals = list(fluxes)
        for entry, factor, slope in self._slopes:
            totals[entry] = self._write.fused(slope, change[factor], totals[entry])
        return totals

    def bent(self, change: Sequence[Any]) -> list[Any]:
        """Return the derivative of J."""
        plan, count = self._plan, self._plan[BEND_COUNT]
        totals: list[Any] = [self._write.constant(0.0)] * plan[BENT_COUNT]
        positions, alongs = plan.list_of(BEND_POSITION, count), plan.list_of(BEND_ALONG, count)
        for bend, position, along in zip(self._bends, positions, alongs, strict=True):
            totals[position] = self._write.fused(bend, change[along], totals[position])
        return totals


class _Pattern:
    """The entries of a matrix of the core, by rows."""

    def __init__(self, write: Writer, plan: _Plan, pointer: int, column: int, count: int):
        self._rows = plan.list_of(pointer, write.size + 1)
        self._columns, self._write = plan.list_of(column, count), write

    def add(self, row: int, values: Sequence[Any], x: Sequence[Any], total: Any) -> Any:
        """Add the product of a row with columns."""
        for k in range(self._rows[row], self._rows[row + 1]):
            total = self._write.fused(values[k], x[self._columns[k]], total)
        return total


def emit_columns(scalars: Writer, *, rosenbrock: bool) -> None:
    """Advance a block of columns, whose sources are in the rows of its steps."""
    plan, write = _Plan(scalars), LaneWriter(scalars)
    size, count, bent_count = write.size, plan[PLACE_COUNT], plan[BENT_COUNT]
    jacobian = _Pattern(write, plan, PLACE_POINTER, PLACE_COLUMN, count)
    curved = _Pattern(write, plan, BENT_POINTER, BENT_COLUMN, bent_count)
    factors = Loaded(write.repeated, write.layout[AT_MATRIX], len(write.reduction.elimination.column))

    def combined(shares: Sequence[Any], i: int, total: Any) -> Any:
        for before, share in enumerate(shares):
            total = write.fused(share, write.lanes(AT_STEPS + before, i), total)
        return total

    def shares_of(slot: int, stage: int) -> list[Any]:
        return Loaded(write.repeated, plan[slot] + 8 * stage, stage)[:]

    reached: list[Any] = []
    for stage in range(8 if rosenbrock else 7):
        shares = shares_of(AT_STATE_SHARES, stage)
        reached = [combined(shares, i, write.lanes(AT_START, i)) for i in range(size)]
        own = [write.lanes(AT_STEPS + stage, i) for i in range(size)]
        if rosenbrock:
            shares = shares_of(AT_STEP_SHARES, stage)
            bent = Loaded(write.repeated, plan[AT_BENT] + stage * bent_count, bent_count)
            start = [write.lanes(AT_START, i) for i in range(size)]
            own = [curved.add(i, bent, start, combined(shares, i, total)) for i, total in enumerate(own)]
        values = Loaded(write.repeated, plan[AT_JACOBIANS] + stage * count, count)
        own = [jacobian.add(i, values, reached, total) for i, total in enumerate(own)]
        if rosenbrock:
            own = solved(write, factors, own)
        write.store_lanes(AT_STEPS + stage, own)
    shares = shares_of(AT_STATE_SHARES, 7)
    if rosenbrock:
        reached = write.sum(reached, [write.lanes(AT_STEPS + 7, i) for i in range(size)])
    else:
        zero = write.constant(0.0)
        write.store_lanes(AT_STEPS + 7, [combined(shares, i, zero) for i in range(size)])
    write.store_lanes(AT_STAGE, reached)
