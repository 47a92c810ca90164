"""Smooth activations: reactions that compute a function of an argument, and its derivative.

::

    sigmoid   exp-sum  du = -n u from u = 1       u = exp(-n) after unit time
              sigmoid  dh = 1 - h - u h           relaxes to 1 / (1 + u) = sigmoid(n), at a rate of at least 1
              slope    s <- u h, r <- s h         s = 1 - h and r = h (1 - h) at equilibrium
    tanh      part     the rails of n annihilate
              tanh     dh = n - |n| h |h|         h = tanh(n) after unit time
              slope    r <- 1 - h^2

All reactions of the sigmoid are at most bimolecular, and its exponential is exact; the relaxation takes a
time that is given. The hyperbolic tangent is exact, and trimolecular.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.compiler.activation import SIGMOID, TANH
from neuralcrn.compiler.names import argument_of, complement_of, exponential_of, slope_of
from neuralcrn.compiler.protocol import Dose
from neuralcrn.compiler.stages import Equations, Integrate, Rectify, Stage

Naming = Callable[[str], str]
"""Completes the name of a stage, so that stages of different layers have different names."""


class SmoothActivation(ABC):
    """A smooth function that reactions compute.

    Attributes
    ----------
    order : int
        Largest number of reactant molecules.
    is_relaxed : bool
        Whether the values approach an equilibrium, and depend on the duration of the relaxation.
    """

    order: int
    is_relaxed: bool

    def doses(self, values: Sequence[Variable]) -> tuple[Dose, ...]:
        """Return what is dosed together with the sample; nothing by default."""
        return ()

    @abstractmethod
    def forward(self, values: Sequence[Variable], phase: float, name: Naming) -> Iterator[Stage]:
        """Yield the stages that compute values from their arguments.

        Parameters
        ----------
        values : sequence of Variable
            Quantities of which `argument_of` has been evaluated.
        phase : float, time
            Duration of a relaxation.
        name : callable
            Completes the names of stages.
        """

    @abstractmethod
    def slopes(self, values: Sequence[Variable]) -> tuple[Equations, ...]:
        """Return the values of `slope_of` in steps, of which each reads those before."""

    @abstractmethod
    def exact(self, argument: float, phase: float) -> tuple[float, float]:
        """Return value and slope as the reactions compute them, in real arithmetic."""


@final
class _Sigmoid(SmoothActivation):
    order, is_relaxed = 2, True

    def doses(self, values: Sequence[Variable]) -> tuple[Dose, ...]:
        return tuple(Dose(exponential_of(value), "constant") for value in values)

    def forward(self, values: Sequence[Variable], phase: float, name: Naming) -> Iterator[Stage]:
        exponentials: dict[Variable, Polynomial] = {}
        relaxations: dict[Variable, Polynomial] = {}
        for value in values:
            u, h = Polynomial.of(exponential_of(value)), Polynomial.of(value)
            exponentials[exponential_of(value)] = Polynomial.of(argument_of(value)) * u * -1.0
            relaxations[value] = Polynomial.constant(1.0) - h - u * h
        yield Integrate(name("exponential"), 1.0, exponentials)
        yield Integrate(name("sigmoid"), phase, relaxations)

    def slopes(self, values: Sequence[Variable]) -> tuple[Equations, ...]:
        complements = {complement_of(h): Polynomial.of(exponential_of(h)) * Polynomial.of(h) for h in values}
        slopes = {slope_of(h): Polynomial.of(complement_of(h)) * Polynomial.of(h) for h in values}
        return complements, slopes

    def exact(self, argument: float, phase: float) -> tuple[float, float]:
        u = math.exp(-argument)
        h = -math.expm1(-(1.0 + u) * phase) / (1.0 + u)
        return h, u * h * h


@final
class _Tanh(SmoothActivation):
    order, is_relaxed = 3, False

    def forward(self, values: Sequence[Variable], phase: float, name: Naming) -> Iterator[Stage]:
        yield Rectify(name("part"), tuple(map(argument_of, values)))
        equations: dict[Variable, Polynomial] = {}
        for value in values:
            n, h = Polynomial.of(argument_of(value)), Polynomial.of(value)
            equations[value] = n - abs(n) * h * abs(h)  # n h^2, as n and h have the same sign
        yield Integrate(name("tanh"), 1.0, equations)

    def slopes(self, values: Sequence[Variable]) -> tuple[Equations, ...]:
        return (
            {slope_of(h): Polynomial.constant(1.0) - Polynomial.of(h) * Polynomial.of(h) for h in values},
        )

    def exact(self, argument: float, phase: float) -> tuple[float, float]:
        h = math.tanh(argument)
        return h, 1.0 - h * h


SMOOTH: Mapping[str, SmoothActivation] = MappingProxyType({SIGMOID: _Sigmoid(), TANH: _Tanh()})
"""Smooth activations by name."""
