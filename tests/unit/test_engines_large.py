"""Large networks: rows of many pivots, planned in little space, with the accuracy and outcomes of small ones.

A network is made large without a change of what it computes by labelling: every molecule carries one of m
labels, which its products inherit. Summed over labels, species obey the equations of the plain network.
"""

from __future__ import annotations

import importlib.util
import sys
import tracemalloc
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cases import FixedSteps

from neuralcrn.chemistry import Network, Reaction, conservation_laws, format_network, parse_network
from neuralcrn.engines import Outcome, Trajectory, simulate
from neuralcrn.engines.native import algebra_kernels, elimination
from neuralcrn.engines.native.packing import pack
from neuralcrn.engines.native.reduction import reduce_network
from neuralcrn.engines.native.specialise import MachineCode
from neuralcrn.engines.native.steps import ROSENBROCK
from neuralcrn.errors import InvalidValueError

# Robertson's and Schaefer's problems with their solutions, from the Test Set for IVP Solvers (Bari)
ROBER = parse_network("A -> B [k = 0.04]\n2B -> B + C [k = 3e7]\nB + C -> A + C [k = 1e4]\nA @initial 1")
ROBER_END, ROBER_STATE = 1e11, (2.083340149701255e-08, 8.333360770334713e-14, 0.999999979166505)
HIRES = parse_network(
    "A @initial 1\nB @initial 0\nC @initial 0\nD @initial 0\nE @initial 0\nF @initial 0\nG @initial 0\n"
    "H @initial 0.0057\nA <-> B [kf = 1.71, kr = 0.43]\nB -> D [k = 8.32]\nC -> A [k = 8.32]\n"
    "C -> D [k = 1.71]\n"
    "0 -> A [k = 0.0007]\nD -> C [k = 0.43]\nD -> F [k = 0.69]\nE -> C [k = 0.035]\n"
    "E <-> F [kf = 1.71, kr = 0.43]\nF + H -> G [k = 280]\nG -> E + H [k = 0.43]\nG -> F + H [k = 0.69]\n"
    "G -> H [k = 0.69]"
)
HIRES_END, HIRES_STATE = (
    321.8122,
    (
        0.0007371312573325668, 0.0001442485726316185, 5.888729740967575e-05, 0.001175651343283149,
        0.002386356198831331, 0.006238968252742796, 0.002849998395185769, 0.002850001604814231,
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    path = Path(__file__).parents[2] / "benchmarks" / "large_network.py"
    spec = importlib.util.spec_from_file_location("large_network", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["large_network"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["large_network"]


def labelled(network: Network, labels: int) -> Network:
    """Return the network whose molecules carry labels; label i starts with a share in proportion to i + 1."""
    reactions: list[Reaction] = []
    for reaction in network.reactions:
        left, right = (
            [name for name, count in side.terms for _ in range(count)]
            for side in (reaction.reactants, reaction.products)
        )
        rate = reaction.rate if left else reaction.rate / labels
        for chosen in product(range(labels), repeat=max(1, len(left))):
            sides = (
                [f"{name}_{chosen[min(i, len(chosen) - 1)]}" for i, name in enumerate(names)]
                for names in (left, right)
            )
            counted = ({name: names.count(name) for name in names} for names in sides)
            reactions.append(Reaction.of(*counted, rate=rate))
    shares = np.arange(1, labels + 1) / np.arange(1, labels + 1).sum()
    start = {
        f"{name}_{i}": value * share
        for name, value in zip(network.species, network.initial, strict=True)
        for i, share in enumerate(shares.tolist())
    }
    return Network.of(reactions, start, list(start))


def summed(run: Trajectory, labels: int) -> NDArray[np.float64]:
    """Return the concentrations summed over labels, shape (n_times, n_species / labels)."""
    return run.values.reshape(len(run.times), -1, labels).sum(axis=2)


def most_pivots(network: Network) -> int:
    """Return how many pivot rows the longest row of the elimination meets."""
    plan = reduce_network(network, separate=False).elimination
    return max(len(plan.multipliers(row)) for row in range(len(plan.diagonal)))


def exchange(size: int, low: float, high: float) -> Network:
    """Return a network in which every species turns into every other, at random rates of all magnitudes."""
    rng = np.random.default_rng(size)
    return Network.of(
        [
            Reaction.of({f"X{i}": 1}, {f"X{j}": 1}, rate=float(10.0 ** rng.uniform(low, high)))
            for i in range(size)
            for j in range(size)
            if i != j
        ],
        {"X0": 1.0, f"X{size - 1}": 0.5},
    )


@pytest.mark.parametrize(
    ("network", "t_end", "expected", "digits"),
    [(ROBER, ROBER_END, ROBER_STATE, 3.0), (HIRES, HIRES_END, HIRES_STATE, 4.0)],
    ids=["ROBER", "HIRES"],
)
def test_labelled_problems_reach_the_digits_of_the_test_set(
    network: Network, t_end: float, expected: tuple[float, ...], digits: float
) -> None:
    large = labelled(network, 12)
    assert most_pivots(large) > algebra_kernels._LONG_ROW
    run = simulate(large, t_end, [t_end])
    assert run.outcome == Outcome.SUCCESS
    assert -np.log10(np.abs(summed(run, 12)[-1] / expected - 1.0).max()) >= digits


def test_labels_change_no_sum_at_any_time() -> None:
    times = np.linspace(0.0, 5.0, 41)
    plain = simulate(HIRES, 5.0, times, rtol=1e-9, atol=1e-14)
    run = simulate(labelled(HIRES, 6), 5.0, times, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(summed(run, 6), plain.values, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("size", [10, 17, 18, 45])
def test_full_networks_follow_the_exponential_of_their_matrix(size: int) -> None:
    from scipy.linalg import expm

    network = exchange(size, -3.0, 3.0)
    rates = np.zeros((size, size))
    for reaction in network.reactions:
        ((start, _),), ((end, _),) = reaction.reactants.terms, reaction.products.terms
        rates[network.index[end], network.index[start]] += reaction.rate
        rates[network.index[start], network.index[start]] -= reaction.rate
    times = [0.0, 1e-4, 1e-2, 1.0, 100.0]
    run = simulate(network, 100.0, times, rtol=1e-9, atol=1e-13)
    for time, state in zip(times, run.values, strict=True):
        np.testing.assert_allclose(state, expm(rates * time) @ network.initial, rtol=1e-7, atol=1e-11)
    assert np.abs(run.values.sum(axis=1) / 1.5 - 1.0).max() < 1e-10


def test_machine_code_gives_the_same_bits_as_long_rows() -> None:
    network = exchange(18, -1.0, 1.0)
    assert most_pivots(network) > algebra_kernels._LONG_ROW
    loops = FixedSteps(network, ROSENBROCK)
    code = MachineCode([loops.reduction])
    assert np.all(code.addresses != 0)
    written = FixedSteps(network, ROSENBROCK, functions=code.addresses[0])
    assert np.array_equal(written.run(1.0, 7), loops.run(1.0, 7))


def test_a_network_of_rules_agrees_with_scipy_and_keeps_its_sums(benchmark: ModuleType) -> None:
    network = benchmark.large_network(sites=3, downstream=6, falling=3)
    assert most_pivots(network) > algebra_kernels._LONG_ROW
    times = np.array([0.01, 1.0, 30.0, 1000.0])
    run = simulate(network, 1000.0, times)
    expected = benchmark.reference_values(network, times)
    scale = np.maximum(expected.max(axis=0), 1e-6)
    assert (np.abs(run.values - expected).max(axis=0) / scale).max() < 2e-6
    assert run.values.min() >= -1e-12
    laws = np.array(conservation_laws(network), dtype=float)
    np.testing.assert_allclose(run.values @ laws.T, np.tile(laws @ network.initial, (4, 1)), rtol=1e-10)


def test_an_explosion_is_reported_at_its_pole() -> None:
    explosion = parse_network("2A -> 3A [k = 1]\nA @initial 0.5")  # a = 1 / (2 - t)
    large = labelled(explosion, 20)
    mixing = [
        Reaction.of({f"A_{i}": 1}, {f"A_{(i + step) % 20}": 1}, rate=1e5)
        for i in range(20)
        for step in (1, 19)
    ]
    run = simulate(large | Network.of(mixing, species=large.species), 10.0, np.linspace(0.0, 10.0, 501))
    assert run.outcome == Outcome.BLOW_UP
    assert run.end == pytest.approx(2.0, rel=0.01)
    assert np.isfinite(np.vstack([run.values, run.final])).all()
    past = run.times < 1.9
    np.testing.assert_allclose(summed(run, 20)[past, 0], 1.0 / (2.0 - run.times[past]), rtol=1e-4)


def test_an_event_ends_a_run_of_a_full_network() -> None:
    network = exchange(30, -1.0, 3.0)
    ends = network.species[15]
    half = 0.5 * simulate(network, 1000.0)[ends][-1]
    run = simulate(network, 1000.0, until=(ends, float(half)), rtol=1e-10)
    assert run.outcome == Outcome.SUCCESS
    assert simulate(network, run.end, rtol=1e-10)[ends][-1] == pytest.approx(half, rel=2e-6)


def test_the_plan_takes_space_for_entries_and_not_for_operations(benchmark: ModuleType) -> None:
    network = benchmark.large_network(sites=4)
    tracemalloc.start()
    reduction = reduce_network(network, separate=False)
    system = pack(reduction)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    entries = len(reduction.elimination.column) + len(reduction.core_entries)
    assert reduction.elimination.operations > 20 * entries
    assert len(system.integers) < 12 * entries
    assert peak < 1000 * entries


def test_the_benchmark_has_the_published_size_and_is_read_back(benchmark: ModuleType) -> None:
    network = benchmark.large_network()
    assert network.counts == (1122, 24388)
    assert network.max_order == 2
    assert parse_network(format_network(network)) == network


def test_what_cannot_be_solved_together_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    network = exchange(30, -1.0, 1.0)
    monkeypatch.setattr(elimination, "FILL_LIMIT", 30 * 30)
    simulate(network, 1.0)
    monkeypatch.setattr(elimination, "FILL_LIMIT", 30 * 30 - 1)
    with pytest.raises(InvalidValueError, match="network with 30 interacting species"):
        simulate(network, 1.0)
