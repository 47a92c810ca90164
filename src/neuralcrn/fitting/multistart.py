"""Fits from several starting points."""

from __future__ import annotations

from neuralcrn.errors import DataError, printable
from neuralcrn.fitting.objective import Objective
from neuralcrn.fitting.optimise import LocalFit, local_fit, redrawn, starting_points
from neuralcrn.fitting.problem import FitProblem
from neuralcrn.fitting.result import Fit
from neuralcrn.status import OnStatus, Status, ignore_status

_TRIED = 5
"""Number of points at which a parameter must have no effect to be rejected."""
_NO_EFFECT = 1e-12
"""Information about a parameter that counts as none, relative to a measurement that changes by its noise
within the range of the parameter.
"""


def fit(problem: FitProblem, *, starts: int = 10, seed: int = 0, on_status: OnStatus = ignore_status) -> Fit:
    r"""Estimate the parameters of a problem from several starting points, in this process.

    Parameters
    ----------
    problem : FitProblem
        The problem.
    starts : int
        Number of starting points: the nominal values, and a latin hypercube within the bounds.
    seed : int
        Seed of the starting points; the same seed gives identical results.
    on_status : callable
        Called after each start.

    Returns
    -------
    Fit

    Raises
    ------
    DataError
        If no measurement depends on a parameter.
    SimulationError
        If no start could be simulated.

    Examples
    --------
    >>> import numpy as np
    >>> from neuralcrn.chemistry import parse_parametric
    >>> from neuralcrn.fitting import Experiment, FitParameter, FitProblem, Measurement, Observable, fit
    >>> network = parse_parametric("parameter k = 1\nA -> B [k = k]\nA @initial 1")
    >>> data = [Measurement("B", "first", t, float(1.0 - np.exp(-2.0 * t))) for t in (0.5, 1.0, 1.5)]
    >>> problem = FitProblem(
    ...     network,
    ...     (FitParameter("k", 1.0, 0.01, 100.0),),
    ...     (Observable.of("B", "B", 0.1),),
    ...     (Experiment("first"),),
    ...     tuple(data),
    ... )
    >>> result = fit(problem, starts=3)
    >>> round(result.values["k"], 4), result.headline[:22]
    (2.0, '3 of 3 starts agree, n')
    """
    objective = Objective.of(problem)
    check_seen(objective)
    found: list[LocalFit] = []
    on_status(Status("starts", 0, starts))
    for index, point in enumerate(starting_points(problem, starts, seed)):
        found.append(local_fit(objective, redrawn(problem, point, (seed, index))))
        on_status(Status("starts", len(found), starts, f"objective {found[-1].value:.6g}"))
    return Fit.of(objective, found)


def fit_start(problem: FitProblem, index: int, starts: int, seed: int) -> LocalFit:
    """Return the local fit from one of the starting points of `fit`."""
    point = starting_points(problem, starts, seed)[index]
    return local_fit(Objective.of(problem), redrawn(problem, point, (seed, index)))


def check_seen(objective: Objective) -> None:
    """Reject parameters on which no measurement and no prior depends.

    Raises
    ------
    DataError
    """
    unseen = [parameter.name for parameter in objective.parameters]
    for point in starting_points(objective.problem, _TRIED):
        information = objective.at(point).information.diagonal()
        pairs = zip(objective.parameters, information, strict=True)
        here = {p.name for p, gained in pairs if gained * (p.range[1] - p.range[0]) ** 2 > _NO_EFFECT}
        unseen = [name for name in unseen if name not in here]
        if not unseen:
            return
    raise DataError(
        f"{printable(objective.problem.name)}: no measurement depends on {printable(', '.join(unseen))}: do "
        "not estimate it, or measure a species that it changes"
    )
