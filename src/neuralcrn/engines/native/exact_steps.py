"""One exact step, of any length, for species with a closed form (see `closed_forms`).

With x = lambda t, a decaying species keeps the fraction exp(-x) of its amount, and its mean over the step is
the fraction (1 - exp(-x)) / x.

For a pair a' = b' = -k a b with a >= b the difference d = a - b is constant, and b'/b = -k (d + b) is
separable. With x = k d t, and T = t (1 - exp(-x)) / x,

    b(t) = b exp(-x) / (1 + b k T)    and    the integral of a b is a b T / (1 + b k T),

which contain no difference of two close numbers, and no large exponential; for d = 0, T = t.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

from neuralcrn.engines.native.algebra_kernels import add_quadratures
from neuralcrn.engines.native.compilation import at, kernel
from neuralcrn.engines.native.elementary import decay
from neuralcrn.engines.native.lanes import where
from neuralcrn.engines.native.packing import (
    AT_INTEGRALS,
    AT_WEIGHTS,
    CORE_ENTRY_COUNT,
    DECAY_COUNT,
    DECAY_POINTER,
    DECAY_SPECIES,
    INTEGRATED_COUNT,
    PAIR_COUNT,
    PAIR_FIRST,
    PAIR_SECOND,
    QUADRATURE_COUNT,
)


@kernel
def _decay(integers, base, scratch, state, t, weights, integrals):
    """Advance decaying species by t, and write the integrals of their amounts."""
    pointer = integers[base + DECAY_POINTER]
    species = integers[base + DECAY_SPECIES]
    for i in range(integers[base + DECAY_COUNT]):
        kept, mean = decay(-scratch[at(weights + i)] * t)
        for k in range(integers[at(pointer + i)], integers[at(pointer + i + 1)]):
            place = integers[at(species + k)]
            scratch[at(integrals + k)] = state[place] * (t * mean)
            state[place] *= kept


@kernel
def _annihilate(integers, base, scratch, state, t, weights, integrals):
    """Advance pairs by t, and write the integrals of the products of their amounts."""
    first = integers[base + PAIR_FIRST]
    second = integers[base + PAIR_SECOND]
    for i in range(integers[base + PAIR_COUNT]):
        one, other = integers[at(first + i)], integers[at(second + i)]
        a, b = state[one], state[other]
        less, excess = min(a, b), a - b
        both = less > 0.0
        k = -scratch[at(weights + i)]
        kept, mean = decay(k * abs(excess) * t)
        slowed = 1.0 + less * k * (t * mean)
        scratch[at(integrals + i)] = where(both, a * b * (t * mean) / slowed, 0.0)
        less *= kept / slowed
        state[one] = where(both, less + max(excess, 0.0), a)
        state[other] = where(both, less + max(-excess, 0.0), b)


@kernel
def exact_step(integers, base, scratch, state, t):
    """Advance everything that is not integrated by t: species with a closed form, then quadratures."""
    weights = (
        integers[base + AT_WEIGHTS] + integers[base + CORE_ENTRY_COUNT] + integers[base + QUADRATURE_COUNT]
    )
    integrals = integers[base + AT_INTEGRALS] + integers[base + INTEGRATED_COUNT]
    decays = integers[base + DECAY_COUNT]
    decaying = integers[at(integers[base + DECAY_POINTER] + decays)]
    scratch[at(integrals)] = t
    _decay(integers, base, scratch, state, t, weights, integrals + 1)
    _annihilate(integers, base, scratch, state, t, weights + decays, integrals + 1 + decaying)
    add_quadratures(integers, base, scratch, state)
