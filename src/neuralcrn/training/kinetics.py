"""By which law the reactions of a training happen: concentrations, or finite numbers of molecules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neuralcrn.engines import METHODS, checked_volume
from neuralcrn.errors import InvalidValueError, UnknownNameError


@final
@dataclass(frozen=True, slots=True)
class Kinetics:
    """How every phase is simulated.

    Attributes
    ----------
    method : str
        ``ode``: concentrations, as of infinitely many molecules; ``ssa``: every reaction is an event of its
        own; ``tau`` and ``langevin``: its approximations for many molecules.
    volume : float, molecules per unit concentration
        Of a stochastic method; 0 for ``ode``. What is dosed is rounded to whole molecules.

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

    method: str = "ode"
    volume: float = 0.0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UnknownNameError("method", self.method, METHODS)
        if self.is_stochastic:
            object.__setattr__(self, "volume", checked_volume(self.volume))
        elif self.volume:
            raise InvalidValueError(
                f"volume = {self.volume:g}: method ode has no molecules: choose ssa, tau or langevin"
            )

    @property
    def is_stochastic(self) -> bool:
        """Whether molecules are counted."""
        return self.method != "ode"
