"""What a sweep tries: disturbances of the program, or finite numbers of molecules."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from neuralcrn.compiler import Program
from neuralcrn.engines import Kinetics
from neuralcrn.engines.kinetics import METHODS
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.learning import TrainingSpec
from neuralcrn.studies.robustness.disturbances import DISTURBANCES, disturb, refuse_strength

NONE = "none"
"""In place of a disturbance: the trial that others of its seed are compared with."""
VOLUMES = (10_000.0, 3_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0)
"""Molecules per unit concentration that are tried of a stochastic method, from mild to harsh."""


def strengths_of(name: str, given: tuple[float, ...], *, quick: bool) -> tuple[float, ...]:
    """Return what is tried of a disturbance or method, from mild to harsh; the registry's if none is given.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    InvalidValueError
        If a strength does not lie in [0, 1], or a number of molecules is not positive and finite.

    Examples
    --------
    >>> strengths_of("rates", (0.5, 0.1), quick=False), strengths_of("ssa", (), quick=True)
    ((0.1, 0.5), (10000.0, 10.0))
    """
    if name not in (*DISTURBANCES, *METHODS):
        raise UnknownNameError("disturbance", name, (*DISTURBANCES, *METHODS))
    for strength in given:
        if name in DISTURBANCES:
            refuse_strength(name, strength)
        elif not 0.0 < strength < math.inf:
            raise InvalidValueError(
                f"{name} = {strength:g}: give molecules per unit concentration, as {name}=1000"
            )
    if given:
        return tuple(sorted(set(given), reverse=name in METHODS))
    known = DISTURBANCES[name].strengths if name in DISTURBANCES else VOLUMES
    return (known[0], known[-1]) if quick else known


def summary_of(name: str) -> str:
    """Return what a disturbance or method does at the strength s, in words."""
    if name in METHODS:
        return "one unit of concentration is s molecules: every reaction is a chance event"
    return DISTURBANCES[name].summary


def strength_text(name: str, strength: float) -> str:
    """Return a strength for people.

    Examples
    --------
    >>> strength_text("annihilation", 0.999), strength_text("leaks", 1e-4), strength_text("ssa", 3000.0)
    ('99.9%', '0.01%', '3,000')
    """
    return f"{strength:,.6g}" if name in METHODS else f"{100.0 * strength:.6g}%"


def disturbed(
    spec: TrainingSpec, program: Program, name: str, strength: float
) -> tuple[TrainingSpec, Program]:
    """Return the description and the program of one trial; its errors depend on seed, name and strength."""
    if name in METHODS:
        return replace(spec, kinetics=Kinetics(name, strength)), program
    if name == NONE:
        return spec, program
    rng = np.random.default_rng([spec.seed, *f"{name} {strength!r}".encode()])
    return spec, disturb(program, name, strength, rng)
