"""How a network is simulated, and what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError, UnknownNameError, printable

_LOGS = ("", "x", "y", "xy")
_SMOOTH = 400
"""Points of a drawn curve, at least."""
_LOG_DECADES = 6
"""How many decades of time a logarithmic axis shows."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationOptions:
    """How a network is simulated, and what is shown of it.

    Attributes
    ----------
    t_end : float, time units of the rate constants
        End of the run.
    steps : int
        Rows of the table after the first.
    method : {"ode", "ssa", "tau", "langevin"}
        Concentrations, or molecules; see `simulate` and `simulate_stochastic` of `neuralcrn.engines`.
    volume : float, optional
        Molecules per unit concentration, of a stochastic method.
    runs : int
        Stochastic runs.
    seed : int
        Of the stochastic runs.
    all_runs : bool
        Whether the table has every run, not only mean and standard deviation.
    rtol, atol : float
        Tolerances of the method ode; None for an absolute one that follows each species.
    species : tuple of str, optional
        The species that are shown, in their order; None for all.
    columns : tuple of str
        What is shown beside species: parameters, compartments, what rules assign, rates of reactions;
        ``("all",)`` for all of them.
    units : {"concentration", "amount", "document"}, optional
        Of the species; None for concentration, or amount where a compartment has no size and of molecules.
    draw : bool
        Whether a figure is wanted, for which more times are recorded; the table does not change.
    log : {"", "x", "y", "xy"}
        Axes of the figure that are logarithmic.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    InvalidValueError
        If a number is out of range, or a choice belongs to another method.

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
                f"{', '.join(named)}: method ode has no molecules: choose the method ssa, tau or langevin"
            )
        if self.runs < 1:
            raise InvalidValueError(f"runs = {self.runs}: at least 1 is needed")

    @property
    def counted(self) -> bool:
        """Whether molecules are counted."""
        return self.method != "ode"

    @property
    def times(self) -> NDArray[np.float64]:
        """Times of the rows of the table, shape (steps + 1,)."""
        return np.linspace(0.0, self.t_end, self.steps + 1)

    @property
    def grid(self) -> NDArray[np.float64]:
        """`times`, and for a figure so many between them that a curve is smooth.

        The steps of tau-leaping and of the Langevin equation end at every recorded time, so more times would
        change their results: they keep theirs.
        """
        times = self.times
        if not self.draw or self.method not in ("ode", "ssa"):
            return times
        finer = np.linspace(0.0, times[-1], _SMOOTH + 1)
        if "x" in self.log:
            finer = np.concatenate([finer, np.geomspace(times[-1] / 10**_LOG_DECADES, times[-1], _SMOOTH)])
        finer = finer[finer <= times[-1]]
        return np.union1d(times, finer)
