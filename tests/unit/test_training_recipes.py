"""What an estimator compiles for a data set: sizes, rates and laws, against what is compiled and learned."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.utils import get_tags

from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.learning import plan, train_task
from neuralcrn.learning.layered import layered_epochs
from neuralcrn.learning.loop import Progress
from neuralcrn.learning.recipes import (
    automatic_rate,
    default_epochs,
    hidden_states,
    least_species,
    own_initializers,
)
from neuralcrn.learning.trainer import draw_parameters
from neuralcrn.sklearn.estimators import NeuralCRNClassifier, NeuralCRNRegressor
from neuralcrn.tasks import Task, regression_from_table


@pytest.mark.parametrize("family", ["linear", "minimal", "quadratic", "quadratic-dense", "mixing"])
@pytest.mark.parametrize("update", ["accumulate", "direct"])
@pytest.mark.parametrize("non_negative", [False, True])
def test_least_species_misses_adjoints_at_most(family: str, update: str, non_negative: bool) -> None:
    for outputs in (1,) if family == "minimal" else (1, 3):
        circuit = make_circuit(
            family, 4, hidden=6, outputs=outputs, update=update, non_negative=non_negative
        )  # fmt: skip
        species = set(circuit.compile().pot_species)
        adjoints = {name for name in species if name.startswith("a")}
        assert least_species(circuit) == len(species - adjoints)


@pytest.mark.parametrize("inputs", [1, 8, 64])
@pytest.mark.parametrize("horizon", [0.5, 2.0])
def test_automatic_rate_is_a_stable_step(inputs: int, horizon: float) -> None:
    """Signs are the largest doses there are: each step takes a twentieth of its sample's error away."""
    signs = np.sign(np.random.default_rng(0).normal(size=(40, inputs)))
    rate = automatic_rate("linear", signs, horizon)
    assert rate * max(1.0, horizon**2) * (inputs + 1) == pytest.approx(0.05)
    targets = signs @ np.linspace(-1.0, 1.0, inputs)
    model = NeuralCRNRegressor("linear", horizon=horizon, epochs=60, tolerance=None, random_state=0)
    model.fit(signs, targets)
    used = automatic_rate("linear", model.scaling_.scale_features(signs), horizon)
    assert model.program_.circuit.learning_rate == pytest.approx(used)
    assert model.score(signs, targets) > 0.8
    assert max(model.loss_curve_) == model.loss_curve_[0]


@pytest.mark.parametrize("inputs", [2, 50])
def test_laws_give_every_state_a_drive_of_the_same_size(inputs: int) -> None:
    circuit = make_circuit("mixing", inputs, hidden=40, outputs=2)
    chosen = own_initializers(circuit)
    drawn = draw_parameters(circuit, chosen, seed=0)
    columns = {"theta": inputs, "phi": 40, "beta": 1}
    for name, count in columns.items():
        values = [value for parameter, value in drawn.items() if parameter.name == name]
        assert np.std(values) * np.sqrt(count) == pytest.approx(1.0, rel=0.3)
    assert set(chosen) == {"theta", "phi", "beta", "w", "b"}


@pytest.mark.parametrize(
    ("family", "states"), [("linear", 65), ("minimal", 65), ("mixing", 8), ("quadratic-dense", 65)]
)
def test_states_leave_room_for_a_bias(family: str, states: int) -> None:
    assert hidden_states(family, 64) == states
    circuit = make_circuit(family, 64, hidden=states, non_negative=False)
    assert circuit.biases or len(circuit.system.inputs) == 65
    assert circuit.compile().max_order == 2


def table_of(features: np.ndarray, targets: np.ndarray) -> Task:
    return regression_from_table(
        "table", features, targets, feature_names=tuple(f"x{i}" for i in range(features.shape[1])),
        target_name="y", validation=2, rng=1, non_negative=False,
    )  # fmt: skip


@pytest.mark.parametrize("circuit", ["linear", "minimal"])
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.linspace(10.0, 20.0, 41), 50.0 - 2.0 * np.linspace(10.0, 20.0, 41)),
        (np.arange(10.0, 21.0), 2.0 * np.arange(10.0, 21.0)),
    ],
)
def test_straight_lines_are_learned_in_the_units_of_the_table(
    circuit: str, x: np.ndarray, y: np.ndarray
) -> None:
    """Each has an intercept and one falls: both need the constant input and signs."""
    task = table_of(x[:, np.newaxis], y)
    trained = train_task(task, circuit)
    assert task.scaling is not None
    doses = task.scaling.scale_features([[10.0], [15.0], [20.0]])
    outputs = task.scaling.unscale_targets(trained.predict(doses))[:, 0]
    np.testing.assert_allclose(outputs, np.interp([10.0, 15.0, 20.0], x, y), rtol=2e-3)


