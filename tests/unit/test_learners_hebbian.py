"""The Hebbian neuron: moments of its stochastic simulation, conservation, its two tasks, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from neuralcrn.chemistry import Crossing, Dosing, Network, conservation_laws
from neuralcrn.engines import simulate_stochastic
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.learners.hebbian import RATES, SPIKE, HebbianNeuron
from neuralcrn.studies.reproduction.hebbian import TASKS, learn_spikes
from neuralcrn.tasks import SpikeTrain, frequency_spikes, temporal_spikes

NEVER = 1e-12


def test_counts_are_those_of_the_publication_without_reverse_reactions() -> None:
    for channels, chain in ((1, 2), (3, 5), (4, 3)):
        network = HebbianNeuron(channels=channels, chain=chain).network
        assert len(network.species) == 5 * channels + 1 + chain
        # 14 n + 2 + 2 (m - 1) with the reverse of 7 n + 1 reactions outside the chain
        assert len(network.reactions) == 7 * channels + 1 + 2 * (chain - 1)
        assert network.max_order == 2


def test_molecules_of_the_chain_are_conserved() -> None:
    neuron = HebbianNeuron(channels=2, chain=3)
    network = neuron.network
    signals = {*neuron.activations, "L1", "L2"}
    assert tuple(int(name in signals) for name in network.species) in conservation_laws(network)
    spikes = frequency_spikes(3, frequencies=(1.0, 1.0), rate=0.1, duration=500.0)
    runs = simulate_stochastic(
        network, 500.0, doses=spikes.doses(neuron.inputs, SPIKE), volume=1.0, runs=5, keep_runs=True
    )
    assert runs.values is not None
    places = [network.index[name] for name in signals]
    np.testing.assert_array_equal(runs.values[:, :, places].sum(axis=2), 5.0)


@pytest.mark.parametrize("driven", [0.0, 0.4])
def test_released_molecules_have_the_closed_moments_of_a_linear_network(driven: float) -> None:
    """Without the chain, and with many molecules of the weight or none, every molecule of a spike is
    independent: counts are sums of binomials.
    """
    start = 1_000_000 if driven else 0
    rates = {"climb": NEVER, "signal": NEVER, "decay": NEVER, "drive": 1e9, "binding": driven / 1e6 + NEVER}
    neuron = HebbianNeuron(channels=1, start=start, rates=rates)
    spikes = SpikeTrain(np.array([0.0, 4.0, 4.0]), np.array([0, 0, 0]), 1, 10.0)
    times, runs = np.array([0.05, 1.0, 4.0, 6.0, 10.0]), 4_000
    ensemble = simulate_stochastic(
        neuron.network, 10.0, times, doses=spikes.doses(neuron.inputs, SPIKE), volume=1.0, runs=runs, seed=2
    )
    release, leak, potential = RATES["release"], RATES["leak"], RATES["potential"]
    passed = leak + driven
    flow = np.array([[-release, 0.0, 0.0], [release, -passed, 0.0], [0.0, passed, -potential]])
    given = [(t, s) for t in times for s in spikes.times if s <= t]
    alive = {(t, s): expm(flow * (t - s))[:, 0] for t, s in given}
    for place, name in enumerate(("I1", "A1", "B")):
        shares = [np.array([alive[t, s][place] for t_, s in given if t_ == t]) for t in times]
        mean = np.array([SPIKE * p.sum() for p in shares])
        variance = np.array([SPIKE * (p * (1.0 - p)).sum() for p in shares])
        error = np.abs(ensemble[name] - mean)
        assert np.all(error <= 5.0 * np.sqrt(variance / runs) + 1e-12), name
        spread = ensemble.deviation[:, ensemble.species.index(name)] ** 2
        np.testing.assert_allclose(spread, variance, rtol=0.15, atol=0.03)


def test_weights_grow_by_the_coincidence_of_input_and_output() -> None:
    """The first moment equation: d<H + L>/dt = k <A E_m> - d <H>, with moments of the same simulation."""
    neuron = HebbianNeuron(channels=1, chain=2, start=2, rates={"decay": 0.05})
    spikes = SpikeTrain(np.array([0.0, 3.0]), np.array([0, 0]), 1, 6.0)
    times, runs = np.linspace(0.0, 6.0, 601), 2_000
    ensemble = simulate_stochastic(
        neuron.network, 6.0, times, doses=spikes.doses(neuron.inputs, SPIKE), volume=1.0, runs=runs,
        seed=5, keep_runs=True,
    )  # fmt: skip
    assert ensemble.values is not None
    signal, active, weight, bound, learning = (
        ensemble.values[:, :, ensemble.species.index(name)] for name in ("A1", "E2", "H1", "D1", "L1")
    )
    rates = RATES["signal"] * signal * active - 0.05 * weight
    grown = np.trapezoid(rates, times, axis=1)
    whole = weight + bound + learning
    residue = whole[:, -1] - whole[:, 0] - grown  # a martingale: its mean is 0
    assert np.mean(whole[:, -1]) > 3.0
    assert abs(residue.mean()) < 5.0 * residue.std() / np.sqrt(runs) + 0.01


@pytest.mark.parametrize("chain", [2, 3, 5])
def test_the_chain_has_its_closed_stationary_activity(chain: int) -> None:
    potential, scale = 5.0, 1e5  # so many molecules of B that the chain does not change their number
    neuron = HebbianNeuron(
        channels=1, chain=chain, rates={"climb": 1.0 / scale, "potential": NEVER, "signal": NEVER}
    )
    network = neuron.network
    start = np.array(network.initial)
    start[network.index["B"]] = potential * scale
    ensemble = simulate_stochastic(
        Network(network.species, network.reactions, tuple(start.tolist())),
        40.0,
        [40.0],
        volume=1.0,
        runs=2_000,
        seed=1,
    )
    share = HebbianNeuron(chain=chain).activity(potential)
    error = np.sqrt(share * (1.0 - share) / (5 * 2_000))
    assert abs(ensemble[f"E{chain}"][0] / 5.0 - share) < 5.0 * error + 1e-3
    longer = HebbianNeuron(chain=chain + 1)
    assert longer.activity(1.0) < HebbianNeuron(chain=chain).activity(1.0)  # below the threshold of 5


@pytest.mark.parametrize("chain", [3, 5])
@pytest.mark.parametrize("task", ["frequency 2:1:1", "channel 2 follows 1"])
def test_weights_are_ordered_beyond_their_standard_errors(task: str, chain: int) -> None:
    row = learn_spikes(task, chain, seeds=4)
    assert row.separation is not None
    assert row.separation > 2.0


def test_without_statistics_no_weight_is_larger() -> None:
    values = np.array(learn_spikes("uniform", 3, seeds=10).weights)
    differences = values[:, [0, 1, 2]] - values[:, [1, 2, 0]]
    assert np.all(np.abs(differences.mean(axis=0)) < 4.0 * differences.std(axis=0, ddof=1) / np.sqrt(10))
    assert TASKS["uniform"][1] == ()


def test_the_same_seed_has_the_same_weights() -> None:
    spikes = temporal_spikes(1, duration=20_000.0)
    first, second, other = (HebbianNeuron().learn(spikes, seed=seed).weights for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_spikes_have_the_frequencies_and_the_order_that_were_asked_for() -> None:
    counts = frequency_spikes(7, frequencies=(4.0, 1.0, 0.0), rate=0.01, duration=100_000.0).counts
    assert abs(counts[0] - 4_000) < 5 * 63
    assert abs(counts[1] - 1_000) < 5 * 32
    assert counts[2] == 0
    train = temporal_spikes(7, channels=4, delay=2.5, rate=0.01, duration=100_000.0)
    assert np.all(np.diff(train.times) >= 0.0)
    assert np.all(np.abs(train.counts - 1_000) < 5 * 32)
    leading, following = (train.times[train.senders == channel] for channel in (0, 1))
    np.testing.assert_allclose(following, leading[: len(following)] + 2.5)


def test_mistakes_are_explained() -> None:
    with pytest.raises(InvalidValueError, match="chain = 1: give a whole number from 2"):
        HebbianNeuron(chain=1)
    with pytest.raises(UnknownNameError, match="did you mean 'decay'"):
        HebbianNeuron(rates={"decai": 1.0})
    with pytest.raises(InvalidValueError, match="3 species for 2 channels"):
        HebbianNeuron().learn(frequency_spikes(frequencies=(1.0, 1.0)))
    with pytest.raises(InvalidValueError, match="all channels are silent"):
        frequency_spikes(frequencies=(0.0, 0.0))
    with pytest.raises(InvalidValueError, match="lower rate, frequencies or duration"):
        temporal_spikes(rate=100.0)
    network = HebbianNeuron().network
    for dose, reason in (
        (Dosing(Crossing("B", 1.0), (("I1", 1.0),)), "at given times only"),
        (Dosing(0.5, (("X", 1.0),)), "the network has no species X"),
    ):
        with pytest.raises(InvalidValueError, match=reason):
            simulate_stochastic(network, 1.0, doses=[dose], volume=1.0)
