"""Cases of a sweep: disturbances of the program, or stochastic simulation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from neuralcrn.compiler import Program
from neuralcrn.engines import Kinetics
from neuralcrn.engines.kinetics import METHODS
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.learning import TrainingSpec
from neuralcrn.studies.robustness.disturbances import DISTURBANCES, check_strength, disturb

NONE = "none"
"""Name of the unperturbed reference case."""
VOLUMES = (10_000.0, 3_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0)
"""Default molecules per unit concentration for a stochastic method, from mild to severe."""


def strengths_of(name: str, given: tuple[float, ...], *, quick: bool) -> tuple[float, ...]:
    """Return the strengths of a disturbance or method, from mild to severe; by default those of the registry.

    Raises
    ------
    UnknownNameError
        If the name is unknown.
    InvalidValueError
        If a strength is not in [0, 1], or a number of molecules is not positive and finite.

    Examples
    --------
    >>> strengths_of("rates", (0.5, 0.1), quick=False), strengths_of("ssa", (), quick=True)
    ((0.1, 0.5), (10000.0, 10.0))
    """
    if name not in (*DISTURBANCES, *METHODS):
        raise UnknownNameError("disturbance", name, (*DISTURBANCES, *METHODS))
    for strength in given:
        if name in DISTURBANCES:
            check_strength(name, strength)
        elif not 0.0 < strength < math.inf:
            raise InvalidValueError(
                f"{name} = {strength:g}: give molecules per unit concentration, as {name}=1000"
            )
    if given:
        return tuple(sorted(set(given), reverse=name in METHODS))
    known = DISTURBANCES[name].strengths if name in DISTURBANCES else VOLUMES
    return (known[0], known[-1]) if quick else known


def summary_of(name: str) -> str:
    """Return a description of the effect of a disturbance or method at the strength s."""
    if name in METHODS:
        return "one unit of concentration is s molecules, simulated stochastically"
    return DISTURBANCES[name].summary


def strength_text(name: str, strength: float) -> str:
    """Return a strength as text.

    Examples
    --------
    >>> strength_text("annihilation", 0.999), strength_text("leaks", 1e-4), strength_text("ssa", 3000.0)
    ('99.9%', '0.01%', '3,000')
    """
    return f"{strength:,.6g}" if name in METHODS else f"{100.0 * strength:.6g}%"


def disturbed(
    spec: TrainingSpec, program: Program, name: str, strength: float
) -> tuple[TrainingSpec, Program]:
    """Return the description and the program of one trial.

    Its errors depend on seed and strength, so that those of ``rates`` are the sum of those of ``common`` and
    ``mismatch``.
    """
    if name in METHODS:
        return replace(spec, kinetics=Kinetics(name, strength)), program
    if name == NONE:
        return spec, program
    rng = np.random.default_rng([spec.seed, *repr(strength).encode()])
    return spec, disturb(program, name, strength, rng)
