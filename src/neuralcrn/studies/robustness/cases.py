"""Cases of a sweep: disturbances of the program, or stochastic simulation."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from neuralcrn.compiler import Program
from neuralcrn.engines import Kinetics
from neuralcrn.engines.kinetics import METHODS
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.learning import TrainingSpec
from neuralcrn.studies.robustness.disturbances import DISTURBANCES, check_strength, disturb
from neuralcrn.studies.robustness.parts import WHOLE

NONE = "none"
"""Name of the unperturbed reference case."""
VOLUMES = (10_000.0, 3_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0)
"""Default molecules per unit concentration for a stochastic method, from mild to severe."""


@final
@dataclass(frozen=True, slots=True)
class Case:
    """One disturbance.

    Attributes
    ----------
    disturbance : str
        Name of a disturbance or of a stochastic method, or `NONE`.
    strength : float
        See `disturb`; molecules per unit concentration for a method.
    part : str
        Part of the circuit that is disturbed, see `neuralcrn.studies.robustness.parts`.
    """

    disturbance: str = NONE
    strength: float = 0.0
    part: str = WHOLE

    @property
    def is_stochastic(self) -> bool:
        """Whether molecules are counted."""
        return self.disturbance in METHODS

    @property
    def kind(self) -> tuple[str, str]:
        """What it changes: programs of the same kind can mostly be simulated together.

        Examples
        --------
        >>> Case("doses", 0.1).kind == Case().kind, Case("rates", 0.1).kind == Case("rates", 0.5).kind
        (True, True)
        >>> Case("rates", 0.1, "forward").kind == Case("leaks", 0.1, "forward").kind
        True
        """
        known = DISTURBANCES.get(self.disturbance)
        changes_reactions = known is not None and known.of_reactions
        return (self.disturbance if changes_reactions and self.part == WHOLE else NONE), self.part

    @property
    def can_be_restricted(self) -> bool:
        """Whether the disturbance acts on all reactions, and could act on those of one part."""
        known = DISTURBANCES.get(self.disturbance)
        return self.part == WHOLE and known is not None and known.of_reactions


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
    spec: TrainingSpec, program: Program, cases: Iterable[Case], readings: int = 1
) -> tuple[TrainingSpec, Program]:
    """Return the description and the program of a trial with several disturbances, in order.

    Errors depend on seed and strength and on the place in the order, so that those of ``rates`` are the sum
    of those of ``common`` and ``mismatch``. Predictions are the means of several readings if these differ.
    """
    for place, case in enumerate(cases):
        if case.is_stochastic:
            spec = replace(spec, kinetics=Kinetics(case.disturbance, case.strength))
        elif case.disturbance != NONE:
            rng = np.random.default_rng([spec.seed, place, *repr(case.strength).encode()])
            program = disturb(program, case.disturbance, case.strength, rng, case.part)
    random = spec.kinetics.is_stochastic or not program.has_exact_doses
    return replace(spec, readings=readings if random else 1), program
