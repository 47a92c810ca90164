"""Operations on channels for the stochastic methods, compiled, and driven by the index arrays of `jumps`.

Counts are numbers of molecules, stored as float64, which is exact up to 2^53.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from collections import namedtuple

from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.jumps import (
    AT_COUNTS,
    AT_PROPENSITIES,
    AT_WEIGHTS,
    CHANGE,
    CHANGE_POINTER,
    CHANGED,
    CHANNEL_COUNT,
    CONSTANT,
    CONSTANT_OFFSET,
    CONSTANT_POINTER,
    FIRST,
    FURTHER,
    FURTHER_OFFSET,
    FURTHER_POINTER,
    SECOND,
    SECOND_OFFSET,
    SPECIES,
    SPECIES_COUNT,
    TERM_ORDER,
    TERM_POINTER,
    TERM_VALUE,
)

Channels = namedtuple(
    "Channels",
    "size species counts weights propensities first second offset "
    "high further_pointer further further_offset change_pointer changed change",
)
"""Views into the vectors of a system, so that loops need no header; `high`: some channels have further
factors.
"""


@kernel
def load(integers, floats, base, state, volume, scratch):
    """Return the channels with counts in their row, and with rates, volume and constants combined in
    weights.
    """
    size = integers[base + SPECIES_COUNT]
    number = integers[base + CHANNEL_COUNT]
    species = integers[integers[base + SPECIES] :][:size]
    counts = scratch[integers[base + AT_COUNTS] :][: size + 1]
    weights = scratch[integers[base + AT_WEIGHTS] :][:number]
    for i in range(size):
        counts[i] = state[species[i]]
    counts[size] = 1.0
    terms, constants = integers[base + TERM_POINTER], integers[base + CONSTANT_POINTER]
    for channel in range(number):
        weight = 0.0
        for term in range(integers[at(terms + channel)], integers[at(terms + channel + 1)]):
            product = floats[at(integers[base + TERM_VALUE] + term)]
            product *= volume ** (1.0 - integers[at(integers[base + TERM_ORDER] + term)])
            for i in range(integers[at(constants + term)], integers[at(constants + term + 1)]):
                constant = state[integers[at(integers[base + CONSTANT] + i)]]
                product *= max(0.0, constant - floats[at(integers[base + CONSTANT_OFFSET] + i)])
            weight += product
        weights[channel] = weight
    return Channels(
        number,
        species,
        counts,
        weights,
        scratch[integers[base + AT_PROPENSITIES] :][:number],
        integers[integers[base + FIRST] :],
        integers[integers[base + SECOND] :],
        floats[integers[base + SECOND_OFFSET] :],
        integers[integers[base + FURTHER_POINTER] + number] > 0,
        integers[integers[base + FURTHER_POINTER] :],
        integers[integers[base + FURTHER] :],
        floats[integers[base + FURTHER_OFFSET] :],
        integers[integers[base + CHANGE_POINTER] :],
        integers[integers[base + CHANGED] :],
        floats[integers[base + CHANGE] :],
    )


@kernel
def store(channels, state):
    """Write the counts back into the state vector, or into a record of it."""
    for i in range(len(channels.species)):
        state[channels.species[i]] = channels.counts[i]


@kernel
def place_of(channels, position):
    """Return the index of a species in the row of counts, or -1 if no channel changes it."""
    for i in range(len(channels.species)):
        if channels.species[i] == position:
            return i
    return -1


@kernel
def propensity(channels, channel):
    """Return the propensity of a channel, 1/time; 0 if there are fewer whole molecules than it consumes."""
    c, counts = at(channel), channels.counts
    second = counts[at(channels.second[c])] - channels.offset[c]
    value = channels.weights[c] * counts[at(channels.first[c])] * second
    if channels.high:
        for i in range(channels.further_pointer[c], channels.further_pointer[at(channel + 1)]):
            value *= max(0.0, counts[at(channels.further[at(i)])] - channels.further_offset[at(i)])
    return value


@kernel
def fire(channels, channel, extent):
    """Fire a channel `extent` times."""
    pointer = channels.change_pointer
    for i in range(pointer[at(channel)], pointer[at(channel + 1)]):
        channels.counts[at(channels.changed[at(i)])] += extent * channels.change[at(i)]