@pytest.mark.parametrize("inputs", [2, 12])
def test_tables_and_estimators_are_learned_by_one_recipe(inputs: int) -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(3.0, 5.0, (30, inputs))
    task = table_of(features, features.sum(axis=1))
    spec = plan(task, epochs=1)
    model = NeuralCRNRegressor(epochs=1, random_state=0)
    model.fit(task.train.features, task.train.targets[:, 0])  # scaled once more, which changes last bits
    ours, theirs = spec.make_circuit(task), model.program_.circuit
    assert spec.circuit == "perceptron"
    assert theirs.learning_rate == pytest.approx(ours.learning_rate, rel=1e-9)
    assert theirs.with_(learning_rate=ours.learning_rate) == ours
    for name, law in spec.initializers.items():
        other = model.spec_.initializers[name]
        assert (other.kind, other.weights) == (law.kind, law.weights)
        assert (other.first, other.second) == pytest.approx((law.first, law.second), abs=1e-9)
    assert layered_epochs(len(task.train)) == plan(task).epochs == 600
    assert default_epochs(len(task.train)) == plan(task, "linear").epochs == 286


@pytest.mark.parametrize("circuit", ["perceptron", "linear"])
def test_an_estimator_begins_with_the_distributions_of_its_circuit(circuit: str) -> None:
    features = np.random.default_rng(3).normal(3.0, 5.0, (30, 2))
    seen: list[Progress] = []
    model = NeuralCRNRegressor(circuit, epochs=1, random_state=0, callback=seen.append)
    model.fit(features, features.sum(axis=1))
    compiled, trainer = model.program_.circuit, seen[0].trainer
    drawn = draw_parameters(compiled, model.spec_.initializers_of(compiled), trainer.seed)
    expected = [drawn[parameter] for parameter in compiled.trained_parameters]
    np.testing.assert_allclose(trainer.parameters(seen[0].state), expected, atol=1e-12)


def test_layers_activation_and_optimiser_of_an_estimator_are_those_of_the_circuit() -> None:
    features = np.random.default_rng(3).normal(size=(20, 2))
    options = {"activation": "leaky-relu", "optimiser": "chop"}
    model = NeuralCRNRegressor(hidden=[3, 2], epochs=1, random_state=0, **options).fit(
        features, features.sum(axis=1)
    )
    compiled = model.program_.circuit
    names = [parameter.name for parameter in compiled.inner_parameters]
    assert Counter(names) == {"theta": 6, "beta": 3, "theta_b": 6, "beta_b": 2}
    assert (compiled.readout.activation, compiled.optimiser) == ("leaky-relu", "chop")
    with pytest.raises(InvalidValueError, match="hidden = 3,0: give a whole number of units"):
        NeuralCRNRegressor(hidden=[3, 0]).fit(features, features.sum(axis=1))


def test_a_scale_of_its_own_sets_the_rate_whatever_the_units_are() -> None:
    """Centred columns have the same doses in every unit, so nothing about a recipe depends on units."""
    features = np.random.default_rng(3).normal(3.0, 5.0, (30, 3))
    units = (1e-9, 1.0, 1e9)
    specs = [plan(table_of(features * unit, features[:, 0])) for unit in units]
    rates = [spec.circuit_options["learning_rate"] for spec in specs]
    assert rates == pytest.approx([rates[1]] * 3, rel=1e-9)


def test_too_many_species_are_refused_with_their_number_before_compiling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wide = np.random.default_rng(0).normal(size=(20, 500))
    classes = np.arange(20) % 10
    monkeypatch.setattr(Circuit, "compile", lambda *_: pytest.fail("compiled"))
    with pytest.raises(DataError, match=r"500 features and 10 outputs take at least 66,532 species.*20,000"):
        NeuralCRNClassifier().fit(wide, classes)
    with pytest.raises(DataError, match="max_species = 50"):
        NeuralCRNRegressor("linear", max_species=50).fit(wide, classes)


def test_a_circuit_of_one_output_says_so() -> None:
    samples = np.random.default_rng(0).normal(size=(60, 2))
    first, third = samples[:, 0] > 0.0, np.digitize(samples[:, 0], [-0.5, 0.5])
    two = NeuralCRNClassifier("minimal", epochs=5, random_state=0).fit(samples, first)
    assert two.score(samples, first) > 0.9
    assert not get_tags(two).classifier_tags.multi_class
    with pytest.raises(DataError, match=r"minimal has one output .* need 3: .*Only binary classification"):
        NeuralCRNClassifier("minimal").fit(samples, third)
    with pytest.raises(ValueError, match="1d array"):
        NeuralCRNRegressor("minimal").fit(samples, samples)
