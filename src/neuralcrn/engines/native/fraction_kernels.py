"""Fractions of proportional species (see `proportional`) at the start and the end of an integration."""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.packing import (
    AT_STATES,
    AT_TOLERANCE,
    CORE,
    CORE_COUNT,
    FRACTION_COUNT,
    FRACTION_PLACE,
    FRACTION_POINTER,
    FRACTION_SPECIES,
)


@kernel
def load_fractions(integers, base, state, atol, scratch):
    """Set the fraction of each group of proportional species to 1, with a tolerance at which each of them
    meets its own.
    """
    pointer, species = integers[base + FRACTION_POINTER], integers[base + FRACTION_SPECIES]
    for group in range(integers[base + FRACTION_COUNT]):
        allowed = 1.0
        for k in range(integers[at(pointer + group)], integers[at(pointer + group + 1)]):
            one = integers[at(species + k)]
            allowed = min(allowed, atol[one] / max(abs(state[one]), 1e-290))
        place = integers[at(integers[base + FRACTION_PLACE] + group)]
        scratch[at(integers[base + AT_STATES] + place)] = 1.0
        scratch[at(integers[base + AT_TOLERANCE] + place)] = allowed


@kernel
def fractions_to_amounts(integers, base, state, record):
    """Replace the fractions in a record of the core by amounts of the species that represent them."""
    pointer, species = integers[base + FRACTION_POINTER], integers[base + FRACTION_SPECIES]
    for group in range(integers[base + FRACTION_COUNT]):
        place = integers[at(integers[base + FRACTION_PLACE] + group)]
        record[place] *= state[integers[at(species + integers[at(pointer + group)])]]


@kernel
def unload(integers, base, scratch, state):
    """Copy the core to the state, and multiply proportional species by their fraction."""
    core, states = integers[base + CORE], integers[base + AT_STATES]
    pointer, species = integers[base + FRACTION_POINTER], integers[base + FRACTION_SPECIES]
    for group in range(integers[base + FRACTION_COUNT]):
        place = states + integers[at(integers[base + FRACTION_PLACE] + group)]
        begin = integers[at(pointer + group)]
        for k in range(begin, integers[at(pointer + group + 1)]):
            state[integers[at(species + k)]] *= scratch[at(place)]
        scratch[at(place)] = state[integers[at(species + begin)]]  # the core has the first of them there
    for i in range(integers[base + CORE_COUNT]):
        state[integers[at(core + i)]] = scratch[at(states + i)]
