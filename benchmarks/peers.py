"""Common interface to other simulators: set concentrations, run a phase, read them back."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from neuralcrn.chemistry import Network
from neuralcrn.engines.native.lowering import DOSE, FEATURE, FLUSH, RUN, TARGET, LoweredProgram
from neuralcrn.formats import write_sbml


class Peer(ABC):
    """One phase network in another simulator.

    Parameters
    ----------
    network : Network
        The phase.
    species : list of str
        Species of the state vector.
    rtol, atol : float
        Tolerances of the solver.
    """

    @abstractmethod
    def __init__(self, network: Network, species: list[str], rtol: float, atol: float): ...

    @abstractmethod
    def run(self, state: np.ndarray, duration: float) -> None:
        """Advance the state vector in place."""


class RoadRunnerPeer(Peer):
    """libRoadRunner (CVODE on LLVM-compiled right-hand sides), reading our SBML."""

    def __init__(self, network: Network, species: list[str], rtol: float, atol: float):
        import roadrunner

        self._runner = roadrunner.RoadRunner(write_sbml(network))
        self._runner.integrator.relative_tolerance = rtol
        self._runner.integrator.absolute_tolerance = atol
        self._runner.selections = ["time"]
        self._time = roadrunner.SelectionRecord.TIME
        names = self._runner.model.getFloatingSpeciesIds()
        self._places = np.array([species.index(name) for name in names])

    def run(self, state: np.ndarray, duration: float) -> None:
        """Advance the state vector in place."""
        model = self._runner.model
        self._runner.reset(self._time)
        model.setFloatingSpeciesConcentrations(state[self._places])
        self._runner.simulate(0.0, duration, 2)
        state[self._places] = model.getFloatingSpeciesConcentrations()


class BioscrapePeer(Peer):
    """bioscrape (LSODA through SciPy on compiled propensities)."""

    def __init__(self, network: Network, species: list[str], rtol: float, atol: float):
        from bioscrape.simulator import DeterministicSimulator, ModelCSimInterface
        from bioscrape.types import Model

        reactions = [
            (
                [name for name, count in r.reactants.terms for _ in range(count)],
                [name for name, count in r.products.terms for _ in range(count)],
                "general",
                {"rate": _law(r.rate, r.reactants.terms)},
            )
            for r in network.reactions
        ]
        self._model = Model(
            species=list(network.species),
            reactions=reactions,
            initial_condition_dict=dict.fromkeys(network.species, 0.0),
        )
        self._interface = ModelCSimInterface(self._model)
        self._interface.py_prep_deterministic_simulation()
        self._simulator = DeterministicSimulator()
        self._simulator.py_set_tolerance(atol, rtol)
        order = self._model.get_species_list()
        self._places = np.array([species.index(name) for name in order])

    def run(self, state: np.ndarray, duration: float) -> None:
        """Advance the state vector in place."""
        self._interface.py_set_initial_state(state[self._places].clip(min=0.0))
        result = self._simulator.py_simulate(self._interface, np.array([0.0, duration]))
        state[self._places] = result.py_get_result()[-1]


def _law(rate: float, terms: tuple[tuple[str, int], ...]) -> str:
    """Return the mass-action law as bioscrape's formula."""
    factors = [repr(rate), *(name for name, count in terms for _ in range(count))]
    return " * ".join(factors)


def play_with_peer(
    lowered: LoweredProgram, peers: list[Peer], state: np.ndarray, features: np.ndarray, targets: np.ndarray
) -> None:
    """Execute the training protocol for every sample, each phase in the other simulator."""
    steps = list(zip(lowered.training.table.tolist(), lowered.training.numbers[:, 0].tolist(), strict=True))
    for row_features, row_targets in zip(features, targets, strict=True):
        for (operation, first, second, source, index), number in steps:
            if operation == RUN:
                peers[first].run(state, number)
            elif operation == DOSE:
                amount = number * {FEATURE: row_features, TARGET: row_targets}.get(source, np.ones(1))[index]
                state[first if amount >= 0.0 else second] += abs(amount)
            elif operation == FLUSH:
                state[lowered.flushed] = 0.0
