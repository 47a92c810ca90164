"""Power-law kinetics with real exponents, and the gradient of its distance from data.

::

    dx_i/dt = sum_j c_ji exp(b_j + sum_i e_ji ln max(x_i, floor))

are reactions whose orders and coefficients are not integers yet, as they are during a gradient training. The
classical Runge-Kutta method with equal steps between the times of the data is differentiated exactly, by the
discrete adjoint.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import math

import numpy as np

from neuralcrn.engines.native.compilation import kernel

CEILING = 1e3
"""Concentration at which a run is given up."""


@kernel
def _rates(x, floor, exponents, offsets, logs, rates):
    for i in range(len(x)):
        logs[i] = math.log(max(x[i], floor))
    for j in range(len(rates)):
        total = offsets[j]
        for i in range(len(x)):
            total += exponents[j, i] * logs[i]
        rates[j] = math.exp(min(total, 50.0))


@kernel
def _slopes(x, floor, exponents, offsets, changes, logs, rates, slopes):
    _rates(x, floor, exponents, offsets, logs, rates)
    for i in range(len(x)):
        total = 0.0
        for j in range(len(rates)):
            total += changes[j, i] * rates[j]
        slopes[i] = total


@kernel
def _pull_back(x, floor, exponents, offsets, changes, logs, rates, adjoint, grads, result):
    """Add the derivatives of adjoint * slopes by parameters to `grads`; write that by x to `result`."""
    by_exponents, by_offsets, by_changes = grads
    _rates(x, floor, exponents, offsets, logs, rates)
    for i in range(len(x)):
        result[i] = 0.0
    for j in range(len(rates)):
        inner = 0.0
        for i in range(len(x)):
            inner += adjoint[i] * changes[j, i]
            by_changes[j, i] += adjoint[i] * rates[j]
        inner *= rates[j]
        by_offsets[j] += inner
        for i in range(len(x)):
            by_exponents[j, i] += inner * logs[i]
            if x[i] > floor:
                result[i] += inner * exponents[j, i] / x[i]


@kernel
def power_law_gradient(
    times, start, data, weights, logarithmic, floor, parts, exponents, offsets, changes, grads
):
    """Return the weighted sum of absolute errors, of concentrations or of their logarithms.

    `grads` are three arrays, to which the derivatives by exponents, offsets and changes are added. The result
    is infinite, and the arrays unchanged, if a concentration exceeds `CEILING`.
    """
    count, size = len(times), len(start)
    states = np.empty(((count - 1) * parts + 1, size))
    stages = np.empty((4, size))
    places = np.empty((4, size))
    logs, rates, total = np.empty(size), np.empty(len(offsets)), np.empty(size)
    states[0] = start
    for n in range((count - 1) * parts):
        step = (times[n // parts + 1] - times[n // parts]) / parts
        _stages(states[n], step, floor, exponents, offsets, changes, logs, rates, places, stages)
        for i in range(size):
            change = stages[0, i] + 2.0 * (stages[1, i] + stages[2, i]) + stages[3, i]
            states[n + 1, i] = states[n, i] + step / 6.0 * change
            if not abs(states[n + 1, i]) < CEILING:
                return np.inf
    loss = 0.0
    adjoint, inner, back = np.zeros(size), np.empty(size), np.empty(size)
    for n in range((count - 1) * parts, -1, -1):
        if n < (count - 1) * parts:
            step = (times[n // parts + 1] - times[n // parts]) / parts
            _stages(states[n], step, floor, exponents, offsets, changes, logs, rates, places, stages)
            total[:] = adjoint
            for stage in range(3, -1, -1):
                weight = step / 6.0 if stage in (0, 3) else step / 3.0
                reach = 0.0 if stage == 3 else (step if stage == 2 else step / 2.0)
                for i in range(size):
                    inner[i] = weight * adjoint[i] + (reach * back[i] if stage < 3 else 0.0)
                _pull_back(places[stage], floor, exponents, offsets, changes, logs, rates, inner, grads, back)
                for i in range(size):
                    total[i] += back[i]
            adjoint[:] = total
        if n % parts == 0:
            row = n // parts
            for i in range(size):
                x, y = states[n, i], data[row, i]
                error, slope = x - y, 1.0
                if logarithmic:
                    error = math.log(max(x, floor)) - math.log(max(y, floor))
                    slope = 1.0 / x if x > floor else 0.0
                loss += weights[row, i] * abs(error)
                if error != 0.0:
                    adjoint[i] += weights[row, i] * slope * (1.0 if error > 0.0 else -1.0)
    return loss


@kernel
def _stages(x, step, floor, exponents, offsets, changes, logs, rates, places, stages):
    """Write the four points of a step, and the slopes at them."""
    for stage in range(4):
        reach = 0.0 if stage == 0 else (step if stage == 3 else step / 2.0)
        for i in range(len(x)):
            places[stage, i] = x[i] + (reach * stages[stage - 1, i] if stage > 0 else 0.0)
        _slopes(places[stage], floor, exponents, offsets, changes, logs, rates, stages[stage])
