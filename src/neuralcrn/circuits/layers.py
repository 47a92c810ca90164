"""Families of layered circuits: perceptrons, and fixed random features with a trained readout."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, final

import numpy as np

from neuralcrn.algebra import Polynomial, SignedSystem, Variable, elements_of, sum_of
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.initial import Distribution, draw
from neuralcrn.compiler.activation import ACTIVATIONS, SIGMOID, SMOOTH_ACTIVATIONS, TANH
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.readout import Readout
from neuralcrn.compiler.rules import RULES
from neuralcrn.compiler.rules.adjoint import AdjointRule
from neuralcrn.errors import CompileError, InvalidValueError, UnknownNameError

DEPTH_LIMIT = 9
"""Largest number of hidden layers."""
WEIGHT_DEVIATION = 1.5 * math.sqrt(2.0)
"""Standard deviation of the weighted sum of a unit of the first layer, for inputs of 1."""
SQUARED = "squared-relu"
"""The activation whose values are states of their own."""

RECTIFIERS = (*(name for name in ACTIVATIONS if name != "identity"), SQUARED)
"""Activations of layers that the rails of a state provide."""


def layer_name(name: str, layer: int) -> str:
    """Return the name of an array of a layer, counted from 0: ``theta``, ``theta_b``, ``theta_c``."""
    return name if layer == 0 else f"{name}_{'abcdefghi'[layer]}"


def _initial() -> dict[str, Distribution]:
    """Return the initial distributions of the parameters of all possible layers.

    The hyperplanes at which the units of the first layer switch are spread over the data. The variances of
    deeper layers are those of He et al. (arXiv 1502.01852).
    """
    laws = {
        "theta": Distribution("scaled-normal", 0.0, WEIGHT_DEVIATION),
        "beta": Distribution("hyperplane", 0.0, 1.0, weights="theta"),
        "w": Distribution("scaled-normal", 0.0, 1.0),
        "b": Distribution("constant", 0.0),
    }
    for layer in range(1, DEPTH_LIMIT):
        laws[layer_name("theta", layer)] = Distribution("scaled-normal", 0.0, math.sqrt(2.0))
        laws[layer_name("beta", layer)] = Distribution("constant", 0.0)
    return laws


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LayeredFamily(Family):
    """Layers ``z = W h + b`` with ``h = activation(z)``, and a readout of the last layer.

    Attributes
    ----------
    name, summary, represents, defaults, initial
        See `Family`.
    trained_layers : bool
        Whether weights and biases of the hidden layers are learned; otherwise they are rate constants.
    units : int
        Default number of hidden units.
    activations : tuple of str
        Activations of the layers that can be chosen, the default first. Smooth ones are reactions of their
        own, and z are then the activated values.
    output_activation : str
        Activation of the outputs.
    """

    name: str
    summary: str
    represents: str
    trained_layers: bool
    units: int
    defaults: Options
    initial: Mapping[str, Distribution]
    activations: tuple[str, ...] = RECTIFIERS
    output_activation: str = "identity"

    @property
    def formula(self) -> str:
        """The equation of a layer."""
        smooth = self.activations[0] if self.activations[0] in SMOOTH_ACTIVATIONS else ""
        if smooth:
            return f"z <- {smooth}(theta*h + beta), layer by layer"
        return "z <- theta*h + beta, layer by layer" if self.trained_layers else "z <- constant*x + constant"

    def hidden(self, options: Options) -> tuple[int, ...]:
        """Return the numbers of units of the hidden layers.

        Raises
        ------
        InvalidValueError
            If a layer is empty, or there are too many layers.
        """
        given: Any = options.hidden or self.units if isinstance(options.hidden, int) else options.hidden
        layers: tuple[Any, ...] = tuple(given) if isinstance(given, list | tuple) else (given,)
        sizes = tuple(size for size in layers if isinstance(size, int) and size >= 1)
        if len(sizes) < len(layers):
            shown = ",".join(map(str, layers))
            raise InvalidValueError(
                f"circuit {self.name}: hidden = {shown}: give a whole number of units, at least 1, for every "
                "layer"
            )
        if not 1 <= len(sizes) <= (DEPTH_LIMIT if self.trained_layers else 1):
            raise InvalidValueError(
                f"circuit {self.name}: {len(sizes)} hidden layers: "
                + (f"choose 1 to {DEPTH_LIMIT}" if self.trained_layers else "it has one; choose perceptron")
            )
        return sizes

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs; see `Family.build`."""
        self.check(inputs, options)
        self._check_options(options)
        sizes = self.hidden(options)
        widths = (inputs, *sizes)
        self.check_parameters(sum((before + 1) * size for before, size in zip(widths, sizes, strict=False)))
        activation = options.activation or self.activations[0]
        smooth = activation in SMOOTH_ACTIVATIONS
        equations: list[tuple[Variable, Polynomial]] = []
        inputs_of_system = elements_of("x", inputs)
        parameters: list[Variable] = []
        read = [Polynomial.of(x) for x in inputs_of_system]
        states = inputs_of_system
        for layer, size in enumerate(sizes):
            states = elements_of(layer_name("z", layer), size)
            weights = elements_of(layer_name("theta", layer), (size, len(read)))
            biases = elements_of(layer_name("beta", layer), size)
            factors = [Polynomial.of(p) for p in (*weights, *biases)]
            if self.trained_layers:
                parameters += [*weights, *biases]
            else:
                factors = [Polynomial.constant(c) for c in self._fixed([*weights, *biases], options)]
            equations += zip(states, _affine(factors, read), strict=True)
            if activation == SQUARED:
                squares = elements_of(layer_name("h", layer), size)
                equations += [(h, _positive_square(z)) for h, z in zip(squares, states, strict=True)]
                states, read = squares, [Polynomial.of(h) for h in squares]
            else:
                read = [ACTIVATIONS["identity" if smooth else activation].of(z) for z in states]
        system = SignedSystem(
            tuple(equations),
            inputs_of_system,
            tuple(parameters),
            frozenset(self._non_negative(options, activation, len(sizes))),
        )
        constants: dict[str, Any] = {**options.constants(), "augmentation": 0.0}
        readout = Readout(
            options.outputs,
            trained=True,
            bias=True,
            states=states[0].name,
            activation="identity" if smooth or activation == SQUARED else activation,
            output_activation=self.output_activation,
        )
        return Circuit(
            name=self.name,
            system=system,
            features=inputs,
            readout=readout,
            starts_at_input=False,
            state_activation=activation if smooth else "identity",
            **constants,
        )

    def _fixed(self, parameters: Sequence[Variable], options: Options) -> list[float]:
        """Return weights and biases that are rate constants, for inputs in [0, 1], or [-1, 1] if signed."""
        box = replace(self.initial["beta"], first=0.0 if options.non_negative else -1.0)
        rng = np.random.default_rng(options.fixed_seed)
        return list(draw({**self.initial, "beta": box}, parameters, rng).values())

    def _check_options(self, options: Options) -> None:
        if options.activation and options.activation not in self.activations:
            unknown = UnknownNameError("activation", options.activation, self.activations)
            raise InvalidValueError(f"circuit {self.name}: {unknown}")
        for option in ("supply", "augmentation", "trained_readout"):
            value, only = getattr(options, option), getattr(self.defaults, option)
            if value != only:
                raise InvalidValueError(
                    f"circuit {self.name}: {option} = {value}: layers have biases, and their readout is "
                    f"always trained, so it can only be {only}: leave it out"
                )
        if isinstance(RULES.find(options.rule), AdjointRule):
            raise CompileError(
                f"circuit {self.name}: rule {options.rule} is for neural ODEs: choose {self.defaults.rule}"
            )

    @staticmethod
    def _non_negative(options: Options, activation: str, layers: int) -> Iterable[str]:
        """Return the names of quantities with one rail."""
        if options.non_negative:
            yield "x"
        if activation == SQUARED:
            yield from (layer_name("h", layer) for layer in range(layers))


