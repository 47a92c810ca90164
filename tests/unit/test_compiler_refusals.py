"""What the compiler does not accept, and what it says."""

from __future__ import annotations

import math
from typing import Any

import pytest

from neuralcrn.algebra import SignedSystem
from neuralcrn.circuits import Circuit, Readout, make_circuit
from neuralcrn.errors import CompileError, InvalidValueError, UnknownNameError


def system(text: str = "dz = theta*x", *, states: int = 1, inputs: int = 1, **options: Any) -> SignedSystem:
    parameters = options.pop("parameters", {"theta": states})
    return SignedSystem.parse(
        text, states={"z": states}, inputs={"x": inputs}, parameters=parameters, **options
    )


def circuit(built: SignedSystem | None = None, **options: Any) -> Circuit:
    return Circuit(name="mine", system=built or system(), **{"features": 1, **options})


@pytest.mark.parametrize(
    "name", ["e", "e_x", "a", "ah", "a_u", "ah_u", "w", "b", "y", "r_w", "g_theta", "m_w"]
)
def test_reserved_names(name: str) -> None:
    reserved = system(f"dz = {name}*x", parameters={name: 1})
    with pytest.raises(CompileError, match=rf"name '{name}' belongs to .*: rename it"):
        circuit(reserved)


def test_single_rail_driven_negative() -> None:
    falling = system("dz = theta*x - x", non_negative=["z", "x"])
    with pytest.raises(
        CompileError, match=r"can make z\[0\] negative, which has one rail: declare it signed"
    ):
        circuit(falling).compile()


def test_single_rail_that_only_decays_compiles() -> None:
    decaying = system("dz = x - z", non_negative=["z", "x"], parameters={})
    program = circuit(decaying, rule="exact").with_(readout=Readout(trained=True))
    network = program.with_(rule="first-order").compile().phase("feedforward").network
    assert sorted(map(str, (r.net_change for r in network.reactions))) == ["{'z1': -1}", "{'z1': 1}"]


def test_states_that_start_at_inputs_of_another_number() -> None:
    matrix = system(states=2, inputs=3, parameters={"theta": (2, 3)})
    with pytest.raises(CompileError, match="as many inputs as states, got 3 and 2: change hidden, or start"):
        circuit(matrix)
    assert circuit(matrix, starts_at_input=False).compile().max_order == 2


@pytest.mark.parametrize("features", [0, -1, 2])
def test_number_of_features(features: int) -> None:
    with pytest.raises(CompileError, match=f"{features} features for 1 inputs"):
        circuit(features=features)


@pytest.mark.parametrize("name", ["horizon", "feedback_horizon", "learning_rate", "annihilation"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, 1e10])
def test_constants_out_of_range(name: str, value: float) -> None:
    with pytest.raises(InvalidValueError, match=rf"{name} = .* is out of range: give a value in \(0, "):
        circuit(**{name: value})


def test_feedback_lasts_as_long_as_feedforward_unless_another_duration_is_given() -> None:
    assert circuit(horizon=0.5).feedback_duration == 0.5
    assert circuit(horizon=0.5).with_(horizon=0.25).compile().phase("feedback").duration == 0.25
    assert circuit(horizon=0.5, feedback_horizon=2.0).feedback_duration == 2.0


@pytest.mark.parametrize("options", [{"augmentation": math.nan}, {"readout": Readout(weight=math.inf)}])
def test_constants_that_are_not_finite(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError, match="must be finite"):
        circuit(**options)


def test_no_outputs() -> None:
    with pytest.raises(InvalidValueError, match="0 outputs: at least 1 is needed"):
        circuit(readout=Readout(outputs=0))


