"""One training with one seed, and what its result reaches."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.errors import NeuralCRNWarning
from neuralcrn.in_silico.design.building import make_problem
from neuralcrn.in_silico.design.chambers import MEMBRANE_LABEL
from neuralcrn.in_silico.design.measuring import Measured, measure, variation_alone
from neuralcrn.in_silico.design.spec import DesignSpec
from neuralcrn.in_silico.design.training import TrainingOptions, train


@final
@dataclass(frozen=True, slots=True)
class Designed:
    """Result of a training with one seed.

    Attributes
    ----------
    seed : int
        The seed.
    text : str
        The trained network in the text format.
    candidates : int
        Number of candidate reactions, without transfer between chambers.
    loss : float
        Loss of the goals.
    measured : tuple of Measured
        Measurement of each goal on the simulated network.
    alone : float or None
        Largest late variation of chambers without transfer, relative to the total; None for one chamber.
    """

    seed: int
    text: str
    candidates: int
    loss: float
    measured: tuple[Measured, ...]
    alone: float | None

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> Designed:
        """Return a result from the plain values of its file."""
        plain: dict[str, Any] = {**values, "measured": tuple(Measured(**one) for one in values["measured"])}
        return cls(**plain)

    @property
    def network(self) -> Network:
        """The trained network."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NeuralCRNWarning)  # a goal may name a species without reaction
            return parse_network(self.text)

    @property
    def reactions(self) -> int:
        """Number of reactions, without transfer between chambers."""
        return sum(reaction.label != MEMBRANE_LABEL for reaction in self.network.reactions)

    @property
    def reached(self) -> bool:
        """Whether all goals are reached."""
        return all(one.reached for one in self.measured)


def design(spec: DesignSpec, options: TrainingOptions, seed: int) -> Designed:
    """Train the candidates of a description, and measure the result by simulation.

    Examples
    --------
    >>> spec = DesignSpec(goals=("B > 0.8 in 4:8",), initial=(("A", 1.0),))
    >>> made = design(spec, TrainingOptions(steps=150), seed=0)
    >>> made.reached, made.reactions < made.candidates
    (True, True)
    """
    problem = make_problem(spec)
    (last,) = deque(train(problem, options, seed), maxlen=1)
    network = last.network
    return Designed(
        seed,
        str(network),
        sum(reaction.label != MEMBRANE_LABEL for reaction in problem.candidates.network.reactions),
        last.loss,
        measure(problem, network),
        variation_alone(problem, network) if spec.chambers > 1 else None,
    )


def best_of(results: tuple[Designed, ...]) -> Designed:
    """Return the result that reaches its goals with the fewest reactions, or the one with the least loss."""
    reached = [one for one in results if one.reached]
    if reached:
        return min(reached, key=lambda one: (one.reactions, one.loss))
    return min(results, key=lambda one: one.loss)
