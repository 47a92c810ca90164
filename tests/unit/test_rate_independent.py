"""Rate-independent networks of rectifiers: exactness, reduction, verification, training."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from neuralcrn.chemistry import Network, Reaction, parse_network
from neuralcrn.errors import DataError, InvalidValueError, SimulationError
from neuralcrn.in_silico.rate_independent import (
    CompiledRelu,
    ReluNetwork,
    RestSolver,
    Settings,
    compile_relu,
    complete,
    maximise_extents,
    reduce_network,
    train,
    verify_rate_independence,
)

LAYERS = (
    [(1, seed) for seed in range(66)] + [(2, seed) for seed in range(67)] + [(3, seed) for seed in range(67)]
)
CHECKS = ["structure", "completion", "linear programme", "rate constants", "rate laws", "molecules"]


def random_relu(hidden: int, seed: int) -> ReluNetwork:
    """Return a network with ternary weights and biases that are multiples of 1/8."""
    rng = np.random.default_rng([hidden, seed])
    sizes = [int(size) for size in rng.integers(2, 6, hidden + 2)]
    weights = [rng.integers(-1, 2, pair) for pair in pairwise(sizes)]
    return ReluNetwork(weights, [rng.integers(-8, 9, size) / 8 for size in sizes[1:]])


def completed(compiled: CompiledRelu, inputs: list[Fraction]) -> tuple[Fraction, ...]:
    """Return the outputs of the reactions, completed exactly."""
    amounts = [Fraction(amount) for amount in compiled.network.initial]
    for name, dose in compiled.doses(inputs).items():
        amounts[compiled.network.index[name]] += dose
    return compiled.read(
        dict(zip(compiled.network.species, complete(compiled.network, amounts), strict=True))
    )


def variants(relu: ReluNetwork, lowest: float = -3.0) -> list[CompiledRelu]:
    """Return the full and the reduced networks, with and without shift."""
    full = [compile_relu(relu), compile_relu(relu, lowest=np.full(relu.sizes[0], lowest))]
    return [c for one in full for c in (one, one.reduced(), one.reduced(cancel=True))]


@pytest.mark.parametrize(("hidden", "seed"), LAYERS)
def test_reactions_compute_the_layers_exactly_in_full_and_reduced_form(hidden: int, seed: int) -> None:
    relu = random_relu(hidden, seed)
    rng = np.random.default_rng(seed)
    for _ in range(2):
        inputs = [Fraction(int(number), 7) for number in rng.integers(-20, 21, relu.sizes[0])]
        wanted = relu.exact(inputs)
        assert [completed(compiled, inputs) for compiled in variants(relu)] == [wanted] * 6


def test_a_reduced_network_has_one_reaction_per_unit_and_used_rail() -> None:
    relu = ReluNetwork([[[1, -1], [0, 0], [-1, 1]], [[1, -1], [1, 0]]], [[0.5, -0.5], [0.0, 0.25]])
    full, reduced, shifted = (variants(relu)[place] for place in (0, 1, 4))
    assert full.network.counts.reactions == 4 + 4 + 2 * 2
    assert reduced.network.counts.reactions == 4 + 2  # two rails of two used inputs, two units
    assert shifted.network.counts.reactions == 2 + 2
    assert not [r for r in compile_relu(relu).reduced(keep_inputs=False).network.reactions if r.order == 1]


def test_weights_of_larger_magnitude_are_several_molecules() -> None:
    relu = ReluNetwork([[[3, -2]], [[2], [-5]]], [[0.0, 1.0], [0.0]])
    for value in (Fraction(2, 3), Fraction(-1, 3), Fraction(5)):
        assert {completed(compiled, [value]) for compiled in variants(relu, -10.0)} == {relu.exact([value])}


def test_simulated_reactions_reach_the_outputs_also_where_rails_are_equal() -> None:
    relu = ReluNetwork([[[1, 1], [-1, 1]], [[1, -1], [1, 1]]], [[0.0, -1.0], [0.25, 0.0]])
    features = np.array([[0.5, 0.5], [1.0, 0.5], [-0.5, 0.5], [0.0, 0.0]])
    for compiled in (compile_relu(relu), compile_relu(relu).reduced()):
        ends = RestSolver.of(compiled.network).run_all(compiled.starts(features))
        np.testing.assert_allclose(compiled.read_table(ends), relu.evaluate(features), atol=2e-3)
        fixed = [
            RestSolver.of(compiled.network)._solver.run(5.0, [5.0], start=s).final
            for s in compiled.starts(features)
        ]
        assert (
            np.abs(compiled.read_table(np.array(fixed)) - relu.evaluate(features)).max() > 0.05
        )  # not a fixed time


def test_shifted_inputs_refuse_doses_below_zero() -> None:
    compiled = compile_relu(ReluNetwork([[[1]]], [[0.0]]), lowest=[-1.0])
    assert compiled.starts([[-1.0]]).min() >= 0.0
    with pytest.raises(InvalidValueError, match=r"input 1 is -2, below the lowest value -1.*without shift"):
        compiled.starts([[-2.0]])


def test_reduction_keeps_species_that_something_else_consumes() -> None:
    text = "X -> A [k = 1]\nA -> B [k = 1]\nA + C -> D [k = 1]\nB -> E + C [k = 1]"
    reduced = reduce_network(parse_network(text), ["X"])
    assert [str(r).split(" [")[0] for r in reduced.reactions] == ["X -> A", "A -> E + C", "A + C -> D"]


@pytest.mark.parametrize(
    ("text", "pairs", "message"),
    [
        ("A -> B [k = 1]\nB -> A [k = 1]", (), "conversions form a cycle"),
        ("A -> B [k = 1]", [("B", "Z")], "the network has no such species"),
        ("A + C -> B [k = 1]", [("A", "B")], "it is a reactant"),
    ],
)
def test_wrong_reductions_are_refused(text: str, pairs: Any, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        reduce_network(parse_network(text), pairs=pairs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[[0.5]]], [[0.0]]), "whole numbers expected"),
        (([[[1]]], [[0.0, 1.0]]), "layer 1: weights of shape"),
        (([[[1]], [[1], [1]]], [[0.0], [0.0]]), "layer 1 has 1 units, but layer 2 has 2 inputs"),
        (([[[1]]], []), "1 weight matrices and 0 bias vectors"),
        (([[[1]]], [[0.0]], [0.0], [0.0]), "every width must be positive"),
        (([[[1]]], [[np.nan]]), "finite numbers expected"),
        (([[[1]]], [[0.0]], [0.0, 1.0]), "centre: 1 numbers expected, got 2"),
    ],
)
def test_inconsistent_layers_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        ReluNetwork(*arguments)


class TestVerification:
    @pytest.mark.parametrize("hidden", [1, 2, 3])
    def test_layers_pass_every_check(self, hidden: int) -> None:
        compiled = compile_relu(random_relu(hidden, 0))
        for network in (compiled.network, compiled.reduced().network):
            verdict = verify_rate_independence(network, trials=2)
            assert [check.name for check in verdict.checks] == CHECKS
            assert verdict.passed, str(verdict)
            assert "proved by the structure" in verdict.verdict

    @pytest.mark.parametrize("hidden", [1, 2, 3])
    def test_a_competing_reaction_fails_every_check_with_a_witness(self, hidden: int) -> None:
        network = compile_relu(random_relu(hidden, 0)).reduced().network
        middle = next(r.reactants.terms[0][0] for r in network.reactions if r.order == 2)
        spoiled = network | Network.of([Reaction.of({middle: 1}, {"W": 1})])
        verdict = verify_rate_independence(spoiled)
        assert [check.name for check in verdict.checks if not check.passed] == CHECKS
        assert verdict.checks[0].found.startswith(f"{middle} is consumed by ")
        assert all(" ends at " in check.found for check in verdict.checks[1:])

    @pytest.mark.parametrize(
        ("text", "failed", "witness"),
        [
            ("A <-> B [kf = 1, kr = 1]", CHECKS, "releases a reactant of"),
            ("A -> A + B [k = 1]", CHECKS, "A -> A + B consumes nothing"),
            (
                "A + B -> C [k = 1]\nA + C -> D [k = 1]",
                CHECKS,
                "A is consumed by A + B -> C and by A + C -> D",
            ),
            (
                "A + C -> B + C [k = 1]\nC -> D [k = 1]",
                [name for name in CHECKS if name != "linear programme"],  # it does not see catalysts
                "C is consumed by C -> D and is a reactant of",
            ),
            ("A + C -> 2 C [k = 1]\nC @initial 1", ["structure"], "A + C -> 2 C releases a reactant of"),
            ("A + C -> B + C [k = 1]", [], ""),
            ("4 A -> B [k = 1]", [], ""),
            ("2 A -> B [k = 1]\nB + 3 C -> 2 D [k = 1]", [], ""),
            ("A -> B [k = 1]\nA -> B [k = 2]", [], ""),
            ("A -> B [k = 1]\nA -> C [k = 0]", [], ""),
            ("A + B -> C [k = 1e-9]\nA @initial 1e-9\nB @initial 1e-9", [], ""),
        ],
    )
    def test_other_networks(self, text: str, failed: list[str], witness: str) -> None:
        verdict = verify_rate_independence(parse_network(text))
        assert [check.name for check in verdict.checks if not check.passed] == failed
        assert witness in verdict.checks[0].found
        assert verdict.passed == (not failed)
        assert ("not proved" in verdict.verdict) == (failed == ["structure"])

    def test_the_same_seed_gives_the_same_verdict(self) -> None:
        network = parse_network("A + B -> C [k = 1]\nA -> D [k = 1]")
        first, second = (str(verify_rate_independence(network, seed=3)) for _ in range(2))
        assert first == second
        assert first != str(verify_rate_independence(network, seed=4))

    @pytest.mark.parametrize(
        ("text", "options", "message"),
        [
            ("A -> B [k = 0]", {}, "it has no reactions"),
            ("A -> B [k = 1]", {"inputs": ["Z"]}, "the network has no species Z"),
            ("A -> B [k = 1]", {"trials": 0}, "trials = 0: give a number from 1"),
        ],
    )
    def test_wrong_requests_are_refused(self, text: str, options: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidValueError, match=message):
            verify_rate_independence(parse_network(text), **options)

    def test_completion_does_not_depend_on_the_order(self) -> None:
        network = compile_relu(random_relu(3, 5)).network
        amounts = [Fraction(amount) + Fraction(place % 5, 3) for place, amount in enumerate(network.initial)]
        rng = np.random.default_rng(0)
        ends = {
            complete(network, amounts, rng.permutation(len(network.reactions)).tolist()) for _ in range(20)
        }
        assert len(ends) == 1

    def test_completion_that_never_ends_is_an_error(self) -> None:
        with pytest.raises(SimulationError, match="in a cycle"):
            complete(parse_network("A <-> B [kf = 1, kr = 1]"), [Fraction(1), Fraction(0)])

    def test_largest_extents_are_those_of_completion(self) -> None:
        network = compile_relu(random_relu(2, 1)).network
        rng = np.random.default_rng(0)
        amounts = [Fraction(int(number), 4) for number in rng.integers(0, 9, len(network.species))]
        exact = [float(amount) for amount in complete(network, amounts)]
        for _ in range(5):
            weights = rng.uniform(0.1, 1.0, len(network.reactions))
            found = maximise_extents(network, np.array([float(amount) for amount in amounts]), weights)
            np.testing.assert_allclose(found, exact, atol=1e-9)


class TestTraining:
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])

    def test_straight_through_gradients_are_those_of_the_quantised_network(self) -> None:
        """The first step of Adam is the sign of the gradient, here by finite differences of the loss."""
        from neuralcrn.in_silico.rate_independent.training import _Run

        rng = np.random.default_rng(1)
        inputs, targets = rng.normal(size=(6, 3)), np.sign(rng.normal(size=(6, 2)))
        run = _Run(Settings(hidden=(4,), threshold=0.15, starts=2), (3, 4, 2), np.random.default_rng(0))
        weights, biases = run.quantised(), [layer.values.copy() for layer in run.biases]

        def loss(start: int, changed: np.ndarray) -> float:
            hidden = np.maximum(inputs @ changed + biases[0][start], 0.0)
            outputs = hidden @ weights[1][start] + biases[1][start]
            return float((np.maximum(1.0 - targets * outputs, 0.0) ** 2).mean())

        before = run.weights[0].values.copy()
        run._step(inputs, targets, 1e-3)
        moved = run.weights[0].values - before
        for start in range(2):
            for place in np.ndindex(3, 4):
                up, down = weights[0][start].copy(), weights[0][start].copy()
                up[place] += 1e-6
                down[place] -= 1e-6
                slope = (loss(start, up) - loss(start, down)) / 2e-6
                if abs(slope) > 1e-6 and abs(before[start][place]) < 0.99:
                    assert np.sign(moved[start][place]) == -np.sign(slope)

    @pytest.mark.parametrize("threshold", [0.0, 0.15])
    def test_exclusive_or_is_learned_with_binary_and_ternary_weights(self, threshold: float) -> None:
        settings = Settings(hidden=(4,), threshold=threshold, batch=4, epochs=200, rates=(0.05, 0.01))
        fit = train(self.corners, [0, 1, 1, 0], settings)
        assert fit.accuracy == 1.0
        assert (fit.network.evaluate(self.corners).argmax(axis=1) == [0, 1, 1, 0]).all()
        values = set(np.unique(np.concatenate([matrix.ravel() for matrix in fit.network.weights])))
        assert values <= ({-1, 1} if threshold == 0.0 else {-1, 0, 1})

    def test_the_same_seed_gives_the_same_network(self) -> None:
        settings = Settings(hidden=(4,), batch=2, epochs=20, dropout=(0.1, 0.1))
        first, second = (
            train(self.corners, [0, 1, 1, 0], settings, seed=7).network.to_json() for _ in range(2)
        )
        assert first == second

    def test_the_best_epoch_and_start_are_kept(self) -> None:
        settings = Settings(hidden=(4,), batch=2, epochs=30, starts=5)
        fit = train(self.corners, [0, 1, 1, 0], settings, seed=2)
        assert fit.accuracy == fit.accuracies.max() == fit.accuracies[fit.start]
        right = fit.network.evaluate(self.corners).argmax(axis=1) == [0, 1, 1, 0]
        assert right.mean() == fit.accuracy
        targets = np.where(np.eye(2)[[0, 1, 1, 0]] > 0.0, 1.0, -1.0)
        missing = np.maximum(1.0 - targets * fit.network.evaluate(self.corners), 0.0)
        np.testing.assert_allclose(fit.loss, (missing**2).mean())

    def test_progress_is_told(self) -> None:
        seen: list[int] = []
        train(
            self.corners, [0, 1, 1, 0], Settings(epochs=3), on_status=lambda status: seen.append(status.done)
        )
        assert seen == [1, 2, 3]

    @pytest.mark.parametrize(
        ("features", "labels", "message"),
        [([[0.0], [1.0]], [0, 0], "one class"), ([[0.0], [1.0]], [0, 1, 1], "do not fit")],
    )
    def test_data_that_cannot_be_learned_are_refused(self, features: Any, labels: Any, message: str) -> None:
        with pytest.raises(DataError, match=message):
            train(features, labels)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"hidden": (3, 0)}, "positive numbers of units"),
            ({"threshold": 1.0}, "threshold = 1.0"),
            ({"epochs": 0}, "epochs = 0"),
            ({"rates": (0.0, 0.1)}, "rates = "),
            ({"dropout": (0.0, 1.0)}, "dropout = "),
            ({"starts": 0}, "starts = 0"),
        ],
    )
    def test_settings_out_of_range_are_refused(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidValueError, match=message):
            Settings(**options)


def test_networks_are_exported_to_sbml_and_compile_to_strand_displacement() -> None:
    from neuralcrn.compiler import compile_dna, suggest_conditions
    from neuralcrn.compiler.dna import split_products
    from neuralcrn.formats import read_sbml, write_sbml

    network = compile_relu(random_relu(3, 0)).reduced().network
    read = read_sbml(write_sbml(network))
    assert verify_rate_independence(read, trials=1).passed
    assert read.counts == network.counts
    split = split_products(network)
    assert verify_rate_independence(split, trials=1).passed
    assert compile_dna(split, suggest_conditions(split)).network.max_order == 2