def test_fixed_parameters_that_are_not_there() -> None:
    with pytest.raises(CompileError, match="no parameter phi to hold fixed"):
        circuit(fixed={"phi": 1.0})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": 0}, "both must be positive"),
        ({"outputs": 0}, "both must be positive"),
        ({"inputs": 3, "hidden": 2}, "hidden = 2 is less than its 3 inputs"),
        ({"rule": "exakt"}, "did you mean 'exact'"),
        ({"hiden": 2}, "did you mean 'hidden'"),
    ],
)
def test_options_of_families(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        make_circuit("quadratic", **options)


def test_family_that_is_not_there_and_one_too_large() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'cubic'"):
        make_circuit("cubik")
    with pytest.raises(CompileError, match="at most 20,000 parameters are supported"):
        make_circuit("quadratic-dense", inputs=200)


UNFIT_LAYERS: list[tuple[str, dict[str, Any], str]] = [
    ("perceptron", {"hidden": []}, "0 hidden layers: choose 1 to 9"),
    ("perceptron", {"hidden": [2] * 10}, "10 hidden layers: choose 1 to 9"),
    ("perceptron", {"hidden": [3, 0]}, "hidden = 3,0: give a whole number of units, at least 1, for every"),
    ("perceptron", {"hidden": -1}, "hidden = -1: give a whole number of units"),
    ("perceptron", {"hidden": 2.0}, "hidden = 2.0: give a whole number of units"),
    ("perceptron", {"hidden": "16"}, "hidden = 16: give a whole number of units"),
    ("perceptron", {"hidden": 100_000}, "300,000 parameters, or at least 600,000 species: at most 20,000"),
    ("perceptron", {"hidden": [200, 100]}, "20,700 parameters, or at least 41,400 species"),
    ("random-features", {"hidden": [2, 2]}, "2 hidden layers: it has one; choose perceptron"),
    ("random-features", {"hidden": 10_000_000}, "at most 20,000 parameters are supported; lower hidden"),
    ("linear", {"hidden": [2]}, "hidden = .2.: it has no layers, give one number"),
    ("linear", {"activation": "relu"}, "activation = relu: .* leave it out, or choose circuit perceptron"),
    ("perceptron", {"activation": "rleu"}, "unknown activation 'rleu': did you mean 'relu'"),
    ("perceptron", {"optimiser": "chopp"}, "unknown optimiser 'chopp': did you mean 'chop'"),
    ("perceptron", {"update": "transfre"}, "unknown update 'transfre': did you mean 'transfer'"),
    (
        "perceptron",
        {"supply": 0.1},
        "supply = 0.1: layers have biases, .* so it can only be 0.0: leave it out",
    ),
    ("perceptron", {"trained_readout": False}, "trained_readout = False: .* can only be True"),
    ("random-features", {"augmentation": 1.0}, "augmentation = 1.0: .* can only be 0.0"),
    ("perceptron", {"rule": "exact"}, "rule exact is for neural ODEs: choose backpropagation"),
    ("perceptron", {"rule": "backprop"}, "unknown rule 'backprop': did you mean 'backpropagation'"),
    ("perceptron", {"horizon": 2.0}, "its horizon is 2 instead of 1: choose another rule, or change"),
    ("linear", {"rule": "backpropagation"}, "its states start at the inputs: choose another rule"),
    ("minimal", {"rule": "backpropagation"}, "the output accumulates in the error: choose another rule"),
    ("mixing", {"rule": "backpropagation"}, r"z\[0\] depends on itself: choose rule exact"),
]


@pytest.mark.parametrize(("name", "options", "words"), UNFIT_LAYERS)
def test_layers_that_do_not_fit(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises((CompileError, InvalidValueError), match=words) as caught:
        make_circuit(name, **options).compile()
    message = str(caught.value)
    assert message.startswith(f"circuit {name}: ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("equation", "words"),
    [
        ("dz = theta*x\ndu = phi*z*|z| + |z|", r"needs rectified states without powers"),
        ("dz = theta*x\ndu = phi*z - 2*phi*|z|", "one ratio between the slopes"),
        ("dz = theta*x\ndu = phi*z + |z|", "one ratio between the slopes"),
        ("dz = theta*u\ndu = phi*z", r"depends on itself"),
    ],
)
def test_systems_without_layers_of_rectifiers(equation: str, words: str) -> None:
    layered = SignedSystem.parse(
        equation, states={"z": (), "u": ()}, inputs={"x": ()}, parameters={"theta": (), "phi": ()}
    )
    read = Readout(trained=True, states="u")
    with pytest.raises(CompileError, match=words):
        circuit(layered, rule="backpropagation", starts_at_input=False, readout=read).compile()


@pytest.mark.parametrize(
    ("readout", "message"),
    [
        (Readout(activation="tanh"), "readout: unknown activation 'tanh': Known: identity, leaky-relu, relu"),
        (Readout(states="zz"), "readout: unknown states 'zz'.*'z'"),
    ],
)
def test_a_readout_of_what_is_not_there(readout: Readout, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        make_circuit("linear", inputs=1).with_(readout=readout)
