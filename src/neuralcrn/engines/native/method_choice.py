"""Choice between the explicit and the stiff method, at the start of an integration and during it.

The stiff method is used where one of its steps, whose length accuracy limits, costs less than the explicit
steps that stability allows in its place. At the start, its step is the typical one of a circuit and |lambda|
is bounded by the norm of the Jacobian. Later, |lambda| is estimated from explicit steps, and a step of the
stiff method is as long as when it was used last.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import numpy as np

from neuralcrn.engines.native.algebra_kernels import negative_jacobian
from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.fused import fma
from neuralcrn.engines.native.lanes import where
from neuralcrn.engines.native.packing import AT_MATRIX, COST_RATIO, ROW_POINTER

_STIFF_STEPS = 12.0
"""Typical number of steps of the stiff method in a phase of a circuit, at rtol 1e-6."""
CHECKED = 4
"""Number of steps after which the choice of the method is checked."""
_MANY_CHECKS, _MANY_STEPS = 16.0, 500.0
"""The stiff method is tried again after so many checks in which stability limited the explicit steps, if at
least so many steps would be left: what made its steps short may be over.
"""
STABILITY = 3.3  # h |lambda| at which Tsitouras 5(4) becomes unstable on the negative real axis


@kernel
def jacobian_norm(integers, floats, base, scratch, size, y):
    """Return the largest absolute row sum of the Jacobian at y."""
    rows = integers[base + ROW_POINTER]
    matrix = integers[base + AT_MATRIX]
    negative_jacobian(integers, floats, base, scratch, y, matrix)
    norm = 0.0
    for row in range(size):
        total = 0.0
        for place in range(integers[at(rows + row)], integers[at(rows + row + 1)]):
            total += abs(scratch[at(matrix + place)])
        norm = max(norm, total)
    return norm


@kernel
def stiffness(scratch, size, width, states, slopes, rtol, tolerance):
    """Estimate |lambda| from the last two stages of an explicit step, both at its end.

    Each species is weighted by its tolerance, so that large slow species do not hide a small fast one.
    """
    above, below = 0.0, 0.0
    fifth, sixth = 5 * width, 6 * width
    for i in range(size):
        allowed = scratch[at(tolerance + i)] + rtol * abs(scratch[at(states + sixth + i)])
        slope = (scratch[at(slopes + sixth + i)] - scratch[at(slopes + fifth + i)]) / allowed
        change = (scratch[at(states + sixth + i)] - scratch[at(states + fifth + i)]) / allowed
        above = fma(slope, slope, above)
        below = fma(change, change, below)
    return where(below > 0.0, np.sqrt(above / below), 0.0)


@kernel
def is_limited(h, rate):
    """Return whether an explicit step is as long as stability allows."""
    return h * rate > 0.7 * STABILITY


@kernel
def typical_stiff_step(duration, rtol):
    """Return a step of the stiff method, which accuracy limits, as long as nothing is known about it.

    Its order is 5, so the number of steps is proportional to the tolerance to the power of -1/5.
    """
    return duration / (_STIFF_STEPS * (1e6 * rtol) ** -0.2)


@kernel
def explicit_steps_cost(integers, base, rate, step):
    """Return the time of the explicit steps that are stable for a rate |lambda|, in place of one step of the
    stiff method, relative to the time of that.
    """
    return rate * step / (0.01 * STABILITY * integers[base + COST_RATIO])


@kernel
def known_stiff_step(stiff_step, limited_checks, rate, left):
    """Return the step of the stiff method, or all that is left if it should be tried again."""
    many = where(limited_checks >= _MANY_CHECKS, rate * left, 0.0) > _MANY_STEPS * STABILITY
    return where(many, left, stiff_step)


@kernel
def stiff_is_faster(integers, base, rate, stiff_step, left, rtol):
    """Return whether the stiff method is faster than explicit steps for the duration that is left."""
    step = min(stiff_step, typical_stiff_step(left, rtol))
    return explicit_steps_cost(integers, base, rate, step) > 1.0


@kernel
def explicit_is_faster(integers, base, norm, h, growth):
    """Return whether explicit steps are clearly faster than those of the stiff method, which may grow."""
    return explicit_steps_cost(integers, base, norm, h * growth * growth) < 0.7
