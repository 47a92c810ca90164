"""Execution of protocols by several pots in the lanes of vector registers.

Every lane has its own pot, samples, rate constants, doses and durations. The protocol and the structure of
the networks are the same, and the results are those of `execute.learn` and `execute.predict_rows` to the last
bit.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import math
from collections import namedtuple

import numpy as np

from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.instructions import CONSTANT, DOSE, FEATURE, FLUSH, READ, RUN, WITHDRAW
from neuralcrn.engines.native.lane_integration import (
    DURATION,
    OUTCOME,
    RUNNING,
    THRESHOLD,
    TIME,
    integrate_lanes,
)
from neuralcrn.engines.native.lanes import LANE_COUNT, lane_rows, splat, where
from neuralcrn.engines.native.randomness import normal, start_stream
from neuralcrn.engines.outcome import NO_RAIL, OUT_OF_RANGE, SUCCESS

Pots = namedtuple("Pots", "state before read floats scratch saved lanes random_state seeds streams")
"""Matrices with one column per lane: contents, contents before the sample, readings, numbers of the packed
systems, scratch of the integration, and numbers of the lanes; and the random numbers of every lane.
"""

Ends = namedtuple("Ends", "done outcome phase largest time elapsed")
"""What is known of every lane at its end: samples done, outcome, phase, species of the largest concentration,
time in the phase; and the duration of the last sample. At the beginning `done` is the number of samples.
"""


@kernel
def _fail(pots, ends, lane, outcome, phase, time):
    """Note how a lane fails."""
    pots.lanes[RUNNING, lane] = 0.0
    ends.outcome[lane], ends.phase[lane], ends.time[lane] = outcome, phase, time
    ends.largest[lane] = np.argmax(np.abs(pots.state[:, lane]))


@kernel
def _dose(row, numbers, pots, features, targets, ends):
    """Add a dose to the pot of every lane that runs."""
    for lane in range(LANE_COUNT):
        if pots.lanes[RUNNING, lane] == 0.0:
            continue
        amount = numbers[lane, 0]
        if row[3] == FEATURE:
            amount *= features[lane, row[4]]
        elif row[3] != CONSTANT:
            amount *= targets[lane, row[4]]
        if numbers[lane, 1] > 0.0:
            amount *= math.exp(numbers[lane, 1] * normal(pots.random_state[lane]))
        rail = row[1] if amount >= 0.0 else row[2]
        if rail < 0:
            _fail(pots, ends, lane, NO_RAIL, -1, 0.0)
        else:
            pots.state[rail, lane] += abs(amount)


@kernel
def _run(pot, pots, phase, numbers, species, controls, ends):
    """Integrate all systems of a phase, one after the other, in every lane that runs."""
    pots.lanes[DURATION] = numbers[:, 0]
    pots.lanes[THRESHOLD] = numbers[:, 1]
    for system in range(pot.blocks[phase], pot.blocks[phase + 1]):
        integrate_lanes(
            pot.integers, pots.floats, pot.starts[system], pot.functions[system], pots.state, species,
            controls, pots.scratch, pots.saved, pots.lanes,
        )  # fmt: skip
        for lane in range(LANE_COUNT):
            if pots.lanes[RUNNING, lane] > 0.0 and pots.lanes[OUTCOME, lane] != SUCCESS:
                ends.elapsed[lane] += pots.lanes[TIME, lane]
                _fail(pots, ends, lane, int(pots.lanes[OUTCOME, lane]), phase, pots.lanes[TIME, lane])
    for lane in range(LANE_COUNT):
        if pots.lanes[RUNNING, lane] > 0.0:
            ends.elapsed[lane] += pots.lanes[TIME, lane]


@kernel
def _execute(table, numbers, pot, pots, features, targets, controls, ends):
    """Execute one protocol in all lanes that run; see `execute.execute`."""
    rows, read = lane_rows(pots.state), lane_rows(pots.read)
    ends.elapsed[:] = 0.0
    for i in range(len(table)):
        operation, one, other = table[i, 0], table[i, 1], table[i, 2]
        if operation == RUN:
            _run(pot, pots, one, numbers[i], other, controls, ends)
        elif operation == DOSE:
            _dose(table[i], numbers[i], pots, features, targets, ends)
        elif operation == READ:
            value = rows[one]
            if other >= 0:
                value = value - rows[other]
            read[table[i, 3]] = value
            pots.read[table[i, 3]] += numbers[i, :, 0]
        elif operation == WITHDRAW:
            rows[one] = splat(0.0)
            if other >= 0:
                rows[other] = splat(0.0)
        elif operation == FLUSH:
            for k in range(len(pot.flushed)):
                rows[pot.flushed[k]] = splat(0.0)


@kernel
def _check_range(pots, limit, ends):
    """End the lanes in which a concentration is not below the limit."""
    rows = lane_rows(pots.state)
    inside = splat(1.0)
    for i in range(len(pots.state)):
        inside = where(abs(rows[at(i)]) < limit, inside, 0.0)
    lane_rows(pots.lanes)[OUTCOME] = inside
    for lane in range(LANE_COUNT):
        if pots.lanes[RUNNING, lane] > 0.0 and pots.lanes[OUTCOME, lane] == 0.0:
            _fail(pots, ends, lane, OUT_OF_RANGE, -1, 0.0)


@kernel
def _copy(source, target):
    old, new = lane_rows(source), lane_rows(target)
    for i in range(len(source)):
        new[at(i)] = old[at(i)]


@kernel
def _begin_sample(pots, k, count):
    """Let the lanes that have a k-th sample run, with its random numbers."""
    for lane in range(LANE_COUNT):
        if k >= count[lane]:
            pots.lanes[RUNNING, lane] = 0.0
        else:
            start_stream(pots.random_state[lane], pots.seeds[lane], pots.streams[lane] + k)


@kernel
def _finish_sample(pots, k, ends, measured):
    """Keep what the lanes that had a k-th sample have measured; return how many of them run."""
    running = 0
    for lane in range(LANE_COUNT):
        if k >= ends.done[lane]:
            continue
        measured[k, lane] = pots.read[:, lane]
        if pots.lanes[RUNNING, lane] > 0.0:
            running += 1
        else:
            ends.done[lane] = k
    return running


@kernel
def learn_lanes(protocols, numbers, pot, pots, features, targets, measured, times, limit, controls, ends):
    """Execute the training protocol for the samples of every lane, one after the other; see `execute.learn`.

    `numbers`, `features`, `targets`, `measured` and `times` have the lanes as second axis.
    """
    pots.lanes[RUNNING] = 1.0
    for k in range(len(features)):
        _copy(pots.state, pots.before)
        used = protocols.cycle[(protocols.begun + k) % len(protocols.cycle)]
        first, end = protocols.firsts[used], protocols.firsts[used + 1]
        _begin_sample(pots, k, ends.done)
        table, chosen = protocols.table[first:end], numbers[first:end]
        _execute(table, chosen, pot, pots, features[k], targets[k], controls, ends)
        _check_range(pots, limit, ends)
        for lane in range(LANE_COUNT):
            if k < ends.done[lane]:
                times[k, lane] = ends.elapsed[lane]
            if pots.lanes[RUNNING, lane] == 0.0:
                pots.state[:, lane] = pots.before[:, lane]
        if _finish_sample(pots, k, ends, measured) == 0:
            return


@kernel
def predict_lanes(instructions, numbers, pot, pots, series, features, measured, controls, ends):
    """Execute the prediction protocol for the rows of every lane; see `execute.predict_rows`."""
    pots.lanes[RUNNING] = 1.0
    nothing = np.empty((LANE_COUNT, 0))
    for k in range(len(features)):
        if k % series == 0:
            _copy(pots.before, pots.state)
        _begin_sample(pots, k, ends.done)
        _execute(instructions.table, numbers, pot, pots, features[k], nothing, controls, ends)
        if _finish_sample(pots, k, ends, measured) == 0:
            return
