"""The registry of circuits: published circuits with their effective constants, and our own.

The authors' simulations halve the flux of ``2Z -> Z`` and divide that of ``3Z -> 2Z`` by six; the constants
0.5 and 1/6 below are those that were integrated (arXiv 2409.00034 and its code). To add a circuit, add a
family here, then run ``neuralcrn certify NAME``.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from neuralcrn.circuits.attention import LINEAR_ATTENTION
from neuralcrn.circuits.equations import EquationFamily
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.fixed_point import FixedPointNetwork
from neuralcrn.circuits.goodness import GoodnessLayer
from neuralcrn.circuits.initial import Distribution
from neuralcrn.circuits.layers import PERCEPTRON, RANDOM_FEATURES, SIGMOID_NETWORK, TANH_NETWORK
from neuralcrn.circuits.scores import MULTIPLICATIVE_WEIGHTS, WINNER_TAKE_ALL
from neuralcrn.circuits.svm import SVM
from neuralcrn.circuits.switches import PARALLEL_SWITCHES, SWITCHES
from neuralcrn.circuits.symmetric import SymmetricNetwork
from neuralcrn.circuits.synapses import CHEMICAL_SYNAPSE, ELECTRICAL_SYNAPSE
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.rules import RULES
from neuralcrn.errors import CompileError, InvalidValueError, UnknownNameError
from neuralcrn.registry import Registry


def _with_augmentation(inputs: int) -> int:
    return inputs + 1


_DENSE_START = Distribution("normal", 0.0, 1.0 / math.sqrt(3.0))

_FAMILIES = (
    EquationFamily(
        name="linear",
        summary="element-wise linear regression and classification",
        represents=(
            "Linear functions, with an intercept from the constant that pads the inputs. No products of "
            "inputs. With three classes on a line, the middle one cannot be separated."
        ),
        equation="theta*x + h ",
        shapes={"theta": ("hidden",)},
        states=lambda inputs: inputs,
        defaults=Options(supply=0.1, horizon=0.5, learning_rate=0.1),
        initial={"theta": Distribution("uniform", 0.1, 0.5)},
    ),
    EquationFamily(
        name="minimal",
        summary="linear model with the fewest species: outputs accumulate in the error, direct updates",
        represents=(
            "Linear functions, with an intercept from the constant that pads the inputs. No products of "
            "inputs. One output, so at most two classes."
        ),
        equation="theta*x + h ",
        shapes={"theta": ("hidden",)},
        states=lambda inputs: inputs,
        accumulated=True,
        defaults=Options(horizon=0.5, learning_rate=0.1, update="direct"),
        initial={"theta": Distribution("uniform", 0.1, 0.5)},
    ),
    EquationFamily(
        name="quadratic",
        summary="element-wise weights with a quadratic leak; the authors' nonlinear regression",
        represents=(
            "A sum of one monotonic, saturating function per input. Functions with a turning point, such as "
            "x^2, and products of inputs cannot be represented."
        ),
        equation="theta*x + h - 0.5*z*|z|",
        shapes={"theta": ("hidden",)},
        states=_with_augmentation,
        defaults=Options(horizon=0.5, learning_rate=0.6),
        initial={"theta": Distribution("absolute-normal", 0.0, 0.4)},
    ),
    EquationFamily(
        name="quadratic-dense",
        summary="full weight matrix with a quadratic leak",
        represents=(
            "Nonlinear functions of all inputs: products, a class between two others. Functions with a "
            "turning point need more states or a longer horizon than the defaults for tables."
        ),
        equation="theta*x + h - 0.5*z*|z|",
        shapes={"theta": ("hidden", "inputs")},
        states=_with_augmentation,
        defaults=Options(horizon=0.5, learning_rate=0.2),
        initial={"theta": Distribution("absolute-normal", 0.0, 0.4)},
    ),
    EquationFamily(
        name="cubic",
        summary="full weight matrix with a cubic leak; trimolecular",
        represents=("As quadratic-dense, with a steeper leak."),
        equation=f"theta*x - {1 / 6!r}*z^3",
        shapes={"theta": ("hidden", "inputs")},
        states=_with_augmentation,
        defaults=Options(augmentation=0.2, horizon=0.9, learning_rate=0.5),
        initial={"theta": _DENSE_START},
    ),
    EquationFamily(
        name="cubic-quadratic",
        summary='the authors\' bimolecular approximation of the cubic circuit ("linapprox")',
        represents=("As quadratic-dense, with an approximate gradient; results depend on the seed."),
        equation="theta*x - 0.15*z*|z|",
        shapes={"theta": ("hidden", "inputs")},
        states=_with_augmentation,
        defaults=Options(
            augmentation=0.2, rule="linear-reversal", horizon=0.4, feedback_horizon=2.0, learning_rate=0.5
        ),
        initial={"theta": Distribution("absolute-normal", 0.0, 1.0 / math.sqrt(3.0))},
    ),
    EquationFamily(
        name="smooth-relu",
        summary="smooth rectifiers, the first version of the publication; trimolecular",
        represents=("A sum of rectifiers of all inputs; states do not change sign."),
        equation="z*(theta*x + beta) + h - 0.5*z*|z|",
        shapes={"theta": ("hidden", "inputs"), "beta": ("hidden",)},
        states=_with_augmentation,
        defaults=Options(supply=0.1, augmentation=0.2, horizon=0.8, learning_rate=0.1 / 1.1),
        initial={
            "theta": Distribution("normal", 0.0, 2.0 / math.sqrt(3.0)),
            "beta": Distribution("constant", 0.1),
            "w": Distribution("normal", 0.0, 2.0 / math.sqrt(3.0)),
        },
    ),
    EquationFamily(
        name="mixing",
        summary="recurrent weights with a quadratic leak and a trained readout; bimolecular",
        represents=("Nonlinear functions with turning points and products of inputs, by recurrent states."),
        equation="theta*x + phi*z + beta - z*|z|",
        shapes={"theta": ("hidden", "inputs"), "phi": ("hidden", "hidden"), "beta": ("hidden",)},
        states=lambda inputs: max(8, inputs),
        padded=False,
        readout_bias=True,
        defaults=Options(trained_readout=True, horizon=1.0, learning_rate=0.03, annihilation=300.0),
        initial={
            "theta": Distribution("normal", 0.0, 2.0),
            "phi": Distribution("normal", 0.0, 1.0 / math.sqrt(2.0)),
            "beta": Distribution("normal", 0.0, 2.0),
            "w": Distribution("normal", 0.0, 0.7),
            "b": Distribution("constant", 0.0),
        },
    ),
    SVM,
    MULTIPLICATIVE_WEIGHTS,
    WINNER_TAKE_ALL,
    PERCEPTRON,
    RANDOM_FEATURES,
    SWITCHES,
    PARALLEL_SWITCHES,
    FixedPointNetwork(),
    SymmetricNetwork(),
    SIGMOID_NETWORK,
    TANH_NETWORK,
    CHEMICAL_SYNAPSE,
    ELECTRICAL_SYNAPSE,
    GoodnessLayer(),
    LINEAR_ATTENTION,
)
FAMILIES: Registry[Family] = Registry("circuit", "circuits", _FAMILIES, Family)
"""All families by name."""


def supported_rules(name: str) -> tuple[str, ...]:
    """Return the learning rules that support the circuits of a family.

    Examples
    --------
    >>> supported_rules("linear")
    ('exact', 'frozen', 'first-order', 'linear-reversal', 'weight-perturbation')
    >>> supported_rules("perceptron")
    ('backpropagation', 'weight-perturbation')
    """
    circuit = make_circuit(name)
    return tuple(rule for rule in RULES if _is_supported(circuit, rule))


def _is_supported(circuit: Circuit, rule: str) -> bool:
    """Return whether a rule and the family of a circuit support each other; most rules refuse at once."""
    try:
        RULES.find(rule).schedule(circuit.with_(rule=rule))
        make_circuit(circuit.name, rule=rule)
    except CompileError:
        return False
    return True


def make_circuit(name: str, inputs: int = 2, **options: Any) -> Circuit:
    """Return a circuit of the registry.

    Parameters
    ----------
    name : str
        Name of a family.
    inputs : int
        Number of data features.
    **options
        Attributes of `Options`; others have the defaults of the family.

    Raises
    ------
    UnknownNameError
        If there is no such family.
    InvalidValueError
        If an option is unknown or out of range.

    Examples
    --------
    >>> make_circuit("perceptron", hidden=[16, 8]).compile().max_order
    2
    >>> print(make_circuit("quadratic", inputs=1, hidden=2).system)
    dz[0]/dt = theta[0]*x[0] - 0.5*z[0]*|z[0]|
    dz[1]/dt = theta[1]*x[1] - 0.5*z[1]*|z[1]|
    """
    family = FAMILIES.find(name)
    known = {item.name for item in dataclasses.fields(Options)}
    for option in options:
        if option not in known:
            raise InvalidValueError(f"circuit {name}: {UnknownNameError('option', option, known)}")
    if options.get("rule", family.defaults.rule) != family.defaults.rule:
        # A separate feedback horizon is only used with the default learning rule of the family.
        options = {"feedback_horizon": 0.0, **options}
    if options.get("optimiser") == "chop":
        options = {"update": "transfer", **options}  # the only update that the chopper can use
    return family.build(inputs, dataclasses.replace(family.defaults, **options))
