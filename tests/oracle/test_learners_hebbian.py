"""The Hebbian neuron in libRoadRunner, with its spikes as events: rate equations, and exact simulation."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn.chemistry import Dosing, Network
from neuralcrn.engines import simulate_stochastic
from neuralcrn.engines.native.simulate import Solver
from neuralcrn.formats import write_sbml
from neuralcrn.learners.hebbian import SPIKE, HebbianNeuron
from neuralcrn.tasks import SpikeTrain
from neuralcrn.verify.roadrunner import final_concentrations

roadrunner = pytest.importorskip("roadrunner")

NEURON = HebbianNeuron(channels=2, chain=3)
SPIKES = SpikeTrain(np.array([0.5, 2.0, 3.0]), np.array([0, 1, 1]), 2, 8.0)


def doses() -> tuple[Dosing, ...]:
    return SPIKES.doses(NEURON.inputs, SPIKE)


def test_rate_equations_agree() -> None:
    network = NEURON.network
    solver = Solver.of(network, rtol=1e-10)
    state, time = np.array(network.initial), 0.0
    for dose in doses():
        state = solver.run(dose.when - time, start=state).final
        state[network.index[dose.added[0][0]]] += SPIKE
        time = dose.when
    state = solver.run(SPIKES.duration - time, start=state).final
    np.testing.assert_allclose(
        final_concentrations(network, SPIKES.duration, doses=doses()), state, rtol=1e-5, atol=1e-8
    )


def test_exact_simulations_agree() -> None:
    """Its exact method has no events at given times, so the spikes are at the start."""
    runs, initial = 400, np.array(NEURON.network.initial)
    initial[[NEURON.network.index[name] for name in NEURON.inputs]] = 2.0 * SPIKE
    network = Network(NEURON.network.species, NEURON.network.reactions, tuple(initial.tolist()))
    simulator = roadrunner.RoadRunner(write_sbml(network))
    simulator.setIntegrator("gillespie")
    simulator.getIntegrator().setValue("seed", 11)
    simulator.getIntegrator().setValue("variable_step_size", False)
    names = ["B", "E1", "E3", "H1", "H2"]
    theirs = []
    for _ in range(runs):
        simulator.resetAll()
        simulator.simulate(0.0, SPIKES.duration, 2)
        theirs.append([simulator[f"[{name}]"] for name in names])
    other = np.array(theirs)
    ours = simulate_stochastic(network, SPIKES.duration, [SPIKES.duration], volume=1.0, runs=4_000, seed=3)
    for place, name in enumerate(names):
        deviation = ours.deviation[-1, ours.species.index(name)]
        error = deviation * np.sqrt(1.0 / runs + 1.0 / ours.runs)
        assert abs(other[:, place].mean() - ours[name][-1]) < 4.5 * error + 1e-9, name
        assert 0.75 * deviation <= other[:, place].std(ddof=1) <= 1.3 * deviation, name
