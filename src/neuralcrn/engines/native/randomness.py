"""Random numbers for compiled code: one stream per seed and run, independent of threads.

xoshiro256++ (Blackman and Vigna 2021, doi:10.1145/3460772) with a state of four words. The words are computed
from seed and run by the bijective mixing function of SplitMix64 (Steele, Lea and Flood 2014,
doi:10.1145/2660193.2660195), so that different pairs have different states. A state is an array owned by the
caller, which can be saved and restored.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import math

import numpy as np

from neuralcrn.engines.native.compilation import kernel

STATE_SIZE = 4
"""Words (uint64) of a state."""

_word = np.uint64
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53
_PRODUCT_LIMIT = 10.0  # mean from which Hörmann's rejection method is faster


@kernel
def mixed(word):
    """Return the output of SplitMix64 for a state: a bijection of words that mixes all bits."""
    word += _GOLDEN
    word = (word ^ (word >> _word(30))) * _FIRST
    word = (word ^ (word >> _word(27))) * _SECOND
    return word ^ (word >> _word(31))


@kernel
def start_stream(random_state, seed, run):
    """Write the initial state of the stream of `seed` and `run`, both non-negative."""
    random_state[0] = mixed(_word(seed))
    random_state[1] = mixed(random_state[0] ^ _word(run))
    random_state[2] = mixed(random_state[1] + random_state[0])
    random_state[3] = mixed(random_state[2] + random_state[1])


@kernel
def next_word(random_state):
    """Return 64 random bits and advance the state."""
    s0, s1, s2, s3 = random_state[0], random_state[1], random_state[2], random_state[3]
    both = s0 + s3
    s2 ^= s0
    s3 ^= s1
    random_state[0] = s0 ^ s3
    random_state[1] = s1 ^ s2
    random_state[2] = s2 ^ (s1 << _word(17))
    random_state[3] = (s3 << _word(45)) | (s3 >> _word(19))
    return ((both << _word(23)) | (both >> _word(41))) + s0


@kernel
def uniform(random_state):
    """Return a number uniform in [0, 1), a multiple of 2^-53."""
    return np.float64(next_word(random_state) >> _word(11)) * _UNIT


@kernel
def exponential(random_state):
    """Return an exponential number of mean 1."""
    return -math.log(1.0 - uniform(random_state))


@kernel
def normal(random_state):
    """Return a normal number of mean 0 and variance 1 (Box and Muller 1958)."""
    radius = math.sqrt(2.0 * exponential(random_state))
    return radius * math.cos(2.0 * math.pi * uniform(random_state))


@kernel
def poisson(random_state, mean):
    """Return a Poisson-distributed number.

    By multiplication of uniform numbers for small means, and by the transformed rejection method PTRS of
    Hörmann 1993 (doi:10.1016/0167-6687(93)90997-4) for larger ones.
    """
    if mean < _PRODUCT_LIMIT:
        bound, product, count = math.exp(-mean), uniform(random_state), 0.0
        while product > bound:
            product *= uniform(random_state)
            count += 1.0
        return count
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    logarithm = math.log(mean)
    while True:
        u = uniform(random_state) - 0.5
        v = 1.0 - uniform(random_state)
        distance = 0.5 - abs(u)
        if distance <= 0.0:
            continue
        count = math.floor((2.0 * a / distance + b) * u + mean + 0.43)
        if distance >= 0.07 and v <= 0.9277 - 3.6224 / (b - 2.0):
            return count
        if count < 0.0 or (distance < 0.013 and v > distance):
            continue
        chance = count * logarithm - mean - math.lgamma(count + 1.0)
        if math.log(v * inverse_alpha / (a / (distance * distance) + b)) <= chance:
            return count


@kernel
def binomial(random_state, number, chance):
    """Return how many of a whole `number` of independent events of the same chance happen.

    By sequential search for small means, and by the transformed rejection method BTRS of Hörmann 1993
    (doi:10.1080/00949659308811496) for larger ones.
    """
    if number <= 0.0 or chance <= 0.0:
        return 0.0
    if chance >= 1.0:
        return number
    p = min(chance, 1.0 - chance)
    if number * p < _PRODUCT_LIMIT:
        count = _searched(random_state, number, p)
    else:
        count = _rejected(random_state, number, p)
    return count if p == chance else number - count


@kernel
def _searched(random_state, number, p):
    """Return a binomial number of a small mean: the first at which the distribution exceeds a uniform one."""
    odds, none = p / (1.0 - p), math.exp(number * math.log1p(-p))
    while True:
        left, count, mass = uniform(random_state), 0.0, none
        while left >= mass and count < number:
            left -= mass
            count += 1.0
            mass *= odds * (number - count + 1.0) / count
        if left < mass:  # otherwise beyond the last one due to rounding: draw again
            return count


@kernel
def _rejected(random_state, number, p):
    """Return a binomial number by transformed rejection, for a mean of 10 or more and p <= 0.5."""
    deviation = math.sqrt(number * p * (1.0 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    alpha = (2.83 + 5.1 / b) * deviation
    logarithm, mode = math.log(p / (1.0 - p)), math.floor((number + 1.0) * p)
    highest = math.lgamma(mode + 1.0) + math.lgamma(number - mode + 1.0)
    while True:
        u = uniform(random_state) - 0.5
        v = 1.0 - uniform(random_state)
        distance = 0.5 - abs(u)
        if distance <= 0.0:
            continue
        count = math.floor((2.0 * a / distance + b) * u + number * p + 0.5)
        if distance >= 0.07 and v <= 0.92 - 4.2 / b:
            return count
        if count < 0.0 or count > number:
            continue
        chance = highest - math.lgamma(count + 1.0) - math.lgamma(number - count + 1.0)
        chance += (count - mode) * logarithm
        if math.log(v * alpha / (a / (distance * distance) + b)) <= chance:
            return count
