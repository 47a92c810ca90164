"""Generated time courses of the publication of chemical reaction neural networks (arXiv 2002.09062).

Case 1: 2 A -> B, A -> C, C -> D, B + D -> E. Case 2: transesterification of biodiesel at several
temperatures. Case 3: a cascade of mitogen-activated protein kinases (MAPK), in which every protein activates
the next.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, Reaction, parse_network
from neuralcrn.engines import simulate
from neuralcrn.errors import UnknownNameError
from neuralcrn.in_silico.discovery.crnn import CrnnSettings
from neuralcrn.in_silico.discovery.experiments import Experiment
from neuralcrn.in_silico.discovery.result import Discovery

Matrix = NDArray[Any]

NOISE = 0.05
"""Relative noise of the publication."""
_KILOCALORIE = 1.98720425864083e-3
"""Gas constant, kcal / (mol K)."""
_CASE_1 = "2 A -> B [k = 0.1]\nA -> C [k = 0.2]\nC -> D [k = 0.13]\nB + D -> E [k = 0.3]"
_CASE_2 = "TG + ROH -> DG + E [k = 1]\nDG + ROH -> MG + E [k = 1]\nMG + ROH -> GL + E [k = 1]"
_CASE_3 = """
S + KKK -> S + KKKp [k = 1]
KKKp + KK -> KKKp + KKp [k = 1]
KKp + K -> KKp + Kp [k = 1]
Kp + TF -> Kp + TFp [k = 1]
KKKp -> KKK [k = 1]
KKp -> KK [k = 1]
Kp -> K [k = 1]
TFp -> TF [k = 1]
"""
_ARRHENIUS = ((18.60, 14.54), (19.13, 14.42), (7.93, 6.47))
"""Logarithm of the prefactor and activation energy in kcal/mol of the reactions of case 2."""
_WITHOUT = (0, 1, -1)
"""Experiments of case 3 that begin without active proteins."""


@final
@dataclass(frozen=True, slots=True)
class Case:
    """A published network with its experiments.

    Attributes
    ----------
    title : str
        Description.
    network : Network
        The reactions; in case 2 with rate constants 1.
    experiments, held_out : int
        Numbers of experiments, and of those that were used for validation only.
    times : int
        Number of measurements of an experiment.
    end : float
        Time of the last one.
    start : callable
        Random initial concentrations, and a temperature, of one experiment of a number.
    crnn : CrnnSettings
        Settings of the gradient training.
    """

    title: str
    network: Network
    experiments: int
    held_out: int
    times: int
    end: float
    start: Callable[[np.random.Generator, int, int], tuple[Matrix, float | None]]
    crnn: CrnnSettings

    def generate(self, seed: int, noise: float = NOISE) -> tuple[Experiment, ...]:
        """Return simulated experiments with multiplicative noise, first those that are fitted.

        Examples
        --------
        >>> experiments = CASES["1"].generate(seed=0)
        >>> len(experiments), experiments[0].values.shape
        (30, (100, 5))
        """
        rng = np.random.default_rng(seed)
        times, made = np.linspace(0.0, self.end, self.times), list[Experiment]()
        for number in range(self.experiments):
            start, temperature = self.start(rng, number, self.experiments)
            network = self.network if temperature is None else _heated(self.network, temperature)
            begun = network.with_initial(dict(zip(network.species, start.tolist(), strict=True)))
            exact = np.maximum(simulate(begun, self.end, times, rtol=1e-8).values, 0.0)
            values = np.maximum(exact * (1.0 + noise * rng.standard_normal(exact.shape)), 0.0)
            made.append(Experiment(str(number + 1), network.species, times, values, temperature))
        return tuple(made)

    def is_found(self, found: Discovery) -> bool:
        """Return whether exactly the reactions of the network were found, in any order."""
        return {_key(r) for r in found.mechanism.reactions} == {_key(r) for r in self.network.reactions}

    def rate_error(self, found: Discovery) -> float:
        """Return the largest relative error of the rate constants; infinite for other reactions."""
        if not self.is_found(found):
            return math.inf
        network = self.network if found.temperature is None else _heated(self.network, found.temperature)
        exact = {_key(reaction): reaction.rate for reaction in network.reactions}
        return max(abs(r.rate / exact[_key(r)] - 1.0) for r in found.mechanism.reactions)


def _key(reaction: Reaction) -> tuple[frozenset[tuple[str, int]], frozenset[tuple[str, int]]]:
    return frozenset(reaction.reactants.terms), frozenset(reaction.products.terms)


def find_case(name: str) -> Case:
    """Return a published case.

    Raises
    ------
    UnknownNameError
        If there is no such case.
    """
    if name not in CASES:
        raise UnknownNameError("case", name, CASES)
    return CASES[name]


def _heated(network: Network, temperature: float) -> Network:
    """Return case 2 at a temperature in K."""
    reactions = (
        reaction.k(math.exp(prefactor - energy / (_KILOCALORIE * temperature)))
        for reaction, (prefactor, energy) in zip(network.reactions, _ARRHENIUS, strict=True)
    )
    return Network(network.species, tuple(reactions), network.initial)


def _start_1(rng: np.random.Generator, _number: int, _count: int) -> tuple[Matrix, float | None]:
    return np.concatenate([rng.uniform(0.2, 1.2, 2), np.zeros(3)]), None


def _start_2(rng: np.random.Generator, _number: int, _count: int) -> tuple[Matrix, float | None]:
    start = np.concatenate([rng.uniform(0.2, 2.2, 2), np.zeros(4)])
    return start, float(rng.uniform(323.0, 343.0))


def _start_3(rng: np.random.Generator, number: int, count: int) -> tuple[Matrix, float | None]:
    start = 10.0 ** (-3.0 * rng.random(9))
    if number - count in _WITHOUT or number in _WITHOUT:
        start[[2, 4, 6, 8]] = 0.0
    return start, None


CASES = MappingProxyType(
    {
        "1": Case(
            "four reactions", Network.of(parse_network(_CASE_1).reactions, species="ABCDE"),
            30, 10, 100, 40.0, _start_1, CrnnSettings(reactions=4),
        ),
        "2": Case(
            "biodiesel, with temperature",
            Network.of(parse_network(_CASE_2).reactions, species=("TG", "ROH", "DG", "MG", "GL", "E")),
            30, 10, 50, 50.0, _start_2, CrnnSettings(reactions=3),
        ),
        "3": Case(
            "MAPK cascade",
            Network.of(
                parse_network(_CASE_3).reactions,
                species=("S", "KKK", "KKKp", "KK", "KKp", "K", "Kp", "TF", "TFp"),
            ),
            100, 30, 100, 10.0, _start_3, CrnnSettings(reactions=8, catalysts=True, logarithmic=True),
        ),
    }
)  # fmt: skip
"""Published cases by number."""
