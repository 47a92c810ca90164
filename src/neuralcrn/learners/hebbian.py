"""Hebbian neuron: weights that grow when an input coincides with the output, without targets.

Fil, Dalchau, Chu, arXiv 2206.02519, doi:10.1021/acssynbio.1c00625. Channel i has five species; the neuron
has a potential B and a chain E_1, ..., E_m of activation::

    spike       I_i receives a bolus of molecules
    release     I_i -> A_i
    leak        A_i -> B
    drive       A_i + H_i -> D_i,  D_i -> H_i + B        the weight H_i drives the potential
    potential   B -> 0
    activation  B + E_j <-> E_j+1                        E_m is only reached with several molecules of B
    learning    A_i + E_m -> L_i,  L_i -> E_m + H_i      input and output coincide: the weight grows
    decay       H_i -> 0

The constants are those of the authors' code (``train``), in their units: molecules and seconds. Reverse
reactions of 1e-8, which the code adds to every reaction, are left out; that and the names are ours. Numbers
of molecules are about 5, so the neuron is simulated by exact stochastic simulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NoReturn, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.engines import simulate_stochastic
from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError
from neuralcrn.learners.base import Learner, Published
from neuralcrn.tasks import SpikeTrain, Task

RATES: Mapping[str, float] = MappingProxyType(
    {
        "release": 10.0,
        "leak": 0.1,
        "binding": 0.001,
        "drive": 100.0,
        "potential": 0.1,
        "climb": 1.0,
        "fall": 5.0,
        "last fall": 0.5,
        "signal": 0.05,
        "learning": 100.0,
        "decay": 3e-5,
    }
)
"""Rate constants, 1 / s and 1 / (molecules s)."""
CHANNEL_LIMIT, CHAIN_LIMIT = 1_000, 100
SPIKE = 5.0
"""Molecules of a spike."""
RECORDS = 1_001
"""Number of equally spaced times at which weights are recorded."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HebbianNeuron:
    """A neuron as a network of reactions.

    Attributes
    ----------
    channels : int
        Number of inputs n.
    chain : int
        Number m of activation states; the larger, the more molecules of B have to coincide.
    signals : int
        Molecules of the chain, all of them in E_1 at first.
    start : int
        Initial weights, molecules.
    rates : mapping of str to float
        Rate constants that differ from `RATES`.

    Raises
    ------
    InvalidValueError
        If a number is out of range.
    UnknownNameError
        If there is no such rate constant.

    Examples
    --------
    >>> neuron = HebbianNeuron()
    >>> len(neuron.network.species), len(neuron.network.reactions), neuron.network.max_order
    (21, 30, 2)
    """

    channels: int = 3
    chain: int = 5
    signals: int = 5
    start: int = 10
    rates: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        limits = {
            "channels": (self.channels, 1, CHANNEL_LIMIT),
            "chain": (self.chain, 2, CHAIN_LIMIT),
            "signals": (self.signals, 1, 1_000_000),
            "start": (self.start, 0, 1_000_000),
        }
        for name, (value, low, high) in limits.items():
            if not low <= value <= high:
                raise InvalidValueError(
                    f"Hebbian neuron: {name} = {value}: give a whole number from {low} to {high:,}"
                )
        for name in self.rates:
            if name not in RATES:
                raise UnknownNameError("rate constant", name, RATES)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Species that receive the spikes of each channel."""
        return tuple(f"I{i}" for i in range(1, self.channels + 1))

    @property
    def weights(self) -> tuple[str, ...]:
        """Species of the weights."""
        return tuple(f"H{i}" for i in range(1, self.channels + 1))

    @property
    def activations(self) -> tuple[str, ...]:
        """Species of the chain."""
        return tuple(f"E{j}" for j in range(1, self.chain + 1))

    @property
    def network(self) -> Network:
        """Reactions and initial numbers of molecules, with one molecule as the unit of concentration."""
        k = {**RATES, **self.rates}
        active = self.activations[-1]
        reactions: list[Reaction] = []
        for i, (spike, weight) in enumerate(zip(self.inputs, self.weights, strict=True), 1):
            signal, bound, learning = f"A{i}", f"D{i}", f"L{i}"
            reactions += [
                Reaction.of({spike: 1}, {signal: 1}, rate=k["release"], label="release"),
                Reaction.of({signal: 1}, {"B": 1}, rate=k["leak"], label="leak"),
                Reaction.of({signal: 1, weight: 1}, {bound: 1}, rate=k["binding"], label="binding"),
                Reaction.of({bound: 1}, {weight: 1, "B": 1}, rate=k["drive"], label="drive"),
                Reaction.of({signal: 1, active: 1}, {learning: 1}, rate=k["signal"], label="signal"),
                Reaction.of({learning: 1}, {active: 1, weight: 1}, rate=k["learning"], label="learning"),
                Reaction.of({weight: 1}, {}, rate=k["decay"], label="decay"),
            ]
        reactions.append(Reaction.of({"B": 1}, {}, rate=k["potential"], label="potential"))
        for lower, upper in zip(self.activations, self.activations[1:], strict=False):
            fall = k["last fall"] if upper == active else k["fall"]
            reactions += [
                Reaction.of({"B": 1, lower: 1}, {upper: 1}, rate=k["climb"], label="climb"),
                Reaction.of({upper: 1}, {"B": 1, lower: 1}, rate=fall, label="fall"),
            ]
        network = Network.of(reactions)
        initial = dict.fromkeys(self.weights, float(self.start)) | {self.activations[0]: float(self.signals)}
        return Network(
            network.species, network.reactions, tuple(initial.get(name, 0.0) for name in network.species)
        )

    def activity(self, potential: float) -> float:
        """Return the probability that a molecule of the chain is in its last state, at a constant number of
        molecules of B.

        The states of one molecule are then a linear chain with detailed balance, and molecules are
        independent.

        Examples
        --------
        >>> round(HebbianNeuron(chain=2).activity(2.0), 6), round(HebbianNeuron(chain=3).activity(5.0), 6)
        (0.8, 0.833333)
        """
        k = {**RATES, **self.rates}
        climb = k["climb"] * potential
        occupied = [(climb / k["fall"]) ** j for j in range(self.chain - 1)]
        last = occupied[-1] * climb / k["last fall"]
        return last / (sum(occupied) + last)

    def learn(self, spikes: SpikeTrain, *, seed: int = 0, records: int = RECORDS) -> HebbianRun:
        """Simulate the neuron exactly, with spikes as doses of `SPIKE` molecules.

        Parameters
        ----------
        spikes : SpikeTrain
            Its channels are those of the neuron.
        seed : int
            Seed of the random events.
        records : int
            Number of equally spaced times at which weights are recorded, at least 2.

        Raises
        ------
        InvalidValueError
            If the numbers of channels differ.

        Examples
        --------
        >>> from neuralcrn.tasks import frequency_spikes
        >>> spikes = frequency_spikes(rng=0, frequencies=(1.0, 0.0), duration=50_000.0)
        >>> run = HebbianNeuron(channels=2, chain=2).learn(spikes)
        >>> bool(run.mean[0] > 10.0 > run.mean[1])
        True
        """
        network = self.network
        ensemble = simulate_stochastic(
            network,
            spikes.duration,
            np.linspace(0.0, spikes.duration, records),
            doses=spikes.doses(self.inputs, SPIKE),
            volume=1.0,
            seed=seed,
        )
        weights = np.stack([ensemble[name] for name in self.weights], axis=1)
        return HebbianRun(ensemble.times, weights, ensemble.steps)


@final
@dataclass(frozen=True, slots=True, eq=False)
class HebbianRun:
    """Weights of a neuron over time.

    Attributes
    ----------
    times : ndarray, shape (records,), time
        Equally spaced.
    weights : ndarray, shape (records, channels), molecules
        Numbers of molecules of the weights.
    reactions : int
        Number of simulated reactions.
    """

    times: NDArray[np.float64]
    weights: NDArray[np.float64]
    reactions: int

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean weights over the second half, shape (channels,), molecules."""
        return self.weights[len(self.times) // 2 :].mean(axis=0)


@final
class HebbianLearner(Learner):
    """The neuron as a learner without targets, which takes no task of the registry."""

    name = "hebbian-neuron"
    summary = (
        "a stochastic neuron whose weights follow the frequency and the order of spikes, without targets"
    )
    source = "Fil, Dalchau, Chu, arXiv 2206.02519, doi:10.1021/acssynbio.1c00625"
    ours = "names of species; reverse reactions of 1e-8 are left out"
    published: tuple[Published, ...] = ()

    def plan(self, task: str | Task) -> NoReturn:
        """Refuse every task, since samples have targets and no spikes.

        Raises
        ------
        DataError
            Always; the message names the command that runs the neuron.
        """
        raise DataError(
            "it learns statistics of spikes without targets, not samples: see neuralcrn reproduce hebbian"
        )
