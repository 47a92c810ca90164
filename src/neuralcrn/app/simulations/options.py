"""Options of a simulation and of its output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError, UnknownNameError, printable

_LOGS = ("", "x", "y", "xy")
_SMOOTH = 400
"""Minimum number of points of a drawn curve."""
_LOG_DECADES = 6
"""Number of decades of a logarithmic time axis."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationOptions:
    """Options of a simulation and of its output.

    Attributes
    ----------
    t_end : float, time units of the rate constants
        End time.
    steps : int
        Number of time steps of the table.
    method : {"ode", "ssa", "tau", "langevin", "hybrid"}
        Deterministic or stochastic method; see `simulate` and `simulate_stochastic` of `neuralcrn.engines`.
    volume : float, optional
        Molecules per unit concentration, for a stochastic method.
    runs : int
        Number of stochastic runs.
    seed : int
        Seed of the stochastic runs.
    all_runs : bool
        Whether the table contains every run instead of mean and standard deviation.
    rtol, atol : float
        Tolerances of the method ode; None for the default absolute tolerance.
    species : tuple of str, optional
        Species to output, in order; by default all.
    columns : tuple of str
        Additional columns: parameters, compartments, assigned variables, reaction rates; ``("all",)`` for
        all.
    units : {"concentration", "amount", "document"}, optional
        Unit of the species; by default concentration, or amount if a compartment has no size, and for
        molecules.
    sensitivities : tuple of str
        Parameters with respect to which the species are differentiated, in additional columns: parameters of
        the file, or of a network without them ``k1``, ``k2``, ... and ``A_0``.
    draw : bool
        Whether a figure will be drawn, for which more times are recorded; the table does not change.
    log : {"", "x", "y", "xy"}
        Logarithmic axes of the figure.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    InvalidValueError
        If a number is out of range, or an option does not apply to the method.

    Examples
    --------
    >>> SimulationOptions(t_end=2.0, steps=4).times.tolist()
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """

    t_end: float
    steps: int = 100
    method: str = "ode"
    volume: float | None = None
    runs: int = 1
    seed: int = 0
    all_runs: bool = False
    rtol: float = 1e-6
    atol: float | None = None
    species: tuple[str, ...] | None = None
    columns: tuple[str, ...] = ()
    units: str | None = None
    sensitivities: tuple[str, ...] = ()
    draw: bool = False
    log: str = ""

    def __post_init__(self) -> None:
        from neuralcrn.engines.kinetics import METHODS

        if not 0.0 < self.t_end < float("inf"):
            raise InvalidValueError(f"t_end = {self.t_end}: it must be positive and finite")
        if self.steps < 1:
            raise InvalidValueError(f"steps = {self.steps}: at least 1 is needed")
        if self.log not in _LOGS:
            raise InvalidValueError(f"log = {printable(self.log)}: give x, y or xy")
        if self.log and not self.draw:
            raise InvalidValueError(f"log = {self.log}: is of a figure: ask for a plot, too")
        if self.method not in ("ode", *METHODS):
            raise UnknownNameError("method", self.method, ("ode", *METHODS))
        given = {"volume": self.volume is not None, "runs": self.runs != 1, "all_runs": self.all_runs}
        named = [name for name, is_given in given.items() if is_given]
        if self.method == "ode" and named:
            raise InvalidValueError(
                f"{', '.join(named)}: method ode has no molecules: choose the method {', '.join(METHODS)}"
            )
        if self.method != "ode" and self.sensitivities:
            raise InvalidValueError(f"sensitivities: method {self.method} has none: choose the method ode")
        if self.runs < 1:
            raise InvalidValueError(f"runs = {self.runs}: at least 1 is needed")

    @property
    def counted(self) -> bool:
        """Whether the method is stochastic."""
        return self.method != "ode"

    @property
    def times(self) -> NDArray[np.float64]:
        """Times of the rows of the table, shape (steps + 1,)."""
        return np.linspace(0.0, self.t_end, self.steps + 1)

    @property
    def grid(self) -> NDArray[np.float64]:
        """`times`, and for a figure additional times, so that curves are smooth.

        Steps of tau-leaping and of the Langevin equation end at every recorded time, so additional times
        would change their results; they are not added for these methods.
        """
        times = self.times
        if not self.draw or self.method not in ("ode", "ssa"):
            return times
        finer = np.linspace(0.0, times[-1], _SMOOTH + 1)
        if "x" in self.log:
            finer = np.concatenate([finer, np.geomspace(times[-1] / 10**_LOG_DECADES, times[-1], _SMOOTH)])
        finer = finer[finer <= times[-1]]
        return np.union1d(times, finer)
