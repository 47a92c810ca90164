"""Arithmetic operations of the steps of both methods, with which they are compared."""

from __future__ import annotations

from neuralcrn.engines.native.reduction import Reduction

_OVERHEAD = 300
"""Operations of the error estimate and the control of a step of either method."""
_WAITING = 2
"""Operations that could be done while one of a triangular solve waits for the one before."""


def explicit_operations(reduction: Reduction) -> int:
    """Return the approximate number of operations of an explicit step."""
    return 6 * _slopes(reduction) + 56 * len(reduction.core)


def rosenbrock_operations(reduction: Reduction) -> int:
    """Return the approximate number of operations of a Rosenbrock step."""
    size, plan = len(reduction.core), reduction.elimination
    return 8 * (_slopes(reduction) + 2 * len(plan.column)) + 130 * size + 2 * plan.operations


def code_length(reduction: Reduction) -> int:
    """Return the approximate number of instructions of the longest function of machine code of a system, in
    which slopes and triangular solves occur once.
    """
    plan = reduction.elimination
    rosenbrock = _slopes(reduction) + 4 * len(plan.column) + 2 * plan.operations + 130 * len(reduction.core)
    integrals = 16 * len(reduction.integrated) + 16 * len(reduction.core)
    folding = sum(2 + len(term.constants) for terms in reduction.weights for term in terms)
    return max(rosenbrock, integrals, folding)


def cost_ratio(reduction: Reduction) -> float:
    """Return the approximate duration of a Rosenbrock step relative to that of an explicit one."""
    waiting = 8 * _WAITING * len(reduction.elimination.column)
    stiff = rosenbrock_operations(reduction) + waiting + _OVERHEAD
    return stiff / (explicit_operations(reduction) + _OVERHEAD)


def _slopes(reduction: Reduction) -> int:
    return 2 * len(reduction.monomials) + 2 * len(reduction.core_entries)
