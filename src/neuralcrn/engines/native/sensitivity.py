"""Forward sensitivities of deterministic simulations."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import ParametricNetwork
from neuralcrn.engines.native.column_packing import plan_columns
from neuralcrn.engines.native.deterministic_runs import PreparedSystem, checked_state
from neuralcrn.engines.native.directions import Directions
from neuralcrn.engines.native.lane_code import code_of
from neuralcrn.engines.native.packing import PackedSystem
from neuralcrn.engines.native.recording_times import RECORD_LIMIT, checked_times
from neuralcrn.engines.trajectory import Trajectory
from neuralcrn.errors import InvalidValueError, UnknownNameError

Vector = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True, eq=False)
class SensitivitySolver:
    r"""A network with parameters, prepared for integrations with sensitivities at many values of them.

    The sensitivities S = dx/dp follow S' = J S + df/dp. State and sensitivities are integrated together, by
    the methods of `simulate`.

    Attributes
    ----------
    parametric : ParametricNetwork
        The network.
    names : tuple of str
        The parameters with respect to which concentrations are differentiated.
    error_control : bool
        Whether the errors of the sensitivities limit the step size.

    Examples
    --------
    >>> from neuralcrn.chemistry import ParametricNetwork, parse_network
    >>> decay = ParametricNetwork.of(parse_network("A -> B [k = 2]\nA @initial 3"))
    >>> solver = SensitivitySolver.of(decay, ("k1",))
    >>> run = solver.run({"k1": 0.5}, 2.0, [2.0])  # dA/dk = -3 t exp(-k t)
    >>> bool(abs(run.sensitivities["k1"][0, 0] + 6.0 * np.exp(-1.0)) < 1e-5)
    True

    A dose ends one run and begins the next:

    >>> dosed = run.final + [1.0, 0.0]
    >>> chained = solver.run({"k1": 0.5}, 1.0, start=dosed, start_sensitivities=run.sensitivities.final)
    >>> chained.sensitivities.final.shape
    (2, 1)
    """

    parametric: ParametricNetwork
    names: tuple[str, ...]
    error_control: bool
    _prepared: PreparedSystem = field(repr=False)
    _coefficients: Vector = field(repr=False)
    _reactions: NDArray[np.int64] = field(repr=False)
    _plan: NDArray[np.int64] = field(repr=False)
    _structure: str = field(repr=False)

    @classmethod
    def of(
        cls,
        parametric: ParametricNetwork,
        names: Sequence[str] | None = None,
        *,
        rtol: float = 1e-6,
        atol: float | Mapping[str, float] | None = None,
        max_steps: int = 1_000_000,
        error_control: bool = True,
    ) -> SensitivitySolver:
        """Prepare a network.

        Parameters
        ----------
        parametric : ParametricNetwork
            The network.
        names : sequence of str, optional
            Parameters with respect to which to differentiate; by default all.
        rtol, atol, max_steps
            See `simulate`. The tolerance of p dx/dp is that of x, or `rtol` of p dx/dp if that is larger.
        error_control : bool
            Whether the errors of the sensitivities limit the step size. Otherwise the steps are those of
            `simulate`.

        Raises
        ------
        UnknownNameError
            If a name is not a parameter.
        InvalidValueError
            If a name is given twice, or a tolerance is out of range.
        """
        chosen = parametric.parameters if names is None else tuple(names)
        for name in chosen:
            if name not in parametric.parameters:
                raise UnknownNameError("parameter", name, parametric.parameters)
            if chosen.count(name) > 1:
                raise InvalidValueError(f"sensitivities: {name} is given twice: give each parameter once")
        # A reaction with a rate constant of 0 may have another one at other values.
        everything = replace(
            parametric.network, reactions=tuple(reaction.k(1.0) for reaction in parametric.network.reactions)
        )
        prepared = PreparedSystem.of(everything, rtol, atol, max_steps)
        reduction = prepared.reduction
        terms = [term for _, _, terms in reduction.core_entries for term in terms]
        return cls(
            parametric,
            chosen,
            error_control,
            prepared,
            np.array([term.value for term in terms], dtype=np.float64),
            np.array([term.reaction for term in terms], dtype=np.int64),
            plan_columns(reduction, prepared.system),
            hashlib.sha256(prepared.system.integers.tobytes()).hexdigest(),
        )

    def run(
        self,
        values: Mapping[str, float] | Sequence[float] | Vector,
        t_end: float,
        times: Sequence[float] | Vector | None = None,
        *,
        start: Vector | None = None,
        start_sensitivities: Vector | None = None,
    ) -> Trajectory:
        """Integrate at values of the parameters.

        Parameters
        ----------
        values : mapping from str to float, or array-like of shape (n_parameters,)
            Values of parameters, those that are not given nominal; or of all parameters of the network.
        t_end, times
            See `simulate`.
        start : ndarray, shape (n_species,), concentration
            By default the initial concentrations at these values.
        start_sensitivities : ndarray, shape (n_species, n_names)
            Derivatives of `start`; 0 by default, or those of the initial concentrations if there is no
            `start`.

        Returns
        -------
        Trajectory
            With its `sensitivities`, in the order of `names`.
        """
        parametric, network = self.parametric, self.parametric.network
        (rates, initial), known = parametric.constants(values), parametric.values(values)
        of_rates, of_initial = parametric.derivatives(values, self.names)
        if start is None:
            first, changes = initial, of_initial
        else:
            first, changes = checked_state(network, start), np.zeros_like(of_initial)
        if start_sensitivities is not None:
            changes = _checked_start(start_sensitivities, of_initial.shape)
        grid = checked_times(t_end, times, len(network.species))
        if len(grid) * changes.size > RECORD_LIMIT:
            raise InvalidValueError(
                f"times: {len(grid):,} times of {changes.size:,} sensitivities are more than "
                f"{RECORD_LIMIT:,} numbers: ask for fewer times, or for fewer parameters"
            )
        directions = Directions(
            names=self.names,
            rates=self._coefficients[:, None] * of_rates[self._reactions],
            start=changes,
            magnitudes=np.array([known[name] for name in self.names], dtype=np.float64),
            controlled=self.error_control,
            plan=self._plan,
        )
        code, began = code_of(self._structure, [self._prepared.reduction], columns=True), time.perf_counter()
        run = self._at(rates).run(first, t_end, grid, directions=directions, functions=code.functions[0])
        code.count(time.perf_counter() - began)
        return run

    def _at(self, rates: Vector) -> PreparedSystem:
        """Return the system with rate constants."""
        system = self._prepared.system
        floats = system.floats.copy()
        floats[: len(self._reactions)] = self._coefficients * rates[self._reactions]
        return replace(self._prepared, system=PackedSystem(system.integers, floats))


def _checked_start(given: Vector, shape: tuple[int, ...]) -> Vector:
    """Return sensitivities at the start; reject invalid ones."""
    changes = np.array(given, dtype=np.float64)
    if changes.shape != shape or not np.isfinite(changes).all():
        raise InvalidValueError(
            f"start_sensitivities: a matrix of {shape[0]} species by {shape[1]} parameters with finite "
            "numbers is needed"
        )
    return changes
