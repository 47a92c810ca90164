"""Machine code for lanes, generated where it is worth its time."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.reduction import Reduction
from neuralcrn.engines.native.specialise import MachineCode, compilation_seconds
from neuralcrn.engines.native.steps import ALL_FUNCTION_COUNT, FUNCTION_COUNT

_KEPT = 16
"""Number of structures whose machine code is kept."""


class LaneCode:
    """Functions for systems of one structure: first loops, then machine code.

    It is generated when the loops have taken as long as its generation will take, so that both together take
    at most twice the time of the better choice. The results are identical.

    Parameters
    ----------
    reductions : sequence of Reduction
        The systems of one program, or one with sensitivities. Others may have different rate constants.
    columns : bool
        Whether the columns of sensitivities are in the lanes, or else several programs.

    Attributes
    ----------
    functions : ndarray of int64, shape (systems, functions)
        Addresses to pass to the kernels; 0 for loops. See `MachineCode`.
    """

    def __init__(self, reductions: Sequence[Reduction], *, columns: bool = False):
        count = ALL_FUNCTION_COUNT if columns else FUNCTION_COUNT
        self.functions: NDArray[np.int64] = np.zeros((len(reductions), count), dtype=np.int64)
        self._reductions, self._columns, self._seconds = reductions, columns, 0.0
        self._price = compilation_seconds(reductions, columns=columns)
        self._loading = columns  # the first gradient of a process is slow, since it loads the kernels
        self._code: MachineCode | None = None
        self._lock = threading.Lock()

    def count(self, seconds: float) -> None:
        """Count the duration of a simulation, and generate machine code if it is worth it."""
        with self._lock:
            self._seconds += 0.0 if self._loading else seconds
            self._loading = False
            if self._code is None and self._seconds > self._price:
                self._code = MachineCode(self._reductions, lanes=not self._columns, columns=self._columns)
                self.functions = self._code.addresses


_codes: dict[str, LaneCode] = {}


def code_of(structure: str, reductions: Sequence[Reduction], *, columns: bool = False) -> LaneCode:
    """Return the functions for a structure; those of the latest structures are kept."""
    code = _codes.pop(structure, None) or LaneCode(reductions, columns=columns)
    _codes[structure] = code
    while len(_codes) > _KEPT:
        _codes.pop(next(iter(_codes)), None)
    return code