def _affine(factors: Sequence[Polynomial], read: Sequence[Polynomial]) -> list[Polynomial]:
    """Return W h + b for the elements of W, by row, and of b."""
    size = len(factors) // (len(read) + 1)
    weights, biases = factors[: size * len(read)], factors[size * len(read) :]
    return [
        sum_of([*(w * h for w, h in zip(weights[i * len(read) :], read, strict=False)), biases[i]])
        for i in range(size)
    ]


def _positive_square(state: Variable) -> Polynomial:
    """Return max(0, z)^2 = (z^2 + z|z|)/2."""
    z = Polynomial.of(state)
    return z * z * 0.5 + z * abs(z) * 0.5


_DEFAULTS = Options(
    rule="backpropagation", trained_readout=True, update="transfer", learning_rate=0.02, augmentation=0.0
)

PERCEPTRON = LayeredFamily(
    name="perceptron",
    summary="layers of rectifiers, learned by backpropagation; bimolecular",
    represents="Any continuous function of the inputs, with enough units.",
    trained_layers=True,
    units=32,
    defaults=_DEFAULTS,
    initial=MappingProxyType(_initial()),
)

RANDOM_FEATURES = LayeredFamily(
    name="random-features",
    summary="a layer of rectifiers with random weights as rate constants; only the readout is learned",
    represents="Any continuous function of the inputs, with enough units; more than a perceptron needs.",
    trained_layers=False,
    units=64,
    defaults=_DEFAULTS,
    initial=MappingProxyType(_initial()),
)

SIGMOID_NETWORK = LayeredFamily(
    name="sigmoid",
    summary="layers of sigmoids at equilibrium and a sigmoid output; bimolecular",
    represents="Any continuous function of the inputs with values in (0, 1), with enough units.",
    trained_layers=True,
    units=8,
    activations=(SIGMOID,),
    output_activation=SIGMOID,
    defaults=replace(_DEFAULTS, rule="modules", learning_rate=1.0),
    initial=MappingProxyType(_initial()),
)

TANH_NETWORK = LayeredFamily(
    name="tanh",
    summary="layers of hyperbolic tangents and a linear readout; trimolecular",
    represents="Any continuous function of the inputs, with enough units.",
    trained_layers=True,
    units=8,
    activations=(TANH,),
    defaults=replace(_DEFAULTS, rule="weight-perturbation"),
    initial=MappingProxyType(_initial()),
)
