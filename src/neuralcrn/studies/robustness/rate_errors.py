r"""Errors of rate constants: independent, common to rails, and mismatch between rails.

Every reaction r has an error :math:`\epsilon_r = s N(0, 1)`, and its rate constant is multiplied by
:math:`e^{\epsilon_r}`. Reactions are *images* of each other if they are the same but for the rails of their
species, such as ``e_p + h_p -> e_p + h_p + g_p`` and ``e_n + h_p -> e_n + h_p + g_n``: together they compute
one term of one equation. With the mean :math:`\bar\epsilon_r` over the images of a reaction,

.. math:: \epsilon_r = \bar\epsilon_r + (\epsilon_r - \bar\epsilon_r),

its error is the sum of one part *common* to the images and of their *mismatch*, with the variances
:math:`s^2/n` and :math:`s^2 (1 - 1/n)` for n images. A common error changes the coefficient of the term; a
mismatch makes the coefficient depend on signs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Complex, Reaction
from neuralcrn.compiler.rails import without_rails
from neuralcrn.studies.robustness.draws import normal_of

_Sides: TypeAlias = tuple[Complex, Complex]
Share: TypeAlias = "Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]"
"""Part of the errors that is applied, from the errors and their means over images."""


def independent(errors: NDArray[np.float64], _means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return all of the errors."""
    return errors


def common(_errors: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part that images share."""
    return means


def mismatch(errors: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part by which images differ; its mean over images is 0."""
    return errors - means


def rate_factors(
    reactions: Iterable[Reaction], strength: float, rng: np.random.Generator, share: Share = independent
) -> Mapping[Reaction, float]:
    """Return the factor of each rate constant; reactions with the same reactants and products have the same.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> pair = parse_network("e_p -> e_p + g_p" + chr(10) + "e_n -> e_n + g_n").reactions
    >>> for share in (independent, common, mismatch):
    ...     print([f"{f:.3f}" for f in rate_factors(pair, 0.5, np.random.default_rng(0), share).values()])
    ['0.563', '0.925']
    ['0.722', '0.722']
    ['0.780', '1.282']
    """
    listed = list(reactions)
    sides = list(dict.fromkeys((r.reactants, r.products) for r in listed))
    errors = strength * normal_of(map(_named, sides), rng)
    _, image = np.unique([_unsigned(pair) for pair in sides], return_inverse=True)
    means = (np.bincount(image, errors) / np.bincount(image))[image]
    factors = dict(zip(sides, np.exp(share(errors, means)).tolist(), strict=True))
    return {reaction: factors[reaction.reactants, reaction.products] for reaction in listed}


def _named(sides: _Sides) -> str:
    return " -> ".join(map(str, sides))


def _unsigned(sides: _Sides) -> str:
    """Return a reaction as text in which rails have no signs."""
    return repr([sorted((without_rails(name), count) for name, count in side.terms) for side in sides])
