"""Protocols played from compiled code: dose, run, measure, wash, next sample.

Nothing here computes with the numbers that it carries: a dose adds to a concentration, a
measurement reads the difference of two rails, a wash sets concentrations to zero.
"""

# pyright: basic
from __future__ import annotations

from collections import namedtuple

import numpy as np

from neuralcrn.engines.compilation import kernel
from neuralcrn.engines.integrate import Event, integrate
from neuralcrn.engines.outcome import SUCCESS
from neuralcrn.training.lowering import CONSTANT, DOSE, FEATURE, FLUSH, READ, RUN, WITHDRAW

RUNAWAY = -1
"""Outcome of a sample after which a parameter has left its range."""

Pot = namedtuple("Pot", "integers floats starts functions flushed")
"""The arrays of a lowered program that do not change while it is played."""


@kernel
def play(table, numbers, pot, state, features, targets, measured, controls, scratch):
    """Play one protocol on `state` in place; return (outcome, phase, time in phase, steps)."""
    no_times = np.empty(0)
    no_records = np.empty((0, 0))
    steps = 0
    for i in range(len(numbers)):
        operation = table[i, 0]
        if operation == RUN:
            phase = table[i, 1]
            outcome, time, used = integrate(
                pot.integers,
                pot.floats,
                pot.starts[phase],
                pot.functions[phase],
                state,
                numbers[i, 0],
                Event(table[i, 2], numbers[i, 1]),
                controls,
                scratch,
                no_times,
                no_records,
            )
            steps += used
            if outcome != SUCCESS:
                return outcome, phase, time, steps
        elif operation == DOSE:
            amount = numbers[i, 0]
            if table[i, 3] == FEATURE:
                amount *= features[table[i, 4]]
            elif table[i, 3] != CONSTANT:
                amount *= targets[table[i, 4]]
            rail = table[i, 1] if amount >= 0.0 else table[i, 2]
            state[rail] += abs(amount)
        elif operation == READ:
            value = state[table[i, 1]]
            if table[i, 2] >= 0:
                value -= state[table[i, 2]]
            measured[table[i, 3]] = value
        elif operation == WITHDRAW:
            state[table[i, 1]] = 0.0
            if table[i, 2] >= 0:
                state[table[i, 2]] = 0.0
        elif operation == FLUSH:
            for k in range(len(pot.flushed)):
                state[pot.flushed[k]] = 0.0
    return SUCCESS, -1, 0.0, steps


@kernel
def learn(table, numbers, pot, state, order, features, targets, measured, limit, controls, scratch):
    """Play the training protocol for the samples of `order`, one after the other.

    Row k of `measured` receives the errors of the k-th sample played. Returns (outcome, samples
    done, phase, time in phase, steps); after a failure `state` is that before the failing sample. A
    concentration beyond `limit` after a sample counts as the failure RUNAWAY.
    """
    before = np.empty_like(state)
    total = 0
    for k in range(len(order)):
        before[:] = state
        sample = order[k]
        outcome, phase, time, steps = play(
            table, numbers, pot, state, features[sample], targets[sample], measured[k], controls, scratch
        )
        total += steps
        if outcome == SUCCESS and not np.abs(state).max() < limit:
            outcome = RUNAWAY
        if outcome != SUCCESS:
            state[:] = before
            return outcome, k, phase, time, total
    return SUCCESS, len(order), -1, 0.0, total


@kernel
def answer(table, numbers, pot, state, first, last, features, measured, controls, scratch):
    """Play the prediction protocol for rows first to last - 1, each on a copy of `state`."""
    total = 0
    copy = np.empty_like(state)
    nothing = np.empty(0)
    for k in range(first, last):
        copy[:] = state
        outcome, phase, time, steps = play(
            table, numbers, pot, copy, features[k], nothing, measured[k], controls, scratch
        )
        total += steps
        if outcome != SUCCESS:
            return outcome, k, phase, time, total
    return SUCCESS, last, -1, 0.0, total
