"""Reactions from measured time courses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError
from neuralcrn.in_silico.discovery.crnn import CrnnSettings, train_crnn
from neuralcrn.in_silico.discovery.experiments import Experiment, checked_experiments
from neuralcrn.in_silico.discovery.refit import Course, Refit, refit
from neuralcrn.in_silico.discovery.regression import source_complexes
from neuralcrn.in_silico.discovery.result import Discovery
from neuralcrn.in_silico.discovery.selection import Evidence, select
from neuralcrn.in_silico.discovery.smoothing import smooth
from neuralcrn.status import OnStatus, Status, ignore_status

METHODS = ("regression", "crnn")
"""Methods by which source complexes and their net vectors are found."""


def discover(
    experiments: Sequence[Experiment],
    method: str = "regression",
    *,
    order: int = 2,
    hold_out: float = 0.2,
    seed: int = 0,
    crnn: CrnnSettings | None = None,
    on_status: OnStatus = ignore_status,
) -> Discovery:
    """Find the reactions behind measured time courses of all species.

    Reactions are trained in silico; the result is an ordinary network, and its errors are those of simulated
    reactions.

    Parameters
    ----------
    experiments : sequence of Experiment
        Time courses of the same species. With temperatures, rate constants follow the law of Arrhenius.
    method : {"regression", "crnn"}
        Regression of integrated rate equations, or the gradient training of chemical reaction neural networks
        (arXiv 2002.09062).
    order : int
        Largest number of reactant molecules, 1 to 3.
    hold_out : float
        Fraction of the experiments, rounded down, that are not used for the reactions, at least 0 and less
        than 1.
    seed : int
        Seed of the choice of these experiments, and of the gradient training.
    crnn : CrnnSettings, optional
        Settings of the gradient training.
    on_status : callable
        Called with the current step.

    Returns
    -------
    Discovery

    Raises
    ------
    DataError
        If the experiments do not belong together, or nothing changes in them.
    InvalidValueError
        If an option is out of range.
    UnknownNameError
        If there is no such method.

    Examples
    --------
    >>> times = np.linspace(0.0, 3.0, 30)
    >>> course = np.stack([np.exp(-times), 1.0 - np.exp(-times)], axis=1)
    >>> found = discover([Experiment("1", ("A", "B"), times, course)])
    >>> [(str(reaction.products), round(reaction.rate, 2)) for reaction in found.network.reactions]
    [('B', 1.0)]
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    if not 0.0 <= hold_out < 1.0:
        raise InvalidValueError(f"hold_out = {hold_out:g}: it must be at least 0 and less than 1")
    known = checked_experiments(experiments)
    if not any(np.ptp(experiment.values, axis=0).any() for experiment in known):
        raise DataError("nothing changes in the data: there is no reaction to find")
    rng = np.random.default_rng(seed)
    held = set(rng.permutation(len(known))[: int(hold_out * len(known))].tolist())
    fitted = tuple(experiment for i, experiment in enumerate(known) if i not in held)
    others = tuple(experiment for i, experiment in enumerate(known) if i in held)
    on_status(Status("Smoothing"))
    curves, noise = smooth(fitted)
    evidence = Evidence(fitted, curves, noise, source_complexes(len(known[0].species), order))
    if method == "crnn":
        chosen = train_crnn(evidence, crnn or CrnnSettings(), seed, on_status)
    else:
        chosen = select(evidence, on_status)
    return Discovery(
        method,
        chosen.fitted,
        _checked(evidence, chosen.fitted, others),
        chosen.tried,
        fitted,
        others,
    )


def _checked(evidence: Evidence, fitted: Refit, others: Sequence[Experiment]) -> Refit | None:
    """Return the same reactions in other experiments, of which only the initial concentrations are fitted."""
    if not others:
        return None
    curves, _ = smooth(others)
    courses = [
        Course.of(experiment, curve.values, evidence.noise.deviation(curve.values), evidence.cold(experiment))
        for experiment, curve in zip(others, curves, strict=True)
    ]
    return refit(fitted.mechanism, courses, only_starts=True)
