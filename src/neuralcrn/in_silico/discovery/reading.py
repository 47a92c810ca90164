"""The sparsest reactions with integer coefficients that explain the net vector of a source complex.

Reactions that share their reactants change the concentrations in proportion to the same monomial, so data
determine only their sum, the net vector of the source. Of all reactions with this sum those are chosen that
are fewest, and among equally many the nearest, or for several reactions the simplest.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[Any]
Integers = NDArray[np.int64]

_GAIN = 2
"""Largest number of molecules of one species that a reaction makes."""
_CHANGED = 5
"""Largest number of species that change in a reaction."""
_SYSTEMATIC = 0.08
"""Error of the curves, relative to the largest entry of a net vector."""
_WITHIN = 3.0
"""Largest error of an entry, in standard errors."""
_PAIRS = 400
"""Number of nearest vectors of which pairs are tried."""
_EQUAL = 4.0
"""Difference of the sum of squares up to which pairs fit equally well."""
_ALTERNATIVES = 3
"""Largest number of readings."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Reactions of one source.

    Attributes
    ----------
    changes : ndarray of int, shape (n_reactions, n_species)
        What each reaction changes.
    rates : ndarray, shape (n_reactions,)
        Rate constants, positive.
    misfit : float, dimensionless
        Sum of squared differences from the net vector, in standard errors.
    """

    changes: Integers
    rates: Matrix
    misfit: float

    @property
    def vector(self) -> Matrix:
        """The net vector of these reactions."""
        return self.rates @ self.changes


def read_vector(source: Integers, vector: Matrix, errors: Matrix) -> list[Reading]:
    """Return the sparsest readings of a net vector, the nearest first.

    Parameters
    ----------
    source : ndarray of int, shape (n_species,)
        Molecules of the source complex.
    vector, errors : ndarray, shape (n_species,)
        Net vector and its standard errors.

    Returns
    -------
    list of Reading
        At most three, all with equally many reactions; none if nothing changes.

    Examples
    --------
    A -> C and A -> D with rate constants 0.2 and 0.1:

    >>> a = np.array([1, 0, 0])
    >>> best = read_vector(a, np.array([-0.3, 0.21, 0.1]), np.full(3, 0.01))[0]
    >>> best.changes.tolist()
    [[-1, 0, 1], [-1, 1, 0]]
    """
    largest = float(np.abs(vector).max())
    if largest == 0.0:
        return []
    spread = np.hypot(errors, _SYSTEMATIC * largest)
    changes = _candidates(source, vector, spread)
    if not len(changes):
        return []
    singles = _singles(changes, vector, spread)
    if singles and _is_near(singles[0], vector, spread):
        return _nearest(singles, vector, spread)
    pairs = _pairs(changes, vector, spread)
    if pairs and _is_near(pairs[0], vector, spread):
        return _nearest(pairs, vector, spread)
    return [_any_number(changes, vector, spread)]


def _nearest(readings: list[Reading], vector: Matrix, spread: Matrix) -> list[Reading]:
    return [reading for reading in readings[:_ALTERNATIVES] if _is_near(reading, vector, spread)]


def _is_near(reading: Reading, vector: Matrix, spread: Matrix) -> bool:
    return bool((np.abs(reading.vector - vector) <= _WITHIN * spread).all())


def _candidates(source: Integers, vector: Matrix, spread: Matrix) -> Integers:
    """Return integer vectors of the species that change, or whose change is not known."""
    clear = np.abs(vector) > 2.0 * spread
    open_ = spread > 0.25 * np.abs(vector).max()
    order = np.argsort(-(np.abs(vector) + np.where(open_, spread, 0.0)), kind="stable")
    chosen = [int(i) for i in order if clear[i] or open_[i]][:_CHANGED]
    options = [range(-int(source[i]), _GAIN + 1) for i in chosen]
    numbers = np.array([n for n in product(*options) if any(n)], dtype=np.int64).reshape(-1, len(chosen))
    changes = np.zeros((len(numbers), len(vector)), dtype=np.int64)
    changes[:, chosen] = numbers
    return changes


def _singles(changes: Integers, vector: Matrix, spread: Matrix) -> list[Reading]:
    """Return one reaction for each candidate, the nearest first."""
    scaled = changes / spread
    rates = np.maximum(scaled @ (vector / spread) / (scaled**2).sum(axis=1), 0.0)
    misfits = (((rates[:, np.newaxis] * changes - vector) / spread) ** 2).sum(axis=1)
    order = np.argsort(misfits, kind="stable")
    return [
        Reading(changes[i : i + 1], rates[i : i + 1], float(misfits[i]))
        for i in order[:_PAIRS]
        if rates[i] > 0.0
    ]


def _pairs(changes: Integers, vector: Matrix, spread: Matrix) -> list[Reading]:
    """Return pairs of the simplest candidates: of those that fit about equally well the simplest first."""
    simple = changes[np.argsort((changes**2).sum(axis=1), kind="stable")[:_PAIRS]]
    scaled, target = simple / spread, vector / spread
    grams, moments = scaled @ scaled.T, scaled @ target
    first, second = (np.asarray(i, dtype=np.intp) for i in np.triu_indices(len(simple), 1))
    aa, bb, ab = grams[first, first], grams[second, second], grams[first, second]
    determinant = aa * bb - ab**2
    usable = determinant > 1e-9 * aa * bb
    first, second = first[usable], second[usable]
    aa, bb, ab = aa[usable], bb[usable], ab[usable]
    rates = np.stack([bb * moments[first] - ab * moments[second], aa * moments[second] - ab * moments[first]])
    rates = rates / determinant[usable]
    misfits = target @ target - rates[0] * moments[first] - rates[1] * moments[second]
    misfits = np.where((rates > 0.0).all(axis=0), np.maximum(misfits, 0.0), np.inf)
    if not len(misfits) or np.isinf(misfits.min()):
        return []
    sizes = (simple**2).sum(axis=1)
    worse = misfits > misfits.min() + _EQUAL
    order = np.lexsort((misfits, sizes[first] + sizes[second], worse))[:_ALTERNATIVES]
    return [
        Reading(np.stack([simple[first[i]], simple[second[i]]]), rates[:, i], float(misfits[i]))
        for i in order
        if np.isfinite(misfits[i])
    ]


def _any_number(changes: Integers, vector: Matrix, spread: Matrix) -> Reading:
    """Return the nearest combination of candidates."""
    from scipy.optimize import nnls

    rates, error = nnls((changes / spread).T, vector / spread)
    used = np.flatnonzero(rates > 1e-9 * max(float(rates.max()), 1e-300))
    return Reading(changes[used], rates[used], float(error**2))
