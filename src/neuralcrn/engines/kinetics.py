"""Kinetics: deterministic, or stochastic with finite numbers of molecules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from neuralcrn.errors import InvalidValueError, UnknownNameError

DETERMINISTIC = "ode"
METHODS = ("ssa", "tau", "langevin", "hybrid")
"""Exact simulation, tau-leaping, chemical Langevin equation, hybrid simulation; in the order of the integers
used by kernels.
"""


@final
@dataclass(frozen=True, slots=True)
class Kinetics:
    """Simulation method of all phases.

    Attributes
    ----------
    method : str
        ``ode``: deterministic rate equations; ``ssa``: exact stochastic simulation; ``tau`` and ``langevin``:
        its approximations for large numbers of molecules; ``hybrid``: its approximation for few and many
        molecules, and for fast and slow reactions.
    volume : float, molecules per unit concentration
        Volume for a stochastic method; 0 for ``ode``. Doses are rounded to whole molecules (except for
        ``langevin``).

    Raises
    ------
    InvalidValueError
        If the volume is missing, out of range, or given for ``ode``.
    UnknownNameError
        If there is no such method.

    Examples
    --------
    >>> Kinetics("ssa", 1000).is_stochastic, Kinetics().is_stochastic
    (True, False)
    """

    method: str = DETERMINISTIC
    volume: float = 0.0

    def __post_init__(self) -> None:
        if self.method not in (DETERMINISTIC, *METHODS):
            raise UnknownNameError("method", self.method, (DETERMINISTIC, *METHODS))
        if self.is_stochastic and not 0.0 < self.volume < math.inf:
            raise InvalidValueError(
                f"volume = {self.volume:g}: method {self.method} counts molecules: give how many one unit of "
                "concentration has, a positive finite number"
            )
        if self.volume and not self.is_stochastic:
            raise InvalidValueError(
                f"volume = {self.volume:g}: method ode has no molecules: choose {', '.join(METHODS)}"
            )

    @property
    def is_stochastic(self) -> bool:
        """Whether the method is stochastic."""
        return self.method != DETERMINISTIC
