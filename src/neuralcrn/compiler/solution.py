"""Exact results of one sample, which the chemistry is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Exact results for one sample.

    Attributes
    ----------
    states : ndarray, shape (states,)
        z(T).
    outputs : ndarray, shape (outputs,)
        yhat = W z(T) + b.
    error : ndarray, shape (outputs,)
        yhat - y.
    adjoint : ndarray, shape (states,)
        a(T) = W^T e.
    gradient : ndarray, shape (trained parameters,)
        Gradient as defined by the learning rule, in the order of `Circuit.trained_parameters`.
    """

    states: Vector
    outputs: Vector
    error: Vector
    adjoint: Vector
    gradient: Vector
