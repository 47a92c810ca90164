"""A reduction as two flat vectors, so that one compiled kernel supports all networks.

A kernel with a network as data is compiled once per machine, not once per network. The integer vector starts
with a table of the start of each list; lists are named by the constants below. Several systems may be
concatenated in the same vectors: all starts are absolute.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.costs import cost_ratio
from neuralcrn.engines.native.entries import Term
from neuralcrn.engines.native.reduction import Monomial, Reduction, derivative

(
    CORE_COUNT,  # number of integrated species
    WIDTH,  # length of a row of states: the core, a 1 (the empty factor), the partial products
    PARTIAL_COUNT,  # products of all factors except the first, of monomials of degree 3 and more
    ENTRY_COUNT,  # entries of W: those of the core, of the quadratures, of the decays, of the pairs
    CORE_ENTRY_COUNT,
    QUADRATURE_COUNT,
    INTEGRATED_COUNT,
    DECAY_COUNT,  # rate constants of decays
    PAIR_COUNT,
    FED_COUNT,  # pairs with sources
    MOST_SOURCES,  # of one pair
    FRACTION_COUNT,  # groups of proportional species
    COST_RATIO,  # duration of a Rosenbrock step relative to that of an explicit one, percent
    JACOBIAN_COUNT,
    NONZERO_COUNT,
    FILLED_BEGIN,  # the longest filled block of rows of the factorised matrix
    FILLED_END,
    AT_WEIGHTS,  # positions of each kind of number in the scratch vector
    AT_INTEGRALS,
    AT_MATRIX,
    AT_STATES,  # 8 rows
    AT_SLOPES,  # 7 rows
    AT_INCREMENTS,  # 8 rows
    AT_VECTOR,
    AT_ESTIMATE,
    AT_TOLERANCE,  # absolute tolerance of every core species
    AT_LARGEST,  # largest amount of every core species at the ends of steps
    AT_SOURCES,  # rows of the sources of a pair, for integrations in lanes
    SCRATCH_SIZE,
    CORE,  # state indices of the core species
    ENTRY_FIRST,  # the monomial of every core entry is a product of two elements of a row
    ENTRY_SECOND,
    PARTIAL_POINTER,
    PARTIAL_FACTOR,
    ENTRY_POINTER,  # entries of each core row
    ENTRY_ROW,  # state index of the species of each quadrature entry
    ENTRY_INTEGRAL,  # the integral of each quadrature entry
    TERM_POINTER,
    TERM_CONSTANT_POINTER,
    TERM_CONSTANT,
    DECAY_POINTER,
    DECAY_SPECIES,  # state indices of the species that decay with each rate constant
    PAIR_FIRST,  # state indices of the species of each pair
    PAIR_SECOND,
    FED_FIRST,  # the same of each pair with sources
    FED_SECOND,
    FED_POINTER,
    SOURCE_MEMBER,  # 0 or 1: which species of the pair each source feeds
    SOURCE_SPECIES,  # state index of the species that is its source, or -1 if it is constant
    SOURCE_DECAY,  # index of the rate constant with which this decays, or -1
    FRACTION_PLACE,  # core index of the fraction of each group of proportional species
    FRACTION_POINTER,
    FRACTION_SPECIES,  # state indices of the species of each group
    INTEGRATED_FIRST,  # the integrated monomials, as products of two elements
    INTEGRATED_SECOND,
    DERIVATIVE_POINTER,
    DERIVATIVE_FACTOR,
    JACOBIAN_POSITION,
    JACOBIAN_ENTRY,
    JACOBIAN_DERIVATIVE,
    GRADIENT_POINTER,
    GRADIENT_FACTOR,
    GRADIENT_DERIVATIVE,
    ROW_POINTER,
    COLUMN,
    DIAGONAL,
    TERM_VALUE,  # the last two are in the vector of floats
    DERIVATIVE_POWER,
    HEADER,
) = range(69)

FLOW, RATE, MEMBER, LEFT, SOURCE_ROWS = range(5)
"""Rows of a source of a pair: its flow, the rate constant with which it decays, which species of the pair it
feeds, and the fraction of it that is left in the middle of a step.
"""


@dataclass(frozen=True, slots=True, eq=False)
class PackedSystem:
    """A reduction as index arrays.

    Attributes
    ----------
    integers : ndarray of int64
        Header and lists.
    floats : ndarray of float64
        Rate constants of the terms and powers of the derivatives.
    """

    integers: NDArray[np.int64]
    floats: NDArray[np.float64]

    @property
    def scratch_size(self) -> int:
        """Length of the scratch vector that the kernels need for this system."""
        return int(self.integers[SCRATCH_SIZE])


def pack(reduction: Reduction) -> PackedSystem:
    """Convert a reduction to index arrays."""
    integrated = reduction.integrated
    places = _Places(reduction)
    core, quadratures, weights = reduction.core_entries, reduction.quadrature_entries, reduction.weights
    terms = [term for entry_terms in weights for term in entry_terms]
    decaying = [species for species, _ in reduction.decays]
    rate_of = {species: rate for rate, alike in enumerate(decaying) for species in alike}
    sources = [source for _, _, of_pair in reduction.fed for source in of_pair]
    derivatives = _Derivatives(reduction)
    gradients = [derivatives.of(monomial) for monomial in integrated]
    jacobian = _jacobian(reduction, derivatives)
    plan = reduction.elimination
    lists: dict[int, Iterable[int]] = {
        CORE: reduction.core,
        ENTRY_FIRST: (places.first(m) for _, m, _ in core),
        ENTRY_SECOND: (places.second(m) for _, m, _ in core),
        PARTIAL_POINTER: _pointer(places.partials),
        PARTIAL_FACTOR: _flat(places.partials),
        ENTRY_POINTER: _row_pointer([row for row, _, _ in core], len(reduction.core)),
        ENTRY_ROW: (species for species, _, _ in quadratures),
        ENTRY_INTEGRAL: (integral for _, integral, _ in quadratures),
        TERM_POINTER: _pointer(weights),
        TERM_CONSTANT_POINTER: _pointer([term.constants for term in terms]),
        TERM_CONSTANT: _flat([term.constants for term in terms]),
        DECAY_POINTER: _pointer(decaying),
        DECAY_SPECIES: _flat(decaying),
        PAIR_FIRST: (first for (first, _), _ in reduction.pairs),
        PAIR_SECOND: (second for (_, second), _ in reduction.pairs),
        FED_FIRST: (first for (first, _), _, _ in reduction.fed),
        FED_SECOND: (second for (_, second), _, _ in reduction.fed),
        FED_POINTER: _pointer([of_pair for _, _, of_pair in reduction.fed]),
        SOURCE_MEMBER: (member for member, _, _ in sources),
        SOURCE_SPECIES: (species for _, species, _ in sources),
        SOURCE_DECAY: (rate_of.get(species, -1) for _, species, _ in sources),
        FRACTION_PLACE: (reduction.core.index(group[0]) for group in reduction.proportional),
        FRACTION_POINTER: _pointer(reduction.proportional),
        FRACTION_SPECIES: _flat(reduction.proportional),
        INTEGRATED_FIRST: map(places.first, integrated),
        INTEGRATED_SECOND: map(places.second, integrated),
        DERIVATIVE_POINTER: _pointer(derivatives.rests),
        DERIVATIVE_FACTOR: _flat(derivatives.rests),
        JACOBIAN_POSITION: (position for position, _, _ in jacobian),
        JACOBIAN_ENTRY: (entry for _, entry, _ in jacobian),
        JACOBIAN_DERIVATIVE: (index for _, _, index in jacobian),
        GRADIENT_POINTER: _pointer(gradients),
        GRADIENT_FACTOR: (factor for pairs in gradients for factor, _ in pairs),
        GRADIENT_DERIVATIVE: (index for pairs in gradients for _, index in pairs),
        ROW_POINTER: plan.row_pointer,
        COLUMN: plan.column,
        DIAGONAL: plan.diagonal,
    }
    filled = plan.filled_block()
    counts = {
        CORE_COUNT: len(reduction.core),
        WIDTH: row_width(reduction),
        PARTIAL_COUNT: len(places.partials),
        ENTRY_COUNT: len(weights),
        CORE_ENTRY_COUNT: len(core),
        QUADRATURE_COUNT: len(quadratures),
        INTEGRATED_COUNT: len(integrated),
        DECAY_COUNT: len(decaying),
        PAIR_COUNT: len(reduction.pairs),
        FED_COUNT: len(reduction.fed),
        MOST_SOURCES: _most_sources(reduction),
        FRACTION_COUNT: len(reduction.proportional),
        COST_RATIO: round(100.0 * cost_ratio(reduction)),
        JACOBIAN_COUNT: len(jacobian),
        NONZERO_COUNT: len(plan.column),
        FILLED_BEGIN: filled.start,
        FILLED_END: filled.stop,
    }
    return _lay_out({**counts, **scratch_layout(reduction)}, lists, terms, derivatives.powers)


def scratch_layout(reduction: Reduction) -> dict[int, int]:
    """Return the positions of each kind of number in the scratch vector of one integration, and its size."""
    row = row_width(reduction)
    lengths = {
        AT_WEIGHTS: len(reduction.weights),
        AT_INTEGRALS: reduction.integral_count,
        AT_MATRIX: len(reduction.elimination.column),
        AT_STATES: 8 * row,
        AT_SLOPES: 7 * row,
        AT_INCREMENTS: 8 * row,
        AT_VECTOR: row,
        AT_ESTIMATE: row,
        AT_TOLERANCE: row,
        AT_LARGEST: row,
        AT_SOURCES: SOURCE_ROWS * _most_sources(reduction),
    }
    ends = list(accumulate(lengths.values()))
    return {**dict(zip(lengths, [0, *ends], strict=False)), SCRATCH_SIZE: ends[-1]}


def _most_sources(reduction: Reduction) -> int:
    return max((len(sources) for _, _, sources in reduction.fed), default=0)


def _lay_out(
    counts: dict[int, int], lists: dict[int, Iterable[int]], terms: list[Term], powers: list[float]
) -> PackedSystem:
    """Concatenate header and lists."""
    header = np.zeros(HEADER, dtype=np.int64)
    parts: list[NDArray[np.int64]] = [header]
    start = HEADER
    for slot, count in counts.items():
        header[slot] = count
    for slot, values in lists.items():
        part = np.array(list(values), dtype=np.int64)
        header[slot] = start
        start += len(part)
        parts.append(part)
    header[TERM_VALUE], header[DERIVATIVE_POWER] = 0, len(terms)
    floats = np.array([*(term.value for term in terms), *powers], dtype=np.float64)
    return PackedSystem(np.concatenate(parts), floats)


def join(systems: Sequence[PackedSystem]) -> tuple[PackedSystem, NDArray[np.int64]]:
    """Concatenate systems; return the result, and the start of each header."""
    starts = [0, *accumulate(len(system.integers) for system in systems)]
    float_starts = [0, *accumulate(len(system.floats) for system in systems)]
    integers = np.concatenate([system.integers for system in systems])
    for system, start, float_start in zip(systems, starts, float_starts, strict=False):
        header = integers[start : start + HEADER]
        header[CORE : DIAGONAL + 1] = system.integers[CORE : DIAGONAL + 1] + start
        header[TERM_VALUE:] = system.integers[TERM_VALUE:HEADER] + float_start
    floats = np.concatenate([system.floats for system in systems])
    return PackedSystem(integers, floats), np.array(starts[:-1], dtype=np.int64)


def row_width(reduction: Reduction) -> int:
    """Return the elements of a row of states: the core, a 1, and the partial products."""
    return len(reduction.core) + 1 + sum(len(monomial) > 2 for monomial in reduction.monomials)


class _Places:
    """Every monomial as the product of two elements of a row of states.

    Missing factors refer to the element that is 1. For monomials of higher degree, the product of all factors
    except the first is precomputed in an additional element.
    """

    def __init__(self, reduction: Reduction):
        self._monomials = reduction.monomials
        self._one = len(reduction.core)
        high = [m for m, monomial in enumerate(reduction.monomials) if len(monomial) > 2]
        self._partial = {m: self._one + 1 + k for k, m in enumerate(high)}
        self.partials = [reduction.monomials[m][1:] for m in high]

    def first(self, monomial: int) -> int:
        """Return the index of the first factor."""
        factors = self._monomials[monomial]
        return factors[0] if factors else self._one

    def second(self, monomial: int) -> int:
        """Return the index of the second factor, or of the product of all further factors."""
        factors = self._monomials[monomial]
        return self._partial.get(monomial, factors[1] if len(factors) > 1 else self._one)


class _Derivatives:
    """The distinct derivatives of the monomials, numbered in order of first use."""

    def __init__(self, reduction: Reduction):
        self._monomials = reduction.monomials
        self._index: dict[tuple[int, Monomial], int] = {}

    def of(self, monomial: int) -> list[tuple[int, int]]:
        """Return (factor, derivative) for every distinct factor of a monomial."""
        factors = self._monomials[monomial]
        return [
            (factor, self._index.setdefault(derivative(factors, factor), len(self._index)))
            for factor in sorted(set(factors))
        ]

    @property
    def powers(self) -> list[float]:
        return [float(power) for power, _ in self._index]

    @property
    def rests(self) -> list[Monomial]:
        return [rest for _, rest in self._index]


def _jacobian(reduction: Reduction, derivatives: _Derivatives) -> list[tuple[int, int, int]]:
    """Return (index in the pattern, entry of W, derivative) of every term of the Jacobian."""
    position = reduction.elimination.positions
    return [
        (position[row, factor], entry, index)
        for entry, (row, monomial, _) in enumerate(reduction.core_entries)
        for factor, index in derivatives.of(monomial)
    ]


def _row_pointer(rows: Sequence[int], count: int) -> list[int]:
    """Return the start of the entries of each row in an ascending list of rows."""
    return [bisect.bisect_left(rows, row) for row in range(count + 1)]


def _pointer(lists: Sequence[Sequence[object]]) -> list[int]:
    return [0, *accumulate(len(values) for values in lists)]


def _flat(lists: Iterable[Sequence[int]]) -> list[int]:
    return [value for values in lists for value in values]
