"""A network as index arrays for stochastic simulation: channels, their changes, and their dependencies.

A *channel* combines all reactions with the same net change and the same non-constant reactants. They differ
only in constant catalysts, whose numbers are included in one weight. The process of channels has the same
distribution as that of the reactions, and a circuit has three times fewer channels than reactions.

The propensity of a channel is its weight times ``n1 (n2 - offset) prod (n - offset)``, falling products
without factorials, so ``2 A -> ...`` has k / V * n (n - 1). Several systems may be concatenated in the same
vectors, like those of `packing`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Network
from neuralcrn.engines.native.relaxation import Change, Factors, Relaxation
from neuralcrn.errors import InvalidValueError

DEPENDENCY_LIMIT = 50_000_000
"""Maximum number of entries of a dependency graph; hubs make it grow quadratically with the reactions."""

_SMALLEST_BLOCK = 5
"""Bits: up to 32 channels are searched linearly, which is the fastest method."""

(
    SPECIES_COUNT,  # species changed by some channel; the element after them is 1, the empty factor
    CHANNEL_COUNT,
    AT_COUNTS,  # positions of each kind of number in the scratch vector
    AT_WEIGHTS,  # one per channel
    AT_PROPENSITIES,
    AT_SUMS,  # of the propensities of every block of channels
    BLOCK_BITS,  # a block has 2^BLOCK_BITS channels
    BLOCK_COUNT,
    AT_SCARCE,  # channels that few further firings would exhaust
    AT_DRIFT,  # for species: net change per time unit, its variance, losses, counts before a leap
    AT_SPREAD,
    AT_OUTFLOW,
    AT_BEFORE,
    AT_MEANS,  # for hybrid steps: means of species over a step, and a 1; their predictions and loss rates
    AT_PREDICTED,
    AT_LOSSES,
    AT_LIMITS,
    AT_OWNERS,  # for channels: their owners, and whether they have fired in a step
    AT_FIRED,
    SCRATCH_SIZE,
    SPECIES,  # state index of every species
    FIRST,  # the first two factors of every channel, and further factors
    SECOND,
    FURTHER_POINTER,
    FURTHER,
    CHANGE_POINTER,
    CHANGED,
    DEPENDENT_POINTER,  # channels whose propensity a channel changes
    DEPENDENT,
    TERM_POINTER,  # the reactions of every channel
    TERM_ORDER,
    CONSTANT_POINTER,
    CONSTANT,  # state position
    HIGHEST_ORDER,  # of the channels that depend on a species, and its power there
    HIGHEST_POWER,
    ORDER,  # of species in a hybrid step; see `relaxation`
    CYCLIC,
    INFLUENTIAL,
    TOUCHING_POINTER,  # the channels that change a species
    TOUCHING,
    OWNABLE,  # for every change, whether its species can own the channel
    TERM_VALUE,  # lists from here on are in the vector of floats
    SECOND_OFFSET,
    FURTHER_OFFSET,
    CHANGE,
    CONSTANT_OFFSET,
    HEADER,
) = range(47)


class _Term(NamedTuple):
    rate: float
    order: int
    constants: Factors


@dataclass(frozen=True, slots=True, eq=False)
class PackedJumps:
    """Channels as index arrays.

    Attributes
    ----------
    integers : ndarray of int64
        Header and lists.
    floats : ndarray of float64
        Rate constants, offsets and changes.
    """

    integers: NDArray[np.int64]
    floats: NDArray[np.float64]

    @property
    def scratch_size(self) -> int:
        """Length of the scratch vector that the kernels need for this system."""
        return int(self.integers[SCRATCH_SIZE])


def pack_jumps(network: Network, positions: Mapping[str, int] | None = None) -> PackedJumps:
    r"""Convert a network for stochastic simulation.

    Parameters
    ----------
    network : Network
        The reactions.
    positions : mapping of str to int, optional
        Index of every species in the state vector; by default the order of the network.

    Raises
    ------
    InvalidValueError
        If the dependency graph has more than 50 million entries.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> packed = pack_jumps(parse_network("p + x -> p + x + z\nq + x -> q + x + z\n2z -> 0"))
    >>> int(packed.integers[SPECIES_COUNT]), int(packed.integers[CHANNEL_COUNT])
    (1, 2)
    """
    where = positions if positions is not None else network.index
    channels, local = _channels(network, where)
    changes = [change for change, _ in channels]
    factors = [read for _, read in channels]
    terms = [term for channel_terms in channels.values() for term in channel_terms]
    one = (len(local), 0)
    first_two = [(*read, one, one)[:2] for read in factors]
    further = [read[2:] for read in factors]
    dependents = _dependents(changes, factors)
    highest = _highest(factors, len(local))
    relaxation = Relaxation.of(changes, factors, len(local))
    constants = [term.constants for term in terms]
    integers: dict[int, Iterable[int]] = {
        SPECIES: local,
        FIRST: (first for (first, _), _ in first_two),
        SECOND: (second for _, (second, _) in first_two),
        FURTHER_POINTER: _pointer(further),
        FURTHER: _column(further, 0),
        CHANGE_POINTER: _pointer(changes),
        CHANGED: _column(changes, 0),
        DEPENDENT_POINTER: _pointer(dependents),
        DEPENDENT: (channel for row in dependents for channel in row),
        TERM_POINTER: _pointer(list(channels.values())),
        TERM_ORDER: (term.order for term in terms),
        CONSTANT_POINTER: _pointer(constants),
        CONSTANT: _column(constants, 0),
        HIGHEST_ORDER: (order for order, _ in highest),
        HIGHEST_POWER: (power for _, power in highest),
        ORDER: relaxation.order,
        CYCLIC: relaxation.cyclic,
        INFLUENTIAL: relaxation.influential,
        TOUCHING_POINTER: _pointer(relaxation.touching),
        TOUCHING: (channel for row in relaxation.touching for channel in row),
        OWNABLE: (flag for row in relaxation.ownable for flag in row),
    }
    floats: dict[int, Iterable[float]] = {
        TERM_VALUE: (term.rate for term in terms),
        SECOND_OFFSET: (offset for _, (_, offset) in first_two),
        FURTHER_OFFSET: _column(further, 1),
        CHANGE: _column(changes, 1),
        CONSTANT_OFFSET: _column(constants, 1),
    }
    return _lay_out(len(local), len(channels), integers, floats)


def join_jumps(systems: Sequence[PackedJumps]) -> tuple[PackedJumps, NDArray[np.int64]]:
    """Concatenate systems; return the result, and the start of each header."""
    starts = [0, *accumulate(len(system.integers) for system in systems)]
    float_starts = [0, *accumulate(len(system.floats) for system in systems)]
    parts = [system.integers.copy() for system in systems]
    for part, start, float_start in zip(parts, starts, float_starts, strict=False):
        part[SPECIES:TERM_VALUE] += start
        part[TERM_VALUE:HEADER] += float_start
    joined = PackedJumps(np.concatenate(parts), np.concatenate([system.floats for system in systems]))
    return joined, np.array(starts[:-1], dtype=np.int64)


def _channels(
    network: Network, where: Mapping[str, int]
) -> tuple[dict[tuple[Change, Factors], list[_Term]], list[int]]:
    """Return the reactions of every channel, and the state positions of the species that channels change."""
    active = [(r, change) for r in network.reactions if r.rate > 0.0 and (change := r.net_change)]
    local = sorted({where[name] for _, change in active for name in change})
    place = {position: i for i, position in enumerate(local)}
    channels: dict[tuple[Change, Factors], list[_Term]] = {}
    for reaction, change in active:
        reactants = sorted((where[name], count) for name, count in reaction.reactants.terms)
        factors = [(position, j) for position, count in reactants for j in range(count)]
        read = tuple((place[position], j) for position, j in factors if position in place)
        constants = tuple((position, j) for position, j in factors if position not in place)
        key = tuple(sorted((place[where[name]], count) for name, count in change.items())), read
        channels.setdefault(key, []).append(_Term(reaction.rate, reaction.order, constants))
    # The search is shorter if likely channels come first: productions, then the fastest bimolecular
    # channels.
    order = sorted(channels, key=lambda key: (len(key[1]), -max(term.rate for term in channels[key])))
    return {key: channels[key] for key in order}, local


def _dependents(changes: list[Change], factors: list[Factors]) -> list[list[int]]:
    """Return, for every channel, the channels that depend on a species that it changes."""
    readers: dict[int, list[int]] = {}
    for channel, read in enumerate(factors):
        for species in {species for species, _ in read}:
            readers.setdefault(species, []).append(channel)
    size = sum(len(readers.get(species, ())) for change in changes for species, _ in change)
    if size > DEPENDENCY_LIMIT:
        raise InvalidValueError(
            f"network: its dependency graph has {size:,} entries, at most {DEPENDENCY_LIMIT:,} are held: "
            "exact simulation is infeasible if most reactions change a species on which most depend"
        )
    return [
        sorted({channel for species, _ in change for channel in readers.get(species, ())})
        for change in changes
    ]


def _highest(factors: list[Factors], species_count: int) -> list[tuple[int, int]]:
    """Return the highest order of the channels that depend on each species, and its highest power there."""
    highest = [(0, 0)] * species_count
    for read in factors:
        for species, offset in read:
            highest[species] = max(highest[species], (len(read), offset + 1))
    return highest


def _pointer(rows: Sequence[Sequence[object]]) -> list[int]:
    return [0, *accumulate(len(row) for row in rows)]


def _column(rows: Iterable[Sequence[tuple[int, int]]], which: int) -> Iterable[int]:
    return (pair[which] for row in rows for pair in row)


def _lay_out(
    species: int, channels: int, integers: dict[int, Iterable[int]], floats: dict[int, Iterable[float]]
) -> PackedJumps:
    """Concatenate header and lists."""
    header = np.zeros(HEADER, dtype=np.int64)
    bits = max(_SMALLEST_BLOCK, math.isqrt(channels).bit_length())
    blocks = -(-channels >> bits)
    header[SPECIES_COUNT], header[CHANNEL_COUNT] = species, channels
    header[BLOCK_BITS], header[BLOCK_COUNT] = bits, blocks
    lengths = {
        AT_COUNTS: species + 1,
        AT_WEIGHTS: channels,
        AT_PROPENSITIES: channels,
        AT_SUMS: blocks,
        AT_SCARCE: channels,
        AT_DRIFT: species,
        AT_SPREAD: species,
        AT_OUTFLOW: species,
        AT_BEFORE: species,
        AT_MEANS: species + 1,
        AT_PREDICTED: species,
        AT_LOSSES: species,
        AT_LIMITS: species,
        AT_OWNERS: channels,
        AT_FIRED: channels,
        SCRATCH_SIZE: 0,
    }
    header[list(lengths)] = [0, *accumulate(lengths.values())][:-1]
    whole = [np.array(list(values), dtype=np.int64) for values in integers.values()]
    real = [np.array(list(values), dtype=np.float64) for values in floats.values()]
    header[list(integers)] = [HEADER, *(HEADER + end for end in accumulate(map(len, whole)))][:-1]
    header[list(floats)] = [0, *accumulate(map(len, real))][:-1]
    return PackedJumps(np.concatenate([header, *whole]), np.concatenate(real))
