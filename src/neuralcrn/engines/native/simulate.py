"""Deterministic simulation of networks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, ParametricNetwork
from neuralcrn.engines.native.deterministic_runs import PreparedSystem, checked_state
from neuralcrn.engines.native.recording_times import checked_times
from neuralcrn.engines.native.reduction import initial_state
from neuralcrn.engines.trajectory import Trajectory
from neuralcrn.errors import InvalidValueError


def simulate(
    network: Network | ParametricNetwork,
    t_end: float,
    times: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    until: tuple[str, float] | None = None,
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] | None = None,
    max_steps: int = 1_000_000,
    sensitivities: Sequence[str] = (),
) -> Trajectory:
    r"""Integrate the mass-action rate equations of a network from its initial concentrations.

    Parameters
    ----------
    network : Network or ParametricNetwork
        Reactions and initial concentrations; those at the nominal values of parameters.
    t_end : float, time units of the rate constants
        End time of the run, > 0.
    times : array-like, shape (n_times,), optional
        Ascending times in [0, t_end] at which to record; by default 101 equally spaced ones. The steps do not
        depend on them: values between steps are computed by the interpolant of the method.
    until : tuple of str and float, optional
        A species and a threshold (concentration): the run ends at the time, located exactly, at which the
        species rises above the threshold, or at `t_end`. A peak that is above it for less than an eighth of a
        step may be missed.
    rtol : float
        Relative tolerance of each step.
    atol : float or mapping of str to float, optional
        Absolute tolerance of each step, in the concentration units of the network, for all species or for
        those in a mapping. The default is independent of units: 1e-12 of the largest initial concentration
        (1e-3 `rtol` of it if that is less), and at most 1e-4 of the initial concentration of the species. If
        this is more than `rtol` of the largest amount of a species, the run is repeated with the same
        fraction of that amount.
    max_steps : int
        Maximum number of steps.
    sensitivities : sequence of str
        Parameters with respect to which all concentrations are differentiated. The parameters of a network
        without named ones are its rate constants ``k1``, ``k2``, ... and its positive initial concentrations
        ``A_0``; see `ParametricNetwork.of`. For many runs see `SensitivitySolver`.

    Returns
    -------
    Trajectory
        `outcome` is the outcome of the run; after a failure the times that were reached are included.

    Raises
    ------
    InvalidValueError
        If a time or a tolerance is out of range, so many species interact that the factorised matrix would
        have more than 10 million entries, or sensitivities are asked for at the time of an event.
    UnknownNameError
        If a name is not a parameter.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> decay = parse_network("A -> B [k = 2]\nA @initial 1")
    >>> float(abs(simulate(decay, 1.0)["B"][-1] - (1 - np.exp(-2.0)))) < 1e-6
    True
    >>> bool(abs(simulate(decay, 9.0, until=("B", 0.5)).end - np.log(2) / 2) < 1e-6)
    True
    >>> run = simulate(decay, 1.0, sensitivities=("k1", "A_0"))
    >>> bool(abs(run.sensitivities["k1"][-1, 1] - np.exp(-2.0)) < 1e-6)  # dB/dk = t exp(-k t)
    True
    """
    if sensitivities:
        from neuralcrn.engines.native.sensitivity import SensitivitySolver

        if until is not None:
            raise InvalidValueError("sensitivities: the run must end at t_end: omit until")
        parametric = network if isinstance(network, ParametricNetwork) else ParametricNetwork.of(network)
        solver = SensitivitySolver.of(parametric, sensitivities, rtol=rtol, atol=atol, max_steps=max_steps)
        return solver.run(parametric.nominal, t_end, times)
    nominal = network.network if isinstance(network, ParametricNetwork) else network
    return Solver.of(nominal, rtol=rtol, atol=atol, max_steps=max_steps).run(t_end, times, until=until)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Solver:
    r"""A network prepared for several integrations.

    Attributes
    ----------
    network : Network
        The network.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> solver = Solver.of(parse_network("A -> B [k = 2]\nA @initial 1"))
    >>> half = solver.run(9.0, until=("B", 0.5)).final
    >>> bool(abs(solver.run(9.0, start=half, until=("B", 0.75)).end - np.log(2) / 2) < 1e-5)
    True
    """

    network: Network
    _prepared: PreparedSystem = field(repr=False)

    @classmethod
    def of(
        cls,
        network: Network,
        *,
        rtol: float = 1e-6,
        atol: float | Mapping[str, float] | None = None,
        max_steps: int = 1_000_000,
    ) -> Solver:
        """Return the solver of a network; see `simulate` for the parameters."""
        return cls(network, PreparedSystem.of(network, rtol, atol, max_steps))

    def run(
        self,
        t_end: float,
        times: Sequence[float] | NDArray[np.float64] | None = None,
        *,
        start: NDArray[np.float64] | None = None,
        until: tuple[str, float] | None = None,
    ) -> Trajectory:
        """Integrate from `start`, shape (n_species,), by default the initial concentrations."""
        grid = checked_times(t_end, times, len(self.network.species))
        first = initial_state(self.network) if start is None else checked_state(self.network, start)
        watch = None if until is None else (_checked_position(self.network, *until), until[1])
        return self._prepared.run(first, t_end, grid, watch)


def _checked_position(network: Network, species: str, threshold: float) -> int:
    """Return the index of the species of the event; reject invalid events."""
    if species not in network.index or not 0.0 < threshold < math.inf:
        raise InvalidValueError(
            f"until = ({species!r}, {threshold}): name a species of the network and a positive threshold"
        )
    return network.index[species]
