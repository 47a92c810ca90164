"""Execution of protocols in compiled code: dose, run, measure, wash, next sample.

Nothing here computes with the values of a sample: a dose is added to a concentration, a measurement returns
the difference of two rails, a wash sets concentrations to zero.
"""

# pyright: basic
from __future__ import annotations

import math
from collections import namedtuple

import numpy as np

from neuralcrn.engines.native.compilation import kernel
from neuralcrn.engines.native.instructions import (
    CONSTANT,
    DOSE,
    FEATURE,
    FLUSH,
    READ,
    RUN,
    WITHDRAW,
    Instructions,
)
from neuralcrn.engines.native.integrate import Event, integrate
from neuralcrn.engines.native.randomness import normal, start_stream
from neuralcrn.engines.native.stochastic import LANGEVIN, advance_stochastic
from neuralcrn.engines.outcome import NO_RAIL, OUT_OF_RANGE, SUCCESS

Pot = namedtuple("Pot", "integers floats blocks starts functions flushed")
"""The arrays of a lowered program that do not change during execution."""

Protocols = namedtuple("Protocols", "table numbers firsts cycle begun")
"""See `learn`."""

Molecules = namedtuple("Molecules", "noise integers floats starts scratch random_state seed stream")
"""Data for stochastic simulation: method and volume, packed channels of every phase, random numbers of
`seed`, and the stream of sample 0; `starts` is empty for deterministic integration.
"""

Data = namedtuple("Data", "features targets")
"""Rows of numbers, one per sample."""


@kernel
def run_molecules(molecules, phase, state, duration, watched, threshold):
    """Run a phase stochastically; `state` contains concentrations that correspond to whole numbers of
    molecules, except for Langevin.
    """
    volume = molecules.noise.volume
    for i in range(len(state)):
        state[i] *= volume
        if molecules.noise.method != LANGEVIN:
            state[i] = np.rint(state[i])
    outcome, time, jumps = advance_stochastic(
        molecules.noise,
        molecules.integers,
        molecules.floats,
        molecules.starts[phase],
        state,
        duration,
        Event(watched, threshold * volume),
        molecules.random_state,
        molecules.scratch,
        np.empty(0),
        np.empty((0, 0)),
    )
    for i in range(len(state)):
        state[i] /= volume
    return outcome, time, jumps


@kernel
def _run_phase(pot, phase, state, duration, event, controls, scratch, no_times, no_records):
    """Run a phase: all its systems, one after the other. Returns (outcome, time reached, steps)."""
    outcome, time, steps = SUCCESS, duration, 0
    for system in range(pot.blocks[phase], pot.blocks[phase + 1]):
        outcome, time, used = integrate(
            pot.integers, pot.floats, pot.starts[system], pot.functions[system], state, duration, event,
            controls, scratch, no_times, no_records, None,
        )  # fmt: skip
        steps += used
        if outcome != SUCCESS:
            break
    return outcome, time, steps


@kernel
def execute(instructions, pot, state, features, targets, measured, controls, scratch, molecules):
    """Execute one protocol on `state` in place; return (outcome, phase, time in phase, total time, steps)."""
    steps, elapsed = 0, 0.0
    no_times, no_records = np.empty(0), np.empty((0, 0))
    table, numbers = instructions.table, instructions.numbers
    for i in range(len(numbers)):
        operation = table[i, 0]
        if operation == RUN:
            phase = table[i, 1]
            if len(molecules.starts) > 0:
                outcome, time, used = run_molecules(
                    molecules, phase, state, numbers[i, 0], table[i, 2], numbers[i, 1]
                )
            else:
                event = Event(table[i, 2], numbers[i, 1])
                outcome, time, used = _run_phase(
                    pot, phase, state, numbers[i, 0], event, controls, scratch, no_times, no_records
                )
            steps += used
            elapsed += time
            if outcome != SUCCESS:
                return outcome, phase, time, elapsed, steps
        elif operation == DOSE:
            amount = numbers[i, 0]
            if table[i, 3] == FEATURE:
                amount *= features[table[i, 4]]
            elif table[i, 3] != CONSTANT:
                amount *= targets[table[i, 4]]
            if numbers[i, 1] > 0.0:
                amount *= math.exp(numbers[i, 1] * normal(molecules.random_state))
            rail = table[i, 1] if amount >= 0.0 else table[i, 2]
            if rail < 0:
                return NO_RAIL, -1, 0.0, elapsed, steps
            state[rail] += abs(amount)
        elif operation == READ:
            value = state[table[i, 1]]
            if table[i, 2] >= 0:
                value -= state[table[i, 2]]
            measured[table[i, 3]] = value + numbers[i, 0]
        elif operation == WITHDRAW:
            state[table[i, 1]] = 0.0
            if table[i, 2] >= 0:
                state[table[i, 2]] = 0.0
        elif operation == FLUSH:
            for k in range(len(pot.flushed)):
                state[pot.flushed[k]] = 0.0
    return SUCCESS, -1, 0.0, elapsed, steps


@kernel
def learn(protocols, pot, state, order, samples, measured, times, limit, controls, scratch, molecules):
    """Execute the training protocol for the samples of `order`, one after the other.

    `protocols` contains the instructions of all protocols one after the other, the first instruction of each,
    the protocols of consecutive samples, and the number of samples learned before. Row k of `measured` and of
    `times` receives the errors and the duration of the k-th sample. Returns (outcome, samples done, phase,
    time in phase, index of the largest concentration, steps); after a failure `state` is the state before the
    failed sample. A concentration larger than `limit` after a sample is the failure OUT_OF_RANGE. Every
    sample has its own random numbers, according to its number among all learned samples.
    """
    before = np.empty_like(state)
    total = 0
    for k in range(len(order)):
        before[:] = state
        sample = order[k]
        used = protocols.cycle[(protocols.begun + k) % len(protocols.cycle)]
        first, end = protocols.firsts[used], protocols.firsts[used + 1]
        start_stream(molecules.random_state, molecules.seed, molecules.stream + protocols.begun + k)
        outcome, phase, time, elapsed, steps = execute(
            Instructions(protocols.table[first:end], protocols.numbers[first:end]),
            pot,
            state,
            samples.features[sample],
            samples.targets[sample],
            measured[k],
            controls,
            scratch,
            molecules,
        )
        times[k] = elapsed
        total += steps
        if outcome == SUCCESS and not np.abs(state).max() < limit:
            outcome = OUT_OF_RANGE
        if outcome != SUCCESS:
            largest = np.argmax(np.abs(state))
            state[:] = before
            return outcome, k, phase, time, largest, total
    return SUCCESS, len(order), -1, 0.0, -1, total


@kernel
def predict_rows(
    instructions, pot, state, first, last, series, features, measured, controls, scratch, molecules
):
    """Execute the prediction protocol for rows first to last - 1; every `series` rows begin with a copy of
    `state`, and each of the others with what the row before it has left.

    Returns (outcome, row, phase, time in phase, index of the largest concentration, steps).
    """
    total = 0
    copy = np.empty_like(state)
    for k in range(first, last):
        if (k - first) % series == 0:
            copy[:] = state
        start_stream(molecules.random_state, molecules.seed, molecules.stream + k)
        outcome, phase, time, _, steps = execute(
            instructions, pot, copy, features[k], features[k][:0], measured[k], controls, scratch, molecules
        )
        total += steps
        if outcome != SUCCESS:
            return outcome, k, phase, time, np.argmax(copy), total
    return SUCCESS, last, -1, 0.0, -1, total
