"""Machine code for lanes, generated where it is worth its time."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.reduction import Reduction
from neuralcrn.engines.native.specialise import MachineCode, compilation_seconds
from neuralcrn.engines.native.steps import FUNCTION_COUNT

_KEPT = 16
"""Number of structures whose machine code is kept."""


class LaneCode:
    """Functions for the lanes of programs of one structure: first loops, then machine code.

    It is generated when the loops have taken as long as its generation will take, so that both together take
    at most twice the time of the better choice. The results are identical.

    Parameters
    ----------
    reductions : sequence of Reduction
        The systems of one program. Others may have different rate constants.

    Attributes
    ----------
    functions : ndarray of int64, shape (systems, FUNCTION_COUNT)
        Addresses to pass to the kernels; 0 for loops.
    """

    def __init__(self, reductions: Sequence[Reduction]):
        self.functions: NDArray[np.int64] = np.zeros((len(reductions), FUNCTION_COUNT), dtype=np.int64)
        self._reductions, self._seconds = reductions, 0.0
        self._code: MachineCode | None = None
        self._lock = threading.Lock()

    def count(self, seconds: float) -> None:
        """Count the duration of a simulation, and generate machine code if it is worth it."""
        with self._lock:
            self._seconds += seconds
            if self._code is None and self._seconds > compilation_seconds(self._reductions):
                self._code = MachineCode(self._reductions, lanes=True)
                self.functions = self._code.addresses


_codes: dict[str, LaneCode] = {}


def code_of(structure: str, reductions: Sequence[Reduction]) -> LaneCode:
    """Return the functions for a structure; those of the latest structures are kept."""
    code = _codes.pop(structure, None) or LaneCode(reductions)
    _codes[structure] = code
    while len(_codes) > _KEPT:
        _codes.pop(next(iter(_codes)), None)
    return code
