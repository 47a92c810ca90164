"""Protocols as tables of instructions: numbers of the operations, and of the sources of a dose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DOSE, RUN, READ, WITHDRAW, FLUSH = range(5)
FEATURE, TARGET, CONSTANT = range(3)


class Instructions(NamedTuple):
    """A protocol as a table.

    Attributes
    ----------
    table : ndarray of int64, shape (steps, 5)
        Operation and its integers: a dose has both rails, source and index; a run has its phase and the
        species of its event; a reading has both rails and the index of the result; a withdrawal has both
        rails.
    numbers : ndarray of float64, shape (steps, 2)
        Factor and error of each dose; duration and threshold of each run; what is added to each reading.
    """

    table: NDArray[np.int64]
    numbers: NDArray[np.float64]
