"""What an estimator compiles for a data set: sizes, rates and laws, against what is compiled and learned."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn.circuits import make_circuit
from neuralcrn.training import lower
from neuralcrn.training.estimators import NeuralCRNRegressor
from neuralcrn.training.lowering import state_species
from neuralcrn.training.recipes import automatic_rate, hidden_states, laws, least_species
from neuralcrn.training.trainer import draw_parameters


@pytest.mark.parametrize("family", ["linear", "minimal", "quadratic", "quadratic-dense", "mixing"])
@pytest.mark.parametrize("update", ["accumulate", "direct"])
@pytest.mark.parametrize("non_negative", [False, True])
def test_least_species_misses_adjoints_at_most(family: str, update: str, non_negative: bool) -> None:
    for outputs in (1,) if family == "minimal" else (1, 3):
        circuit = make_circuit(
            family, 4, hidden=6, outputs=outputs, update=update, non_negative=non_negative
        )  # fmt: skip
        species = set(state_species(circuit.compile()))
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
    model = NeuralCRNRegressor(horizon=horizon, epochs=60, tolerance=None, random_state=0)
    model.fit(signs, targets)
    used = automatic_rate("linear", model.scaling_.scale_features(signs), horizon)
    assert model.program_.circuit.rate == pytest.approx(used)
    assert model.score(signs, targets) > 0.8
    assert max(model.loss_curve_) == model.loss_curve_[0]


@pytest.mark.parametrize("inputs", [2, 50])
def test_laws_give_every_state_a_drive_of_the_same_size(inputs: int) -> None:
    circuit = make_circuit("mixing", inputs, hidden=40, outputs=2)
    chosen = laws(circuit)
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
    assert lower(circuit.compile()).program.max_order == 2
