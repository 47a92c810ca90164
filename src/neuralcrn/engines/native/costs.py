"""Arithmetic operations of the steps of both methods, with which they are compared."""

from __future__ import annotations

from neuralcrn.engines.native.reduction import Reduction

_STEPS = 12
"""Typical number of steps of the stiff method in a phase of a circuit, at rtol 1e-6."""


def explicit_operations(reduction: Reduction) -> int:
    """Return the approximate number of operations of an explicit step."""
    return 6 * _slopes(reduction) + 56 * len(reduction.core)


def rosenbrock_operations(reduction: Reduction) -> int:
    """Return the approximate number of operations of a Rosenbrock step."""
    size, plan = len(reduction.core), reduction.elimination
    return 8 * (_slopes(reduction) + 2 * len(plan.column)) + 130 * size + 2 * plan.operations


def stiff_steps(reduction: Reduction) -> int:
    """Return how many more steps an explicit integration may have at the cost of a stiff one, at rtol
    1e-6.
    """
    if not reduction.core:
        return 0
    return round(_STEPS * (rosenbrock_operations(reduction) / explicit_operations(reduction) - 1.0))


def _slopes(reduction: Reduction) -> int:
    return 2 * len(reduction.monomials) + 2 * len(reduction.core_entries)
